import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../../../src/AccountConnection.ts"
import * as AccountEvents from "../../../src/AccountEvents.ts"
import * as Auth from "../../../src/Auth.ts"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import * as Credentials from "../../../src/Credentials.ts"
import * as Nonce from "../../../src/Nonce.ts"
import * as RateLimiter from "../../../src/RateLimiter.ts"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { inMemory, logins, view } from "../../support/account.ts"
import {
  connections,
  failureOf,
  gather,
  inject,
  pass,
  pull,
  settle,
  start,
  steady,
  turns
} from "../../support/market.ts"
import * as ScriptedVenue from "../../support/scriptedVenue.ts"

const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.02", price: "1000" }

/** without jitter in the order of connections */
const settings = { account: { connectLimit: { count: 100, per: "15 seconds" } } } as const

const isLive = Effect.map(
  Effect.flatMap(AccountConnection.AccountConnection, ({ state }) => state),
  (one) => one.isLive
)

describe("maintenance that is announced while the login is in flight", () => {
  it.scoped("and is over before the login is answered: the next login is live", () =>
    Effect.gen(function*() {
      yield* inject(Fault.IgnoreLogin.make({ times: 1 }))
      const { login } = yield* AccountConnection.AccountConnection
      yield* Effect.fork(login)
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("10 seconds")
      assert.isTrue(yield* isLive)
    }).pipe(inMemory({ settings })))

  it.scoped("and ends while the socket is away: the next login is live", () =>
    Effect.gen(function*() {
      yield* inject(Fault.IgnoreLogin.make({ times: 1 }))
      const { login } = yield* AccountConnection.AccountConnection
      yield* Effect.fork(login)
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* settle
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("10 seconds")
      assert.isTrue(yield* isLive)
    }).pipe(inMemory({ settings })))

  it.scoped("in force, its end is the end of the login: nothing is live in between", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* pass("1 second")
      yield* inject(Fault.Info.make({ code: 20060 }))
      yield* pass("1 second")
      const states = yield* gather(account.states)
      yield* inject(Fault.Info.make({ code: 20061 }))
      yield* pass("10 seconds")
      assert.deepStrictEqual(states.filter((state) => state.isLive && state.login?.epoch !== 2), [])
      assert.isTrue(yield* isLive)
    }).pipe(inMemory({ settings })))
})

it.scoped("a pause that the host asks for as it refuses the socket is kept before the next login", () =>
  Effect.gen(function*() {
    const { counts } = yield* FakeExchange.FakeExchange
    yield* inject(Fault.Refuse.make({ times: 1, status: 429, retryAfter: 10 }))
    const { login, states } = yield* AccountConnection.AccountConnection
    const seen = yield* gather(states)
    yield* Effect.fork(login)
    yield* pass("9 seconds")
    assert.deepInclude(seen.at(-1)?.socket, { _tag: "Queued", attempt: 2 })
    assert.strictEqual((yield* counts).upgrades, 1)
    yield* pass("2 seconds")
    assert.isTrue(yield* isLive)
  }).pipe(inMemory({ settings })))

it.scoped("after a login the connection is live, and in a maintenance that the first frame announces it is not", () =>
  Effect.gen(function*() {
    const account = yield* AccountConnection.AccountConnection
    const states = yield* gather(account.states)
    const login = yield* Effect.fork(Effect.zipRight(account.login, account.state))
    yield* pass("1 second")
    assert.strictEqual((yield* Fiber.join(login)).socket?._tag, "Live")
    yield* inject(Fault.Info.make({ code: 20060 }))
    yield* inject(Fault.Drop.make({ code: 1006 }))
    yield* pass("10 seconds")
    const { isLive, login: second, socket } = yield* account.state
    assert.deepStrictEqual([isLive, second?.epoch, socket?._tag], [false, 2, "Maintenance"])
    assert.deepStrictEqual(states.filter((state) => state.isLive && state.socket?._tag !== "Live"), [])
    assert.deepStrictEqual(states.filter((state) => state.isLive && state.login?.epoch === 2), [])
  }).pipe(inMemory({ settings })))

describe("a consumer that pauses the account's socket", () => {
  const suspended = Effect.map(
    AccountEvents.AccountEvents,
    (events) => events.orders({ buffer: BufferPolicy.suspend(1) })
  )
  const orders = Effect.gen(function*() {
    const exchange = yield* view
    for (let k = 0; k < 4; k++) yield* exchange.submit(resting)
    yield* settle
  })

  it.scoped("for longer than any silence: nothing is lost, and the login stays", () =>
    Effect.gen(function*() {
      const consumer = yield* pull(yield* suspended)
      yield* pass("20 seconds")
      yield* orders
      yield* pass("1 minute")
      yield* consumer.open
      yield* pass("5 seconds")
      assert.deepStrictEqual(turns(consumer.events), ["Snapshot 1"])
      assert.lengthOf(consumer.events.filter(({ _tag }) => _tag === "Update"), 4)
    }).pipe(inMemory({ settings })))

  it.scoped("while snapshots are awaited: none is taken to be empty", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const problems = yield* gather(account.problems)
      const consumer = yield* pull(yield* suspended)
      yield* settle
      yield* orders
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("1 minute")
      yield* consumer.open
      yield* pass("5 seconds")
      assert.deepStrictEqual(problems.filter(({ _tag }) => _tag === "SilentChannel"), [])
      const last = consumer.events.findLast(({ _tag }) => _tag === "Snapshot")
      assert.strictEqual(last?._tag === "Snapshot" ? last.rows.length : undefined, 4)
    }).pipe(inMemory({ settings })))

  it.scoped("and is closed: the next socket waits for its own consumers, and for no other", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const left = yield* pull(yield* suspended)
      yield* settle
      yield* orders
      yield* Effect.fork(account.close())
      yield* pass("1 second")
      const other = yield* start((yield* AccountEvents.AccountEvents).wallets())
      yield* pass("1 second")
      assert.isTrue(yield* isLive)
      // the remaining events of the first one are read only now
      yield* left.open
      const slow = yield* pull(yield* suspended)
      yield* pass("1 second")
      yield* orders
      const exchange = yield* view
      const held = other.events.length
      yield* exchange.deposit("exchange", "USD", 1)
      yield* pass("1 second")
      assert.strictEqual(other.events.length, held)
      yield* slow.open
      yield* pass("1 second")
      assert.isAbove(other.events.length, held)
    }).pipe(inMemory({ settings })))
})

describe("closing", () => {
  it.scoped("a login while the socket is being closed uses the next one", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* pass("1 second")
      yield* inject(Fault.HalfOpen.make({}))
      yield* Effect.fork(account.close(4000, "enough"))
      yield* Effect.yieldNow()
      const login = yield* Effect.fork(account.login)
      yield* pass("10 seconds")
      const exit = login.unsafePoll()
      assert.isTrue(exit !== null && Exit.isSuccess(exit) && exit.value.epoch === 2)
      const all = yield* connections
      assert.deepStrictEqual(all.map(({ state }) => state), ["closed", "open"])
    }).pipe(inMemory({ settings })))

  it.scoped("a login that is interrupted leaves the socket to others", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* inject(Fault.IgnoreLogin.make({ times: 1 }))
      const login = yield* Effect.fork(account.login)
      yield* pass("1 second")
      yield* Fiber.interrupt(login)
      yield* pass("10 seconds")
      assert.isTrue(yield* isLive)
      assert.strictEqual((yield* account.login).epoch, 1)
    }).pipe(inMemory({ settings })))

  it.scoped("any number that log in at once share one socket", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(Effect.all(Array.from({ length: 500 }, () => account.login), { concurrency: "unbounded" }))
      yield* pass("1 second")
      assert.strictEqual((yield* (yield* FakeExchange.FakeExchange).counts).upgrades, 1)
    }).pipe(inMemory({ settings })))
})

describe("a key that is refused after it was accepted", () => {
  it.scoped("as a token that has expired: all streams fail with it, after two refusals", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const events = yield* AccountEvents.AccountEvents
      const orders = yield* start(events.orders())
      const unknown = yield* Effect.fork(Stream.runDrain(events.unknown))
      yield* pass("1 second")
      yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: "token: expired", times: 100 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("1 minute")
      assert.strictEqual(orders.failure()?._tag, "AuthenticationFailed")
      const exit = unknown.unsafePoll()
      assert.strictEqual(exit !== null && failureOf(exit)?._tag, "AuthenticationFailed")
      assert.strictEqual((yield* Effect.flip(account.login))._tag, "AuthenticationFailed")
      assert.lengthOf(yield* logins, 3)
    }).pipe(inMemory({ settings })))

  it.scoped("closing ends them without a failure", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const unknown = yield* Effect.fork(Stream.runDrain((yield* AccountEvents.AccountEvents).unknown))
      yield* pass("1 second")
      yield* Effect.fork(account.close())
      yield* pass("1 second")
      const exit = unknown.unsafePoll()
      assert.isTrue(exit !== null && Exit.isSuccess(exit))
    }).pipe(inMemory({ settings })))
})

describe("answers to a login that only a faulty exchange gives", () => {
  const ok = { event: "auth", status: "OK", chanId: 0, userId: 7, auth_id: "0a1b2c3d-session", caps: {} }
  const snapshots = [[0, "os", []], [0, "ps", []], [0, "ws", []], [0, "fos", []], [0, "fcs", []], [0, "fls", []]]

  /** each socket answers its login by these frames */
  const scripted = (answers: ReadonlyArray<ReadonlyArray<unknown>>) =>
    Effect.gen(function*() {
      const venue = yield* ScriptedVenue.make({
        onAsked: (frame, line) => {
          if (frame.event !== "auth") return line.obey(frame)
          answers[Math.min(line.number, answers.length) - 1]!.forEach((each, at) => line.say(each, at + 1))
        }
      })
      const credentials = { apiKey: Redacted.make("a-key"), apiSecret: Redacted.make("a-secret") }
      const layer = AccountEvents.layer().pipe(
        Layer.provideMerge(AccountConnection.layer()),
        Layer.provide(Auth.layer()),
        Layer.provide([RateLimiter.layerMemory, Nonce.layerMemory, Credentials.layer(credentials)]),
        Layer.provide(Layer.succeed(Socket.WebSocketConstructor, venue.construct)),
        Layer.provide(
          BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "100 millis", flags: {} } }, settings)
        ),
        Layer.provideMerge(Logger.remove(Logger.defaultLogger))
      )
      return { venue, layer }
    })

  it.scoped("`auth: dup`: another socket is tried, and the key is not given up", () =>
    Effect.gen(function*() {
      const dup = { event: "auth", status: "FAILED", chanId: 0, code: 10100, msg: "auth: dup" }
      const { layer, venue } = yield* scripted([[dup], [ok, ...snapshots]])
      yield* Effect.gen(function*() {
        yield* Effect.fork((yield* AccountConnection.AccountConnection).login)
        yield* pass("5 seconds")
        assert.isTrue(yield* isLive)
        assert.lengthOf(venue.lines, 2)
      }).pipe(Effect.provide(layer))
    }))

  it.scoped("capabilities that cannot be read: nothing is permitted, and it is reported without the session's id", () =>
    Effect.gen(function*() {
      const { layer } = yield* scripted([[{ ...ok, caps: "all" }, ok, ...snapshots]])
      yield* Effect.gen(function*() {
        const account = yield* AccountConnection.AccountConnection
        const problems = yield* gather(account.problems)
        yield* Effect.fork(account.login)
        yield* pass("1 second")
        assert.isTrue(yield* isLive)
        const refused = yield* Effect.flip(account.requirePermissions("orders.write"))
        assert.strictEqual(refused._tag, "PermissionMissing")
        // nothing waits for the second answer
        assert.deepStrictEqual(problems.map(({ _tag }) => _tag), ["Malformed", "Malformed"])
        assert.notInclude(JSON.stringify(problems), "0a1b2c3d")
      }).pipe(Effect.provide(layer))
    }))

  it.scoped("all capabilities are kept, those that no manual names too, and can be required", () =>
    Effect.gen(function*() {
      const caps = {
        orders: { read: 1, write: 1 },
        bfxpay: { read: 1, write: 0 },
        brand_new: { read: 1, write: 1 }
      } as const
      const { layer } = yield* scripted([[{ ...ok, caps }, ...snapshots]])
      yield* Effect.gen(function*() {
        const account = yield* AccountConnection.AccountConnection
        yield* Effect.fork(account.login)
        yield* pass("1 second")
        assert.deepStrictEqual((yield* account.login).caps, caps)
        yield* account.requirePermissions("orders.write", "bfxpay.read", "brand_new.write")
        for (const permission of ["bfxpay.write", "wallets.read", "constructor.read"] as const) {
          assert.strictEqual((yield* Effect.flip(account.requirePermissions(permission)))._tag, "PermissionMissing")
        }
      }).pipe(Effect.provide(layer))
    }))

  it.scoped("a second snapshot takes the place of the first", () =>
    Effect.gen(function*() {
      const wallet = ["exchange", "USD", 5, 0, 5, null, null]
      const { layer } = yield* scripted([[ok, ...snapshots, [0, "ws", [wallet]]]])
      yield* Effect.gen(function*() {
        const wallets = yield* start((yield* AccountEvents.AccountEvents).wallets())
        yield* pass("1 second")
        assert.deepStrictEqual(turns(wallets.events), ["Snapshot 1", "Interrupted 1", "Snapshot 1"])
        const last = wallets.events.at(-1)
        assert.strictEqual(last?._tag === "Snapshot" ? last.rows.length : undefined, 1)
        assert.isTrue(yield* isLive)
      }).pipe(Effect.provide(layer))
    }))
})
