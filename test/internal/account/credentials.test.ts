import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as AccountConnection from "../../../src/AccountConnection.ts"
import * as Auth from "../../../src/Auth.ts"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import * as Credentials from "../../../src/Credentials.ts"
import * as Nonce from "../../../src/Nonce.ts"
import * as RateLimiter from "../../../src/RateLimiter.ts"
import * as RestAuthClient from "../../../src/RestAuthClient.ts"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import * as Trading from "../../../src/Trading.ts"
import { logins } from "../../support/account.ts"
import { inject, pass, steady } from "../../support/market.ts"
import { resting } from "../../support/trading.ts"

const keyOf = (name: string): Credentials.Options => ({
  apiKey: Redacted.make(`${name}-key`),
  apiSecret: Redacted.make(`${name}-secret`)
})

class VaultSealed extends Data.TaggedError("VaultSealed") {}

const source = Ref.unsafeMake<Effect.Effect<Credentials.Options, VaultSealed>>(Effect.succeed(keyOf("demo")))

/** credentials that a test may replace while the program runs */
const inMemory = Effect.provide(
  Layer.mergeAll(Trading.layer()).pipe(
    Layer.provideMerge(AccountConnection.layer()),
    Layer.provideMerge(RestAuthClient.layer()),
    Layer.provideMerge(Auth.layer()),
    Layer.provideMerge(RateLimiter.layerMemory),
    Layer.provide([Nonce.layerMemory, Credentials.layerEffect(Effect.flatten(Ref.get(source)))]),
    Layer.provideMerge(FakeExchange.layerMemory({
      history: 60_000,
      symbols: ["tBTCUSD"],
      step: 86_400_000,
      accounts: [{ key: "demo-key", secret: "demo-secret" }, {
        key: "next-key",
        secret: "next-secret",
        wallets: { exchange: { USD: 100_000 } }
      }]
    })),
    Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "100 millis" } })),
    Layer.provideMerge(Logger.remove(Logger.defaultLogger)),
    Layer.orDie
  )
)

const use = (credentials: Effect.Effect<Credentials.Options, VaultSealed>) => Ref.set(source, credentials)

/** logged in, and then refused when the socket was lost */
const refusedLater = Effect.gen(function*() {
  yield* use(Effect.succeed(keyOf("demo")))
  const account = yield* AccountConnection.AccountConnection
  const trading = yield* Trading.Trading
  yield* Effect.fork(account.login)
  yield* pass("1 second")
  yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid", times: 2 }))
  yield* inject(Fault.Drop.make({ code: 1006 }))
  yield* pass("5 seconds")
  return { account, trading }
})

describe("credentials that change while the program runs", () => {
  it.scoped("commands fail with the error that ended the login, each time, and nothing is sent", () =>
    Effect.gen(function*() {
      const { account, trading } = yield* refusedLater
      for (let k = 0; k < 3; k++) {
        const error = yield* Effect.flip(trading.submitOrder(resting))
        assert.strictEqual(error._tag, "AuthenticationFailed")
        assert.include(error.message, "apikey: invalid")
        yield* pass("1 minute")
      }
      assert.strictEqual((yield* Effect.flip(account.login))._tag, "AuthenticationFailed")
      // they were accepted before, so they were tried once more, and then not again
      assert.lengthOf(yield* logins, 3)
    }).pipe(inMemory))

  it.scoped("a key that replaces the refused one is used by the next login, and commands go through again", () =>
    Effect.gen(function*() {
      const { account, trading } = yield* refusedLater
      yield* use(Effect.succeed(keyOf("next")))
      const login = yield* Effect.fork(account.login)
      yield* pass("1 second")
      assert.strictEqual((yield* Fiber.join(login)).epoch, 2)
      const order = yield* Effect.fork(trading.submitOrder(resting))
      yield* pass("1 second")
      const exchange = yield* FakeExchange.FakeExchange
      const next = yield* exchange.account("next-key")
      assert.deepStrictEqual(next.orders().map(({ id }) => id), [(yield* Fiber.join(order)).id])
      const frames = (yield* logins) as ReadonlyArray<{ readonly apiKey: string }>
      assert.deepStrictEqual(frames.map(({ apiKey }) => apiKey), ["demo-key", "demo-key", "demo-key", "next-key"])
    }).pipe(inMemory))

  it.scoped("one refusal of a key that was accepted before ends nothing; each login counts its refusals from zero", () =>
    Effect.gen(function*() {
      yield* use(Effect.succeed(keyOf("demo")))
      const account = yield* AccountConnection.AccountConnection
      yield* Effect.fork(account.login)
      yield* pass("1 second")
      for (let k = 0; k < 3; k++) {
        yield* inject(Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid", times: 1 }))
        yield* inject(Fault.Drop.make({ code: 1006 }))
        yield* pass("30 seconds")
        assert.isTrue((yield* account.state).isLive)
      }
      assert.lengthOf(yield* logins, 7)
    }).pipe(inMemory))

  it.scoped("a key that was replaced while its login was being refused is no reason to give up", () =>
    Effect.gen(function*() {
      yield* use(Effect.succeed(keyOf("demo")))
      const account = yield* AccountConnection.AccountConnection
      let asked = 0
      // the second question comes from behind the refusal
      yield* use(Effect.sync(() => keyOf(++asked === 1 ? "wrong" : "next")))
      yield* Effect.fork(account.login)
      yield* pass("10 seconds")
      assert.isTrue((yield* account.state).isLive)
    }).pipe(inMemory))

  it.scoped("a source that fails for a while delays the login, and ends nothing", () =>
    Effect.gen(function*() {
      yield* use(Effect.fail(new VaultSealed()))
      const account = yield* AccountConnection.AccountConnection
      const rest = yield* RestAuthClient.RestAuthClient
      const login = yield* Effect.fork(account.login)
      yield* pass("10 seconds")
      assert.isNull(login.unsafePoll())
      assert.lengthOf(yield* logins, 0)
      assert.strictEqual((yield* Effect.flip(rest.wallets()))._tag, "AuthenticationFailed")
      yield* use(Effect.succeed(keyOf("demo")))
      yield* pass("30 seconds")
      assert.strictEqual((yield* Fiber.join(login)).epoch, 1)
    }).pipe(inMemory))
})
