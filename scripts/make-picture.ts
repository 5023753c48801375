/**
 * Draws the demo's screen as an SVG: runs the demo's session against a fake exchange, takes the screen that it shows just
 * after the recovery, and writes `docs/public/demo.svg`. `npm run docs:picture`.
 */
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Ref from "effect/Ref"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Session from "../examples/demo/session.ts"
import * as State from "../examples/demo/state.ts"
import * as View from "../examples/demo/view.ts"
import * as Picture from "./picture.ts"

const columns = 112
const rows = 36
const symbols = ["tBTCUSD", "tETHUSD", "tSOLUSD"] as const
const millis = 15_000

const lines = Effect.gen(function*() {
  const venue = yield* Session.local
  const state = yield* Ref.make(State.initial(symbols, yield* Clock.currentTimeMillis))
  const options = { symbols, duration: Duration.millis(millis), breaks: true }
  const fiber = yield* Session.run(state, venue, options, Effect.never).pipe(
    Effect.provide(Session.localLayer),
    Effect.scoped,
    Effect.fork
  )
  yield* Effect.sleep("8 seconds")
  const screen = View.screen(yield* Ref.get(state), {
    // a port that is the same in each picture
    title: "fake exchange at ws://127.0.0.1:8080/ws/2",
    now: yield* Clock.currentTimeMillis,
    millis,
    columns,
    rows
  })
  yield* Fiber.interrupt(fiber)
  return screen
}).pipe(
  Effect.provide(FakeExchange.layerServer({ symbols, seed: 1 })),
  Logger.withMinimumLogLevel(LogLevel.None)
)

const svg = Picture.svg(await Effect.runPromise(lines), columns, "npm run demo")
fs.writeFileSync(fileURLToPath(new URL("../docs/public/demo.svg", import.meta.url)), svg)
