/**
 * Signs REST requests and socket logins.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { BitfinexConfig } from "./BitfinexConfig.ts"
import type { AuthenticationFailed, InvalidInput } from "./BitfinexError.ts"
import { Credentials, type Key, type Token } from "./Credentials.ts"
import * as Digest from "./internal/platform/digest.ts"
import * as TaskQueue from "./internal/time/queue.ts"
import { Nonce } from "./Nonce.ts"

/**
 * The parts of a REST request that are signed: the path without a leading slash and without query, and the body byte for byte as it
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
 * Names the credentials that signed. A nonce orders only the requests of one key: it proves nothing about a request
 * that other credentials signed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Identity {
  /** whether each request carries a nonce: true for a key, false for a token */
  readonly hasNonce: boolean
  /** 16 hexadecimal digits, derived from the key or token; the same for the same credentials, in every process */
  readonly fingerprint: string
  /** counts the changes of credentials that this service has seen, from 1; it never returns to an earlier number */
  readonly generation: number
}

/**
 * Headers of a signed request, and which credentials signed it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Signed extends Identity {
  readonly headers: { readonly [header: string]: string }
  /** null for a token */
  readonly nonce: number | null
}

/**
 * A place in the queue of a key; see `tryEnter`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** headers of the request, with a new nonce; undefined if the nonce has to wait: then run `headers` */
  readonly sign: (clock: Clock.Clock, request: Signable) => { readonly [header: string]: string } | undefined
  /** gives the place to the next request; call it once */
  readonly leave: () => void
}

/**
 * Signs REST requests and socket logins, and keeps signed requests in order. Credentials are read each time.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** The credentials that would sign now. Fails if there are none at the moment. */
  readonly identity: Effect.Effect<Identity, AuthenticationFailed | InvalidInput>
  /** The credentials that were read last, without reading them again; null before the first time. */
  readonly lastIdentity: () => Identity | null
  /**
   * Runs a request when it reaches the front of the queue of its key: `signedConcurrency` at a time, first come, first
   * served, so that the nonce that a request takes inside cannot be overtaken on the way to the venue. Urgent requests,
   * such as a cancellation, go before the others; with `now` one does not wait behind a request that hangs. A request
   * that waits longer than `maxWait` leaves the queue and fails with `late`. Requests with a token have no nonce and do
   * not wait.
   */
  readonly enqueue: <A, E, R, E2>(
    exchange: Effect.Effect<A, E, R>,
    options: {
      readonly maxWait: Duration.DurationInput
      readonly late: () => E2
      readonly urgent?: boolean | "now"
      /** abandons a request that hangs while one with `now` waits behind it */
      readonly abort?: () => void
    }
  ) => Effect.Effect<A, AuthenticationFailed | E | E2 | InvalidInput, R>
  /**
   * A place in the queue, for synchronous code, if there is one at once. Undefined if the request has to wait, or the
   * credentials have to be read first: then use `enqueue` and `headers`. `abort` as in `enqueue`.
   */
  readonly tryEnter: (abort?: () => void) => Place | undefined
  /** Headers of a signed request, with a new nonce at each run. */
  readonly headers: (
    request: Signable
  ) => Effect.Effect<{ readonly [header: string]: string }, AuthenticationFailed | InvalidInput>
  /** The same, with the credentials that signed. */
  readonly signed: (request: Signable) => Effect.Effect<Signed, AuthenticationFailed | InvalidInput>
  /** Fields of a login frame, with a new nonce at each run. */
  readonly login: Effect.Effect<Login, AuthenticationFailed | InvalidInput>
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
  Digest.hmacSha384(Redacted.value(secret), payload)

/** queues by the source of nonces, and by key: signers that were built apart must not overtake one another */
const queues = new WeakMap<object, Map<string, TaskQueue.TaskQueue>>()

/** the queue of a key; a key that replaces another one takes over its queue, in which requests may be waiting */
const queueOf = (nonces: object, key: string, make: () => TaskQueue.TaskQueue): TaskQueue.TaskQueue => {
  const known = queues.get(nonces) ?? new Map<string, TaskQueue.TaskQueue>()
  queues.set(nonces, known)
  const queue = known.get(key) ?? make()
  known.set(key, queue)
  return queue
}

const secretOf = (credentials: Key | Token): string =>
  Redacted.value(credentials._tag === "Key" ? credentials.apiKey : credentials.token)

const fingerprintOf = (secret: string): string => Digest.sha256(secret).slice(0, 16)

/**
 * Makes the service. Signers of one key that share their source of nonces share a queue, with the `signedConcurrency` of
 * the first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Credentials | Nonce> = Effect.gen(function*() {
  const { current } = yield* Credentials
  const nonces = yield* Nonce
  const { rest } = yield* BitfinexConfig
  const places = Math.max(1, Math.floor(rest.signedConcurrency))
  /** the credentials that were last read; they are kept out of objects, so that printing a signer shows no secret */
  let last: { readonly identity: Identity; readonly is: (secret: string) => boolean } | undefined
  let queue: TaskQueue.TaskQueue | undefined

  const askedWith = (credentials: Key | Token) => {
    const secret = secretOf(credentials)
    if (last === undefined || !last.is(secret)) {
      const generation = (last?.identity.generation ?? 0) + 1
      const hasNonce = credentials._tag === "Key"
      last = {
        identity: { hasNonce, fingerprint: fingerprintOf(secret), generation },
        is: (other) => other === secret
      }
      if (hasNonce) queue = queueOf(nonces, secret, () => queue ?? TaskQueue.make(places))
    }
    return { credentials, identity: last.identity, queue }
  }
  const asked = Effect.map(current, askedWith)
  // Credentials that never change need no asking. The cast: an Exit that is an Effect has the same types
  const constant = Exit.isExit(current) && Exit.isSuccess(current) ? current.value as Key | Token : undefined

  const headersOf = ({ apiKey, apiSecret }: Key, nonce: number, { body, path }: Signable) => ({
    "bfx-nonce": String(nonce),
    "bfx-apikey": Redacted.value(apiKey),
    "bfx-signature": sign(apiSecret, `/api/${path}${nonce}${body}`)
  })

  const signed: Service["signed"] = (request) =>
    Effect.flatMap(asked, ({ credentials, identity }): Effect.Effect<Signed, InvalidInput> => {
      if (credentials._tag === "Token") {
        const headers = { "bfx-token": Redacted.value(credentials.token) }
        return Effect.sync(() => ({ ...identity, headers, nonce: null }))
      }
      return Effect.map(nonces.next(credentials.apiKey), (nonce) => ({
        ...identity,
        nonce,
        headers: headersOf(credentials, nonce, request)
      }))
    })

  const tryEnter: Service["tryEnter"] = (abort) => {
    if (constant === undefined || constant._tag === "Token") return undefined
    const leave = askedWith(constant).queue?.tryEnter(abort)
    return leave === undefined ? undefined : {
      leave,
      sign: (clock, request) => {
        const nonce = nonces.tryNext?.(clock, constant.apiKey)
        return nonce === undefined ? undefined : headersOf(constant, nonce, request)
      }
    }
  }

  const login: Service["login"] = Effect.flatMap(asked, ({ credentials }): Effect.Effect<Login, InvalidInput> => {
    if (credentials._tag === "Token") return Effect.sync(() => ({ token: Redacted.value(credentials.token) }))
    const { apiKey, apiSecret } = credentials
    return Effect.map(nonces.next(apiKey), (authNonce) => {
      const authPayload = `AUTH${authNonce}`
      return { apiKey: Redacted.value(apiKey), authNonce, authPayload, authSig: sign(apiSecret, authPayload) }
    })
  })

  return {
    identity: Effect.map(asked, ({ identity }) => identity),
    lastIdentity: () => last?.identity ?? null,
    enqueue: (exchange, options) =>
      Effect.flatMap(
        asked,
        ({ identity, queue }) => identity.hasNonce && queue !== undefined ? queue.run(exchange, options) : exchange
      ),
    tryEnter,
    headers: (request) => Effect.map(signed(request), ({ headers }) => headers),
    signed,
    login
  }
})

/**
 * Signatures by the credentials of the context, with nonces of the source of the context.
 *
 * This is a function because Effect builds each layer reference once: each call makes a layer for one account, and if
 * you keep the result in a constant, it is the same account wherever you use it.
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
