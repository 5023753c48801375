/**
 * Actions of other parties on an account while a client is disconnected or connected: another program of the user, or
 * the market.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { fundingEndpoints } from "../../../protocol/endpoints/Funding.ts"
import { orderEndpoints } from "../../../protocol/endpoints/Orders.ts"
import type { Params } from "../../../protocol/Param.ts"
import type { FundingOffer } from "../../../protocol/records/Funding.ts"
import type { Order } from "../../../protocol/records/Order.ts"
import * as Prices from "../market/prices.ts"
import type { Accounts } from "./accounts.ts"
import { makeInput, strangeIn } from "./input.ts"
import { type Notice, type OrRefusal, type WalletType, walletTypes } from "./model.ts"
import type { Hub } from "./socket/hub.ts"
import type { Account } from "./types.ts"
import { flush, refuse } from "./types.ts"
import { category, label } from "./wallets.ts"

export interface Fields {
  readonly [name: string]: unknown
}

export interface OtherParties {
  readonly submit: (fields: Fields) => OrRefusal<ReadonlyArray<Order>>
  readonly offer: (fields: Fields) => OrRefusal<FundingOffer>
  readonly cancel: (id: number) => OrRefusal<void>
  readonly fill: (id: number, amount: number | undefined) => OrRefusal<void>
  readonly deposit: (wallet: WalletType, currency: string, amount: number) => OrRefusal<void>
}

/** Each action happens at the time `at`, and is published on the sockets as by the venue. */
export const makeOtherParties = (accounts: Accounts, hub: Hub, account: Account, at: () => number): OtherParties => {
  const { core } = accounts

  const act = <A>(run: () => OrRefusal<A>): OrRefusal<A> => {
    accounts.pass(at())
    const result = run()
    accounts.publish()
    return result
  }

  /** other names would be ignored, and the test would not test what it says */
  const known = ({ params }: { readonly params: Params }, fields: Fields): OrRefusal<Fields> => {
    const names = Object.entries(params).map(([name, { wire }]) => wire ?? name)
    const strange = strangeIn("parameter", fields, names)
    return strange === undefined ? Either.right(fields) : refuse(10001, strange)
  }

  const command = (...[type, fields]: readonly [Parameters<Hub["command"]>[1], Fields]): OrRefusal<Notice["info"]> =>
    act(() => Either.map(hub.command(account, type, makeInput(fields)), ({ info }) => info))

  return {
    submit: (given) =>
      known(orderEndpoints.submitOrder, given).pipe(
        Either.flatMap((fields) => command("on", fields)),
        Either.map((info) => (info._tag === "orders" ? info.orders : []))
      ),
    offer: (given) =>
      known(fundingEndpoints.submitFundingOffer, given).pipe(
        Either.flatMap((fields) => command("fon", fields)),
        Either.flatMap((info) => (info._tag === "offer" ? Either.right(info.offer) : refuse(10001, "no offer")))
      ),
    cancel: (id) => Either.map(command(account.funding.offers.has(id) ? "foc" : "oc", { id }), () => undefined),
    fill: (id, amount) =>
      act(() => {
        const symbol = (account.orders.get(id) ?? account.funding.offers.get(id))?.symbol
        const lots = amount === undefined ? undefined : Prices.lots(Math.abs(amount))
        if (lots === 0 || Number.isNaN(lots)) return refuse(10001, "amount: invalid")
        const fill = symbol === undefined ? undefined : core.market.engine(symbol)?.hit(id, lots, core.now())
        return fill === undefined ? refuse(10001, "nothing of this id rests in a book") : Either.void
      }),
    deposit: (type, currency, amount) =>
      act(() => {
        const strange = strangeIn("wallet", { [type]: currency }, walletTypes)
        if (strange !== undefined) return refuse(10001, strange)
        const lots = Prices.lots(amount)
        if (!(Number.isSafeInteger(lots) && lots !== 0)) return refuse(10001, "amount: invalid")
        const what = lots > 0 ? `Deposit of ${amount} ${currency} to` : `Withdrawal of ${-amount} ${currency} from`
        account.wallets.change({
          type,
          currency,
          lots,
          category: lots > 0 ? category.deposit : category.withdrawal,
          description: `${what} ${label(type)}`
        })
        flush(core, account)
        return Either.void
      })
  }
}
