/** One life of a client: started, measured while the exchange ends its connections, left without faults, and closed. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as Dice from "../faults/dice.ts"
import * as Activities from "./activities.ts"
import * as Client from "./client.ts"
import type * as FaultPlan from "./faults.ts"
import * as Gauges from "./gauges.ts"
import type { Facts } from "./messages.ts"
import type { Plant } from "./plants.ts"
import * as Samples from "./samples.ts"
import * as Tap from "./tap.ts"
import type { Gauge, Sample } from "./verdict.ts"
import { breaks, makeTally, type Tally, type Truth, type World } from "./world.ts"

/** The exchange's interface for a soak. */
export interface Exchange extends Truth {
  readonly begin: (plan: FaultPlan.Plan) => Effect.Effect<void>
  /** while it is held, it applies no fault */
  readonly hold: (isHeld: boolean) => Effect.Effect<void>
  readonly peace: Effect.Effect<void>
  readonly connections: Effect.Effect<Facts["connections"]>
}

/** The client's environment and pace. */
export interface Stage extends Pick<World, "channels" | "books" | "unit" | "pace"> {
  readonly doors: Layer.Layer<Socket.WebSocketConstructor | HttpClient.HttpClient>
  readonly settings: BitfinexConfig.Overrides
  readonly exchange: Exchange
  /** by how much the windows of the rate limits are shortened */
  readonly limits: number
  readonly plant: Plant | undefined
  /** the gauges that must not grow */
  readonly gauges: ReadonlyArray<Gauge>
  /** sockets to the flood, and its address */
  readonly flood?: Client.Flood
  /** ms until the system, undici's kept connections and the test doubles must have released closed resources */
  readonly lettingGo: number
  readonly print: (line: string) => void
}

export interface Terms extends FaultPlan.Plan {
  /** the life continues beyond `millis` until this number of frames was received */
  readonly frames: number
  /** ms between samples, and before the first sample that is evaluated; times in which the workload is held do not count */
  readonly every: number
  readonly warmUp: number
  /**
   * for how long the workload and the faults are held at most before a sample, ms, until nothing is in flight; a sample
   * of a client that is busy after that is not evaluated. 0: they are not held, and each sample is evaluated
   */
  readonly calm: number
  /** maximum time until everything is live again after the last fault, ms */
  readonly peace: number
}

export interface Outcome {
  readonly tally: Tally
  readonly samples: ReadonlyArray<Sample>
  readonly frames: number
  readonly bytes: number
  readonly made: number
  readonly losses: number
  readonly codes: ReadonlyMap<number, number>
  /** connections that the exchange ended */
  readonly ended: number
  /** duration of the client's life, and of its closing, ms */
  readonly lasted: number
  readonly closing: number
  /** the gauges after everything was closed, once they had returned or the wait was over */
  readonly after: Sample["values"]
}

/** reads until the gauges are back at `before`, for a limited time; without `before`, reads once after a part of that time */
const readBack = (stage: Stage, tap: Tap.Tap, before: Sample["values"] | undefined) =>
  Effect.gen(function*() {
    let found = yield* Gauges.read(tap)
    const isBack = () =>
      before !== undefined &&
      stage.gauges.every(({ leftover, name }) =>
        leftover === undefined || (found[name] ?? 0) - (before[name] ?? 0) <= leftover
      )
    if (before === undefined) {
      yield* Effect.sleep(stage.lettingGo / 3)
      return yield* Gauges.read(tap)
    }
    for (let waited = 0; waited < stage.lettingGo && !isBack(); waited += 1000) {
      yield* Effect.sleep(1000)
      found = yield* Gauges.read(tap)
    }
    return found
  })

/**
 * Connections that the exchange holds when the client is closed: it waits for them for a limited time, since an exchange that
 * stalls a connection reads the client's end of it only later.
 */
const stillOpen = ({ exchange, lettingGo }: Stage): Effect.Effect<number> =>
  Effect.gen(function*() {
    let { open } = yield* exchange.connections
    for (let waited = 0; waited < lettingGo && open > 0; waited += 1000) {
      yield* Effect.sleep(1000)
      open = (yield* exchange.connections).open
    }
    return open
  })

const count = (value: number) => value.toLocaleString("en")

export const live = (
  stage: Stage,
  terms: Terms,
  before: Sample["values"] | undefined,
  name: string
): Effect.Effect<Outcome> =>
  Effect.gen(function*() {
    const { books, channels, doors, exchange, pace, plant, print, settings, unit } = stage
    const clock = yield* Effect.clock
    const start = yield* Clock.currentTimeMillis
    const passed = () => clock.unsafeCurrentTimeMillis() - start
    const tally = makeTally()
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(doors, scope)
    const tap = Tap.make(plant)
    const dice = Dice.make(`client ${terms.seed}`)
    const activities = yield* Activities.make
    const world: World = { passed, dice, tap, tally, activities, truth: exchange, channels, books, unit, pace }
    const client = yield* Client.start(world, settings, stage).pipe(Effect.provide(context), Scope.extend(scope))

    yield* exchange.begin(terms)
    const samples = Samples.make(stage.gauges.map(({ name }) => name))
    let audit: Fiber.RuntimeFiber<void> | undefined
    /** ms in which the workload was held */
    let held = 0
    const active = () => passed() - held
    let fewest = Number.POSITIVE_INFINITY
    /**
     * Waits until nothing is in flight, for a limited time. What the client does on its own, as the resolution of an outcome,
     * shows in its fibers: it is waited for until these are as few as they ever were, but no longer than for a part of
     * the time, since they would never be if they leaked.
     */
    const calm = Effect.gen(function*() {
      const begin = passed()
      let isQuiet = terms.calm === 0
      while (passed() < begin + (isQuiet ? terms.calm / 3 : terms.calm)) {
        isQuiet = (audit === undefined || audit.unsafePoll() !== null) && (yield* client.isQuiet)
        const fibers = Gauges.fibers()
        if (isQuiet) fewest = Math.min(fewest, fibers)
        if (isQuiet && fibers <= fewest + 1) return true
        yield* Effect.sleep(20)
      }
      return isQuiet
    })
    const sample = Effect.gen(function*() {
      const at = active()
      const isQuiet = yield* calm
      const values = yield* Gauges.read(tap)
      if (isQuiet && at >= terms.warmUp) {
        const compared = Gauges.withoutKept(values, tally.resolutions)
        samples.add({ at, frames: tap.frames(), losses: tap.losses(), values: compared })
      }
      return values
    })
    /** holds the workload and the faults meanwhile */
    const apart = <A>(use: Effect.Effect<A>): Effect.Effect<A> =>
      Effect.gen(function*() {
        const before = passed()
        yield* Effect.zipRight(exchange.hold(true), activities.hold)
        const result = yield* use
        yield* Effect.zipRight(exchange.hold(false), activities.release)
        held += passed() - before
        return result
      })
    let printed = 0
    while (active() < terms.millis || tap.frames() < terms.frames) {
      if (audit?.unsafePoll() !== null) audit = yield* Effect.fork(client.audit)
      yield* Effect.sleep(terms.every)
      const values = yield* terms.calm === 0 ? sample : apart(sample)
      const at = active()
      if (at / terms.millis >= printed / 10) {
        printed = Math.floor((at / terms.millis) * 10) + 1
        const heap = (values["heap"]! / 2 ** 20).toFixed(1)
        print(
          `${name}, ${(at / 60_000).toFixed(1)} min: ${count(tap.frames())} frames, ${
            count(tap.losses())
          } connections` +
            ` lost, heap ${heap} MiB, ${values["fibers"]} fibers, ${tally.brokenAll} breaches`
        )
      }
    }
    yield* exchange.peace
    print(`${name}, ${(passed() / 60_000).toFixed(1)} min: peace`)
    const until = passed() + terms.peace
    let unsettled = yield* client.unsettled
    while (unsettled.length > 0 && passed() < until) {
      yield* Effect.sleep(500)
      unsettled = yield* client.unsettled
    }
    if (unsettled.length > 0) print(`${name}: not settled: ${unsettled.join("; ").slice(0, 500)}`)
    for (const what of unsettled) breaks(tally, `${Math.round(terms.peace / 1000)} s after the last fault: ${what}`)
    if (audit !== undefined) yield* Fiber.join(audit)
    yield* client.audit
    if ((tally.problems.get("Defect") ?? 0) > 0) breaks(tally, "a connection reported a defect")
    const { ended } = yield* exchange.connections
    const lasted = passed()
    const exit = yield* Effect.exit(Scope.close(scope, Exit.void))
    if (Exit.isFailure(exit)) breaks(tally, `closing failed: ${Cause.pretty(exit.cause).slice(0, 300)}`)
    const closing = passed() - lasted
    const after = yield* readBack(stage, tap, before)
    const open = yield* stillOpen(stage)
    if (open > 0) breaks(tally, `${open} connections are open at the exchange, and the client is closed`)
    return {
      tally,
      samples: samples.all(),
      frames: tap.frames(),
      bytes: tap.bytes(),
      made: tap.made(),
      losses: tap.losses(),
      codes: tap.codes,
      ended,
      lasted,
      closing,
      after
    }
  })
