/**
 * Values that the venue computes on request, requested at its rate.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { accountInputs, type CalcItem } from "../../protocol/channels/Inputs.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as Pace from "../account/calc.ts"
import type { Session } from "../account/session.ts"
import type { Commands } from "./commands.ts"
import * as Operations from "./operation.ts"
import type { Computed } from "./rules/calc.ts"

const chunksOf = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))

export const make = ({ commands, limiter, operations, session, steady }: {
  readonly session: Session
  readonly commands: Commands
  readonly limiter: RateLimiter.Service
  readonly operations: Operations.Operations
  /** ms of a clock that never steps */
  readonly steady: () => number
}) => {
  const operation = "Trading.calc"
  const input = accountInputs.calc
  const key = Pace.keyOf(session.settings)
  const timeout = Duration.toMillis(session.settings.account.commandTimeout)

  return Effect.fn(operation)(function*(items: ReadonlyArray<CalcItem>) {
    yield* Operations.checked(operation, input, { items })
    const deadline = steady() + timeout
    const pay = Effect.suspend(() => limiter.acquire(key, Pace.limit, { operation, maxWait: deadline - steady() }))
    const chunks = chunksOf(items, Pace.limit[0])
    const answers = yield* Effect.forEach(chunks, (chunk) =>
      Effect.gen(function*() {
        yield* Effect.forEach(chunk, () => pay, { discard: true })
        return yield* Effect.fork(commands.one(input, { items: chunk }, operations.calc(operation, chunk)))
      }))
    const found = yield* Effect.forEach(answers, (fiber) => Effect.either(Fiber.join(fiber)))
    const failed = found.find(Either.isLeft)
    if (failed !== undefined && !found.some(Either.isRight)) return yield* Effect.fail(failed.left)
    return found.flatMap((each, at): ReadonlyArray<Computed | null> =>
      Either.isRight(each) ? each.right.answer.record : chunks[at]!.map(() => null)
    )
  })
}
