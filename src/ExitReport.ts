/**
 * Reports how `Trading.cancelOnExit` ended: whether the orders that it had to cancel may still be open.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * The result of the cancellations at the end of a scope.
 *
 * `NoneLeft`: the venue has shown that every order that was to be cancelled has ended. `MayBeOpen`: it has not shown
 * that within the time limit. `open` has the ids of orders that may be open. `unproven` has the orders of which only
 * the `cid` is known, because no answer to their submission came. `reason` says why the venue's orders could not be
 * read; null if they could.
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
 * A scope of `Trading.cancelOnExit` that is not closed yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenScope {
  /** Reports the orders of the scope that would be left if the process ended now. */
  readonly snapshot: () => ExitReport
  /**
   * Cancels the orders of the scope as its finalizer does, for scopes that nothing else will close. It runs once: the
   * finalizer then has nothing left to do. From then on nothing can be submitted in the scope.
   */
  readonly close: Effect.Effect<void>
}

/**
 * Receives the exit reports of a program, and the scopes of `Trading.cancelOnExit` that are open.
 *
 * @since 0.1.0
 * @category models
 */
export interface Observer {
  /** Called when a scope of `Trading.cancelOnExit` begins. The function that it returns is called when the scope has been closed. */
  readonly watch: (scope: OpenScope) => () => void
  /** Called with the report of a scope when its cancellations have ended. */
  readonly report: (report: ExitReport) => Effect.Effect<void>
}

/**
 * The observer of exit reports. The default one does nothing; orders that may be open are logged as an error in any
 * case. `BotRuntime.runMain` provides one that sets the exit code.
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
 * Renders the report as a sentence for people, with every id.
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
