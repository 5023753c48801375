/**
 * All modules of the package, each as a namespace.
 *
 * @since 0.1.0
 */

/**
 * The account's socket: one supervised connection to the authenticated host, which logs in, and logs in again whenever it
 * was lost. `AccountEvents`, `AccountState` and `Trading` work on it.
 *
 * It connects when it is first needed and then stays until its scope ends, since what happens to an account is missed by
 * who is away.
 *
 * @since 0.1.0
 */
export * as AccountConnection from "./AccountConnection.ts"

/**
 * What happens to an account, as Streams: one for each family of records.
 *
 * @since 0.1.0
 */
export * as AccountEvents from "./AccountEvents.ts"

/**
 * The state of an account that stays true: open orders, positions, wallets and funding as live views, what happened while
 * the socket was away, and each trade once.
 *
 * @since 0.1.0
 */
export * as AccountState from "./AccountState.ts"

/**
 * Live views of an account as values: what is open or held, and whether that is known.
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
 * What happened to an account while its socket was away.
 *
 * @since 0.1.0
 */
export * as MissedEvent from "./MissedEvent.ts"

/**
 * Assembled layers: everything a program needs, in one line.
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
 * Order books as values: what a book is at one moment, and what can be asked of it.
 *
 * @since 0.1.0
 */
export * as Book from "./Book.ts"

/**
 * What happens when a consumer is slower than its stream: a choice by name, each of them bounded in memory.
 *
 * @since 0.1.0
 */
export * as BufferPolicy from "./BufferPolicy.ts"

/**
 * Public channels as rows of data: what to send, and how to read what comes.
 *
 * @since 0.1.0
 */
export * as Channel from "./protocol/Channel.ts"

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
 * Commands on the account's socket: what the venue answers, how an order goes on, and how an unknown outcome is resolved.
 *
 * @since 0.1.0
 */
export * as Command from "./Command.ts"

/**
 * What proves who is calling: a key and its secret, or a token made with them.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.ts"

/**
 * Amounts, prices and rates as the venue wants them: plain decimal text, never with an exponent.
 *
 * @since 0.1.0
 */
export * as Decimal from "./protocol/Decimal.ts"

/**
 * Endpoints as rows of data. Method, argument and result types, path, limit and decoder all follow from the row.
 *
 * @since 0.1.0
 */
export * as Endpoint from "./protocol/Endpoint.ts"

/**
 * The endpoints of REST as data: what each asks for, and how to decode its answer without a client.
 *
 * @since 0.1.0
 */
export * as Endpoints from "./protocol/Endpoints.ts"

/**
 * The kinds of cell that a positional record is made of: type, Schema, reader and writer of each in one value.
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
 * How everything that this process has of the SDK is doing, in one value: sockets, channels, live books, the account's
 * connection, budgets; and whether that is well, with reasons, for a probe.
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
 * What this SDK counts and measures, as Effect metrics: in `Metric.snapshot`, and in whatever exports that.
 *
 * @since 0.1.0
 */
export * as Metrics from "./Metrics.ts"

/**
 * Sockets on Node: the `WebSocketConstructor` of `@effect/platform` made of the package `ws`.
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
 * Live order books that check themselves: by the venue's checksum, by sequence numbers, and by what no book looks like.
 *
 * @since 0.1.0
 */
export * as OrderBook from "./OrderBook.ts"

/**
 * What became of an order whose submission ended without an answer.
 *
 * @since 0.1.0
 */
export * as OrderOutcome from "./OrderOutcome.ts"

/**
 * Parameters of endpoints and channels: each knows its type, its check and how it is written on the wire.
 *
 * @since 0.1.0
 */
export * as Param from "./protocol/Param.ts"

/**
 * Rolling-window limits by host and endpoint family: each request waits its turn here before it is sent.
 *
 * @since 0.1.0
 */
export * as RateLimiter from "./RateLimiter.ts"

/**
 * Records socket sessions in files that can be played again; secrets are redacted.
 *
 * @since 0.1.0
 */
export * as Recorder from "./Recorder.ts"

/**
 * Recorded socket sessions: what the lines of their files mean, and how to read them.
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
 * What can be watched of a connection: its state, and what went wrong on it without ending it.
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
 * What to make of a stream of trades: each trade once, and candles of any length.
 *
 * @since 0.1.0
 */
export * as Trades from "./Trades.ts"

/**
 * One scoped, supervised socket on the public host, for programs that want to hold the connection in their own hands.
 *
 * @since 0.1.0
 */
export * as WsConnection from "./WsConnection.ts"
