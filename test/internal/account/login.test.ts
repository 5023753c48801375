import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccountConnection from "../../../src/AccountConnection.ts"
import * as AccountEvents from "../../../src/AccountEvents.ts"
import * as Auth from "../../../src/Auth.ts"
import * as Credentials from "../../../src/Credentials.ts"
import * as Nonce from "../../../src/Nonce.ts"
import * as RateLimiter from "../../../src/RateLimiter.ts"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import { inMemory, logins, view } from "../../support/account.ts"
import { connections, gather, inject, pass, settle, start, turns } from "../../support/market.ts"

const failure = <A, E>(exit: Exit.Exit<A, E> | null) =>
  exit !== null && Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined

/** far below the market, so that it rests */
const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.5", price: "1000" }

describe("login", () => {
  it.scoped("nothing is opened before it is needed", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* pass("1 minute")
      assert.strictEqual((yield* (yield* FakeExchange.FakeExchange).counts).upgrades, 0)
      assert.deepStrictEqual(yield* account.state, { socket: null, login: null, isLive: false })
    }).pipe(inMemory()))

  it.scoped("one frame logs in, with the key and a signature, and never the secret", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const login = yield* Effect.fork(account.login)
      yield* settle
      const { caps, dms, epoch, userId } = yield* Fiber.join(login)
      assert.isTrue(userId !== null && userId > 0)
      assert.strictEqual(epoch, 1)
      assert.isFalse(dms)
      assert.strictEqual(caps?.orders?.write, 1)
      const [frame, ...others] = yield* logins
      assert.deepStrictEqual(others, [])
      assert.sameMembers(Object.keys(frame as object), ["event", "apiKey", "authNonce", "authPayload", "authSig"])
      assert.notInclude(JSON.stringify(frame), "demo-secret")
      const state = yield* account.state
      assert.isTrue(state.isLive)
      yield* account.requirePermissions("orders.read", "orders.write")
    }).pipe(inMemory()))

  it.scoped("dead man switch and filter are sent when they are set, and shown in the state", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* settle
      const [frame] = yield* logins
      assert.strictEqual((frame as { dms: unknown }).dms, 4)
      assert.deepStrictEqual((frame as { filter: unknown }).filter, ["trading", "notify"])
      assert.isTrue((yield* account.state).login?.dms)
      const events = yield* AccountEvents.AccountEvents
      const wallets = yield* start(events.wallets())
      yield* settle
      assert.include(String(wallets.failure()), "filter")
    }).pipe(inMemory({ account: { dms: true, filter: ["trading", "notify"] } })))

  it.scoped("a wrong secret fails at once, after one frame, and is not tried again", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const login = yield* Effect.fork(account.login)
      yield* pass("5 seconds")
      assert.strictEqual((failure(login.unsafePoll()))?._tag, "AuthenticationFailed")
      yield* pass("1 minute")
      const again = yield* Effect.exit(account.login)
      assert.strictEqual((failure(again))?._tag, "AuthenticationFailed")
      assert.lengthOf(yield* logins, 1)
      const [connection] = yield* connections
      assert.deepStrictEqual([connection?.code, connection?.reason], [3000, "the login was refused"])
    }).pipe(inMemory({ secret: "wrong-secret" })))

  it.scoped("a refusal or an error that quotes the login shows neither key nor signature", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const problems = yield* gather(account.problems)
      yield* Effect.fork(account.login)
      yield* settle
      const { authSig } = (yield* logins)[0] as { readonly authSig: string }
      const quoted = JSON.stringify({ apiKey: "demo-key", authSig })
      yield* inject(Fault.Send.make({ text: JSON.stringify({ event: "error", code: 10001, msg: quoted }) }))
      yield* settle
      yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: `apikey: invalid ${quoted}`, times: 4 }))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("1 minute")
      const login = yield* Effect.exit(account.login)
      assert.strictEqual((failure(login))?._tag, "AuthenticationFailed")
      const shown = JSON.stringify([problems, login])
      assert.include(shown, "apikey: invalid")
      assert.include(shown, "redacted")
      assert.notInclude(shown, "demo-key")
      assert.notInclude(shown, authSig)
    }).pipe(inMemory()))

  it.scoped("the close frame after a refused login says so", () =>
    Effect.gen(function*() {
      yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid", times: 10 }))
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* pass("10 seconds")
      const all = yield* (yield* FakeExchange.FakeExchange).connections
      assert.deepInclude(all.at(-1), {
        state: "closed",
        endedBy: "client",
        code: 3000,
        reason: "the login was refused"
      })
    }).pipe(inMemory()))

  it.scoped("a nonce that is too small is followed by a larger one on the same socket", () =>
    Effect.gen(function*() {
      yield* inject(Fault.RefuseLogin.make({ code: 10114, msg: "nonce: small", times: 1 }))
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* settle
      assert.isTrue((yield* account.state).isLive)
      const [first, second] = (yield* logins) as ReadonlyArray<{ readonly authNonce: number }>
      assert.isAbove(second!.authNonce, first!.authNonce)
      assert.strictEqual((yield* (yield* FakeExchange.FakeExchange).counts).upgrades, 1)
    }).pipe(inMemory()))

  it.scoped("a nonce that stays too small ends after three sockets", () =>
    Effect.gen(function*() {
      yield* inject(Fault.RefuseLogin.make({ code: 10114, msg: "nonce: small", times: 100 }))
      const account = yield* AccountConnection.AccountConnection
      const login = yield* Effect.fork(account.login)
      yield* pass("1 minute")
      assert.strictEqual((failure(login.unsafePoll()))?._tag, "NonceTooSmall")
      assert.lengthOf(yield* logins, 6)
    }).pipe(inMemory()))

  it.scoped("a login without an answer is made again on another socket", () =>
    Effect.gen(function*() {
      yield* inject(Fault.IgnoreLogin.make({ times: 1 }))
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* pass("6 seconds")
      assert.isTrue((yield* account.state).isLive)
      assert.strictEqual((yield* (yield* FakeExchange.FakeExchange).counts).upgrades, 2)
    }).pipe(inMemory()))

  it.scoped("each loss is followed by a login with a new nonce, and by snapshots", () =>
    Effect.gen(function*() {
      const events = yield* AccountEvents.AccountEvents
      const account = yield* AccountConnection.AccountConnection
      const states = yield* gather(account.states)
      const streams = yield* Effect.forEach(
        [events.orders(), events.positions(), events.wallets(), events.trades(), events.notifications()],
        (stream) => start(stream)
      )
      yield* settle
      for (let k = 0; k < 3; k++) {
        yield* inject(Fault.Drop.make({ code: 1006 }))
        yield* pass("40 seconds")
      }
      for (const { events } of streams) {
        assert.deepStrictEqual(turns(events).filter((turn) => turn.startsWith("Snapshot")), [
          "Snapshot 1",
          "Snapshot 2",
          "Snapshot 3",
          "Snapshot 4"
        ])
      }
      const nonces = ((yield* logins) as ReadonlyArray<{ readonly authNonce: number }>).map(({ authNonce }) =>
        authNonce
      )
      assert.deepStrictEqual(nonces, [...new Set(nonces)].sort((a, b) => a - b))
      assert.lengthOf(nonces, 4)
      assert.strictEqual(states.at(-1)?.login?.epoch, 4)
    }).pipe(inMemory()))

  it.scoped("a missing snapshot is a separate element, not an empty snapshot", () =>
    Effect.gen(function*() {
      yield* inject(Fault.SkipSnapshot.make({ type: "os", times: 1 }))
      const account = yield* AccountConnection.AccountConnection
      const problems = yield* gather(account.problems)
      const orders = yield* start((yield* AccountEvents.AccountEvents).orders())
      yield* pass("4 seconds")
      assert.isFalse((yield* account.state).isLive)
      yield* pass("2 seconds")
      assert.isTrue((yield* account.state).isLive)
      const missing = { _tag: "SnapshotMissing", epoch: 1, rows: [], skipped: 0, mts: null } as const
      assert.deepStrictEqual(orders.events, [missing])
      const [order] = yield* (yield* view).submit(resting)
      yield* settle
      // a consumer that joins later receives the known rows, under the same name
      const late = yield* start((yield* AccountEvents.AccountEvents).orders())
      yield* settle
      assert.strictEqual(orders.events[1]?._tag, "Update")
      const [first] = late.events
      assert(first?._tag === "SnapshotMissing")
      assert.deepStrictEqual(first.rows.map(({ id }) => id), [order!.id])
      assert.deepStrictEqual(problems, [{ _tag: "SilentChannel", epoch: 1, request: "orders" }])
    }).pipe(inMemory()))

  it.scoped("an account that falls silent on a socket that answers pings is noticed by its heartbeats, and logged in again", () =>
    Effect.gen(function*() {
      const account = yield* AccountConnection.AccountConnection
      const orders = yield* start((yield* AccountEvents.AccountEvents).orders())
      yield* pass("16 seconds")
      yield* inject(Fault.Mute.make({ channel: 0 }))
      yield* pass("18 seconds")
      assert.strictEqual((yield* account.state).login?.epoch, 1)
      yield* pass("3 seconds")
      assert.strictEqual((yield* account.state).login?.epoch, 2)
      assert.deepStrictEqual(turns(orders.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      yield* pass("1 minute")
      assert.strictEqual((yield* account.state).login?.epoch, 2)
    }).pipe(inMemory()))

  it.scoped("events of unknown type are delivered undecoded", () =>
    Effect.gen(function*() {
      const unknown = yield* gather((yield* AccountEvents.AccountEvents).unknown)
      yield* settle
      yield* inject(Fault.UnknownAccountEvent.make({ type: "xyz", payload: [1, "two"] }))
      yield* settle
      assert.deepStrictEqual(unknown.map(({ payload, type }) => [type, payload]), [["xyz", [1, "two"]]])
    }).pipe(inMemory()))

  it.scoped("invalid options are refused, by name", () =>
    Effect.gen(function*() {
      for (const options of [{ dms: 4 }, { filter: [] }, { filter: ["nonsense"] }, { filter: "trading" }]) {
        // the cast: input that a program without types may pass
        const layer = AccountConnection.layer(options as AccountConnection.Options)
        const error = yield* Effect.flip(Layer.build(layer))
        assert.strictEqual(error._tag, "InvalidInput")
        assert.strictEqual(error.field, Object.keys(options)[0])
      }
    }).pipe(Effect.provide([
      RateLimiter.layerMemory,
      FakeExchange.layerMemory(),
      Auth.layer().pipe(
        Layer.provide([
          Nonce.layerMemory,
          Credentials.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") })
        ])
      )
    ])))
})
