import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../../../src/testing/Fault.ts"
import type { AccountClient } from "../../../../support/accountSocket.ts"
import {
  answer,
  auth,
  inject,
  inMemory,
  limit,
  loggedIn,
  opened,
  rows,
  settle,
  types,
  view
} from "../../../../support/accountSocket.ts"

const market = { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.0001", cid: 1 }
const offer = { type: "LIMIT", symbol: "fUSD", amount: "1000", rate: "0.05", period: 2 }

const closes = (client: AccountClient) => client.observed.filter(({ type }) => type === "close").map(({ code }) => code)

/** two connections of the user, the first of which sends; each with its received frames */
const both = (type: Fault.CommandInput, body: unknown) =>
  Effect.gen(function*() {
    const [first, second] = [yield* loggedIn(), yield* loggedIn()]
    return {
      first,
      second,
      send: (point: Fault.CommandPoint, code?: number) =>
        Effect.gen(function*() {
          yield* inject(
            Fault.DropOnCommand.make({ input: type, point, connection: 1, ...(code === undefined ? {} : { code }) })
          )
          first.take()
          second.take()
          first.input(type, body)
          yield* settle
          return [types(first.take()), types(second.take())] as const
        })
    }
  })

describe("faults of the account's socket", () => {
  describe("DropOnCommand", () => {
    it.effect("received: read, not executed, and reported to no connection", () =>
      Effect.gen(function*() {
        const { first, second, send } = yield* both("on", limit())
        assert.deepStrictEqual(yield* send("received"), [[], []])
        assert.deepStrictEqual([closes(first), closes(second)], [[1006], []])
        const seen = yield* view()
        assert.deepStrictEqual([seen.orders(), seen.commands()], [[], []])
        const exchange = yield* FakeExchange.FakeExchange
        const frames = (yield* exchange.connections)[0]!.frames
        assert.strictEqual((frames.at(-1)!.json as ReadonlyArray<unknown>)[1], "on")
      }).pipe(inMemory()))

    it.effect("executed: executed, and reported only to other connections", () =>
      Effect.gen(function*() {
        const { first, send } = yield* both("on", limit({ cid: 5 }))
        assert.deepStrictEqual(yield* send("executed"), [[], ["n on-req", "on"]])
        assert.deepStrictEqual(closes(first), [1006])
        const seen = yield* view()
        assert.deepStrictEqual(seen.orders().map(({ cid }) => cid), [5])
        assert.deepInclude(seen.commands()[0], { type: "on", cid: 5, accepted: true })
      }).pipe(inMemory()))

    it.effect("notified: after the notification, before the first event", () =>
      Effect.gen(function*() {
        const { first, send } = yield* both("on", limit())
        assert.deepStrictEqual(yield* send("notified", 1012), [["n on-req"], ["n on-req", "on"]])
        assert.deepStrictEqual(closes(first), [1012])
      }).pipe(inMemory()))

    it.effect("filling: after te, before oc", () =>
      Effect.gen(function*() {
        const { first, send } = yield* both("on", market)
        const [mine, others] = yield* send("filling")
        assert.deepStrictEqual(mine, ["n on-req", "te"])
        assert.deepStrictEqual(others.slice(0, 4), ["n on-req", "te", "oc", "tu"])
        assert.deepStrictEqual(closes(first), [1006])
      }).pipe(inMemory()))

    it.effect("filling, with orderFirst: after oc, before te", () =>
      Effect.gen(function*() {
        const { send } = yield* both("on", market)
        assert.deepStrictEqual((yield* send("filling"))[0], ["n on-req", "oc"])
      }).pipe(inMemory({ eventOrder: "orderFirst" })))

    it.effect("filling of a resting order waits for its fill", () =>
      Effect.gen(function*() {
        const { first, second, send } = yield* both("on", limit())
        assert.deepStrictEqual(yield* send("filling"), [["n on-req", "on"], ["n on-req", "on"]])
        assert.deepStrictEqual(closes(first), [])
        const seen = yield* view()
        // the fill of another order does not count
        const [other] = yield* seen.submit(limit({ price: "19000" }))
        yield* seen.fill(other!.id)
        yield* settle
        first.take()
        second.take()
        yield* seen.fill(seen.orders()[0]!.id, 0.04)
        yield* settle
        assert.deepStrictEqual(types(first.take()), ["te"])
        assert.deepStrictEqual(types(second.take()).slice(0, 3), ["te", "ou", "tu"])
        assert.deepStrictEqual(closes(first), [1006])
      }).pipe(inMemory()))

    it.effect("ou, oc, oc_multi, ox_multi, fon and foc at every point", () =>
      Effect.gen(function*() {
        const seen = yield* view()
        const [place, lend] = [
          Effect.map(seen.submit(limit()), ([order]) => order!.id),
          Effect.map(seen.offer(offer), ({ id }) => id)
        ]
        const cases: ReadonlyArray<
          readonly [
            type: Fault.CommandInput,
            body: (id: number) => unknown,
            expected: ReadonlyArray<string>,
            cut: number
          ]
        > = [
          ["ou", (id) => ({ id, amount: "0.2" }), ["n ou-req", "ou"], 1],
          ["oc", (id) => ({ id }), ["n oc-req", "oc"], 1],
          ["oc_multi", () => ({ all: 1 }), ["n oc_multi-req", "oc"], 1],
          ["ox_multi", (id) => [["oc", { id }], ["on", limit()]], ["n oc-req", "oc", "n on-req", "on"], 1],
          ["fon", () => offer, ["n fon-req", "fon"], 1],
          ["foc", (id) => ({ id }), ["foc"], 0]
        ]
        for (const [type, body, expected, cut] of cases) {
          for (const point of ["received", "executed", "notified"] as const) {
            yield* answerOf(seen)
            const id = yield* (type === "foc" ? lend : place)
            const [client, other] = [yield* loggedIn(), yield* loggedIn()]
            const exchange = yield* FakeExchange.FakeExchange
            const connection = (yield* exchange.connections).length - 1
            const before = seen.commands().length
            yield* inject(Fault.DropOnCommand.make({ input: type, point, connection }))
            client.input(type, body(id))
            yield* settle
            const name = `${type} ${point}`
            assert.deepStrictEqual(types(client.take()), point === "notified" ? expected.slice(0, cut) : [], name)
            assert.deepStrictEqual(types(other.take()), point === "received" ? [] : expected, name)
            assert.deepStrictEqual(closes(client), [1006], name)
            const done = seen.commands().slice(before).map(({ type }) => type)
            assert.deepStrictEqual(
              done,
              point === "received" ? [] : type === "ox_multi" ? ["oc", "on"] : [type],
              name
            )
            other.ws.terminate()
          }
        }
      }).pipe(inMemory()))

    it.effect("filling of cancellations: between their events", () =>
      Effect.gen(function*() {
        const seen = yield* view()
        yield* seen.submit(limit())
        yield* seen.submit(limit())
        const { send } = yield* both("oc_multi", { all: 1 })
        assert.deepStrictEqual(yield* send("filling"), [
          ["n oc_multi-req", "oc"],
          ["n oc_multi-req", "oc", "oc"]
        ])
      }).pipe(inMemory()))

    it.effect("filling of funding: after fte", () =>
      Effect.gen(function*() {
        const { send } = yield* both("fon", { ...offer, rate: "0.00001" })
        const [mine, others] = yield* send("filling")
        assert.deepStrictEqual(mine, ["n fon-req", "fte"])
        assert.include(others, "foc")
      }).pipe(inMemory()))

    it.effect("frames sent after a command that drops its connection never arrive", () =>
      Effect.gen(function*() {
        const first = yield* loggedIn()
        yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed" }))
        first.input("on", limit({ cid: 1 }))
        first.input("on", limit({ cid: 2 }))
        yield* settle
        assert.deepStrictEqual((yield* view()).orders().map(({ cid }) => cid), [1])
      }).pipe(inMemory()))

    it.effect("drops the given number of times, and with the dead man's switch", () =>
      Effect.gen(function*() {
        yield* inject(Fault.DropOnCommand.make({ input: "on", point: "executed", times: 2 }))
        for (const expected of [1, 1, 0]) {
          const client = yield* loggedIn({ dms: 4 })
          client.input("on", limit())
          yield* settle
          assert.lengthOf(closes(client), expected)
        }
        const seen = yield* view()
        assert.deepStrictEqual(seen.ordersHistory().map(({ status }) => status), ["CANCELED", "CANCELED"])
        assert.lengthOf(seen.orders(), 1)
      }).pipe(inMemory()))
  })

  it.effect("LoseNotification: only the sender of the command misses it", () =>
    Effect.gen(function*() {
      const [first, second] = [yield* loggedIn(), yield* loggedIn()]
      yield* inject(Fault.LoseNotification.make({ input: "on" }))
      yield* answer(first, "oc", { id: 5 })
      assert.deepStrictEqual(types(yield* answer(first, "on", limit())), ["on"])
      assert.deepStrictEqual(types(second.take()), ["n oc-req", "n on-req", "on"])
      assert.deepStrictEqual(types(yield* answer(first, "on", limit())), ["n on-req", "on"])
    }).pipe(inMemory()))

  it.effect("LoseNotification of ox_multi applies to its operations, that of their own kind does not", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.LoseNotification.make({ input: "on" }))
      yield* inject(Fault.LoseNotification.make({ input: "ox_multi" }))
      const frames = yield* answer(client, "ox_multi", [["on", limit()], ["on", limit()]])
      assert.deepStrictEqual(types(frames), ["on", "n on-req", "on"])
      assert.deepStrictEqual(types(yield* answer(client, "on", limit())), ["on"])
    }).pipe(inMemory()))

  it.effect("DelayNotification: after the events", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.DelayNotification.make({ millis: 3000 }))
      assert.deepStrictEqual(types(yield* answer(client, "on", limit())), ["on"])
      yield* TestClock.adjust(2999)
      assert.deepStrictEqual(types(client.take()), [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(types(client.take()), ["n on-req"])
    }).pipe(inMemory()))

  it.effect("RefuseLogin and IgnoreLogin: the nonce does not count", () =>
    Effect.gen(function*() {
      const client = yield* opened
      yield* inject(Fault.RefuseLogin.make({ code: 10114, msg: "nonce: small", times: 2 }))
      yield* inject(Fault.IgnoreLogin.make({ connection: 1 }))
      client.take()
      for (let attempt = 0; attempt < 3; attempt++) client.ask(auth())
      yield* settle
      const refused = client.take()
      assert.lengthOf(refused, 2)
      for (const frame of refused) assert.deepInclude(frame, { status: "FAILED", code: 10114, msg: "nonce: small" })
      assert.strictEqual((yield* view()).nonce("demo-key"), 0)
      client.ask(auth())
      yield* settle
      assert.deepInclude(client.take()[0], { status: "OK" })
    }).pipe(inMemory()))

  it.effect("SkipSnapshot and DelaySnapshot, whose snapshot has the state at its sending", () =>
    Effect.gen(function*() {
      yield* inject(Fault.SkipSnapshot.make({ type: "ws" }))
      yield* inject(Fault.DelaySnapshot.make({ type: "os", millis: 1000 }))
      const client = yield* opened
      client.ask(auth())
      yield* settle
      assert.deepStrictEqual(types(client.take()), ["ps", "fos", "fcs", "fls"])
      yield* answer(client, "on", limit({ cid: 8 }))
      yield* TestClock.adjust(1000)
      const frames = client.take()
      assert.deepStrictEqual(types(frames), ["os"])
      assert.deepStrictEqual(rows(frames, "os")[0].map((row: ReadonlyArray<unknown>) => row[2]), [8])
    }).pipe(inMemory()))

  it.effect("UnknownAccountEvent: any payload, counted like events; not before a login", () =>
    Effect.gen(function*() {
      const [client, anonymous] = [
        yield* loggedIn({}, undefined, [{ event: "conf", flags: 65536 }]),
        yield* opened
      ]
      anonymous.take()
      yield* inject(Fault.UnknownAccountEvent.make({ type: "xyz", payload: [1, { a: null }] }))
      yield* inject(Fault.UnknownAccountEvent.make({ type: "n", payload: Array.from({ length: 8 }, () => null) }))
      yield* settle
      assert.deepStrictEqual(client.take(), [
        [0, "xyz", [1, { a: null }], 7, 7],
        [0, "n", Array.from({ length: 8 }, () => null), 8, 7]
      ])
      assert.deepStrictEqual(anonymous.take(), [])
    }).pipe(inMemory()))

  it.effect("MalformedAccountEvent: too short, a text, not a row; of one type, and of the connection", () =>
    Effect.gen(function*() {
      const [client, other] = [yield* loggedIn(), yield* loggedIn()]
      const spoil = (how?: "short" | "text" | "notRow") =>
        Effect.gen(function*() {
          yield* inject(
            Fault.MalformedAccountEvent.make({ type: "on", connection: 1, ...(how === undefined ? {} : { how }) })
          )
          return rows(yield* answer(client, "on", limit()), "on")[0]
        })
      assert.lengthOf(yield* spoil(), 2)
      assert.deepStrictEqual((yield* spoil("text"))[6], "0.1")
      assert.strictEqual(yield* spoil("notRow"), "malformed")
      assert.deepStrictEqual(rows(other.take(), "on").map((row) => row[6]), [0.1, 0.1, 0.1])
      yield* inject(Fault.MalformedAccountEvent.make({ type: "ws" }))
      const late = yield* opened
      late.ask(auth())
      yield* settle
      const [first, second] = rows(late.take(), "ws")[0]
      assert.deepStrictEqual([first.length, second.length], [2, 7])
    }).pipe(inMemory()))

  it.effect("faults that corrupt frames do not affect the account unless they name it", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn({}, undefined, [{ event: "conf", flags: 65536 }])
      yield* inject(Fault.Lose.make())
      assert.deepStrictEqual(types(yield* answer(client, "on", limit())), ["n on-req", "on"])
      yield* inject(Fault.Lose.make({ match: "account:on" }))
      yield* inject(Fault.Duplicate.make({ match: "account:n" }))
      assert.deepStrictEqual(types(yield* answer(client, "on", limit())), ["n on-req", "n on-req"])
      const frames = yield* answer(client, "oc", { id: 1 })
      // the lost event had used up its numbers
      assert.deepStrictEqual(frames[0].slice(3), [8])
    }).pipe(inMemory()))

  it.effect("Mute of channel 0 silences the account, not its commands", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      yield* inject(Fault.Mute.make({ channel: 0 }))
      assert.deepStrictEqual(yield* answer(client, "on", limit()), [])
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(client.take(), [])
      assert.lengthOf((yield* view()).orders(), 1)
    }).pipe(inMemory()))

  it("scripts with these faults can be printed and read", () => {
    const script: Fault.Script = [
      { after: 1, fault: Fault.DropOnCommand.make({ input: "on", point: "filling", code: 1001, times: 2 }) },
      { after: 2, fault: Fault.UnknownAccountEvent.make({ type: "x", payload: [null, 1] }) }
    ]
    const json = Schema.parseJson(Fault.Script)
    assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(script)), script)
  })
})

/** clears the state of the previous case */
const answerOf = (seen: { readonly orders: () => ReadonlyArray<{ readonly id: number }> }) =>
  Effect.gen(function*() {
    const own = yield* view()
    for (const { id } of seen.orders()) yield* own.cancel(id)
  })
