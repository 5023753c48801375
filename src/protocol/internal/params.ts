/**
 * Parameters that several tables share: those of orders and offers.
 *
 * @internal
 */
import type * as Endpoint from "../Endpoint.ts"
import * as Flags from "../Flags.ts"
import * as Param from "../Param.ts"
import * as Body from "./body.ts"

/** @internal */
export const orderTypes = [
  "LIMIT",
  "EXCHANGE LIMIT",
  "MARKET",
  "EXCHANGE MARKET",
  "STOP",
  "EXCHANGE STOP",
  "STOP LIMIT",
  "EXCHANGE STOP LIMIT",
  "TRAILING STOP",
  "EXCHANGE TRAILING STOP",
  "FOK",
  "EXCHANGE FOK",
  "IOC",
  "EXCHANGE IOC"
] as const

/** signed and not zero @internal */
export const signedAmount = Param.decimal({ decimals: 8, sign: "notZero" })

/** above zero @internal */
export const amount = Param.decimal({ decimals: 8, sign: "positive" })

/** the venue truncates prices to five significant digits @internal */
export const price = Param.decimal({ decimals: 8, significant: 5, sign: "positive" })

/** fraction per day, of any sign @internal */
export const rate = Param.decimal({ decimals: 8 })

/** the manual says int45 for both, but one page of the socket int32 for `gid`; larger values were observed @internal */
const int45 = Param.int(1, 2 ** 45 - 1)

/** @internal */
export const cid = int45

/** @internal */
export const gid = int45

/** @internal */
export const cidDate = Param.named("cid_date", Param.day)

/** @internal */
export const lev = Param.int(1, 100)

/** days of funding @internal */
export const period = Param.int(2, 120)

/** @internal */
export const orderFlags = Param.flags(Flags.order)

/** @internal */
export const count = Param.int(1, Number.MAX_SAFE_INTEGER)

/** @internal */
export const wallet = Param.oneOf("exchange", "margin", "funding", "trading", "deposit")

/** @internal */
export const span = {
  /** inclusive, ms */
  start: Param.optional(Param.time),
  /** inclusive, ms */
  end: Param.optional(Param.time)
}

/** @internal */
export const orderMeta = Body.struct({
  /** code of an affiliate */
  affCode: Param.named("aff_code", Param.optional(Param.text)),
  /** makes a hidden order visible after its first execution */
  makeVisible: Param.named("make_visible", Param.optional(Param.flag)),
  /** keeps the order from matching another one of the account */
  protectSelfmatch: Param.named("protect_selfmatch", Param.optional(Param.flag))
})

/** a `cid` identifies an order only together with its day @internal */
export const checkCid = (args: Endpoint.AnyArgs): Endpoint.Complaint | undefined => {
  const { cid, cidDate } = args
  if (cid !== undefined && cidDate === undefined) return { field: "cidDate", reason: "a cid needs its day" }
  if (cid === undefined && cidDate !== undefined) return { field: "cid", reason: "a day needs a cid" }
  return undefined
}
