/**
 * Looks after one socket at least once a second: pings it, gives it up when it fell silent, and reports its counts.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Settings } from "../../BitfinexConfig.ts"
import type { Reason } from "../../Book.ts"
import type { SleepDetector } from "../time/sleep.ts"
import type { Account } from "./account.ts"
import type { Dispatch } from "./dispatch.ts"
import { End } from "./end.ts"
import { end, type Epoch, ping } from "./epoch.ts"
import type { Ledger } from "./ledger.ts"

export interface Options {
  readonly settings: Settings
  readonly now: () => number
  readonly account: Account | undefined
  readonly ledger: Ledger
  readonly dispatch: Dispatch
  /** whether reading the socket is suspended */
  readonly isPaused: () => boolean
  readonly sleep: SleepDetector
  /** the data received so far may be old */
  readonly onDoubt: (reason: Reason, at: number) => void
  /** runs with each pass */
  readonly report: Effect.Effect<void>
}

/** the venue speaks of up to 120 s between 20060 and 20061 */
const maintenanceLimit = 150_000
/** a pass that is late by this many ms was delayed by this process: the frames for which it waits may be delayed too */
const lateness = 2000

export const make = (options: Options) => {
  const { account, dispatch, isPaused, ledger, now, settings } = options
  const socketSilence = Duration.toMillis(settings.socket.silence)
  const channelSilence = Duration.toMillis(settings.socket.channelSilence)
  const pingEvery = Duration.toMillis(settings.socket.pingEvery)
  /** ms without a pong: a ping is at most this old when the socket has been silent for as long as it may be */
  const pongSilence = Math.max(pingEvery, socketSilence - pingEvery)

  const maintenanceOf = ({ phase }: Epoch): number | undefined => phase._tag === "Ended" ? undefined : phase.maintenance

  /** pings, and checks the deadlines: a reason to give the socket up, or undefined */
  const overdue = (epoch: Epoch, at: number): End | undefined => {
    if (at - epoch.pinged >= pingEvery) ping(epoch, at)
    if (isPaused()) return undefined
    const maintenance = maintenanceOf(epoch)
    if (maintenance !== undefined) {
      const mute = at - (epoch.unanswered ?? at)
      // its silence is no fault then, but the connection may still be dead
      if (mute >= pongSilence && epoch.wake === undefined) options.onDoubt({ _tag: "Unanswered", millis: mute }, at)
      return at - maintenance > maintenanceLimit
        ? new End("Maintenance", "no end of maintenance was announced")
        : undefined
    }
    const silence = at - epoch.last
    if (silence >= socketSilence) {
      epoch.dead = true
      return new End("Silence", `no frame for ${silence} ms`)
    }
    // frames that the venue sent before it fell silent may go on arriving
    if (epoch.unanswered !== undefined && at - epoch.unanswered >= pongSilence) {
      epoch.dead = true
      return new End("Silence", `no pong for ${at - epoch.unanswered} ms`)
    }
    // pongs go on coming where the account has fallen silent, and its events cannot be requested again
    if (dispatch.beats && at - epoch.heard >= channelSilence) {
      return new End("Silence", `nothing of the account for ${at - epoch.heard} ms`)
    }
    return ledger.overdue(epoch, at) ?? account?.overdue(epoch, at)
  }

  /** ms until something can be overdue; a request sent meanwhile is noticed within a second */
  const nextPass = (epoch: Epoch, at: number): number => {
    const isExcused = isPaused() || maintenanceOf(epoch) !== undefined
    const due = isExcused ? at + 1000 : Math.min(
      epoch.last + socketSilence,
      (epoch.unanswered ?? Number.POSITIVE_INFINITY) + pongSilence,
      ledger.nextDue(),
      dispatch.beats ? epoch.heard + channelSilence : Number.POSITIVE_INFINITY,
      account?.nextDue() ?? Number.POSITIVE_INFINITY
    )
    const next = Math.min(due, epoch.pinged + pingEvery)
    return Math.max(1, Math.min(1000, next - at))
  }

  /** until the socket has ended */
  return Effect.fnUntraced(function*(epoch: Epoch) {
    let expected = now()
    while (!epoch.over) {
      const at = now()
      const isLate = at - expected > lateness
      const slept = options.sleep.look(at)
      if (slept > 0) options.onDoubt({ _tag: "Slept", millis: slept }, at)
      if (isLate) {
        epoch.heard = at
        if (epoch.unanswered !== undefined) epoch.unanswered = at
      }
      const reason = isLate ? undefined : overdue(epoch, at)
      if (reason !== undefined) end(epoch, reason)
      yield* options.report
      const delay = isLate ? 100 : nextPass(epoch, at)
      expected = at + delay
      options.sleep.expect(expected)
      yield* Effect.sleep(delay)
    }
  })
}
