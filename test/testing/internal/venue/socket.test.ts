import { assert, describe, it } from "@effect/vitest"
import { arrays, connect, start } from "../../../support/venue.ts"

const timestamp = 32768
const sequence = 65536
const bulk = 536870912

describe("venueSocket", () => {
  describe("greeting", () => {
    it("info comes first, in the order of the manual", () => {
      const { texts } = connect({ serverId: "083bd8d4-aca7-4690-a573-eabfc8103de8" })
      assert.deepStrictEqual(texts, [
        `{"event":"info","version":2,"serverId":"083bd8d4-aca7-4690-a573-eabfc8103de8","platform":{"status":1}}`
      ])
    })

    it("names maintenance and another version", () => {
      const { take } = connect({ status: 0, version: 1 })
      assert.deepInclude(take()[0], { version: 1, platform: { status: 0 } })
    })

    it("a notice carries code and text", () => {
      const { take, venue } = connect()
      take()
      venue.info(20051)
      assert.deepInclude(take()[0], { event: "info", code: 20051 })
    })
  })

  describe("requests", () => {
    it("pong carries the venue's time, and cid only when asked", () => {
      const { ask, pass } = connect()
      pass(1000)
      assert.deepStrictEqual(ask({ event: "ping", cid: 1234 }), [{ event: "pong", ts: start + 1000, cid: 1234 }])
      assert.deepStrictEqual(ask({ event: "ping" }), [{ event: "pong", ts: start + 1000 }])
    })

    it("conf echoes the whole set", () => {
      const { ask } = connect()
      assert.deepStrictEqual(ask({ event: "conf", flags: 65536 }), [{ event: "conf", status: "OK", flags: 65536 }])
      assert.deepStrictEqual(ask({ event: "conf", flags: 0 }), [{ event: "conf", status: "OK", flags: 0 }])
      assert.deepInclude(ask({ event: "conf", flags: "many" })[0], { event: "error", code: 10050 })
    })

    it("unsubscribe takes the id as number or as text, once", () => {
      const { ask, send, take } = connect()
      send({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" })
      send({ event: "subscribe", channel: "trades", symbol: "tBTCUSD" })
      take()
      assert.deepStrictEqual(ask({ event: "unsubscribe", chanId: 1000 }), [
        { event: "unsubscribed", status: "OK", chanId: 1000 }
      ])
      assert.deepStrictEqual(ask({ event: "unsubscribe", chanId: "999" }), [
        { event: "unsubscribed", status: "OK", chanId: 999 }
      ])
      assert.deepStrictEqual(ask({ event: "unsubscribe", chanId: 1000 }), [
        { event: "error", msg: "unsubscribe: invalid", code: 10400, chanId: 1000 }
      ])
    })

    it("an unsubscribed channel sends nothing", () => {
      const { ask, pass, take } = connect()
      ask({ event: "subscribe", channel: "book", symbol: "tBTCUSD" })
      pass(5000)
      assert.isAbove(take().length, 0)
      ask({ event: "unsubscribe", chanId: 1000 })
      pass(20_000)
      assert.deepStrictEqual(take(), [])
    })

    it("every key is unknown, and the socket stays usable", () => {
      const { ask } = connect()
      assert.deepStrictEqual(ask({ event: "auth", apiKey: "key", authSig: "00", authNonce: 1, authPayload: "AUTH1" }), [
        { event: "auth", status: "FAILED", chanId: 0, code: 10100, msg: "apikey: invalid" }
      ])
      assert.deepInclude(ask([0, "on", null, {}])[0], { event: "error", code: 10100, msg: "auth: invalid" })
      assert.lengthOf(ask({ event: "ping" }), 1)
    })

    it("answers unparseable frames", () => {
      const { ask } = connect()
      assert.deepInclude(ask("{\"event\":")[0], { event: "error", code: 10000 })
      assert.deepInclude(ask("7")[0], { event: "error", code: 10000 })
      assert.deepInclude(ask({ event: "dance" })[0], { event: "error", code: 10000 })
      assert.deepInclude(ask({ event: "toString" })[0], { event: "error", code: 10000 })
      assert.deepInclude(ask({ channel: "book" })[0], { event: "error", code: 10000 })
    })
  })

  describe("subscribed", () => {
    // field order of https://docs.bitfinex.com/reference/ws-public-books and its neighbours
    const cases: ReadonlyArray<readonly [request: object, reply: string]> = [
      [
        { channel: "ticker", symbol: "tBTCUSD" },
        `{"event":"subscribed","channel":"ticker","chanId":1000,"symbol":"tBTCUSD","pair":"BTCUSD"}`
      ],
      [
        { channel: "ticker", symbol: "fUSD" },
        `{"event":"subscribed","channel":"ticker","chanId":1000,"symbol":"fUSD","currency":"USD"}`
      ],
      [
        { channel: "trades", symbol: "tBTCF0:USTF0", subId: "a" },
        `{"event":"subscribed","channel":"trades","chanId":1000,"symbol":"tBTCF0:USTF0","subId":"a","pair":"BTCF0:USTF0"}`
      ],
      [
        { channel: "book", symbol: "tBTCUSD", subId: 123 },
        `{"event":"subscribed","channel":"book","chanId":1000,"symbol":"tBTCUSD","prec":"P0","freq":"F0","len":"25",` +
        `"subId":123,"pair":"BTCUSD"}`
      ],
      [
        { channel: "book", pair: "tBTCUSD", prec: "R0", len: 100 },
        `{"event":"subscribed","channel":"book","chanId":1000,"symbol":"tBTCUSD","prec":"R0","freq":"F0","len":"100",` +
        `"pair":"BTCUSD"}`
      ],
      [
        { channel: "candles", key: "trade:1h:fUSD:a30:p2:p30" },
        `{"event":"subscribed","channel":"candles","chanId":1000,"key":"trade:1h:fUSD:a30:p2:p30"}`
      ],
      [
        { channel: "status", key: "deriv:tBTCF0:USTF0" },
        `{"event":"subscribed","channel":"status","chanId":1000,"key":"deriv:tBTCF0:USTF0"}`
      ],
      [
        { channel: "status", key: "liq:global" },
        `{"event":"subscribed","channel":"status","chanId":1000,"key":"liq:global"}`
      ]
    ]
    for (const [request, reply] of cases) {
      it(`${JSON.stringify(request)}`, () => {
        const { send, texts } = connect()
        texts.length = 0
        send({ event: "subscribe", ...request })
        assert.strictEqual(texts[0], reply)
      })
    }
  })

  describe("refusals", () => {
    const cases: ReadonlyArray<readonly [request: object, code: number, msg?: string]> = [
      [{ channel: "ticker", symbol: "tNOPE" }, 10300, "symbol: invalid"],
      [{ channel: "ticker", symbol: "tbtcusd" }, 10300, "symbol: invalid"],
      [{ channel: "ticker" }, 10300, "symbol: invalid"],
      [{ channel: "candles", key: "trade:2m:tBTCUSD" }, 10300],
      [{ channel: "candles", key: "1m:tBTCUSD" }, 10300],
      [{ channel: "gossip", symbol: "tBTCUSD" }, 10302],
      [{ channel: "book", symbol: "tBTCUSD", prec: "P5" }, 10011],
      [{ channel: "book", symbol: "tBTCUSD", len: 50 }, 10012],
      [{ channel: "book", symbol: "tBTCUSD", freq: "F2" }, 10300]
    ]
    for (const [request, code, msg] of cases) {
      it(`${code} for ${JSON.stringify(request)}, with the request echoed`, () => {
        const { ask, venue } = connect()
        const answers = ask({ event: "subscribe", subId: 9, ...request })
        assert.lengthOf(answers, 1)
        assert.deepInclude(answers[0], { event: "error", code, subId: 9, ...request })
        if (msg !== undefined) assert.deepInclude(answers[0], { msg })
        assert.deepStrictEqual(venue.channels(), [])
      })
    }

    it("no answer to an unknown key of the status channel", () => {
      const { ask, venue } = connect()
      for (const key of ["deriv:tBTCUSD", "weather"]) {
        assert.deepStrictEqual(ask({ event: "subscribe", channel: "status", key }), [])
      }
      assert.deepStrictEqual(venue.channels(), [])
    })

    it("10301 for the same channel twice; other parameters are another channel", () => {
      const { ask } = connect()
      const book = { event: "subscribe", channel: "book", symbol: "tBTCUSD" }
      ask(book)
      assert.deepInclude(ask({ ...book, len: "25", prec: "P0" })[0], { code: 10301, msg: "subscribe: dup" })
      assert.deepInclude(ask({ ...book, len: "100" })[0], { event: "subscribed", len: "100" })
      assert.deepInclude(ask({ ...book, freq: "F1" })[0], { event: "subscribed", freq: "F1" })
    })

    it("10305 beyond the limit, and capacity again after unsubscribing", () => {
      const { ask, send } = connect({ channelCap: 2 })
      send({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" })
      send({ event: "subscribe", channel: "trades", symbol: "tBTCUSD" })
      const third = { event: "subscribe", channel: "ticker", symbol: "fUSD" }
      assert.deepInclude(ask(third)[0], { code: 10305, msg: "subscribe: limit", symbol: "fUSD" })
      send({ event: "unsubscribe", chanId: 1000 })
      assert.deepInclude(ask(third)[0], { event: "subscribed", symbol: "fUSD" })
    })
  })

  describe("shapes", () => {
    const shapes: ReadonlyArray<readonly [name: string, flags: number, extras: (s: number, t: number) => object]> = [
      ["none", 0, () => []],
      ["SEQ_ALL", sequence, (s) => [s]],
      ["TIMESTAMP", timestamp, (_, t) => [t]],
      ["both", sequence + timestamp, (s, t) => [s, t]]
    ]
    for (const [name, flags, extras] of shapes) {
      it(`${name}: data, typed data, heartbeats and checksums`, () => {
        const { now, onFrame, pass, send, take } = connect()
        const timed: Array<readonly [frame: ReadonlyArray<unknown>, now: number]> = []
        onFrame((frame) => {
          if (Array.isArray(frame)) timed.push([frame, now()])
        })
        send({ event: "conf", flags: flags + 131072 })
        for (const channel of ["ticker", "trades", "book"]) {
          send({ event: "subscribe", channel, symbol: "tBTCUSD" })
        }
        pass(16_000)
        take()
        const seen = new Set<string>()
        timed.forEach(([frame, at], i) => {
          const kind = typeof frame[1] === "string" ? frame[1] : "data"
          seen.add(kind)
          const own = kind === "data" || kind === "hb" ? 2 : 3
          assert.deepStrictEqual(frame.slice(own), extras(i + 1, at) as Array<unknown>)
        })
        assert.deepStrictEqual([...seen].sort(), ["cs", "data", "hb", "te", "tu"])
      })
    }

    it("numbers start at 1 when the flag is set, and objects do not count", () => {
      const { ask, pass, send, take } = connect()
      send({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" })
      pass(1000)
      send({ event: "conf", flags: sequence })
      take()
      pass(2000)
      ask({ event: "ping" })
      send({ event: "subscribe", channel: "trades", symbol: "tBTCUSD" })
      pass(20_000)
      const numbers = arrays(take()).map((frame) => frame.at(-1))
      assert.isAbove(numbers.length, 3)
      assert.deepStrictEqual(numbers, Array.from(numbers, (_, i) => Number(numbers[0]) + i))
    })
  })

  it("heartbeats: every 15 s for all channels, busy ones too, by ascending id", () => {
    const { now, onFrame, pass, send } = connect()
    const beats: Array<readonly [at: number, chanId: unknown]> = []
    onFrame((frame) => {
      if (Array.isArray(frame) && frame[1] === "hb") beats.push([now() - start, frame[0]])
    })
    for (const symbol of ["tBTCUSD", "fUSD"]) {
      send({ event: "subscribe", channel: "book", symbol })
      send({ event: "subscribe", channel: "ticker", symbol })
    }
    pass(30_000)
    assert.deepStrictEqual(beats, [
      ...[997, 998, 999, 1000].map((id) => [15_000, id] as const),
      ...[997, 998, 999, 1000].map((id) => [30_000, id] as const)
    ])
  })

  describe("trades", () => {
    for (const [symbol, prefix, cells] of [["tBTCUSD", "", 4], ["fUSD", "f", 5]] as const) {
      it(`${symbol}: snapshot newest first, each trade at once and again later under its id`, () => {
        const { ask, market, pass, take } = connect({ history: 1_200_000 })
        const [, snapshot] = arrays(ask({ event: "subscribe", channel: "trades", symbol }))[0]!
        const rows = snapshot as ReadonlyArray<ReadonlyArray<number>>
        assert.lengthOf(rows, 30)
        assert.deepStrictEqual(rows.map((row) => row[1]!), [...rows].map((row) => row[1]!).sort((a, b) => b - a))
        pass(60_000)
        const events = arrays(take()).filter((frame) => frame[1] !== "hb")
        const first = events.filter((frame) => frame[1] === `${prefix}te`).map((frame) => frame[2])
        const second = events.filter((frame) => frame[1] === `${prefix}tu`).map((frame) => frame[2])
        assert.isAbove(second.length, 2)
        assert.strictEqual(events.length, first.length + second.length)
        assert.deepStrictEqual(first.slice(0, second.length), second)
        assert.deepStrictEqual(
          first.toReversed(),
          market.trades(symbol, { limit: first.length }) as Array<unknown>
        )
        for (const row of first) assert.lengthOf(row as Array<unknown>, cells)
      })
    }
  })

  it("ticker: the row of the market, and an update only after a change", () => {
    const { ask, market, pass, take } = connect()
    const [frame] = arrays(ask({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" }))
    assert.deepStrictEqual(frame![1], market.ticker("tBTCUSD") as Array<unknown>)
    pass(20_000)
    const rows = arrays(take()).filter((row) => row[1] !== "hb").map((row) => JSON.stringify(row[1]))
    assert.isAbove(rows.length, 3)
    assert.isTrue(rows.every((row, i) => row !== rows[i + 1]))
    assert.strictEqual(rows.at(-1), JSON.stringify(market.ticker("tBTCUSD")))
  })

  it("candles: snapshot newest first; replaying updates gives the bars of the market", () => {
    const { ask, market, pass, take } = connect({ history: 1_200_000 })
    const [snapshot] = arrays(ask({ event: "subscribe", channel: "candles", key: "trade:1m:tBTCUSD" }))
    const bars = new Map(
      (snapshot![1] as ReadonlyArray<ReadonlyArray<number>>).map((row) => [row[0]!, row] as const)
    )
    const times = [...bars.keys()]
    assert.isAbove(times.length, 5)
    assert.deepStrictEqual(times, times.toSorted((a, b) => b - a))
    pass(200_000)
    let updates = 0
    for (const [, row] of arrays(take()).filter((frame) => frame[1] !== "hb")) {
      updates++
      const bar = row as ReadonlyArray<number>
      bars.set(bar[0]!, bar)
    }
    const newest = [...bars.values()].sort((a, b) => b[0]! - a[0]!).slice(0, 10)
    assert.isAbove(updates, 10)
    assert.deepStrictEqual(newest, market.candles("1m:tBTCUSD", { limit: 10 }) as Array<Array<number>>)
    assert.isAbove(newest.filter((bar) => bar[0]! > start).length, 1)
  })

  it("status: derivatives flat, of at least 23 cells; liquidations nested and silent at first", () => {
    const { ask, pass, send, take } = connect()
    const [row] = arrays(ask({ event: "subscribe", channel: "status", key: "deriv:tBTCF0:USTF0" }))
    assert.isAtLeast((row![1] as Array<unknown>).length, 23)
    assert.isNumber((row![1] as Array<unknown>)[0])
    assert.lengthOf(arrays(ask({ event: "subscribe", channel: "status", key: "liq:global" })), 0)
    send({ event: "unsubscribe", chanId: 1000 })
    take()
    pass(1_800_000)
    const liquidations = arrays(take()).filter((frame) => frame[1] !== "hb")
    assert.isAbove(liquidations.length, 0)
    for (const [, rows] of liquidations) assert.strictEqual((rows as Array<Array<unknown>>)[0]![0], "pos")
  })

  describe("silence", () => {
    it("a muted channel sends neither data nor heartbeats until it is resubscribed", () => {
      const { ask, pass, send, take, venue } = connect()
      send({ event: "subscribe", channel: "book", symbol: "tBTCUSD" })
      send({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" })
      assert.strictEqual(venue.mute("book:tBTCUSD"), 1)
      take()
      pass(30_000)
      assert.deepStrictEqual([...new Set(arrays(take()).map((frame) => frame[0]))], [999])
      ask({ event: "unsubscribe", chanId: 1000 })
      assert.lengthOf(arrays(ask({ event: "subscribe", channel: "book", symbol: "tBTCUSD" })), 1)
      pass(30_000)
      assert.sameMembers([...new Set(arrays(take()).map((frame) => frame[0]))], [999, 1000])
    })

    it("a muted socket still answers", () => {
      const { ask, pass, send, take, venue } = connect()
      send({ event: "subscribe", channel: "book", symbol: "tBTCUSD" })
      venue.muteAll()
      take()
      pass(30_000)
      assert.deepStrictEqual(take(), [])
      assert.lengthOf(ask({ event: "ping" }), 1)
    })
  })

  it("changes of a book arrive in one array with BULK_UPDATES, also if only one row changed", () => {
    const { pass, send, take } = connect()
    send({ event: "conf", flags: bulk })
    send({ event: "subscribe", channel: "book", symbol: "tBTCUSD", len: "1" })
    take()
    pass(30_000)
    const updates = arrays(take()).filter((frame) => frame[1] !== "hb").map((frame) => frame[1] as Array<unknown>)
    assert.isTrue(updates.every((rows) => rows.every(Array.isArray)))
    assert.isTrue(updates.some((rows) => rows.length === 1))
    assert.isTrue(updates.some((rows) => rows.length > 1))
  })
})
