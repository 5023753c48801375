/**
 * One direction of a connection: a queue with a travel time, which can stall and can be cut.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Clocks from "../../../internal/time/clock.ts"

interface Item {
  readonly due: number
  readonly deliver: () => void
  /** no item follows, so the pump can end */
  readonly isLast: boolean
}

export interface Way {
  /** delivers after `millis`, and after every earlier item */
  readonly push: (millis: number, deliver: () => void) => void
  /** the last delivery: the pump ends after it */
  readonly end: (millis: number, deliver: () => void) => void
  /** drops the items in transit, and all later ones */
  readonly cut: () => void
  readonly isCut: () => boolean
  /** holds all items until this time of the clock, and then delivers them in order */
  readonly stall: (until: number) => void
  /** delivers until the last item */
  readonly pump: Effect.Effect<void>
}

export const makeWay = (clock: Clock.Clock): Effect.Effect<Way> =>
  Effect.map(Queue.unbounded<Item>(), (queue) => {
    let isCut = false
    let stalledUntil = -Infinity
    const offer = (millis: number, deliver: () => void, isLast: boolean) => {
      queue.unsafeOffer({ due: Clocks.mts(clock) + millis, deliver, isLast })
    }
    // each wait is computed once, so that setting the clock meanwhile neither shortens nor lengthens it
    const arrival = (due: number): Effect.Effect<void> =>
      Effect.suspend(() => {
        const known = stalledUntil
        const wait = Math.max(due, isCut ? -Infinity : known) - Clocks.mts(clock)
        if (wait <= 0) return Effect.void
        const asleep = clock.sleep(Duration.millis(wait))
        return Effect.zipRight(asleep, Effect.suspend(() => stalledUntil === known ? Effect.void : arrival(-Infinity)))
      })
    return {
      push: (millis, deliver) => offer(millis, deliver, false),
      end: (millis, deliver) => offer(millis, deliver, true),
      cut: () => {
        isCut = true
      },
      isCut: () => isCut,
      stall: (until) => {
        stalledUntil = until
      },
      pump: Effect.gen(function*() {
        while (true) {
          const item = yield* Queue.take(queue)
          yield* arrival(item.due)
          if (!isCut) item.deliver()
          if (item.isLast) return
        }
      })
    }
  })
