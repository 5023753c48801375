/**
 * Finds the changes of orders while disconnected, with their fills.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Executions from "../../protocol/internal/executions.ts"
import { isSameAmount, sum } from "../../protocol/internal/quantity.ts"
import { isOrderMoving, type Order, orderStatus, type Trade } from "../../protocol/records/Order.ts"
import { inQueries } from "../rest/inQueries.ts"
import type { Differences, Family } from "./family.ts"
import { mayPass, type Needs, type QueryError, type Step } from "./query.ts"

interface Job {
  readonly id: number
  /** null if it was not known */
  readonly before: Order | null
  /** the order as the account shows it now; null if it is no longer open */
  readonly after: Order | null
  /** the socket has reported a change of it: only what it did not report is published */
  readonly isReported: boolean
  readonly since: number
  /** ms of the first query that was answered */
  askedAt: number | undefined
}

export interface Orders extends Step {
  readonly add: (differences: Differences<number, Order>) => void
  /** all missed trades were read: orders known only from them are looked up */
  readonly sort: () => void
  /** ms of the next `audit` */
  readonly auditAt: () => number
  /**
   * Looks among the past orders for those that the socket has not mentioned for a while: the venue may not have sent their
   * end, which no sequence number shows. Whether one was found.
   */
  readonly audit: Effect.Effect<boolean, QueryError>
}

/** how long the socket may leave an open order unmentioned before it is queried over REST, ms */
const quiet = 300_000

const byTime = (a: Trade, b: Trade): number => a.mts - b.mts || a.id - b.id

/** Trades that were not reported before, by order, until they are reported with it. */
export const makeMissed = () => {
  const missed = new Map<number, Array<Trade>>()
  return {
    add: (trade: Trade): void => {
      const fills = missed.get(trade.orderId)
      if (fills === undefined) missed.set(trade.orderId, [trade])
      else fills.push(trade)
    },
    of: (id: number): ReadonlyArray<Trade> => missed.get(id) ?? [],
    take: (id: number): ReadonlyArray<Trade> => {
      const fills = (missed.get(id) ?? []).sort(byTime)
      missed.delete(id)
      return fills
    },
    orders: (): ReadonlyArray<number> => Array.from(missed.keys())
  }
}

/**
 * Reads open orders first, so that an order that ends meanwhile is in one of the lists. Absence from both proves
 * nothing.
 */
const finding = (rest: Needs["rest"]) =>
  Effect.fnUntraced(function*(wanted: ReadonlyArray<Job>) {
    const open = new Map<number, Order>()
    const past = new Map<number, Order>()
    for (const part of inQueries(wanted)) {
      const id = part.map((job) => job.id)
      for (const order of yield* rest.activeOrders({ id })) open.set(order.id, order)
      for (const order of yield* rest.ordersHistory({ id, limit: 2500 })) past.set(order.id, order)
    }
    // in case the venue's filter by id is wrong, the unfiltered list has them
    const others = wanted.filter((job) => job.askedAt !== undefined && !open.has(job.id) && !past.has(job.id))
    const created = others.flatMap(({ before }) => before === null ? [] : [before.mtsCreate])
    if (created.length > 0) {
      const ids = new Set(others.map((job) => job.id))
      const start = Math.max(0, Math.floor(Math.min(...created)))
      // a row that cannot be read may be one of those
      yield* rest.ordersHistoryStream({ start }, { onUnread: ({ error }) => Effect.fail(error) }).pipe(
        Stream.filter((order) => ids.has(order.id)),
        Stream.takeUntil((order) => {
          past.set(order.id, order)
          ids.delete(order.id)
          return ids.size === 0
        }),
        Stream.runDrain
      )
    }
    return { open, past }
  })

/**
 * Whether all trades of an order are known, `"likely"` where only its average price agrees. Asks for the trades of the
 * order unless the missed ones are all that can be missing. The manual: trades of an order are shown for ten days, past
 * orders for two weeks.
 */
const knowing = (
  rest: Needs["rest"],
  missed: ReturnType<typeof makeMissed>,
  read: (trade: Trade) => void
) =>
  Effect.fnUntraced(function*({ before, id }: Job, order: Order) {
    const found = missed.of(id)
    if (found.length === 0 && Executions.areAllOf(order, [])) return true
    if (before !== null && before.amountOrig === order.amountOrig) {
      // without an update in between, the remaining amount determines the executed amount
      const amount = sum(found.map((trade) => trade.execAmount))
      if (isSameAmount(amount, before.amount - order.amount)) return true
    }
    // the cast: an order has a trading symbol
    const all = yield* rest.orderTrades({ symbol: order.symbol as `t${string}`, id }).pipe(
      // the reply of another call may show those of another order
      Effect.map((rows) => rows.filter(({ orderId }) => orderId === id)),
      // a refused query does not stop the others
      Effect.catchAll((error) => mayPass(error) ? Effect.fail(error) : Effect.succeed([]))
    )
    for (const trade of all) read(trade)
    return Executions.areAllOf(order, all) || (Executions.hasAverageOf(order, all) && "likely")
  })

/** `onEnd` gets the past order, and the open one that was known until then */
const auditing = (
  { now, rest }: Needs,
  family: Family<number, Order>,
  onEnd: (ended: Order, before: Order) => void
): Pick<Orders, "audit" | "auditAt"> => {
  let due = now() + quiet
  const audit = Effect.gen(function*() {
    const since = now() - quiet
    due = now() + quiet
    let isFound = false
    for (const id of inQueries(family.quietSince(since))) {
      for (const order of yield* rest.ordersHistory({ id, limit: 2500 })) {
        // its absence from the open ones would prove nothing
        const before = isOrderMoving(order.status) ? undefined : family.endUnreported(order, since)
        if (before === undefined) continue
        onEnd(order, before)
        isFound = true
      }
    }
    return isFound
  })
  return { audit, auditAt: () => due }
}

export const make = (
  needs: Needs,
  family: Family<number, Order>,
  missed: ReturnType<typeof makeMissed>,
  read: (trade: Trade) => void
): Orders => {
  const { now, rest, settle, publish } = needs
  const jobs = new Map<number, Job>()
  const add = (id: number, before: Order | null, after: Order | null, isReported = false): void => {
    const known = jobs.get(id)
    // the order was only omitted from a snapshot
    if (known?.before && after !== null && !family.spec.differs(known.before, after)) return void jobs.delete(id)
    jobs.set(id, {
      id,
      before: known === undefined ? before : known.before,
      after,
      isReported: isReported && known === undefined,
      since: known?.since ?? now(),
      askedAt: undefined
    })
  }

  const late = (job: Job): boolean => job.askedAt !== undefined && now() >= job.askedAt + 2 * settle

  const unknown = (job: Job, reason: string): void => {
    jobs.delete(job.id)
    const { before, id } = job
    publish({ _tag: "OrderUnknown", epoch: needs.epoch(), id, before, fills: missed.take(id), reason })
  }

  const find = finding(rest)
  const knowsAll = knowing(rest, missed, read)

  const settleOne = Effect.fnUntraced(function*(job: Job, order: Order, isOpen: boolean) {
    const all = yield* knowsAll(job, order)
    if (jobs.get(job.id) !== job) return
    job.askedAt ??= now()
    if (all !== true && !late(job)) return
    jobs.delete(job.id)
    const { before, isReported } = job
    const about = { epoch: needs.epoch(), order, fills: missed.take(job.id), isComplete: all !== false }
    if (!isOpen) {
      publish({ _tag: orderStatus(order.status) === "Executed" ? "OrderFilled" : "OrderCancelled", before, ...about })
    } else if (before === null) publish({ _tag: "OrderAppeared", ...about })
    else if (!isReported || about.fills.length > 0) publish({ _tag: "OrderChanged", before, ...about })
  })

  const run: Effect.Effect<void, QueryError> = Effect.gen(function*() {
    const all = [...jobs.values()]
    const gone = all.filter(({ after }) => after === null)
    const { open, past } = yield* find(gone)
    for (const job of all) {
      if (jobs.get(job.id) !== job) continue
      const ended = past.get(job.id)
      if (job.after !== null) {
        yield* settleOne(job, job.after, true)
      } else if (ended !== undefined && !isOrderMoving(ended.status)) {
        yield* settleOne(job, ended, false)
      } else if (job.before === null && family.has(job.id)) {
        // the socket has reported it meanwhile
        jobs.delete(job.id)
        missed.take(job.id)
      } else {
        const shown = open.get(job.id)
        const isLate = late(job)
        job.askedAt ??= now()
        // conclusions require that the open orders are known
        if (!isLate || !family.isSynced) continue
        if (shown === undefined) unknown(job, "neither open orders nor past ones have it")
        else if (!family.restore(shown)) unknown(job, "REST shows it as open, and the socket as ended")
        // the snapshot had omitted the order
        else jobs.set(job.id, { ...job, after: shown, isReported: job.before !== null })
      }
    }
  })

  return {
    name: "orders",
    ...auditing(needs, family, (ended, before) => add(ended.id, before, null)),
    hasWork: () => jobs.size > 0,
    run,
    giveUp: (reason, until) => {
      for (const job of Array.from(jobs.values())) if (job.since <= until) unknown(job, reason)
    },
    add: ({ changed, fresh, gone }) => {
      for (const [id, before] of gone) add(id, before, null)
      for (const { after, before, isReported, key } of changed) add(key, before, after, isReported)
      for (const [id, after] of fresh) add(id, null, after)
    },
    sort: () => {
      for (const id of missed.orders()) {
        if (jobs.has(id)) continue
        // the order itself was reported; its trades were delivered as trades
        if (family.has(id) || family.sawEnd(id)) missed.take(id)
        else add(id, null, null)
      }
    }
  }
}
