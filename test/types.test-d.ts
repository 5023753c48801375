import type * as Either from "effect/Either"
import { describe, it } from "vitest"
import type { DecodeError } from "../src/BitfinexError.ts"
import type * as Channel from "../src/protocol/Channel.ts"
import * as Channels from "../src/protocol/Channels.ts"
import type * as Endpoint from "../src/protocol/Endpoint.ts"
import * as Endpoints from "../src/protocol/Endpoints.ts"
import type * as Layout from "../src/protocol/Layout.ts"
import type * as Param from "../src/protocol/Param.ts"
import type * as Symbols from "../src/protocol/Symbols.ts"
import type * as Records from "../src/Records.ts"

// Nothing of this runs: a test fails when the compiler finds an error in it, or none in a line marked as one.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
declare const same: <A, B>(...proof: Same<A, B> extends true ? [] : [differs: { a: A; b: B }]) => void

type All = typeof Endpoints.all
type Rows<A> = ReadonlyArray<A>

describe("the result of an endpoint by its arguments", () => {
  it("follows the prefix of the symbol", () => {
    same<Endpoint.ResultOf<All["ticker"], { symbol: "tBTCUSD" }>, Records.TradingTicker>()
    same<Endpoint.ResultOf<All["ticker"], { symbol: "fUSD" }>, Records.FundingTicker>()
    same<Endpoint.ResultOf<All["ticker"], { symbol: Symbols.FundingSymbol }>, Records.FundingTicker>()
    same<Endpoint.ResultOf<All["ticker"]>, Records.TradingTicker | Records.FundingTicker>()
    same<Endpoint.ResultOf<All["trades"], { symbol: "tBTCUSD" }>, Rows<Records.PublicTrade>>()
    same<Endpoint.ResultOf<All["trades"], { symbol: "fUSD"; limit: number }>, Rows<Records.PublicFundingTrade>>()
    same<Endpoint.ResultOf<All["marketAveragePrice"], { symbol: "fUSD" }>, Records.MarketAverageRate>()
  })

  it("of a book follows symbol and precision", () => {
    same<Endpoint.ResultOf<All["book"], { symbol: "tBTCUSD"; precision: "P0" }>, Rows<Records.BookEntry>>()
    same<Endpoint.ResultOf<All["book"], { symbol: "tBTCUSD"; precision: "R0" }>, Rows<Records.RawBookEntry>>()
    same<Endpoint.ResultOf<All["book"], { symbol: "fUSD"; precision: "P4" }>, Rows<Records.FundingBookEntry>>()
    same<Endpoint.ResultOf<All["book"], { symbol: "fUSD"; precision: "R0" }>, Rows<Records.RawFundingBookEntry>>()
    same<
      Endpoint.ResultOf<All["book"], { symbol: "fUSD"; precision: "P0" | "R0" }>,
      Rows<Records.FundingBookEntry> | Rows<Records.RawFundingBookEntry>
    >()
    same<
      Endpoint.ResultOf<All["book"]>,
      | Rows<Records.BookEntry>
      | Rows<Records.RawBookEntry>
      | Rows<Records.FundingBookEntry>
      | Rows<Records.RawFundingBookEntry>
    >()
  })

  it("of tickers follows the list of symbols", () => {
    same<Endpoint.ResultOf<All["tickers"], { symbols: ["tBTCUSD", "tETHUSD"] }>, Rows<Records.TradingTickerEntry>>()
    same<Endpoint.ResultOf<All["tickers"], { symbols: ["fUSD"] }>, Rows<Records.FundingTickerEntry>>()
    type Both = Rows<Records.TradingTickerEntry | Records.FundingTickerEntry>
    same<Endpoint.ResultOf<All["tickers"], { symbols: ["tBTCUSD", "fUSD"] }>, Both>()
    same<Endpoint.ResultOf<All["tickers"], { symbols: "ALL" }>, Both>()
  })

  it("of a configuration is a tuple of its keys", () => {
    same<
      Endpoint.ResultOf<
        All["configs"],
        { keys: readonly ["pub:list:currency", "pub:info:pair", "pub:fees", "pub:new"] }
      >,
      readonly [
        ReadonlyArray<string> | null,
        Rows<Records.ConfPairInfoEntry> | null,
        Records.ConfDerivativesFees | null,
        unknown
      ]
    >()
    same<Endpoint.ResultOf<All["configs"]>, ReadonlyArray<unknown>>()
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

describe("a choice between groups of parameters", () => {
  type Cancel = Endpoint.Args<All["cancelOrder"]>
  const cancel = (args: Cancel) => args
  const cancelMany = (args: Endpoint.Args<All["cancelOrders"]>) => args
  const withdraw = (args: Endpoint.Args<All["withdraw"]>) => args
  it("takes one of them, whole", () => {
    same<
      Cancel,
      | { readonly id: number; readonly cid?: undefined; readonly cidDate?: undefined }
      | { readonly cid: number; readonly cidDate: Param.Day; readonly id?: undefined }
    >()
    cancel({ id: 1 })
    cancel({ cid: 1, cidDate: "2024-01-02" })
    cancel({ cid: 1, cidDate: new Date(0) })
    cancelMany({ all: true })
    cancelMany({ cid: [[1, "2024-01-02"], [2, 0]] })
    withdraw({ wallet: "exchange", method: "bitcoin", amount: 1, address: "x", feeDeduct: true })
    withdraw({ wallet: "exchange", method: "lnx", invoice: "lnbc" })
  })
  it("and nothing else", () => {
    // @ts-expect-error no order is named
    cancel({})
    // @ts-expect-error a cid needs its day
    cancel({ cid: 1 })
    // @ts-expect-error a day names no order
    cancel({ cidDate: "2024-01-02" })
    // @ts-expect-error two orders are named
    cancel({ id: 1, cid: 1, cidDate: "2024-01-02" })
    // @ts-expect-error no day is written so
    cancel({ cid: 1, cidDate: "2 January" })
    // @ts-expect-error the effect of both is unknown
    cancelMany({ id: [1], all: true })
    // @ts-expect-error all or nothing
    cancelMany({ all: false })
    // @ts-expect-error no address
    withdraw({ wallet: "exchange", method: "bitcoin", amount: 1 })
    // @ts-expect-error an invoice has its own amount
    withdraw({ wallet: "exchange", method: "lnx", invoice: "lnbc", amount: 1 })
    // @ts-expect-error there is no such wallet
    withdraw({ wallet: "spot", method: "lnx", invoice: "lnbc" })
  })
  it("of which one may be empty", () => {
    const orders = (args: Endpoint.Args<All["activeOrders"]>) => args
    const update = (args: Endpoint.Args<All["updateOrder"]>) => args
    orders({})
    orders({ id: [1], gid: 2 })
    orders({ cid: 1, cidDate: "2024-01-02" })
    update({ id: 1, price: 2 })
    update({ id: 1, amount: 2, cid: 3, cidDate: 0 })
    // @ts-expect-error a cid needs its day
    orders({ cid: 1 })
    // @ts-expect-error a day names no order
    orders({ cidDate: 0 })
    // @ts-expect-error amount replaces the amount and delta adds to it
    update({ id: 1, amount: 2, delta: 1 })
    // @ts-expect-error a cid needs its day
    update({ id: 1, delta: 2, cid: 3 })
    // @ts-expect-error orders are changed by their id
    update({ cid: 3, cidDate: 0, price: 1 })
  })
  it("of settings and payments too", () => {
    const keep = (args: Endpoint.Args<All["keepFunding"]>) => args
    const complete = (args: Endpoint.Args<All["completeInvoice"]>) => args
    keep({ type: "loan", id: [1] })
    keep({ type: "credit", changes: { 1: 2 } })
    // @ts-expect-error to flip and to set exclude each other
    keep({ type: "loan", id: [1], changes: { 1: 2 } })
    // @ts-expect-error nothing is named
    keep({ type: "loan" })
    complete({ id: "a", payCcy: "BTC", depositId: 1 })
    // @ts-expect-error two payments are named
    complete({ id: "a", payCcy: "BTC", depositId: 1, ledgerId: 2 })
    // @ts-expect-error no payment is named
    complete({ id: "a", payCcy: "BTC" })
  })
})

describe("the parameters of orders and offers", () => {
  const submit = (args: Endpoint.Args<All["submitOrder"]>) => args
  const offer = (args: Endpoint.Args<All["submitFundingOffer"]>) => args
  const batch = (args: Endpoint.Args<All["orderMultiOp"]>) => args
  const limit = { type: "LIMIT", symbol: "tBTCUSD", amount: 1, price: 1 } as const
  it("are typed by what they mean", () => {
    submit({ ...limit, flags: { postOnly: true }, tif: new Date(0), meta: { affCode: "x" }, cid: 1 })
    // @ts-expect-error a word with a space, not an underscore
    submit({ ...limit, type: "EXCHANGE_LIMIT" })
    // @ts-expect-error a funding symbol
    submit({ ...limit, symbol: "fUSD" })
    // @ts-expect-error flags have names
    submit({ ...limit, flags: 4096 })
    // @ts-expect-error there is no such flag
    submit({ ...limit, flags: { postonly: true } })
    // @ts-expect-error a time, not its text
    submit({ ...limit, tif: "2024-01-02 00:00:00" })
    // @ts-expect-error our names, not those of the wire
    submit({ ...limit, price_trailing: 1 })
    // @ts-expect-error a trading symbol
    offer({ type: "LIMIT", symbol: "tBTCUSD", amount: 1, rate: 0, period: 2 })
    // @ts-expect-error orders have such flags, offers do not
    offer({ type: "LIMIT", symbol: "fUSD", amount: 1, rate: 0, period: 2, flags: { postOnly: true } })
    // @ts-expect-error no type of offer
    offer({ type: "FRR", symbol: "fUSD", amount: 1, rate: 0, period: 2 })
  })
  it("are the same inside a batch", () => {
    batch({ ops: [["on", limit], ["ou", { id: 1, price: 2 }], ["oc", { id: 1 }], ["oc_multi", { gid: [1] }]] })
    // @ts-expect-error what stands behind `oc` names an order
    batch({ ops: [["oc", {}]] })
    // @ts-expect-error what stands behind `on` is a new order
    batch({ ops: [["on", { id: 1 }]] })
    // @ts-expect-error no such operation
    batch({ ops: [["pause", { id: 1 }]] })
  })
})

describe("the result of a write", () => {
  it("is an accepted one; only manual decoding can meet a refusal", () => {
    same<Endpoint.ResultOf<All["submitOrder"]>, Records.Notification<Rows<Records.Order>>>()
    same<Endpoint.ResultOf<All["cancelOrder"]>, Records.Notification<Records.Order>>()
    same<Endpoint.ResultOf<All["submitFundingOffer"]>, Records.Notification<Records.FundingOfferNotice>>()
    same<Endpoint.ResultOf<All["keepFunding"]>, Records.Notification<unknown>>()
    same<Endpoint.ResultOf<All["orderMultiOp"]>, unknown>()
    same<Endpoint.ResultOf<All["setAlert"]>, Records.Alert>()
    same<Endpoint.ResultOf<All["fundingAutoRenewStatus"]>, Records.FundingAutoRenewStatus | null>()
    same<Records.Notification<number>["status"], "SUCCESS">()
    const decoded = Endpoints.all.withdraw.decode([])
    same<
      typeof decoded,
      Either.Either<Records.Notification<Records.Withdrawal> | Records.NotificationRefused, DecodeError>
    >()
    const read = (notice: Records.Notification<Records.Withdrawal> | Records.NotificationRefused) => {
      // @ts-expect-error the payload of a refusal is unknown
      void notice.notifyInfo.withdrawalId
      return notice.accepted ? notice.notifyInfo.withdrawalId : null
    }
    void read
  })
  it("may lack in part what a notification need not fill", () => {
    same<Records.OrderNotice["id"], number | null>()
    same<Records.Order["id"], number>()
    same<Records.OrderNotice["cid"], number | null>()
    same<Records.OrderNotice["meta"], Records.Order["meta"]>()
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
    same<Records.Liquidation["isMatch"], number>()
    same<Records.ConfPairInfoEntry["info"], Records.ConfPairInfo>()
    same<Layout.Type<typeof Records.Stat>, { readonly mts: number; readonly value: number }>()
  })
})
