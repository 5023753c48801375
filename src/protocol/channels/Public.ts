/**
 * The public channels of the socket as a table of rows.
 *
 * @since 0.1.0
 */
import * as Channel from "../Channel.ts"
import * as Endpoint from "../Endpoint.ts"
import * as BookState from "../internal/bookState.ts"
import * as Param from "../Param.ts"
import { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "../records/Book.ts"
import { Candle } from "../records/Candle.ts"
import { PublicFundingTrade, PublicTrade } from "../records/PublicTrade.ts"
import { DerivativesStatus, Liquidation } from "../records/Status.ts"
import { FundingTicker, TradingTicker } from "../records/Ticker.ts"
import * as Symbols from "../Symbols.ts"

/**
 * The key of the channel `status`: the status of one derivative, or the liquidations of all symbols.
 *
 * @since 0.1.0
 * @category models
 */
export type StatusKey = `deriv:${Symbols.TradingSymbol}` | "liq:global"

/**
 * The record of the channel `status` by its key.
 *
 * @since 0.1.0
 * @category models
 */
export interface StatusRecord extends Endpoint.Lambda {
  readonly depends: true
  readonly type: this["args"] extends { readonly key: "liq:global" } ? Liquidation
    : this["args"] extends { readonly key: `deriv:${string}` } ? DerivativesStatus
    : DerivativesStatus | Liquidation
}

const isDerivative = (key: unknown): boolean => typeof key === "string" && key.startsWith("deriv:")

const statusKey = Param.make<StatusKey>({
  kind: "status key",
  check: (value) =>
    value === "liq:global" || (isDerivative(value) && Symbols.isTrading((value as string).slice("deriv:".length)))
      ? undefined
      : "give liq:global, or deriv: and the symbol of a derivative, such as deriv:tBTCF0:USTF0"
})

// sent as text, because the venue acknowledges with text, and the acknowledgement identifies the subscription
const len = Param.optional(Param.make<1 | 25 | 100 | 250 | "1" | "25" | "100" | "250">({
  kind: "len",
  check: Param.oneOf(1, 25, 100, 250, "1", "25", "100", "250").check,
  write: String
}))

/**
 * The public channels. Frames with `[]` are empty snapshots; frames with one row and frames with a list of rows both
 * decode to a list.
 *
 * @since 0.1.0
 * @category channels
 */
export const publicChannels = Channel.table({
  /** Best prices and the last 24 hours of a symbol. Each frame replaces the one before. */
  ticker: Channel.make({
    channel: "ticker",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol
    },
    request: ({ symbol }) => ({ symbol: String(symbol) }),
    record: Endpoint.bySymbol(TradingTicker, FundingTicker),
    state: () => Channel.latest,
    doc: "ws-public-ticker"
  }),

  /**
   * Trades of a symbol, newest first in the snapshot. Each arrives twice with the same id: `te` at once, `tu` later.
   */
  trades: Channel.make({
    channel: "trades",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol
    },
    request: ({ symbol }) => ({ symbol: String(symbol) }),
    record: Endpoint.bySymbol(PublicTrade, PublicFundingTrade),
    state: () => Channel.recent<PublicTrade | PublicFundingTrade>((row) => row.id, 250),
    doc: "ws-public-trades"
  }),

  /** Order book of a symbol by price level. A count of 0 deletes a level. */
  book: Channel.make({
    channel: "book",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol,
      /** how prices are grouped: P0 by 5 significant digits (default) to P4 by 1. REST names it `precision` */
      prec: Param.optional(Param.oneOf("P0", "P1", "P2", "P3", "P4")),
      /** F0 in real time (default), F1 every 2 seconds */
      freq: Param.optional(Param.oneOf("F0", "F1")),
      /** levels per side: 1, 25 (default), 100 or 250 */
      len
    },
    request: ({ freq = "F0", len = 25, prec = "P0", symbol }) => ({
      symbol: String(symbol),
      prec: String(prec),
      freq: String(freq),
      len: String(len)
    }),
    record: Endpoint.bySymbol(BookEntry, FundingBookEntry),
    state: BookState.book,
    doc: "ws-public-books"
  }),

  /** Order book of a symbol with individual orders. A price or rate of 0 deletes an order. */
  rawBook: Channel.make({
    channel: "book",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol,
      /** orders per side: 1, 25 (default), 100 or 250 */
      len
    },
    // whether F1 has an effect on raw books is unknown, so it is not offered
    request: ({ len = 25, symbol }) => ({ symbol: String(symbol), prec: "R0", freq: "F0", len: String(len) }),
    record: Endpoint.bySymbol(RawBookEntry, RawFundingBookEntry),
    state: BookState.rawBook,
    doc: "ws-public-raw-books"
  }),

  /** Candles of a symbol, newest first in the snapshot. A candle replaces the candle with the same `mts`. */
  candles: Channel.make({
    channel: "candles",
    params: {
      /** length of a candle; the manual's pages name a week 7D and 1W, so both are offered and sent as given */
      timeframe: Param.oneOf("1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "7D", "1W", "14D", "1M"),
      /** t pair or f currency */
      symbol: Param.symbol,
      /** periods, for funding symbols only: p2 to p120, or a30:p2:p30 for an aggregation */
      fundingSuffix: Param.optional(Param.fundingSuffix)
    },
    request: ({ fundingSuffix, symbol, timeframe }) => ({
      key: ["trade", timeframe, symbol, ...(fundingSuffix === undefined ? [] : [fundingSuffix])].join(":")
    }),
    check: Param.checkFundingSuffix,
    record: Endpoint.always(Candle),
    state: () => Channel.keyed<Candle>({ key: (row) => row.mts, order: (a, b) => b.mts - a.mts, keep: 1000 }),
    doc: "ws-public-candles"
  }),

  /** Status of a derivative, where each frame replaces the previous one, or liquidations as they happen. */
  status: Channel.make({
    channel: "status",
    params: {
      /** deriv: and the symbol of a derivative, or liq:global */
      key: statusKey
    },
    request: ({ key }) => ({ key: String(key) }),
    record: Endpoint.choose<StatusRecord>(
      ({ key }) =>
        key === "liq:global"
          ? Liquidation
          : isDerivative(key)
          ? DerivativesStatus
          : { field: "key", expected: "liq:global or deriv:SYMBOL" },
      "DerivativesStatus | Liquidation"
    ),
    state: ({ key }) =>
      isDerivative(key)
        ? Channel.latest
        : Channel.events<Liquidation>((row) => `${row.posId}:${row.mts}:${row.isMatch}`, 250),
    doc: "ws-public-status"
  })
})
