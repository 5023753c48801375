/**
 * This package on an account, through the public streams of `AccountEvents`: a separate process, so that clients of
 * public data do not load its modules.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as AccountEvents from "../src/AccountEvents.ts"
import * as Auth from "../src/Auth.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as Credentials from "../src/Credentials.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import { key, secret } from "./account.ts"
import { sequence, sums, url } from "./client.ts"
import { consume, run } from "./consume.ts"
import { onFill, onOrder, onWallet } from "./truth.ts"

const layer = AccountEvents.layer().pipe(
  Layer.provide(AccountConnection.layer()),
  Layer.provide(Auth.layer()),
  Layer.provide([
    NodeSocket.layer,
    Nonce.layerMemory,
    RateLimiter.layerMemory,
    Credentials.layer({ apiKey: Redacted.make(key), apiSecret: Redacted.make(secret) })
  ]),
  Layer.provide(BitfinexConfig.layer({ account: { url }, socket: { flags: { sequence, checksum: sequence } } }))
)

run(
  Effect.gen(function*() {
    const events = yield* AccountEvents.AccountEvents
    return sums.flatMap(([orders, fills, wallets]) => [
      consume(events.orders(), onOrder, orders!),
      consume(events.trades(), onFill, fills!),
      consume(events.wallets(), onWallet, wallets!)
    ])
  }),
  layer
)
