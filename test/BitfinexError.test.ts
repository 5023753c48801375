import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as BitfinexError from "../src/BitfinexError.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestClient from "../src/RestClient.ts"
import * as Http from "./support/httpDouble.ts"

const depth = 50_000
const deepText = "[".repeat(depth) + "]".repeat(depth)

const nested = (): unknown => {
  let value: unknown = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const deep = nested()

const raise = (): never => {
  throw new Error("no")
}

const hostile: ReadonlyArray<readonly [name: string, value: unknown]> = [
  ["arrays nested deeper than the stack", deep],
  [
    "a cycle without a prototype",
    (() => {
      const cycle: { self?: unknown } = Object.create(null)
      cycle.self = cycle
      return cycle
    })()
  ],
  ["an object that prints a bigint", { id: 1n }],
  ["a symbol", Symbol("s")],
  ["a function without a prototype", Object.setPrototypeOf(() => 1, null)],
  ["a getter that throws", {
    get price() {
      return raise()
    },
    toString: raise
  }],
  ["toJSON and toString that throw", { toJSON: raise, toString: raise }],
  ["toString that gives an object", { toJSON: raise, toString: () => ({}), valueOf: () => ({}) }],
  [
    "a proxy that throws",
    new Proxy({}, { get: raise, ownKeys: raise, has: raise, getPrototypeOf: raise, getOwnPropertyDescriptor: raise })
  ],
  [
    "a revoked proxy",
    (() => {
      const { proxy, revoke } = Proxy.revocable([], {})
      revoke()
      return proxy
    })()
  ]
]

const isShort = (text: string): boolean => text.length > 0 && text.length <= 120

describe("render", () => {
  for (const [name, value] of hostile) {
    it(`shows ${name}`, () => {
      assert.isTrue(isShort(BitfinexError.render(value)))
      const error = new BitfinexError.InvalidInput({ operation: "test", field: "price", value, reason: "no number" })
      const shown = value === undefined ?
        /^test: price is missing, nothing was sent: no number$/
        : /^test: price = .+ cannot be used, nothing was sent: no number$/
      assert.match(error.message, shown)
    })
  }

  it("shows anything, in at most 120 characters", () => {
    const anything = FastCheck.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true
    })
    // by index: the generators themselves cannot handle such values
    const inside = FastCheck.tuple(FastCheck.nat(hostile.length - 1), FastCheck.string(), anything).map(
      ([place, key, value]) => ({ value: { [key]: hostile[place]![1], more: value } })
    )
    const values = FastCheck.oneof(anything, FastCheck.string({ maxLength: 400 }), FastCheck.func(anything))
    FastCheck.assert(FastCheck.property(values, (value) => isShort(BitfinexError.render(value))))
    FastCheck.assert(FastCheck.property(inside, ({ value }) => isShort(BitfinexError.render(value))))
  })

  it("keeps text that it can show", () => {
    assert.strictEqual(BitfinexError.render(undefined), "nothing")
    assert.strictEqual(BitfinexError.render(1n), "1n")
    assert.strictEqual(BitfinexError.render(Number.NaN), "NaN")
    assert.strictEqual(BitfinexError.render(["a", null]), `["a",null]`)
    assert.strictEqual(BitfinexError.render(Symbol("s")), "Symbol(s)")
  })
})

it("a refusal without a code has none in its message", () => {
  const refused = { operation: "Trading.submitOrder", text: "symbol: invalid", outcome: "refused" } as const
  const messageOf = (code: number | null, status: number | null) =>
    new BitfinexError.ApiError({ ...refused, code, status }).message
  assert.strictEqual(messageOf(null, null), "Trading.submitOrder: refused: symbol: invalid")
  assert.strictEqual(messageOf(10001, null), "Trading.submitOrder: refused with code 10001: symbol: invalid")
  assert.strictEqual(messageOf(10001, 500), "Trading.submitOrder: refused with code 10001, HTTP 500: symbol: invalid")
  assert.strictEqual(messageOf(null, 500), "Trading.submitOrder: refused with HTTP 500: symbol: invalid")
})

it("a refusal without a text says so", () => {
  const refused = { operation: "Trading.submitOrder", text: " ", outcome: "refused", code: null, status: null } as const
  assert.strictEqual(
    new BitfinexError.ApiError(refused).message,
    "Trading.submitOrder: refused: the venue gave no reason"
  )
})

it("an unknown outcome says what to do before the command is repeated", () => {
  const nextOf = (operation: string, ids: { readonly cid?: number; readonly id?: number }) =>
    new BitfinexError.OutcomeUnknown({
      operation,
      cid: ids.cid ?? null,
      cidDate: ids.cid === undefined ? null : "2024-01-01",
      id: ids.id ?? null,
      mts: null,
      reason: "no answer within 10s",
      error: null
    }).message.split("no answer within 10s. ")[1]
  assert.strictEqual(
    nextOf("Trading.submitOrder", { cid: 7 }),
    "Before you place it again, wait for Trading.resolutions, or call RestAuthClient.resolveOrder"
  )
  assert.strictEqual(
    nextOf("RestAuthClient.submitOrder", { cid: 7 }),
    "Before you place it again, call RestAuthClient.resolveOrder"
  )
  assert.strictEqual(nextOf("Trading.cancelOrder", { id: 9 }), "Before you repeat it, wait for Trading.resolutions")
  assert.strictEqual(nextOf("Trading.calc", {}), "It changes nothing, so you can repeat it")
})

it("what may have been executed is not retryable", () => {
  const closed = { operation: "Trading.submitOrder", code: 1006, reason: "" } as const
  assert.isTrue(new BitfinexError.ConnectionClosed({ ...closed, outcome: "unsent" }).isRetryable)
  assert.isFalse(new BitfinexError.ConnectionClosed({ ...closed, outcome: "unknown" }).isRetryable)
})

describe("a reply nested deeper than the stack", () => {
  const call = (body: string, status: number) =>
    RestClient.RestClient.pipe(
      Effect.flatMap((rest) => rest.ticker({ symbol: "tBTCUSD" })),
      Effect.flip,
      Effect.provide(Layer.provide(RestClient.layer, RateLimiter.layerProcess)),
      Effect.provideService(
        HttpClient.HttpClient,
        Http.make(() => new Response(body, { status, headers: { "content-type": "application/json" } })).client
      ),
      Effect.provide(BitfinexConfig.layer({ rest: { retryReads: Schedule.stop } }))
    )
  const bodies: ReadonlyArray<readonly [name: string, body: string]> = [
    ["a list", deepText],
    ["a refusal whose text is a list", `["error",10020,${deepText}]`],
    ["a cell", `[1,${deepText},1,1,1,1,1,1,1,1]`]
  ]
  const expected: { readonly [name: string]: ReadonlyArray<string> } = {
    "a list": ["DecodeError", "ApiError", "TransportError"],
    "a refusal whose text is a list": ["ApiError", "ApiError", "ApiError"],
    "a cell": ["DecodeError", "ApiError", "TransportError"]
  }
  for (const [name, body] of bodies) {
    for (const [place, status] of [200, 400, 500].entries()) {
      it.effect(`${name} with status ${status} is a typed error`, () =>
        Effect.gen(function*() {
          const error = yield* call(body, status)
          assert.strictEqual(error._tag, expected[name]![place])
          assert.isString(error.message)
        }))
    }
  }
})
