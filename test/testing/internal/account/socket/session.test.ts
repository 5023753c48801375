import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../../../src/testing/Fault.ts"
import {
  account,
  answer,
  auth,
  inject,
  inMemory,
  limit,
  loggedIn,
  notice,
  opened,
  rows,
  settle,
  types,
  view
} from "../../../../support/accountSocket.ts"

const conf = (flags: number) => ({ event: "conf", flags })
const [timestamp, sequence] = [32768, 65536]

describe("channel 0 of the fake exchange", () => {
  describe("sequence numbers and timestamps", () => {
    const shapes = [
      ["none", 0, [[], [], []]],
      ["sequence", sequence, [[6], [7, 7], [8]]],
      ["timestamp", timestamp, [["T"], ["T"], ["T"]]],
      ["both", sequence + timestamp, [[6, "T"], [7, 7, "T"], [8, "T"]]]
    ] as const
    for (const [name, flags, [ack, event, beat]] of shapes) {
      it.effect(`${name}: acknowledgements show the account's number, events both, heartbeats the connection's`, () =>
        Effect.gen(function*() {
          const client = yield* loggedIn({}, undefined, [conf(flags)])
          const [n, on] = yield* answer(client, "on", limit())
          yield* TestClock.adjust("15 seconds")
          const [hb] = client.take()
          const tail = (frame: ReadonlyArray<unknown>, length: number) =>
            frame.slice(length).map((cell) => (Number(cell) > 1e12 ? "T" : cell))
          assert.deepStrictEqual([n![1], on![1], hb[1]], ["n", "on", "hb"])
          assert.deepStrictEqual([tail(n!, 3), tail(on!, 3), tail(hb, 2)], [[...ack], [...event], [...beat]])
        }).pipe(inMemory()))
    }

    it.effect("S counts all channels, A only channel 0; n repeats A, and takes an S unless it is an acknowledgement", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn({}, undefined, [conf(sequence)])
        const other = yield* loggedIn()
        client.ask({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" })
        yield* settle
        assert.strictEqual(client.take().at(-1).at(-1), 7)
        other.input("n", { type: "ucm-x", info: 1 })
        yield* settle
        assert.deepStrictEqual(account(client.take())[0].slice(3), [8, 6])
        const frames = yield* answer(client, "on", limit())
        assert.deepStrictEqual(frames.map((frame) => frame.slice(3)), [[6], [9, 7]])
      }).pipe(inMemory()))

    it.effect("each connection counts separately", () =>
      Effect.gen(function*() {
        const first = yield* loggedIn({}, undefined, [conf(sequence)])
        yield* answer(first, "on", limit())
        const second = yield* opened
        second.ask(conf(sequence))
        second.ask(auth())
        yield* settle
        assert.deepStrictEqual(account(second.take()).map((frame) => frame.slice(3)), [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
          [5, 5],
          [6, 6]
        ])
      }).pipe(inMemory()))
  })

  describe("filters", () => {
    /** the types that a filter selects, of snapshots and of later events */
    const received = (filter: unknown) =>
      Effect.gen(function*() {
        const client = yield* opened
        client.take()
        client.ask(auth({ filter }))
        yield* settle
        const first = account(client.take())
        const seen = yield* view()
        yield* seen.submit({ type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.0001" })
        yield* seen.submit(limit({ symbol: "tETHUSD", price: "1000" }))
        yield* seen.offer({ type: "LIMIT", symbol: "fUSD", amount: "1000", rate: "0.05", period: 2 })
        yield* seen.deposit("margin", "USD", 5)
        yield* settle
        const frames = account(client.take())
        return { first, frames, snapshots: types(first), events: [...new Set(types(frames))].sort() }
      })

    const cases: ReadonlyArray<
      readonly [filter: unknown, snapshots: ReadonlyArray<string>, events: ReadonlyArray<string>]
    > = [
      [undefined, ["ps", "ws", "os", "fos", "fcs", "fls"], [
        "fon",
        "n fon-req",
        "n on-req",
        "oc",
        "on",
        "te",
        "tu",
        "wu"
      ]],
      [["trading"], ["ps", "os"], ["oc", "on", "te", "tu"]],
      [["trading-tETHUSD"], ["ps", "os"], ["on"]],
      [["funding"], ["fos", "fcs", "fls"], ["fon"]],
      [["funding-fBTC"], ["fos", "fcs", "fls"], []],
      [["wallet"], ["ws"], ["wu"]],
      [["notify"], [], ["n fon-req", "n on-req"]],
      [["algo"], [], []],
      [["balance"], [], []],
      [["nonsense", 5, null], [], []],
      [["trading-tETHUSD", "notify"], ["ps", "os"], ["n fon-req", "n on-req", "on"]]
    ]
    const many: FakeExchange.Options = { symbols: ["tBTCUSD", "tETHUSD", "fUSD"] }

    it.effect("select snapshots and events as in the manual; other words select nothing", () =>
      Effect.gen(function*() {
        for (const [filter, snapshots, events] of cases) {
          const found = yield* received(filter)
          assert.deepStrictEqual([found.snapshots, found.events], [snapshots, events], JSON.stringify(filter))
        }
      }).pipe(inMemory(many)))

    it.effect("wallets by type, under the names of the filter, and by currency", () =>
      Effect.gen(function*() {
        const wallets = (word: string) =>
          Effect.map(received([word]), ({ first, frames }) => {
            const all = [...rows(first, "ws")[0], ...rows(frames, "wu")]
            return [...new Set(all.map((row: ReadonlyArray<unknown>) => `${row[0]} ${row[1]}`))].sort()
          })
        assert.deepStrictEqual(yield* wallets("wallet-trading"), ["margin BTC", "margin ETH", "margin USD"])
        assert.deepStrictEqual(yield* wallets("wallet-deposit"), ["funding USD"])
        assert.deepStrictEqual(yield* wallets("wallet-exchange-BTC"), ["exchange BTC"])
      }).pipe(inMemory(many)))
  })

  describe("permissions", () => {
    const only = (permissions: object): FakeExchange.Options => ({
      accounts: [
        { key: "demo-key", secret: "demo-secret", userId: 1, permissions, wallets: { exchange: { USD: 50_000 } } },
        { key: "full", secret: "f", userId: 1 }
      ]
    })

    it.effect("without the write permission, commands are refused as over REST, without any effect", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        const cases = [["on", limit({ cid: 4 })], ["oc", { id: 1 }], ["ox_multi", [["on", limit()]]], [
          "fon",
          {}
        ]] as const
        for (const [type, body] of cases) {
          const frames = yield* answer(client, type, body)
          assert.deepStrictEqual(types(frames), [`n ${type}-req`])
          const scope = type === "fon" ? "funding" : "orders"
          assert.deepInclude(notice(frames), { status: "ERROR", text: `api_key: permission invalid (${scope} write)` })
        }
        assert.strictEqual(notice(yield* answer(client, "on", limit({ cid: 4 }))).info[2], 4)
        assert.deepStrictEqual((yield* view()).commands(), [])
      }).pipe(inMemory(only({ orders: { read: true }, funding: { read: true } }))))

    it.effect("without the read permission, events of that kind are not sent", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        yield* (yield* view("full")).submit({ type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.0001" })
        yield* settle
        assert.deepStrictEqual([...new Set(types(client.take()))], ["n on-req", "wu"])
      }).pipe(inMemory(only({ wallets: { read: true } }))))
  })

  describe("ucm notifications", () => {
    it.effect("go to all connections of the user, the sender's included, under their type and message id", () =>
      Effect.gen(function*() {
        const [first, second] = [yield* loggedIn(), yield* loggedIn()]
        first.take()
        first.input("n", { type: "ucm-price", info: { a: [1] } }, 77)
        yield* settle
        for (const client of [first, second]) {
          const { info, row, type } = notice(client.take())
          assert.deepStrictEqual([type, row[2], info], ["ucm-price", 77, { a: [1] }])
        }
      }).pipe(inMemory()))

    it.effect("of another type, or without a type, are errors", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        client.take()
        for (const body of [{ type: "on-req", info: {} }, { info: {} }, null, 5, []]) client.input("n", body)
        yield* settle
        const frames = client.take()
        assert.deepStrictEqual(frames.map(({ event }) => event), Array.from({ length: 5 }, () => "error"))
      }).pipe(inMemory()))
  })

  describe("maintenance", () => {
    it.effect("order entry is refused until it is over; events of the account are still sent", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        yield* inject(Fault.Info.make({ code: 20060 }))
        const frames = yield* answer(client, "on", limit({ cid: 3 }))
        assert.deepStrictEqual(types(frames), ["n on-req"])
        assert.deepInclude(notice(frames), { status: "ERROR", code: 20060, text: "maintenance" })
        assert.strictEqual(notice(frames).info[2], 3)
        yield* (yield* view()).deposit("exchange", "USD", 1)
        yield* settle
        assert.deepStrictEqual(types(client.take()), ["wu"])
        yield* inject(Fault.Info.make({ code: 20061 }))
        assert.deepStrictEqual(types(yield* answer(client, "on", limit())), ["n on-req", "on"])
      }).pipe(inMemory()))
  })

  describe("dead man's switch", () => {
    const ways: ReadonlyArray<readonly [string, (ws: globalThis.WebSocket & { terminate: () => void }) => void]> = [
      ["a close frame", (ws) => ws.close(1000)],
      ["a lost transport", (ws) => ws.terminate()]
    ]
    for (const [name, end] of ways) {
      it.effect(`${name} cancels all orders of the account, which is reported to other connections`, () =>
        Effect.gen(function*() {
          const [client, other] = [yield* loggedIn({ dms: 4 }), yield* loggedIn()]
          yield* answer(client, "on", limit({ cid: 1 }))
          yield* answer(other, "on", limit({ cid: 2 }))
          other.take()
          end(client.ws)
          yield* settle
          assert.deepStrictEqual(types(other.take()), ["oc", "oc"])
          assert.deepStrictEqual((yield* view()).orders(), [])
        }).pipe(inMemory()))
    }

    it.effect("so does a close by the exchange, even without an answer", () =>
      Effect.gen(function*() {
        for (const code of [1001, 1006]) {
          const client = yield* loggedIn({ dms: 4 })
          yield* answer(client, "on", limit())
          yield* inject(Fault.Drop.make({ code }))
          yield* settle
          assert.deepStrictEqual((yield* view()).orders(), [])
        }
      }).pipe(inMemory()))

    it.effect("without it, orders stay; any value other than 4 is ignored", () =>
      Effect.gen(function*() {
        for (const dms of [undefined, 0, 1, "4", true]) {
          const client = yield* loggedIn({ dms })
          yield* answer(client, "on", limit())
          client.ws.close(1000)
          yield* settle
        }
        assert.lengthOf((yield* view()).orders(), 5)
      }).pipe(inMemory()))
  })

  describe("calc", () => {
    it.effect("answers exactly the requested items, only to the requesting connection", () =>
      Effect.gen(function*() {
        const [client, other] = [yield* loggedIn(), yield* loggedIn()]
        yield* answer(client, "on", { type: "MARKET", symbol: "tBTCUSD", amount: "0.001" })
        yield* answer(client, "on", limit())
        other.take()
        const frames = yield* answer(client, "calc", [
          ["margin_base"],
          ["margin_sym_tBTCUSD"],
          ["funding_sym_fUSD"],
          ["position_tBTCUSD"],
          ["wallet_exchange_USD"],
          ["balance"]
        ])
        assert.deepStrictEqual(types(frames), ["miu", "miu", "fiu", "pu", "wu", "bu"])
        const [base, symbol] = rows(frames, "miu")
        assert.deepStrictEqual([base[0], base[1].length >= 4, symbol[0], symbol[1]], ["base", true, "sym", "tBTCUSD"])
        assert.deepStrictEqual(rows(frames, "fiu")[0].slice(0, 2), ["sym", "fUSD"])
        const [position] = rows(frames, "pu")
        for (const cell of [6, 7, 8, 9]) assert.isNumber(position[cell])
        const [wallet] = rows(frames, "wu")
        assert.closeTo(wallet[2] - wallet[4], 2000, 1e-6, "what the order holds back is not available")
        assert.isAbove(rows(frames, "bu")[0][0], 100_000)
        assert.deepStrictEqual(account(other.take()), [])
      }).pipe(inMemory({ symbols: ["tBTCUSD", "fUSD"] })))

    it.effect("until then positions and wallets lack the computed values", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        const frames = yield* answer(client, "on", { type: "MARKET", symbol: "tBTCUSD", amount: "0.001" })
        const [position] = rows(frames, "pn")
        assert.deepStrictEqual(position.slice(6, 10), [null, null, null, null])
        const late = yield* opened
        late.ask(auth())
        yield* settle
        const first = late.take()
        assert.deepStrictEqual(rows(first, "ps")[0][0].slice(6, 10), [null, null, null, null])
        for (const row of rows(first, "ws")[0]) assert.isNull(row[4])
      }).pipe(inMemory()))

    it.effect("at most 8 a second; the rest comes later", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        const twenty = Array.from({ length: 20 }, () => ["margin_base"])
        assert.lengthOf(yield* answer(client, "calc", twenty), 8)
        yield* TestClock.adjust(999)
        assert.lengthOf(account(client.take()), 0)
        yield* TestClock.adjust(1)
        assert.lengthOf(account(client.take()), 8)
        yield* TestClock.adjust(1000)
        assert.lengthOf(account(client.take()), 4)
      }).pipe(inMemory()))

    it.effect("more than 30 items, more than the queue holds, and garbage are errors", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        const many = (count: number) => Array.from({ length: count }, () => ["balance"])
        client.input("calc", many(31))
        client.input("calc", { a: 1 })
        client.input("calc", [[5]])
        client.input("calc", null)
        yield* settle
        assert.deepStrictEqual(client.take().map(({ msg }) => msg), [
          "calc: limit",
          "calc: invalid",
          "calc: invalid",
          "calc: invalid"
        ])
        for (let left = 10; left > 0; left--) client.input("calc", many(30))
        yield* settle
        assert.include(client.take().map(({ msg }) => msg), "calc: limit")
      }).pipe(inMemory()))

    it.effect("items that do not exist, lack permission or are filtered are not answered", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn({ filter: ["wallet"] })
        const asked = [["position_tETHUSD"], ["wallet_margin_XXX"], ["margin_sym_tNOPE"], ["nonsense"], ["margin_base"]]
        assert.deepStrictEqual(yield* answer(client, "calc", asked), [])
      }).pipe(inMemory()))
  })

  describe("inspection and actions by a test", () => {
    it.effect("logins are shown at their connection, and can be awaited", () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const client = yield* opened
        client.ask(auth({ filter: ["notify"], dms: 4 }))
        yield* exchange.awaitLogins(1)
        const [connection] = yield* exchange.connections
        assert.deepInclude(connection!.login, {
          userId: (yield* view()).userId,
          filter: ["notify"],
          dms: true
        })
        client.ws.close()
        yield* settle
        assert.isDefined((yield* exchange.connections)[0]!.login)
      }).pipe(inMemory()))

    it.effect("submit, fill, cancel and deposit by other parties are reported to sockets", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        const seen = yield* view()
        const [order] = yield* seen.submit(limit({ cid: 6 }))
        yield* settle
        assert.deepStrictEqual(types(client.take()), ["n on-req", "on"])
        yield* seen.fill(order!.id, 0.03)
        yield* settle
        const partial = client.take()
        assert.deepStrictEqual(types(partial).slice(0, 3), ["te", "ou", "tu"])
        assert.deepStrictEqual(rows(partial, "te")[0].slice(3, 6), [order!.id, 0.03, 20000])
        assert.match(rows(partial, "ou")[0][13], /^PARTIALLY FILLED @ 20000\.0\(0\.03\)$/)
        yield* seen.fill(order!.id)
        yield* settle
        assert.match(rows(client.take(), "oc")[0][13], /^EXECUTED @ /)
        const [second] = yield* seen.submit(limit())
        yield* seen.cancel(second!.id)
        yield* seen.deposit("exchange", "USD", 12.5)
        yield* settle
        const frames = client.take()
        assert.deepStrictEqual(types(frames), ["n on-req", "on", "n oc-req", "oc", "wu"])
        assert.match(rows(frames, "wu")[0][5], /^Deposit of 12\.5 USD/)
        assert.deepStrictEqual(seen.orders(), [])
        const exchange = yield* FakeExchange.FakeExchange
        assert.include(exchange.market.trades("tBTCUSD", { limit: 2 }).map((row) => row[3]), 20000)
      }).pipe(inMemory()))

    it.effect("an impossible action is a defect with the reason", () =>
      Effect.gen(function*() {
        const seen = yield* view()
        const attempts = [
          seen.submit(limit({ amount: "1000" })),
          seen.cancel(5),
          seen.fill(5),
          seen.fill(5, 0),
          seen.deposit("exchange", "USD", 0),
          seen.offer({})
        ]
        for (const attempt of attempts) {
          const exit = yield* Effect.exit(attempt)
          assert.isTrue(Exit.isFailure(exit))
        }
        assert.include(JSON.stringify(yield* Effect.exit(seen.cancel(5))), "Order not found.")
      }).pipe(inMemory()))
  })
})
