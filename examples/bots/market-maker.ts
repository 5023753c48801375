/** A market maker: quotes both sides around the middle of a live book, restarts on failure, and leaves no order. */
/*
 * `npm run example bots/market-maker -- --help` lists its options. It trades on its own fake exchange for 15 seconds; with
 * `--live` on Bitfinex, with your key and your money. When its time is over, or on Ctrl-C or SIGTERM, it cancels its orders,
 * waits until the venue shows none, and prints a summary. Exit code 1 means that orders may be left, or that it failed for
 * good.
 */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as BotRuntime from "effect-bitfinex/BotRuntime"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { fileURLToPath } from "node:url"
import * as Bot from "./market-maker/bot.ts"
import * as Options from "./market-maker/options.ts"
import type { Settings } from "./market-maker/quotes.ts"
import * as Report from "./market-maker/report.ts"

const quote = (settings: Settings, duration: Duration.Duration | undefined) =>
  Effect.gen(function*() {
    const bot = yield* Bot.make(settings)
    yield* (duration === undefined ? bot.run : Effect.timeoutOption(bot.run, duration)).pipe(
      Effect.ensuring(Report.print(settings, bot))
    )
  }).pipe(Effect.scoped)

const command = Command.make(
  "market-maker",
  Options.options,
  ({ dms, duration, live, seed, ...settings }) =>
    Effect.gen(function*() {
      yield* Options.check(settings)
      const bot = quote(settings, duration)
      if (live) return yield* Effect.provide(bot, Bitfinex.layerConfig(undefined, { dms }))
      const demo = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
      yield* bot.pipe(
        Effect.provide(Layer.provideMerge(Bitfinex.layer(demo, { dms }), FakeExchange.layerConfig)),
        Effect.ensuring(Report.compare(settings)),
        Effect.provide(FakeExchange.layerServer({ symbols: [settings.symbol], seed }))
      )
    })
).pipe(Command.withDescription("Quotes both sides of a market, on its own fake exchange or on Bitfinex."))

const cli = Command.run(command, { name: "market-maker", version: "0.1.0" })

/** reads the command line, and runs the bot */
export const main = (argv: ReadonlyArray<string>) =>
  cli(argv).pipe(
    // its text has already been printed
    Effect.catchIf(ValidationError.isValidationError, () => Report.fail),
    Effect.provide(NodeContext.layer)
  )

// not when imported, as by `npm run example`
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // longer than the farewell of the bot, and the report behind it
  BotRuntime.runMain(main(process.argv), { within: "4 minutes" })
}
