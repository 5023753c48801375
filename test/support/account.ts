import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import { steady } from "./market.ts"

export interface Options extends FakeExchange.Options {
  readonly settings?: BitfinexConfig.Overrides
  readonly account?: AccountConnection.Options
  readonly key?: string
  readonly secret?: string
  readonly authToken?: string
}

/** An exchange in memory with an account, and the services that use the account's socket. */
export const layer = ({ account, authToken, key, secret, settings, ...options }: Options = {}) => {
  const credentials = authToken === undefined
    ? { apiKey: Redacted.make(key ?? "demo-key"), apiSecret: Redacted.make(secret ?? "demo-secret") }
    : { token: Redacted.make(authToken) }
  return AccountEvents.layer().pipe(
    Layer.provideMerge(AccountConnection.layer(account)),
    Layer.provideMerge(RestAuthClient.layer()),
    Layer.provideMerge(Auth.layer()),
    Layer.provideMerge(RateLimiter.layerMemory),
    Layer.provide([Nonce.layerMemory, Credentials.layer(credentials)]),
    Layer.provideMerge(FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD", "fUSD"], ...options })),
    Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "20 millis" } }, settings ?? {})),
    Layer.provideMerge(Logger.remove(Logger.defaultLogger)),
    Layer.orDie
  )
}

export const inMemory = (options?: Options) => Effect.provide(layer(options))

/** login frames that the exchange has received */
export const logins = Effect.map(
  Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.frames),
  (frames) => frames.flatMap(({ json }) => (json as { event?: unknown } | undefined)?.event === "auth" ? [json] : [])
)

export const view = Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account("demo-key"))
