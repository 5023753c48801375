/**
 * The public endpoints of REST as a table of rows: market data, statistics, configuration.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../../BitfinexError.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import { BookEntry, FundingBookEntry, RawBookEntry, RawFundingBookEntry } from "../records/Book.ts"
import { Candle } from "../records/Candle.ts"
import { confDecoder, type ConfKeyName, type ConfValues } from "../records/ConfKeys.ts"
import { ForeignExchangeRate, MarketAveragePrice, MarketAverageRate } from "../records/Market.ts"
import { PlatformStatus } from "../records/Platform.ts"
import { PublicFundingTrade, PublicTrade } from "../records/PublicTrade.ts"
import { FundingStat, LeaderboardEntry, Stat } from "../records/Stats.ts"
import { DerivativesStatus, DerivativesStatusEntry, Liquidation } from "../records/Status.ts"
import {
  FundingTicker,
  FundingTickerEntry,
  TickerHistoryEntry,
  TradingTicker,
  TradingTickerEntry
} from "../records/Ticker.ts"
import { VirtualAssetServiceProvider } from "../records/Vasp.ts"
import * as Symbols from "../Symbols.ts"

// ---------------------------------------------------------------------------------------------------------------------
// results that depend on the arguments
// ---------------------------------------------------------------------------------------------------------------------

type TradingBook<A> = A extends { readonly precision: "R0" } ? ReadonlyArray<RawBookEntry>
  : A extends { readonly precision: "P0" | "P1" | "P2" | "P3" | "P4" } ? ReadonlyArray<BookEntry>
  : ReadonlyArray<BookEntry> | ReadonlyArray<RawBookEntry>

type FundingBook<A> = A extends { readonly precision: "R0" } ? ReadonlyArray<RawFundingBookEntry>
  : A extends { readonly precision: "P0" | "P1" | "P2" | "P3" | "P4" } ? ReadonlyArray<FundingBookEntry>
  : ReadonlyArray<FundingBookEntry> | ReadonlyArray<RawFundingBookEntry>

/**
 * Rows of a book by symbol and precision.
 *
 * @since 0.1.0
 * @category models
 */
export interface BookRows extends Endpoint.Lambda {
  readonly depends: true
  readonly type: this["args"] extends { readonly symbol: Symbols.TradingSymbol } ? TradingBook<this["args"]>
    : this["args"] extends { readonly symbol: Symbols.FundingSymbol } ? FundingBook<this["args"]>
    : TradingBook<this["args"]> | FundingBook<this["args"]>
}

const bookRows = Endpoint.choose<BookRows>(({ precision, symbol }) => {
  const isTrading = Symbols.isTrading(symbol)
  if (!isTrading && !Symbols.isFunding(symbol)) return { field: "symbol", expected: Symbols.expected.any }
  if (precision === "R0") return Layout.list<unknown>(isTrading ? RawBookEntry : RawFundingBookEntry)
  return typeof precision === "string" && /^P[0-4]$/.test(precision)
    ? Layout.list<unknown>(isTrading ? BookEntry : FundingBookEntry)
    : { field: "precision", expected: "P0 to P4 or R0" }
}, "book")

/**
 * Rows of a list of tickers, depending on the requested symbols.
 *
 * @since 0.1.0
 * @category models
 */
export interface TickerRows extends Endpoint.Lambda {
  readonly depends: true
  readonly type: this["args"] extends { readonly symbols: ReadonlyArray<Symbols.TradingSymbol> }
    ? ReadonlyArray<TradingTickerEntry>
    : this["args"] extends { readonly symbols: ReadonlyArray<Symbols.FundingSymbol> } ?
      ReadonlyArray<FundingTickerEntry>
    : ReadonlyArray<TradingTickerEntry | FundingTickerEntry>
}

/** a row whose symbol has the right prefix: each of the two layouts would also accept rows of the other */
const prefixed = <A extends { readonly symbol: string }>(prefix: "t" | "f", layout: Layout.Layout<A>) => ({
  name: layout.name,
  decode: (row: unknown): Either.Either<A, DecodeError> =>
    Either.filterOrLeft(layout.decode(row), ({ symbol }) => symbol.startsWith(prefix), ({ symbol }) =>
      new DecodeError({
        operation: "decode",
        layout: layout.name,
        field: "symbol",
        index: 0,
        row: null,
        expected: `symbol that begins with ${prefix}`,
        actual: render(symbol)
      }))
})

const tradingRow = prefixed("t", TradingTickerEntry)
const fundingRow = prefixed("f", FundingTickerEntry)
const isFundingRow = (row: unknown): boolean =>
  Array.isArray(row) && typeof row[0] === "string" && row[0].startsWith("f")

const tickerRows = Endpoint.choose<TickerRows>(({ symbols }) => {
  if (Array.isArray(symbols) && symbols.every(Symbols.isTrading)) return Layout.list(tradingRow)
  if (Array.isArray(symbols) && symbols.every(Symbols.isFunding)) return Layout.list(fundingRow)
  return Layout.list(Layout.either(isFundingRow, fundingRow, tradingRow))
}, "tickers")

// ---------------------------------------------------------------------------------------------------------------------
// parameters and their combinations
// ---------------------------------------------------------------------------------------------------------------------

const span = {
  /** inclusive, ms */
  start: Param.optional(Param.time),
  /** inclusive, ms */
  end: Param.optional(Param.time)
}

const stats = {
  /** name of the statistic */
  key: Param.oneOf(
    "funding.size",
    "credits.size",
    "credits.size.sym",
    "pos.size",
    "vol.1d",
    "vol.7d",
    "vol.30d",
    "vwap"
  ),
  /** 1m for the sizes, 30m for `vol`, 1d for `vwap` */
  size: Param.oneOf("1m", "30m", "1d"),
  /** t pair for `pos.size` and `vwap`, f currency for `funding.size` and `credits`, BFX for `vol` */
  symbol: Param.make<Symbols.BitfinexSymbol | "BFX">({
    kind: "symbol or BFX",
    check: (value) => value === "BFX" ? undefined : Param.symbol.check(value)
  }),
  /** long or short for `pos.size`, a t pair for `credits.size.sym`, nothing for the others */
  side: Param.optional(Param.make<"long" | "short" | Symbols.TradingSymbol>({
    kind: "side or symbol",
    check: (value) =>
      value === "long" || value === "short" || Symbols.isTrading(value)
        ? undefined
        : "give long, short or a trading symbol"
  }))
}

/** sizes, symbols and sides of each key of the statistics */
const statsRules: {
  readonly [key: string]: {
    readonly size: string
    readonly symbol: "t" | "f" | "BFX"
    readonly side?: "position" | "t"
  }
} = {
  "funding.size": { size: "1m", symbol: "f" },
  "credits.size": { size: "1m", symbol: "f" },
  "credits.size.sym": { size: "1m", symbol: "f", side: "t" },
  "pos.size": { size: "1m", symbol: "t", side: "position" },
  "vol.1d": { size: "30m", symbol: "BFX" },
  "vol.7d": { size: "30m", symbol: "BFX" },
  "vol.30d": { size: "30m", symbol: "BFX" },
  vwap: { size: "1d", symbol: "t" }
}

const checkStats = ({ key, side, size, symbol }: Endpoint.AnyArgs): Endpoint.Complaint | undefined => {
  const rule = statsRules[String(key)]
  if (rule === undefined) return undefined
  if (size !== rule.size) return { field: "size", reason: `${key} has the size ${rule.size}` }
  const symbolFits = rule.symbol === "BFX"
    ? symbol === "BFX"
    : rule.symbol === "t"
    ? Symbols.isTrading(symbol)
    : Symbols.isFunding(symbol)
  if (!symbolFits) {
    const wanted = { t: "a trading symbol", f: "a funding symbol", BFX: "the symbol BFX" }[rule.symbol]
    return { field: "symbol", reason: `${key} needs ${wanted}` }
  }
  if (rule.side === undefined) {
    return side === undefined ? undefined : { field: "side", reason: `${key} has no side; leave it out` }
  }
  const sideFits = rule.side === "t" ? Symbols.isTrading(side) : side === "long" || side === "short"
  return sideFits
    ? undefined
    : { field: "side", reason: `${key} needs ${rule.side === "t" ? "a trading symbol" : "long or short"} here` }
}

const candles = {
  /** length of a candle */
  timeframe: Param.oneOf("1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "1W", "14D", "1M"),
  /** t pair or f currency */
  symbol: Param.symbol,
  /** periods, for funding symbols only: p2 to p120, or a30:p2:p30 for an aggregation */
  fundingSuffix: Param.behind("symbol", Param.optional(Param.fundingSuffix))
}

const leaderboards = {
  /** plu_diff unrealised profit of the period, plu since inception, plr realised profit, vol volume */
  key: Param.oneOf("plu_diff", "plu", "plr", "vol"),
  /** plu_diff and plr: 1w, 1M; plu: 3h for pairs, 1w and 1M for tGLOBAL:USD; vol: all three */
  timeframe: Param.oneOf("3h", "1w", "1M"),
  /** t pair, or tGLOBAL:USD for all of them */
  symbol: Param.trading
}

const checkLeaderboards = ({ key, symbol, timeframe }: Endpoint.AnyArgs): Endpoint.Complaint | undefined => {
  if ((key === "plu_diff" || key === "plr") && timeframe === "3h") {
    return { field: "timeframe", reason: `${key} has the time frames 1w and 1M` }
  }
  if (key === "plu" && (symbol === "tGLOBAL:USD") === (timeframe === "3h")) {
    return { field: "timeframe", reason: "plu has 3h for pairs, 1w and 1M for tGLOBAL:USD" }
  }
  return undefined
}

const confKey = /^pub:[\w.:-]+$/

const confKeyList = Param.make<ReadonlyArray<ConfKeyName>>({
  kind: "list of configuration keys",
  check: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === "string" && confKey.test(key))
      ? undefined
      : "give a list of at least one key, such as pub:list:currency",
  write: (keys) => keys.join(",")
})

// ---------------------------------------------------------------------------------------------------------------------
// the table
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The public endpoints. They need no key.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const publicEndpoints = Endpoint.table("public", {
  /** Whether the platform is operative. In maintenance other calls may be refused with code 20060. */
  platformStatus: Endpoint.open({
    path: "v2/platform/status",
    params: {},
    result: Endpoint.always(PlatformStatus),
    limit: [30, 60],
    doc: "rest-public-platform-status"
  }),

  /** Best prices and the last 24 hours of one symbol. */
  ticker: Endpoint.open({
    path: "v2/ticker/{symbol}",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol
    },
    result: Endpoint.bySymbol(TradingTicker, FundingTicker),
    limit: [90, 60],
    doc: "rest-public-ticker"
  }),

  /** Best prices and the last 24 hours of several symbols. `ALL` mixes trading and funding rows. */
  tickers: Endpoint.open({
    path: "v2/tickers",
    params: {
      /** t pairs and f currencies, or ALL */
      symbols: Param.listOrAll(Param.symbol)
    },
    result: tickerRows,
    // older pages said 90
    limit: [30, 60],
    doc: "rest-public-tickers"
  }),

  /** Best prices by the hour, for up to one year. Trading symbols only. */
  tickersHistory: Endpoint.open({
    path: "v2/tickers/hist",
    params: {
      /** t pairs, or ALL */
      symbols: Param.listOrAll(Param.trading),
      /** rows, default 100, at most 250 */
      limit: Param.limit(250),
      ...span,
      /** 1 oldest first, -1 newest first (default) */
      sort: Param.sort
    },
    result: Endpoint.always(Layout.list(TickerHistoryEntry)),
    limit: null,
    doc: "rest-public-tickers-history"
  }),

  /** Trades of one symbol. The sign of an amount is the taker's side. */
  trades: Endpoint.open({
    path: "v2/trades/{symbol}/hist",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol,
      /** rows, default 125, at most 10000 */
      limit: Param.limit(10000),
      /** 1 oldest first, -1 newest first (default) */
      sort: Param.sort,
      ...span
    },
    result: Endpoint.bySymbol(Layout.list(PublicTrade), Layout.list(PublicFundingTrade)),
    limit: [15, 60],
    doc: "rest-public-trades"
  }),

  /** Order book of one symbol as one flat list: bids first, then asks. Signs mean opposite sides for funding. */
  book: Endpoint.open({
    path: "v2/book/{symbol}/{precision}",
    params: {
      /** t pair or f currency */
      symbol: Param.symbol,
      /** P0 to P4 group by price, R0 gives individual orders. Sockets name it `prec` */
      precision: Param.oneOf("P0", "P1", "P2", "P3", "P4", "R0"),
      /** rows per side, default 25. Other clients also list 250, the manual does not */
      len: Param.optional(Param.oneOf(1, 25, 100))
    },
    result: bookRows,
    limit: [240, 60],
    doc: "rest-public-book"
  }),

  /** History of a statistic. */
  statsHistory: Endpoint.open({
    path: "v2/stats1/{key}:{size}:{symbol}:{side}/hist",
    params: {
      ...stats,
      /** 1 oldest first, -1 newest first */
      sort: Param.sort,
      ...span,
      /** rows, at most 10000 */
      limit: Param.limit(10000)
    },
    check: checkStats,
    result: Endpoint.always(Layout.list(Stat)),
    limit: [15, 60],
    doc: "rest-public-stats"
  }),

  /** Newest value of a statistic. */
  statsLast: Endpoint.open({
    path: "v2/stats1/{key}:{size}:{symbol}:{side}/last",
    params: stats,
    check: checkStats,
    result: Endpoint.always(Stat),
    limit: [15, 60],
    doc: "rest-public-stats"
  }),

  /** Candles of one symbol. Whether candles without trades are omitted is not documented. */
  candlesHistory: Endpoint.open({
    path: "v2/candles/trade:{timeframe}:{symbol}/hist",
    params: {
      ...candles,
      /** 1 oldest first, -1 newest first */
      sort: Param.sort,
      ...span,
      /** rows, default 100, at most 10000 */
      limit: Param.limit(10000)
    },
    check: Param.checkFundingSuffix,
    result: Endpoint.always(Layout.list(Candle)),
    limit: [30, 60],
    doc: "rest-public-candles"
  }),

  /** Newest candle of one symbol. */
  candlesLast: Endpoint.open({
    path: "v2/candles/trade:{timeframe}:{symbol}/last",
    params: candles,
    check: Param.checkFundingSuffix,
    result: Endpoint.always(Candle),
    limit: [30, 60],
    doc: "rest-public-candles"
  }),

  /** Configuration by key: one value per key, in their order, and null for a key that the venue does not know. */
  configs: Endpoint.open({
    path: "v2/conf/{keys}",
    params: {
      /** see `confKeys`; the value of any other key is returned undecoded */
      keys: confKeyList
    },
    result: Endpoint.choose<ConfValues>(
      ({ keys }) => Array.isArray(keys) ? confDecoder(keys) : { field: "keys", expected: "list of keys" },
      "configs"
    ),
    limit: [90, 60],
    doc: "rest-public-conf"
  }),

  /** Current status of derivatives. */
  derivativesStatus: Endpoint.open({
    path: "v2/status/deriv",
    params: {
      /** derivatives such as tBTCF0:USTF0, or ALL. The reply without it is not documented */
      keys: Param.optional(Param.listOrAll(Param.trading))
    },
    result: Endpoint.always(Layout.list(DerivativesStatusEntry)),
    limit: [90, 60],
    doc: "rest-public-derivatives-status"
  }),

  /** History of the status of one derivative. Rows do not repeat the symbol. */
  derivativesStatusHistory: Endpoint.open({
    path: "v2/status/deriv/{key}/hist",
    params: {
      /** one derivative, such as tBTCF0:USTF0 */
      key: Param.trading,
      /** 1 oldest first, -1 newest first */
      sort: Param.sort,
      ...span,
      /** rows, at most 5000 */
      limit: Param.limit(5000)
    },
    result: Endpoint.always(Layout.list(DerivativesStatus)),
    limit: [90, 60],
    doc: "rest-public-derivatives-status-history"
  }),

  /** Liquidations of all symbols. This endpoint has by far the tightest rate limit. */
  liquidations: Endpoint.open({
    path: "v2/liquidations/hist",
    params: {
      /** 1 oldest first, -1 newest first */
      sort: Param.sort,
      ...span,
      /** rows, at most 500 */
      limit: Param.limit(500)
    },
    // each element is an array that holds one row
    result: Endpoint.always(Layout.list(Layout.wrapped(Liquidation))),
    limit: [3, 60],
    doc: "rest-public-liquidations"
  }),

  /** Leaderboards. A reply mixes the boards of several weeks or months: the newest `mts` is the current one. */
  leaderboardsHistory: Endpoint.open({
    path: "v2/rankings/{key}:{timeframe}:{symbol}/hist",
    params: {
      ...leaderboards,
      /** 1 oldest first, -1 newest first (default) */
      sort: Param.sort,
      ...span,
      /** rows, default 125, at most 10000 */
      limit: Param.limit(10000)
    },
    check: checkLeaderboards,
    result: Endpoint.always(Layout.list(LeaderboardEntry)),
    limit: [90, 60],
    doc: "rest-public-rankings"
  }),

  /** One place of a leaderboard. Known only from another client; whether the venue still supports it is unknown. */
  leaderboardsLast: Endpoint.open({
    path: "v2/rankings/{key}:{timeframe}:{symbol}/last",
    params: leaderboards,
    check: checkLeaderboards,
    result: Endpoint.always(LeaderboardEntry),
    limit: [90, 60],
    status: "undocumented",
    doc: "rest-public-rankings"
  }),

  /** History of the funding of one currency. Its `frr` is one 365th of the daily rate. */
  fundingStats: Endpoint.open({
    path: "v2/funding/stats/{symbol}/hist",
    params: {
      /** f currency */
      symbol: Param.funding,
      ...span,
      /** rows, at most 250 */
      limit: Param.limit(250)
    },
    result: Endpoint.always(Layout.list(FundingStat)),
    limit: null,
    doc: "rest-public-funding-stats"
  }),

  /** Providers of virtual assets, for the travel rule of withdrawals. */
  virtualAssetServiceProviders: Endpoint.open({
    path: "v2/ext/vasps",
    params: {},
    result: Endpoint.always(Layout.list(VirtualAssetServiceProvider)),
    limit: null,
    doc: "virtual-asset-service-providers"
  }),

  /** Average price, or rate, at which an order of a given amount would execute at present. */
  marketAveragePrice: Endpoint.open({
    method: "POST",
    path: "v2/calc/trade/avg",
    params: {
      /** t pair or f currency */
      symbol: Param.inside("query", Param.symbol),
      /** positive buys, negative sells; at most 8 decimals */
      amount: Param.inside("query", Param.decimal({ decimals: 8 })),
      /** longest period in days, required for f symbols */
      period: Param.inside("query", Param.optional(Param.int(2, 120))),
      /** price or rate beyond which the book is ignored */
      rate_limit: Param.inside("query", Param.optional(Param.decimal()))
    },
    check: ({ period, symbol }) =>
      Symbols.isFunding(symbol) && period === undefined
        ? { field: "period", reason: "a funding symbol needs the longest period in days" }
        : undefined,
    result: Endpoint.bySymbol(MarketAveragePrice, MarketAverageRate),
    limit: [90, 60],
    doc: "rest-public-market-average-price"
  }),

  /** Exchange rate of two currencies. */
  foreignExchangeRate: Endpoint.open({
    method: "POST",
    path: "v2/calc/fx",
    params: {
      /** first currency, bare code such as BTC */
      ccy1: Param.currency,
      /** second currency, bare code such as USD */
      ccy2: Param.currency
    },
    result: Endpoint.always(ForeignExchangeRate),
    limit: [90, 60],
    doc: "rest-public-foreign-exchange-rate"
  })
})
