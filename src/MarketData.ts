/**
 * Public channels as Streams, over as many supervised sockets as they need.
 *
 * A stream subscribes when it starts and unsubscribes when it ends. Equal requests share one channel of the venue, and a
 * stream that joins later begins with the current state. A stream survives reconnects: see `ChannelEvent` for its elements.
 * It fails only if reconnecting cannot help:
 *
 * - `InvalidInput`: the arguments, or the address of the sockets, were refused; nothing was sent
 * - `SubscriptionRejected`: the venue refused (10300 bad symbol, 10302 unknown channel, …)
 * - `ReconnectExhausted`: the reconnect schedule ended (the default one never does)
 * - `UnsupportedVersion`: the server does not speak version 2
 * - `BufferOverflow`: the consumer was too slow, under the policy `fail` only
 *
 * @since 0.1.0
 */
import type * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { StreamError } from "./BitfinexError.ts"
import type { ChannelEvent } from "./ChannelEvent.ts"
import { type Channels, type Control, make as makeStreams, type Streams } from "./internal/socket/channels.ts"
import type { StreamOptions } from "./internal/socket/request.ts"
import * as InPlace from "./internal/stream/inPlace.ts"
import type * as Channel from "./protocol/Channel.ts"
import type * as Param from "./protocol/Param.ts"
import type { DerivativesStatus, Liquidation } from "./protocol/records/Status.ts"
import type * as Symbols from "./protocol/Symbols.ts"
import type { RateLimiter } from "./RateLimiter.ts"

/**
 * One method for each public channel, and methods to watch and control the sockets.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service extends Streams, Control {}

/**
 * Public market data. `close` closes all sockets with a given code and reason, `states` gives the state of each socket.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const watchSockets = Effect.gen(function*() {
 *   const market = yield* MarketData.MarketData
 *   yield* Stream.runForEach(market.states, (states) => Effect.log(states))
 * })
 */
export class MarketData extends Context.Tag("effect-bitfinex/MarketData")<MarketData, Service>() {}

/**
 * Options of a stream: its buffer policy, and a subscription id that you choose (requests with different ids do not share
 * a channel).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends StreamOptions {}

/**
 * Makes the service; its sockets are closed with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Scope.Scope | Socket.WebSocketConstructor | RateLimiter> = makeStreams(
  { service: "MarketData", name: "public", maxSockets: Number.POSITIVE_INFINITY }
)

/**
 * Public market data over the given sockets.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Layer from "effect/Layer"
 *
 * const Live = MarketData.layer.pipe(Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]))
 */
export const layer: Layer.Layer<MarketData, never, Socket.WebSocketConstructor | RateLimiter> = Layer.scoped(
  MarketData,
  make
)

const using = <A, E>(f: (market: Service) => Stream.Stream<A, E>): Stream.Stream<A, E, MarketData> =>
  InPlace.unwrap(Effect.map(MarketData, f))

/**
 * Best prices and the last 24 hours of a symbol: `TradingTicker` for `t…`, `FundingTicker` for `f…`.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-ticker
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = MarketData.ticker("tBTCUSD").pipe(
 *   Stream.runForEach((event) => Effect.log(event))
 * )
 */
export const ticker = <const S extends Symbols.BitfinexSymbol>(
  symbol: S,
  options?: Options
): Stream.Stream<ChannelEvent<Channel.RecordOf<Channels["ticker"], { readonly symbol: S }>>, StreamError, MarketData> =>
  using((market) => market.ticker({ symbol }, options))

/**
 * Trades of a symbol: `PublicTrade` for `t…`, `PublicFundingTrade` for `f…`. Each trade arrives twice with the same id, as
 * `te` at once and as `tu` soon after.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-trades
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = MarketData.trades("tBTCUSD").pipe(
 *   Stream.filter((event) => event._tag === "Update" && event.type === "te"),
 *   Stream.runForEach((event) => Effect.log(event))
 * )
 */
export const trades = <const S extends Symbols.BitfinexSymbol>(
  symbol: S,
  options?: Options
): Stream.Stream<ChannelEvent<Channel.RecordOf<Channels["trades"], { readonly symbol: S }>>, StreamError, MarketData> =>
  using((market) => market.trades({ symbol }, options))

/**
 * Aggregated book of a symbol (`BookEntry` or `FundingBookEntry`), by default P0, 25 levels a side, in real time. A row
 * with count 0 deletes its level.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-books
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * const book = MarketData.book({ symbol: "tBTCUSD", prec: "P0", len: 25 })
 */
export const book = <const A extends Channel.Args<Channels["book"]>>(
  args: Param.Exact<A, keyof Channels["book"]["params"]>,
  options?: Options
): Stream.Stream<ChannelEvent<Channel.RecordOf<Channels["book"], A>>, StreamError, MarketData> =>
  using((market) => market.book<A>(args, options))

/**
 * Book of individual orders (`RawBookEntry` or `RawFundingBookEntry`). A row with price (funding: rate) 0 deletes its
 * order.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-raw-books
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * const orders = MarketData.rawBook({ symbol: "tBTCUSD", len: 100 })
 */
export const rawBook = <const A extends Channel.Args<Channels["rawBook"]>>(
  args: Param.Exact<A, keyof Channels["rawBook"]["params"]>,
  options?: Options
): Stream.Stream<ChannelEvent<Channel.RecordOf<Channels["rawBook"], A>>, StreamError, MarketData> =>
  using((market) => market.rawBook<A>(args, options))

/**
 * Candles of a symbol. The current candle is repeated with each change; for funding symbols `fundingSuffix` names periods.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-candles
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * const minutes = MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" })
 * const funding = MarketData.candles({ timeframe: "1h", symbol: "fUSD", fundingSuffix: "a30:p2:p30" })
 */
export const candles = <const A extends Channel.Args<Channels["candles"]>>(
  args: Param.Exact<A, keyof Channels["candles"]["params"]>,
  options?: Options
): Stream.Stream<ChannelEvent<Channel.RecordOf<Channels["candles"], A>>, StreamError, MarketData> =>
  using((market) => market.candles<A>(args, options))

/**
 * Status of a derivative: prices, funding, open interest.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-status
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * const perpetual = MarketData.derivativesStatus("tBTCF0:USTF0")
 */
export const derivativesStatus = (
  symbol: Symbols.TradingSymbol,
  options?: Options
): Stream.Stream<ChannelEvent<DerivativesStatus>, StreamError, MarketData> =>
  using((market) => market.status({ key: `deriv:${symbol}` }, options))

/**
 * Liquidations of all symbols as they happen. There is no snapshot, so each epoch begins with an empty one.
 *
 * @see https://docs.bitfinex.com/reference/ws-public-status
 * @since 0.1.0
 * @category streams
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 *
 * const liquidations = MarketData.liquidations()
 */
export const liquidations = (
  options?: Options
): Stream.Stream<ChannelEvent<Liquidation>, StreamError, MarketData> =>
  using((market) => market.status({ key: "liq:global" }, options))
