/**
 * Runs one of the examples: `npm run example public/ticker`, against its own fake exchange, or with `-- --live` against
 * Bitfinex; those below `rest/`, `websocket/` and `bots/` then read BFX_API_KEY and BFX_API_SECRET, and really trade. Those
 * below `bots/` and `observability/` have their own options: `npm run example bots/market-maker -- --help`. Without a name
 * it lists the examples.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import type { MarketData } from "effect-bitfinex/MarketData"
import type { RestClient } from "effect-bitfinex/RestClient"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

/** exports of an example */
interface Example {
  readonly program: Effect.Effect<unknown, unknown, Bitfinex.Services>
  /** for the fake exchange, such as faults */
  readonly options?: FakeExchange.Options
}

/** exports of those below `bots/` and `observability/`: they read the command line and choose their exchange */
interface Bot {
  readonly main: (argv: ReadonlyArray<string>) => Effect.Effect<void, unknown>
}

const here = fileURLToPath(new URL(".//", import.meta.url))

const names = fs.readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "demo")
  .flatMap(({ name }) => fs.readdirSync(`${here}${name}`).map((file) => `${name}/${file}`))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort()

/** the first comment of an example is its summary */
const summary = (name: string): string =>
  /^\/\*\*\s*(.+?)\s*\*\/$/m.exec(fs.readFileSync(`${here}${name}.ts`, "utf8"))?.[1] ?? ""

const list = Effect.gen(function*() {
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) yield* Console.log(`${name.padEnd(width)}  ${summary(name)}`)
  yield* Console.log("\nnpm run example public/ticker            against a fake exchange on this machine")
  yield* Console.log("npm run example public/ticker -- --live  against Bitfinex")
})

/** how each connection ended, as the exchange saw it */
const farewells = Effect.gen(function*() {
  const exchange = yield* FakeExchange.FakeExchange
  // the exchange sees the end a little later than we do
  const connections = yield* exchange.connections.pipe(
    Effect.repeat({
      until: (all) => all.every(({ state }) => state === "closed"),
      schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo("1 second"))
    }),
    Effect.zipRight(exchange.connections)
  )
  for (const { code, endedBy, id, reason } of connections) {
    yield* Console.log(
      endedBy === undefined
        ? `(connection ${id} is still open)`
        : `(connection ${id} was ended by the ${endedBy}: ${code} ${JSON.stringify(reason ?? "")})`
    )
  }
})

const run = (name: string, live: boolean) =>
  Effect.gen(function*() {
    // the cast: all files in these folders are examples, which the type checker cannot know
    const { options, program } = (yield* Effect.promise(() => import(`./${name}.ts`))) as Example
    if (live) {
      if (/^(rest|websocket)\//.test(name)) return yield* Effect.provide(program, Bitfinex.layerConfig())
      // the cast: those in the other folders need no key
      const open = program as Effect.Effect<unknown, unknown, MarketData | RestClient>
      return yield* Effect.provide(open, Bitfinex.layerPublic)
    }
    const demo = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
    const local = Bitfinex.layer(demo).pipe(Layer.provideMerge(FakeExchange.layerConfig))
    yield* program.pipe(
      Effect.provide(local),
      Effect.zipRight(farewells),
      Effect.provide(FakeExchange.layerServer(options))
    )
  })

const command = Command.make(
  "example",
  {
    name: Args.text({ name: "name" }).pipe(Args.withDescription("such as public/ticker"), Args.optional),
    live: Options.boolean("live").pipe(Options.withDescription("against Bitfinex, instead of a fake exchange"))
  },
  ({ live, name }) => {
    if (Option.isNone(name)) return list
    if (names.includes(name.value)) return run(name.value, live)
    return Effect.zipRight(
      Console.error(`There is no example ${name.value}. There are:\n\n${names.join("\n")}`),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  }
)

const cli = Command.run(command, { name: "npm run example", version: "0.1.0" })

const bot = (name: string, argv: ReadonlyArray<string>) =>
  // the cast: all files in these folders export `main`, which the type checker cannot know
  Effect.flatMap(Effect.promise(() => import(`./${name}.ts`) as Promise<Bot>), ({ main }) => main(argv))

const [node = "", file = "", name = "", ...others] = process.argv
const isBot = /^(bots|observability)\//.test(name) && names.includes(name)
const program: Effect.Effect<void, unknown, NodeContext.NodeContext> = isBot
  ? bot(name, [node, file, ...others])
  : cli(process.argv)

program.pipe(
  // its text has already been printed
  Effect.catchIf(ValidationError.isValidationError, () =>
    Effect.sync(() => {
      process.exitCode = 1
    })),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
