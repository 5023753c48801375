import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../../../src/testing/FakeExchange.ts"
import { answer, loggedIn, notice, rows, settle, types, view } from "../../../../support/accountSocket.ts"

const rich = { USD: 1_000_000, BTC: 100 }
const base: FakeExchange.Options = {
  history: 60_000,
  symbols: ["tBTCUSD"],
  // prices change only through the test
  step: 3_600_000,
  accounts: [
    { key: "demo-key", secret: "demo-secret", wallets: { exchange: rich, margin: rich, funding: { USD: 1_000_000 } } },
    { key: "whale", secret: "w", wallets: { exchange: { USD: 40_000_000, BTC: 2000 } } }
  ]
}
const inMemory = (options: FakeExchange.Options = {}) =>
  Effect.provide(FakeExchange.layerMemory({ ...base, ...options }))

/** five digits, as prices have them */
const five = (price: number): number => Number(price.toPrecision(5))

const order = (type: string, amount: string, price?: number, more: object = {}) => ({
  type,
  symbol: "tBTCUSD",
  amount,
  ...(price === undefined ? {} : { price: String(price) }),
  ...more
})

const best = Effect.map(FakeExchange.FakeExchange, ({ market }) => {
  const { asks, bids } = market.book("tBTCUSD", "P0", 1)
  return { bid: Number(bids[0]![0]), ask: Number(asks[0]![0]) }
})

/** a trader takes everything up to a price */
const move = (amount: string, price: number) =>
  Effect.gen(function*() {
    yield* (yield* view("whale")).submit(order("EXCHANGE IOC", amount, price))
    yield* settle
  })

const status = (row: ReadonlyArray<unknown>) => String(row[13])

describe("lifecycles of orders on the sockets", () => {
  it.effect("rests, is filled in parts, then in full", () =>
    Effect.gen(function*() {
      const [client, seen] = [yield* loggedIn(), yield* view()]
      yield* answer(client, "on", order("EXCHANGE LIMIT", "0.3", 20000))
      const { id } = seen.orders()[0]!
      client.take()
      yield* seen.fill(id, 0.1)
      yield* settle
      const part = client.take()
      assert.deepStrictEqual(types(part), ["te", "ou", "tu", "wu", "wu", "wu"])
      assert.strictEqual(status(rows(part, "ou")[0]), "PARTIALLY FILLED @ 20000.0(0.1)")
      assert.strictEqual(rows(part, "ou")[0][6], 0.2)
      assert.strictEqual(rows(part, "tu")[0][8], 1, "a maker")
      yield* seen.fill(id)
      yield* settle
      const rest = client.take()
      assert.deepStrictEqual(types(rest).slice(0, 3), ["te", "oc", "tu"])
      assert.match(status(rows(rest, "oc")[0]), /^EXECUTED @ 20000\.0\(/)
      assert.strictEqual(rows(rest, "oc")[0][6], 0)
    }).pipe(inMemory()))

  it.effect("a part trades at once: the first event of the order is PARTIALLY FILLED", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const { ask } = yield* best
      const frames = yield* answer(client, "on", order("EXCHANGE LIMIT", "15", ask))
      const published = types(frames).filter((type) => type !== "te" && type !== "tu" && type !== "wu")
      assert.deepStrictEqual(published, ["n on-req", "on"])
      assert.match(status(rows(frames, "on")[0]), /^PARTIALLY FILLED @ /)
      assert.isAbove(types(frames).indexOf("on"), types(frames).lastIndexOf("te"))
    }).pipe(inMemory()))

  it.effect("cancelled after a part: CANCELED was: PARTIALLY FILLED", () =>
    Effect.gen(function*() {
      const [client, seen] = [yield* loggedIn(), yield* view()]
      yield* answer(client, "on", order("EXCHANGE LIMIT", "0.3", 20000))
      const { id } = seen.orders()[0]!
      yield* seen.fill(id, 0.1)
      const frames = yield* answer(client, "oc", { id })
      assert.strictEqual(status(rows(frames, "oc")[0]), "CANCELED was: PARTIALLY FILLED @ 20000.0(0.1)")
      assert.strictEqual(rows(frames, "oc")[0][6], 0.2)
    }).pipe(inMemory()))

  it.effect("post-only, FOK and IOC: an accepted notification, then oc", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const { ask } = yield* best
      const post = yield* answer(client, "on", order("EXCHANGE LIMIT", "0.1", ask, { flags: 4096 }))
      assert.deepStrictEqual(types(post), ["n on-req", "oc"])
      assert.deepStrictEqual([notice(post).status, notice(post).info[12]], ["SUCCESS", 4096])
      assert.deepStrictEqual([status(rows(post, "oc")[0]), rows(post, "oc")[0][12]], ["POSTONLY CANCELED", 4096])
      const rests = yield* answer(client, "on", order("EXCHANGE LIMIT", "0.1", 20000, { flags: 4096 + 64 }))
      const [on] = rows(rests, "on")
      assert.deepStrictEqual([notice(rests).info[12], on[12], on[31].$F7, on[24]], [4160, 64, 1, 1])
      const fok = yield* answer(client, "on", order("EXCHANGE FOK", "15", ask))
      assert.deepStrictEqual(types(fok), ["n on-req", "oc"])
      assert.strictEqual(status(rows(fok, "oc")[0]), "FILLORKILL CANCELED")
      const none = yield* answer(client, "on", order("EXCHANGE IOC", "1", 20000))
      assert.strictEqual(status(rows(none, "oc")[0]), "IOC CANCELED")
      const ioc = yield* answer(client, "on", order("EXCHANGE IOC", "15", ask))
      assert.match(status(rows(ioc, "oc")[0]), /^IOC CANCELED was: PARTIALLY FILLED @ /)
    }).pipe(inMemory()))

  it.effect("hidden orders are reported only to their owner", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const { ask } = yield* best
      yield* answer(client, "on", order("EXCHANGE LIMIT", "-0.1", five(ask + 1), { flags: 64 }))
      const exchange = yield* FakeExchange.FakeExchange
      const { id } = (yield* view()).orders()[0]!
      assert.notInclude(exchange.market.book("tBTCUSD", "R0", 250).asks.map(([own]) => own), id)
    }).pipe(inMemory()))

  it.effect("OCO: one notification, two linked orders; the end of one ends the other", () =>
    Effect.gen(function*() {
      const [client, seen] = [yield* loggedIn(), yield* view()]
      const { ask, bid } = yield* best
      const pair = (cid: number) =>
        order("EXCHANGE LIMIT", "-1", five(ask * 1.1), { cid, flags: 16384, price_oco_stop: String(five(bid * 0.9)) })
      const frames = yield* answer(client, "on", pair(1))
      assert.deepStrictEqual(types(frames), ["n on-req", "on", "on"])
      const [limit, stop] = rows(frames, "on")
      assert.deepStrictEqual([limit[8], stop[8], limit[12], stop[12]], [
        "EXCHANGE LIMIT",
        "EXCHANGE STOP",
        16384,
        16384
      ])
      assert.deepStrictEqual([limit[25], stop[25]], [stop[0], limit[0]])
      assert.strictEqual(notice(frames).info[0], limit[0], "the notification is flat")
      const canceled = yield* answer(client, "oc", { id: limit[0] })
      assert.deepStrictEqual(types(canceled), ["n oc-req", "oc", "oc"])
      yield* answer(client, "on", pair(2))
      client.take()
      yield* seen.fill(seen.orders().find(({ orderType }) => orderType === "EXCHANGE LIMIT")!.id)
      yield* settle
      const statuses = rows(client.take(), "oc").map(status)
      assert.match(statuses[0]!, /^EXECUTED/)
      assert.strictEqual(statuses[1], "CANCELED")
    }).pipe(inMemory()))

  it.effect("a stop becomes a market order, a stop limit a limit order: TYPE_PREV holds the previous type", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const { ask, bid } = yield* best
      const at = five(bid * 0.998)
      const placed = yield* answer(client, "on", order("EXCHANGE STOP", "-0.1", at))
      assert.deepStrictEqual(types(placed), ["n on-req", "on"])
      yield* answer(
        client,
        "on",
        order("EXCHANGE STOP LIMIT", "-0.1", at, { price_aux_limit: String(five(ask * 1.5)) })
      )
      client.take()
      yield* move("-900", five(bid * 0.997))
      const frames = client.take()
      assert.deepStrictEqual(rows(frames, "ou").map((row) => [row[8], row[9]]), [
        ["EXCHANGE MARKET", "EXCHANGE STOP"],
        ["EXCHANGE LIMIT", "EXCHANGE STOP LIMIT"]
      ])
      assert.match(status(rows(frames, "oc")[0]), /^EXECUTED @ /)
      assert.strictEqual(rows(frames, "ou")[1][16], five(ask * 1.5))
    }).pipe(inMemory()))

  it.effect("a trailing stop follows, and triggers", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const { bid } = yield* best
      yield* answer(client, "on", order("EXCHANGE TRAILING STOP", "-0.1", undefined, { price_trailing: "50" }))
      client.take()
      yield* move("-900", five(bid - 100))
      const frames = client.take()
      assert.strictEqual(rows(frames, "ou")[0][9], "EXCHANGE TRAILING STOP")
      assert.match(status(rows(frames, "oc")[0]), /^EXECUTED @ /)
    }).pipe(inMemory()))

  it.effect("time in force ends an order automatically", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const tif = "2024-01-01 00:00:10"
      const [, on] = yield* answer(client, "on", order("EXCHANGE LIMIT", "0.1", 20000, { tif }))
      assert.strictEqual(on[2][10], Date.UTC(2024, 0, 1, 0, 0, 10))
      client.take()
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(types(client.take()), [])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(rows(client.take(), "oc").map(status), ["CANCELED"])
    }).pipe(inMemory({ step: 250 })))

  it.effect("a margin position: opened with funding, grown, shrunk, and closed with its profit or loss", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const opening = yield* answer(client, "on", order("MARKET", "0.001"))
      assert.deepStrictEqual(types(opening), ["n on-req", "te", "oc", "tu", "pn", "fcn", "wu"])
      const [credit] = rows(opening, "fcn")
      const [position] = rows(opening, "pn")
      assert.deepStrictEqual([credit[1], credit[2], credit[7], credit[21]], ["fUSD", -1, "ACTIVE", "tBTCUSD"])
      assert.closeTo(credit[5], position[2] * position[3], 1e-6)
      const growing = yield* answer(client, "on", order("MARKET", "0.001"))
      assert.deepStrictEqual(types(growing).slice(4), ["pu", "fcu", "wu"])
      assert.strictEqual(rows(growing, "fcu")[0][0], credit[0])
      const closing = yield* answer(client, "on", order("MARKET", "0", undefined, { flags: 512 }))
      assert.include(types(closing), "oc")
      const [closed] = rows(closing, "pc")
      assert.deepStrictEqual([closed[1], closed[2]], ["CLOSED", 0])
      const [over] = rows(closing, "fcc")
      assert.deepStrictEqual([over[0], over[7]], [credit[0], "CLOSED (no more position)"])
      const texts = rows(closing, "wu").map((row) => row[5])
      assert.isTrue(texts.some((text) => text.startsWith("Position closed @ ")), "its profit or loss")
      assert.match(texts.at(-1), /^Trading fees/, "then the fee")
      assert.deepStrictEqual((yield* view()).fundingCredits(), [])
    }).pipe(inMemory()))

  it.effect("an order that closes a position has the POSCLOSE note from the start", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const { ask } = yield* best
      yield* answer(client, "on", order("MARKET", "0.001"))
      const frames = yield* answer(client, "on", order("LIMIT", "0", five(ask * 1.2), { flags: 512 }))
      assert.strictEqual(status(rows(frames, "on")[0]), "ACTIVE (note:POSCLOSE)")
      assert.strictEqual(rows(frames, "on")[0][6], -0.001)
    }).pipe(inMemory()))

  it.effect("reduce-only: on the wrong side refused, without a position cancelled", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const none = yield* answer(client, "on", order("LIMIT", "0.001", 20000, { flags: 1024 }))
      assert.deepStrictEqual(types(none), ["n on-req", "oc"])
      assert.strictEqual(status(rows(none, "oc")[0]), "RSN_POS_NOTFOUND")
      yield* answer(client, "on", order("MARKET", "0.001"))
      const wrong = yield* answer(client, "on", order("LIMIT", "0.001", 20000, { flags: 1024 }))
      assert.deepStrictEqual([types(wrong), notice(wrong).text], [["n on-req"], "direction: invalid"])
      const flip = yield* answer(client, "on", order("LIMIT", "-0.002", 200000, { flags: 1024 }))
      assert.strictEqual(status(rows(flip, "oc")[0]), "RSN_POS_REDUCE_FLIP")
    }).pipe(inMemory()))

  describe("funding", () => {
    const offer = (rate: string, amount = "1000") => ({ type: "LIMIT", symbol: "fUSD", amount, rate, period: 2 })
    const lending: FakeExchange.Options = { symbols: ["fUSD"] }

    it.effect("an offer rests, is taken in parts and in full", () =>
      Effect.gen(function*() {
        const [client, seen] = [yield* loggedIn(), yield* view()]
        const frames = yield* answer(client, "fon", offer("0.05"))
        assert.deepStrictEqual(types(frames), ["n fon-req", "fon"])
        const { info, text } = notice(frames)
        const { id } = seen.fundingOffers()[0]!
        const filled = info.flatMap((cell: unknown, index: number) => (cell === null ? [] : [[index, cell]]))
        assert.deepStrictEqual(filled, [[0, id], [4, 1000], [14, 0.05], [15, 2]])
        assert.strictEqual(text, "Submitting funding offer of 1000.0 USD at 5.000000 for 2 days.")
        yield* seen.fill(id, 400)
        yield* settle
        const part = client.take()
        assert.deepStrictEqual(types(part).filter((type) => type !== "wu"), ["fte", "fou", "ftu", "fcn"])
        assert.strictEqual(rows(part, "fou")[0][10], "PARTIALLY FILLED at 5.0000% (400.0)")
        yield* seen.fill(id)
        yield* settle
        const rest = client.take()
        assert.deepStrictEqual(types(rest).slice(0, 2), ["fte", "foc"])
        assert.match(rows(rest, "foc")[0][10], /^EXECUTED at 5\.0000% \(600\.0\)/)
      }).pipe(inMemory(lending)))

    it.effect("taken at once: no fon; a bid makes a loan", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        const lent = yield* answer(client, "fon", offer("0.000001"))
        assert.notInclude(types(lent), "fon")
        assert.match(rows(lent, "foc")[0][10], /^EXECUTED at /)
        const borrowed = yield* answer(client, "fon", offer("0.05", "-1000"))
        assert.strictEqual(notice(borrowed).info[4], -1000)
        assert.notInclude(types(borrowed), "fon")
        const loans = rows(borrowed, "fln")
        assert.closeTo(loans.reduce((sum, row) => sum + row[5], 0), 1000, 1e-6)
        for (const row of loans) assert.strictEqual(row[2], -1)
        for (const row of rows(borrowed, "fte")) assert.isBelow(row[4], 0)
      }).pipe(inMemory(lending)))

    it.effect("cancelled: foc without a notification; of an unknown one, a notification without foc", () =>
      Effect.gen(function*() {
        const [client, seen] = [yield* loggedIn(), yield* view()]
        yield* answer(client, "fon", offer("0.05"))
        const { id } = seen.fundingOffers()[0]!
        const frames = yield* answer(client, "foc", { id })
        assert.deepStrictEqual(types(frames), ["foc"])
        assert.strictEqual(rows(frames, "foc")[0][10], "CANCELED")
        const gone = yield* answer(client, "foc", { id })
        assert.deepStrictEqual(types(gone), ["n foc-req"])
        assert.deepStrictEqual([notice(gone).status, notice(gone).info[0]], ["ERROR", id])
      }).pipe(inMemory(lending)))
  })

  it.effect("pauses between operations", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const ops = [
        ["on", order("EXCHANGE LIMIT", "0.1", 20000)],
        ["pause", 500],
        ["on", order("EXCHANGE LIMIT", "0.1", 20000)]
      ]
      assert.deepStrictEqual(types(yield* answer(client, "ox_multi", ops)), ["n on-req", "on"])
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(types(client.take()), ["n on-req", "on"])
    }).pipe(inMemory()))
})
