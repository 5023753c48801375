/**
 * Nonces: one strictly rising sequence for each key, shared by REST and sockets.
 *
 * A nonce is a count of microseconds, taken from Clock but always above the one before: it goes on rising when the clock
 * stands still or steps back. The unit is microseconds for good, since the venue keeps the highest nonce of a key for
 * ever: a key that was once used with microseconds is lost to a program that counts milliseconds.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { InvalidInput } from "./BitfinexError.ts"

/**
 * What gives nonces.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * The next nonce of a key. Fails with `InvalidInput` beyond 2^53 - 1, which the clock reaches in the year 2255, and a
   * clock that is wrong by centuries today: such a nonce would make the key useless.
   */
  readonly next: (apiKey: Redacted.Redacted) => Effect.Effect<number, InvalidInput>
}

/**
 * The source of nonces. Use one for all clients of a process.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const one = Effect.gen(function*() {
 *   const nonce = yield* Nonce.Nonce
 *   return yield* nonce.next(Redacted.make("key"))
 * }).pipe(Effect.provide(Nonce.layerMemory))
 */
export class Nonce extends Context.Tag("effect-bitfinex/Nonce")<Nonce, Service>() {}

/**
 * Makes a source that remembers the last nonce of each key for as long as it lives.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service> = Effect.sync(() => {
  const last = new Map<string, number>()
  return {
    next: (apiKey) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const key = Redacted.value(apiKey)
        const nonce = Math.max(Math.floor(now * 1000), (last.get(key) ?? 0) + 1)
        if (!Number.isSafeInteger(nonce)) {
          const reason = "the venue takes no nonce above 2^53 - 1; set the clock of this machine"
          return Effect.fail(new InvalidInput({ operation: "Nonce.next", field: "nonce", value: nonce, reason }))
        }
        last.set(key, nonce)
        return Effect.succeed(nonce)
      })
  }
})

/**
 * A source in memory.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as Layer from "effect/Layer"
 *
 * const Signing = Auth.layer.pipe(Layer.provide(Nonce.layerMemory))
 */
export const layerMemory: Layer.Layer<Nonce> = Layer.effect(Nonce, make)
