import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Body from "../../../src/protocol/internal/body.ts"
import * as Param from "../../../src/protocol/Param.ts"

const address = Body.struct({
  street: Param.text,
  zip: Param.named("zip_code", Param.optional(Param.int(1, 99999)))
})

describe("lists", () => {
  const list = Body.list(Param.int(1, 9), { min: 0, max: 2 })
  it("are sent as such, within their bounds", () => {
    for (const good of [[], [1], [1, 9]]) assert.isUndefined(list.check(good))
    assert.strictEqual(list.check([1, 2, 3]), "give a list of at most 2")
    assert.strictEqual(Body.list(Param.id).check([]), "give a list of at least 1")
    assert.strictEqual(list.check([1, 10]), "element 1: give a whole number from 1 to 9")
    for (const wrong of ["1", 1, { 0: 1 }, null]) assert.strictEqual(list.check(wrong), "give a list")
    assert.deepStrictEqual(Body.list(Param.flag).write([true, false]), [1, 0])
  })
})

describe("objects", () => {
  it("are checked by name, and sent under the names of the wire", () => {
    assert.isUndefined(address.check({ street: "x" }))
    assert.isUndefined(address.check({ street: "x", zip: undefined }))
    assert.deepStrictEqual(address.write({ street: "x", zip: 5 }), { street: "x", zip_code: 5 })
    assert.deepStrictEqual(address.write({ street: "x", zip: undefined }), { street: "x" })
    assert.strictEqual(address.check({ zip: 5 }), "street: it is required")
    assert.strictEqual(
      address.check({ street: "x", zip_code: 5 }),
      "there is no parameter zip_code; there are street, zip"
    )
    assert.strictEqual(
      address.check({ street: "x", toString: 1 }),
      "there is no parameter toString; there are street, zip"
    )
    for (const wrong of [null, [], "x", 1]) assert.strictEqual(address.check(wrong), "give an object")
  })
  it("of one kind of value", () => {
    const record = Body.record(Param.flag, /^[a-z]$/, "single letters")
    assert.isUndefined(record.check({ a: true }))
    assert.deepStrictEqual(record.write({ a: true, b: false }), { a: 1, b: 0 })
    assert.strictEqual(record.check({ ab: true }), "the key ab is invalid; keys are single letters")
    assert.strictEqual(record.check({ a: 1 }), "a: give true or false")
    assert.strictEqual(record.check([true]), "give an object")
  })
})

describe("any JSON", () => {
  it("is a value that survives a round trip through JSON", () => {
    FastCheck.assert(FastCheck.property(FastCheck.jsonValue({ maxDepth: 20 }), (value) => {
      assert.isUndefined(Body.json.check(value))
    }))
    const shared = [1]
    assert.isUndefined(Body.json.check({ a: shared, b: shared }))
    const cycle: Array<unknown> = []
    cycle.push({ cycle })
    const deep = Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 1)
    for (
      const wrong of [undefined, Number.NaN, [Number.POSITIVE_INFINITY], 1n, [undefined], Symbol("x"), cycle, deep]
    ) {
      assert.strictEqual(Body.json.check(wrong), "give a JSON value")
    }
  })
  it("is checked without a throw", () => {
    for (const param of [Body.json, Body.list(Body.json), Body.record(Body.json), address]) {
      FastCheck.assert(FastCheck.property(FastCheck.anything(), (value) => {
        const reason = param.check(value)
        assert.isTrue(reason === undefined || reason.length > 0)
      }))
    }
  })
})
