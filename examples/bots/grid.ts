/** A grid: buys below the middle of the market and sells above it; each fill is answered one step further on. */
/*
 * `npm run example bots/grid` trades for 15 seconds on its own fake exchange; with `-- --live` on Bitfinex, with your key and
 * your money, until Ctrl-C. At its end it cancels its orders and waits until the venue shows none. It bets that the price
 * comes back: in a falling market it keeps what it bought.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as BotRuntime from "effect-bitfinex/BotRuntime"
import * as OrderBook from "effect-bitfinex/OrderBook"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Trading from "effect-bitfinex/Trading"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"

export interface Settings {
  readonly symbol: `t${string}`
  /** of each order, base currency. The account needs a little more than it sells, for the fees */
  readonly amount: number
  /** distance between two orders, quote currency */
  readonly step: number
  /** orders on each side */
  readonly levels: number
  /** group of the orders, to find those of an earlier run */
  readonly gid: number
}

/** an order ended in another way than by a fill; the grid then begins again around the new middle */
class Broken extends Data.TaggedError("Broken")<{ readonly message: string }> {}

/** the venue takes prices of five significant digits */
const rounded = (price: number): number => Number(price.toPrecision(5))

/** one order after the other: each is filled, and followed by its opposite one step further on */
const rung = ({ amount, gid, step, symbol }: Settings, orders: Trading.Submitter, side: 1 | -1, price: number) =>
  Effect.iterate({ price, side }, {
    while: () => true,
    body: ({ price, side }) =>
      Effect.gen(function*() {
        const order = { type: "EXCHANGE LIMIT", symbol, amount: side * amount, price: rounded(price), gid } as const
        const end = yield* orders.submitOrderStream({ ...order, flags: { postOnly: true } }).pipe(
          // the stream would wait for an order that was not seen; this grid begins again, and cancels it if it appears
          Stream.takeUntil(({ _tag }) => _tag === "OrderEnded" || _tag === "NeverPlaced" || _tag === "NotSeen"),
          Stream.runLast
        )
        const how = Option.match(end, {
          onNone: () => "without an end",
          onSome: (last) => last._tag === "OrderEnded" ? last.outcome._tag : last._tag
        })
        if (how !== "Filled") return yield* new Broken({ message: `${order.amount} at ${order.price}: ${how}` })
        yield* Effect.log(`${side > 0 ? "bought" : "sold"} ${amount} at ${order.price}`)
        return { price: price + side * step, side: side > 0 ? -1 as const : 1 as const }
      })
  })

/** one grid; it ends only with a failure, or when it is interrupted, and then no order is left */
const grid = (settings: Settings) =>
  Effect.gen(function*() {
    const trading = yield* Trading.Trading
    const account = yield* AccountConnection.AccountConnection
    yield* account.requirePermissions("orders.write")
    // those of an earlier run; one that still appears late is cancelled at the exit, by `also`
    yield* trading.cancelOpenOrders({ gid: settings.gid }, { watch: false })
    const book = yield* Effect.flatMap(OrderBook.make({ symbol: settings.symbol, len: 25 }), ({ book }) => book)
    const orders = yield* trading.cancelOnExit({ also: { gid: settings.gid } })
    const middle = book.mid
    if (middle === null) return yield* new Broken({ message: "one side of the market is empty" })
    const rungs = Array.from({ length: settings.levels }, (_, at) => (at + 1) * settings.step).flatMap((distance) => [
      rung(settings, orders, 1, middle - distance),
      rung(settings, orders, -1, middle + distance)
    ])
    return yield* Effect.all(rungs, { concurrency: "unbounded", discard: true })
  }).pipe(Effect.scoped)

/**
 * grids without end: after a failure the next one begins 5 seconds later, at most ten in a row. A refusal by this program,
 * such as that of a kill switch, ends it
 */
export const run = (settings: Settings) =>
  grid(settings).pipe(
    Effect.tapError((error) => Effect.logWarning(`the grid ended: ${error.message}`)),
    Effect.retry({
      while: (error) => error._tag !== "InvalidInput",
      schedule: Schedule.spaced("5 seconds").pipe(Schedule.intersect(Schedule.recurs(10)))
    })
  )

const settings: Settings = { symbol: "tBTCUSD", amount: 0.01, step: 5, levels: 3, gid: 78 }
const live = Options.boolean("live").pipe(Options.withDescription("on Bitfinex, instead of a fake exchange"))

const command = Command.make("grid", { live }, ({ live }) =>
  Effect.gen(function*() {
    if (live) return yield* Effect.provide(run(settings), Bitfinex.layerConfig())
    const demo = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
    yield* Effect.gen(function*() {
      yield* Effect.timeoutOption(run(settings), "15 seconds").pipe(
        Effect.provide(Layer.provideMerge(Bitfinex.layer(demo), FakeExchange.layerConfig))
      )
      const venue = yield* Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account("demo-key"))
      yield* Effect.log(`the exchange says: ${venue.trades().length} trades, ${venue.orders().length} orders open`)
    }).pipe(Effect.provide(FakeExchange.layerServer({ symbols: [settings.symbol] })))
  }))

const cli = Command.run(command, { name: "grid", version: "0.1.0" })

/** reads the command line, and runs the bot */
export const main = (argv: ReadonlyArray<string>) => Effect.provide(cli(argv), NodeContext.layer)

// not when imported, as by `npm run example`
if (process.argv[1] === fileURLToPath(import.meta.url)) BotRuntime.runMain(main(process.argv))
