/**
 * What proves who is calling: a key and its secret, or a token made with them.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { InvalidInput } from "./BitfinexError.ts"

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
 * The credentials in use.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Credentials from "effect-bitfinex/Credentials"
 * import * as Redacted from "effect/Redacted"
 *
 * const Mine = Credentials.layer({ apiKey: Redacted.make("key"), apiSecret: Redacted.make("secret") })
 */
export class Credentials extends Context.Tag("effect-bitfinex/Credentials")<Credentials, Key | Token>() {}

/**
 * What credentials are made of.
 *
 * @since 0.1.0
 * @category configuration
 */
export type Options =
  | { readonly apiKey: Redacted.Redacted; readonly apiSecret: Redacted.Redacted; readonly token?: never }
  | { readonly token: Redacted.Redacted; readonly apiKey?: never; readonly apiSecret?: never }

/** the value never shows in an error: it is a secret even when it is a wrong one */
const check = (field: string, secret: Redacted.Redacted): Effect.Effect<void, InvalidInput> => {
  const value = Redacted.value(secret)
  const reason = value === ""
    ? "it is empty; is the environment variable set?"
    : /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : "it holds a blank, a line break or another character that no key has; was it copied with its line end?"
  return reason === undefined
    ? Effect.void
    : Effect.fail(new InvalidInput({ operation: "Credentials", field, value: "<redacted>", reason }))
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

/**
 * Credentials from values.
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
  Layer.effect(Credentials, make(options))

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
 * Credentials from configuration, by default from the environment.
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
  Layer.effect(Credentials, Effect.flatMap(options, make))
