/**
 * One supervised socket: keeps what its users want subscribed, through any number of physical sockets.
 *
 * What arrives is handled synchronously, in order, by the listener; what takes time (connecting, waiting, giving up) is
 * one fiber, `run`. What users want is kept in slots, which outlive sockets; what the venue confirmed is kept per epoch
 * and forgotten with it.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Settings } from "../../BitfinexConfig.ts"
import { ReconnectExhausted, type StreamError, SubscriptionRejected, UnsupportedVersion } from "../../BitfinexError.ts"
import * as Flags from "../../Flags.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import { type DataFrame, type EventFrame, MalformedFrame, parse, toText } from "../frame.ts"
import * as Metrics from "../socketMetrics.ts"
import * as Link from "./link.ts"
import * as Slots from "./slot.ts"
import type { Subscription } from "./subscription.ts"

export interface Options {
  readonly name: string
  readonly url: string
  readonly settings: Settings
  readonly construct: (url: string) => Link.SocketLike
  /** waits for its turn under the connection limit of the host */
  readonly turn: Effect.Effect<void>
  readonly onState: (state: SocketState) => void
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Subscription, error: SubscriptionRejected) => void
  /** the venue takes no more channels than these on this socket; the subscription is off this connection */
  readonly onLimit: (sub: Subscription, channels: number, error: SubscriptionRejected) => void
}

/** why a socket is given up */
type End = string

/** the life of one physical socket */
interface Epoch {
  readonly number: number
  link: Link.Link
  readonly ended: Deferred.Deferred<End>
  readonly info: Deferred.Deferred<EventFrame>
  readonly conf: Deferred.Deferred<EventFrame>
  over: boolean
  /** flags acknowledged, so subscriptions may be sent */
  ready: boolean
  flags: number
  sequence: boolean
  timestamp: boolean
  /** number of the last array */
  seq: number
  gaps: number
  /** ms of the last frame */
  last: number
  pings: number
  pinged: number
  /** ms since when the venue is in maintenance */
  maintenance: number | undefined
  serverId: string | null
  /** frames of channels that are not acknowledged yet */
  readonly early: Map<number, Array<DataFrame>>
  earlyFrames: number
  /** channels that are none of ours, told once */
  readonly strangers: Set<number>
}

/** frames that may wait for the acknowledgement of their channel */
const earlyLimit = 1000
/** sequence gaps on one socket after which it is given up */
const gapLimit = 5
/** the venue speaks of up to 120 s between 20060 and 20061 */
const maintenanceLimit = 150_000

export interface Connection {
  readonly name: string
  /** channels that are wanted or not yet left */
  readonly size: () => number
  readonly has: (wire: string) => boolean
  readonly add: (sub: Subscription) => void
  readonly remove: (sub: Subscription) => void
  readonly resubscribe: (sub: Subscription) => void
  readonly pause: (wanted: boolean) => void
  /** chooses what the close frame will say; the first choice stays */
  readonly closeWith: (closing: Link.Closing) => void
  /** connects, and connects again, until interrupted or nothing helps */
  readonly run: Effect.Effect<void, StreamError>
}

export const make = Effect.fnUntraced(function*(options: Options) {
  const { settings } = options
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const millis = Duration.toMillis
  const replyTimeout = millis(settings.replyTimeout)
  const socketSilence = millis(settings.socketSilence)
  const channelSilence = millis(settings.channelSilence)
  const pingEvery = millis(settings.pingEvery)

  const slots = new Map<string, Slots.Slot>()
  const channels = new Map<number, Slots.Slot>()
  let epochs = 0
  let current: Epoch | undefined
  let closing: Link.Closing | undefined
  let pauses = 0
  /** received since the metric was last told */
  let frames = 0

  let state: SocketState = { _tag: "Connecting", attempt: 1 }
  const setState = (next: SocketState): void => {
    state = next
    options.onState(next)
  }
  const problem = options.onProblem

  const end = (epoch: Epoch, reason: End): void => {
    if (epoch.over) return
    epoch.over = true
    epoch.link.closing = { code: 3000, reason }
    Deferred.unsafeDone(epoch.ended, Effect.succeed(reason))
  }

  // --- subscriptions -------------------------------------------------------------------------------------------------

  const send = (epoch: Epoch, frame: { readonly event: string; readonly [field: string]: unknown }): void =>
    epoch.link.send(JSON.stringify(frame))

  const subscribe = (epoch: Epoch, slot: Slots.Slot, sub: Subscription): void => {
    slot.phase = "subscribing"
    slot.subId = sub.subId
    slot.since = now()
    send(epoch, { event: "subscribe", channel: slot.channel, ...slot.fields, subId: sub.subId })
  }

  const unsubscribe = (epoch: Epoch, slot: Slots.Slot): void => {
    slot.phase = "leaving"
    slot.since = now()
    send(epoch, { event: "unsubscribe", chanId: slot.chanId })
  }

  /** moves a slot towards what is wanted of it */
  const advance = (slot: Slots.Slot): void => {
    const epoch = current
    if (epoch === undefined || !epoch.ready || epoch.over) {
      if (slot.want === undefined && slot.phase === "idle") slots.delete(slot.wire)
      return
    }
    if (slot.phase === "idle") {
      if (slot.want === undefined) slots.delete(slot.wire)
      else subscribe(epoch, slot, slot.want)
    } else if (slot.phase === "acked" && slot.want === undefined) {
      unsubscribe(epoch, slot)
    }
  }

  const add = (sub: Subscription): void => {
    const slot = slots.get(sub.request.key) ?? Slots.make(sub)
    slots.set(slot.wire, slot)
    slot.want = sub
    if (slot.phase === "acked") resubscribe(sub)
    else advance(slot)
  }

  const remove = (sub: Subscription): void => {
    const slot = slots.get(sub.request.key)
    if (slot === undefined || slot.want !== sub) return
    slot.want = undefined
    advance(slot)
  }

  /** leaves the channel and asks for it again once that is confirmed, never before (10301) */
  const resubscribe = (sub: Subscription): void => {
    const slot = slots.get(sub.request.key)
    if (slot === undefined || current === undefined || slot.phase !== "acked") return
    sub.interrupt("subscribed anew")
    unsubscribe(current, slot)
  }

  const resubscribeAll = (reason: string): void => {
    for (const slot of slots.values()) {
      if (slot.phase !== "acked" || current === undefined) continue
      slot.want?.interrupt(reason)
      unsubscribe(current, slot)
    }
  }

  const left = (slot: Slots.Slot): void => {
    channels.delete(slot.chanId)
    slot.phase = "idle"
    advance(slot)
  }

  const rejected = (slot: Slots.Slot, frame: EventFrame): void => {
    const sub = slot.want
    slots.delete(slot.wire)
    if (sub === undefined) return
    const code = typeof frame["code"] === "number" ? frame["code"] : null
    const error = new SubscriptionRejected({
      operation: sub.request.operation,
      channel: slot.channel,
      request: slot.wire,
      code,
      text: typeof frame["msg"] === "string" ? frame["msg"] : ""
    })
    if (code === 10305) options.onLimit(sub, channels.size, error)
    else options.onRejected(sub, error)
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  const onMessage = (epoch: Epoch, data: unknown): void => {
    if (epoch.over) return
    frames++
    epoch.last = now()
    const text = toText(data)
    const frame = typeof text === "string" ? parse(text) : text
    if (Array.isArray(frame)) onData(epoch, frame)
    else if (frame instanceof MalformedFrame) {
      problem({ _tag: "Malformed", epoch: epoch.number, reason: frame.reason, text: frame.text })
    } else onEvent(epoch, frame as EventFrame) // the cast: `isArray` does not narrow readonly arrays
  }

  const onData = (epoch: Epoch, frame: DataFrame): void => {
    if (epoch.sequence) {
      const second = frame[1]
      const seq = frame[typeof second === "string" && second !== "hb" ? 3 : 2]
      if (typeof seq === "number") {
        if (seq !== epoch.seq + 1) {
          problem({ _tag: "SequenceGap", epoch: epoch.number, expected: epoch.seq + 1, actual: seq })
          if (seq <= epoch.seq) return // again, or late: its channel is subscribed anew already
          onGap(epoch, seq)
        }
        epoch.seq = seq
      }
    }
    const slot = channels.get(frame[0] as number) // `parse` let only numbers pass
    if (slot === undefined) onStranger(epoch, frame)
    else deliver(epoch, slot, frame)
  }

  const deliver = (epoch: Epoch, slot: Slots.Slot, frame: DataFrame): void => {
    slot.last = epoch.last
    const sub = slot.want
    if (sub === undefined || slot.phase !== "acked") return
    const second = frame[1]
    if (typeof second !== "string") {
      sub.data(second, null, epoch.timestamp ? mts(frame[epoch.sequence ? 3 : 2]) : null)
    } else if (second === "cs") {
      sub.checksum(frame[2])
    } else if (second !== "hb") {
      sub.data(frame[2], second, epoch.timestamp ? mts(frame[epoch.sequence ? 4 : 3]) : null)
    }
    if (sub.live) slot.silences = 0
  }

  const mts = (value: unknown): number | null => typeof value === "number" ? value : null

  const onGap = (epoch: Epoch, actual: number): void => {
    const lost = actual - epoch.seq - 1
    for (const slot of channels.values()) slot.want?.gap(lost)
    epoch.gaps++
    if (epoch.gaps > gapLimit) return end(epoch, `${epoch.gaps} sequence gaps`)
    resubscribeAll("sequence gap")
  }

  const onStranger = (epoch: Epoch, frame: DataFrame): void => {
    const chanId = frame[0] as number // `parse` let only numbers pass
    if (frame[1] === "hb" && (chanId === 0 || awaiting())) return
    if (awaiting() && epoch.earlyFrames < earlyLimit) {
      const frames = epoch.early.get(chanId)
      if (frames === undefined) epoch.early.set(chanId, [frame])
      else frames.push(frame)
      epoch.earlyFrames++
    } else tellStranger(epoch, chanId)
  }

  const awaiting = (): boolean => Array.from(slots.values()).some((slot) => slot.phase === "subscribing")

  const tellStranger = (epoch: Epoch, chanId: number): void => {
    if (epoch.strangers.has(chanId)) return
    epoch.strangers.add(chanId)
    problem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
  }

  const onEvent = (epoch: Epoch, frame: EventFrame): void => {
    switch (frame.event) {
      case "info":
        return onInfo(epoch, frame)
      case "conf":
        return Deferred.unsafeDone(epoch.conf, Effect.succeed(frame))
      case "subscribed":
        return onSubscribed(epoch, frame)
      case "unsubscribed": {
        const slot = channels.get(Number(frame["chanId"]))
        if (slot?.phase === "leaving") left(slot)
        return
      }
      case "error":
        return onError(epoch, frame)
      case "pong":
        return onPong(epoch, frame)
      default:
        problem({
          _tag: "Malformed",
          epoch: epoch.number,
          reason: "unknown event",
          text: JSON.stringify(frame).slice(0, 200)
        })
    }
  }

  const onInfo = (epoch: Epoch, frame: EventFrame): void => {
    switch (frame["code"]) {
      case undefined:
        return Deferred.unsafeDone(epoch.info, Effect.succeed(frame))
      case 20051:
        return end(epoch, "the server restarts (20051)")
      case 20060:
        epoch.maintenance = now()
        return setState({ _tag: "Maintenance", epoch: epoch.number })
      case 20061:
        epoch.maintenance = undefined
        setLive(epoch, null)
        return resubscribeAll("maintenance is over (20061)")
      default:
        // plain information, such as 5000
    }
  }

  const onSubscribed = (epoch: Epoch, frame: EventFrame): void => {
    const chanId = Number(frame["chanId"])
    const slot = Array.from(slots.values()).find((each) => each.phase === "subscribing" && Slots.isMeant(each, frame))
    if (slot === undefined || !Number.isSafeInteger(chanId)) {
      problem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
      if (Number.isSafeInteger(chanId)) send(epoch, { event: "unsubscribe", chanId })
      return
    }
    slot.phase = "acked"
    slot.chanId = chanId
    slot.since = slot.last = epoch.last
    channels.set(chanId, slot)
    slot.want?.begin()
    const early = epoch.early.get(chanId)
    epoch.early.delete(chanId)
    if (early !== undefined) { for (const each of early) deliver(epoch, slot, each) }
    advance(slot)
    if (awaiting()) return
    for (const stranger of epoch.early.keys()) tellStranger(epoch, stranger)
    epoch.early.clear()
    epoch.earlyFrames = 0
  }

  const onError = (epoch: Epoch, frame: EventFrame): void => {
    const code = typeof frame["code"] === "number" ? frame["code"] : null
    const left_ = channels.get(Number(frame["chanId"]))
    if (left_?.phase === "leaving") {
      problem({ _tag: "VenueError", epoch: epoch.number, code, text: String(frame["msg"]) })
      return left(left_) // 10400: the venue knows no such channel, so it is left
    }
    if (!epoch.ready) {
      // whatever the venue refuses before any subscription is our `conf`
      return Deferred.unsafeDone(epoch.conf, Effect.succeed({ ...frame, status: "FAILED" }))
    }
    const pending = Array.from(slots.values()).filter((slot) => slot.phase === "subscribing")
    const meant = Slots.namesRequest(frame)
      ? pending.filter((slot) => Slots.isMeant(slot, frame))
      : pending
    const [first, second] = meant
    if (first !== undefined && (second === undefined || Slots.namesRequest(frame))) return rejected(first, frame)
    problem({ _tag: "VenueError", epoch: epoch.number, code, text: String(frame["msg"]) })
  }

  const onPong = (epoch: Epoch, frame: EventFrame): void => {
    if (frame["cid"] !== epoch.pings || state._tag !== "Live") return
    setLive(epoch, epoch.last - epoch.pinged)
  }

  const setLive = (epoch: Epoch, rtt: number | null): void =>
    setState({ _tag: "Live", epoch: epoch.number, serverId: epoch.serverId, flags: epoch.flags, rtt })

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
    if (at - epoch.last >= socketSilence) return `no frame for ${at - epoch.last} ms`
    for (const slot of slots.values()) {
      if (slot.phase === "subscribing" && at - slot.since >= replyTimeout) {
        // the venue may have subscribed us to an id that we were never told, and that cannot be left
        return `no answer to subscribe ${slot.wire}`
      }
      if (slot.phase === "leaving" && at - slot.since >= replyTimeout) return `no answer to unsubscribe ${slot.wire}`
      const quiet = slot.want?.live === true ? slot.last : slot.since
      if (slot.phase === "acked" && slot.want !== undefined && at - quiet >= channelSilence) {
        problem({ _tag: "SilentChannel", epoch: epoch.number, request: slot.wire })
        if (++slot.silences > 2) return `${slot.wire} stays silent`
        slot.want.interrupt("silent channel")
        unsubscribe(epoch, slot)
      }
    }
    return undefined
  }

  /** ms until something can be overdue; a request sent meanwhile is noticed within a second */
  const nextLook = (epoch: Epoch, at: number): number => {
    let next = Math.min(at + 1000, epoch.last + socketSilence, epoch.pinged + pingEvery)
    for (const slot of slots.values()) {
      if (slot.phase === "subscribing" || slot.phase === "leaving") next = Math.min(next, slot.since + replyTimeout)
      else if (slot.phase === "acked") next = Math.min(next, Math.min(slot.last, slot.since) + channelSilence)
    }
    return Math.max(1, Math.min(1000, next - at))
  }

  const watchdog = (epoch: Epoch): Effect.Effect<End> =>
    Effect.suspend(() => {
      const at = now()
      const reason = overdue(epoch, at)
      if (reason !== undefined) {
        end(epoch, reason)
        return Effect.succeed(reason)
      }
      const told = Effect.suspend(() => {
        const count = frames
        frames = 0
        return Metrics.received(count)
      })
      return Effect.andThen(told, Effect.delay(watchdog(epoch), nextLook(epoch, at)))
    })

  // --- life ----------------------------------------------------------------------------------------------------------

  const open = Effect.gen(function*() {
    const epoch: Epoch = {
      number: ++epochs,
      link: Link.none,
      ended: yield* Deferred.make<End>(),
      info: yield* Deferred.make<EventFrame>(),
      conf: yield* Deferred.make<EventFrame>(),
      over: false,
      ready: false,
      flags: 0,
      sequence: false,
      timestamp: false,
      seq: 0,
      gaps: 0,
      last: now(),
      pings: 0,
      pinged: now(),
      maintenance: undefined,
      serverId: null,
      early: new Map(),
      earlyFrames: 0,
      strangers: new Set()
    }
    epoch.link = yield* Link.make({
      construct: options.construct,
      url: options.url,
      closeTimeout: settings.closeTimeout,
      onMessage: (data) => onMessage(epoch, data),
      onClosed: (how, error) => {
        const reason = how.reason === "" ? "" : ` ${how.reason}`
        end(epoch, error ?? `the peer closed with ${how.code}${reason}`)
      }
    })
    return epoch
  })

  /** from the open socket to the first subscription: version, then flags */
  const agree = Effect.fnUntraced(function*(epoch: Epoch) {
    yield* epoch.link.opened
    const info = yield* Deferred.await(epoch.info)
    if (info["version"] !== 2) {
      epoch.link.closing = { code: 3000, reason: "another version of the protocol" }
      return yield* Effect.fail(new UnsupportedVersion({ operation: options.name, version: info["version"] }))
    }
    epoch.serverId = typeof info["serverId"] === "string" ? info["serverId"] : null
    const wanted = Flags.toNumber(Flags.connection, settings.socketFlags)
    if (wanted !== 0) {
      send(epoch, { event: "conf", flags: wanted })
      const conf = yield* Effect.timeoutFail(Deferred.await(epoch.conf), {
        duration: settings.replyTimeout,
        onTimeout: () => "no answer to conf"
      })
      if (conf["status"] !== "OK") {
        return yield* Effect.fail(`conf was refused: ${String(conf["msg"] ?? conf["status"])}`)
      }
    }
    epoch.flags = wanted
    epoch.sequence = settings.socketFlags.sequence === true
    epoch.timestamp = settings.socketFlags.timestamp === true
    epoch.ready = true
    const platform = info["platform"] as { readonly status?: unknown } | undefined
    if (platform?.status === 0) {
      // up, but closed for trade: data may come or not, and its end may be announced or not
      setState({ _tag: "Maintenance", epoch: epoch.number })
    } else setLive(epoch, null)
  })

  /** one epoch: answers why it ended */
  const live: Effect.Effect<End, UnsupportedVersion, Scope.Scope> = Effect.gen(function*() {
    yield* options.turn
    const opening = yield* Effect.either(open)
    if (Either.isLeft(opening)) return opening.left
    const epoch = opening.right
    current = epoch
    yield* Effect.addFinalizer(() => Effect.sync(() => farewell(epoch)))
    const agreed = yield* agree(epoch).pipe(
      Effect.timeoutFail({ duration: settings.connectTimeout, onTimeout: () => "no connection in time" }),
      Effect.raceFirst(Effect.flatMap(Deferred.await(epoch.ended), Effect.fail)),
      Effect.catchIf((error): error is string => typeof error === "string", (reason) => Effect.succeed(reason))
    )
    if (typeof agreed === "string") {
      end(epoch, agreed)
      return agreed
    }
    for (const slot of slots.values()) advance(slot)
    if (pauses > 0) epoch.link.pause()
    return yield* Effect.raceFirst(Deferred.await(epoch.ended), watchdog(epoch))
  })

  /** the epoch is over: what was confirmed in it is forgotten, what is wanted stays */
  const farewell = (epoch: Epoch): void => {
    epoch.over = true
    current = undefined
    channels.clear()
    const reason = (closing ?? epoch.link.closing).reason
    for (const slot of slots.values()) {
      slot.phase = "idle"
      slot.chanId = -1
      if (slot.want === undefined) slots.delete(slot.wire)
      else slot.want.interrupt(reason)
    }
    if (closing !== undefined) epoch.link.closing = closing
  }

  const run: Effect.Effect<void, StreamError> = Effect.gen(function*() {
    const driver = yield* Schedule.driver(settings.reconnect)
    let attempts = 0
    while (true) {
      attempts++
      setState({ _tag: "Connecting", attempt: attempts })
      const started = now()
      const reason = yield* Effect.scoped(live)
      problem({ _tag: "Lost", epoch: epochs, reason })
      yield* Metrics.lost
      yield* Effect.logWarning(`The socket was lost: ${reason}`)
      if (now() - started >= millis(settings.healthyAfter)) {
        attempts = 0
        yield* driver.reset
      }
      setState({ _tag: "Waiting", attempts, reason })
      yield* Effect.mapError(
        driver.next(reason),
        () => new ReconnectExhausted({ operation: options.name, attempts, lastError: reason })
      )
    }
  })

  return {
    name: options.name,
    size: () => slots.size,
    has: (wire) => slots.has(wire),
    add,
    remove,
    resubscribe,
    pause: (wanted) => {
      pauses += wanted ? 1 : -1
      const epoch = current
      if (epoch === undefined) return
      if (pauses === 1 && wanted) epoch.link.pause()
      if (pauses === 0 && !wanted) {
        epoch.last = now()
        for (const slot of slots.values()) slot.since = slot.last = epoch.last
        epoch.link.resume()
      }
    },
    closeWith: (how) => {
      closing ??= how
    },
    run
  } satisfies Connection as Connection
})
