/**
 * Status and liquidations of derivatives.
 *
 * @internal
 */
import { DerivativesStatus, DerivativesStatusEntry, Liquidation } from "../../../protocol/records/Status.ts"
import * as Columns from "./columns.ts"
import * as Prices from "./prices.ts"
import type { Random } from "./random.ts"
import { type Range, type Row, rowOf } from "./rows.ts"

/** time between two funding events, which are at 00:00, 08:00 and 16:00 UTC */
export const fundingEvery = 8 * 3_600_000

/** interval between rows of history: one minute */
const historyEvery = 60_000

/** premium of the contract over spot that incurs no funding */
const clamp = { min: 0.0005, max: 0.0025 } as const

export interface Observed {
  /** last trade price of the contract */
  readonly contract: number
  /** price of the underlying */
  readonly spot: number
}

export interface Derivative {
  /** advances one step; returns whether the status changed */
  readonly step: (mts: number, seconds: number, observed: Observed) => boolean
  readonly status: () => Row
  readonly entry: () => Row
  readonly history: (range: Range) => ReadonlyArray<Row>
}

const at = ["mts", "contract", "spot", "insurance", "next", "accrued", "step", "funding", "mark", "interest"] as const

type State = Readonly<Cells>

type Cells = { [K in (typeof at)[number]]: number }

/** an average premium within the clamps costs nothing; beyond them the excess is charged */
const charged = (average: number): number => {
  const excess = Math.max(0, Math.abs(average) - clamp.min)
  return Prices.rounded(Math.sign(average) * Math.min(clamp.max, excess), 8)
}

const record = ({ contract, mts, ...rest }: State) => ({
  mts,
  derivPrice: contract,
  spotPrice: rest.spot,
  insuranceFundBalance: rest.insurance,
  nextFundingEvtMts: rest.next,
  nextFundingAccrued: rest.accrued,
  nextFundingStep: rest.step,
  currentFunding: rest.funding,
  markPrice: rest.mark,
  openInterest: rest.interest,
  clampMin: clamp.min,
  clampMax: clamp.max
})

/** figures that change with every step */
interface Running {
  interest: number
  insurance: number
  /** average premium of the current funding period, of this number of samples */
  premium: number
  samples: number
  /** the rate of the previous period */
  funding: number
}

/** the funding event: the accrued rate applies to the next period */
const settle = (running: Running, random: Random): void => {
  running.funding = charged(running.premium)
  running.premium = 0
  running.samples = 0
  running.insurance += 40 * random.normal()
}

/** the status after another observation */
const stateAt = (running: Running, mts: number, { contract, spot }: Observed): State => {
  const next = Math.floor(mts / fundingEvery) * fundingEvery + fundingEvery
  return {
    mts,
    contract,
    spot,
    insurance: Prices.rounded(running.insurance, 8),
    next,
    accrued: charged(running.premium),
    step: Math.floor((mts - (next - fundingEvery)) / historyEvery),
    funding: running.funding,
    mark: Prices.rounded((contract + 2 * spot) / 3, 8),
    interest: Prices.rounded(running.interest, 8)
  }
}

export const make = (symbol: string, random: Random): Derivative => {
  const history = Columns.make(at.length, 2 ** 14)
  const running: Running = {
    interest: 800 + 4000 * random.next(),
    insurance: 90_000 + 50_000 * random.next(),
    premium: 0,
    samples: 0,
    funding: 0
  }
  let state: State | undefined
  const now = (): State => state ?? { ...zero }
  return {
    step: (mts, seconds, observed) => {
      const before = state
      if (before !== undefined && before.next <= mts) settle(running, random)
      running.samples++
      running.premium += (observed.contract / observed.spot - 1 - running.premium) / running.samples
      running.interest = Math.max(100, running.interest + random.normal() * 0.4 * Math.sqrt(seconds))
      const current = stateAt(running, mts, observed)
      state = current
      if (before === undefined || Math.floor(before.mts / historyEvery) !== Math.floor(mts / historyEvery)) {
        history.add(...at.map((name) => current[name]))
      }
      return before === undefined || at.some((name) => name !== "mts" && before[name] !== current[name])
    },
    status: () => rowOf(DerivativesStatus, record(now())),
    entry: () => rowOf(DerivativesStatusEntry, { key: symbol, ...record(now()) }),
    history: (range) =>
      Columns.within(history, range, (row) => {
        const cells = { ...zero }
        at.forEach((name, column) => cells[name] = history.get(row, column))
        return rowOf(DerivativesStatus, record(cells))
      })
  }
}

const zero: Cells = {
  mts: 0,
  contract: 0,
  spot: 0,
  insurance: 0,
  next: 0,
  accrued: 0,
  step: 0,
  funding: 0,
  mark: 0,
  interest: 0
}

/** liquidations kept: ten times the maximum of one request, or a few days */
const kept = 5000

export interface Liquidations {
  /** the venue takes a position over: trigger and execution, in this order */
  readonly add: (symbol: string, mts: number, lots: number, base: number, price: number) => ReadonlyArray<Row>
  readonly rows: (range: Range) => ReadonlyArray<Row>
}

export const makeLiquidations = (random: Random): Liquidations => {
  const rows: Array<{ readonly mts: number; readonly row: Row }> = []
  let posId = 161_000_000
  return {
    add: (symbol, mts, lots, basePrice, liquidationPrice) => {
      posId += 1 + random.int(40)
      const event = { msgType: "pos", posId, mts, symbol, amount: Prices.amount(lots), basePrice }
      const pair = [
        { ...event, isMatch: 0, isMarketSold: 0, liquidationPrice: null } as const,
        // the manual contradicts itself about the second flag; 1 is the REST page's "sold in the market"
        { ...event, isMatch: 1, isMarketSold: 1, liquidationPrice } as const
      ].map((record) => rowOf(Liquidation, record))
      for (const row of pair) rows.push({ mts, row })
      if (rows.length > kept) rows.splice(0, rows.length - kept)
      return pair
    },
    rows: (range) => Columns.select(rows, range, (entry) => entry.mts).map((entry) => entry.row)
  }
}
