import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as AccountState from "../../src/AccountState.ts"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import type { OrderLifecycle } from "../../src/Command.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { gather, inject, pass, settle } from "../support/market.ts"
import { inMemory, live, resting } from "../support/trading.ts"

const send = (type: string, payload: unknown) => inject(Fault.UnknownAccountEvent.make({ type, payload }))

const cells = (length: number, given: { readonly [at: number]: unknown }) =>
  Array.from({ length }, (_, at) => given[at] ?? null)

const order = (id: number, cid: number, mts: number) =>
  cells(32, {
    0: id,
    2: cid,
    3: "tBTCUSD",
    4: mts,
    5: mts + 9_000_000,
    6: 0.01,
    7: 0.01,
    8: "EXCHANGE LIMIT",
    12: 0,
    13: "ACTIVE",
    16: 10_000,
    17: 0,
    18: 0,
    19: 0,
    23: 0,
    24: 0
  })

const funding = (id: number, mts: number) =>
  cells(23, {
    0: id,
    1: "fUSD",
    2: mts,
    3: mts,
    4: 100,
    5: 100,
    6: "LIMIT",
    10: "ACTIVE",
    14: 0.9,
    15: 2
  })

const lent = (id: number, mts: number) =>
  cells(22, {
    0: id,
    1: "fUSD",
    2: 1,
    3: mts,
    4: mts,
    5: 100,
    6: 0,
    7: "ACTIVE",
    11: 0.001,
    12: 2,
    13: mts,
    14: mts,
    15: 0,
    16: 0,
    18: 0,
    20: 0,
    21: "tBTCUSD"
  })

const options = { settings: { account: { connectLimit: { count: 100, per: "15 seconds" } } } } as const

const withState = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.provide(test, AccountState.layer().pipe(Layer.orDie))

describe("events that arrive after the end of their row", () => {
  it.scoped("an order is open nowhere again: not in the state, the exposure, its stream, nor for a late consumer", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const state = yield* AccountState.AccountState
      const events = yield* AccountEvents.AccountEvents
      yield* gather<ChannelEvent<unknown>, unknown, never>(events.orders())
      const life = yield* gather<OrderLifecycle, unknown, never>(trading.submitOrderStream(resting))
      yield* settle
      const [{ cid, id, mtsCreate }] = venue.orders() as any
      yield* trading.cancelOrder({ id })
      yield* pass("100 millis")
      const rows = Effect.map(state.orders.synced, ({ rows }) => [...rows.keys()])
      assert.deepStrictEqual(yield* rows, [])
      for (const type of ["on", "ou"]) {
        yield* send(type, order(id, cid, mtsCreate))
        yield* settle
        assert.deepStrictEqual(yield* rows, [], type)
        assert.deepStrictEqual(yield* trading.exposure, { orders: [], bySymbol: {} }, type)
      }
      // a consumer that comes later is given the rows that are open
      const late = yield* gather<ChannelEvent<any>, unknown, never>(events.orders())
      yield* settle
      assert.deepStrictEqual(late.map((event) => event._tag === "Snapshot" ? event.rows : event._tag), [[]])
      yield* pass("30 seconds")
      const [updates, ends] = ["OrderUpdate", "OrderEnded"].map((tag) => life.filter(({ _tag }) => _tag === tag))
      assert.strictEqual((updates!.at(-1) as any).by, "oc")
      assert.strictEqual(ends!.length, 1)
      // nor in the next login, whose snapshot shows that it has ended
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("20 seconds")
      assert.deepStrictEqual(yield* rows, [])
    }).pipe(withState, inMemory(options)))

  it.scoped("an offer, a credit and a loan are not open again; a credit that was changed later is", () =>
    Effect.gen(function*() {
      yield* live
      const state = yield* AccountState.AccountState
      yield* state.orders.synced
      const mts = 1_704_067_200_000
      const cases = [
        [state.fundingOffers.synced, "fo", funding(900_000_001, mts)],
        [state.fundingCredits.synced, "fc", lent(900_000_002, mts)],
        [state.fundingLoans.synced, "fl", lent(900_000_003, mts).slice(0, 21)]
      ] as const
      for (const [synced, word, row] of cases) {
        const view: Effect.Effect<{ readonly rows: ReadonlyMap<number, unknown> }, unknown> = synced
        const ids = Effect.map(view, ({ rows }) => [...rows.keys()].filter((id) => id === row[0]))
        yield* send(`${word}n`, row)
        assert.deepStrictEqual(yield* ids, [row[0] as number], `${word}n is read`)
        yield* send(`${word}c`, row)
        for (const kind of ["n", "u"]) {
          yield* send(word + kind, row)
          yield* settle
          assert.deepStrictEqual(yield* ids, [], word + kind)
        }
      }
      yield* send("fcn", lent(900_000_002, mts + 1))
      assert.isTrue((yield* state.fundingCredits.synced).rows.has(900_000_002))
    }).pipe(withState, inMemory(options)))
})
