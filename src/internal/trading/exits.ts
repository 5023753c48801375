/**
 * The dependencies of the cancellations of an exit, and the selection of its orders.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as Stream from "effect/Stream"
import { InvalidInput } from "../../BitfinexError.ts"
import type { Resolution } from "../../Command.ts"
import * as Symbols from "../../protocol/Symbols.ts"
import type * as RestAuthClient from "../../RestAuthClient.ts"
import type * as Session from "../account/session.ts"
import type { Known } from "./rules/rule.ts"
import type * as Ways from "./ways.ts"

/** The selected orders. */
export type Which =
  | { readonly all: true }
  | { readonly symbol: Symbols.TradingSymbol }
  | { readonly gid: number }

/** an invalid selection; used as it is, it could select all orders, or none */
export const refusal = (operation: string, field: string, which: unknown): InvalidInput | undefined => {
  const [first, ...others] = typeof which === "object" && which !== null ? Object.entries(which) : []
  const [name, value]: readonly [string?, unknown?] = others.length === 0 ? first ?? [] : []
  const isOne = name === "all" ?
    value === true
    : name === "symbol" ?
    Symbols.isTrading(value)
    : name === "gid" && Number.isSafeInteger(value)
  const reason = "give one of { all: true }, { symbol: \"tBTCUSD\" } and { gid: 7 }"
  return isOne ? undefined : new InvalidInput({ operation, field, value: which, reason })
}

export interface Needs {
  readonly session: Session.Session
  readonly rest: RestAuthClient.Service
  readonly known: Known
  readonly resolutions: Stream.Stream<Resolution>
  /** whether a submission under this cid was written to the socket, and may be live */
  readonly isWritten: (cid: number) => boolean
}

export interface Exits extends Needs {
  readonly ways: Ways.Ways
  /** ms of a clock that never steps */
  readonly now: () => number
}

/** between two rounds of cancellations */
export const pause = Duration.seconds(1)

/** from this round on each order has a frame of its own */
export const oneByOne = 1

export const isOf = (which: Which) => ({ gid, symbol }: Pick<Ways.Shown, "gid" | "symbol">): boolean =>
  "all" in which ? true : "symbol" in which ? symbol === which.symbol : gid === which.gid
