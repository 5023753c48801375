/** The record of a run: each fill once, the commands, and the figures of the summary. */
import * as AccountState from "effect-bitfinex/AccountState"
import type { AccountStreamError, OutcomeUnknown } from "effect-bitfinex/BitfinexError"
import type { Outcome } from "effect-bitfinex/Command"
import * as Trading from "effect-bitfinex/Trading"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import type { Settings } from "./quotes.ts"

export interface Tally {
  /** trades and their volume: base currency, then quote currency */
  readonly fills: number
  readonly bought: number
  readonly spent: number
  readonly sold: number
  readonly earned: number
  /** by currency; negative when charged */
  readonly fees: { readonly [currency: string]: number }
  /** orders placed, moved and cancelled, by answers of the venue */
  readonly placed: number
  readonly moved: number
  readonly cancelled: number
  /** commands with an unknown outcome, and how they were resolved */
  readonly unknown: number
  readonly foundOut: number
  readonly unresolvable: number
  /** restarts after a failure */
  readonly restarts: number
}

type Count = "placed" | "moved" | "cancelled" | "unknown" | "restarts"

export interface Ledger {
  readonly tally: Effect.Effect<Tally>
  readonly count: (what: Count) => Effect.Effect<void>
  /** base currency bought and sold so recently that the balance may not show it yet */
  readonly recent: Effect.Effect<{ readonly bought: number; readonly sold: number }>
  /** waits for the resolution of a command */
  readonly outcome: (unknown: OutcomeUnknown) => Effect.Effect<Outcome>
  /** runs as long as the bot, over all its restarts, so that every fill is counted */
  readonly keep: Effect.Effect<never, AccountStreamError>
}

/** how long a balance may take to follow a trade, ms; the venue documents no limit */
const lag = 5000

/** resolutions that may wait to be read */
const remembered = 100

const actions = Metric.counter("market_maker_orders", {
  description: "orders placed, moved and cancelled; commands without an answer; restarts",
  incremental: true
})
const volume = Metric.counter("market_maker_volume", { description: "bought and sold, base currency" })

export const make = (
  { symbol }: Settings,
  onFill: Effect.Effect<void>
): Effect.Effect<Ledger, never, AccountState.AccountState | Trading.Trading> =>
  Effect.gen(function*() {
    const account = yield* AccountState.AccountState
    const trading = yield* Trading.Trading
    const outcomes = new Map<unknown, Deferred.Deferred<Outcome>>()
    let fills: ReadonlyArray<{ readonly at: number; readonly amount: number }> = []
    let tally: Tally = {
      fills: 0,
      bought: 0,
      spent: 0,
      sold: 0,
      earned: 0,
      fees: {},
      placed: 0,
      moved: 0,
      cancelled: 0,
      unknown: 0,
      foundOut: 0,
      unresolvable: 0,
      restarts: 0
    }

    const outcomeOf = (unknown: OutcomeUnknown): Deferred.Deferred<Outcome> => {
      // an error that passed through a span is a wrapper around the one in `resolutions`
      const key = Cause.originalError(unknown)
      const known = outcomes.get(key) ?? Deferred.unsafeMake<Outcome>(FiberId.none)
      outcomes.set(key, known)
      // resolutions that are never read
      for (const old of [...outcomes.keys()].slice(0, -remembered)) outcomes.delete(old)
      return known
    }

    const watchFills = Stream.runForEach(account.trades(), ({ source, trade }) => {
      if (trade.symbol !== symbol) return Effect.void
      const { execAmount, execPrice } = trade
      const isBuy = execAmount > 0
      return Effect.gen(function*() {
        const at = yield* Clock.currentTimeMillis
        fills = [...fills.filter((fill) => fill.at > at - lag), { at, amount: execAmount }]
        tally = {
          ...tally,
          fills: tally.fills + 1,
          ...(isBuy
            ? { bought: tally.bought + execAmount, spent: tally.spent + execAmount * execPrice }
            : { sold: tally.sold - execAmount, earned: tally.earned - execAmount * execPrice })
        }
        yield* Metric.update(Metric.tagged(volume, "side", isBuy ? "bid" : "ask"), Math.abs(execAmount))
        yield* Effect.logInfo(`${isBuy ? "bought" : "sold"} ${Math.abs(execAmount)} at ${execPrice}`).pipe(
          Effect.annotateLogs({ order: trade.orderId, source })
        )
        yield* onFill
      })
    })

    const watchFees = Stream.runForEach(
      account.trades({ when: "final" }),
      ({ trade: { fee, feeCurrency, ...trade } }) =>
        Effect.sync(() => {
          if (trade.symbol !== symbol || fee === null || feeCurrency === null) return
          tally = { ...tally, fees: { ...tally.fees, [feeCurrency]: (tally.fees[feeCurrency] ?? 0) + fee } }
        })
    )

    const watchResolutions = Stream.runForEach(trading.resolutions, ({ outcome, unknown }) => {
      const isLost = outcome._tag === "Unresolvable"
      tally = {
        ...tally,
        foundOut: tally.foundOut + (isLost ? 0 : 1),
        unresolvable: tally.unresolvable + (isLost ? 1 : 0)
      }
      return Effect.asVoid(Deferred.succeed(outcomeOf(unknown), outcome))
    })

    return {
      tally: Effect.sync(() => tally),
      count: (what) =>
        Effect.zipRight(
          Effect.sync(() => {
            tally = { ...tally, [what]: tally[what] + 1 }
          }),
          Metric.increment(Metric.tagged(actions, "what", what))
        ),
      recent: Effect.map(Clock.currentTimeMillis, (now) => {
        const amounts = fills.filter(({ at }) => at > now - lag).map(({ amount }) => amount)
        const sum = (list: ReadonlyArray<number>): number => list.reduce((total, amount) => total + Math.abs(amount), 0)
        return {
          bought: sum(amounts.filter((amount) => amount > 0)),
          sold: sum(amounts.filter((amount) => amount < 0))
        }
      }),
      outcome: (unknown) => Effect.suspend(() => Deferred.await(outcomeOf(unknown))),
      keep: Effect.all([watchFills, watchFees, watchResolutions], { concurrency: "unbounded" }).pipe(
        Effect.zipRight(Effect.never)
      )
    } satisfies Ledger as Ledger
  })
