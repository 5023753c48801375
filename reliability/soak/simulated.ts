/** A soak in memory: the exchange is in this process, and time is simulated. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Time from "../faults/time.ts"
import { newYear } from "../faults/world.ts"
import * as Facts from "./facts.ts"
import * as Faults from "./faults.ts"
import * as Gauges from "./gauges.ts"
import type * as Life from "./life.ts"
import { plants } from "./plants.ts"
import type { Found } from "./report.ts"
import * as Run from "./run.ts"

/** maximum number of market steps; each produces about 150 frames */
const moves = 8640

const minute = 60_000

const make = (seed: number, step: number) =>
  Effect.gen(function*() {
    const context = yield* Layer.build(
      FakeExchange.layerMemory({
        seed,
        step,
        // heartbeats are due every 15 s, and are sent at a tick
        tick: Math.min(step, 5000),
        symbols: Facts.symbols,
        history: 600_000,
        // its history of closed connections holds their sockets, in the heap that is measured
        remember: 1
      })
    )
    const service = Context.get(context, FakeExchange.FakeExchange)
    let driver: Faults.Driver | undefined
    let fiber: Fiber.RuntimeFiber<never> | undefined
    const peace = Effect.suspend(() => fiber === undefined ? Effect.void : Fiber.interrupt(fiber))
    const exchange: Life.Exchange = {
      ...Facts.make(service, () => driver, Facts.watched.simulated.books),
      peace,
      hold: (isHeld) => driver?.hold(isHeld) ?? Effect.void,
      begin: (plan) =>
        Effect.gen(function*() {
          yield* peace
          driver = Faults.make(service, plan)
          fiber = yield* Effect.forkDaemon(driver.run)
        })
    }
    const doors = Layer.succeedContext(Context.pick(Socket.WebSocketConstructor, HttpClient.HttpClient)(context))
    return { exchange, doors }
  })

export const soak = (options: {
  readonly seed: number
  readonly millis: number
  readonly reconnects: number
  readonly plant: string | undefined
  readonly print: (line: string) => void
}): Effect.Effect<Found> =>
  Effect.gen(function*() {
    const { millis, plant, print, reconnects, seed } = options
    const { add, found } = yield* Run.collectUnhandled
    const terms: Life.Terms = {
      seed,
      millis,
      frames: 0,
      reconnects,
      every: Math.max(minute / 2, millis / 120),
      warmUp: millis / 5,
      // its visits last for minutes, and its gauges of memory allow for them
      calm: 0,
      peace: 15 * minute
    }
    const rehearsal: Life.Terms = { ...terms, millis: millis / 24, reconnects: reconnects / 24, every: minute }
    // rehearsal and measured run, the time without faults, and the waits at the end
    const time = Time.make(newYear, 2 * millis + 120 * minute)
    const program = Effect.gen(function*() {
      const { doors, exchange } = yield* make(seed, Math.max(1000, millis / moves))
      const stage: Life.Stage = {
        doors,
        ...Facts.watched.simulated,
        gauges: Gauges.simulated,
        // the metrics of the process
        settings: {},
        exchange,
        limits: 1,
        unit: 500,
        pace: { command: 20_000, order: 300_000, call: 60_000 },
        plant: plant === undefined ? undefined : plants[plant],
        lettingGo: 40_000,
        print
      }
      return yield* Run.run(stage, rehearsal, terms, found)
    }).pipe(
      Effect.scoped,
      Effect.withRandom(Random.make(`soak ${seed}`)),
      Effect.provide(Run.loggerOf(add))
    )
    return yield* Effect.flatten(time.run(program))
  }).pipe(Effect.scoped)
