/**
 * Wallets, ledgers, transfers, deposits and withdrawals.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { AvailableBalance } from "../../../../protocol/records/Account.ts"
import { LedgerEntry } from "../../../../protocol/records/Ledger.ts"
import {
  DepositAddress,
  DepositAddressEntry,
  LightningInvoice,
  Movement,
  MovementInfo,
  ThalexFreeTransferCount,
  ThalexTransfer,
  Transfer,
  Withdrawal
} from "../../../../protocol/records/Movement.ts"
import { Wallet, WalletHistoryEntry } from "../../../../protocol/records/Wallet.ts"
import { configuration } from "../../market/configuration.ts"
import * as Prices from "../../market/prices.ts"
import * as References from "../../market/references.ts"
import type { WalletType } from "../model.ts"
import * as Money from "../money.ts"
import { tradable } from "../order.ts"
import { dollarsOf, margins } from "../positions.ts"
import { reviewMillis } from "../profile.ts"
import type { Call, Routes } from "../route.ts"
import { byIds, days, notification, page, read, rows, walletOf, write } from "../route.ts"
import { flush, invalid, refuse } from "../types.ts"
import { category, label } from "../wallets.ts"

const names = (call: Call): ReadonlyMap<string, string> =>
  // the cast: entries of the layout of this key
  new Map(configuration(call.venue.accounts.core.market, ["pub:map:currency:label"])[0] as Array<[string, string]>)

const nameOf = (call: Call, currency: string): string => names(call).get(currency) ?? currency

const ledgers = (call: Call) => {
  const { account, input, path } = call
  const [currency, wanted, wallet] = [path("currency"), input.int("category"), input.text("wallet")]
  if (wallet !== undefined && walletOf(wallet) === undefined) return invalid("wallet")
  const found = account.wallets.ledgers().filter((entry) =>
    (currency === undefined || entry.currency === currency) && (wanted === undefined || entry.category === wanted) &&
    (wallet === undefined || entry.wallet === walletOf(wallet))
  )
  // the manual does not state the default
  const limits = { default: 125, max: 2500, reach: days(6 * 365) }
  return Either.map(page(call, found, (entry) => entry.mts, limits), (list) => rows(LedgerEntry, list))
}

/** the amount that may leave a wallet: of the margin wallet, only the part that positions and orders do not require */
const free = ({ account, venue }: Call, type: WalletType, currency: string): number => {
  const { core } = venue.accounts
  const available = account.wallets.available(type, currency)
  if (type !== "margin" || currency.endsWith("F0") || account.positions.open.size === 0) return available
  return Math.min(available, Prices.lots(Math.max(0, tradable(core, account)) / dollarsOf(core.market, currency)))
}

const transfer = (call: Call) =>
  Either.gen(function*() {
    const { account, input, now, venue } = call
    const { core } = venue.accounts
    const [from, to] = [walletOf(input.text("from")), walletOf(input.text("to"))]
    if (from === undefined) return yield* invalid("from")
    if (to === undefined) return yield* invalid("to")
    const currency = input.text("currency") ?? ""
    const currencyTo = input.text("currency_to") ?? currency
    if (currency === "") return yield* invalid("currency")
    // a currency converts to that of its derivatives and back, one to one
    if (References.underlying(currency) !== References.underlying(currencyTo)) return yield* invalid("currency_to")
    const lots = input.lots("amount") ?? Number.NaN
    if (!(lots > 0)) return yield* refuse(10001, "amount: invalid")
    const email = input.text("email_dst")
    const userId = input.int("user_id_dst") ?? (email === undefined ? account.userId : undefined)
    const other = userId === undefined
      ? venue.profiles.byEmail(email ?? "")?.userId
      : userId
    const target = other === undefined ? undefined : core.accounts.get(other)
    if (target === undefined) return yield* invalid(email === undefined ? "user_id_dst" : "email_dst")
    if (target === account && from === to && currency === currencyTo) return yield* invalid("to")
    const what = `${Money.text(Prices.amount(lots))} ${currency}`
    // the words of a report (JKorf/Bitfinex.Net, issue 147)
    if (lots > free(call, from, currency)) {
      return yield* refuse(10001, `Cannot complete transfer. ${label(from)} balance insufficient`)
    }
    const description = `Transfer of ${what} from wallet ${label(from)} to ${label(to)}`
    const change = { category: category.transfer, description }
    account.wallets.change({ ...change, type: from, currency, lots: -lots })
    target.wallets.change({ ...change, type: to, currency: currencyTo, lots })
    flush(core, account)
    if (target !== account) flush(core, target)
    const amount = Prices.amount(lots)
    const record = { mtsUpdated: now, walletFrom: from, walletTo: to, currency, amount }
    const info = Transfer.encode({ ...record, currencyTo: currencyTo === currency ? null : currencyTo })
    const text = `${Money.text(amount)} ${nameOf(call, currency)} transferred from ${label(from)} to ${label(to)}`
    return notification(now, "acc_tf", info, text)
  })

/** addresses by month and currency */
const maxAddresses = 15

const addressesOf = ({ profile, venue }: Call, wallet: WalletType, method: string, renew: boolean) => {
  const key = `${wallet}/${method}`
  const known = profile.addresses.get(key) ?? []
  if (known.length === 0 || renew) known.push(`fake1${venue.profiles.text("023456789acdefghjklmnpqrstuvwxyz", 38)}`)
  profile.addresses.set(key, known)
  return known
}

const depositAddress = (call: Call) => {
  const { input, now, profile, venue } = call
  const [wallet, renew] = [walletOf(input.text("wallet")), input.int("op_renew") ?? 0]
  const method = venue.profiles.methods.get(input.text("method")?.toLowerCase() ?? "")
  if (wallet === undefined) return invalid("wallet")
  if (method === undefined) return invalid("method")
  if (renew !== 0 && renew !== 1) return invalid("op_renew")
  if (renew === 1 && (profile.addresses.get(`${wallet}/${method.name}`)?.length ?? 0) >= maxAddresses) {
    return refuse(10001, "address: limit")
  }
  const record = {
    method: method.name.toUpperCase(),
    currencyCode: method.currency,
    address: addressesOf(call, wallet, method.name, renew === 1).at(-1)!,
    poolAddress: null
  }
  return Either.right(notification(now, "acc_dep", DepositAddress.encode(record), "success"))
}

const addressList = ({ input, profile, venue }: Call) => {
  const method = venue.profiles.methods.get(input.text("method")?.toLowerCase() ?? "")
  const [number, size] = [input.int("page") ?? 1, input.int("pageSize") ?? 20]
  if (method === undefined) return invalid("method")
  if (!(number >= 1)) return invalid("page")
  if (!(size >= 20 && size <= 100)) return invalid("pageSize")
  const found = [...profile.addresses].flatMap(([key, addresses]) => {
    const [walletType = "", name] = key.split("/")
    return name === method.name ? addresses.map((address) => ({ address, walletType })) : []
  })
  return Either.right(rows(DepositAddressEntry, found.slice((number - 1) * size, number * size)))
}

const units = { m: 1e-3, u: 1e-6, n: 1e-9, p: 1e-12 } as const

/** lots of an invoice by its readable part, as in BOLT 11; NaN if it has no amount */
const lotsOf = (invoice: string): number => {
  const found = /^ln[a-z]+?(\d{1,12})([munp]?)1/.exec(invoice.toLowerCase())
  // the cast: the pattern accepts no other unit
  const unit = units[found?.[2] as keyof typeof units] ?? 1
  return found === null ? Number.NaN : Prices.lots(Prices.rounded(Number(found[1]) * unit, 8))
}

const lightningInvoice = ({ input, profile, venue }: Call) => {
  const amount = input.number("amount") ?? Number.NaN
  if (input.text("wallet") !== "exchange") return invalid("wallet")
  if (input.text("currency") !== "LNX") return invalid("currency")
  if (!(amount > 0 && amount <= 0.02)) return refuse(10001, "amount: invalid")
  // the venue requires an address first; its reply without one is not known
  if (!profile.addresses.has("exchange/lnx")) return refuse(10001, "deposit address: not found")
  return Either.right(LightningInvoice.encode({
    invoiceHash: venue.profiles.text("0123456789abcdef", 64),
    invoice: `lnfake${Prices.lots(amount) * 10}n1${venue.profiles.text("023456789acdefghjklmnpqrstuvwxyz", 180)}`,
    amount: Money.plain(amount)
  }))
}

const withdraw = (call: Call) => {
  const { account, input, now, profile, venue } = call
  const { core } = venue.accounts
  const wallet = walletOf(input.text("wallet"))
  const method = venue.profiles.methods.get(input.text("method")?.toLowerCase() ?? "")
  if (wallet === undefined) return invalid("wallet")
  if (method === undefined) return invalid("method")
  const isLightning = method.name === "lnx"
  const address = input.text(isLightning ? "invoice" : "address")
  if (address === undefined || address === "") return invalid(isLightning ? "invoice" : "address")
  // an invoice contains the amount
  const asked = isLightning ? lotsOf(address) : input.lots("amount") ?? Number.NaN
  if (!(asked > 0)) return refuse(10001, `${isLightning ? "invoice" : "amount"}: invalid`)
  const isDeducted = input.int("fee_deduct") === 1
  const lots = isDeducted ? asked : asked + method.fee
  const amount = isDeducted ? asked - method.fee : asked
  const paymentId = input.text("payment_id") ?? null
  const answer = (withdrawalId: number, text: string) => {
    const info = { method: method.name, paymentId, wallet, amount: Prices.amount(Math.max(0, amount)) }
    const row = Withdrawal.encode({ ...info, withdrawalId, withdrawalFee: Prices.amount(method.fee) })
    return Either.right(notification(now, "acc_wd-req", row, text))
  }
  // refused, although the status is SUCCESS: only the id 0 indicates it
  if (amount <= 0) return answer(0, "The amount does not cover the fee.")
  if (lots > free(call, wallet, method.currency)) {
    const left = Money.text(Prices.amount(free(call, wallet, method.currency)))
    return answer(0, `Insufficient funds: your available balance is only ${left} ${method.currency}.`)
  }
  const movement: Movement = {
    id: venue.profiles.nextId(),
    currency: method.currency,
    currencyName: method.name.toUpperCase(),
    mtsStarted: now,
    mtsUpdated: now,
    status: "PENDING REVIEW",
    amount: -Prices.amount(amount),
    fees: method.fee === 0 ? 0 : -Prices.amount(method.fee),
    destinationAddress: address,
    paymentId,
    transactionId: null,
    withdrawTransactionNote: input.text("note") ?? null
  }
  const { currency, fee } = method
  profile.movements.push(movement)
  profile.pending.set(movement.id, { movement, wallet, currency, lots, fee, due: now + reviewMillis })
  account.wallets.hold(wallet, currency, lots)
  flush(core, account)
  return answer(movement.id, "Your withdrawal request has been successfully submitted.")
}

const movements = (call: Call) => {
  const { input, path, profile } = call
  const [currency, address] = [path("currency"), input.text("address")]
  const isAsked = byIds(input)
  const found = profile.movements.filter((movement) =>
    isAsked(movement) && (currency === undefined || movement.currency === currency) &&
    (address === undefined || movement.destinationAddress === address)
  )
  // the manual does not state the default
  const limits = { default: 25, max: 2500 }
  return Either.map(page(call, found, (movement) => movement.mtsUpdated, limits), (list) => rows(Movement, list))
}

const movementInfo = ({ input, profile }: Call) => {
  const found = profile.movements.find((movement) => movement.id === input.int("id"))
  if (found === undefined) return refuse(10001, "Movement not found.")
  const { currencyName, paymentId, withdrawTransactionNote, ...movement } = found
  return Either.right(MovementInfo.encode({
    ...movement,
    currencyMethod: currencyName,
    remark: null,
    memo: paymentId,
    movementNote: withdrawTransactionNote,
    bankFees: null,
    bankRouterId: null,
    externalBankMovId: null,
    externalBankMovStatus: null,
    externalBankMovDescription: null,
    externalBankAccInfo: null
  }))
}

/** The sign of sales is not documented; here it is positive. */
const available = ({ account, input, venue }: Call) => {
  const { core } = venue.accounts
  const [symbol, type] = [input.text("symbol") ?? "", input.text("type")]
  if (!core.market.has(symbol)) return invalid("symbol")
  const answer = (amountAvail: number) =>
    Either.right(AvailableBalance.encode({ amountAvail: Prices.rounded(amountAvail, 8) }))
  if (type === "FUNDING") {
    return symbol.startsWith("f")
      ? answer(Prices.amount(account.wallets.available("funding", symbol.slice(1))))
      : invalid("symbol")
  }
  if (!symbol.startsWith("t")) return invalid("symbol")
  const [dir, rate, lev] = [input.int("dir"), input.number("rate") ?? Number.NaN, input.number("lev") ?? 10]
  if (dir !== 1 && dir !== -1) return invalid("dir")
  if (!(rate > 0)) return invalid("rate")
  if (!(lev >= 1 && lev <= 100)) return invalid("lev")
  const { base, quote } = References.pair(symbol)
  switch (type) {
    case "EXCHANGE":
      return answer(
        dir === 1
          ? Prices.amount(account.wallets.available("exchange", quote)) / rate
          : Prices.amount(account.wallets.available("exchange", base))
      )
    case "MARGIN":
      return answer(Math.max(0, tradable(core, account)) / margins.initial / dollarsOf(core.market, quote) / rate)
    case "DERIV":
      return answer(Prices.amount(account.wallets.available("margin", quote)) * lev / rate)
    default:
      return invalid("type")
  }
}

const thalexFree = 3

/** transfers from and to the exchange wallet */
const thalex = (direction: "deposit" | "withdrawal") => (call: Call) => {
  const { account, input, now, profile, venue } = call
  const currency = input.text("ccy") ?? ""
  if (input.text("provider") !== "thalex") return invalid("provider")
  if (!["USE", "ETH", "BTC"].includes(currency)) return invalid("ccy")
  const lots = input.lots("amount") ?? Number.NaN
  if (!(lots > 0)) return refuse(10001, "amount: invalid")
  const there = profile.thalex.get(currency) ?? 0
  const [moved, at] = direction === "deposit"
    ? [lots, account.wallets.available("exchange", currency)]
    : [-lots, there]
  if (lots > at) return refuse(10001, `not enough exchange balance for ${Money.text(Prices.amount(lots))} ${currency}`)
  const description = `Thalex ${direction} of ${Money.text(Prices.amount(lots))} ${currency}`
  account.wallets.change({ type: "exchange", currency, lots: -moved, category: category.transfer, description })
  profile.thalex.set(currency, there + moved)
  flush(venue.accounts.core, account)
  return Either.right(ThalexTransfer.encode({
    type: direction,
    addressDest: `fake1${venue.profiles.text("023456789acdefghjklmnpqrstuvwxyz", 38)}`,
    amount: Money.plain(Prices.amount(lots)),
    ccy: currency,
    createdAt: now,
    updatedAt: now,
    id: venue.profiles.uuid(),
    status: "COMPLETED",
    fee: "0"
  }))
}

export const walletRoutes: Routes = {
  wallets: read("r/wallets", "wallets", ({ account }) => Either.right(rows(Wallet, account.wallets.records()))),
  walletsHistory: read("r/wallets/hist", "wallets", ({ account, input, now }) => {
    const [end, currency] = [input.int("end") ?? now, input.text("currency")]
    if (Number.isNaN(end)) return invalid("end")
    const found = account.wallets.at(end).filter((wallet) => currency === undefined || wallet.currency === currency)
    return Either.right(rows(WalletHistoryEntry, found))
  }),
  ledgers: read("r/ledgers/{currency?}/hist", "history", ledgers),
  transferBetweenWallets: write("w/transfer", "wallets", transfer),
  depositAddress: write("w/deposit/address", "wallets", depositAddress),
  depositAddressList: read("r/deposit/address/all", "wallets", addressList),
  generateInvoice: write("w/deposit/invoice", "wallets", lightningInvoice),
  // keys and nesting of the rows are not known
  lnxInvoicePayments: read("r/ext/invoice/payments", "wallets", () => Either.right([])),
  withdraw: write("w/withdraw", "withdraw", withdraw),
  movementInfo: read("r/movements/info", "history", movementInfo),
  movements: read("r/movements/{currency?}/hist", "history", movements),
  availableBalance: read("calc/order/avail", "wallets", available),
  thalexDeposit: write("w/ext/wallets/deposits/request", "withdraw", thalex("deposit")),
  thalexWithdraw: write("w/ext/wallets/withdrawals/request", "withdraw", thalex("withdrawal")),
  thalexFreeTransferCount: read("r/ext/wallets/transfers/free/count", "wallets", ({ input }) =>
    // the manual's page capitalizes this parameter, unlike the others
    (input.text("Provider") ?? input.text("provider")) === "thalex"
      ? Either.right(ThalexFreeTransferCount.encode({
        depositsAvailable: thalexFree,
        depositsResetsAt: null,
        withdrawalsAvailable: thalexFree,
        withdrawalsResetsAt: null
      }))
      : invalid("Provider"))
}
