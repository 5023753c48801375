/** A soak: a rehearsal, which brings the process into its steady state, and then the measured run. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Life from "./life.ts"
import type { Found } from "./report.ts"
import * as Verdict from "./verdict.ts"

/** unhandled rejections and exceptions, warnings of the runtime, and fibers that died of a defect */
export const collectUnhandled = Effect.acquireRelease(
  Effect.sync(() => {
    const found: Array<string> = []
    const add = (what: string) => void (found.length < 20 && found.push(what))
    const onError = (error: unknown) => add(error instanceof Error ? error.stack ?? error.message : String(error))
    const onWarning = ({ message, name }: Error) => {
      if (!/^(Experimental|Deprecation)Warning$/.test(name)) add(`${name}: ${message}`)
    }
    process.on("unhandledRejection", onError)
    process.on("uncaughtException", onError)
    process.on("warning", onWarning)
    return { found, add, onError, onWarning }
  }),
  ({ onError, onWarning }) =>
    Effect.sync(() => {
      process.off("unhandledRejection", onError)
      process.off("uncaughtException", onError)
      process.off("warning", onWarning)
    })
)

/** a fiber that dies unobserved is reported in the log */
export const loggerOf = (add: (what: string) => void) =>
  Layer.mergeAll(
    Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ cause, logLevel, message }) => {
        if (Cause.isDie(cause)) add(Cause.pretty(cause).slice(0, 500))
        else if (LogLevel.greaterThanEqual(logLevel, LogLevel.Fatal)) add(String(message))
      })
    ),
    Layer.scopedDiscard(Effect.locallyScoped(FiberRef.unhandledErrorLogLevel, Option.some(LogLevel.Error)))
  )

export const run = (
  stage: Life.Stage,
  rehearsal: Life.Terms,
  terms: Life.Terms,
  unhandled: ReadonlyArray<string>
): Effect.Effect<Found> =>
  Effect.gen(function*() {
    const began = performance.now()
    const first = yield* Life.live({ ...stage, plant: undefined }, rehearsal, undefined, "rehearsal")
    const outcome = yield* Life.live(stage, terms, first.after, "soak")
    const { samples, tally } = outcome
    const broken = [
      ...first.tally.broken.map((what) => `in the rehearsal: ${what}`),
      ...tally.broken,
      ...(tally.brokenAll > tally.broken.length ? [`and ${tally.brokenAll - tally.broken.length} more breaches`] : []),
      ...(outcome.losses === 0 ? ["no connection was lost: the run proves nothing"] : []),
      ...(tally.booksChecked === 0 ? ["no book was compared with a checksum"] : []),
      ...unhandled.map((what) => `unhandled: ${what}`)
    ]
    return {
      outcome,
      verdict: Verdict.judge({ gauges: stage.gauges, samples, before: first.after, after: outcome.after, broken }),
      unhandled,
      took: performance.now() - began
    }
  })
