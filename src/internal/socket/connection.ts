/**
 * One supervised connection: keeps what its users want subscribed, over any number of physical sockets.
 *
 * Frames are handled synchronously, in order, by the listener (`dispatch.ts`). What takes time (connecting, waiting,
 * giving up) is one fiber, `run`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Settings } from "../../BitfinexConfig.ts"
import { type AccountStreamError, ReconnectExhausted, type SubscriptionRejected } from "../../BitfinexError.ts"
import type { Reason } from "../../Book.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import type { Delivery } from "../stream/delivery.ts"
import * as Clocks from "../time/clock.ts"
import * as Schedules from "../time/schedules.ts"
import { SleepDetector } from "../time/sleep.ts"
import type { Account } from "./account.ts"
import type { Demand } from "./demand.ts"
import { Dispatch } from "./dispatch.ts"
import { closed, End, failed, isEnd } from "./end.ts"
import * as Epochs from "./epoch.ts"
import * as Handshake from "./handshake.ts"
import type { HostProbe } from "./hostProbe.ts"
import { Ledger } from "./ledger.ts"
import * as Link from "./link.ts"
import * as Metrics from "./metrics.ts"
import * as Phase from "./phase.ts"
import * as ProblemLog from "./problemLog.ts"
import { Status } from "./status.ts"
import * as Watchdog from "./watchdog.ts"

type Epoch = Epochs.Epoch

export interface Options {
  readonly name: string
  readonly url: string
  readonly settings: Settings
  readonly construct: (url: string) => Link.SocketLike
  /** waits for its turn under the connection limit of the host; a wait is announced with the ms that it will take */
  readonly turn: (onWait: (millis: number) => void) => Effect.Effect<void>
  /** the host asked for a pause: for this many ms none of its sockets connects */
  readonly pause: (millis: number) => Effect.Effect<void>
  /** shared by the sockets of the host: while it may be down, one of them tries for all */
  readonly probe: HostProbe
  /** the account that logs in on it; without it, the connection is a public one */
  readonly account?: Account
  readonly onState: (state: SocketState) => void
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Demand, error: SubscriptionRejected) => void
  /** the venue accepts no more channels than these on this socket; the subscription has left this connection */
  readonly onLimit: (sub: Demand, channels: number, error: SubscriptionRejected) => void
  /** the venue leaves the channel's requests without an answer: whether another socket takes it over */
  readonly onStuck: (sub: Demand) => boolean
  /** to the consumers in place of its channels, or of its account */
  readonly delivery: Delivery
  /** counts its channels and consumers, for the metrics */
  readonly census: () => Metrics.Census
}

export interface Connection {
  readonly name: string
  readonly ledger: Ledger
  /** suspends reading the socket; each call is undone by one with false */
  readonly pause: (wanted: boolean) => void
  /** notices that this process slept, if nothing has noticed it yet */
  readonly look: () => void
  /** sets the content of the close frame; the first call wins */
  readonly closeWith: (closing: Link.Closing) => void
  /** code and reason of the last close, sent or received */
  readonly closed: () => Link.Closing
  readonly health: () => Omit<HealthData.Socket, "channels">
  /** connects, and connects again, until it is interrupted or nothing helps */
  readonly run: Effect.Effect<void, AccountStreamError>
}

/** What outlives the sockets of a connection. */
interface Course {
  /** sockets so far */
  epochs: number
  current: Epoch | undefined
  /** the close frame that the user asked for */
  closing: Link.Closing | undefined
  /** code and reason of the last close, sent or received */
  closed: Link.Closing
  /** users that want the socket not to be read */
  pauses: number
}

export const make = Effect.fnUntraced(function*(options: Options) {
  const { account, settings } = options
  const clock = yield* Effect.clock
  const now = Clocks.steady(clock)
  const course: Course = {
    epochs: 0,
    current: undefined,
    closing: undefined,
    closed: { code: 1006, reason: "" },
    pauses: 0
  }
  const status = new Status({ ...options, now })
  const ledger = new Ledger({
    ...options,
    onProblem: (problem) => status.problem(problem),
    now,
    replyTimeout: Duration.toMillis(settings.socket.replyTimeout),
    subscribeTimeout: Duration.toMillis(settings.socket.subscribeTimeout),
    channelSilence: Duration.toMillis(settings.socket.channelSilence)
  })
  const wanted = Handshake.wantedFlags(settings)
  const sleep = new SleepDetector(now, Clocks.wall(clock))
  const onDoubt = (reason: Reason, at: number): void => doubt(course, ledger, reason, at)
  // on waking, frames may be read ahead of all timers
  const arrival = Clocks.perTask(() => {
    const at = now()
    const slept = sleep.look(at)
    if (slept > 0) onDoubt({ _tag: "Slept", millis: slept }, at)
    return at
  })
  const dispatch = new Dispatch({ account, ledger, delivery: options.delivery, status, wanted, now, arrival })
  const metrics = Metrics.make(options.name)
  const report = Effect.suspend(() =>
    Effect.zipRight(metrics.report(status.counts, status.isLive, options.census()), ProblemLog.write(status.log))
  )
  const isPaused = (): boolean => course.pauses > 0
  const watch = Watchdog.make({ settings, now, account, ledger, dispatch, isPaused, sleep, onDoubt, report })
  const attempt = attempts({ options, course, status, ledger, dispatch, now, wall: Clocks.wall(clock), watch })

  const connection: Connection = {
    name: options.name,
    ledger,
    pause: (wanted) => {
      course.pauses += wanted ? 1 : -1
      const epoch = course.current
      // a socket in its handshake has to be read: it brings a few frames, and none of a channel
      if (epoch === undefined || !Phase.isReady(epoch.phase)) return
      if (course.pauses === 1 && wanted) epoch.link.pause()
      if (course.pauses === 0 && !wanted) {
        epoch.last = epoch.heard = now()
        if (epoch.unanswered !== undefined) epoch.unanswered = epoch.last
        ledger.excuse(epoch.last)
        epoch.link.resume()
      }
    },
    look: () => void arrival(),
    closeWith: (how) => {
      course.closing ??= how
    },
    closed: () => course.closed,
    health: () => {
      const at = now()
      return {
        name: options.name,
        host: URL.canParse(options.url) ? new URL(options.url).host : options.url,
        ...status.health(at),
        epoch: course.epochs,
        frameAge: course.current === undefined ? null : at - course.current.last
      }
    },
    run: Effect.ensuring(
      keepConnected({ options, course, status, report, attempt }),
      Effect.suspend(() => {
        options.probe.leave(options)
        return Effect.zipRight(metrics.over(status.counts), ProblemLog.write(status.log))
      })
    )
  }
  return connection
})

/** The received data may be old: books are withheld until the venue answers a ping that is sent now. */
const doubt = ({ current }: Course, ledger: Ledger, reason: Reason, at: number): void => {
  // before it is ready nothing has been requested, so that everything is still to come
  if (current === undefined || !Phase.isReady(current.phase)) return
  ledger.doubt(reason)
  Epochs.ping(current, at)
  current.wake = current.pings
  current.unanswered = at
}

/** How one socket ended, and for how many ms it was usable. */
type Attempt = (attempt: number) => Effect.Effect<readonly [end: End, usable: number | undefined], AccountStreamError>

/** waits for its turn under the connection limit, with the seconds left as its state */
const queue = (
  { now, options, status }: {
    readonly options: Options
    readonly status: Status
    readonly now: () => number
  },
  attempt: number
): Effect.Effect<void> =>
  Effect.suspend(() => {
    let until: number | undefined
    const show = (): void => {
      if (until === undefined) return
      status.set({ _tag: "Queued", attempt, seconds: Math.max(0, Math.ceil((until - now()) / 1000)) })
    }
    const turn = options.turn((millis) => {
      until = now() + millis
      show()
    })
    const shown = Effect.forever(Effect.zipRight(Effect.sleep("1 second"), Effect.sync(show)))
    return Effect.andThen(Effect.raceFirst(turn, shown), () => {
      if (until !== undefined) status.set({ _tag: "Connecting", attempt })
    })
  })

/** one attempt after the other, under the schedule of the settings */
const keepConnected = (
  { attempt, course, options, report, status }: {
    readonly options: Options
    readonly course: Course
    readonly status: Status
    readonly report: Effect.Effect<void>
    readonly attempt: Attempt
  }
): Effect.Effect<void, AccountStreamError> =>
  Effect.gen(function*() {
    const { probe, settings } = options
    const driver = yield* Schedules.driver(settings.socket.reconnect)
    let attempts = 0
    while (true) {
      attempts++
      status.set({ _tag: "Connecting", attempt: attempts })
      yield* probe.enter(options)
      const [end, usable] = yield* attempt(attempts)
      probe.lost()
      const reason = end.text
      status.disconnected(course.epochs, end)
      const what = usable === undefined ? "The connection could not be established" : "The socket was lost"
      yield* Effect.annotateLogs(Effect.logWarning(`${what}: ${reason}`), "epoch", course.epochs)
      if (end.pause > 0) yield* options.pause(end.pause)
      if (usable !== undefined && usable >= Duration.toMillis(settings.socket.healthyAfter)) {
        attempts = 0
        yield* driver.reset
      }
      status.set({ _tag: "Waiting", attempts, reason })
      yield* report
      yield* Effect.mapError(
        driver.next(reason),
        () => new ReconnectExhausted({ operation: options.name, attempts, lastError: reason })
      )
    }
  }).pipe(
    Effect.tapErrorTag("ReconnectExhausted", (error) => Effect.sync(() => options.probe.leave(options, error)))
  )

/** one attempt, from its turn under the limit to the end of its socket */
const attempts = (
  { course, dispatch, ledger, now, options, status, wall, watch }: {
    readonly options: Options
    readonly course: Course
    readonly status: Status
    readonly ledger: Ledger
    readonly dispatch: Dispatch
    readonly now: () => number
    /** time of day, ms */
    readonly wall: () => number
    readonly watch: (epoch: Epoch) => Effect.Effect<void>
  }
): Attempt => {
  const { account, settings } = options
  const agree = Handshake.make({ name: options.name, settings, login: account?.login })

  const open = Effect.gen(function*() {
    const epoch = Epochs.make(++course.epochs, now(), status.counts)
    epoch.link = yield* Effect.mapError(
      Link.make({
        construct: options.construct,
        url: options.url,
        closeTimeout: settings.socket.closeTimeout,
        closing: () => {
          course.closed = course.closing ?? epoch.closing
          return { ...course.closed, isAwaited: !epoch.dead }
        },
        onMessage: (data) => dispatch.listen(epoch, data),
        onClosed: (how, error, refusal) => {
          course.closed = how
          Epochs.end(epoch, error === undefined ? closed(how) : failed(error, refusal, wall()))
          account?.onClosed(epoch, how)
        }
      }),
      (error) => new End("Transport", error)
    )
    return epoch
  })

  /** subscriptions may be sent, from the frame with which the venue introduced itself */
  const onAgreed = (epoch: Epoch, info: EventFrame): void => {
    epoch.counts.connections++
    options.probe.ready()
    const platform = info["platform"] as { readonly status?: unknown } | undefined
    // up, but closed for trade: data may come or not, and its end may be announced or not
    dispatch.advance(epoch, { _tag: "Agreed", at: now(), isClosedForTrade: platform?.status === 0 })
  }

  const leave = (epoch: Epoch): void => {
    Epochs.release(epoch)
    course.current = undefined
    ledger.forget((course.closing ?? epoch.closing).reason)
    account?.onEnd(epoch, course.closing ?? epoch.closing)
  }

  const live = (epoch: Epoch): Effect.Effect<End, End | AccountStreamError, Scope.Scope> =>
    Effect.gen(function*() {
      course.current = epoch
      yield* Effect.addFinalizer(() => Effect.sync(() => leave(epoch)))
      yield* agree(epoch).pipe(
        Effect.map((info) => onAgreed(epoch, info)),
        Effect.timeoutFail({
          duration: settings.socket.connectTimeout,
          onTimeout: () => new End("Unanswered", "no connection in time")
        }),
        Effect.raceFirst(Effect.flatMap(Deferred.await(epoch.ended), Effect.fail)),
        Effect.tapError((error) => Effect.sync(() => isEnd(error) ? Epochs.end(epoch, error) : undefined))
      )
      ledger.open(epoch)
      if (course.pauses > 0) epoch.link.pause()
      return yield* Effect.raceFirst(
        Deferred.await(epoch.ended),
        Effect.zipRight(watch(epoch), Deferred.await(epoch.ended))
      )
    })

  return (attempt) =>
    Effect.suspend(() => {
      let epoch: Epoch | undefined
      const life = Effect.flatMap(open, (opened) => {
        epoch = opened
        return live(opened)
      })
      return Effect.zipRight(queue({ options, status, now }, attempt), Effect.scoped(life)).pipe(
        Effect.catchIf(isEnd, (end) => Effect.succeed(end)),
        // a bug is reported and the connection tried again, rather than the end of all streams
        Effect.catchAllDefect((defect) => {
          const reason = Cause.pretty(Cause.die(defect))
          status.problem({ _tag: "Defect", epoch: course.epochs, reason })
          return Effect.succeed(new End("Defect", reason))
        }),
        Effect.map((end) => [end, epoch && Phase.usableFor(epoch.phase, now())] as const)
      )
    })
}
