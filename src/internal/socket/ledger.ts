/**
 * All subscriptions of one connection: what is wanted outlives sockets, what the venue confirmed is kept per epoch and
 * forgotten with it. Everything here is synchronous: frames are handled in order of arrival, by the listener.
 *
 * @internal
 */
import { SubscriptionRejected } from "../../BitfinexError.ts"
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import type { Problem } from "../../SocketState.ts"
import type { Demand } from "./demand.ts"
import { End } from "./end.ts"
import type { Epoch } from "./epoch.ts"
import * as Epochs from "./epoch.ts"
import * as Entries from "./ledgerEntry.ts"

export interface Options {
  readonly now: () => number
  /** ms from a request to its answer */
  readonly replyTimeout: number
  /** ms without any frame after which a channel is taken to be silent */
  readonly channelSilence: number
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Demand, error: SubscriptionRejected) => void
  /** the venue takes no more channels than these on this socket; the subscription is off this connection */
  readonly onLimit: (sub: Demand, channels: number, error: SubscriptionRejected) => void
}

/** frames that may wait for the acknowledgement of their channel */
const earlyLimit = 1000
/** unknown channels that are told of */
const strangerLimit = 1000

/** the venue is not ready, or too busy: the same request may be taken later (10008 and 11000 of its glossary) */
const passing = new Set<unknown>([10008, 11000])

/** times that a channel may fall silent, or stay unanswered, before it has to be patient, and alone */
const tolerance = 2

const isPending = (entry: Entries.Entry): boolean => entry.phase === "subscribing"

export class Ledger {
  readonly #options: Options
  /** by what identifies a subscription on the wire */
  readonly #entries = new Map<string, Entries.Entry>()
  /** by channel id */
  readonly #channels = new Map<number, Entries.Entry>()
  /** the epoch in which requests can be sent */
  #epoch: Epoch | undefined
  /** subscriptions without an answer */
  #pending = 0
  /** the suspect among them; while it waits for its answer, nothing else is asked for */
  #alone: Entries.Entry | undefined
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
    return this.#entries.size
  }

  /** whether the channel is wanted: another subscription to it would be refused (10301) */
  wants(wire: string): boolean {
    return this.#entries.get(wire)?.want !== undefined
  }

  /** whether the channel is being left, so that taking it back needs no more room than there is */
  leaves(wire: string): boolean {
    const entry = this.#entries.get(wire)
    return entry !== undefined && entry.want === undefined
  }

  find(wire: string): Readonly<Entries.Entry> | undefined {
    return this.#entries.get(wire)
  }

  add(sub: Demand): void {
    const entry = this.#entries.get(sub.request.key) ?? Entries.make(sub)
    this.#entries.set(entry.wire, entry)
    entry.want = sub
    this.#advance(entry)
  }

  remove(sub: Demand): void {
    const entry = this.#entries.get(sub.request.key)
    if (entry === undefined || entry.want !== sub) return
    entry.want = undefined
    this.#advance(entry)
  }

  /** leaves the channel and asks for it again once that is confirmed, never before (10301), and after so many ms */
  resubscribe(sub: Demand, delay = 0): void {
    const entry = this.#entries.get(sub.request.key)
    if (entry?.want !== sub) return
    if (delay > 0) entry.notBefore = this.#options.now() + delay
    this.#renew(entry, "subscribed anew")
  }

  resubscribeAll(reason: string): void {
    for (const entry of this.#entries.values()) {
      entry.notBefore = 0
      this.#renew(entry, reason)
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
    for (const entry of this.#entries.values()) {
      entry.phase = "idle"
      entry.chanId = -1
      entry.silences = entry.delays = entry.notBefore = 0
      entry.unsure = false
      if (entry.want === undefined) this.#entries.delete(entry.wire)
      else entry.want.interrupt(reason)
    }
  }

  /** messages of this socket are missing */
  gap(lost: number): void {
    for (const entry of this.#channels.values()) entry.want?.gap(lost)
    for (const chanId of this.#early.keys()) this.#gapped.add(chanId)
  }

  /** deadlines begin anew: nothing was expected for a while */
  excuse(at: number): void {
    for (const entry of this.#entries.values()) entry.since = entry.last = at
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  onData(epoch: Epoch, frame: DataFrame): void {
    const entry = this.#channels.get(frame[0] as number) // `parse` let only numbers pass
    if (entry === undefined) this.#onStranger(epoch, frame)
    else this.#deliver(epoch, entry, frame)
  }

  onSubscribed(epoch: Epoch, frame: EventFrame): void {
    const chanId = chanIdOf(frame)
    if (chanId === undefined) {
      const text = JSON.stringify(frame).slice(0, 200)
      return this.#options.onProblem({ _tag: "Malformed", epoch: epoch.number, reason: "no channel id", text })
    }
    const entry = this.#pendingEntries().find((each) => Entries.isMeant(each, frame))
    if (entry === undefined) {
      this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
      // an answer that came twice names a channel of ours; any other channel is not wanted
      if (!this.#channels.has(chanId)) Epochs.send(epoch, { event: "unsubscribe", chanId })
      return
    }
    this.#answered(entry, epoch.last)
    entry.phase = "acked"
    entry.suspect = entry.unsure = false
    entry.delays = entry.unanswered = 0
    entry.chanId = chanId
    entry.since = entry.last = epoch.last
    this.#channels.set(chanId, entry)
    entry.want?.begin()
    const early = this.#early.get(chanId)
    this.#early.delete(chanId)
    const isGapped = this.#gapped.delete(chanId)
    if (early !== undefined && !isGapped) { for (const each of early) this.#deliver(epoch, entry, each) }
    const { want } = entry
    if (isGapped) this.#renew(entry, "sequence gap")
    // the one who asked has gone, and who came in its place wants an id of its own
    else if (want?.request.subId !== undefined && want.subId !== entry.subId) this.#renew(entry, "subscribed anew")
    else this.#advance(entry)
    this.#proceed()
  }

  onUnsubscribed(epoch: Epoch, frame: EventFrame): void {
    const entry = this.#channels.get(chanIdOf(frame) ?? 0)
    if (entry === undefined) return
    if (entry.phase === "acked") {
      // the venue's own decision: asked for again, but where that is a habit, under the delays of reconnecting
      const reason = `the venue ended ${entry.wire}`
      if (epoch.last - entry.since < this.#options.replyTimeout) return Epochs.end(epoch, new End("Venue", reason))
      entry.want?.interrupt(reason)
    } else this.#workedOff(entry, epoch.last)
    this.#left(entry)
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
    const isNamed = Entries.namesRequest(frame)
    const pending = this.#pendingEntries()
    const [first, second] = isNamed ? pending.filter((entry) => Entries.isMeant(entry, frame)) : pending
    if (first === undefined) return tell()
    if (second !== undefined && !isNamed) {
      // it means one of them, and nobody knows which: those that stay without an answer are asked for one by one
      for (const entry of pending) entry.suspect = true
      return tell()
    }
    if (code === 10301 && first.unsure) {
      return Epochs.end(epoch, new End("Unanswered", `${first.wire} was subscribed without an answer`))
    }
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
    const silent: Array<Entries.Entry> = []
    const late: Array<Entries.Entry> = []
    for (const entry of this.#entries.values()) {
      if (entry.phase === "acked") entry.want?.tick?.(at)
      if (at - entry.since >= replyTimeout) {
        if (entry.phase === "leaving") return new End("Unanswered", `no answer to unsubscribe ${entry.wire}`)
        if (entry.phase === "subscribing") late.push(entry)
      }
      if (entry.want === undefined) continue
      wanted++
      if (entry.phase === "acked" && at - heard(entry) >= channelSilence) silent.push(entry)
      // it was silent, or put off, and has sent nothing since it was asked for anew
      else if (entry.silences > 0 || entry.delays > 0 || entry.unanswered > tolerance) doubtful++
      else if (entry.want.live) isAlive = true
    }
    const unanswered = this.#overdueAnswers(epoch, late, isAlive)
    if (unanswered !== undefined) return unanswered
    for (const entry of silent) this.#tellSilent(epoch, entry)
    if (silent.length > 0 && silent.length + doubtful === wanted) return new End("Silence", "all channels are silent")
    for (const entry of silent) {
      entry.silences++
      // one that is sick for good is no reason to take the others their socket
      if (entry.silences > tolerance) entry.notBefore = at + Entries.delayOf(entry.silences - tolerance)
      this.#renew(entry, "silent channel")
    }
    this.#proceed()
    return undefined
  }

  /** subscriptions whose answer is overdue: a reason to give the socket up, or undefined */
  #overdueAnswers(epoch: Epoch, late: ReadonlyArray<Entries.Entry>, isAlive: boolean): End | undefined {
    let reason: End | undefined
    for (const entry of late) {
      if (entry.suspect && entry !== this.#alone) continue
      entry.unanswered++
      // the venue may have subscribed us to an id that we were never told, and that cannot be left
      if (entry.unanswered <= tolerance || !isAlive) {
        reason ??= new End("Unanswered", `no answer to subscribe ${entry.wire}`)
      }
    }
    if (reason !== undefined) return reason
    for (const entry of late) {
      const isSuspect = entry.suspect && entry !== this.#alone
      this.#settled(entry)
      entry.unsure = true
      if (isSuspect) this.#advance(entry)
      else {
        this.#tellSilent(epoch, entry)
        this.#later(entry, entry.unanswered - tolerance)
      }
    }
    return undefined
  }

  /** ms of the next moment at which something can be overdue, as far as is known now */
  nextDue(): number {
    const { channelSilence, now, replyTimeout } = this.#options
    const at = now()
    let next = Number.POSITIVE_INFINITY
    for (const entry of this.#entries.values()) {
      if (entry.phase === "subscribing" || entry.phase === "leaving") next = Math.min(next, entry.since + replyTimeout)
      else if (entry.phase === "acked") next = Math.min(next, heard(entry) + channelSilence)
      // one whose time has come waits for the answer to another
      else if (entry.notBefore > at) next = Math.min(next, entry.notBefore)
    }
    return next
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #pendingEntries(): ReadonlyArray<Entries.Entry> {
    return this.#pending === 0 ? [] : Array.from(this.#entries.values()).filter(isPending)
  }

  /** moves a entry towards what is wanted of it */
  #advance(entry: Entries.Entry): void {
    const epoch = this.#epoch
    if (entry.phase === "idle" && entry.want === undefined) this.#entries.delete(entry.wire)
    if (epoch === undefined || epoch.over) return
    if (entry.phase === "acked" && entry.want === undefined) this.#unsubscribe(epoch, entry)
    if (entry.phase !== "idle" || entry.want === undefined) return
    const at = this.#options.now()
    if (at < entry.notBefore || this.#alone !== undefined || (entry.suspect && this.#pending > 0)) return
    entry.phase = "subscribing"
    entry.subId = entry.want.subId
    entry.asked = entry.since = at
    if (entry.suspect) this.#alone = entry
    this.#pending++
    Epochs.send(epoch, { event: "subscribe", channel: entry.channel, ...entry.fields, subId: entry.subId })
  }

  #advanceAll(): void {
    // while a suspect waits for its answer, the others would have to wait as well
    const last: Array<Entries.Entry> = []
    for (const entry of this.#entries.values()) {
      if (entry.suspect) last.push(entry)
      else this.#advance(entry)
    }
    for (const entry of last) this.#advance(entry)
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
  #answered(entry: Entries.Entry, at: number): void {
    this.#workedOff(entry, at)
    this.#settled(entry)
  }

  /** what was asked for no earlier than this is still to come: the venue answers one request after the other */
  #workedOff(answered: Entries.Entry, at: number): void {
    for (const entry of this.#entries.values()) {
      if ((entry.phase === "subscribing" || entry.phase === "leaving") && entry.asked >= answered.asked) {
        entry.since = at
      }
    }
  }

  /** no answer is awaited any more */
  #settled(entry: Entries.Entry): void {
    entry.phase = "idle"
    this.#pending--
    if (this.#alone === entry) this.#alone = undefined
  }

  /** asks for it again after a while, for the nth time in a row */
  #later(entry: Entries.Entry, n: number): void {
    entry.notBefore = this.#options.now() + Entries.delayOf(n)
    this.#advance(entry)
  }

  #unsubscribe(epoch: Epoch, entry: Entries.Entry): void {
    entry.phase = "leaving"
    entry.asked = entry.since = this.#options.now()
    Epochs.send(epoch, { event: "unsubscribe", chanId: entry.chanId })
  }

  #renew(entry: Entries.Entry, reason: string): void {
    const epoch = this.#epoch
    if (epoch === undefined || epoch.over || entry.phase !== "acked") return
    entry.want?.interrupt(reason)
    this.#unsubscribe(epoch, entry)
  }

  #left(entry: Entries.Entry): void {
    this.#channels.delete(entry.chanId)
    entry.phase = "idle"
    this.#advance(entry)
  }

  #rejected(entry: Entries.Entry, frame: EventFrame, code: number | null): void {
    const sub = entry.want
    this.#entries.delete(entry.wire)
    if (sub === undefined) return
    const error = new SubscriptionRejected({
      operation: sub.request.operation,
      channel: entry.channel,
      request: entry.wire,
      code,
      text: typeof frame["msg"] === "string" ? frame["msg"] : ""
    })
    if (code === 10305) this.#options.onLimit(sub, this.#channels.size, error)
    else this.#options.onRejected(sub, error)
  }

  #deliver(epoch: Epoch, entry: Entries.Entry, frame: DataFrame): void {
    entry.last = epoch.last
    const sub = entry.want
    if (sub === undefined || entry.phase !== "acked") return
    const second = frame[1]
    if (typeof second !== "string") {
      sub.data(second, null, epoch.timestamp ? mts(frame[epoch.sequence ? 3 : 2]) : null)
    } else if (second === "cs") {
      sub.checksum(frame[2])
    } else if (second !== "hb") {
      sub.data(frame[2], second, epoch.timestamp ? mts(frame[epoch.sequence ? 4 : 3]) : null)
    }
    if (sub.live) entry.silences = 0
  }

  #onStranger(epoch: Epoch, frame: DataFrame): void {
    const chanId = frame[0] as number // `parse` let only numbers pass
    if (frame[1] === "hb" && (chanId === 0 || this.#pending > 0)) return
    if (this.#pending === 0) return this.#tellStranger(epoch, chanId)
    // a channel of which some frames were dropped would be believed to be whole
    if (this.#earlyFrames >= earlyLimit) {
      return Epochs.end(epoch, new End("Venue", "too much data of channels without an answer"))
    }
    const frames = this.#early.get(chanId)
    if (frames === undefined) this.#early.set(chanId, [frame])
    else frames.push(frame)
    this.#earlyFrames++
  }

  #tellSilent(epoch: Epoch, entry: Entries.Entry): void {
    this.#options.onProblem({ _tag: "SilentChannel", epoch: epoch.number, request: entry.wire })
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
const heard = (entry: Entries.Entry): number => entry.want?.live === true ? entry.last : entry.since

const mts = (value: unknown): number | null => typeof value === "number" ? value : null
