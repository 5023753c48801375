/**
 * Finds the changes of funding offers while disconnected, with their trades.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { isSameAmount, sum } from "../../protocol/internal/quantity.ts"
import type { FundingOffer, FundingTrade } from "../../protocol/records/Funding.ts"
import type { Differences, Family } from "./family.ts"
import type { Needs, QueryError, Step } from "./query.ts"

interface Job {
  readonly id: number
  readonly before: FundingOffer
  /** the offer as the account shows it now; null if it is no longer open */
  readonly after: FundingOffer | null
  readonly since: number
  askedAt: number | undefined
}

export interface Offers extends Step {
  readonly add: (differences: Differences<number, FundingOffer>) => void
  /** a trade that the socket has reported */
  readonly reported: (trade: FundingTrade) => void
}

/** number of reported trade ids that are remembered */
const remembered = 5000

/** page limit of the histories of funding */
const page = 500

/**
 * Finds a row of a history: among the newest, or among those created at the same time. The venue's order is not
 * documented, so both are read, and absence from both proves nothing. All currencies are read, because a currency that
 * can no longer be lent may be refused by name.
 */
export const among = Effect.fnUntraced(function*<A extends { readonly id: number }, E>(
  history: (args: {
    readonly start?: number
    readonly end?: number
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<A>, E>,
  { id, made }: { readonly id: number; readonly made: number }
) {
  const newest = (yield* history({ limit: page })).find((row) => row.id === id)
  if (newest !== undefined) return newest
  const [start, end] = [Math.max(0, Math.floor(made) - 1000), Math.ceil(made) + 1000]
  return (yield* history({ start, end, limit: page })).find((row) => row.id === id)
})

const isFilled = ({ status }: FundingOffer): boolean => /^EXECUTED\b/.test(status)

const isMoving = ({ status }: FundingOffer): boolean => /^(ACTIVE|PARTIALLY FILLED)\b/.test(status)

export const make = (needs: Needs, family: Family<number, FundingOffer>): Offers => {
  const { now, rest, settle, publish } = needs
  const jobs = new Map<number, Job>()
  /** ids of trades that were reported, by the socket or with an offer */
  const known = new Set<number>()

  const remember = (id: number): void => {
    known.add(id)
    if (known.size <= remembered) return
    for (const oldest of known) {
      known.delete(oldest)
      break
    }
  }

  const late = (job: Job): boolean => job.askedAt !== undefined && now() >= job.askedAt + 2 * settle

  const unknown = (job: Job, reason: string): void => {
    jobs.delete(job.id)
    publish({ _tag: "OfferUnknown", epoch: needs.epoch(), before: job.before, reason })
  }

  const settleOne = Effect.fnUntraced(function*(job: Job, offer: FundingOffer, isOpen: boolean) {
    const { before } = job
    let fills: ReadonlyArray<FundingTrade> = []
    let isComplete = true
    if (!isSameAmount(before.amount, offer.amount)) {
      // the cast: an offer has the symbol of a currency
      const symbol = offer.symbol as `f${string}`
      const own = (yield* rest.fundingTradesHistory({ symbol, limit: page })).filter(({ offerId }) =>
        offerId === offer.id
      )
      fills = own.filter(({ id }) => !known.has(id)).sort((a, b) => a.mtsCreate - b.mtsCreate || a.id - b.id)
      isComplete = isSameAmount(sum(fills.map(({ amount }) => amount)), before.amount - offer.amount)
        || isSameAmount(sum(own.map(({ amount }) => amount)), offer.amountOrig - offer.amount)
    }
    if (jobs.get(job.id) !== job) return
    job.askedAt ??= now()
    if (!isComplete && !late(job)) return
    jobs.delete(job.id)
    for (const { id } of fills) remember(id)
    const _tag = isOpen ? "OfferChanged" : isFilled(offer) ? "OfferFilled" : "OfferCancelled"
    publish({ _tag, epoch: needs.epoch(), before, offer, fills, isComplete })
  })

  const run: Effect.Effect<void, QueryError> = Effect.gen(function*() {
    for (const job of Array.from(jobs.values())) {
      if (jobs.get(job.id) !== job) continue
      if (job.after !== null) {
        yield* settleOne(job, job.after, true)
        continue
      }
      const offer = yield* among(rest.fundingOffersHistory, { id: job.id, made: job.before.mtsCreated })
      if (offer !== undefined && !isMoving(offer)) yield* settleOne(job, offer, false)
      else {
        const isLate = late(job)
        job.askedAt ??= now()
        if (isLate && jobs.get(job.id) === job) unknown(job, "past offers do not have it")
      }
    }
  })

  return {
    name: "fundingOffers",
    hasWork: () => jobs.size > 0,
    run,
    giveUp: (reason, until) => {
      for (const job of Array.from(jobs.values())) if (job.since <= until) unknown(job, reason)
    },
    add: ({ changed, fresh, gone }) => {
      const put = (id: number, before: FundingOffer, after: FundingOffer | null): void => {
        const { before: first = before, since = now() } = jobs.get(id) ?? {}
        if (after !== null && !family.spec.differs(first, after)) jobs.delete(id)
        else jobs.set(id, { id, before: first, after, since, askedAt: undefined })
      }
      for (const [id, before] of gone) put(id, before, null)
      for (const { after, before, key } of changed) put(key, before, after)
      for (const [id, offer] of fresh) {
        const job = jobs.get(id)
        if (job === undefined) publish({ _tag: "OfferAppeared", epoch: needs.epoch(), offer })
        else put(id, job.before, offer)
      }
    },
    reported: ({ id }) => remember(id)
  }
}
