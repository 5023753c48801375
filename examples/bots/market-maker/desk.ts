/**
 * One order on each side: placed, moved, withdrawn. Each step works on the current state rather than on changes, so a change
 * may be missed or seen twice.
 */
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as AccountEvents from "effect-bitfinex/AccountEvents"
import * as AccountState from "effect-bitfinex/AccountState"
import type { CommandError, OrderUnknown } from "effect-bitfinex/BitfinexError"
import type { Order } from "effect-bitfinex/Records"
import * as Trading from "effect-bitfinex/Trading"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Ledger } from "./ledger.ts"
import type { View } from "./market.ts"
import type { Quote, Settings, Side } from "./quotes.ts"
import { off, quotes, sides } from "./quotes.ts"

export type Needs =
  | AccountConnection.AccountConnection
  | AccountEvents.AccountEvents
  | AccountState.AccountState
  | Trading.Trading

/** The orders of the venue do not match those of the session: the session ends, and its orders are cancelled. */
export class Astray extends Data.TaggedError("Astray")<{ readonly message: string }> {}

type Failure = Astray | CommandError | OrderUnknown

/** the order of a side */
interface Slot {
  readonly id: number
  /** the price last accepted by the venue; undefined if only the order itself has it */
  readonly price: number | undefined
  /** the login in which it was accepted: snapshots of later logins show whether it is open */
  readonly epoch: number
  /** the view has shown it. Until then it may still be in transit */
  readonly isShown: boolean
}

interface SideState {
  slot: Slot | undefined
  /** a command is in flight */
  isBusy: boolean
  /** time of the last command, or of the end of the order, ms */
  changed: number
  /** no command before this time, ms */
  pausedUntil: number
}

/** how long the view may take to show an accepted order, or a new price, ms */
const grace = 10_000

/** how long the lookup of an unknown outcome may take */
const within = Duration.minutes(3)

const baseOf = (symbol: string): string =>
  symbol.includes(":") ? symbol.slice(1, symbol.indexOf(":")) : symbol.slice(1, 4)

/** orders of the bot among others */
export const ours = ({ gid, symbol }: Settings) => (order: Order): boolean =>
  order.gid === gid && order.symbol === symbol

/** the base currency in the exchange wallet */
export const balance = ({ symbol }: Settings) =>
  Effect.gen(function*() {
    const { wallets } = yield* AccountState.AccountState
    const wallet = yield* wallets.get(`exchange:${baseOf(symbol)}`)
    return Option.match(wallet, { onNone: () => 0, onSome: (row) => row.balance })
  })

export const make = ({ ledger, market, settings, target }: {
  readonly settings: Settings
  readonly ledger: Ledger
  readonly market: View
  /** base currency */
  readonly target: number
}) =>
  Effect.gen(function*() {
    const connection = yield* AccountConnection.AccountConnection
    const events = yield* AccountEvents.AccountEvents
    const { orders, wallets } = yield* AccountState.AccountState
    const trading = yield* Trading.Trading
    const { amount, every, gid, move, symbol } = settings
    const state = { bid: start(), ask: start() } satisfies { [S in Side]: SideState }
    /** ended orders by id: an order may end before it was ever shown as open */
    const ended = new Set<number>()
    const logs = (side: Side) => Effect.annotateLogs({ side })

    // --- commands ----------------------------------------------------------------------------------------------------

    const pause = (side: Side, millis: number): Effect.Effect<void> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        state[side].pausedUntil = now + millis
      })

    /** after a command that failed: pauses the side, or ends the session */
    const survive = (side: Side, error: CommandError | OrderUnknown): Effect.Effect<void, Failure> => {
      const logged = Effect.logWarning(error.message)
      switch (error._tag) {
        // unsent: the next login, or the end of the maintenance, triggers the next step
        case "ConnectionClosed":
          return logged
        case "Maintenance":
          return Effect.zipRight(logged, pause(side, 5000))
        case "RateLimited":
          return Effect.zipRight(logged, pause(side, error.retryAfter))
        case "InsufficientBalance":
          return Effect.zipRight(logged, pause(side, 60_000))
        // the order has ended, and the view is about to show it
        case "OrderNotFound":
          return Effect.zipRight(logged, pause(side, 1000))
        default:
          return Effect.fail(error)
      }
    }

    /** runs a command to its end, even if the bot is interrupted, so that its outcome is known */
    const command = <E, R>(side: Side, name: string, run: Effect.Effect<void, E, R>) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          state[side].isBusy = true
        }),
        () => Effect.uninterruptible(run),
        () =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            state[side].isBusy = false
            state[side].changed = now
          })
      ).pipe(Effect.withSpan(`MarketMaker.${name}`, { attributes: { side } }), logs(side))

    const place = (side: Side, { amount, price }: Quote) =>
      trading.submitOrderResolved(
        { type: "EXCHANGE LIMIT", symbol, amount, price, gid, flags: { postOnly: true } },
        { within }
      ).pipe(
        Effect.flatMap((outcome) =>
          Effect.gen(function*() {
            if (outcome._tag !== "Accepted") yield* ledger.count("unknown")
            if (outcome._tag === "Accepted") {
              state[side].slot = { id: outcome.id, price, epoch: outcome.epoch, isShown: false }
            } else if (outcome._tag === "Placed" || outcome._tag === "PartiallyFilled") {
              // found over REST, perhaps before the snapshot of this login
              const { epoch } = yield* orders.current
              state[side].slot = {
                id: outcome.order.id,
                price: outcome.order.price ?? undefined,
                epoch,
                isShown: false
              }
            }
            if (outcome._tag !== "NeverPlaced" && outcome._tag !== "NotSeen") yield* ledger.count("placed")
            yield* Effect.logDebug(`${amount} at ${price}: ${outcome._tag}`)
          })
        ),
        Effect.catchAll((error): Effect.Effect<void, Failure> =>
          error._tag === "OutcomeUnknown"
            ? Effect.zipRight(ledger.count("unknown"), Effect.fail(new Astray({ message: error.message })))
            : survive(side, error)
        )
      )

    /** waits for an unknown outcome: until then the effect of another command would be unknown too */
    const known = <A, R>(side: Side, run: Effect.Effect<A, CommandError, R>, then: Effect.Effect<void>) =>
      run.pipe(
        Effect.zipRight(then),
        Effect.catchAll((error): Effect.Effect<void, Failure> =>
          error._tag === "OutcomeUnknown"
            ? Effect.gen(function*() {
              yield* ledger.count("unknown")
              yield* Effect.logWarning(error.message)
              const outcome = yield* ledger.outcome(error).pipe(
                Effect.interruptible,
                Effect.timeoutFail({
                  duration: within,
                  onTimeout: () => new Astray({ message: `${error.message} It could not be resolved` })
                })
              )
              if (outcome._tag === "Unresolvable") return yield* new Astray({ message: outcome.reason })
              const { slot } = state[side]
              // only the order itself has its price
              if (slot !== undefined) state[side].slot = { ...slot, price: undefined }
            })
            : survive(side, error)
        )
      )

    const shift = (side: Side, { id, ...slot }: Slot, price: number) =>
      known(
        side,
        trading.updateOrder({ id, price }),
        Effect.suspend(() => {
          state[side].slot = { id, ...slot, price }
          return Effect.zipRight(ledger.count("moved"), Effect.logDebug(`moved to ${price}`))
        })
      )

    const withdraw = (side: Side, { id }: Slot, reason: string) =>
      Effect.zipRight(
        Effect.logInfo(`withdrawn: ${reason}`),
        known(side, trading.cancelOrder({ id }), ledger.count("cancelled"))
      )

    // --- state -------------------------------------------------------------------------------------------------------

    /** the state; undefined while it is not known, and no command is allowed */
    const look = Effect.gen(function*() {
      const { isLive, login } = yield* connection.state
      const open = yield* orders.current
      const held = yield* wallets.current
      if (!isLive || login === null || open._tag === "Stale" || held._tag === "Stale") return undefined
      // both must belong to this login
      if (open.epoch !== login.epoch || held.epoch !== login.epoch) return undefined
      const base = held.rows.get(`exchange:${baseOf(symbol)}`)?.balance ?? 0
      const { bought, sold } = yield* ledger.recent
      const inventory = { most: base - target + bought, least: base - target - sold }
      const own = [...open.rows.values()].filter(ours(settings))
      return { epoch: open.epoch, rows: open.rows, own, inventory }
    })

    type Seen = NonNullable<Effect.Effect.Success<typeof look>>

    /** updates the order of a side from the state */
    const refresh = (side: Side, { epoch, rows }: Seen, now: number): Effect.Effect<void, Astray> =>
      Effect.suspend(() => {
        const mine = state[side]
        const { slot } = mine
        if (slot === undefined) return Effect.void
        const row = rows.get(slot.id)
        if (row !== undefined) {
          const isTold = slot.price === undefined || now - mine.changed > grace
          mine.slot = { ...slot, isShown: true, price: isTold ? row.price ?? undefined : slot.price }
          return Effect.void
        }
        if (slot.isShown || ended.has(slot.id) || epoch > slot.epoch) {
          mine.slot = undefined
          // the balance follows a fill after a delay
          mine.changed = now
          return Effect.void
        }
        return now - mine.changed > grace
          ? Effect.fail(new Astray({ message: `order ${slot.id} was accepted, and is neither open nor past` }))
          : Effect.void
      })

    /** open orders of the group that neither side has: of another process, or of an abandoned command */
    const strays = ({ own }: Seen): Effect.Effect<void, Astray> => {
      if (sides.some((side) => state[side].isBusy)) return Effect.void
      const stray = own.find(({ id }) => !sides.some((side) => state[side].slot?.id === id))
      return stray === undefined
        ? Effect.void
        : Effect.fail(new Astray({ message: `order ${stray.id} of group ${gid} is open, and is not of this session` }))
    }

    // --- target ------------------------------------------------------------------------------------------------------

    const step = (side: Side) =>
      Effect.gen(function*() {
        const mine = state[side]
        const seen = yield* look
        if (seen === undefined) return
        const now = yield* Clock.currentTimeMillis
        yield* refresh(side, seen, now)
        yield* strays(seen)
        const { slot } = mine
        // an order in transit
        if (slot !== undefined && !slot.isShown) return
        if (now < mine.pausedUntil) return

        const sight = yield* market.look(seen.own)
        if (sight._tag === "Blink") return
        const quote = sight._tag === "Seen" ? quotes(settings, sight.market, seen.inventory)[side] : null
        if (slot === undefined) {
          if (quote === null || now - mine.changed < Duration.toMillis(every)) return
          return yield* command(side, "place", place(side, quote))
        }
        if (quote === null) {
          const reason = sight._tag === "Blind" ? `no market (${sight.reason})` : "the inventory is at its limit"
          return yield* command(side, "withdraw", withdraw(side, slot, reason))
        }
        if (now - mine.changed < Duration.toMillis(every)) return
        const row = seen.rows.get(slot.id)
        if (row !== undefined && Math.abs(row.amount) < amount / 2) {
          return yield* command(side, "withdraw", withdraw(side, slot, "most of it is filled"))
        }
        if (slot.price === undefined || off(quote.price, slot.price) >= move) {
          return yield* command(side, "move", shift(side, slot, quote.price))
        }
      })

    return {
      step,
      /** records the ended orders */
      watch: (wake: Effect.Effect<void>) =>
        events.orders().pipe(
          Stream.filter((event) => event._tag === "Update" && event.type === "oc"),
          Stream.runForEach((event) => {
            if (event._tag !== "Update") return Effect.void
            for (const { id } of event.rows) ended.add(id)
            for (const old of [...ended].slice(0, -1000)) ended.delete(old)
            return wake
          })
        )
    }
  })

const start = (): SideState => ({ slot: undefined, isBusy: false, changed: 0, pausedUntil: 0 })
