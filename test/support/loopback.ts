/**
 * The layers of a user, on an exchange that listens on this machine.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Bitfinex from "../../src/Bitfinex.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"

type Addresses = Pick<FakeExchange.Service, "restUrl" | "socketUrl">

/** the account `demo` of the exchange at these addresses */
export const demoOn = (
  { restUrl, socketUrl }: Addresses,
  options: Bitfinex.AccountOptions = {},
  settings: BitfinexConfig.Overrides = {}
) =>
  Bitfinex.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }, options).pipe(
    Layer.provide(BitfinexConfig.layer({
      rest: { publicUrl: restUrl, authUrl: restUrl },
      socket: { url: socketUrl, reconnect: Schedule.spaced("100 millis") },
      account: { url: socketUrl }
    }, settings))
  )

/** with an exchange of one symbol behind real sockets, and without a log */
export const served = <A, E>(test: Effect.Effect<A, E, FakeExchange.FakeExchange | Scope.Scope>) =>
  test.pipe(
    Effect.scoped,
    Effect.provide(FakeExchange.layerServer({ history: 60_000, symbols: ["tBTCUSD"] })),
    Effect.provide(Logger.remove(Logger.defaultLogger))
  )
