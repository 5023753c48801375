/**
 * Signs REST requests and socket logins.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import { BitfinexConfig } from "./BitfinexConfig.ts"
import type { InvalidInput } from "./BitfinexError.ts"
import { Credentials } from "./Credentials.ts"
import * as Turns from "./internal/time/queue.ts"
import { Nonce } from "./Nonce.ts"

/**
 * What is signed of a REST request: the path without a leading slash and without query, and the body byte for byte as it
 * is sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Signable {
  readonly path: string
  readonly body: string
}

/**
 * The fields of a login frame; none of them is a secret, but `authSig` and `token` must not be shown.
 *
 * @since 0.1.0
 * @category models
 */
export type Login =
  | {
    readonly apiKey: string
    readonly authNonce: number
    readonly authPayload: string
    readonly authSig: string
  }
  | { readonly token: string }

/**
 * What signs.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** Whether each request carries a nonce: true for a key, false for a token. */
  readonly hasNonce: boolean
  /**
   * Runs an exchange in its turn: `signedConcurrency` of them at a time, in the order in which they came, so that the
   * nonce that an exchange takes inside its turn cannot be overtaken on the way to the venue. Urgent ones, such as a
   * cancellation, go before those that are not; with `now` one does not wait behind an exchange that hangs. One that
   * waits longer than `maxWait` leaves the queue and fails with `late`. Tokens have no nonce, and their exchanges need
   * not wait.
   */
  readonly inTurn: <A, E, R, E2>(
    exchange: Effect.Effect<A, E, R>,
    options: {
      readonly maxWait: Duration.DurationInput
      readonly late: () => E2
      readonly urgent?: boolean | "now"
    }
  ) => Effect.Effect<A, E | E2, R>
  /** Headers of a signed request, with a nonce of their own at each run. */
  readonly headers: (request: Signable) => Effect.Effect<{ readonly [header: string]: string }, InvalidInput>
  /** Fields of a login frame, with a nonce of their own at each run. */
  readonly login: Effect.Effect<Login, InvalidInput>
}

/**
 * Signatures by the credentials in use.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Effect from "effect/Effect"
 *
 * const signed = Effect.gen(function*() {
 *   const auth = yield* Auth.Auth
 *   return yield* auth.headers({ path: "v2/auth/r/wallets", body: "{}" })
 * })
 */
export class Auth extends Context.Tag("effect-bitfinex/Auth")<Auth, Service>() {}

/**
 * The signature of a text: HMAC-SHA384 in lower-case hex.
 *
 * @see https://docs.bitfinex.com/docs/rest-auth
 * @since 0.1.0
 * @category combinators
 */
export const sign = (secret: Redacted.Redacted, payload: string): string =>
  createHmac("sha384", Redacted.value(secret)).update(payload).digest("hex")

/** queues by what gives the nonces, and by key: signers that were built apart must not overtake one another */
const queues = new WeakMap<object, Map<string, Turns.Turns>>()

const queueOf = (nonces: object, key: string, turns: number): Turns.Turns => {
  const known = queues.get(nonces) ?? new Map<string, Turns.Turns>()
  queues.set(nonces, known)
  const queue = known.get(key) ?? Turns.make(turns)
  known.set(key, queue)
  return queue
}

/**
 * Makes the service. Signers of one key that share their source of nonces share a queue, with the `signedConcurrency` of
 * the first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Credentials | Nonce> = Effect.gen(function*() {
  const credentials = yield* Credentials
  const nonces = yield* Nonce
  if (credentials._tag === "Token") {
    const token = Redacted.value(credentials.token)
    return {
      hasNonce: false,
      inTurn: (exchange) => exchange,
      headers: () => Effect.succeed({ "bfx-token": token }),
      // not `succeed`: an effect that holds its value shows it when it is printed
      login: Effect.sync(() => ({ token }))
    }
  }
  const { apiKey, apiSecret } = credentials
  const key = Redacted.value(apiKey)
  const { signedConcurrency } = yield* BitfinexConfig
  return {
    hasNonce: true,
    inTurn: queueOf(nonces, key, Math.max(1, Math.floor(signedConcurrency))).run,
    headers: ({ body, path }) =>
      Effect.map(nonces.next(apiKey), (nonce) => ({
        "bfx-nonce": String(nonce),
        "bfx-apikey": key,
        "bfx-signature": sign(apiSecret, `/api/${path}${nonce}${body}`)
      })),
    login: Effect.map(nonces.next(apiKey), (authNonce) => {
      const authPayload = `AUTH${authNonce}`
      return { apiKey: key, authNonce, authPayload, authSig: sign(apiSecret, authPayload) }
    })
  }
})

/**
 * Signatures by the credentials of the context, with nonces of the source of the context.
 *
 * A function, since Effect builds one reference once: each call makes a layer for one account, and a constant of your own
 * that holds the result is one account wherever it is used.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as Layer from "effect/Layer"
 *
 * const Signing = Auth.layer().pipe(Layer.provide([Credentials.layerConfig(), Nonce.layerMemory]))
 */
export const layer = (): Layer.Layer<Auth, never, Credentials | Nonce> => Layer.effect(Auth, make)
