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

export interface Options {
  readonly market: Market
  readonly now: () => number
  readonly nextId: () => number
  readonly wallets: Wallets
}

interface State {
  readonly options: Options
  readonly open: Map<string, PositionState>
  readonly history: Array<Position>
  readonly snapshots: Array<Position>
  readonly audit: Array<Position>
  events: Array<AccountEvent>
  /** lending costs of the open positions, US dollars */
  charged: number
}

const profit = (one: PositionState, price: number): number => Math.round((price - one.base) * one.lots)

const valueOf = (one: PositionState, price: number): number => Math.round(Math.abs(one.lots) * price)

const collateralMin = ({ options }: State, one: PositionState): number =>
  Math.ceil(valueOf(one, markOf(options.market, one.symbol)) * margins.derivative)

const marginOf = ({ charged, open, options: { market, wallets } }: State): Margin => {
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

/** profit, liquidation price and leverage at the current prices */
const calculatedOf = (state: State, one: PositionState) => {
  const { market } = state.options
  const mark = markOf(market, one.symbol)
  const value = Prices.amount(valueOf(one, mark))
  const pl = Prices.amount(profit(one, mark)) - value * closing
  const amount = Prices.amount(one.lots)
  const cost = Math.abs(amount) * one.base
  const { net, required } = marginOf(state)
  const rate = dollarsOf(market, one.quote)
  const own = one.derivative ? Prices.amount(one.collateral) + pl : net / rate
  const least = one.derivative ? value * margins.derivative : required / rate
  // loss per unit at which the position is closed
  const room = (own - least) / Math.abs(amount)
  return {
    pl: Prices.rounded(pl, 8),
    plPerc: Prices.rounded(pl / cost * 100, 8),
    priceLiq: Prices.rounded(Math.max(0, mark - Math.sign(amount) * room), 8),
    leverage: Prices.rounded(own > 0 ? value / own : 0, 8)
  }
}

const record = (state: State, one: PositionState, calculated: boolean): Position => ({
  symbol: one.symbol,
  status: one.lots === 0 ? "CLOSED" : "ACTIVE",
  amount: Prices.amount(one.lots),
  basePrice: one.base,
  marginFunding: 0,
  marginFundingType: one.fundingType,
  ...(calculated && one.lots !== 0
    ? calculatedOf(state, one)
    : { pl: null, plPerc: null, priceLiq: null, leverage: null }),
  positionId: one.id,
  mtsCreate: one.created,
  mtsUpdate: one.updated,
  type: one.derivative ? 1 : 0,
  collateral: one.derivative ? Prices.amount(one.collateral) : 0,
  collateralMin: one.derivative ? Prices.amount(collateralMin(state, one)) : 0,
  meta: one.meta
})

/** a row of the lists of past positions, which lack these values */
const past = (shown: Position): Position => ({
  ...shown,
  type: null,
  collateral: null,
  collateralMin: null,
  meta: null
})

const emit = (state: State, type: "pn" | "pu" | "pc", one: PositionState): void => {
  one.updated = state.options.now()
  const emitted = record(state, one, false)
  state.events.push({ type, record: emitted })
  remember(state.audit, emitted)
  if (type === "pc") {
    remember(state.history, past(emitted))
    state.open.delete(one.symbol)
    if (state.open.size === 0) state.charged = 0
  }
}

const move = ({ options }: State, one: PositionState, lots: number, of: number, description: string): void => {
  if (lots !== 0) options.wallets.change({ type: "margin", currency: one.quote, lots, category: of, description })
}

/** settles a part of a position in the quote currency */
const close = (state: State, one: PositionState, lots: number, price: number): void => {
  const part = lots / Math.abs(one.lots)
  const gain = Math.round((price - one.base) * Math.sign(one.lots) * lots)
  const freed = lots === Math.abs(one.lots) ? one.collateral : Math.floor(one.collateral * part)
  one.collateral -= freed
  one.lots -= Math.sign(one.lots) * lots
  if (freed !== 0) move(state, one, freed, category.derivative, `Collateral of ${one.symbol.slice(1)} returned`)
  const how = one.lots === 0 ? "closed" : "reduced"
  move(state, one, gain, category.position, `Position ${how} @ ${Money.text(price)} (TRADE)`)
}

const addCollateral = (state: State, one: PositionState, lots: number): void => {
  one.collateral += lots
  move(state, one, -lots, category.derivative, `Collateral of ${one.symbol.slice(1)}`)
}

const metaOf = ({ lots, orderId, otherOrderId, price }: PositionFill): Meta => ({
  reason: "TRADE",
  order_id: orderId,
  order_id_oppo: otherOrderId,
  liq_stage: null,
  trade_price: Money.text(price),
  trade_amount: Money.text(Prices.amount(lots))
})

/** opens or enlarges a position */
const enlarge = (
  state: State,
  known: PositionState | undefined,
  rest: number,
  { leverage, price, symbol }: PositionFill,
  meta: Meta
): void => {
  const { nextId, now } = state.options
  const derivative = References.isDerivative(symbol)
  const one = known ?? {
    id: nextId(),
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
  state.open.set(symbol, one)
  if (derivative) addCollateral(state, one, Math.ceil(Money.cost(rest, price, "up") / leverage))
  emit(state, known === undefined ? "pn" : "pu", one)
}

const fill = (state: State, filled: PositionFill): void => {
  const { lots, price, symbol } = filled
  const known = state.open.get(symbol)
  const meta = metaOf(filled)
  if (known === undefined || Math.sign(known.lots) === Math.sign(lots)) return enlarge(state, known, lots, filled, meta)
  const closed = Math.min(Math.abs(known.lots), Math.abs(lots))
  known.meta = meta
  close(state, known, closed, price)
  emit(state, known.lots === 0 ? "pc" : "pu", known)
  const rest = lots - Math.sign(lots) * closed
  if (rest !== 0) enlarge(state, undefined, rest, filled, meta)
}

/** the collateral that a position needs at its current loss */
const least = (state: State, one: PositionState): number =>
  collateralMin(state, one) + Math.max(0, -profit(one, markOf(state.options.market, one.symbol)))

const setCollateral = (state: State, one: PositionState, lots: number): boolean => {
  if (lots < least(state, one)) return false
  if (lots - one.collateral > state.options.wallets.available("margin", one.quote)) return false
  addCollateral(state, one, lots - one.collateral)
  emit(state, "pu", one)
  return true
}

const doomed = (state: State): ReadonlyArray<PositionState> => {
  const all = [...state.open.values()]
  if (all.length === 0) return all
  const { net, required } = marginOf(state)
  return all.filter((one) => {
    if (!one.derivative) return net < required
    return one.collateral + profit(one, markOf(state.options.market, one.symbol)) < collateralMin(state, one)
  })
}

const passHour = (state: State, dailyRate: number): void => {
  for (const one of state.open.values()) {
    if (one.derivative) continue
    const lots = Math.ceil(valueOf(one, one.base) * dailyRate / 24)
    state.charged += Prices.amount(lots) * dollarsOf(state.options.market, one.quote)
    move(state, one, -lots, category.fundingCharge, `Used Margin Funding Charge (${one.quote})`)
  }
}

export const makePositions = (options: Options): Positions => {
  const state: State = {
    options,
    open: new Map(),
    history: [],
    snapshots: [],
    audit: [],
    events: [],
    charged: 0
  }
  const { now, wallets } = options
  const { open } = state
  return {
    open,
    fill: (filled) => fill(state, filled),
    record: (one, calculated) => record(state, one, calculated),
    margin: () => marginOf(state),
    reduce: (one, lots) => {
      one.lots -= Math.sign(one.lots) * lots
      emit(state, one.lots === 0 ? "pc" : "pu", one)
    },
    byId: (id) => [...open.values()].find((one) => one.id === id),
    limits: (one) => [
      least(state, one),
      Math.max(one.collateral, one.collateral + wallets.available("margin", one.quote))
    ],
    setCollateral: (one, lots) => setCollateral(state, one, lots),
    setFundingType: (one, type) => {
      one.fundingType = type
      emit(state, "pu", one)
    },
    doomed: () => doomed(state),
    passHour: (dailyRate) => passHour(state, dailyRate),
    snapshot: () => {
      for (const one of open.values()) {
        remember(state.snapshots, { ...past(record(state, one, false)), mtsUpdate: now() })
      }
    },
    history: () => state.history,
    snapshots: () => state.snapshots,
    audit: () => state.audit,
    events: () => {
      const all = state.events
      state.events = []
      return all
    }
  }
}
