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
import * as GlobalValue from "effect/GlobalValue"
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
 * The source of nonces. One serves all clients of a process: `layerProcess`.
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

const unsafeMake = (): Service => {
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
}

/**
 * Makes a source that remembers the last nonce of each key for as long as it lives.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service> = Effect.sync(unsafeMake)

/** of the whole process, also where it loads this module twice; by the clock that it counts with */
const ofProcess = GlobalValue.globalValue("effect-bitfinex/Nonce/ofProcess", () => new WeakMap<Clock.Clock, Service>())

/**
 * The source of this process: all layers built from this one share it, however often they are built, since the venue
 * knows one highest nonce for each key. What `Bitfinex` assembles uses it.
 *
 * There is one for each `Clock`, so that tests under a `TestClock` share nothing with one another. Programs in several
 * processes need a key each.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as Layer from "effect/Layer"
 *
 * const Signing = Auth.layer().pipe(Layer.provide(Nonce.layerProcess))
 */
export const layerProcess: Layer.Layer<Nonce> = Layer.effect(
  Nonce,
  Clock.clockWith((clock) =>
    // in one step: two fibers that build it at once must get the same
    Effect.sync(() => {
      const known = ofProcess.get(clock)
      if (known !== undefined) return known
      const source = unsafeMake()
      ofProcess.set(clock, source)
      return source
    })
  )
)

/**
 * A source in memory of one's own, which knows nothing of the nonces that the rest of the process has used: for tests.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Auth from "effect-bitfinex/Auth"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as Layer from "effect/Layer"
 *
 * const Signing = Auth.layer().pipe(Layer.provide(Nonce.layerMemory))
 */
export const layerMemory: Layer.Layer<Nonce> = Layer.effect(Nonce, make)
