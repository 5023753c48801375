/**
 * The fake exchange without its doors: one market, many connections, and their faults.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Clocks from "../../../internal/time/clock.ts"
import * as Later from "../../../internal/time/later.ts"
import type { Fault } from "../../Fault.ts"
import type { Market } from "../market/model.ts"
import type { HttpRequest, HttpResponse } from "../venue/http.ts"
import type { Connection, Door } from "./connection.ts"
import type { Core, MetFault, Options, SeenFrame, SeenRequest } from "./core.ts"
import { act, living } from "./core.ts"
import { makeRegistry, timesOf } from "./faults.ts"
import { makeChanIds, makeMemory, serverIdOf } from "./memory.ts"
import { serve } from "./serve.ts"
import { openConnection, type Refusal, refusalOf } from "./upgrade.ts"

export type Upgrade =
  | { readonly _tag: "Accepted"; readonly open: (door: Door) => Effect.Effect<Connection> }
  | { readonly _tag: "Refused"; readonly refusal: Refusal }

export interface Exchange {
  readonly market: Market
  /** the venue's time, ms since the epoch */
  readonly now: () => number
  readonly inject: (fault: Fault) => Effect.Effect<void>
  /** the answer to an upgrade; `url` is the requested address */
  readonly upgrade: (url: string) => Effect.Effect<Upgrade>
  /** undefined when the connection is cut without an answer */
  readonly http: (request: HttpRequest) => Effect.Effect<HttpResponse | undefined>
  readonly connections: () => ReadonlyArray<Connection>
  readonly frames: () => ReadonlyArray<SeenFrame>
  readonly requests: () => ReadonlyArray<SeenRequest>
  readonly faults: () => ReadonlyArray<MetFault>
  readonly counts: () => Counts
  readonly until: (predicate: () => boolean) => Effect.Effect<void>
  /** runs an effect of a door in the scope of the exchange; false when that scope is closed */
  readonly run: (effect: Effect.Effect<void>) => boolean
}

export interface Counts {
  readonly upgrades: number
  readonly refused: number
  readonly opened: number
  readonly frames: number
  readonly requests: number
}

/** a market that fell behind, as after a machine slept, catches up in batches of this much market time, ms */
const catchUp = 60_000

const inject = (core: Core, fault: Fault): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { connections, registry } = core
    const times = timesOf(fault)
    const target = "connection" in fault ? fault.connection : undefined
    if (times !== undefined) {
      const until = fault._tag === "HttpFault" && fault.millis !== undefined ? core.now() + fault.millis : Infinity
      registry.add(fault, target, times, until)
      // these take effect immediately; the others act at their next occasion
      if (fault._tag === "ChannelLimit" || fault._tag === "WrongDate") core.meet(fault, target)
      return Effect.void
    }
    if (core.options.onFault?.(fault) === true) {
      core.meet(fault, undefined)
      return Effect.void
    }
    if (fault._tag === "Info" && target === undefined && fault.code >= 20060) core.status = fault.code === 20060 ? 0 : 1
    if (target !== undefined && !connections.has(target)) {
      core.awaited = [...core.awaited, fault]
      return Effect.void
    }
    const concerned = living(core).filter((one) => target === undefined || one.id === target)
    const found = concerned.filter((one) => act(core, fault, one)).length
    return found > 0 ? Effect.void : Effect.logWarning("a fault found nothing to act on", fault)
  })

/** effects that wait for a condition */
const makeWaiters = () => {
  let waiters: ReadonlyArray<readonly [predicate: () => boolean, done: Deferred.Deferred<void>]> = []
  return {
    onChange: () => {
      if (waiters.length === 0) return
      const [done, still] = [waiters.filter(([is]) => is()), waiters.filter(([is]) => !is())]
      waiters = still
      for (const [, deferred] of done) Later.done(deferred, Effect.void)
    },
    until: (predicate: () => boolean): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (predicate()) return Effect.void
        const done = Later.deferred<void>()
        waiters = [...waiters, [predicate, done]]
        return Deferred.await(done).pipe(
          Effect.onInterrupt(() =>
            Effect.sync(() => {
              waiters = waiters.filter(([, other]) => other !== done)
            })
          )
        )
      })
  }
}

const upgrade = (core: Core) => {
  let lastId = 0
  let refused = 0
  let attempts: ReadonlyArray<number> = []
  return {
    asked: () => lastId,
    refused: () => refused,
    ask: (url: string): Effect.Effect<Upgrade> =>
      Effect.gen(function*() {
        const { clock, options, registry } = core
        const id = ++lastId
        attempts = [...attempts, core.now()].slice(-1000)
        const refusal = refusalOf(core, id, url, attempts)
        const slow = registry.take("SlowHandshake", id)
        const wait = (slow?.millis ?? 0) + 2 * options.latency
        yield* wait > 0 ? clock.sleep(Duration.millis(wait)) : Effect.yieldNow()
        if (refusal !== undefined) {
          refused++
          return { _tag: "Refused", refusal }
        }
        return { _tag: "Accepted", open: (door) => openConnection(core, id, url, door) }
      })
  }
}

/** a request that was sent is processed whether or not the client still waits for the answer */
const http = (core: Core, request: HttpRequest): Effect.Effect<HttpResponse | undefined> =>
  Effect.suspend(() => {
    const done = Later.deferred<HttpResponse | undefined>()
    const served = Effect.flatMap(serve(core, request, done), (response) => Deferred.succeed(done, response)).pipe(
      Effect.onInterrupt(() => Deferred.succeed(done, undefined)),
      Effect.asVoid
    )
    if (!core.run(served)) return Effect.succeed(undefined)
    // a client that stops waiting ends a request that hangs
    return Effect.onInterrupt(Deferred.await(done), () => Deferred.succeed(done, undefined))
  })

/** drives the simulated traders, heartbeats and slow books */
const beat = (core: Core): Effect.Effect<void> =>
  Effect.sync(() => {
    const { market } = core.options
    const at = core.now()
    for (const one of living(core)) one.venue.tick(at)
    market.advance(Math.min(at, market.now() + catchUp))
  })

const makeShared = (
  options: Options
): Effect.Effect<readonly [Core, ReturnType<typeof makeWaiters>], never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const offset = options.start - Clocks.mts(clock)
    const now = () => offset + Clocks.mts(clock)
    const fork = yield* FiberSet.makeRuntime<never>()
    const waiters = makeWaiters()
    const met = makeMemory<MetFault>(options.remember)
    const meet = (fault: Fault, connection: number | undefined) => met.add({ at: now(), connection, fault })
    const core: Core = {
      options,
      clock,
      now,
      met,
      meet,
      run: (effect) => {
        if (core.isRunning) fork(effect)
        return core.isRunning
      },
      later: (millis, action) => {
        core.run(Effect.zipRight(
          millis > 0 ? clock.sleep(Duration.millis(millis)) : Effect.yieldNow(),
          Effect.sync(action)
        ))
      },
      registry: makeRegistry(meet),
      serverId: serverIdOf(options.seed),
      chanIdOf: makeChanIds(options.seed),
      connections: new Map(),
      live: new Set(),
      frames: makeMemory(options.remember),
      requests: makeMemory(options.remember),
      onChange: waiters.onChange,
      status: 1,
      awaited: [],
      isRunning: true,
      opened: 0
    }
    return [core, waiters] as const
  })

export const makeExchange = (options: Options): Effect.Effect<Exchange, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { market } = options
    const [core, waiters] = yield* makeShared(options)
    const { clock } = core
    const upgrades = upgrade(core)

    const removeListener = market.onStep((step) => {
      for (const one of living(core)) one.venue.step(step)
      options.onStep?.(step)
    })
    core.run(
      Effect.zipRight(clock.sleep(Duration.millis(options.tick)), beat(core)).pipe(
        Effect.forever,
        Effect.tapErrorCause((cause) => Effect.logFatal("the exchange stands still", cause))
      )
    )
    for (const { after, fault } of options.script) {
      core.run(Effect.zipRight(clock.sleep(Duration.millis(after)), inject(core, fault)))
    }

    // registered last, so it runs before the fibers of the exchange are interrupted
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        core.isRunning = false
        removeListener()
        for (const one of living(core)) one.stop(1001, "the exchange stops")
      })
    )

    return {
      market,
      now: core.now,
      inject: (fault) => inject(core, fault),
      upgrade: upgrades.ask,
      http: (request) => http(core, request),
      run: core.run,
      connections: () => [...core.connections.values()],
      frames: core.frames.list,
      requests: core.requests.list,
      faults: core.met.list,
      counts: () => ({
        upgrades: upgrades.asked(),
        refused: upgrades.refused(),
        opened: core.opened,
        frames: core.frames.count(),
        requests: core.requests.count()
      }),
      until: waiters.until
    }
  })
