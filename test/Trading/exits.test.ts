import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as ExitReport from "../../src/ExitReport.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Trading from "../../src/Trading.ts"
import { failureOf, inject, pass, settle } from "../support/market.ts"
import * as SteppedClock from "../support/steppedClock.ts"
import { commandFrames, inMemory, live, resting } from "../support/trading.ts"

const settings = {
  account: { connectLimit: { count: 100, per: "15 seconds" } },
  socket: { reconnect: Schedule.spaced("500 millis") }
} as const

const terms = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "10000" } as const

/** A bot with three orders in a scope, which the test closes. */
const bot = (options: Parameters<Trading.Service["cancelOnExit"]>[0] = {}) =>
  Effect.gen(function*() {
    const { account, exchange, trading, venue } = yield* live
    const scope = yield* Scope.make()
    const reports: Array<ExitReport.ExitReport> = []
    const errors: Array<string> = []
    const log = Logger.make<unknown, void>(({ logLevel, message }) => {
      if (logLevel._tag === "Error") errors.push(String(message))
    })
    const watching = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      effect.pipe(
        Effect.provideService(ExitReport.ExitReports, {
          watch: () => () => undefined,
          report: (report) => Effect.sync(() => reports.push(report))
        }),
        Effect.provide(Logger.add(log))
      )
    const orders = yield* watching(Scope.extend(trading.cancelOnExit(options), scope))
    const submit = (order: Trading.NewOrder) =>
      Effect.zipRight(Effect.fork(Effect.exit(orders.submitOrder(order))), settle)
    yield* submit(resting)
    yield* submit({ ...resting, price: 11000 })
    yield* submit({ ...resting, price: 12000 })
    assert.lengthOf(venue.orders(), 3)
    /** ms of the clock until the scope was closed; -1 when it was not */
    const close = (within: number) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(watching(Scope.close(scope, Exit.void)))
        for (let passed = 0; passed <= within; passed += 100) {
          yield* settle
          if (fiber.unsafePoll() !== null) return passed
          yield* pass(100)
        }
        return -1
      })
    return { account, exchange, trading, venue, orders, submit, close, reports, errors }
  })

const rest = (reply: Fault.HttpReply, match = "auth") => inject(Fault.HttpFault.make({ match, times: 100_000, reply }))

/** the rows of a list of orders, with a cell of the first one spoiled */
const spoiling = (path: string, index: number, cell: unknown) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.make((request) =>
        Effect.gen(function*() {
          const response = yield* client.execute(request)
          if (!new URL(request.url).pathname.endsWith(path)) return response
          const rows = (yield* response.json) as ReadonlyArray<ReadonlyArray<unknown>>
          const spoiled = rows.map((row, place) => place > 0 ? row : row.map((each, at) => at === index ? cell : each))
          return HttpClientResponse.fromWeb(request, Response.json(spoiled))
        })
      ))
  )

/** a venue whose list of open orders is empty, as if it showed orders late */
const showingNone = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    (client) =>
      HttpClient.make((request) =>
        new URL(request.url).pathname.endsWith("auth/r/orders")
          ? Effect.succeed(HttpClientResponse.fromWeb(request, Response.json([])))
          : client.execute(request)
      )
  )
)

/** a venue whose list of open orders stays as it is when it is read first with an order in it */
const staleList = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) => {
    let rows: unknown
    return HttpClient.make((request) =>
      Effect.gen(function*() {
        const response = yield* client.execute(request)
        if (!new URL(request.url).pathname.endsWith("auth/r/orders")) return response
        const now = yield* response.json
        rows ??= Array.isArray(now) && now.length > 0 ? now : undefined
        return HttpClientResponse.fromWeb(request, Response.json(rows ?? now))
      })
    )
  })
)

/** the scope closes within this time, no order is open then, and its report says so */
const leavesNone = ({ close, reports, venue }: Effect.Effect.Success<ReturnType<typeof bot>>, most: number) =>
  Effect.gen(function*() {
    const took = yield* close(6_000)
    assert.isTrue(took >= 0 && took <= most, `${took} ms`)
    assert.lengthOf(venue.orders(), 0)
    assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft"])
  })

describe("Trading.cancelOnExit cancels over every way that is open", () => {
  it.scoped("the socket works: at once, with all reports", () =>
    Effect.gen(function*() {
      const { close, errors, reports, venue } = yield* bot()
      assert.isAtMost(yield* close(6_000), 200)
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft"])
      assert.deepStrictEqual(errors, [])
    }).pipe(inMemory({ settings })))

  it.scoped("the socket is dead without a sign: over REST, within three seconds", () =>
    Effect.gen(function*() {
      const running = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* leavesNone(running, 3_000)
    }).pipe(inMemory({ settings })))

  it.scoped("the socket is dead and REST refuses lists of orders: one by one", () =>
    Effect.gen(function*() {
      const running = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* rest({ _tag: "errorArray", code: 10020, text: "id: invalid" }, "cancel/multi")
      yield* leavesNone(running, 3_000)
    }).pipe(inMemory({ settings })))

  it.scoped("the socket is dead and REST answers after 1.4 s: the queries have time behind the cancellations", () =>
    Effect.gen(function*() {
      const running = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* rest({ _tag: "delay", millis: 1_400 })
      yield* leavesNone(running, 4_500)
    }).pipe(inMemory({ settings })))

  it.scoped("the socket is dead and a read over REST hangs: it is aborted, and the cancellation does not wait", () =>
    Effect.gen(function*() {
      const { close, venue } = yield* bot()
      const client = yield* RestAuthClient.RestAuthClient
      yield* inject(Fault.HttpFault.make({ match: "wallets", times: 1, reply: { _tag: "delay", millis: 60_000 } }))
      const reads = yield* Effect.forEach([1, 2, 3], () => Effect.fork(Effect.exit(client.wallets())))
      yield* settle
      yield* inject(Fault.HalfOpen.make({}))
      const took = yield* close(6_000)
      assert.isTrue(took >= 0 && took <= 4_000, `${took} ms`)
      assert.lengthOf(venue.orders(), 0)
      // repeated since, long before they would have been answered
      yield* pass("10 seconds")
      assert.isTrue(reads.every((read) => read.unsafePoll() !== null))
    }).pipe(inMemory({ settings })))

  const down: ReadonlyArray<readonly [name: string, reply: Fault.HttpReply]> = [
    ["answers 503", { _tag: "unavailable503" }],
    ["hangs", { _tag: "delay", millis: 600_000 }],
    ["resets each connection", { _tag: "reset" }],
    ["asks for a pause of 31 years", { _tag: "status429", retryAfter: 1_000_000_000 }],
    ["answers what cannot be read", { _tag: "wrongType" }]
  ]
  for (const [name, reply] of down) {
    it.scoped(`REST ${name}: over the socket, at once`, () =>
      Effect.gen(function*() {
        const { close, reports, venue } = yield* bot()
        yield* rest(reply)
        assert.isAtMost(yield* close(6_000), 500)
        assert.lengthOf(venue.orders(), 0)
        assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft"])
      }).pipe(inMemory({ settings })))
  }

  it.scoped("an order of `also` that the socket showed is cancelled although it is lost and REST shows no open order", () =>
    Effect.gen(function*() {
      const { close, reports, venue } = yield* bot({ also: { gid: 7 } })
      yield* venue.submit({ ...terms, gid: 7 })
      yield* settle
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      yield* close(6_000)
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "NoneLeft"])
    }).pipe(
      inMemory({
        settings: { ...settings, account: { ...settings.account, orderSettle: "2 seconds" } },
        http: showingNone
      })
    ))

  it.scoped("without the socket, empty lists of REST do not prove that no order of `also` is open", () =>
    Effect.gen(function*() {
      const { close, errors, reports } = yield* bot({ also: { symbol: "tETHUSD" } })
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      yield* close(7_000)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "MayBeOpen"])
      assert.include(errors[0], "lists of REST alone do not prove that")
    }).pipe(inMemory({ settings })))

  it.scoped("they do after `orderSettle`, and at once with a socket that answers a ping", () =>
    Effect.gen(function*() {
      const { close, reports } = yield* bot({ also: { symbol: "tETHUSD" } })
      yield* inject(Fault.HalfOpen.make({}))
      const took = yield* close(6_000)
      assert.isTrue(took >= 3_000 && took < 5_000, `${took} ms`)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "NoneLeft"])
    }).pipe(inMemory({ settings: { ...settings, account: { ...settings.account, orderSettle: "3 seconds" } } })))

  it.scoped("a quiet socket that answers a ping confirms at once that no order of `also` is open", () =>
    Effect.gen(function*() {
      const { close, reports } = yield* bot({ also: { symbol: "tETHUSD" } })
      yield* pass("3 seconds")
      const took = yield* close(6_000)
      assert.isTrue(took >= 0 && took <= 1_500, `${took} ms`)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("an order that stays open although its cancellation was answered with SUCCESS may be open", () =>
    Effect.gen(function*() {
      const { close, reports, venue } = yield* bot()
      const ids = venue.orders().map(({ id }) => id)
      yield* rest({ _tag: "unavailable503" }, "cancel")
      for (const input of ["oc", "oc_multi"] as const) {
        yield* inject(Fault.SlowCommand.make({ input, millis: 3_600_000, times: 1000 }))
      }
      const closing = yield* Effect.fork(close(8_000))
      yield* pass("100 millis")
      const notice = (
        type: string,
        info: unknown
      ) => [0, "n", [1, type, null, null, info, null, "SUCCESS", "Submitted for cancellation"]]
      const rows = venue.orders().map(({ amount, amountOrig, cid, gid, id, symbol }) =>
        Object.assign(Array(32).fill(null), [id, gid, cid, symbol, null, null, amount, amountOrig])
      )
      yield* inject(Fault.Send.make({ text: JSON.stringify(notice("oc_multi-req", rows)) }))
      for (const row of rows) yield* inject(Fault.Send.make({ text: JSON.stringify(notice("oc-req", row)) }))
      yield* pass("8 seconds")
      yield* Fiber.interrupt(closing)
      const [report] = reports
      assert.sameMembers(report?._tag === "MayBeOpen" ? [...report.open] : [], ids)
    }).pipe(inMemory({ settings })))

  it.scoped("reads that a pause of the venue forbids prove nothing, and the report says so", () =>
    Effect.gen(function*() {
      const { close, errors, reports, venue } = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* rest({ _tag: "status429", retryAfter: 60 }, "auth/r/")
      yield* close(7_000)
      // the cancellations went through
      assert.lengthOf(venue.orders(), 0)
      const [report] = reports
      assert.include(report?._tag === "MayBeOpen" ? report.reason : "", "the venue could not be queried")
      assert.match(errors[0] ?? "", /rate limit .*try again in \d+ ms/)
    }).pipe(inMemory({ settings })))

  it.scoped("a clock that steps two hours ahead between submission and exit forgets no order", () =>
    Effect.gen(function*() {
      const { clock, set } = yield* SteppedClock.make()
      for (const fault of [Fault.WrongDate.make({ millis: 0 }), Fault.HalfOpen.make({})]) {
        yield* Effect.gen(function*() {
          const { close, reports, venue } = yield* bot()
          set(7_200_000)
          yield* pass("100 millis")
          yield* inject(fault)
          yield* close(6_000)
          assert.lengthOf(venue.orders(), 0)
          assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft"])
        }).pipe(Effect.scoped, inMemory({ settings }), Effect.withClock(clock))
        set(0)
      }
    }))

  it.scoped("an order whose end was shown is not open, though a list of REST that is late still has it", () =>
    Effect.gen(function*() {
      const { close, reports } = yield* bot({ also: { all: true } })
      const client = yield* RestAuthClient.RestAuthClient
      yield* Effect.fork(client.activeOrders())
      yield* settle
      const took = yield* close(6_000)
      assert.isTrue(took >= 0 && took < 3_000, `${took} ms`)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "NoneLeft"])
    }).pipe(inMemory({ settings, http: staleList })))

  it.scoped("an `onReport` that dies keeps no report from the others", () =>
    Effect.gen(function*() {
      const { close, reports } = yield* bot({ also: { gid: 7 }, onReport: () => Effect.die("a mistake") })
      yield* close(3_000)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("the release of the layer closes out a scope that is still open, as that of a daemon fiber", () =>
    Effect.gen(function*() {
      const { venue } = yield* live
      const layer = yield* Scope.make()
      const trading = yield* Scope.extend(Trading.make(), layer)
      const scope = yield* Scope.make()
      const reports: Array<string> = []
      const onReport = ({ _tag }: ExitReport.ExitReport) => Effect.sync(() => void reports.push(_tag))
      const orders = yield* Scope.extend(trading.cancelOnExit({ onReport }), scope)
      yield* Effect.fork(orders.submitOrder(resting))
      yield* settle
      assert.lengthOf(venue.orders(), 1)
      yield* Effect.fork(Scope.close(layer, Exit.void))
      yield* pass("1 second")
      assert.lengthOf(venue.orders(), 0)
      assert.strictEqual(failureOf(yield* Effect.exit(orders.submitOrder(resting)))?._tag, "ConnectionClosed")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(reports, ["NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("an order of `also` whose end the venue does not show is reported as one that may be open", () =>
    Effect.gen(function*() {
      const { close, reports, venue } = yield* bot({ also: { gid: 7 } })
      const [order] = yield* venue.submit({ ...terms, gid: 7 })
      yield* settle
      yield* rest({ _tag: "unavailable503" }, "order/cancel")
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      yield* close(7_000)
      const open = reports.flatMap((report) => report._tag === "MayBeOpen" ? report.open : [])
      assert.include(open, order!.id)
    }).pipe(inMemory({ settings, http: showingNone })))

  it.scoped("REST hangs: orders of a group in `also`, within six seconds", () =>
    Effect.gen(function*() {
      const { close, reports, venue } = yield* bot({ also: { gid: 7 } })
      yield* venue.submit({ ...terms, gid: 7 })
      yield* settle
      yield* rest({ _tag: "delay", millis: 600_000 })
      const took = yield* close(6_000)
      assert.isTrue(took >= 0 && took < 6_000, `${took} ms`)
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft", "NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("the socket is dead and a past order cannot be read: its end is still proven by its id", () =>
    Effect.gen(function*() {
      const running = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* leavesNone(running, 3_000)
    }).pipe(inMemory({ settings, http: spoiling("auth/r/orders/hist", 6, "0.01") })))

  it.scoped("both ways are down: it ends after six seconds, with all ids in the log and in the report", () =>
    Effect.gen(function*() {
      const { close, errors, reports, venue } = yield* bot()
      const ids = venue.orders().map(({ id }) => id)
      yield* inject(Fault.HalfOpen.make({}))
      yield* rest({ _tag: "delay", millis: 600_000 })
      const took = yield* close(10_000)
      assert.isTrue(took >= 6_000 && took <= 6_500, `${took} ms`)
      assert.lengthOf(errors, 1)
      for (const id of ids) assert.include(errors[0], String(id))
      const [report] = reports
      assert.isTrue(report?._tag === "MayBeOpen")
      assert.sameMembers(report?._tag === "MayBeOpen" ? [...report.open] : [], ids)
      assert.include(report?._tag === "MayBeOpen" ? report.reason : "", "REST did not answer")
    }).pipe(inMemory({ settings })))

  it.scoped("a cancellation that gets lost is sent again, until the venue shows the end", () =>
    Effect.gen(function*() {
      const { close, venue } = yield* bot()
      yield* rest({ _tag: "reset" }, "cancel")
      // the first frames are lost together with their socket
      yield* inject(Fault.DropOnCommand.make({ input: "oc_multi", point: "received", times: 2 }))
      const took = yield* close(6_000)
      assert.isTrue(took > 500 && took <= 6_000, `${took} ms`)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})

describe("Trading.cancelOnExit knows its orders", () => {
  it.scoped("by the group of the scope, which never replaces a gid that an order has", () =>
    Effect.gen(function*() {
      const { close, orders, submit, venue } = yield* bot()
      yield* submit({ ...resting, price: 13000, gid: 7 })
      const [other] = yield* venue.submit({ ...terms, gid: 7 })
      assert.deepStrictEqual(venue.orders().map(({ gid }) => gid), [orders.gid, orders.gid, orders.gid, 7, 7])
      assert.isTrue(orders.gid >= 2 ** 30 && orders.gid < 2 ** 31)
      yield* close(6_000)
      assert.deepStrictEqual(venue.orders().map(({ id }) => id), [other!.id])
    }).pipe(inMemory({ settings })))

  it.scoped("an order whose answer was lost, and of which no id is known, over the socket alone", () =>
    Effect.gen(function*() {
      const { close, reports, submit, venue } = yield* bot()
      yield* rest({ _tag: "unavailable503" })
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
      yield* submit({ ...resting, price: 13000 })
      yield* pass("3 seconds")
      assert.lengthOf(venue.orders(), 4)
      yield* close(6_000)
      assert.lengthOf(venue.orders(), 0)
      assert.deepStrictEqual(reports.map(({ _tag }) => _tag), ["NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("one without a proof is reported with its cid and day", () =>
    Effect.gen(function*() {
      const { close, errors, reports, submit } = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* rest({ _tag: "unavailable503" })
      yield* submit({ ...resting, price: 13000, cid: 4711 })
      yield* close(8_000)
      const [report] = reports
      assert.deepStrictEqual(report?._tag === "MayBeOpen" ? report.unproven : [], [{
        cid: 4711,
        cidDate: "2024-01-01"
      }])
      assert.include(errors[0], "cid 4711 of 2024-01-01")
    }).pipe(inMemory({ settings })))

  it.scoped("empty lists do not prove the end of an order of `also` that is known as live", () =>
    Effect.gen(function*() {
      const { close, reports, venue } = yield* bot({ also: { gid: 7 } })
      const [other] = yield* venue.submit({ ...terms, gid: 7 })
      yield* settle
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* inject(Fault.HttpFault.make({ match: "cancel", times: 100_000, reply: { _tag: "unavailable503" } }))
      yield* close(7_000)
      assert.isTrue(reports.some((report) => report._tag === "MayBeOpen" && report.open.includes(other!.id)))
    }).pipe(inMemory({ settings, http: showingNone })))

  it.scoped("a cancellation that is answered 429 with a long pause is sent again within the exit", () =>
    Effect.gen(function*() {
      const { close, venue } = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      yield* inject(
        Fault.HttpFault.make({ match: "cancel", times: 1, reply: { _tag: "status429", retryAfter: 60 } })
      )
      yield* close(7_000)
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))

  it.scoped("another program's open order under the same cid of the user's stays open", () =>
    Effect.gen(function*() {
      const { close, submit, venue } = yield* bot()
      const [other] = yield* venue.submit({ ...terms, cid: 77 })
      yield* settle
      yield* inject(Fault.DropOnCommand.make({ input: "on", point: "received" }))
      yield* submit({ ...resting, price: 13000, cid: 77 })
      yield* close(7_000)
      assert.deepStrictEqual(venue.orders().map(({ id }) => id), [other!.id])
    }).pipe(inMemory({ settings })))

  it.scoped("a submission that waits for the first login when it is interrupted is not reported, and takes no time", () =>
    Effect.gen(function*() {
      yield* inject(Fault.Refuse.make({ times: 1000 }))
      const { trading } = yield* live
      const scope = yield* Scope.make()
      const reports: Array<string> = []
      const onReport = ({ _tag }: ExitReport.ExitReport) => Effect.sync(() => void reports.push(_tag))
      const orders = yield* Scope.extend(trading.cancelOnExit({ onReport }), scope)
      const submission = yield* Effect.fork(orders.submitOrder(resting))
      yield* settle
      yield* Effect.fork(Effect.zipRight(Fiber.interrupt(submission), Scope.close(scope, Exit.void)))
      yield* pass("1 second")
      assert.deepStrictEqual(reports, ["NoneLeft"])
    }).pipe(inMemory({ settings })))

  it.scoped("nothing more is submitted while its scope is being closed", () =>
    Effect.gen(function*() {
      const { close, orders, venue } = yield* bot()
      yield* inject(Fault.HalfOpen.make({}))
      const closing = yield* Effect.fork(close(8_000))
      yield* settle
      const error = failureOf(yield* Effect.exit(orders.submitOrder(resting)))
      assert.strictEqual(error?._tag === "ConnectionClosed" && error.outcome, "unsent")
      yield* pass("8 seconds")
      yield* closing
      assert.lengthOf(venue.orders(), 0)
    }).pipe(inMemory({ settings })))
})

describe("Trading.cancelOpenOrders", () => {
  const run = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.fork(Effect.exit(effect))

  it.scoped("watches for orders that an earlier run sent and the venue shows late", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      const fiber = yield* run(trading.cancelOpenOrders())
      yield* pass("4 seconds")
      const [late] = yield* venue.submit(terms)
      yield* pass("3 seconds")
      assert.lengthOf(venue.orders(), 0)
      assert.isNull(fiber.unsafePoll(), "it watches on")
      yield* pass("17 seconds")
      const exit = yield* fiber
      assert.deepStrictEqual(Exit.isSuccess(exit) ? exit.value.map(({ id }) => id) : exit, [late!.id])
    }).pipe(inMemory({ settings })))

  it.scoped("with `watch` false it succeeds after two queries", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const fiber = yield* run(trading.cancelOpenOrders({ all: true }, { watch: false }))
      yield* pass("2 seconds")
      assert.isTrue(fiber.unsafePoll() !== null)
    }).pipe(inMemory({ settings })))

  it.scoped("does not succeed while the venue cannot be queried", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* venue.submit(terms)
      yield* inject(Fault.HalfOpen.make({}))
      yield* rest({ _tag: "unavailable503" })
      const fiber = yield* run(trading.cancelOpenOrders({ all: true }, { within: "5 seconds" }))
      yield* pass("6 seconds")
      const error = failureOf(yield* fiber)
      assert.strictEqual(error?._tag, "OutcomeUnknown")
      assert.include(error?.message, "could not be read")
    }).pipe(inMemory({ settings })))

  const cells: ReadonlyArray<readonly [name: string, index: number, cell: unknown, cancelled: number]> = [
    ["a null symbol", 3, null, 4],
    ["a text in place of the amount", 6, "0.02", 4],
    ["a huge id", 0, 1e300, 4],
    ["a null status", 13, null, 4]
  ]
  for (const [name, index, cell] of cells) {
    it.scoped(`an open order with ${name} does not keep the others open`, () =>
      Effect.gen(function*() {
        const { trading, venue } = yield* live
        for (let k = 0; k < 4; k++) yield* venue.submit({ ...terms, price: String(10_000 + k) })
        yield* inject(Fault.HalfOpen.make({}))
        const fiber = yield* run(trading.cancelOpenOrders({ all: true }, { watch: false, within: "10 seconds" }))
        yield* pass("10 seconds")
        assert.lengthOf(venue.orders(), 0)
        assert.isTrue(Exit.isSuccess(yield* fiber))
      }).pipe(inMemory({ settings, http: spoiling("auth/r/orders", index, cell) })))
  }

  it.scoped("frames of the socket go out although REST is down", () =>
    Effect.gen(function*() {
      const { trading, venue } = yield* live
      yield* venue.submit(terms)
      yield* settle
      yield* rest({ _tag: "delay", millis: 600_000 })
      yield* run(trading.cancelOpenOrders({ symbol: "tBTCUSD" }, { within: "10 seconds" }))
      yield* pass("4 seconds")
      assert.lengthOf(venue.orders(), 0)
      assert.isAtLeast((yield* commandFrames("oc_multi")).length, 1)
    }).pipe(inMemory({ settings })))
})
