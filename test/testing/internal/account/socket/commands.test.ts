import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  account,
  answer,
  inMemory,
  limit,
  loggedIn,
  notice,
  rows,
  settle,
  types,
  view
} from "../../../../support/accountSocket.ts"
import { random } from "../../../../support/virtualTime.ts"

const ids = Effect.map(view(), (account) => account.orders().map(({ id }) => id))

describe("commands on a socket of the fake exchange", () => {
  it.effect("on: the notification, flat and without times or status, then the order", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const frames = yield* answer(client, "on", limit({ cid: 12, gid: 3 }))
      assert.deepStrictEqual(types(frames), ["n on-req", "on"])
      const notification = notice(frames)
      assert.deepInclude(notification, { type: "on-req", status: "SUCCESS", code: null })
      assert.strictEqual(notification.text, "Submitting exchange limit buy order for 0.1 BTC.")
      const [id] = yield* ids
      const cells = [0, 1, 2, 3, 4, 5, 6, 7, 8, 13].map((index) => notification.info[index])
      assert.deepStrictEqual(cells, [id, 3, 12, "tBTCUSD", null, null, 0.1, 0.1, "EXCHANGE LIMIT", null])
      assert.isNull(notification.row[2], "no message id")
      const [order] = rows(frames, "on")
      assert.deepStrictEqual([order[0], order[2], order[13]], [id, 12, "ACTIVE"])
    }).pipe(inMemory()))

  it.effect("on that crosses: no on, but trades and oc, and a wallet for the exchange and for the fee", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const frames = yield* answer(client, "on", {
        type: "EXCHANGE MARKET",
        symbol: "tBTCUSD",
        amount: "0.0001",
        cid: 1
      })
      assert.deepStrictEqual(types(frames), ["n on-req", "te", "oc", "tu", "wu", "wu", "wu"])
      const [te] = rows(frames, "te")
      const [tu] = rows(frames, "tu")
      const [oc] = rows(frames, "oc")
      assert.deepStrictEqual([te[0], te[3], te[9], te[10], te[11]], [tu[0], oc[0], null, null, 1])
      assert.deepStrictEqual([tu[9], tu[10]], [-2e-7, "BTC"])
      assert.match(oc[13], /^EXECUTED @ [\d.]+\(0\.0001\)$/)
      assert.strictEqual(oc[6], 0)
      const bought = rows(frames, "wu").filter((row) => row[1] === "BTC")
      assert.match(bought[0][5], /^Exchange 0\.0001 BTC for USD/)
      assert.match(bought[1][5], /^Trading fees/)
      assert.closeTo(bought[0][2] - bought[1][2], 2e-7, 1e-12)
      for (const row of rows(frames, "wu")) assert.isNull(row[4])
    }).pipe(inMemory()))

  it.effect("orderFirst: the order, then its trades", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const frames = yield* answer(client, "on", { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.0001" })
      assert.deepStrictEqual(types(frames).slice(0, 4), ["n on-req", "oc", "te", "tu"])
      const margin = yield* answer(client, "on", { type: "MARKET", symbol: "tBTCUSD", amount: "0.0001" })
      assert.deepStrictEqual(types(margin).filter((type) => type !== "fcn").slice(0, 5), [
        "n on-req",
        "pn",
        "oc",
        "te",
        "tu"
      ])
    }).pipe(inMemory({ eventOrder: "orderFirst" })))

  it.effect("ou by id and by cid with its day", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* answer(client, "on", limit({ cid: 12 }))
      const [id] = yield* ids
      const frames = yield* answer(client, "ou", { id, price: "20100", amount: "0.2" })
      assert.deepStrictEqual(types(frames), ["n ou-req", "ou"])
      const { info, text } = notice(frames)
      assert.strictEqual(text, "Submitting update to exchange limit buy order for 0.2 BTC.")
      assert.deepStrictEqual([info[0], info[6], info[16]], [id, 0.2, 20100])
      const [ou] = rows(frames, "ou")
      assert.deepStrictEqual([ou[0], ou[6], ou[9], ou[16]], [id, 0.2, "EXCHANGE LIMIT", 20100])
      const again = yield* answer(client, "ou", { cid: 12, cid_date: "2024-01-01", delta: "0.1" })
      assert.closeTo(rows(again, "ou")[0][6], 0.3, 1e-12)
    }).pipe(inMemory()))

  it.effect("oc by id, by cid with its day, and of an unknown order", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* answer(client, "on", limit({ cid: 1 }))
      yield* answer(client, "on", limit({ cid: 2 }))
      const [first, second] = yield* ids
      const frames = yield* answer(client, "oc", { id: first })
      assert.deepStrictEqual(types(frames), ["n oc-req", "oc"])
      assert.strictEqual(notice(frames).text, `Submitted for cancellation; waiting for confirmation (ID: ${first}).`)
      assert.strictEqual(rows(frames, "oc")[0][13], "CANCELED")
      const byCid = yield* answer(client, "oc", { cid: 2, cid_date: "2024-01-01" })
      assert.deepStrictEqual([notice(byCid).info[2], rows(byCid, "oc")[0][0]], [2, second])
      const gone = yield* answer(client, "oc", { id: first })
      assert.deepStrictEqual(types(gone), ["n oc-req"])
      assert.deepInclude(notice(gone), { status: "ERROR", text: "Order not found." })
      assert.strictEqual(notice(gone).info[0], first)
      const unknown = yield* answer(client, "oc", { cid: 99, cid_date: "2024-01-01" })
      assert.strictEqual(notice(unknown).info[2], 99)
    }).pipe(inMemory()))

  it.effect("oc_multi by ids, client ids, groups and all: one notification, then one oc per order", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      for (let cid = 1; cid <= 7; cid++) yield* answer(client, "on", limit({ cid, gid: cid > 4 ? 9 : 8 }))
      const [one, two] = yield* ids
      const byId = yield* answer(client, "oc_multi", { id: [one, two] })
      assert.deepStrictEqual(types(byId), ["n oc_multi-req", "oc", "oc"])
      assert.strictEqual(notice(byId).text, "Submitting 2 order cancellations.")
      assert.deepStrictEqual(notice(byId).info.map((row: ReadonlyArray<unknown>) => row[0]), [one, two])
      const byCid = yield* answer(client, "oc_multi", { cid: [[3, "2024-01-01"], [4, "1999-01-01"]] })
      assert.deepStrictEqual(rows(byCid, "oc").map((row) => row[2]), [3])
      const byGroup = yield* answer(client, "oc_multi", { gid: [[9]] })
      assert.deepStrictEqual(rows(byGroup, "oc").map((row) => row[2]), [5, 6, 7])
      const all = yield* answer(client, "oc_multi", { all: 1 })
      assert.deepStrictEqual(rows(all, "oc").map((row) => row[2]), [4])
      assert.strictEqual(notice(yield* answer(client, "oc_multi", {})).status, "ERROR")
      assert.deepStrictEqual(types(yield* answer(client, "oc_multi", { id: [] })), ["n oc_multi-req"])
    }).pipe(inMemory()))

  it.effect("ox_multi: one notification per operation, each followed by its own events", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const frames = yield* answer(client, "ox_multi", [
        ["on", limit({ cid: 1 })],
        ["on", limit({ cid: 2, amount: "0" })],
        ["oc_multi", { all: 1 }]
      ])
      assert.deepStrictEqual(types(frames), ["n on-req", "on", "n on-req", "n oc_multi-req", "oc"])
      assert.deepStrictEqual(rows(frames, "n").map((row) => [row[6], row[4]?.[2]]).slice(0, 2), [["SUCCESS", 1], [
        "ERROR",
        2
      ]])
    }).pipe(inMemory()))

  it.effect("ox_multi accepts 1 to 15 operations, and only known ones", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const ops = (count: number) => Array.from({ length: count }, (_, index) => ["on", limit({ cid: index + 1 })])
      assert.lengthOf(rows(yield* answer(client, "ox_multi", ops(15)), "on"), 15)
      for (const body of [ops(16), [], {}, [["fly", {}]], [["on", 5]], [["on"]], ["on"], [[]], null]) {
        const frames = yield* answer(client, "ox_multi", body)
        assert.deepStrictEqual(types(frames), ["n ox_multi-req"], JSON.stringify(body))
        assert.deepInclude(notice(frames), { status: "ERROR", text: "ops: invalid" })
      }
      assert.lengthOf(yield* ids, 15)
    }).pipe(inMemory()))

  it.effect("a refusal: only the notification, with the sent cid and without an id", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const frames = yield* answer(client, "on", limit({ cid: 77, amount: "500" }))
      assert.deepStrictEqual(types(frames), ["n on-req"])
      const { info, status, text } = notice(frames)
      assert.deepStrictEqual([info[0], info[2], info[7], info[13], status], [null, 77, null, null, "ERROR"])
      assert.strictEqual(text, "Invalid order: not enough exchange balance for 500.0 BTCUSD at 20000.0")
    }).pipe(inMemory()))

  it.effect("malformed bodies of every kind are refused", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const garbage = [null, 5, "x", [], [[]], {}, { id: {} }, { id: "x" }, { id: 1.5 }, { cid: [] }, { amount: {} }]
      for (const type of ["on", "ou", "oc", "fon", "foc"]) {
        for (const body of garbage) {
          const frames = yield* answer(client, type, body)
          assert.deepStrictEqual(types(frames), [`n ${type}-req`], `${type} ${JSON.stringify(body)}`)
          assert.strictEqual(notice(frames).status, "ERROR")
        }
      }
      client.take()
      client.ask([0])
      client.ask([5, "on", null, {}])
      client.ask([0, "fly", null, {}])
      client.ask([0, { a: 1 }, null, {}])
      yield* settle
      const answers = client.take()
      assert.lengthOf(answers, 4)
      for (const frame of answers) assert.strictEqual(frame.event, "error")
      assert.deepStrictEqual(yield* ids, [])
    }).pipe(inMemory()))

  it.effect("every body is answered, and the exchange keeps running", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const next = random(7)
      const pick = <A>(items: ReadonlyArray<A>): A => items[Math.floor(next() * items.length)]!
      const names = (
        "id cid cid_date gid type symbol amount price delta flags tif meta lev price_trailing price_aux_limit " +
        "price_oco_stop all rate period __proto__ toString"
      ).split(" ")
      const texts = (
        "x 0.1 -0.1 1e5 20000 NaN tBTCUSD fUSD LIMIT MARKET IOC 2024-01-01 EXCHANGE_LIMIT EXCHANGE_STOP TRAILING_STOP"
      ).split(" ").map((text) => text.replace("_", " "))
      const numbers = [0, -0, 1, -1, 1e300, -1e300, 2 ** 53, 1e-12, 64, 512, 1024, 4096, 16384]
      const odd = [null, true, "", [], {}, [1], [[1, "2024-01-01"]], { a: { b: [] } }, "9999-99-99 99:99:99"]
      const values: ReadonlyArray<unknown> = [texts, numbers, odd].flat()
      const body = () => Object.fromEntries(Array.from({ length: 9 }, () => [pick(names), pick(values)]))
      const whole = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: "20000" }
      for (let left = 300; left > 0; left--) {
        const type = pick(["on", "ou", "oc", "oc_multi", "ox_multi", "fon", "foc"])
        const made = next() < 0.5 ? body() : { ...whole, ...Object.fromEntries([[pick(names), pick(values)]]) }
        const frames = yield* answer(client, type, type === "ox_multi" ? [["on", made], ["oc", body()]] : made)
        assert.isAbove(frames.length, 0, `${type} ${JSON.stringify(made)}`)
        for (const row of rows(frames, "n")) assert.include(["SUCCESS", "ERROR"], row[6])
      }
      client.ask({ event: "ping", cid: 1 })
      yield* settle
      assert.deepInclude(client.take().at(-1), { event: "pong", cid: 1 })
    }).pipe(inMemory({ symbols: ["tBTCUSD", "fUSD"] })))

  it.effect("all connections of the user receive notification and events, those of other users receive nothing", () =>
    Effect.gen(function*() {
      const first = yield* loggedIn()
      const second = yield* loggedIn({ apiKey: "same" }, "s")
      const other = yield* loggedIn({ apiKey: "other" }, "s")
      yield* answer(first, "on", limit({ cid: 5 }))
      assert.deepStrictEqual(types(second.take()), ["n on-req", "on"])
      assert.deepStrictEqual(account(other.take()), [])
      yield* answer(second, "oc_multi", { all: 1 })
      assert.deepStrictEqual(types(first.take()), ["n oc_multi-req", "oc"])
    }).pipe(inMemory({
      accounts: [
        { key: "demo-key", secret: "demo-secret", userId: 5, wallets: { exchange: { USD: 100_000 } } },
        { key: "same", secret: "s", userId: 5 },
        { key: "other", secret: "s", userId: 6 }
      ]
    })))
})
