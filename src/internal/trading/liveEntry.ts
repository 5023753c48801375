/**
 * One order that may be live, with the changes of its amount that may still be executed. All of it is pure.
 *
 * @internal
 */
import type { Exposure, LiveOrder, Outcome } from "../../Command.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import { isSameAmount, sum } from "../../protocol/internal/quantity.ts"
import { isOrderMoving, type Order } from "../../protocol/records/Order.ts"
import type { Answer } from "./inFlight.ts"
import type { Change, Submission } from "./operation.ts"

/** an order of a submission, as it was reported last; amounts are signed */
interface Leg {
  readonly left: number
  /** null before the venue has shown a row of the order */
  readonly original: number | null
  /** id of the other order of a pair, which the venue need not show under the cid; null where no row has named it */
  readonly partner: number | null
  readonly isOver: boolean
}

/** a change of the amount that may be executed, or was executed and is not shown yet */
interface Pending {
  readonly change: Change
  /** the orders of the submission when the change was sent */
  readonly before: ReadonlyMap<number, Leg>
  /** whether the venue has accepted it by a notification, which does not show the remaining amount */
  readonly isAccepted: boolean
}

export interface Entry {
  /** its cid; another number when a later order was given the same cid */
  readonly key: number
  readonly submission: Submission
  /** its day by the venue's clock, once an answer or a row has shown it */
  readonly cidDate: `${number}-${number}-${number}`
  /** its day by the clock of this machine */
  readonly sentOn: Entry["cidDate"]
  readonly state: LiveOrder["state"]
  /** by id */
  readonly legs: ReadonlyMap<number, Leg>
  readonly pending: ReadonlyArray<Pending>
}

/** The second order of a replacement, which is not submitted yet. */
export interface Planned {
  /** the order that it replaces */
  readonly id: number
  readonly symbol: string
  /** signed; of both orders together */
  readonly amount: number
}

export const isOver = ({ legs, submission }: Entry): boolean =>
  legs.size >= submission.legs && [...legs.values()].every((leg) => leg.isOver)

export const make = (submission: Submission, cidDate: Entry["cidDate"]): Entry => ({
  key: submission.cid,
  submission,
  cidDate,
  sentOn: cidDate,
  state: "sent",
  legs: new Map(),
  pending: []
})

/** ids of orders of a pair that the venue has named, and not shown yet */
export const partnersOf = ({ legs, submission }: Entry): ReadonlyArray<number> =>
  legs.size >= submission.legs
    ? []
    : [...legs.values()].flatMap(({ partner }) => partner === null || legs.has(partner) ? [] : [partner])

/** Whether the outcome of the submission is known, and all of its orders are. */
export const isSettled = ({ legs, state, submission }: Entry): boolean =>
  state === "accepted" && legs.size >= submission.legs

/**
 * What may still be executed of an entry: of a pair one leg, since the fill of one cancels the other. Of more orders under its
 * cid than it has legs, each. `other` is that of the side that the submission did not name: the venue decides the side of
 * an order that closes a position.
 */
const worstOf = ({ legs, pending, submission }: Entry): { readonly own: number; readonly other: number } => {
  const sign = Math.sign(submission.amount)
  const signed = [...legs.values()].map(({ isOver, left }) => isOver ? 0 : sign * left)
  const known = signed.map((left) => Math.max(0, left))
  const all = legs.size < submission.legs ? [...known, Math.abs(submission.amount)] : known
  const amounts = pending.flatMap(({ change: { amount } }) => amount === undefined ? [] : [sign * amount])
  const deltas = pending.map(({ change: { delta } }) => Math.max(0, sign * (delta ?? 0)))
  return {
    own: sum([Math.max(0, legs.size > submission.legs ? sum(all) : Math.max(0, ...all), ...amounts), ...deltas]),
    // a change to the other side: its effect at the venue is not documented
    other: Math.max(0, ...amounts.map((amount) => -amount), ...signed.map((left) => -left))
  }
}

/** The worst case of all entries, and of second orders that are not among them yet. */
export const exposureOf = (
  entries: ReadonlyMap<number, Entry>,
  planned: ReadonlyMap<number, Planned>
): Exposure => {
  const sides: Array<{ readonly symbol: string; readonly amount: number }> = []
  const byId = new Map<number, { readonly symbol: string; readonly amount: number }>()
  const orders = [...entries.values()].map((entry): LiveOrder => {
    const { cid, symbol } = entry.submission
    const sign = Math.sign(entry.submission.amount)
    const { other, own } = worstOf(entry)
    const amount = own > 0 || other === 0 ? sign * own : -sign * other
    sides.push({ symbol, amount: sign * own }, { symbol, amount: -sign * other })
    for (const id of entry.legs.keys()) byId.set(id, { symbol, amount })
    const ids = [...entry.legs].flatMap(([id, leg]) => leg.isOver ? [] : [id])
    return { cid, cidDate: entry.cidDate, symbol, state: entry.state, ids, amount }
  })
  for (const { amount, id, symbol } of planned.values()) {
    const first = byId.get(id)
    // the two are never open at the same time
    const counted = first?.symbol === symbol && first.amount * amount > 0 ? Math.abs(first.amount) : 0
    sides.push({ symbol, amount: Math.sign(amount) * Math.max(0, sum([Math.abs(amount), -counted])) })
  }
  const side = (symbol: string, sign: number) =>
    sum(
      sides.flatMap((each) => each.symbol === symbol && Math.sign(each.amount) === sign ? [Math.abs(each.amount)] : [])
    )
  return {
    orders,
    bySymbol: Object.fromEntries(
      [...new Set(sides.map(({ symbol }) => symbol))].map((
        symbol
      ) => [symbol, { buy: side(symbol, 1), sell: side(symbol, -1) }])
    )
  }
}

type Amounts = Pick<Order, "id" | "amount" | "amountOrig">

/**
 * Whether a row shows that a change was executed. An amount that the order had before the change proves nothing, unless
 * the venue has accepted the change: then the first row with the amount is that of the change.
 */
const isShown = ({ before, change, isAccepted }: Pending, { amount, amountOrig, id }: Amounts): boolean => {
  const leg = before.get(id)
  const original = leg?.original ?? undefined
  const isNow = (actual: number, old: number | undefined, wanted: number): boolean =>
    isSameAmount(actual, wanted) && (isAccepted || (old !== undefined && !isSameAmount(old, wanted)))
  // only an update changes it, though not by every page of the manual
  if (isAccepted && original !== undefined && !isSameAmount(amountOrig, original)) return true
  if (change.amount !== undefined) {
    return isNow(amount, leg?.left, change.amount)
      || (original !== undefined && !isSameAmount(original, change.amount) && isSameAmount(amountOrig, change.amount))
  }
  const delta = change.delta ?? 0
  return (leg !== undefined && isNow(amount, leg.left, leg.left + delta))
    || (original !== undefined && isNow(amountOrig, original, original + delta))
}

/** With rows of its orders, as the venue shows them. `isOfLogin`: a new login shows them, after all that was accepted. */
export const withRows = (
  entry: Entry,
  rows: ReadonlyArray<Order>,
  isGone: (row: Order) => boolean,
  isOfLogin = false
): Entry => ({
  ...entry,
  cidDate: rows[0] === undefined ? entry.cidDate : Cid.dayOf(rows[0].mtsCreate),
  state: "accepted",
  legs: new Map([
    ...entry.legs,
    ...rows.map((row): [number, Leg] => [row.id, {
      left: row.amount,
      original: row.amountOrig,
      partner: entry.submission.legs === 2 ? row.placedId : null,
      // an order that ended does not come back: a row may be older than the known state
      isOver: isGone(row) || entry.legs.get(row.id)?.isOver === true
    }])
  ]),
  pending: entry.pending.filter((each) => !(isOfLogin && each.isAccepted) && !rows.some((row) => isShown(each, row)))
})

/** An order of the entry has ended. */
export const withEnd = (entry: Entry, id: number): Entry => ({
  ...entry,
  legs: new Map([...entry.legs, [id, {
    left: 0,
    original: null,
    partner: entry.legs.get(id)?.partner ?? null,
    isOver: true
  }]])
})

/** The venue has accepted the submission, with this id, on this day of its clock if the answer shows it. */
export const withId = (entry: Entry, id: number, day: Entry["cidDate"] | undefined): Entry => ({
  ...entry,
  cidDate: day ?? entry.cidDate,
  state: "accepted",
  legs: entry.legs.has(id)
    ? entry.legs
    : new Map([...entry.legs, [id, { left: entry.submission.amount, original: null, partner: null, isOver: false }]])
})

/** The resolved outcome of the submission. */
export const withOutcome = (entry: Entry, outcome: Outcome): Entry => {
  switch (outcome._tag) {
    case "NotSeen":
      return { ...entry, state: "notSeen" }
    case "Placed":
    case "PartiallyFilled":
    case "Filled":
    case "Cancelled": {
      const isPast = outcome._tag === "Filled" || outcome._tag === "Cancelled"
      return withRows(entry, outcome.orders, (row) => outcome.orders.length === 1 ? isPast : !isOrderMoving(row.status))
    }
    default:
      return entry
  }
}

/** A change of its amount is about to be sent. */
export const withChange = (entry: Entry, change: Change): Entry => ({
  ...entry,
  pending: [...entry.pending, { change, before: entry.legs, isAccepted: false }]
})

/** A change was not sent, was refused, or is shown by what proved it. */
export const withoutChange = (entry: Entry, change: Change): Entry => ({
  ...entry,
  pending: entry.pending.filter((each) => each.change !== change)
})

const isOrder = (record: unknown): record is Order =>
  typeof record === "object" && record !== null && "amount" in record && typeof record.amount === "number"
  && "amountOrig" in record && typeof record.amountOrig === "number" && "status" in record

/** With the order as it was looked up after a change. */
const withFound = (entry: Entry, order: Order): Entry => withRows(entry, [order], (row) => !isOrderMoving(row.status))

const isAcceptedNow = (entry: Entry, change: Change): Entry => ({
  ...entry,
  pending: entry.pending.flatMap((each) => {
    if (each.change !== change) return [each]
    const accepted = { ...each, isAccepted: true }
    // the row of an order that was not known when the change was sent may have come before
    const isKnown = [...entry.legs].some(([id, { left, original }]) =>
      !each.before.has(id) && original !== null && isShown(accepted, { id, amount: left, amountOrig: original })
    )
    return isKnown ? [] : [accepted]
  })
})

/** The venue's answer to a change: its notification does not show the remaining amount, the event of the order does. */
export const withChangeAnswered = (entry: Entry, change: Change, answer: Answer<unknown>): Entry => {
  if (answer._tag === "Refused" || answer.by === "ou") return withoutChange(entry, change)
  const accepted = isAcceptedNow(entry, change)
  return answer.by === "rest" && isOrder(answer.record) ? withFound(accepted, answer.record) : accepted
}

/** The resolved outcome of a change. One that may still arrive stays. */
export const withChangeResolved = (entry: Entry, change: Change, outcome: Outcome): Entry => {
  if (outcome._tag === "Updated") return withFound(isAcceptedNow(entry, change), outcome.order)
  if (outcome._tag !== "NotUpdated") return entry
  const found = withFound(entry, outcome.order)
  return outcome.isFinal ? withoutChange(found, change) : found
}
