import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * A clock that jumps to the next sleeper when all fibers wait. TestClock inspects every fiber before every
 * step, which takes minutes for a thousand of them over a quarter of an hour.
 *
 * Its wall clock can be set independently of the elapsed time, as on a machine whose clock is corrected.
 */
export interface VirtualTime {
  readonly clock: Clock.Clock
  /** elapsed milliseconds, independent of the wall clock */
  readonly passed: () => number
  /** sets the wall clock forward or back */
  readonly step: (millis: number) => void
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export const make = (start = 0): VirtualTime => {
  let passed = 0
  let offset = start
  let running = false
  // a heap, the next one first
  const sleepers: Array<Sleeper> = []

  const push = (sleeper: Sleeper): void => {
    let place = sleepers.push(sleeper) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (sleepers[above]!.at <= sleeper.at) break
      sleepers[place] = sleepers[above]!
      place = above
    }
    sleepers[place] = sleeper
  }

  const pop = (): Sleeper => {
    const first = sleepers[0]!
    const last = sleepers.pop()!
    let place = 0
    while (sleepers.length > 0) {
      let below = 2 * place + 1
      if (below >= sleepers.length) break
      if (below + 1 < sleepers.length && sleepers[below + 1]!.at < sleepers[below]!.at) below++
      if (sleepers[below]!.at >= last.at) break
      sleepers[place] = sleepers[below]!
      place = below
    }
    if (sleepers.length > 0) sleepers[place] = last
    return first
  }

  // an immediate runs after all synchronous work of fibers
  const run = (): void => {
    if (sleepers.length === 0) {
      running = false
      return
    }
    passed = Math.max(passed, sleepers[0]!.at)
    while (sleepers.length > 0 && sleepers[0]!.at <= passed) pop().wake()
    setImmediate(run)
  }

  const millis = (): number => passed + offset
  const nanos = (): bigint => BigInt(Math.round(passed * 1e6))
  return {
    passed: () => passed,
    step: (by) => {
      offset += by
    },
    clock: {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      unsafeCurrentTimeNanos: nanos,
      currentTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        Effect.async((resume) => {
          let awake = false
          push({
            at: passed + Duration.toMillis(duration),
            wake: () => {
              if (!awake) resume(Effect.void)
            }
          })
          if (!running) {
            running = true
            setImmediate(run)
          }
          return Effect.sync(() => {
            awake = true
          })
        })
    }
  }
}

/** the same numbers at every run, from 0 to 1 */
export const random = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    // the low bits of such a sequence have a short period
    return (state >>> 4) / 2 ** 28
  }
}
