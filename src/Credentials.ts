/**
 * Credentials: a key with its secret, or a token made with them. They are read at each login and at each signed
 * request, so that a replaced key or a renewed token is used from the next one on.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { AuthenticationFailed, InvalidInput } from "./BitfinexError.ts"

/**
 * A key with its secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly _tag: "Key"
  readonly apiKey: Redacted.Redacted
  readonly apiSecret: Redacted.Redacted
}

/**
 * A token of `generateToken`, in place of a key. It expires (by default after 120 s) and may be limited in what it can
 * do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Token {
  readonly _tag: "Token"
  readonly token: Redacted.Redacted
}

/**
 * A source of credentials.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * The credentials to use now. It runs at each login and at each signed request, so a source that costs something
   * keeps its result. Fails with `InvalidInput` when a part of them holds characters that no key has, and with
   * `AuthenticationFailed` if there are none at the moment.
   */
  readonly current: Effect.Effect<Key | Token, AuthenticationFailed | InvalidInput>
}

/**
 * The source of the credentials in use.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Redacted from "effect/Redacted"
 *
 * const Mine = Credentials.layer({ apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") })
 */
export class Credentials extends Context.Tag("effect-bitfinex/Credentials")<Credentials, Service>() {}

/**
 * The parts of credentials.
 *
 * @since 0.1.0
 * @category configuration
 */
export type Options =
  | { readonly apiKey: Redacted.Redacted; readonly apiSecret: Redacted.Redacted; readonly token?: never }
  | { readonly token: Redacted.Redacted; readonly apiKey?: never; readonly apiSecret?: never }

/** the value never shows in an error: it is a secret even when it is a wrong one */
const check = (field: string, secret: unknown): Effect.Effect<void, InvalidInput> => {
  const value = Redacted.isRedacted(secret) ? Redacted.value(secret) : undefined
  const reason = secret === undefined
    ? "give apiKey and apiSecret, or token"
    : typeof value !== "string"
    ? "give a text in Redacted.make, which keeps it out of logs"
    : value === ""
    ? "it is empty; is the environment variable set?"
    : /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : "it holds a blank, a line break or another character that no key has; was it copied with its line end?"
  return reason === undefined
    ? Effect.void
    : Effect.fail(
      new InvalidInput({
        operation: "Credentials",
        field,
        value: secret === undefined ? undefined : "<redacted>",
        reason
      })
    )
}

/**
 * Checks and makes credentials. Fails with `InvalidInput` when a part of them is empty or holds characters that no key
 * has.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Key | Token, InvalidInput> =>
  Effect.gen(function*() {
    if (options.token !== undefined) {
      yield* check("token", options.token)
      return { _tag: "Token", token: options.token } as const
    }
    yield* check("apiKey", options.apiKey)
    yield* check("apiSecret", options.apiSecret)
    return { _tag: "Key", apiKey: options.apiKey, apiSecret: options.apiSecret } as const
  })

const constant = (credentials: Key | Token): Service => ({ current: Effect.succeed(credentials) })

/**
 * Credentials from values, which do not change.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Redacted from "effect/Redacted"
 *
 * const Short = Credentials.layer({ token: Redacted.make("pub:api:…") })
 */
export const layer = (options: Options): Layer.Layer<Credentials, InvalidInput> =>
  Layer.effect(Credentials, Effect.map(make(options), constant))

/** a source that hangs would keep all calls waiting, cancellations included */
const patience = Duration.seconds(15)

/** a failure of the source may carry a secret anywhere but in the name of its error */
const nameOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "an error without a tag"

/**
 * Credentials from an Effect, which runs at each login and at each signed request: it reads the credentials that are
 * valid now, as from a `Ref` in which a key is replaced, or makes a token and caches it for less than its lifetime, as
 * with `Effect.cachedWithTTL`. While it fails, or does not answer within 15 s, requests are refused unsent with
 * `AuthenticationFailed`, and a login waits for the next attempt of the reconnect schedule.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * declare const newToken: Effect.Effect<{ readonly token: Redacted.Redacted }, Error>
 *
 * // a token lives for 120 s by default
 * const Renewed = Layer.unwrapEffect(
 *   Effect.map(Effect.cachedWithTTL(newToken, "100 seconds"), Credentials.layerEffect)
 * )
 */
export const layerEffect = <E, R>(source: Effect.Effect<Options, E, R>): Layer.Layer<Credentials, never, R> =>
  Layer.effect(
    Credentials,
    Effect.map(Effect.context<R>(), (context): Service => ({
      current: source.pipe(
        Effect.provide(context),
        Effect.mapError((error) =>
          new AuthenticationFailed({
            operation: "Credentials",
            code: null,
            text: `the source of the credentials failed with ${nameOf(error)}`
          })
        ),
        Effect.disconnect,
        Effect.timeoutFail({
          duration: patience,
          onTimeout: () =>
            new AuthenticationFailed({
              operation: "Credentials",
              code: null,
              text: `the source of the credentials did not answer within ${Duration.format(patience)}`
            })
        }),
        Effect.flatMap(make)
      )
    }))
  )

/**
 * The settings that `layerConfig` reads by default: `BFX_TOKEN` where it is set, else `BFX_API_KEY` and
 * `BFX_API_SECRET`.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Options> = Config.orElse(
  Config.map(Config.redacted("BFX_TOKEN"), (token): Options => ({ token })),
  () => Config.all({ apiKey: Config.redacted("BFX_API_KEY"), apiSecret: Config.redacted("BFX_API_SECRET") })
)

/**
 * Credentials from configuration, by default from the environment, read once.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Credentials from "effect-bitfinex/Credentials"
 *
 * const FromEnvironment = Credentials.layerConfig()
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<Credentials, ConfigError.ConfigError | InvalidInput> =>
  Layer.effect(Credentials, Effect.map(Effect.flatMap(options, make), constant))
