import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Shown } from "./support/languageService.ts"

const imports: ReadonlyArray<string> = [
  `import * as Effect from "effect/Effect"`,
  `import * as Stream from "effect/Stream"`,
  `import * as AccountEvents from "effect-bitfinex/AccountEvents"`,
  `import * as AccountState from "effect-bitfinex/AccountState"`,
  `import * as MarketData from "effect-bitfinex/MarketData"`,
  `import * as OrderBook from "effect-bitfinex/OrderBook"`,
  `import type { Order } from "effect-bitfinex/Records"`,
  `import * as RestAuthClient from "effect-bitfinex/RestAuthClient"`,
  `import * as RestClient from "effect-bitfinex/RestClient"`,
  `import * as Trading from "effect-bitfinex/Trading"`,
  `declare const rest: RestClient.Service`,
  `declare const signed: RestAuthClient.Service`,
  `declare const trading: Trading.Service`,
  `declare const state: AccountState.Service`,
  `declare const order: Order`
]

/** a line of a program, and the text that an editor shows for the name behind the mark */
const hovers: ReadonlyArray<readonly [line: string, text: string]> = [
  [
    `Effect.gen(function*() { const /*?*/ticker = yield* rest.ticker({ symbol: "tBTCUSD" }) })`,
    "const ticker: TradingTicker"
  ],
  [
    `Effect.gen(function*() { const /*?*/ticker = yield* rest.ticker({ symbol: "fUSD" }) })`,
    "const ticker: FundingTicker"
  ],
  [
    `rest./*?*/ticker({ symbol: "tBTCUSD" })`,
    `(property) ticker: <{ readonly symbol: "tBTCUSD"; }>(args: Exact<{ readonly symbol: "tBTCUSD"; }, "symbol">) => `
    + `Effect.Effect<TradingTicker, RestPublicError, never> // Best prices and the last 24 hours of one symbol.`
  ],
  [
    `const /*?*/status = rest.platformStatus()`,
    "const status: Effect.Effect<PlatformStatus, RestPublicError, never>"
  ],
  [
    `const /*?*/book = rest.book({ symbol: "tBTCUSD", precision: "R0" })`,
    "const book: Effect.Effect<readonly RawBookEntry[], RestPublicError, never>"
  ],
  [
    `const /*?*/trades = rest.tradesStream({ symbol: "tBTCUSD" })`,
    "const trades: Stream.Stream<PublicTrade, PageOverflow | RestPublicError, never>"
  ],
  [`const /*?*/wallets = signed.wallets()`, "const wallets: Effect.Effect<readonly Wallet[], RestReadError, never>"],
  [
    `const /*?*/submitted = signed.submitOrder({ symbol: "tBTCUSD", type: "LIMIT", amount: 1, price: 1 })`,
    "const submitted: Effect.Effect<RestAuthClient.SubmittedOrder, OrderUnknown | RestWriteError, never>"
  ],
  [
    `const /*?*/ticker = MarketData.ticker("tBTCUSD")`,
    "const ticker: Stream.Stream<ChannelEvent<TradingTicker>, StreamError, MarketData.MarketData>"
  ],
  [
    `const /*?*/book = MarketData.book({ symbol: "tBTCUSD", len: 25 })`,
    "const book: Stream.Stream<ChannelEvent<BookEntry>, StreamError, MarketData.MarketData>"
  ],
  [
    `const /*?*/live = OrderBook.live({ symbol: "tBTCUSD" })`,
    "const live: Stream.Stream<OrderBook.State<BookEntry>, StreamError, MarketData.MarketData>"
  ],
  [`const /*?*/orders = state.orders`, "const orders: View<number, Order>"]
]

const amountOrig = "(property) amountOrig: number // original amount, before any execution"

/** ways to an order, from each of which its fields show their comments */
const orders: ReadonlyArray<string> = [
  `order./*?*/amountOrig`,
  `Effect.map(signed.activeOrders(), ([order]) => order!./*?*/amountOrig)`,
  `Stream.map(signed.ordersHistoryStream(), (order) => order./*?*/amountOrig)`,
  `Effect.map(state.orders.synced, ({ rows }) => rows.get(1)!./*?*/amountOrig)`,
  `Effect.map(trading.cancelOrder({ id: 1 }), ({ order }) => order./*?*/amountOrig)`,
  `Effect.map(signed.submitOrder({ symbol: "tBTCUSD", type: "LIMIT", amount: 1, price: 1 }), ({ notifyInfo }) => notifyInfo[0]!./*?*/amountOrig)`
]

/** a mistake, and how the error begins that names it */
const mistakes: ReadonlyArray<readonly [line: string, error: string]> = [
  [
    `trading.submitOrder({ symbol: "tBTCUSD", amount: 1, price: 100 })`,
    `Argument of type '{ symbol: "tBTCUSD"; amount: number; price: number; }' is not assignable to parameter of type `
    + `'NewOrder'. Property 'type' is missing in type '{ symbol: "tBTCUSD"; amount: number; price: number; }' but required in`
  ],
  [`rest.ticker({ symbol: "BTCUSD" })`, `Type '"BTCUSD"' is not assignable to type 'BitfinexSymbol'.`],
  [
    `MarketData.ticker("BTCUSD")`,
    `Argument of type '"BTCUSD"' is not assignable to parameter of type 'BitfinexSymbol'.`
  ],
  [
    `rest.ticker({ symbol: "tBTCUSD", len: 25 })`,
    `Type '25' is not assignable to type '25 & NoSuchParameter<"len">'. `
    + `Type 'number' is not assignable to type 'NoSuchParameter<"len">'.`
  ],
  [
    `MarketData.book({ symbol: "tBTCUSD", precision: "P0" })`,
    `Type '"P0"' is not assignable to type '"P0" & NoSuchParameter<"precision">'. `
    + `Type 'string' is not assignable to type 'NoSuchParameter<"precision">'.`
  ],
  [
    `rest.book({ symbol: "tBTCUSD", precision: "P9" })`,
    `Type '"P9"' is not assignable to type '"P0" | "P1" | "P2" | "P3" | "P4" | "R0"'.`
  ],
  [
    `MarketData.book({ symbol: "tBTCUSD", len: 50 })`,
    `Type '50' is not assignable to type '"1" | "100" | "25" | "250" | 1 | 100 | 25 | 250 | undefined'.`
  ],
  [
    `rest.ticker("tBTCUSD")`,
    `Argument of type 'string' is not assignable to parameter of type 'Exact<{ readonly symbol: BitfinexSymbol; }, "symbol">'. `
    + `Type 'string' is not assignable to type '{ readonly symbol: BitfinexSymbol; }'.`
  ],
  [
    `rest.liquidations({ limits: 3 })`,
    `Object literal may only specify known properties, but 'limits' does not exist in type '{ readonly limit?: number | `
    + `undefined; readonly start?: Time | undefined; readonly end?: Time | undefined; readonly sort?: -1 | 1 | undefined; `
    + `}'. Did you mean to write 'limit'?`
  ],
  [`rest.orderbook({ symbol: "tBTCUSD" })`, `Property 'orderbook' does not exist on type 'Service'.`]
]

const statements = [...hovers.map(([line]) => line), ...orders, ...mistakes.map(([line]) => line)]

const root = fileURLToPath(new URL("..", import.meta.url))

/** in a separate process: the compiler would block this one for longer than the test runner allows */
const ask = (from: "src" | "dist"): Promise<ReadonlyArray<Shown>> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", "test/support/languageService.ts"],
      { cwd: root, maxBuffer: 10_000_000 },
      (error, stdout) => error === null ? resolve(JSON.parse(stdout)) : reject(error)
    )
    child.stdin?.end(JSON.stringify({ from, imports, statements }))
  })

for (const from of ["src", "dist"] as const) {
  describe(`an editor over ${from === "src" ? "the sources" : "the built declarations"} shows`, () => {
    let shown: ReadonlyArray<Shown> = []
    const at = (line: string): Shown | undefined => shown[statements.indexOf(line)]
    beforeAll(async () => {
      shown = await ask(from)
    }, 300_000)

    it("the names of the records", () => {
      for (const [line, text] of hovers) assert.deepStrictEqual(at(line), { hovers: [text], errors: [] }, line)
    })

    it("the comment of a field, whichever way its record was obtained", () => {
      for (const line of orders) {
        assert.deepStrictEqual(at(line)?.errors, [], line)
        // in an acknowledgement it may be null
        assert.strictEqual(at(line)?.hovers[0]?.replace("null | number", "number"), amountOrig, line)
      }
    })

    it("an error of a few lines that names the wrong argument", () => {
      for (const [line, error] of mistakes) {
        const [first = "", ...others] = at(line)?.errors ?? []
        assert.strictEqual(first.slice(0, error.length), error, line)
        assert.isBelow(first.length, 600, line)
        assert.deepStrictEqual(others, [], line)
      }
    })
  })
}
