/**
 * The available balances that something reads: which events may change them, and one fiber that asks the venue for them at
 * a bounded pace.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Available, AvailableReason, Problem, WalletType } from "../../AccountView.ts"
import type { AccountStreamError } from "../../BitfinexError.ts"
import { accountInputs, type CalcItem } from "../../protocol/channels/Inputs.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as Calc from "../account/calc.ts"
import type { Listener, RowsEvent } from "../account/events.ts"
import type { Session } from "../account/session.ts"
import * as Hub from "../stream/hub.ts"
import * as Waiting from "../time/wait.ts"
import * as Availability from "./availability.ts"
import type { Family } from "./family.ts"

export interface Which {
  readonly type: WalletType
  readonly currency: string
}

/** ms between two requests: half of the venue's rate is left to other requests */
const spacing = 250

/** The families on which the available balance of a wallet depends. */
export const dependencies = {
  exchange: ["wallets", "orders"],
  margin: ["wallets", "orders", "positions"],
  funding: ["wallets", "fundingOffers", "fundingCredits", "fundingLoans"]
} as const

type Dependency = (typeof dependencies)[WalletType][number]

/** the questions to a family here */
export type Watched = Pick<Family<never, never>, "isSynced" | "reason"> & { readonly has: (key: never) => boolean }

/** whether a trading symbol names the currency; a symbol that cannot be taken apart may name it */
const names = (symbol: string, currency: string): boolean => {
  const pair = symbol.slice(1)
  if (pair.includes(":")) return pair.split(":").includes(currency)
  return pair.length !== 6 || pair.startsWith(currency) || pair.endsWith(currency)
}

const isExchange = (orderType: string): boolean => orderType.startsWith("EXCHANGE")

/** Whether an update may change the available balance of a wallet. Computed rows of the wallet itself are answers. */
const concerns = ({ currency, type }: Which, event: Extract<RowsEvent, { readonly _tag: "Update" }>): boolean => {
  switch (event.family) {
    case "wallets":
      return event.rows.some((row) =>
        row.type === type && row.availableBalance === null && (type === "margin" || row.currency === currency)
      )
    case "orders":
      return event.rows.some(({ orderType, symbol }) =>
        type === "margin"
          ? !isExchange(orderType)
          : type === "exchange" && isExchange(orderType) && names(symbol, currency)
      )
    case "trades":
      // the fee of a `tu` comes with a row of its wallet
      return event.type === "te"
        && (type === "margin" || (type === "exchange" && event.rows.some(({ symbol }) => names(symbol, currency))))
    case "positions":
      // one that was computed on request has not changed
      return type === "margin" && event.rows.some(({ pl }) => pl === null)
    case "fundingOffers":
    case "fundingCredits":
    case "fundingLoans":
      return type === "funding" && event.rows.some(({ symbol }) => symbol === `f${currency}`)
    default:
      return false
  }
}

/** whether the family decides about the wallet, so that a snapshot or an unreadable row of it may change the available balance */
const decides = ({ type }: Which, family: string): boolean =>
  dependencies[type].some((each) => each === family) || (family === "trades" && type !== "funding")

interface Entry {
  readonly which: Which
  readonly key: string
  readonly item: CalcItem
  state: Availability.Availability
  watchers: number
  readonly newest: Hub.Newest<Available, AccountStreamError>
}

export interface Needs {
  readonly session: Session
  readonly limiter: RateLimiter.Service
  /** of the fiber that asks; to be woken when a family has become synced */
  readonly sleeper: Waiting.Sleeper
  readonly families: { readonly [name in Dependency]: Watched }
  /** ms of a clock that never steps */
  readonly steady: () => number
  /** ms by the clock of this machine */
  readonly timeOfDay: () => number
  readonly problem: (problem: Problem) => void
}

const isSame = (a: Available, b: Available): boolean => {
  if (a._tag === "Known") return b._tag === "Known" && a.amount === b.amount && a.mts === b.mts
  return b._tag === "Stale" && a.reason._tag === b.reason._tag && a.lastKnown?.mts === b.lastKnown?.mts
}

/** The entries, the events that change them, and their values. */
const makeEntries = ({ families, session, steady, timeOfDay }: Needs) => {
  const { availableMaxAge, commandTimeout } = session.settings.account
  const times = { timeout: Duration.toMillis(commandTimeout), maxAge: Duration.toMillis(availableMaxAge) }
  const entries = new Map<string, Entry>()
  let order = 0

  /** why nothing can be requested; undefined if it can */
  const obstacle = ({ key, which: { type } }: Entry): AvailableReason | undefined => {
    for (const name of dependencies[type]) {
      const { reason } = families[name]
      if (reason !== undefined) return reason
    }
    // the cast: the keys of this family are of this form
    if (!families.wallets.has(key as never)) return { _tag: "NoWallet" }
    return session.state.get().isLive ? undefined : { _tag: "NotLive" }
  }

  const read = (entry: Entry): Available => {
    const { value } = entry.state
    const reason = obstacle(entry) ?? Availability.staleness(entry.state, steady(), times)
    const amount = value === undefined ? null : { amount: value.amount, mts: value.mts, epoch: value.epoch }
    if (reason === undefined && amount !== null) return { _tag: "Known", ...amount }
    return { _tag: "Stale", reason: reason ?? { _tag: "NotComputed" }, lastKnown: amount }
  }

  const place = (): Availability.Request => ({ order: ++order, at: steady(), mts: timeOfDay() })

  return {
    entries,
    read,
    /** the position of the current event */
    place,
    /** the entry to request now: the one that has waited longest */
    due: (): Entry | undefined => {
      const now = steady()
      let first: Entry | undefined
      for (const entry of entries.values()) {
        if (entry.watchers === 0 || obstacle(entry) !== undefined) continue
        if (Availability.dueAt(entry.state, times) > now) continue
        if (first === undefined || (entry.state.value?.at ?? 0) < (first.state.value?.at ?? 0)) first = entry
      }
      return first
    },
    /** ms of the steady clock of the next moment at which there is something to ask for or to show */
    nextAt: (): number => {
      const now = steady()
      let at = Number.POSITIVE_INFINITY
      for (const entry of entries.values()) {
        if (entry.watchers === 0 || obstacle(entry) !== undefined) continue
        at = Math.min(at, Availability.dueAt(entry.state, times), Availability.turnsAt(entry.state, now, times))
      }
      return at
    },
    of: (which: Which): Entry => {
      const key = `${which.type}:${which.currency}`
      const found = entries.get(key)
      if (found !== undefined) return found
      const entry: Entry = {
        which,
        key,
        item: `wallet_${which.type}_${which.currency}`,
        state: Availability.changed(Availability.initial, place().order),
        watchers: 0,
        newest: Hub.newest(() => read(entry))
      }
      entries.set(key, entry)
      return entry
    }
  }
}

type Entries = ReturnType<typeof makeEntries>

/** The effect of the session's events on the entries. */
const listenerOf = ({ entries, place }: Entries, sleeper: Waiting.Sleeper): Listener => {
  /** whether an entry has changed */
  const onRows = (event: RowsEvent): boolean => {
    let isNew = false
    for (const entry of entries.values()) {
      const isChanged = event._tag === "Snapshot" || event.unread.length > 0
        ? decides(entry.which, event.family)
        : concerns(entry.which, event)
      if (!isChanged) continue
      entry.state = Availability.changed(entry.state, place().order)
      isNew = true
    }
    if (event.family !== "wallets" || event._tag !== "Update") return isNew
    for (const { availableBalance, currency, type } of event.rows) {
      const entry = entries.get(`${type}:${currency}`)
      if (entry === undefined) continue
      // also a wallet that has just appeared
      isNew = true
      if (availableBalance === null) continue
      entry.state = Availability.answered(entry.state, availableBalance, event.epoch, place())
    }
    return isNew
  }

  return (event) => {
    // most programs read no available balance, and then an event costs nothing here
    if (entries.size === 0) return
    switch (event._tag) {
      case "LoggedIn":
        for (const entry of entries.values()) entry.state = Availability.loggedIn(entry.state, place().order)
        break
      case "Live":
        // after a maintenance or a sleep, events may have been missed
        for (const entry of entries.values()) entry.state = Availability.changed(entry.state, place().order)
        break
      case "Snapshot":
      case "Update":
        if (!onRows(event)) return
        break
      case "CalcSent":
        for (const entry of entries.values()) {
          if (event.items.includes(entry.item)) entry.state = Availability.asked(entry.state, place())
        }
        return
      case "Over":
        for (const { newest } of entries.values()) newest.end(event.failure)
        return
      case "LoggedOut":
        break
      default:
        return
    }
    Waiting.wake(sleeper)
  }
}

export const make = Effect.fnUntraced(function*(needs: Needs) {
  const { limiter, problem, session, sleeper, steady } = needs
  const all = makeEntries(needs)
  const { due, entries, nextAt, of, read } = all
  const key = Calc.keyOf(session.settings)
  const operation = "AccountState.available"

  const ask = Effect.gen(function*() {
    if (due() === undefined) return
    // without a bound on the wait, the limiter refuses nothing
    yield* Effect.ignore(limiter.acquire(key, Calc.limit, { operation }))
    // the account may have changed during the wait
    const entry = due()
    const { login } = session.state.get()
    if (entry === undefined || login === null) return
    session.send(login.epoch, [0, "calc", null, accountInputs.calc.body({ items: [entry.item] })])
    yield* Effect.sleep(spacing)
  })

  const turn = Effect.suspend(() => {
    Waiting.listen(sleeper)
    for (const { newest, watchers } of entries.values()) if (watchers > 0) newest.changed()
    const wait = nextAt() - steady()
    return wait > 0 ? Waiting.sleep(sleeper, wait) : ask
  })

  yield* Effect.acquireRelease(
    Effect.sync(() => session.subscribe(listenerOf(all, sleeper), { from: "login" })),
    (stop) => Effect.sync(stop)
  )
  // a maintenance or a sleep of this process is no event of the session
  yield* Effect.forkScoped(Stream.runForEach(session.state.changes, () => Effect.sync(() => Waiting.wake(sleeper))))
  yield* turn.pipe(
    Effect.catchAllCause((cause) => {
      if (Cause.isInterrupted(cause)) return Effect.failCause(cause)
      problem({ _tag: "Defect", epoch: session.state.get().login?.epoch ?? 0, reason: Cause.pretty(cause) })
      return Effect.zipRight(Effect.logError(operation, cause), Effect.sleep(1000))
    }),
    Effect.annotateLogs({ connection: "account" }),
    Effect.forever,
    Effect.forkScoped
  )

  return {
    current: (which: Which): Effect.Effect<Available> => Effect.sync(() => read(of(which))),
    /** the value now and after each change; it is requested as long as the stream runs */
    changes: (which: Which): Stream.Stream<Available, AccountStreamError> =>
      Stream.unwrapScoped(
        Effect.acquireRelease(
          Effect.sync(() => {
            const entry = of(which)
            entry.watchers++
            Waiting.wake(sleeper)
            return entry
          }),
          (entry) => Effect.sync(() => entry.watchers--)
        ).pipe(Effect.map(({ newest }) => newest.stream))
      ).pipe(Stream.changesWith(isSame))
  }
})

export type Balances = Effect.Effect.Success<ReturnType<typeof make>>
