/**
 * Coordinates the sockets of one host while it may be down: one of them tries to connect, under its reconnect schedule,
 * and the others wait for its success. If each tried by itself, they would use up the connection limit of the host
 * before it is back.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { ReconnectExhausted } from "../../BitfinexError.ts"
import * as Later from "../time/later.ts"

export interface HostProbe {
  /** waits while another one tries; fails when that one's schedule ended */
  readonly enter: (who: object) => Effect.Effect<void, ReconnectExhausted>
  /** a connection was lost, or not made: whether the host is there has to be found out */
  readonly lost: () => void
  /** the host is there */
  readonly ready: () => void
  /** ends for good, because its schedule ended or for another reason: another socket then tries, if there is one */
  readonly leave: (who: object, exhausted?: ReconnectExhausted) => void
}

export const make = (): HostProbe => {
  let isDoubtful = false
  let prober: object | undefined
  const waiting = new Set<Deferred.Deferred<void, ReconnectExhausted>>()

  const wake = (how: Effect.Effect<void, ReconnectExhausted>): void => {
    for (const each of waiting) Later.done(each, how)
    waiting.clear()
  }

  const enter: HostProbe["enter"] = (who) =>
    Effect.suspend(() => {
      if (!isDoubtful) return Effect.void
      if (prober === undefined || prober === who) {
        prober = who
        return Effect.void
      }
      const woken = Later.deferred<void, ReconnectExhausted>()
      waiting.add(woken)
      return Deferred.await(woken).pipe(
        Effect.ensuring(Effect.sync(() => waiting.delete(woken))),
        Effect.zipRight(enter(who))
      )
    })

  return {
    enter,
    lost: () => {
      isDoubtful = true
    },
    ready: () => {
      isDoubtful = false
      prober = undefined
      wake(Effect.void)
    },
    leave: (who, exhausted) => {
      if (prober !== who) return
      prober = undefined
      wake(exhausted === undefined ? Effect.void : Effect.fail(exhausted))
    }
  }
}
