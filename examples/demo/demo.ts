/**
 * A live market in the terminal: `npm run demo`. Without options it starts a fake exchange on this machine, breaks the
 * connection once on purpose, and ends after 15 seconds.
 *
 * Exit codes: 0 when the promise held (nothing lost, everything recovered, sockets closed by us with 1000 and a reason),
 * also after Ctrl-C or SIGTERM; 1 when it did not hold, or an argument was wrong; 130 when a signal arrived before there
 * was a result, at the very start or during a recovery.
 */
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Symbols from "effect-bitfinex/protocol/Symbols"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Ref from "effect/Ref"
import * as Display from "./display.ts"
import * as First from "./first.ts"
import * as Report from "./report.ts"
import * as Session from "./session.ts"
import * as State from "./state.ts"
import * as Text from "./text.ts"

const refuse = (text: string): ValidationError.ValidationError => ValidationError.invalidValue(HelpDoc.p(text))

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const duration = Options.text("for").pipe(
  Options.withDescription("how long, such as 30s, 1m or 2h; ever: until Ctrl-C"),
  Options.withDefault("15s"),
  Options.mapEffect((text) => {
    if (text === "ever") return Effect.succeed(undefined)
    const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
    const millis = Number(digits) * (units[unit ?? ""] ?? Number.NaN)
    return millis > 0
      ? Effect.succeed(Duration.millis(millis))
      : Effect.fail(refuse(`--for ${text}: give a time such as 30s, 1m or 2h, or ever`))
  })
)

const symbols = Options.text("symbols").pipe(
  Options.withDescription("1 to 6 trading symbols, joined by commas"),
  Options.withDefault("tBTCUSD,tETHUSD,tSOLUSD"),
  Options.mapEffect((text) => {
    const list = [...new Set(text.split(","))]
    return list.length <= 6 && list.every(Symbols.isTrading)
      ? Effect.succeed(list)
      : Effect.fail(refuse(`--symbols ${text}: give 1 to 6 trading symbols joined by commas, such as tBTCUSD,tETHUSD`))
  })
)

const seed = Options.text("seed").pipe(
  Options.withDescription("seed of the fake exchange's market"),
  Options.withDefault("1"),
  Options.mapEffect((text) =>
    /^\d{1,15}$/.test(text) ? Effect.succeed(Number(text)) : Effect.fail(refuse(`--seed ${text}: give a whole number`))
  )
)

const live = Options.boolean("live").pipe(Options.withDescription("Bitfinex itself, instead of the fake exchange"))

const breaks = Options.boolean("break").pipe(
  Options.withDescription("with --live: break the connection once, as the demo always does without --live")
)

/** the next SIGINT or SIGTERM, by name */
const signal = Effect.async<string>((resume) => {
  const onSignal = (name: string) => resume(Effect.succeed(name))
  process.once("SIGINT", onSignal)
  process.once("SIGTERM", onSignal)
  return Effect.sync(() => {
    process.removeListener("SIGINT", onSignal)
    process.removeListener("SIGTERM", onSignal)
  })
})

const setExitCode = (code: number) =>
  Effect.sync(() => {
    process.exitCode = code
  })

const present = Effect.fnUntraced(function*<R>(
  venue: Session.Venue,
  options: Session.Options,
  layer: Layer.Layer<Session.Needs, never, R>
) {
  const state = yield* Ref.make(State.initial(options.symbols, yield* Clock.currentTimeMillis))
  const isScreen = First.isScreen()
  if (!isScreen) yield* Console.log(`effect-bitfinex demo, ${venue.title}`)
  const display = isScreen ? Display.screen(state, { title: venue.title, ...options }) : Display.lines(state)
  // a display ends when its output is closed, as in `npm run demo | head`
  const stop = Effect.raceFirst(signal, Effect.as(Effect.ignore(display), "the end of its output"))
  const ended = yield* Session.run(state, venue, options, stop).pipe(
    Effect.provide(layer),
    Effect.scoped,
    // the log of the connections is shown as notes
    Logger.withMinimumLogLevel(LogLevel.None)
  )
  const outcome: Report.Outcome = {
    ...ended,
    connections: venue.connections === undefined ? undefined : yield* venue.connections
  }
  const verdict = Report.judge(outcome)
  const lines = Report.summary(outcome, verdict)
  yield* Console.log(["", ...isScreen ? lines : lines.map(Text.plain)].join("\n"))
  yield* setExitCode({ held: 0, broken: 1, undecided: 130 }[verdict.result])
})

const demo = Command.make("demo", { duration, symbols, seed, live, breaks }, (options) =>
  Effect.gen(function*() {
    if (options.live) {
      const { layer, venue } = yield* Session.live
      return yield* present(venue, options, layer)
    }
    yield* Session.local.pipe(
      Effect.flatMap((venue) => present(venue, { ...options, breaks: true }, Session.localLayer)),
      Effect.provide(FakeExchange.layerServer({ symbols: options.symbols, seed: options.seed }))
    )
  })).pipe(Command.withDescription("A live market in the terminal, against a fake exchange on this machine."))

const cli = Command.run(demo, { name: "effect-bitfinex demo", version: "0.1.0" })

// without a listener, a closed output would end the process before the sockets are closed
process.stdout.on("error", () => {})

// A signal interrupts the main fiber. The demo handles the signal itself and finishes in a separate fiber, which is
// awaited here; a second signal ends the process.
const main = cli(process.argv).pipe(
  Effect.catchIf(ValidationError.isValidationError, () => setExitCode(1)),
  Effect.provide(NodeContext.layer),
  Effect.forkDaemon,
  Effect.flatMap((fiber) => Effect.onInterrupt(Fiber.join(fiber), () => Fiber.await(fiber)))
)

NodeRuntime.runMain(main, {
  teardown: (exit, onExit) =>
    onExit(Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause) ? 1 : Number(process.exitCode ?? 0))
})
