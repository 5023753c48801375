/**
 * Positions and margin.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { MarginInfoBase, MarginInfoSymbol } from "../../../../protocol/records/Margin.ts"
import {
  DerivativeCollateralLimits,
  DerivativeCollateralResult,
  Position,
  PositionIncrease,
  PositionIncreaseInfo
} from "../../../../protocol/records/Position.ts"
import * as Prices from "../../market/prices.ts"
import * as References from "../../market/references.ts"
import type { OrRefusal } from "../model.ts"
import * as Money from "../money.ts"
import { tradable } from "../order.ts"
import type { PositionState } from "../positions.ts"
import { dollarsOf, margins, markOf } from "../positions.ts"
import type { Call, Routes } from "../route.ts"
import { notification, page, read, rows, write } from "../route.ts"
import type { Account, Core } from "../types.ts"
import { flush, invalid, refuse } from "../types.ts"
import { category } from "../wallets.ts"

/** a pair that can be traded on margin */
export const marginSymbol = (core: Core, symbol: string | undefined): OrRefusal<string> =>
  symbol !== undefined && symbol.startsWith("t") && core.market.has(symbol) && !References.isDerivative(symbol)
    ? Either.right(symbol)
    : invalid("symbol")

/** MarginInfoSymbol row */
export const marginInfo = (core: Core, account: Account, symbol: string): unknown => {
  const { quote } = References.pair(symbol)
  const rate = dollarsOf(core.market, quote)
  const { net } = account.positions.margin()
  const free = Math.max(0, tradable(core, account))
  const [tradableBalance, grossBalance] = [free, Math.max(0, net)].map((dollars) => dollars / margins.initial / rate)
  const [bid, , ask] = core.market.ticker(symbol)
  const at = (price: unknown) => Number(price) > 0 ? tradableBalance! / Number(price) : null
  const data = { tradableBalance: tradableBalance!, grossBalance: grossBalance!, buy: at(ask), sell: at(bid) }
  const row = MarginInfoSymbol.encode({ key: "sym", symbol, data })
  return Array.isArray(row) ? row.map((cell) => padded(cell, 8)) : row
}

/** the venue's rows are longer than their known cells: nulls follow */
const padded = (row: unknown, length: number): unknown =>
  Array.isArray(row) && row.length < length ? [...row, ...Array.from({ length: length - row.length }, () => null)] : row

/** margin of all symbols together */
export const marginBase = (account: Account): MarginInfoBase => {
  const { balance, cost, net, pl, required } = account.positions.margin()
  const data = { userPl: pl, userSwaps: cost, marginBalance: balance, marginNet: net, marginMin: required }
  return { key: "base", data }
}

const history =
  (name: "history" | "snapshots" | "audit", limits: { readonly default: number; readonly max: number }) =>
  (call: Call) => {
    const ids = call.input.list("id").map(Number)
    const found = call.account.positions[name]().filter(({ positionId }) =>
      ids.length === 0 || ids.includes(Number(positionId))
    )
    return Either.map(
      page(call, found, (position) => position.mtsUpdate ?? 0, limits),
      (list) => rows(Position, list)
    )
  }

const claim = (call: Call) =>
  Either.gen(function*() {
    const { account, input, now, venue } = call
    const id = input.int("id")
    if (id === undefined || Number.isNaN(id)) return yield* invalid("id")
    const position = account.positions.byId(id)
    if (position === undefined || position.derivative) return yield* refuse(10001, "Position not found.")
    const all = Math.abs(position.lots)
    const lots = Math.abs(input.lots("amount") ?? all)
    if (!(lots > 0 && lots <= all)) return yield* refuse(10001, "amount: invalid")
    const { base, quote } = References.pair(position.symbol)
    const side = Math.sign(position.lots)
    const value = Math.ceil(lots * position.base)
    const { wallets } = account
    // a claim of a long position pays for it and receives its currency; of a short one the opposite
    const [currency, wanted] = side > 0 ? [quote, value] : [base, lots]
    if (wanted > wallets.available("margin", currency)) {
      const what = `${Money.text(Prices.amount(wanted))} ${currency}`
      return yield* refuse(10001, `Invalid claim: not enough margin balance for ${what}`)
    }
    const description = `Position claim of ${Money.text(Prices.amount(lots))} ${base}`
    const change = { type: "margin" as const, category: category.claim, description }
    wallets.change({ ...change, currency: base, lots: side * lots })
    wallets.change({ ...change, currency: quote, lots: -side * value })
    account.positions.reduce(position, lots)
    flush(venue.accounts.core, account)
    const record = { ...account.positions.record(position, false), type: 0 as const }
    return notification(now, "pm-req", Position.encode(record), null)
  })

const increase = (call: Call) =>
  Either.gen(function*() {
    const { account, input, now, venue } = call
    const { core } = venue.accounts
    const symbol = yield* marginSymbol(call.venue.accounts.core, input.text("symbol"))
    const lots = input.lots("amount") ?? 0
    if (lots === 0 || Number.isNaN(lots)) return yield* refuse(10001, "amount: invalid")
    const price = markOf(core.market, symbol)
    const { quote } = References.pair(symbol)
    const dollars = Prices.amount(Math.abs(lots)) * price * dollarsOf(core.market, quote)
    if (dollars * margins.initial > tradable(core, account)) {
      const what = `${Money.text(Prices.amount(lots))} ${symbol.slice(1)}`
      return yield* refuse(10001, `Invalid order: not enough tradable balance for ${what} at ${Money.text(price)}`)
    }
    account.positions.fill({ symbol, lots, price, leverage: 1, orderId: core.nextId(), otherOrderId: 0 })
    flush(core, account)
    const info = PositionIncrease.encode({ symbol, amount: Prices.amount(lots), basePrice: price })
    // one flat row of 20 cells in the manual's example
    return notification(now, "pmi-req", padded(info, 20), "Submitting position increase.")
  })

const increaseInfo = (call: Call) =>
  Either.gen(function*() {
    const { account, input, venue } = call
    const { core } = venue.accounts
    const symbol = yield* marginSymbol(call.venue.accounts.core, input.text("symbol"))
    const lots = input.lots("amount")
    if (Number.isNaN(lots ?? 0)) return yield* refuse(10001, "amount: invalid")
    const { base, quote } = References.pair(symbol)
    const price = markOf(core.market, symbol)
    const free = Math.max(0, tradable(core, account)) / margins.initial / dollarsOf(core.market, quote)
    const total = Math.max(0, account.positions.margin().net) / margins.initial / dollarsOf(core.market, quote)
    const current = Prices.amount(account.positions.open.get(symbol)?.lots ?? 0)
    const wanted = lots === undefined ? undefined : Math.abs(Prices.amount(lots))
    return withEight(PositionIncreaseInfo.encode({
      positionInfo: { maxPos: Math.abs(current) + free / price, currentPos: current },
      balanceInfo: {
        baseCurrencyBalance: Prices.amount(account.wallets.balance("margin", base)),
        tradableBalanceInfo: {
          tradableBalanceQuoteCurrency: free,
          tradableBalanceQuoteTotal: total,
          tradableBalanceBaseCurrency: free / price,
          tradableBalanceBaseTotal: total / price
        },
        fundingAvail: core.market.has(`f${quote}`) ? Number(core.market.ticker(`f${quote}`)[6] ?? 0) : 0
      },
      fundingInfo: wanted === undefined ? null : { fundingValue: wanted, fundingRequired: wanted * price },
      fundingCurrencyInfo: wanted === undefined
        ? null
        : { fundingValueCurrency: base, fundingRequiredCurrency: quote }
    }))
  })

/** the block of tradable amounts has eight cells in the manual's example, four of them null */
const withEight = (row: unknown): unknown =>
  // an encoded row is a list
  Array.isArray(row)
    ? row.map((block: unknown, index) =>
      index === balances && Array.isArray(block) ? block.map((cell: unknown) => padded(cell, 8)) : block
    )
    : row

/** cells of the balances in PositionIncreaseInfo */
const balances = 1

const derivative = ({ account, input }: Call): OrRefusal<PositionState> => {
  const symbol = input.text("symbol") ?? ""
  if (!References.isDerivative(symbol)) return invalid("symbol")
  const position = account.positions.open.get(symbol)
  return position === undefined ? refuse(10001, "Position not found.") : Either.right(position)
}

export const positionRoutes: Routes = {
  marginInfoBase: read(
    "r/info/margin/base",
    "positions",
    ({ account }) => Either.right(MarginInfoBase.encode(marginBase(account)))
  ),
  marginInfoAllSymbols: read("r/info/margin/sym_all", "positions", (call) =>
    Either.right(
      call.venue.accounts.core.market.symbols
        .filter((symbol) => symbol.startsWith("t") && !References.isDerivative(symbol))
        .map((symbol) => marginInfo(call.venue.accounts.core, call.account, symbol))
    )),
  marginInfoSymbol: read(
    "r/info/margin/{symbol}",
    "positions",
    (call) =>
      Either.map(
        marginSymbol(call.venue.accounts.core, call.path("symbol")),
        (symbol) => marginInfo(call.venue.accounts.core, call.account, symbol)
      )
  ),
  positions: read(
    "r/positions",
    "positions",
    ({ account }) =>
      Either.right(
        rows(Position, [...account.positions.open.values()].map((one) => account.positions.record(one, true)))
      )
  ),
  // the manual does not state the defaults
  positionsHistory: read("r/positions/hist", "positions", history("history", { default: 25, max: 50 })),
  positionsSnapshot: read("r/positions/snap", "positions", history("snapshots", { default: 25, max: 500 })),
  positionsAudit: read("r/positions/audit", "positions", history("audit", { default: 25, max: 250 })),
  claimPosition: write("w/position/claim", "positions", claim),
  increasePosition: write("w/position/increase", "positions", increase),
  increasePositionInfo: read("r/position/increase/info", "positions", increaseInfo),
  updatePositionFundingType: write("w/position/update/funding/type", "positions", (call) => {
    const { account, input, now, venue } = call
    const type = input.int("type")
    if (type !== 0 && type !== 1) return invalid("type")
    return Either.flatMap(marginSymbol(call.venue.accounts.core, input.text("symbol")), (symbol) => {
      const position = account.positions.open.get(symbol)
      if (position === undefined) return refuse(10001, "Position not found.")
      account.positions.setFundingType(position, type)
      flush(venue.accounts.core, account)
      return Either.right(notification(now, "puft-req", null, null))
    })
  }),
  setDerivativeCollateral: write(
    "w/deriv/collateral/set",
    "positions",
    (call) =>
      Either.flatMap(derivative(call), (position) => {
        const lots = call.input.lots("collateral") ?? Number.NaN
        if (!(lots > 0)) return invalid("collateral")
        if (!call.account.positions.setCollateral(position, lots)) return refuse(110202, "collateral: market risk")
        flush(call.venue.accounts.core, call.account)
        return Either.right([DerivativeCollateralResult.encode({ status: 1 })])
      })
  ),
  derivativeCollateralLimits: read(
    "calc/deriv/collateral/limits",
    "positions",
    (call) =>
      Either.map(derivative(call), (position) => {
        const [min, max] = call.account.positions.limits(position).map(Prices.amount)
        return DerivativeCollateralLimits.encode({ minCollateral: min!, maxCollateral: max! })
      })
  )
}
