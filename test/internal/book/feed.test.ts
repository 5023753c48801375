import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Reason, State } from "../../../src/Book.ts"
import { BookFeed, type Options } from "../../../src/internal/book/feed.ts"
import * as Kind from "../../../src/internal/book/kind.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"
import * as Naive from "../../support/naiveBook.ts"

/** A feed, and the place that it has among subscriptions. */
const make = (options: Partial<Options> & { readonly shape?: Naive.Shape } = {}) => {
  const { isFunding, isRaw } = options.shape ?? { isFunding: false, isRaw: false }
  const renewals: Array<number> = []
  const reported: Array<string> = []
  const feed: BookFeed<unknown> = new BookFeed(
    { operation: "test", channel: "book", fields: {}, key: "book", subId: undefined },
    1,
    {
      delivery: new Delivery(),
      pause: () => {},
      look: () => {},
      renew: (delay) => renewals.push(delay),
      report: (reason) => reported.push(reason)
    },
    {
      symbol: "tBTCUSD",
      kind: Kind.of(isFunding, isRaw),
      len: 25,
      isExact: true,
      verify: true,
      newest: false,
      sequence: true,
      lists: "always",
      ...options
    }
  )
  const synced = () => {
    const state = feed.current()
    return state._tag === "Synced" ? state : assert.fail(JSON.stringify(state))
  }
  return {
    feed,
    renewals,
    reported,
    synced,
    /** rows as served, bids before asks */
    rows: () => [...synced().book.bids, ...synced().book.asks].map((row) => Object.values(row as object)),
    reason: (): Reason | undefined => {
      const state: State<unknown> = feed.current()
      return state._tag === "Resyncing" ? state.reason : undefined
    },
    tag: () => {
      const state = feed.current()
      return state._tag === "Resyncing" ? state.reason._tag : state._tag
    },
    begin: (rows: ReadonlyArray<unknown>) => {
      feed.begin()
      feed.data(rows)
    },
    crc: (rows: ReadonlyArray<Naive.Row>) => {
      const book = Naive.make({ isFunding, isRaw })
      for (const row of rows) book.put(row)
      return book.checksum()
    }
  }
}

const snapshot = [[100, 1, 1], [99, 2, 0.5], [101, 1, -1], [102, 3, -4]]
const plain = { verify: false, sequence: false, lists: "never" } as const

describe("book feed: served states were confirmed", () => {
  it("a round is served with its checksum, and not before", () => {
    const { begin, crc, feed, rows, synced } = make()
    begin(snapshot)
    assert.deepInclude(synced(), { epoch: 1, version: 1, verified: false, updates: 0, checksums: 0 })
    feed.data([100, 0, 1])
    feed.data([98, 1, 7])
    assert.deepInclude(synced(), { version: 1 })
    assert.deepStrictEqual(rows(), snapshot)
    const after = [[99, 2, 0.5], [98, 1, 7], [101, 1, -1], [102, 3, -4]]
    feed.checksum(crc(after))
    assert.deepInclude(synced(), { version: 2, verified: true, updates: 2, checksums: 1 })
    assert.deepStrictEqual(rows(), after)
  })

  it("a delivered book does not change", () => {
    const { begin, crc, feed, synced } = make()
    begin(snapshot)
    const { book } = synced()
    feed.data([100, 5, 8])
    feed.checksum(crc([[100, 5, 8], ...snapshot.slice(1)]))
    assert.deepStrictEqual(book.bestBid, { price: 100, count: 1, amount: 1 })
    assert.deepStrictEqual(synced().book.bestBid, { price: 100, count: 5, amount: 8 })
  })

  it("the checksum of a fresh snapshot confirms it, and later ones of the same book say nothing new", () => {
    const { begin, crc, feed, synced } = make()
    begin(snapshot)
    feed.checksum(crc(snapshot))
    feed.checksum(crc(snapshot))
    assert.deepInclude(synced(), { version: 2, verified: true, checksums: 2 })
  })

  for (
    const [name, shape, rows] of [
      ["level with another amount", { isRaw: false, isFunding: false }, [[100, 1, 1], [100, 1, 2], [101, 1, -1]]],
      ["level with another count", { isRaw: false, isFunding: false }, [[101, 1, -1], [100, 1, 1], [100, 2, 1]]],
      ["order at another price", { isRaw: true, isFunding: false }, [[7, 100, 1], [8, 101, -1], [7, 99, 1]]],
      ["order on the other side", { isRaw: true, isFunding: false }, [[7, 100, 1], [7, 101, -1]]],
      ["offer with another amount", { isRaw: false, isFunding: true }, [[1e-4, 2, 1, 5], [1e-4, 2, 1, 6]]]
    ] as const
  ) {
    it(`a snapshot that has one ${name} is not served: the book is resubscribed, and says why`, () => {
      const { begin, crc, feed, reason, renewals, reported, tag } = make({ shape })
      begin(rows)
      assert.strictEqual(tag(), "Malformed")
      const why = reason()
      assert.include(why?._tag === "Malformed" ? why.error.message : "", "each row once, or equal ones, in a snapshot")
      assert.deepStrictEqual(renewals, [0])
      assert.lengthOf(reported, 1)
      // whichever of the two a checksum takes, it says nothing of counts, nor of rows behind the best 25
      feed.checksum(crc(rows))
      assert.strictEqual(tag(), "Malformed")
      begin(rows.slice(0, 1))
      assert.strictEqual(tag(), "Synced")
    })
  }

  it("a snapshot that has equal rows is the book without the second one; equal prices of periods and sides are others", () => {
    const { begin, rows } = make()
    begin([...snapshot, snapshot[1]])
    assert.deepStrictEqual(rows(), snapshot)
    const funding = make({ shape: { isRaw: false, isFunding: true }, isExact: false, ...plain })
    funding.begin([[1e-4, 2, 1, -5], [1e-4, 30, 1, -5], [1e-4, 3, 1, 6]])
    assert.lengthOf(funding.rows(), 3)
  })

  it("the same bits without a sign are the same checksum", () => {
    const { begin, crc, feed, tag } = make()
    begin(snapshot)
    feed.checksum(crc(snapshot) >>> 0)
    assert.strictEqual(tag(), "Synced")
  })

  it("bulk updates are rounds as well", () => {
    const { begin, crc, feed, rows } = make()
    begin(snapshot)
    feed.data([[100, 0, 1], [98, 1, 7]])
    feed.data([])
    const after = [[99, 2, 0.5], [98, 1, 7], [101, 1, -1], [102, 3, -4]]
    feed.checksum(crc(after))
    assert.deepStrictEqual(rows(), after)
  })

  it("a round whose checksum does not come is served after a second or two, as unconfirmed", () => {
    const { begin, feed, synced } = make()
    begin(snapshot)
    feed.data([100, 5, 8])
    feed.tick(1000)
    feed.tick(1999)
    assert.deepInclude(synced(), { version: 1 })
    feed.tick(2000)
    assert.deepInclude(synced(), { version: 2, verified: false, updates: 1 })
    assert.deepInclude(synced().book.bestBid, { count: 5 })
  })

  it("rows that wait for a checksum are bounded", () => {
    const { begin, feed, synced } = make()
    begin(snapshot)
    for (let k = 0; k < 25_000; k++) feed.data([100, 1 + k, 1])
    assert.deepInclude(synced(), { verified: false, updates: 20_000 })
  })

  it("newest: each change at once, and still checked", () => {
    const { begin, crc, feed, reason, renewals, synced } = make({ newest: true })
    begin(snapshot)
    feed.data([100, 5, 8])
    assert.deepInclude(synced(), { version: 2, verified: false, updates: 1 })
    feed.checksum(crc([[100, 5, 8], ...snapshot.slice(1)]))
    assert.deepInclude(synced(), { version: 3, verified: true })
    feed.checksum(1)
    assert.deepInclude(reason(), { _tag: "ChecksumMismatch", expected: 1 })
    assert.deepStrictEqual(renewals, [0])
  })

  it("newest: a book that crosses within a round is not served", () => {
    const { begin, crc, feed, synced, tag } = make({ newest: true })
    begin(snapshot)
    feed.data([101.5, 1, 1])
    assert.strictEqual(tag(), "Crossed")
    feed.data([101, 0, -1])
    assert.deepInclude(synced(), { version: 2 })
    feed.checksum(crc([[101.5, 1, 1], [100, 1, 1], [99, 2, 0.5], [102, 3, -4]]))
    assert.deepInclude(synced(), { version: 3, verified: true })
  })
})

describe("book feed: a book that is wrong, or may be, is withheld at once and resubscribed", () => {
  const cases: ReadonlyArray<
    readonly [
      name: string,
      tag: Reason["_tag"],
      options: Parameters<typeof make>[0],
      rows: ReadonlyArray<unknown>,
      act: (feed: BookFeed<unknown>) => void
    ]
  > = [
    ["a checksum that is wrong", "ChecksumMismatch", {}, snapshot, (feed) => feed.checksum(1)],
    ["a checksum that is none", "Malformed", {}, snapshot, (feed) => feed.checksum("1")],
    ["half a checksum", "Malformed", {}, snapshot, (feed) => feed.checksum(1.5)],
    ["missing messages", "SequenceGap", {}, snapshot, (feed) => feed.gap(3)],
    ["the end of the epoch", "Interrupted", {}, snapshot, (feed) => feed.interrupt("lost")],
    ["count 0 with an odd amount", "Malformed", {}, snapshot, (feed) => feed.data([100, 0, 3])],
    ["a negative count", "Malformed", {}, snapshot, (feed) => feed.data([100, -1, 3])],
    ["a price of 0", "Malformed", {}, snapshot, (feed) => feed.data([0, 1, 3])],
    ["a negative price", "Malformed", {}, snapshot, (feed) => feed.data([-5, 1, -3])],
    [
      "a negative price of an order",
      "Malformed",
      { shape: { isFunding: false, isRaw: true } },
      [[1, 100, 1], [2, 101, -1]],
      (feed) => feed.data([3, -5, -1])
    ],
    ["NaN as text", "Malformed", {}, snapshot, (feed) => feed.data(["NaN", 1, 3])],
    ["a row that is too short", "Malformed", {}, snapshot, (feed) => feed.data([100, 1])],
    ["a bad row in a bulk update", "Malformed", {}, snapshot, (feed) => feed.data([[100, 1, 1], [99, 1, null]])],
    ["no row at all", "Malformed", {}, snapshot, (feed) => feed.data({ price: 100 })],
    [
      "a side that grows too long",
      "Overfull",
      { len: 1, ...plain },
      [[100, 1, 1], [101, 1, -1]],
      (feed) => feed.data([99, 1, 1])
    ],
    ["without checksums, rows that cross", "Crossed", plain, snapshot, (feed) => feed.data([101, 1, 3])],
    ["without checksums, an impossible deletion", "ImpossibleDelete", plain, snapshot, (feed) => feed.data([50, 0, 1])],
    [
      "without sequence numbers, an impossible deletion",
      "ImpossibleDelete",
      { sequence: false, newest: true },
      snapshot,
      (feed) => feed.data([50, 0, 1])
    ],
    ["without checksums, a list of rows", "UnexpectedSnapshot", plain, snapshot, (feed) => feed.data(snapshot)],
    [
      "a list of rows that no checksum confirms within a second: it may be a new snapshot",
      "UnexpectedSnapshot",
      { lists: "confirmed" },
      snapshot,
      (feed) => {
        feed.data([[98, 1, 1], [103, 1, -1]])
        feed.tick(0)
        feed.tick(1000)
      }
    ],
    [
      "an order that is deleted twice",
      "ImpossibleDelete",
      { ...plain, shape: { isFunding: false, isRaw: true } },
      [[1, 100, 1], [2, 101, -1]],
      (feed) => {
        feed.data([1, 0, 1])
        feed.data([1, 0, 1])
      }
    ]
  ]
  for (const [name, expected, options, rows, act] of cases) {
    it(name, () => {
      const { begin, feed, reason, renewals, tag, reported } = make(options)
      const consumer = feed.attach({
        operation: "test",
        buffer: { policy: "conflate", capacity: 1 },
        every: 0,
        onBest: false
      })
      begin(rows)
      assert.strictEqual(tag(), "Synced")
      act(feed)
      assert.strictEqual(reason()?._tag, expected)
      assert.isFalse(feed.live)
      // a loss that the connection already knows is not reported again; the connection resubscribes by itself
      const isOwn = expected !== "SequenceGap" && expected !== "Interrupted"
      assert.deepStrictEqual(renewals, isOwn ? [0] : [])
      assert.lengthOf(reported, isOwn ? 1 : 0)
      // nothing that comes before the next epoch matters
      feed.data(rows)
      feed.data([100, 1, 1])
      feed.checksum(1)
      feed.tick(1e6)
      assert.strictEqual(reason()?._tag, expected)
      assert.lengthOf(renewals, isOwn ? 1 : 0)
      begin(rows)
      assert.strictEqual(tag(), "Synced")
      assert.deepInclude(feed.current(), { epoch: 2 })
      feed.detach(consumer)
    })
  }

  it("a snapshot with a bad row, with a deletion, or that crosses is not served", () => {
    for (
      const [rows, expected] of [
        [[[100, 1, 1], [99, 1]], "Malformed"],
        [[[100, 1, 1], [99, 0, 1]], "Malformed"],
        [[[100, 1, 1], [99, 1, -1]], "Crossed"]
      ] as const
    ) {
      const { begin, reason, renewals } = make()
      begin(rows)
      assert.strictEqual(reason()?._tag, expected)
      assert.deepStrictEqual(renewals, [0])
    }
  })

  it("the row and what is wrong with it are reported", () => {
    const { begin, feed, reason } = make()
    begin(snapshot)
    feed.data([[100, 1, 1], [100, 0, 3]])
    const why = reason()
    assert.deepInclude(why?._tag === "Malformed" && why.error, { layout: "BookEntry", field: "amount", row: 1 })
  })

  it("a book that fails again and again is resubscribed with growing delays", () => {
    const { begin, feed, renewals } = make()
    for (let k = 0; k < 9; k++) {
      begin(snapshot)
      feed.checksum(1)
    }
    assert.deepStrictEqual(renewals, [0, 0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    begin(snapshot)
    for (let at = 0; at <= 60_000; at += 1000) feed.tick(at)
    feed.checksum(1)
    assert.strictEqual(renewals.at(-1), 0)
  })

  it("the delays also grow if each book lasts for a while: its minute begins with its own snapshot", () => {
    const { begin, feed, renewals } = make()
    for (let k = 0; k < 6; k++) {
      begin(snapshot)
      for (let second = 0; second <= 40; second++) feed.tick(k * 100_000 + second * 1000)
      feed.checksum(1)
    }
    assert.deepStrictEqual(renewals, [0, 0, 1000, 2000, 4000, 8000])
  })

  it("a snapshot after a gap, or after the end of an epoch, is not served: its channel is about to be resubscribed", () => {
    for (const end of ["gap", "interrupt"] as const) {
      const { begin, feed } = make()
      feed.begin()
      if (end === "gap") feed.gap(1)
      else feed.interrupt("lost")
      feed.data(snapshot)
      assert.isFalse(feed.live)
      begin(snapshot)
      assert.isTrue(feed.live)
    }
  })

  it.scoped("a process that slept: changes are kept and not served, until the venue answers", () =>
    Effect.gen(function*() {
      const { begin, crc, feed, synced, tag } = make()
      begin(snapshot)
      const published: Array<string> = []
      const consumer = feed.attach({
        operation: "test",
        buffer: { policy: "fail", capacity: 9 },
        every: 0,
        onBest: false
      })
      const each = Effect.map(consumer.take, (all) => {
        for (const { _tag } of all) published.push(_tag)
      })
      yield* Effect.forkScoped(Effect.forever(each))
      feed.doubt({ _tag: "Slept", millis: 3_600_000 })
      feed.data([100, 5, 8])
      feed.checksum(crc([[100, 5, 8], ...snapshot.slice(1)]))
      assert.strictEqual(tag(), "Slept")
      feed.trust()
      assert.deepInclude(synced().book.bestBid, { count: 5 })
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      assert.deepStrictEqual(published, ["Synced", "Resyncing", "Synced"])
    }))

  it("a round whose checksum does not come, and which leaves the book crossed: it is withheld and resubscribed", () => {
    const { begin, feed, reason, renewals } = make()
    begin(snapshot)
    feed.data([101.5, 1, 1])
    feed.tick(1000)
    assert.isTrue(feed.live)
    feed.tick(2000)
    assert.deepStrictEqual(reason(), { _tag: "Crossed", bid: 101.5, ask: 101 })
    assert.isFalse(feed.live)
    assert.deepStrictEqual(renewals, [0])
  })
})

describe("book feed: odd, but not wrong", () => {
  it("an update before the snapshot is contained in it, a checksum before it says nothing", () => {
    const { feed, renewals, rows, tag } = make()
    feed.begin()
    feed.data([100, 1, 1])
    feed.data([100, -1, 1])
    feed.checksum(1)
    assert.strictEqual(tag(), "Subscribing")
    feed.data(snapshot)
    assert.deepStrictEqual(rows(), snapshot)
    assert.deepStrictEqual(renewals, [])
  })

  it("an impossible deletion, where no message was lost and the checksum comes out right", () => {
    const { begin, crc, feed, synced } = make()
    begin(snapshot)
    feed.data([50, 0, 1])
    feed.checksum(crc(snapshot))
    assert.deepInclude(synced(), { verified: true, updates: 1 })
  })

  for (const newest of [false, true]) {
    it(`unless no checksum confirms that within a second${newest ? ", where each change is served at once" : ""}`, () => {
      const { begin, feed, tag } = make({ newest })
      begin(snapshot)
      feed.data([50, 0, 1])
      feed.tick(1000)
      assert.strictEqual(tag(), "Synced")
      feed.tick(2000)
      assert.strictEqual(tag(), "ImpossibleDelete")
    })
  }

  it("newest: an impossible deletion that a checksum has excused is forgotten", () => {
    const { begin, crc, feed, synced } = make({ newest: true })
    begin(snapshot)
    feed.data([50, 0, 1])
    feed.tick(1000)
    feed.checksum(crc(snapshot))
    for (const at of [2000, 3000, 4000]) feed.tick(at)
    assert.deepInclude(synced(), { verified: true, updates: 1 })
  })

  it("rates of funding may be 0 or less", () => {
    const { begin, feed, rows } = make({ shape: { isFunding: true, isRaw: false } })
    begin([[0, 30, 1, -100], [0.0004, 2, 1, 70]])
    feed.data([-0.0001, 2, 1, -5])
    assert.lengthOf(rows(), 2)
  })

  it("unless the checksum is not taken of all rows: then one further down may be wrong", () => {
    const deep = Array.from({ length: 26 }, (_, k) => [100 - k, 1, 1])
    const { begin, crc, feed, tag } = make({ len: 250 })
    begin(deep)
    feed.data([50, 0, 1])
    feed.checksum(crc(deep))
    assert.strictEqual(tag(), "ImpossibleDelete")
  })

  it("a snapshot in the midst of an epoch that equals the book", () => {
    const { begin, crc, feed, rows } = make()
    begin(snapshot)
    feed.data(snapshot)
    feed.checksum(crc(snapshot))
    assert.deepStrictEqual(rows(), snapshot)
  })

  it("a snapshot in the midst of an epoch that is another book is detected by its checksum", () => {
    const { begin, crc, feed, tag } = make()
    begin(snapshot)
    const other = [[90, 1, 1], [91, 1, -1]]
    feed.data(other)
    feed.checksum(crc(other))
    assert.strictEqual(tag(), "ChecksumMismatch")
  })

  it("an empty book, a book of one level, one side only, 1e-8 as price and amount", () => {
    for (const rows of [[], [[100, 1, 1]], [[100, 1, -1]], [[1e-8, 1, 1e-8], [2e-8, 1, -1e-8]]]) {
      const { begin, crc, feed, rows: served, synced } = make()
      begin(rows)
      feed.checksum(crc(rows))
      assert.deepInclude(synced(), { verified: true })
      assert.deepStrictEqual(served(), rows)
    }
  })

  it("a book that runs empty and fills again", () => {
    const { begin, crc, feed, rows } = make()
    begin([[100, 1, 1]])
    feed.data([100, 0, 1])
    feed.checksum(0)
    assert.deepStrictEqual(rows(), [])
    feed.data([99, 1, 2])
    feed.checksum(crc([[99, 1, 2]]))
    assert.deepStrictEqual(rows(), [[99, 1, 2]])
  })

  it("orders of a raw book may pass each other in transit; if they stay crossed, it is resubscribed", () => {
    const options = { ...plain, shape: { isFunding: false, isRaw: true } }
    const { begin, feed, reason, renewals, rows, tag } = make(options)
    begin([[1, 100, 1], [2, 101, -1]])
    assert.deepStrictEqual(rows(), [[1, 100, 1], [2, 101, -1]])
    feed.data([1, 102, 1])
    feed.tick(1000)
    // its state is not served now, but it is not resubscribed yet
    assert.strictEqual(tag(), "Crossed")
    assert.isTrue(feed.live)
    feed.data([2, 103, -1])
    assert.deepStrictEqual(rows(), [[1, 102, 1], [2, 103, -1]])
    feed.data([1, 104, 1])
    feed.tick(5000)
    assert.isTrue(feed.live)
    feed.tick(6000)
    assert.isFalse(feed.live)
    assert.deepStrictEqual(reason(), { _tag: "Crossed", bid: 104, ask: 103 })
    assert.deepStrictEqual(renewals, [0])
  })

  it("a raw book that crosses though its checksum, which prices are no part of, is right", () => {
    const { begin, crc, feed, reason, renewals, rows, tag } = make({ shape: { isFunding: false, isRaw: true } })
    const orders = [[1, 100, 1], [2, 101, -1]]
    begin(orders)
    feed.data([1, 150, 1])
    feed.checksum(crc([[1, 150, 1], [2, 101, -1]]))
    assert.strictEqual(tag(), "Crossed")
    feed.data([1, 100, 1])
    feed.checksum(crc(orders))
    assert.deepStrictEqual(rows(), orders)
    feed.data([1, 150, 1])
    feed.checksum(crc([[1, 150, 1], [2, 101, -1]]))
    feed.tick(1000)
    assert.isTrue(feed.live)
    feed.tick(2000)
    assert.deepStrictEqual(reason(), { _tag: "Crossed", bid: 150, ask: 101 })
    assert.deepStrictEqual(renewals, [0])
  })

  it("funding rates that overlap in the snapshot already are the venue's view", () => {
    const { begin, feed, tag } = make({ ...plain, shape: { isFunding: true, isRaw: false } })
    begin([[0.0005, 2, 1, -1], [0.0004, 2, 1, 1]])
    assert.strictEqual(tag(), "Synced")
    feed.data([0.0006, 2, 1, -1])
    assert.strictEqual(tag(), "Synced")
  })
})
