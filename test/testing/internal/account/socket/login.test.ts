import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { sign } from "../../../../../src/Auth.ts"
import { account, auth, inMemory, loggedIn, opened, settle, types, view } from "../../../../support/accountSocket.ts"

const snapshots = ["ps", "ws", "os", "fos", "fcs", "fls"]

const enter = (message: object) =>
  Effect.gen(function*() {
    const client = yield* opened
    client.take()
    client.ask(message)
    yield* settle
    return { client, frames: client.take() }
  })

describe("login on a socket of the fake exchange", () => {
  it.effect("OK: user, login and capabilities, then each snapshot once, empty ones too", () =>
    Effect.gen(function*() {
      const { userId } = yield* view()
      const { frames } = yield* enter(auth({ subId: "mine" }))
      const [reply] = frames
      assert.deepInclude(reply, { event: "auth", status: "OK", chanId: 0, userId, subId: "mine" })
      assert.match(reply.auth_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.deepStrictEqual(reply.caps.orders, { read: 1, write: 1 })
      for (
        const scope of [
          "account",
          "funding",
          "history",
          "wallets",
          "withdraw",
          "positions",
          "settings",
          "bfxpay",
          "ui_withdraw"
        ]
      ) {
        assert.property(reply.caps, scope)
      }
      assert.deepStrictEqual(types(frames), snapshots)
      const [ps, ws, os] = account(frames)
      assert.deepStrictEqual([ps[2], os[2]], [[], []])
      const usd = ws[2].find((row: ReadonlyArray<unknown>) => row[0] === "exchange" && row[1] === "USD")
      assert.deepStrictEqual([usd[2], usd[4]], [100_000, null], "the available amount is computed only on request")
    }).pipe(inMemory()))

  it.effect("caps are those of the key, and snapshots need the permission to read", () =>
    Effect.gen(function*() {
      const { frames } = yield* enter(auth({ apiKey: "half" }, "secret"))
      assert.deepStrictEqual(frames[0].caps.orders, { read: 1, write: 0 })
      assert.deepStrictEqual(frames[0].caps.wallets, { read: 0, write: 0 })
      assert.deepStrictEqual(types(frames), ["os", "fos", "fcs", "fls"])
    }).pipe(inMemory({
      accounts: [{ key: "half", secret: "secret", permissions: { orders: { read: true }, funding: { read: true } } }]
    })))

  it.effect("FAILED: key, digest and nonce, each with its code; the socket stays open for another attempt", () =>
    Effect.gen(function*() {
      const client = yield* opened
      const fail = (message: object) =>
        Effect.gen(function*() {
          client.take()
          client.ask(message)
          yield* settle
          const frames = client.take()
          assert.lengthOf(frames, 1)
          assert.deepInclude(frames[0], { event: "auth", status: "FAILED", chanId: 0 })
          assert.notInclude(JSON.stringify(frames), "demo-key")
          return [frames[0].code, frames[0].msg, frames[0].subId]
        })
      assert.deepStrictEqual(yield* fail(auth({ apiKey: "unknown", subId: 7 })), [10100, "apikey: invalid", 7])
      assert.deepStrictEqual(yield* fail(auth({}, "wrong")), [10112, "apikey: digest invalid", undefined])
      assert.deepStrictEqual(yield* fail(auth({ authPayload: null })), [10111, "auth: payload invalid", undefined])
      assert.deepStrictEqual(yield* fail(auth({ apiKey: 5 })), [10100, "apikey: invalid", undefined])
      assert.deepStrictEqual(yield* fail(auth({ authSig: {} })), [10112, "apikey: digest invalid", undefined])
      const old = auth({ authNonce: "5" })
      client.ask(auth())
      yield* settle
      const other = yield* enter(old)
      assert.deepInclude(other.frames[0], { status: "FAILED", code: 10114, msg: "nonce: small" })
      assert.deepInclude(client.frames().at(1 + 5), { event: "auth", status: "OK" })
    }).pipe(inMemory()))

  it.effect("the signature covers the payload as sent, with any content; a nonce may be a number", () =>
    Effect.gen(function*() {
      const payload = "AUTH12"
      const { frames } = yield* enter({
        event: "auth",
        apiKey: "demo-key",
        authNonce: 1,
        authPayload: payload,
        authSig: sign(Redacted.make("demo-secret"), payload)
      })
      assert.strictEqual(frames[0].status, "OK")
      assert.strictEqual((yield* view()).nonce("demo-key"), 1)
    }).pipe(inMemory()))

  it.effect("a second login on a socket is an error, which does not touch the nonce", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      const before = (yield* view()).nonce("demo-key")
      client.ask(auth({ subId: 3 }))
      yield* settle
      assert.deepStrictEqual(client.take(), [{ event: "error", msg: "auth: dup", code: 10100, subId: 3 }])
      assert.strictEqual((yield* view()).nonce("demo-key"), before)
    }).pipe(inMemory()))

  it.effect("tokens log in; unknown ones do not", () =>
    Effect.gen(function*() {
      const good = yield* enter({ event: "auth", token: "tok" })
      assert.deepInclude(good.frames[0], { status: "OK" })
      const bad = yield* enter({ event: "auth", token: "tick" })
      assert.deepInclude(bad.frames[0], { status: "FAILED", code: 10100, msg: "token: invalid" })
    }).pipe(inMemory({ accounts: [{ key: "k", secret: "s", token: "tok" }] })))

  it.effect("equal seeds give equal logins", () =>
    Effect.gen(function*() {
      const ids = Effect.map(enter(auth()), ({ frames }) => frames[0].auth_id)
      const first = yield* ids.pipe(inMemory())
      assert.strictEqual(yield* ids.pipe(inMemory()), first)
      assert.notStrictEqual(yield* ids.pipe(inMemory({ seed: 2 })), first)
    }))

  it.effect("heartbeats of channel 0 arrive with the others, and only after the login", () =>
    Effect.gen(function*() {
      const plain = yield* opened
      const client = yield* loggedIn()
      plain.take()
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(client.take(), [[0, "hb"]])
      assert.deepStrictEqual(plain.take(), [])
    }).pipe(inMemory()))

  it.effect("channel 0 counts toward the channel limit of a connection", () =>
    Effect.gen(function*() {
      const client = yield* loggedIn()
      client.ask({ event: "subscribe", channel: "ticker", symbol: "tBTCUSD" })
      client.ask({ event: "subscribe", channel: "ticker", symbol: "fUSD" })
      yield* settle
      const codes = client.take().flatMap((frame) => (frame.event === "error" ? [frame.code] : []))
      assert.deepStrictEqual(codes, [10305])
    }).pipe(inMemory({ channelCap: 2 })))

  it.effect("inputs before login, and garbage, are error events", () =>
    Effect.gen(function*() {
      const client = yield* opened
      client.take()
      client.input("on", { type: "LIMIT" })
      client.ask([])
      yield* settle
      const frames = client.take()
      assert.lengthOf(frames, 2)
      for (const frame of frames) assert.deepInclude(frame, { event: "error", code: 10100, msg: "auth: invalid" })
    }).pipe(inMemory()))
})
