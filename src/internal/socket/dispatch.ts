/**
 * Processes each frame: reads it, counts it, checks it for gaps, and passes it to the part of the connection that it
 * concerns. All of it runs synchronously in the socket's listener, in the order of arrival.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Flags from "../../protocol/Flags.ts"
import * as Bytes from "../../protocol/internal/bytes.ts"
import {
  type DataFrame,
  type EventFrame,
  explain,
  isBuffer,
  isData,
  MalformedFrame,
  toJson,
  toText
} from "../../protocol/internal/frame.ts"
import type { Delivery } from "../stream/delivery.ts"
import * as Later from "../time/later.ts"
import type { Account } from "./account.ts"
import { firstAccountPing } from "./account.ts"
import { End } from "./end.ts"
import { advance, end, type Epoch } from "./epoch.ts"
import { missingFlags } from "./handshake.ts"
import type { Ledger } from "./ledger.ts"
import { largestGap } from "./metrics.ts"
import * as Phase from "./phase.ts"
import type { Status } from "./status.ts"

export interface Options {
  readonly account: Account | undefined
  readonly ledger: Ledger
  /** to the consumers in place */
  readonly delivery: Delivery
  readonly status: Status
  /** the flags that are requested */
  readonly wanted: number
  readonly now: () => number
  /** ms at which the frame arrived */
  readonly arrival: () => number
}

/** sequence gaps, and ends of maintenance, after which a socket is abandoned */
const gapLimit = 5

/** messages with an old number, one behind the other, after which the venue is taken to count from another number */
const repeatLimit = 100

/** the number up to which the venue has counted from the beginning once more: three messages that were lost at most */
const recountLimit = 3

/** messages of channels without a number, one behind the other, after which the venue is taken to have stopped counting */
const unnumberedLimit = 10

export class Dispatch {
  readonly #options: Options
  readonly #account: Account | undefined
  readonly #ledger: Ledger
  readonly #delivery: Delivery
  readonly #status: Status
  readonly #arrival: () => number
  /** The account's channel has had a heartbeat. No manual promises any, so a silence before the first means nothing. */
  beats = false

  constructor(options: Options) {
    this.#options = options
    this.#account = options.account
    this.#ledger = options.ledger
    this.#delivery = options.delivery
    this.#status = options.status
    this.#arrival = options.arrival
  }

  /** An exception in here would be one of the whole process. */
  listen(epoch: Epoch, data: unknown): void {
    this.#delivery.begin()
    try {
      this.#onMessage(epoch, data)
    } catch (defect) {
      const text = "a frame could not be handled"
      const reason = `${text}: ${Cause.pretty(Cause.die(defect))}`
      this.#status.problem({ _tag: "Defect", epoch: epoch.number, reason })
      end(epoch, new End("Defect", text))
    } finally {
      this.#delivery.end()
    }
  }

  /** the phase of the socket has changed: users see its new state */
  advance(epoch: Epoch, input: Phase.Input): void {
    advance(epoch, input)
    this.#show(epoch)
  }

  #show(epoch: Epoch): void {
    const state = Phase.stateOf(epoch.phase, epoch)
    if (state !== undefined) this.#status.set(state)
  }

  #onMessage(epoch: Epoch, data: unknown): void {
    if (epoch.over) return
    const { counts } = epoch
    counts.frames++
    epoch.last = this.#arrival()
    if (isBuffer(data)) {
      const read = Bytes.read(data)
      if (isData(read)) {
        counts.bytes += data.length
        return this.#onData(epoch, read)
      }
    }
    // frames that arrive as text, or that the reader of bytes does not handle
    const text = toText(data)
    if (text === undefined) return this.#unreadable(epoch, "binary frame", "")
    counts.bytes += text.length
    const json = toJson(text)
    if (isData(json)) return this.#onData(epoch, json)
    const frame = explain(json, text)
    if (frame instanceof MalformedFrame) this.#unreadable(epoch, frame.reason, frame.text)
    else this.#onEvent(epoch, frame)
  }

  #malformed(epoch: Epoch, reason: string, text: string): void {
    this.#status.problem({ _tag: "Malformed", epoch: epoch.number, reason, text })
  }

  #onData(epoch: Epoch, frame: DataFrame): void {
    if (epoch.sequence && this.#isRepeated(epoch, frame)) return
    const account = this.#account
    if (frame[0] !== 0 || account === undefined) return this.#ledger.onData(epoch, frame)
    epoch.heard = epoch.last
    if (frame[1] === "hb") this.beats = true
    else account.onData(epoch, frame)
  }

  /** Checks the number of a frame; true if the frame is a duplicate or late, and must be dropped. */
  #isRepeated(epoch: Epoch, frame: DataFrame): boolean {
    const second = frame[1]
    const seq = frame[typeof second === "string" && second !== "hb" ? 3 : 2]
    if (typeof seq !== "number") return this.#isUnguarded(epoch, frame)
    if (frame[0] === 0 && isUncounted(epoch, frame)) return false
    epoch.unnumbered = 0
    if (seq === epoch.seq + 1) {
      epoch.seq = seq
      epoch.repeated = 0
      epoch.recount = Number.NaN
      return false
    }
    this.#status.problem({ _tag: "SequenceGap", epoch: epoch.number, expected: epoch.seq + 1, actual: seq })
    // its channel is resubscribed already, unless the venue counts from another number now
    if (seq <= epoch.seq) {
      epoch.recount = seq <= 1 || seq === epoch.recount + 1 ? seq : Number.NaN
      if (epoch.recount >= recountLimit) {
        end(epoch, new End("Sequence", "the venue counts its messages from the beginning"))
      } else if (++epoch.repeated > repeatLimit) {
        end(epoch, new End("Sequence", `${epoch.repeated} old messages in a row`))
      }
      return true
    }
    if (!Number.isSafeInteger(seq) || seq - epoch.seq > largestGap) {
      end(epoch, new End("Sequence", `the number of a message is ${seq}`))
      return true
    }
    this.#onGap(epoch, seq - epoch.seq - 1, "sequence gap")
    epoch.seq = seq
    return false
  }

  /**
   * Without numbers no lost message would be noticed. A single message without a number is served: the next number
   * shows a loss.
   */
  #isUnguarded(epoch: Epoch, frame: DataFrame): boolean {
    // the account's channel has messages without any
    if (frame[0] === 0) return false
    const count = ++epoch.unnumbered
    if (count === 1) this.#malformed(epoch, "a message without its number", JSON.stringify(frame).slice(0, 200))
    if (count < unnumberedLimit) return false
    end(
      epoch,
      new End("Sequence", `${count} messages in a row without a number, although sequence numbers were agreed on`)
    )
    return true
  }

  /** A frame that cannot be read may be a message of any channel: where none are numbered, nothing else would show that. */
  #unreadable(epoch: Epoch, reason: string, text: string): void {
    this.#malformed(epoch, reason, text)
    const mayBeData = text === "" || text.trimStart().startsWith("[")
    if (mayBeData && !epoch.sequence && Phase.isReady(epoch.phase)) this.#onGap(epoch, 1, "unreadable frame")
  }

  #onGap(epoch: Epoch, lost: number, reason: string): void {
    this.#ledger.gap(lost)
    epoch.gaps++
    // only another login brings the events that the account missed
    if (this.#account !== undefined) end(epoch, new End("Sequence", `the account has missed a message: ${reason}`))
    else if (epoch.gaps > gapLimit) end(epoch, new End("Sequence", `${epoch.gaps} ${reason}s`))
    else this.#ledger.resubscribeAll(reason)
  }

  #onEvent(epoch: Epoch, frame: EventFrame): void {
    const account = this.#account
    switch (frame.event) {
      case "info":
        return this.#onInfo(epoch, frame)
      case "conf":
        return this.#onConf(epoch, frame)
      case "subscribed":
        return this.#ledger.onSubscribed(epoch, frame)
      case "unsubscribed":
        return this.#ledger.onUnsubscribed(epoch, frame)
      case "error":
        // before any subscription, an error answers our login or our `conf`
        if (epoch.login !== undefined) this.#onAuth(epoch, { ...frame, status: "FAILED" })
        else if (!Phase.isReady(epoch.phase)) this.#onConf(epoch, { ...frame, status: "FAILED" })
        else if (account !== undefined) account.onError(epoch, frame)
        else this.#ledger.onError(epoch, frame)
        return
      case "auth":
        return this.#onAuth(epoch, frame)
      case "pong":
        return this.#onPong(epoch, numberOf(frame["cid"]))
      default:
        this.#unknownEvent(epoch, frame)
    }
  }

  #unknownEvent(epoch: Epoch, frame: EventFrame): void {
    this.#malformed(epoch, "unknown event", JSON.stringify(frame).slice(0, 200))
  }

  #onPong(epoch: Epoch, cid: unknown): void {
    if (typeof cid === "number" && cid >= firstAccountPing) return this.#account?.onPong(epoch, cid)
    if (typeof cid === "number" && epoch.wake !== undefined && cid >= epoch.wake) {
      epoch.wake = undefined
      this.#ledger.trust()
    }
    // the pong to an older ping shows that the venue is there; the newest is still without its own
    if (cid === epoch.pings) epoch.unanswered = undefined
    else if (epoch.unanswered !== undefined) epoch.unanswered = epoch.pinged
    if (cid !== epoch.pings || !this.#status.isLive) return
    epoch.rtt = epoch.last - epoch.pinged
    epoch.counts.roundTrips.push(epoch.rtt)
    this.#show(epoch)
  }

  /** Flags are in force from the next frame on, so they are noted here and not where the answer is awaited. */
  #onConf(epoch: Epoch, frame: EventFrame): void {
    const { wanted } = this.#options
    if (frame["status"] === "OK") {
      epoch.flags = typeof frame["flags"] === "number" ? frame["flags"] : wanted
      if (epoch.flags !== wanted) {
        this.#malformed(epoch, `conf with other flags than ${wanted}`, JSON.stringify(frame).slice(0, 200))
      }
      const { sequence, timestamp } = Flags.fromNumber(Flags.connection, epoch.flags)
      epoch.sequence = sequence
      epoch.timestamp = timestamp
      const missing = missingFlags(wanted, epoch.flags)
      // in answer to our own, the handshake says so
      if (missing.length > 0 && Phase.isReady(epoch.phase)) {
        return end(epoch, new End("Refused", `the venue withdrew the flags ${missing.join(", ")}`))
      }
    }
    Later.done(epoch.conf, Effect.succeed(frame))
  }

  #onAuth(epoch: Epoch, frame: EventFrame): void {
    const { login } = epoch
    if (login === undefined || this.#account === undefined) {
      return this.#unknownEvent(epoch, { ...frame, auth_id: undefined })
    }
    epoch.login = undefined
    this.#account.onAuth(epoch, frame)
    Later.done(login, Effect.succeed(frame))
  }

  #onInfo(epoch: Epoch, frame: EventFrame): void {
    switch (frame["code"]) {
      case undefined:
        return Later.done(epoch.info, Effect.succeed(frame))
      case 20051:
        return end(epoch, new End("Restart", "the server restarts (20051)"))
      case 20060:
        return this.advance(epoch, { _tag: "MaintenanceBegan", at: this.#options.now() })
      case 20061:
        return this.#onMaintenanceOver(epoch)
      default:
        // plain information, such as 5000
    }
  }

  #onMaintenanceOver(epoch: Epoch): void {
    const reason = "maintenance is over (20061)"
    advance(epoch, { _tag: "MaintenanceOver" })
    if (!Phase.isReady(epoch.phase)) return
    // the snapshots of an account come with a login only
    if (this.#account !== undefined) return end(epoch, new End("Maintenance", reason))
    // a venue that says so again and again would be answered by a storm of subscriptions
    if (++epoch.reopened > gapLimit) return end(epoch, new End("Maintenance", `${reason}, ${epoch.reopened} times`))
    epoch.rtt = null
    epoch.unanswered = undefined
    this.#show(epoch)
    this.#ledger.excuse(epoch.last)
    this.#ledger.resubscribeAll(reason)
  }
}

/** the number of a ping: an echo as text stands for the same number */
const numberOf = (cid: unknown): unknown => typeof cid === "string" && /^\d{1,15}$/.test(cid) ? Number(cid) : cid

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
