import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as AccountState from "../../src/AccountState.ts"
import type { MissedEvent } from "../../src/MissedEvent.ts"
import type * as FakeAccount from "../../src/testing/FakeAccount.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Account from "./account.ts"
import { gather, inject, pass, settle } from "./market.ts"

/** An exchange in memory with an account, and its state. The connection returns a second after it was lost. */
export const inMemory = ({ settings, ...options }: Account.Options = {}) =>
  Effect.provide(
    Layer.provideMerge(
      AccountState.layer(),
      Account.layer({
        step: 60_000,
        // heartbeats come with ticks
        tick: 5000,
        settings: {
          ...settings,
          socket: { reconnect: Schedule.spaced("1 second"), ...settings?.socket },
          account: { connectLimit: { count: 1000, per: "1 second" }, ...settings?.account }
        },
        ...options
      })
    )
  )

export const view = Account.view

/** the reconciled state, and the events that it emits from then on */
export const opened = Effect.gen(function*() {
  const state = yield* AccountState.AccountState
  const away = yield* gather(state.missed)
  const trades = yield* gather(state.trades())
  const final = yield* gather(state.trades({ when: "final" }))
  const problems = yield* gather(state.problems)
  yield* settle
  yield* pass("1 second")
  return { state, away: away as Array<MissedEvent>, trades, final, problems, exchange: yield* Account.view }
})

/** the connection is lost, and may return after `during` */
export const lost = <A, E, R>(during: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    yield* inject(Fault.Refuse.make({ times: 1 }))
    yield* inject(Fault.Drop.make({ code: 1006 }))
    yield* settle
    const done = yield* during
    yield* pass("5 seconds")
    return done
  })

/** tags without the last event of each reconciliation */
export const tags = (events: ReadonlyArray<MissedEvent>): ReadonlyArray<string> =>
  events.map(({ _tag }) => _tag).filter((tag) => tag !== "CaughtUp")

export const only = <T extends MissedEvent["_tag"]>(events: ReadonlyArray<MissedEvent>, tag: T) =>
  events.filter((event): event is Extract<MissedEvent, { _tag: T }> => event._tag === tag)

/** far below the market, so that it rests */
export const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.5", price: "1000" }

const byKey = <A>(rows: ReadonlyArray<A>, key: (row: A) => string | number) =>
  new Map(rows.map((row) => [key(row), row]))

/** values that are computed only on request are not sent on the socket */
const plain = <A extends object>(row: A, ...computed: ReadonlyArray<keyof A>): A => ({
  ...row,
  ...Object.fromEntries(computed.map((name) => [name, null]))
})

const plainPosition = (row: any) => plain(row, "pl", "plPerc", "priceLiq", "leverage", "meta", "collateralMin")
const plainWallet = (row: any) => plain(row, "availableBalance", "lastChange", "lastChangeMetadata")

/** every view is synced, and equal to the state of the exchange */
export const agrees = (state: AccountState.Service, exchange: FakeAccount.State) =>
  Effect.gen(function*() {
    const rows = <K, A>(each: { readonly current: Effect.Effect<any> }): Effect.Effect<Map<K, A>> =>
      Effect.map(each.current, (now) => {
        assert.strictEqual(now._tag, "Synced", JSON.stringify(now.reason))
        return now.rows
      })
    const sorted = (map: Map<any, any>, of: (row: any) => any = (row) => row) =>
      [...map].map(([key, row]) => [key, of(row)] as const).sort(([a], [b]) => a < b ? -1 : 1)
    assert.deepStrictEqual(
      sorted(yield* rows(state.orders)),
      sorted(byKey(exchange.orders(), ({ id }) => id))
    )
    assert.deepStrictEqual(
      sorted(yield* rows(state.positions), plainPosition),
      sorted(byKey(exchange.positions(), ({ symbol }) => symbol), plainPosition)
    )
    assert.deepStrictEqual(
      sorted(yield* rows(state.wallets), plainWallet),
      sorted(byKey(exchange.wallets(), ({ currency, type }) => `${type}:${currency}`), plainWallet)
    )
    assert.deepStrictEqual(
      sorted(yield* rows(state.fundingOffers)),
      sorted(byKey(exchange.fundingOffers(), ({ id }) => id))
    )
    assert.deepStrictEqual(
      sorted(yield* rows(state.fundingCredits)),
      sorted(byKey(exchange.fundingCredits(), ({ id }) => id))
    )
    assert.deepStrictEqual(
      sorted(yield* rows(state.fundingLoans)),
      sorted(byKey(exchange.fundingLoans(), ({ id }) => id))
    )
  })
