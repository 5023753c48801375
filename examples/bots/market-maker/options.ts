/** The command line, checked before anything connects. */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Symbols from "effect-bitfinex/protocol/Symbols"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Settings } from "./quotes.ts"

const refuse = (text: string): ValidationError.ValidationError => ValidationError.invalidValue(HelpDoc.p(text))

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const parseTime = (name: string, text: string) => {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const millis = Number(digits) * (units[unit ?? ""] ?? Number.NaN)
  return millis > 0
    ? Effect.succeed(Duration.millis(millis))
    : Effect.fail(refuse(`--${name} ${text}: give a time such as 500ms, 2s or 1m`))
}

const above = (name: string, description: string, value: number) =>
  Options.float(name).pipe(
    Options.withDescription(description),
    Options.withDefault(value),
    Options.mapEffect((given) =>
      given > 0 && Number.isFinite(given)
        ? Effect.succeed(given)
        : Effect.fail(refuse(`--${name} ${given}: give a number above 0`))
    )
  )

export const options = {
  symbol: Options.text("symbol").pipe(
    Options.withDescription("symbol to quote, from the exchange wallet"),
    Options.withDefault("tBTCUSD"),
    Options.mapEffect((text) =>
      Symbols.isTrading(text)
        ? Effect.succeed(text)
        : Effect.fail(refuse(`--symbol ${text}: give a trading symbol such as tBTCUSD`))
    )
  ),
  amount: above("amount", "of each quote, base currency", 0.01),
  distance: above("distance", "of each quote from the middle of the market, basis points", 2),
  move: above("move", "allowed deviation of a quote from its target price, basis points", 1),
  every: Options.text("every").pipe(
    Options.withDescription("a side is changed at most once in this time"),
    Options.withDefault("1s"),
    Options.mapEffect((text) => parseTime("every", text))
  ),
  limit: above("limit", "largest inventory above or below the balance at the start, base currency", 0.05),
  skew: Options.float("skew").pipe(
    Options.withDescription("shift of the quotes against a full inventory, basis points"),
    Options.withDefault(1)
  ),
  gid: Options.integer("gid").pipe(
    Options.withDescription("group of the bot's orders; all of the group are cancelled at the start and at the end"),
    Options.withDefault(4242),
    Options.mapEffect((gid) =>
      gid > 0 && gid < 2 ** 31 ? Effect.succeed(gid) : Effect.fail(refuse(`--gid ${gid}: give a whole number above 0`))
    )
  ),
  duration: Options.text("for").pipe(
    Options.withDescription("how long, such as 30s, 1m or 2h; ever: until Ctrl-C"),
    Options.withDefault("15s"),
    Options.mapEffect((text) => text === "ever" ? Effect.succeed(undefined) : parseTime("for", text))
  ),
  live: Options.boolean("live").pipe(
    Options.withDescription("Bitfinex itself, with BFX_API_KEY and BFX_API_SECRET: it really trades")
  ),
  dms: Options.boolean("dms").pipe(
    Options.withDescription(
      "dead man's switch: the venue cancels all orders of the account when the socket closes, even if the bot is killed"
    )
  ),
  seed: Options.text("seed").pipe(
    Options.withDescription("seed of the fake exchange's market"),
    Options.withDefault("1"),
    Options.mapEffect((text) =>
      /^\d{1,15}$/.test(text)
        ? Effect.succeed(Number(text))
        : Effect.fail(refuse(`--seed ${text}: give a whole number`))
    )
  )
}

/** checks options that depend on each other */
export const check = ({ amount, limit }: Settings): Effect.Effect<void, ValidationError.ValidationError> => {
  if (amount <= limit) return Effect.void
  const text = `--limit ${limit}: it leaves no room for a quote of ${amount}`
  // the parser does not print errors that come after it
  return Effect.zipRight(Console.error(text), Effect.fail(refuse(text)))
}
