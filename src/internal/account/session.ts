/**
 * The account's session: one supervised connection that logs in, decodes each event once, and publishes it to
 * listeners, which correlate commands and keep the account's state.
 *
 * It connects when it is first needed and stays connected until its scope ends, because the venue does not replay
 * events that occur while disconnected.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Auth from "../../Auth.ts"
import type { Settings } from "../../BitfinexConfig.ts"
import { type AccountStreamError, ConnectionEnded } from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import { type Account, firstAccountPing } from "../socket/account.ts"
import * as Connection from "../socket/connection.ts"
import { End } from "../socket/end.ts"
import { abandon, type Epoch, send } from "../socket/epoch.ts"
import * as HostProbe from "../socket/hostProbe.ts"
import { type Closing, closingFor, type SocketLike } from "../socket/link.ts"
import type { Consumer } from "../stream/consumer.ts"
import { Delivery } from "../stream/delivery.ts"
import * as Hub from "../stream/hub.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import { SleepDetector } from "../time/sleep.ts"
import * as Calc from "./calc.ts"
import type * as Events from "./events.ts"
import type { Login, RawEvent } from "./events.ts"
import * as Families from "./families.ts"
import * as LoginExchange from "./login.ts"
import * as Phase from "./phase.ts"
import type { State } from "./phase.ts"

export type { Login, RawEvent, State }

export interface Options {
  readonly name: string
  readonly operation: string
  readonly settings: Settings
  readonly auth: Auth.Service
  readonly construct: (url: string) => SocketLike
  readonly turn: Connection.Options["turn"]
  readonly pause: Connection.Options["pause"]
  readonly dms: boolean
  readonly filter: ReadonlyArray<string> | undefined
}

export interface Session {
  readonly settings: Settings
  readonly state: Hub.Value<State>
  readonly problems: Stream.Stream<Problem>
  /**
   * Opens the connection unless there is one, and does not wait until it is open. Fails when the scope has ended, and
   * after a refused login for as long as the credentials are the ones that were refused.
   */
  readonly start: Effect.Effect<void, AccountStreamError>
  /** opens the connection unless there is one, and waits until commands can be sent */
  readonly awaitLive: Effect.Effect<Login, AccountStreamError>
  /** what ended the connection; undefined while there is one, and before the first */
  readonly failure: () => AccountStreamError | undefined
  /**
   * writes a frame; returns false, and nothing was written, when the login of this epoch has ended, or the process has
   * slept since the clocks were last read
   */
  readonly send: (epoch: number, frame: ReadonlyArray<unknown>) => boolean
  /**
   * Writes a ping behind the frames of this login. Returns its number, which the event `Pong` carries; undefined when
   * nothing was written.
   */
  readonly ping: (epoch: number) => number | undefined
  /** resets the socket of a login: written frames that the venue has not read are dropped, and a reconnect follows */
  readonly abandon: (epoch: number, reason: string) => void
  /**
   * Adds a listener for each event from now on; returns a function that removes it. With `from: "login"` the listener
   * first receives the present state of the current login: `LoggedIn`, the snapshots that have come, and `Live`.
   */
  readonly subscribe: (listener: Events.Listener, options?: { readonly from: "login" | "now" }) => () => void
  /** opens the connection unless there is one, and adds a consumer to a family of events */
  readonly attach: (name: string, buffer: BufferPolicy) => Effect.Effect<Consumer, AccountStreamError, Scope.Scope>
  /** whether the filter of the login lets a family through */
  readonly lets: (name: string) => boolean
  /** whether the filter of the login lets all events of a family through */
  readonly letsAll: (name: string) => boolean
  /** whether the filter of the login lets all events of a family through that concern a symbol */
  readonly letsSymbol: (name: string, symbol: string) => boolean
  /** events whose type this SDK does not know */
  readonly unknown: Stream.Stream<RawEvent>
  readonly health: () => HealthData.HealthSnapshot
  readonly close: (closing: Closing) => Effect.Effect<void>
}

/**
 * The phase, and everything that depends on it: the public state, the fibers that wait until it is live, the listeners.
 */
const makeCore = () => {
  let phase = Phase.initial
  const state = Hub.value(Phase.stateOf(phase))
  const listeners = new Set<Events.Listener>()
  const waiting = new Set<Deferred.Deferred<Login, AccountStreamError>>()

  const publish = (event: Events.SessionEvent): void => {
    for (const listener of listeners) listener(event)
  }

  const wake = (how: Effect.Effect<Login, AccountStreamError>): void => {
    for (const each of waiting) Later.done(each, how)
    waiting.clear()
  }

  const apply = (input: Phase.Input): void => {
    const before = phase
    phase = Phase.step(before, input)
    if (phase === before) return
    const [old, next] = [state.get(), Phase.stateOf(phase)]
    if (old.socket !== next.socket || old.login !== next.login || old.isLive !== next.isLive) state.set(next)
    if (!Phase.isLive(phase) || Phase.isLive(before)) return
    wake(Effect.succeed(phase.login))
    publish({ _tag: "Live", login: phase.login })
  }

  const live: Effect.Effect<Login, AccountStreamError> = Effect.suspend(() => {
    if (Phase.isLive(phase)) return Effect.succeed(phase.login)
    const one = Later.deferred<Login, AccountStreamError>()
    waiting.add(one)
    return Effect.ensuring(Deferred.await(one), Effect.sync(() => waiting.delete(one)))
  })

  return {
    /** to consumers in place */
    delivery: new Delivery(),
    phase: () => phase,
    login: () => phase._tag === "LoggedIn" ? phase.login : null,
    state,
    apply,
    publish,
    wake,
    live,
    subscribe: (listener: Events.Listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    }
  }
}

type Core = ReturnType<typeof makeCore>

/** ms between two passes of the connection's watchdog, at most */
const passes = 1000

interface Parts {
  readonly options: Options
  readonly core: Core
  readonly families: Families.Families
  readonly exchange: ReturnType<typeof LoginExchange.make>
  readonly problem: (problem: Problem) => void
  readonly unknown: Hub.Hub<RawEvent>
  /** ms by the clock of this machine */
  readonly now: () => number
  /** ms of the steady clock */
  readonly steady: () => number
  readonly sleep: SleepDetector
}

/** The socket of the current login, and the counts over all logins. */
interface Sockets {
  /** undefined while there is no login */
  current: Epoch | undefined
  logins: number
  /** number of the ping that was written last */
  pings: number
  /** numbers of logins that have ended while their sockets are still being closed */
  readonly ending: WeakMap<Epoch, number>
}

/**
 * Whether the process (or its machine) slept since the clocks were last read. If so it sends a ping, and the session
 * is not live until the pong: the connection may have been lost meanwhile.
 */
const hasSlept = ({ core, sleep }: Parts, sockets: Sockets, at: number): boolean => {
  if (sleep.look(at) === 0) return false
  if (sockets.current === undefined || core.login() === null) return true
  if (send(sockets.current, { event: "ping", cid: sockets.pings + 1 })) sockets.pings++
  core.apply({ _tag: "Slept", ping: sockets.pings, at })
  return true
}

const malformed = ({ problem }: Parts, epoch: Epoch, reason: string, frame: unknown): void =>
  problem({ _tag: "Malformed", epoch: epoch.number, reason, text: JSON.stringify(frame).slice(0, 200) })

const onAuth = (parts: Parts, sockets: Sockets) => {
  const snapshotWait = Duration.toMillis(parts.options.settings.account.snapshotWait)
  return (epoch: Epoch, frame: EventFrame): void => {
    if (frame["status"] !== "OK") return
    const { core, exchange, families, now, sleep, steady } = parts
    sockets.current = epoch
    sleep.expect(Number.POSITIVE_INFINITY)
    sleep.look(steady())
    const [login, unreadable] = exchange.accepted(frame, ++sockets.logins, now())
    if (unreadable !== undefined) malformed(parts, epoch, unreadable, { ...frame, auth_id: undefined })
    const at = steady()
    families.begin()
    core.publish({ _tag: "LoggedIn", login })
    core.apply({ _tag: "LoggedIn", login, awaited: families.awaited(), until: at + snapshotWait, at })
  }
}

const onData = (parts: Parts, sockets: Sockets) => {
  const { core, families, steady, unknown } = parts
  /** once in each task: when the process wakes, frames may be read before any timer runs */
  const lookOnce = Clocks.perTask(() => {
    const at = steady()
    hasSlept(parts, sockets, at)
    return at
  })
  return (epoch: Epoch, frame: DataFrame): void => {
    const login = core.login()
    const [, type, payload] = frame
    if (login === null || typeof type !== "string") return malformed(parts, epoch, "unexpected on channel 0", frame)
    lookOnce()
    const last = frame[frame.length - 1]
    const mts = epoch.timestamp && frame.length > 3 && typeof last === "number" ? last : null
    const event: RawEvent = { epoch: login.epoch, type, payload, mts }
    if (!families.receive(event, core.publish)) unknown.publish(event)
  }
}

const onEnd = ({ core, families, steady }: Parts, sockets: Sockets) => (epoch: Epoch, closing: Closing): void => {
  if (sockets.current !== epoch) return
  sockets.current = undefined
  const login = core.login()
  core.apply({ _tag: "LoggedOut", at: steady() })
  families.interrupt(closing.reason)
  if (login === null) return
  sockets.ending.set(epoch, login.epoch)
  core.publish({ _tag: "LoggedOut", epoch: login.epoch, closing })
}

const overdue = (parts: Parts, sockets: Sockets) => (epoch: Epoch, at: number): undefined => {
  const { core, families, problem, sleep } = parts
  hasSlept(parts, sockets, at)
  sleep.expect(at + passes)
  const phase = core.phase()
  if (phase._tag !== "LoggedIn" || at < phase.until) return
  for (const family of phase.awaited) {
    problem({ _tag: "SilentChannel", epoch: epoch.number, request: family })
    families.miss(family)
    core.publish({ _tag: "SnapshotMissing", family, epoch: phase.login.epoch })
    core.apply({ _tag: "Seen", family, at })
  }
}

/** The callbacks that the connection calls for the account. */
const makeAccount = (parts: Parts, sockets: Sockets): Account => {
  const { core, exchange, problem, steady } = parts
  return {
    login: exchange.login,
    onAuth: onAuth(parts, sockets),
    onData: onData(parts, sockets),
    onEnd: onEnd(parts, sockets),
    overdue: overdue(parts, sockets),
    onPong: (epoch, ping) => {
      const login = core.login()
      if (epoch !== sockets.current || login === null) return
      core.publish({ _tag: "Pong", epoch: login.epoch, ping })
      core.apply({ _tag: "Pong", ping, at: steady() })
    },
    onClosed: (epoch, closing) => {
      const login = epoch === sockets.current ? core.login()?.epoch : sockets.ending.get(epoch)
      if (login !== undefined) core.publish({ _tag: "Closed", epoch: login, code: closing.code })
    },
    onError: (epoch, frame) => {
      const code = typeof frame["code"] === "number" ? frame["code"] : null
      const text = exchange.shown(frame["msg"])
      problem({ _tag: "VenueError", epoch: epoch.number, code, text })
      core.publish({ _tag: "VenueError", frame: typeof frame["msg"] === "string" ? { ...frame, msg: text } : frame })
    },
    nextDue: () => {
      const phase = core.phase()
      return phase._tag === "LoggedIn" && phase.awaited.size > 0 ? phase.until : Number.POSITIVE_INFINITY
    }
  }
}

/** Access to the socket of the current login. */
const makeAccess = (parts: Parts, sockets: Sockets): Pick<Session, "send" | "ping" | "abandon"> => {
  /** the socket of a login; undefined when that login has ended */
  const openIn = (epoch: number): Epoch | undefined => {
    const { current } = sockets
    return current === undefined || current.over || parts.core.login()?.epoch !== epoch ? undefined : current
  }
  return {
    send: (epoch, frame) => {
      const open = openIn(epoch)
      if (open === undefined || hasSlept(parts, sockets, parts.steady())) return false
      const items = Calc.itemsOf(frame)
      // before it is written: the answer may come while it is being written
      if (items.length > 0) parts.core.publish({ _tag: "CalcSent", epoch, items })
      return send(open, frame)
    },
    ping: (epoch) => {
      const open = openIn(epoch)
      const cid = sockets.pings + 1
      if (open === undefined || !send(open, { event: "ping", cid })) return undefined
      return sockets.pings = cid
    },
    abandon: (epoch, reason) => {
      const open = openIn(epoch)
      if (open !== undefined) abandon(open, new End("Unanswered", reason))
    }
  }
}

interface Running {
  readonly connection: Connection.Connection
  readonly fiber: Fiber.RuntimeFiber<void, AccountStreamError>
}

/** Opens the connection when it is needed, closes it, and handles its end. */
const makeLifecycle = (parts: Parts, account: Account, probe: HostProbe.HostProbe, running: { now?: Running }) => {
  const { core, exchange, families, options, problem, steady } = parts
  const { auth, operation } = options
  const ended = (reason: string, isRetryable: boolean) => new ConnectionEnded({ operation, reason, isRetryable })

  /** the connection has ended; the next use opens another one, unless the login was refused or the scope has ended */
  const onOver = (exit: Exit.Exit<void, AccountStreamError>): void => {
    delete running.now
    const found = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
    // a defect becomes a failure: streams that ended without one would look complete
    const failure = Exit.isFailure(exit) && found === undefined && !Cause.isInterruptedOnly(exit.cause)
      ? ended(Cause.pretty(exit.cause), true)
      : found
    core.apply({ _tag: "Over", failure, fingerprint: exchange.fingerprint(), at: steady() })
    core.wake(Effect.fail(failure ?? ended("it was closed", true)))
    families.end(failure)
    core.publish({ _tag: "Over", failure })
  }

  const open = Effect.gen(function*() {
    core.apply({ _tag: "Open", at: steady() })
    const connection = yield* Connection.make({
      ...options,
      url: options.settings.account.url,
      probe,
      account,
      onState: (state: SocketState) => core.apply({ _tag: "Socket", state, at: steady() }),
      onProblem: problem,
      onRejected: () => undefined,
      onLimit: () => undefined,
      onStuck: () => false,
      delivery: core.delivery,
      census: families.census
    })
    const fiber = yield* connection.run.pipe(
      Effect.onExit((exit) => Effect.sync(() => onOver(exit))),
      Effect.annotateLogs({ connection: options.name }),
      Effect.interruptible,
      Effect.forkDaemon
    )
    running.now = { connection, fiber }
  })

  /** two fibers that opened at the same time would leave a socket that nothing closes: a fiber may yield at any step */
  const mutex = Effect.unsafeMakeSemaphore(1)

  const startAlone = Effect.suspend((): Effect.Effect<void, AccountStreamError> => {
    const phase = core.phase()
    switch (phase._tag) {
      case "Closed":
        return Effect.fail(ended("its scope has ended", false))
      case "Idle":
        return Effect.uninterruptible(open)
      case "Refused":
        return Effect.flatMap(
          Effect.option(auth.identity),
          (now) =>
            Option.isSome(now) && now.value.fingerprint !== phase.fingerprint
              ? Effect.uninterruptible(open)
              : Effect.fail(phase.error)
        )
      default:
        return Effect.void
    }
  })

  const close = (closing: Closing): Effect.Effect<void> =>
    mutex.withPermits(1)(Effect.suspend(() => {
      if (running.now === undefined) return Effect.void
      core.apply({ _tag: "Closing" })
      running.now.connection.closeWith(closing)
      return Effect.asVoid(Fiber.interrupt(running.now.fiber))
    }))

  return {
    start: Effect.suspend(() => Phase.isUsable(core.phase()) ? Effect.void : mutex.withPermits(1)(startAlone)),
    close,
    end: (exit: Exit.Exit<unknown, unknown>) =>
      Effect.ensuring(close(closingFor(exit)), Effect.sync(() => core.apply({ _tag: "ScopeEnded" })))
  }
}

const healthOf = (
  { core, options, steady }: Parts,
  heard: number | undefined,
  connection: Connection.Connection | undefined
): HealthData.HealthSnapshot => {
  const at = steady()
  const phase = core.phase()
  const login = core.login()
  const isOpen = phase._tag === "Connecting" || phase._tag === "LoggedIn"
  const ended = Phase.endedOf(phase)
  return {
    account: {
      login: login === null
        ? null
        : { epoch: login.epoch, userId: login.userId, caps: login.caps, dms: login.dms, age: loginAge(phase, at) },
      isLive: Phase.isLive(phase),
      downAge: isOpen && phase.downSince !== null ? at - phase.downSince : null,
      frameAge: heard === undefined ? null : at - heard,
      awaited: phase._tag === "LoggedIn" ? Array.from(phase.awaited) : []
    },
    sockets: connection === undefined ? [] : [{ ...connection.health(), channels: [] }],
    ended: ended === null ? [] : [{ name: options.name, reason: ended.failure.message, age: at - ended.at }]
  }
}

const loginAge = (phase: Phase.Phase, at: number): number => phase._tag === "LoggedIn" ? at - phase.since : 0

export const make = Effect.fnUntraced(function*(options: Options) {
  const { settings } = options
  const clock = yield* Effect.clock
  const steady = Clocks.steady(clock)
  const now = Clocks.wall(clock)
  const sleep = new SleepDetector(steady, now)
  const problems = Hub.make<Problem>({ capacity: 1024 })
  const unknown = Hub.make<RawEvent>({ capacity: 1024 })
  const core = makeCore()
  const running: { now?: Running } = {}
  const families = Families.make({
    filter: options.filter,
    delivery: core.delivery,
    pause: (isPaused) => {
      running.now?.connection.pause(isPaused)
      // while the socket is not read no timer is expected, so a late one does not mean that the process slept
      sleep.expect(Number.POSITIVE_INFINITY)
      // snapshots could not be read during the pause, so their deadline starts again
      if (!isPaused) core.apply({ _tag: "Excused", until: steady() + Duration.toMillis(settings.account.snapshotWait) })
    },
    onSeen: (family) => core.apply({ _tag: "Seen", family, at: steady() })
  })
  const exchange = LoginExchange.make(options)
  const problem = (each: Problem): void => problems.publish(each)
  const parts: Parts = { options, core, families, exchange, problem, unknown, now, steady, sleep }
  const sockets: Sockets = { current: undefined, logins: 0, pings: firstAccountPing, ending: new WeakMap() }
  const life = makeLifecycle(parts, makeAccount(parts, sockets), HostProbe.make(), running)
  yield* Effect.addFinalizer(life.end)

  const attach: Session["attach"] = (name, buffer) =>
    Effect.zipRight(
      life.start,
      Effect.acquireRelease(
        Effect.sync(() => families.attach(name, buffer)),
        ({ detach }) => Effect.sync(detach)
      )
    ).pipe(Effect.map(({ consumer }) => consumer))

  /** gives a new listener the present state of the current login */
  const replay = (listener: Events.Listener): void => {
    const { isLive, login } = core.state.get()
    if (login === null) return
    listener({ _tag: "LoggedIn", login })
    for (const event of families.snapshots(login.epoch)) listener(event)
    if (isLive) listener({ _tag: "Live", login })
  }

  return {
    settings,
    state: core.state,
    problems: problems.stream(),
    start: life.start,
    awaitLive: Effect.suspend(() => Phase.isLive(core.phase()) ? core.live : Effect.zipRight(life.start, core.live)),
    failure: () => Phase.failureOf(core.phase(), options.operation),
    ...makeAccess(parts, sockets),
    subscribe: (listener, from) => {
      if (from?.from === "login") replay(listener)
      return core.subscribe(listener)
    },
    attach,
    lets: families.lets,
    letsAll: families.letsAll,
    letsSymbol: families.letsSymbol,
    unknown: unknown.stream(),
    health: () => healthOf(parts, sockets.current?.heard, running.now?.connection),
    close: life.close
  } satisfies Session as Session
})
