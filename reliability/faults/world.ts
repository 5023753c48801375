import * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import { longestPause } from "../../src/internal/time/retryAfter.ts"
import type * as MarketData from "../../src/MarketData.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Gate from "./gate.ts"
import type { AccountEvidence, Act, Call, Desk, Evidence, Plan, Slow, Watched, WatchedBook } from "./model.ts"
import * as Tap from "./tap.ts"
import * as Time from "./time.ts"

/** Defects that a run of the invariants' own tests plants in the client. */
export interface Planted {
  /** wraps the client's sockets */
  readonly socket?: (construct: (url: string) => globalThis.WebSocket) => (url: string) => globalThis.WebSocket
  /** wraps a service, by the key of its tag */
  readonly service?: { readonly [tag: string]: (service: any, world: World) => any }
  readonly settings?: BitfinexConfig.Overrides
  /** an additional program on the workload's market data */
  readonly market?: (market: MarketData.Service, world: World) => Effect.Effect<void, any, Scope.Scope>
  /** an additional program next to the client */
  readonly beside?: (world: World) => Effect.Effect<void, never, Scope.Scope>
}

/** The environment of a workload. */
export interface World {
  readonly plan: Plan
  readonly passed: () => number
  readonly exchange: FakeExchange.Service
  /** the exchange's clock: for what goes on while the client's process sleeps */
  readonly clock: Clock.Clock
}

/** The running parts of a workload. */
export interface Running {
  readonly watched?: ReadonlyArray<Watched>
  readonly books?: ReadonlyArray<WatchedBook>
  readonly slow?: Array<Slow>
  readonly calls?: ReadonlyArray<Call>
  /** streams that are neither channels nor books, with their exits */
  readonly ended?: Evidence["ended"]
  readonly problems?: Evidence["problems"]
  readonly act?: (act: Extract<Act, { readonly _tag: "Consume" }>) => Effect.Effect<void, never, Scope.Scope>
  /** whether every subscription is live, as far as the workload can observe */
  readonly isQuiet: Effect.Effect<boolean>
  readonly account?: Effect.Effect<AccountEvidence>
  readonly desks?: Effect.Effect<ReadonlyArray<Desk>>
}

export interface Workload {
  readonly name: Plan["workload"]
  readonly exchange: FakeExchange.Options
  /** duration of scripts, and minimum and maximum time without faults after them, ms */
  readonly times: { readonly script: number; readonly peace: number; readonly limit: number }
  readonly settings?: BitfinexConfig.Overrides
  readonly start: (
    world: World,
    planted: Planted
  ) => Effect.Effect<Running, never, Scope.Scope | Socket.WebSocketConstructor | HttpClient.HttpClient>
}

/** the first day of 2024, 00:00 */
export const newYear = 1_704_067_200_000

/** maximum duration of a run in simulated time, ms */
const limit = 7_200_000

class Census extends Supervisor.AbstractSupervisor<void> {
  readonly value = Effect.void
  readonly alive = new Set<Fiber.RuntimeFiber<any, any>>()
  readonly died: Array<string> = []
  override onStart(_context: unknown, _effect: unknown, _parent: unknown, fiber: Fiber.RuntimeFiber<any, any>): void {
    this.alive.add(fiber)
  }
  override onEnd(exit: Exit.Exit<any, any>, fiber: Fiber.RuntimeFiber<any, any>): void {
    this.alive.delete(fiber)
    if (Exit.isFailure(exit) && Cause.isDie(exit.cause)) this.died.push(Cause.pretty(exit.cause))
  }
}

/** collects errors that would end the process; earlier listeners are suspended meanwhile */
const collectUnhandled = Effect.acquireRelease(
  Effect.sync(() => {
    const found: Array<string> = []
    const events = ["unhandledRejection", "uncaughtException"] as const
    const before = events.map((event) => [event, process.listeners(event as "uncaughtException")] as const)
    const listener = (error: unknown) =>
      void found.push(error instanceof Error ? error.stack ?? error.message : String(error))
    for (const event of events) {
      process.removeAllListeners(event)
      process.on(event, listener)
    }
    return { found, before, listener }
  }),
  ({ before, listener }) =>
    Effect.sync(() => {
      for (const [event, listeners] of before) {
        process.removeListener(event, listener)
        for (const each of listeners) process.on(event as "uncaughtException", each)
      }
    })
)

/** the time at which an entry of a script no longer affects frames in transit */
const endOf = (script: number) => ({ act, after, fault }: Plan["script"][number]): number => {
  if (act?._tag === "Sleep") return after + act.millis
  if (fault?._tag === "Stall") return after + fault.millis
  // counted from the submission that it waits for
  if (fault?._tag === "ShowLate") return script + fault.millis
  return after
}

/** ms for which the refusals of a script may pause REST: the SDK keeps each `Retry-After` up to a limit */
const pausesOf = (script: Plan["script"]): number =>
  script.reduce(
    (sum, { fault }) =>
      fault?._tag === "HttpFault" && fault.reply._tag === "status429" ? sum + (fault.times ?? 1) * longestPause : sum,
    0
  )

const frozen = <A extends { readonly exit: () => Exit.Exit<unknown, unknown> | undefined }>(one: A): A => {
  const exit = one.exit()
  return { ...one, exit: () => exit }
}

/** Runs a plan with a workload, and returns the evidence. */
export const run = (plan: Plan, workload: Workload, planted: Planted = {}): Effect.Effect<Evidence> =>
  Effect.scoped(Effect.gen(function*() {
    const { found } = yield* collectUnhandled
    const time = Time.make(newYear, limit)
    const { passed } = time
    const tap = Tap.make(passed)
    const gate = Gate.make()
    const census = new Census()
    const evidence: { -readonly [K in keyof Evidence]: Evidence[K] } = {
      plan,
      tap,
      watched: [],
      slow: [],
      books: [],
      calls: [],
      ended: [],
      account: undefined,
      desks: [],
      problems: [],
      differences: new Map(),
      before: [],
      after: [],
      slept: [],
      closedAt: 0,
      closing: 0,
      unhandled: found,
      fibers: { before: 0, after: 0 },
      failure: undefined
    }

    const program = Effect.gen(function*() {
      const exchangeScope = yield* Scope.make()
      const { step = 2000 } = workload.exchange
      const seed = plan.seed
      const context = yield* Layer.buildWithScope(
        FakeExchange.layerMemory({
          history: 60_000,
          tick: step,
          ...workload.exchange,
          step,
          seed,
          latency: plan.latency
        }),
        exchangeScope
      )
      const exchange = Context.get(context, FakeExchange.FakeExchange)
      const world: World = { plan, passed, exchange, clock: time.steady }
      yield* Effect.sleep(10)
      // includes this fiber and those of the exchange
      const before = census.alive.size

      const clientScope = yield* Scope.make()
      const construct = tap.around(gate.sockets(Context.get(context, Socket.WebSocketConstructor)))
      const doors = context.pipe(
        Context.add(HttpClient.HttpClient, gate.http(Context.get(context, HttpClient.HttpClient))),
        Context.add(
          Socket.WebSocketConstructor,
          planted.socket === undefined ? construct : planted.socket(construct)
        )
      )
      const settings = yield* Layer.buildWithScope(
        BitfinexConfig.layer(workload.settings ?? {}, planted.settings ?? {}),
        clientScope
      )
      const running = yield* workload.start(world, planted).pipe(
        Effect.provide(Context.merge(doors, settings)),
        Scope.extend(clientScope),
        Effect.withClock(time.clock)
      )
      Object.assign(evidence, {
        watched: running.watched ?? [],
        slow: running.slow ?? [],
        books: running.books ?? [],
        calls: running.calls ?? [],
        ended: running.ended ?? [],
        problems: running.problems ?? []
      })

      const happen = (entry: Plan["script"][number]): Effect.Effect<void> => {
        if (entry.fault !== undefined) return exchange.inject(entry.fault)
        const { act } = entry
        if (act === undefined) return Effect.void
        if (act._tag === "ClockStep") return Effect.sync(() => time.step(act.millis))
        if (act._tag === "Sleep") {
          return Effect.sync(() => {
            if (gate.isShut()) return
            gate.shut()
            evidence.slept = [...evidence.slept, [passed(), passed() + act.millis]]
            time.sleep(act.millis, act.clocks, act.first, gate.open)
          })
        }
        return running.act === undefined ? Effect.void : running.act(act).pipe(
          Scope.extend(clientScope),
          Effect.withClock(time.clock)
        )
      }
      if (planted.beside !== undefined) yield* Scope.extend(planted.beside(world), clientScope)
      const script = [...plan.script].sort((a, b) => a.after - b.after)
      for (const entry of script) {
        if (entry.after > passed()) yield* Effect.sleep(entry.after - passed())
        yield* happen(entry)
      }
      // all effects of the script have ended: no frame is delayed, and closed connections are open again
      const end = Math.max(workload.times.script, ...script.map(endOf(workload.times.script)))
      if (end > passed()) yield* Effect.sleep(end - passed())
      const peaceful = passed()
      yield* Effect.sleep(workload.times.peace)
      const patience = workload.times.limit + pausesOf(script)
      while (passed() - peaceful < patience && !(yield* running.isQuiet)) yield* Effect.sleep(5000)
      // between two steps of the market, if there are any, with nothing in flight
      const pause = Math.min(step, 1000)
      const place = passed() % pause
      yield* Effect.sleep(pause + pause / 2 - place)

      for (const { difference, name } of [...evidence.watched, ...evidence.books]) {
        const found = difference(exchange.market)
        if (found !== undefined) (evidence.differences as Map<string, string>).set(name, found)
      }
      if (running.account !== undefined) evidence.account = yield* running.account
      if (running.desks !== undefined) evidence.desks = yield* running.desks
      evidence.before = yield* exchange.connections
      // the current state, because all of it ends with the client
      evidence.watched = evidence.watched.map(frozen)
      evidence.books = evidence.books.map(frozen)
      evidence.ended = evidence.ended.map(frozen)
      evidence.slow = evidence.slow.map((each) => {
        const all = each.all()
        return { ...frozen(each), all: () => all }
      })
      evidence.closedAt = passed()
      yield* Effect.withClock(Scope.close(clientScope, Exit.void), time.clock)
      evidence.closing = passed() - evidence.closedAt
      // longer than a double waits for a missing close frame; earlier reports must still be true then
      yield* Effect.sleep(60_000)
      evidence.after = yield* exchange.connections
      evidence.fibers = { before, after: census.alive.size }
      yield* Scope.close(exchangeScope, Exit.void)
    }).pipe(
      Effect.withRandom(Random.make(`faults ${plan.seed}`)),
      Effect.supervised(census),
      Effect.provide(Logger.remove(Logger.defaultLogger))
    )

    const exit = yield* Effect.exit(Effect.flatten(time.run(program)))
    evidence.failure = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : undefined
    // rejections are reported one turn of the event loop later
    yield* Effect.async<void>((resume) => {
      setImmediate(() => resume(Effect.void))
    })
    evidence.unhandled = [...found, ...census.died]
    return evidence
  }))
