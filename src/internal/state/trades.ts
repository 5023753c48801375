/**
 * The account's trades, each once: from the socket, and from REST for trades that the socket did not report.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AccountTrade } from "../../AccountView.ts"
import { type AccountStreamError, BufferOverflow } from "../../BitfinexError.ts"
import type { Trade } from "../../protocol/records/Order.ts"
import type { Login } from "../account/events.ts"
import * as Hub from "../stream/hub.ts"
import type { Needs, QueryError } from "./query.ts"
import { TradeLog } from "./tradeLog.ts"
import * as TradeQuery from "./tradeQuery.ts"

/** rows that show events before the first login */
const opening = 250

/** without an end, the venue would use this machine's time, which may be behind the venue's */
const never = Date.UTC(2100, 0, 1)

/** maximum number of remembered trades without a fee */
const manyWaiting = 1000

const byTime = (a: Trade, b: Trade): number => a.mts - b.mts || a.id - b.id

const keyOf = (trade: Trade): string => `${trade.id} ${trade.orderId}`

export interface Feed {
  readonly first: Hub.Hub<AccountTrade, AccountStreamError>
  readonly final: Hub.Hub<AccountTrade, AccountStreamError>
  readonly login: (login: Login) => void
  readonly lose: () => void
  readonly end: (failure: AccountStreamError | undefined) => void
  /** a message of a trade was unreadable */
  readonly doubt: () => void
  readonly receive: (trade: Trade, isFinal: boolean) => void
  readonly read: (trade: Trade) => void
  /** REST has to list the trades */
  readonly isDue: () => boolean
  /** since when, by the steady clock */
  readonly dueSince: () => number
  readonly query: Effect.Effect<void, QueryError>
  /** the query failed until the next login, or for now */
  readonly giveUp: (reason: string, isForGood: boolean) => void
  /** time of the second query, or of the query for fees, ms; Infinity if none is due */
  readonly laterAt: () => number
  readonly queryLater: Effect.Effect<void, QueryError>
}

/** trades that were reported without a fee, and when */
const makeFees = (now: () => number) => {
  const waiting = new Map<string, number>()
  return {
    add: (trade: Trade): void => {
      waiting.set(keyOf(trade), now())
      if (waiting.size <= manyWaiting) return
      for (const key of waiting.keys()) {
        waiting.delete(key)
        break
      }
    },
    remove: (trade: Trade): void => void waiting.delete(keyOf(trade)),
    /** when the first of them began to wait */
    oldest: (): number => {
      for (const at of waiting.values()) return at
      return Number.POSITIVE_INFINITY
    },
    forget: (until: number): void => {
      for (const [key, at] of waiting) if (at <= until) waiting.delete(key)
    }
  }
}

/** the queries over REST, and how far they were answered */
const makePhase = () => {
  let state = TradeQuery.initial
  return {
    get: (): TradeQuery.TradeQuery => state,
    apply: (input: TradeQuery.Input): void => {
      state = TradeQuery.step(state, input)
    }
  }
}

/** The queries that find trades which the socket did not report. `read` receives each trade that REST shows. */
const makeQueries = ({ fees, log, needs: { now, rest, settle }, phase, read }: {
  readonly needs: Needs
  readonly log: TradeLog
  readonly fees: ReturnType<typeof makeFees>
  readonly phase: ReturnType<typeof makePhase>
  readonly read: (trade: Trade) => void
}): Pick<Feed, "query" | "queryLater"> => {
  const readFrom = (from: number): Effect.Effect<void, QueryError> =>
    // without a row that cannot be read the trades would not be complete
    rest.accountTradesStream({ start: from, end: never, sort: 1 }, { onUnread: ({ error }) => Effect.fail(error) })
      .pipe(
        // trades of the same millisecond in the order of their ids
        Stream.runForEachChunk((page) => Effect.sync(() => [...page].sort(byTime).forEach(read)))
      )

  const open: Effect.Effect<void, QueryError> = Effect.suspend(() => {
    const { causes } = phase.get()
    return Effect.map(rest.accountTrades({ limit: opening }), (rows) => {
      if (log.isOpen || !TradeQuery.isCurrent(phase.get(), causes)) return
      log.open(rows)
      phase.apply({ _tag: "Opened" })
    })
  })

  const query = Effect.suspend(() => {
    if (!log.isOpen) return open
    const { from } = log
    if (from === undefined) return Effect.void
    const { causes } = phase.get()
    return Effect.map(readFrom(from), () => {
      if (TradeQuery.isCurrent(phase.get(), causes)) log.settle()
      phase.apply({ _tag: "Answered", causes, from, laterAt: now() + settle })
    })
  })

  const queryLater = Effect.suspend(() => {
    const asked = now()
    const { causes, later } = phase.get()
    return Effect.map(log.isOpen ? readFrom(later?.from ?? log.recent) : open, () => {
      const { demand } = phase.get()
      if (log.from !== undefined && demand._tag === "Abandoned" && TradeQuery.isCurrent(phase.get(), causes)) {
        log.settle()
      }
      phase.apply({ _tag: "AnsweredLater", causes, later })
      // trades that still have no fee do not wait any longer
      fees.forget(asked)
    })
  })

  return { query, queryLater }
}

export const make = (options: {
  readonly needs: Needs
  readonly lets: () => boolean
  /** a trade that was not reported before */
  readonly missed: (trade: Trade) => void
  readonly capacity: number
}): Feed => {
  const { capacity, lets, missed, needs } = options
  const { epoch, now, publish, settle, timeOfDay } = needs
  const log = new TradeLog()
  const fees = makeFees(now)
  const overflow = () => new BufferOverflow({ operation: "AccountState.trades", capacity })
  const first = Hub.make<AccountTrade, AccountStreamError>({ capacity, overflow })
  const final = Hub.make<AccountTrade, AccountStreamError>({ capacity, overflow })
  const phase = makePhase()

  const deliver = (trade: Trade, source: AccountTrade["source"], news: "new" | "final", isFinal: boolean): void => {
    const element: AccountTrade = { epoch: epoch(), source, trade }
    if (news === "new") first.publish(element)
    if (isFinal) final.publish(element)
  }

  const read = (trade: Trade): void => {
    const news = log.read(trade)
    if (news === "known") return
    fees.remove(trade)
    if (news === "new") missed(trade)
    deliver(trade, "rest", news, true)
  }

  return {
    first,
    final,
    read,
    ...makeQueries({ needs, log, fees, phase, read }),
    laterAt: () =>
      Math.min(
        phase.get().later?.at ?? Number.POSITIVE_INFINITY,
        final.count() === 0 ? Number.POSITIVE_INFINITY : fees.oldest() + settle
      ),
    login: ({ mts }) => phase.apply({ _tag: "LoggedIn", mts, at: now() }),
    lose: () => {
      // the trades before the first login were not determined
      if (!log.isOpen) log.openAt(phase.get().opened ?? timeOfDay())
      log.doubt()
      phase.apply({ _tag: "LoggedOut" })
    },
    end: (failure) => {
      first.end(failure)
      final.end(failure)
    },
    doubt: () => {
      if (!log.isOpen) return
      log.doubt()
      phase.apply({ _tag: "Doubted", at: now() })
    },
    receive: (trade, isFinal) => {
      const news = log.reported(trade, isFinal)
      if (isFinal) fees.remove(trade)
      if (news === "known") return
      if (!isFinal) fees.add(trade)
      deliver(trade, "socket", news, isFinal)
    },
    isDue: () => lets() && phase.get().demand._tag !== "Abandoned" && (!log.isOpen || log.from !== undefined),
    dueSince: () => {
      const { demand } = phase.get()
      return demand._tag === "Due" ? demand.since : now()
    },
    giveUp: (reason, isForGood) => {
      const since = log.from ?? phase.get().opened ?? timeOfDay()
      // queried again, with the next query or separately
      phase.apply({ _tag: "Abandoned", from: since, laterAt: isForGood ? undefined : now() + settle })
      // trades before the first login are not reported
      if (log.isOpen) publish({ _tag: "TradesUnknown", epoch: epoch(), since, reason })
    }
  }
}
