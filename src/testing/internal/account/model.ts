/**
 * Accounts as data: the records of endpoints and of the account channel, and the events that change them.
 *
 * Everything below this folder is synchronous and independent of Effect, as the market is: the owner of the accounts
 * sets the time. Records are those of the layouts, which encode them at the edges.
 *
 * @internal
 */
import type * as Either from "effect/Either"
import type { FundingCredit, FundingLoan, FundingOffer, FundingTrade } from "../../../protocol/records/Funding.ts"
import type { Order, Trade } from "../../../protocol/records/Order.ts"
import type { Position } from "../../../protocol/records/Position.ts"
import type { Wallet } from "../../../protocol/records/Wallet.ts"

/** a refusal: `["error", code, text]` on REST, or a notification of status ERROR on the socket */
export interface Refusal {
  readonly code: number
  readonly text: string
}

export type OrRefusal<A> = Either.Either<A, Refusal>

export const walletTypes = ["exchange", "margin", "funding"] as const
export type WalletType = (typeof walletTypes)[number]

export interface Meta {
  readonly [key: string]: unknown
}

/** An event of an account, by the venue's names of account events. Snapshots are lists, not events. */
export type AccountEvent =
  | { readonly type: "on" | "ou" | "oc"; readonly record: Order }
  | { readonly type: "te" | "tu"; readonly record: Trade }
  /** `heldOnly`: the balance is unchanged, only the reserved amount has changed */
  | { readonly type: "wu"; readonly record: Wallet; readonly heldOnly: boolean }
  | { readonly type: "pn" | "pu" | "pc"; readonly record: Position }
  | { readonly type: "fon" | "fou" | "foc"; readonly record: FundingOffer }
  | { readonly type: "fln" | "flu" | "flc"; readonly record: FundingLoan }
  | { readonly type: "fcn" | "fcu" | "fcc"; readonly record: FundingCredit }
  | { readonly type: "fte" | "ftu"; readonly record: FundingTrade }

/** The reply to a command, before it is encoded for REST or the socket. */
export interface Notice {
  /** `on-req`, `oc-req`, … */
  readonly type: string
  /** orders, offers and other known objects as records; anything else as encoded rows */
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

/** origin of a command: `elsewhere` is another program of the user, over a connection that is not modelled */
export type Origin = "socket" | "rest" | "elsewhere"

/** A command as the account received it, with its result. */
export interface Command {
  readonly origin: Origin
  /** the submission named its `cid`; without one the venue uses its clock */
  readonly isOwnCid: boolean
  /** ms since the epoch */
  readonly at: number
  /** `on`, `ou`, `oc`, `oc_multi`, `fon`, … as on the socket */
  readonly type: string
  readonly cid: number | null
  /** the order or offer that it created or referred to */
  readonly id: number | null
  readonly accepted: boolean
  /** reason of the refusal */
  readonly text: string | null
}

/** a list that drops its oldest rows, so that memory stays bounded over months of trading */
export const kept = 20_000

export const remember = <A>(list: Array<A>, item: A): void => {
  list.push(item)
  if (list.length > 2 * kept) list.splice(0, list.length - kept)
}
