import type * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import type { Resolution } from "../../src/Command.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as ExitReport from "../../src/ExitReport.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Trading from "../../src/Trading.ts"
import type { Options } from "./account.ts"
import { pass, settle, steady } from "./market.ts"

/** short waits, and no limit on connections that a test would meet */
export const settings = {
  account: {
    commandTimeout: "2 seconds",
    orderSettle: "1 second",
    connectLimit: { count: 100, per: "15 seconds" }
  },
  socket: { reconnect: Schedule.spaced("500 millis") }
} as const

/** an OCO far from the market on both sides, so that both orders rest; the second has a cid of the exchange */
export const pair = {
  type: "EXCHANGE LIMIT",
  symbol: "tBTCUSD",
  amount: "0.1",
  price: 10_000,
  priceOcoStop: 900_000,
  flags: { oco: true }
} as const

/** starts a command and lets it run for a while; its exit, or null if it is still in flight, and then it is interrupted */
export const run = <A, E, R>(command: Effect.Effect<A, E, R>, within: Duration.DurationInput = 0) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(command)
    yield* settle
    yield* pass(within)
    const exit = fiber.unsafePoll()
    if (exit === null) yield* Fiber.interrupt(fiber)
    return exit
  })

/** the outcomes that were published */
export const reported = (resolutions: ReadonlyArray<Resolution>): ReadonlyArray<string> =>
  resolutions.map(({ isLate, outcome }) => isLate ? `late ${outcome._tag}` : outcome._tag)

/** orders of a scope of `cancelOnExit`, the names of its reports, and its end */
export const leaving = (trading: Trading.Service) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const reports: Array<string> = []
    const onReport = ({ _tag }: { readonly _tag: string }) => Effect.sync(() => void reports.push(_tag))
    const orders = yield* Scope.extend(trading.cancelOnExit({ onReport }), scope).pipe(
      Effect.provideService(ExitReport.ExitReports, { watch: () => () => undefined, report: () => Effect.void })
    )
    return { orders, reports, close: Scope.close(scope, Exit.void) }
  })

export interface TradingOptions extends Options {
  /** what stands between the client and the exchange over HTTP */
  readonly http?: Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient>
  /** bytes are delivered though the client resets its socket, as those are that have left the machine */
  readonly isBeyondReset?: boolean
  readonly trading?: Trading.Options
  /** between the exchange and the client */
  readonly gate?: Gate
}

/** Holds frames of the exchange back. */
export interface Gate {
  /** the frames that do not pass, by their text; they keep their order */
  holds: (text: string) => boolean
  /** delivers the frames that were held, in this very moment */
  release: () => void
  /** number of frames that are held */
  held: () => number
}

export const gate = (): Gate => ({ holds: () => false, release: () => undefined, held: () => 0 })

const gated = (socket: any, gate: Gate): void => {
  const held: Array<() => void> = []
  gate.held = () => held.length
  gate.release = () => held.splice(0).forEach((deliver) => deliver())
  const pass = (text: unknown, deliver: () => void): void => {
    if (gate.holds(String(text))) held.push(deliver)
    else deliver()
  }
  // the client's listeners
  const { on } = socket
  socket.on = (type: string, listener: any) =>
    on.call(
      socket,
      type,
      type !== "message" ? listener : (data: any, isBinary: boolean) => pass(data, () => listener(data, isBinary))
    )
}

const sockets = (isBeyondReset: boolean, gate: Gate | undefined) =>
  Layer.effect(
    Socket.WebSocketConstructor,
    Effect.map(Socket.WebSocketConstructor, (construct) => (url, protocols) => {
      const socket = construct(url, protocols)
      if (gate !== undefined) gated(socket, gate)
      return isBeyondReset ? Object.defineProperty(socket, "_socket", { value: undefined }) : socket
    })
  )

/** An exchange in memory with an account, and all services that trade on it. REST calls use another limiter. */
export const layer = (
  {
    account,
    gate,
    http = Layer.context<HttpClient.HttpClient>(),
    isBeyondReset = false,
    settings,
    trading,
    ...options
  }: TradingOptions = {}
) =>
  Layer.mergeAll(Trading.layer(trading), AccountEvents.layer()).pipe(
    Layer.provideMerge(AccountConnection.layer(account)),
    Layer.provideMerge(RestAuthClient.layer()),
    Layer.provideMerge(Auth.layer()),
    Layer.provideMerge(RateLimiter.layerMemory),
    Layer.provide([
      Nonce.layerMemory,
      Credentials.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") })
    ]),
    Layer.provideMerge(http),
    Layer.provide(sockets(isBeyondReset, gate)),
    Layer.provideMerge(
      // a market that does not move, unless a test moves it
      FakeExchange.layerMemory({
        history: 60_000,
        symbols: ["tBTCUSD", "fUSD"],
        step: 86_400_000,
        tick: 250,
        ...options
      })
    ),
    Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "20 millis" } }, settings ?? {})),
    Layer.provideMerge(Logger.remove(Logger.defaultLogger)),
    Layer.orDie
  )

/** the first day of 2024, by both clocks */
export const newYear = 1_704_067_200_000

/** Runs a test with the clocks of both sides in agreement. */
export const inMemory =
  (options?: TradingOptions) =>
  <A, E, R>(test: Effect.Effect<A, E, R | Layer.Layer.Success<ReturnType<typeof layer>>>) =>
    Effect.zipRight(TestClock.setTime(newYear), Effect.provide(test, layer(options)))

/** logged in */
export const live = Effect.gen(function*() {
  const trading = yield* Trading.Trading
  const account = yield* AccountConnection.AccountConnection
  yield* Effect.fork(account.login)
  yield* pass("1 second")
  const exchange = yield* FakeExchange.FakeExchange
  const venue = yield* exchange.account("demo-key")
  return { trading, account, exchange, venue }
})

/** far below the market, so that it rests in the book */
export const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 10000 } as const

/** a market order, which is executed at once */
export const crossing = { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.01" } as const

/** frames of commands that the exchange has read, of one type if given */
export const commandFrames = (type?: string) =>
  Effect.map(
    Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.frames),
    (frames) =>
      frames.filter(({ json }) => Array.isArray(json) && (type === undefined || json[1] === type))
        .map(({ connection, json }) => ({ connection, body: (json as ReadonlyArray<any>)[3] }))
  )
