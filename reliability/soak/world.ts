/** What the parts of the workload share: a clock, dice, how fast everything goes, and what is counted. */
import type * as Effect from "effect/Effect"
import type * as Dice from "../faults/dice.ts"
import type * as Markets from "../faults/markets.ts"
import type { Tap } from "./tap.ts"

/** What the exchange knows, to compare with what the client believes. */
export interface Truth {
  /** a text for each of the books, all of one moment */
  readonly books: Effect.Effect<ReadonlyArray<string>>
  readonly account: Effect.Effect<{
    /** ids of open orders */
    readonly orders: ReadonlyArray<number>
    /** client ids under which more than one order was accepted */
    readonly doubles: ReadonlyArray<number>
  }>
}

export type Counts = Map<string, number>

/** Everything in here is bounded, however long it goes on. */
export interface Tally {
  /** elements that consumers took */
  elements: number
  /** of streams of books */
  bookStates: number
  /** books that were compared with the venue's checksums, and with the exchange */
  booksChecked: number
  booksAudited: number
  wrongBooks: number
  /** gaps that consumers were told, by cause, and what they say was lost */
  readonly gaps: Counts
  readonly lost: Counts
  /** how often consumers came and went */
  visits: number
  /** how often a stream ended for a consumer that was too slow, as its policy says */
  overflows: number
  /** by what became of them */
  readonly commands: Counts
  readonly orders: Counts
  readonly calls: Counts
  readonly resolutions: Counts
  readonly problems: Counts
  /** what must not be, the first of them */
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

/** What a part of the workload works in. */
export interface World {
  /** ms since the start, by the clock of the client */
  readonly passed: () => number
  readonly dice: Dice.Dice
  readonly tap: Tap
  readonly tally: Tally
  readonly truth: Truth
  /** the channels that are watched, and the books that are kept */
  readonly channels: ReadonlyArray<Markets.Wanted>
  readonly books: ReadonlyArray<Markets.WantedBook>
  /** ms for what takes a millisecond of a real run: a simulated day is long, and its consumers take their time */
  readonly unit: number
  /** ms between two commands, two orders that are followed to their end, and two calls */
  readonly pace: { readonly command: number; readonly order: number; readonly call: number }
}

/** A part of the workload. */
export interface Part {
  /** what is not as it should be right now, when the exchange has been at peace for a while */
  readonly unsettled: Effect.Effect<ReadonlyArray<string>>
}

/** what a failure says, in a word that does not grow with the number of failures */
export const wordOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)
