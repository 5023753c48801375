import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as BitfinexError from "../../../src/BitfinexError.ts"
import * as ErrorTable from "../../../src/protocol/internal/refusals.ts"

const reply = (status: number, body: string, more: Partial<ErrorTable.Reply> = {}): ErrorTable.Reply => ({
  operation: "RestClient.test",
  status,
  contentType: "application/json; charset=utf-8",
  retryAfter: null,
  body,
  read: true,
  ...more
})
const failure = (status: number, body: string, more?: Partial<ErrorTable.Reply>) =>
  Either.getOrThrowWith(Either.flip(ErrorTable.classify(reply(status, body, more))), () => new Error("it was accepted"))

describe("errorTable", () => {
  /** index of the rule, a refusal that it must match, and the error */
  const samples: ReadonlyArray<
    readonly [code: number | null, text: string, status: number, tag: BitfinexError.RestError["_tag"]]
  > = [
    [11010, "ratelimit: error", 500, "RateLimited"],
    [null, "ERR_RATE_LIMIT", 200, "RateLimited"],
    [20060, "maintenance", 500, "Maintenance"],
    [503, "ERR_ANY", 503, "Maintenance"],
    [null, "temporarily_unavailable", 503, "Maintenance"],
    [10114, "nonce: small", 500, "NonceTooSmall"],
    [10100, "nonce: small", 500, "NonceTooSmall"],
    [10100, "apikey: invalid", 500, "AuthenticationFailed"],
    [10001, "api_key: permission invalid", 500, "AuthenticationFailed"],
    [10000, "token: invalid", 500, "AuthenticationFailed"],
    [null, "ERR_AUTH_UNAUTHORIZED", 401, "AuthenticationFailed"],
    [10001, "Invalid order: not enough exchange balance for 0.002 BTCUSD at 9122.2", 500, "InsufficientBalance"],
    [10001, "Order not found.", 500, "OrderNotFound"],
    [10001, "Invalid order: minimum size for BTC/USD is 0.00006", 500, "InvalidOrder"],
    [10008, "slow down", 429, "RateLimited"],
    [10008, "closed", 503, "Maintenance"]
  ]

  it("has a sample for each of its rows, in their order", () => {
    assert.strictEqual(samples.length, ErrorTable.rules.length)
    const deciding = samples.map(([code, text, status]) =>
      ErrorTable.rules.findIndex((rule) =>
        (rule.code === undefined || (code !== null && [rule.code].flat().includes(code)))
        && (rule.text?.test(text) ?? true)
        && (rule.status ?? status) === status
      )
    )
    assert.deepStrictEqual(deciding, samples.map((_, place) => place))
  })

  const common = ["RateLimited", "Maintenance", "ApiError"]
  const signed = [...common, "AuthenticationFailed", "NonceTooSmall"]
  const possible = {
    public: common,
    read: signed,
    write: [...signed, "InsufficientBalance", "InvalidOrder"],
    order: [...signed, "InsufficientBalance", "InvalidOrder", "OrderNotFound"]
  } as const
  for (const kind of ["public", "read", "write", "order"] as const) {
    it(`a call of kind ${kind} fails only with the errors of its type, and loses neither code nor text`, () => {
      for (const [code, text, status, tag] of samples) {
        const error = ErrorTable.fromRefusal({ operation: "test", code, text, status, retryAfter: null }, kind)
        assert.strictEqual(error._tag, possible[kind].includes(tag) ? tag : "ApiError", text)
        if (error._tag === "ApiError") assert.deepInclude(error, { code, text, status })
        const body = JSON.stringify(["error", code, text])
        assert.strictEqual(failure(status, body, { kind })._tag, error._tag, text)
      }
    })
  }

  for (const [code, text, status, tag] of samples) {
    it(`${tag}: ${code} ${text} (${status})`, () => {
      const error = ErrorTable.fromRefusal({ operation: "RestClient.test", code, text, status, retryAfter: null })
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(error.operation, "RestClient.test")
      assert.strictEqual(error.text, text)
    })
  }

  for (const code of [10100, 10111, 10112, 10113, 10200]) {
    it(`AuthenticationFailed: ${code}`, () => {
      const error = failure(500, `["error",${code},"no"]`)
      assert.strictEqual(error._tag, "AuthenticationFailed")
      assert.isFalse(error.isRetryable)
    })
  }

  for (
    const text of [
      "Invalid order: not enough tradable balance for 1 BTCUSD at 1",
      "Cannot evaluate your available balance is only 3",
      // of a transfer between wallets
      "Cannot complete transfer. Exchange balance insufficient"
    ]
  ) {
    it(`InsufficientBalance: ${text}`, () => {
      assert.strictEqual(failure(500, JSON.stringify(["error", 10001, text]))._tag, "InsufficientBalance")
    })
  }

  for (
    const text of [
      "price: invalid",
      "amount: invalid",
      "Invalid price.",
      // for a reduce-only order on the wrong side
      "direction: invalid",
      "Invalid order: minimum size for BTC/USD is 0.00006"
    ]
  ) {
    it(`InvalidOrder: ${text}`, () => {
      assert.strictEqual(failure(500, JSON.stringify(["error", 10001, text]))._tag, "InvalidOrder")
      // notifications have no code
      const notification = { operation: "test", code: null, text, status: 200, retryAfter: null, notification: "ERROR" }
      const error = ErrorTable.fromRefusal(notification)
      assert.strictEqual(error._tag, "InvalidOrder")
      assert.strictEqual(BitfinexError.outcomeOf(error), "refused")
    })
  }

  // no source lists these, so they are not reported as errors of orders
  for (const text of ["Offer not found.", "Position not found.", "symbol: invalid", "rate: invalid"]) {
    it(`ApiError, refused: ${text}`, () => {
      const error = failure(500, JSON.stringify(["error", 10001, text]))
      assert.deepInclude(error, { _tag: "ApiError", code: 10001, text, outcome: "refused" })
    })
  }

  describe("keeps unknown refusals", () => {
    const cases: ReadonlyArray<readonly [status: number, body: string, code: number | null, text: string]> = [
      [500, `["error",10020,"symbol: invalid"]`, 10020, "symbol: invalid"],
      [200, `["error",10020,"limit: invalid"]`, 10020, "limit: invalid"],
      [500, `["error",null,"something"]`, null, "something"],
      [500, `["error",10050]`, 10050, ""],
      [500, `["error","odd",{"a":1}]`, null, `{"a":1}`],
      [
        400,
        `["error",10001,"This currency cannot be used in margin funding."]`,
        10001,
        "This currency cannot be used in margin funding."
      ],
      // the text alone, with another code, does not make it a refusal of an order
      [500, `["error",110202,"collateral: not enough balance"]`, 110202, "collateral: not enough balance"],
      [404, `{"error":"unknown arguments"}`, null, "unknown arguments"],
      [403, `{"message":"no"}`, null, `{"message":"no"}`]
    ]
    for (const [status, body, code, text] of cases) {
      it(`${status} ${body}`, () => {
        const error = failure(status, body)
        assert.strictEqual(error._tag, "ApiError")
        if (error._tag !== "ApiError") return
        assert.deepStrictEqual([error.code, error.text, error.status], [code, text, status])
        assert.isFalse(error.isRetryable)
      })
    }

    it("and lets 11000, not ready, be tried again", () => {
      const error = failure(500, `["error",11000,"not ready"]`)
      assert.strictEqual(error._tag, "ApiError")
      assert.isTrue(error.isRetryable)
    })
  })

  describe("limits and maintenance", () => {
    it("the object, with the default pause", () => {
      const error = failure(429, `{"error":"ERR_RATE_LIMIT"}`)
      assert.strictEqual(error._tag === "RateLimited" && error.retryAfter, 60_000)
    })
    it("the venue's own pause", () => {
      const error = failure(429, `{"error":"ERR_RATE_LIMIT"}`, { retryAfter: 7000 })
      assert.strictEqual(error._tag === "RateLimited" && error.retryAfter, 7000)
    })
    for (const body of ["", "<html>", "[1,2]", `["error",10000,"x"]`, `{"detail":"slow"}`]) {
      it(`429 with ${body || "no body"}`, () => {
        assert.strictEqual(failure(429, body, { contentType: "text/html" })._tag, "RateLimited")
      })
    }
    const closed = `{"code":503,"error":"temporarily_unavailable","error_description":"Sorry, the service is closed."}`
    for (const kind of ["public", "read"] as const) {
      it(`503 with the object, for a call of kind ${kind}, may be repeated`, () => {
        const error = failure(503, closed, { kind, read: true })
        assert.strictEqual(error._tag, "Maintenance")
        assert.include(error.message, "Sorry, the service is closed.")
        assert.isTrue(error.isRetryable)
      })
    }
    for (const kind of ["write", "order"] as const) {
      it(`503 with the object, for a call of kind ${kind}, proves nothing, and must not be repeated`, () => {
        const error = failure(503, closed, { kind })
        assert.strictEqual(error._tag, "Maintenance")
        assert.include(error.message, "Outcome unknown")
        assert.isFalse(error.isRetryable)
        assert.isTrue(failure(500, `["error",20060,"maintenance"]`, { kind }).isRetryable)
      })
    }
  })

  describe("broken replies", () => {
    const cases: ReadonlyArray<readonly [name: string, status: number, body: string, more: Partial<ErrorTable.Reply>]> =
      [
        ["an HTML page", 502, "<html><h1>Bad gateway</h1></html>", { contentType: "text/html" }],
        ["an HTML page with 200", 200, "<html></html>", { contentType: "text/html" }],
        ["an HTML page with 503", 503, "<html></html>", { contentType: "text/html" }],
        ["no body", 200, "", {}],
        ["blanks", 200, " \n", { contentType: undefined }],
        ["JSON cut short", 200, "[1,2", {}],
        ["another content type", 200, "[1]", { contentType: "text/html" }],
        ["plain text", 200, "hello", { contentType: "text/plain" }],
        ["a redirect", 302, "[1]", {}],
        ["a redirect as browsers show it", 0, "", {}],
        ["not modified", 304, "", {}],
        ["a proxy's JSON with 5xx", 504, `{"error":"gateway timeout"}`, {}],
        ["any JSON with 5xx", 500, "[1]", {}]
      ]
    for (const [name, status, body, more] of cases) {
      it(name, () => {
        for (const read of [true, false]) {
          const error = failure(status, body, { ...more, read })
          assert.strictEqual(error._tag, "TransportError")
          if (error._tag !== "TransportError") return
          // nothing proves that the request was not executed
          assert.deepStrictEqual(
            [error.stage, error.outcome, error.status, error.isRetryable],
            // a redirect always leads to the same place
            ["body", "unknown", status, read && status !== 302 && status !== 0]
          )
          assert.strictEqual(error.reason.includes("redirect"), status === 302 || status === 0)
        }
      })
    }
  })

  for (const contentType of [undefined, "", "text/plain", "text/plain; charset=utf-8", "application/vnd.x+json"]) {
    it(`JSON with the content type ${contentType ?? "none"} is read as what it says`, () => {
      assert.deepStrictEqual(Either.getOrThrow(ErrorTable.classify(reply(200, "[1]", { contentType }))), [1])
      assert.strictEqual(failure(200, `["error",10114,"nonce: small"]`, { contentType })._tag, "NonceTooSmall")
    })
  }

  it("404 and 403 with a page of a proxy are not repeated, 408 is", () => {
    const isRetryable = (status: number) => failure(status, "<html></html>", { contentType: "text/html" }).isRetryable
    assert.deepStrictEqual([404, 403, 408, 500, 502].map(isRetryable), [false, false, true, true, true])
  })

  describe("outcome", () => {
    const outcome = (status: number, body: string) => BitfinexError.outcomeOf(failure(status, body, { read: false }))
    const refused: ReadonlyArray<readonly [status: number, body: string]> = [
      [500, `["error",10001,"Invalid order: not enough exchange balance"]`],
      [500, `["error",10001,"This currency cannot be used in margin funding."]`],
      [200, `["error",10020,"amount: invalid"]`],
      [500, `["error",10100,"apikey: invalid"]`],
      [500, `["error",10114,"nonce: small"]`],
      [500, `["error",11000,"not ready"]`],
      [500, `["error",20060,"maintenance"]`],
      [500, `["error",110202,"collateral: market risk"]`],
      [429, `{"error":"ERR_RATE_LIMIT"}`],
      [429, "<html>"]
    ]
    for (const [status, body] of refused) {
      it(`refused: ${status} ${body}`, () => assert.strictEqual(outcome(status, body), "refused"))
    }
    it("is refused for these codes and no other one, whatever the text", () => {
      const proving = new Set([
        10001,
        10020,
        10050,
        10100,
        10111,
        10112,
        10113,
        10114,
        10200,
        10300,
        10301,
        10302,
        10305,
        10400,
        10401,
        11000,
        11010,
        20060,
        110202
      ])
      // every code of the manual, its neighbours, and codes of HTTP and of sockets
      const near = Array.from({ length: 1_500 }, (_, k) => 9_900 + k)
      const far = [0, 1, -1, 200, 429, 500, 503, 5000, 20051, 20061, 99_999, 110_201, 110_203, 1_000_100, 10_001.5]
      const found = [...near, ...far, ...proving].filter((code) =>
        outcome(500, `["error",${code},"any text"]`) === "refused"
      )
      assert.deepStrictEqual(new Set(found), proving)
    })

    const unknown: ReadonlyArray<readonly [status: number, body: string]> = [
      [500, `["error",10000,"unknown"]`],
      [500, `["error",10008,"concurrency"]`],
      [500, `["error",null,"something"]`],
      [500, `["error",99999,"an unknown code"]`],
      [500, `["error",10001,"Request timed out"]`],
      [500, `["error",10001,"ERR_TIMEOUT"]`],
      [404, `{"error":"not found"}`],
      [503, `{"code":503,"error":"temporarily_unavailable","error_description":"Sorry."}`],
      [503, `["error",10008,"closed"]`],
      [502, "<html>"],
      [500, "[1]"],
      [200, ""]
    ]
    for (const [status, body] of unknown) {
      it(`unknown: ${status} ${body || "(empty)"}`, () => assert.strictEqual(outcome(status, body), "unknown"))
    }
  })

  describe("notifications that refuse", () => {
    const cases: ReadonlyArray<
      readonly [notification: string, text: string, tag: BitfinexError.RestError["_tag"], outcome: string]
    > = [
      ["ERROR", "Invalid order: not enough exchange balance for 0.1 BTCUSD", "InsufficientBalance", "refused"],
      ["ERROR", "Order not found.", "OrderNotFound", "refused"],
      ["ERROR", "Invalid price.", "InvalidOrder", "refused"],
      ["ERROR", "amount: invalid", "InvalidOrder", "refused"],
      ["ERROR", "api_key: permission invalid", "AuthenticationFailed", "refused"],
      ["FAILURE", "", "ApiError", "refused"],
      ["SUCCESS", "Settlement / Transfer in progress", "ApiError", "refused"],
      ["ERROR", "Request timeout", "ApiError", "unknown"],
      ["PENDING", "later", "ApiError", "unknown"]
    ]
    for (const [notification, text, tag, outcome] of cases) {
      it(`${notification} ${text}`, () => {
        const refusal = { operation: "test", code: null, text, status: 200, retryAfter: null, notification }
        const error = ErrorTable.fromRefusal(refusal)
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(BitfinexError.outcomeOf(error), outcome)
      })
    }

    it("a refusal without a notification needs its code for the same words", () => {
      const refusal = { operation: "test", code: null, text: "Order not found.", status: 500, retryAfter: null }
      assert.strictEqual(ErrorTable.fromRefusal(refusal)._tag, "ApiError")
    })
  })

  it("shows no part of a body that may hold a secret", () => {
    for (const [status, body] of [[200, `["pub:api:0123456789`], [502, `{"token":"pub:api:0123456789"}`]] as const) {
      const error = failure(status, body, { quotes: false })
      assert.notInclude(error.message, "pub:api")
      assert.notInclude(JSON.stringify(error), "pub:api")
    }
  })

  it("lets replies through", () => {
    for (const body of ["[1]", "[]", "null", "true", `"text"`, `[["error",1]]`, `{"error":"none in stock"}`]) {
      assert.deepStrictEqual(ErrorTable.classify(reply(200, body)), Either.right(JSON.parse(body)))
    }
    assert.isTrue(Either.isRight(ErrorTable.classify(reply(200, "[1]", { contentType: undefined }))))
  })

  it("never throws", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 100, max: 599 }),
        FastCheck.oneof(
          FastCheck.string(),
          FastCheck.json(),
          FastCheck.tuple(FastCheck.constant("error"), FastCheck.jsonValue(), FastCheck.jsonValue()).map((row) =>
            JSON.stringify(row)
          )
        ),
        (status, body) => {
          const result = ErrorTable.classify(reply(status, body))
          if (Either.isLeft(result)) assert.isString(result.left.message)
          else assert.isTrue(status >= 200 && status < 300)
        }
      ),
      { numRuns: 500 }
    )
  })
})
