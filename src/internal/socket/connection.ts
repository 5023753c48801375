/**
 * One supervised socket: keeps what its users want subscribed, through any number of physical sockets.
 *
 * What arrives is handled synchronously, in order, by the listener; what takes time (connecting, waiting, giving up) is
 * one fiber, `run`.
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
import * as Flags from "../../protocol/Flags.ts"
import {
  type DataFrame,
  type EventFrame,
  explain,
  isData,
  MalformedFrame,
  toJson,
  toText
} from "../../protocol/internal/frame.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import * as Handover from "../stream/delivery.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import * as Schedules from "../time/schedules.ts"
import type { Wanted } from "./demand.ts"
import { type End, end, type Epoch, make as makeEpoch, send } from "./epoch.ts"
import * as Agreement from "./handshake.ts"
import type { Gate } from "./hostProbe.ts"
import { Slots } from "./ledger.ts"
import * as Link from "./link.ts"
import * as Metrics from "./metrics.ts"
import * as Notes from "./problemLog.ts"

/** What a connection does for an account: it logs in on each socket, and hands over what comes on channel 0. */
export interface Account {
  readonly login: Agreement.Login
  /** an answer to a login, as soon as it is read: what follows it may be of the account already */
  readonly onAuth: (epoch: Epoch, frame: EventFrame) => void
  /** an array of channel 0, heartbeats excepted */
  readonly onData: (epoch: Epoch, frame: DataFrame) => void
  /** an error of the venue, which may answer a command */
  readonly onError: (epoch: Epoch, frame: EventFrame) => void
  /** the epoch is over */
  readonly onEnd: (epoch: Epoch, closing: Link.Closing) => void
  /** the venue answered a ping that the account has written */
  readonly onPong: (epoch: Epoch, cid: number) => void
  /** the socket has ended, after `onEnd` where we gave it up; 1006 when no close frame came from the venue */
  readonly onClosed: (epoch: Epoch, closing: Link.Closing) => void
  /** what is overdue: a reason to give the socket up, or undefined */
  readonly overdue: (epoch: Epoch, at: number) => End | undefined
  /** ms of the next moment at which something can be overdue */
  readonly nextDue: () => number
}

export interface Options {
  readonly name: string
  readonly url: string
  readonly settings: Settings
  readonly construct: (url: string) => Link.SocketLike
  /** waits for its turn under the connection limit of the host */
  readonly turn: Effect.Effect<void>
  /** shared by the sockets of the host: while it may be down, one of them tries for all */
  readonly gate: Gate
  /** who logs in, on a connection of an account */
  readonly account?: Account
  readonly onState: (state: SocketState) => void
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Wanted, error: SubscriptionRejected) => void
  /** the venue takes no more channels than these on this socket; the subscription is off this connection */
  readonly onLimit: (sub: Wanted, channels: number, error: SubscriptionRejected) => void
  /** what is served on it, for the metrics */
  readonly census: () => Metrics.Census
}

/** pings of the account are numbered from here, so that they are not taken for those of the watchdog */
export const firstAccountPing = 1_000_000_000

/** sequence gaps on one socket after which it is given up */
const gapLimit = 5
/** the venue speaks of up to 120 s between 20060 and 20061 */
const maintenanceLimit = 150_000
/** a look of the watchdog that comes so late, in ms, was held up by this process: what it waits for may wait as well */
const lateness = 2000

export interface Connection {
  readonly name: string
  readonly slots: Slots
  readonly pause: (wanted: boolean) => void
  /** chooses what the close frame will say; the first choice stays */
  readonly closeWith: (closing: Link.Closing) => void
  /** what was last said or heard at the end of a socket */
  readonly closed: () => Link.Closing
  readonly health: () => Omit<HealthData.Socket, "channels">
  /** connects, and connects again, until interrupted or nothing helps */
  readonly run: Effect.Effect<void, AccountStreamError>
}

export const make = Effect.fnUntraced(function*(options: Options) {
  const { account, settings } = options
  const clock = yield* Effect.clock
  const now = Clocks.steady(clock)
  const arrival = Clocks.perTask(now)
  const millis = Duration.toMillis
  const socketSilence = millis(settings.socketSilence)
  const channelSilence = millis(settings.channelSilence)
  const pingEvery = millis(settings.pingEvery)
  const wanted = Agreement.wantedFlags(settings)
  const agree = Agreement.make({ name: options.name, settings, login: account?.login })

  const slots = new Slots({
    ...options,
    onProblem: (each) => problem(each),
    now,
    replyTimeout: millis(settings.replyTimeout),
    channelSilence
  })
  let epochs = 0
  let current: Epoch | undefined
  let closing: Link.Closing | undefined
  let closed: Link.Closing = { code: 1006, reason: "" }
  let pauses = 0
  /** the account's channel has had a heartbeat; no manual promises any, so a silence before the first means nothing */
  let beats = false
  /** received since the metric was last told */
  let frames = 0
  let bytes = 0

  /** what the metrics are told next */
  const counts = Metrics.tally()
  const notes = Notes.make()
  const metrics = Metrics.make(options.name)

  let state: SocketState = { _tag: "Connecting", attempt: 1 }
  /** ms since when it is in this state, and since when it is of no use */
  let stateSince = now()
  let downSince: number | undefined = stateSince
  let lastDisconnect: { readonly reason: string; readonly at: number } | undefined
  const setState = (next: SocketState): void => {
    const at = now()
    if (next._tag !== state._tag) stateSince = at
    downSince = next._tag === "Live" || next._tag === "Maintenance" ? undefined : downSince ?? at
    state = next
    options.onState(next)
  }
  const setLive = (epoch: Epoch, rtt: number | null): void =>
    setState({ _tag: "Live", epoch: epoch.number, serverId: epoch.serverId, flags: epoch.flags, rtt })
  const problem = (each: Problem): void => {
    Metrics.noted(counts, each)
    Notes.add(notes, each)
    options.onProblem(each)
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  /** what throws in here would be an uncaught exception of the process */
  const listen = (epoch: Epoch, data: unknown): void => {
    Handover.begin()
    try {
      onMessage(epoch, data)
    } catch (defect) {
      const reason = `a frame could not be handled: ${Cause.pretty(Cause.die(defect))}`
      problem({ _tag: "Defect", epoch: epoch.number, reason })
      end(epoch, "a frame could not be handled")
    } finally {
      Handover.end()
    }
  }

  const onMessage = (epoch: Epoch, data: unknown): void => {
    if (epoch.over) return
    frames++
    epoch.last = arrival()
    const text = toText(data)
    if (text === undefined) return malformed(epoch, "binary frame", "")
    bytes += text.length
    const json = toJson(text)
    if (isData(json)) return onData(epoch, json)
    const frame = explain(json, text)
    if (frame instanceof MalformedFrame) malformed(epoch, frame.reason, frame.text)
    else onEvent(epoch, frame)
  }

  const malformed = (epoch: Epoch, reason: string, text: string): void =>
    problem({ _tag: "Malformed", epoch: epoch.number, reason, text })

  const onData = (epoch: Epoch, frame: DataFrame): void => {
    if (epoch.sequence) {
      const second = frame[1]
      const seq = frame[typeof second === "string" && second !== "hb" ? 3 : 2]
      if (typeof seq === "number" && !(frame[0] === 0 && isUncounted(epoch, frame))) {
        if (seq !== epoch.seq + 1) {
          problem({ _tag: "SequenceGap", epoch: epoch.number, expected: epoch.seq + 1, actual: seq })
          if (seq <= epoch.seq) return // again, or late: its channel is subscribed anew already
          onGap(epoch, seq)
        }
        epoch.seq = seq
      }
    }
    if (frame[0] !== 0 || account === undefined) return slots.onData(epoch, frame)
    epoch.heard = epoch.last
    if (frame[1] === "hb") beats = true
    else account.onData(epoch, frame)
  }

  /**
   * Whether an array of channel 0 has no public sequence number: answers to commands have that of the account only. Where
   * two are usual, one alone is not taken for a gap.
   */
  const isUncounted = (epoch: Epoch, frame: DataFrame): boolean => {
    if (frame[1] === "hb" || typeof frame[1] !== "string") return false
    if (frame.length - (epoch.timestamp ? 1 : 0) >= 5) return false
    const payload = frame[2]
    return frame[1] === "n" ? Array.isArray(payload) && String(payload[1]).endsWith("-req") : frame[3] !== epoch.seq + 1
  }

  const onGap = (epoch: Epoch, actual: number): void => {
    slots.gap(actual - epoch.seq - 1)
    epoch.gaps++
    // what the account missed cannot be asked for but by another login
    if (account !== undefined) end(epoch, "a sequence gap")
    else if (epoch.gaps > gapLimit) end(epoch, `${epoch.gaps} sequence gaps`)
    else slots.resubscribeAll("sequence gap")
  }

  const onEvent = (epoch: Epoch, frame: EventFrame): void => {
    switch (frame.event) {
      case "info":
        return onInfo(epoch, frame)
      case "conf":
        return onConf(epoch, frame)
      case "subscribed":
        return slots.onSubscribed(epoch, frame)
      case "unsubscribed":
        return slots.onUnsubscribed(epoch, frame)
      case "error":
        // whatever the venue refuses before any subscription is our login, or our `conf`
        if (epoch.login !== undefined) onAuth(epoch, { ...frame, status: "FAILED" })
        else if (epoch.readyAt === undefined) onConf(epoch, { ...frame, status: "FAILED" })
        else if (account !== undefined) account.onError(epoch, frame)
        else slots.onError(epoch, frame)
        return
      case "auth":
        return onAuth(epoch, frame)
      case "pong":
        if (typeof frame["cid"] === "number" && frame["cid"] >= firstAccountPing) {
          return account?.onPong(epoch, frame["cid"])
        }
        if (frame["cid"] !== epoch.pings || state._tag !== "Live") return
        counts.roundTrips.push(epoch.last - epoch.pinged)
        setLive(epoch, epoch.last - epoch.pinged)
        return
      default:
        unknownEvent(epoch, frame)
    }
  }

  const unknownEvent = (epoch: Epoch, frame: EventFrame): void =>
    malformed(epoch, "unknown event", JSON.stringify(frame).slice(0, 200))

  /** flags are in force from the next frame on, so they are noted here and not where the answer is awaited */
  const onConf = (epoch: Epoch, frame: EventFrame): void => {
    if (frame["status"] === "OK") {
      epoch.flags = typeof frame["flags"] === "number" ? frame["flags"] : wanted
      if (epoch.flags !== wanted) {
        malformed(epoch, `conf with other flags than ${wanted}`, JSON.stringify(frame).slice(0, 200))
      }
      const { sequence, timestamp } = Flags.fromNumber(Flags.connection, epoch.flags)
      epoch.sequence = sequence
      epoch.timestamp = timestamp
    }
    Later.done(epoch.conf, Effect.succeed(frame))
  }

  const onAuth = (epoch: Epoch, frame: EventFrame): void => {
    const { login } = epoch
    if (login === undefined || account === undefined) return unknownEvent(epoch, { ...frame, auth_id: undefined })
    epoch.login = undefined
    account.onAuth(epoch, frame)
    Later.done(login, Effect.succeed(frame))
  }

  const onInfo = (epoch: Epoch, frame: EventFrame): void => {
    switch (frame["code"]) {
      case undefined:
        return Later.done(epoch.info, Effect.succeed(frame))
      case 20051:
        return end(epoch, "the server restarts (20051)")
      case 20060:
        return enterMaintenance(epoch)
      case 20061:
        epoch.maintenance = undefined
        if (epoch.readyAt === undefined) return
        // the snapshots of an account come with a login only
        if (account !== undefined) return end(epoch, "maintenance is over (20061)")
        setLive(epoch, null)
        slots.excuse(epoch.last)
        return slots.resubscribeAll("maintenance is over (20061)")
      default:
        // plain information, such as 5000
    }
  }

  const enterMaintenance = (epoch: Epoch): void => {
    epoch.maintenance = now()
    setState({ _tag: "Maintenance", epoch: epoch.number })
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  /** what is overdue: a reason to give the socket up, or undefined */
  const overdue = (epoch: Epoch, at: number): End | undefined => {
    if (at - epoch.pinged >= pingEvery) {
      epoch.pings++
      epoch.pinged = at
      send(epoch, { event: "ping", cid: epoch.pings })
    }
    if (pauses > 0) return undefined
    if (epoch.maintenance !== undefined) {
      return at - epoch.maintenance > maintenanceLimit ? "no end of maintenance was announced" : undefined
    }
    if (at - epoch.last >= socketSilence) {
      epoch.dead = true
      return `no frame for ${at - epoch.last} ms`
    }
    // answers to pings go on coming where the account has fallen silent, and its events cannot be asked for anew
    if (beats && at - epoch.heard >= channelSilence) return `nothing of the account for ${at - epoch.heard} ms`
    return slots.overdue(epoch, at) ?? account?.overdue(epoch, at)
  }

  /** ms until something can be overdue; a request sent meanwhile is noticed within a second */
  const nextLook = (epoch: Epoch, at: number): number => {
    const isExcused = pauses > 0 || epoch.maintenance !== undefined
    const due = isExcused ? at + 1000 : Math.min(
      epoch.last + socketSilence,
      slots.nextDue(),
      beats ? epoch.heard + channelSilence : Number.POSITIVE_INFINITY,
      account?.nextDue() ?? Number.POSITIVE_INFINITY
    )
    const next = Math.min(due, epoch.pinged + pingEvery)
    return Math.max(1, Math.min(1000, next - at))
  }

  const count = (): void => {
    counts.frames += frames
    counts.bytes += bytes
    frames = bytes = 0
  }

  const tell = Effect.suspend(() => {
    count()
    return Effect.zipRight(metrics.tell(counts, state._tag === "Live", options.census()), Notes.write(notes))
  })

  const watch = Effect.fnUntraced(function*(epoch: Epoch) {
    let expected = now()
    while (!epoch.over) {
      const at = now()
      const isLate = at - expected > lateness
      if (isLate) epoch.heard = at
      const reason = isLate ? undefined : overdue(epoch, at)
      if (reason !== undefined) end(epoch, reason)
      yield* tell
      const delay = isLate ? 100 : nextLook(epoch, at)
      expected = at + delay
      yield* Effect.sleep(delay)
    }
  })

  // --- life ----------------------------------------------------------------------------------------------------------

  const open = Effect.gen(function*() {
    const epoch = makeEpoch(++epochs, now(), counts)
    epoch.link = yield* Link.make({
      construct: options.construct,
      url: options.url,
      closeTimeout: settings.closeTimeout,
      closing: () => {
        closed = closing ?? epoch.closing
        return { ...closed, isAwaited: !epoch.dead }
      },
      onMessage: (data) => listen(epoch, data),
      onClosed: (how, error) => {
        closed = how
        const reason = how.reason === "" ? "" : ` ${how.reason}`
        end(epoch, error ?? `the peer closed with ${how.code}${reason}`)
        account?.onClosed(epoch, how)
      }
    })
    return epoch
  })

  /** the socket is good for subscriptions, from the frame with which the venue introduced itself */
  const onReady = (epoch: Epoch, info: EventFrame): void => {
    epoch.readyAt = now()
    counts.connections++
    options.gate.ready()
    const platform = info["platform"] as { readonly status?: unknown } | undefined
    // up, but closed for trade: data may come or not, and its end may be announced or not
    if (platform?.status === 0 || epoch.maintenance !== undefined) enterMaintenance(epoch)
    else setLive(epoch, null)
  }

  /** one epoch: answers why it ended */
  const live = (epoch: Epoch): Effect.Effect<End, End | AccountStreamError, Scope.Scope> =>
    Effect.gen(function*() {
      current = epoch
      yield* Effect.addFinalizer(() => Effect.sync(() => farewell(epoch)))
      yield* agree(epoch).pipe(
        Effect.map((info) => onReady(epoch, info)),
        Effect.timeoutFail({ duration: settings.connectTimeout, onTimeout: () => "no connection in time" }),
        Effect.raceFirst(Effect.flatMap(Deferred.await(epoch.ended), Effect.fail)),
        Effect.tapError((error) => Effect.sync(() => typeof error === "string" ? end(epoch, error) : undefined))
      )
      slots.open(epoch)
      if (pauses > 0) epoch.link.pause()
      return yield* Effect.raceFirst(
        Deferred.await(epoch.ended),
        Effect.zipRight(watch(epoch), Deferred.await(epoch.ended))
      )
    })

  const farewell = (epoch: Epoch): void => {
    epoch.over = true
    current = undefined
    slots.forget((closing ?? epoch.closing).reason)
    account?.onEnd(epoch, closing ?? epoch.closing)
  }

  /** one attempt, from its turn to the end of its socket: answers why it ended, and for how long it was good */
  const attempt: Effect.Effect<readonly [End, good: number], AccountStreamError> = Effect.suspend(() => {
    let epoch: Epoch | undefined
    const life = Effect.flatMap(open, (opened) => {
      epoch = opened
      return live(opened)
    })
    return Effect.zipRight(options.turn, Effect.scoped(life)).pipe(
      Effect.catchIf((error): error is string => typeof error === "string", (reason) => Effect.succeed(reason)),
      // a mistake in code is told, and tried again, rather than the end of all streams
      Effect.catchAllDefect((defect) => {
        const reason = Cause.pretty(Cause.die(defect))
        problem({ _tag: "Defect", epoch: epochs, reason })
        return Effect.succeed(reason)
      }),
      Effect.map((reason) => [reason, epoch?.readyAt === undefined ? 0 : now() - epoch.readyAt] as const)
    )
  })

  const run: Effect.Effect<void, AccountStreamError> = Effect.gen(function*() {
    const driver = yield* Schedules.driver(settings.reconnect)
    let attempts = 0
    while (true) {
      attempts++
      setState({ _tag: "Connecting", attempt: attempts })
      yield* options.gate.enter(options)
      const [reason, good] = yield* attempt
      options.gate.lost()
      problem({ _tag: "Disconnected", epoch: epochs, reason })
      lastDisconnect = { reason, at: now() }
      yield* Effect.annotateLogs(Effect.logWarning(`The socket was lost: ${reason}`), "epoch", epochs)
      if (good >= millis(settings.healthyAfter)) {
        attempts = 0
        yield* driver.reset
      }
      setState({ _tag: "Waiting", attempts, reason })
      yield* tell
      yield* Effect.mapError(
        driver.next(reason),
        () => new ReconnectExhausted({ operation: options.name, attempts, lastError: reason })
      )
    }
  }).pipe(
    Effect.tapErrorTag("ReconnectExhausted", (error) => Effect.sync(() => options.gate.leave(options, error))),
    Effect.ensuring(Effect.suspend(() => {
      options.gate.leave(options)
      count()
      return Effect.zipRight(metrics.over(counts), Notes.write(notes))
    }))
  )

  return {
    name: options.name,
    slots,
    pause: (wanted) => {
      pauses += wanted ? 1 : -1
      const epoch = current
      // one that is not ready has to be read: what it waits for are a few frames, and none of a channel
      if (epoch?.readyAt === undefined) return
      if (pauses === 1 && wanted) epoch.link.pause()
      if (pauses === 0 && !wanted) {
        epoch.last = epoch.heard = now()
        slots.excuse(epoch.last)
        epoch.link.resume()
      }
    },
    closeWith: (how) => {
      closing ??= how
    },
    closed: () => closed,
    health: () => {
      const at = now()
      return {
        name: options.name,
        host: URL.canParse(options.url) ? new URL(options.url).host : options.url,
        state,
        stateAge: at - stateSince,
        downAge: downSince === undefined ? null : at - downSince,
        epoch: epochs,
        frameAge: current === undefined ? null : at - current.last,
        rtt: state._tag === "Live" ? state.rtt : null,
        attempts: state._tag === "Connecting" ? state.attempt : state._tag === "Waiting" ? state.attempts : 0,
        lastDisconnect: lastDisconnect === undefined
          ? null
          : { reason: lastDisconnect.reason, age: at - lastDisconnect.at }
      }
    },
    run
  } satisfies Connection as Connection
})
