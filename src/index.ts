/**
 * All modules of the package, each as a namespace.
 *
 * @since 0.1.0
 */

/**
 * The account's socket: one supervised connection to the authenticated host, which logs in, and logs in again after each
 * reconnect. `AccountEvents`, `AccountState` and `Trading` use it.
 *
 * It connects when it is first needed and stays connected until its scope closes, because events that occur while
 * disconnected are not replayed.
 *
 * @since 0.1.0
 */
export * as AccountConnection from "./AccountConnection.ts"

/**
 * The events of an account as Streams, one for each family of records.
 *
 * @since 0.1.0
 */
export * as AccountEvents from "./AccountEvents.ts"

/**
 * The reconciled state of an account: open orders, positions, wallets and funding as live views, the events missed while
 * disconnected, and each trade once.
 *
 * @since 0.1.0
 */
export * as AccountState from "./AccountState.ts"

/**
 * Live views of an account as values: the open or held records, and whether they are known.
 *
 * @since 0.1.0
 */
export * as AccountView from "./AccountView.ts"

/**
 * Signs REST requests and socket logins.
 *
 * @since 0.1.0
 */
export * as Auth from "./Auth.ts"

/**
 * Events of an account that were missed while its socket was disconnected.
 *
 * @since 0.1.0
 */
export * as MissedEvent from "./MissedEvent.ts"

/**
 * Assembled layers: all services that a program needs, in one line.
 *
 * @since 0.1.0
 */
export * as Bitfinex from "./Bitfinex.ts"

/**
 * Hosts, deadlines, schedules and limits, with defaults that need no configuration.
 *
 * @since 0.1.0
 */
export * as BitfinexConfig from "./BitfinexConfig.ts"

/**
 * Every way in which a call to Bitfinex can fail, as tagged classes.
 *
 * @since 0.1.0
 */
export * as BitfinexError from "./BitfinexError.ts"

/**
 * Order books as immutable values: the state of a book at one moment, and computations on it.
 *
 * @since 0.1.0
 */
export * as Book from "./Book.ts"

/**
 * Backpressure policies: what happens when a consumer is slower than its stream. Each policy is bounded in memory.
 *
 * @since 0.1.0
 */
export * as BufferPolicy from "./BufferPolicy.ts"

/**
 * Public channels as rows of data: how to build requests and decode frames.
 *
 * @since 0.1.0
 */
export * as Channel from "./protocol/Channel.ts"

/**
 * The entry point of a program that trades: it shuts the program down in order, and its exit code says whether an order
 * may be open.
 *
 * @since 0.1.0
 */
export * as BotRuntime from "./BotRuntime.ts"

/**
 * Operators for histories of candles.
 *
 * @since 0.1.0
 */
export * as Candles from "./Candles.ts"

/**
 * The elements of a channel's stream.
 *
 * @since 0.1.0
 */
export * as ChannelEvent from "./ChannelEvent.ts"

/**
 * The public channels as data, for decoding frames without a socket.
 *
 * @since 0.1.0
 */
export * as Channels from "./protocol/Channels.ts"

/**
 * Commands on the account's socket: the venue's acknowledgements, the lifecycle of an order, and unknown outcomes.
 *
 * @since 0.1.0
 */
export * as Command from "./Command.ts"

/**
 * Credentials: a key and its secret, or a token made with them.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.ts"

/**
 * Reports how `Trading.cancelOnExit` ended: whether the orders that it had to cancel may still be open.
 *
 * @since 0.1.0
 */
export * as ExitReport from "./ExitReport.ts"

/**
 * Amounts, prices and rates in the venue's format: plain decimal text, never with an exponent.
 *
 * @since 0.1.0
 */
export * as Decimal from "./protocol/Decimal.ts"

/**
 * Endpoints as rows of data. Method, argument and result types, path, limit and decoder are derived from the row.
 *
 * @since 0.1.0
 */
export * as Endpoint from "./protocol/Endpoint.ts"

/**
 * The REST endpoints as data: their parameters, and how to decode their replies without a client.
 *
 * @since 0.1.0
 */
export * as Endpoints from "./protocol/Endpoints.ts"

/**
 * The kinds of cell in a positional record: type, Schema, reader and writer of each kind in one value.
 *
 * @since 0.1.0
 */
export * as Field from "./protocol/Field.ts"

/**
 * Named bit sets of the venue.
 *
 * @since 0.1.0
 */
export * as Flags from "./protocol/Flags.ts"

/**
 * The health of all services of this SDK in one value: sockets, channels, live books, the account's connection, budgets;
 * and a verdict with reasons, for health probes.
 *
 * @since 0.1.0
 */
export * as Health from "./Health.ts"

/**
 * Positional records: one declaration gives the type, the Schema, the checked decoder and the encoder.
 *
 * @since 0.1.0
 */
export * as Layout from "./protocol/Layout.ts"

/**
 * Public channels as Streams, over as many supervised sockets as they need.
 *
 * @since 0.1.0
 */
export * as MarketData from "./MarketData.ts"

/**
 * The metrics of this SDK, as Effect metrics: they appear in `Metric.snapshot` and in exporters that read it.
 *
 * @since 0.1.0
 */
export * as Metrics from "./Metrics.ts"

/**
 * REST on Node: an `HttpClient` of `@effect/platform` over `node:http` and `node:https`.
 *
 * @since 0.1.0
 */
export * as NodeHttp from "./NodeHttp.ts"

/**
 * REST and sockets through a proxy, on Node: one layer gives the `HttpClient` and the `WebSocketConstructor` that the
 * layers `Bitfinex.…WithoutTransport` need.
 *
 * @since 0.1.0
 */
export * as NodeProxy from "./NodeProxy.ts"

/**
 * Sockets on Node: a `WebSocketConstructor` of `@effect/platform` that uses the package `ws`.
 *
 * @since 0.1.0
 */
export * as NodeSocket from "./NodeSocket.ts"

/**
 * Nonces: one strictly rising sequence for each key, shared by REST and sockets.
 *
 * @since 0.1.0
 */
export * as Nonce from "./Nonce.ts"

/**
 * Live order books that validate themselves: with the venue's checksum, with sequence numbers, and with structural checks.
 *
 * @since 0.1.0
 */
export * as OrderBook from "./OrderBook.ts"

/**
 * The resolved outcome of an order whose submission ended without an acknowledgement.
 *
 * @since 0.1.0
 */
export * as OrderOutcome from "./OrderOutcome.ts"

/**
 * Parameters of endpoints and channels: each has its type, its check and its wire format.
 *
 * @since 0.1.0
 */
export * as Param from "./protocol/Param.ts"

/**
 * All Effect metrics of a program, those of this SDK among them, in the text format of Prometheus.
 *
 * @since 0.1.0
 */
export * as Prometheus from "./Prometheus.ts"

/**
 * Rolling-window rate limits by host and endpoint family: each request waits here for a permit before it is sent.
 *
 * @since 0.1.0
 */
export * as RateLimiter from "./RateLimiter.ts"

/**
 * Records socket sessions in files that can be replayed; secrets are redacted.
 *
 * @since 0.1.0
 */
export * as Recorder from "./Recorder.ts"

/**
 * Recorded socket sessions: the format of their files, and how to read them.
 *
 * @since 0.1.0
 */
export * as Recording from "./Recording.ts"

/**
 * All records of the venue, flat: `Records.PublicTrade` is the layout and the type of a public trade.
 *
 * @since 0.1.0
 */
export * as Records from "./Records.ts"

/**
 * The signed REST endpoints as methods, and their histories as streams.
 *
 * @since 0.1.0
 */
export * as RestAuthClient from "./RestAuthClient.ts"

/**
 * The REST endpoints as methods, and their histories as streams.
 *
 * @since 0.1.0
 */
export * as RestClient from "./RestClient.ts"

/**
 * The state of a connection, and the problems that it detected and recovered from.
 *
 * @since 0.1.0
 */
export * as SocketState from "./SocketState.ts"

/**
 * Symbols as the venue writes them: `t` and a pair, `f` and a currency, or a bare currency code.
 *
 * @since 0.1.0
 */
export * as Symbols from "./protocol/Symbols.ts"

/**
 * Order entry on the account's socket: commands as Effects that always end.
 *
 * @since 0.1.0
 */
export * as Trading from "./Trading.ts"

/**
 * Operators for streams of trades: deduplication, and candles of any interval.
 *
 * @since 0.1.0
 */
export * as Trades from "./Trades.ts"

/**
 * One scoped, supervised socket on the public host, for programs that control the connection themselves.
 *
 * @since 0.1.0
 */
export * as WsConnection from "./WsConnection.ts"
