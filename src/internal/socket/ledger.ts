/**
 * All subscriptions of one connection. Demand outlives sockets; the venue's confirmations are kept per epoch and
 * forgotten with it. Everything here is synchronous: frames are handled in order of arrival, by the listener.
 *
 * @internal
 */
import { SubscriptionRejected } from "../../BitfinexError.ts"
import type { DataFrame, EventFrame } from "../../protocol/internal/frame.ts"
import type { Problem } from "../../SocketState.ts"
import type { Demand } from "./demand.ts"
import { Early } from "./early.ts"
import { End } from "./end.ts"
import type { Epoch } from "./epoch.ts"
import * as Epochs from "./epoch.ts"
import * as Entries from "./ledgerEntry.ts"

export interface Options {
  readonly now: () => number
  /** ms from a request to its answer */
  readonly replyTimeout: number
  /** ms from the request of a channel that was never acknowledged to its failure */
  readonly subscribeTimeout: number
  /** ms without any frame after which a channel is taken to be silent */
  readonly channelSilence: number
  readonly onProblem: (problem: Problem) => void
  /** the venue refused a subscription; it is off this connection */
  readonly onRejected: (sub: Demand, error: SubscriptionRejected) => void
  /** the venue takes no more channels than these on this socket; the subscription is off this connection */
  readonly onLimit: (sub: Demand, channels: number, error: SubscriptionRejected) => void
  /** the venue leaves the channel's requests without an answer: whether another socket takes it over */
  readonly onStuck: (sub: Demand) => boolean
}

/** unknown channels that are reported */
const strangerLimit = 1000

/** the venue is not ready, or too busy: the same request may be taken later (10008 and 11000 of its glossary) */
const passing = new Set<unknown>([10008, 11000])

/** 103xx of the venue's glossary; the codes that put a request off are known without a name, too */
const isOfSubscriptions = (code: number): boolean => (code >= 10300 && code < 10400) || passing.has(code)

/** times that a channel may fall silent, or stay unanswered, before it has to be patient, and alone */
const tolerance = 2

/** ms after which a channel without an answer is requested again: no earlier than the venue's slowest known answer, 13 s */
const repeatAfter = (repeats: number): number => repeats < 3 ? 15_000 : 30_000

const isAwaited = (entry: Entries.Entry): boolean => entry.phase === "subscribing"

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
  /** channels whose state at the venue is not known: in this epoch they are not requested here any more */
  readonly #stuck = new Set<string>()
  /** frames of channels that are not acknowledged yet */
  readonly #early = new Early()
  /** unknown channels that were reported, once each */
  readonly #strangers = new Set<number>()

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
    this.#strangers.clear()
    this.#stuck.clear()
    this.#early.forget()
    const at = this.#options.now()
    for (const entry of this.#entries.values()) {
      if (entry.phase === "subscribing") entry.waited += at - entry.asked
      entry.phase = "idle"
      entry.chanId = -1
      entry.silences =
        entry.delays =
        entry.clashes =
        entry.notBefore =
          0
      entry.unsure = entry.late = false
      entry.repeats = 0
      entry.doubled = undefined
      if (entry.want === undefined) this.#entries.delete(entry.wire)
      else entry.want.interrupt(reason)
    }
  }

  /** messages of this socket are missing */
  gap(lost: number): void {
    for (const entry of this.#channels.values()) entry.want?.gap(lost)
    this.#early.gap()
  }

  /** this process slept: live books are withheld until `trust` */
  doubt(millis: number): void {
    for (const entry of this.#entries.values()) entry.want?.doubt?.(millis)
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
    const chanId = chanIdOf(frame)
    if (chanId === undefined) return this.#malformed(epoch, "no channel id", frame)
    const entry = this.#awaited().find((each) => Entries.isMeant(each, frame))
    if (entry === undefined) {
      this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
      // an answer that came twice names a channel of ours; any other channel is not wanted
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
    entry.phase = "acked"
    entry.suspect = entry.unsure = false
    entry.acknowledged = true
    entry.delays = entry.waited = 0
    entry.chanId = chanId
    entry.since = entry.last = epoch.last
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
    const entry = this.#channels.get(chanIdOf(frame) ?? 0)
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
    const code = typeof frame["code"] === "number" ? frame["code"] : null
    const report = () =>
      this.#options.onProblem({ _tag: "VenueError", epoch: epoch.number, code, text: String(frame["msg"]) })
    if (frame["chanId"] !== undefined && frame["chanId"] !== null) {
      report()
      return this.#onChannelError(epoch, frame, code)
    }
    const isNamed = Entries.namesRequest(frame)
    const pending = this.#awaited()
    const [first, second] = isNamed ? pending.filter((entry) => Entries.isMeant(entry, frame)) : pending
    if (first === undefined) return report()
    if (second !== undefined && !isNamed) {
      // it means one of them, and it does not say which: those without an answer are requested one by one
      for (const entry of pending) entry.suspect = true
      return report()
    }
    // the venue has a channel that was left, or requested twice: the answer to an earlier request may still come
    if (code === 10301 && (first.unsure || first.acknowledged)) {
      first.doubled ??= epoch.last
      return report()
    }
    // one that names nothing is an answer to a subscription only where its code is of subscriptions
    if (!isNamed && code !== null && !isOfSubscriptions(code)) return report()
    const isDoubtful = first.acknowledged && !isNamed
    // channels without an answer may be those that leave no room
    const isCrowded = code === 10305 && this.#channels.size === 0 && (first.acknowledged || pending.length > 1)
    this.#answered(first, epoch.last)
    if (passing.has(code) || isDoubtful || isCrowded) {
      report()
      this.#later(first, ++first.delays)
    } else {
      // without demand no stream is concerned, so that the refusal is reported as a problem
      if (first.want === undefined) report()
      this.#rejected(first, frame, code)
    }
    this.#proceed()
  }

  /** an error that names a channel id */
  #onChannelError(epoch: Epoch, frame: EventFrame, code: number | null): void {
    const chanId = chanIdOf(frame)
    if (chanId === undefined) return
    const known = this.#channels.get(chanId)
    if (code === 10301) {
      const doubled = known === undefined && Entries.namesRequest(frame)
        ? this.#awaited().find((entry) => Entries.isMeant(entry, frame))
        : undefined
      if (doubled !== undefined) this.#adopt(epoch, doubled, chanId)
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
    const { channelSilence, replyTimeout } = this.#options
    let wanted = 0
    let doubtful = 0
    let isAlive = false
    const silent: Array<Entries.Entry> = []
    const late: Array<Entries.Entry> = []
    for (const entry of this.#entries.values()) {
      if (entry.phase === "acked") entry.want?.tick?.(at)
      if (at - entry.since >= replyTimeout && (entry.phase === "leaving" || entry.phase === "subscribing")) {
        late.push(entry)
      }
      if (entry.want === undefined) continue
      wanted++
      if (entry.phase === "acked" && at - heard(entry) >= channelSilence) silent.push(entry)
      // it was silent or deferred, and has sent nothing since it was requested again
      else if (entry.silences > 0 || entry.delays > 0 || entry.late) doubtful++
      else if (entry.want.live) isAlive = true
    }
    const unanswered = this.#overdueAnswers(epoch, late, isAlive, at)
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

  /**
   * Requests whose answer is overdue: a reason to give the socket up, or undefined. The venue may answer a quiet channel
   * after 13 s while hundreds of frames of others pass, so a slow answer is the trouble of its own stream; only where no
   * channel is live is the socket to blame.
   */
  #overdueAnswers(epoch: Epoch, late: ReadonlyArray<Entries.Entry>, isAlive: boolean, at: number): End | undefined {
    for (const entry of late) {
      const reason = entry.phase === "leaving"
        ? this.#overdueLeaving(epoch, entry, isAlive, at)
        : this.#overdueSubscribing(epoch, entry, isAlive, at)
      if (reason !== undefined) return reason
    }
    return undefined
  }

  #overdueLeaving(epoch: Epoch, entry: Entries.Entry, isAlive: boolean, at: number): End | undefined {
    if (entry.want !== undefined && (!isAlive || at - entry.asked >= this.#options.subscribeTimeout)) {
      return this.#giveAway(entry, isAlive, `no answer to unsubscribe ${entry.wire}`)
    }
    if (entry.repeats >= 3 || at - entry.since < repeatAfter(entry.repeats)) return undefined
    entry.repeats++
    entry.since = at
    Epochs.send(epoch, { event: "unsubscribe", chanId: entry.chanId })
    return undefined
  }

  /** Leaves a channel to another socket while its neighbours are served here; otherwise this socket is to blame. */
  #giveAway(entry: Entries.Entry, isAlive: boolean, reason: string): End | undefined {
    const { want } = entry
    if (!isAlive || (want !== undefined && !this.#options.onStuck(want))) return new End("Unanswered", reason)
    if (isAwaited(entry)) this.#settled(entry)
    this.#entries.delete(entry.wire)
    this.#channels.delete(entry.chanId)
    this.#stuck.add(entry.wire)
    return undefined
  }

  #overdueSubscribing(epoch: Epoch, entry: Entries.Entry, isAlive: boolean, at: number): End | undefined {
    const { channelSilence, subscribeTimeout } = this.#options
    if (entry.suspect && !entry.late && entry !== this.#alone) {
      // an error without a name may have been its answer
      this.#settled(entry)
      entry.unsure = true
      this.#advance(entry)
      return undefined
    }
    if (!entry.late) this.#isLate(epoch, entry)
    const { doubled, wire } = entry
    if (doubled !== undefined && at - doubled >= channelSilence) {
      return this.#giveAway(entry, isAlive, `${wire} was subscribed without an answer`)
    }
    const waited = at - entry.asked
    if (!isAlive && waited >= channelSilence) return new End("Unanswered", `no answer to subscribe ${wire}`)
    if (!entry.acknowledged && entry.waited + waited >= subscribeTimeout) this.#unanswered(entry)
    else if (entry.want !== undefined && at - entry.since >= repeatAfter(entry.repeats)) this.#repeat(epoch, entry, at)
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
    entry.unsure = true
    entry.repeats++
    entry.since = at
    this.#tellSilent(epoch, entry)
    this.#request(epoch, entry)
  }

  /** the venue does not answer, and never did: its stream fails, and it is not requested again */
  #unanswered(entry: Entries.Entry): void {
    this.#settled(entry)
    this.#entries.delete(entry.wire)
    const { want } = entry
    if (want === undefined) return
    const seconds = this.#options.subscribeTimeout / 1000
    const text = `the venue did not answer within ${seconds} s; check the arguments`
    this.#options.onRejected(want, rejection(want, null, text))
  }

  /** ms of the next moment at which something can be overdue, as far as is known now */
  nextDue(): number {
    const { channelSilence, now, replyTimeout } = this.#options
    const at = now()
    let next = Number.POSITIVE_INFINITY
    for (const entry of this.#entries.values()) {
      const answer = entry.since + replyTimeout
      // an overdue answer is looked for with each pass
      if (entry.phase === "subscribing" || entry.phase === "leaving") next = answer > at ? Math.min(next, answer) : next
      else if (entry.phase === "acked") next = Math.min(next, heard(entry) + channelSilence)
      // one whose time has come waits for the answer to another
      else if (entry.notBefore > at) next = Math.min(next, entry.notBefore)
    }
    return next
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  /** subscriptions without an answer, overdue ones included */
  #awaited(): ReadonlyArray<Entries.Entry> {
    return this.#pending + this.#late === 0 ? [] : Array.from(this.#entries.values()).filter(isAwaited)
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
      if ((entry.phase === "subscribing" || entry.phase === "leaving") && entry.asked >= answered.asked) {
        entry.since = at
      }
    }
  }

  /** no answer is awaited any more */
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
    const error = rejection(sub, code, typeof frame["msg"] === "string" ? frame["msg"] : "")
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
    if (frame[1] === "hb" && (chanId === 0 || isAwaited)) return
    if (!isAwaited) return this.#tellStranger(epoch, chanId)
    this.#early.add(chanId, frame)
  }

  #malformed(epoch: Epoch, reason: string, frame: EventFrame): void {
    const text = JSON.stringify(frame).slice(0, 200)
    this.#options.onProblem({ _tag: "Malformed", epoch: epoch.number, reason, text })
  }

  #tellSilent(epoch: Epoch, entry: Entries.Entry): void {
    this.#options.onProblem({ _tag: "SilentChannel", epoch: epoch.number, request: entry.wire })
  }

  #tellStranger(epoch: Epoch, chanId: number): void {
    if (this.#strangers.has(chanId) || this.#strangers.size >= strangerLimit) return
    this.#strangers.add(chanId)
    this.#options.onProblem({ _tag: "UnknownChannel", epoch: epoch.number, chanId })
  }
}

const rejection = ({ request }: Demand, code: number | null, text: string): SubscriptionRejected =>
  new SubscriptionRejected({
    operation: request.operation,
    channel: request.channel,
    request: request.key,
    code,
    text
  })

/** 0 is the account's, and never one of ours */
const chanIdOf = (frame: EventFrame): number | undefined => {
  const chanId = frame["chanId"]
  return typeof chanId === "number" && Number.isSafeInteger(chanId) && chanId > 0 ? chanId : undefined
}

/** ms when a channel last gave a sign of life: one that is not live yet owes a snapshot */
const heard = (entry: Entries.Entry): number => entry.want?.live === true ? entry.last : entry.since

const mts = (value: unknown): number | null => typeof value === "number" ? value : null
