/**
 * The fake exchange without its doors: one market, many connections, and the faults that befall them.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { Fault, HttpReply, Script } from "../../Fault.ts"
import type { Market, Step } from "../market/model.ts"
import type { Account, Connection as AccountConnection } from "../venue/account.ts"
import type { HttpRequest, HttpResponse } from "../venue/http.ts"
import { hugeText, json, spoiled } from "../venue/http.ts"
import type { Reply } from "../venue/rest.ts"
import { makeVenueSocket } from "../venue/socket.ts"
import type { Connection, Door } from "./connection.ts"
import { makeConnection } from "./connection.ts"
import { accountSabotageOf, makeRegistry, sabotageOf } from "./faults.ts"

export interface Options {
  readonly seed: number
  readonly market: Market
  /** the venue's time now, which from here on passes as Clock's does */
  readonly start: number
  readonly tick: number
  readonly latency: number
  readonly channelCap: number
  readonly script: Script
  /** how many frames and requests are remembered */
  readonly remember: number
  /** the account's side of a connection */
  readonly account?: (connection: AccountConnection) => Account
  /** takes a request, and answers what carries it out, which may be later */
  readonly accept: (request: HttpRequest, at: number) => (at: number) => Reply
  /** what else happens when the market has made a step, after its connections heard of it */
  readonly onStep?: (step: Step) => void
}

export interface Seen {
  readonly at: number
}

export interface SeenFrame extends Seen {
  readonly connection: number
  readonly data: string | Uint8Array
}

export interface SeenRequest extends Seen {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string
  /** the fault that it met */
  readonly fault: HttpReply["_tag"] | undefined
}

export interface MetFault extends Seen {
  readonly connection: number | undefined
  readonly fault: Fault
}

export type Upgrade =
  | { readonly _tag: "Accepted"; readonly open: (door: Door) => Effect.Effect<Connection> }
  | { readonly _tag: "Refused"; readonly status: number | "reset" }

export interface Exchange {
  readonly market: Market
  /** the venue's time, ms since the epoch */
  readonly now: () => number
  readonly inject: (fault: Fault) => Effect.Effect<void>
  /** the answer to an upgrade; `url` is what the client asked for */
  readonly upgrade: (url: string) => Effect.Effect<Upgrade>
  /** undefined when the connection is cut without an answer */
  readonly http: (request: HttpRequest) => Effect.Effect<HttpResponse | undefined>
  readonly connections: () => ReadonlyArray<Connection>
  readonly frames: () => ReadonlyArray<SeenFrame>
  readonly requests: () => ReadonlyArray<SeenRequest>
  readonly faults: () => ReadonlyArray<MetFault>
  readonly counts: () => Counts
  readonly until: (predicate: () => boolean) => Effect.Effect<void>
  /** runs something of a door's in the scope of the exchange; false when that is closed */
  readonly run: (effect: Effect.Effect<void>) => boolean
}

export interface Counts {
  readonly upgrades: number
  readonly refused: number
  readonly opened: number
  readonly frames: number
  readonly requests: number
}

/** a market that fell behind, as on a machine that slept, catches up by so many ms of its own at a time */
const catchUp = 60_000

/** numbers that differ by seed and by salt, the same in every run */
const scatter = (seed: number, salt: number): number => {
  let x = Math.imul(seed ^ (salt * 0x9e3779b1), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

const serverIdOf = (seed: number): string => {
  const hex = [1, 2, 3, 4].map((salt) => scatter(seed, salt).toString(16).padStart(8, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join("-")
}

/** a list that forgets its oldest */
const makeMemory = <A>(size: number) => {
  let items: Array<A> = []
  let count = 0
  return {
    add: (item: A) => {
      count++
      items.push(item)
      if (items.length > 2 * size) items = items.slice(-size)
    },
    list: (): ReadonlyArray<A> => items.slice(-size),
    count: () => count
  }
}

export const makeExchange = (options: Options): Effect.Effect<Exchange, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { market } = options
    const clock = yield* Effect.clock
    const offset = options.start - clock.unsafeCurrentTimeMillis()
    const now = () => offset + clock.unsafeCurrentTimeMillis()
    const fork = yield* FiberSet.makeRuntime<never>()
    const met = makeMemory<MetFault>(options.remember)
    const meet = (fault: Fault, connection: number | undefined) => met.add({ at: now(), connection, fault })
    const registry = makeRegistry(meet)
    const serverId = serverIdOf(options.seed)
    const chanIds = new Map<string, number>()
    const connections = new Map<number, Connection>()
    const frames = makeMemory<SeenFrame>(options.remember)
    const requests = makeMemory<SeenRequest>(options.remember)
    /** faults for connections that are still to come */
    let awaited: ReadonlyArray<Fault & { readonly connection?: number | undefined }> = []
    let waiters: ReadonlyArray<readonly [predicate: () => boolean, done: Deferred.Deferred<void>]> = []
    let attempts: ReadonlyArray<number> = []
    let status: 0 | 1 = 1
    let lastId = 0
    let refused = 0
    let opened = 0
    let isRunning = true

    const run = (effect: Effect.Effect<void>): boolean => {
      if (isRunning) fork(effect)
      return isRunning
    }

    /** never from within a call, so that nothing ends or speaks amid something else */
    const later = (millis: number, action: () => void) => {
      run(Effect.zipRight(
        millis > 0 ? clock.sleep(Duration.millis(millis)) : Effect.yieldNow(),
        Effect.sync(action)
      ))
    }

    const chanIdOf = (name: string): number => {
      const known = chanIds.get(name)
      if (known !== undefined) return known
      const id = 10_000 + (scatter(options.seed, 5) % 200_000) + chanIds.size * 7
      chanIds.set(name, id)
      return id
    }

    const onChange = () => {
      if (waiters.length === 0) return
      const [done, still] = [waiters.filter(([is]) => is()), waiters.filter(([is]) => !is())]
      waiters = still
      for (const [, deferred] of done) Deferred.unsafeDone(deferred, Effect.void)
    }

    /** connections that are not closed, or were not when last asked */
    const live = new Set<Connection>()
    const living = (): ReadonlyArray<Connection> => {
      for (const one of live) if (one.state() === "closed") live.delete(one)
      return [...live]
    }

    /** what a fault does to one open connection, if it finds there what it is about */
    const strike = (fault: Fault, one: Connection): "met" | "missed" | "waits" => {
      switch (fault._tag) {
        case "Drop":
          one.drop(fault.code, fault.reason ?? "")
          return "met"
        case "HalfOpen":
          one.freeze()
          return "met"
        case "Delay":
          one.delay(fault.millis)
          return "met"
        case "Mute":
          return one.venue.mute(fault.channel) > 0 ? "met" : "missed"
        case "MuteSocket":
          one.venue.muteAll()
          return "met"
        case "Send":
          one.send(fault.text)
          return "met"
        case "SendBinary":
          one.send(Uint8Array.from(fault.bytes))
          return "met"
        case "Huge":
          one.send(hugeText(fault.bytes))
          return "met"
        case "Info":
          one.venue.info(fault.code)
          return "met"
        case "UnknownAccountEvent": {
          const { account } = one.venue
          if (account?.session() === undefined) return "missed"
          account.raw(fault.type, fault.payload)
          return "met"
        }
        default:
          // what spoils a frame waits for that frame
          registry.add(fault, one.id, 1)
          return "waits"
      }
    }

    const act = (fault: Fault, one: Connection): boolean => {
      const outcome = strike(fault, one)
      if (outcome === "met") meet(fault, one.id)
      return outcome !== "missed"
    }

    const inject = (fault: Fault): Effect.Effect<void> =>
      Effect.suspend(() => {
        switch (fault._tag) {
          case "Refuse":
          case "RejectSubscribe":
          case "IgnoreSubscribe":
            registry.add(fault, fault.connection, fault.times)
            return Effect.void
          case "SlowHandshake":
          case "Version":
          case "DataBeforeSubscribed":
          case "IgnoreConf":
          case "DropOnCommand":
          case "LoseNotification":
          case "DelayNotification":
          case "RefuseLogin":
          case "IgnoreLogin":
          case "SkipSnapshot":
          case "DelaySnapshot":
          case "MalformedAccountEvent":
            registry.add(fault, fault.connection, fault.times ?? 1)
            return Effect.void
          case "ChannelLimit":
            registry.add(fault, fault.connection, Infinity)
            meet(fault, fault.connection)
            return Effect.void
          case "ConnectLimit":
            registry.add(fault, undefined, Infinity)
            return Effect.void
          case "HttpFault":
            registry.add(fault, undefined, fault.times ?? 1)
            return Effect.void
          default: {
            const target = fault.connection
            if (fault._tag === "Info" && target === undefined && fault.code >= 20060) {
              status = fault.code === 20060 ? 0 : 1
            }
            if (target !== undefined && !connections.has(target)) {
              awaited = [...awaited, fault]
              return Effect.void
            }
            const concerned = living().filter((one) => target === undefined || one.id === target)
            const found = concerned.filter((one) => act(fault, one)).length
            return found > 0 ? Effect.void : Effect.logWarning("a fault found nothing to act on", fault)
          }
        }
      })

    const open = (id: number, url: string, door: Door): Effect.Effect<Connection> =>
      Effect.gen(function*() {
        const version = registry.take("Version", id)?.version
        const { account } = options
        const connection = yield* makeConnection({
          id,
          url,
          door,
          clock,
          run,
          latency: options.latency,
          venue: (emit) =>
            makeVenueSocket({
              market,
              now,
              emit,
              serverId,
              chanIdOf,
              status,
              channelCap: options.channelCap,
              sabotage: sabotageOf(registry, id),
              ...(account === undefined ? {} : {
                account: (wire) =>
                  account({
                    wire,
                    now,
                    later,
                    drop: (code) => later(0, () => connections.get(id)?.dropBehind(code)),
                    isMaintenance: () => status === 0,
                    sabotage: accountSabotageOf(registry, id)
                  })
              }),
              ...(version === undefined ? {} : { version })
            }),
          onReceive: (one, data) => frames.add({ at: now(), connection: one.id, data }),
          onChange
        })
        connections.set(id, connection)
        live.add(connection)
        opened++
        connection.open()
        const own = awaited.filter((fault) => fault.connection === id)
        awaited = awaited.filter((fault) => fault.connection !== id)
        for (const fault of own) act(fault, connection)
        forget()
        return connection
      })

    /** of the connections that are closed, only the latest are remembered */
    const forget = () => {
      const closed = [...connections.values()].filter((one) => one.state() === "closed")
      for (const one of closed.slice(0, Math.max(0, closed.length - options.remember))) connections.delete(one.id)
    }

    const refusalOf = (id: number, url: string, at: number): number | "reset" | undefined => {
      if (!isRunning) return "reset"
      if (!/^[a-z]+:\/\/[^/]+\/ws\/2\/?(\?|$)/.test(url)) return 404
      const limit = registry.find("ConnectLimit", id)
      if (limit !== undefined) {
        attempts = attempts.filter((attempt) => attempt > at - (limit.millis ?? 60_000))
        if (attempts.length > (limit.connections ?? 20)) {
          meet(limit, id)
          return 429
        }
      }
      const fault = registry.take("Refuse", id)
      return fault === undefined ? undefined : fault.status ?? 503
    }

    const upgrade = (url: string): Effect.Effect<Upgrade> =>
      Effect.gen(function*() {
        const id = ++lastId
        const at = now()
        attempts = [...attempts, at].slice(-1000)
        const refusal = refusalOf(id, url, at)
        const slow = registry.take("SlowHandshake", id)
        const wait = (slow?.millis ?? 0) + 2 * options.latency
        yield* wait > 0 ? clock.sleep(Duration.millis(wait)) : Effect.yieldNow()
        if (refusal !== undefined) {
          refused++
          return { _tag: "Refused", status: refusal }
        }
        return { _tag: "Accepted", open: (door) => open(id, url, door) }
      })

    const serve = (request: HttpRequest): Effect.Effect<HttpResponse | undefined> =>
      Effect.gen(function*() {
        yield* clock.sleep(Duration.millis(options.latency))
        const fault = registry.takeHttp(request.path)
        const { headers: _, ...seen } = request
        requests.add({ ...seen, at: now(), fault: fault?._tag })
        onChange()
        const respond = (carryOut: (at: number) => Reply): HttpResponse => {
          const reply = carryOut(now())
          // the market knows of no maintenance
          const body = status === 0 && request.path.endsWith("/platform/status") ? [0] : reply.body
          return { status: reply.status, headers: json, body: JSON.stringify(body) }
        }
        const accept = () => options.accept(request, now())
        let response: HttpResponse | undefined
        if (fault?._tag === "delay") {
          const carryOut = accept()
          yield* clock.sleep(Duration.millis(fault.millis))
          response = respond(carryOut)
        } else {
          response = fault === undefined ? respond(accept()) : spoiled(fault, () => respond(accept()))
        }
        const date = new Date(now()).toUTCString()
        yield* clock.sleep(Duration.millis(options.latency))
        return response === undefined ? undefined : { ...response, headers: { date, ...response.headers } }
      })

    /** what was sent takes its course, whether or not the client still waits for the answer */
    const http = (request: HttpRequest): Effect.Effect<HttpResponse | undefined> =>
      Effect.suspend(() => {
        const done = Deferred.unsafeMake<HttpResponse | undefined>(FiberId.none)
        const served = Effect.flatMap(serve(request), (response) => Deferred.succeed(done, response)).pipe(
          Effect.onInterrupt(() => Deferred.succeed(done, undefined)),
          Effect.asVoid
        )
        return run(served) ? Deferred.await(done) : Effect.succeed(undefined)
      })

    const removeListener = market.onStep((step) => {
      for (const one of living()) one.venue.step(step)
      options.onStep?.(step)
    })

    const beat = Effect.sync(() => {
      const at = now()
      for (const one of living()) one.venue.tick(at)
      market.advance(Math.min(at, market.now() + catchUp))
    })

    fork(
      Effect.zipRight(clock.sleep(Duration.millis(options.tick)), beat).pipe(
        Effect.forever,
        Effect.tapErrorCause((cause) => Effect.logFatal("the exchange stands still", cause))
      )
    )
    for (const { after, fault } of options.script) {
      fork(Effect.zipRight(clock.sleep(Duration.millis(after)), inject(fault)))
    }

    // registered last, so it runs before the fibers of the exchange are interrupted
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isRunning = false
        removeListener()
        for (const one of living()) one.stop(1001, "the exchange stops")
      })
    )

    return {
      market,
      now,
      inject,
      upgrade,
      http,
      run,
      connections: () => [...connections.values()],
      frames: frames.list,
      requests: requests.list,
      faults: met.list,
      counts: () => ({
        upgrades: lastId,
        refused,
        opened,
        frames: frames.count(),
        requests: requests.count()
      }),
      until: (predicate) =>
        Effect.suspend(() => {
          if (predicate()) return Effect.void
          const done = Deferred.unsafeMake<void>(FiberId.none)
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
  })
