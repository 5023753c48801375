import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { sign } from "../../../src/Auth.ts"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"

const options: FakeExchange.Options = { history: 600_000, symbols: ["tBTCUSD", "fUSD"] }
const inMemory = (more: FakeExchange.Options = {}) => Effect.provide(FakeExchange.layerMemory({ ...options, ...more }))

let nonce = 1_700_000_000_000_000

/** a signed request, as any client would send it */
const post = (path: string, body: object = {}) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const { restUrl } = yield* FakeExchange.FakeExchange
    const text = JSON.stringify(body)
    const own = String(++nonce)
    const response = yield* client.execute(
      HttpClientRequest.post(`${restUrl}/${path}`).pipe(
        HttpClientRequest.bodyText(text, "application/json"),
        HttpClientRequest.setHeaders({
          "bfx-apikey": "demo-key",
          "bfx-nonce": own,
          "bfx-signature": sign(Redacted.make("demo-secret"), `/api/${path}${own}${text}`)
        })
      )
    )
    return { status: response.status, text: yield* response.text }
  })

const submit = (cid: number) =>
  post("v2/auth/w/order/submit", { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "20000", cid })

const demo = Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account("demo-key"))

/** client ids of the orders that the exchange has placed */
const placed = Effect.map(demo, (view) => view.orders().map((order) => order.cid))

const inject = (reply: Fault.HttpReply, times = 1) =>
  Effect.flatMap(
    FakeExchange.FakeExchange,
    (exchange) => exchange.inject(Fault.HttpFault.make({ match: "order/submit", times, reply }))
  )

const settle = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(0)
    return yield* Fiber.await(fiber)
  })

describe("accounts of FakeExchange", () => {
  it.effect("without options there is a demo account that can trade, lend and borrow", () =>
    Effect.gen(function*() {
      const view = yield* demo
      for (const wallet of ["exchange", "margin", "funding"] as const) {
        assert.isAtLeast(view.balance(wallet, "USD").available, 50_000)
      }
      assert.isAbove(view.balance("exchange", "BTC").available, 0)
      const exit = yield* settle(submit(1))
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(yield* placed, [1])
      assert.deepStrictEqual([...view.counts()], [[1, 1]])
    }).pipe(inMemory()))

  it.effect("keys and secrets may be Redacted; an unknown key is a defect whose message omits the key", () =>
    Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const view = yield* exchange.account("mine")
      assert.deepStrictEqual(view.balance("exchange", "USD"), { total: 5, available: 5 })
      const exit = yield* Effect.exit(exchange.account("another-one"))
      assert.isTrue(Exit.isFailure(exit))
      assert.notInclude(JSON.stringify(exit), "another-one")
    }).pipe(
      inMemory({
        accounts: [{ key: Redacted.make("mine"), secret: Redacted.make("s"), wallets: { exchange: { USD: 5 } } }]
      })
    ))

  it.effect("invalid accounts are defects", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<FakeExchange.Options["accounts"]> = [
        [{ key: "a", secret: "s" }, { key: "a", secret: "t" }],
        [{ key: "a", secret: "s", userId: 0 }],
        [{ key: "a", secret: "s", wallets: { exchange: { USD: -1 } } }],
        [{ key: "a", secret: "s", wallets: { margin: { USD: 1e9 } } }]
      ]
      for (const accounts of wrong) {
        const exit = yield* Effect.exit(Effect.void.pipe(inMemory({ accounts })))
        assert.isTrue(Exit.isFailure(exit))
      }
    }))

  it.effect("an action of another party with a misspelled parameter or wallet is a defect that names it", () =>
    Effect.gen(function*() {
      const view = yield* demo
      const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: "20000" }
      const wrong: ReadonlyArray<readonly [action: Effect.Effect<unknown>, text: string]> = [
        [
          view.submit({ ...order, priceOcoStop: "19000" }),
          "there is no parameter priceOcoStop; there are type, symbol"
        ],
        [view.offer({ type: "LIMIT", symbol: "fUSD", amount: "200", rate: "0.01", days: 2 }), "no parameter days"],
        // the cast: a program without types
        [view.deposit("exchang" as "exchange", "USD", 1), "no wallet exchang; there are exchange, margin, funding"]
      ]
      for (const [action, text] of wrong) {
        const exit = yield* Effect.exit(action)
        assert(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.include(Cause.pretty(exit.cause), text)
      }
      assert.lengthOf(view.orders(), 0)
      yield* view.submit({ ...order, price_oco_stop: "900000", flags: 16384, cid: 5, gid: 6 })
      assert.lengthOf(view.orders(), 2)
    }).pipe(inMemory()))

  it.effect("trades of an account are public, and the traders trade with its orders", () =>
    Effect.gen(function*() {
      const { market } = yield* FakeExchange.FakeExchange
      const view = yield* demo
      const { asks } = market.book("tBTCUSD", "P0", 1)
      const price = String(asks[0]![0])
      yield* settle(
        post("v2/auth/w/order/submit", { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "-0.05", price, cid: 3 })
      )
      const row = market.book("tBTCUSD", "R0", 25).asks.find(([id]) => id === view.orders()[0]?.id)
      assert.deepStrictEqual(row?.slice(1), [Number(price), -0.05])
      for (let left = 100; left > 0 && view.trades().length === 0; left--) yield* TestClock.adjust("2 seconds")
      const [trade] = view.trades()
      assert.deepInclude(trade, { maker: 1, cid: 3, execPrice: Number(price) })
      assert.include(market.trades("tBTCUSD", { limit: 10_000 }).map(([id]) => id), trade!.id)
    }).pipe(inMemory({ history: 60_000, symbols: ["tBTCUSD"] })))

  describe("faults of signed writes", () => {
    const notExecuted: ReadonlyArray<Fault.HttpReply> = [
      { _tag: "status429" },
      { _tag: "errorArray", code: 10001, text: "Momentary balance check. Please wait few seconds and try again." },
      { _tag: "unavailable503" },
      { _tag: "html" },
      { _tag: "empty" },
      { _tag: "wrongType" },
      { _tag: "huge", bytes: 100 },
      { _tag: "reset" }
    ]
    const executed: ReadonlyArray<Fault.HttpReply> = [
      { _tag: "truncated" },
      { _tag: "loseReply" },
      { _tag: "errorArray", code: 10000, text: "unknown", executed: true },
      { _tag: "unavailable503", executed: true },
      { _tag: "html", status: 504, executed: true },
      { _tag: "empty", executed: true }
    ]

    for (const reply of notExecuted) {
      it.effect(`${reply._tag}: nothing is placed, and the nonce does not count`, () =>
        Effect.gen(function*() {
          const view = yield* demo
          yield* inject(reply)
          yield* settle(submit(1))
          assert.deepStrictEqual(yield* placed, [])
          assert.deepStrictEqual([view.nonce("demo-key"), view.commands()], [0, []])
          yield* settle(submit(2))
          assert.deepStrictEqual(yield* placed, [2])
        }).pipe(inMemory()))
    }

    for (const reply of executed) {
      it.effect(`${reply._tag}, executed: placed once, regardless of the reply`, () =>
        Effect.gen(function*() {
          yield* inject(reply)
          const exit = yield* settle(submit(1))
          assert.deepStrictEqual(yield* placed, [1])
          if (reply._tag === "loseReply") assert.isTrue(Exit.isFailure(exit))
          const { requests } = yield* FakeExchange.FakeExchange
          assert.deepInclude((yield* requests)[0], { path: "/v2/auth/w/order/submit", fault: reply._tag })
          // sent again, it is placed again: the venue does not look at client ids
          yield* settle(submit(1))
          assert.deepStrictEqual([...(yield* demo).counts()], [[1, 2]])
        }).pipe(inMemory()))
    }

    it.effect("delay: executed long after the client gave up, even after requests with later nonces", () =>
      Effect.gen(function*() {
        const view = yield* demo
        yield* inject({ _tag: "delay", millis: 5000 })
        const waiting = yield* Effect.fork(Effect.timeoutOption(submit(1), "2 seconds"))
        yield* TestClock.adjust("2 seconds")
        assert.isTrue(Option.isNone(yield* Fiber.join(waiting)))
        assert.deepStrictEqual(yield* placed, [])
        yield* settle(submit(2))
        assert.deepStrictEqual(yield* placed, [2])
        yield* TestClock.adjust("2999 millis")
        assert.deepStrictEqual(yield* placed, [2])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* placed, [2, 1])
        const [, late] = view.orders()
        assert.strictEqual(late!.mtsCreate - view.orders()[0]!.mtsCreate, 3000)
      }).pipe(inMemory()))

    it.effect("a client that disconnects while its request is in transit cannot withdraw it", () =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(submit(1))
        yield* TestClock.adjust(50)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* placed, [])
        yield* TestClock.adjust(100)
        assert.deepStrictEqual(yield* placed, [1])
      }).pipe(inMemory({ latency: 100 })))
  })

  it.effect("answers a client that waits when the exchange stops", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.gen(function*() {
        yield* inject({ _tag: "delay", millis: 60_000 })
        const waiting = yield* Effect.forkDaemon(submit(1))
        yield* TestClock.adjust(1000)
        return waiting
      }).pipe(inMemory())
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
    }))
})
