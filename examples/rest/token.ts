/** A token replaces key and signature for a while; then it is invalidated. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Auth from "effect-bitfinex/Auth"
import * as Credentials from "effect-bitfinex/Credentials"
import * as Nonce from "effect-bitfinex/Nonce"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const program = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const { token } = yield* rest.generateToken({ scope: "api", ttl: 300, caps: ["a", "w"] })
  yield* Console.log(`it prints as ${token}`)

  const wallets = Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => rest.wallets())
  const byToken = wallets.pipe(
    Effect.provide(Layer.provide(RestAuthClient.layer(), RateLimiter.layerProcess)),
    Effect.provide(Auth.layer()),
    Effect.provide([Credentials.layer({ token }), Nonce.layerProcess, FetchHttpClient.layer])
  )
  yield* Console.log(`${(yield* byToken).length} wallets seen with the token`)
  yield* rest.invalidateToken({ token })
  const refused = yield* Effect.flip(byToken)
  yield* Console.log(`after its end: ${refused._tag}`)
})
