/** The settings of `npm run probe`. */
import * as CliOptions from "@effect/cli/Options"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as CommandLine from "../commandLine.ts"
import { currency } from "./offerChecks.ts"
import { NotPaper, symbol } from "./orderChecks.ts"
import type { Addresses } from "./publicChecks.ts"
import type { Key } from "./wire.ts"

export interface Options {
  readonly live: boolean
  readonly paper: boolean
  /** file for the report as JSON */
  readonly json: string | undefined
  readonly minutes: number
}

export const definition: CommandLine.Definition<Options> = {
  name: "npm run probe --",
  description: "Checks facts of the exchange that no document settles.",
  options: CliOptions.all({
    live: CliOptions.boolean("live").pipe(
      CliOptions.withDescription("against the venue; without it against the embedded fake exchange")
    ),
    paper: CliOptions.boolean("paper").pipe(
      CliOptions.withDescription(
        `with --live: also orders of the smallest size on ${symbol}, and offers of ${currency}, with BFX_PAPER_API_KEY and BFX_PAPER_API_SECRET`
      )
    ),
    json: CommandLine.orUndefined(
      CliOptions.text("json").pipe(
        CliOptions.withDescription("file for the report as JSON, without secrets")
      )
    ),
    minutes: CommandLine.positiveNumber("minutes", "facts not seen by then are given up; default 10").pipe(
      CliOptions.withDefault(10)
    )
  })
}

const live: Addresses = {
  publicRest: "https://api-pub.bitfinex.com",
  authRest: "https://api.bitfinex.com",
  publicSocket: "wss://api-pub.bitfinex.com/ws/2",
  authSocket: "wss://api.bitfinex.com/ws/2"
}

const paperKey: Key = { key: "paper-key", secret: "paper-secret" }

/** the embedded exchange, with an account of paper trading */
export const market: FakeExchange.Options = {
  symbols: ["tBTCUSD", "tETHUSD", "tBTCF0:USTF0", symbol, "fUSD", currency],
  accounts: [{
    ...paperKey,
    wallets: {
      exchange: { TESTBTC: 1, TESTUSD: 100_000 },
      margin: { TESTUSD: 100_000 },
      funding: { TESTUSD: 10_000 }
    }
  }]
}

/** the addresses of the embedded exchange */
export const embedded: Effect.Effect<Addresses, never, FakeExchange.FakeExchange> = Effect.map(
  FakeExchange.FakeExchange,
  ({ restUrl, socketUrl }) => ({
    publicRest: restUrl,
    authRest: restUrl,
    publicSocket: socketUrl,
    authSocket: socketUrl
  })
)

/** The exchange and the key that the options name; or the reason why they are not usable. Without addresses it is the embedded exchange. */
export const target = (
  { live: isLive, paper }: Options,
  environment: { readonly [name: string]: string | undefined }
): Either.Either<{ readonly addresses: Addresses | undefined; readonly key: Key | undefined }, string> => {
  if (!isLive) {
    return paper
      ? Either.left("--paper needs --live; without --live the orders go to the embedded exchange in any case")
      : Either.right({ addresses: undefined, key: paperKey })
  }
  if (!paper) return Either.right({ addresses: live, key: undefined })
  const [key, secret] = [environment["BFX_PAPER_API_KEY"], environment["BFX_PAPER_API_SECRET"]]
  return key === undefined || secret === undefined || key === "" || secret === ""
    ? Either.left(new NotPaper({ reason: "--paper needs a key of paper trading" }).message)
    : Either.right({ addresses: live, key: { key, secret } })
}
