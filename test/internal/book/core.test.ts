import { assert, describe, it } from "@effect/vitest"
import Crc32 from "crc-32"
import { crc32, textOf } from "../../../src/internal/book/checksum.ts"
import { Core } from "../../../src/internal/book/core.ts"
import * as Kind from "../../../src/internal/book/kind.ts"
import * as Env from "../../support/env.ts"
import { facts } from "../../support/facts.ts"
import * as Naive from "../../support/naiveBook.ts"

const coreOf = (shape: Naive.Shape, len: number) => new Core(Kind.of(shape.isFunding, shape.isRaw), len, true)

const trading = { isRaw: false, isFunding: false }
const raw = { isRaw: true, isFunding: false }
const funding = { isRaw: false, isFunding: true }

const bids = (core: Core) => core.bids.copy().map(({ row }) => row).reverse()
const asks = (core: Core) => core.asks.copy().map(({ row }) => row).reverse()

describe("book: checksums", () => {
  it("the known check value of the CRC-32 of zip and zlib, as a signed number", () => {
    assert.strictEqual(crc32("123456789"), 0xcbf43926 | 0)
    assert.strictEqual(crc32(""), 0)
  })

  it("is that of `crc-32` for texts of each length that can be", () => {
    const digits = Array.from({ length: 1000 }, (_, k) => `${Math.sin(k)}:`).join("")
    for (const length of [...Array.from({ length: 70 }, (_, k) => k), 849, 2600]) {
      assert.strictEqual(crc32(digits.slice(0, length)), Crc32.str(digits.slice(0, length)), `${length} characters`)
    }
  })

  describe("the specification's vectors", () => {
    it("are there", () => assert.isAbove(facts.checksums.length, 15))
    for (const vector of facts.checksums) {
      it(vector.id, () => {
        const core = coreOf(vector.kind === "R0" ? raw : trading, 250)
        core.start(vector.snapshot ?? vector.arrival ?? [...vector.bids, ...vector.asks])
        for (const row of vector.updates ?? []) assert.isUndefined(core.apply(row))
        assert.strictEqual(textOf(core.bids, core.asks), vector.string)
        assert.strictEqual(core.checksum(), vector.crc32Signed)
        // texts that were kept are as good as new ones
        assert.strictEqual(core.checksum(), vector.crc32Signed)
        assert.deepStrictEqual([bids(core), asks(core)], [vector.bids, vector.asks])
      })
    }
  })

  it("the order in which a snapshot lists its rows does not matter", () => {
    const rows = [[3, 1, 1], [1, 1, 2], [2, 1, 0.5], [5, 2, -1], [4, 1, -1e-8]]
    for (const list of [rows, [...rows].reverse(), [rows[1]!, rows[4]!, rows[0]!, rows[3]!, rows[2]!]]) {
      const core = coreOf(trading, 25)
      core.start(list)
      assert.strictEqual(textOf(core.bids, core.asks), "3:1:4:-1e-8:2:0.5:5:-1:1:2")
    }
  })
})

describe("book: equal to a plain reference at every checksum", () => {
  // a million with BOOK_UPDATES=1000000
  const total = Env.runs(40_000, 100_000, "BOOK_UPDATES")
  const lens = [1, 25, 100, 250]
  const each = Math.ceil(total / (Naive.shapes.length * lens.length))
  for (const shape of Naive.shapes) {
    for (const len of lens) {
      it(`${shape.name}, len ${len}: ${each} updates`, () => {
        let left = each
        for (let seed = 1; left > 0; seed++) {
          const { book, next } = Naive.updates(shape, len, seed * 7919 + len)
          // it must come to some rows first
          for (let k = 0; k < 4 * len; k++) next()
          const core = coreOf(shape, len)
          core.start([...book.bids(), ...book.asks()])
          for (let k = 0; k < 2500 && left > 0; k++, left--) {
            const row = next()
            assert.isTrue(Kind.isRow(core.kind, row), JSON.stringify(row))
            assert.isUndefined(core.apply(row))
            if (k % 20 !== 19 && left > 1) continue
            assert.strictEqual(core.checksum(), book.checksum(), textOf(core.bids, core.asks))
            assert.isUndefined(core.overfull())
            assert.isUndefined(core.crossing())
            if (k % 100 === 99 || left === 1) {
              assert.deepStrictEqual([bids(core), asks(core)], [book.bids(), book.asks()])
            }
          }
        }
      }, 120_000)
    }
  }
})

describe("book: rows", () => {
  it("a level of the same price is another one on the other side", () => {
    const core = coreOf(trading, 25)
    core.start([[100, 1, 1], [100, 2, -3]])
    assert.deepStrictEqual([bids(core), asks(core)], [[[100, 1, 1]], [[100, 2, -3]]])
    assert.deepStrictEqual(core.crossing(), { _tag: "Crossed", bid: 100, ask: 100 })
    assert.isUndefined(core.apply([100, 0, 1]))
    assert.deepStrictEqual([bids(core), asks(core)], [[], [[100, 2, -3]]])
  })

  it("an order moves to another price, and to the other side", () => {
    const core = coreOf(raw, 25)
    core.start([[7, 100, 1], [8, 99, 1], [9, 101, -1]])
    core.apply([7, 98, 2])
    assert.deepStrictEqual(bids(core), [[8, 99, 1], [7, 98, 2]])
    core.apply([7, 102, -2])
    assert.deepStrictEqual([bids(core), asks(core)], [[[8, 99, 1]], [[9, 101, -1], [7, 102, -2]]])
    core.apply([7, 0, 1])
    assert.deepStrictEqual(asks(core), [[9, 101, -1]])
  })

  it("orders of one price stand by id on both sides", () => {
    const core = coreOf(raw, 25)
    core.start([[5, 100, 1], [3, 100, 1], [9, 101, -1], [2, 101, -1]])
    core.apply([4, 100, 1])
    assert.deepStrictEqual(bids(core).map(([id]) => id), [3, 4, 5])
    assert.deepStrictEqual(asks(core).map(([id]) => id), [2, 9])
  })

  it("rate and period together are the key of a funding level", () => {
    const core = coreOf(funding, 25)
    core.start([[0.0002, 2, 1, -100], [0.0002, 30, 1, -50], [0.0003, 2, 1, 70]])
    core.apply([0.0002, 30, 2, -60])
    assert.deepStrictEqual(bids(core), [[0.0002, 2, 1, -100], [0.0002, 30, 2, -60]])
    assert.deepStrictEqual(asks(core), [[0.0003, 2, 1, 70]])
  })

  describe("the sign of a funding deletion", () => {
    const start = () => {
      const core = coreOf(funding, 25)
      core.start([[0.0002, 2, 1, -100], [0.0003, 2, 1, 70], [0.0004, 2, 1, 70], [0.0002, 30, 1, -5], [
        0.0002,
        30,
        1,
        5
      ]])
      return core
    }
    const both = [0.0002, 30, 0, 1]

    it("does not matter where only one side has the level", () => {
      for (const sign of [1, -1]) {
        const core = start()
        assert.isUndefined(core.apply([0.0002, 2, 0, sign]))
        assert.isUndefined(core.apply([0.0003, 2, 0, sign]))
        assert.deepStrictEqual(bids(core), [[0.0002, 30, 1, -5]])
      }
    })
    it("says nothing while the venue's convention is not known", () => {
      assert.deepStrictEqual(start().apply(both), { _tag: "AmbiguousDelete", row: both })
    })
    it("is learned from those that are clear: as in rows", () => {
      const core = start()
      core.apply([0.0003, 2, 0, 1])
      assert.isUndefined(core.apply(both))
      assert.deepStrictEqual(asks(core), [[0.0004, 2, 1, 70]])
    })
    it("is learned from those that are clear: as in the manual", () => {
      const core = start()
      core.apply([0.0003, 2, 0, -1])
      assert.isUndefined(core.apply(both))
      assert.deepStrictEqual(bids(core), [[0.0002, 2, 1, -100]])
    })
    it("says nothing when it contradicts itself", () => {
      const core = start()
      core.apply([0.0003, 2, 0, -1])
      core.apply([0.0004, 2, 0, 1])
      assert.deepStrictEqual(core.apply(both), { _tag: "AmbiguousDelete", row: both })
    })
  })

  it("a deletion of an absent row is reported, and changes nothing", () => {
    for (const [shape, row] of [[trading, [50, 0, 1]], [raw, [50, 0, 1]], [funding, [50, 2, 0, 1]]] as const) {
      const core = coreOf(shape, 25)
      const rows = shape === funding ? [[1, 2, 1, -1], [2, 2, 1, 1]] : [[1, 1, 1], [2, 2, -1]]
      core.start(rows)
      const before = core.checksum()
      assert.deepStrictEqual(core.apply(row), { _tag: "ImpossibleDelete", row })
      assert.strictEqual(core.checksum(), before)
    }
  })

  it("a level is not deleted from the side that the sign does not name", () => {
    const core = coreOf(trading, 25)
    core.start([[100, 1, 1]])
    assert.deepStrictEqual(core.apply([100, 0, -1]), { _tag: "ImpossibleDelete", row: [100, 0, -1] })
  })

  it("a side with more rows than requested is reported, unless its snapshot had as many", () => {
    const core = coreOf(trading, 1)
    core.start([[100, 1, 1], [101, 1, -1]])
    core.apply([99, 1, 1])
    assert.deepStrictEqual(core.overfull(), { _tag: "Overfull", side: "bids", rows: 2 })
    core.start([[100, 1, 1], [99, 1, 1]])
    assert.isUndefined(core.overfull())
    core.apply([101, 1, -1])
    core.apply([102, 1, -1])
    core.apply([103, 1, -1])
    assert.deepStrictEqual(core.overfull(), { _tag: "Overfull", side: "asks", rows: 3 })
  })

  it("rounded prices may be equal on both sides, but not cross", () => {
    const core = new Core(Kind.of(false, false), 25, false)
    core.start([[100, 1, 1], [100, 1, -1]])
    assert.isUndefined(core.crossing())
    core.apply([110, 1, 1])
    assert.deepStrictEqual(core.crossing(), { _tag: "Crossed", bid: 110, ask: 100 })
  })

  it("funding rates may overlap, but not of one period", () => {
    const core = coreOf(funding, 25)
    core.start([[0.0005, 30, 1, -1], [0.0002, 2, 1, 1], [0.0006, 30, 1, 1]])
    assert.isUndefined(core.crossing())
    core.apply([0.0004, 30, 1, 1])
    assert.deepStrictEqual(core.crossing(), { _tag: "Crossed", bid: 0.0005, ask: 0.0004 })
  })
})

describe("book: values that are not rows", () => {
  const cases: ReadonlyArray<readonly [name: string, shape: Naive.Shape, row: unknown, field: string]> = [
    ["no list", trading, null, ""],
    ["NaN as text", trading, ["NaN", 1, 1], "price"],
    ["a number as text", trading, [100, 1, "1"], "amount"],
    ["null", trading, [100, null, 1], "count"],
    ["too short", trading, [100, 1], "amount"],
    ["empty", trading, [], "price"],
    ["1e999, which is read as infinite", trading, JSON.parse("[1e999,1,1]"), "price"],
    ["count 0 with an odd amount", trading, [100, 0, 0.5], "amount"],
    ["count 0 with an odd amount, funding", funding, [0.0002, 2, 0, 5], "amount"],
    ["a negative count", trading, [100, -1, 1], "count"],
    ["half a count", trading, [100, 1.5, 1], "count"],
    ["a level without an amount", trading, [100, 1, 0], "amount"],
    ["an order without an amount", raw, [1, 100, 0], "amount"],
    ["half an id", raw, [1.5, 100, 1], "orderId"],
    ["half a period", funding, [0.0002, 2.5, 1, 1], "period"]
  ]
  for (const [name, shape, row, field] of cases) {
    it(name, () => {
      const kind = Kind.of(shape.isFunding, shape.isRaw)
      assert.isFalse(Kind.isRow(kind, row))
      const error = Kind.explain(kind, row, 3, "test")
      assert.deepInclude(error, { _tag: "DecodeError", operation: "test", layout: kind.layout.name, field, row: 3 })
      assert.notStrictEqual(error.expected, "")
    })
  }

  it("longer rows are rows, and so are small prices and deletions", () => {
    for (const row of [[100, 1, 1, "new", null], [1e-8, 1, 1e-8], [100, 0, 1], [100, 0, -1]]) {
      assert.isTrue(Kind.isRow(Kind.of(false, false), row))
    }
    assert.isTrue(Kind.isRow(Kind.of(false, true), [1, 0, 1]))
  })
})
