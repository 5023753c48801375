/**
 * Finds the overdue entries of a ledger at a moment, and decides what to do. Pure, so that each deadline can be read
 * and tested by itself. The ledger carries out the decisions made here.
 *
 * @internal
 */
import { delayOf, type Entry, isUnanswered } from "./ledgerEntry.ts"

export interface Limits {
  /** ms from a request to its answer */
  readonly replyTimeout: number
  /** ms from the request of a channel that was never acknowledged to its failure */
  readonly subscribeTimeout: number
  /** ms without any frame after which a channel is taken to be silent */
  readonly channelSilence: number
}

/** times that a channel may fall silent, or stay unanswered, before it has to be patient, and alone */
const tolerance = 2

/** requests of an unsubscription that are repeated */
const repeats = 3

/** ms after which a channel without an answer is requested again: no earlier than the venue's slowest known answer, 13 s */
const repeatAfter = (count: number): number => count < repeats ? 15_000 : 30_000

/** ms of the last frame of a channel; a channel that is not live yet owes a snapshot */
const heard = (entry: Entry): number => entry.want?.live === true ? entry.last : entry.since

/** The channels of a connection at one moment. */
export interface Survey {
  /** requests whose answer is overdue */
  readonly late: ReadonlyArray<Entry>
  readonly silent: ReadonlyArray<Entry>
  /** no wanted channel receives frames, and one of them has just been found silent */
  readonly isSilent: boolean
  /** at least one channel is live, so that the socket is not to blame for the others */
  readonly isAlive: boolean
}

export const survey = (entries: Iterable<Entry>, at: number, limits: Limits): Survey => {
  let wanted = 0
  let doubtful = 0
  let isAlive = false
  const silent: Array<Entry> = []
  const late: Array<Entry> = []
  for (const entry of entries) {
    if (isUnanswered(entry) && at - entry.since >= limits.replyTimeout) late.push(entry)
    if (entry.want === undefined) continue
    wanted++
    if (entry.phase === "acked" && at - heard(entry) >= limits.channelSilence) silent.push(entry)
    // it was silent or deferred, and has sent nothing since it was requested again
    else if (entry.silences > 0 || entry.delays > 0 || entry.late) doubtful++
    else if (entry.want.live) isAlive = true
  }
  return { late, silent, isSilent: silent.length > 0 && silent.length + doubtful === wanted, isAlive }
}

/** ms before which a channel that was silent for the nth time in a row is not requested again */
export const restOf = (silences: number, at: number): number =>
  // a channel that never works is no reason to close the socket of the others
  silences > tolerance ? at + delayOf(silences - tolerance) : 0

/** The decision about an overdue answer. */
export type Verdict =
  | { readonly _tag: "Wait" }
  /** the request is sent again */
  | { readonly _tag: "Repeat" }
  /** an error that named no request may have been its answer: it is requested again, by itself */
  | { readonly _tag: "Withdraw" }
  /** the venue does not answer, and never did: its stream fails */
  | { readonly _tag: "Fail" }
  /** another socket takes the channel, while its neighbours are served here */
  | { readonly _tag: "GiveAway"; readonly reason: string }
  /** the socket is to blame */
  | { readonly _tag: "GiveUp"; readonly reason: string }

const wait: Verdict = { _tag: "Wait" }
const repeat: Verdict = { _tag: "Repeat" }

export interface Moment {
  readonly at: number
  readonly isAlive: boolean
  /** frames arrived for channels that no answer has named yet: the venue has subscribed one, and its answer is late */
  readonly isHeard: boolean
  /** it is the suspect that waits for its answer by itself */
  readonly isAlone: boolean
}

/**
 * Decides about an answer that is overdue. The venue may answer a quiet channel after 13 s while hundreds of frames of
 * others pass, so a slow answer is a problem of its own stream. Only if no channel is live is the socket at fault. Each
 * socket in a row gets more time than the one before, so that an answer that is always slow arrives.
 */
export const verdictOn = (entry: Entry, moment: Moment, limits: Limits): Verdict =>
  entry.phase === "leaving" ? onLeaving(entry, moment, limits) : onSubscribing(entry, moment, limits)

const leaveTo = ({ isAlive }: Moment, reason: string): Verdict => ({ _tag: isAlive ? "GiveAway" : "GiveUp", reason })

const onLeaving = (entry: Entry, moment: Moment, { subscribeTimeout }: Limits): Verdict => {
  const { at, isAlive } = moment
  if (entry.want !== undefined && (!isAlive || at - entry.asked >= subscribeTimeout)) {
    return leaveTo(moment, `no answer to unsubscribe ${entry.wire}`)
  }
  return entry.repeats >= repeats || at - entry.since < repeatAfter(entry.repeats) ? wait : repeat
}

const onSubscribing = (entry: Entry, moment: Moment, { channelSilence, subscribeTimeout }: Limits): Verdict => {
  const { at, isAlive, isAlone, isHeard } = moment
  const { doubled, wire } = entry
  const waited = at - entry.asked
  if (entry.suspect && !entry.late && !isAlone) return { _tag: "Withdraw" }
  if (!entry.acknowledged && entry.waited + waited >= subscribeTimeout) return { _tag: "Fail" }
  // where it was requested once, its acknowledgement is on its way
  const isLost = entry.unsure || entry.acknowledged
  if (doubled !== undefined && isLost && at - doubled >= channelSilence) {
    return leaveTo(moment, `${wire} was subscribed without an answer`)
  }
  const patience = isHeard ? subscribeTimeout : Math.min(subscribeTimeout, Math.max(channelSilence, 2 * entry.waited))
  if (!isAlive && waited >= patience) return { _tag: "GiveUp", reason: `no answer to subscribe ${wire}` }
  const isDue = entry.want !== undefined && (doubled === undefined || isLost)
  return isDue && at - entry.since >= repeatAfter(entry.repeats) ? repeat : wait
}

/** ms of the next moment at which something can be overdue, as far as is known now */
export const nextOf = (entries: Iterable<Entry>, at: number, { channelSilence, replyTimeout }: Limits): number => {
  let next = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const answer = entry.since + replyTimeout
    // an overdue answer is looked for with each pass
    if (isUnanswered(entry)) next = answer > at ? Math.min(next, answer) : next
    else if (entry.phase === "acked") next = Math.min(next, heard(entry) + channelSilence)
    // one whose time has come waits for the answer to another
    else if (entry.notBefore > at) next = Math.min(next, entry.notBefore)
  }
  return next
}
