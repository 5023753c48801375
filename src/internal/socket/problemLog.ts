/**
 * Problems of sockets in the log: at the level Debug, because the SDK recovers from them and metrics count them; bugs
 * are logged as errors. Frames are not printed, because a peer may put anything into them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Problem } from "../../SocketState.ts"

/** problems that wait for the log; further ones are only counted */
const limit = 20

export interface ProblemLog {
  readonly problems: Array<Problem>
  more: number
}

export const make = (): ProblemLog => ({ problems: [], more: 0 })

export const add = (log: ProblemLog, problem: Problem): void => {
  // the loss of a socket has its own line
  if (problem._tag === "Disconnected") return
  if (log.problems.length < limit) log.problems.push(problem)
  else log.more++
}

const textOf = (problem: Problem): string => {
  switch (problem._tag) {
    case "SequenceGap":
      return problem.actual > problem.expected
        ? `${problem.actual - problem.expected} messages are missing`
        : `a message arrived late or twice: number ${problem.actual}, ${problem.expected} was expected`
    case "SilentChannel":
      return "The channel is silent and resubscribed"
    case "BookWithheld":
      return `The book is withheld: ${problem.reason}`
    case "UnknownChannel":
      return "Data of a channel that was not subscribed"
    case "VenueError":
      return `The venue says ${problem.code ?? "no code"}: ${problem.text}`
    case "Malformed":
      return `A frame cannot be read: ${problem.reason}`
    default:
      return problem.reason
  }
}

const annotationsOf = (problem: Problem): { readonly [name: string]: unknown } => ({
  problem: problem._tag,
  ...("epoch" in problem ? { epoch: problem.epoch } : {}),
  ...("request" in problem ? { channel: problem.request } : {}),
  ...(problem._tag === "UnknownChannel" ? { channel: problem.chanId } : {})
})

const written = (problem: Problem): Effect.Effect<void> =>
  (problem._tag === "Defect" ? Effect.logError(textOf(problem)) : Effect.logDebug(textOf(problem))).pipe(
    Effect.annotateLogs(annotationsOf(problem))
  )

/** writes what waits */
export const write = (log: ProblemLog): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (log.problems.length === 0) return Effect.void
    const { more } = log
    const problems = log.problems.splice(0)
    log.more = 0
    return Effect.zipRight(
      Effect.forEach(problems, written, { discard: true }),
      more > 0 ? Effect.logDebug(`and ${more} more problems`) : Effect.void
    )
  })
