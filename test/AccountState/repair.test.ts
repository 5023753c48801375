import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountState from "../../src/AccountState.ts"
import type { AccountStreamError } from "../../src/BitfinexError.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { logins } from "../support/account.ts"
import { agrees, inMemory, lost, only, opened, resting, tags } from "../support/accountState.ts"
import { failureOf, gather, inject, pass, pull, settle } from "../support/market.ts"
import * as SteppedClock from "../support/steppedClock.ts"

const send = (type: string, payload: unknown) => inject(Fault.UnknownAccountEvent.make({ type, payload }))

describe("AccountState: when the socket does not report", () => {
  it.scoped("orders whose snapshot does not arrive do not count as ended: REST lists the open ones", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const orders = yield* Effect.forEach([1, 2, 3], () => exchange.submit(resting))
      yield* pass("1 second")
      yield* inject(Fault.SkipSnapshot.make({ type: "os" }))
      yield* lost(exchange.cancel(orders[1]![0]!.id))
      yield* pass("3 seconds")
      const stale = yield* state.orders.current
      assert(stale._tag === "Stale")
      assert.deepStrictEqual(stale.reason, { _tag: "SnapshotMissing" })
      assert.strictEqual(stale.lastKnown.size, 3)
      assert.deepStrictEqual(tags(away), [])
      const settled = yield* Effect.fork(state.caughtUp)
      yield* settle
      assert.isNull(settled.unsafePoll())
      yield* pass("20 seconds")
      assert.deepStrictEqual(yield* Fiber.join(settled), { _tag: "CaughtUp", epoch: 2, isComplete: true })
      assert.deepStrictEqual(tags(away), ["OrderCancelled"])
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  for (const hours of [-26, -1, 1, 26]) {
    it.scoped(`the clock is set by ${hours} h while a snapshot is missing: REST is queried in time, not before`, () =>
      Effect.gen(function*() {
        const { clock, set } = yield* SteppedClock.make()
        yield* Effect.gen(function*() {
          const { exchange, state } = yield* opened
          const orders = yield* Effect.forEach([1, 2], () => exchange.submit(resting))
          yield* pass("1 second")
          yield* inject(Fault.SkipSnapshot.make({ type: "os" }))
          yield* lost(exchange.cancel(orders[1]![0]!.id))
          yield* pass("3 seconds")
          assert.strictEqual((yield* state.orders.current)._tag, "Stale")
          set(hours * 3_600_000)
          const settled = yield* Effect.fork(state.caughtUp)
          yield* pass("1 second")
          assert.isNull(settled.unsafePoll())
          yield* pass("20 seconds")
          assert.deepStrictEqual(yield* Fiber.join(settled), { _tag: "CaughtUp", epoch: 2, isComplete: true })
          yield* agrees(state, exchange)
        }).pipe(inMemory(), Effect.withClock(clock))
      }))
  }

  it.scoped("a late snapshot is applied", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* inject(Fault.DelaySnapshot.make({ type: "os", millis: 7000 }))
      yield* lost(exchange.fill(order!.id))
      yield* pass("5 seconds")
      yield* agrees(state, exchange)
      assert.deepStrictEqual(tags(away).filter((tag) => tag.startsWith("Order")), ["OrderFilled"])
    }).pipe(inMemory()))

  for (const how of ["short", "text", "notRow"] as const) {
    it.scoped(`an unreadable row (${how}): the view is stale until REST has repaired it`, () =>
      Effect.gen(function*() {
        const { away, exchange, problems, state } = yield* opened
        const [order, other] = (yield* Effect.forEach([1, 2], () => exchange.submit(resting))).flat()
        yield* pass("1 second")
        yield* inject(Fault.MalformedAccountEvent.make({ type: "oc", how }))
        yield* exchange.cancel(order!.id)
        yield* settle
        const stale = yield* state.orders.current
        assert(stale._tag === "Stale" && stale.reason._tag === "Malformed")
        assert.strictEqual(stale.reason.error.operation, "AccountState.orders")
        assert.deepStrictEqual(problems.map(({ _tag }) => _tag), ["Malformed"])
        // events that are reported meanwhile take precedence over REST
        yield* exchange.cancel(other!.id)
        const got = yield* Effect.fork(state.orders.get(order!.id))
        yield* pass("20 seconds")
        assert.deepStrictEqual(yield* Fiber.join(got), Option.none())
        yield* agrees(state, exchange)
        assert.deepStrictEqual(only(away, "OrderCancelled").map((event) => event.order.id), [order!.id])
      }).pipe(inMemory()))
  }

  it.scoped("a snapshot with an unreadable row: no row counts as ended, and REST is queried", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      yield* Effect.forEach([1, 2, 3], () => exchange.submit(resting))
      yield* pass("1 second")
      yield* inject(Fault.MalformedAccountEvent.make({ type: "os" }))
      yield* lost(Effect.void)
      yield* pass("20 seconds")
      yield* agrees(state, exchange)
      assert.deepStrictEqual(tags(away), [])
    }).pipe(inMemory()))

  it.scoped("a trade whose messages are unreadable is found by REST", () =>
    Effect.gen(function*() {
      const { exchange, final, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* inject(Fault.MalformedAccountEvent.make({ type: "te" }))
      yield* inject(Fault.MalformedAccountEvent.make({ type: "tu" }))
      yield* exchange.fill(order!.id)
      yield* pass("20 seconds")
      assert.deepStrictEqual(trades.map(({ trade }) => trade), exchange.trades())
      assert.deepStrictEqual(final.map(({ trade }) => trade), exchange.trades())
      assert.strictEqual(trades[0]?.source, "rest")
    }).pipe(inMemory()))

  it.scoped("events of unknown type, rows with only nulls and empty rows are survived and change nothing", () =>
    Effect.gen(function*() {
      const { exchange, problems, state } = yield* opened
      yield* exchange.submit(resting)
      for (const type of ["xyz", "on", "ou", "oc", "pu", "wu", "te", "tu", "fou", "fcu", "flc", "fte", "os", "ws"]) {
        yield* send(type, Array.from({ length: 40 }, () => null))
        yield* send(type, null)
      }
      yield* pass("1 second")
      assert.isAbove(problems.length, 10)
      yield* pass("40 seconds")
      yield* agrees(state, exchange)
    }).pipe(inMemory()))
})

describe("AccountState: when REST fails", () => {
  it.scoped("in the middle of a catch-up: it is retried, through another reconnection, and reported once", () =>
    Effect.gen(function*() {
      const { away, exchange, problems, state, trades } = yield* opened
      const [order, second] = (yield* Effect.forEach([1, 2], () => exchange.submit(resting))).flat()
      yield* pass("1 second")
      yield* inject(Fault.HttpFault.make({ match: "hist", times: 30, reply: { _tag: "unavailable503" } }))
      yield* lost(exchange.fill(order!.id))
      assert.sameMembers([...new Set(tags(away))], ["WalletChanged"])
      yield* agrees(state, exchange)
      yield* lost(exchange.fill(second!.id, 0.1))
      yield* pass("90 seconds")
      assert.isTrue(problems.some(({ _tag }) => _tag === "QueryFailed"))
      assert.deepStrictEqual(only(away, "OrderFilled").map((event) => event.order.id), [order!.id])
      assert.deepStrictEqual(only(away, "OrderChanged").map((event) => event.order.id), [second!.id])
      assert.deepStrictEqual(trades.map(({ trade }) => trade), exchange.trades())
      assert.deepStrictEqual(away.at(-1), { _tag: "CaughtUp", epoch: 3, isComplete: true })
    }).pipe(inMemory()))

  it.scoped("permanently: open questions are reported as unknown, with the reason, and resolved later where possible", () =>
    Effect.gen(function*() {
      const { away, exchange, state, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* inject(Fault.HttpFault.make({ match: "auth/r", times: 90, reply: { _tag: "unavailable503" } }))
      yield* lost(exchange.fill(order!.id))
      yield* pass("6 minutes")
      const [unknown] = only(away, "OrderUnknown")
      assert(unknown !== undefined)
      assert.strictEqual(unknown.id, order!.id)
      assert.include(unknown.reason, "REST could not be queried")
      assert.lengthOf(only(away, "TradesUnknown"), 1)
      assert.deepStrictEqual(yield* state.caughtUp, { _tag: "CaughtUp", epoch: 2, isComplete: false })
      assert.deepStrictEqual(trades, [])
      yield* pass("6 minutes")
      assert.deepStrictEqual(trades.map(({ trade }) => trade), exchange.trades())
      assert.deepStrictEqual(only(away, "OrderFilled").map((event) => event.order.id), [order!.id])
      yield* agrees(state, exchange)
    }).pipe(inMemory()))

  it.scoped("a refusal is not repeated", () =>
    Effect.gen(function*() {
      const { away, exchange } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      const reply = { _tag: "errorArray", code: 10100, text: "apikey: invalid" } as const
      yield* inject(Fault.HttpFault.make({ match: "orders/hist", times: 100, reply }))
      yield* lost(exchange.cancel(order!.id))
      const [unknown] = only(away, "OrderUnknown")
      assert(unknown !== undefined)
      assert.strictEqual(unknown.before?.id, order!.id)
      assert.include(unknown.reason, "apikey")
      assert.deepStrictEqual(away.at(-1), { _tag: "CaughtUp", epoch: 2, isComplete: false })
    }).pipe(inMemory()))

  it.scoped("at the first login, earlier trades are still not reported", () =>
    Effect.gen(function*() {
      yield* inject(Fault.HttpFault.make({ match: "trades/hist", times: 8, reply: { _tag: "unavailable503" } }))
      const { exchange, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* exchange.fill(order!.id, 0.1)
      yield* pass("1 minute")
      yield* lost(exchange.fill(order!.id, 0.2))
      assert.deepStrictEqual(
        trades.map(({ source, trade }) => [source, trade.execAmount]),
        [["socket", 0.1], ["rest", 0.2]]
      )
    }).pipe(inMemory()))
})

describe("AccountState: unknown outcomes are reported", () => {
  const send = (type: string, payload: unknown) => inject(Fault.UnknownAccountEvent.make({ type, payload }))
  const refusal = { _tag: "errorArray", code: 10100, text: "apikey: invalid" } as const

  it.scoped("a family that REST refuses permanently is unreadable until the next login, and is not queried again", () =>
    Effect.gen(function*() {
      const { away, exchange, problems, state } = yield* opened
      yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* inject(Fault.SkipSnapshot.make({ type: "os" }))
      yield* inject(Fault.HttpFault.make({ match: "auth/r/orders", times: 100, reply: refusal }))
      yield* lost(Effect.void)
      yield* pass("2 minutes")
      const stale = yield* state.orders.current
      assert(stale._tag === "Stale" && stale.reason._tag === "Unreadable")
      assert.include(stale.reason.reason, "apikey")
      assert.strictEqual((yield* Effect.flip(state.orders.synced))._tag, "InvalidInput")
      assert.lengthOf(problems.filter((each) => each._tag === "QueryFailed" && each.what === "orders"), 1)
      // the other families are known, but not all
      assert.deepStrictEqual(yield* state.caughtUp, { _tag: "CaughtUp", epoch: 2, isComplete: false })
      assert.strictEqual((yield* state.wallets.current)._tag, "Synced")
      yield* lost(Effect.void)
      yield* pass("1 minute")
      assert.strictEqual((yield* state.orders.current)._tag, "Synced")
      assert.deepStrictEqual(away.at(-1), { _tag: "CaughtUp", epoch: 3, isComplete: true })
    }).pipe(inMemory()))

  it.scoped("an unreadable snapshot, of a family that REST refuses: the catch-up is not complete", () =>
    Effect.gen(function*() {
      const { state } = yield* opened
      yield* inject(Fault.HttpFault.make({ match: "auth/r/positions", times: 100, reply: refusal }))
      yield* send("ps", "no rows at all")
      yield* pass("1 minute")
      assert.deepStrictEqual(yield* state.caughtUp, { _tag: "CaughtUp", epoch: 1, isComplete: false })
    }).pipe(inMemory()))

  it.scoped("trades and missed events end with the error that ended the session", () =>
    Effect.gen(function*() {
      const { state } = yield* opened
      const streams: ReadonlyArray<Stream.Stream<unknown, AccountStreamError>> = [
        state.trades(),
        state.trades({ when: "final" }),
        state.missed,
        state.orders.changes
      ]
      const caughtUp = Effect.zipRight(Effect.sleep("2 seconds"), state.caughtUp)
      const waiting = [...streams.map((stream) => Stream.runDrain(stream)), Effect.asVoid(caughtUp)]
      const fibers = yield* Effect.forEach(waiting, (each) => Effect.fork(each))
      yield* settle
      yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid", times: 2 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("10 seconds")
      for (const fiber of fibers) {
        const exit = fiber.unsafePoll()
        assert.strictEqual(exit !== null && failureOf(exit)?._tag, "AuthenticationFailed")
      }
      // and so do streams that begin now
      for (const stream of streams) {
        assert.strictEqual((yield* Effect.flip(Stream.runDrain(stream)))._tag, "AuthenticationFailed")
      }
    }).pipe(inMemory()))

  it.scoped("a closed connection ends them without a failure, and the next one reports the missed events", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      const trades = yield* Effect.fork(Stream.runCollect(state.trades()))
      yield* settle
      yield* (yield* AccountConnection.AccountConnection).close()
      yield* pass("1 second")
      const exit = trades.unsafePoll()
      assert.isTrue(exit !== null && failureOf(exit) === undefined)
      yield* exchange.fill(order!.id, 0.1)
      const later = yield* gather(state.trades())
      yield* pass("10 seconds")
      assert.deepStrictEqual(later.map(({ trade }) => trade), exchange.trades())
    }).pipe(inMemory()))
})

describe("AccountState: trades queried over REST", () => {
  it.scoped("a disconnection while a reply is in flight: later events are queried before the state is caught up", () =>
    Effect.gen(function*() {
      const { exchange, state, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      const known: Array<readonly [epoch: number, trades: number]> = []
      yield* Effect.fork(
        Stream.runForEach(
          state.missed,
          (event) => Effect.sync(() => event._tag === "CaughtUp" ? known.push([event.epoch, trades.length]) : undefined)
        )
      )
      yield* pass("1 second")
      const reply = { _tag: "delay", millis: 8000 } as const
      yield* inject(Fault.HttpFault.make({ match: "trades/hist", times: 1, reply }))
      yield* lost(exchange.fill(order!.id, 0.1))
      // the reply arrives while the socket is disconnected again
      yield* inject(Fault.Refuse.make({ times: 7 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      yield* exchange.fill(order!.id, 0.1)
      yield* pass("12 seconds")
      assert.deepStrictEqual(known, [[3, 2]])
      assert.deepStrictEqual(trades.map(({ trade }) => trade), exchange.trades())
    }).pipe(inMemory()))
})

describe("AccountState: an order whose amount was changed", () => {
  for (const rule of ["sum", "first"] as const) {
    describe(`where the original amount is ${rule === "sum" ? "the remaining plus the executed amount" : "the previous one"}`, () => {
      const change = (id: number, amount: string) =>
        Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => Effect.fork(rest.updateOrder({ id, amount })))

      for (const when of ["before the loss", "while away"] as const) {
        it.scoped(`${when}, with nothing executed: caught up at once, and completely`, () =>
          Effect.gen(function*() {
            yield* inject(Fault.OriginalAmount.make({ rule }))
            const { away, exchange, state } = yield* opened
            const [order] = yield* exchange.submit(resting)
            yield* pass("1 second")
            const update = change(order!.id, "0.3")
            if (when === "before the loss") yield* update
            yield* pass("1 second")
            yield* lost(when === "while away" ? update : Effect.void)
            assert.deepStrictEqual(away.at(-1), { _tag: "CaughtUp", epoch: 2, isComplete: true })
            assert.deepStrictEqual(
              only(away, "OrderChanged").map(({ fills, isComplete }) => [fills.length, isComplete]),
              when === "while away" ? [[0, true]] : []
            )
            yield* agrees(state, exchange)
          }).pipe(inMemory()))
      }

      it.scoped("and that was executed in part, then in full: each trade once, and the end at once", () =>
        Effect.gen(function*() {
          yield* inject(Fault.OriginalAmount.make({ rule }))
          const { away, exchange } = yield* opened
          const [order] = yield* exchange.submit(resting)
          yield* pass("1 second")
          yield* exchange.fill(order!.id, 0.1)
          yield* pass("1 second")
          yield* lost(
            Effect.all([change(order!.id, "0.3"), settle, exchange.fill(order!.id, 0.1)], { discard: true })
          )
          const [changed] = only(away, "OrderChanged")
          assert.deepStrictEqual(changed?.fills.map(({ execAmount }) => execAmount), [0.1])
          assert.isTrue(changed?.isComplete)
          yield* lost(exchange.fill(order!.id))
          const [filled] = only(away, "OrderFilled")
          assert.deepStrictEqual(filled?.fills.map(({ execAmount }) => execAmount), [0.2])
          assert.isTrue(filled?.isComplete)
          assert.deepStrictEqual(away.at(-1), { _tag: "CaughtUp", epoch: 3, isComplete: true })
        }).pipe(inMemory()))
    })
  }
})

describe("AccountState: each trade once", () => {
  it.scoped("`te` then `tu`: `first` without the fee, `final` with it", () =>
    Effect.gen(function*() {
      const { exchange, final, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* inject(Fault.Duplicate.make({ match: "account:te" }))
      yield* exchange.fill(order!.id, 0.1)
      yield* exchange.fill(order!.id, 0.2)
      yield* pass("1 second")
      assert.deepStrictEqual(trades.map(({ trade }) => [trade.execAmount, trade.fee]), [[0.1, null], [0.2, null]])
      assert.deepStrictEqual(final.map(({ trade }) => trade), exchange.trades())
      yield* lost(Effect.void)
      yield* pass("1 minute")
      assert.deepStrictEqual([trades.length, final.length], [2, 2])
    }).pipe(inMemory()))

  it.scoped("a fee whose `tu` does not arrive is queried over REST", () =>
    Effect.gen(function*() {
      const { exchange, final, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* inject(Fault.Lose.make({ match: "account:tu", counted: false }))
      yield* exchange.fill(order!.id)
      yield* pass("5 seconds")
      assert.deepStrictEqual([trades.length, final.length], [1, 0])
      yield* pass("15 seconds")
      assert.deepStrictEqual(final.map(({ trade }) => trade), exchange.trades())
      assert.lengthOf(trades, 1)
    }).pipe(inMemory()))

  it.scoped("a loss between the trade and its order: neither twice nor never", () =>
    Effect.gen(function*() {
      const { away, exchange, final, trades } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* pass("1 second")
      yield* send("te", [1, "tBTCUSD", 5, order!.id, 0.1, 1000, "EXCHANGE LIMIT", 1000, 1, null, null, null])
      yield* settle
      yield* lost(exchange.fill(order!.id))
      assert.deepStrictEqual(trades.map(({ source }) => source), ["socket", "rest"])
      assert.lengthOf(final, 1)
      assert.lengthOf(only(away, "OrderFilled"), 1)
    }).pipe(inMemory()))

  it.scoped("the last computed row is kept, and no row is invented", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const key = "exchange:USD"
      assert.deepStrictEqual(yield* state.wallets.lastComputed(key), Option.none())
      yield* send("wu", ["exchange", "USD", 5, 0, 3, null, null])
      yield* pass("1 second")
      yield* send("wu", ["exchange", "USD", 4, 0, null, null, null])
      yield* settle
      const now = yield* state.wallets.get(key)
      assert.deepStrictEqual(Option.map(now, (row) => [row.balance, row.availableBalance]), Option.some([4, null]))
      const computed = Option.getOrThrow(yield* state.wallets.lastComputed(key))
      assert.deepStrictEqual([computed.row.balance, computed.row.availableBalance], [5, 3])
      yield* lost(Effect.void)
      yield* agrees(state, exchange)
    }).pipe(inMemory()))
})

describe("AccountState: views", () => {
  it.scoped("a slow consumer receives the newest state, and delivered states never change", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      const slow = yield* pull(state.orders.changes)
      yield* settle
      const before = yield* state.orders.synced
      for (let k = 0; k < 50; k++) yield* exchange.submit(resting)
      yield* settle
      assert.strictEqual(before.rows.size, 0)
      yield* slow.open
      assert.isBelow(slow.events.length, 10)
      const last = slow.events.at(-1)
      assert(last?._tag === "Synced")
      assert.strictEqual(last.rows.size, 50)
      assert.isTrue(last.version >= before.version + 50)
    }).pipe(inMemory()))

  it.scoped("a view is stale from the disconnection on, with the reason", () =>
    Effect.gen(function*() {
      const { exchange, state } = yield* opened
      yield* exchange.submit(resting)
      yield* settle
      yield* inject(Fault.Refuse.make({ times: 3 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      const stale = yield* state.orders.current
      assert(stale._tag === "Stale" && stale.reason._tag === "Disconnected")
      assert.deepStrictEqual([stale.epoch, stale.lastKnown.size, typeof stale.since], [1, 1, "number"])
      const synced = yield* Effect.fork(state.orders.synced)
      yield* pass("10 seconds")
      assert.strictEqual((yield* Fiber.join(synced)).epoch, 2)
    }).pipe(inMemory()))

  it.scoped("a service started after the login has the same state", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* settle
      const early = yield* AccountState.make
      const { exchange } = yield* opened
      yield* exchange.submit(resting)
      yield* settle
      const late = yield* AccountState.make
      yield* pass("1 second")
      yield* agrees(early, exchange)
      yield* agrees(late, exchange)
      assert.strictEqual((yield* late.caughtUp).epoch, 1)
      assert.lengthOf(yield* logins, 1)
    }).pipe(inMemory()))

  it.scoped("families that the filter excludes fail by name, and do not delay the others", () =>
    Effect.gen(function*() {
      const state = yield* AccountState.AccountState
      const settled = yield* Effect.fork(state.caughtUp)
      yield* pass("10 seconds")
      assert.isTrue((yield* Fiber.join(settled)).isComplete)
      assert.strictEqual((yield* state.wallets.synced)._tag, "Synced")
      const errors = [yield* Effect.flip(state.orders.synced), yield* Effect.flip(state.fundingLoans.get(1))]
      for (const error of errors) assert.strictEqual(error._tag, "InvalidInput")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(state.trades())))._tag, "InvalidInput")
      assert.strictEqual((yield* state.orders.current)._tag, "Stale")
    }).pipe(inMemory({ account: { filter: ["wallet"] } })))

  it.scoped("a refused login ends everything with the reason; no connection is opened before it is needed", () =>
    Effect.gen(function*() {
      const state = yield* AccountState.AccountState
      yield* pass("1 minute")
      assert.deepStrictEqual(yield* logins, [])
      assert.deepStrictEqual(((yield* state.orders.current) as { readonly reason?: unknown }).reason, {
        _tag: "NotConnected"
      })
      const fibers = [
        yield* Effect.fork(Effect.asVoid(state.caughtUp)),
        yield* Effect.fork(Effect.asVoid(state.orders.synced)),
        yield* Effect.fork(Effect.asVoid(state.wallets.get("exchange:USD")))
      ]
      yield* pass("5 seconds")
      for (const fiber of fibers) {
        const exit = fiber.unsafePoll()
        assert(exit !== null)
        assert.strictEqual((failureOf(exit) as any)?._tag, "AuthenticationFailed")
      }
    }).pipe(inMemory({ secret: "wrong-secret" })))

  it.scoped("closing makes views stale, and the next use reconnects", () =>
    Effect.gen(function*() {
      const { away, exchange, state } = yield* opened
      const [order] = yield* exchange.submit(resting)
      yield* settle
      yield* (yield* AccountConnection.AccountConnection).close()
      yield* settle
      assert.strictEqual((yield* state.orders.current)._tag, "Stale")
      yield* exchange.fill(order!.id)
      const again = yield* gather(state.missed)
      yield* pass("2 seconds")
      assert.deepStrictEqual(only(away, "CaughtUp").map(({ epoch }) => epoch), [1])
      assert.includeMembers([...tags(again)], ["OrderFilled"])
      yield* agrees(state, exchange)
    }).pipe(inMemory()))
})
