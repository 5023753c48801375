/**
 * The public state of a connection: its state, since when, and its last loss.
 *
 * @internal
 */
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import type { End } from "./end.ts"
import * as Metrics from "./metrics.ts"
import * as ProblemLog from "./problemLog.ts"

export interface Options {
  readonly now: () => number
  readonly onState: (state: SocketState) => void
  readonly onProblem: (problem: Problem) => void
}

export class Status {
  readonly counts = Metrics.tally()
  readonly log = ProblemLog.make()
  readonly #options: Options
  #state: SocketState = { _tag: "Connecting", attempt: 1 }
  /** ms since when it is in this state */
  #since: number
  /** ms since when it is of no use; undefined while it is usable, or in maintenance */
  #downSince: number | undefined
  #lastDisconnect: { readonly reason: string; readonly at: number } | undefined

  constructor(options: Options) {
    this.#options = options
    this.#since = options.now()
    this.#downSince = this.#since
  }

  get isLive(): boolean {
    return this.#state._tag === "Live"
  }

  set(next: SocketState): void {
    const at = this.#options.now()
    if (next._tag !== this.#state._tag) this.#since = at
    this.#downSince = next._tag === "Live" || next._tag === "Maintenance" ? undefined : this.#downSince ?? at
    this.#state = next
    this.#options.onState(next)
  }

  problem(problem: Problem): void {
    Metrics.noted(this.counts, problem)
    ProblemLog.add(this.log, problem)
    this.#options.onProblem(problem)
  }

  disconnected(epoch: number, end: End): void {
    Metrics.lost(this.counts, end)
    this.problem({ _tag: "Disconnected", epoch, reason: end.text })
    this.#lastDisconnect = { reason: end.text, at: this.#options.now() }
  }

  health(
    at: number
  ): Pick<HealthData.Socket, "state" | "stateAge" | "downAge" | "rtt" | "attempts" | "lastDisconnect"> {
    const state = this.#state
    const last = this.#lastDisconnect
    return {
      state,
      stateAge: at - this.#since,
      downAge: this.#downSince === undefined ? null : at - this.#downSince,
      rtt: state._tag === "Live" ? state.rtt : null,
      attempts: "attempt" in state ? state.attempt : state._tag === "Waiting" ? state.attempts : 0,
      lastDisconnect: last === undefined ? null : { reason: last.reason, age: at - last.at }
    }
  }
}
