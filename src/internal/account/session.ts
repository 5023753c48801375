/**
 * The account's socket: one supervised connection that logs in, the families of events that come on it, and those who
 * listen to it to correlate commands and to keep states.
 *
 * It connects when it is first needed, and stays until its scope ends: what an account tells is missed by who is away.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Auth from "../../Auth.ts"
import type { Settings } from "../../BitfinexConfig.ts"
import {
  type AccountStreamError,
  AuthenticationFailed,
  ConnectionEnded,
  type StreamError
} from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import { type AccountChannel, type accountChannels, channels } from "../../protocol/channels/Account.ts"
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import type { Layout } from "../../protocol/Layout.ts"
import { AuthReply } from "../../protocol/records/Auth.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import * as Connection from "../socket/connection.ts"
import { abandon, type End, type Epoch, send } from "../socket/epoch.ts"
import * as Gate from "../socket/hostProbe.ts"
import { type Closing, closingFor, type SocketLike } from "../socket/link.ts"
import { Subscription } from "../socket/subscription.ts"
import type { Consumer } from "../stream/consumer.ts"
import * as Hub from "../stream/hub.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import * as Events from "./events.ts"
import type { Login, RawEvent } from "./events.ts"

export type { Login, RawEvent }

/** Where the connection stands. */
export interface State {
  /** null before the connection is first needed, and after its end */
  readonly socket: SocketState | null
  /** the login in force; null when there is none */
  readonly login: Login | null
  /** logged in, with all snapshots seen, and not in maintenance: commands can be sent */
  readonly isLive: boolean
}

/** What is told, synchronously and in order of arrival. Must not throw. */
export interface Listener {
  readonly onLogin: (login: Login) => void
  /** all snapshots of the login were seen, or given up */
  readonly onLive: (login: Login) => void
  readonly onEvent: (event: RawEvent) => void
  /** an error of the venue that names no login and no channel: it may answer a command */
  readonly onError: (frame: EventFrame) => void
  /** the login is over */
  readonly onEnd: (epoch: number, closing: Closing) => void
  /** the connection is over: for good with a failure, else until it is needed again */
  readonly onOver?: (failure: AccountStreamError | undefined) => void
}

export interface Options {
  readonly name: string
  readonly operation: string
  readonly settings: Settings
  readonly auth: Auth.Service
  readonly construct: (url: string) => SocketLike
  readonly turn: Effect.Effect<void>
  readonly dms: boolean
  readonly filter: ReadonlyArray<string> | undefined
}

export interface Session {
  readonly settings: Settings
  readonly state: Hub.Value<State>
  readonly problems: Stream.Stream<Problem>
  /** connects, if it is not connected: fails only with what no reconnection can mend */
  readonly start: Effect.Effect<void, AccountStreamError>
  /** connects, and waits until commands can be sent */
  readonly awaitLive: Effect.Effect<Login, AccountStreamError>
  /** sends an array; false, and nothing was sent, when the login is not that of this epoch */
  readonly send: (epoch: number, frame: ReadonlyArray<unknown>) => boolean
  /**
   * Pings the venue behind what was sent in this login. Answers the number that `Pong` names, undefined when nothing was
   * sent.
   */
  readonly ping: (epoch: number) => number | undefined
  /** gives the socket of a login up, and drops what the venue has not read of it */
  readonly abandon: (epoch: number, reason: string) => void
  /**
   * Has a listener given each event from now on; answers a function that removes it. With `from: "login"` it is first
   * given what the login in force has brought so far: `LoggedIn`, the snapshots that are known, and `Live`.
   */
  readonly subscribe: (listener: Events.Listener, options?: { readonly from: "login" | "now" }) => () => void
  /** as `subscribe`, for listeners that read what came by themselves */
  readonly listen: (listener: Listener) => () => void
  /** a consumer of a family */
  readonly attach: (name: string, buffer: BufferPolicy) => Effect.Effect<Consumer, AccountStreamError, Scope.Scope>
  /** whether the filter of the login lets a family through */
  readonly lets: (name: string) => boolean
  /** the rows of a family, for those who begin to listen in the middle of a login; undefined before its snapshot */
  readonly rows: (name: string) => ReadonlyArray<unknown> | undefined
  /** events of types that we do not know */
  readonly unknown: Stream.Stream<RawEvent>
  readonly health: () => HealthData.HealthSnapshot
  readonly close: (closing: Closing) => Effect.Effect<void>
}

/** the nonce of another program may have been in between so often in a row, each time twice */
const nonceLimit = 3

const passing = new Set<number | null>([10000, 10008, 11000])

const isLet = (channel: AccountChannel<unknown>, filter: ReadonlyArray<string> | undefined): boolean =>
  filter === undefined
  || channel.filter.some((word) => filter.some((each) => each === word || each.startsWith(`${word}-`)))

export const make = Effect.fnUntraced(function*(options: Options) {
  const { auth, filter, operation, settings } = options
  const clock = yield* Effect.clock
  const now = Clocks.wall(clock)
  const steady = Clocks.steady(clock)
  const gate = Gate.make()
  const state = Hub.value<State>({ socket: null, login: null, isLive: false })
  const problems = Hub.make<Problem>({ capacity: 1024 })
  const unknown = Hub.make<RawEvent>({ capacity: 1024 })
  const listeners = new Set<Events.Listener>()
  const raw = new Set<Listener>()
  const publish = (event: Events.SessionEvent): void => {
    for (const listener of listeners) listener(event)
  }
  /** those who wait until commands can be sent */
  const waiting = new Set<Deferred.Deferred<Login, AccountStreamError>>()
  let connection: Connection.Connection | undefined
  let fiber: Fiber.RuntimeFiber<void, AccountStreamError> | undefined
  /** a refused login, which the same key would meet again */
  let refused: AuthenticationFailed | undefined
  let current: Epoch | undefined
  let logins = 0
  let nonces = 0
  /** families whose snapshot is awaited, and until when */
  let awaited = new Set<string>()
  let awaitedUntil = Number.POSITIVE_INFINITY
  let pings = Connection.firstAccountPing
  /** logins that are over and whose socket has not ended yet */
  const ending = new WeakMap<Epoch, number>()
  /** who needs the connection now has to wait for the next one */
  let isClosing = false
  /** the scope has ended */
  let isOver = false
  /** ms of the last login, and since when the connection is not live though somebody needs it */
  let loginAt = 0
  let downSince: number | undefined
  /** what the connection ended with, until another one is live */
  let ended: { readonly reason: string; readonly at: number } | undefined

  const set = (change: Partial<State>): void => {
    const before = state.get()
    const { login, socket } = { ...before, ...change }
    // the snapshots may be there before the connection has taken note of the login, or of a maintenance
    const isLive = login !== null && awaited.size === 0 && socket?._tag === "Live"
    state.set({ socket, login, isLive })
    downSince = isLive || socket === null ? undefined : downSince ?? steady()
    if (isLive) ended = undefined
    if (!isLive || before.isLive) return
    wake(Effect.succeed(login))
    publish({ _tag: "Live", login })
    for (const listener of raw) listener.onLive(login)
  }

  const wake = (how: Effect.Effect<Login, AccountStreamError>): void => {
    for (const each of waiting) Later.done(each, how)
    waiting.clear()
  }

  // --- families ------------------------------------------------------------------------------------------------------

  /** a slow consumer has the whole socket wait, and with it the snapshots */
  const pause = (wanted: boolean): void => {
    connection?.pause(wanted)
    if (!wanted) awaitedUntil = Math.max(awaitedUntil, steady() + Duration.toMillis(settings.snapshotWait))
  }

  interface Route {
    readonly sub: Subscription
    readonly name: keyof typeof accountChannels
    readonly isSnapshot: boolean
    readonly decode: (payload: unknown, isSnapshot: boolean) => Events.Decoded<unknown>
  }

  const families = new Map<string, { readonly channel: AccountChannel<unknown>; readonly sub: Subscription }>()
  /** by the type of an event */
  const routes = new Map<string, Route>()
  for (const channel of channels) {
    const name = channel.name as keyof typeof accountChannels // the cast: the keys of that very table
    const operation = `AccountEvents.${name}`
    const request = {
      operation,
      channel: name,
      fields: {},
      key: name,
      subId: undefined,
      layout: channel.record as Layout<unknown>, // of a layout, a subscription uses the members of `Reader`
      state: channel.state,
      buffer: { policy: "fail", capacity: 1 }
    } as const
    const sub = new Subscription(request, name, pause)
    const route = { sub, name, decode: Events.decoder(operation, channel.record) }
    families.set(name, { channel, sub })
    if (channel.snapshot !== null) routes.set(channel.snapshot, { ...route, isSnapshot: true })
    for (const type of channel.updates) routes.set(type, { ...route, isSnapshot: false })
  }

  /** what a payload says to listeners; the casts: a row of the table decodes the rows of its family */
  const eventOf = (
    { isSnapshot, name }: Route,
    { rows, unread }: Events.Decoded<unknown>,
    about: Omit<RawEvent, "mts"> & { readonly mts: number | null }
  ): Events.SessionEvent => {
    const { epoch, mts, payload, type } = about
    if (name === "notifications") {
      const notification = (rows[0] ?? null) as Events.Notified["notification"]
      return { _tag: "Notification", epoch, notification, answer: Events.answerOf(payload), mts }
    }
    const what = { family: name, epoch, rows, unread, mts }
    return (isSnapshot ? { _tag: "Snapshot", ...what } : { _tag: "Update", type, ...what }) as Events.RowsEvent
  }

  const seen = (name: string): void => {
    if (awaited.delete(name) && awaited.size === 0) set({})
  }

  const onData = (epoch: Epoch, frame: DataFrame): void => {
    const { login } = state.get()
    const type = frame[1]
    const payload = frame[2]
    if (login === null || typeof type !== "string") {
      const text = JSON.stringify(frame).slice(0, 200)
      return problems.publish({ _tag: "Malformed", epoch: epoch.number, reason: "unexpected on channel 0", text })
    }
    const last = frame[frame.length - 1]
    const mts = epoch.timestamp && frame.length > 3 && typeof last === "number" ? last : null
    const route = routes.get(type)
    const event: RawEvent = { epoch: login.epoch, type, payload, mts }
    if (route === undefined) {
      unknown.publish(event)
      for (const listener of raw) listener.onEvent(event)
      return
    }
    const { isSnapshot, name, sub } = route
    const decoded = route.decode(payload, isSnapshot)
    const errors = decoded.unread.map(({ error }) => error)
    const rows = decoded.isList ? decoded.rows : undefined
    if (isSnapshot) {
      // one in mid-epoch takes the place of what was known
      if (sub.live) sub.interrupt("another snapshot")
      sub.records(rows, errors, null, mts)
    }
    if (listeners.size > 0) publish(eventOf(route, decoded, event))
    for (const listener of raw) listener.onEvent(event)
    // those who consume in place come last
    if (!isSnapshot) sub.records(rows, errors, type, mts)
    else if (sub.live) seen(name)
  }

  const overdue = (_: Epoch, at: number): End | undefined => {
    if (awaited.size === 0 || at < awaitedUntil) return undefined
    for (const name of Array.from(awaited)) {
      problems.publish({ _tag: "SilentChannel", epoch: logins, request: name })
      families.get(name)!.sub.data([], null, null)
      publish({ _tag: "SnapshotMissing", family: name as Events.Family, epoch: logins })
      seen(name)
    }
    return undefined
  }

  // --- login ---------------------------------------------------------------------------------------------------------

  const onAuth = (epoch: Epoch, frame: EventFrame): void => {
    if (frame["status"] !== "OK") return
    nonces = 0
    loginAt = steady()
    logins++
    current = epoch
    const reply = AuthReply.decode(frame)
    if (Either.isLeft(reply)) {
      const text = JSON.stringify({ ...frame, auth_id: undefined }).slice(0, 200)
      problems.publish({ _tag: "Malformed", epoch: epoch.number, reason: reply.left.message, text })
    }
    const { caps, userId } = Either.getOrElse(reply, () => ({ caps: null, userId: null }))
    const login: Login = { epoch: logins, userId, caps, dms: options.dms, mts: now() }
    const wanted = Array.from(families).filter(([, { channel }]) => isLet(channel, filter))
    awaited = new Set(wanted.flatMap(([name, { channel }]) => channel.snapshot === null ? [] : [name]))
    awaitedUntil = steady() + Duration.toMillis(settings.snapshotWait)
    for (const [, { sub }] of families) sub.begin()
    publish({ _tag: "LoggedIn", login })
    for (const listener of raw) listener.onLogin(login)
    set({ login })
  }

  type Exchange = Parameters<Connection.Account["login"]>[0]

  const login = (exchange: Exchange, isAgain = false): Effect.Effect<void, End | AccountStreamError> =>
    Effect.gen(function*() {
      // without credentials at the moment, the next attempt may have some
      const fields = yield* Effect.catchTag(auth.login, "AuthenticationFailed", ({ text }) => Effect.fail(text))
      const reply = yield* exchange({
        event: "auth",
        // by name, so that nothing else can ever slip into a frame
        ...("token" in fields ? { token: fields.token } : {
          apiKey: fields.apiKey,
          authNonce: fields.authNonce,
          authPayload: fields.authPayload,
          authSig: fields.authSig
        }),
        ...(options.dms ? { dms: 4 } : {}),
        ...(filter === undefined ? {} : { filter })
      })
      if (reply["status"] === "OK") return
      const code = typeof reply["code"] === "number" ? reply["code"] : null
      const text = String(reply["msg"] ?? reply["status"])
      // an earlier answer of OK was lost: the account would stay silent for us
      if (text === "auth: dup") return yield* Effect.fail("the venue says that this socket is logged in already")
      const error = ErrorTable.fromRefusal({ operation, code, text, status: null, retryAfter: null })
      if (error._tag === "NonceTooSmall") {
        // a signed call may have overtaken us, and nothing was executed
        if (!isAgain) return yield* login(exchange, true)
        return yield* ++nonces < nonceLimit ? Effect.fail(`the login was refused: ${text}`) : Effect.fail(error)
      }
      const mayPass = error._tag === "RateLimited" || error._tag === "Maintenance" || passing.has(code)
      if (mayPass) return yield* Effect.fail(`the login was put off: ${text}`)
      return yield* Effect.fail(new AuthenticationFailed({ operation, code, text }))
    })

  // --- life ----------------------------------------------------------------------------------------------------------

  const onEnd = (epoch: Epoch, closing: Closing): void => {
    if (current !== epoch) return
    current = undefined
    awaited = new Set()
    const { login } = state.get()
    set({ login: null })
    for (const [, { sub }] of families) sub.interrupt(closing.reason)
    if (login === null) return
    ending.set(epoch, login.epoch)
    publish({ _tag: "LoggedOut", epoch: login.epoch, closing })
    for (const listener of raw) listener.onEnd(login.epoch, closing)
  }

  const account: Connection.Account = {
    login,
    onAuth,
    onData,
    overdue,
    onEnd,
    onPong: (epoch, ping) => {
      const { login } = state.get()
      if (epoch === current && login !== null) publish({ _tag: "Pong", epoch: login.epoch, ping })
    },
    onClosed: (epoch, closing) => {
      const login = epoch === current ? state.get().login?.epoch : ending.get(epoch)
      if (login !== undefined) publish({ _tag: "Closed", epoch: login, code: closing.code })
    },
    onError: (epoch, frame) => {
      const code = typeof frame["code"] === "number" ? frame["code"] : null
      problems.publish({ _tag: "VenueError", epoch: epoch.number, code, text: String(frame["msg"]) })
      publish({ _tag: "VenueError", frame })
      for (const listener of raw) listener.onError(frame)
    },
    nextDue: () => awaited.size === 0 ? Number.POSITIVE_INFINITY : awaitedUntil
  }

  /** for good, or until it is needed again */
  const onOver = (exit: Exit.Exit<void, AccountStreamError>): void => {
    connection = undefined
    fiber = undefined
    isClosing = false
    set({ socket: null, login: null })
    const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
    // a stream that ended without a word would look complete
    const defect = Exit.isFailure(exit) && failure === undefined && !Cause.isInterruptedOnly(exit.cause)
      ? over(Cause.pretty(exit.cause))
      : undefined
    if (failure?._tag === "AuthenticationFailed") refused = failure
    const error = failure ?? defect
    if (error !== undefined) ended = { reason: error.message, at: steady() }
    wake(Effect.fail(failure ?? defect ?? over("it was closed")))
    // the cast: streams of an account end with the errors of an account
    for (const [, { sub }] of families) sub.end((failure ?? defect) as StreamError | undefined)
    publish({ _tag: "Over", failure: failure ?? defect })
    for (const listener of raw) listener.onOver?.(failure ?? defect)
  }

  const open = Effect.gen(function*() {
    const made = yield* Connection.make({
      ...options,
      url: settings.socketAuthUrl,
      gate,
      account,
      onState: (socket) => set({ socket }),
      onProblem: (problem) => problems.publish(problem),
      onRejected: () => undefined,
      onLimit: () => undefined,
      census: () => {
        const wanted = Array.from(families.values(), ({ sub }) => sub).filter(({ consumers }) => consumers > 0)
        return {
          wanted: wanted.length,
          live: wanted.filter(({ live }) => live).length,
          consumers: wanted.reduce((sum, { consumers }) => sum + consumers, 0)
        }
      }
    })
    connection = made
    fiber = yield* made.run.pipe(
      Effect.onExit((exit) => Effect.sync(() => onOver(exit))),
      Effect.annotateLogs({ connection: options.name }),
      Effect.interruptible,
      Effect.forkDaemon
    )
  })

  const health = (): HealthData.HealthSnapshot => {
    const at = steady()
    const { isLive, login } = state.get()
    const account: HealthData.Account = {
      login: login === null
        ? null
        : { epoch: login.epoch, userId: login.userId, caps: login.caps, dms: login.dms, age: at - loginAt },
      isLive,
      downAge: downSince === undefined ? null : at - downSince,
      frameAge: current === undefined ? null : at - current.heard,
      awaited: Array.from(awaited)
    }
    return {
      account,
      sockets: connection === undefined ? [] : [{ ...connection.health(), channels: [] }],
      ended: ended === undefined ? [] : [{ name: options.name, reason: ended.reason, age: at - ended.at }]
    }
  }

  const over = (reason: string, isRetryable = true) => new ConnectionEnded({ operation, reason, isRetryable })

  /** a fiber may give way to others anywhere: two that opened at once would leave a socket that nobody closes */
  const turn = Effect.unsafeMakeSemaphore(1)

  const start: Effect.Effect<void, AccountStreamError> = Effect.suspend(() =>
    connection !== undefined && !isClosing ? Effect.void : turn.withPermits(1)(startInTurn)
  )

  const startInTurn = Effect.suspend((): Effect.Effect<void, AccountStreamError> => {
    if (refused !== undefined) return Effect.fail(refused)
    if (isOver) return Effect.fail(over("its scope has ended", false))
    return connection === undefined ? Effect.uninterruptible(open) : Effect.void
  })

  const close = (closing: Closing): Effect.Effect<void> =>
    turn.withPermits(1)(Effect.suspend(() => {
      if (connection === undefined || fiber === undefined) return Effect.void
      isClosing = true
      connection.closeWith(closing)
      return Effect.asVoid(Fiber.interrupt(fiber))
    }))

  yield* Effect.addFinalizer((exit) =>
    Effect.suspend(() => {
      isOver = true
      return close(closingFor(exit))
    })
  )

  const attach: Session["attach"] = (name, buffer) =>
    Effect.zipRight(
      start,
      Effect.acquireRelease(
        Effect.sync(() => {
          const { sub } = families.get(name)!
          return { sub, consumer: sub.attach(buffer) }
        }),
        ({ consumer, sub }) => Effect.sync(() => sub.detach(consumer))
      )
    ).pipe(Effect.map(({ consumer }) => consumer))

  const awaitLive: Session["awaitLive"] = Effect.suspend(() => {
    const { isLive, login } = state.get()
    return isLive && login !== null ? Effect.succeed(login) : Effect.zipRight(start, nextLive)
  })

  const nextLive: Effect.Effect<Login, AccountStreamError> = Effect.suspend(() => {
    const { isLive, login } = state.get()
    if (isLive && login !== null) return Effect.succeed(login)
    const live = Later.deferred<Login, AccountStreamError>()
    waiting.add(live)
    return Effect.ensuring(Deferred.await(live), Effect.sync(() => waiting.delete(live)))
  })

  const listen: Session["listen"] = (listener) => {
    raw.add(listener)
    return () => {
      raw.delete(listener)
    }
  }

  /** the socket of a login, while it can be written to */
  const openIn = (epoch: number): Epoch | undefined =>
    current === undefined || current.over || state.get().login?.epoch !== epoch ? undefined : current

  /** what the login in force has brought so far */
  const replay = (listener: Events.Listener): void => {
    const { isLive, login } = state.get()
    if (login === null) return
    listener({ _tag: "LoggedIn", login })
    for (const [name, { channel, sub }] of families) {
      const rows = channel.snapshot === null ? undefined : sub.current(0)?.rows
      if (rows === undefined) continue
      // the cast: a row of the table decodes the rows of its family
      listener({ _tag: "Snapshot", family: name, epoch: login.epoch, rows, unread: [], mts: null } as Events.RowsEvent)
    }
    if (isLive) listener({ _tag: "Live", login })
  }

  const subscribe: Session["subscribe"] = (listener, options) => {
    if (options?.from === "login") replay(listener)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  return {
    settings,
    state,
    problems: problems.stream(),
    start,
    awaitLive,
    send: (epoch, frame) => {
      const open = openIn(epoch)
      return open !== undefined && send(open, frame)
    },
    ping: (epoch) => {
      const open = openIn(epoch)
      const cid = pings + 1
      if (open === undefined || !send(open, { event: "ping", cid })) return undefined
      return pings = cid
    },
    abandon: (epoch, reason) => {
      const open = openIn(epoch)
      if (open !== undefined) abandon(open, reason)
    },
    subscribe,
    listen,
    attach,
    lets: (name) => isLet(families.get(name)!.channel, filter),
    rows: (name) => families.get(name)!.sub.current(0)?.rows,
    unknown: unknown.stream(),
    health,
    close
  } satisfies Session as Session
})

/** a listener that needs only some of it overrides these */
export const deaf: Listener = {
  onLogin: () => undefined,
  onLive: () => undefined,
  onEvent: () => undefined,
  onError: () => undefined,
  onEnd: () => undefined
}
