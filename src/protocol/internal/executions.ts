/**
 * Whether trades are all that was executed of an order.
 *
 * The venue's pages disagree about `amountOrig` after an update of the amount: it is the new amount together with the amount that was
 * executed, or the amount before any update. So `amountOrig` less `amount` is the executed amount under one rule only, and
 * the status text and the average price have to agree where it is not.
 *
 * @internal
 */
import { hasExecutions, type Order, type Trade } from "../records/Order.ts"
import { isSameAmount, sum } from "./quantity.ts"

type Row = Pick<Order, "amount" | "amountOrig" | "priceAvg" | "status">

type Execution = Pick<Trade, "execAmount" | "execPrice">

/** amounts that a status text lists, as in `EXECUTED @ 10107.0(-0.2): was PARTIALLY FILLED @ 10106.0(-0.1)` */
const listed = (status: string): ReadonlyArray<number> =>
  Array.from(status.matchAll(/(?:EXECUTED|PARTIALLY FILLED) @ [^(]*\(([^)]*)\)/g), ([, amount]) => Number(amount))

/** how far the average price that the venue shows may be from that of the trades, as it is rounded */
const rounding = 1e-5

/**
 * Whether the trades have the average price of the order; false without an average price.
 *
 * @internal
 */
export const hasAverageOf = ({ priceAvg }: Row, trades: ReadonlyArray<Execution>): boolean => {
  const amount = sum(trades.map(({ execAmount }) => execAmount))
  if (priceAvg === null || priceAvg === 0 || amount === 0) return false
  const average = trades.reduce((total, { execAmount, execPrice }) => total + execAmount * execPrice, 0) / amount
  return Math.abs(average - priceAvg) <= rounding * Math.abs(priceAvg)
}

/**
 * Whether the trades are proven to be all of an order, under either rule.
 *
 * @internal
 */
export const areAllOf = (order: Row, trades: ReadonlyArray<Execution>): boolean => {
  if (trades.length === 0 && !hasExecutions(order)) return true
  const total = sum(trades.map(({ execAmount }) => execAmount))
  if (isSameAmount(total, order.amountOrig - order.amount)) return true
  const amounts = listed(order.status)
  return amounts.length > 0 && isSameAmount(sum(amounts), total) && hasAverageOf(order, trades)
}
