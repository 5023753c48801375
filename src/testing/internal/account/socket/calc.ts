/**
 * Values that the venue computes only on request: `[["margin_base"], ["position_tBTCUSD"], …]`.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { MarginInfoBase } from "../../../../protocol/records/Margin.ts"
import { Position } from "../../../../protocol/records/Position.ts"
import { BalanceUpdate, Wallet } from "../../../../protocol/records/Wallet.ts"
import * as Prices from "../../market/prices.ts"
import type { Scope } from "../keys.ts"
import { dollarsOf } from "../positions.ts"
import { walletOf } from "../route.ts"
import { fundingInfo } from "../routes/funding.ts"
import { marginBase, marginInfo, marginSymbol } from "../routes/positions.ts"
import type { Account, Core } from "../types.ts"
import type { Topic } from "./filter.ts"

/** maximum number of items in one message, and of items that the venue computes per second for one client */
export const limits = { items: 30, perSecond: 8, waiting: 240 } as const

export interface Answer {
  readonly type: "miu" | "fiu" | "pu" | "wu" | "bu"
  readonly topic: Topic
  readonly scope: Scope
  readonly payload: unknown
}

/** the items of a `calc` message; undefined if it is not one */
export const itemsOf = (body: unknown): ReadonlyArray<string> | undefined => {
  if (!Array.isArray(body)) return undefined
  const items = body.map((item: unknown): unknown => (Array.isArray(item) ? item[0] : item))
  return items.every((item) => typeof item === "string") ? items : undefined
}

/** undefined if nothing has that name; the venue's reply in this case is not known */
export const compute = (core: Core, account: Account, item: string): Answer | undefined => {
  const rest = (prefix: string): string | undefined => item.startsWith(prefix) ? item.slice(prefix.length) : undefined
  if (item === "margin_base") {
    const topic = { family: "trading", symbol: undefined } as const
    return { type: "miu", topic, scope: "positions", payload: MarginInfoBase.encode(marginBase(account)) }
  }
  if (item === "balance") {
    const dollars = account.wallets.records().map(({ balance, currency }) => balance * dollarsOf(core.market, currency))
    const aum = Prices.rounded(dollars.reduce((sum, one) => sum + one, 0), 8)
    const aumNet = Prices.rounded(aum + account.positions.margin().pl, 8)
    return {
      type: "bu",
      topic: { family: "balance" },
      scope: "wallets",
      payload: BalanceUpdate.encode({ aum, aumNet })
    }
  }
  const margin = rest("margin_sym_")
  if (margin !== undefined) {
    return Either.match(marginSymbol(core, margin), {
      onLeft: () => undefined,
      onRight: (symbol): Answer => ({
        type: "miu",
        topic: { family: "trading", symbol },
        scope: "positions",
        payload: marginInfo(core, account, symbol)
      })
    })
  }
  const funding = rest("funding_sym_")
  if (funding !== undefined) {
    if (!funding.startsWith("f") || !core.market.has(funding)) return undefined
    const topic = { family: "funding", symbol: funding } as const
    return { type: "fiu", topic, scope: "funding", payload: fundingInfo(core, account, funding) }
  }
  const symbol = rest("position_")
  if (symbol !== undefined) {
    const position = account.positions.open.get(symbol)
    if (position === undefined) return undefined
    const payload = Position.encode(account.positions.record(position, true))
    return { type: "pu", topic: { family: "trading", symbol }, scope: "positions", payload }
  }
  const [type = "", currency] = rest("wallet_")?.split("_") ?? []
  const wallet = walletOf(type)
  const record = account.wallets.records().find((one) => one.type === wallet && one.currency === currency)
  if (wallet === undefined || record === undefined) return undefined
  const topic = { family: "wallet", wallet, currency: record.currency } as const
  return { type: "wu", topic, scope: "wallets", payload: Wallet.encode(record) }
}
