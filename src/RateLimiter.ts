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
 * The starts that are counted together: those of a family of endpoints on one host, such as `v2/trades/hist` on `https://api-pub.bitfinex.com`.
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
 * How one start is waited for.
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
   * starts in a pause of the host, unless the pause is for urgent starts too; the limit of the family holds all the same.
   * For cancellations: whether the venue lets them pass is for the venue to say. Default false
   */
  readonly urgent?: boolean
}

/**
 * What the limiter does. A start that has to wait says so: a log line (`Info` from 5 s on, else `Debug`), and the metric
 * `bitfinex_limit_wait_seconds`.
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
   * Waits like `acquire`, but only holds a place while `use` runs: the start is counted when `use` runs the effect that
   * it was given, and not at all when it does not. For requests that wait for something else between their place here
   * and their start. That effect waits through a pause that came up meanwhile, and fails with `RateLimited` when the
   * start would be later than `maxWait`.
   */
  readonly hold: <A, E, R>(
    key: Key,
    limit: Limit,
    options: Options,
    use: (start: Effect.Effect<void, RateLimited>) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | RateLimited, R>
  /** How many starts the limit allows right now, waiting ones not subtracted. 0 during a pause. */
  readonly remaining: (key: Key, limit: Limit) => Effect.Effect<number>
  /**
   * Lets nothing start on a host, or in one family of it, for a time: after a 429. A longer pause stays in force. Urgent
   * starts pass the pause of a host, unless `urgent` says that it is for them too: the venue has refused one of them.
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
  /** the start is counted later, see `hold` */
  readonly holds: boolean
  /** starts in a pause of the host, see `Options` */
  readonly urgent: boolean
  stage: "waits" | "holds" | "done"
  readonly operation: string
  /** ms at which it came */
  readonly since: number
  /** latest start that the caller accepts */
  readonly until: number
  /** done when the waiter has to look again: it came to the front, or was refused */
  wake: Deferred.Deferred<void> | undefined
  refused: RateLimited | undefined
}

interface Bucket {
  readonly host: string
  readonly family: string
  /** when the last starts were, oldest first */
  starts: Array<number>
  /** how many of them any limit can ask for */
  keep: number
  /** places that are held by those that have not started yet */
  held: number
  readonly queue: Array<Waiter>
  pausedUntil: number
}

/** until when nothing starts on a host, ms; `urgent` is for what may pass the other pause */
interface HostPause {
  readonly all: number
  readonly urgent: number
}

interface Books {
  readonly buckets: Map<string, Bucket>
  readonly hostPauses: Map<string, HostPause>
}

const never = Number.NEGATIVE_INFINITY
const noPause: HostPause = { all: never, urgent: never }

/**
 * Milliseconds of a clock that never steps back: a corrected system clock must not open or shut a window.
 */
const withMonotonic = <A, E, R>(f: (now: number) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Clock.clockWith((clock) => f(Clocks.micros(clock) / 1000))

/**
 * The earliest time at which one more start keeps within the limit, after those in `starts`. Those that hold a place may
 * start at any time, so each of them counts as if it did so now: while they take up all places there is no such time.
 */
const earliest = (starts: ReadonlyArray<number>, [count, seconds]: Limit, held = 0): number => {
  const free = Math.max(1, count) - held
  if (free <= 0) return Number.POSITIVE_INFINITY
  return starts.length < free ? never : starts[starts.length - free]! + seconds * 1000
}

/** timers end at 24 days: a longer wait is slept in parts */
const longestSleep = 86_400_000

/** ms from which a wait is logged for everybody to see; a shorter one is logged for debugging */
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

/** when each of the queue would start if none left it, and one more behind them */
const forecast = (
  books: Books,
  bucket: Bucket,
  now: number,
  more?: Pick<Waiter, "limit" | "urgent">
): ReadonlyArray<number> => {
  const starts = bucket.starts.slice(-bucket.keep)
  // at best, those that hold a place start now
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

/** the waiter does not need its place any more, or never got it */
const giveBack = (bucket: Bucket, waiter: Waiter): void => {
  if (waiter.stage === "waits") leave(bucket, waiter)
  if (waiter.stage === "holds") {
    bucket.held--
    wakeFirst(bucket)
  }
  waiter.stage = "done"
}

/** one pass of a waiter: it gets its place, or sleeps until there is something to see */
const pass = (books: Books, bucket: Bucket, waiter: Waiter): Effect.Effect<void, RateLimited> =>
  withMonotonic((now) => {
    const sleeps = (waiter.wake = Later.deferred<void>())
    const wait = bucket.queue[0] === waiter
      ? Math.max(pauseOf(books, bucket, waiter.urgent), earliest(bucket.starts, waiter.limit, bucket.held)) - now
      // it comes to the front when those before it are gone
      : Number.POSITIVE_INFINITY
    // what held places cost was not known when the waiter came
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
      // in a finalizer, what cannot be interrupted would outlive its time
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
  { maxWait = Duration.infinity, operation, urgent = false }: Options & { readonly operation: string }
): Waiter => ({
  limit,
  holds,
  urgent,
  operation,
  stage: "waits",
  since: now,
  until: now + Duration.toMillis(maxWait),
  wake: undefined,
  refused: undefined
})

/** waits for a place; the caller sees to `giveBack` when this is interrupted */
const place = (books: Books, bucket: Bucket, waiter: Waiter, now: number): Effect.Effect<void, RateLimited> => {
  bucket.keep = Math.max(bucket.keep, waiter.limit[0])
  if (
    bucket.queue.length === 0
    && Math.max(pauseOf(books, bucket, waiter.urgent), earliest(bucket.starts, waiter.limit, bucket.held)) <= now
  ) {
    take(bucket, waiter, now)
    return Effect.void
  }
  const at = forecast(books, bucket, now, waiter).at(-1)!
  if (at > waiter.until) return Effect.fail(refusal(waiter.operation, at - now))
  bucket.queue.push(waiter)
  return Effect.zipRight(announce(bucket, waiter, at - now), pass(books, bucket, waiter))
}

/** counts the start of what holds a place, after the pause if there is one */
const start = (books: Books, bucket: Bucket, waiter: Waiter): Effect.Effect<void, RateLimited> =>
  withMonotonic((now) => {
    if (waiter.stage !== "holds") return Effect.void
    const at = Math.max(now, pauseOf(books, bucket, waiter.urgent))
    if (at > waiter.until) return Effect.fail(refusal(waiter.operation, at - now))
    if (at > now) {
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

/** those that wait and will not be served in time hear it now */
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
        return Effect.onInterrupt(
          Effect.suspend(() => place(books, bucket, waiter, now)),
          () => Effect.sync(() => giveBack(bucket, waiter))
        )
      }),
    hold: (key, limit, options, use) =>
      withMonotonic((now) => {
        const bucket = bucketOf(books, key)
        const waiter = waiterOf(limit, true, now, { operation: `RateLimiter.hold ${key.family}`, ...options })
        return Effect.ensuring(
          // taken in here, so that nothing can come between taking a place and seeing to it that it is given back
          Effect.flatMap(
            Effect.suspend(() => place(books, bucket, waiter, now)),
            () => use(start(books, bucket, waiter))
          ),
          Effect.sync(() => giveBack(bucket, waiter))
        )
      }),
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

/** of the whole process, also where it loads this module twice; by the clock that the limiter counts with */
const ofProcess = GlobalValue.globalValue(
  "effect-bitfinex/RateLimiter/ofProcess",
  () => new WeakMap<Clock.Clock, Service>()
)

/**
 * The limiter of this process: all layers built from this one share it, however often they are built, as the venue counts
 * all that comes from one address together. What `Bitfinex` assembles uses it.
 *
 * There is one for each `Clock`, so that tests under a `TestClock` share nothing with one another.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
 *
 * const Client = RestClient.layer.pipe(Layer.provide(RateLimiter.layerProcess))
 */
export const layerProcess: Layer.Layer<RateLimiter> = Layer.effect(
  RateLimiter,
  Clock.clockWith((clock) =>
    // in one step: two fibers that build it at once must get the same
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
 * A separate limiter in memory: each time the layer is built it counts from nothing, and does not see what the rest of
 * the process sends. For tests, and for programs whose traffic leaves by another address.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
 *
 * // a separate limiter in the place of the client's
 * const Client = RestClient.layer.pipe(Layer.provide(RateLimiter.layerMemory))
 */
export const layerMemory: Layer.Layer<RateLimiter> = Layer.effect(RateLimiter, make)
