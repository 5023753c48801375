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

/** What happens to the process rather than to the network. */
export type Act =
  /** the wall clock of the machine is set forward or back */
  | { readonly _tag: "ClockStep"; readonly millis: number }
  /**
   * the process sleeps: a lid is closed, a machine is moved, a debugger halts it. Frames wait in the kernel meanwhile.
   * Awake again, both clocks have gone on, or the wall clock alone, or neither; and what waited comes ahead of the timers
   * that are due, or behind them
   */
  | {
    readonly _tag: "Sleep"
    readonly millis: number
    readonly clocks: "both" | "wall" | "neither"
    readonly first: "frames" | "timers"
  }
  /** a consumer of a channel, under a policy, takes nothing for so long, and then so long for each element */
  | {
    readonly _tag: "Consume"
    readonly channel: string
    readonly policy: "conflate" | "sliding" | "dropping" | "fail" | "suspend"
    readonly capacity: number
    readonly blocked: number
    readonly each: number
  }

/** One line of a script: ms from the start, and what happens then. */
export interface Entry {
  readonly after: number
  readonly fault?: Fault.Fault
  readonly act?: Act
}

/** What a scenario may aim at. */
export interface Target {
  readonly workload: WorkloadName
  /** names of channels, as the exchange has them */
  readonly channels: ReadonlyArray<string>
}

export interface Scenario {
  readonly name: string
  readonly group: "connection" | "venue" | "frames" | "commands" | "rest" | "process" | "impolite"
  /** one line for people */
  readonly what: string
  readonly workloads: ReadonlyArray<WorkloadName>
  /** when, on what, and how often, as the dice have it */
  readonly plan: (dice: Dice, target: Target) => ReadonlyArray<Entry>
  /** tags of errors with which a stream, a login or a call may end for good */
  readonly permits?: ReadonlyArray<string>
  /** it is not mixed with others: what it does cannot be told apart from them, or ends everything */
  readonly alone?: true
  /** the client does not hold it yet: `npm run test:faults` plays it, the suites do not, and others are not mixed with it */
  readonly pending?: true
}

/** One run: everything that happens follows from it. */
export interface Plan {
  readonly scenario: string
  /** the scenario whose script is played as well */
  readonly second: string | undefined
  readonly workload: WorkloadName
  readonly seed: number
  /** ms that each frame travels */
  readonly latency: number
  readonly script: ReadonlyArray<Entry>
  readonly permits: ReadonlyArray<string>
}

// ---------------------------------------------------------------------------------------------------------------------
// what a run leaves behind, for the invariants
// ---------------------------------------------------------------------------------------------------------------------

/** An element, and the ms from the start at which its consumer had it. */
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
  /** in what it differs from what the exchange knows; undefined when it does not */
  readonly difference: (market: FakeExchange.MarketView) => string | undefined
}

/** A consumer that is slower than its channel, beside one of the same channel that is not. */
export interface Slow {
  readonly act: Extract<Act, { readonly _tag: "Consume" }>
  readonly events: ReadonlyArray<Seen<ChannelEvent<any>>>
  /** everything that was to be taken: the elements of the other one since both began */
  readonly all: () => ReadonlyArray<Seen<ChannelEvent<any>>>
  readonly exit: () => Exit.Exit<unknown, unknown> | undefined
}

export interface WatchedBook {
  readonly name: string
  readonly states: ReadonlyArray<Seen<OrderBook.State<any>>>
  /** books that the exchange did not have at the time, or had before one that was served already */
  readonly wrong: ReadonlyArray<string>
  readonly exit: () => Exit.Exit<unknown, unknown> | undefined
  readonly difference: (market: FakeExchange.MarketView) => string | undefined
}

/** A command or a call. */
export interface Call {
  readonly what: string
  /** of what places an order */
  readonly cid: number | undefined
  readonly began: number
  /** ms after which it must have ended */
  readonly deadline: number
  ended: number | undefined
  exit: Exit.Exit<unknown, unknown> | undefined
  /** what an unknown outcome was resolved to, as its tag */
  outcome: string | undefined
}

/** What the client said about an order, at some time: with the answer to a command, or later. */
export interface Statement {
  readonly at: number
  readonly cid: number
  /** `Accepted`, `Refused`, or the tag of an outcome */
  readonly said: string
  /** of the order, where one was named */
  readonly id: number | undefined
}

/** An order, as the exchange has it. */
export interface Placed {
  readonly id: number
  readonly cid: number
  /** it is of the client, not of another program of the user */
  readonly isOwn: boolean
  /** ms from the start */
  readonly at: number
  readonly isOpen: boolean
  /** nothing of it is left */
  readonly isExecuted: boolean
}

/** How a bot left that cancels its orders on exit. */
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
  /** in what its state differs from that of its account */
  readonly differences: ReadonlyArray<string>
}

export interface AccountEvidence {
  /** of a bot that cancels its orders on exit, and the ms it gave for that */
  readonly leaving?: Leaving | undefined
  readonly within?: number
  /** what was said about orders, oldest first */
  readonly statements: ReadonlyArray<Statement>
  /** orders that the exchange placed: read again at the end of everything */
  readonly ledger: () => ReadonlyArray<Placed>
  /** orders that the exchange placed under each client id */
  readonly counts: ReadonlyMap<number, number>
  /** in what the state of the account differs from that of the exchange, at the end */
  readonly differences: ReadonlyArray<string>
  /** trades that happened after the state was first known */
  readonly trades: ReadonlyArray<number>
  /** ids of trades, as they were delivered */
  readonly delivered: ReadonlyArray<number>
  /** tags of events that say that something stayed unknown */
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
  /** connections right before the client's scope was closed, and after it */
  readonly before: ReadonlyArray<FakeExchange.Connection>
  readonly after: ReadonlyArray<FakeExchange.Connection>
  /** times during which the process slept */
  readonly slept: ReadonlyArray<readonly [from: number, to: number]>
  /** ms from the start at which the client's scope was closed */
  readonly closedAt: number
  /** ms that closing took */
  readonly closing: number
  /** rejections and exceptions of the process that nobody handled, and fibers that died of a defect */
  readonly unhandled: ReadonlyArray<string>
  /** fibers before the client was made, and after it was gone */
  readonly fibers: { readonly before: number; readonly after: number }
  /** how the run itself failed, where it did */
  readonly failure: string | undefined
}
