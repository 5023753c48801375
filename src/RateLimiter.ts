/**
 * Rolling-window limits by host and endpoint family: each request waits here until it may be sent.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as GlobalValue from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { RateLimited } from "./BitfinexError.ts"
import * as Clocks from "./internal/time/clock.ts"
import * as Later from "./internal/time/later.ts"
import { metrics } from "./Metrics.ts"

/**
 * Names the requests that are counted together: those of a family of endpoints on one host, such as `v2/trades/hist` on
 * `https://api-pub.bitfinex.com`. The limiter calls the sending of one request a start.
 *
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly host: string
  readonly family: string
}

/**
 * The number of starts that are allowed in any window of this many seconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Limit = readonly [starts: number, seconds: number]

/**
 * Options of the wait for one start.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** the name that errors and logs show */
  readonly operation?: string
  /** fails with `RateLimited` as soon as the wait is known to exceed this; default no bound */
  readonly maxWait?: Duration.DurationInput
  /**
   * true: does not wait for a pause of the host, unless that pause is for urgent starts too. It still waits for the
   * limit and the pause of its family. For cancellations, which are attempted during a pause: the venue may accept
   * them. Default false
   */
  readonly urgent?: boolean
  /** called before a wait begins, with the ms that it is expected to take */
  readonly onWait?: (millis: number) => void
}

/**
 * A rate limiter. For each start that has to wait it writes a log line (`Info` if the wait is 5 s or more, else
 * `Debug`) and updates the metric `bitfinex_limit_wait_seconds`.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Waits until one more start keeps within the limit, and counts it. Callers of one key are served in the order in
   * which they came; one that is interrupted while it waits leaves its place to the next and is not counted. Fails with
   * `RateLimited` as soon as the wait is known to exceed `maxWait`.
   */
  readonly acquire: (
    key: Key,
    limit: Limit,
    options?: Options
  ) => Effect.Effect<void, RateLimited>
  /**
   * Waits like `acquire`, then reserves a place while `use` runs. The start is counted when `use` runs the effect
   * `start` that it receives; if `use` never runs it, nothing is counted. For requests that must wait for something
   * else between their place here and their sending. If a pause has begun meanwhile, `start` waits until its end, or
   * fails with `RateLimited` if that is beyond `maxWait`.
   */
  readonly hold: <A, E, R>(
    key: Key,
    limit: Limit,
    options: Options,
    use: (start: Effect.Effect<void, RateLimited>) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | RateLimited, R>
  /**
   * Counts a start if there is a place at once, for synchronous code: returns how many more starts the limit allows then,
   * and undefined, without counting, if the start would have to wait. `urgent` as in `Options`.
   */
  readonly tryAcquire: (clock: Clock.Clock, key: Key, limit: Limit, urgent?: boolean) => number | undefined
  /** How many starts the limit allows right now, waiting ones not subtracted. 0 during a pause. */
  readonly remaining: (key: Key, limit: Limit) => Effect.Effect<number>
  /**
   * Pauses a host, or one family of it: nothing starts there for this time. For use after a 429. A longer pause that is
   * in force is kept. Urgent starts ignore the pause of a host, unless it was set with `urgent` (after the venue has
   * refused an urgent request).
   */
  readonly penalize: (
    where: Key | { readonly host: string },
    pause: Duration.DurationInput,
    options?: { readonly urgent?: boolean }
  ) => Effect.Effect<void>
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
 *   return yield* limiter.remaining({ host: "https://api-pub.bitfinex.com", family: "v2/trades/hist" }, [15, 60])
 * })
 */
export class RateLimiter extends Context.Tag("effect-bitfinex/RateLimiter")<RateLimiter, Service>() {}

interface Waiter {
  readonly limit: Limit
  /** whether it only reserves its place and counts its start later, see `hold` */
  readonly holds: boolean
  /** whether it ignores the pause of the host, see `Options` */
  readonly urgent: boolean
  stage: "waits" | "holds" | "done"
  readonly operation: string
  readonly onWait: ((millis: number) => void) | undefined
  /** ms of the monotonic clock at which it began to wait */
  readonly since: number
  /** ms: the latest start that the caller accepts */
  readonly until: number
  /**
   * completed when the waiter has to check again: it came to the front of the queue, a place became free, or it was
   * refused
   */
  wake: Deferred.Deferred<void> | undefined
  refused: RateLimited | undefined
}

interface Bucket {
  readonly host: string
  readonly family: string
  /** times of the last starts, ms, oldest first */
  starts: Array<number>
  /** how many of them have to be kept: the largest number of starts in any limit of this family, at least 1024 */
  keep: number
  /** number of reserved places whose start has not been counted yet */
  held: number
  readonly queue: Array<Waiter>
  pausedUntil: number
}

/** the pauses of a host, each as the ms at which it ends */
interface HostPause {
  /** for starts that are not urgent */
  readonly all: number
  /** for urgent starts */
  readonly urgent: number
}

interface Books {
  readonly buckets: Map<string, Bucket>
  readonly hostPauses: Map<string, HostPause>
}

const never = Number.NEGATIVE_INFINITY
const noPause: HostPause = { all: never, urgent: never }

/**
 * Milliseconds of a clock that never steps back, so that a correction of the system clock does not change a window.
 */
const withMonotonic = <A, E, R>(f: (now: number) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Clock.clockWith((clock) => f(Clocks.micros(clock) / 1000))

/**
 * The earliest time at which one more start keeps within the limit, after those in `starts`. A reserved place may start
 * at any time, so each one counts as a start now. Infinity while reserved places use up the whole limit.
 */
const earliest = (starts: ReadonlyArray<number>, [count, seconds]: Limit, held = 0): number => {
  const free = Math.max(1, count) - held
  if (free <= 0) return Number.POSITIVE_INFINITY
  return starts.length < free ? never : starts[starts.length - free]! + seconds * 1000
}

/** ms. Timers cannot run for longer than 24 days, so a long wait is divided into sleeps of a day */
const longestSleep = 86_400_000

/** ms from which on a wait is logged as `Info`; a shorter one is logged as `Debug` */
const longWait = 5_000

const bucketOf = ({ buckets }: Books, { family, host }: Key): Bucket => {
  const id = `${host} ${family}`
  let bucket = buckets.get(id)
  if (bucket === undefined) {
    bucket = { host, family, starts: [], keep: 1024, held: 0, queue: [], pausedUntil: never }
    buckets.set(id, bucket)
  }
  return bucket
}

const pauseOf = ({ hostPauses }: Books, { host, pausedUntil }: Bucket, urgent: boolean): number => {
  const ofHost = hostPauses.get(host) ?? noPause
  return Math.max(pausedUntil, urgent ? ofHost.urgent : ofHost.all)
}

const count = (bucket: Bucket, now: number): void => {
  bucket.starts.push(now)
  if (bucket.starts.length > 2 * bucket.keep) bucket.starts = bucket.starts.slice(-bucket.keep)
}

/** the times at which the waiters of the queue will start if none of them leaves, and then that of `more` */
const forecast = (
  books: Books,
  bucket: Bucket,
  now: number,
  more?: Pick<Waiter, "limit" | "urgent">
): ReadonlyArray<number> => {
  const starts = bucket.starts.slice(-bucket.keep)
  // reserved places count as if they started now, which is the earliest possible
  for (let i = 0; i < bucket.held; i++) starts.push(now)
  return [...bucket.queue, ...(more === undefined ? [] : [more])].map(({ limit, urgent }) => {
    const from = Math.max(now, pauseOf(books, bucket, urgent))
    const at = Math.max(from, starts[starts.length - 1] ?? from, earliest(starts, limit))
    starts.push(at)
    return at
  })
}

const refusal = (operation: string, wait: number): RateLimited =>
  new RateLimited({
    operation,
    retryAfter: Math.ceil(wait),
    outcome: "unsent",
    text: "refused here, before sending: the wait for this limit would be longer than allowed"
  })

const wake = (waiter: Waiter): void => {
  if (waiter.wake !== undefined) Later.done(waiter.wake, Effect.void)
}

const wakeFirst = ({ queue: [first] }: Bucket): void => {
  if (first !== undefined) wake(first)
}

const leave = (bucket: Bucket, waiter: Waiter): void => {
  const at = bucket.queue.indexOf(waiter)
  if (at < 0) return
  bucket.queue.splice(at, 1)
  if (at === 0) wakeFirst(bucket)
}

const take = (bucket: Bucket, waiter: Waiter, now: number): void => {
  waiter.stage = waiter.holds ? "holds" : "done"
  if (waiter.holds) bucket.held++
  else count(bucket, now)
}

/** the waiter has ended: leaves the queue, or frees the place that it reserved */
const giveBack = (bucket: Bucket, waiter: Waiter): void => {
  if (waiter.stage === "waits") leave(bucket, waiter)
  if (waiter.stage === "holds") {
    bucket.held--
    wakeFirst(bucket)
  }
  waiter.stage = "done"
}

/** one pass of a waiter: takes its place if there is one, otherwise sleeps until the next pass */
const pass = (books: Books, bucket: Bucket, waiter: Waiter): Effect.Effect<void, RateLimited> =>
  withMonotonic((now) => {
    const sleeps = (waiter.wake = Later.deferred<void>())
    const wait = bucket.queue[0] === waiter
      ? Math.max(pauseOf(books, bucket, waiter.urgent), earliest(bucket.starts, waiter.limit, bucket.held)) - now
      // a waiter that is not at the front is woken when it gets there
      : Number.POSITIVE_INFINITY
    // the forecast at arrival assumed that reserved places start at once; they may have taken longer
    if (now > waiter.until) waiter.refused ??= refusal(waiter.operation, Number.isFinite(wait) ? wait : 0)
    if (waiter.refused !== undefined) {
      leave(bucket, waiter)
      return Effect.fail(waiter.refused)
    }
    if (wait <= 0) {
      take(bucket, waiter, now)
      leave(bucket, waiter)
      return waited(bucket, now - waiter.since)
    }
    const sleep = Math.min(longestSleep, Math.ceil(wait), Math.ceil(waiter.until - now) + 1)
    return Effect.zipRight(
      // interruptible, because in a finalizer the timeout could not end the wait otherwise
      Effect.timeoutOption(Effect.interruptible(Deferred.await(sleeps)), Duration.millis(sleep)),
      pass(books, bucket, waiter)
    )
  })

const waits = metrics.limitWaits.metric

const waited = ({ family }: Bucket, millis: number): Effect.Effect<void> =>
  Metric.update(Metric.tagged(waits, "family", family), millis / 1000)

/** logs a wait before it begins */
const announce = ({ family, host }: Bucket, { limit: [starts, seconds], operation }: Waiter, wait: number) =>
  (wait >= longWait ? Effect.logInfo : Effect.logDebug)(
    `${operation} waits ${Duration.format(Duration.millis(Math.ceil(wait)))} for a limit of this SDK: `
      + `${starts} starts in ${seconds} s, or a pause that the venue asked for`
  ).pipe(Effect.annotateLogs({ family, host }))

const waiterOf = (
  limit: Limit,
  holds: boolean,
  now: number,
  { maxWait = Duration.infinity, onWait, operation, urgent = false }: Options & { readonly operation: string }
): Waiter => ({
  limit,
  holds,
  urgent,
  operation,
  onWait,
  stage: "waits",
  since: now,
  until: now + Duration.toMillis(maxWait),
  wake: undefined,
  refused: undefined
})

/** there was a place at once */
const free: Effect.Effect<void> = Effect.void

/** whether a start of this kind has a place now, before all others */
const isFree = (books: Books, bucket: Bucket, limit: Limit, urgent: boolean, now: number): boolean => {
  bucket.keep = Math.max(bucket.keep, limit[0])
  return bucket.queue.length === 0
    && Math.max(pauseOf(books, bucket, urgent), earliest(bucket.starts, limit, bucket.held)) <= now
}

/** takes a place if there is one */
const takeNow = (books: Books, bucket: Bucket, waiter: Waiter, now: number): boolean => {
  if (!isFree(books, bucket, waiter.limit, waiter.urgent, now)) return false
  take(bucket, waiter, now)
  return true
}

/** waits for a place; the caller has to call `giveBack` if this is interrupted */
const place = (books: Books, bucket: Bucket, waiter: Waiter, now: number): Effect.Effect<void, RateLimited> => {
  if (takeNow(books, bucket, waiter, now)) return free
  const at = forecast(books, bucket, now, waiter).at(-1)!
  if (at > waiter.until) return Effect.fail(refusal(waiter.operation, at - now))
  bucket.queue.push(waiter)
  waiter.onWait?.(at - now)
  return Effect.zipRight(announce(bucket, waiter, at - now), pass(books, bucket, waiter))
}

/** counts the start of a waiter that has reserved a place, after the end of a pause if there is one */
const start = (books: Books, bucket: Bucket, waiter: Waiter): Effect.Effect<void, RateLimited> =>
  withMonotonic((now) => {
    if (waiter.stage !== "holds") return Effect.void
    const at = Math.max(now, pauseOf(books, bucket, waiter.urgent))
    if (at > now) {
      if (at > waiter.until) return Effect.fail(refusal(waiter.operation, at - now))
      const sleep = Math.min(longestSleep, Math.ceil(at - now))
      return Effect.zipRight(Effect.sleep(Duration.millis(sleep)), start(books, bucket, waiter))
    }
    count(bucket, now)
    giveBack(bucket, waiter)
    return Effect.void
  })

const left = (books: Books, bucket: Bucket, [starts, seconds]: Limit, now: number): number => {
  if (pauseOf(books, bucket, false) > now) return 0
  let first = bucket.starts.length
  while (first > 0 && bucket.starts[first - 1]! > now - seconds * 1000) first--
  return Math.max(0, starts - (bucket.starts.length - first) - bucket.held)
}

const pause = (
  books: Books,
  where: Key | { readonly host: string },
  until: number,
  urgent: boolean
): void => {
  if ("family" in where) {
    const bucket = bucketOf(books, where)
    bucket.pausedUntil = Math.max(bucket.pausedUntil, until)
    return
  }
  const before = books.hostPauses.get(where.host) ?? noPause
  books.hostPauses.set(where.host, {
    all: Math.max(before.all, until),
    urgent: urgent ? Math.max(before.urgent, until) : before.urgent
  })
}

/** after a pause was set: refuses at once the waiters of a host that can no longer start within their `maxWait` */
const refuseLate = (books: Books, host: string, now: number): void => {
  for (const bucket of books.buckets.values()) {
    if (bucket.host !== host) continue
    forecast(books, bucket, now).forEach((at, place) => {
      const waiter = bucket.queue[place]!
      if (at <= waiter.until || waiter.refused !== undefined) return
      waiter.refused = refusal(waiter.operation, at - now)
      wake(waiter)
    })
  }
}

const unsafeMake = (): Service => {
  const books: Books = { buckets: new Map(), hostPauses: new Map() }
  return {
    acquire: (key, limit, options) =>
      withMonotonic((now) => {
        const bucket = bucketOf(books, key)
        const waiter = waiterOf(limit, false, now, { operation: `RateLimiter.acquire ${key.family}`, ...options })
        // one that need not wait has nothing to give back
        return takeNow(books, bucket, waiter, now) ? free : Effect.onInterrupt(
          Effect.suspend(() => place(books, bucket, waiter, now)),
          () => Effect.sync(() => giveBack(bucket, waiter))
        )
      }),
    hold: (key, limit, options, use) =>
      Effect.uninterruptibleMask((restore) =>
        withMonotonic((now) => {
          const bucket = bucketOf(books, key)
          const waiter = waiterOf(limit, true, now, { operation: `RateLimiter.hold ${key.family}`, ...options })
          const placed = place(books, bucket, waiter, now)
          const used = restore(Effect.suspend(() => use(start(books, bucket, waiter))))
          return Effect.matchCauseEffect(placed === free ? used : Effect.zipRight(restore(placed), used), {
            onFailure: (cause) => {
              giveBack(bucket, waiter)
              return Effect.failCause(cause)
            },
            onSuccess: (value) => {
              giveBack(bucket, waiter)
              return Effect.succeed(value)
            }
          })
        })
      ),
    tryAcquire: (clock, key, limit, urgent = false) => {
      const now = Clocks.micros(clock) / 1000
      const bucket = bucketOf(books, key)
      if (!isFree(books, bucket, limit, urgent, now)) return undefined
      count(bucket, now)
      return left(books, bucket, limit, now)
    },
    remaining: (key, limit) => withMonotonic((now) => Effect.succeed(left(books, bucketOf(books, key), limit, now))),
    penalize: (where, length, options) =>
      withMonotonic((now) => {
        pause(books, where, now + Duration.toMillis(length), options?.urgent ?? false)
        refuseLate(books, where.host, now)
        return Effect.void
      })
  }
}

/**
 * Makes a limiter that keeps its counts in memory.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service> = Effect.sync(unsafeMake)

/** the limiters of the process, by clock; one map even if the process loads this module twice */
const ofProcess = GlobalValue.globalValue(
  "effect-bitfinex/RateLimiter/ofProcess",
  () => new WeakMap<Clock.Clock, Service>()
)

/**
 * The limiter of this process. However often this layer is built, it provides the same limiter, because the venue
 * counts all requests from one address together. The layers of `Bitfinex` use it.
 *
 * There is one limiter for each `Clock`, so that tests under different `TestClock`s do not share counts.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
 *
 * const Client = RestClient.layer.pipe(Layer.provide(RateLimiter.layerProcess))
 */
export const layerProcess: Layer.Layer<RateLimiter> = Layer.effect(
  RateLimiter,
  Clock.clockWith((clock) =>
    // in one synchronous step, so that two fibers that build the layer at the same time get the same limiter
    Effect.sync(() => {
      const known = ofProcess.get(clock)
      if (known !== undefined) return known
      const limiter = unsafeMake()
      ofProcess.set(clock, limiter)
      return limiter
    })
  )
)

/**
 * A separate limiter in memory: each time the layer is built it begins without counts, and it does not count what the
 * rest of the process sends. For tests, and for clients whose requests leave from another address.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
 *
 * // this client does not share the limiter of the process
 * const Client = RestClient.layer.pipe(Layer.provide(RateLimiter.layerMemory))
 */
export const layerMemory: Layer.Layer<RateLimiter> = Layer.effect(RateLimiter, make)
