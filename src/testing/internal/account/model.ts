/**
 * Accounts as data: the records that endpoints and the account channel tell, and the events that lead to them.
 *
 * Everything below this folder is synchronous and free of Effect, as the market is: who holds the accounts decides what
 * time it is. Records are those of the layouts, which encode them wherever they travel.
 *
 * @internal
 */
import type * as Either from "effect/Either"
import type { FundingCredit, FundingLoan, FundingOffer, FundingTrade } from "../../../protocol/records/Funding.ts"
import type { Order, Trade } from "../../../protocol/records/Order.ts"
import type { Position } from "../../../protocol/records/Position.ts"
import type { Wallet } from "../../../protocol/records/Wallet.ts"

/** the venue says no: `["error", code, text]`, or a notification of status ERROR on the socket */
export interface Refusal {
  readonly code: number
  readonly text: string
}

export type OrRefusal<A> = Either.Either<A, Refusal>

export type WalletType = "exchange" | "margin" | "funding"

export interface Meta {
  readonly [key: string]: unknown
}

/** What happened to an account, by the venue's own names of account events. Snapshots are not events but lists. */
export type AccountEvent =
  | { readonly type: "on" | "ou" | "oc"; readonly record: Order }
  | { readonly type: "te" | "tu"; readonly record: Trade }
  /** `heldOnly`: the balance is as it was, only what is held back of it has changed */
  | { readonly type: "wu"; readonly record: Wallet; readonly heldOnly: boolean }
  | { readonly type: "pn" | "pu" | "pc"; readonly record: Position }
  | { readonly type: "fon" | "fou" | "foc"; readonly record: FundingOffer }
  | { readonly type: "fln" | "flu" | "flc"; readonly record: FundingLoan }
  | { readonly type: "fcn" | "fcu" | "fcc"; readonly record: FundingCredit }
  | { readonly type: "fte" | "ftu"; readonly record: FundingTrade }

/** What a command is answered with, before it is a row of REST or of the socket. */
export interface Notice {
  /** `on-req`, `oc-req`, … */
  readonly type: string
  /** orders, offers and the like as records; what else there is as it travels */
  readonly info:
    | { readonly _tag: "orders"; readonly orders: ReadonlyArray<Order> }
    | { readonly _tag: "order"; readonly order: Order }
    | { readonly _tag: "offer"; readonly offer: FundingOffer }
    | { readonly _tag: "position"; readonly position: Position }
    | { readonly _tag: "notices"; readonly notices: ReadonlyArray<Notice> }
    | { readonly _tag: "none" }
  readonly status: "SUCCESS" | "ERROR"
  readonly text: string | null
}

/** where a command came from: `elsewhere` is another program of the user, over a connection that is not modelled */
export type Origin = "socket" | "rest" | "elsewhere"

/** A command as the account saw it: what was asked for, and whether it was done. */
export interface Command {
  readonly origin: Origin
  /** the submission named its `cid`; where it did not, the venue gives its clock */
  readonly isOwnCid: boolean
  /** ms since the epoch */
  readonly at: number
  /** `on`, `ou`, `oc`, `oc_multi`, `fon`, … as on the socket */
  readonly type: string
  readonly cid: number | null
  /** of the order or offer that it concerned, or made */
  readonly id: number | null
  readonly accepted: boolean
  /** why not */
  readonly text: string | null
}

/** a list that forgets its oldest, so that months of trading do not fill the memory */
export const kept = 20_000

export const remember = <A>(list: Array<A>, item: A): void => {
  list.push(item)
  if (list.length > 2 * kept) list.splice(0, list.length - kept)
}
