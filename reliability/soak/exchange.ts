/** The exchange of a real run. It is a separate process, so that measurements cover the client alone. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Facts from "./facts.ts"
import * as Faults from "./faults.ts"
import * as Flood from "./flood.ts"
import type { FromExchange, ToExchange } from "./messages.ts"

const [seed = "1", step = "50", burst = "0"] = process.argv.slice(2)

const say = (message: FromExchange): void => void process.send!(message)

const program = Effect.gen(function*() {
  const exchange = yield* FakeExchange.FakeExchange
  const inbox = yield* Queue.unbounded<ToExchange>()
  process.on("message", (message: ToExchange) => inbox.unsafeOffer(message))
  let driver: Faults.Driver | undefined
  let fiber: Fiber.RuntimeFiber<never> | undefined
  const facts = Facts.make(exchange, () => driver, Facts.watched.real.books)
  const { restUrl, socketUrl } = exchange
  Flood.listen(Number(seed), Number(burst), (floodUrl) => say({ _tag: "Listening", restUrl, socketUrl, floodUrl }))
  while (true) {
    const message = yield* Queue.take(inbox)
    if (message._tag === "Ask") {
      const { id, what } = message
      say({ _tag: "Answered", id, facts: { [what]: yield* facts[what] } })
      continue
    }
    if (message._tag === "Hold") {
      if (driver !== undefined) yield* driver.hold(message.isHeld)
      continue
    }
    if (fiber !== undefined) yield* Fiber.interrupt(fiber)
    if (message._tag === "Begin") {
      driver = Faults.make(exchange, message)
      fiber = yield* Effect.fork(driver.run)
    }
  }
})

process.on("disconnect", () => process.exit())

Effect.runFork(
  program.pipe(
    Effect.provide(
      FakeExchange.layerServer({
        seed: Number(seed),
        step: Number(step),
        tick: Number(step),
        symbols: Facts.symbols,
        history: 600_000,
        remember: 100
      })
    ),
    Effect.provide(Layer.merge(Logger.remove(Logger.defaultLogger), Layer.empty)),
    Effect.tapErrorCause((cause) => Effect.logFatal(cause)),
    Effect.onExit(() => Effect.sync(() => process.exit(1)))
  )
)
