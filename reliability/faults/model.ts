import type * as Exit from "effect/Exit"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import type { ExitReport } from "../../src/ExitReport.ts"
import type * as OrderBook from "../../src/OrderBook.ts"
import type * as Layout from "../../src/protocol/Layout.ts"
import type * as FakeExchange from "../../src/testing/FakeExchange.ts"
import type * as Fault from "../../src/testing/Fault.ts"
import type { Dice } from "./dice.ts"
import type { Tap } from "./tap.ts"

export type WorkloadName = "channels" | "books" | "account" | "exits" | "desks" | "rest"

/** Faults of the process rather than of the network. */
export type Act =
  /** the wall clock of the machine is set forward or back */
  | { readonly _tag: "ClockStep"; readonly millis: number }
  /**
   * the process sleeps: a lid is closed, a machine is migrated, a debugger halts it. Frames wait in the kernel meanwhile.
   * After it both clocks have advanced, or only the wall clock, or neither; and the waiting input comes before the due
   * timers, or after them
   */
  | {
    readonly _tag: "Sleep"
    readonly millis: number
    readonly clocks: "both" | "wall" | "neither"
    readonly first: "frames" | "timers"
  }
  /** a consumer of a channel, under a policy, first pauses and then takes a fixed time per element */
  | {
    readonly _tag: "Consume"
    readonly channel: string
    readonly policy: "conflate" | "sliding" | "dropping" | "fail" | "suspend"
    readonly capacity: number
    readonly blocked: number
    readonly each: number
  }

/** One line of a script: ms from the start, and the event at that time. */
export interface Entry {
  readonly after: number
  readonly fault?: Fault.Fault
  readonly act?: Act
}

/** The possible targets of a scenario. */
export interface Target {
  readonly workload: WorkloadName
  /** the exchange's names of the channels */
  readonly channels: ReadonlyArray<string>
}

export interface Scenario {
  readonly name: string
  readonly group: "connection" | "venue" | "frames" | "commands" | "rest" | "process" | "impolite"
  /** a description in one line */
  readonly what: string
  readonly workloads: ReadonlyArray<WorkloadName>
  /** the script: times, targets and counts, drawn from the dice */
  readonly plan: (dice: Dice, target: Target) => ReadonlyArray<Entry>
  /** tags of errors with which a stream, a login or a call may end permanently */
  readonly permits?: ReadonlyArray<string>
  /** it is not combined with other scenarios: its effects are indistinguishable from theirs, or end everything */
  readonly alone?: true
  /** the client does not pass it yet: `npm run test:faults` plays it, the suites skip it, and it is not combined with others */
  readonly pending?: true
}

/** The plan of one run, which determines everything that happens. */
export interface Plan {
  readonly scenario: string
  /** the scenario whose script is played as well */
  readonly second: string | undefined
  readonly workload: WorkloadName
  readonly seed: number
  /** travel time of each frame, ms */
  readonly latency: number
  readonly script: ReadonlyArray<Entry>
  readonly permits: ReadonlyArray<string>
}

// ---------------------------------------------------------------------------------------------------------------------
// the evidence of a run, for the invariants
// ---------------------------------------------------------------------------------------------------------------------

/** An element, and the time at which its consumer received it, ms from the start. */
export interface Seen<A> {
  readonly at: number
  readonly value: A
}

export interface Watched {
  /** as the exchange names it */
  readonly name: string
  /** a public channel, or a family of the account's */
  readonly layout: Layout.Layout<any>
  readonly kind: "latest" | "list" | "events"
  readonly events: ReadonlyArray<Seen<ChannelEvent<any>>>
  readonly exit: () => Exit.Exit<unknown, unknown> | undefined
  /** its difference from the exchange's state; undefined when there is none */
  readonly difference: (market: FakeExchange.MarketView) => string | undefined
}

/** A consumer that is slower than its channel, together with a fast one of the same channel. */
export interface Slow {
  readonly act: Extract<Act, { readonly _tag: "Consume" }>
  readonly events: ReadonlyArray<Seen<ChannelEvent<any>>>
  /** all elements that it should have received: those of the fast consumer since both began */
  readonly all: () => ReadonlyArray<Seen<ChannelEvent<any>>>
  readonly exit: () => Exit.Exit<unknown, unknown> | undefined
}

export interface WatchedBook {
  readonly name: string
  readonly states: ReadonlyArray<Seen<OrderBook.State<any>>>
  /** books that the exchange did not have at the time, or that are older than one already served */
  readonly wrong: ReadonlyArray<string>
  readonly exit: () => Exit.Exit<unknown, unknown> | undefined
  readonly difference: (market: FakeExchange.MarketView) => string | undefined
}

/** A command or a call. */
export interface Call {
  readonly what: string
  /** client id of a submission */
  readonly cid: number | undefined
  readonly began: number
  /** ms after which it must have ended */
  readonly deadline: number
  ended: number | undefined
  exit: Exit.Exit<unknown, unknown> | undefined
  /** the tag of the resolution of an unknown outcome */
  outcome: string | undefined
}

/** A report of the client about an order, in the result of a command or later. */
export interface Statement {
  readonly at: number
  readonly cid: number
  /** `Accepted`, `Refused`, or the tag of an outcome */
  readonly said: string
  /** id of the order, if the report has one */
  readonly id: number | undefined
}

/** An order at the exchange. */
export interface Placed {
  readonly id: number
  readonly cid: number
  /** it belongs to the client, not to another program of the user */
  readonly isOwn: boolean
  /** ms from the start */
  readonly at: number
  readonly isOpen: boolean
  /** it has no remaining amount */
  readonly isExecuted: boolean
}

/** The exit of a bot that cancels its orders on exit. */
export interface Leaving {
  /** ms from the start */
  readonly began: number
  readonly took: number
  readonly report: ExitReport | undefined
}

/** One of several accounts in one program. */
export interface Desk {
  readonly name: string
  /** client ids of its submissions */
  readonly submitted: ReadonlyArray<number>
  /** client ids of the orders that reached its account at the exchange, refused ones included */
  readonly placed: ReadonlyArray<number>
  /** differences between its state and that of its account */
  readonly differences: ReadonlyArray<string>
}

export interface AccountEvidence {
  /** the exit of a bot that cancels its orders, and its time limit in ms */
  readonly leaving?: Leaving | undefined
  readonly within?: number
  /** the reports about orders, oldest first */
  readonly statements: ReadonlyArray<Statement>
  /** orders that the exchange placed: read again at the end of everything */
  readonly ledger: () => ReadonlyArray<Placed>
  /** orders that the exchange placed under each client id */
  readonly counts: ReadonlyMap<number, number>
  /** differences between the account's state and the exchange's, at the end */
  readonly differences: ReadonlyArray<string>
  /** trades after the first known state */
  readonly trades: ReadonlyArray<number>
  /** ids of trades, as they were delivered */
  readonly delivered: ReadonlyArray<number>
  /** tags of events that report remaining gaps */
  readonly unknowns: ReadonlyArray<string>
}

export interface Evidence {
  readonly plan: Plan
  readonly tap: Tap
  readonly watched: ReadonlyArray<Watched>
  readonly slow: ReadonlyArray<Slow>
  readonly books: ReadonlyArray<WatchedBook>
  readonly calls: ReadonlyArray<Call>
  readonly ended: ReadonlyArray<{ readonly name: string; readonly exit: () => Exit.Exit<unknown, unknown> | undefined }>
  readonly account: AccountEvidence | undefined
  readonly desks: ReadonlyArray<Desk>
  readonly problems: ReadonlyArray<Seen<{ readonly _tag: string; readonly [field: string]: unknown }>>
  /** differences from the exchange's market when all was quiet, by channel or book */
  readonly differences: ReadonlyMap<string, string>
  /** connections immediately before the client's scope was closed, and after it */
  readonly before: ReadonlyArray<FakeExchange.Connection>
  readonly after: ReadonlyArray<FakeExchange.Connection>
  /** times during which the process slept */
  readonly slept: ReadonlyArray<readonly [from: number, to: number]>
  /** ms from the start at which the client's scope was closed */
  readonly closedAt: number
  /** ms that closing took */
  readonly closing: number
  /** unhandled rejections and exceptions of the process, and fibers that died of a defect */
  readonly unhandled: ReadonlyArray<string>
  /** fibers before the client was made, and after it was released */
  readonly fibers: { readonly before: number; readonly after: number }
  /** the failure of the run itself; undefined when there was none */
  readonly failure: string | undefined
}
