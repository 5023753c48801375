/**
 * All subscriptions of one connection. Demand outlives sockets; the venue's confirmations are kept per epoch and
 * forgotten with it. Everything here is synchronous: frames are handled in order of arrival, by the listener.
 *
 * @internal
 */
import type { SubscriptionRejected } from "../../BitfinexError.ts"
import type { Reason } from "../../Book.ts"
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import type { Problem } from "../../SocketState.ts"
import * as Answers from "./answers.ts"
import type { Demand } from "./demand.ts"
import { Early } from "./early.ts"
import { End } from "./end.ts"
import type { Epoch } from "./epoch.ts"
import * as Epochs from "./epoch.ts"
import * as Entries from "./ledgerEntry.ts"
import * as Overdue from "./overdue.ts"

export interface Options extends Overdue.Limits {
  readonly now: () => number
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Demand, error: SubscriptionRejected) => void
  /** the venue accepts no more channels than these on this socket; the subscription has left this connection */
  readonly onLimit: (sub: Demand, channels: number, error: SubscriptionRejected) => void
  /** the venue leaves the channel's requests without an answer: whether another socket takes it over */
  readonly onStuck: (sub: Demand) => boolean
}

export class Ledger {
  readonly #options: Options
  /** by what identifies a subscription on the wire */
  readonly #entries = new Map<string, Entries.Entry>()
  /** by channel id */
  readonly #channels = new Map<number, Entries.Entry>()
  /** the epoch in which requests can be sent */
  #epoch: Epoch | undefined
  /** subscriptions without an answer, for which others may wait */
  #pending = 0
  /** subscriptions whose answer is overdue: nothing waits for them but their own streams */
  #late = 0
  /** the suspect among them; while it waits for its answer, nothing else is requested */
  #alone: Entries.Entry | undefined
  /** channels whose state at the venue is not known: in this epoch they are no longer requested here */
  readonly #stuck = new Set<string>()
  /** frames of channels that are not acknowledged yet */
  readonly #early = new Early()
  /** ms of the last one, heartbeats included; undefined if there was none in this epoch */
  #heard: number | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** channels that are wanted or not yet left */
  get size(): number {
    return this.#entries.size
  }

  /** whether another subscription to the channel would be refused (10301) */
  has(wire: string): boolean {
    return this.#stuck.has(wire) || this.#entries.get(wire)?.want !== undefined
  }

  /** whether the channel is being left, so that taking it back needs no more room than there is */
  leaves(wire: string): boolean {
    const entry = this.#entries.get(wire)
    return entry !== undefined && entry.want === undefined
  }

  add(sub: Demand): Readonly<Entries.Entry> {
    const entry = this.#entries.get(sub.request.key) ?? Entries.make(sub)
    this.#entries.set(entry.wire, entry)
    entry.want = sub
    this.#advance(entry)
    return entry
  }

  remove(sub: Demand): void {
    const entry = this.#entries.get(sub.request.key)
    if (entry === undefined || entry.want !== sub) return
    entry.want = undefined
    this.#advance(entry)
  }

  /** unsubscribes, and subscribes again once that is confirmed, never before (10301), and after `delay` ms */
  resubscribe(sub: Demand, delay = 0): void {
    const entry = this.#entries.get(sub.request.key)
    if (entry?.want !== sub) return
    if (delay > 0) entry.notBefore = this.#options.now() + delay
    this.#renew(entry, "resubscribed")
  }

  resubscribeAll(reason: string): void {
    for (const entry of this.#entries.values()) {
      entry.notBefore = 0
      this.#renew(entry, reason)
    }
    this.#advanceAll()
  }

  /** an epoch begins: all demand is requested */
  open(epoch: Epoch): void {
    this.#epoch = epoch
    this.#advanceAll()
  }

  /** the epoch is over: its confirmations are forgotten, the demand stays */
  forget(reason: string): void {
    this.#epoch = undefined
    this.#pending = this.#late = 0
    this.#alone = undefined
    this.#channels.clear()
    this.#stuck.clear()
    this.#early.forget()
    this.#heard = undefined
    const at = this.#options.now()
    for (const entry of this.#entries.values()) {
      Entries.forget(entry, at)
      if (entry.want === undefined) this.#entries.delete(entry.wire)
      else entry.want.interrupt(reason)
    }
  }

  /** messages of this socket are missing */
  gap(lost: number): void {
    for (const entry of this.#channels.values()) entry.want?.gap(lost)
    this.#early.gap()
  }

  /** the received data may be old: live books are withheld until `trust` */
  doubt(reason: Reason): void {
    for (const entry of this.#entries.values()) entry.want?.doubt?.(reason)
  }

  trust(): void {
    for (const entry of this.#entries.values()) entry.want?.trust?.()
  }

  /** all deadlines start again: nothing was expected for a while */
  excuse(at: number): void {
    for (const entry of this.#entries.values()) entry.since = entry.last = at
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  onData(epoch: Epoch, frame: DataFrame): void {
    const entry = this.#channels.get(frame[0])
    if (entry === undefined) this.#onStranger(epoch, frame)
    else this.#deliver(epoch, entry, frame)
  }

  onSubscribed(epoch: Epoch, frame: EventFrame): void {
    const chanId = Answers.chanIdOf(frame)
    if (chanId === undefined) return this.#malformed(epoch, "no channel id", frame)
    const entry = this.#awaited().find((each) => Entries.isMeant(each, frame))
    if (entry === undefined) {
      this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
      // a duplicate answer names a channel of ours; any other channel is not wanted
      if (!this.#channels.has(chanId)) Epochs.send(epoch, { event: "unsubscribe", chanId })
      return
    }
    const holder = this.#channels.get(chanId)
    if (holder !== undefined) return this.#clash(epoch, holder, entry, frame)
    this.#acknowledge(epoch, entry, chanId)
    entry.want?.begin()
    const early = this.#early.claim(chanId, entry.wire)
    if (early !== undefined) { for (const each of early) this.#deliver(epoch, entry, each) }
    const { want } = entry
    if (early === undefined) this.#renew(entry, "sequence gap")
    // the demand that requested it is gone, and its successor wants another id
    else if (want?.request.subId !== undefined && want.subId !== entry.subId) this.#renew(entry, "resubscribed")
    else this.#advance(entry)
    this.#proceed()
  }

  #acknowledge(epoch: Epoch, entry: Entries.Entry, chanId: number): void {
    this.#answered(entry, epoch.last)
    Entries.acknowledge(entry, chanId, epoch.last)
    this.#channels.set(chanId, entry)
  }

  /** Two channels under one id: whose rows come under it cannot be known, so both are subscribed again. */
  #clash(epoch: Epoch, holder: Entries.Entry, entry: Entries.Entry, frame: EventFrame): void {
    this.#malformed(epoch, `the channel id of ${holder.wire} again`, frame)
    this.#answered(entry, epoch.last)
    entry.unsure = holder.unsure = true
    this.#postpone(entry, epoch.last)
    this.#postpone(holder, epoch.last)
    this.#renew(holder, "another channel has its id")
    this.#proceed()
  }

  /** The venue has this very channel already, under this id: it is left, and subscribed again. */
  #adopt(epoch: Epoch, entry: Entries.Entry, chanId: number): void {
    this.#acknowledge(epoch, entry, chanId)
    this.#early.claim(chanId, entry.wire)
    if (entry.clashes++ > 0) entry.notBefore = epoch.last + Entries.delayOf(entry.clashes)
    this.#unsubscribe(epoch, entry)
    this.#proceed()
  }

  /** longer with each time */
  #postpone(entry: Entries.Entry, at: number): void {
    entry.notBefore = at + Entries.delayOf(++entry.clashes)
  }

  onUnsubscribed(epoch: Epoch, frame: EventFrame): void {
    const entry = this.#channels.get(Answers.chanIdOf(frame) ?? 0)
    if (entry === undefined) return
    if (entry.phase === "acked") {
      // the venue's own decision: requested again, but where it repeats, after growing delays
      if (epoch.last - entry.since < this.#options.replyTimeout) this.#postpone(entry, epoch.last)
      entry.want?.interrupt(`the venue ended ${entry.wire}`)
    } else this.#workedOff(entry, epoch.last)
    this.#left(entry)
  }

  /** an error that answers, or seems to answer, one of our requests */
  onError(epoch: Epoch, frame: EventFrame): void {
    const isOfChannel = Answers.hasChanId(frame)
    const pending = isOfChannel ? [] : this.#awaited()
    const meaning = Answers.meaningOf(frame, pending, this.#channels.size)
    const code = Answers.codeOf(frame)
    // without demand there is no stream to fail, so the refusal is reported as a problem
    if (meaning._tag !== "Refused" || meaning.entry.want === undefined) {
      this.#options.onProblem({ _tag: "VenueError", epoch: epoch.number, code, text: String(frame["msg"]) })
    }
    if (isOfChannel) return this.#onChannelError(epoch, frame, code)
    switch (meaning._tag) {
      case "None":
        return
      case "Unclear":
        // those without an answer are requested one by one
        for (const entry of pending) entry.suspect = true
        return
      case "Doubled":
        meaning.entry.doubled ??= epoch.last
        return
      case "Deferred":
        this.#answered(meaning.entry, epoch.last)
        this.#later(meaning.entry, ++meaning.entry.delays)
        break
      case "Refused":
        this.#answered(meaning.entry, epoch.last)
        this.#rejected(meaning.entry, frame, code)
    }
    this.#proceed()
  }

  /** an error that names a channel id */
  #onChannelError(epoch: Epoch, frame: EventFrame, code: number | null): void {
    const chanId = Answers.chanIdOf(frame)
    if (chanId === undefined) return
    const known = this.#channels.get(chanId)
    if (code === 10301) {
      const doubled = Entries.namesRequest(frame)
        ? this.#awaited().find((entry) => Entries.isMeant(entry, frame))
        : undefined
      if (doubled === undefined) return
      if (known === undefined) this.#adopt(epoch, doubled, chanId)
      // the venue takes it for another one of ours, such as a week for seven days: that one stays as it is
      else doubled.doubled ??= epoch.last
      return
    }
    // 10400: the venue knows no such channel, so it is left
    if (known?.phase !== "leaving") return
    this.#workedOff(known, epoch.last)
    this.#left(known)
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  /** checks the deadlines: a reason to give the socket up, or undefined */
  overdue(epoch: Epoch, at: number): End | undefined {
    for (const entry of this.#entries.values()) if (entry.phase === "acked") entry.want?.tick?.(at)
    const { isAlive, isSilent, late, silent } = Overdue.survey(this.#entries.values(), at, this.#options)
    for (const entry of late) {
      const end = this.#overdueAnswer(epoch, entry, isAlive, at)
      if (end !== undefined) return end
    }
    for (const entry of silent) this.#tellSilent(epoch, entry)
    if (isSilent) return new End("Silence", "all channels are silent")
    for (const entry of silent) {
      entry.silences++
      entry.notBefore = Math.max(entry.notBefore, Overdue.restOf(entry.silences, at))
      this.#renew(entry, "silent channel")
    }
    this.#proceed()
    return undefined
  }

  #overdueAnswer(epoch: Epoch, entry: Entries.Entry, isAlive: boolean, at: number): End | undefined {
    const isHeard = this.#heard !== undefined && at - this.#heard < this.#options.channelSilence
    const moment = { at, isAlive, isAlone: entry === this.#alone, isHeard }
    const verdict = Overdue.verdictOn(entry, moment, this.#options)
    if (Entries.isAwaited(entry) && !entry.late && verdict._tag !== "Withdraw") this.#isLate(epoch, entry)
    switch (verdict._tag) {
      case "Repeat":
        this.#repeat(epoch, entry, at)
        break
      case "Withdraw":
        this.#settled(entry)
        entry.unsure = true
        this.#advance(entry)
        break
      case "Fail":
        this.#unanswered(entry)
        break
      case "GiveAway":
        return this.#giveAway(entry, verdict.reason)
      case "GiveUp":
        return new End("Unanswered", verdict.reason)
    }
    return undefined
  }

  /** Leaves a channel to another socket; where none takes it, this socket is to blame. */
  #giveAway(entry: Entries.Entry, reason: string): End | undefined {
    const { want } = entry
    if (want !== undefined && !this.#options.onStuck(want)) return new End("Unanswered", reason)
    if (Entries.isAwaited(entry)) this.#settled(entry)
    this.#entries.delete(entry.wire)
    this.#channels.delete(entry.chanId)
    this.#stuck.add(entry.wire)
    return undefined
  }

  /** from now on only its own stream waits for its answer */
  #isLate(epoch: Epoch, entry: Entries.Entry): void {
    entry.late = true
    this.#pending--
    this.#late++
    if (this.#alone === entry) this.#alone = undefined
    this.#tellSilent(epoch, entry)
  }

  #repeat(epoch: Epoch, entry: Entries.Entry, at: number): void {
    entry.repeats++
    entry.since = at
    if (entry.phase === "leaving") {
      Epochs.send(epoch, { event: "unsubscribe", chanId: entry.chanId })
      return
    }
    entry.unsure = true
    this.#tellSilent(epoch, entry)
    this.#request(epoch, entry)
  }

  /** the venue does not answer, and never did: its stream fails, and it is not requested again */
  #unanswered(entry: Entries.Entry): void {
    const isDouble = entry.doubled !== undefined
    this.#settled(entry)
    this.#entries.delete(entry.wire)
    const { want } = entry
    if (want === undefined) return
    this.#options.onRejected(want, Answers.noAnswer(want, this.#options.subscribeTimeout, isDouble))
  }

  /** ms of the next moment at which something can be overdue, as far as is known now */
  nextDue(): number {
    return Overdue.nextOf(this.#entries.values(), this.#options.now(), this.#options)
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  /** subscriptions without an answer, overdue ones included */
  #awaited(): ReadonlyArray<Entries.Entry> {
    return this.#pending + this.#late === 0 ? [] : Array.from(this.#entries.values()).filter(Entries.isAwaited)
  }

  /** moves an entry towards its demand */
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
    this.#request(epoch, entry)
  }

  #request(epoch: Epoch, entry: Entries.Entry): void {
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
    if (this.#pending + this.#late > 0 || epoch === undefined) return
    for (const stranger of this.#early.clear()) this.#tellStranger(epoch, stranger)
  }

  /** the venue answered a subscription */
  #answered(entry: Entries.Entry, at: number): void {
    this.#workedOff(entry, at)
    this.#settled(entry)
  }

  /** answers to later requests are still to come: mostly, the venue answers one request after the other */
  #workedOff(answered: Entries.Entry, at: number): void {
    for (const entry of this.#entries.values()) {
      if (Entries.isUnanswered(entry) && entry.asked >= answered.asked) entry.since = at
    }
  }

  /** no answer is still awaited */
  #settled(entry: Entries.Entry): void {
    entry.phase = "idle"
    entry.repeats = 0
    entry.doubled = undefined
    if (entry.late) this.#late--
    else this.#pending--
    entry.late = false
    if (this.#alone === entry) this.#alone = undefined
  }

  /** asks for it again after a while, for the nth time in a row */
  #later(entry: Entries.Entry, n: number): void {
    entry.notBefore = this.#options.now() + Entries.delayOf(n)
    this.#advance(entry)
  }

  #unsubscribe(epoch: Epoch, entry: Entries.Entry): void {
    entry.phase = "leaving"
    entry.repeats = 0
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
    entry.repeats = 0
    this.#advance(entry)
  }

  #rejected(entry: Entries.Entry, frame: EventFrame, code: number | null): void {
    const sub = entry.want
    this.#entries.delete(entry.wire)
    if (sub === undefined) return
    const error = Answers.rejection(sub, code, frame["msg"])
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
    const chanId = frame[0]
    const isAwaited = this.#pending + this.#late > 0
    if (chanId !== 0) this.#heard = epoch.last
    if (frame[1] === "hb" && (chanId === 0 || isAwaited)) return
    if (!isAwaited) return this.#tellStranger(epoch, chanId)
    this.#early.add(chanId, frame)
  }

  #malformed({ number }: Epoch, reason: string, frame: EventFrame): void {
    this.#options.onProblem({ _tag: "Malformed", epoch: number, reason, text: JSON.stringify(frame).slice(0, 200) })
  }

  #tellSilent(epoch: Epoch, entry: Entries.Entry): void {
    this.#options.onProblem({ _tag: "SilentChannel", epoch: epoch.number, request: entry.wire })
  }

  #tellStranger(epoch: Epoch, chanId: number): void {
    if (this.#early.isReported(chanId)) return
    this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
  }
}

const mts = (value: unknown): number | null => typeof value === "number" ? value : null
