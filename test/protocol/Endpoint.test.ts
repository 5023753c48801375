import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Layout from "../../src/protocol/Layout.ts"
import * as Param from "../../src/protocol/Param.ts"
import { PublicFundingTrade, PublicTrade } from "../../src/protocol/records/PublicTrade.ts"
import { Stat } from "../../src/protocol/records/Stats.ts"

const row = { path: "v2/x/{symbol}", params: { symbol: Param.symbol }, limit: [30, 60], doc: "rest-x" } as const

describe("replies", () => {
  it("always gives the same decoder", () => {
    const reply = Endpoint.always(Stat)
    assert.deepStrictEqual(reply.choose({}), Either.right(Stat))
    assert.deepStrictEqual(reply.choose({ symbol: "fUSD" }), Either.right(Stat))
  })

  it("bySymbol follows the prefix, and an unknown one is an error and no guess", () => {
    const reply = Endpoint.bySymbol(PublicTrade, PublicFundingTrade)
    assert.deepStrictEqual(reply.choose({ symbol: "tBTCUSD" }), Either.right(PublicTrade))
    assert.deepStrictEqual(reply.choose({ symbol: "fUSD" }), Either.right(PublicFundingTrade))
    for (const symbol of [undefined, null, "BTCUSD", "xUSD", 1, "tbtcusd"]) {
      const chosen = reply.choose({ symbol })
      assert(Either.isLeft(chosen), String(symbol))
      assert.deepInclude({ ...chosen.left }, {
        _tag: "DecodeError",
        field: "symbol",
        layout: "PublicTrade | PublicFundingTrade"
      })
    }
  })

  it("choose names the missing parameter", () => {
    const reply = Endpoint.choose<Endpoint.Always<unknown>>(
      ({ kind }) => kind === "stat" ? Stat : { field: "kind", expected: "stat" },
      "mixed"
    )
    assert.deepStrictEqual(reply.choose({ kind: "stat" }), Either.right(Stat))
    const chosen = reply.choose({})
    assert(Either.isLeft(chosen))
    assert.strictEqual(
      chosen.left.message,
      "decode: mixed.kind [null]: expected the call's parameter kind: stat, got nothing"
    )
  })
})

describe("rows", () => {
  it("open ones are read without a key, and may be repeated", () => {
    const open = Endpoint.open({ ...row, result: Endpoint.always(Stat) })
    assert.deepInclude(open, { method: "GET", auth: false, idempotent: true, status: "documented" })
    assert.strictEqual(open.doc, "https://docs.bitfinex.com/reference/rest-x")
    assert.isUndefined(open.check({}))
  })
  it("signed reads may be repeated, writes may not", () => {
    const read = Endpoint.read({ ...row, result: Endpoint.always(Stat) })
    assert.deepInclude(read, { method: "POST", auth: true, idempotent: true })
    const write = Endpoint.write({ ...row, result: Endpoint.always(Stat) })
    assert.deepInclude(write, { method: "POST", auth: true, idempotent: false })
  })
  it("state what differs", () => {
    const odd = Endpoint.write({
      ...row,
      method: "GET",
      idempotent: null,
      status: "undocumented",
      check: ({ symbol }) => symbol === undefined ? { field: "symbol", reason: "give one" } : undefined,
      result: Endpoint.always(Stat)
    })
    assert.deepInclude(odd, { method: "GET", idempotent: null, status: "undocumented" })
    assert.deepStrictEqual(odd.check({}), { field: "symbol", reason: "give one" })
  })

  it("without a page of the manual have none", () => {
    assert.isNull(Endpoint.read({ ...row, doc: null, result: Endpoint.always(Stat) }).doc)
  })
  it("refuse nothing in a reply, and are not notifications, unless they say so", () => {
    const plain = Endpoint.write({ ...row, result: Endpoint.always(Stat) })
    assert.isUndefined(plain.refusal([1, "x-req", null, null, null, null, "ERROR", "no"]))
    assert.isUndefined(plain.mismatch([1, "x-req"], { id: 1 }))
    assert.isNull(plain.notification)
    assert.deepStrictEqual(plain.either, [])
    const refusal = { code: null, text: "no", status: "FAILURE" }
    const odd = Endpoint.write({
      ...row,
      notification: { type: null },
      refusal: () => refusal,
      result: Endpoint.always(Stat)
    })
    assert.deepStrictEqual(odd.notification, { type: null })
    assert.strictEqual(odd.refusal([]), refusal)
  })
  it("with a choice require one complete group, and then check the rest", () => {
    const { check } = Endpoint.write({
      ...row,
      params: { a: Param.optional(Param.id), b: Param.optional(Param.id), c: Param.optional(Param.id) },
      either: [["a"], ["b", "c"]],
      check: ({ a }) => a === 9 ? { field: "a", reason: "not 9" } : undefined,
      result: Endpoint.always(Stat)
    })
    for (const good of [{ a: 1 }, { b: 1, c: 2 }, { a: 1, b: undefined }]) assert.isUndefined(check(good))
    assert.deepStrictEqual(check({}), { field: "a", reason: "give either a, or b and c" })
    assert.deepStrictEqual(check({ b: 1 }), { field: "b", reason: "give either a, or b and c; given: b" })
    assert.deepStrictEqual(check({ a: 1, c: 1 })?.field, "c")
    assert.deepStrictEqual(check({ a: 1, b: 1, c: 1 })?.reason, "give either a, or b and c; given: a and b and c")
    assert.deepStrictEqual(check({ a: 9 }), { field: "a", reason: "not 9" })
  })

  it("decode by the arguments of the call", () => {
    const trades = Endpoint.open({
      ...row,
      result: Endpoint.bySymbol(Layout.list(PublicTrade), Layout.list(PublicFundingTrade))
    })
    assert.deepStrictEqual(
      trades.decode([[1, 2, 3, 4, 5]], { symbol: "tBTCUSD" }),
      Either.right([{ id: 1, mts: 2, amount: 3, price: 4 }])
    )
    assert.deepStrictEqual(
      trades.decode([[1, 2, 3, 4, 5]], { symbol: "fUSD" }),
      Either.right([{ id: 1, mts: 2, amount: 3, rate: 4, period: 5 }])
    )
    assert.isTrue(Either.isLeft(trades.decode([[1, 2, 3, 4, 5]])))
    const wrong = trades.decode([[1, 2, 3, 4], [1, 2, 3, "4"]], { symbol: "tBTCUSD" })
    assert(Either.isLeft(wrong))
    assert.deepInclude({ ...wrong.left }, { layout: "PublicTrade", field: "price", index: 3, row: 1 })
  })
})

describe("table", () => {
  it("gives each row its name and group", () => {
    const table = Endpoint.table("public", {
      first: Endpoint.open({ ...row, result: Endpoint.always(Stat) }),
      second: Endpoint.open({ ...row, result: Endpoint.always(PublicTrade) })
    })
    assert.deepStrictEqual(Object.values(table).map(({ group, name }) => [group, name]), [
      ["public", "first"],
      ["public", "second"]
    ])
    assert.deepStrictEqual(table.first.decode([1, 2]), Either.right({ mts: 1, value: 2 }))
  })
})
