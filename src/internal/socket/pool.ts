/**
 * Subscriptions over as many sockets as they need; equal requests share one channel.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as HealthData from "../health.ts"
import type { Consumer } from "../stream/consumer.ts"
import type * as Hub from "../stream/hub.ts"
import * as Clocks from "../time/clock.ts"
import type { Controls, Demand } from "./demand.ts"
import { type Closing, closingFor } from "./link.ts"
import * as Metrics from "./metrics.ts"
import type { Placement } from "./placement.ts"
import { ownIds } from "./request.ts"
import { type NamedProblem, type Options, Sockets, type States } from "./sockets.ts"
import { type Request, Subscription } from "./subscription.ts"

export type { NamedProblem, Options, States }

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
  /** the same for a service of another kind, which returns the result of `attach` */
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

const rows = "rows"

/** of equal requests for one service, unless users distinguish them by ids */
const idOf = (service: string, { key, subId }: Demand["request"]): string =>
  subId === undefined ? `${service}|${key}` : `${service}|${key}|${typeof subId}:${subId}`

/** The operations that a demand can request from its socket, whichever that is at the time. */
const controlsOf = (
  { jobs, name, sockets }: {
    readonly name: string
    readonly sockets: Sockets
    readonly jobs: Queue.Enqueue<Effect.Effect<void>>
  },
  key: string,
  placement: () => Placement
): Controls => ({
  delivery: sockets.delivery,
  pause: (wanted) => sockets.pause(placement(), wanted),
  look: () => placement().member?.connection.look(),
  renew: (delay) => {
    const { member, sub } = placement()
    member?.connection.ledger.resubscribe(sub, delay)
  },
  report: (reason) => {
    const connection = placement().member?.connection.name ?? name
    sockets.problems.publish({ _tag: "BookWithheld", request: key, reason, connection })
    Metrics.withheld(name)
    const log = Effect.logDebug(`The book is withheld: ${reason}`)
    jobs.unsafeOffer(Effect.annotateLogs(log, { connection, channel: key }))
  }
})

export const make = Effect.fnUntraced(function*(options: Options) {
  const { name } = options
  const jobs = yield* Queue.unbounded<Effect.Effect<void>>()
  const now = Clocks.steady(yield* Effect.clock)
  const sockets = new Sockets({ options, scope: yield* Effect.scope, now, jobs })
  let ids = 0
  yield* Effect.addFinalizer((exit) => sockets.end(closingFor(exit)))
  yield* Queue.take(jobs).pipe(Effect.flatten, Effect.forever, Effect.forkScoped)

  const serve: Pool["serve"] = <W extends Demand, C>(request: Demand["request"], service: Service<W, C>) => {
    const id = idOf(service.name, request)
    const served = (placement: Placement) => {
      const sub = placement.sub as W // the name of the service is part of the id
      return { placement, sub, consumer: service.attach(sub) }
    }
    const attach = Effect.suspend(() => {
      const known = sockets.find(id)
      if (known !== undefined) return Effect.succeed(served(known))
      const controls = controlsOf({ name, sockets, jobs }, request.key, () => placement)
      const placement: Placement = sockets.register(id, service.make(request.subId ?? `${ownIds}${++ids}`, controls))
      // a demand that has no place ends its consumers, so it must have them by then
      const first = served(placement)
      return Effect.as(sockets.place(placement), first)
    })
    const detach = ({ consumer, placement, sub }: ReturnType<typeof served>) =>
      Effect.suspend(() => {
        service.detach(sub, consumer)
        return sub.consumers > 0 ? Effect.void : sockets.leave(placement)
      })
    return Effect.map(Effect.acquireRelease(attach, detach), ({ consumer }) => consumer)
  }

  return {
    attach: (request) =>
      serve<Subscription, Consumer>(request, {
        name: rows,
        make: (subId, controls) => new Subscription(request, subId, controls),
        attach: (sub) => sub.attach(request.buffer),
        detach: (sub, consumer) => sub.detach(consumer)
      }),
    serve,
    resubscribe: (request) =>
      Effect.sync(() => {
        const placement = sockets.find(idOf(rows, request))
        if (placement?.member === undefined) return false
        placement.member.connection.ledger.resubscribe(placement.sub)
        return true
      }),
    states: sockets.states,
    problems: sockets.problems.stream(),
    health: () => sockets.health(),
    close: (closing) => sockets.close(closing)
  } satisfies Pool as Pool
})
