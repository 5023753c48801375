/**
 * All services of `Bitfinex.layer` on an exchange in memory, for tests of a bot.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccountConnection from "../AccountConnection.ts"
import * as AccountEvents from "../AccountEvents.ts"
import * as AccountState from "../AccountState.ts"
import * as Auth from "../Auth.ts"
import type { AccountOptions, Services } from "../Bitfinex.ts"
import * as Credentials from "../Credentials.ts"
import * as MarketData from "../MarketData.ts"
import * as Nonce from "../Nonce.ts"
import * as Policies from "../protocol/internal/policies.ts"
import * as RateLimiter from "../RateLimiter.ts"
import * as RestAuthClient from "../RestAuthClient.ts"
import * as RestClient from "../RestClient.ts"
import * as Trading from "../Trading.ts"
import * as FakeExchange from "./FakeExchange.ts"

/**
 * Options of the exchange and of the client.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options extends FakeExchange.Options {
  /** how to log in on the account's socket, and rules for its orders */
  readonly account?: AccountOptions | undefined
  /** default: the demo account of the exchange, `demo-key` and `demo-secret` */
  readonly credentials?: Credentials.Options | undefined
}

const demo: Credentials.Options = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }

/**
 * A client and its exchange, for one test. It runs on Clock, so under TestClock hours pass in seconds. Limits and
 * nonces are not shared with other tests. Invalid options are a defect.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as AccountState from "effect-bitfinex/AccountState"
 * import * as TestClient from "effect-bitfinex/testing/TestClient"
 * import * as Effect from "effect/Effect"
 *
 * const wallets = Effect.gen(function*() {
 *   const { wallets } = yield* AccountState.AccountState
 *   return yield* wallets.synced
 * }).pipe(Effect.provide(TestClient.layer({ seed: 7 })))
 */
export const layer = (
  { account = {}, credentials, ...exchange }: Options = {}
): Layer.Layer<Services | FakeExchange.FakeExchange> => {
  const refused = Policies.refusedAccount("TestClient.layer: account", account)
  if (refused !== undefined) return Layer.die(refused)
  const trading = Trading.layer(Policies.pick(account, "onLate", "postOnly"))
  return Layer.mergeAll(AccountEvents.layer(), AccountState.layer(), trading).pipe(
    Layer.provideMerge(AccountConnection.layer(Policies.pick(account, "dms", "filter"))),
    Layer.provideMerge(
      Layer.mergeAll(RestClient.layer, RestAuthClient.layer(Policies.pick(account, "postOnly")), MarketData.layer)
    ),
    Layer.provideMerge(Auth.layer()),
    Layer.provide([RateLimiter.layerMemory, Nonce.layerMemory, Credentials.layer(credentials ?? demo)]),
    Layer.provideMerge(FakeExchange.layerMemory(exchange)),
    Layer.orDie
  )
}
