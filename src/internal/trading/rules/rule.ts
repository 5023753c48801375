/**
 * How a command recognises its answer among all that the venue reports on an account, other programs' commands included.
 *
 * @internal
 */
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { DecodeError } from "../../../BitfinexError.ts"
import * as Decimal from "../../../protocol/Decimal.ts"
import type { FundingOffer } from "../../../protocol/records/Funding.ts"
import type { Order } from "../../../protocol/records/Order.ts"
import type { RowsEvent } from "../../account/events.ts"

/** The open orders, by the events of this login. */
export interface Known {
  readonly orders: ReadonlyMap<number, Order>
  readonly offers: ReadonlyMap<number, FundingOffer>
  /** ids of offers whose end was reported, as long as a late event about one may come */
  readonly endedOffers: () => ReadonlyArray<string | number>
  /** number of orders that the venue has shown so far: a moment, for `isShownAfter` */
  readonly shown: () => number
  /** whether the venue showed an order for the first time after that moment, or has not shown it */
  readonly isShownAfter: (id: number, shown: number) => boolean
  /** ids of orders that were seen under a `cid`, ended ones included */
  readonly namesakes: (cid: number) => ReadonlySet<number>
  /** offers that answered a submission already */
  readonly claimed: Set<number>
  /** the latest time of a change that the venue reported, by its clock, ms; 0 before the first */
  readonly seen: () => number
  /** the venue's time now or a little earlier, ms, by the times that it put on its latest messages; undefined before */
  readonly venueTime: () => number | undefined
}

/**
 * Whether an answer is about a command. `unnamed`: it names nothing, or something else that may refer to the command,
 * so it proves nothing.
 */
export type Match = "ours" | "unnamed" | "no"

/** Recognises the answer to a command. A rule is made when its command is sent, and may keep what it has seen since. */
export interface Rule<out A = unknown> {
  /** type of the command; a notification for it is of this type and `-req` */
  readonly type: string
  /** an answer holds for all commands that ask for the same */
  readonly shared: boolean
  /** whether a notification of this type is about the command */
  readonly about: (info: unknown, isAccepted: boolean) => Match
  /** whether a notification that names the command shows other terms; decides between several */
  readonly contradicts: (info: unknown) => boolean
  readonly read: (info: unknown) => Either.Either<A, DecodeError>
  /** what proves without a notification that the command was carried out */
  readonly proves: (event: RowsEvent) => A | undefined
  /** the findings by the deadline, for commands of several independent parts */
  readonly partial?: () => A | undefined
}

export type Cells = ReadonlyArray<unknown>

/** a row, also where it comes in a list of its own, as over REST */
export const cellsOf = (info: unknown): Cells | undefined =>
  !Array.isArray(info) ? undefined : Array.isArray(info[0]) ? (info as ReadonlyArray<Cells>)[0] : info

export const rowsOf = (info: unknown): ReadonlyArray<Cells> | undefined =>
  !Array.isArray(info) ? undefined : info.length === 0 || Array.isArray(info[0]) ? info : [info]

// cells of Order and FundingOffer, by the manual; notifications are looked at before they are decoded
export const order = { id: 0, gid: 1, cid: 2, symbol: 3, mtsCreate: 4, amount: 6, amountOrig: 7 } as const
export const offer = { id: 0, symbol: 1, amount: 4, rate: 14, period: 15 } as const

export const isNone = (cell: unknown): boolean => cell === null || cell === undefined
export const isOrNone = (cell: unknown, wanted: unknown): boolean => isNone(cell) || cell === wanted

/** of an argument that was checked */
export const number = (value: unknown): number => Number(Option.getOrElse(Decimal.print(value), () => "NaN"))
