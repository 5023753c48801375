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
import type { Controls, Demand } from "./demand.ts"
import * as HostProbe from "./hostProbe.ts"
import { type Closing, closingFor, type SocketLike } from "./link.ts"
import * as Metrics from "./metrics.ts"
import type { Member, Placement } from "./placement.ts"
import * as Report from "./report.ts"
import { ownIds } from "./request.ts"
import { type Request, Subscription } from "./subscription.ts"

export interface Options {
  /** sockets are named `name-1`, `name-2`, … */
  readonly name: string
  readonly url: string
  readonly settings: Settings
  readonly construct: (url: string) => SocketLike
  /** waits for a turn under the connection limit of the host */
  readonly turn: Connection.Options["turn"]
  readonly maxSockets: number
}

/** a problem, and the socket that noticed it */
export type NamedProblem = Problem & { readonly connection: string }

/** the state of each socket, by name */
export type States = { readonly [connection: string]: SocketState }

/** how a channel is served that is not served as rows */
export interface Service<W extends Demand, C> {
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
  readonly serve: <W extends Demand, C>(
    request: Demand["request"],
    service: Service<W, C>
  ) => Effect.Effect<C, never, Scope.Scope>
  /** leaves the channel and subscribes again; false when there is no subscription */
  readonly resubscribe: (request: Request) => Effect.Effect<boolean>
  readonly states: Hub.Value<States>
  readonly problems: Stream.Stream<NamedProblem>
  readonly health: () => HealthData.HealthSnapshot
  /** closes all sockets with this code and reason; the streams end */
  readonly close: (closing: Closing) => Effect.Effect<void>
}

/** an empty socket stays open this long, since a stream that ends is often followed by another */
const idleFor = "5 seconds"

/** equal requests share a channel, unless users distinguish them by ids */
const idOf = (request: Demand["request"]): string =>
  request.subId === undefined ? request.key : `${request.key}|${typeof request.subId}:${request.subId}`

export const make = Effect.fnUntraced(function*(options: Options) {
  const scope = yield* Effect.scope
  const now = Clocks.steady(yield* Effect.clock)
  const probe = HostProbe.make()
  const members = new Set<Member>()
  const placements = new Map<string, Placement>()
  const states = Hub.value<States>({})
  const problems = Hub.make<NamedProblem>({ capacity: 1024 })
  // what the listener's callbacks want done, which takes an Effect
  const jobs = yield* Queue.unbounded<Effect.Effect<void>>()
  let cap = options.settings.socket.channelsPerSocket
  let opened = 0
  let ids = 0
  /** the scope has closed */
  let isOver = false
  /** the last socket that ended for good, until another one is live */
  let ended: { readonly name: string; readonly reason: string; readonly at: number } | undefined

  const settle = (placement: Placement, failure?: StreamError): void => {
    if (placements.get(placement.id) === placement) placements.delete(placement.id)
    placement.sub.end(failure)
    if (placement.member !== undefined) jobs.unsafeOffer(retire(placement.member))
  }

  const placementOf = (sub: Demand): Placement | undefined => {
    for (const placement of placements.values()) if (placement.sub === sub) return placement
    return undefined
  }

  const onRejected = (sub: Demand, error: SubscriptionRejected): void => {
    const placement = placementOf(sub)
    if (placement !== undefined) settle(placement, error)
  }

  /** fewer channels than we thought fit on a socket: the one too many goes to another socket */
  const onLimit = (sub: Demand, channels: number, error: SubscriptionRejected): void => {
    const placement = placementOf(sub)
    if (placement === undefined) return
    // a socket that takes not even one says something else than that it is full
    if (channels === 0 || options.maxSockets === 1) return settle(placement, error)
    cap = Math.min(cap, channels)
    const { member } = placement
    move(placement, undefined)
    jobs.unsafeOffer(place(placement))
    if (member !== undefined) jobs.unsafeOffer(retire(member))
  }

  const move = (placement: Placement, member: Member | undefined): void => {
    for (let k = 0; k < placement.pauses; k++) {
      placement.member?.connection.pause(false)
      member?.connection.pause(true)
    }
    placement.member = member
  }

  /** nothing helps any more, or the socket was closed on purpose */
  const onEnd = (member: Member, exit: Exit.Exit<void, AccountStreamError>): void => {
    members.delete(member)
    const { [member.connection.name]: _, ...others } = states.get()
    states.set({ ...others, [member.connection.name]: { _tag: "Closed", ...member.connection.closed() } })
    states.set(others)
    // the cast: these sockets do not log in
    const failure = Exit.isFailure(exit)
      ? Option.getOrUndefined(Cause.failureOption(exit.cause)) as StreamError | undefined
      : undefined
    // a stream that ended without a word would look complete
    const defect = Exit.isFailure(exit) && failure === undefined && !Cause.isInterruptedOnly(exit.cause)
      ? new ConnectionEnded({ operation: options.name, reason: Cause.pretty(exit.cause), isRetryable: true })
      : undefined
    const error = failure ?? defect
    if (error !== undefined) ended = { name: member.connection.name, reason: error.message, at: now() }
    for (const placement of Array.from(placements.values())) if (placement.member === member) settle(placement, error)
  }

  /** taken about once a second, which is how exactly it is known since when a channel is down */
  const census = (member: Member): Metrics.Census => Report.census(own(member), now())

  const own = (member: Member): ReadonlyArray<Placement> =>
    Array.from(placements.values()).filter((placement) => placement.member === member)

  const health = (): HealthData.HealthSnapshot => {
    const at = now()
    for (const member of members) Report.census(own(member), at)
    return {
      sockets: Array.from(members, (member) => ({
        ...member.connection.health(),
        channels: own(member).map((placement) => Report.channel(placement, at))
      })),
      books: Array.from(placements.values()).flatMap((placement) => Report.book(placement, at)),
      ended: ended === undefined ? [] : [{ name: ended.name, reason: ended.reason, age: at - ended.at }]
    }
  }

  // --- sockets -------------------------------------------------------------------------------------------------------

  const open = Effect.fnUntraced(function*() {
    const name = `${options.name}-${++opened}`
    const connection = yield* Connection.make({
      ...options,
      name,
      probe,
      onState: (state) => {
        if (state._tag === "Live") ended = undefined
        states.set({ ...states.get(), [name]: state })
      },
      onProblem: (problem) => problems.publish({ ...problem, connection: name }),
      onRejected,
      onLimit,
      census: () => census(member)
    })
    const member: Member = { connection, fiber: undefined, closing: false }
    members.add(member)
    member.fiber = yield* connection.run.pipe(
      Effect.onExit((exit) => Effect.sync(() => onEnd(member, exit))),
      Effect.annotateLogs({ connection: name }),
      Effect.interruptible,
      Effect.forkDaemon
    )
    return member
  })

  const place = Effect.fnUntraced(function*(placement: Placement) {
    if (placements.get(placement.id) !== placement) return
    if (isOver) return settle(placement)
    const wire = placement.sub.request.key
    const usable = Array.from(members).filter(({ closing }) => !closing)
    // a channel that is just being left is taken back, rather than opened a second time on another socket
    const best = usable.find(({ connection }) => connection.ledger.leaves(wire)) ?? usable
      .filter(({ connection }) => connection.ledger.size < cap && !connection.ledger.wants(wire))
      .sort((a, b) => b.connection.ledger.size - a.connection.ledger.size)[0]
    if (best === undefined && usable.length >= options.maxSockets) {
      const isDouble = usable.some(({ connection }) => connection.ledger.wants(wire))
      const { channel, key, operation } = placement.sub.request
      return settle(
        placement,
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
    move(placement, member)
    member.connection.ledger.add(placement.sub)
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
      for (const placement of Array.from(placements.values())) if (placement.member === undefined) settle(placement)
      return Effect.forEach(Array.from(members), (member) => closeMember(member, closing), {
        concurrency: "unbounded",
        discard: true
      })
    })

  const isIdle = (member: Member): boolean =>
    !Array.from(placements.values()).some((placement) => placement.member === member)

  const closeWhenIdle = (member: Member): Effect.Effect<void> =>
    Effect.sleep(idleFor).pipe(
      Effect.andThen(Effect.suspend(() =>
        isIdle(member) && members.has(member) ? closeMember(member, { code: 1000, reason: "idle" }) : Effect.void
      ))
    )

  /** closes the socket after a while, if it is still unused */
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

  const serve: Pool["serve"] = <W extends Demand, C>(request: Demand["request"], service: Service<W, C>) => {
    const id = `${service.name}|${idOf(request)}`

    const attach = Effect.suspend(() => {
      const known = placements.get(id)
      if (known !== undefined) {
        const sub = known.sub as W // the name of the service is part of the id
        return Effect.succeed({ placement: known, sub, consumer: service.attach(sub) })
      }
      const sub = service.make(request.subId ?? `${ownIds}${++ids}`, {
        pause: (wanted) => {
          placement.pauses += wanted ? 1 : -1
          placement.member?.connection.pause(wanted)
        },
        renew: (delay) => placement.member?.connection.ledger.resubscribe(sub, delay),
        report: (reason) => {
          const connection = placement.member?.connection.name ?? options.name
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
      const placement: Placement = { id, sub, member: undefined, pauses: 0, downSince: now() }
      placements.set(id, placement)
      return Effect.as(place(placement), { placement, sub, consumer: service.attach(sub) })
    })

    const detach = (
      { consumer, placement, sub }: { readonly placement: Placement; readonly sub: W; readonly consumer: C }
    ) =>
      Effect.suspend(() => {
        service.detach(sub, consumer)
        if (sub.consumers > 0 || placements.get(placement.id) !== placement) return Effect.void
        placements.delete(placement.id)
        const member = placement.member
        if (member === undefined) return Effect.void
        member.connection.ledger.remove(sub)
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
        const placement = placements.get(`${rows}|${idOf(request)}`)
        if (placement?.member === undefined) return false
        placement.member.connection.ledger.resubscribe(placement.sub)
        return true
      }),
    states,
    problems: problems.stream(),
    health,
    close: closeAll
  } satisfies Pool as Pool
})
