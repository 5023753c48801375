/**
 * The orders that may be live: in flight, accepted and not ended, unknown, or not seen.
 *
 * @internal
 */
import type * as Stream from "effect/Stream"
import type { Exposure, Outcome } from "../../Command.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type { RowsEvent, SessionEvent } from "../account/events.ts"
import * as Hub from "../stream/hub.ts"
import { dayOf, type Phase } from "./inFlight.ts"
import * as LiveEntry from "./liveEntry.ts"
import type { Change, Operation, Subject } from "./operation.ts"

export interface LiveOrders {
  readonly get: () => Exposure
  /** the orders now, and after each change; a slow consumer is given the newest */
  readonly changes: Stream.Stream<Exposure>
  /** whether a submission under this cid is not settled: it is in flight, unknown, not seen, or lacks a leg */
  readonly isUnsettled: (cid: number) => boolean
  /**
   * the day under which the venue has the order of this cid: that of its own clock, where the given one is the day of the
   * submission by the clock of this machine
   */
  readonly dayOf: (cid: number, day: LiveEntry.Entry["cidDate"]) => LiveEntry.Entry["cidDate"]
  /** ids of the orders of submissions under a cid */
  readonly idsOf: (cid: number) => ReadonlyArray<number>
  /** ids of accepted orders that are open, as far as is known */
  readonly accepted: () => ReadonlyArray<number>
  readonly onSent: (operation: Operation, mts: number) => void
  readonly onUnsent: (operation: Operation) => void
  readonly onPhase: (operation: Operation, phase: Phase<unknown, unknown>) => void
  readonly onOutcome: (operation: Subject, outcome: Outcome) => void
  /** its order is no longer watched for */
  readonly onUnwatched: (operation: Subject) => void
  /** an order is being replaced, by one with this cid that is not submitted yet */
  readonly onPlanned: (cid: number, planned: LiveEntry.Planned) => void
  /** the second order was submitted, or will not be */
  readonly onPlanEnded: (cid: number) => void
  readonly onGone: (ids: ReadonlyArray<number>) => void
  readonly onEnded: (rows: ReadonlyArray<Order>) => void
  readonly onEvent: (event: SessionEvent) => void
}

/** limit of the entries that are considered not placed */
const remembered = 10_000

const idOf = (record: unknown): number | undefined => {
  const id: unknown = typeof record === "object" && record !== null && "id" in record ? record.id : undefined
  return typeof id === "number" ? id : undefined
}

type Entry = LiveEntry.Entry

/** The entries by their keys, which are cids, and by the ids of their orders. */
const makeStore = () => {
  const entries = new Map<number, Entry>()
  const byId = new Map<number, number>()
  /** entries that are considered not placed: the venue may show one after all */
  const absent = new Map<number, Entry>()
  /** second orders of replacements that are not submitted yet */
  const planned = new Map<number, LiveEntry.Planned>()
  const get = (): Exposure => LiveEntry.exposureOf(entries, planned)
  const newest = Hub.newest(get)

  /** keys of entries whose cid was given to a later order */
  let moved = 0
  const holders = new WeakMap<Change, number>()

  const drop = (key: number): void => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    for (const id of [...entry.legs.keys(), ...LiveEntry.partnersOf(entry)]) byId.delete(id)
    newest.changed()
  }

  const put = (entry: Entry): void => {
    const { key } = entry
    if (LiveEntry.isOver(entry)) return drop(key)
    entries.set(key, entry)
    for (const id of [...entry.legs.keys(), ...LiveEntry.partnersOf(entry)]) byId.set(id, key)
    planned.delete(key)
    newest.changed()
  }

  /** a cid of the user's is used again: the order that has it so far stays, under another key */
  const begin = (entry: Entry): void => {
    const before = entries.get(entry.key)
    if (before !== undefined) {
      const key = --moved
      drop(before.key)
      put({ ...before, key })
      for (const { change } of before.pending) holders.set(change, key)
    }
    put(entry)
  }

  /** key of the pair that has an order with this id */
  const pairOf = (id: number | null): number | undefined => {
    const key = id === null ? undefined : byId.get(id)
    return key !== undefined && entries.get(key)?.submission.legs === 2 ? key : undefined
  }

  return {
    entries,
    byId,
    /** keys of the entries whose orders changes concern */
    holders,
    get,
    changes: newest.stream,
    isEmpty: () => entries.size + absent.size === 0,
    begin,
    drop,
    dropAbsent: (cid: number): void => {
      const entry = entries.get(cid)
      if (entry !== undefined && Cid.isIssued(cid)) absent.set(cid, entry)
      if (absent.size > remembered) absent.delete(absent.keys().next().value!)
      drop(cid)
    },
    /** an order with the cid is open after all */
    revive: (cid: number): void => {
      const entry = absent.get(cid)
      if (entry === undefined) return
      absent.delete(cid)
      put(entry)
    },
    change: (key: number | undefined, f: (entry: Entry) => Entry): void => {
      const entry = key === undefined ? undefined : entries.get(key)
      if (entry !== undefined) put(f(entry))
    },
    /** key of the entry that an order belongs to; the second order of a pair may have another cid, or none */
    keyOf: ({ cid, id, placedId }: Order): number | undefined =>
      byId.get(id) ?? (cid !== null && Cid.isIssued(cid) ? cid : pairOf(placedId)),
    plan: (cid: number, plan: LiveEntry.Planned | undefined): void => {
      if (plan === undefined ? !planned.delete(cid) : (entries.has(cid) || !planned.set(cid, plan))) return
      newest.changed()
    }
  }
}

type Store = ReturnType<typeof makeStore>

/** records the result of a submission so far */
const onSubmission = (store: Store, cid: number, phase: Phase<unknown, unknown>): void => {
  const answer = phase._tag === "Unknown" ? phase.late : phase
  if (phase._tag === "Unknown" && answer === undefined) {
    return store.change(cid, (entry) => ({ ...entry, state: entry.legs.size > 0 ? "accepted" : "unknown" }))
  }
  // if the venue shows it after all, it counts again
  if (answer?._tag === "Refused") return store.dropAbsent(cid)
  if (answer?._tag !== "Accepted") return
  const id = idOf(answer.record)
  if (id !== undefined) store.change(cid, (entry) => LiveEntry.withId(entry, id, dayOf(answer)))
}

/** records the result so far of a change of an amount */
const onChange = (store: Store, change: Change, phase: Phase<unknown, unknown>): void => {
  const answer = phase._tag === "Unknown" ? phase.late : phase
  if (answer?._tag !== "Refused" && answer?._tag !== "Accepted") return
  store.change(store.holders.get(change), (entry) => LiveEntry.withChangeAnswered(entry, change, answer))
}

const onRows = (store: Store, event: RowsEvent): void => {
  if (event.family !== "orders" || store.isEmpty()) return
  const isGone = event._tag === "Update" && event.type === "oc"
  if (isGone) onGone(store, event.unread.flatMap(({ cells }) => Array.isArray(cells) ? [cells[0]] : []))
  for (const row of event.rows) {
    const key = store.keyOf(row)
    if (key === undefined) continue
    if (!isGone) store.revive(key)
    store.change(key, (entry) => LiveEntry.withRows(entry, [row], () => isGone, event._tag === "Snapshot"))
  }
}

/** orders that ended, whose rows cannot be read */
const onGone = (store: Store, ids: ReadonlyArray<number>): void => {
  for (const id of ids) store.change(store.byId.get(id), (entry) => LiveEntry.withEnd(entry, id))
}

export const make = (): LiveOrders => {
  const store = makeStore()
  const { byId, entries } = store
  return {
    get: store.get,
    changes: store.changes,
    isUnsettled: (cid) => {
      const entry = entries.get(cid)
      return entry !== undefined && !LiveEntry.isSettled(entry)
    },
    dayOf: (cid, day) => {
      const named = (Cid.isIssued(cid) ? [entries.get(cid)] : [...entries.values()])
        .filter((entry) => entry?.submission.cid === cid)
      return named.some((entry) => entry?.cidDate === day)
        ? day
        : named.find((entry) => entry?.sentOn === day)?.cidDate ?? day
    },
    idsOf: (cid) =>
      [...entries.values()].flatMap(({ legs, submission }) => submission.cid === cid ? [...legs.keys()] : []),
    accepted: () => [...byId].flatMap(([id, key]) => entries.get(key)?.legs.get(id)?.isOver === true ? [] : [id]),
    onSent: ({ change, submission }, mts) => {
      if (submission !== undefined) store.begin(LiveEntry.make(submission, Cid.dayOf(mts)))
      if (change === undefined) return
      const key = change.id === undefined ? change.cid : byId.get(change.id)
      if (key === undefined) return
      store.holders.set(change, key)
      store.change(key, (entry) => LiveEntry.withChange(entry, change))
    },
    onUnsent: ({ change, submission }) => {
      if (submission !== undefined) store.drop(submission.cid)
      if (change === undefined) return
      store.change(store.holders.get(change), (entry) => LiveEntry.withoutChange(entry, change))
    },
    onPhase: ({ change, submission }, phase) => {
      if (submission !== undefined) onSubmission(store, submission.cid, phase)
      if (change !== undefined) onChange(store, change, phase)
    },
    onOutcome: ({ change, submission }, outcome) => {
      if (submission !== undefined && outcome._tag === "NeverPlaced") store.dropAbsent(submission.cid)
      else if (submission !== undefined) store.change(submission.cid, (entry) => LiveEntry.withOutcome(entry, outcome))
      if (change === undefined) return
      store.change(store.holders.get(change), (entry) => LiveEntry.withChangeResolved(entry, change, outcome))
    },
    onUnwatched: ({ submission }) => submission === undefined ? undefined : store.dropAbsent(submission.cid),
    onPlanned: (cid, planned) => store.plan(cid, planned),
    onPlanEnded: (cid) => store.plan(cid, undefined),
    onGone: (ids) => onGone(store, ids),
    onEnded: (rows) => {
      for (const row of rows) store.change(store.keyOf(row), (entry) => LiveEntry.withRows(entry, [row], () => true))
    },
    onEvent: (event) => {
      if (event._tag === "Snapshot" || event._tag === "Update") onRows(store, event)
    }
  }
}
