import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as nodeAssert from "node:assert"
import type { DecodeError } from "../../src/BitfinexError.ts"
import * as Field from "../../src/protocol/Field.ts"
import * as Layout from "../../src/protocol/Layout.ts"
import * as Env from "../support/env.ts"
import * as Fixtures from "../support/fixtures.ts"

const Limits = Layout.make("Limits", (at) => ({ smallest: at(1, Field.str), margin: at(2, Field.nullable(Field.num)) }))
const limits = Layout.field(Limits)
const Market = Layout.make("Market", (at) => ({
  id: at(0, Field.int),
  price: at(2, Field.num),
  note: at(3, Field.nullable(Field.str)),
  limits: at(4, limits),
  since: at(6, Field.nullable(Field.mts))
}), 5)

const limitss = Field.list(Layout.field(Limits))
const Vessel = Layout.object("Vessel", (at) => ({
  id: at("id", Field.str),
  firstName: at("first_name", Field.nullable(Field.str)),
  limits: at("limits", limitss)
}))

const row = [7, null, 1.5, "x", [null, "0.1", 0.2]]
const record = { id: 7, price: 1.5, note: "x", limits: { smallest: "0.1", margin: 0.2 }, since: null }
const errorOf = <A>(result: Either.Either<A, DecodeError>): DecodeError => {
  assert(Either.isLeft(result), "it was decoded")
  return result.left
}
const place = <A>(result: Either.Either<A, DecodeError>) => {
  const { actual, expected, field, index, layout, row } = errorOf(result)
  return { layout, field, index, row, expected, actual }
}

describe("a row", () => {
  it("becomes a plain object with the fields in the order of the declaration", () => {
    const decoded = Either.getOrThrow(Market.decode(row))
    nodeAssert.deepStrictEqual(decoded, record)
    assert.strictEqual(Object.getPrototypeOf(decoded), Object.prototype)
    assert.strictEqual(JSON.stringify(decoded), JSON.stringify(record))
    assert.deepStrictEqual(Object.keys(decoded), ["id", "price", "note", "limits", "since"])
    assert.deepStrictEqual({ ...decoded }, record)
    assert.deepStrictEqual(structuredClone(decoded), record)
  })

  it("may be longer than declared", () => {
    assert.deepStrictEqual(Market.decode([...row, null, 5, "a", [], {}, 6, 7]), Either.right({ ...record, since: 5 }))
  })

  it("may lack trailing cells that can be null, and no others", () => {
    assert.deepStrictEqual(Market.decode(row), Either.right(record))
    assert.deepStrictEqual(place(Market.decode([7, null])), {
      layout: "Market",
      field: "price",
      index: 2,
      row: null,
      expected: "number",
      actual: "nothing"
    })
  })

  it("with a wrong cell is refused, and the error says where", () => {
    const cases: ReadonlyArray<
      readonly [row: unknown, field: string, index: number | null, expected: string, actual: string]
    > = [
      [["7", null, 1.5, "x", [null, "0.1"]], "id", 0, "whole number", "\"7\""],
      [[7.5, null, 1.5, "x", [null, "0.1"]], "id", 0, "whole number", "7.5"],
      [[7, null, "1.5", "x", [null, "0.1"]], "price", 2, "number", "\"1.5\""],
      [[7, null, Number.NaN, "x", [null, "0.1"]], "price", 2, "number", "NaN"],
      [[7, null, Number.POSITIVE_INFINITY, "x", [null, "0.1"]], "price", 2, "number", "Infinity"],
      [[7, null, null, "x", [null, "0.1"]], "price", 2, "number", "null"],
      [[7, null, 1.5, 3, [null, "0.1"]], "note", 3, "string or null", "3"],
      [[7, null, 1.5, "x", null], "limits", 4, "Limits", "null"],
      [[7, null, 1.5, "x", [null, 0.1]], "limits.smallest", 4, "string", "0.1"],
      [[7, null, 1.5, "x", [null, "0.1", "b"]], "limits.margin", 4, "number or null", "\"b\""],
      [[7, null, 1.5, "x", "limits"], "limits", 4, "array", "\"limits\""],
      [{ id: 7 }, "", null, "array", "{\"id\":7}"],
      [null, "", null, "array", "null"],
      ["7", "", null, "array", "\"7\""]
    ]
    for (const [wrong, field, index, expected, actual] of cases) {
      assert.deepStrictEqual(place(Market.decode(wrong)), {
        layout: "Market",
        field,
        index,
        row: null,
        expected,
        actual
      })
      assert.isUndefined(Market.read(wrong))
    }
    assert.strictEqual(
      errorOf(Market.decode([7, null, 1.5, "x", [null, 0.1]])).message,
      "decode: Market.limits.smallest [4]: expected string, got 0.1"
    )
  })

  it("is quoted in an error in at most 120 characters", () => {
    assert.isAtMost(errorOf(Market.decode([7, null, "9".repeat(5000)])).actual.length, 120)
  })

  it("is encoded with gaps as null, and without the trailing cells that the venue may omit", () => {
    assert.deepStrictEqual(Market.encode(record), row)
    assert.deepStrictEqual(Market.encode({ ...record, since: 9 }), [...row, null, 9])
    assert.deepStrictEqual(Market.encode({ ...record, note: null }), [7, null, 1.5, null, [null, "0.1", 0.2]])
  })

  it("may have more fields than an object has room for at first", () => {
    const names = Array.from({ length: 70 }, (_, at) => `field${at}`)
    const Wide = Layout.make("Wide", (at) => Object.fromEntries(names.map((name, k) => [name, at(k, Field.num)])))
    const decoded = Either.getOrThrow(Wide.decode(names.map((_, at) => at)))
    assert.deepStrictEqual(decoded, Object.fromEntries(names.map((name, at) => [name, at])))
  })
})

it("a copied kind of cell is read by the copy, also where it is nullable", () => {
  const nullableInt = Field.nullable(Field.int)
  const texts = Field.also("text", Field.int)
  const Copied = Layout.make("Copied", (at) => ({ plain: at(0, nullableInt), copied: at(1, Field.nullable(texts)) }))
  assert.deepStrictEqual(Copied.read([1, "2"]), { plain: 1, copied: 2 })
  assert.deepStrictEqual(Copied.read([null, null]), { plain: null, copied: null })
  assert.isUndefined(Copied.read(["1", "2"]))
})

it("a refused inner row does not affect the outer rows", () => {
  const Inner = Layout.make("Inner", (at) => ({ id: at(0, Field.int) }))
  const inners = Field.list(Layout.field(Inner))
  const Outer = Layout.make(
    "Outer",
    (at) => ({ first: at(0, Field.str), inner: at(1, inners), last: at(2, Field.int) })
  )
  assert.isUndefined(Outer.read([1, [[1]], 1]), "refused before the inner row")
  assert.isUndefined(Outer.read(["a", [["x"], [1]], 1]), "refused inside")
  assert.isUndefined(Outer.read(["a", [[1]], "x"]), "refused after it")
  assert.deepStrictEqual(Outer.read(["a", [[1], [2]], 3]), { first: "a", inner: [{ id: 1 }, { id: 2 }], last: 3 })
})

it("reading of a row continues after a kind of an inner row has thrown", () => {
  const make = (kind: string, is: (cell: unknown) => boolean) =>
    Field.make<unknown>({ kind, expected: kind, is, schema: () => Schema.Unknown })
  const throwing = make("throwing", (cell) => {
    throw new Error(String(cell))
  })
  const Inner = Layout.make("Inner", (at) => ({ id: at(0, Field.int), odd: at(1, throwing) }))
  const caught = make("caught", (cell) => {
    try {
      Inner.read(cell)
      return false
    } catch {
      return true
    }
  })
  const Outer = Layout.make(
    "Outer",
    (at) => ({ inner: at(0, caught), last: at(1, Field.num), first: at(2, Field.num) })
  )
  // the inner row has already been refused, and the outer row has not
  assert.deepStrictEqual(Outer.read([["x", "y"], 3, 4]), { inner: ["x", "y"], last: 3, first: 4 })
  assert.isUndefined(Outer.read([["x", 5], 3, null]))
})

describe("an object", () => {
  const json = { id: "a", first_name: "b", limits: [[null, "1", null]], more: [1] }
  it("is read by its keys", () => {
    const vessel = { id: "a", firstName: "b", limits: [{ smallest: "1", margin: null }] }
    assert.deepStrictEqual(Vessel.decode(json), Either.right(vessel))
    assert.deepStrictEqual(Vessel.encode(vessel), { id: "a", first_name: "b", limits: [[null, "1", null]] })
  })
  it("may lack keys that can be null", () => {
    const decoded = Vessel.decode({ id: "a", limits: [] })
    assert.deepStrictEqual(decoded, Either.right({ id: "a", firstName: null, limits: [] }))
    assert.deepInclude(place(Vessel.decode({ limits: [] })), { field: "id", index: "id", actual: "nothing" })
  })
  it("leaves open objects undecoded, whatever their keys", () => {
    const Open = Layout.object("Open", (at) => ({ settings: at("settings", Field.object) }))
    const json = JSON.parse(`{"settings":{"__proto__":{"a":1},"constructor":2}}`)
    const bySchema = Schema.decodeUnknownEither(Open.schema)(json)
    for (const record of [Either.getOrThrow(Open.decode(json)), Either.getOrThrow(bySchema)]) {
      assert.strictEqual(Object.getPrototypeOf(record.settings), Object.prototype)
      assert.strictEqual(JSON.stringify(record), JSON.stringify(json))
    }
  })
  it("reads keys with a dot from inner objects, and writes them back there", () => {
    const Inner = Layout.object("Inner", (at) => ({
      id: at("id", Field.int),
      left: at("in.left", Field.int),
      right: at("in.right", Field.nullable(Field.int))
    }))
    const json = { id: 1, in: { left: 2, right: 3, more: 4 }, "in.left": 5 }
    const inner = { id: 1, left: 2, right: 3 }
    assert.deepStrictEqual(Inner.decode(json), Either.right(inner))
    assert.deepStrictEqual(Inner.read(json), inner)
    assert.deepStrictEqual(Schema.decodeUnknownEither(Inner.schema)(json), Either.right(inner))
    assert.deepStrictEqual(Inner.encode(inner), { id: 1, in: { left: 2, right: 3 } })
    assert.deepInclude(place(Inner.decode({ id: 1, in: {} })), { field: "left", index: "in.left", actual: "nothing" })
    for (const wrong of [{ id: 1 }, { id: 1, in: null }, { id: 1, in: [2] }, { id: 1, in: 2 }, null, [1]]) {
      assert.isTrue(Either.isLeft(Inner.decode(wrong)), JSON.stringify(wrong))
      assert.isUndefined(Inner.read(wrong))
    }
  })
  it("is not an array", () => {
    assert.deepInclude(place(Vessel.decode([1])), { field: "", index: null, expected: "object" })
  })
  it("names keys and places of nested rows", () => {
    const wrong = { id: "a", limits: [[null, "1"], [null, 2]] }
    assert.deepInclude(place(Vessel.decode(wrong)), { field: "limits.1.smallest", index: "limits", actual: "2" })
  })
})

describe("combinators", () => {
  it("does not take elements without any row for a list of rows: none is left out as unreadable", () => {
    for (const json of [["Error", 10020, "limit: invalid"], [1, 1_700_000_000_000, 2], [null]]) {
      const error = Option.getOrThrow(Either.getLeft(Layout.list(Limits).decode(json)))
      assert.strictEqual(error.expected, "list of rows")
      assert.isNull(error.partial)
    }
    const mixed = Option.getOrThrow(Either.getLeft(Layout.list(Limits).decode([5, [null]])))
    assert.lengthOf(mixed.partial?.unread ?? [], 2)
  })

  it("of a list of unreadable rows the first ten are described, each other one when its error is read", () => {
    let described = 0
    const row = [null, { toJSON: () => ++described }]
    const { partial } = Option.getOrThrow(
      Either.getLeft(Layout.list(Limits).decode(Array.from({ length: 1000 }, () => row)))
    )
    assert.strictEqual(described, 10)
    assert.lengthOf(partial!.unread, 1000)
    for (let reads = 0; reads < 2; reads++) {
      assert.deepInclude(partial!.unread[999]!.error, { _tag: "DecodeError", layout: "Limits", row: 999, actual: "11" })
    }
  })

  it("list names the row that is wrong", () => {
    assert.deepStrictEqual(Layout.list(Limits).decode([]), Either.right([]))
    assert.deepInclude(place(Layout.list(Limits).decode([[null, "1"], [null]])), {
      row: 1,
      field: "smallest",
      index: 1
    })
    const twice = Layout.list(Layout.list(Limits))
    assert.deepInclude(place(twice.decode([[], [[null, 1]]])), { row: 0, field: "smallest" })
    assert.deepInclude(place(Layout.list(Limits).decode({})), { field: "", expected: "list of rows", actual: "{}" })
  })
  it("wrapped takes a row with or without the extra array", () => {
    const limits = Either.right({ smallest: "1", margin: null })
    assert.deepStrictEqual(Layout.wrapped(Limits).decode([[null, "1"]]), limits)
    assert.deepStrictEqual(Layout.wrapped(Limits).decode([null, "1"]), limits)
    // a second row in the extra array would be lost silently
    assert.isTrue(Either.isLeft(Layout.wrapped(Limits).decode([[null, "1"], [null, "2"]])))
  })
  it("either chooses by the row", () => {
    const decoder = Layout.either(Array.isArray, Limits, Vessel)
    assert.deepStrictEqual(decoder.decode([null, "1"]), Either.right({ smallest: "1", margin: null }))
    assert.deepStrictEqual(
      decoder.decode({ id: "a", limits: [] }),
      Either.right({ id: "a", firstName: null, limits: [] })
    )
  })
  it("cell reads a value that is not a row", () => {
    const names = Layout.cell("names", Field.list(Field.str))
    assert.deepStrictEqual(names.decode(["BTC"]), Either.right(["BTC"]))
    assert.deepInclude(place(names.decode(["BTC", 1])), {
      layout: "names",
      field: "1",
      expected: "string",
      actual: "1"
    })
  })
  it("orNull takes null in place of a record", () => {
    assert.deepStrictEqual(Layout.orNull(Limits).decode(null), Either.right(null))
    assert.deepStrictEqual(Layout.orNull(Limits).decode([null, "1"]), Either.right({ smallest: "1", margin: null }))
    assert.deepInclude(place(Layout.orNull(Limits).decode([null, null])), { field: "smallest", actual: "null" })
  })
  it("sparse lets the named cells be null, and no others", () => {
    const Sparse = Layout.sparse("Sparse", Market, ["id", "note"])
    const { since, ...others } = Either.getOrThrow(Sparse.decode([null, null, 1.5, null, [null, "0.1"]]))
    assert.deepStrictEqual(others, { id: null, price: 1.5, note: null, limits: { smallest: "0.1", margin: null } })
    assert.isNull(since)
    assert.deepInclude(place(Sparse.decode([7, null, null])), { layout: "Sparse", field: "price", actual: "null" })
    assert.deepInclude(place(Market.decode([null, null, 1.5])), { layout: "Market", field: "id" })
    assert.strictEqual(Sparse.length, Market.length)
    assert.deepStrictEqual(Sparse.encode({ ...record, id: null }), [null, ...row.slice(1)])
  })
  it("sparse can be applied twice, and to inner objects", () => {
    const open = Layout.sparse("Open", Layout.sparse("Half", Limits, ["smallest"]), ["margin"])
    assert.deepStrictEqual(open.decode([null, null]), Either.right({ smallest: null, margin: null }))
    const twice = Layout.sparse("Twice", Layout.sparse("Once", Market, ["id"]), ["price"])
    const { id, price } = Either.getOrThrow(twice.decode([null, null, null, null, [null, "0.1"]]))
    assert.deepStrictEqual([id, price], [null, null])
    const inner = Layout.object("Inner", (at) => ({ left: at("in.left", Field.int), right: at("in.right", Field.int) }))
    const half = Layout.sparse("Half", inner, ["left"])
    assert.deepStrictEqual(half.decode({ in: { left: 1, right: 2 } }), Either.right({ left: 1, right: 2 }))
    assert.deepStrictEqual(half.read({ in: { right: 2 } }), { left: null, right: 2 })
    assert.deepStrictEqual(half.encode({ left: null, right: 2 }), { in: { left: null, right: 2 } })
    assert.deepInclude(place(half.decode({ in: { left: 1 } })), { field: "right", actual: "nothing" })
  })
  it("raw accepts anything", () => assert.deepStrictEqual(Layout.raw.decode([null]), Either.right([null])))
})

// ---------------------------------------------------------------------------------------------------------------------
// every layout
// ---------------------------------------------------------------------------------------------------------------------

type Place = number | string
type Row = { [at: Place]: unknown }

/** a row as the venue would send it: an encoded record after a round trip through JSON, which has no undefined */
const rowsOf = (layout: Layout.Layout<unknown>): FastCheck.Arbitrary<unknown> =>
  Arbitrary.make(Schema.typeSchema(layout.schema)).map((each) =>
    JSON.parse(JSON.stringify(layout.encode(each), (_, cell) => cell === undefined ? null : cell))
  )

/** the cell at an index or under a key; a key with a dot leads into an inner object */
const cellAt = (row: unknown, at: Place): unknown =>
  String(at).split(".").reduce<unknown>((inner, key) => (inner as Row | null | undefined)?.[key] ?? null, row)

/** the same row damaged: cells of other types, a truncated tail, additional cells */
const damagedRowsOf = (layout: Layout.Layout<unknown>): FastCheck.Arbitrary<unknown> => {
  const places: ReadonlyArray<Place> = Object.values(layout.fields).map(([at]) => at)
  const cells = FastCheck.oneof(
    FastCheck.jsonValue(),
    FastCheck.double(),
    FastCheck.constantFrom<unknown>(null, undefined, "1", true, 0, 1.5)
  )
  const hits = FastCheck.array(FastCheck.tuple(FastCheck.constantFrom(...places), cells), { maxLength: 2 })
  return FastCheck.tuple(
    rowsOf(layout),
    hits,
    FastCheck.option(FastCheck.nat(30)),
    FastCheck.array(cells, { maxLength: 5 })
  )
    .map(([good, hits, cut, more]) => {
      const damaged: Row = Array.isArray(good) ? [...good] as unknown as Row : { ...good as object }
      for (const [at, cell] of hits) {
        const [outer, inner] = String(at).split(".")
        damaged[outer!] = inner === undefined ? cell : { ...damaged[outer!] as object, [inner]: cell }
      }
      if (!Array.isArray(damaged)) return damaged
      return [...damaged.slice(0, cut ?? damaged.length), ...more]
    })
}

describe("every layout", () => {
  for (const [name, layout] of Fixtures.layouts) {
    const decodeSchema = Schema.decodeUnknownEither(layout.schema)
    const encodeSchema = Schema.encodeSync(layout.schema)
    // such a cell may hold any value, also one that JSON does not have
    const isOpen = JSON.stringify(Object.values(layout.fields).map(([, { kind }]) => kind)).includes("\"json\"")

    it(`${name}: reading a row makes no new kinds of cells, which would cost more than the row`, () => {
      // the result of `nullable` is cached
      const kinds = () => {
        const seen: Array<unknown> = []
        layout.declare((_, field) => {
          seen.push(field)
          return undefined as any
        })
        return seen
      }
      const again = kinds()
      assert.isAbove(again.length, 0)
      for (const [k, kind] of kinds().entries()) assert.strictEqual(again[k], kind)
    })

    it(`${name}: decoding and encoding are inverse`, () => {
      FastCheck.assert(
        FastCheck.property(rowsOf(layout), (row) => {
          const decoded = layout.decode(row)
          if (isOpen) FastCheck.pre(Either.isRight(decoded))
          const record = Either.getOrThrowWith(decoded, (error) => new Error(error.message))
          assert.deepStrictEqual(layout.encode(record), row)
          assert.deepStrictEqual(encodeSchema(record), row)
          assert.deepStrictEqual(layout.decode(layout.encode(record)), decoded)
        }),
        { numRuns: Env.runs(20, 50) }
      )
    })

    it(`${name}: schema and decoder agree, also on damaged rows`, () => {
      FastCheck.assert(
        FastCheck.property(damagedRowsOf(layout), (row) => {
          const fast = layout.decode(row)
          const slow = decodeSchema(row)
          if (Either.isLeft(fast)) {
            assert.isTrue(Either.isLeft(slow))
            assert.isUndefined(layout.read(row))
            assert.strictEqual(fast.left.layout, name)
            if (Array.isArray(row)) assert.include(Object.keys(layout.fields), fast.left.field.split(".")[0])
          } else {
            assert.deepStrictEqual(slow, Either.right(fast.right))
            assert.deepStrictEqual(layout.read(row), fast.right)
            // the known cells are restored, an absent cell as null
            const back = layout.encode(fast.right) as Row
            for (const [at, { expected }] of Object.values(layout.fields)) {
              const cell = cellAt(row, at)
              // text or a boolean if the venue is known to write the number so, or caps as text: see Field.test
              if (typeof cell !== "number" && (expected.includes(", also as ") || expected === "AuthCaps")) continue
              // seconds for milliseconds: see Notification.test
              if (name === "Notification" && at === 0) continue
              if (typeof cell !== "object" || cell === null) assert.deepStrictEqual(cellAt(back, at), cell)
            }
          }
        }),
        { numRuns: Env.runs(60, 200) }
      )
    })
  }

  it("decodes any JSON to a record or an error, and never throws", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom(...Fixtures.layouts.values()),
        FastCheck.jsonValue(),
        (layout, json) => {
          const decoded = layout.decode(json)
          if (Either.isLeft(decoded)) assert.isString(decoded.left.message)
        }
      ),
      { numRuns: 2000 }
    )
  })
})
