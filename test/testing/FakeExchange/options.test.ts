import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as MarketData from "../../../src/MarketData.ts"
import * as FakeExchange from "../../../src/testing/FakeExchange.ts"
import * as Fault from "../../../src/testing/Fault.ts"
import * as TestClient from "../../../src/testing/TestClient.ts"
import { inMemory, start } from "../../support/market.ts"

/** options as a program without types may pass them */
type Loose = { readonly [name: string]: unknown }

const defect = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<string> =>
  Effect.map(
    Effect.exit(effect),
    (exit) => Exit.isFailure(exit) && Cause.isDie(exit.cause) ? Cause.pretty(exit.cause) : "nothing is wrong with it"
  )

// the cast: these tests pass values that the types forbid
const build = (options: Loose) => Effect.scoped(Layer.build(FakeExchange.layerMemory(options as FakeExchange.Options)))

const refused: ReadonlyArray<readonly [options: Loose, text: string]> = [
  [{ seed: Number.NaN }, "seed is a whole number, not NaN"],
  [{ seed: "seven" }, "seed is a whole number, not \"seven\""],
  [{ seed: "7" }, "seed is a whole number, not \"7\""],
  [{ seed: 1.5 }, "seed is a whole number, not 1.5"],
  [{ step: 0 }, "step is milliseconds, 1 or more, not 0"],
  [{ tick: -250 }, "tick is milliseconds"],
  [{ start: Number.POSITIVE_INFINITY }, "start is milliseconds"],
  [{ history: Number.NaN }, "history is milliseconds"],
  [{ latency: -1 }, "latency is milliseconds, 0 or more, not -1"],
  [{ snapshotDelay: null }, "snapshotDelay is milliseconds"],
  [{ channelCap: 2.5 }, "channelCap is a whole number"],
  [{ rateLimits: 0 }, "rateLimits is 1 or more"],
  [{ remember: 0 }, "remember is 1 or more"],
  [{ fees: { maker: 2 } }, "fees.maker is a fraction"],
  [{ fees: { makr: 0 } }, "there is no option of fees makr; there are maker, taker"],
  [{ eventOrder: "random" }, "eventOrder is tradesFirst or orderFirst, not random"],
  [{ accounts: [{ key: "a", secret: "s", wallet: {} }] }, "there is no option of an account wallet; there are key"],
  [{ accounts: [{ key: "a", secret: "s", wallets: { exchang: { USD: 1 } } }] }, "there is no wallet exchang"],
  [{ accounts: [{ key: "a", secret: "s", permissions: { order: {} } }] }, "there is no permission order"],
  [{ script: [{ after: 1, fault: { _tag: "Earthquake" } }] }, "[0].fault._tag: there is no fault \"Earthquake\""],
  [{ script: {} }, "a script is a list"],
  [{ symbols: ["tBTCUSD", "BTCUSD"] }, "BTCUSD"],
  [{ symbol: ["tBTCUSD"] }, "there is no option symbol; there are seed, start, symbols"]
]

describe("FakeExchange: an invalid option is a defect that names it", () => {
  for (const [options, text] of refused) {
    it.effect(
      JSON.stringify(options, (_, value) => typeof value === "number" ? String(value) : value),
      () => Effect.map(defect(build(options)), (said) => assert.include(said, text))
    )
  }

  it.effect("the client's layer passes them on", () =>
    Effect.gen(function*() {
      const said = yield* defect(Effect.scoped(Layer.build(TestClient.layer({ seed: Number.NaN }))))
      assert.include(said, "seed is a whole number")
    }))

  it.scoped("an invalid port of the server is a typed error: it may come from a command line", () =>
    Effect.gen(function*() {
      for (const port of [-1, 80.5, 65_536, Number.NaN]) {
        const error = yield* Effect.flip(Layer.build(FakeExchange.layerServer({ port, history: 0 })))
        assert.strictEqual(error._tag, "PortUnavailable")
        assert.include(error.message, "to 65535")
      }
      const error = yield* Effect.flip(Layer.build(FakeExchange.layerServer({ host: "192.0.2.1", history: 0 })))
      assert.include(error.message, "this machine has no such host")
    }))
})

describe("FakeExchange: faults that took effect", () => {
  const layer = (script: Fault.Script) => inMemory({ start: 1_704_067_200_000, script })

  it.scoped("only valid faults can be injected", () =>
    Effect.gen(function*() {
      const { faults, inject } = yield* FakeExchange.FakeExchange
      // the cast: a program without types
      const said = yield* defect(inject({ _tag: "Earthquake" } as unknown as Fault.Fault))
      assert.include(said, "there is no fault \"Earthquake\"")
      assert.isEmpty(yield* faults)
    }).pipe(layer([])))

  it.scoped("are listed with their time and connection; faults whose occasion never arose are not listed", () =>
    Effect.gen(function*() {
      const { faults, inject } = yield* FakeExchange.FakeExchange
      const { exit } = yield* start(MarketData.trades("tBTCUSD"))
      yield* TestClock.adjust("5 seconds")
      const lost = Fault.Lose.make({ match: "trades:tBTCUSD" })
      const never = Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid" })
      yield* Effect.forEach([lost, never], inject)
      yield* TestClock.adjust("20 seconds")
      assert.isUndefined(exit())
      const all = yield* faults
      const since = all.map(({ at, connection, fault }) => [at - 1_704_067_200_000, connection, fault] as const)
      assert.deepStrictEqual(since[0], [2000, 1, Fault.Drop.make({ code: 1006 })])
      // it acted on the reconnection
      assert.deepStrictEqual([since[1]?.[2], (since[1]?.[1] ?? 0) > 1], [Fault.Refuse.make({ times: 1 }), true])
      assert.deepStrictEqual(since.filter(([, , fault]) => fault._tag === "Lose").map(([, , fault]) => fault), [lost])
    }).pipe(layer([
      { after: 2000, fault: Fault.Refuse.make({ times: 1 }) },
      { after: 2000, fault: Fault.Drop.make({ code: 1006 }) }
    ])))
})
