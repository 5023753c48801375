/**
 * Rolling-window limits by host and endpoint family: each request waits its turn here before it is sent.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import { RateLimited } from "./BitfinexError.ts"

/**
 * What is counted together: a family of endpoints on one host, such as `v2/trades` on `https://api-pub.bitfinex.com`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly host: string
  readonly family: string
}

/**
 * So many starts in any window of so many seconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Limit = readonly [starts: number, seconds: number]

/**
 * What the limiter does.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Waits until one more start keeps within the limit, and counts it. Callers of one key are served in the order in
   * which they came; one that is interrupted while it waits leaves its place to the next and is not counted. Fails with
   * `RateLimited` as soon as the wait is known to exceed `maxWait` (default: no bound).
   */
  readonly acquire: (
    key: Key,
    limit: Limit,
    options?: { readonly operation?: string; readonly maxWait?: Duration.DurationInput }
  ) => Effect.Effect<void, RateLimited>
  /** How many starts the limit allows right now, those who wait not subtracted. 0 during a pause. */
  readonly remaining: (key: Key, limit: Limit) => Effect.Effect<number>
  /** Lets nothing start on a host, or in one family of it, for a time: after a 429. A longer pause stays in force. */
  readonly penalize: (where: Key | { readonly host: string }, pause: Duration.DurationInput) => Effect.Effect<void>
}

/**
 * The limiter. The venue counts by address, so one limiter serves all clients of a process.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Effect from "effect/Effect"
 *
 * // how many more pages of trades could be asked for now
 * const left = Effect.gen(function*() {
 *   const limiter = yield* RateLimiter.RateLimiter
 *   return yield* limiter.remaining({ host: "https://api-pub.bitfinex.com", family: "v2/trades" }, [15, 60])
 * })
 */
export class RateLimiter extends Context.Tag("effect-bitfinex/RateLimiter")<RateLimiter, Service>() {}

interface Waiter {
  readonly limit: Limit
  readonly operation: string
  /** latest start that the caller accepts */
  readonly until: number
  /** done when the waiter has to look again: it came to the front, or was refused */
  wake: Deferred.Deferred<void>
  refused: RateLimited | undefined
}

interface Bucket {
  readonly host: string
  /** when the last starts were, oldest first */
  starts: Array<number>
  /** how many of them any limit can ask for */
  keep: number
  readonly queue: Array<Waiter>
  pausedUntil: number
}

/**
 * Milliseconds of a clock that never steps back: a corrected system clock must not open or shut a window.
 */
const monotonic = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

/** the earliest time at which one more start keeps within the limit, after those in `starts` */
const earliest = (starts: ReadonlyArray<number>, [count, seconds]: Limit): number =>
  starts.length < count ? Number.NEGATIVE_INFINITY : starts[starts.length - Math.max(1, count)]! + seconds * 1000

/** timers end at 24 days: a longer wait is slept in parts */
const longestSleep = 86_400_000

/**
 * Makes a limiter that keeps its counts in memory.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service> = Effect.sync(() => {
  const buckets = new Map<string, Bucket>()
  const hostPauses = new Map<string, number>()

  const bucketOf = ({ family, host }: Key): Bucket => {
    const id = `${host} ${family}`
    let bucket = buckets.get(id)
    if (bucket === undefined) {
      bucket = { host, starts: [], keep: 1024, queue: [], pausedUntil: Number.NEGATIVE_INFINITY }
      buckets.set(id, bucket)
    }
    return bucket
  }
  const pauseOf = (bucket: Bucket): number =>
    Math.max(bucket.pausedUntil, hostPauses.get(bucket.host) ?? Number.NEGATIVE_INFINITY)

  const count = (bucket: Bucket, now: number): void => {
    bucket.starts.push(now)
    if (bucket.starts.length > 2 * bucket.keep) bucket.starts = bucket.starts.slice(-bucket.keep)
  }

  /** when each of the queue would start if nobody left it, and one more of `limit` behind them */
  const forecast = (bucket: Bucket, now: number, limit?: Limit): ReadonlyArray<number> => {
    const starts = bucket.starts.slice(-bucket.keep)
    const limits = bucket.queue.map((waiter) => waiter.limit)
    if (limit !== undefined) limits.push(limit)
    const from = Math.max(now, pauseOf(bucket))
    return limits.map((each) => {
      const at = Math.max(from, starts[starts.length - 1] ?? from, earliest(starts, each))
      starts.push(at)
      return at
    })
  }

  const refusal = (operation: string, wait: number): RateLimited =>
    new RateLimited({
      operation,
      retryAfter: Math.ceil(wait),
      text: "refused here, before sending: the turn would come later than the longest wait allowed"
    })

  const wakeFirst = (bucket: Bucket): void => {
    const first = bucket.queue[0]
    if (first !== undefined) Deferred.unsafeDone(first.wake, Effect.void)
  }

  const leave = (bucket: Bucket, waiter: Waiter): void => {
    const at = bucket.queue.indexOf(waiter)
    if (at < 0) return
    bucket.queue.splice(at, 1)
    if (at === 0) wakeFirst(bucket)
  }

  /** one look of a waiter: it starts, or sleeps until there is something to see */
  const look = (bucket: Bucket, waiter: Waiter): Effect.Effect<void, RateLimited> =>
    Effect.flatMap(monotonic, (now) => {
      if (waiter.refused !== undefined) {
        leave(bucket, waiter)
        return Effect.fail(waiter.refused)
      }
      const sleeps = (waiter.wake = Deferred.unsafeMake<void>(FiberId.none))
      if (bucket.queue[0] !== waiter) return Effect.zipRight(Deferred.await(sleeps), look(bucket, waiter))
      const wait = Math.max(pauseOf(bucket), earliest(bucket.starts, waiter.limit)) - now
      if (wait <= 0) {
        count(bucket, now)
        leave(bucket, waiter)
        return Effect.void
      }
      return Effect.zipRight(
        Effect.timeoutOption(Deferred.await(sleeps), Duration.millis(Math.min(longestSleep, Math.ceil(wait)))),
        look(bucket, waiter)
      )
    })

  const acquire: Service["acquire"] = (key, limit, options) =>
    Effect.flatMap(monotonic, (now) => {
      const bucket = bucketOf(key)
      bucket.keep = Math.max(bucket.keep, limit[0])
      if (bucket.queue.length === 0 && Math.max(pauseOf(bucket), earliest(bucket.starts, limit)) <= now) {
        count(bucket, now)
        return Effect.void
      }
      const at = forecast(bucket, now, limit).at(-1)!
      const operation = options?.operation ?? `RateLimiter.acquire ${key.family}`
      const until = now + Duration.toMillis(options?.maxWait ?? Duration.infinity)
      if (at > until) return Effect.fail(refusal(operation, at - now))
      const wake = Deferred.unsafeMake<void>(FiberId.none)
      const waiter: Waiter = { limit, operation, until, wake, refused: undefined }
      bucket.queue.push(waiter)
      return Effect.onInterrupt(look(bucket, waiter), () => Effect.sync(() => leave(bucket, waiter)))
    })

  const remaining: Service["remaining"] = (key, limit) =>
    Effect.map(monotonic, (now) => {
      const bucket = bucketOf(key)
      if (pauseOf(bucket) > now) return 0
      const [starts, seconds] = limit
      const used = bucket.starts.filter((start) => start > now - seconds * 1000).length
      return Math.max(0, starts - used)
    })

  const penalize: Service["penalize"] = (where, pause) =>
    Effect.map(monotonic, (now) => {
      const until = now + Duration.toMillis(pause)
      if ("family" in where) {
        const bucket = bucketOf(where)
        bucket.pausedUntil = Math.max(bucket.pausedUntil, until)
      } else {
        hostPauses.set(where.host, Math.max(hostPauses.get(where.host) ?? until, until))
      }
      // those who wait and will not be served in time hear it now
      for (const bucket of buckets.values()) {
        if (bucket.host !== where.host) continue
        forecast(bucket, now).forEach((at, place) => {
          const waiter = bucket.queue[place]!
          if (at <= waiter.until || waiter.refused !== undefined) return
          waiter.refused = refusal(waiter.operation, at - now)
          Deferred.unsafeDone(waiter.wake, Effect.void)
        })
      }
    })

  return { acquire, remaining, penalize }
})

/**
 * A limiter in memory, for one process.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
 *
 * // a limiter of one's own in the place of the client's
 * const Client = RestClient.layerWithoutLimiter.pipe(Layer.provide(RateLimiter.layerMemory))
 */
export const layerMemory: Layer.Layer<RateLimiter> = Layer.effect(RateLimiter, make)
