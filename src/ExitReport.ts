/**
 * The report of a program that leaves about the orders it had to cancel.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * How the cancellations at the end of a scope went.
 *
 * `NoneLeft`: the venue has shown the end of every order that was meant. `MayBeOpen`: it has not, within the time that
 * was given. Then `open` are the ids of orders that may be open, `unproven` those orders of which only the client's own
 * id is known, since no answer to their submission ever came; `reason` is what hid the rest, null where nothing did.
 *
 * @since 0.1.0
 * @category models
 */
export type ExitReport =
  | { readonly _tag: "NoneLeft"; readonly operation: string }
  | {
    readonly _tag: "MayBeOpen"
    readonly operation: string
    readonly open: ReadonlyArray<number>
    readonly unproven: ReadonlyArray<{ readonly cid: number; readonly cidDate: string }>
    readonly reason: string | null
  }

/**
 * Receives the reports of a program, and can ask for one at any time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Observer {
  /**
   * Receives each scope of `Trading.cancelOnExit` when that begins: a function that reports the orders that would be left
   * if the process ended now. Its result is called when the scope was closed.
   */
  readonly watch: (snapshot: () => ExitReport) => () => void
  /** Receives the report of a scope when its cancellations are over. */
  readonly report: (report: ExitReport) => Effect.Effect<void>
}

/**
 * The observer in force. By default none: orders that may be open are logged as an error all the same. `BotRuntime.runMain` sets
 * the exit code by what it observes.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as ExitReport from "effect-bitfinex/ExitReport"
 * import * as Effect from "effect/Effect"
 *
 * const withReports = Effect.provideService(ExitReport.ExitReports, {
 *   watch: () => () => undefined,
 *   report: (report) => report._tag === "NoneLeft" ? Effect.void : Effect.logFatal(ExitReport.render(report))
 * })
 */
export class ExitReports extends Context.Reference<ExitReports>()("effect-bitfinex/ExitReports", {
  defaultValue: (): Observer => ({ watch: () => () => undefined, report: () => Effect.void })
}) {}

/**
 * The report in words, with every id.
 *
 * @since 0.1.0
 * @category combinators
 */
export const render = (report: ExitReport): string => {
  if (report._tag === "NoneLeft") return `${report.operation}: no order is left`
  const { open, operation, reason, unproven } = report
  const what = [
    ...(open.length === 0 ? [] : [`orders may be open: ${open.join(", ")}`]),
    ...(unproven.length === 0
      ? []
      : [
        `it is not known whether these were placed: ${
          unproven.map(({ cid, cidDate }) => `cid ${cid} of ${cidDate}`).join(", ")
        }`
      ]),
    ...(reason === null ? [] : [reason])
  ]
  return `${operation}: ${what.join("; ")}. Look at the venue's page of orders, and cancel those that are there`
}
