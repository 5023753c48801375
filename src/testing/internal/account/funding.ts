/**
 * Funding of accounts: offers to lend, bids to borrow, and the resulting loans and credits.
 *
 * Where the venue's behaviour is not documented, this module decides: funds that a user lends are used at once in
 * another user's position, so they are a credit; funds that a user borrows are not used, so they are a loan. Lent
 * funds stay in the balance of the funding wallet and are reserved. Interest is paid at midnight UTC and at the end of
 * a loan, less 15 % for the venue. FRR offers rest at the rate of the time of their submission.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Flags from "../../../protocol/Flags.ts"
import type { FundingCredit, FundingOffer, FundingTrade } from "../../../protocol/records/Funding.ts"
import type { Fill, Outcome } from "../market/matching.ts"
import * as Prices from "../market/prices.ts"
import type { Input } from "./input.ts"
import { makeInput } from "./input.ts"
import type { OrRefusal } from "./model.ts"
import { remember } from "./model.ts"
import * as Money from "./money.ts"
import { tradable } from "./order.ts"
import { dollarsOf } from "./positions.ts"
import type { Account, Core, LoanState, OfferState } from "./types.ts"
import { flush, invalid, refuse } from "./types.ts"
import { category } from "./wallets.ts"

export interface Funding {
  readonly submit: (account: Account, input: Input) => OrRefusal<FundingOffer>
  /** returns the offer before the cancellation */
  readonly cancel: (account: Account, id: number) => OrRefusal<FundingOffer>
  readonly cancelAll: (account: Account, currency: string | undefined) => number
  /** returns borrowed funds */
  readonly close: (account: Account, id: number) => OrRefusal<void>
  readonly onFill: (fill: Fill) => void
  readonly step: (isNewDay: boolean) => void
}

const day = 86_400_000

/** share of the interest */
const venueShare = 0.15

/** US dollars; the venue's value has changed over the years */
const leastOffer = 50

/** the flash return rate, or the best ask while there is none */
export const frrOf = (core: Core, symbol: string): number => {
  const ticker = core.market.ticker(symbol)
  return Number(ticker[0] ?? ticker[4] ?? 0) || 0.0002
}

const fillText = (offer: OfferState, rate: number, lots: number): string =>
  `at ${(rate * 100).toFixed(4)}% (${Money.text(Prices.amount(-offer.side * lots))})`

const statusOf = (offer: OfferState): string => {
  const partials = offer.fills.map(([rate, lots]) => `PARTIALLY FILLED ${fillText(offer, rate, lots)}`).reverse()
  const last = offer.fills.at(-1)
  if (offer.canceled) return partials.length === 0 ? "CANCELED" : `CANCELED was: ${partials.join(", ")}`
  if (last === undefined) return "ACTIVE"
  if (offer.lots > 0) return partials.join(", ")
  const before = partials.slice(1)
  return `EXECUTED ${fillText(offer, ...last)}${before.length === 0 ? "" : `: was ${before.join(", ")}`}`
}

/** positive lends; the side in the book is the opposite */
export const offerRecord = (offer: OfferState): FundingOffer => ({
  id: offer.id,
  symbol: offer.symbol,
  mtsCreated: offer.created,
  mtsUpdated: offer.updated,
  amount: Prices.amount(-offer.side * offer.lots),
  amountOrig: Prices.amount(-offer.side * offer.original),
  type: offer.type,
  flags: offer.hidden ? Flags.offer.hidden : 0,
  status: statusOf(offer),
  rate: offer.rate,
  period: offer.period,
  notify: 0,
  hidden: offer.hidden ? 1 : 0,
  renew: offer.renew ? 1 : 0,
  rateReal: offer.type === "LIMIT" ? null : offer.realRate
})

/** a loan is a credit without its last cell */
export const loanRecord = (loan: LoanState): FundingCredit => ({
  id: loan.id,
  symbol: loan.symbol,
  side: loan.side,
  mtsCreate: loan.created,
  mtsUpdate: loan.updated,
  amount: Prices.amount(loan.lots),
  flags: 0,
  status: loan.status,
  rateType: loan.variable ? "VAR" : "FIXED",
  rate: loan.rate,
  period: loan.period,
  mtsOpening: loan.created,
  mtsLastPayout: loan.lastPayout,
  notify: 0,
  hidden: 0,
  renew: loan.renew ? 1 : 0,
  rateReal: null,
  noClose: loan.noClose ? 1 : 0,
  positionPair: loan.pair
})

const publishLoan = (core: Core, account: Account, loan: LoanState, which: "n" | "u" | "c"): void => {
  const { positionPair, ...record } = loanRecord(loan)
  core.emit(
    account,
    loan.pair === null
      ? { type: `fl${which}`, record }
      : { type: `fc${which}`, record: { ...record, positionPair } }
  )
}

const settle = (core: Core, account: Account, offer: OfferState, fill: Fill, isMaker: boolean): readonly [
  trade: FundingTrade,
  loan: LoanState
] => {
  const { lots, period, price, tradeId } = fill
  const lends = offer.side === -1
  offer.lots = (isMaker ? fill.maker : fill.taker).left
  offer.updated = core.now()
  offer.fills.push([price, lots])
  const trade: FundingTrade = {
    id: tradeId,
    symbol: offer.symbol,
    mtsCreate: core.now(),
    offerId: offer.id,
    amount: Prices.amount(-offer.side * lots),
    rate: price,
    period,
    maker: null
  }
  remember(account.funding.trades, trade)
  const pair = core.market.symbols.find((symbol) => symbol.startsWith("t") && symbol.endsWith(offer.currency))
  const loan: LoanState = {
    id: core.nextId(),
    symbol: offer.symbol,
    currency: offer.currency,
    side: lends ? 1 : -1,
    created: core.now(),
    updated: core.now(),
    lots,
    rate: price,
    period,
    lastPayout: null,
    variable: offer.type === "FRRDELTAVAR",
    pair: lends ? pair ?? `tBTC${offer.currency}` : null,
    status: "ACTIVE",
    renew: offer.renew,
    noClose: false
  }
  // the amount reserved for the offer is now reserved for the loan
  account.funding.loans.set(loan.id, loan)
  return [trade, loan]
}

const publish = (
  core: Core,
  account: Account,
  offer: OfferState,
  event: "fon" | "fou" | "foc",
  matches: ReadonlyArray<readonly [FundingTrade, LoanState]>
): void => {
  for (const [record] of matches) core.emit(account, { type: "fte", record })
  core.emit(account, { type: event, record: offerRecord(offer) })
  for (const [record] of matches) core.emit(account, { type: "ftu", record })
  for (const [, loan] of matches) publishLoan(core, account, loan, "n")
  flush(core, account)
}

const finish = (account: Account, offer: OfferState): void => {
  account.funding.offers.delete(offer.id)
  // ended offers have no type and no flags
  remember(account.funding.closedOffers, {
    ...offerRecord(offer),
    type: null,
    hidden: null,
    renew: null,
    flags: null
  })
}

const settleMaker = (core: Core, fill: Fill): void => {
  const account = core.accounts.get(fill.maker.owner)
  const offer = account?.funding.offers.get(fill.maker.orderId)
  if (account === undefined || offer === undefined) return
  const match = settle(core, account, offer, fill, true)
  if (offer.lots === 0) finish(account, offer)
  publish(core, account, offer, offer.lots === 0 ? "foc" : "fou", [match])
}

const take = (core: Core, account: Account, offer: OfferState, { fills }: Outcome): void => {
  const matches = fills.map((fill) => {
    const match = settle(core, account, offer, fill, false)
    if (core.accounts.has(fill.maker.owner)) settleMaker(core, fill)
    return match
  })
  if (offer.lots === 0) finish(account, offer)
  publish(core, account, offer, offer.lots === 0 ? "foc" : "fon", matches)
}

const submit = (core: Core, account: Account, input: Input): ReturnType<Funding["submit"]> =>
  Either.gen(function*() {
    const type = input.text("type") ?? ""
    const symbol = input.text("symbol") ?? ""
    if (type !== "LIMIT" && type !== "FRRDELTAVAR" && type !== "FRRDELTAFIX") return yield* invalid("type")
    if (!symbol.startsWith("f") || !core.market.has(symbol)) return yield* invalid("symbol")
    const currency = symbol.slice(1)
    const lots = input.lots("amount") ?? 0
    if (lots === 0 || Number.isNaN(lots)) return yield* refuse(10001, "amount: invalid")
    const rate = input.number("rate") ?? Number.NaN
    if (!(type === "LIMIT" ? rate > 0 : type === "FRRDELTAVAR" ? rate >= 0 : Number.isFinite(rate))) {
      return yield* refuse(10001, "rate: invalid")
    }
    const realRate = type === "LIMIT" ? rate : Math.max(1e-8, frrOf(core, symbol) + rate)
    const period = input.int("period") ?? Number.NaN
    if (!(period >= 2 && period <= 120)) return yield* invalid("period")
    const dollars = Prices.amount(Math.abs(lots)) * dollarsOf(core.market, currency)
    if (dollars < leastOffer) {
      const text = `Invalid offer: incorrect amount, minimum is ${Money.text(leastOffer)} dollar or equivalent in`
      return yield* refuse(10001, `${text} ${currency}`)
    }
    const what = `${Money.text(Prices.amount(Math.abs(lots)))} ${currency}`
    // texts of these two are not known
    if (lots > 0 && lots > account.wallets.available("funding", currency)) {
      return yield* refuse(10001, `Invalid offer: not enough funding balance for ${what}`)
    }
    if (lots < 0 && dollars > 4 * tradable(core, account)) {
      return yield* refuse(10001, `Invalid offer: not enough tradable balance for ${what}`)
    }
    const offer: OfferState = {
      id: core.nextId(),
      symbol,
      currency,
      side: lots > 0 ? -1 : 1,
      created: core.now(),
      updated: core.now(),
      original: Math.abs(lots),
      lots: Math.abs(lots),
      type,
      rate,
      realRate,
      period,
      hidden: Flags.fromNumber(Flags.offer, input.int("flags") ?? 0).hidden,
      renew: input.number("renew") === 1,
      canceled: false,
      fills: []
    }
    const accepted = offerRecord(offer)
    account.funding.offers.set(offer.id, offer)
    if (lots > 0) account.wallets.hold("funding", currency, lots)
    const { hidden, id, side } = offer
    const request = { id, owner: account.userId, side, lots: offer.lots, price: realRate, period, hidden }
    take(core, account, offer, core.market.engine(symbol)!.submit(request, core.now()))
    return accepted
  })

const end = (core: Core, account: Account, offer: OfferState): FundingOffer => {
  const seen = offerRecord(offer)
  core.market.engine(offer.symbol)?.cancel(offer.id, core.now())
  offer.canceled = true
  offer.updated = core.now()
  if (offer.side === -1) account.wallets.hold("funding", offer.currency, -offer.lots)
  finish(account, offer)
  publish(core, account, offer, "foc", [])
  return seen
}

const pay = (core: Core, account: Account, loan: LoanState): void => {
  const days = (core.now() - (loan.lastPayout ?? loan.created)) / day
  const interest = Math.floor(loan.lots * loan.rate * days)
  loan.lastPayout = core.now()
  loan.updated = core.now()
  if (interest <= 0) return
  const { currency } = loan
  if (loan.side === 1) {
    const lots = interest - Math.ceil(interest * venueShare)
    const of = category.funding
    const description = "Margin Funding Payment"
    if (lots > 0) account.wallets.change({ type: "funding", currency, lots, category: of, description })
  } else {
    const description = `Unused Margin Funding Fee (${currency})`
    account.wallets.change({ type: "margin", currency, lots: -interest, category: category.unusedFee, description })
  }
}

const closeLoan = (core: Core, account: Account, loan: LoanState, reason: string): void => {
  pay(core, account, loan)
  loan.status = `CLOSED (${reason})`
  account.funding.loans.delete(loan.id)
  if (loan.side === 1) account.wallets.hold("funding", loan.currency, -loan.lots)
  remember(account.funding.closedLoans, loanRecord(loan))
  publishLoan(core, account, loan, "c")
  flush(core, account)
}

/** lends returned funds again, according to the user's auto-renew setting */
const renew = (core: Core, account: Account): void => {
  for (const [currency, { lots: limit, period, rate }] of account.funding.autoRenew) {
    const symbol = `f${currency}`
    if (!core.market.has(symbol)) continue
    const lent = [...account.funding.loans.values()].filter((loan) => loan.side === 1)
    const offers = [...account.funding.offers.values(), ...lent]
    const out = offers.reduce((sum, one) => one.symbol === symbol ? sum + one.lots : sum, 0)
    const free = account.wallets.available("funding", currency)
    const lots = limit === 0 ? free : Math.min(free, limit - out)
    if (Prices.amount(lots) * dollarsOf(core.market, currency) < leastOffer) continue
    const type = rate === 0 ? "FRRDELTAVAR" : "LIMIT"
    submit(core, account, makeInput({ type, symbol, amount: Prices.amount(lots), rate, period, renew: 1 }))
  }
}

export const makeFunding = (core: Core): Funding => {
  return {
    submit: (account, input) => submit(core, account, input),
    cancel: (account, id) => {
      const offer = account.funding.offers.get(id)
      return offer === undefined ? refuse(10001, "Offer not found.") : Either.right(end(core, account, offer))
    },
    cancelAll: (account, currency) => {
      const all = [...account.funding.offers.values()]
      const concerned = all.filter((offer) => currency === undefined || offer.currency === currency)
      for (const offer of concerned) end(core, account, offer)
      return concerned.length
    },
    close: (account, id) => {
      const loan = account.funding.loans.get(id)
      // a lender cannot reclaim lent funds, and a position needs its borrowed funds; the venue's text is not known
      if (loan === undefined || loan.side === 1 || loan.pair !== null) return refuse(10001, "Funding not found.")
      return Either.right(closeLoan(core, account, loan, "reduced"))
    },
    onFill: (fill) => {
      if (!core.accounts.has(fill.taker.owner)) settleMaker(core, fill)
    },
    step: (isNewDay) => {
      for (const account of core.accounts.values()) {
        for (const loan of account.funding.loans.values()) {
          // funds borrowed for a position last as long as the position
          if (loan.side === -1 && loan.pair !== null) continue
          if (core.now() >= loan.created + loan.period * day) closeLoan(core, account, loan, "expired")
          else if (isNewDay) {
            pay(core, account, loan)
            publishLoan(core, account, loan, "u")
          }
        }
        renew(core, account)
        flush(core, account)
      }
    }
  }
}
