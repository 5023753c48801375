/** The demo itself: follows the market, breaks the connection, compares, closes, and returns the result. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
import type { StreamError } from "effect-bitfinex/BitfinexError"
import * as MarketData from "effect-bitfinex/MarketData"
import * as NodeSocket from "effect-bitfinex/NodeSocket"
import type * as Symbols from "effect-bitfinex/protocol/Symbols"
import * as RateLimiter from "effect-bitfinex/RateLimiter"
import * as RestClient from "effect-bitfinex/RestClient"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as State from "./state.ts"

export interface Options {
  readonly symbols: ReadonlyArray<Symbols.TradingSymbol>
  /** undefined: until a signal arrives */
  readonly duration: Duration.Duration | undefined
  /** whether the connection is broken on purpose */
  readonly breaks: boolean
}

export type Needs = MarketData.MarketData | RestClient.RestClient

/** the differences between the fake exchange and Bitfinex */
export interface Venue {
  readonly title: string
  readonly breakConnection: Effect.Effect<void>
  /** the true rows of a book; undefined where they change before they can be compared */
  readonly book: ((symbol: string) => ReadonlyArray<FakeExchange.Row>) | undefined
  readonly connections: Effect.Effect<ReadonlyArray<FakeExchange.Connection>> | undefined
}

/** a fake exchange on this machine */
export const local: Effect.Effect<Venue, never, FakeExchange.FakeExchange> = Effect.map(
  FakeExchange.FakeExchange,
  (exchange) => ({
    title: `fake exchange at ${exchange.socketUrl}`,
    breakConnection: exchange.inject(Fault.Drop.make({ code: 1006 })),
    book: (symbol) => {
      const { asks, bids } = exchange.market.book(symbol, "P0", 25)
      return [...bids, ...asks]
    },
    // the exchange sees the end a little later than we do
    connections: exchange.connections.pipe(
      Effect.repeat({
        until: (all) => all.every(({ state }) => state === "closed"),
        schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo("1 second"))
      }),
      Effect.zipRight(exchange.connections)
    )
  })
)

/** Bitfinex itself, over sockets that the demo can break */
export const live = Effect.gen(function*() {
  const { socket } = yield* BitfinexConfig.BitfinexConfig
  const open = new Set<WebSocket>()
  const sockets = Layer.effect(
    Socket.WebSocketConstructor,
    Effect.map(Socket.WebSocketConstructor, (construct) => (url, protocols) => {
      const socket = construct(url, protocols)
      open.add(socket)
      socket.addEventListener("close", () => open.delete(socket))
      return socket
    })
  ).pipe(Layer.provide(NodeSocket.layer))
  const venue: Venue = {
    title: `Bitfinex at ${socket.url}`,
    breakConnection: Effect.sync(() => {
      for (const socket of open) socket.close(4000, "broken on purpose")
    }),
    book: undefined,
    connections: undefined
  }
  const layer = Layer.mergeAll(RestClient.layer, MarketData.layer).pipe(
    Layer.provide([RateLimiter.layerMemory, FetchHttpClient.layer, sockets])
  )
  return { venue, layer }
})

/** the public side of the fake exchange */
export const localLayer = Bitfinex.layerPublic.pipe(Layer.provide(FakeExchange.layerConfig))

// ---------------------------------------------------------------------------------------------------------------------
// steps
// ---------------------------------------------------------------------------------------------------------------------

const say = (state: Ref.Ref<State.State>, text: string): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) => Ref.update(state, (known) => State.note(known, at, text)))

const fail = (state: Ref.Ref<State.State>, text: string): Effect.Effect<void> =>
  Effect.zipRight(
    Ref.update(state, (known) => ({ ...known, failures: [...known.failures, text] })),
    say(state, text)
  )

/** the elements of all channels of a symbol */
const inputs = (
  symbol: Symbols.TradingSymbol
): ReadonlyArray<Stream.Stream<State.Input, StreamError, MarketData.MarketData>> => {
  const at = 0 // set when the element has come
  return [
    Stream.map(MarketData.ticker(symbol), (event) => ({ kind: "ticker", symbol, at, event })),
    Stream.map(MarketData.trades(symbol), (event) => ({ kind: "trades", symbol, at, event })),
    Stream.map(
      MarketData.candles({ timeframe: "1m", symbol }),
      (event) => ({ kind: "candles", symbol, at, event })
    ),
    Stream.map(MarketData.book({ symbol, prec: "P0", len: 25 }), (event) => ({ kind: "book", symbol, at, event }))
  ]
}

const follow = (state: Ref.Ref<State.State>, symbols: ReadonlyArray<Symbols.TradingSymbol>) =>
  Effect.forEach(
    symbols.flatMap(inputs),
    (stream) =>
      stream.pipe(
        Stream.runForEach((input) =>
          Effect.flatMap(
            Clock.currentTimeMillis,
            (at) => Ref.update(state, (known) => State.receive(known, { ...input, at }))
          )
        ),
        Effect.tapError((error) => fail(state, error.message))
      ),
    { concurrency: "unbounded", discard: true }
  )

const watch = (state: Ref.Ref<State.State>) =>
  Effect.gen(function*() {
    const market = yield* MarketData.MarketData
    yield* Effect.forkScoped(
      Stream.runForEach(market.problems, (problem) =>
        say(state, problem._tag === "Disconnected" ? `${problem.connection} is lost: ${problem.reason}` : problem._tag))
    )
    yield* Stream.runForEach(market.states, (sockets) =>
      Ref.update(state, (known) => ({ ...known, sockets })))
  })

const allLive = (state: Ref.Ref<State.State>): Effect.Effect<void> =>
  Effect.asVoid(
    Effect.repeat(Ref.get(state), { until: State.isLive, schedule: Schedule.spaced("20 millis") })
  )

/** breaks the connection after a third of the time, at the latest after 4 seconds */
const breakOnce = (state: Ref.Ref<State.State>, venue: Venue, duration: Duration.Duration | undefined) =>
  Effect.gen(function*() {
    yield* allLive(state)
    yield* Effect.sleep(Duration.min("4 seconds", Duration.times(duration ?? Duration.infinity, 1 / 3)))
    yield* say(state, "breaking the connection on purpose")
    const at = yield* Clock.currentTimeMillis
    yield* Ref.update(state, (known): State.State => ({ ...known, broken: { at, mendedAt: null } }))
    yield* venue.breakConnection
  })

// ---------------------------------------------------------------------------------------------------------------------
// comparison
// ---------------------------------------------------------------------------------------------------------------------

/** waits until a condition is true, checking it every 50 ms, a limited number of times; returns whether it is */
const becomes = (look: Effect.Effect<boolean>, looks = 40): Effect.Effect<boolean> =>
  Effect.flatMap(
    look,
    (yes) => yes || looks <= 1 ? Effect.succeed(yes) : Effect.delay(becomes(look, looks - 1), "50 millis")
  )

/** compares with the trades of REST since the last comparison */
const compareTrades = (state: Ref.Ref<State.State>, symbol: Symbols.TradingSymbol, last: boolean) =>
  Effect.gen(function*() {
    const rest = yield* RestClient.RestClient
    const tape = (yield* Ref.get(state)).tapes[symbol]!
    if (tape.from === null) return
    // while trading continues, only trades before the newest one from the socket
    const until = last ? Number.POSITIVE_INFINITY : State.settled(tape)
    const trades = yield* rest.trades({ symbol, start: tape.from, limit: 10_000 })
    const due = trades.filter(({ mts }) => mts < until)
    // trades that REST shows may still be in transit on the socket
    yield* becomes(Effect.map(Ref.get(state), (known) => State.missing(known, symbol, due).length === 0))
    yield* Ref.update(state, (known) => State.compared(known, symbol, due, until))
  }).pipe(
    Effect.timeoutFail({ duration: "10 seconds", onTimeout: () => ({ message: "no answer in time" }) }),
    Effect.catchAll(({ message }) => fail(state, `trades of ${symbol} could not be compared: ${message}`))
  )

const rowsOf = (known: State.State, symbol: string): ReadonlyArray<FakeExchange.Row> => {
  const { asks, bids } = known.markets[symbol]!
  return [...bids, ...asks].map(({ amount, count, price }) => [price, count, amount])
}

const compareBook = (
  state: Ref.Ref<State.State>,
  symbol: Symbols.TradingSymbol,
  book: (symbol: string) => ReadonlyArray<FakeExchange.Row>
) =>
  Effect.flatMap(
    becomes(
      Effect.map(Ref.get(state), (known) => JSON.stringify(rowsOf(known, symbol)) === JSON.stringify(book(symbol)))
    ),
    (isEqual) =>
      isEqual
        ? Ref.update(state, (known) => ({ ...known, checkedBooks: known.checkedBooks + 1 }))
        : fail(state, `the book of ${symbol} is not the exchange's`)
  )

const compareAll = (state: Ref.Ref<State.State>, venue: Venue, symbols: ReadonlyArray<Symbols.TradingSymbol>) =>
  Effect.forEach(
    symbols,
    (symbol) =>
      Effect.zipRight(
        compareTrades(state, symbol, true),
        venue.book === undefined ? Effect.void : compareBook(state, symbol, venue.book)
      ),
    { concurrency: "unbounded", discard: true }
  )

/** bounds the remembered data when the demo runs for a long time */
const compareNowAndThen = (state: Ref.Ref<State.State>, symbols: ReadonlyArray<Symbols.TradingSymbol>) =>
  Ref.get(state).pipe(
    Effect.flatMap((known) =>
      State.isLive(known)
        ? Effect.forEach(symbols, (symbol) => compareTrades(state, symbol, false), { discard: true })
        : Effect.void
    ),
    Effect.schedule(Schedule.spaced("1 minute"))
  )

// ---------------------------------------------------------------------------------------------------------------------
// the whole
// ---------------------------------------------------------------------------------------------------------------------

/** Runs the demo until its time is over or `signal` arrives, and closes the sockets with the reason that it returns. */
export const run = Effect.fnUntraced(function*<R>(
  state: Ref.Ref<State.State>,
  venue: Venue,
  options: Options,
  signal: Effect.Effect<string, never, R>
) {
  const { duration, symbols } = options
  const market = yield* MarketData.MarketData
  yield* Effect.forkScoped(watch(state))
  const streams = yield* Effect.forkScoped(follow(state, symbols))
  if (options.breaks) yield* Effect.forkScoped(breakOnce(state, venue, duration))
  yield* Effect.forkScoped(compareNowAndThen(state, symbols))

  const overtime = Effect.gen(function*() {
    if (State.isLive(yield* Ref.get(state))) return
    yield* say(state, "time is over; waits up to 10 s for all channels to be live")
    yield* Effect.timeoutOption(allLive(state), "10 seconds")
  })
  const timer = duration === undefined ? Effect.never : Effect.zipRight(Effect.sleep(duration), overtime)
  const { reason, signalled } = yield* Effect.raceAll([
    Effect.map(signal, (name) => ({ reason: `stopped by ${name}`, signalled: true })),
    Effect.as(timer, { reason: "the demo is over", signalled: false }),
    Effect.as(Fiber.await(streams), { reason: "a stream failed", signalled: false })
  ])
  if (State.isLive(yield* Ref.get(state))) yield* compareAll(state, venue, symbols)
  // the end of the streams is not an interruption
  const last = yield* Ref.get(state)
  yield* Effect.orDie(market.close(1000, reason))
  return { state: last, reason, signalled }
}, Effect.scoped)
