import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Channel from "../../src/protocol/Channel.ts"
import * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Param from "../../src/protocol/Param.ts"
import { PublicFundingTrade, PublicTrade } from "../../src/protocol/records/PublicTrade.ts"
import { Stat } from "../../src/protocol/records/Stats.ts"

const stats = Channel.make({
  channel: "stats",
  params: { key: Param.text },
  request: ({ key }) => ({ key: String(key) }),
  record: Endpoint.always(Stat),
  state: () => Channel.latest,
  doc: "ws-x"
})

describe("rows of a frame", () => {
  const one = { mts: 1, value: 2 }
  it("come alone or as a list, and always decode to a list", () => {
    assert.deepStrictEqual(stats.update.decode([1, 2]), Either.right([one]))
    assert.deepStrictEqual(stats.update.decode([[1, 2]]), Either.right([one]))
    assert.deepStrictEqual(stats.snapshot.decode([[1, 2], [3, 4, "more"]]), Either.right([one, { mts: 3, value: 4 }]))
  })
  it("may be an empty list", () => assert.deepStrictEqual(stats.snapshot.decode([]), Either.right([])))

  it("that are wrong name the row, the field and the place", () => {
    const cases: ReadonlyArray<readonly [payload: unknown, field: string, index: number | null, row: number | null]> = [
      [[1, "2"], "value", 1, null],
      [[[1, 2], [1, "2"]], "value", 1, 1],
      [[[1, 2], 3], "", null, 1],
      [[[1, 2], null], "", null, 1],
      [[[1]], "value", 1, 0],
      ["hb", "", null, null],
      [null, "", null, null],
      [{}, "", null, null],
      [[null], "mts", 0, null]
    ]
    for (const [payload, field, index, row] of cases) {
      const decoded = stats.update.decode(payload)
      assert(Either.isLeft(decoded), JSON.stringify(payload))
      assert.deepInclude({ ...decoded.left }, { _tag: "DecodeError", layout: "Stat", field, index, row })
      assert.include(decoded.left.message, "Stat")
    }
  })

  it("follow the symbol of the subscription", () => {
    const trades = Channel.make({
      channel: "trades",
      params: { symbol: Param.symbol },
      request: ({ symbol }) => ({ symbol: String(symbol) }),
      record: Endpoint.bySymbol(PublicTrade, PublicFundingTrade),
      state: () => Channel.recent<PublicTrade | PublicFundingTrade>((row) => row.id, 3),
      doc: "ws-x"
    })
    const payload = [1, 2, 3, 4, 5]
    assert.deepStrictEqual(
      trades.update.decode(payload, { symbol: "tBTCUSD" }),
      Either.right([{ id: 1, mts: 2, amount: 3, price: 4 }])
    )
    assert.deepStrictEqual(
      trades.update.decode(payload, { symbol: "fUSD" }),
      Either.right([{ id: 1, mts: 2, amount: 3, rate: 4, period: 5 }])
    )
    assert.isTrue(Either.isLeft(trades.update.decode(payload)))
  })

  it("never throw, whatever the frame holds", () => {
    FastCheck.assert(FastCheck.property(FastCheck.jsonValue(), (json) => {
      assert.isTrue(Either.isEither(stats.update.decode(json)))
    }))
  })
})

describe("the state of a channel", () => {
  const key = (row: Stat) => row.mts
  const order = (a: Stat, b: Stat) => a.mts - b.mts
  it("that is keyed removes nothing and keeps everything unless its declaration says so", () => {
    const state = Channel.keyed<Stat>({ key, order })
    assert(state.kind === "keyed")
    assert.strictEqual(state.key({ mts: 5, value: 1 }), 5)
    assert.isFalse(state.removes({ mts: 5, value: 0 }))
    assert.isUndefined(state.otherKey)
    assert.strictEqual(state.keep, Number.POSITIVE_INFINITY)
    const emptied = Channel.keyed<Stat>({ key, order, removes: (row) => row.value === 0, keep: 2 })
    assert(emptied.kind === "keyed")
    assert.isTrue(emptied.removes({ mts: 5, value: 0 }))
    assert.strictEqual(emptied.keep, 2)
  })
  it("that is a list of the newest has a snapshot or only events", () => {
    assert.deepStrictEqual(Channel.recent(key, 3), { kind: "recent", key, keep: 3 } as Channel.State<Stat>)
    assert.deepStrictEqual(Channel.events(key, 3), { kind: "events", key, keep: 3 } as Channel.State<Stat>)
    assert.deepStrictEqual(Channel.latest, { kind: "latest" })
  })
})

describe("rows of the table", () => {
  it("accept any combination of parameters by default", () => {
    assert.isUndefined(stats.check({}))
    assert.strictEqual(stats.doc, "https://docs.bitfinex.com/reference/ws-x")
  })
  it("are named by the table", () => {
    assert.deepStrictEqual(Object.values(Channel.table({ a: stats, b: stats })).map(({ name }) => name), ["a", "b"])
  })
})
