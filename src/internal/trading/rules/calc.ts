/**
 * How requests for computed values recognise their answers, which bear no mark of the request.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { CalcItem } from "../../../protocol/channels/Inputs.ts"
import type { FundingInfo } from "../../../protocol/records/Funding.ts"
import type { MarginInfoBase, MarginInfoSymbol } from "../../../protocol/records/Margin.ts"
import type { Position } from "../../../protocol/records/Position.ts"
import type { BalanceUpdate, Wallet } from "../../../protocol/records/Wallet.ts"
import type { RowsEvent } from "../../account/events.ts"
import type { Rule } from "./rule.ts"

/** The value that the venue computed for one item. */
export type Computed = MarginInfoBase | MarginInfoSymbol | FundingInfo | Position | Wallet | BalanceUpdate

/** the record of an item in an event; rows that come unasked have nulls where there is something to compute */
const computed = (item: CalcItem) => {
  const symbolOf = (prefix: string): string | undefined =>
    item.startsWith(prefix) ? item.slice(prefix.length) : undefined
  const [margin, funding, position] = [symbolOf("margin_sym_"), symbolOf("funding_sym_"), symbolOf("position_")]
  const [, wallet, currency] = /^wallet_([a-z]+)_(.+)$/.exec(item) ?? []
  return (event: RowsEvent): Computed | undefined => {
    if (event._tag !== "Update") return undefined
    switch (event.family) {
      case "balances":
        return item === "balance" ? event.rows[0] : undefined
      case "marginInfo":
        return event.rows.find((row) => row.key === "base" ? item === "margin_base" : row.symbol === margin)
      case "fundingInfo":
        return event.rows.find((row) => row.symbol === funding)
      case "positions":
        return event.type === "pu" ? event.rows.find((row) => row.symbol === position && row.pl !== null) : undefined
      case "wallets":
        return event.rows.find((row) =>
          row.type === wallet && row.currency === currency && row.availableBalance !== null
        )
      default:
        return undefined
    }
  }
}

/** Items are answered one by one. */
export const calc = (items: ReadonlyArray<CalcItem>): Rule<ReadonlyArray<Computed | null>> => {
  const readers = items.map(computed)
  const found: Array<Computed | null> = items.map(() => null)
  return {
    type: "calc",
    shared: true,
    about: () => "no",
    contradicts: () => false,
    read: () => Either.right(found),
    proves: (event) => {
      let isNew = false
      for (const [at, read] of readers.entries()) {
        const row = read(event)
        if (row === undefined) continue
        isNew = true
        found[at] = row
      }
      return isNew && found.every((each) => each !== null) ? found : undefined
    },
    partial: () => found.some((each) => each !== null) ? found : undefined
  }
}
