/**
 * All subscriptions of one connection: what is wanted outlives sockets, what the venue confirmed is kept per epoch and
 * forgotten with it. Everything here is synchronous: frames are handled in order of arrival, by the listener.
 *
 * @internal
 */
import { SubscriptionRejected } from "../../BitfinexError.ts"
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import type { Problem } from "../../SocketState.ts"
import type { Wanted } from "./demand.ts"
import type { End, Epoch } from "./epoch.ts"
import * as Epochs from "./epoch.ts"
import * as Slot from "./ledgerEntry.ts"

export interface Options {
  readonly now: () => number
  /** ms from a request to its answer */
  readonly replyTimeout: number
  /** ms without any frame after which a channel is taken to be silent */
  readonly channelSilence: number
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Wanted, error: SubscriptionRejected) => void
  /** the venue takes no more channels than these on this socket; the subscription is off this connection */
  readonly onLimit: (sub: Wanted, channels: number, error: SubscriptionRejected) => void
}

/** frames that may wait for the acknowledgement of their channel */
const earlyLimit = 1000
/** unknown channels that are told of */
const strangerLimit = 1000

/** the venue is not ready, or too busy: the same request may be taken later (10008 and 11000 of its glossary) */
const passing = new Set<unknown>([10008, 11000])

/** times that a channel may fall silent, or stay unanswered, before it has to be patient, and alone */
const tolerance = 2

const isPending = (slot: Slot.Slot): boolean => slot.phase === "subscribing"

export class Slots {
  readonly #options: Options
  /** by what identifies a subscription on the wire */
  readonly #slots = new Map<string, Slot.Slot>()
  /** by channel id */
  readonly #channels = new Map<number, Slot.Slot>()
  /** the epoch in which requests can be sent */
  #epoch: Epoch | undefined
  /** subscriptions without an answer */
  #pending = 0
  /** the suspect among them; while it waits for its answer, nothing else is asked for */
  #alone: Slot.Slot | undefined
  /** frames of channels that are not acknowledged yet */
  readonly #early = new Map<number, Array<DataFrame>>()
  #earlyFrames = 0
  /** those of which a frame may be missing among them */
  readonly #gapped = new Set<number>()
  /** channels that are none of ours, told once */
  readonly #strangers = new Set<number>()

  constructor(options: Options) {
    this.#options = options
  }

  /** channels that are wanted or not yet left */
  get size(): number {
    return this.#slots.size
  }

  /** whether the channel is wanted: another subscription to it would be refused (10301) */
  wants(wire: string): boolean {
    return this.#slots.get(wire)?.want !== undefined
  }

  /** whether the channel is being left, so that taking it back needs no more room than there is */
  leaves(wire: string): boolean {
    const slot = this.#slots.get(wire)
    return slot !== undefined && slot.want === undefined
  }

  add(sub: Wanted): void {
    const slot = this.#slots.get(sub.request.key) ?? Slot.make(sub)
    this.#slots.set(slot.wire, slot)
    slot.want = sub
    this.#advance(slot)
  }

  remove(sub: Wanted): void {
    const slot = this.#slots.get(sub.request.key)
    if (slot === undefined || slot.want !== sub) return
    slot.want = undefined
    this.#advance(slot)
  }

  /** leaves the channel and asks for it again once that is confirmed, never before (10301), and after so many ms */
  resubscribe(sub: Wanted, delay = 0): void {
    const slot = this.#slots.get(sub.request.key)
    if (slot?.want !== sub) return
    if (delay > 0) slot.notBefore = this.#options.now() + delay
    this.#renew(slot, "subscribed anew")
  }

  resubscribeAll(reason: string): void {
    for (const slot of this.#slots.values()) {
      slot.notBefore = 0
      this.#renew(slot, reason)
    }
    this.#advanceAll()
  }

  /** an epoch begins: what is wanted is asked for */
  open(epoch: Epoch): void {
    this.#epoch = epoch
    this.#advanceAll()
  }

  /** the epoch is over: what was confirmed in it is forgotten, what is wanted stays */
  forget(reason: string): void {
    this.#epoch = undefined
    this.#pending = 0
    this.#alone = undefined
    this.#channels.clear()
    this.#strangers.clear()
    this.#dropEarly()
    for (const slot of this.#slots.values()) {
      slot.phase = "idle"
      slot.chanId = -1
      slot.silences = slot.delays = slot.notBefore = 0
      slot.unsure = false
      if (slot.want === undefined) this.#slots.delete(slot.wire)
      else slot.want.interrupt(reason)
    }
  }

  /** messages of this socket are missing */
  gap(lost: number): void {
    for (const slot of this.#channels.values()) slot.want?.gap(lost)
    for (const chanId of this.#early.keys()) this.#gapped.add(chanId)
  }

  /** deadlines begin anew: nothing was expected for a while */
  excuse(at: number): void {
    for (const slot of this.#slots.values()) slot.since = slot.last = at
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  onData(epoch: Epoch, frame: DataFrame): void {
    const slot = this.#channels.get(frame[0] as number) // `parse` let only numbers pass
    if (slot === undefined) this.#onStranger(epoch, frame)
    else this.#deliver(epoch, slot, frame)
  }

  onSubscribed(epoch: Epoch, frame: EventFrame): void {
    const chanId = chanIdOf(frame)
    if (chanId === undefined) {
      const text = JSON.stringify(frame).slice(0, 200)
      return this.#options.onProblem({ _tag: "Malformed", epoch: epoch.number, reason: "no channel id", text })
    }
    const slot = this.#pendingSlots().find((each) => Slot.isMeant(each, frame))
    if (slot === undefined) {
      this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
      // an answer that came twice names a channel of ours; any other channel is not wanted
      if (!this.#channels.has(chanId)) Epochs.send(epoch, { event: "unsubscribe", chanId })
      return
    }
    this.#answered(slot, epoch.last)
    slot.phase = "acked"
    slot.suspect = slot.unsure = false
    slot.delays = slot.unanswered = 0
    slot.chanId = chanId
    slot.since = slot.last = epoch.last
    this.#channels.set(chanId, slot)
    slot.want?.begin()
    const early = this.#early.get(chanId)
    this.#early.delete(chanId)
    const isGapped = this.#gapped.delete(chanId)
    if (early !== undefined && !isGapped) { for (const each of early) this.#deliver(epoch, slot, each) }
    const { want } = slot
    if (isGapped) this.#renew(slot, "sequence gap")
    // the one who asked has gone, and who came in its place wants an id of its own
    else if (want?.request.subId !== undefined && want.subId !== slot.subId) this.#renew(slot, "subscribed anew")
    else this.#advance(slot)
    this.#proceed()
  }

  onUnsubscribed(epoch: Epoch, frame: EventFrame): void {
    const slot = this.#channels.get(chanIdOf(frame) ?? 0)
    if (slot === undefined) return
    if (slot.phase === "acked") {
      // the venue's own decision: asked for again, but where that is a habit, under the delays of reconnecting
      const reason = `the venue ended ${slot.wire}`
      if (epoch.last - slot.since < this.#options.replyTimeout) return Epochs.end(epoch, reason)
      slot.want?.interrupt(reason)
    } else this.#workedOff(slot, epoch.last)
    this.#left(slot)
  }

  /** an error that answers, or seems to answer, one of our requests */
  onError(epoch: Epoch, frame: EventFrame): void {
    const code = typeof frame["code"] === "number" ? frame["code"] : null
    const tell = () =>
      this.#options.onProblem({ _tag: "VenueError", epoch: epoch.number, code, text: String(frame["msg"]) })
    const known = this.#channels.get(chanIdOf(frame) ?? 0)
    if (frame["chanId"] !== undefined && frame["chanId"] !== null) {
      tell()
      // 10400: the venue knows no such channel, so it is left
      if (known?.phase !== "leaving") return
      this.#workedOff(known, epoch.last)
      return this.#left(known)
    }
    const isNamed = Slot.namesRequest(frame)
    const pending = this.#pendingSlots()
    const [first, second] = isNamed ? pending.filter((slot) => Slot.isMeant(slot, frame)) : pending
    if (first === undefined) return tell()
    if (second !== undefined && !isNamed) {
      // it means one of them, and nobody knows which: those that stay without an answer are asked for one by one
      for (const slot of pending) slot.suspect = true
      return tell()
    }
    if (code === 10301 && first.unsure) return Epochs.end(epoch, `${first.wire} was subscribed without an answer`)
    this.#answered(first, epoch.last)
    if (passing.has(code)) {
      tell()
      this.#later(first, ++first.delays)
    } else {
      // one that nobody wants any more is of no interest to a stream, but still to be told
      if (first.want === undefined) tell()
      this.#rejected(first, frame, code)
    }
    this.#proceed()
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  /** what is overdue: a reason to give the socket up, or undefined */
  overdue(epoch: Epoch, at: number): End | undefined {
    const { channelSilence, replyTimeout } = this.#options
    let wanted = 0
    let doubtful = 0
    let isAlive = false
    const silent: Array<Slot.Slot> = []
    const late: Array<Slot.Slot> = []
    for (const slot of this.#slots.values()) {
      if (slot.phase === "acked") slot.want?.tick?.(at)
      if (at - slot.since >= replyTimeout) {
        if (slot.phase === "leaving") return `no answer to unsubscribe ${slot.wire}`
        if (slot.phase === "subscribing") late.push(slot)
      }
      if (slot.want === undefined) continue
      wanted++
      if (slot.phase === "acked" && at - heard(slot) >= channelSilence) silent.push(slot)
      // it was silent, or put off, and has sent nothing since it was asked for anew
      else if (slot.silences > 0 || slot.delays > 0 || slot.unanswered > tolerance) doubtful++
      else if (slot.want.live) isAlive = true
    }
    const unanswered = this.#overdueAnswers(epoch, late, isAlive)
    if (unanswered !== undefined) return unanswered
    for (const slot of silent) this.#tellSilent(epoch, slot)
    if (silent.length > 0 && silent.length + doubtful === wanted) return "all channels are silent"
    for (const slot of silent) {
      slot.silences++
      // one that is sick for good is no reason to take the others their socket
      if (slot.silences > tolerance) slot.notBefore = at + Slot.delayOf(slot.silences - tolerance)
      this.#renew(slot, "silent channel")
    }
    this.#proceed()
    return undefined
  }

  /** subscriptions whose answer is overdue: a reason to give the socket up, or undefined */
  #overdueAnswers(epoch: Epoch, late: ReadonlyArray<Slot.Slot>, isAlive: boolean): End | undefined {
    let reason: End | undefined
    for (const slot of late) {
      if (slot.suspect && slot !== this.#alone) continue
      slot.unanswered++
      // the venue may have subscribed us to an id that we were never told, and that cannot be left
      if (slot.unanswered <= tolerance || !isAlive) reason ??= `no answer to subscribe ${slot.wire}`
    }
    if (reason !== undefined) return reason
    for (const slot of late) {
      const isSuspect = slot.suspect && slot !== this.#alone
      this.#settled(slot)
      slot.unsure = true
      if (isSuspect) this.#advance(slot)
      else {
        this.#tellSilent(epoch, slot)
        this.#later(slot, slot.unanswered - tolerance)
      }
    }
    return undefined
  }

  /** ms of the next moment at which something can be overdue, as far as is known now */
  nextDue(): number {
    const { channelSilence, now, replyTimeout } = this.#options
    const at = now()
    let next = Number.POSITIVE_INFINITY
    for (const slot of this.#slots.values()) {
      if (slot.phase === "subscribing" || slot.phase === "leaving") next = Math.min(next, slot.since + replyTimeout)
      else if (slot.phase === "acked") next = Math.min(next, heard(slot) + channelSilence)
      // one whose time has come waits for the answer to another
      else if (slot.notBefore > at) next = Math.min(next, slot.notBefore)
    }
    return next
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #pendingSlots(): ReadonlyArray<Slot.Slot> {
    return this.#pending === 0 ? [] : Array.from(this.#slots.values()).filter(isPending)
  }

  /** moves a slot towards what is wanted of it */
  #advance(slot: Slot.Slot): void {
    const epoch = this.#epoch
    if (slot.phase === "idle" && slot.want === undefined) this.#slots.delete(slot.wire)
    if (epoch === undefined || epoch.over) return
    if (slot.phase === "acked" && slot.want === undefined) this.#unsubscribe(epoch, slot)
    if (slot.phase !== "idle" || slot.want === undefined) return
    const at = this.#options.now()
    if (at < slot.notBefore || this.#alone !== undefined || (slot.suspect && this.#pending > 0)) return
    slot.phase = "subscribing"
    slot.subId = slot.want.subId
    slot.asked = slot.since = at
    if (slot.suspect) this.#alone = slot
    this.#pending++
    Epochs.send(epoch, { event: "subscribe", channel: slot.channel, ...slot.fields, subId: slot.subId })
  }

  #advanceAll(): void {
    // while a suspect waits for its answer, the others would have to wait as well
    const last: Array<Slot.Slot> = []
    for (const slot of this.#slots.values()) {
      if (slot.suspect) last.push(slot)
      else this.#advance(slot)
    }
    for (const slot of last) this.#advance(slot)
  }

  /** goes on after answers: with what had to wait for them, in any way */
  #proceed(): void {
    this.#advanceAll()
    const epoch = this.#epoch
    if (this.#pending > 0 || epoch === undefined) return
    for (const stranger of this.#early.keys()) this.#tellStranger(epoch, stranger)
    this.#dropEarly()
  }

  /** the venue answered a subscription */
  #answered(slot: Slot.Slot, at: number): void {
    this.#workedOff(slot, at)
    this.#settled(slot)
  }

  /** what was asked for no earlier than this is still to come: the venue answers one request after the other */
  #workedOff(answered: Slot.Slot, at: number): void {
    for (const slot of this.#slots.values()) {
      if ((slot.phase === "subscribing" || slot.phase === "leaving") && slot.asked >= answered.asked) slot.since = at
    }
  }

  /** no answer is awaited any more */
  #settled(slot: Slot.Slot): void {
    slot.phase = "idle"
    this.#pending--
    if (this.#alone === slot) this.#alone = undefined
  }

  /** asks for it again after a while, for the nth time in a row */
  #later(slot: Slot.Slot, n: number): void {
    slot.notBefore = this.#options.now() + Slot.delayOf(n)
    this.#advance(slot)
  }

  #unsubscribe(epoch: Epoch, slot: Slot.Slot): void {
    slot.phase = "leaving"
    slot.asked = slot.since = this.#options.now()
    Epochs.send(epoch, { event: "unsubscribe", chanId: slot.chanId })
  }

  #renew(slot: Slot.Slot, reason: string): void {
    const epoch = this.#epoch
    if (epoch === undefined || epoch.over || slot.phase !== "acked") return
    slot.want?.interrupt(reason)
    this.#unsubscribe(epoch, slot)
  }

  #left(slot: Slot.Slot): void {
    this.#channels.delete(slot.chanId)
    slot.phase = "idle"
    this.#advance(slot)
  }

  #rejected(slot: Slot.Slot, frame: EventFrame, code: number | null): void {
    const sub = slot.want
    this.#slots.delete(slot.wire)
    if (sub === undefined) return
    const error = new SubscriptionRejected({
      operation: sub.request.operation,
      channel: slot.channel,
      request: slot.wire,
      code,
      text: typeof frame["msg"] === "string" ? frame["msg"] : ""
    })
    if (code === 10305) this.#options.onLimit(sub, this.#channels.size, error)
    else this.#options.onRejected(sub, error)
  }

  #deliver(epoch: Epoch, slot: Slot.Slot, frame: DataFrame): void {
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

  #onStranger(epoch: Epoch, frame: DataFrame): void {
    const chanId = frame[0] as number // `parse` let only numbers pass
    if (frame[1] === "hb" && (chanId === 0 || this.#pending > 0)) return
    if (this.#pending === 0) return this.#tellStranger(epoch, chanId)
    // a channel of which some frames were dropped would be believed to be whole
    if (this.#earlyFrames >= earlyLimit) return Epochs.end(epoch, "too much data of channels without an answer")
    const frames = this.#early.get(chanId)
    if (frames === undefined) this.#early.set(chanId, [frame])
    else frames.push(frame)
    this.#earlyFrames++
  }

  #tellSilent(epoch: Epoch, slot: Slot.Slot): void {
    this.#options.onProblem({ _tag: "SilentChannel", epoch: epoch.number, request: slot.wire })
  }

  #tellStranger(epoch: Epoch, chanId: number): void {
    if (this.#strangers.has(chanId) || this.#strangers.size >= strangerLimit) return
    this.#strangers.add(chanId)
    this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
  }

  #dropEarly(): void {
    this.#early.clear()
    this.#gapped.clear()
    this.#earlyFrames = 0
  }
}

/** 0 is the account's, and never one of ours */
const chanIdOf = (frame: EventFrame): number | undefined => {
  const chanId = frame["chanId"]
  return typeof chanId === "number" && Number.isSafeInteger(chanId) && chanId > 0 ? chanId : undefined
}

/** ms when a channel last gave a sign of life: one that is not live yet owes a snapshot */
const heard = (slot: Slot.Slot): number => slot.want?.live === true ? slot.last : slot.since

const mts = (value: unknown): number | null => typeof value === "number" ? value : null
