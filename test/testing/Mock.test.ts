import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as AccountState from "../../src/AccountState.ts"
import * as BitfinexError from "../../src/BitfinexError.ts"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import type * as ChannelEvent from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as OrderOutcome from "../../src/OrderOutcome.ts"
import type * as Layout from "../../src/protocol/Layout.ts"
import * as Records from "../../src/Records.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as Mock from "../../src/testing/Mock.ts"
import * as Trading from "../../src/Trading.ts"

const defect = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) && Cause.isDie(exit.cause) ? Cause.pretty(exit.cause) : ""

describe("layerTest", () => {
  it.effect("answers with the methods that the test provides", () =>
    Effect.gen(function*() {
      const rest = yield* RestClient.RestClient
      assert.deepStrictEqual(yield* rest.platformStatus(), { status: 0 })
    }).pipe(Effect.provide(Mock.layerTest(RestClient.RestClient, {
      platformStatus: () => Effect.succeed({ status: 0 as const })
    }))))

  it.effect("a missing method, Effect or Stream, ends its caller with its name", () =>
    Effect.gen(function*() {
      const call = yield* Effect.exit((yield* RestAuthClient.RestAuthClient).wallets())
      assert.include(defect(call), "effect-bitfinex/RestAuthClient: Unimplemented method \"wallets\"")
      const history = yield* Effect.exit(Stream.runDrain((yield* RestAuthClient.RestAuthClient).ledgersStream()))
      assert.include(defect(history), "\"ledgersStream\"")
      const channel = yield* Effect.exit(Stream.runDrain(MarketData.ticker("tBTCUSD")))
      assert.include(defect(channel), "effect-bitfinex/MarketData: Unimplemented method \"ticker\"")
      const events = yield* AccountEvents.AccountEvents
      assert.include(defect(yield* Effect.exit(Stream.runDrain(events.orders()))), "\"orders\"")
      const states = yield* Effect.exit(Stream.runDrain((yield* MarketData.MarketData).states))
      assert.include(defect(states), "\"states\"")
    }).pipe(
      Effect.provide(Mock.layerTest(RestAuthClient.RestAuthClient, {})),
      Effect.provide(Mock.layerTest(MarketData.MarketData, {})),
      Effect.provide(Mock.layerTest(AccountEvents.AccountEvents, {}))
    ))
})

describe("builders", () => {
  it("make records with defaults, which the layout accepts", () => {
    const order = Mock.Order.make({ id: 7, price: 101 })
    assert.deepInclude(order, { id: 7, price: 101, symbol: "tBTCUSD", amount: 1, status: "ACTIVE", gid: null })
    for (
      const [layout, record] of [
        [Records.Trade, Mock.Trade.make()],
        [Records.Wallet, Mock.Wallet.make()],
        [Records.Position, Mock.Position.make()],
        [Records.FundingOffer, Mock.FundingOffer.make()],
        [Records.TradingTicker, Mock.TradingTicker.make()],
        [Records.PublicTrade, Mock.PublicTrade.make()],
        [Records.Candle, Mock.Candle.make()],
        [Records.BookEntry, Mock.BookEntry.make()]
      ] as ReadonlyArray<readonly [Layout.Layout<unknown>, unknown]>
    ) {
      assert.deepStrictEqual(layout.decode(layout.encode(record)), Either.right(record), layout.name)
    }
  })

  it("make the results of commands, with the id of their order", () => {
    assert.deepInclude(Mock.Accepted.make({ id: 7 }), { _tag: "Accepted", id: 7, order: Mock.Order.make({ id: 7 }) })
    const order = Mock.Order.make({ id: 8, status: "CANCELED" })
    assert.deepInclude(Mock.Cancelled.make({ order, cid: 3 }), { id: 8, cid: 3, order, orders: [order] })
    // each has the tag that the SDK gives to its row
    for (
      const { _tag, order } of [
        Mock.Placed.make(),
        Mock.PartiallyFilled.make(),
        Mock.Filled.make(),
        Mock.Cancelled.make()
      ]
    ) {
      const isOpen = _tag === "Placed" || _tag === "PartiallyFilled"
      const lists = isOpen ? { open: [order], past: [] } : { open: [], past: [order] }
      const shown = OrderOutcome.fromOrders({ cid: 1, ...lists })
      assert.deepInclude(shown, { _tag, id: order.id })
    }
  })

  it.effect("make views of an account with the rows that the test gives", () =>
    Effect.gen(function*() {
      const account = yield* AccountState.AccountState
      assert.strictEqual((yield* account.wallets.synced).rows.get("exchange:USD")?.balance, 5)
      assert.deepStrictEqual(yield* account.orders.get(7), Option.some(Mock.Order.make({ id: 7 })))
      assert.deepStrictEqual(yield* account.orders.get(8), Option.none())
      const changes = yield* Stream.runCollect(account.orders.changes)
      assert.deepStrictEqual([...changes], [yield* account.orders.current])
      assert.deepStrictEqual(yield* account.wallets.lastComputed("exchange:USD"), Option.none())
    }).pipe(Effect.provide(Mock.layerTest(AccountState.AccountState, {
      orders: Mock.view([[7, Mock.Order.make({ id: 7 })]]),
      wallets: Mock.view([["exchange:USD", Mock.Wallet.make({ balance: 5 })]])
    }))))

  it.effect("make elements of streams, a login and outcomes, which a mocked bot needs", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect(MarketData.ticker("tBTCUSD"))
      assert.deepStrictEqual(
        [...events].map((event) => [event._tag, event.epoch]),
        [["Snapshot", 1], ["Update", 1], ["Interrupted", 1], ["Snapshot", 2]]
      )
      const { login } = yield* AccountConnection.AccountConnection
      assert.strictEqual((yield* login).userId, 5)
      const trading = yield* Trading.Trading
      const outcome = yield* trading.submitOrderResolved({
        type: "EXCHANGE LIMIT",
        symbol: "tBTCUSD",
        amount: 1,
        price: 100
      })
      if (outcome._tag === "NeverPlaced" || outcome._tag === "NotSeen") return assert.fail(outcome._tag)
      assert.strictEqual((yield* trading.cancelOrder({ id: outcome.id })).by, "oc-req")
    }).pipe(
      Effect.provide(Mock.layerTest(MarketData.MarketData, {
        ticker: () =>
          Stream.make(
            Mock.Snapshot.make({ rows: [Mock.TradingTicker.make()] }),
            Mock.Update.make({ rows: [Mock.TradingTicker.make({ ask: 95 })] }),
            Mock.Interrupted.make(),
            Mock.Snapshot.make({ rows: [Mock.TradingTicker.make()], epoch: 2 })
          )
      })),
      Effect.provide(
        Mock.layerTest(AccountConnection.AccountConnection, { login: Effect.succeed(Mock.Login.make({ userId: 5 })) })
      ),
      Effect.provide(Mock.layerTest(Trading.Trading, {
        submitOrderResolved: () => Effect.succeed(Mock.Placed.make({ id: 7 })),
        cancelOrder: () => Effect.succeed(Mock.OrderAck.make())
      }))
    ))

  it("refuse a value that does not match its field", () => {
    assert.throws(() => Mock.Order.make({ price: Number.NaN }), "Mock: decode: Order.price")
  })
})

describe("a mocked MarketData", () => {
  const snapshot = (...rows: ReadonlyArray<Records.BookEntry>) =>
    ({ _tag: "Snapshot", epoch: 1, rows, skipped: 0, mts: null }) as const
  const update = (row: Records.BookEntry) => ({ _tag: "Update", epoch: 1, rows: [row], type: null, mts: null }) as const
  const bid = (price: number, amount = 1) => Mock.BookEntry.make({ price, amount })
  const marketOf = (events: Stream.Stream<ChannelEvent.ChannelEvent<Records.BookEntry>, BitfinexError.StreamError>) =>
    Mock.layerTest(MarketData.MarketData, { book: () => events })

  it.scoped("serves live books", () =>
    Effect.gen(function*() {
      const book = yield* OrderBook.make({ symbol: "tBTCUSD" })
      const { asks, bids, spread } = yield* book.book
      assert.deepStrictEqual([bids[0]?.price, asks[0]?.price, spread], [100.1, 100.2, 0.1])
    }).pipe(Effect.provide(marketOf(
      Stream.concat(
        Stream.make(snapshot(bid(100), bid(100.2, -1)), update(bid(100.1))),
        Stream.never
      )
    ))))

  it.scoped("withholds the book after an interruption, and ends it with the error of the stream", () =>
    Effect.gen(function*() {
      const failure = new BitfinexError.ReconnectExhausted({ operation: "test", attempts: 3, lastError: "refused" })
      const events = Stream.concat(
        Stream.make(snapshot(bid(100)), { _tag: "Interrupted", epoch: 1, reason: "maintenance" } as const),
        Stream.fail(failure)
      )
      const states: Array<OrderBook.State<Records.BookEntry>> = []
      const exit = yield* OrderBook.live({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.suspend() }).pipe(
        Stream.runForEach((state) => Effect.sync(() => states.push(state))),
        Effect.provide(marketOf(events)),
        Effect.flip
      )
      assert.strictEqual(exit, failure)
      assert.deepInclude(states.at(-1), { _tag: "Resyncing", reason: { _tag: "Interrupted", reason: "maintenance" } })
    }))

  it.effect("without `book`, a live book ends with a defect that names the method", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Stream.runDrain(OrderBook.live({ symbol: "tBTCUSD" })))
      assert.include(defect(exit), "\"book\"")
    }).pipe(Effect.provide(Mock.layerTest(MarketData.MarketData, {}))))
})
