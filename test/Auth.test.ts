import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import * as Auth from "../src/Auth.ts"
import * as Credentials from "../src/Credentials.ts"
import * as Nonce from "../src/Nonce.ts"

const demo = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }

/** nonces that all read 1700000000000000, as in the test vectors */
const fixedNonce = Layer.succeed(Nonce.Nonce, { next: () => Effect.succeed(1_700_000_000_000_000) })

const signing = Auth.layer().pipe(Layer.provide(Credentials.layer(demo)))

describe("Auth", () => {
  const vectors = [
    [
      "v2/auth/w/order/submit",
      `{"type":"EXCHANGE LIMIT","symbol":"tBTCUSD","amount":"0.1","price":"10000"}`,
      "ccb3bda15c1a8462d0938d12f20ec4ceefa4972ab6aa9da893e7d37ceaac54626ba140f9a20a647c622612dab7016eb8"
    ],
    [
      "v2/auth/r/wallets",
      "{}",
      "58890465f922488f358d83358b5ff2406fa988805e85cb389b0046c0eb15f8f388ab8cf1c87806ca3f4f944cb7e700d6"
    ],
    [
      "v2/auth/r/wallets",
      "",
      "a618c88e359e2c501141f89a06bedc0de1adc8590f8a7a3380c0cf248aab32fe930685ee576605a70a1db601f221fc53"
    ],
    [
      "v2/auth/r/order/tBTCUSD:123456/trades",
      "{}",
      "1c68cd2561f012f0330ddf0b1112747b6325afa7557ae651b63568dd3eb4c5c25d82effda7688f3b725e6ac6b6da18fe"
    ]
  ] as const

  it.effect.each(vectors)("signs %s %s as the test vectors say", ([path, body, signature]) =>
    Effect.gen(function*() {
      const auth = yield* Auth.Auth
      assert.deepStrictEqual(yield* auth.headers({ path, body }), {
        "bfx-nonce": "1700000000000000",
        "bfx-apikey": "demo-key",
        "bfx-signature": signature
      })
    }).pipe(Effect.provide(signing), Effect.provide(fixedNonce)))

  it.effect("signs a login over the payload that it sends, with a new nonce each time", () =>
    Effect.gen(function*() {
      const auth = yield* Auth.Auth
      const first = yield* auth.login
      const second = yield* auth.login
      assert.isTrue("authNonce" in first && "authNonce" in second && first.authNonce < second.authNonce)
      if (!("authNonce" in first)) return
      assert.strictEqual(first.authPayload, `AUTH${first.authNonce}`)
      assert.strictEqual(first.authSig, Auth.sign(demo.apiSecret, first.authPayload))
      assert.deepStrictEqual(Object.keys(first).sort(), ["apiKey", "authNonce", "authPayload", "authSig"])
    }).pipe(Effect.provide(signing), Effect.provide(Nonce.layerMemory)))

  it.effect("sends a token in place of key and signature", () =>
    Effect.gen(function*() {
      const auth = yield* Auth.Auth
      assert.deepStrictEqual(yield* auth.headers({ path: "v2/auth/r/wallets", body: "{}" }), { "bfx-token": "tok" })
      assert.deepStrictEqual(yield* auth.login, { token: "tok" })
    }).pipe(
      Effect.provide(Auth.layer().pipe(Layer.provide(Credentials.layer({ token: Redacted.make("tok") })))),
      Effect.provide(Nonce.layerMemory)
    ))

  it.effect("signers of one key that share their nonces share a queue as well", () =>
    Effect.gen(function*() {
      const nonces = yield* Nonce.make
      const build = Effect.flatMap(
        Layer.build(signing.pipe(Layer.provide(Layer.succeed(Nonce.Nonce, nonces)))),
        (context) => Effect.succeed(Context.get(context, Auth.Auth))
      )
      const [one, other] = [yield* build, yield* build]
      const log: Array<string> = []
      const use = (name: string) =>
        Effect.zipRight(Effect.sync(() => log.push(`+${name}`)), Effect.sleep(10)).pipe(
          Effect.zipRight(Effect.sync(() => log.push(`-${name}`)))
        )
      const options = { maxWait: "1 minute", late: () => "late" } as const
      yield* Effect.fork(one.enqueue(use("one"), options))
      yield* Effect.fork(other.enqueue(use("other"), options))
      yield* TestClock.adjust(30)
      assert.deepStrictEqual(log, ["+one", "-one", "+other", "-other"])
    }).pipe(Effect.scoped))

  describe("a place for synchronous code", () => {
    const request = { path: "v2/auth/r/wallets", body: "{}" }

    it.effect("signs with rising nonces, in the queue of the key", () =>
      Effect.gen(function*() {
        const auth = yield* Auth.Auth
        const clock = yield* Effect.clock
        const place = auth.tryEnter()!
        const first = place.sign(clock, request)!
        assert.strictEqual(
          first["bfx-signature"],
          Auth.sign(demo.apiSecret, `/api/v2/auth/r/wallets${first["bfx-nonce"]}{}`)
        )
        assert.isUndefined(auth.tryEnter())
        const waiting = yield* Effect.fork(
          auth.enqueue(auth.headers(request), { maxWait: "1 minute", late: () => "late" as const })
        )
        yield* Effect.yieldNow()
        assert.isNull(waiting.unsafePoll())
        place.leave()
        const second = yield* Fiber.join(waiting)
        const third = auth.tryEnter()!.sign(clock, request)!
        const nonces = [first, second, third].map((headers) => Number(headers["bfx-nonce"]))
        assert.deepStrictEqual(nonces, [nonces[0], nonces[0]! + 1, nonces[0]! + 2])
        assert.strictEqual(auth.lastIdentity()?.generation, 1)
      }).pipe(Effect.provide(signing), Effect.provide(Nonce.layerMemory)))

    it.effect("is not available where credentials are read each time, and does not sign where nonces may wait", () =>
      Effect.gen(function*() {
        const build = (credentials: Layer.Layer<Credentials.Credentials, unknown>) =>
          Effect.provide(Auth.Auth, Auth.layer().pipe(Layer.provide(credentials), Layer.provide(fixedNonce)))
        const clock = yield* Effect.clock
        assert.isUndefined((yield* build(Credentials.layerEffect(Effect.sync(() => demo)))).tryEnter())
        assert.isUndefined((yield* build(Credentials.layer({ token: Redacted.make("tok") }))).tryEnter())
        assert.isUndefined((yield* build(Credentials.layer(demo))).tryEnter()!.sign(clock, request))
      }))
  })

  describe("credentials that change", () => {
    const changing = (source: Ref.Ref<Credentials.Options>) =>
      Auth.layer().pipe(Layer.provide(Credentials.layerEffect(Ref.get(source))), Layer.provideMerge(Nonce.layerMemory))
    const request = { path: "v2/auth/r/wallets", body: "{}" }

    it.effect("sign from the next request on, and are distinguished by fingerprint and generation", () =>
      Effect.gen(function*() {
        const source = yield* Ref.make<Credentials.Options>(demo)
        yield* Effect.gen(function*() {
          const auth = yield* Auth.Auth
          assert.isNull(auth.lastIdentity())
          const [first, second] = [yield* auth.signed(request), yield* auth.signed(request)]
          yield* Ref.set(source, { ...demo, apiKey: Redacted.make("other-key") })
          const third = yield* auth.signed(request)
          assert.deepStrictEqual([first, second, third].map(({ generation }) => generation), [1, 1, 2])
          assert.strictEqual(first.fingerprint, second.fingerprint)
          assert.notStrictEqual(second.fingerprint, third.fingerprint)
          assert.strictEqual(third.headers["bfx-apikey"], "other-key")
          assert.strictEqual(third.headers["bfx-nonce"], String(third.nonce))
          yield* Ref.set(source, { token: Redacted.make("tok") })
          const login = yield* auth.login
          assert.deepStrictEqual(login, { token: "tok" })
          assert.deepStrictEqual(auth.lastIdentity(), yield* auth.identity)
          assert.isFalse(auth.lastIdentity()?.hasNonce)
          // the same key again is another generation: other requests were signed in between
          yield* Ref.set(source, demo)
          const again = yield* auth.signed(request)
          assert.deepStrictEqual([again.fingerprint, again.generation], [first.fingerprint, 4])
          assert.notInclude(JSON.stringify([first, login, again.fingerprint]), "demo-secret")
          assert.notInclude(again.fingerprint, "demo")
        }).pipe(Effect.provide(changing(source)))
      }))

    it.effect("a key that replaces another one waits behind the requests of that one", () =>
      Effect.gen(function*() {
        const source = yield* Ref.make<Credentials.Options>(demo)
        yield* Effect.gen(function*() {
          const auth = yield* Auth.Auth
          const log: Array<string> = []
          const slow = (name: string) =>
            Effect.zipRight(Effect.sync(() => log.push(`+${name}`)), Effect.sleep(10)).pipe(
              Effect.zipRight(Effect.sync(() => log.push(`-${name}`)))
            )
          const options = { maxWait: "1 minute", late: () => "late" } as const
          yield* Effect.fork(auth.enqueue(slow("old"), options))
          yield* Effect.yieldNow()
          yield* Ref.set(source, { ...demo, apiKey: Redacted.make("other-key") })
          yield* Effect.fork(auth.enqueue(slow("new"), options))
          yield* TestClock.adjust(30)
          assert.deepStrictEqual(log, ["+old", "-old", "+new", "-new"])
        }).pipe(Effect.provide(changing(source)))
      }))

    it.effect("a source that fails refuses requests unsent, and shows only the name of its error", () =>
      Effect.gen(function*() {
        const failing = Credentials.layerEffect(Effect.fail({ _tag: "VaultDown", secret: "s3cret" }))
        const error = yield* Effect.flip(
          Effect.flatMap(Auth.Auth, (auth) => auth.headers(request)).pipe(
            Effect.provide(Auth.layer().pipe(Layer.provide([failing, Nonce.layerMemory])))
          )
        )
        assert.strictEqual(error._tag, "AuthenticationFailed")
        assert.include(error.message, "VaultDown")
        assert.notInclude(JSON.stringify(error) + error.message, "s3cret")
      }))

    it.effect("a source that hangs, and that cannot be interrupted, refuses requests unsent after 15 s", () =>
      Effect.gen(function*() {
        const hanging = Credentials.layerEffect(Effect.uninterruptible(Effect.never))
        const refused = yield* Effect.flip(Effect.flatMap(Auth.Auth, (auth) => auth.headers(request))).pipe(
          Effect.provide(Auth.layer().pipe(Layer.provide([hanging, Nonce.layerMemory]))),
          Effect.fork
        )
        yield* TestClock.adjust("15 seconds")
        const error = yield* Fiber.join(refused)
        assert.strictEqual(error._tag, "AuthenticationFailed")
        assert.include(
          error.message,
          "authentication failed (\"the source of the credentials did not answer within 15s"
        )
      }))
  })

  it.effect("shows no secret when printed", () =>
    Effect.gen(function*() {
      const auth = yield* Auth.Auth
      const credentials = yield* Credentials.make(demo)
      const shown = [auth, credentials].map((each) => JSON.stringify(each) + Inspectable.toStringUnknown(each)).join()
      assert.notInclude(shown, "demo-secret")
      assert.notInclude(shown, "demo-key")
    }).pipe(Effect.provide(signing), Effect.provide(Nonce.layerMemory)))
})

describe("Nonce", () => {
  const key = Redacted.make("one")

  it.effect("rises while the clock stands still, and in microseconds with it", () =>
    Effect.gen(function*() {
      const nonce = yield* Nonce.make
      yield* TestClock.setTime(1_700_000_000_000)
      const still = yield* Effect.replicateEffect(nonce.next(key), 3)
      assert.deepStrictEqual(still, [1_700_000_000_000_000, 1_700_000_000_000_001, 1_700_000_000_000_002])
      yield* TestClock.adjust(5)
      assert.strictEqual(yield* nonce.next(key), 1_700_000_000_005_000)
    }))

  it.effect("rises when the clock steps back five minutes", () =>
    Effect.gen(function*() {
      const nonce = yield* Nonce.make
      yield* TestClock.setTime(1_700_000_000_000)
      const before = yield* nonce.next(key)
      yield* TestClock.setTime(1_700_000_000_000 - 300_000)
      const after = yield* Effect.replicateEffect(nonce.next(key), 2)
      assert.deepStrictEqual(after, [before + 1, before + 2])
    }))

  it.effect("counts each key separately", () =>
    Effect.gen(function*() {
      const nonce = yield* Nonce.make
      yield* TestClock.setTime(1000)
      yield* nonce.next(key)
      assert.strictEqual(yield* nonce.next(Redacted.make("two")), 1_000_000)
      assert.strictEqual(yield* nonce.next(Redacted.make("one")), 1_000_001)
    }))

  it.effect("of the process keeps rising across several builds of its layer, separately for each clock", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_700_000_000_000)
      const one = Effect.flatMap(Nonce.Nonce, ({ next }) => next(Redacted.make("key")))
      const built = Effect.provide(one, Layer.fresh(Nonce.layerProcess))
      const nonces = yield* Effect.all([built, built, built], { concurrency: "unbounded" })
      assert.deepStrictEqual(nonces, [1_700_000_000_000_000, 1_700_000_000_000_001, 1_700_000_000_000_002])
      assert.strictEqual(yield* Effect.provide(one, Nonce.layerMemory), 1_700_000_000_000_000)
      const other = { ...(yield* Effect.clock) }
      assert.strictEqual(yield* Effect.withClock(built, other), 1_700_000_000_000_000)
    }))

  it.effect("refuses a nonce beyond the range of the venue", () =>
    Effect.gen(function*() {
      const nonce = yield* Nonce.make
      yield* TestClock.setTime(Number.MAX_SAFE_INTEGER)
      const refused = yield* Effect.flip(nonce.next(key))
      assert.strictEqual(refused.field, "nonce")
      yield* TestClock.setTime(1_700_000_000_000)
      assert.strictEqual(yield* nonce.next(key), 1_700_000_000_000_000)
    }))
})

describe("Credentials", () => {
  const refusals = [
    [{ apiKey: "", apiSecret: "s" }, "apiKey"],
    [{ apiKey: "key\n", apiSecret: "s" }, "apiKey"],
    [{ apiKey: "key", apiSecret: " s" }, "apiSecret"]
  ] as const

  it.effect.each(refusals)("refuses %o without showing it", ([{ apiKey, apiSecret }, field]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Credentials.make({ apiKey: Redacted.make(apiKey), apiSecret: Redacted.make(apiSecret) })
      )
      assert.strictEqual(error.field, field)
      assert.strictEqual(error.value, "<redacted>")
    }))

  const fromEnvironment = (variables: Record<string, string>) =>
    Effect.flatMap(Credentials.Credentials, ({ current }) => current).pipe(
      Effect.provide(Credentials.layerConfig()),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
      Effect.either
    )

  it.effect("come from the environment: a token where there is one, else key and secret", () =>
    Effect.gen(function*() {
      const key = Either.getOrThrow(yield* fromEnvironment({ BFX_API_KEY: "k", BFX_API_SECRET: "s" }))
      assert.isTrue(key._tag === "Key" && Redacted.value(key.apiKey) === "k" && Redacted.value(key.apiSecret) === "s")
      const token = Either.getOrThrow(yield* fromEnvironment({ BFX_TOKEN: "t", BFX_API_KEY: "k", BFX_API_SECRET: "s" }))
      assert.isTrue(token._tag === "Token" && Redacted.value(token.token) === "t")
      assert.isTrue(Either.isLeft(yield* fromEnvironment({ BFX_API_KEY: "k" })))
    }))
})
