/**
 * The families that make up an account's state, as data.
 *
 * @internal
 */
import { type AccountChannel, accountChannels } from "../../protocol/channels/Account.ts"
import type { KeyScope } from "../../protocol/records/Auth.ts"
import type { FundingCredit, FundingLoan, FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type { Position } from "../../protocol/records/Position.ts"
import type { Wallet } from "../../protocol/records/Wallet.ts"
import type { Spec } from "./family.ts"

export interface Row<K extends string | number, A> extends Omit<Spec<K, A>, "settle" | "steady"> {
  readonly channel: AccountChannel<A>
  readonly scope: KeyScope
}

const any = <A>(...fields: ReadonlyArray<keyof A>) => (a: A, b: A): boolean =>
  fields.some((field) => a[field] !== b[field])

const make = <K extends string | number, A>(name: string, channel: AccountChannel<A>, options: {
  readonly scope: KeyScope
  readonly opens: string
  readonly closes: string
  readonly differs: (before: A, after: A) => boolean
  readonly isComputed?: (row: A) => boolean
}): Row<K, A> => {
  const { state } = channel
  if (state.kind !== "keyed") throw new Error(`the rows of ${name} have no keys`)
  return {
    operation: `AccountState.${name}`,
    channel,
    // the cast: the keys of a family are of one type
    key: state.key as (row: A) => K,
    removes: state.removes,
    lifetime: state.lifetime,
    isComputed: undefined,
    ...options
  }
}

/** Fields that REST and the socket show differently for the same row are not compared: flags, gid, meta. */
export const specs = {
  orders: make<number, Order>("orders", accountChannels.orders, {
    scope: "orders",
    opens: "on",
    closes: "oc",
    differs: any<Order>("amount", "amountOrig", "price", "priceTrailing", "priceAuxLimit", "orderType", "status")
  }),
  positions: make<string, Position>("positions", accountChannels.positions, {
    scope: "positions",
    opens: "pn",
    closes: "pc",
    differs: any<Position>("amount", "basePrice", "status", "positionId"),
    isComputed: (row) => row.pl !== null || row.plPerc !== null || row.priceLiq !== null || row.leverage !== null
  }),
  wallets: make<`${Wallet["type"]}:${string}`, Wallet>("wallets", accountChannels.wallets, {
    scope: "wallets",
    opens: "",
    closes: "",
    differs: any<Wallet>("balance"),
    isComputed: (row) => row.availableBalance !== null
  }),
  fundingOffers: make<number, FundingOffer>("fundingOffers", accountChannels.fundingOffers, {
    scope: "funding",
    opens: "fon",
    closes: "foc",
    differs: any<FundingOffer>("amount", "amountOrig", "rate", "period", "status")
  }),
  fundingCredits: make<number, FundingCredit>("fundingCredits", accountChannels.fundingCredits, {
    scope: "funding",
    opens: "fcn",
    closes: "fcc",
    differs: any<FundingCredit>("amount", "rate", "period", "status", "positionPair")
  }),
  fundingLoans: make<number, FundingLoan>("fundingLoans", accountChannels.fundingLoans, {
    scope: "funding",
    opens: "fln",
    closes: "flc",
    differs: any<FundingLoan>("amount", "rate", "period", "status")
  })
}
