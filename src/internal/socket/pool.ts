/**
 * Subscriptions over as many sockets as they need: equal requests share one channel, sockets are filled before new ones
 * are opened, and an empty one is closed.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Settings } from "../../BitfinexConfig.ts"
import {
  type AccountStreamError,
  ConnectionEnded,
  type StreamError,
  SubscriptionRejected
} from "../../BitfinexError.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import type { Consumer } from "../stream/consumer.ts"
import * as Hub from "../stream/hub.ts"
import * as Clocks from "../time/clock.ts"
import * as Connection from "./connection.ts"
import type { Controls, Wanted } from "./demand.ts"
import * as Gate from "./hostProbe.ts"
import * as Slot from "./ledgerEntry.ts"
import { type Closing, closingFor, type SocketLike } from "./link.ts"
import * as Metrics from "./metrics.ts"
import { ownIds } from "./request.ts"
import { type Request, Subscription } from "./subscription.ts"

export interface Options {
  /** sockets are named `name-1`, `name-2`, … */
  readonly name: string
  readonly url: string
  readonly settings: Settings
  readonly construct: (url: string) => SocketLike
  /** waits for a turn under the connection limit of the host */
  readonly turn: Effect.Effect<void>
  readonly maxSockets: number
}

/** a problem, and the socket that noticed it */
export type NamedProblem = Problem & { readonly connection: string }

/** the state of each socket, by name */
export type States = { readonly [connection: string]: SocketState }

interface Member {
  readonly connection: Connection.Connection
  fiber: Fiber.RuntimeFiber<void, AccountStreamError> | undefined
  /** no longer for new channels */
  closing: boolean
  /** its slots, by what identifies a subscription on the wire: to look at */
  readonly slots: Map<string, Slot.Slot>
}

interface Entry {
  readonly id: string
  readonly sub: Wanted
  member: Member | undefined
  /** consumers that want the socket not to be read */
  pauses: number
  /** ms since when it has been seen not to be live; undefined while it is */
  downSince: number | undefined
}

/** how a channel is served that is not served as rows */
export interface Service<W extends Wanted, C> {
  /** those of one name share a channel where their requests are equal */
  readonly name: string
  readonly make: (subId: string | number, controls: Controls) => W
  readonly attach: (wanted: W) => C
  readonly detach: (wanted: W, consumer: C) => void
}

export interface Pool {
  /** a consumer of the request's channel: the first one subscribes, and the last one, as its scope ends, unsubscribes */
  readonly attach: (request: Request) => Effect.Effect<Consumer, never, Scope.Scope>
  /** the same for a service of another kind, which gives what it makes of `attach` */
  readonly serve: <W extends Wanted, C>(
    request: Wanted["request"],
    service: Service<W, C>
  ) => Effect.Effect<C, never, Scope.Scope>
  /** leaves the channel and subscribes again; false when nobody is subscribed to it */
  readonly resubscribe: (request: Request) => Effect.Effect<boolean>
  readonly states: Hub.Value<States>
  readonly problems: Stream.Stream<NamedProblem>
  readonly health: () => HealthData.HealthSnapshot
  /** closes all sockets with this code and reason; the streams end */
  readonly close: (closing: Closing) => Effect.Effect<void>
}

/** an empty socket stays open this long, since a stream that ends is often followed by another */
const idleFor = "5 seconds"

/** equal requests share a channel, unless users want to tell them apart by ids of their own */
const idOf = (request: Wanted["request"]): string =>
  request.subId === undefined ? request.key : `${request.key}|${typeof request.subId}:${request.subId}`

export const make = Effect.fnUntraced(function*(options: Options) {
  const scope = yield* Effect.scope
  const now = Clocks.steady(yield* Effect.clock)
  const gate = Gate.make()
  const members = new Set<Member>()
  const entries = new Map<string, Entry>()
  const states = Hub.value<States>({})
  const problems = Hub.make<NamedProblem>({ capacity: 1024 })
  // what the listener's callbacks want done, which takes an Effect
  const jobs = yield* Queue.unbounded<Effect.Effect<void>>()
  let cap = options.settings.channelsPerSocket
  let opened = 0
  let ids = 0
  /** the scope has closed */
  let isOver = false
  /** the last socket that ended for good, until another one is live */
  let ended: { readonly name: string; readonly reason: string; readonly at: number } | undefined

  const settle = (entry: Entry, failure?: StreamError): void => {
    if (entries.get(entry.id) === entry) entries.delete(entry.id)
    entry.sub.end(failure)
    if (entry.member !== undefined) jobs.unsafeOffer(retire(entry.member))
  }

  const entryOf = (sub: Wanted): Entry | undefined => {
    for (const entry of entries.values()) if (entry.sub === sub) return entry
    return undefined
  }

  const onRejected = (sub: Wanted, error: SubscriptionRejected): void => {
    const entry = entryOf(sub)
    if (entry !== undefined) settle(entry, error)
  }

  /** fewer channels than we thought fit on a socket: the one too many goes to another socket */
  const onLimit = (sub: Wanted, channels: number, error: SubscriptionRejected): void => {
    const entry = entryOf(sub)
    if (entry === undefined) return
    // a socket that takes not even one says something else than that it is full
    if (channels === 0 || options.maxSockets === 1) return settle(entry, error)
    cap = Math.min(cap, channels)
    const { member } = entry
    move(entry, undefined)
    jobs.unsafeOffer(place(entry))
    if (member !== undefined) jobs.unsafeOffer(retire(member))
  }

  const move = (entry: Entry, member: Member | undefined): void => {
    for (let k = 0; k < entry.pauses; k++) {
      entry.member?.connection.pause(false)
      member?.connection.pause(true)
    }
    entry.member = member
  }

  /** nothing helps any more, or the socket was closed on purpose */
  const onEnd = (member: Member, exit: Exit.Exit<void, AccountStreamError>): void => {
    members.delete(member)
    const { [member.connection.name]: _, ...others } = states.get()
    states.set({ ...others, [member.connection.name]: { _tag: "Closed", ...member.connection.closed() } })
    states.set(others)
    // the cast: nobody logs in on these sockets
    const failure = Exit.isFailure(exit)
      ? Option.getOrUndefined(Cause.failureOption(exit.cause)) as StreamError | undefined
      : undefined
    // a stream that ended without a word would look complete
    const defect = Exit.isFailure(exit) && failure === undefined && !Cause.isInterruptedOnly(exit.cause)
      ? new ConnectionEnded({ operation: options.name, reason: Cause.pretty(exit.cause), isRetryable: true })
      : undefined
    const error = failure ?? defect
    if (error !== undefined) ended = { name: member.connection.name, reason: error.message, at: now() }
    for (const entry of Array.from(entries.values())) if (entry.member === member) settle(entry, error)
  }

  // --- what is seen of it --------------------------------------------------------------------------------------------

  const isServed = ({ sub }: Entry): boolean => sub.book === undefined ? sub.live : sub.book().reason === null

  const entriesOf = (member: Member): ReadonlyArray<Entry> =>
    Array.from(entries.values()).filter((entry) => entry.member === member)

  /** taken about once a second, which is how exactly is known since when a channel is down */
  const census = (member: Member): Metrics.Census => {
    const own = entriesOf(member)
    let live = 0
    let consumers = 0
    for (const entry of own) {
      const served = isServed(entry)
      if (served) live++
      consumers += entry.sub.consumers
      entry.downSince = served ? undefined : entry.downSince ?? now()
    }
    for (const wire of member.slots.keys()) {
      const { slots } = member.connection
      if (!slots.wants(wire) && !slots.leaves(wire)) member.slots.delete(wire)
    }
    return { wanted: own.length, live, consumers }
  }

  const channelHealth = ({ downSince, member, sub }: Entry): HealthData.Channel => {
    const at = now()
    const slot = member?.slots.get(sub.request.key)
    const phase = slot?.want === sub ? slot.phase : "idle"
    return {
      channel: sub.request.channel,
      request: sub.request.key,
      subId: sub.request.subId ?? null,
      state: phase === "idle" ? "wanted" : phase === "acked" ? (sub.live ? "live" : "subscribed") : phase,
      downAge: downSince === undefined ? null : at - downSince,
      frameAge: slot === undefined || phase === "idle" || phase === "subscribing" ? null : at - slot.last,
      consumers: sub.consumers
    }
  }

  const bookHealth = ({ downSince, member, sub }: Entry): ReadonlyArray<HealthData.Book> => {
    const book = sub.book?.()
    if (book === undefined) return []
    return [{
      request: sub.request.key,
      symbol: book.symbol,
      socket: member?.connection.name ?? null,
      state: book.reason === null ? "synced" : "resyncing",
      downAge: downSince === undefined ? null : now() - downSince,
      reason: book.reason,
      verified: book.verified,
      resyncs: book.resyncs
    }]
  }

  const health = (): HealthData.HealthSnapshot => {
    const sockets = Array.from(members, (member) => {
      census(member)
      return { ...member.connection.health(), channels: entriesOf(member).map(channelHealth) }
    })
    return {
      sockets,
      books: Array.from(entries.values()).flatMap(bookHealth),
      ended: ended === undefined ? [] : [{ name: ended.name, reason: ended.reason, age: now() - ended.at }]
    }
  }

  // --- sockets -------------------------------------------------------------------------------------------------------

  const open = Effect.fnUntraced(function*() {
    const name = `${options.name}-${++opened}`
    const connection = yield* Connection.make({
      ...options,
      name,
      gate,
      onState: (state) => {
        if (state._tag === "Live") ended = undefined
        states.set({ ...states.get(), [name]: state })
      },
      onProblem: (problem) => problems.publish({ ...problem, connection: name }),
      onRejected,
      onLimit,
      census: () => census(member)
    })
    const member: Member = { connection, fiber: undefined, closing: false, slots: new Map() }
    members.add(member)
    member.fiber = yield* connection.run.pipe(
      Effect.onExit((exit) => Effect.sync(() => onEnd(member, exit))),
      Effect.annotateLogs({ connection: name }),
      Effect.interruptible,
      Effect.forkDaemon
    )
    return member
  })

  const place = Effect.fnUntraced(function*(entry: Entry) {
    if (entries.get(entry.id) !== entry) return
    if (isOver) return settle(entry)
    const wire = entry.sub.request.key
    const usable = Array.from(members).filter(({ closing }) => !closing)
    // a channel that is just being left is taken back, rather than opened a second time on another socket
    const best = usable.find(({ connection }) => connection.slots.leaves(wire)) ?? usable
      .filter(({ connection }) => connection.slots.size < cap && !connection.slots.wants(wire))
      .sort((a, b) => b.connection.slots.size - a.connection.slots.size)[0]
    if (best === undefined && usable.length >= options.maxSockets) {
      const isDouble = usable.some(({ connection }) => connection.slots.wants(wire))
      const { channel, key, operation } = entry.sub.request
      return settle(
        entry,
        new SubscriptionRejected({
          operation,
          channel,
          request: key,
          code: isDouble ? 10301 : 10305,
          text: isDouble
            ? "this connection has the channel already, under another subId"
            : "this connection has no room for another channel"
        })
      )
    }
    const member = best ?? (yield* open())
    move(entry, member)
    Slot.takeMade(entry.sub)
    member.connection.slots.add(entry.sub)
    const slot = Slot.takeMade(entry.sub)
    if (slot !== undefined) member.slots.set(slot.wire, slot)
  })

  const closeMember = (member: Member, closing: Closing): Effect.Effect<void> =>
    Effect.suspend(() => {
      member.closing = true
      member.connection.closeWith(closing)
      return member.fiber === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(member.fiber))
    })

  const closeAll = (closing: Closing): Effect.Effect<void> =>
    Effect.suspend(() => {
      // those that are on their way from one socket to another
      for (const entry of Array.from(entries.values())) if (entry.member === undefined) settle(entry)
      return Effect.forEach(Array.from(members), (member) => closeMember(member, closing), {
        concurrency: "unbounded",
        discard: true
      })
    })

  const isIdle = (member: Member): boolean => !Array.from(entries.values()).some((entry) => entry.member === member)

  const closeWhenIdle = (member: Member): Effect.Effect<void> =>
    Effect.sleep(idleFor).pipe(
      Effect.andThen(Effect.suspend(() =>
        isIdle(member) && members.has(member) ? closeMember(member, { code: 1000, reason: "idle" }) : Effect.void
      ))
    )

  /** closes the socket if nobody needs it, after a while */
  const retire = (member: Member): Effect.Effect<void> =>
    Effect.suspend(() =>
      isIdle(member) && members.has(member) && !member.closing
        ? Effect.asVoid(Effect.forkIn(Effect.interruptible(closeWhenIdle(member)), scope))
        : Effect.void
    )

  yield* Effect.addFinalizer((exit) =>
    Effect.suspend(() => {
      isOver = true
      return closeAll(closingFor(exit))
    })
  )
  yield* Queue.take(jobs).pipe(Effect.flatten, Effect.forever, Effect.forkScoped)

  const serve: Pool["serve"] = <W extends Wanted, C>(request: Wanted["request"], service: Service<W, C>) => {
    const id = `${service.name}|${idOf(request)}`

    const attach = Effect.suspend(() => {
      const known = entries.get(id)
      if (known !== undefined) {
        const sub = known.sub as W // the name of the service is part of the id
        return Effect.succeed({ entry: known, sub, consumer: service.attach(sub) })
      }
      const sub = service.make(request.subId ?? `${ownIds}${++ids}`, {
        pause: (wanted) => {
          entry.pauses += wanted ? 1 : -1
          entry.member?.connection.pause(wanted)
        },
        renew: (delay) => entry.member?.connection.slots.resubscribe(sub, delay),
        tell: (reason) => {
          const connection = entry.member?.connection.name ?? options.name
          problems.publish({ _tag: "BookWithheld", request: request.key, reason, connection })
          Metrics.withheld(options.name)
          jobs.unsafeOffer(
            Effect.annotateLogs(Effect.logDebug(`The book is withheld: ${reason}`), {
              connection,
              channel: request.key
            })
          )
        }
      })
      const entry: Entry = { id, sub, member: undefined, pauses: 0, downSince: now() }
      entries.set(id, entry)
      return Effect.as(place(entry), { entry, sub, consumer: service.attach(sub) })
    })

    const detach = ({ consumer, entry, sub }: { readonly entry: Entry; readonly sub: W; readonly consumer: C }) =>
      Effect.suspend(() => {
        service.detach(sub, consumer)
        if (sub.consumers > 0 || entries.get(entry.id) !== entry) return Effect.void
        entries.delete(entry.id)
        const member = entry.member
        if (member === undefined) return Effect.void
        member.connection.slots.remove(sub)
        return retire(member)
      })

    return Effect.map(Effect.acquireRelease(attach, detach), ({ consumer }) => consumer)
  }

  const rows = "rows"

  const attach = (request: Request): Effect.Effect<Consumer, never, Scope.Scope> =>
    serve<Subscription, Consumer>(request, {
      name: rows,
      make: (subId, { pause }) => new Subscription(request, subId, pause),
      attach: (sub) => sub.attach(request.buffer),
      detach: (sub, consumer) => sub.detach(consumer)
    })

  return {
    attach,
    serve,
    resubscribe: (request) =>
      Effect.sync(() => {
        const entry = entries.get(`${rows}|${idOf(request)}`)
        if (entry?.member === undefined) return false
        entry.member.connection.slots.resubscribe(entry.sub)
        return true
      }),
    states,
    problems: problems.stream(),
    health,
    close: closeAll
  } satisfies Pool as Pool
})
