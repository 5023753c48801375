import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as AccountEvents from "../src/AccountEvents.ts"
import type { StreamError } from "../src/BitfinexError.ts"
import { channels } from "../src/protocol/channels/Account.ts"
import { FakeExchange } from "../src/testing/FakeExchange.ts"
import * as Fault from "../src/testing/Fault.ts"
import { logins, view } from "./support/account.ts"
import { inMemory, resting } from "./support/accountState.ts"
import { type Consumer, type Event, inject, inOrder, pass, settle, start, turns } from "./support/market.ts"

type Any = Stream.Stream<Event, StreamError>

const send = (type: string, payload: unknown) => inject(Fault.UnknownAccountEvent.make({ type, payload }))

/** a consumer of each family */
const all = Effect.gen(function*() {
  const events = yield* AccountEvents.AccountEvents
  const consumers = new Map<string, Consumer>()
  for (const { name } of channels) {
    // the cast: a consumer counts elements of any records
    const stream = events[name as keyof AccountEvents.Streams]() as Any
    consumers.set(name, yield* start(stream))
  }
  yield* settle
  return consumers
})

/** types of updates, with how many rows they had */
const reported = ({ events }: Consumer) =>
  events.flatMap((event) => event._tag === "Update" ? [`${event.type} ${event.rows.length}`] : [])

describe("AccountEvents", () => {
  for (const losses of [1, 7]) {
    it.scoped(`${losses} reconnections: ${losses + 1} snapshots of every family, ahead of all else of their epoch`, () =>
      Effect.gen(function*() {
        const consumers = yield* all
        const exchange = yield* view
        for (let k = 0; k < losses; k++) {
          const [order] = yield* exchange.submit(resting)
          yield* exchange.fill(order!.id, 0.1)
          yield* pass("1 second")
          yield* inject(Fault.Drop.make({ code: 1006 }))
          // events right after the login follow the snapshots
          yield* exchange.fill(order!.id, 0.1)
          yield* pass("3 seconds")
          yield* exchange.cancel(order!.id)
          yield* settle
        }
        for (const [name, { events, exit }] of consumers) {
          assert.isUndefined(exit(), name)
          const snapshots = turns(events).filter((turn) => turn.startsWith("Snapshot"))
          assert.deepStrictEqual(
            snapshots,
            Array.from({ length: losses + 1 }, (_, epoch) => `Snapshot ${epoch + 1}`),
            name
          )
          assert.isTrue(inOrder(events), name)
        }
        assert.lengthOf(yield* logins, losses + 1)
      }).pipe(inMemory()))
  }

  it.scoped("one login, and one subscription, however many consumers; a late one begins with the current state", () =>
    Effect.gen(function*() {
      const exchange = yield* view
      const { orders, wallets } = yield* AccountEvents.AccountEvents
      const first = yield* start(orders() as Any)
      yield* settle
      yield* exchange.submit(resting)
      yield* settle
      const late = yield* start(orders() as Any)
      yield* start(wallets() as Any)
      yield* settle
      assert.deepStrictEqual(first.events.map(({ _tag }) => _tag), ["Snapshot", "Update"])
      assert.deepStrictEqual(
        late.events.map((event) => event._tag === "Snapshot" ? event.rows : event._tag),
        [exchange.orders()]
      )
      assert.lengthOf(yield* logins, 1)
      assert.strictEqual((yield* (yield* FakeExchange).counts).upgrades, 1)
    }).pipe(inMemory()))

  it.scoped("each type goes to its family under its own name", () =>
    Effect.gen(function*() {
      const consumers = yield* all
      const exchange = yield* view
      const [order] = yield* exchange.submit({ ...resting, type: "LIMIT" })
      yield* exchange.fill(order!.id, 0.1)
      yield* exchange.fill(order!.id)
      const [other] = yield* exchange.submit({ type: "MARKET", symbol: "tBTCUSD", amount: "-0.5" })
      assert.isNotNull(other)
      const offer = yield* exchange.offer({ type: "LIMIT", symbol: "fUSD", amount: "1000", rate: "0.02", period: 2 })
      yield* exchange.fill(offer.id)
      yield* exchange.cancel(
        (yield* exchange.offer({
          type: "LIMIT",
          symbol: "fUSD",
          amount: "1000",
          rate: "0.02",
          period: 2
        })).id
      )
      yield* send("bu", [100, 90])
      yield* send("miu", ["base", [1, 2, 3, 4, 5]])
      yield* send("miu", ["sym", "tBTCUSD", [1, 2, 3, 4]])
      yield* send("fiu", ["sym", "fUSD", [1, 2, 3, 4]])
      yield* send("uac", ["price:tBTCUSD:600", "price", "tBTCUSD", 600])
      yield* pass("1 second")
      const types = (name: string) => [...new Set(reported(consumers.get(name)!))].sort()
      assert.deepStrictEqual(types("orders"), ["oc 1", "on 1", "ou 1"])
      assert.deepStrictEqual(types("trades"), ["te 1", "tu 1"])
      assert.includeMembers(types("positions"), ["pc 1", "pn 1", "pu 1"])
      assert.includeMembers(types("wallets"), ["wu 1"])
      assert.includeMembers(types("fundingOffers"), ["foc 1", "fon 1"])
      assert.includeMembers(types("fundingTrades"), ["fte 1", "ftu 1"])
      assert.includeMembers(types("fundingCredits"), ["fcc 1", "fcn 1"])
      assert.includeMembers(types("notifications"), ["n 1"])
      assert.deepStrictEqual(types("balances"), ["bu 1"])
      assert.deepStrictEqual(reported(consumers.get("marginInfo")!), ["miu 1", "miu 1"])
      assert.deepStrictEqual(types("fundingInfo"), ["fiu 1"])
      assert.deepStrictEqual(types("alerts"), ["uac 1"])
    }).pipe(inMemory()))

  it.scoped("a row too short, only nulls, and a value that is not a row, are reported as malformed, and the stream continues", () =>
    Effect.gen(function*() {
      const consumers = yield* all
      const exchange = yield* view
      for (const { name, updates } of channels) {
        if (name === "alerts") continue
        const consumer = consumers.get(name)!
        consumer.take()
        for (const wrong of [[1], Array.from({ length: 40 }, () => null), "text", null]) yield* send(updates[0]!, wrong)
        yield* settle
        assert.deepStrictEqual(
          consumer.take().map(({ _tag }) => _tag),
          Array.from({ length: 4 }, () => "Malformed"),
          name
        )
        assert.isUndefined(consumer.exit())
      }
      yield* exchange.submit(resting)
      yield* settle
      assert.deepStrictEqual(reported(consumers.get("orders")!), ["on 1"])
    }).pipe(inMemory()))
})
