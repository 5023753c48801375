import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as BitfinexError from "../../../src/BitfinexError.ts"
import * as Rest from "../../../src/internal/rest/call.ts"
import * as TaskQueue from "../../../src/internal/time/queue.ts"
import * as Endpoint from "../../../src/protocol/Endpoint.ts"
import * as Layout from "../../../src/protocol/Layout.ts"
import * as Param from "../../../src/protocol/Param.ts"
import { Notification } from "../../../src/protocol/records/Notification.ts"
import { PlatformStatus } from "../../../src/protocol/records/Platform.ts"
import * as RateLimiter from "../../../src/RateLimiter.ts"
import * as Http from "../../support/httpDouble.ts"

const rows = Endpoint.table("test", {
  status: Endpoint.open({
    path: "v2/status",
    params: {},
    result: Endpoint.always(PlatformStatus),
    limit: [3, 60],
    doc: "none"
  }),
  other: Endpoint.open({
    path: "v2/other/{name}",
    params: { name: Param.text },
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  }),
  unstated: Endpoint.open({
    path: "v2/unstated",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: null,
    doc: "none"
  }),
  wallets: Endpoint.read({
    path: "v2/auth/r/wallets",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  }),
  flag: Endpoint.read({
    path: "v2/auth/r/flag",
    params: {},
    result: Endpoint.always(PlatformStatus),
    limit: [90, 60],
    doc: "none"
  }),
  submit: Endpoint.write({
    path: "v2/auth/w/order/submit",
    params: { amount: Param.decimal() },
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "none"
  }),
  cancel: Endpoint.write({
    path: "v2/auth/w/order/cancel",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    idempotent: true,
    cancels: true,
    doc: "none"
  })
})

const settings: BitfinexConfig.Overrides = {
  rest: { retryReads: Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(3)) }
}

/** a queue for one */
const signer = (headers: Rest.Signer["headers"]): Rest.Signer => {
  const queue = TaskQueue.make(1)
  return {
    headers,
    enqueue: queue.run,
    tryEnter: (abort) => {
      const leave = queue.tryEnter(abort)
      return leave === undefined
        ? undefined
        : { leave, sign: (clock, request) => Effect.runSync(Effect.withClock(headers(request), clock)) }
    }
  }
}

/** the same, where each request goes the long way, as with credentials that are an Effect */
const slowSigner = (headers: Rest.Signer["headers"]): Rest.Signer => ({ headers, enqueue: signer(headers).enqueue })

const setupWith = (signer: (headers: Rest.Signer["headers"]) => Rest.Signer) =>
(
  answer: (request: Http.Seen, place: number) => Response | Effect.Effect<Response>,
  more: BitfinexConfig.Overrides = {},
  headers?: Rest.Signer["headers"]
) =>
  Effect.map(RateLimiter.make, (limiter) => {
    const { client, seen } = Http.make(answer)
    const all = BitfinexConfig.merge(BitfinexConfig.defaults, settings, more)
    return {
      seen,
      limiter,
      call: Rest.make({ client, limiter, settings: all, ...(headers === undefined ? {} : { auth: signer(headers) }) })
    }
  })

const setup = setupWith(signer)

const sign: Rest.Signer["headers"] = () => Effect.succeed({ "bfx-apikey": "a-public-key", "bfx-signature": "a-secret" })
const html = () => new Response("<html></html>", { status: 502, headers: { "content-type": "text/html" } })

/** runs a call to its end, however long it sleeps */
const finish = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(call))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })
const failed = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.flatMap(
    finish(call),
    (result) => result._tag === "Left" ? Effect.succeed(result.left) : Effect.dieMessage("no error")
  )

describe("rest", () => {
  it.effect("sends what the row states and decodes the reply", () =>
    Effect.gen(function*() {
      const { call, seen } = yield* setup(() => Http.json([1]))
      assert.deepStrictEqual(yield* call(rows.status)(), { status: 1 })
      assert.strictEqual(seen[0]!.method, "GET")
      assert.strictEqual(seen[0]!.url.href, "https://api-pub.bitfinex.com/v2/status")
      assert.isUndefined(seen[0]!.body)
    }))

  it.effect("names the call in a decoding error", () =>
    Effect.gen(function*() {
      const { call, seen } = yield* setup(() => Http.json(["one"]))
      const error = yield* failed(call(rows.status)())
      assert.strictEqual(error._tag, "DecodeError")
      assert.include(error.message, "RestClient.status: PlatformStatus.status [0]: expected whole number, got \"one\"")
      assert.lengthOf(seen, 1)
    }))

  it.effect("sends nothing when the arguments are wrong, and takes no place under the limit", () =>
    Effect.gen(function*() {
      const { call, limiter, seen } = yield* setup(() => Http.json([1]))
      const error = yield* Effect.flip(call(rows.other)({ nome: "x" }))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.lengthOf(seen, 0)
      const key = { host: "https://api-pub.bitfinex.com", family: "v2/other" }
      assert.strictEqual(yield* limiter.remaining(key, [90, 60]), 90)
    }))

  for (const [kind, row] of [["an open", rows.status], ["a signed", rows.flag]] as const) {
    it.effect(`asks a limiter that is not in memory once for what is left, for its metric: ${kind} call`, () =>
      Effect.gen(function*() {
        const limiter = yield* RateLimiter.make
        let asked = 0
        const remote: RateLimiter.Service = {
          ...limiter,
          tryAcquire: () => undefined,
          remaining: (key, limit) => Effect.suspend(() => (asked++, limiter.remaining(key, limit)))
        }
        const { client, seen } = Http.make(() => Http.json([1]))
        const all = BitfinexConfig.merge(BitfinexConfig.defaults, settings)
        const call = Rest.make({ client, limiter: remote, settings: all, auth: signer(sign) })
        assert.deepStrictEqual(yield* call(row)(), { status: 1 })
        assert.strictEqual(asked, 1)
        assert.lengthOf(seen, 1)
      }))
  }

  describe("repeats", () => {
    it.effect("a read after retryable failures, by the schedule", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup((_, place) => place < 2 ? html() : Http.json([1]))
        const result = yield* finish(call(rows.status)())
        assert.deepStrictEqual(Either.getOrThrow(result), { status: 1 })
        assert.deepStrictEqual(seen.map(({ at }) => at), [0, 1000, 2000])
      }))

    it.effect("no more often than the schedule says", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(html)
        const error = yield* failed(call(rows.other)({ name: "x" }))
        assert.strictEqual(error._tag, "TransportError")
        assert.lengthOf(seen, 4)
      }))

    it.effect("a signed read, with a new signature each time", () =>
      Effect.gen(function*() {
        let nonce = 0
        const { call, seen } = yield* setup(
          (_, place) => place < 1 ? html() : Http.json([]),
          {},
          () => Effect.sync(() => ({ "bfx-nonce": String(++nonce) }))
        )
        yield* finish(call(rows.wallets)())
        assert.deepStrictEqual(seen.map(({ headers }) => headers["bfx-nonce"]), ["1", "2"])
        assert.strictEqual(seen[0]!.url.href, "https://api.bitfinex.com/v2/auth/r/wallets")
        assert.strictEqual(seen[0]!.body, "{}")
      }))

    it.effect("no redirect: it would lead to the same place", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() =>
          new Response(null, { status: 302, headers: { location: "https://other.example" } })
        )
        const error = yield* failed(call(rows.status)())
        assert.deepInclude(error, { _tag: "TransportError", stage: "body", status: 302, isRetryable: false })
        assert.lengthOf(seen, 1)
      }))

    it.effect("a read whose refusal proves nothing, but no write", () =>
      Effect.gen(function*() {
        for (const code of [null, 10000, 10008, 99_999]) {
          const refuse = () => Http.json(["error", code, "ERR_UNK"], 500)
          for (const row of [rows.status, rows.flag]) {
            const read = yield* setup((_, place) => place < 2 ? refuse() : Http.json([1]), {}, sign)
            assert.deepStrictEqual(Either.getOrThrow(yield* finish(read.call(row)())), { status: 1 })
            assert.lengthOf(read.seen, 3)
          }
          const write = yield* setup(refuse, {}, sign)
          assert.deepInclude(yield* failed(write.call(rows.submit)({ amount: 1 })), {
            _tag: "ApiError",
            outcome: "unknown",
            isRetryable: false
          })
          assert.lengthOf(write.seen, 1)
        }
      }))

    it.effect("no page that is missing", () =>
      Effect.gen(function*() {
        for (const body of ["<html></html>", `{"error":"not found"}`, ""]) {
          const { call, seen } = yield* setup(() => new Response(body, { status: 404 }))
          yield* failed(call(rows.status)())
          assert.lengthOf(seen, 1)
        }
      }))

    it.effect("nothing that the venue refused", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json(["error", 10020, "symbol: invalid"], 500))
        const error = yield* failed(call(rows.status)())
        assert.strictEqual(error._tag, "ApiError")
        assert.lengthOf(seen, 1)
      }))

    it.effect("no write, whatever happened to it", () =>
      Effect.gen(function*() {
        for (const answer of [html, () => Http.json(["error", 11000, "not ready"], 500), () => Http.json({}, 429)]) {
          for (const [row, args] of [[rows.submit, { amount: 1 }], [rows.cancel, {}]] as const) {
            const { call, seen } = yield* setup(answer, {}, sign)
            yield* failed(call(row)(args))
            assert.lengthOf(seen, 1)
          }
        }
      }))

    it.effect("a write that was never sent, by a separate schedule", () =>
      Effect.gen(function*() {
        let count = 0
        const client = HttpClient.make((request) => {
          count++
          const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" })
          return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
        })
        const limiter = yield* RateLimiter.make
        const retryUnsent = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(1))
        const call = Rest.make({
          client,
          limiter,
          settings: BitfinexConfig.merge(BitfinexConfig.defaults, settings, { rest: { retryUnsent } }),
          auth: signer(sign)
        })
        const error = yield* failed(call(rows.submit)({ amount: 1 }))
        assert.strictEqual(error._tag, "TransportError")
        if (error._tag !== "TransportError") return
        assert.deepStrictEqual([error.stage, error.outcome, error.isRetryable], ["connect", "unsent", true])
        assert.strictEqual(count, 2)
        // the same failure of a read is repeated by that of reads
        yield* failed(call(rows.wallets)())
        assert.strictEqual(count, 6)
      }))
  })

  describe.each([["sent at once", signer], ["sent in steps", slowSigner]] as const)(
    "signed calls, %s,",
    (_, signer) => {
      const setup = setupWith(signer)
      const writing = {
        path: "v2/auth/w/order/submit",
        params: { amount: Param.decimal() },
        limit: [90, 60],
        doc: "none"
      } as const
      /** a queue for one, with headers that tell when they were made */
      const numbered = () => {
        let nonce = 0
        return () => Effect.sync(() => ({ "bfx-nonce": String(++nonce) }))
      }
      const small = () => Http.json(["error", 10114, "nonce: small"], 500)

      it.effect("repeat once a call that was refused for its nonce, a write too, with a new signature", () =>
        Effect.gen(function*() {
          for (const [row, args] of [[rows.wallets, {}], [rows.submit, { amount: 1 }]] as const) {
            const { call, seen } = yield* setup((_, place) => place === 0 ? small() : Http.json([7]), {}, numbered())
            assert.deepStrictEqual(yield* call(row)(args), [7])
            assert.deepStrictEqual(seen.map(({ headers }) => headers["bfx-nonce"]), ["1", "2"])
            assert.strictEqual(seen[0]!.body, seen[1]!.body)
          }
        }))

      // what names Deno, and a page of a browser
      it.effect.each(["Deno", "document"])(
        "do not repeat a write where it may have been sent twice (%s)",
        (name) =>
          Effect.gen(function*() {
            yield* Effect.acquireRelease(
              Effect.sync(() => Object.assign(globalThis, { [name]: {} })),
              () => Effect.sync(() => Reflect.deleteProperty(globalThis, name))
            )
            const run = (row: Endpoint.AnyEndpoint, args: Endpoint.AnyArgs) =>
              Effect.gen(function*() {
                const { call, seen } = yield* setup(
                  (_, place) => place === 0 ? small() : Http.json([7]),
                  {},
                  numbered()
                )
                return { exit: yield* Effect.either(call(row)(args)), sent: () => seen.length }
              })
            const write = yield* run(rows.submit, { amount: 1 })
            assert.deepInclude(Either.getOrThrow(Either.flip(write.exit)), {
              _tag: "TransportError",
              outcome: "unknown",
              isRetryable: false
            })
            assert.strictEqual(write.sent(), 1)
            // these do no harm when they are executed twice
            for (const row of [rows.wallets, rows.cancel]) {
              const { exit, sent } = yield* run(row, {})
              assert.deepStrictEqual([Either.getOrThrow(exit), sent()], [[7], 2])
            }
          }).pipe(Effect.scoped)
      )

      it.effect("fail with NonceTooSmall when that happens again", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(small, {}, numbered())
          const error = yield* failed(call(rows.submit)({ amount: 1 }))
          assert.strictEqual(error._tag, "NonceTooSmall")
          assert.strictEqual(BitfinexError.outcomeOf(error), "refused")
          assert.lengthOf(seen, 2)
        }))

      it.effect("say which nonce was refused, for how long all were, and what helps", () =>
        Effect.gen(function*() {
          const headers = () =>
            Effect.map(Effect.clock, (clock) => ({ "bfx-nonce": String(clock.unsafeCurrentTimeMillis() * 1000) }))
          const { call } = yield* setup(() => Http.json(["error", 10114, "nonce: small"], 500), {
            rest: { retryReads: Schedule.stop }
          }, headers)
          yield* TestClock.setTime(1_704_067_200_000)
          const ask = Effect.flip(call(rows.wallets)())
          const first = yield* ask
          assert.include(first.message, "1704067200000000 (2024-01-01T00:00:00.000Z)")
          assert.notInclude(first.message, "No call of this client was taken")
          yield* TestClock.adjust("12 minutes")
          const later = yield* ask
          assert.include(
            later.message,
            "No call of this client was accepted since 2024-01-01T00:00:00.000Z (4 refusals)"
          )
          assert.include(later.message, "more than 12m")
          assert.include(later.message, "Nonce.layerFloor")
          // an hour after the first refusal
          assert.include(later.message, "the floor 1704070800000000 is above it")
        }))

      /** a venue that takes nonces while the test says so */
      const choosy = Effect.gen(function*() {
        const venue = { isTaken: false }
        const { call } = yield* setup(
          () => venue.isTaken ? Http.json([1]) : Http.json(["error", 10114, "nonce: small"], 500),
          { rest: { retryReads: Schedule.stop } },
          sign
        )
        return { call, venue }
      })

      it.effect("say how far ahead the last nonce was once nonces are accepted again", () =>
        Effect.gen(function*() {
          const { call, venue } = yield* choosy
          const logged: Array<string> = []
          const log = Logger.add(Logger.make<unknown, void>(({ message }) => void logged.push(String(message))))
          const ask = Effect.provide(Effect.either(call(rows.wallets)()), log)
          yield* ask
          yield* TestClock.adjust("12 minutes")
          yield* ask
          venue.isTaken = true
          yield* TestClock.adjust("3 minutes")
          yield* ask
          yield* ask
          const again = logged.filter((text) => text.includes("are accepted again"))
          assert.lengthOf(again, 1)
          assert.include(again[0], "at most 15m ahead")
        }))

      it.effect("do not blame another call's nonce once one was taken", () =>
        Effect.gen(function*() {
          const { call, venue } = yield* choosy
          yield* Effect.flip(call(rows.wallets)())
          venue.isTaken = true
          yield* call(rows.wallets)()
          venue.isTaken = false
          const error = yield* Effect.flip(call(rows.wallets)())
          assert.strictEqual(error._tag === "NonceTooSmall" && error.refusals, 2)
        }))

      it.effect("a cancellation does not wait behind a read that hangs: that is aborted, and repeated later", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(
            ({ url }) => String(url).includes("wallets") ? Effect.never : Effect.as(Effect.sleep(100), Http.json([])),
            {},
            sign
          )
          yield* Effect.fork(call(rows.wallets)())
          yield* TestClock.adjust("1 second")
          yield* Effect.fork(call(rows.submit)({ amount: 1 }))
          yield* Effect.fork(call(rows.cancel)())
          yield* Effect.fork(call(rows.cancel)())
          yield* TestClock.adjust("2 seconds")
          assert.deepStrictEqual(seen.map(({ at, url }) => `${at} ${String(url).split("/").at(-1)}`), [
            "0 wallets",
            "1500 cancel",
            "1500 cancel",
            "1600 submit",
            "2500 wallets"
          ])
        }))

      it.effect("a hanging write that a cancellation overtook is not repeated after it", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(
            ({ url }) =>
              String(url).includes("submit")
                ? Effect.as(Effect.sleep("5 seconds"), Http.json(["error", 10114, "nonce: small"], 500))
                : Http.json([]),
            {},
            sign
          )
          const submitted = yield* Effect.fork(Effect.flip(call(rows.submit)({ amount: 1 })))
          yield* TestClock.adjust("1 second")
          const cancelled = yield* Effect.fork(call(rows.cancel)())
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(cancelled)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* Fiber.join(submitted))._tag, "NonceTooSmall")
          assert.deepStrictEqual(seen.map(({ url }) => String(url).split("/").at(-1)), ["submit", "cancel"])
        }))

      it.effect("are in flight one at a time, in the order of their nonces, although the replies are slow", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(
            (_, place) => Effect.as(Effect.sleep(place % 2 === 0 ? 100 : 10), Http.json([])),
            {},
            numbered()
          )
          yield* finish(Effect.all(Array.from({ length: 4 }, () => call(rows.wallets)()), { concurrency: "unbounded" }))
          assert.deepStrictEqual(seen.map(({ at }) => at), [0, 100, 110, 210])
          assert.deepStrictEqual(seen.map(({ headers }) => headers["bfx-nonce"]), ["1", "2", "3", "4"])
        }))

      it.effect("do not wait for the limit of another endpoint", () =>
        Effect.gen(function*() {
          const greedy = Endpoint.table("test", { greedy: { ...rows.wallets, path: "v2/auth/r/greedy" } }).greedy
          const { call, seen } = yield* setup(() => Http.json([]), {}, numbered())
          yield* Effect.fork(
            Effect.all(Array.from({ length: 100 }, () => call(greedy)()), { concurrency: "unbounded" })
          )
          yield* TestClock.adjust("1 second")
          assert.lengthOf(seen, 90)
          yield* call(rows.cancel)()
          assert.include(seen.at(-1)!.url.href, "order/cancel")
        }))

      it.effect("count against their limit when they are sent, not when they began to wait", () =>
        Effect.gen(function*() {
          const slow = Endpoint.table("test", { slow: { ...rows.wallets, path: "v2/auth/r/slow" } }).slow
          const few = Endpoint.table("test", { few: { ...rows.wallets, path: "v2/auth/r/few", limit: [3, 60] } }).few
          const { call, seen } = yield* setup(
            ({ url }) =>
              url.href.endsWith("slow") ? Effect.as(Effect.sleep("10 seconds"), Http.json([])) : Http.json([]),
            { rest: { limitWait: "10 minutes" } },
            numbered()
          )
          // the queue is busy for 50 s when the first three have their place
          yield* Effect.fork(Effect.all(Array.from({ length: 5 }, () => call(slow)()), { concurrency: "unbounded" }))
          yield* Effect.yieldNow()
          yield* finish(Effect.all(Array.from({ length: 6 }, () => call(few)()), { concurrency: "unbounded" }))
          const sent = seen.filter(({ url }) => url.href.endsWith("few")).map(({ at }) => at)
          assert.deepStrictEqual(sent, [50_000, 50_000, 50_000, 111_000, 111_000, 111_000])
        }))

      it.effect("fail unsent when they wait too long in the queue", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(() => Effect.never, {
            rest: { timeout: "20 seconds", retryReads: Schedule.stop, limitWait: "5 seconds" }
          }, numbered())
          yield* Effect.fork(call(rows.wallets)())
          yield* Effect.yieldNow()
          const error = yield* failed(call(rows.submit)({ amount: 1 }))
          assert.strictEqual(error._tag, "RateLimited")
          assert.strictEqual(BitfinexError.outcomeOf(error), "unsent")
          yield* TestClock.adjust("10 minutes")
          assert.lengthOf(seen, 1)
        }))

      it.effect("leave the queue when they are interrupted, and take no nonce", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(
            () => Effect.as(Effect.sleep(100), Http.json([])),
            {},
            numbered()
          )
          const fibers = yield* Effect.forEach([0, 1, 2], () => Effect.fork(call(rows.wallets)()))
          yield* TestClock.adjust(50)
          yield* Fiber.interrupt(fibers[1]!)
          yield* TestClock.adjust(1000)
          assert.deepStrictEqual(seen.map(({ at, headers }) => [at, headers["bfx-nonce"]]), [[0, "1"], [100, "2"]])
          assert.strictEqual(yield* Effect.map(fibers[2]!.await, ({ _tag }) => _tag), "Success")
        }))

      it.effect("leave their place to the next when they are interrupted while they are sent", () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup((_, place) => place === 0 ? Effect.never : Http.json([]), {}, numbered())
          const hung = yield* Effect.fork(call(rows.wallets)())
          const next = yield* Effect.fork(call(rows.wallets)())
          yield* TestClock.adjust(50)
          assert.lengthOf(seen, 1)
          yield* Fiber.interrupt(hung)
          yield* Fiber.join(next)
          yield* call(rows.wallets)()
          assert.deepStrictEqual(seen.map(({ at, headers }) => [at, headers["bfx-nonce"]]), [
            [0, "1"],
            [50, "2"],
            [50, "3"]
          ])
        }))

      it.effect("are not sent during a pause that the venue requested, and leave their place in the queue meanwhile", () =>
        Effect.gen(function*() {
          const { call, limiter, seen } = yield* setup(() => Http.json([]), {}, numbered())
          yield* limiter.penalize({ host: BitfinexConfig.defaults.rest.authUrl }, "1 second")
          const waiting = yield* Effect.fork(call(rows.wallets)())
          yield* TestClock.adjust(500)
          // the pause is not for cancellations
          yield* call(rows.cancel)()
          yield* TestClock.adjust(500)
          yield* Fiber.join(waiting)
          assert.deepStrictEqual(seen.map(({ at, url }) => `${at} ${url.href.split("/").at(-1)}`), [
            "500 cancel",
            "1000 wallets"
          ])
        }))

      it.effect("of a write whose reply cannot be read say that its outcome is unknown", () =>
        Effect.gen(function*() {
          const strict = Endpoint.table("test", {
            write: Endpoint.write({ ...writing, result: Endpoint.always(PlatformStatus) })
          }).write
          const { call } = yield* setup(() => Http.json(["one"]), {}, numbered())
          const error = yield* failed(call(strict)({ amount: 1 }))
          assert.strictEqual(error._tag, "DecodeError")
          assert.strictEqual(error._tag === "DecodeError" && error.outcome, "unknown")
          assert.include(error.message, "Outcome unknown")
        }))

      it.effect("fail with the refusal of a notification, by the table", () =>
        Effect.gen(function*() {
          const text = "Invalid order: not enough exchange balance for 1 BTCUSD at 1"
          const write = Endpoint.table("test", {
            write: Endpoint.write({ ...writing, ...Notification.reply("on-req", Layout.raw) })
          }).write
          const { call } = yield* setup(
            () => Http.json([1, "on-req", null, null, [], null, "ERROR", text]),
            {},
            numbered()
          )
          const error = yield* failed(call(write)({ amount: 1 }))
          assert.strictEqual(error._tag, "InsufficientBalance")
          assert.strictEqual(error._tag === "InsufficientBalance" && error.text, text)
          assert.strictEqual(BitfinexError.outcomeOf(error), "refused")
        }))

      it.effect("show nothing that they sent, although an error page repeats it", () =>
        Effect.gen(function*() {
          const echo = ({ headers }: Http.Seen) => Http.json(["error", 10100, JSON.stringify(headers)], 500)
          const { call } = yield* setup(echo, {}, () => Effect.succeed({ "bfx-token": "pub:api:0123456789" }))
          const error = yield* failed(call(rows.wallets)())
          assert.strictEqual(error._tag, "AuthenticationFailed")
          assert.notInclude(JSON.stringify(error) + error.message, "0123456789")
        }))

      const echoes: ReadonlyArray<readonly [name: string, answer: (request: Http.Seen) => Response]> = [
        ["an error array", ({ headers }) => Http.json(["error", 10001, `bad request ${JSON.stringify(headers)}`])],
        ["a row that cannot be read", ({ headers }) => Http.json([headers["bfx-token"]])],
        ["a text that is no JSON", ({ headers }) => new Response(`${headers["bfx-token"]}`)],
        [
          "an encoded error array",
          ({ headers }) => Http.json(["error", 10001, encodeURIComponent(headers["bfx-token"]!)])
        ]
      ]
      for (const [name, answer] of echoes) {
        it.effect(`show nothing that they sent, although status 200 comes with ${name}`, () =>
          Effect.gen(function*() {
            const token = () => Effect.succeed({ "bfx-token": "pub:api:0123456789" })
            const { call } = yield* setup(answer, { rest: { retryReads: Schedule.stop } }, token)
            const error = yield* failed(call(rows.flag)())
            assert.notInclude(JSON.stringify(error) + error.message, "0123456789")
          }))
      }

      it.effect("return a result unchanged, although it repeats what was sent", () =>
        Effect.gen(function*() {
          const { call } = yield* setup(({ headers }) => Http.json([headers["bfx-apikey"]]), {}, sign)
          assert.deepStrictEqual(yield* call(rows.wallets)(), ["a-public-key"])
        }))

      it.effect("show no part of a reply that is cut short: it may be a token", () =>
        Effect.gen(function*() {
          const cut = () => new Response(`["pub:api:0123456`, { headers: { "content-type": "application/json" } })
          const { call } = yield* setup(cut, { rest: { retryReads: Schedule.stop } }, numbered())
          const error = yield* failed(call(rows.wallets)())
          assert.strictEqual(error._tag, "TransportError")
          assert.notInclude(JSON.stringify(error) + error.message, "0123456")
        }))
    }
  )

  describe("limits", () => {
    it.effect("keeps to the row's, with a margin for the way", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json([1]))
        yield* finish(Effect.all(Array.from({ length: 7 }, () => call(rows.status)()), { concurrency: "unbounded" }))
        assert.deepStrictEqual(seen.map(({ at }) => at), [0, 0, 0, 61_000, 61_000, 61_000, 122_000])
      }))

    it.effect("assumes the cautious one where the row states none", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json([1]), {
          rest: { unstatedLimit: { count: 2, per: "10 seconds" } },
          limitMargin: 0
        })
        yield* finish(Effect.all(Array.from({ length: 3 }, () => call(rows.unstated)()), { concurrency: "unbounded" }))
        assert.deepStrictEqual(seen.map(({ at }) => at), [0, 0, 10_000])
      }))

    it.effect("fails at once when the wait would be too long, and does not try again by itself", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json([1]), { rest: { limitWait: "5 seconds" } })
        const calls = Effect.all(Array.from({ length: 4 }, () => call(rows.status)()), { concurrency: "unbounded" })
        const error = yield* Effect.flip(calls)
        assert.strictEqual(error._tag, "RateLimited")
        assert.strictEqual(error._tag === "RateLimited" && error.retryAfter, 61_000)
        yield* TestClock.adjust("10 minutes")
        assert.lengthOf(seen, 3)
      }))

    it.effect("waits as long as the call allows, where it says so", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json([1]), { rest: { limitWait: "5 seconds" } })
        const patient = call(rows.status)(undefined, { wait: "1 hour" })
        yield* finish(Effect.all(Array.from({ length: 4 }, () => patient), { concurrency: "unbounded" }))
        assert.lengthOf(seen, 4)
      }))
  })

  describe("a limit of the venue", () => {
    const pauses: ReadonlyArray<readonly [name: string, answer: () => Response, millis: number]> = [
      ["Retry-After in seconds", () => Http.json({ error: "ERR_RATE_LIMIT" }, 429, { "retry-after": "7" }), 7000],
      [
        "Retry-After as a date",
        () => Http.json({ error: "ERR_RATE_LIMIT" }, 429, { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }),
        9000
      ],
      ["no Retry-After", () => Http.json({ error: "ERR_RATE_LIMIT" }, 429), 60_000],
      [
        "a Retry-After that says nothing",
        () => Http.json(["error", 11010, "x"], 429, { "retry-after": "soon" }),
        60_000
      ],
      ...["-5", "0", "Wed, 31 Dec 1969 23:59:00 GMT", "Thu, soon", "1e400", "9".repeat(400), "2.5.1", "5 seconds"].map((
        after
      ) =>
        [
          `a Retry-After that names no time to come: ${after.slice(0, 30)}`,
          () => Http.json({ error: "ERR_RATE_LIMIT" }, 429, { "retry-after": after }),
          60_000
        ] as const
      ),
      ["status 200", () => Http.json({ error: "ERR_RATE_LIMIT" }), 60_000],
      ["an HTML page", () => new Response("<html>", { status: 429 }), 60_000],
      ["another refusal in the body", () => Http.json(["error", 11000, "not ready"], 429), 60_000],
      [
        "503 of the venue with Retry-After",
        () => Http.json({ code: 503, error: "temporarily_unavailable" }, 503, { "retry-after": "30" }),
        30_000
      ],
      [
        "503 of a proxy with Retry-After",
        () => new Response("<html>", { status: 503, headers: { "content-type": "text/html", "retry-after": "20" } }),
        20_000
      ]
    ]
    for (const [name, answer, millis] of pauses) {
      it.effect(`pauses the whole host: ${name}`, () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup((_, place) => place === 0 ? answer() : Http.json([1]))
          const first = yield* Effect.fork(call(rows.status)())
          yield* TestClock.adjust("1 millis")
          const second = yield* Effect.fork(call(rows.other)({ name: "x" }))
          yield* TestClock.adjust("2 minutes")
          yield* Fiber.join(first)
          yield* Fiber.join(second)
          assert.deepStrictEqual(seen.map(({ at }) => at), [0, millis, millis])
        }))
    }

    for (const after of [undefined, "-5", "soon"]) {
      it.effect(`makes no pause of a 503 with Retry-After ${after}: the schedule decides`, () =>
        Effect.gen(function*() {
          const headers: { [name: string]: string } = after === undefined ? {} : { "retry-after": after }
          const { call, seen } = yield* setup((_, place) =>
            place === 0 ? Http.json({ code: 503, error: "temporarily_unavailable" }, 503, headers) : Http.json([1])
          )
          yield* finish(call(rows.status)())
          assert.deepStrictEqual(seen.map(({ at }) => at), [0, 1000])
        }))
    }

    for (
      const [name, after] of [
        ["seconds", "1000000000"],
        ["a date", "Fri, 01 Jan 2100 00:00:00 GMT"],
        ["a page of a proxy", "86400"]
      ] as const
    ) {
      it.effect(`pauses for five minutes at most, and reports the requested pause: ${name}`, () =>
        Effect.gen(function*() {
          const warnings: Array<string> = []
          const log = Logger.make<unknown, void>(({ logLevel, message }) => {
            if (logLevel._tag === "Warning") warnings.push(String(message))
          })
          const { call, seen } = yield* setup((_, place) =>
            place > 0
              ? Http.json([1])
              : name === "a page of a proxy"
              ? new Response("<html>", { status: 429, headers: { "retry-after": after } })
              : Http.json({ error: "ERR_RATE_LIMIT" }, 429, { "retry-after": after }), {
            rest: { limitWait: "10 minutes" }
          })
          const waiting = yield* Effect.fork(
            Effect.provide(call(rows.status)(), Logger.replace(Logger.defaultLogger, log))
          )
          yield* TestClock.adjust("1 millis")
          yield* TestClock.adjust("10 minutes")
          yield* Fiber.join(waiting)
          assert.deepStrictEqual(seen.map(({ at }) => at), [0, 300_000])
          assert.lengthOf(warnings, 1)
          assert.match(warnings[0]!, /asks for a pause of \d{8,} ms, which is more than this SDK keeps/)
        }))
    }

    it.effect("compares a date with the reply's own, whatever the clock of this machine says", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(1_704_067_200_000)
        const headers = { "retry-after": "Mon, 30 Nov 2026 12:00:07 GMT", "date": "Mon, 30 Nov 2026 12:00:00 GMT" }
        const { call, seen } = yield* setup((_, place) =>
          place === 0 ? Http.json({ error: "ERR_RATE_LIMIT" }, 429, headers) : Http.json([1])
        )
        yield* finish(call(rows.status)())
        assert.deepStrictEqual(seen.map(({ at }) => at - 1_704_067_200_000), [0, 7000])
      }))

    it.effect("lets cancellations pass until the venue refuses one", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(
          (_, place) => place === 1 ? Http.json([]) : Http.json({ error: "ERR_RATE_LIMIT" }, 429),
          { rest: { retryReads: Schedule.stop } },
          sign
        )
        yield* Effect.flip(call(rows.wallets)())
        yield* Effect.fork(Effect.exit(call(rows.submit)({ amount: 1 })))
        yield* call(rows.cancel)()
        yield* Effect.flip(call(rows.cancel)())
        yield* Effect.fork(Effect.exit(call(rows.cancel)()))
        yield* TestClock.adjust("59 seconds")
        assert.lengthOf(seen, 3, "the second cancellation was refused, so the third one waits")
        yield* TestClock.adjust("2 seconds")
        assert.lengthOf(seen, 4)
      }))

    it.effect("leaves the other host alone", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup((_, place) => place === 0 ? Http.json({}, 429) : Http.json([]), {}, sign)
        yield* Effect.fork(call(rows.status)())
        yield* TestClock.adjust("1 millis")
        yield* call(rows.wallets)()
        assert.lengthOf(seen, 2)
      }))

    it.effect("is an error when the pause is longer than the call may wait", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json({}, 429), { rest: { limitWait: "5 seconds" } })
        const error = yield* failed(call(rows.status)())
        assert.strictEqual(error._tag, "RateLimited")
        assert.lengthOf(seen, 1)
      }))
  })

  describe("time", () => {
    it.effect("a reply that takes too long is aborted, its outcome unknown", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Effect.never, {
          rest: { retryReads: Schedule.stop, timeout: "4 seconds" }
        }, sign)
        for (
          const [row, args, isRetryable] of [[rows.status, {}, true], [rows.submit, { amount: 1 }, false]] as const
        ) {
          const fiber = yield* Effect.fork(Effect.flip(call(row)(args)))
          yield* TestClock.adjust("4 seconds")
          const error = yield* Fiber.join(fiber)
          assert.strictEqual(error._tag, "TransportError")
          if (error._tag !== "TransportError") return
          assert.deepStrictEqual([error.stage, error.outcome, error.isRetryable], ["timeout", "unknown", isRetryable])
          assert.isTrue(seen.at(-1)!.signal.aborted)
        }
      }))

    it.effect("so is a body that stops in the middle", () =>
      Effect.gen(function*() {
        const endless = () =>
          new Response(new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode("[1")) }))
        const { call, seen } = yield* setup(endless, { rest: { retryReads: Schedule.stop } })
        const error = yield* failed(call(rows.status)())
        assert.strictEqual(error._tag === "TransportError" && error.stage, "timeout")
        assert.isTrue(seen[0]!.signal.aborted)
      }))

    it.effect("waiting in the queue is not part of it", () =>
      Effect.gen(function*() {
        const { call } = yield* setup(() => Http.json([1]), { rest: { timeout: "4 seconds" } })
        for (let i = 0; i < 3; i++) yield* call(rows.status)()
        const result = yield* finish(call(rows.status)())
        assert.strictEqual(result._tag, "Right")
      }))

    it.effect("interrupting the caller aborts the request", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Effect.never)
        const fiber = yield* Effect.fork(call(rows.status)())
        yield* TestClock.adjust("1 second")
        assert.isFalse(seen[0]!.signal.aborted)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(seen[0]!.signal.aborted)
        yield* TestClock.adjust("10 minutes")
        assert.lengthOf(seen, 1)
      }))
  })

  describe("size", () => {
    const chunks = (...parts: ReadonlyArray<Uint8Array>) =>
      new Response(
        new ReadableStream({
          start: (to) => {
            for (const part of parts) to.enqueue(part)
            to.close()
          }
        })
      )

    for (
      const [name, answer] of [
        ["declared", () => new Response(`["${"x".repeat(100)}"]`, { headers: { "content-length": "104" } })],
        ["found out while reading", () => chunks(new Uint8Array(60), new Uint8Array(60))]
      ] as const
    ) {
      it.effect(`too much is refused: ${name}`, () =>
        Effect.gen(function*() {
          const { call, seen } = yield* setup(answer, { rest: { maxReplyBytes: 100 } })
          const error = yield* failed(call(rows.status)())
          assert.strictEqual(error._tag, "TransportError")
          assert.strictEqual(error._tag === "TransportError" && error.stage, "body")
          assert.include(error.message, "longer than 100 bytes")
          assert.isTrue(seen[0]!.signal.aborted)
          assert.lengthOf(seen, 1)
        }))
    }

    it.effect("a character cut in two by chunks is whole again", () =>
      Effect.gen(function*() {
        const bytes = new TextEncoder().encode(`["é"]`)
        const { call } = yield* setup(() => chunks(bytes.slice(0, 3), bytes.slice(3)))
        assert.deepStrictEqual(yield* call(rows.other)({ name: "x" }), ["é"])
      }))
  })

  describe("keys", () => {
    it.effect("a client without one says so, and sends nothing", () =>
      Effect.gen(function*() {
        const { call, seen } = yield* setup(() => Http.json([]))
        const error = yield* Effect.flip(call(rows.wallets)())
        assert.strictEqual(error._tag, "AuthenticationFailed")
        assert.lengthOf(seen, 0)
      }))

    it.effect("no span and no error shows one, and public calls carry none", () =>
      Effect.gen(function*() {
        const spans: Array<Tracer.Span> = []
        const tracer = Tracer.make({
          span: (name, parent, context, links, startTime, kind) => {
            const attributes = new Map<string, unknown>()
            const span: Tracer.Span = {
              _tag: "Span",
              name,
              spanId: String(spans.length),
              traceId: "trace",
              parent,
              context,
              links,
              sampled: true,
              status: { _tag: "Started", startTime },
              attributes,
              kind,
              end: () => undefined,
              attribute: (key, value) => void attributes.set(key, value),
              event: () => undefined,
              addLinks: () => undefined
            }
            spans.push(span)
            return span
          },
          context: (run) => run()
        })
        const { call, seen } = yield* setup((_, place) => place === 0 ? html() : Http.json([]), {}, sign)
        yield* Effect.withTracer(finish(call(rows.wallets)()), tracer)
        yield* Effect.withTracer(finish(call(rows.status)()), tracer)
        const wallets = spans.find(({ name }) => name === "RestAuthClient.wallets")!
        assert.deepStrictEqual(
          Object.fromEntries(wallets.attributes),
          {
            "bitfinex.endpoint": "wallets",
            "bitfinex.group": "test",
            "http.request.method": "POST",
            "http.response.status_code": 200,
            "server.address": "api.bitfinex.com",
            "url.path": "/v2/auth/r/wallets",
            "bitfinex.attempts": 2
          }
        )
        for (const span of spans) {
          assert.notMatch(JSON.stringify([span.name, [...span.attributes]]), /a-public-key|a-secret/)
        }
        assert.strictEqual(seen[0]!.headers["bfx-apikey"], "a-public-key")
        assert.isUndefined(seen.at(-1)!.headers["bfx-apikey"])
      }))
  })

  it.effect("counts requests, failures by error, latency and the remaining budget", () =>
    Effect.gen(function*() {
      const row = Endpoint.table("test", { counted: { ...rows.status, path: "v2/counted" } }).counted
      const { call } = yield* setup((_, place) =>
        place === 0 ? html() : Effect.as(Effect.sleep("100 millis"), Http.json([1]))
      )
      yield* finish(call(row)())
      const states = (yield* Metric.snapshot).map(({ metricKey, metricState }) => ({
        name: `${metricKey.name} ${metricKey.tags.map(({ value }) => value).sort().join(" ")}`,
        // the cast: the fields of a state depend on its metric
        state: metricState as object
      }))
      const find = (name: string): object => states.find((each) => each.name === name)?.state ?? {}
      assert.deepInclude(find("bitfinex_rest_requests_total counted"), { count: 2 })
      assert.deepInclude(find("bitfinex_rest_failures_total TransportError counted"), { count: 1 })
      assert.deepInclude(find("bitfinex_rest_latency_seconds counted"), { count: 2, min: 0, max: 0.1 })
      assert.deepInclude(find("bitfinex_rest_budget_remaining v2/counted"), { value: 1 })
    }))
})
