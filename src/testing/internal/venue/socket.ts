/**
 * The protocol of one connection, from the exchange's side: a synchronous state machine whose inputs are client frames
 * and the time, and whose output is text frames.
 *
 * @internal
 */
import type { Market, Step } from "../market/model.ts"
import type { Account } from "./account.ts"
import type { Feed, Request, Sink } from "./channels.ts"
import { following, plan, unanswered } from "./channels.ts"
import type { Frame, Tamper, Wire } from "./wire.ts"
import { makeWire, untampered } from "./wire.ts"

/** The hooks through which faults change the handling of a request. */
export interface Sabotage extends Tamper {
  /** a subscription is ignored, refused with a code, answered after its snapshot, or answered after a delay in ms */
  readonly subscribe: (name: string) => "ignore" | "late" | number | { readonly delay: number } | undefined
  /** whether the answer to a second subscription names the channel id of the first */
  readonly dup: (name: string) => "named" | "nameless"
  /** whether a subscription gets the channel id of another channel */
  readonly shares: (name: string) => boolean
  /** a `conf` frame is not answered */
  readonly conf: () => boolean
  /** the channel limit that a fault sets; undefined when there is none */
  readonly cap: () => number | undefined
}

export const honest: Sabotage = {
  ...untampered,
  subscribe: () => undefined,
  dup: () => "named",
  shares: () => false,
  conf: () => false,
  cap: () => undefined
}

export interface Options {
  readonly market: Market
  /** the venue's time, ms since the epoch */
  readonly now: () => number
  readonly emit: (text: string) => void
  readonly serverId: string
  readonly version?: number
  /** 1 operative, 0 maintenance */
  readonly status?: 0 | 1
  readonly channelCap: number
  /** the id of a channel by its name: stable per server, hence equal on all connections */
  readonly chanIdOf: (name: string) => number
  readonly sabotage?: Sabotage
  readonly account?: (wire: Wire) => Account
}

export interface Channel {
  readonly chanId: number
  readonly name: string
}

export interface VenueSocket {
  readonly open: () => void
  readonly receive: (text: string) => void
  readonly tick: (now: number) => void
  readonly step: (step: Step) => void
  readonly close: () => void
  /** sends a notice such as 20051 */
  readonly info: (code: number) => void
  /** silences the channels with this id, or whose name contains this text; returns their number */
  readonly mute: (channel: number | string) => number
  readonly muteAll: () => void
  /** stops answering `ping` events */
  readonly mutePong: () => void
  /** confirmed channels by ascending id, without channel 0 */
  readonly channels: () => ReadonlyArray<Channel>
  readonly account: Account | undefined
}

/** one timer per connection sends the heartbeats of all of its channels at once, as captured from the venue */
export const heartbeatPeriod = 15_000

/** these texts are ours: the manual asks clients to evaluate only the code */
const notices: { readonly [code: number]: string } = {
  5000: "Information.",
  20051: "Stopping. Please reconnect.",
  20060: "Entering maintenance. Please pause.",
  20061: "Maintenance is over. Please resubscribe."
}

const refusals: { readonly [code: number]: string } = {
  10300: "symbol: invalid",
  10301: "subscribe: dup",
  10305: "subscribe: limit"
}

interface Subscription extends Channel {
  /** the id that its frames carry: that of another channel, if a fault wants it */
  readonly shownId: number
  readonly feed: Feed
  muted: boolean
  /** the delayed confirmation; undefined once it was sent */
  pending: { readonly due: number; readonly confirm: () => void } | undefined
}

const isObject = (value: unknown): value is Request =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** undefined for text that is not JSON; no JSON text parses to undefined */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** the state of a connection's protocol */
interface Protocol {
  readonly options: Options
  readonly sabotage: Sabotage
  /** subscriptions by their own id */
  readonly byId: Map<number, Subscription>
  readonly wire: Wire
  readonly account: Account | undefined
  isOpen: boolean
  isMute: boolean
  isPongMute: boolean
  nextHeartbeat: number
}

const event = ({ wire }: Protocol, body: { readonly event: string; readonly [field: string]: unknown }): void =>
  wire.send({ kind: "event", name: "", body })

const error = (protocol: Protocol, code: number, msg: string, request: Request = {}): void => {
  const { event: _, ...echo } = request
  const pair = typeof request.symbol === "string" && request.symbol.startsWith("t")
    ? { pair: request.symbol.slice(1) }
    : {}
  event(protocol, { event: "error", msg, code, ...echo, ...pair })
}

const ascending = ({ byId }: Protocol): ReadonlyArray<Subscription> =>
  [...byId.values()].sort((a, b) => a.chanId - b.chanId)

/** sends an array frame of a subscription */
const sendOf = ({ wire }: Protocol, sub: Subscription, kind: Frame["kind"], rest: ReadonlyArray<unknown>): void =>
  wire.send({ kind, name: sub.name, body: [sub.shownId, ...rest] })

const sinkOf = (protocol: Protocol, sub: () => Subscription): Sink => {
  const { wire } = protocol
  const send = (kind: Frame["kind"], rest: ReadonlyArray<unknown>): void => {
    if (!sub().muted && !protocol.isMute && sub().pending === undefined) sendOf(protocol, sub(), kind, rest)
  }
  return {
    data: (payload) => send("data", [payload]),
    typed: (type, row) => send("data", [type, row]),
    checksum: (crc) => send("checksum", ["cs", crc]),
    wants: () => ({ bulk: wire.flags().bulk === true, checksum: wire.flags().checksum === true })
  }
}

/** sends the answer and the snapshot of a subscription, at once or later */
const confirm = (
  protocol: Protocol,
  subscription: Subscription,
  reply: { readonly event: string; readonly [field: string]: unknown },
  fault: "late" | { readonly delay: number } | undefined
): void => {
  const { options } = protocol
  const snapshot = () => subscription.feed.snapshot(options.now())
  if (fault === "late") {
    snapshot()
    return event(protocol, reply)
  }
  const both = () => {
    subscription.pending = undefined
    event(protocol, reply)
    snapshot()
  }
  if (fault === undefined) both()
  else subscription.pending = { due: options.now() + fault.delay, confirm: both }
}

const subscribe = (protocol: Protocol, request: Request): void => {
  const { account, byId, options, sabotage } = protocol
  const wanted = plan(options.market, request)
  if (wanted === unanswered) return
  const name = "feed" in wanted ? wanted.name : String(request.symbol ?? request.key ?? "")
  const fault = sabotage.subscribe(name)
  if (fault === "ignore") return
  if (typeof fault === "number") return error(protocol, fault, refusals[fault] ?? "subscribe: failed", request)
  if (!("feed" in wanted)) return error(protocol, wanted.code, wanted.msg, request)
  // ids are stable by name, so an id in use is the same channel with the same parameters
  const chanId = options.chanIdOf(name)
  if (byId.has(chanId)) {
    const named = sabotage.dup(name) === "named" ? { chanId } : {}
    return error(protocol, 10301, refusals[10301]!, { ...request, ...named })
  }
  const cap = Math.min(options.channelCap, sabotage.cap() ?? Infinity)
  if (byId.size + (account?.channels() ?? 0) >= cap) return error(protocol, 10305, refusals[10305]!, request)

  const shownId = byId.size > 0 && sabotage.shares(name) ? Math.min(...byId.keys()) : chanId
  const subscription: Subscription = {
    chanId,
    shownId,
    name,
    muted: false,
    pending: undefined,
    feed: wanted.feed(sinkOf(protocol, () => subscription))
  }
  byId.set(chanId, subscription)
  const subId = request.subId === undefined ? {} : { subId: request.subId }
  const { channel, fields, tail } = wanted
  confirm(
    protocol,
    subscription,
    { event: "subscribed", channel, chanId: shownId, ...fields, ...subId, ...tail },
    fault
  )
}

const unsubscribe = (protocol: Protocol, request: Request): void => {
  const chanId = Number(request.chanId)
  const meant = ascending(protocol).filter(({ shownId }) => shownId === chanId)
  if (meant.length === 0) return error(protocol, 10400, "unsubscribe: invalid", request)
  for (const sub of meant) protocol.byId.delete(sub.chanId)
  event(protocol, { event: "unsubscribed", status: "OK", chanId })
}

const conf = (protocol: Protocol, request: Request): void => {
  if (protocol.sabotage.conf()) return
  const flags = Number(request.flags)
  // the frame of a failed conf is unknown; only its code is documented
  if (!Number.isSafeInteger(flags) || flags < 0) return error(protocol, 10050, "conf: invalid", request)
  protocol.wire.setFlags(flags)
  event(protocol, { event: "conf", status: "OK", flags })
}

const ping = (protocol: Protocol, { cid }: Request): void => {
  if (protocol.isPongMute) return
  event(protocol, { event: "pong", ts: protocol.options.now(), ...(cid === undefined ? {} : { cid }) })
}

const login = (protocol: Protocol, request: Request): void => {
  if (protocol.account !== undefined) return protocol.account.login(request)
  // without accounts, every key is unknown
  const subId = request.subId === undefined ? {} : { subId: request.subId }
  event(protocol, { event: "auth", status: "FAILED", chanId: 0, code: 10100, msg: "apikey: invalid", ...subId })
}

const handlers: { readonly [event: string]: (protocol: Protocol, request: Request) => void } = {
  subscribe,
  unsubscribe,
  conf,
  ping,
  auth: login
}

const receive = (protocol: Protocol, text: string): void => {
  // the official client in Go sends this text every 10 s; the venue's answer to it is unknown
  if (!protocol.isOpen || text === "ping") return
  const message = parse(text)
  if (Array.isArray(message)) {
    if (protocol.account?.input(message) !== true) error(protocol, 10100, "auth: invalid")
    return
  }
  // the venue's answers to an unknown event and to invalid JSON are undocumented, except the code of the former
  if (!isObject(message)) return error(protocol, 10000, "message: invalid")
  const handler = typeof message.event === "string" && Object.hasOwn(handlers, message.event)
    ? handlers[message.event]
    : undefined
  if (handler === undefined) error(protocol, 10000, "event: unknown", message)
  else handler(protocol, message)
}

const tick = (protocol: Protocol, now: number): void => {
  if (!protocol.isOpen) return
  for (const { feed, pending } of ascending(protocol)) {
    if (pending === undefined) feed.tick(now)
    else if (pending.due <= now) pending.confirm()
  }
  if (now < protocol.nextHeartbeat) return
  protocol.nextHeartbeat = following(protocol.nextHeartbeat, heartbeatPeriod, now)
  if (protocol.isMute) return
  protocol.account?.heartbeat()
  for (const sub of ascending(protocol)) if (!sub.muted) sendOf(protocol, sub, "heartbeat", ["hb"])
}

const mute = ({ account, byId }: Protocol, channel: number | string): number => {
  const isAccount = (channel === 0 || channel === "account") && account?.session() !== undefined
  if (isAccount) account?.mute()
  const found = [...byId.values()].filter((sub) =>
    typeof channel === "number" ? sub.chanId === channel : sub.name.includes(channel)
  )
  for (const sub of found) sub.muted = true
  return found.length + (isAccount ? 1 : 0)
}

export const makeVenueSocket = (options: Options): VenueSocket => {
  const sabotage = options.sabotage ?? honest
  const wire = makeWire({
    now: options.now,
    tamper: sabotage,
    emit: (text) => {
      if (protocol.isOpen) options.emit(text)
    }
  })
  const account = options.account?.(wire)
  const protocol: Protocol = {
    options,
    sabotage,
    byId: new Map(),
    wire,
    account,
    isOpen: false,
    isMute: false,
    isPongMute: false,
    nextHeartbeat: Infinity
  }
  return {
    open: () => {
      protocol.isOpen = true
      protocol.nextHeartbeat = options.now() + heartbeatPeriod
      const { serverId, status = 1, version = 2 } = options
      event(protocol, { event: "info", version, serverId, platform: { status } })
    },
    receive: (text) => receive(protocol, text),
    tick: (now) => tick(protocol, now),
    step: (step) => {
      if (protocol.isOpen) { for (const { feed } of ascending(protocol)) feed.step(step) }
    },
    close: () => {
      if (protocol.isOpen) account?.close()
      protocol.isOpen = false
      protocol.byId.clear()
    },
    info: (code) => event(protocol, { event: "info", code, msg: notices[code] ?? "" }),
    mute: (channel) => mute(protocol, channel),
    muteAll: () => {
      protocol.isMute = true
      account?.mute()
    },
    mutePong: () => {
      protocol.isPongMute = true
    },
    channels: () => ascending(protocol).map(({ chanId, name }) => ({ chanId, name })),
    account
  }
}
