import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scheduler from "effect/Scheduler"

/**
 * The clock of a simulated world. Time stands still while any task can run, and then jumps to the next sleeper.
 *
 * TestClock would also work, but costs a real timer of at least a millisecond for each of the thousand moments of a run, and
 * its wall clock cannot be set while time passes. Fibers run on a separate scheduler: Effect's own occasionally yields to a
 * real timer, so the order of events would depend on the machine.
 */
export interface WorldTime {
  /** of the client: its wall clock can be set */
  readonly clock: Clock.Clock
  /** the exchange's clock, which is never set */
  readonly steady: Clock.Clock
  /** ms since the start, independent of changes to the wall clock */
  readonly passed: () => number
  /** sets the wall clock of the client forward or back, ms */
  readonly step: (millis: number) => void
  /**
   * The client's process sleeps: none of its timers fires. Afterwards both of its clocks have advanced, or only the wall
   * clock, or neither. Due timers fire after all of `waking` is done, or before it.
   */
  readonly sleep: (
    millis: number,
    clocks: "both" | "wall" | "neither",
    first: "frames" | "timers",
    waking: () => void
  ) => void
  /** runs a program in the world; dies when it deadlocks, or when it runs tasks without time passing */
  readonly run: <A, E>(program: Effect.Effect<A, E>) => Effect.Effect<Exit.Exit<A, E>>
}

interface Sleeper {
  at: number
  readonly place: number
  /** of the client's clock */
  readonly isClients: boolean
  wake: (() => void) | undefined
}

/** number of tasks within one moment above which a world counts as spinning */
const spinning = 2_000_000

const isSooner = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.place < b.place)

const makeHeap = () => {
  const all: Array<Sleeper> = []
  const self = {
    first: () => all[0],
    /** changes the times of some, and puts everything in order again */
    move: (change: (sleeper: Sleeper) => void): void => {
      const old = all.splice(0)
      for (const sleeper of old) {
        change(sleeper)
        self.push(sleeper)
      }
    },
    push: (sleeper: Sleeper): void => {
      let place = all.push(sleeper) - 1
      while (place > 0) {
        const above = (place - 1) >> 1
        if (isSooner(all[above]!, sleeper)) break
        all[place] = all[above]!
        place = above
      }
      all[place] = sleeper
    },
    pop: (): Sleeper => {
      const first = all[0]!
      const last = all.pop()!
      const size = all.length
      let place = 0
      while (size > 0) {
        let below = 2 * place + 1
        if (below >= size) break
        if (below + 1 < size && isSooner(all[below + 1]!, all[below]!)) below++
        if (isSooner(last, all[below]!)) break
        all[place] = all[below]!
        place = below
      }
      if (size > 0) all[place] = last
      return first
    }
  }
  return self
}

/** `start` is the initial time of both clocks; `limit` is the maximum duration; both in ms */
export const make = (start: number, limit: number): WorldTime => {
  const sleepers = makeHeap()
  let passed = 0
  let offset = 0
  /** ms that the client's monotonic clock has not counted */
  let missed = 0
  let places = 0
  let failed: ((why: string) => void) | undefined

  let tasks: Array<() => void> = []
  let isFlushing = false
  let done = 0
  const flush = (): void => {
    while (tasks.length > 0) {
      const now = tasks
      tasks = []
      for (let k = 0; k < now.length; k++) now[k]!()
      done += now.length
      if (done > spinning) {
        tasks = []
        failed?.(`more than ${spinning} tasks at ${passed} ms`)
      }
    }
    isFlushing = false
  }
  const scheduler: Scheduler.Scheduler = {
    shouldYield: (fiber) => fiber.currentOpCount > 2048 ? 0 : false,
    scheduleTask: (task) => {
      tasks.push(task)
      if (isFlushing) return
      isFlushing = true
      queueMicrotask(flush)
    }
  }

  const sleepOf = (isClients: boolean) => (duration: Duration.Duration): Effect.Effect<void> =>
    Effect.async((resume) => {
      const sleeper: Sleeper = {
        at: passed + Duration.toMillis(duration),
        place: places++,
        isClients,
        wake: () => resume(Effect.void)
      }
      sleepers.push(sleeper)
      return Effect.sync(() => {
        sleeper.wake = undefined
      })
    })

  const clockOf = (isClients: boolean, millis: () => number): Clock.Clock => {
    // a clock's nanoseconds are monotonic: setting the time of day does not change them
    const nanos = () => BigInt(Math.round((start + passed - (isClients ? missed : 0)) * 1e6))
    return {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      unsafeCurrentTimeNanos: nanos,
      currentTimeNanos: Effect.sync(nanos),
      sleep: sleepOf(isClients)
    }
  }

  const sleep: WorldTime["sleep"] = (millis, clocks, first, waking) => {
    const until = passed + millis
    if (clocks !== "both") missed += millis
    if (clocks === "neither") offset -= millis
    // fibers that wake at one moment run when all of that moment is done
    const moment = 0.001
    const [due, entry] = first === "frames" ? [until + moment, until] : [until, until + moment]
    sleepers.push({ at: entry, place: places++, isClients: false, wake: waking })
    sleepers.move((sleeper) => {
      if (!sleeper.isClients) return
      // timers run by the monotonic clock
      sleeper.at = clocks === "both" ? Math.max(sleeper.at, due) : Math.max(sleeper.at + millis, due)
    })
  }

  const steady = clockOf(false, () => start + passed)
  return {
    clock: clockOf(true, () => start + passed + offset),
    steady,
    passed: () => passed,
    step: (millis) => {
      offset += millis
    },
    sleep,
    run: <A, E>(program: Effect.Effect<A, E>) =>
      Effect.async<Exit.Exit<A, E>>((resume) => {
        let isOver = false
        const end = (how: Effect.Effect<Exit.Exit<A, E>>) => {
          if (isOver) return
          isOver = true
          resume(how)
        }
        failed = (why) => end(Effect.dieMessage(`the world spins: ${why}`))
        // an immediate comes after all that fibers and promises do at once
        const next = (): void => {
          if (isOver) return
          done = 0
          let first = sleepers.first()
          while (first !== undefined && first.wake === undefined) {
            sleepers.pop()
            first = sleepers.first()
          }
          if (first === undefined) return end(Effect.dieMessage(`the world stands still at ${passed} ms`))
          if (first.at > limit) return end(Effect.dieMessage(`the world did not end within ${limit} ms`))
          passed = Math.max(passed, first.at)
          while (first !== undefined && first.at <= passed) {
            const { wake } = sleepers.pop()
            wake?.()
            first = sleepers.first()
          }
          setImmediate(next)
        }
        const fiber = Effect.runFork(Effect.withClock(program, steady), { scheduler })
        fiber.addObserver((exit) => end(Effect.succeed(exit)))
        setImmediate(next)
      })
  }
}
