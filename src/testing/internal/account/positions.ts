/**
 * Positions of one account: margin positions, for which the whole margin wallet is collateral, and derivatives, each
 * with separate collateral.
 *
 * Where the venue's behaviour is not documented, this module decides: profit and loss are settled in the quote
 * currency when a position shrinks; a margin position requires 20 % of its value and is liquidated below 10 %; a
 * derivative is liquidated when its remaining collateral is less than 0.5 % of its value. Lending fees are a fraction
 * of a margin position's value per day.
 *
 * @internal
 */
import type { Position } from "../../../protocol/records/Position.ts"
import type { Market } from "../market/model.ts"
import * as Prices from "../market/prices.ts"
import { exchangeRate } from "../market/quotes.ts"
import * as References from "../market/references.ts"
import type { AccountEvent, Meta } from "./model.ts"
import { remember } from "./model.ts"
import * as Money from "./money.ts"
import type { Wallets } from "./wallets.ts"
import { category } from "./wallets.ts"

export const margins = { initial: 0.2, minimum: 0.1, derivative: 0.005 } as const

/** closing fee that the shown profit deducts */
const closing = 0.002

export interface PositionState {
  readonly id: number
  readonly symbol: string
  readonly derivative: boolean
  readonly quote: string
  readonly created: number
  updated: number
  /** signed */
  lots: number
  base: number
  /** lots of the quote currency, taken from the wallet; 0 unless a derivative */
  collateral: number
  fundingType: 0 | 1
  meta: Meta | null
}

export interface PositionFill {
  readonly symbol: string
  /** signed */
  readonly lots: number
  readonly price: number
  readonly leverage: number
  readonly orderId: number
  readonly otherOrderId: number
}

export interface Positions {
  readonly open: ReadonlyMap<string, PositionState>
  readonly fill: (fill: PositionFill) => void
  /** reduces a position by `lots` at its base price, as a claim does; the caller moves the money */
  readonly reduce: (position: PositionState, lots: number) => void
  /** `calculated`: with profit, leverage and other computed values, as on REST */
  readonly record: (position: PositionState, calculated: boolean) => Position
  readonly byId: (id: number) => PositionState | undefined
  readonly setCollateral: (position: PositionState, lots: number) => boolean
  /** minimum and maximum collateral, in lots of the quote currency */
  readonly limits: (position: PositionState) => readonly [min: number, max: number]
  readonly setFundingType: (position: PositionState, type: 0 | 1) => void
  readonly margin: () => Margin
  /** positions to liquidate */
  readonly doomed: () => ReadonlyArray<PositionState>
  /** charges the costs of one hour */
  readonly passHour: (dailyRate: number) => void
  readonly snapshot: () => void
  readonly history: () => ReadonlyArray<Position>
  readonly snapshots: () => ReadonlyArray<Position>
  readonly audit: () => ReadonlyArray<Position>
  readonly events: () => ReadonlyArray<AccountEvent>
}

/** all in US dollars */
export interface Margin {
  readonly pl: number
  readonly cost: number
  readonly balance: number
  readonly net: number
  readonly required: number
  readonly used: number
}

export const markOf = (market: Market, symbol: string): number => {
  const status = market.derivativesStatus(symbol)
  // mark price of DerivativesStatus, last price of TradingTicker
  const price = Number(status?.[14] ?? market.ticker(symbol)[6])
  return price > 0 ? price : References.usual(References.pair(symbol).base)
}

export const dollarsOf = (market: Market, currency: string): number => {
  if (currency === "USD") return 1
  const found = exchangeRate(market, currency, "USD")
  // the cast: ForeignExchangeRate is a row of one number
  return "row" in found ? Number((found.row as ReadonlyArray<unknown>)[0]) : References.usual(currency)
}

export const makePositions = (options: {
  readonly market: Market
  readonly now: () => number
  readonly nextId: () => number
  readonly wallets: Wallets
}): Positions => {
  const { market, now, wallets } = options
  const open = new Map<string, PositionState>()
  const history: Array<Position> = []
  const snapshots: Array<Position> = []
  const audit: Array<Position> = []
  let events: Array<AccountEvent> = []
  /** lending costs of the open positions, US dollars */
  let charged = 0

  const profit = (one: PositionState, price: number): number => Math.round((price - one.base) * one.lots)

  const valueOf = (one: PositionState, price: number): number => Math.round(Math.abs(one.lots) * price)

  const collateralMin = (one: PositionState): number =>
    Math.ceil(valueOf(one, markOf(market, one.symbol)) * margins.derivative)

  const margin = (): Margin => {
    let [pl, required, used, balance] = [0, 0, 0, 0]
    for (const one of open.values()) {
      if (one.derivative) continue
      const rate = dollarsOf(market, one.quote)
      const mark = markOf(market, one.symbol)
      const value = Prices.amount(valueOf(one, mark)) * rate
      pl += Prices.amount(profit(one, mark)) * rate
      required += value * margins.minimum
      used += value * margins.initial
    }
    for (const { balance: amount, currency, type } of wallets.records()) {
      if (type === "margin" && !currency.endsWith("F0")) balance += amount * dollarsOf(market, currency)
    }
    return { pl, cost: charged, balance, net: balance + pl, required, used }
  }

  const record = (one: PositionState, calculated: boolean): Position => {
    const mark = markOf(market, one.symbol)
    const value = Prices.amount(valueOf(one, mark))
    const pl = Prices.amount(profit(one, mark)) - value * closing
    const cost = Prices.amount(Math.abs(one.lots)) * one.base
    const amount = Prices.amount(one.lots)
    const rate = calculated ? dollarsOf(market, one.quote) : 1
    const { net, required } = calculated && !one.derivative ? margin() : { net: 0, required: 0 }
    // loss per unit at which the position is closed
    const room = one.derivative
      ? (Prices.amount(one.collateral) + pl - value * margins.derivative) / Math.abs(amount)
      : (net - required) / rate / Math.abs(amount)
    const own = one.derivative ? Prices.amount(one.collateral) + pl : net / rate
    const shown = calculated && one.lots !== 0
    return {
      symbol: one.symbol,
      status: one.lots === 0 ? "CLOSED" : "ACTIVE",
      amount,
      basePrice: one.base,
      marginFunding: 0,
      marginFundingType: one.fundingType,
      pl: shown ? Prices.rounded(pl, 8) : null,
      plPerc: shown ? Prices.rounded(pl / cost * 100, 8) : null,
      priceLiq: shown ? Prices.rounded(Math.max(0, mark - Math.sign(amount) * room), 8) : null,
      leverage: shown ? Prices.rounded(own > 0 ? value / own : 0, 8) : null,
      positionId: one.id,
      mtsCreate: one.created,
      mtsUpdate: one.updated,
      type: one.derivative ? 1 : 0,
      collateral: one.derivative ? Prices.amount(one.collateral) : 0,
      collateralMin: one.derivative ? Prices.amount(collateralMin(one)) : 0,
      meta: one.meta
    }
  }

  const emit = (type: "pn" | "pu" | "pc", one: PositionState): void => {
    one.updated = now()
    const emitted = record(one, false)
    events.push({ type, record: emitted })
    remember(audit, emitted)
    if (type === "pc") {
      remember(history, { ...emitted, type: null, collateral: null, collateralMin: null, meta: null })
      open.delete(one.symbol)
      if (open.size === 0) charged = 0
    }
  }

  /** settles a part of a position in the quote currency */
  const close = (one: PositionState, lots: number, price: number): void => {
    const part = lots / Math.abs(one.lots)
    const gain = Math.round((price - one.base) * Math.sign(one.lots) * lots)
    const freed = lots === Math.abs(one.lots) ? one.collateral : Math.floor(one.collateral * part)
    one.collateral -= freed
    one.lots -= Math.sign(one.lots) * lots
    if (freed !== 0) move(one, freed, category.derivative, `Collateral of ${one.symbol.slice(1)} returned`)
    move(
      one,
      gain,
      category.position,
      `Position ${one.lots === 0 ? "closed" : "reduced"} @ ${Money.text(price)} (TRADE)`
    )
  }

  const move = (one: PositionState, lots: number, of: number, description: string): void => {
    if (lots !== 0) wallets.change({ type: "margin", currency: one.quote, lots, category: of, description })
  }

  const addCollateral = (one: PositionState, lots: number): void => {
    one.collateral += lots
    move(one, -lots, category.derivative, `Collateral of ${one.symbol.slice(1)}`)
  }

  const fill: Positions["fill"] = ({ leverage, lots, orderId, otherOrderId, price, symbol }) => {
    const known = open.get(symbol)
    const derivative = References.isDerivative(symbol)
    let rest = lots
    let touched = known
    const meta = {
      reason: "TRADE",
      order_id: orderId,
      order_id_oppo: otherOrderId,
      liq_stage: null,
      trade_price: Money.text(price),
      trade_amount: Money.text(Prices.amount(lots))
    }
    if (known !== undefined && Math.sign(known.lots) !== Math.sign(lots)) {
      const closed = Math.min(Math.abs(known.lots), Math.abs(lots))
      known.meta = meta
      close(known, closed, price)
      rest -= Math.sign(lots) * closed
      if (known.lots === 0) {
        emit("pc", known)
        touched = undefined
      }
    }
    if (rest === 0) {
      if (touched !== undefined) emit("pu", touched)
      return
    }
    const one = touched ?? {
      id: options.nextId(),
      symbol,
      derivative,
      quote: References.pair(symbol).quote,
      created: now(),
      updated: now(),
      lots: 0,
      base: 0,
      collateral: 0,
      fundingType: 0 as const,
      meta
    }
    one.base = (Math.abs(one.lots) * one.base + Math.abs(rest) * price) / (Math.abs(one.lots) + Math.abs(rest))
    one.lots += rest
    one.meta = meta
    open.set(symbol, one)
    if (derivative) addCollateral(one, Math.ceil(Money.cost(rest, price, "up") / leverage))
    emit(touched === undefined ? "pn" : "pu", one)
  }

  return {
    open,
    fill,
    record,
    margin,
    reduce: (one, lots) => {
      one.lots -= Math.sign(one.lots) * lots
      emit(one.lots === 0 ? "pc" : "pu", one)
    },
    byId: (id) => [...open.values()].find((one) => one.id === id),
    limits: (one) => {
      const loss = Math.max(0, -profit(one, markOf(market, one.symbol)))
      return [
        collateralMin(one) + loss,
        Math.max(one.collateral, one.collateral + wallets.available("margin", one.quote))
      ]
    },
    setCollateral: (one, lots) => {
      const loss = Math.max(0, -profit(one, markOf(market, one.symbol)))
      if (lots < collateralMin(one) + loss) return false
      if (lots - one.collateral > wallets.available("margin", one.quote)) return false
      addCollateral(one, lots - one.collateral)
      emit("pu", one)
      return true
    },
    setFundingType: (one, type) => {
      one.fundingType = type
      emit("pu", one)
    },
    doomed: () => {
      const all = [...open.values()]
      if (all.length === 0) return all
      const { net, required } = margin()
      return all.filter((one) => {
        if (!one.derivative) return net < required
        return one.collateral + profit(one, markOf(market, one.symbol)) < collateralMin(one)
      })
    },
    passHour: (dailyRate) => {
      for (const one of open.values()) {
        if (one.derivative) continue
        const lots = Math.ceil(valueOf(one, one.base) * dailyRate / 24)
        charged += Prices.amount(lots) * dollarsOf(market, one.quote)
        move(one, -lots, category.fundingCharge, `Used Margin Funding Charge (${one.quote})`)
      }
    },
    snapshot: () => {
      for (const one of open.values()) {
        const shown = record(one, false)
        remember(snapshots, {
          ...shown,
          mtsUpdate: now(),
          type: null,
          collateral: null,
          collateralMin: null,
          meta: null
        })
      }
    },
    history: () => history,
    snapshots: () => snapshots,
    audit: () => audit,
    events: () => {
      const all = events
      events = []
      return all
    }
  }
}
