/**
 * Serves the fake exchange on this machine until Ctrl-C: `npm run exchange -- --port 8080 --faults trouble.json`.
 */
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Symbols from "effect-bitfinex/protocol/Symbols"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const refuse = (text: string): ValidationError.ValidationError => ValidationError.invalidValue(HelpDoc.p(text))

const port = Options.text("port").pipe(
  Options.withDescription("port to listen on; 0 takes a free one"),
  Options.withDefault("8080"),
  Options.mapEffect((text) =>
    /^\d{1,5}$/.test(text) && Number(text) < 65_536
      ? Effect.succeed(Number(text))
      : Effect.fail(refuse(`--port ${text}: give a port from 0 to 65535`))
  )
)

const seed = Options.text("seed").pipe(
  Options.withDescription("decides prices, trades and books"),
  Options.withDefault("1"),
  Options.mapEffect((text) =>
    /^\d{1,15}$/.test(text) ? Effect.succeed(Number(text)) : Effect.fail(refuse(`--seed ${text}: give a whole number`))
  )
)

const symbols = Options.text("symbols").pipe(
  Options.withDescription("symbols that are traded and lent, joined by commas"),
  Options.withDefault("tBTCUSD,tETHUSD,tBTCF0:USTF0,fUSD"),
  Options.mapEffect((list) =>
    Effect.forEach(list.split(","), (symbol) => Effect.as(Symbols.parse(symbol), symbol)).pipe(
      Effect.mapError(({ reason, value }) => refuse(`--symbols: ${JSON.stringify(value)} is no symbol: ${reason}`))
    )
  )
)

const script = Options.text("faults").pipe(
  Options.withDescription(
    "a file with a script of faults: [{ \"after\": 1000, \"fault\": { \"_tag\": \"Drop\", \"code\": 1006 } }]"
  ),
  Options.withDefault(""),
  Options.mapEffect((file) =>
    file === "" ? Effect.succeed([]) : Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(file)).pipe(
      Effect.flatMap(Fault.parseScript),
      Effect.mapError(({ message }) => refuse(`--faults ${file}: ${message}`))
    )
  )
)

const announce = Effect.gen(function*() {
  const { market, restUrl, socketUrl } = yield* FakeExchange.FakeExchange
  yield* Console.log(`REST    ${restUrl}/v2/…    try: curl ${restUrl}/v2/ticker/${market.symbols[0] ?? "tBTCUSD"}`)
  yield* Console.log(`Socket  ${socketUrl}`)
  yield* Console.log(`Symbols ${market.symbols.join(" ")}`)
  yield* Console.log("Account key demo-key, secret demo-secret, with money in all wallets")
  yield* Console.log(
    [
      "",
      "To point effect-bitfinex to it, provide:",
      `  BitfinexConfig.layer({ rest: { publicUrl: "${restUrl}", authUrl: "${restUrl}" },`,
      `    socket: { url: "${socketUrl}" }, account: { url: "${socketUrl}" } })`,
      `and Credentials.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") })`,
      "",
      "Ctrl-C ends it."
    ].join("\n")
  )
})

const exchange = Command.make(
  "exchange",
  { port, script, seed, symbols },
  (options) => Effect.zipRight(announce, Effect.never).pipe(Effect.provide(FakeExchange.layerServer(options)))
).pipe(
  Command.withDescription("A Bitfinex in memory, served on this machine.")
)

const cli = Command.run(exchange, { name: "exchange", version: "0.1.0" })

const fail = Effect.sync(() => {
  process.exitCode = 1
})

cli(process.argv).pipe(
  // its text has already been printed
  Effect.catchIf(ValidationError.isValidationError, () => fail),
  Effect.catchTag(
    "PortUnavailable",
    ({ port, reason }) => Effect.zipRight(Console.error(`The exchange cannot listen on port ${port}: ${reason}.`), fail)
  ),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
