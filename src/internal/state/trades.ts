/**
 * The account's trades, each once: as the socket tells them, and by REST where it did not.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AccountTrade } from "../../AccountView.ts"
import { type AccountStreamError, BufferOverflow } from "../../BitfinexError.ts"
import type { Trade } from "../../protocol/records/Order.ts"
import type { Login } from "../account/session.ts"
import * as Hub from "../stream/hub.ts"
import type { Looker, LookError } from "./query.ts"
import { TradeLog } from "./tradeLog.ts"

/** rows that show what happened before anybody listened */
const opening = 250

/** without an end, the stream would stop at the time of this machine, whose clock may be behind the venue's */
const never = Date.UTC(2100, 0, 1)

/** trades without a fee that are remembered */
const manyWaiting = 1000

const byTime = (a: Trade, b: Trade): number => a.mts - b.mts || a.id - b.id

export interface Feed {
  readonly first: Hub.Hub<AccountTrade, AccountStreamError>
  readonly final: Hub.Hub<AccountTrade, AccountStreamError>
  readonly login: (login: Login) => void
  readonly lose: () => void
  readonly end: (failure: AccountStreamError | undefined) => void
  /** a message of a trade could not be read */
  readonly doubt: () => void
  readonly told: (trade: Trade, isFinal: boolean) => void
  readonly read: (trade: Trade) => void
  /** REST has to say which trades there are */
  readonly isDue: () => boolean
  /** since when, by the steady clock */
  readonly dueSince: () => number
  readonly look: Effect.Effect<void, LookError>
  /** nothing can be found out until the next login, or for now */
  readonly giveUp: (reason: string, isForGood: boolean) => void
  /** ms of the second look, or of that for fees; Infinity when none is wanted */
  readonly laterAt: () => number
  readonly lookLater: Effect.Effect<void, LookError>
}

export const make = (options: {
  readonly looker: Looker
  readonly lets: () => boolean
  readonly missed: (trade: Trade) => void
  readonly sort: () => void
  readonly capacity: number
}): Feed => {
  const { lets, looker: { epoch, now, rest, settle, tell, timeOfDay }, missed, sort } = options
  const log = new TradeLog()
  const { capacity } = options
  const overflow = () => new BufferOverflow({ operation: "AccountState.trades", capacity })
  const first = Hub.make<AccountTrade, AccountStreamError>({ capacity, overflow })
  const final = Hub.make<AccountTrade, AccountStreamError>({ capacity, overflow })
  /** trades without a fee, and when they were told */
  const waiting = new Map<string, number>()
  let opened: number | undefined
  let loggedIn = 0
  /** undefined while nothing has to be said, or it was given up */
  let dueSince: number | undefined
  let isGivenUp = false
  /** each new cause to look counts: an answer that was asked for before it settles nothing */
  let causes = 0
  /** REST may not have shown everything at the first look */
  let second: { readonly at: number; readonly from: number } | undefined

  const deliver = (trade: Trade, source: AccountTrade["source"], news: "new" | "final", isFinal: boolean): void => {
    const told: AccountTrade = { epoch: epoch(), source, trade }
    if (news === "new") first.publish(told)
    if (isFinal) final.publish(told)
  }

  const keyOf = (trade: Trade): string => `${trade.id} ${trade.orderId}`

  const read = (trade: Trade): void => {
    const news = log.read(trade)
    if (news === "known") return
    waiting.delete(keyOf(trade))
    if (news === "new") missed(trade)
    deliver(trade, "rest", news, true)
  }

  const lookFrom = (from: number): Effect.Effect<void, LookError> =>
    rest.accountTradesStream({ start: from, end: never, sort: 1 }).pipe(
      // of one millisecond, in the order of their ids
      Stream.runForEachChunk((page) => Effect.sync(() => [...page].sort(byTime).forEach(read))),
      Effect.zipRight(Effect.sync(sort))
    )

  const open: Effect.Effect<void, LookError> = Effect.suspend(() => {
    const asked = loggedIn
    return Effect.map(rest.accountTrades({ limit: opening }), (rows) => {
      if (log.isOpen || asked !== loggedIn) return
      log.open(rows)
      dueSince = undefined
    })
  })

  const look = Effect.suspend(() => {
    if (!log.isOpen) return open
    const { from } = log
    if (from === undefined) return Effect.void
    const asked = causes
    return Effect.map(lookFrom(from), () => {
      if (asked !== causes) return
      log.settle()
      dueSince = undefined
      second = { at: now() + settle, from: Math.min(second?.from ?? from, from) }
    })
  })

  const feeAt = (): number => {
    if (final.count() === 0) return Number.POSITIVE_INFINITY
    for (const at of waiting.values()) return at + settle
    return Number.POSITIVE_INFINITY
  }

  const laterAt = (): number => Math.min(second?.at ?? Number.POSITIVE_INFINITY, feeAt())

  const due = (): void => {
    causes++
    dueSince ??= now()
    isGivenUp = false
  }

  return {
    first,
    final,
    read,
    look,
    laterAt,
    login: ({ mts }) => {
      opened ??= mts
      loggedIn++
      due()
    },
    lose: () => {
      // nobody could say what there was at the first login
      if (!log.isOpen) log.openAt(opened ?? timeOfDay())
      log.doubt()
      causes++
    },
    end: (failure) => {
      first.end(failure)
      final.end(failure)
    },
    doubt: () => {
      if (!log.isOpen) return
      log.doubt()
      due()
    },
    told: (trade, isFinal) => {
      const news = log.told(trade, isFinal)
      if (isFinal) waiting.delete(keyOf(trade))
      if (news === "known") return
      if (!isFinal) {
        waiting.set(keyOf(trade), now())
        if (waiting.size > manyWaiting) {
          for (const key of waiting.keys()) {
            waiting.delete(key)
            break
          }
        }
      }
      deliver(trade, "socket", news, isFinal)
    },
    isDue: () => lets() && !isGivenUp && (!log.isOpen || log.from !== undefined),
    dueSince: () => dueSince ?? now(),
    giveUp: (reason, isForGood) => {
      isGivenUp = true
      dueSince = undefined
      const since = log.from ?? opened ?? timeOfDay()
      // it is asked for again, with the next look or by itself
      if (!isForGood) second = { at: now() + settle, from: Math.min(second?.from ?? since, since) }
      // what was before the first login is nobody's to tell
      if (log.isOpen) tell({ _tag: "TradesUnknown", epoch: epoch(), since, reason })
    },
    lookLater: Effect.suspend(() => {
      const asked = now()
      const wanted = second
      const from = wanted?.from ?? log.recent
      const cause = causes
      return Effect.map(log.isOpen ? lookFrom(from) : open, () => {
        if (second === wanted) second = undefined
        if (log.from !== undefined && isGivenUp && cause === causes) {
          log.settle()
          isGivenUp = false
        }
        // those that have no fee even now have none to wait for
        for (const [key, at] of waiting) if (at <= asked) waiting.delete(key)
      })
    })
  }
}
