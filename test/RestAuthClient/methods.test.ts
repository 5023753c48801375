import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { createHmac } from "node:crypto"
import * as Auth from "../../src/Auth.ts"
import * as Bitfinex from "../../src/Bitfinex.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as BitfinexError from "../../src/BitfinexError.ts"
import * as Credentials from "../../src/Credentials.ts"
import { accountHistories } from "../../src/internal/rest/histories.ts"
import * as Nonce from "../../src/Nonce.ts"
import type * as OrderOutcome from "../../src/OrderOutcome.ts"
import type * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../src/protocol/Endpoints.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as Env from "../support/env.ts"
import * as Http from "../support/httpDouble.ts"

const key = { apiKey: Redacted.make("a-key-of-mine"), apiSecret: Redacted.make("a-secret-of-mine") }

const signing = (options: Credentials.Options = key) =>
  Auth.layer().pipe(Layer.provide([Credentials.layer(options), Nonce.layerMemory]))

const against = <A, E>(
  answer: (request: Http.Seen, place: number) => Response | Effect.Effect<Response>,
  program: (rest: RestAuthClient.Service) => Effect.Effect<A, E>,
  { credentials, ...settings }: BitfinexConfig.Overrides & { readonly credentials?: Credentials.Options } = {}
) => {
  const { client, seen } = Http.make(answer)
  return RestAuthClient.RestAuthClient.pipe(
    Effect.flatMap(program),
    Effect.map((result) => ({ result, seen })),
    Effect.provide(Layer.provide(RestAuthClient.layer(), RateLimiter.layerProcess)),
    Effect.provide(signing(credentials)),
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.provide(
      BitfinexConfig.layer({ rest: { retryReads: Schedule.stop, retryUnsent: Schedule.stop } }, settings)
    )
  )
}

/** runs to the end, however long it sleeps */
const finish = <A, E>(effect: Effect.Effect<A, E>, within = 3_600_000) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(within)
    return yield* Fiber.join(fiber)
  })

const bodyOf = ({ body }: Http.Seen) => JSON.parse(body ?? "null")
const noon = Date.UTC(2026, 5, 1, 12)
const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: 10_000 } as const

/** an order as the venue writes it */
const row = (cells: {
  readonly id?: number
  readonly cid?: number | null
  readonly mts?: number
  readonly left?: number
  readonly amount?: number
  readonly status?: string
  readonly symbol?: string
}): ReadonlyArray<unknown> => {
  const { amount = 1, cid = 7, id = 1, left = amount, mts = noon, status = "ACTIVE", symbol = "tBTCUSD" } = cells
  const cellsOf: Array<unknown> = Array.from({ length: 32 }, () => null)
  Object.assign(cellsOf, [id, null, cid, symbol, mts, mts, left, amount, "EXCHANGE LIMIT", null, null])
  return Object.assign(cellsOf, { 12: 0, 13: status, 16: 100, 17: 0, 28: "API>BFX" })
}
const accepted = (rows: ReadonlyArray<unknown>) =>
  Http.json([1_790_000_000, "on-req", null, null, rows, null, "SUCCESS", "Submitting 1 orders."])
const html = () => new Response("<html></html>", { status: 502, headers: { "content-type": "text/html" } })

describe("RestAuthClient", () => {
  it.effect("signs the path and the very text of the body, on the host for signed calls", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const { seen } = yield* against(() => accepted([row({})]), (rest) => rest.submitOrder({ ...order, cid: 7 }))
      const [request] = seen
      assert.strictEqual(request!.url.href, "https://api.bitfinex.com/v2/auth/w/order/submit")
      assert.strictEqual(request!.method, "POST")
      assert.strictEqual(request!.headers["content-type"], "application/json")
      assert.strictEqual(request!.headers["bfx-apikey"], "a-key-of-mine")
      assert.strictEqual(request!.headers["bfx-nonce"], `${noon}000`)
      const payload = `/api/v2/auth/w/order/submit${noon}000${request!.body}`
      const expected = createHmac("sha384", "a-secret-of-mine").update(payload).digest("hex")
      assert.strictEqual(request!.headers["bfx-signature"], expected)
      assert.deepStrictEqual(bodyOf(request!), { ...order, price: "10000", cid: 7 })
    }))

  it.effect("sends a token in place of a key", () =>
    Effect.gen(function*() {
      const credentials = { token: Redacted.make("pub:api:a-token") }
      const { seen } = yield* against(() => Http.json([]), (rest) => rest.wallets(), { credentials })
      assert.strictEqual(seen[0]!.headers["bfx-token"], "pub:api:a-token")
      assert.isUndefined(seen[0]!.headers["bfx-signature"])
    }))

  it.effect("runs a token's calls concurrently: they have no nonce", () =>
    Effect.gen(function*() {
      const slow = () => Effect.as(Effect.sleep(1000), Http.json([]))
      const { seen } = yield* finish(
        against(slow, (rest) => Effect.all([rest.wallets(), rest.wallets()], { concurrency: "unbounded" }), {
          credentials: { token: Redacted.make("pub:api:a-token") }
        })
      )
      assert.deepStrictEqual(seen.map(({ at }) => at), [0, 0])
    }))

  describe("fails with the venue's refusal", () => {
    const refusals = [
      ["a token that has expired", ["error", 10100, "token: invalid"], "AuthenticationFailed"],
      ["a wrong key", ["error", 10100, "apikey: invalid"], "AuthenticationFailed"],
      ["a wrong secret", ["error", 10100, "apikey: digest invalid"], "AuthenticationFailed"],
      ["a missing permission", ["error", 10001, "api_key: permission invalid"], "AuthenticationFailed"]
    ] as const
    for (const [name, body, tag] of refusals) {
      it.effect(name, () =>
        Effect.gen(function*() {
          const { result, seen } = yield* against(() => Http.json(body, 500), (rest) => Effect.flip(rest.wallets()))
          assert.strictEqual(result._tag, tag)
          assert.isFalse(result.isRetryable)
          assert.include(result.message, body[2])
          assert.lengthOf(seen, 1)
        }))
    }

    it.effect("in a notification, an order that the balance does not cover", () =>
      Effect.gen(function*() {
        const text = "Invalid order: not enough exchange balance for 0.1 BTCUSD at 10000"
        const { result } = yield* against(
          () => Http.json([1_790_000_000, "on-req", null, null, [null], null, "ERROR", text]),
          (rest) => Effect.flip(rest.submitOrder(order))
        )
        assert.strictEqual(result._tag, "InsufficientBalance")
        assert.strictEqual(BitfinexError.outcomeOf(result), "refused")
      }))

    it.effect("in a notification, an order that is not there", () =>
      Effect.gen(function*() {
        const { result } = yield* against(
          () => Http.json([1, "oc-req", null, null, [], null, "ERROR", "Order not found."]),
          (rest) => Effect.flip(rest.cancelOrder({ id: 5 }))
        )
        assert.strictEqual(result._tag, "OrderNotFound")
      }))
  })

  describe("needs credentials", () => {
    const layers = [
      ["an empty key", { apiKey: Redacted.make(""), apiSecret: Redacted.make("s") }],
      ["a key with a line break", { apiKey: Redacted.make("key\n"), apiSecret: Redacted.make("s") }]
    ] as const
    for (const [name, options] of layers) {
      it.effect(`and refuses ${name} when the layer is built`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Effect.scoped(Layer.build(Bitfinex.layer(options))))
          assert.strictEqual(error._tag, "InvalidInput")
          assert.notInclude(JSON.stringify(error), "key\\n")
        }))
    }
  })

  it.effect("has a method for every endpoint that needs a key, and the public client for all others", () =>
    Effect.gen(function*() {
      const signed = yield* against(() => Http.json([]), (rest) => Effect.succeed(Object.keys(rest)))
      const open = yield* Effect.map(RestClient.make, Object.keys).pipe(
        Effect.provideService(HttpClient.HttpClient, Http.make(() => Http.json([])).client),
        Effect.provide(RateLimiter.layerMemory)
      )
      for (const [name, { auth }] of Object.entries<Endpoint.AnyEndpoint>(Endpoints.all)) {
        assert.strictEqual(signed.result.includes(name), auth, name)
        assert.strictEqual(open.includes(name), !auth, name)
      }
      // the types go by the names
      const mixed: ReadonlyArray<Endpoint.AnyEndpoint> = Object.values({
        ...Endpoints.pulseEndpoints,
        ...Endpoints.merchantEndpoints
      })
      for (const { auth, name } of mixed) assert.strictEqual(name.startsWith("public"), !auth, name)
      assert.includeMembers(signed.result, Object.keys(accountHistories))
    }))

  it.effect("returns tokens as secrets that credentials accept, and shows none in an error", () =>
    Effect.gen(function*() {
      const made = yield* against(
        () => Http.json(["pub:api:new-token"]),
        (rest) => rest.generateToken({ scope: "api" })
      )
      assert.notInclude(JSON.stringify(made.result), "new-token")
      const { seen } = yield* against(() => Http.json([]), (rest) => rest.wallets(), { credentials: made.result })
      assert.strictEqual(seen[0]!.headers["bfx-token"], "pub:api:new-token")
      const odd = yield* against(
        () => Http.json([["pub:api:new-token"]]),
        (rest) => Effect.flip(rest.generateToken({ scope: "api" }))
      )
      assert.strictEqual(odd.result._tag, "DecodeError")
      assert.notInclude(odd.result.message, "new-token")
      const ended = yield* against(() => Http.json([]), (rest) => rest.invalidateToken(made.result))
      assert.deepStrictEqual(bodyOf(ended.seen[0]!), { token: "pub:api:new-token" })
    }))

  it.effect("a list with an unreadable row fails with all the others, which `readable` gives", () =>
    Effect.gen(function*() {
      const spoiled = Object.assign([...row({ id: 2, cid: 8 })], { 6: "0.1" })
      const reply = () => Http.json([row({ id: 1 }), spoiled, "not a row", row({ id: 3 })])
      for (const name of ["activeOrders", "ordersHistory"] as const) {
        const { result } = yield* against(reply, (rest) => RestClient.readable(rest[name]()))
        assert.deepStrictEqual(result.rows.map(({ id }) => id), [1, 3])
        assert.deepStrictEqual(result.unread.map(({ cells }) => cells), [spoiled, "not a row"])
        assert.deepStrictEqual(result.unread.map(({ error, row }) => [row, error.row]), [[1, 1], [2, 2]])
      }
      const { result: error } = yield* against(reply, (rest) => Effect.flip(rest.activeOrders()))
      assert.strictEqual(error._tag, "DecodeError")
      if (error._tag !== "DecodeError") return
      assert.match(error.message, /^RestAuthClient.activeOrders: Order.amount \[6\] in row 1 and in 1 more rows: /)
      assert.lengthOf(error.partial!.rows, 2)
      // printing the error does not print the list
      assert.notInclude(JSON.stringify(error), "not a row")
      const none = yield* against(
        () => Http.json({ orders: [] }),
        (rest) => Effect.flip(RestClient.readable(rest.activeOrders()))
      )
      assert.strictEqual(none.result._tag, "DecodeError")
    }))

  it.effect("a list of 100,000 unreadable rows has an error for each", () =>
    Effect.gen(function*() {
      const reply = () => Http.json(Array.from({ length: 100_000 }, () => [1]))
      const { result } = yield* against(reply, (rest) => RestClient.readable(rest.activeOrders()))
      assert.lengthOf(result.unread, 100_000)
      assert.deepInclude(result.unread[99_999]!.error, { _tag: "DecodeError", layout: "Order", row: 99_999 })
    }))

  it.effect("reports how much of a limit is left", () =>
    Effect.gen(function*() {
      const { result } = yield* against(() => Http.json([]), (rest) =>
        Effect.gen(function*() {
          yield* rest.wallets()
          yield* rest.wallets()
          return [yield* rest.budgetRemaining("wallets"), yield* rest.budgetRemaining("activeOrders")]
        }))
      assert.deepStrictEqual(result, [88, 90])
    }))

  it.effect("shares limits and pauses with the public client where both use one host", () =>
    Effect.gen(function*() {
      const { client } = Http.make((_, place) => place === 0 ? Http.json({}, 429) : Http.json([1]))
      const both = Layer.merge(RestAuthClient.layer(), RestClient.layer).pipe(
        Layer.provide([signing(), RateLimiter.layerMemory, Layer.succeed(HttpClient.HttpClient, client)])
      )
      const error = yield* Effect.gen(function*() {
        const signed = yield* RestAuthClient.RestAuthClient
        const open = yield* RestClient.RestClient
        yield* Effect.flip(signed.submitOrder(order))
        return yield* Effect.flip(open.platformStatus())
      }).pipe(
        Effect.provide(both),
        Effect.provide(BitfinexConfig.layer({ rest: { publicUrl: "http://one", authUrl: "http://one", limitWait: 0 } }))
      )
      assert.strictEqual(error._tag, "RateLimited")
    }))
})

describe("RestAuthClient.submitOrder", () => {
  it.effect("gives each order a cid, rising and unique, and returns it with its day", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const { result, seen } = yield* against(
        (request) => accepted([row({ cid: bodyOf(request).cid })]),
        (rest) => Effect.all(Array.from({ length: 5 }, () => rest.submitOrder(order)), { concurrency: "unbounded" })
      )
      const cids = result.map(({ cid }) => cid)
      assert.isTrue(cids.every((cid, place) => cid >= noon && cid < 2 ** 45 && (place === 0 || cid > cids[place - 1]!)))
      assert.deepStrictEqual(seen.map((each) => bodyOf(each).cid), cids)
      assert.deepStrictEqual(result.map(({ notifyInfo }) => notifyInfo[0]!.cid), cids)
      assert.strictEqual(result[0]!.cidDate, "2026-06-01")
      assert.strictEqual(result[0]!.status, "SUCCESS")
    }))

  it.effect("keeps the given cid, and returns both orders of an OCO", () =>
    Effect.gen(function*() {
      const oco = { ...order, cid: 12, priceOcoStop: 9000, flags: { oco: true } } as const
      const { result } = yield* against(
        () => accepted([row({ id: 1, cid: 12 }), row({ id: 2, cid: 12 })]),
        (rest) => rest.submitOrder(oco)
      )
      assert.strictEqual(result.cid, 12)
      assert.deepStrictEqual(result.notifyInfo.map(({ id }) => id), [1, 2])
    }))

  const unknown: ReadonlyArray<readonly [name: string, answer: () => Response | Effect.Effect<Response>]> = [
    ["an HTML page", html],
    ["half a reply", () => new Response(`[1,"on-`, { headers: { "content-type": "application/json" } })],
    ["a reply of another layout", () => accepted([["no order"]])],
    ["a success that shows no order", () => accepted([])],
    ["no reply in time", () => Effect.never],
    ["an unknown error", () => Http.json(["error", 10000, "unknown"], 500)],
    ["a mere 503", () => Http.json({ code: 503, error: "temporarily_unavailable", error_description: "x" }, 503)],
    ["a status of which nobody knows what it means", () => Http.json([1, "on-req", null, null, [], null, "HM", "x"])]
  ]
  for (const [name, answer] of unknown) {
    it.effect(`says that the outcome is unknown, with the cid, and does not repeat: ${name}`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(noon)
        const { result, seen } = yield* finish(
          against(answer, (rest) => Effect.flip(rest.submitOrder(order)), { rest: { retryReads: Schedule.recurs(3) } })
        )
        assert.strictEqual(result._tag, "OutcomeUnknown")
        if (result._tag !== "OutcomeUnknown") return
        assert.strictEqual(result.cid, bodyOf(seen[0]!).cid)
        assert.deepStrictEqual([result.cidDate, result.mts], ["2026-06-01", noon])
        assert.isNotNull(result.error)
        assert.include(result.message, String(result.cid))
        assert.strictEqual(BitfinexError.outcomeOf(result), "unknown")
        assert.lengthOf(seen, 1)
      }))
  }

  it.effect("fails with the unchanged error if nothing was sent", () =>
    Effect.gen(function*() {
      // @ts-expect-error an unknown type
      const wrong: RestAuthClient.NewOrder = { ...order, type: "EXCHANGE LIMITED" }
      const { result, seen } = yield* against(() => html(), (rest) => Effect.flip(rest.submitOrder(wrong)))
      assert.strictEqual(result._tag, "InvalidInput")
      assert.strictEqual(BitfinexError.outcomeOf(result), "unsent")
      assert.lengthOf(seen, 0)
    }))
})

describe("RestAuthClient.resolveOrder", () => {
  interface Lists {
    readonly open?: ReadonlyArray<ReadonlyArray<unknown>>
    readonly past?: ReadonlyArray<ReadonlyArray<unknown>>
  }
  /** answers by path and time; past orders within the bounds, newest first */
  const venue = (lists: (at: number) => Lists) => (request: Http.Seen): Response => {
    const { open = [], past = [] } = lists(request.at)
    if (!request.url.pathname.endsWith("/hist")) return Http.json(open)
    const { end = Infinity, limit = 25, start = 0 } = bodyOf(request)
    const within = past.filter((each) => Number(each[4]) >= start && Number(each[4]) <= end)
    return Http.json(within.sort((a, b) => Number(b[4]) - Number(a[4])).slice(0, limit))
  }
  const ask = (
    lists: Lists | ((at: number) => Lists),
    query: {
      readonly cid?: number
      readonly cidDate?: `${number}-${number}-${number}`
      readonly symbol?: `t${string}`
      readonly since?: number
    } = {},
    settings: Parameters<typeof against>[2] = {}
  ) =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon + 60_000)
      return yield* finish(
        against(
          venue(typeof lists === "function" ? lists : () => lists),
          (rest) => Effect.either(rest.resolveOrder({ cid: 7, cidDate: "2026-06-01", ...query })),
          settings
        )
      )
    })
  const outcome = (lists: Lists | ((at: number) => Lists), query?: Parameters<typeof ask>[1]) =>
    Effect.map(ask(lists, query), ({ result }) => result._tag === "Right" ? result.right._tag : result.left._tag)

  const found: ReadonlyArray<readonly [name: string, lists: Lists, tag: OrderOutcome.OrderOutcome["_tag"]]> = [
    ["open", { open: [row({})] }, "Placed"],
    ["open, in part", { open: [row({ left: 0.4, status: "PARTIALLY FILLED @ 1(0.6)" })] }, "PartiallyFilled"],
    ["executed", { past: [row({ left: 0, status: "EXECUTED @ 100.0(1.0)" })] }, "Filled"],
    ["executed by force", { past: [row({ left: 0, status: "FORCED EXECUTED @ 100.0(1.0)" })] }, "Filled"],
    ["cancelled", { past: [row({ status: "CANCELED" })] }, "Cancelled"],
    [
      "cancelled after a part of it",
      { past: [row({ left: 0.4, status: "CANCELED was: PARTIALLY FILLED @ 1(0.6)" })] },
      "Cancelled"
    ],
    ["never in the book", { past: [row({ status: "POSTONLY CANCELED" })] }, "Cancelled"],
    ["without balance", { past: [row({ status: "INSUFFICIENT BALANCE (U1)" })] }, "Cancelled"],
    [
      "open when the one list came, executed when the other did",
      { open: [row({})], past: [row({ left: 0, status: "EXECUTED @ 100.0(1.0)" })] },
      "Filled"
    ],
    [
      "a pair, of which one is executed",
      { past: [row({ id: 2, left: 0, status: "EXECUTED @ 1(1)" }), row({ id: 1, status: "OCO CANCELED" })] },
      "Filled"
    ]
  ]
  for (const [name, lists, tag] of found) {
    it.effect(`${tag}: ${name}`, () =>
      Effect.gen(function*() {
        // others of the account do not count
        const others = [row({ id: 90, cid: 8 }), row({ id: 91, cid: null }), row({ id: 92, mts: noon - 86_400_000 })]
        const { result, seen } = yield* ask({
          open: [...others, ...(lists.open ?? [])],
          past: [...others, ...(lists.past ?? [])]
        })
        assert.strictEqual(result._tag, "Right")
        if (
          result._tag !== "Right" || result.right._tag === "NeverPlaced" || result.right._tag === "NotSeen"
        ) return assert.fail("not found")
        assert.strictEqual(result.right._tag, tag)
        assert.deepStrictEqual([result.right.cid, result.right.cidDate, result.right.order.cid], [7, "2026-06-01", 7])
        assert.isAtMost(seen.length, 3)
      }))
  }

  it.effect("NotSeen of an order that this client did not send, after three readings with time between them", () =>
    Effect.gen(function*() {
      const { result, seen } = yield* ask({})
      assert.deepStrictEqual(result._tag === "Right" && result.right, {
        _tag: "NotSeen",
        cid: 7,
        cidDate: "2026-06-01"
      })
      const readings = seen.filter(({ url }) => !url.pathname.endsWith("/hist")).map(({ at }) => at - noon - 60_000)
      assert.deepStrictEqual(readings, [0, 15_000, 30_000])
    }))

  it.effect("an order without a cid that may be it leaves the outcome unknown, one of another day or symbol does not", () =>
    Effect.gen(function*() {
      const nameless = row({ id: 31, cid: null })
      for (const lists of [{ open: [nameless] }, { past: [nameless] }]) {
        const { result } = yield* ask(lists)
        assert.isTrue(result._tag === "Left" && result.left._tag === "OutcomeUnknown")
        assert.include(result._tag === "Left" ? result.left.message : "", "31")
      }
      assert.strictEqual(yield* outcome({ open: [row({ id: 31, cid: null, mts: noon - 2 * 86_400_000 })] }), "NotSeen")
      assert.strictEqual(yield* outcome({ open: [nameless] }, { symbol: "tETHUSD" }), "NotSeen")
      assert.strictEqual(yield* outcome({ open: [nameless, row({})] }), "Placed")
    }))

  it.effect("of an order that this client sent, an earlier one of the day is another one by `since`, without a Date too", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const earlier = row({ id: 31, mts: noon - 7_200_000 })
      const answer = (request: Http.Seen): Response =>
        request.url.pathname.endsWith("/submit")
          ? html()
          : Http.json(request.url.pathname.endsWith("/hist") ? [] : [earlier])
      const said = (since: number | undefined) =>
        Effect.map(
          finish(against(answer, (rest) =>
            Effect.either(
              rest.submitOrder({ ...order, cid: 7 }).pipe(
                Effect.catchTag(
                  "OutcomeUnknown",
                  ({ cid, cidDate }) => rest.resolveOrder({ cid: cid!, cidDate: cidDate!, since })
                )
              )
            ))),
          ({ result }) =>
            result._tag === "Left" ? result.left._tag : "_tag" in result.right ? result.right._tag : "accepted"
        )
      assert.strictEqual(yield* said(undefined), "Placed")
      assert.strictEqual(yield* said(noon), "NeverPlaced")
    }))

  it.effect("of an order that this client sent, one without a cid counts only with its symbol, side and group", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const said = (shown: Parameters<typeof row>[0] & { readonly gid?: number }) => {
        const cells = Object.assign([...row({ id: 31, cid: null, ...shown })], { 1: shown.gid ?? null })
        const answer = (request: Http.Seen): Response =>
          request.url.pathname.endsWith("/submit")
            ? html()
            : Http.json(request.url.pathname.endsWith("/hist") ? [] : [cells])
        return Effect.map(
          finish(against(answer, (rest) =>
            Effect.either(
              rest.submitOrder({ ...order, gid: 5 }).pipe(Effect.catchTag("OutcomeUnknown", ({ cid, cidDate }) =>
                rest.resolveOrder({ cid: cid!, cidDate: cidDate! })))
            ))),
          ({ result }) =>
            result._tag === "Left" ? result.left._tag : "_tag" in result.right ? result.right._tag : "accepted"
        )
      }
      assert.strictEqual(yield* said({}), "OutcomeUnknown")
      assert.strictEqual(yield* said({ gid: 5 }), "OutcomeUnknown")
      assert.strictEqual(yield* said({ gid: 6 }), "NeverPlaced")
      assert.strictEqual(yield* said({ amount: -1 }), "NeverPlaced")
      assert.strictEqual(yield* said({ symbol: "tETHUSD" }), "NeverPlaced")
    }))

  it.effect("finds an order that shows late", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* outcome((at) => at >= noon + 74_000 ? { open: [row({})] } : {}), "Placed")
    }))

  it.effect("an order that was created before `since` is another one, also where replies have no Date", () =>
    Effect.gen(function*() {
      const lists = { past: [row({ status: "CANCELED" })] }
      assert.strictEqual(yield* outcome(lists, { since: noon - 1000 }), "Cancelled")
      const old = { past: [row({ mts: noon - 3_600_000, status: "CANCELED" })] }
      assert.strictEqual(yield* outcome(old, { since: noon }), "NotSeen")
      assert.strictEqual(yield* outcome(old), "Cancelled")
    }))

  it.effect("reads all pages of the day, and only that", () =>
    Effect.gen(function*() {
      const many = Array.from({ length: 6000 }, (_, i) => row({ id: 100 + i, cid: 1000 + i, mts: noon + 10 - i }))
      const { result, seen } = yield* ask({ past: [...many, row({ mts: noon - 7000, status: "CANCELED" })] })
      assert.strictEqual(result._tag === "Right" && result.right._tag, "Cancelled")
      const histories = seen.filter(({ url }) => url.pathname.endsWith("/hist")).map(bodyOf)
      assert.isAbove(histories.length, 2)
      assert.deepStrictEqual(histories[0], {
        start: Date.UTC(2026, 4, 31, 23),
        end: Date.UTC(2026, 5, 2, 1),
        limit: 2500
      })
    }))

  it.effect("queries one symbol if it is given", () =>
    Effect.gen(function*() {
      const { seen } = yield* ask({ open: [row({})] }, { symbol: "tBTCUSD" })
      assert.deepStrictEqual(seen.map(({ url }) => url.pathname).slice(0, 2), [
        "/v2/auth/r/orders/tBTCUSD",
        "/v2/auth/r/orders/tBTCUSD/hist"
      ])
    }))

  describe("near midnight", () => {
    const before = Date.UTC(2026, 4, 31, 23, 59, 59)
    it.effect("accepts an order of an adjacent day if its cid was made from a clock", () =>
      Effect.gen(function*() {
        const lists = { open: [row({ cid: before, mts: before })] }
        assert.strictEqual(yield* outcome(lists, { cid: before }), "Placed")
      }))
    it.effect("does not guess when the cid may be that of another order", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* outcome({ open: [row({ mts: before })] }), "OutcomeUnknown")
      }))
    it.effect("takes the one of the day where both have it", () =>
      Effect.gen(function*() {
        const { result } = yield* ask({ open: [row({ id: 1, mts: before }), row({ id: 2 })] })
        assert.strictEqual(result._tag === "Right" && "order" in result.right && result.right.order.id, 2)
      }))
  })

  it.effect("does not say NeverPlaced of a time that past orders do not reach", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* outcome({}, { cidDate: "2026-05-10" }), "OutcomeUnknown")
      // open orders are shown however old they are
      const old = Date.UTC(2026, 4, 10, 5)
      assert.strictEqual(yield* outcome({ open: [row({ mts: old })] }, { cidDate: "2026-05-10" }), "Placed")
    }))

  it.effect("fails when a list cannot be read, rather than to answer by the other", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const { result } = yield* finish(
        against(
          ({ url }) => url.pathname.endsWith("/hist") ? html() : Http.json([]),
          (rest) => Effect.either(rest.resolveOrder({ cid: 7, cidDate: new Date(noon) }))
        )
      )
      assert.strictEqual(result._tag === "Left" && result.left._tag, "TransportError")
    }))

  const wrong: ReadonlyArray<readonly [field: string, query: object]> = [
    ["cid", { cid: 2 ** 45 }],
    ["cid", { cid: 0 }],
    ["cidDate", { cidDate: "1 June" }],
    ["cidDate", { cidDate: "2026-06-04" }],
    ["since", { since: noon + 3_600_000 }],
    ["symbol", { symbol: "fUSD" }]
  ]
  for (const [field, query] of wrong) {
    it.effect(`refuses ${JSON.stringify(query)}`, () =>
      Effect.gen(function*() {
        const { result, seen } = yield* ask({}, query)
        assert.strictEqual(result._tag === "Left" && result.left._tag === "InvalidInput" && result.left.field, field)
        assert.lengthOf(seen, 0)
      }))
  }
})

describe("RestAuthClient.submitOrderResolved", () => {
  for (
    const [options, field] of [
      [{ within: "5 mins" }, "within"],
      [{ within: Number.NaN }, "within"],
      [{ wihtin: "5 minutes" }, "wihtin"]
    ] as ReadonlyArray<readonly [options: any, field: string]>
  ) {
    it.effect(`refuses ${JSON.stringify(options)} before it sends the order, whose outcome would be lost`, () =>
      Effect.gen(function*() {
        const { result, seen } = yield* against(
          () => accepted([row({ cid: null })]),
          (rest) => Effect.flip(rest.submitOrderResolved(order, options))
        )
        assert.deepInclude(result, { _tag: "InvalidInput", field })
        assert.lengthOf(seen, 0)
      }))
  }

  it.effect("passes on the venue's text", () =>
    Effect.gen(function*() {
      const { result, seen } = yield* against(
        () => accepted([row({ cid: null })]),
        (rest) => rest.submitOrderResolved(order)
      )
      assert.strictEqual(result._tag, "Accepted")
      assert.lengthOf(seen, 1)
    }))

  it.effect("finds the outcome of an order whose reply was lost, although its queries fail at first", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      let cid = 0
      const { result, seen } = yield* finish(
        against((request, place) => {
          if (place === 0) {
            cid = bodyOf(request).cid
            return html()
          }
          if (place < 3) return html()
          return request.url.pathname.endsWith("/hist") ? Http.json([]) : Http.json([row({ cid })])
        }, (rest) => rest.submitOrderResolved(order))
      )
      assert.strictEqual(result._tag, "Placed")
      assert.strictEqual(seen.filter(({ url }) => url.pathname.endsWith("submit")).length, 1)
    }))

  it.effect("does not submit an order again that was never placed: the caller decides that", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const { result, seen } = yield* finish(
        against((_, place) => place === 0 ? html() : Http.json([]), (rest) => rest.submitOrderResolved(order))
      )
      assert.strictEqual(result._tag, "NeverPlaced")
      assert.strictEqual(seen.filter(({ url }) => url.pathname.endsWith("submit")).length, 1)
    }))

  it.effect("an order that ends just before it would be shown as open is found among past ones, which show it late", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      let cid = 0
      const { result } = yield* finish(
        against((request, place) => {
          if (place === 0) {
            cid = bodyOf(request).cid
            return html()
          }
          const isPast = request.url.pathname.endsWith("/hist") && request.at >= noon + 29_000
          return Http.json(isPast ? [row({ cid, left: 0, status: "EXECUTED @ 100.0(1.0)" })] : [])
        }, (rest) => rest.submitOrderResolved(order))
      )
      assert.strictEqual(result._tag, "Filled")
    }))

  it.effect("ends within its time when it cannot be found out, with the cid", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const fiber = yield* Effect.fork(
        against(html, (rest) => Effect.flip(rest.submitOrderResolved(order, { within: "20 seconds" })))
      )
      yield* TestClock.adjust("21 seconds")
      const { result, seen } = yield* Fiber.join(fiber)
      assert.strictEqual(result._tag, "OutcomeUnknown")
      assert.strictEqual(result._tag === "OutcomeUnknown" && result.cid, bodyOf(seen[0]!).cid)
      assert.include(result.message, "within 20s")
      assert.isAbove(seen.length, 5)
    }))

  it.effect("ends at once when the key is refused meanwhile", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const { result } = yield* against(
        (_, place) => place === 0 ? html() : Http.json(["error", 10100, "apikey: invalid"], 500),
        (rest) => Effect.flip(rest.submitOrderResolved(order))
      )
      assert.strictEqual(result._tag, "OutcomeUnknown")
      assert.include(result.message, "apikey: invalid")
    }))

  it.effect("fails as submitOrder does when there is nothing to find out", () =>
    Effect.gen(function*() {
      const { result, seen } = yield* against(
        () => Http.json(["error", 10001, "Invalid order: minimum size"], 500),
        (rest) => Effect.flip(rest.submitOrderResolved(order))
      )
      assert.strictEqual(result._tag, "InvalidOrder")
      assert.lengthOf(seen, 1)
    }))
})

describe("RestAuthClient streams", () => {
  const cells = (length: number, filled: { readonly [place: number]: unknown }) =>
    Object.assign(Array.from({ length }, () => null), filled)
  const funding = (id: number, mts: number) =>
    cells(22, { 0: id, 1: "fUSD", 2: 1, 3: 5, 4: mts, 5: 1, 7: "CLOSED", 11: 0.1, 12: 2 })
  /** a row of each history, and where its time is */
  const histories: {
    readonly [K in keyof typeof accountHistories]: readonly [
      column: number,
      row: (id: number, mts: number) => ReadonlyArray<unknown>,
      args?: { readonly symbol: string }
    ]
  } = {
    ordersHistoryStream: [4, (id, mts) => row({ id, mts, status: "CANCELED" })],
    ordersHistoryBySymbolStream: [4, (id, mts) => row({ id, mts, status: "CANCELED" }), { symbol: "tBTCUSD" }],
    accountTradesStream: [2, (id, mts) => [id, "tBTCUSD", mts, 5, 1, 100, null, null, 1, -1, "USD", null]],
    accountTradesBySymbolStream: [
      2,
      (id, mts) => [id, "tBTCUSD", mts, 5, 1, 100, null, null, 1, -1, "USD", null],
      { symbol: "tBTCUSD" }
    ],
    ledgersStream: [3, (id, mts) => [id, "USD", "exchange", mts, null, 1, 2, null, "x"]],
    movementsStream: [
      6,
      (id, mts) => cells(22, { 0: id, 1: "USD", 2: "TETHER", 5: 5, 6: mts, 9: "COMPLETED", 12: 1, 13: 0 })
    ],
    fundingOffersHistoryStream: [
      3,
      (id, mts) => cells(21, { 0: id, 1: "fUSD", 2: 5, 3: mts, 4: 1, 5: 1, 10: "CANCELED", 14: 0.1, 15: 2 })
    ],
    fundingLoansHistoryStream: [4, funding],
    fundingCreditsHistoryStream: [4, funding],
    fundingTradesHistoryStream: [2, (id, mts) => [id, "fUSD", mts, 5, 1, 0.1, 2, null]]
  }

  for (const [name, [column, make, args]] of Object.entries(histories)) {
    it.effect.prop(
      `${name} delivers every row once, in order, through pages of any size`,
      [
        FastCheck.array(FastCheck.integer({ min: 10, max: 19 }), { maxLength: 25 }),
        FastCheck.integer({ min: 1, max: 30 })
      ],
      ([times, limit]) =>
        Effect.gen(function*() {
          const rows = times.map((mts, id) => make(id + 1, mts))
          const answer = (request: Http.Seen) => {
            const { end = Infinity, limit = 25, sort = -1, start = 0 } = bodyOf(request)
            const time = (each: ReadonlyArray<unknown>) => Number(each[column])
            return Http.json(
              rows.filter((each) => time(each) >= start && time(each) <= end)
                .sort((a, b) => sort * (time(a) - time(b)))
                .slice(0, limit)
            )
          }
          const { result } = yield* finish(
            against(answer, (rest) => {
              // the cast: the streams of this table differ in their arguments only
              const stream = rest[name as "ordersHistoryStream"]
              return Stream.runCollect(stream({ ...args, limit } as { readonly limit: number }))
            })
          )
          const ids = Chunk.toReadonlyArray(result).map(({ id }) => id)
          const expected = times.map((mts, id) => ({ mts, id: id + 1 })).sort((a, b) => b.mts - a.mts).map(({ id }) =>
            id
          )
          assert.deepStrictEqual(ids, expected)
        }),
      { fastCheck: { numRuns: Env.runs(5, 15) } }
    )
  }

  it.effect("read trades forward from a start, and funding trades backward unless `sort` is given", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(noon)
      const { seen } = yield* against(() => Http.json([]), (rest) =>
        Effect.gen(function*() {
          yield* Stream.runDrain(rest.accountTradesStream({ start: 5 }))
          yield* Stream.runDrain(rest.fundingTradesHistoryStream({ start: 5 }))
          yield* Stream.runDrain(rest.fundingTradesHistoryStream({ start: 5, sort: 1 }))
        }))
      assert.deepStrictEqual(seen.map((each) => bodyOf(each).sort), [1, undefined, 1])
    }))
})
