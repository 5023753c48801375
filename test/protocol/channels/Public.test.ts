import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type * as Channel from "../../../src/protocol/Channel.ts"
import { publicChannels } from "../../../src/protocol/Channels.ts"
import type * as Endpoint from "../../../src/protocol/Endpoint.ts"

const { book, candles, rawBook, status, ticker, trades } = publicChannels

describe("requests", () => {
  const identity = (request: { readonly [field: string]: string }) => Object.values(request).join("|")
  it("name the defaults, in one order, so that equal requests are one subscription", () => {
    assert.strictEqual(identity(book.request({ symbol: "tBTCUSD" })), "tBTCUSD|P0|F0|25")
    assert.strictEqual(
      identity(book.request({ len: "25", freq: "F0", prec: "P0", symbol: "tBTCUSD" })),
      "tBTCUSD|P0|F0|25"
    )
    assert.strictEqual(identity(book.request({ len: 25, symbol: "tBTCUSD", prec: undefined })), "tBTCUSD|P0|F0|25")
    assert.strictEqual(identity(rawBook.request({ symbol: "fUSD", len: 100 })), "fUSD|R0|F0|100")
    assert.strictEqual(identity(candles.request({ symbol: "tDUSK:BTC", timeframe: "1W" })), "trade:1W:tDUSK:BTC")
  })

  it("of the two kinds of book differ", () => {
    assert.strictEqual(book.channel, rawBook.channel)
    assert.notDeepEqual(book.request({ symbol: "tBTCUSD" }), rawBook.request({ symbol: "tBTCUSD" }))
    assert.isString(book.params.prec.check("R0"))
  })
})

describe("parameters", () => {
  it("len is a number or its text, and sent as text", () => {
    for (const len of [1, 25, 100, 250] as const) {
      assert.isUndefined(book.params.len.check(len))
      assert.isUndefined(rawBook.params.len.check(String(len)))
      assert.strictEqual(book.params.len.write(len), String(len))
    }
    for (const len of [0, 50, "", "50", 25.5, true]) assert.isString(book.params.len.check(len))
  })
  it("a status is of one derivative or of all liquidations", () => {
    for (const key of ["liq:global", "deriv:tBTCF0:USTF0"]) assert.isUndefined(status.params.key.check(key))
    for (const key of ["deriv:", "deriv:BTCF0:USTF0", "deriv:fUSD", "liq:tBTCUSD", "liq", "", 1, null]) {
      assert.isString(status.params.key.check(key))
    }
  })
  it("candles of funding need periods, those of trading have none", () => {
    assert.strictEqual(candles.check({ timeframe: "1m", symbol: "fUSD" })?.field, "fundingSuffix")
    assert.strictEqual(
      candles.check({ timeframe: "1m", symbol: "tBTCUSD", fundingSuffix: "p2" })?.field,
      "fundingSuffix"
    )
    assert.isUndefined(candles.check({ timeframe: "1m", symbol: "fUSD", fundingSuffix: "p2" }))
  })
})

describe("the state of a channel's rows", () => {
  const kind = (channel: Channel.AnyChannel, args: Endpoint.AnyArgs) => channel.state(args).kind
  it("follows the channel, and the key of a status", () => {
    assert.strictEqual(kind(ticker, { symbol: "tBTCUSD" }), "latest")
    assert.strictEqual(kind(status, { key: "deriv:tBTCF0:USTF0" }), "latest")
    // no liquidation replaces another
    assert.strictEqual(kind(status, { key: "liq:global" }), "events")
    assert.strictEqual(kind(trades, { symbol: "tBTCUSD" }), "recent")
    for (const channel of [book, rawBook, candles]) assert.strictEqual(kind(channel, { symbol: "tBTCUSD" }), "keyed")
  })
  it("a candle replaces the candle of the same time, newest first", () => {
    const state = candles.state({}) as Channel.State<unknown>
    assert(state.kind === "keyed")
    const candle = { mts: 5, open: 1, close: 1, high: 1, low: 1, volume: 1 }
    assert.strictEqual(state.key(candle), state.key({ ...candle, close: 2 }))
    assert.isBelow(state.order({ ...candle, mts: 6 }, candle), 0)
    assert.isFalse(state.removes({ ...candle, volume: 0 }))
  })
  it("two liquidations of one position are both kept", () => {
    const state = status.state({ key: "liq:global" }) as Channel.State<unknown>
    assert(state.kind === "events")
    const liquidation = { posId: 1, mts: 2, isMatch: 0 }
    assert.notStrictEqual(state.key(liquidation), state.key({ ...liquidation, isMatch: 1 }))
  })
})

describe("frames", () => {
  it("without a row are empty snapshots on every channel", () => {
    const bySymbol: ReadonlyArray<Channel.AnyChannel> = [ticker, trades, book, rawBook]
    for (const channel of bySymbol) {
      assert.deepStrictEqual(channel.snapshot.decode([], { symbol: "tBTCUSD" }), Either.right([]))
    }
    assert.deepStrictEqual(candles.snapshot.decode([]), Either.right([]))
    assert.deepStrictEqual(status.snapshot.decode([], { key: "liq:global" }), Either.right([]))
  })

  it("of a status cannot be read without its key", () => {
    const decoded = status.update.decode([1])
    assert(Either.isLeft(decoded))
    assert.strictEqual(decoded.left.field, "key")
  })

  it("of liquidations hold several rows at times", () => {
    const row = ["pos", 1, 2, null, "tBTCUSD", -1, null, null, 0, 1, null, null]
    const decoded = status.update.decode([row, row], { key: "liq:global" })
    assert.lengthOf(Either.getOrThrow(decoded), 2)
  })
})
