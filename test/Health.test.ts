import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as AccountConnection from "../src/AccountConnection.ts"
import type { Reason, Report } from "../src/Health.ts"
import * as Health from "../src/Health.ts"
import * as MarketData from "../src/MarketData.ts"
import * as OrderBook from "../src/OrderBook.ts"
import * as RestClient from "../src/RestClient.ts"
import * as Fault from "../src/testing/Fault.ts"
import * as Mock from "../src/testing/Mock.ts"
import * as TestClient from "../src/testing/TestClient.ts"
import * as Trading from "../src/Trading.ts"
import * as Account from "./support/account.ts"
import { gather, inject, inMemory, pass, settle, start } from "./support/market.ts"

/** heartbeats come every 15 s; a slow market keeps these tests fast */
const slow = { step: 1000, tick: 1000 }

const tags = (reasons: ReadonlyArray<Reason>) => reasons.map(({ _tag }) => _tag)
const socketOf = (report: Report, name = "public-1") => report.sockets.find((each) => each.name === name)!
const channelOf = (report: Report, request: string) =>
  report.sockets.flatMap(({ channels }) => channels).find((each) => each.request === request)!

describe("Health: sockets and channels", () => {
  it.effect("without any service of the SDK the report is empty and healthy", () =>
    Effect.gen(function*() {
      const report = yield* Health.report
      assert.deepStrictEqual({ ...report, mts: 0 }, {
        mts: 0,
        sockets: [],
        books: [],
        account: null,
        ended: [],
        budgets: [],
        orderBudgetRemaining: null
      })
      assert.isTrue(Health.isHealthy(report))
    }))

  it.effect("test doubles report nothing, and are not called", () =>
    Effect.gen(function*() {
      const report = yield* Health.report
      assert.deepStrictEqual([report.sockets, report.budgets, report.orderBudgetRemaining], [[], [], null])
    }).pipe(Effect.provide([
      Mock.layerTest(MarketData.MarketData, {}),
      Mock.layerTest(RestClient.RestClient, {}),
      Mock.layerTest(Trading.Trading, {})
    ])))

  it.scoped("a live socket, its channels and their consumers", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* start(MarketData.trades("tBTCUSD", { subId: "mine" }))
      yield* pass("12 seconds")
      const report = yield* Health.report
      assert.lengthOf(report.sockets, 1)
      const socket = socketOf(report)
      assert.deepInclude(socket, {
        name: "public-1",
        host: "api-pub.bitfinex.com",
        downAge: null,
        epoch: 1,
        attempts: 0,
        lastDisconnect: null,
        rtt: 240
      })
      assert.strictEqual(socket.state._tag, "Live")
      assert.isTrue(socket.stateAge > 11_000 && socket.stateAge <= 12_000, String(socket.stateAge))
      assert.isTrue(socket.frameAge !== null && socket.frameAge <= 1000)
      assert.deepInclude(channelOf(report, "ticker|tBTCUSD"), {
        channel: "ticker",
        state: "live",
        subId: null,
        downAge: null,
        consumers: 2
      })
      assert.deepInclude(channelOf(report, "trades|tBTCUSD"), { state: "live", subId: "mine", consumers: 1 })
      assert.deepStrictEqual(Health.reasons(report), [])
      assert.deepInclude(report.budgets, {
        host: "api-pub.bitfinex.com",
        family: "sockets",
        remaining: 19,
        allowed: 20,
        seconds: 61
      })
      // it is plain data
      assert.deepStrictEqual(JSON.parse(JSON.stringify(report)), report)
    }).pipe(inMemory({ ...slow, latency: 120 })))

  it.scoped("the age of a mute channel grows, while that of its socket does not", () =>
    Effect.gen(function*() {
      yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      yield* inject(Fault.Mute.make({ channel: "book" }))
      const ages: Array<number> = []
      for (let k = 0; k < 3; k++) {
        yield* pass("5 seconds")
        const report = yield* Health.report
        ages.push(channelOf(report, "book|tBTCUSD|P0|F0|25").frameAge!)
        assert.isAtMost(socketOf(report).frameAge!, 5000)
      }
      assert.isAtLeast(ages[0]!, 5000)
      assert.deepStrictEqual(ages.map((age) => age - ages[0]!), [0, 5000, 10_000])
    }).pipe(inMemory(slow)))

  it.scoped("heartbeats alone keep the age of a quiet channel low", () =>
    Effect.gen(function*() {
      yield* start(MarketData.liquidations())
      yield* pass("100 seconds")
      const report = yield* Health.report
      assert.isAtMost(channelOf(report, "status|liq:global").frameAge!, 15_000)
      assert.isTrue(Health.isHealthy(report))
    }).pipe(inMemory({ ...slow, symbols: ["fUSD"] })))

  it.scoped("a lost socket shows its state and the reason; after its recovery the report is healthy again", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("5 seconds")
      yield* inject(Fault.Refuse.make({ times: 8 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      const lost = yield* Health.report
      assert.strictEqual(socketOf(lost).state._tag, "Waiting")
      assert.deepStrictEqual(socketOf(lost).lastDisconnect, { reason: "the peer closed with 1006", age: 0 })
      assert.strictEqual(socketOf(lost).frameAge, null)
      assert.deepInclude(channelOf(lost, "ticker|tBTCUSD"), { state: "wanted", frameAge: null })
      // it may already be back
      assert.isTrue(Health.isHealthy(lost))
      assert.deepStrictEqual(tags(Health.reasons(lost, { grace: 0 })), ["SocketDown"])
      yield* pass("40 seconds")
      const later = yield* Health.report
      const socket = socketOf(later)
      assert.include(["Connecting", "Waiting"], socket.state._tag)
      assert.strictEqual(socket.downAge, 40_000)
      assert.isAbove(socket.attempts, 2)
      const [reason, ...others] = Health.reasons(later)
      assert.deepStrictEqual(others, [])
      assert.deepInclude(reason, { _tag: "SocketDown", name: "public-1", age: 40_000 })
      assert.match(reason!.text, /^public-1: (Connecting|Waiting) for 40 s, after /)
      yield* pass("2 minutes")
      const back = yield* Health.report
      assert.deepStrictEqual(Health.reasons(back, { grace: 0 }), [])
      assert.deepInclude(socketOf(back), { downAge: null, attempts: 0 })
      assert.strictEqual(channelOf(back, "ticker|tBTCUSD").state, "live")
    }).pipe(inMemory({ ...slow, settings: { socket: { connectLimit: { count: 1000, per: "1 second" } } } })))

  it.scoped("a socket that ended for good is reported until another one is live", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 3 }))
      const { failure } = yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("10 seconds")
      assert.strictEqual(failure()?._tag, "ReconnectExhausted")
      const report = yield* Health.report
      assert.deepStrictEqual(report.sockets, [])
      assert.deepStrictEqual(tags(Health.reasons(report, { grace: "1 hour" })), ["SocketEnded"])
      assert.strictEqual(report.ended[0]!.reason, failure()!.message)
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      assert.deepStrictEqual((yield* Health.report).ended, [])
    }).pipe(
      inMemory({
        ...slow,
        settings: { socket: { reconnect: Schedule.recurs(2), connectLimit: { count: 1000, per: "1 second" } } }
      })
    ))

  it.scoped("a channel without an acknowledgement is reported, on a live socket", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("2 seconds")
      yield* inject(Fault.IgnoreSubscribe.make({ times: 1 }))
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("3 seconds")
      const report = yield* Health.report
      assert.deepInclude(channelOf(report, "trades|tBTCUSD"), { state: "subscribing", downAge: 3000, frameAge: null })
      assert.deepStrictEqual(Health.reasons(report, { grace: "2 seconds" }), [{
        _tag: "ChannelDown",
        name: "public-1",
        request: "trades|tBTCUSD",
        age: 3000,
        text: "public-1: trades|tBTCUSD is not live for 3 s: subscribing"
      }])
    }).pipe(inMemory(slow)))

  it.scoped("a channel that is requested again while it is unsubscribing is reported like any other", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tBTCUSD"))
      const first = yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      yield* first.stop
      yield* start(MarketData.trades("tBTCUSD"))
      yield* pass("1 second")
      const report = yield* Health.report
      assert.deepInclude(channelOf(report, "trades|tBTCUSD"), { state: "live", downAge: null, consumers: 1 })
      assert.isNumber(channelOf(report, "trades|tBTCUSD").frameAge)
    }).pipe(inMemory({ ...slow, latency: 100 })))

  it.scoped("maintenance is reported at once, and nothing else then", () =>
    Effect.gen(function*() {
      yield* start(MarketData.ticker("tBTCUSD"))
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* pass("60 seconds")
      const report = yield* Health.report
      assert.deepStrictEqual(Health.reasons(report), [
        { _tag: "Maintenance", name: "public-1", age: 60_000, text: "public-1: in maintenance for 60 s" }
      ])
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("2 seconds")
      assert.isTrue(Health.isHealthy(yield* Health.report))
    }).pipe(inMemory(slow)))
})

describe("Health: books", () => {
  it.scoped("a served book, and a withheld book with its reason", () =>
    Effect.gen(function*() {
      yield* gather(OrderBook.live({ symbol: "tBTCUSD" }))
      yield* pass("5 seconds")
      const before = yield* Health.report
      assert.deepStrictEqual(before.books, [{
        request: "book|tBTCUSD|P0|F0|25",
        symbol: "tBTCUSD",
        socket: "public-1",
        state: "synced",
        downAge: null,
        reason: null,
        verified: true,
        resyncs: 0
      }])
      yield* inject(Fault.IgnoreSubscribe.make({ times: 1 }))
      yield* inject(Fault.CorruptChecksum.make({}))
      yield* pass("4 seconds")
      const withheld = yield* Health.report
      assert.deepInclude(withheld.books[0], { state: "resyncing", verified: false, resyncs: 1 })
      assert.match(withheld.books[0]!.reason!, /^ChecksumMismatch /)
      assert.isTrue(withheld.books[0]!.downAge !== null && withheld.books[0]!.downAge >= 3000)
      assert.deepStrictEqual(tags(Health.reasons(withheld, { grace: "2 seconds" })), ["BookWithheld"])
      yield* pass("60 seconds")
      const after = yield* Health.report
      assert.deepInclude(after.books[0], { state: "synced", downAge: null, reason: null })
      assert.isTrue(Health.isHealthy(after, { grace: 0 }))
    }).pipe(inMemory({ ...slow, settings: { socket: { connectLimit: { count: 1000, per: "1 second" } } } })))
})

describe("Health: account", () => {
  it.scoped("an account that is not needed yet is healthy", () =>
    Effect.gen(function*() {
      const report = yield* Health.report
      assert.deepInclude(report.account, { login: null, isLive: false, downAge: null, awaited: [] })
      assert.deepStrictEqual(report.sockets, [])
      assert.isTrue(Health.isHealthy(report, { grace: 0 }))
    }).pipe(Account.inMemory()))

  it.scoped("the login, its permissions and its age; the loss of its socket, and the next login", () =>
    Effect.gen(function*() {
      const connection = yield* AccountConnection.AccountConnection
      const { userId } = yield* connection.login
      yield* pass("8 seconds")
      const report = yield* Health.report
      assert.deepInclude(report.account, { isLive: true, downAge: null, awaited: [] })
      assert.deepInclude(report.account!.login, { epoch: 1, userId, dms: false, age: 8000 })
      assert.strictEqual(report.account!.login!.caps?.orders?.write, 1)
      assert.deepInclude(socketOf(report, "account"), { host: "api.bitfinex.com", epoch: 1, channels: [] })
      assert.deepStrictEqual(Health.reasons(report, { grace: 0 }), [])
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      const lost = yield* Health.report
      assert.deepInclude(lost.account, { login: null, isLive: false, downAge: 0, frameAge: null })
      assert.deepStrictEqual(tags(Health.reasons(lost, { grace: 0 })), ["SocketDown"])
      yield* pass("5 seconds")
      const back = yield* Health.report
      assert.deepInclude(back.account, { isLive: true, downAge: null })
      assert.strictEqual(back.account!.login!.epoch, 2)
      assert.isTrue(Health.isHealthy(back, { grace: 0 }))
    }).pipe(Account.inMemory(slow)))

  it.scoped("a refused login stays reported, without the secret", () =>
    Effect.gen(function*() {
      const connection = yield* AccountConnection.AccountConnection
      yield* Effect.flip(connection.login)
      yield* pass("1 minute")
      const report = yield* Health.report
      assert.deepStrictEqual(report.sockets, [])
      const [reason] = Health.reasons(report)
      assert.deepInclude(reason, { _tag: "SocketEnded", name: "account", age: 60_000 })
      assert.notInclude(JSON.stringify(report), "another-secret")
    }).pipe(Account.inMemory({ secret: "another-secret" })))

  it.scoped("budgets of REST and of orders, where they are used", () =>
    Effect.gen(function*() {
      const rest = yield* RestClient.RestClient
      const connection = yield* AccountConnection.AccountConnection
      yield* connection.login
      const before = yield* Health.report
      assert.notInclude(before.budgets.map(({ family }) => family), "v2/ticker")
      yield* rest.ticker({ symbol: "tBTCUSD" })
      yield* Effect.flatMap(Trading.Trading, (trading) =>
        trading.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 10 }))
      const after = yield* Health.report
      const ticker = after.budgets.find(({ family }) =>
        family === "v2/ticker"
      )
      assert.strictEqual(ticker!.allowed - ticker!.remaining, 1)
      assert.strictEqual(after.orderBudgetRemaining, before.orderBudgetRemaining! - 1)
      yield* pass("2 minutes")
      assert.notInclude((yield* Health.report).budgets.map(({ family }) => family), "v2/ticker")
    }).pipe(Effect.provide(TestClient.layer({ history: 60_000, ...slow }))))
})
