import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { AccountTrade } from "../../src/AccountView.ts"
import type { MissedEvent } from "../../src/MissedEvent.ts"
import type { Trade } from "../../src/protocol/records/Order.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { agrees, inMemory, only, opened } from "../support/accountState.ts"
import * as Env from "../support/env.ts"
import { inject, pass } from "../support/market.ts"

const unavailable = { _tag: "unavailable503" } as const

const faults: ReadonlyArray<Fault.Fault> = [
  Fault.Drop.make({ code: 1006 }),
  Fault.Drop.make({ code: 1006 }),
  Fault.Drop.make({ code: 1001 }),
  Fault.Info.make({ code: 20051 }),
  Fault.Info.make({ code: 20060 }),
  Fault.Info.make({ code: 20061 }),
  Fault.Refuse.make({ times: 2 }),
  Fault.MuteSocket.make({}),
  Fault.HalfOpen.make({}),
  Fault.IgnoreLogin.make({ times: 1 }),
  Fault.RefuseLogin.make({ code: 10114, msg: "nonce: small", times: 1 }),
  Fault.SkipSnapshot.make({ type: "os" }),
  Fault.SkipSnapshot.make({ type: "ws" }),
  Fault.SkipSnapshot.make({ type: "ps" }),
  Fault.DelaySnapshot.make({ type: "os", millis: 3000 }),
  Fault.DelaySnapshot.make({ type: "fos", millis: 8000 }),
  Fault.MalformedAccountEvent.make({ how: "short" }),
  Fault.MalformedAccountEvent.make({ how: "text" }),
  Fault.MalformedAccountEvent.make({ type: "os" }),
  Fault.MalformedAccountEvent.make({ type: "oc" }),
  Fault.MalformedAccountEvent.make({ type: "te", how: "notRow" }),
  Fault.HttpFault.make({ match: "auth/r", times: 6, reply: unavailable }),
  Fault.HttpFault.make({ match: "trades", times: 9, reply: { _tag: "reset" } }),
  Fault.HttpFault.make({ match: "orders", times: 5, reply: { _tag: "truncated" } }),
  Fault.HttpFault.make({ match: "hist", times: 1, reply: { _tag: "delay", millis: 4000 } })
]

const keys = (trades: ReadonlyArray<Trade>): ReadonlyArray<string> =>
  trades.map(({ id, orderId }) => `${id} ${orderId}`).sort()

const isIncomplete = (event: MissedEvent): boolean =>
  ("isComplete" in event && !event.isComplete) || ("reason" in event && event.reason !== null)

/** Some simulated minutes of account activity, connected or not, with faults; then a quiet period. */
const run = (seed: number) =>
  Effect.gen(function*() {
    const { away, exchange, final, state, trades } = yield* opened
    const random = Random.make(`account ${seed}`)
    const next = (below: number) => random.nextIntBetween(0, below)
    const pick = <A>(all: ReadonlyArray<A>) => Effect.map(next(all.length), (place) => all[place])

    const act = Effect.gen(function*() {
      const [order, offer] = [yield* pick(exchange.orders()), yield* pick(exchange.fundingOffers())]
      const price = String(900 + (yield* next(100)))
      switch (yield* next(10)) {
        case 0:
        case 1:
        case 2:
          return yield* exchange.submit({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.05", price })
        case 3:
          return yield* exchange.submit({ type: "LIMIT", symbol: "tBTCUSD", amount: "0.02", price })
        case 4:
          if (order === undefined) return
          return yield* exchange.cancel(order.id)
        case 5:
        case 6:
          if (order === undefined) return
          return yield* exchange.fill(order.id, (yield* next(2)) === 0 ? undefined : Math.abs(order.amount) / 2)
        case 7:
          return yield* exchange.submit({
            type: "MARKET",
            symbol: "tBTCUSD",
            amount: (yield* next(2)) ? "0.01" : "-0.01"
          })
        case 8:
          return yield* exchange.offer({ type: "LIMIT", symbol: "fUSD", amount: "200", rate: "0.02", period: 2 })
        default:
          if (offer === undefined) return yield* exchange.deposit("exchange", "USD", 1)
          return (yield* next(2)) === 0 ? yield* exchange.cancel(offer.id) : yield* exchange.fill(offer.id)
      }
    })

    for (let k = 0; k < 60; k++) {
      if ((yield* next(3)) === 0) yield* inject((yield* pick(faults))!)
      else yield* act
      yield* pass(yield* next(k % 5 === 0 ? 20_000 : 1000))
    }
    yield* inject(Fault.Info.make({ code: 20061 }))
    // time for pending faults to occur, and for watchdogs and retries to run
    yield* pass("3 minutes")

    yield* agrees(state, exchange)
    assert.deepStrictEqual(away.filter(isIncomplete), [])
    assert.isTrue((yield* state.caughtUp).isComplete)
    const truth = keys(exchange.trades())
    const keysOf = (list: ReadonlyArray<AccountTrade>) => keys(list.map(({ trade }) => trade))
    assert.deepStrictEqual(keysOf(trades), truth)
    assert.deepStrictEqual(keysOf(final), truth)
    for (const { trade } of final) assert.isNotNull(trade.fee)
    assert.deepStrictEqual(away.filter(({ _tag }) => _tag.endsWith("Unknown")), [])
    for (const event of [...only(away, "OrderFilled"), ...only(away, "OrderCancelled")]) {
      assert.isTrue(event.isComplete)
      const ended = exchange.ordersHistory().find(({ id }) => id === event.order.id)
      assert.strictEqual(event.order.status, ended?.status)
      assert.strictEqual(event._tag === "OrderFilled", ended?.amount === 0)
    }
    // no fill is reported with two orders, or twice with one
    const fills = keys([...only(away, "OrderFilled"), ...only(away, "OrderCancelled"), ...only(away, "OrderChanged")]
      .flatMap((event) => event.fills))
    assert.deepStrictEqual(fills, [...new Set(fills)])
  })

// more seeds with ACCOUNT_SEEDS=100, or starting at ACCOUNT_FIRST
const [first, last] = [Env.whole("ACCOUNT_FIRST", 1), Env.runs(1, 3, "ACCOUNT_SEEDS")]

describe("AccountState: after any faults it converges to the exchange's state, and each trade was reported once", () => {
  for (let seed = first; seed <= last; seed++) {
    it.scoped(`seed ${seed}`, () => run(seed).pipe(inMemory({ seed })), 60_000)
  }
})
