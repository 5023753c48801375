/**
 * Funding: offers, loans, credits and their settings.
 *
 * @internal
 */
import * as Either from "effect/Either"
import {
  FundingAutoRenew,
  FundingAutoRenewStatus,
  FundingCredit,
  FundingInfo,
  FundingLoan,
  FundingOffer,
  FundingTrade
} from "../../../../protocol/records/Funding.ts"
import * as Prices from "../../market/prices.ts"
import { loanRecord, offerRecord } from "../funding.ts"
import { isObject } from "../input.ts"
import type { OrRefusal } from "../model.ts"
import type { Call, Routes } from "../route.ts"
import { days, isShown, noticeRow, notification, page, read, rows, sum, write } from "../route.ts"
import type { Account, Core } from "../types.ts"
import { invalid, refuse } from "../types.ts"

/** whether a row has the requested symbol, or the refusal of an unknown symbol */
const filter = ({ path, venue }: Call): OrRefusal<(row: { readonly symbol: string }) => boolean> => {
  const symbol = path("symbol")
  if (symbol === undefined) return Either.right(() => true)
  return symbol.startsWith("f") && venue.accounts.core.market.has(symbol)
    ? Either.right((row) => row.symbol === symbol)
    : invalid("symbol")
}

const limits = { default: 25, max: 500 }

const open = (isCredit: boolean) => (call: Call) =>
  Either.map(filter(call), (is) => {
    const found = [...call.account.funding.loans.values()].filter((loan) =>
      is(loan) && (loan.pair !== null) === isCredit
    )
    const records = found.map(loanRecord)
    return isCredit ? rows(FundingCredit, records) : rows(FundingLoan, records)
  })

const closed = (isCredit: boolean) => (call: Call) =>
  Either.flatMap(filter(call), (is) => {
    const found = call.account.funding.closedLoans.filter((loan) =>
      is(loan) && (loan.positionPair !== null) === isCredit
    )
    return Either.map(
      page(call, found, (loan) => loan.mtsUpdate, { ...limits, reach: days(3) }),
      (list) => isCredit ? rows(FundingCredit, list) : rows(FundingLoan, list)
    )
  })

/** FundingInfo row: average rate and remaining time of borrowed and lent funds */
export const fundingInfo = (core: Core, account: Account, symbol: string): unknown => {
  const loans = [...account.funding.loans.values()].filter((loan) => loan.symbol === symbol)
  const average = (side: 1 | -1, of: (loan: (typeof loans)[number]) => number): number => {
    const some = loans.filter((loan) => loan.side === side)
    const lots = sum(some.map((loan) => loan.lots))
    return lots === 0 ? 0 : sum(some.map((loan) => loan.lots * of(loan))) / lots
  }
  const left = (loan: (typeof loans)[number]) => (loan.created + days(loan.period) - core.now()) / days(1)
  return FundingInfo.encode({
    key: "sym",
    symbol,
    fundingInfoArray: {
      yieldLoan: average(-1, (loan) => loan.rate),
      yieldLend: average(1, (loan) => loan.rate),
      durationLoan: average(-1, left),
      durationLend: average(1, left)
    }
  })
}

const info = (call: Call) => {
  const symbol = call.path("symbol")
  return symbol === undefined
    ? invalid("symbol")
    : Either.map(filter(call), () => fundingInfo(call.venue.accounts.core, call.account, symbol))
}

const autoRenew = ({ account, input, now, venue }: Call) => {
  const status = input.int("status")
  const currency = input.text("currency") ?? ""
  if (status !== 0 && status !== 1) return invalid("status")
  // with a prefix, the venue answered 10001
  if (!venue.accounts.core.market.has(`f${currency}`)) return refuse(10001, "currency: invalid")
  const [lots, percent, period] = [input.lots("amount") ?? 0, input.number("rate") ?? 0, input.int("period") ?? 2]
  if (!(lots >= 0)) return refuse(10001, "amount: invalid")
  if (!(percent >= 0)) return refuse(10001, "rate: invalid")
  if (!(period >= 2 && period <= 120)) return invalid("period")
  // the only rate in percent
  const rate = Prices.rounded(percent / 100, 12)
  if (status === 1) account.funding.autoRenew.set(currency, { lots, period, rate })
  else account.funding.autoRenew.delete(currency)
  if (status === 1) venue.accounts.funding.step(false)
  const record = FundingAutoRenew.encode({ currency, period, rate, threshold: Prices.amount(lots) })
  return Either.right(notification(now, "fa-req", record, null))
}

const keep = ({ account, input, now }: Call) => {
  const type = input.text("type")
  if (type !== "credit" && type !== "loan") return invalid("type")
  const changes = input.raw("changes")
  if (changes !== undefined && !isObject(changes)) return invalid("changes")
  const wanted = new Map<number, 1 | 2 | "flip">(input.list("id").map((id) => [Number(id), "flip"]))
  for (const [id, value] of Object.entries(changes ?? {})) {
    if (value !== 1 && value !== 2) return invalid("changes")
    wanted.set(Number(id), value)
  }
  if (wanted.size === 0) return invalid("id")
  const loans = [...wanted].map(([id, value]) => ({ loan: account.funding.loans.get(id), value }))
  for (const { loan } of loans) {
    if (loan === undefined || (loan.pair !== null) !== (type === "credit")) return refuse(10001, "Funding not found.")
  }
  for (const { loan, value } of loans) loan!.noClose = value === "flip" ? !loan!.noClose : value === 1
  return Either.right(notification(now, "fk-req", null, null))
}

export const fundingRoutes: Routes = {
  fundingOffersHistory: read(
    "r/funding/offers/{symbol?}/hist",
    "funding",
    (call) =>
      Either.flatMap(filter(call), (is) =>
        Either.map(
          page(
            call,
            call.account.funding.closedOffers.filter(is).filter(isShown(call)),
            (offer) => offer.mtsUpdated,
            limits
          ),
          (list) => rows(FundingOffer, list)
        ))
  ),
  fundingOffers: read(
    "r/funding/offers/{symbol?}",
    "funding",
    (call) =>
      Either.map(
        filter(call),
        (is) => {
          const found = [...call.account.funding.offers.values()].filter(is).filter(isShown(call))
          return rows(FundingOffer, found.map(offerRecord))
        }
      )
  ),
  fundingLoansHistory: read("r/funding/loans/{symbol?}/hist", "funding", closed(false)),
  fundingLoans: read("r/funding/loans/{symbol?}", "funding", open(false)),
  fundingCreditsHistory: read("r/funding/credits/{symbol?}/hist", "funding", closed(true)),
  fundingCredits: read("r/funding/credits/{symbol?}", "funding", open(true)),
  fundingTradesHistory: read(
    "r/funding/trades/{symbol?}/hist",
    "funding",
    (call) =>
      Either.flatMap(filter(call), (is) =>
        Either.map(
          // the manual states neither limit
          page(call, call.account.funding.trades.filter(is), (trade) => trade.mtsCreate, { default: 25, max: 2500 }),
          (list) => rows(FundingTrade, list)
        ))
  ),
  fundingInfo: read("r/info/funding/{symbol}", "funding", info),
  fundingAutoRenewStatus: read("r/funding/auto/status", "funding", ({ account, input }) => {
    const currency = input.text("currency")
    if (currency === undefined) return invalid("currency")
    const found = account.funding.autoRenew.get(currency)
    if (found === undefined) return Either.right(null)
    const { lots, period, rate } = found
    return Either.right(FundingAutoRenewStatus.encode({ currency, period, rate, amount: Prices.amount(lots) }))
  }),
  submitFundingOffer: write(
    "w/funding/offer/submit",
    "funding",
    ({ account, input, now, surroundings, venue }) =>
      Either.map(venue.command(account, "fon", input, surroundings), (notice) => noticeRow(now, notice))
  ),
  cancelFundingOffer: write(
    "w/funding/offer/cancel",
    "funding",
    ({ account, input, now, surroundings, venue }) =>
      Either.map(venue.command(account, "foc", input, surroundings), (notice) => noticeRow(now, notice))
  ),
  cancelAllFundingOffers: write("w/funding/offer/cancel/all", "funding", ({ account, input, now, venue }) => {
    const currency = input.text("currency")
    if (currency !== undefined && !venue.accounts.core.market.has(`f${currency}`)) return invalid("currency")
    const count = venue.accounts.funding.cancelAll(account, currency)
    const text = count === 0 ? "None to cancel" : null
    return Either.right(notification(now, "foc_all-req", null, text))
  }),
  // type and payload of this notification are not known
  closeFunding: write("w/funding/close", "funding", ({ account, input, now, venue }) => {
    const id = input.int("id")
    if (id === undefined || Number.isNaN(id)) return invalid("id")
    return Either.map(venue.accounts.funding.close(account, id), () => notification(now, "fc-req", null, null))
  }),
  setFundingAutoRenew: write("w/funding/auto", "funding", autoRenew),
  keepFunding: write("w/funding/keep", "funding", keep)
}
