/**
 * Rows that cannot be decoded.
 *
 * @internal
 */
import type { BadCell, MalformedAccountEvent } from "../../Fault.ts"

export type Cells = ReadonlyArray<unknown>

export const isCells = (value: unknown): value is Cells => Array.isArray(value)

/** positions of the cells that a fault corrupts */
interface Places {
  readonly symbol: number
  readonly amount: number
  /** in a trade: its order id */
  readonly status: number
}

const order: Places = { symbol: 3, amount: 6, status: 13 }
const offer: Places = { symbol: 1, amount: 4, status: 10 }
const trade: Places = { symbol: 1, amount: 4, status: 3 }

const badRow = (row: Cells, places: Places, how: BadCell): Cells => {
  const [at, cell] = {
    nullSymbol: [places.symbol, null],
    textAmount: [places.amount, "much"],
    hugeId: [0, 2 ** 60],
    nullStatus: [places.status, null]
  }[how] as [number, unknown]
  return row.map((old, index) => (index === at ? cell : old))
}

/** an order to corrupt when the list is empty */
const anyOrder: Cells = Array.from(
  { length: 32 },
  (_, index) =>
    ({
      0: 1_000_001,
      2: 1_000_001,
      3: "tBTCUSD",
      4: 1_700_000_000_000,
      5: 1_700_000_000_000,
      6: 0.01,
      7: 0.01,
      8: "EXCHANGE LIMIT",
      12: 0,
      13: "ACTIVE",
      16: 1000,
      17: 0,
      18: 0,
      19: 0,
      23: 0,
      24: 0,
      28: "API>BFX"
    })[index] ?? null
)

/** an answer's rows with one corrupted row; lists of other records, and empty lists except of orders, stay unchanged */
export const withBadRow = (
  path: string,
  rows: unknown,
  how: BadCell,
  which: "extra" | "first" | "last"
): unknown => {
  if (!isCells(rows)) return rows
  const places = path.includes("/trades/") || path.endsWith("/trades")
    ? trade
    : path.includes("/orders")
    ? order
    : path.includes("/offers")
    ? offer
    : undefined
  const at = which === "last" ? rows.length - 1 : 0
  const example = rows[at] ?? (places === order ? anyOrder : undefined)
  if (places === undefined || !isCells(example)) return rows
  const bad = badRow(example, places, how)
  return which === "extra" ? [bad, ...rows] : rows.map((row, index) => (index === at ? bad : row))
}

const placesOfEvent = (type: string): Places =>
  /^(te|tu|fte|ftu)$/.test(type) ? trade : type.startsWith("f") ? offer : order

/** corrupts a message of channel 0: its row, or the first row of a snapshot */
export const spoiledPayload = (
  type: string,
  payload: unknown,
  how: NonNullable<typeof MalformedAccountEvent.Type["how"]>
): unknown => {
  if (how === "notRow") return "malformed"
  if (!isCells(payload)) return payload
  const change = (row: Cells): Cells =>
    how === "short"
      ? row.slice(0, 2)
      : how === "text"
      ? row.map((cell) => typeof cell === "number" ? String(cell) : cell)
      : badRow(row, placesOfEvent(type), how)
  return isCells(payload[0]) ? payload.map((row, i) => (i === 0 && isCells(row) ? change(row) : row)) : change(payload)
}
