/**
 * The orders that may be live: in flight, accepted and not ended, unknown, or not seen.
 *
 * @internal
 */
import type * as Stream from "effect/Stream"
import type { Exposure, LiveOrder, Outcome } from "../../Command.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import { sum } from "../../protocol/internal/quantity.ts"
import { isOrderMoving, type Order } from "../../protocol/records/Order.ts"
import type { RowsEvent, SessionEvent } from "../account/events.ts"
import * as Hub from "../stream/hub.ts"
import type { Phase } from "./inFlight.ts"
import type { Submission } from "./operation.ts"

/** an order of a submission, as it was reported last; what is left of it, signed */
interface Leg {
  readonly left: number
  readonly isOver: boolean
}

interface Entry {
  readonly submission: Submission
  readonly cidDate: `${number}-${number}-${number}`
  readonly state: LiveOrder["state"]
  /** by id */
  readonly legs: ReadonlyMap<number, Leg>
}

export interface LiveOrders {
  readonly get: () => Exposure
  /** the orders now, and after each change; a slow consumer is given the newest */
  readonly changes: Stream.Stream<Exposure>
  /** whether a submission under this cid is not settled: it is in flight, unknown, not seen, or lacks a leg */
  readonly isUnsettled: (cid: number) => boolean
  /** ids of accepted orders that are open, by what is known */
  readonly accepted: () => ReadonlyArray<number>
  readonly onSent: (submission: Submission, mts: number) => void
  readonly onUnsent: (cid: number) => void
  readonly onPhase: (cid: number, phase: Phase<unknown, unknown>) => void
  readonly onOutcome: (cid: number, outcome: Outcome) => void
  /** nothing watches for it any more */
  readonly onUnwatched: (cid: number) => void
  readonly onGone: (ids: ReadonlyArray<number>) => void
  readonly onEnded: (rows: ReadonlyArray<Order>) => void
  readonly onEvent: (event: SessionEvent) => void
}

/** entries that were taken not to exist, at most */
const remembered = 10_000

const isOver = ({ legs, submission }: Entry): boolean =>
  legs.size >= submission.legs && [...legs.values()].every((leg) => leg.isOver)

/** What may still be executed of an entry: of a pair one leg, since the fill of one cancels the other. */
const leftOf = ({ legs, submission }: Entry): number => {
  const known = [...legs.values()].map(({ isOver, left }) => isOver ? 0 : Math.abs(left))
  const all = legs.size < submission.legs ? [...known, Math.abs(submission.amount)] : known
  return Math.sign(submission.amount) * Math.max(0, ...all)
}

const idOf = (record: unknown): number | undefined => {
  const id: unknown = typeof record === "object" && record !== null && "id" in record ? record.id : undefined
  return typeof id === "number" ? id : undefined
}

const exposureOf = (entries: Iterable<Entry>): Exposure => {
  const orders = [...entries].map((entry): LiveOrder => ({
    cid: entry.submission.cid,
    cidDate: entry.cidDate,
    symbol: entry.submission.symbol,
    state: entry.state,
    ids: [...entry.legs].flatMap(([id, leg]) => leg.isOver ? [] : [id]),
    amount: leftOf(entry)
  }))
  const symbols = [...new Set(orders.map(({ symbol }) => symbol))]
  const side = (symbol: string, sign: number) =>
    sum(
      orders.flatMap((each) => each.symbol === symbol && Math.sign(each.amount) === sign ? [Math.abs(each.amount)] : [])
    )
  return {
    orders,
    bySymbol: Object.fromEntries(
      symbols.map((symbol) => [symbol, { buy: side(symbol, 1), sell: side(symbol, -1) }])
    )
  }
}

export const make = (): LiveOrders => {
  const entries = new Map<number, Entry>()
  const byId = new Map<number, number>()
  /** entries that were taken not to exist: the venue may show one after all */
  const absent = new Map<number, Entry>()
  const get = () => exposureOf(entries.values())
  const newest = Hub.newest(get)

  const put = (entry: Entry): void => {
    const { cid } = entry.submission
    if (isOver(entry)) return drop(cid)
    entries.set(cid, entry)
    for (const id of entry.legs.keys()) byId.set(id, cid)
    newest.changed()
  }

  const drop = (cid: number): void => {
    const entry = entries.get(cid)
    if (entry === undefined) return
    entries.delete(cid)
    for (const id of entry.legs.keys()) byId.delete(id)
    newest.changed()
  }

  const dropAbsent = (cid: number): void => {
    const entry = entries.get(cid)
    if (entry !== undefined && Cid.isIssued(cid)) absent.set(cid, entry)
    if (absent.size > remembered) absent.delete(absent.keys().next().value!)
    drop(cid)
  }

  /** an order with the cid is open after all */
  const revive = (cid: number): void => {
    const entry = absent.get(cid)
    if (entry === undefined) return
    absent.delete(cid)
    put(entry)
  }

  const change = (cid: number, f: (entry: Entry) => Entry): void => {
    const entry = entries.get(cid)
    if (entry !== undefined) put(f(entry))
  }

  const withLegs = (rows: ReadonlyArray<Order>, isGone: (row: Order) => boolean) => (entry: Entry): Entry => ({
    ...entry,
    state: "accepted",
    legs: new Map([
      ...entry.legs,
      ...rows.map((row): [number, Leg] => [row.id, {
        left: row.amount,
        // an order that ended does not come back: a row may be older than what is known
        isOver: isGone(row) || entry.legs.get(row.id)?.isOver === true
      }])
    ])
  })

  const onRows = (event: RowsEvent): void => {
    if (event.family !== "orders" || entries.size + absent.size === 0) return
    const isGone = event._tag === "Update" && event.type === "oc"
    if (isGone) onGone(event.unread.flatMap(({ cells }) => Array.isArray(cells) ? [cells[0]] : []))
    for (const row of event.rows) {
      const cid = byId.get(row.id) ?? (row.cid !== null && Cid.isIssued(row.cid) ? row.cid : undefined)
      if (cid === undefined) continue
      if (!isGone) revive(cid)
      change(cid, withLegs([row], () => isGone))
    }
  }

  /** orders that ended, whose rows cannot be read */
  const onGone = (ids: ReadonlyArray<number>): void => {
    for (const id of ids) {
      const cid = byId.get(id)
      if (cid === undefined) continue
      change(cid, (entry) => ({ ...entry, legs: new Map([...entry.legs, [id, { left: 0, isOver: true }]]) }))
    }
  }

  return {
    get,
    changes: newest.stream,
    isUnsettled: (cid) => {
      const entry = entries.get(cid)
      return entry !== undefined && (entry.state !== "accepted" || entry.legs.size < entry.submission.legs)
    },
    accepted: () => [...byId].flatMap(([id, cid]) => entries.get(cid)?.legs.get(id)?.isOver === false ? [id] : []),
    onSent: (submission, mts) => put({ submission, cidDate: Cid.dayOf(mts), state: "sent", legs: new Map() }),
    onUnsent: drop,
    onPhase: (cid, phase) => {
      const answer = phase._tag === "Unknown" ? phase.late : phase
      if (phase._tag === "Unknown" && answer === undefined) {
        return change(cid, (entry) => ({ ...entry, state: entry.legs.size > 0 ? "accepted" : "unknown" }))
      }
      if (answer?._tag === "Refused") return drop(cid)
      const id = answer?._tag === "Accepted" ? idOf(answer.record) : undefined
      if (id === undefined) return
      change(cid, (entry) => ({
        ...entry,
        state: "accepted",
        legs: entry.legs.has(id)
          ? entry.legs
          : new Map([...entry.legs, [id, { left: entry.submission.amount, isOver: false }]])
      }))
    },
    onOutcome: (cid, outcome) => {
      switch (outcome._tag) {
        case "NeverPlaced":
          return dropAbsent(cid)
        case "NotSeen":
          return change(cid, (entry) => ({ ...entry, state: "notSeen" }))
        case "Placed":
        case "PartiallyFilled":
        case "Filled":
        case "Cancelled": {
          const isPast = outcome._tag === "Filled" || outcome._tag === "Cancelled"
          return change(
            cid,
            withLegs(outcome.orders, (row) => outcome.orders.length === 1 ? isPast : !isOrderMoving(row.status))
          )
        }
      }
    },
    onUnwatched: dropAbsent,
    onGone,
    onEnded: (rows) => {
      for (const row of rows) {
        const cid = byId.get(row.id) ?? (row.cid !== null && Cid.isIssued(row.cid) ? row.cid : undefined)
        if (cid !== undefined) change(cid, withLegs([row], () => true))
      }
    },
    onEvent: (event) => {
      if (event._tag === "Snapshot" || event._tag === "Update") onRows(event)
    }
  }
}
