import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import type { AccountStreamError } from "../../src/BitfinexError.ts"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import type { Fault } from "../../src/testing/Fault.ts"
import * as WsConnection from "../../src/WsConnection.ts"

export type Event = ChannelEvent<any>

/** delays without jitter, so that tests know the exact time */
export const steady = Schedule.union(Schedule.exponential("500 millis"), Schedule.spaced("30 seconds"))

export interface Options extends FakeExchange.Options {
  readonly settings?: BitfinexConfig.Overrides
}

/** An exchange in memory and a client of it. Few symbols and a slow market keep tests fast. */
export const layer = ({ settings, ...options }: Options = {}) =>
  Layer.mergeAll(MarketData.layer, WsConnection.layer).pipe(
    Layer.provide(RateLimiter.layerMemory),
    Layer.provideMerge(FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD", "fUSD"], ...options })),
    Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "20 millis" } }, settings ?? {})),
    Layer.provideMerge(Logger.remove(Logger.defaultLogger))
  )

export const inMemory = (options?: Options) => Effect.provide(layer(options))

/** runs everything that takes no time */
export const settle = TestClock.adjust(0)

export const pass = TestClock.adjust

/** starts an effect, and lets it run as far as it can without time passing; returns a function that reads its exit */
export const begin = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<() => Exit.Exit<A, E> | null, never, R> =>
  Effect.map(Effect.zipLeft(Effect.fork(effect), settle), (fiber) => () => fiber.unsafePoll())

export const inject = (fault: Fault) => Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.inject(fault))

/** A running stream, and its elements so far. */
export interface Consumer {
  /** everything so far */
  readonly events: ReadonlyArray<Event>
  /** elements since the last call */
  readonly take: () => ReadonlyArray<Event>
  /** undefined while it runs */
  readonly exit: () => Exit.Exit<void, AccountStreamError> | undefined
  /** the error it failed with */
  readonly failure: () => AccountStreamError | undefined
  readonly stop: Effect.Effect<void>
}

/** Runs a stream in the background. */
export const start = <R>(stream: Stream.Stream<Event, AccountStreamError, R>) =>
  Effect.gen(function*() {
    const events: Array<Event> = []
    let taken = 0
    const fiber = yield* Effect.forkScoped(Stream.runForEach(stream, (event) => Effect.sync(() => events.push(event))))
    const exit = () => fiber.unsafePoll() ?? undefined
    const consumer: Consumer = {
      events,
      take: () => {
        const out = events.slice(taken)
        taken = events.length
        return out
      },
      exit,
      failure: () => {
        const ended = exit()
        if (ended === undefined || Exit.isSuccess(ended)) return undefined
        return ended.cause._tag === "Fail" ? ended.cause.error : undefined
      },
      stop: Effect.asVoid(Fiber.interrupt(fiber))
    }
    return consumer
  })

/** Collects a stream's elements in the background. */
export const gather = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function*() {
    const all: Array<A> = []
    yield* Effect.forkScoped(Stream.runForEach(stream, (each) => Effect.sync(() => all.push(each))))
    yield* settle
    return all
  })

/** collects the problems of all sockets, such as errors of the venue that match no request */
export const problems = Effect.flatMap(MarketData.MarketData, (market) => gather(market.problems))

/** A consumer that takes elements only on request. */
export const pull = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function*() {
    const gate = yield* Queue.unbounded<void>()
    const events: Array<A> = []
    const fiber = yield* Effect.forkScoped(
      Stream.runForEachChunk(stream, (chunk) =>
        Effect.zipRight(
          Queue.take(gate),
          Effect.sync(() => events.push(...Chunk.toReadonlyArray(chunk)))
        ))
    )
    return {
      events,
      /** lets it continue without requests */
      open: Effect.zipRight(Queue.offerAll(gate, Array.from({ length: 10_000 }, () => undefined)), settle),
      exit: () => fiber.unsafePoll() ?? undefined,
      stop: Effect.asVoid(Fiber.interrupt(fiber))
    }
  })

export const tags = (events: ReadonlyArray<Event>): ReadonlyArray<string> => events.map((event) => event._tag)

/** Snapshots, interruptions and their epochs, such as `Snapshot 1`. */
export const turns = (events: ReadonlyArray<Event>): ReadonlyArray<string> =>
  events.filter(({ _tag }) => _tag === "Snapshot" || _tag === "Interrupted").map(({ _tag, epoch }) =>
    `${_tag} ${epoch}`
  )

/** Whether each epoch begins with a snapshot, and whether nothing of it comes after its end or before its beginning. */
export const inOrder = (events: ReadonlyArray<Event>): boolean => {
  let epoch: number | undefined
  let last = 0
  for (const event of events) {
    if (event._tag === "Snapshot") {
      if (event.epoch < last || (epoch === undefined && event.epoch === last)) return false
      epoch = last = event.epoch
    } else if (epoch !== event.epoch) return false
    else if (event._tag === "Interrupted") epoch = undefined
  }
  return true
}

/** frames that the exchange received, as JSON; only those of this event if given */
export const sent = (event?: string) =>
  Effect.map(
    Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.frames),
    (frames) =>
      frames
        .map(({ json }) => json as { readonly event: string; readonly [field: string]: any })
        .filter((json) => event === undefined || json.event === event)
  )

export const connections = Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.connections)

/** names of the channels on each open connection */
export const openChannels = Effect.map(
  connections,
  (all) => all.filter(({ state }) => state === "open").map(({ channels }) => channels.map(({ name }) => name).sort())
)

/** A service in a scope that the test closes. */
export const closeable = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Effect.gen(function*() {
    const scope = yield* Effect.acquireRelease(Scope.make(), (each, exit) => Scope.close(each, exit))
    const context = yield* Layer.buildWithScope(layer, scope)
    return { context, close: (exit: Exit.Exit<unknown, unknown>) => Scope.close(scope, exit) }
  })

export const serviceOf = <I, S>(tag: Context.Tag<I, S>, context: Context.Context<I>): S => Context.get(context, tag)

export const failureOf = <A, E>(exit: Exit.Exit<A, E>): E | undefined =>
  Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined

export { Option }
