import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import {
  account,
  answer,
  auth,
  inject,
  loggedIn,
  notice,
  opened,
  rows,
  settle,
  types,
  view
} from "../../support/accountSocket.ts"
import { post } from "../../support/signedPost.ts"

const inMemory = (options: FakeExchange.Options = {}) =>
  Effect.provide(
    FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD", "fUSD"], step: 60_000, ...options })
  )

const order = (cid?: number) => ({
  type: "EXCHANGE LIMIT",
  symbol: "tBTCUSD",
  amount: "0.01",
  price: "10000",
  ...(cid === undefined ? {} : { cid })
})
const offer = { type: "LIMIT", symbol: "fUSD", amount: "1000", rate: "0.05", period: 2 }

const settled = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* settle
    return yield* Effect.fromFiber(fiber)
  })

const placed = Effect.map(view(), (state) => state.orders().map(({ cid }) => cid))

describe("Fault: orders", () => {
  describe("StrayAnswer", () => {
    const forms: ReadonlyArray<readonly [form: Fault.StrayForm, expected: object | null]> = [
      ["null", null],
      ["empty", { id: null, cid: null, symbol: null, amount: null }],
      ["other", { id: null, cid: null, symbol: "tLTCUSD", amount: 0.75 }],
      ["equal", { id: null, cid: null, symbol: "tBTCUSD", amount: 0.01 }],
      ["equalCid", { id: null, cid: 5, symbol: "tBTCUSD", amount: 0.01 }]
    ]
    for (const [as, expected] of forms) {
      it.effect(`${as}: a refusal of another program comes first, and the order is placed`, () =>
        Effect.gen(function*() {
          yield* inject(Fault.StrayAnswer.make({ as, input: "on" }))
          const client = yield* loggedIn()
          const frames = yield* answer(client, "on", order(5))
          assert.deepStrictEqual(types(frames), ["n on-req", "n on-req", "on"])
          const { info, status } = notice(frames)
          assert.strictEqual(status, "ERROR")
          const [id, , cid, symbol, , , amount] = info ?? []
          assert.deepStrictEqual(info === null ? null : { id, cid, symbol, amount }, expected)
          assert.deepInclude(rows(frames, "n")[1], "SUCCESS")
          assert.deepStrictEqual(yield* placed, [5])
          assert.deepStrictEqual((yield* view()).commands().map(({ type }) => type), ["on"])
        }).pipe(inMemory()))
    }

    it.effect("error: an error frame without context", () =>
      Effect.gen(function*() {
        yield* inject(Fault.StrayAnswer.make({ as: "error", code: 11010, text: "ERR_RATE_LIMIT" }))
        const client = yield* loggedIn()
        client.input("on", order(5))
        yield* settle
        const [error, ...rest] = client.take()
        assert.deepStrictEqual(error, { event: "error", msg: "ERR_RATE_LIMIT", code: 11010 })
        assert.deepStrictEqual(types(rest), ["n on-req", "on"])
      }).pipe(inMemory()))

    it.effect("SUCCESS: an acceptance of another program's order, whose id is not one of ours", () =>
      Effect.gen(function*() {
        yield* inject(Fault.StrayAnswer.make({ as: "equalCid", status: "SUCCESS" }))
        const client = yield* loggedIn()
        const [first, second] = rows(yield* answer(client, "on", order(5)), "n")
        assert.deepStrictEqual([first[6], first[4][2]], ["SUCCESS", 5])
        assert.notStrictEqual(first[4][0], second[4][0])
        assert.notInclude((yield* view()).orders().map(({ id }) => id), first[4][0])
      }).pipe(inMemory()))

    it.effect("waits for the command that it names, or for any command when it names none", () =>
      Effect.gen(function*() {
        yield* inject(Fault.StrayAnswer.make({ as: "equal", input: "fon" }))
        const client = yield* loggedIn()
        assert.deepStrictEqual(types(yield* answer(client, "on", order())), ["n on-req", "on"])
        const frames = yield* answer(client, "fon", offer)
        assert.deepStrictEqual(types(frames), ["n fon-req", "n fon-req", "fon"])
        assert.deepStrictEqual([notice(frames).info[1], notice(frames).info[4]], ["fUSD", 1000])
      }).pipe(inMemory()))
  })

  describe("ShowLate", () => {
    const lists = ["v2/auth/r/orders", "v2/auth/r/orders/tBTCUSD", "v2/auth/r/orders/hist", "v2/auth/r/trades/hist"]
    const shown = Effect.map(
      Effect.forEach(lists, (path) => settled(post(path))),
      (replies) => replies.map(({ body }) => body.length)
    )

    it.effect("on the socket: notification, events and snapshots come later; REST shows it", () =>
      Effect.gen(function*() {
        yield* inject(Fault.ShowLate.make({ millis: 5000, where: "socket" }))
        const client = yield* loggedIn()
        assert.deepStrictEqual(yield* answer(client, "on", order(5)), [])
        assert.deepStrictEqual(yield* shown, [1, 1, 0, 0])
        const other = yield* opened
        other.ask(auth())
        yield* settle
        assert.deepStrictEqual(rows(other.take(), "os"), [[]])
        yield* TestClock.adjust("4999 millis")
        assert.deepStrictEqual(types(client.take()), [])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(types(client.take()), ["n on-req", "on"])
        assert.deepStrictEqual(types(other.take()), ["n on-req", "on"])
      }).pipe(inMemory()))

    it.effect("on REST: in no list until then, though it can be filled and cancelled", () =>
      Effect.gen(function*() {
        yield* inject(Fault.ShowLate.make({ millis: 12_000, where: "rest", times: 2 }))
        const client = yield* loggedIn()
        assert.deepStrictEqual(types(yield* answer(client, "on", order(5))), ["n on-req", "on"])
        yield* answer(client, "on", order(6))
        const account = yield* view()
        yield* account.fill(account.orders()[0]!.id)
        yield* answer(client, "oc", { cid: 6, cid_date: "2024-01-01" })
        assert.deepStrictEqual(account.ordersHistory().map(({ cid }) => cid), [5, 6])
        assert.deepStrictEqual(yield* shown, [0, 0, 0, 0])
        yield* TestClock.adjust("12 seconds")
        assert.deepStrictEqual(yield* shown, [0, 0, 2, 1])
      }).pipe(inMemory()))

    it.effect("in neither, also for a submission over REST; the events of the meantime follow in order", () =>
      Effect.gen(function*() {
        yield* inject(Fault.ShowLate.make({ millis: 5000 }))
        const client = yield* loggedIn()
        const { body } = yield* settled(post("v2/auth/w/order/submit", order(5)))
        assert.strictEqual(body[6], "SUCCESS")
        assert.deepStrictEqual(yield* placed, [5])
        assert.deepStrictEqual(yield* shown, [0, 0, 0, 0])
        const state = yield* view()
        yield* state.fill(state.orders()[0]!.id)
        yield* settle
        assert.deepStrictEqual(types(client.take()).filter((type) => type !== "wu"), [])
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(types(client.take()), ["on", "te", "oc", "tu"])
        assert.deepStrictEqual(yield* shown, [0, 0, 1, 1])
      }).pipe(inMemory()))

    it.effect("only submissions use it up: a cancellation of a hidden order loses none of its events", () =>
      Effect.gen(function*() {
        yield* inject(Fault.ShowLate.make({ millis: 5000, times: 2 }))
        const client = yield* loggedIn()
        yield* answer(client, "on", order(5))
        const state = yield* view()
        yield* state.fill(state.orders()[0]!.id, 0.001)
        yield* answer(client, "oc", { cid: 5, cid_date: "2024-01-01" })
        yield* settle
        client.take()
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(types(client.take()), ["n on-req", "on", "te", "ou", "tu", "n oc-req", "oc"])
      }).pipe(inMemory()))

    it.effect("offers", () =>
      Effect.gen(function*() {
        yield* inject(Fault.ShowLate.make({ millis: 5000 }))
        const client = yield* loggedIn()
        assert.deepStrictEqual(account(yield* answer(client, "fon", offer)), [])
        assert.deepStrictEqual((yield* settled(post("v2/auth/r/funding/offers/fUSD"))).body, [])
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(types(client.take()), ["n fon-req", "fon"])
        assert.lengthOf((yield* settled(post("v2/auth/r/funding/offers/fUSD"))).body, 1)
      }).pipe(inMemory()))
  })

  describe("ReverseAnswers", () => {
    const cids = (frames: ReadonlyArray<any>) => rows(frames, "on").map((row) => row[2])

    it.effect("answers arrive in the reverse order of the commands, on the connection that sent them", () =>
      Effect.gen(function*() {
        const [client, other] = [yield* loggedIn(), yield* loggedIn()]
        yield* inject(Fault.ReverseAnswers.make({ count: 3, connection: 1 }))
        client.take()
        other.take()
        for (const cid of [1, 2]) client.input("on", order(cid))
        yield* settle
        assert.deepStrictEqual(client.take(), [])
        client.input("on", order(3))
        yield* settle
        assert.deepStrictEqual(cids(client.take()), [3, 2, 1])
        assert.deepStrictEqual(cids(other.take()), [1, 2, 3])
        assert.deepStrictEqual(cids(yield* answer(client, "on", order(4))), [4])
      }).pipe(inMemory()))

    it.effect("later events of an order follow its held events", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        yield* inject(Fault.ReverseAnswers.make({ count: 2 }))
        client.input("on", order(1))
        yield* settle
        const state = yield* view()
        yield* state.fill(state.orders()[0]!.id)
        yield* settle
        assert.deepStrictEqual(types(client.take()).filter((type) => type !== "wu"), [])
        client.input("on", order(2))
        yield* settle
        const seen = client.take()
        const ofFirst = types(seen.filter((frame) => frame[2]?.[2] === 1 || frame[2]?.[11] === 1))
        assert.deepStrictEqual(ofFirst, ["on", "te", "oc", "tu"])
      }).pipe(inMemory()))

    it.effect("messages of an order that is shown later than the held ones are sent are not lost", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        yield* inject(Fault.ShowLate.make({ millis: 5000 }))
        yield* inject(Fault.ReverseAnswers.make({ count: 3, millis: 1500 }))
        client.input("on", order(1))
        yield* TestClock.adjust("4 seconds")
        assert.deepStrictEqual(client.take(), [])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(types(client.take()), ["n on-req", "on"])
      }).pipe(inMemory()))

    it.effect("held messages are sent after a timeout when there is no further command", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        yield* inject(Fault.ReverseAnswers.make({ count: 3, millis: 1500 }))
        for (const cid of [1, 2]) client.input("on", order(cid))
        yield* TestClock.adjust("1499 millis")
        assert.deepStrictEqual(client.take(), [])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(cids(client.take()), [2, 1])
      }).pipe(inMemory()))
  })

  describe("TwinOrder", () => {
    for (
      const [cid, expected] of [["other", 6], ["equal", 5], ["none", 1_704_067_200_000], [undefined, 6]] as const
    ) {
      it.effect(`another program submits the same in the same millisecond, its cid: ${cid ?? "default"}`, () =>
        Effect.gen(function*() {
          yield* inject(Fault.TwinOrder.make(cid === undefined ? {} : { cid }))
          const client = yield* loggedIn()
          const frames = yield* answer(client, "on", order(5))
          assert.deepStrictEqual(types(frames), ["n on-req", "on", "n on-req", "on"])
          const state = yield* view()
          const [own, twin] = state.orders()
          assert.deepStrictEqual([own!.cid, twin!.cid], [5, expected])
          assert.deepInclude(twin, { symbol: own!.symbol, amount: own!.amount, mtsCreate: own!.mtsCreate })
          assert.deepStrictEqual(state.commands().map(({ origin }) => origin), ["socket", "elsewhere"])
          assert.deepStrictEqual([...state.counts()], [[5, 1]])
        }).pipe(inMemory()))
    }

    it.effect("ahead of an offer, and of an order over REST", () =>
      Effect.gen(function*() {
        yield* inject(Fault.TwinOrder.make({ when: "before", times: 2 }))
        const client = yield* loggedIn()
        assert.deepStrictEqual(types(yield* answer(client, "fon", offer)), ["n fon-req", "fon", "n fon-req", "fon"])
        yield* settled(post("v2/auth/w/order/submit", order(5)))
        const { commands } = yield* view()
        assert.deepStrictEqual(commands().map(({ cid, origin, type }) => [type, origin, cid]), [
          ["fon", "elsewhere", null],
          ["fon", "socket", null],
          ["on", "elsewhere", 6],
          ["on", "rest", 5]
        ])
      }).pipe(inMemory()))
  })

  it.effect("SlowCommand: executed late, while pings are answered at once", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.SlowCommand.make({ millis: 3000 }))
      client.input("on", order(5))
      client.ask({ event: "ping" })
      yield* settle
      assert.deepStrictEqual(client.take().map(({ event }) => event), ["pong"])
      assert.deepStrictEqual(yield* placed, [])
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(types(client.take()), ["n on-req", "on"])
    }).pipe(inMemory()))

  describe("SlowCancel", () => {
    const open = Effect.map(view(), (state) => state.orders().map(({ cid }) => cid))

    it.effect("is acknowledged at once, and the order ends later", () =>
      Effect.gen(function*() {
        const client = yield* loggedIn()
        yield* answer(client, "on", order(5))
        yield* inject(Fault.SlowCancel.make({ millis: 3000 }))
        const frames = yield* answer(client, "oc", { cid: 5, cid_date: "2024-01-01" })
        assert.deepStrictEqual(types(frames), ["n oc-req"])
        assert.strictEqual(frames[0][2][6], "SUCCESS")
        yield* TestClock.adjust("2999 millis")
        assert.deepStrictEqual(yield* open, [5])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(types(client.take()), ["oc"])
        assert.deepStrictEqual(yield* open, [])
      }).pipe(inMemory()))

    it.effect("without a time the order stays open until another cancellation; also over REST", () =>
      Effect.gen(function*() {
        yield* inject(Fault.SlowCancel.make({ times: 2 }))
        const client = yield* loggedIn()
        yield* answer(client, "on", order(5))
        yield* answer(client, "on", order(6))
        assert.deepStrictEqual(types(yield* answer(client, "oc_multi", { all: 1 })), ["n oc_multi-req"])
        const [first] = (yield* view()).orders()
        const { body } = yield* settled(post("v2/auth/w/order/cancel", { id: first!.id }))
        assert.strictEqual(body[6], "SUCCESS")
        yield* TestClock.adjust("30 seconds")
        assert.deepStrictEqual(yield* open, [5, 6])
        yield* settled(post("v2/auth/w/order/cancel", { id: first!.id }))
        assert.deepStrictEqual(yield* open, [6])
      }).pipe(inMemory()))
  })

  for (const rule of [undefined, "sum", "first"] as const) {
    it.effect(`OriginalAmount after a change: ${rule ?? "default"}`, () =>
      Effect.gen(function*() {
        if (rule !== undefined) yield* inject(Fault.OriginalAmount.make({ rule }))
        const client = yield* loggedIn()
        yield* answer(client, "on", order(5))
        const state = yield* view()
        const { id } = state.orders()[0]!
        yield* state.fill(id, 0.004)
        const frames = yield* answer(client, "ou", { id, amount: "0.02" })
        const row = rows(frames, "ou").at(-1)
        // 0.02 are left, 0.004 were executed; before any change it was 0.01
        assert.deepStrictEqual([row[6], row[7]], [0.02, rule === "first" ? 0.01 : 0.024])
        yield* state.fill(id)
        yield* settle
        const [ended] = rows(client.take(), "oc")
        assert.deepStrictEqual([ended[6], ended[7]], [0, rule === "first" ? 0.01 : 0.024])
        assert.match(ended[13], /^EXECUTED/)
      }).pipe(inMemory()))
  }

  it.effect("orders of other programs whose cid is the venue's clock are not duplicates", () =>
    Effect.gen(function*() {
      const state = yield* view()
      yield* state.submit(order())
      yield* state.submit(order())
      assert.deepStrictEqual(yield* placed, [1_704_067_200_000, 1_704_067_200_000])
      assert.deepStrictEqual([...state.counts()], [])
    }).pipe(inMemory()))
})
