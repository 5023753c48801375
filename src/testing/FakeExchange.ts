/**
 * A simulated Bitfinex for tests of bots and clients: a market driven by Clock and a seed, public channels and endpoints
 * as the venue documents them, and faults on demand.
 *
 * There are two ways to reach it. `layerMemory` replaces HTTP and sockets within the process and is deterministic under
 * TestClock; `layerServer` serves the same exchange over real HTTP and WebSocket on this machine, for demos, end-to-end
 * tests and clients in other languages.
 *
 * Its prices follow a simulation and cannot be set. To move them in a test, give another account large balances and let it
 * trade (`account(key)`, `submit`). The simulated traders return to their own price within seconds.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as BitfinexConfig from "../BitfinexConfig.ts"
import * as PlatformSocket from "../internal/platform/socket.ts"
import * as Clocks from "../internal/time/clock.ts"
import * as Symbols from "../protocol/Symbols.ts"
import type * as FakeAccount from "./FakeAccount.ts"
import * as Fault from "./Fault.ts"
import type * as Model from "./internal/account/model.ts"
import type { Setup } from "./internal/account/setup.ts"
import { complaint, setup } from "./internal/account/setup.ts"
import type * as Core from "./internal/exchange/connection.ts"
import type { Exchange } from "./internal/exchange/exchange.ts"
import { makeExchange } from "./internal/exchange/exchange.ts"
import { complaintOf, type Options, type ServerOptions } from "./internal/exchange/options.ts"
import { makeMarket } from "./internal/market/market.ts"
import { makeHttpClient } from "./internal/transport/memoryHttp.ts"
import { MemorySocket } from "./internal/transport/memorySocket.ts"

/**
 * A text frame of a client, as read by the exchange.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientFrame {
  /** the venue's time, ms since the epoch */
  readonly at: number
  /** number of the connection */
  readonly connection: number
  readonly text: string
  /** the parsed text; undefined when it is not JSON */
  readonly json: unknown
}

/**
 * An HTTP request of a client, as read by the exchange.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientRequest {
  /** the venue's time, ms since the epoch */
  readonly at: number
  readonly method: string
  /** path from `/v2` on, as sent */
  readonly path: string
  /** the text after the question mark, as sent */
  readonly query: string
  readonly body: string
  /** the fault that acted on it; undefined when none did */
  readonly fault: Fault.HttpReply["_tag"] | undefined
}

/**
 * A fault that took effect, injected or from the script, with the time at which it acted.
 *
 * @since 0.1.0
 * @category models
 */
export interface MetFault {
  /** the venue's time, ms since the epoch */
  readonly at: number
  /** number of the affected connection; undefined for HTTP */
  readonly connection: number | undefined
  readonly fault: Fault.Fault
}

/**
 * A login on a connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Login {
  readonly userId: number
  /** UUID that the client received in the answer to its login */
  readonly authId: string
  /** words of the filter, as sent; undefined when all events are sent */
  readonly filter: ReadonlyArray<string> | undefined
  /** all orders of the account are cancelled when the connection ends */
  readonly dms: boolean
}

/**
 * One connection, open or closed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  /** from 1, in the order of the upgrade requests */
  readonly id: number
  /** the address that the client requested */
  readonly url: string
  /** `closing`: the exchange has sent a close frame and awaits the answer */
  readonly state: "open" | "halfOpen" | "closing" | "closed"
  /** the side that ended it; undefined while it is open */
  readonly endedBy: "client" | "exchange" | undefined
  /** the code in the client's close frame; 1006 when the transport ended without one, undefined while it is open */
  readonly code: number | undefined
  readonly reason: string | undefined
  /** confirmed channels by ascending id */
  readonly channels: ReadonlyArray<{ readonly chanId: number; readonly name: string }>
  /** the login on it, or at its end; undefined when there is none */
  readonly login: Login | undefined
  /** the client's frames, oldest first */
  readonly frames: ReadonlyArray<ClientFrame>
  /** the number of frames sent to the client */
  readonly sent: number
}

/**
 * Totals since the start.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  /** upgrade requests */
  readonly upgrades: number
  /** upgrades that were refused */
  readonly refused: number
  /** connections that were opened */
  readonly opened: number
  /** frames received */
  readonly frames: number
  /** HTTP requests received */
  readonly requests: number
}

/**
 * A row in the venue's wire format.
 *
 * @since 0.1.0
 * @category models
 */
export type Row = ReadonlyArray<unknown>

/**
 * The state of the market, to compare with a client's view of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarketView {
  readonly symbols: ReadonlyArray<string>
  /** time of the last step, ms since the epoch */
  readonly now: () => number
  /** the ticker's row, as the venue sends it; `Records.TradingTicker.decode` decodes it */
  readonly ticker: (symbol: string) => Row
  /** public trades, newest first */
  readonly trades: (symbol: string, range: { readonly limit?: number }) => ReadonlyArray<Row>
  /** the best `len` rows per side, best first */
  readonly book: (
    symbol: string,
    precision: "P0" | "P1" | "P2" | "P3" | "P4" | "R0",
    len: number
  ) => { readonly bids: ReadonlyArray<Row>; readonly asks: ReadonlyArray<Row> }
  /** bars, newest first; `key` as in `1m:tBTCUSD` */
  readonly candles: (key: string, range: { readonly limit?: number }) => ReadonlyArray<Row>
}

/**
 * The exchange, as seen by tests.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** scheme, host and port for HTTP, without a path */
  readonly restUrl: string
  /** address for sockets */
  readonly socketUrl: string
  /**
   * applies a fault, now or at its next occasion; logs a warning when there is nothing to act on. A value that is not a
   * fault is a defect
   */
  readonly inject: (fault: Fault.Fault) => Effect.Effect<void>
  readonly market: MarketView
  /** the account of a key: `demo-key` unless the options set other accounts. An unknown key is a defect */
  readonly account: (key: string) => Effect.Effect<FakeAccount.View>
  /** connections that were opened, by number */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /** the frames of clients on all connections, oldest first */
  readonly frames: Effect.Effect<ReadonlyArray<ClientFrame>>
  /** the HTTP requests of clients, oldest first */
  readonly requests: Effect.Effect<ReadonlyArray<ClientRequest>>
  /**
   * faults that took effect, oldest first, one entry for each affected connection, frame or request. A fault that is
   * not listed has not acted yet: its time or its occasion is still to come
   */
  readonly faults: Effect.Effect<ReadonlyArray<MetFault>>
  readonly counts: Effect.Effect<Counts>
  /** waits until at least `count` connections are open at once */
  readonly awaitConnections: (count: number) => Effect.Effect<void>
  /** waits until at least `count` channels are confirmed over all open connections, without channel 0 */
  readonly awaitChannels: (count: number) => Effect.Effect<void>
  /** waits until at least `count` open connections are logged in */
  readonly awaitLogins: (count: number) => Effect.Effect<void>
}

/**
 * The fake exchange.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
 * import * as Fault from "effect-bitfinex/testing/Fault"
 * import * as Effect from "effect/Effect"
 *
 * const dropAll = Effect.flatMap(
 *   FakeExchange.FakeExchange,
 *   (exchange) => exchange.inject(Fault.Drop.make({ code: 1006 }))
 * )
 */
export class FakeExchange extends Context.Tag("effect-bitfinex/testing/FakeExchange")<FakeExchange, Service>() {}

/**
 * The server cannot listen: its port is in use, invalid or not permitted. `reason` says how to fix it.
 *
 * @since 0.1.0
 * @category errors
 */
export class PortUnavailable extends Schema.TaggedError<PortUnavailable>("effect-bitfinex/testing/PortUnavailable")(
  "PortUnavailable",
  { host: Schema.String, port: Schema.Number, reason: Schema.String }
) {
  readonly isRetryable = false
  override get message(): string {
    return `FakeExchange.layerServer cannot listen on port ${this.port} of ${this.host}: ${this.reason}`
  }
}

/** the system's error, with advice */
const unavailable = (host: string, port: number, cause: unknown): PortUnavailable => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  const reason = code === "EADDRINUSE"
    ? "another program listens there; choose another port, or 0 for a free one"
    : code === "EACCES"
    ? "the system does not allow it; choose a port above 1023, or 0 for a free one"
    : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
    ? "this machine has no such host; leave it out for 127.0.0.1"
    : String(cause)
  return new PortUnavailable({ host, port, reason })
}

/** the year 2001: a clock before it does not show the real time */
const plausible = 978_307_200_000
const newYear2024 = 1_704_067_200_000

interface Core {
  readonly exchange: Exchange
  readonly view: Setup["view"]
  readonly otherParties: Setup["otherParties"]
}

const makeCore = (options: Options): Effect.Effect<Core, never, Scope.Scope> =>
  Effect.gen(function*() {
    // options are code, so invalid options are a defect of the program
    const problem = complaintOf(options) ?? complaint(options.accounts ?? [])
    if (problem !== undefined) return yield* Effect.dieMessage(problem)
    const clock = yield* Effect.clock
    const now = Clocks.mts(clock)
    const start = options.start ?? (now < plausible ? newYear2024 : now)
    const seed = options.seed ?? 1
    const step = options.step ?? 250
    const symbols = options.symbols ?? ["tBTCUSD", "tETHUSD", "tBTCF0:USTF0", "fUSD"]
    yield* Effect.orDie(Effect.forEach(symbols, Symbols.parse, { discard: true }))
    const market = makeMarket({
      seed,
      start,
      step,
      tradingSymbols: symbols.filter((symbol) => symbol.startsWith("t")),
      fundingSymbols: symbols.filter((symbol) => symbol.startsWith("f")),
      history: options.history ?? 6 * 3_600_000
    })
    const { accounts, eventOrder, fees, rateLimits = false, snapshotDelay } = options
    const { accept, hub, onFault, onStep, otherParties, stop, view } = setup({
      seed,
      market,
      start,
      accounts,
      fees,
      rateLimits,
      eventOrder,
      snapshotDelay
    })
    yield* Effect.addFinalizer(() => Effect.sync(stop))
    const exchange = yield* makeExchange({
      seed,
      market,
      start,
      tick: options.tick ?? Math.min(step, 250),
      latency: options.latency ?? 0,
      channelCap: options.channelCap ?? 30,
      script: options.script ?? [],
      remember: options.remember ?? 10_000,
      account: hub.connect,
      accept,
      onFault,
      onStep
    })
    return { exchange, view, otherParties }
  })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** a test's request that the exchange refuses is a defect of the test */
const done = <A>(act: () => Model.OrRefusal<A>): Effect.Effect<A> =>
  Effect.suspend(() => Either.match(act(), { onLeft: ({ text }) => Effect.dieMessage(text), onRight: Effect.succeed }))

const isOpen = (one: Core.Connection): boolean => one.state() === "open"

const makeService = ({ exchange, otherParties, view }: Core, restUrl: string, socketUrl: string): Service => {
  const frames = (): ReadonlyArray<ClientFrame> =>
    exchange.frames().flatMap(({ at, connection, data }) =>
      typeof data === "string" ? [{ at, connection, text: data, json: parse(data) }] : []
    )
  const connections = (): ReadonlyArray<Connection> => {
    const all = frames()
    return exchange.connections().map((one) => {
      const { by, code, reason } = one.end()
      return {
        id: one.id,
        url: one.url,
        state: one.state(),
        endedBy: by,
        code,
        reason,
        channels: one.venue.channels(),
        login: one.venue.account?.session(),
        frames: all.filter((frame) => frame.connection === one.id),
        sent: one.sent()
      }
    })
  }
  const { book, candles, now, symbols, ticker, trades } = exchange.market
  const open = () => exchange.connections().filter(isOpen)
  return {
    restUrl,
    socketUrl,
    inject: Effect.fn("FakeExchange.inject")((fault) =>
      Either.match(Fault.validateScript([{ after: 0, fault }]), {
        onLeft: ({ message }) => Effect.dieMessage(message),
        onRight: () => exchange.inject(fault)
      })
    ),
    market: { book, candles, now, symbols, ticker, trades },
    account: (key) =>
      Effect.suspend(() => {
        const found = view(key)
        const own = otherParties(key, exchange.now)
        // the message omits the key: it may be a real one
        return found === undefined || own === undefined
          ? Effect.dieMessage("no account of the exchange has this key")
          : Effect.succeed({
            ...found,
            submit: (order) => done(() => own.submit(order)),
            offer: (offer) => done(() => own.offer(offer)),
            cancel: (id) => done(() => own.cancel(id)),
            fill: (id, amount) => done(() => own.fill(id, amount)),
            deposit: (wallet, currency, amount) => done(() => own.deposit(wallet, currency, amount))
          })
      }),
    connections: Effect.sync(connections),
    frames: Effect.sync(frames),
    requests: Effect.sync(exchange.requests),
    faults: Effect.sync(exchange.faults),
    counts: Effect.sync(exchange.counts),
    awaitConnections: Effect.fn("FakeExchange.awaitConnections")((count) =>
      exchange.until(() => open().length >= count)
    ),
    awaitChannels: Effect.fn("FakeExchange.awaitChannels")((count) =>
      exchange.until(() => open().reduce((sum, one) => sum + one.venue.channels().length, 0) >= count)
    ),
    awaitLogins: Effect.fn("FakeExchange.awaitLogins")((count) =>
      exchange.until(() => open().filter((one) => one.venue.account?.session() !== undefined).length >= count)
    )
  }
}

/**
 * An exchange in memory, with an HTTP client and a WebSocket constructor that reach it for every host. Under TestClock the
 * options determine everything that happens.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const exchange = yield* FakeExchange.FakeExchange
 *   return exchange.market.ticker("tBTCUSD")
 * }).pipe(Effect.provide(FakeExchange.layerMemory({ seed: 7 })))
 */
export const layerMemory = (
  options: Options = {}
): Layer.Layer<FakeExchange | HttpClient.HttpClient | Socket.WebSocketConstructor> =>
  Layer.scopedContext(
    Effect.map(makeCore(options), (core) =>
      Context.make(FakeExchange, makeService(core, "http://fake.exchange", "ws://fake.exchange/ws/2")).pipe(
        Context.add(HttpClient.HttpClient, makeHttpClient(core.exchange)),
        Context.add(
          Socket.WebSocketConstructor,
          (url) =>
            PlatformSocket.from(new MemorySocket(core.exchange, url))
        )
      ))
  )

/**
 * The same exchange behind real HTTP (`/v2/…`) and WebSocket (`/ws/2`) on this machine. Needs `@effect/platform-node`.
 * Fails with `PortUnavailable` when it cannot listen there.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
 * import * as Layer from "effect/Layer"
 *
 * Layer.launch(FakeExchange.layerServer({ port: 8080 })).pipe(NodeRuntime.runMain)
 */
export const layerServer = (options: ServerOptions = {}): Layer.Layer<FakeExchange, PortUnavailable> =>
  Layer.scoped(
    FakeExchange,
    Effect.gen(function*() {
      const host = options.host ?? "127.0.0.1"
      // loaded here, so that tests in memory need neither the optional package nor Node's servers
      const { listen } = yield* Effect.promise(() => import("./internal/transport/loopback.ts"))
      // in this order, because the exchange must end and send its close frames before the server ends
      const { port = 0 } = options
      if (!(Number.isInteger(port) && port >= 0 && port < 65_536)) {
        return yield* new PortUnavailable({
          host,
          port,
          reason: "give a whole number from 0, for a free one, to 65535"
        })
      }
      const listening = yield* Effect.catchTag(
        listen({ host, port }),
        "ServeError",
        ({ cause }) => unavailable(host, port, cause)
      )
      const core = yield* makeCore({ snapshotDelay: 2, ...options })
      yield* listening.attach(core.exchange)
      const authority = `${host.includes(":") ? `[${host}]` : host}:${listening.port}`
      return makeService(core, `http://${authority}`, `ws://${authority}/ws/2`)
    })
  )

/**
 * Settings that direct clients to the exchange: all hosts are the exchange's, all other settings are the defaults.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
 * import * as Layer from "effect/Layer"
 *
 * const Local = FakeExchange.layerConfig.pipe(Layer.provideMerge(FakeExchange.layerServer()))
 */
export const layerConfig: Layer.Layer<never, never, FakeExchange> = Layer.unwrapEffect(
  Effect.map(FakeExchange, ({ restUrl, socketUrl }) =>
    BitfinexConfig.layer({
      rest: { publicUrl: restUrl, authUrl: restUrl },
      socket: { url: socketUrl },
      account: { url: socketUrl }
    }))
)

export type { Options, ServerOptions } from "./internal/exchange/options.ts"
