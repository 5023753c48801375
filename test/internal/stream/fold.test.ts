import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Fold from "../../../src/internal/stream/fold.ts"
import * as Channel from "../../../src/protocol/Channel.ts"
import { accountChannels } from "../../../src/protocol/channels/Account.ts"
import * as BookState from "../../../src/protocol/internal/bookState.ts"
import { MalformedFrame, parse } from "../../../src/protocol/internal/frame.ts"
import type { BookEntry } from "../../../src/protocol/records/Book.ts"
import type { Order } from "../../../src/protocol/records/Order.ts"
import { order } from "../../support/orders.ts"

const book = BookState.book({ symbol: "tBTCUSD" })
const funding = BookState.book({ symbol: "fUSD" })
const entry = (price: number, count: number, amount: number): BookEntry => ({ price, count, amount })
const level = (rate: number, period: number, count: number, amount: number) => ({ rate, period, count, amount })

/** the state of these rows after these updates */
const fold = (state: Channel.State<never>, rows: ReadonlyArray<unknown>, updates: ReadonlyArray<unknown>) => {
  const it = Fold.make(state)
  it.start(rows)
  for (const row of updates) it.add(row)
  return it.rows()
}

describe("fold", () => {
  it("an ended row does not return by a late update, but with the next snapshot", () => {
    const orders = Fold.make(accountChannels.orders.state)
    const ids = () => orders.rows().map((row) => (row as Order).id)
    orders.start([order({ id: 1 }), order({ id: 2 })])
    orders.add(order({ id: 1 }), "oc")
    orders.add(order({ id: 1 }), "ou")
    orders.add(order({ id: 3 }), "oc")
    orders.add(order({ id: 3 }), "on")
    assert.deepStrictEqual(ids(), [2])
    orders.start([order({ id: 1 })])
    orders.add(order({ id: 1, amount: 5 }), "ou")
    assert.deepStrictEqual(ids(), [1])
  })

  it("a book: replaces, inserts in order, deletes, and ignores the deletion of an absent row", () => {
    const rows = [entry(100, 1, 2), entry(99, 1, 1), entry(101, 1, -1)]
    const updates = [entry(100, 3, 5), entry(99.5, 1, 1), entry(102, 1, -4), entry(101, 0, -1), entry(50, 0, 1)]
    assert.deepStrictEqual(fold(book, rows, updates), [
      entry(100, 3, 5),
      entry(99.5, 1, 1),
      entry(99, 1, 1),
      entry(102, 1, -4)
    ])
  })

  it("a book: a deletion on one side leaves the same price on the other", () => {
    const rows = [entry(100, 1, 2), entry(100, 1, -2)]
    assert.deepStrictEqual(fold(book, rows, [entry(100, 0, -1)]), [entry(100, 1, 2)])
  })

  it("a funding book: bids are negative, and a deletion finds its level whichever sign it has", () => {
    const rows = [level(0.0005, 30, 1, -100), level(0.0006, 2, 1, 50)]
    assert.deepStrictEqual(fold(funding, rows, [level(0.0005, 30, 0, 1)]), [rows[1]])
    assert.deepStrictEqual(fold(funding, rows, [level(0.0005, 30, 0, -1)]), [rows[1]])
    const both = [level(0.0005, 30, 1, -100), level(0.0005, 30, 1, 50)]
    assert.deepStrictEqual(fold(funding, both, [level(0.0005, 30, 0, 1)]), [both[0]])
  })

  it("recent rows: newest first, a known one in its place, no more than are kept", () => {
    const state = Channel.recent<{ readonly id: number; readonly x: string }>(({ id }) => id, 3)
    const row = (id: number, x = "") => ({ id, x })
    assert.deepStrictEqual(fold(state, [row(2), row(1)], [row(3), row(4), row(3, "tu")]), [
      row(4),
      row(3, "tu"),
      row(2)
    ])
    const many = Array.from({ length: 100 }, (_, id) => row(id))
    assert.deepStrictEqual(fold(state, [], many), [row(99), row(98), row(97)])
  })

  it("candles: the running one is replaced, the oldest go", () => {
    const state = Channel.keyed<{ readonly mts: number; readonly close: number }>({
      key: ({ mts }) => mts,
      order: (a, b) => b.mts - a.mts,
      keep: 2
    })
    const rows = [{ mts: 2, close: 1 }, { mts: 1, close: 1 }]
    assert.deepStrictEqual(fold(state, rows, [{ mts: 2, close: 5 }, { mts: 3, close: 6 }]), [
      { mts: 3, close: 6 },
      { mts: 2, close: 5 }
    ])
  })

  it("the latest row is all there is", () => {
    assert.deepStrictEqual(fold(Channel.latest, [1], [2, 3]), [3])
    assert.deepStrictEqual(fold(Channel.latest, [1], []), [1])
  })

  it("a state that was read continues from there, and a new start forgets the old one", () => {
    const state = Fold.make(book)
    state.start([entry(100, 1, 2)])
    state.add(entry(101, 1, -1))
    assert.deepStrictEqual(state.rows(), [entry(100, 1, 2), entry(101, 1, -1)])
    state.add(entry(100, 0, 1))
    assert.deepStrictEqual(state.rows(), [entry(101, 1, -1)])
    state.start([entry(99, 1, 2)])
    assert.deepStrictEqual(state.rows(), [entry(99, 1, 2)])
  })

  it("many updates without a look keep the newest rows, and no more", () => {
    const trades = Channel.recent<{ readonly id: number }>(({ id }) => id, 3)
    const many = Array.from({ length: 1000 }, (_, k) => ({ id: k >> 1 }))
    assert.deepStrictEqual(fold(trades, [{ id: -1 }], many), [{ id: 499 }, { id: 498 }, { id: 497 }])
    const candles = Channel.keyed<{ readonly mts: number }>({
      key: ({ mts }) => mts,
      order: (a, b) => b.mts - a.mts,
      keep: 2
    })
    const minutes = Array.from({ length: 100 }, (_, mts) => ({ mts }))
    assert.deepStrictEqual(fold(candles, [], minutes), [{ mts: 99 }, { mts: 98 }])
  })

  it("folding at once or bit by bit comes to the same", () => {
    const change = FastCheck.tuple(FastCheck.integer({ min: 1, max: 12 }), FastCheck.nat(2), FastCheck.boolean())
    FastCheck.assert(FastCheck.property(FastCheck.array(change), FastCheck.nat(50), (changes, cut) => {
      const updates = changes.map(([price, count, bid]) => entry(price, count, bid ? 1 : -1))
      const whole = fold(book, [], updates)
      const parts = fold(book, fold(book, [], updates.slice(0, cut)), updates.slice(cut))
      assert.deepStrictEqual(parts, whole)
    }))
  })
})

describe("frame", () => {
  it("never throws, whatever the text", () => {
    FastCheck.assert(FastCheck.property(
      FastCheck.oneof(
        FastCheck.string(),
        FastCheck.json(),
        FastCheck.jsonValue().map((value) => JSON.stringify(value))
      ),
      (text) => {
        const frame: any = parse(text)
        assert.isTrue(
          frame instanceof MalformedFrame ||
            (Array.isArray(frame) ? typeof frame[0] === "number" : typeof frame.event === "string")
        )
      }
    ))
  })

  it("keeps little of a large text", () => {
    const frame = parse("x".repeat(1_000_000))
    assert.isTrue(frame instanceof MalformedFrame && frame.text.length === 200)
  })
})
