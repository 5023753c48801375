import { assert, describe, it } from "@effect/vitest"
import type * as Either from "effect/Either"
import type { DecodeError } from "../src/BitfinexError.ts"
import type * as Channel from "../src/Channel.ts"
import * as Channels from "../src/Channels.ts"
import type * as Endpoint from "../src/Endpoint.ts"
import * as Endpoints from "../src/Endpoints.ts"
import type * as Layout from "../src/Layout.ts"
import type * as Records from "../src/Records.ts"
import type * as Symbols from "../src/Symbols.ts"

// The compiler does the testing here: `tsc` fails when a type differs, or when a line marked as an error is none.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
const same = <A, B>(...proof: Same<A, B> extends true ? [] : [differs: { a: A; b: B }]): void => {
  assert.lengthOf(proof, 0)
}

type All = typeof Endpoints.all
type Rows<A> = ReadonlyArray<A>

describe("the result of an endpoint by its arguments", () => {
  it("follows the prefix of the symbol", () => {
    same<Endpoint.Result<All["ticker"], { symbol: "tBTCUSD" }>, Records.TradingTicker>()
    same<Endpoint.Result<All["ticker"], { symbol: "fUSD" }>, Records.FundingTicker>()
    same<Endpoint.Result<All["ticker"], { symbol: Symbols.Funding }>, Records.FundingTicker>()
    same<Endpoint.Result<All["ticker"]>, Records.TradingTicker | Records.FundingTicker>()
    same<Endpoint.Result<All["trades"], { symbol: "tBTCUSD" }>, Rows<Records.PublicTrade>>()
    same<Endpoint.Result<All["trades"], { symbol: "fUSD"; limit: number }>, Rows<Records.PublicFundingTrade>>()
    same<Endpoint.Result<All["marketAveragePrice"], { symbol: "fUSD" }>, Records.MarketAverageRate>()
  })

  it("of a book follows symbol and precision", () => {
    same<Endpoint.Result<All["book"], { symbol: "tBTCUSD"; precision: "P0" }>, Rows<Records.BookEntry>>()
    same<Endpoint.Result<All["book"], { symbol: "tBTCUSD"; precision: "R0" }>, Rows<Records.RawBookEntry>>()
    same<Endpoint.Result<All["book"], { symbol: "fUSD"; precision: "P4" }>, Rows<Records.FundingBookEntry>>()
    same<Endpoint.Result<All["book"], { symbol: "fUSD"; precision: "R0" }>, Rows<Records.RawFundingBookEntry>>()
    same<
      Endpoint.Result<All["book"], { symbol: "fUSD"; precision: "P0" | "R0" }>,
      Rows<Records.FundingBookEntry> | Rows<Records.RawFundingBookEntry>
    >()
    same<
      Endpoint.Result<All["book"]>,
      | Rows<Records.BookEntry>
      | Rows<Records.RawBookEntry>
      | Rows<Records.FundingBookEntry>
      | Rows<Records.RawFundingBookEntry>
    >()
  })

  it("of tickers follows the list of symbols", () => {
    same<Endpoint.Result<All["tickers"], { symbols: ["tBTCUSD", "tETHUSD"] }>, Rows<Records.TradingTickerEntry>>()
    same<Endpoint.Result<All["tickers"], { symbols: ["fUSD"] }>, Rows<Records.FundingTickerEntry>>()
    type Both = Rows<Records.TradingTickerEntry | Records.FundingTickerEntry>
    same<Endpoint.Result<All["tickers"], { symbols: ["tBTCUSD", "fUSD"] }>, Both>()
    same<Endpoint.Result<All["tickers"], { symbols: "ALL" }>, Both>()
  })

  it("of a configuration is a tuple of its keys", () => {
    same<
      Endpoint.Result<All["configs"], { keys: readonly ["pub:list:currency", "pub:info:pair", "pub:fees", "pub:new"] }>,
      readonly [
        ReadonlyArray<string> | null,
        Rows<Records.ConfPairInfoEntry> | null,
        Records.ConfDerivativesFees | null,
        unknown
      ]
    >()
    same<Endpoint.Result<All["configs"]>, ReadonlyArray<unknown>>()
  })

  it("is inferred from literals", () => {
    const book = Endpoints.all.book.decode([], { symbol: "tBTCUSD", precision: "R0" })
    same<typeof book, Either.Either<Rows<Records.RawBookEntry>, DecodeError>>()
    const configs = Endpoints.all.configs.decode([[]], { keys: ["pub:list:currency"] })
    same<typeof configs, Either.Either<readonly [ReadonlyArray<string> | null], DecodeError>>()
  })
})

describe("the arguments of an endpoint", () => {
  const all = Endpoints.all
  it("are checked", () => {
    same<Endpoint.Args<All["platformStatus"]>, {}>()
    same<Endpoint.Args<All["foreignExchangeRate"]>, { readonly ccy1: string; readonly ccy2: string }>()
    // @ts-expect-error a symbol has a prefix
    void all.ticker.decode([], { symbol: "BTCUSD" })
    // @ts-expect-error there is no such precision
    void all.book.decode([], { symbol: "tBTCUSD", precision: "P5" })
    // @ts-expect-error trading symbols only
    void all.tickersHistory.decode([], { symbols: ["fUSD"] })
    // @ts-expect-error a key begins with pub:
    void all.configs.decode([], { keys: ["list:currency"] })
    // @ts-expect-error 7D is a time frame of the socket only
    void all.candlesLast.decode([], { timeframe: "7D", symbol: "tBTCUSD" })
    // @ts-expect-error text, not the word true
    void all.candlesLast.decode([], { timeframe: "1D", symbol: "fUSD", fundingSuffix: true })
  })
})

describe("the record of a channel by its arguments", () => {
  type Public = typeof Channels.publicChannels
  it("follows symbol or key", () => {
    same<Channel.RecordOf<Public["trades"], { symbol: "tBTCUSD" }>, Records.PublicTrade>()
    same<Channel.RecordOf<Public["book"], { symbol: "fUSD" }>, Records.FundingBookEntry>()
    same<Channel.RecordOf<Public["rawBook"], { symbol: "tBTCUSD" }>, Records.RawBookEntry>()
    same<Channel.RecordOf<Public["status"], { key: "liq:global" }>, Records.Liquidation>()
    same<Channel.RecordOf<Public["status"], { key: "deriv:tBTCF0:USTF0" }>, Records.DerivativesStatus>()
    same<Channel.RecordOf<Public["status"]>, Records.DerivativesStatus | Records.Liquidation>()
    const rows = Channels.publicChannels.ticker.snapshot.decode([], { symbol: "fUSD" })
    same<typeof rows, Either.Either<Rows<Records.FundingTicker>, DecodeError>>()
  })

  it("and its arguments are checked", () => {
    // @ts-expect-error a status has a key
    void Channels.publicChannels.status.snapshot.decode([], { key: "tBTCF0:USTF0" })
    // @ts-expect-error there is no such depth
    void Channels.publicChannels.book.snapshot.decode([], { symbol: "tBTCUSD", len: 50 })
  })
})

describe("a record", () => {
  it("is read-only, with the type of each cell", () => {
    same<Records.PublicTrade["id"], number>()
    same<Records.LeaderboardEntry["username"], string | null>()
    same<Records.Liquidation["isMatch"], 0 | 1>()
    same<Records.ConfPairInfoEntry["info"], Records.ConfPairInfo>()
    same<Layout.Type<typeof Records.Stat>, { readonly mts: number; readonly value: number }>()
  })
})
