/** The context of the workload's parts: a clock, random numbers, the pace, and the tally. */
import type * as Effect from "effect/Effect"
import type * as Dice from "../faults/dice.ts"
import type * as Markets from "../faults/markets.ts"
import type { Activities } from "./activities.ts"
import type { Tap } from "./tap.ts"

/** The state of the exchange, to compare with the client's. */
export interface Truth {
  /** one text per book, all taken at the same moment */
  readonly books: Effect.Effect<ReadonlyArray<string>>
  readonly account: Effect.Effect<{
    /** ids of open orders */
    readonly orders: ReadonlyArray<number>
    /** client ids under which more than one order was accepted */
    readonly doubles: ReadonlyArray<number>
  }>
}

export type Counts = Map<string, number>

/** The counters of a run. All members are bounded, regardless of its length. */
export interface Tally {
  /** elements that consumers received */
  elements: number
  /** elements of book streams */
  bookStates: number
  /** books compared with the venue's checksums, and with the exchange */
  booksChecked: number
  booksAudited: number
  wrongBooks: number
  /** gaps delivered to consumers, by cause, and the losses that they state */
  readonly gaps: Counts
  readonly lost: Counts
  /** number of visits of short-lived consumers */
  visits: number
  /** number of streams that their policy ended because the consumer was too slow */
  overflows: number
  /** commands by outcome */
  readonly commands: Counts
  readonly orders: Counts
  readonly calls: Counts
  readonly resolutions: Counts
  readonly problems: Counts
  /** the first breaches */
  readonly broken: Array<string>
  brokenAll: number
}

export const makeTally = (): Tally => ({
  elements: 0,
  bookStates: 0,
  booksChecked: 0,
  booksAudited: 0,
  wrongBooks: 0,
  gaps: new Map(),
  lost: new Map(),
  visits: 0,
  overflows: 0,
  commands: new Map(),
  orders: new Map(),
  calls: new Map(),
  resolutions: new Map(),
  problems: new Map(),
  broken: [],
  brokenAll: 0
})

export const add = (counts: Counts, what: string, by = 1): void => void counts.set(what, (counts.get(what) ?? 0) + by)

export const breaks = (tally: Tally, what: string): void => {
  tally.brokenAll++
  if (tally.broken.length < 20) tally.broken.push(what)
}

/** The environment of a part of the workload. */
export interface World {
  /** ms since the start, on the client's clock */
  readonly passed: () => number
  readonly dice: Dice.Dice
  readonly tap: Tap
  readonly tally: Tally
  readonly activities: Activities
  readonly truth: Truth
  /** the watched channels, and the books */
  readonly channels: ReadonlyArray<Markets.Wanted>
  readonly books: ReadonlyArray<Markets.WantedBook>
  /** ms per millisecond of a real run: in a long simulated run the consumers are slower */
  readonly unit: number
  /** ms between two commands, between two orders followed to their end, and between two calls */
  readonly pace: { readonly command: number; readonly order: number; readonly call: number }
}

/** A part of the workload. */
export interface Part {
  /** current deviations, evaluated some time after the last fault */
  readonly unsettled: Effect.Effect<ReadonlyArray<string>>
  /** whether nothing is in flight and all is live, so that two readings of the gauges can be compared */
  readonly isQuiet: Effect.Effect<boolean>
}

/** a short name of a failure, from a set that does not grow with the number of failures */
export const wordOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)
