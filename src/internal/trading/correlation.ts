/**
 * Which command an answer of the venue is for. Everything here is synchronous, within the socket's listener.
 *
 * Notifications go to all connections of a user, so most of them may be for other programs: an answer counts only for a
 * command that it names. An answer that names nothing, such as an `error` frame or an empty refusal, proves nothing:
 * each command that it may be for receives it as a suspicion.
 *
 * @internal
 */
import type { Lifetime } from "../../protocol/Channel.ts"
import { type AccountChannel, accountChannels } from "../../protocol/channels/Account.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import type { FundingOffer } from "../../protocol/records/Funding.ts"
import type { Order } from "../../protocol/records/Order.ts"
import type { Answer, RowsEvent, SessionEvent, Unread } from "../account/events.ts"
import { Ended } from "../stream/ended.ts"
import type { InFlight } from "./inFlight.ts"
import type { Known } from "./rules/rule.ts"

export interface Correlation {
  readonly known: Known
  /** the order of these calls is that of the frames */
  readonly add: (each: InFlight) => void
  readonly remove: (each: InFlight) => void
  readonly onEvent: (event: SessionEvent) => void
}

/** ids of orders, and cids under which they were seen, that are remembered */
const remembered = 10_000

/** forgets the oldest of too many */
const trim = (
  all: { readonly size: number; readonly keys: () => Iterator<unknown>; delete: (key: never) => boolean }
) => {
  if (all.size > remembered) all.delete(all.keys().next().value as never)
}

const nothing: ReadonlySet<number> = new Set()

const lifetimeOf = <A>({ state }: AccountChannel<A>): Lifetime<A> | undefined =>
  state.kind === "keyed" ? state.lifetime : undefined

/** the order in which the venue first showed orders */
const showingsOf = (isOpen: (id: number) => boolean) => {
  const places = new Map<number, number>()
  let count = 0
  return {
    count: () => count,
    isAfter: (id: number, moment: number): boolean => (places.get(id) ?? Number.POSITIVE_INFINITY) > moment,
    /** `open` is the number of orders that are open */
    add: (id: number, open: number): void => {
      if (places.has(id)) return
      places.set(id, ++count)
      // seldom: a Map is passed through with the places of deleted entries
      if (places.size <= open + 2 * remembered) return
      for (const [oldest, place] of places) {
        if (places.size <= open + remembered) return
        places.delete(oldest)
        // one that is open is kept, and is the newest from now on
        if (isOpen(oldest)) places.set(oldest, place)
      }
    }
  }
}

/** the open orders, and the events that were seen */
const memory = (steady: () => number) => {
  const orders = new Map<number, Order>()
  const offers = new Map<number, FundingOffer>()
  const claimed = new Set<number>()
  const namesakes = new Map<number, Set<number>>()
  const showings = showingsOf((id) => orders.has(id))
  const endedOrders = new Ended<Order>(lifetimeOf(accountChannels.orders), steady)
  const endedOffers = new Ended<FundingOffer>(lifetimeOf(accountChannels.fundingOffers), steady)
  let seen = 0

  const see = (mts: number): void => {
    seen = Math.max(seen, mts)
  }

  /** how much the venue's clock is ahead of the steady one, ms: at least as much as by any message */
  let ahead = Number.NEGATIVE_INFINITY

  /** a message that the venue made at `mts` has just come */
  const stamp = (mts: number): void => {
    ahead = Math.max(ahead, mts - steady())
  }

  const name = (cid: number | null, id: number | null): void => {
    // an id of this process names one submission anyway
    if (cid === null || id === null || Cid.isIssued(cid)) return
    const ids = namesakes.get(cid) ?? new Set()
    // the newest last, so that the oldest is forgotten first
    namesakes.delete(cid)
    namesakes.set(cid, ids.add(id))
    trim(namesakes)
  }

  /** an event that comes after the end of its order or offer does not open it again */
  const take = <A extends { readonly id: number }>(
    open: Map<number, A>,
    ended: Ended<A>,
    { rows, unread }: { readonly rows: ReadonlyArray<A>; readonly unread: ReadonlyArray<Unread> },
    isEnd: boolean
  ): void => {
    for (const row of rows) {
      if (isEnd) {
        open.delete(row.id)
        ended.add(row)
      } else if (!ended.has(row)) open.set(row.id, row)
    }
    // one that ended is no longer open, whether or not its row can be read
    for (const { cells } of isEnd ? unread : []) {
      if (!Array.isArray(cells)) continue
      open.delete(cells[0])
      ended.addId(cells[0])
    }
  }

  const learn = (event: RowsEvent): void => {
    if (event.family === "orders") {
      if (event._tag === "Snapshot") orders.clear()
      take(orders, endedOrders, event, event._tag === "Update" && event.type === "oc")
      for (const row of event.rows) {
        showings.add(row.id, orders.size)
        name(row.cid, row.id)
        see(row.mtsUpdate)
        if (event._tag === "Update") stamp(row.mtsUpdate)
      }
    } else if (event.family === "trades") {
      for (const { cid, orderId } of event.rows) name(cid, orderId)
    } else if (event.family === "fundingOffers") {
      if (event._tag === "Snapshot") offers.clear()
      take(offers, endedOffers, event, event._tag === "Update" && event.type === "foc")
      for (const row of event.rows) {
        see(row.mtsUpdated)
        if (event._tag === "Update") stamp(row.mtsUpdated)
      }
    }
  }

  const known: Known = {
    orders,
    offers,
    endedOffers: () => endedOffers.ids(),
    shown: showings.count,
    isShownAfter: showings.isAfter,
    claimed,
    namesakes: (cid) => namesakes.get(cid) ?? nothing,
    seen: () => seen,
    venueTime: () => Number.isFinite(ahead) ? steady() + ahead : undefined
  }
  return { known, learn, name, stamp, forget: () => [orders, offers].forEach((each) => each.clear()) }
}

const refusalOf = ({ code, status, text }: Answer, { kind, operation }: InFlight): ErrorTable.Refused =>
  ErrorTable.fromRefusal({
    operation,
    code,
    text: text ?? "",
    status: null,
    retryAfter: null,
    notification: typeof status === "string" ? status : String(status)
  }, kind)

/**
 * the first command that matches, or all that request the same; of several updates of one order, the one whose terms
 * match
 */
const recipients = (meant: ReadonlyArray<InFlight>, info: unknown): ReadonlyArray<InFlight> => {
  const first = meant.find(({ rule }) => !rule.contradicts(info)) ?? meant[0]
  return first === undefined ? [] : first.rule.shared ? meant : [first]
}

/** `steady` is ms of a clock that never steps */
export const make = (steady: () => number): Correlation => {
  const all = new Set<InFlight>()
  const { forget, known, learn, name, stamp } = memory(steady)

  const isAnswered = (each: InFlight): void => {
    all.delete(each)
    const { cid, id } = each.answeredIds()
    name(cid, id)
    if (each.rule.type !== "fon" || id === null) return
    known.claimed.add(id)
    trim(known.claimed)
  }

  const refuse = (each: InFlight, answer: Answer): void => {
    const error = refusalOf(answer, each)
    // a status that the manual does not know proves nothing
    if ("outcome" in error && error.outcome === "unknown") return each.suspect(error)
    all.delete(each)
    each.refuse(error)
  }

  const onAnswer = (answer: Answer, mts: number | null): void => {
    const isAccepted = answer.status === "SUCCESS"
    const ofType = [...all].filter(({ rule }) => rule.type === answer.type)
    const about = ofType.map((each) => [each, each.rule.about(answer.info, isAccepted)] as const)
    const meant = about.flatMap(([each, match]) => match === "ours" ? [each] : [])
    for (const each of recipients(meant, answer.info)) {
      if (!isAccepted) refuse(each, answer)
      else if (each.accept(answer.info, `${answer.type}-req`, answer.text, mts)) isAnswered(each)
    }
    if (meant.length > 0 || isAccepted) return
    // a batch is refused as a whole under its own type
    const unnamed = answer.type === "ox_multi"
      ? [...all].filter(({ isInBatch }) => isInBatch)
      : about.flatMap(([each, match]) => match === "unnamed" ? [each] : [])
    for (const each of unnamed) each.suspect(refusalOf(answer, each))
  }

  const prove = (event: RowsEvent): void => {
    // of two equal submissions, one event proves one
    const proven = new Set<string>()
    for (const each of all) {
      const { shared, type } = each.rule
      if (proven.has(type) || !each.prove(event)) continue
      if (!shared) proven.add(type)
      isAnswered(each)
    }
  }

  const onRows = (event: RowsEvent): void => {
    if (all.size > 0) prove(event)
    learn(event)
  }

  return {
    known,
    add: (each) => {
      all.add(each)
    },
    remove: (each) => {
      all.delete(each)
    },
    onEvent: (event) => {
      switch (event._tag) {
        case "LoggedIn":
          return forget()
        case "Snapshot":
        case "Update":
          return onRows(event)
        case "Notification": {
          const mts = event.notification?.mts ?? null
          if (mts !== null) stamp(mts)
          return event.answer === null ? undefined : onAnswer(event.answer, mts)
        }
        case "VenueError": {
          const { code, msg } = event.frame
          const refusal = { code: typeof code === "number" ? code : null, text: String(msg ?? "") }
          for (const each of all) {
            each.suspect(
              ErrorTable.fromRefusal(
                { operation: each.operation, status: null, retryAfter: null, ...refusal },
                each.kind
              )
            )
          }
          return
        }
      }
    }
  }
}
