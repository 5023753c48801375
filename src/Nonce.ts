/**
 * Nonces: one strictly rising sequence for each key, shared by REST and sockets.
 *
 * A nonce is a count of microseconds, taken from Clock but always above the one before: it goes on rising when the
 * clock stands still or steps back. Nonces that are a minute or more ahead of the clock are logged as a warning, which
 * says what a restart will meet. The unit is microseconds for good, since the venue keeps the highest nonce of a key
 * for ever: a key that was once used with microseconds cannot be used by a program that counts milliseconds.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as GlobalValue from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { InvalidInput } from "./BitfinexError.ts"
import * as Clocks from "./internal/time/clock.ts"

/**
 * A source of nonces.
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
  /**
   * The next nonce of a key at once, for synchronous code; undefined, without taking one, if `next` has to be run
   * instead. A source whose `next` waits, for example to store the nonce, leaves it out: then a signed request costs
   * more.
   */
  readonly tryNext?: (clock: Clock.Clock, apiKey: Redacted.Redacted) => number | undefined
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

/** ms by which the nonces of a key may be ahead of the clock before that is logged */
const aheadOf = 60_000

interface Source extends Service {
  /** all nonces of the key from now on are above this one */
  readonly raise: (key: string, floor: number) => void
}

const beyond = (operation: string, field: string, value: number): InvalidInput =>
  new InvalidInput({
    operation,
    field,
    value,
    reason: "the venue takes no nonce above 2^53 - 1; set the clock of this machine"
  })

/** what a restart would meet; logged while it is known how far ahead the nonces are */
const warnAhead = (nonce: number, now: number): Effect.Effect<void> => {
  const ahead = Duration.format(Duration.seconds(Math.round(nonce / 1_000_000 - now / 1000)))
  return Effect.logWarning(
    `The nonces of a key are ${ahead} ahead of the clock, which was set back, or is behind a floor. This program goes on `
      + `above them; one that starts with this key within the next ${ahead} is refused (NonceTooSmall) unless it begins `
      + `above ${nonce}: see Nonce.layerFloor`
  )
}

const unsafeMake = (floor = 0): Source => {
  const last = new Map<string, number>()
  const warned = new Set<string>()
  const nonceAt = (key: string, now: number): number => Math.max(Math.floor(now * 1000), (last.get(key) ?? floor) + 1)
  return {
    tryNext: (clock, apiKey) => {
      const key = Redacted.value(apiKey)
      const now = Clocks.mts(clock)
      const nonce = nonceAt(key, now)
      if (!Number.isSafeInteger(nonce) || nonce / 1000 - now >= aheadOf || warned.has(key)) return undefined
      last.set(key, nonce)
      return nonce
    },
    raise: (key, floor) => {
      last.set(key, Math.max(last.get(key) ?? 0, floor))
    },
    next: (apiKey) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const key = Redacted.value(apiKey)
        const nonce = nonceAt(key, now)
        if (!Number.isSafeInteger(nonce)) return Effect.fail(beyond("Nonce.next", "nonce", nonce))
        last.set(key, nonce)
        if (nonce / 1000 - now < aheadOf) {
          warned.delete(key)
          return Effect.succeed(nonce)
        }
        if (warned.has(key)) return Effect.succeed(nonce)
        warned.add(key)
        return Effect.as(warnAhead(nonce, now), nonce)
      })
  }
}

const checkFloor = (operation: string, floor: number): Effect.Effect<number, InvalidInput> => {
  if (Number.isSafeInteger(floor) && floor >= 0 && floor < Number.MAX_SAFE_INTEGER) return Effect.succeed(floor)
  const reason = "give a whole number of microseconds from 0 to 2^53 - 2, such as the last nonce that was used"
  return Effect.fail(new InvalidInput({ operation, field: "floor", value: floor, reason }))
}

/**
 * Makes a source that remembers the last nonce of each key for as long as it lives.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service> = Effect.sync(() => unsafeMake())

/**
 * The same, with all nonces above `floor` (microseconds). Fails with `InvalidInput` when `floor` is not a nonce.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeAbove = (floor: number): Effect.Effect<Service, InvalidInput> =>
  Effect.map(checkFloor("Nonce.makeAbove", floor), unsafeMake)

/** of the whole process, also where it loads this module twice; by the clock that it counts with */
const ofProcess = GlobalValue.globalValue("effect-bitfinex/Nonce/ofProcess", () => new WeakMap<Clock.Clock, Source>())

const processSource: Effect.Effect<Source> = Clock.clockWith((clock) =>
  // in one step: two fibers that build it at once must get the same
  Effect.sync(() => {
    const known = ofProcess.get(clock)
    if (known !== undefined) return known
    const source = unsafeMake()
    ofProcess.set(clock, source)
    return source
  })
)

/**
 * The source of this process: all layers built from this one share it, however often they are built, since the venue
 * knows one highest nonce for each key. The layers of `Bitfinex` use it.
 *
 * There is one for each `Clock`, so that tests under a `TestClock` share nothing with one another. Programs in several
 * processes need one key each.
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
export const layerProcess: Layer.Layer<Nonce> = Layer.effect(Nonce, processSource)

/**
 * Raises the source of this process: the nonces of one key begin above `floor` (microseconds). For a key whose last
 * nonce lies ahead of the clock, as after a clock that was fast, in place of waiting until the clock has passed it. The
 * floor is the last nonce that was used, or a time that is certainly above it. It provides nothing; give it to the
 * layers that use the key. Fails with `InvalidInput` when `floor` is not a nonce.
 *
 * A nonce that is far ahead stays with the key for good: the next start needs a floor too, until the clock has passed
 * it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import type * as Credentials from "effect-bitfinex/Credentials"
 * import * as Nonce from "effect-bitfinex/Nonce"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const apiKey = Redacted.make("key")
 * // the clock was two hours fast until 2026-11-30 at noon
 * const floor = Date.UTC(2026, 10, 30, 14) * 1000
 * const Account = (credentials: Credentials.Options) =>
 *   Bitfinex.layer(credentials).pipe(Layer.provide(Nonce.layerFloor({ apiKey, floor })))
 */
export const layerFloor = (options: {
  readonly apiKey: Redacted.Redacted
  readonly floor: number
}): Layer.Layer<never, InvalidInput> =>
  Layer.effectDiscard(
    Effect.zipWith(
      checkFloor("Nonce.layerFloor", options.floor),
      processSource,
      (floor, source) => source.raise(Redacted.value(options.apiKey), floor)
    )
  )

/**
 * A separate source in memory, which does not know the nonces that the rest of the process has used: for tests.
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
