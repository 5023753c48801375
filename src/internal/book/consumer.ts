/**
 * One consumer of a live book, between the socket's listener, which must not wait, and a fiber.
 *
 * Each element is a whole state, so leaving some out loses time and nothing else; `version` counts them.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BufferOverflow, type StreamError } from "../../BitfinexError.ts"
import type { Resyncing, State, Synced } from "../../Book.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { Delivery } from "../stream/delivery.ts"
import type { Feed } from "../stream/inPlace.ts"
import * as Metrics from "../stream/metrics.ts"
import type { Take } from "../stream/pulls.ts"
import * as Pulls from "../stream/pulls.ts"
import * as Clocks from "../time/clock.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"

/** the members of the feeding book that a consumer uses */
export interface Source<A> {
  readonly delivery: Delivery
  /** the newest state that may be served; undefined if there is none */
  readonly state: () => Synced<A> | undefined
  readonly bestPrices: () => readonly [bid: number | undefined, ask: number | undefined]
  /** stops reading the socket; each call is undone by one with false */
  readonly pause: (wanted: boolean) => void
  /** notices that this process slept, before a book of before is given */
  readonly look: () => void
}

export interface Options {
  readonly operation: string
  readonly buffer: BufferPolicy
  /** ms between two books, at least; 0 for all */
  readonly every: number
  /** only books whose best prices differ from those last given */
  readonly onBest: boolean
}

/** ms that no step of the clock changes: setting the clock must not delay a book */
const steadyNow: Effect.Effect<number> = Clock.clockWith((clock) => Effect.sync(Clocks.steady(clock)))

export class BookConsumer<A> implements Feed<State<A>, StreamError> {
  readonly #source: Source<A>
  readonly #options: Options
  readonly #isConflated: boolean
  /** states that wait, under other policies than `conflate` */
  #queue: Array<State<A>> = []
  /** there is a state that was not given yet */
  #dirty = false
  /** the newest resynchronization that was not delivered yet */
  #boundary: Resyncing | undefined
  #paused = false
  #ended = false
  #failure: Cause.Cause<StreamError> | undefined
  #waiting: (() => void) | undefined
  /** of one that runs in place: gives what waits */
  #direct: (() => void) | undefined
  /** wakes from the wait between two books */
  #hurry: (() => void) | undefined
  /** ms before which no other book is given */
  #notBefore = 0
  #bid: number | undefined
  #ask: number | undefined
  #hasGiven = false

  constructor(source: Source<A>, options: Options) {
    this.#source = source
    this.#options = options
    this.#isConflated = options.buffer.policy === "conflate"
  }

  /** there is another state */
  changed(): void {
    if (this.#ended) return
    if (this.#isConflated) {
      if (this.#options.onBest && !this.#dirty && this.#hasGiven && this.#isSameBest()) return
      this.#dirty = true
    } else {
      const state = this.#source.state()
      if (state !== undefined) this.#push(state)
    }
    this.#wake()
  }

  /** the frame of a change has been handled */
  receive(_: undefined): void {
    this.#direct?.()
  }

  /** the book has ended */
  withheld(state: Resyncing): void {
    if (this.#ended) return
    this.#hasGiven = false
    if (this.#isConflated || (this.#options.buffer.policy === "dropping" && this.#isFull)) {
      this.#dirty = false
      this.#boundary = state
    } else this.#push(state)
    this.#wake()
    this.#hurry?.()
  }

  end(failure?: Cause.Cause<StreamError>): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = failure
    this.#wake()
    this.#hurry?.()
  }

  /** drops the buffer and resumes the socket */
  dispose(): void {
    this.end()
    this.#queue = []
    this.#resume()
  }

  /** whether the change is one that the consumer wants */
  #isNews(): boolean {
    if (this.#options.onBest && this.#hasGiven && this.#isSameBest()) this.#dirty = false
    return this.#dirty
  }

  #isSameBest(): boolean {
    const [bid, ask] = this.#source.bestPrices()
    return bid === this.#bid && ask === this.#ask
  }

  #wake(): void {
    if (this.#direct !== undefined && this.#source.delivery.isOpen) {
      return this.#source.delivery.add(this, undefined)
    }
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      waiting()
    }
  }

  get #isFull(): boolean {
    return this.#queue.length >= this.#options.buffer.capacity
  }

  #push(state: State<A>): void {
    const { capacity, policy } = this.#options.buffer
    const isFull = this.#isFull
    switch (policy) {
      case "fail":
        if (isFull) Metrics.drop(policy)
        if (isFull) return this.end(Cause.fail(new BufferOverflow({ operation: this.#options.operation, capacity })))
        break
      case "sliding":
        if (isFull) Metrics.drop(policy)
        if (isFull) this.#queue.shift()
        break
      case "dropping":
        // the newest is given after all, as soon as there is room: no other one would be of use then
        if (this.#dirty) Metrics.drop(policy)
        this.#dirty ||= isFull
        if (this.#dirty) return
        break
      case "suspend":
        if (this.#queue.length + 1 >= capacity && !this.#paused) {
          this.#paused = true
          this.#source.pause(true)
        }
    }
    this.#queue.push(state)
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.pause(false)
  }

  /** the elements to deliver now; empty when there are none */
  #drain(): Array<State<A>> {
    this.#source.look()
    let out: Array<State<A>> = []
    if (this.#queue.length > 0) [out, this.#queue] = [this.#queue, out]
    if (this.#boundary !== undefined) out.push(this.#boundary)
    this.#boundary = undefined
    if (this.#dirty && this.#isNews()) {
      const state = this.#source.state()
      if (state !== undefined) {
        this.#dirty = false
        out.push(state)
        if (this.#options.onBest) [this.#bid, this.#ask] = this.#source.bestPrices()
        this.#hasGiven = true
      }
    }
    this.#resume()
    return out
  }

  /** everything that waits, as soon as something does */
  readonly #next: Take<State<A>, StreamError> = Effect.suspend(() => {
    const out = this.#drain()
    if (out.length > 0) return Pulls.taken(out)
    if (this.#ended) return Pulls.ended(this.#failure)
    return Pulls.waiting<State<A>, StreamError>((resume) => {
      // made before it is assigned: see `Consumer.take`
      const wake = () => resume(this.#next)
      this.#waiting = wake
    })
  })

  /** until the next book may be delivered, or the book has ended */
  readonly #patience: Effect.Effect<void> = Effect.flatMap(
    steadyNow,
    (now) =>
      now >= this.#notBefore || this.#boundary !== undefined || this.#ended
        ? Effect.void
        : Effect.raceFirst(
          Effect.sleep(this.#notBefore - now),
          Later.callback<void>((resume) => {
            const hurry = () => resume(Effect.void)
            this.#hurry = hurry
            // this runs in a fiber of its own: a change between the check above and now has woken no fiber
            if (this.#boundary !== undefined || this.#ended) hurry()
          })
        )
  )

  readonly take: Take<State<A>, StreamError> = Effect.suspend(() =>
    this.#options.every === 0
      ? this.#next
      : Effect.zipRight(this.#patience, this.#next).pipe(
        Effect.tap(() =>
          Effect.map(steadyNow, (now) => {
            // a resynchronisation does not delay the book that ends it
            this.#notBefore = this.#hasGiven ? now + this.#options.every : 0
          })
        )
      )
  )

  readonly events: Stream.Stream<State<A>, StreamError> = Pulls.fromTake(this.take)

  forEach<E, R>(f: (state: State<A>) => Effect.Effect<unknown, E, R>): Effect.Effect<void, E | StreamError, R> {
    return Stream.runForEach(this.events, f)
  }

  /**
   * `f` runs right after the frame that changed the book or, for what no frame caused, in a task of the scheduler, as a
   * fiber would. With a pause between two books it waits for one in a fiber.
   */
  forEachSync(f: (state: State<A>) => void): Effect.Effect<void, StreamError> {
    if (this.#options.every > 0) return Pulls.forEachSync(this.events, f)
    return Fibers.withFiber<void, StreamError>((fiber) => {
      const schedule = Fibers.scheduler(fiber)
      return Later.callback<void, StreamError>((resume) => {
        let isOver = false
        const stop = (): void => {
          isOver = true
          this.#direct = this.#waiting = undefined
        }
        const finish = (how: Effect.Effect<void, StreamError>): void => {
          stop()
          resume(how)
        }
        const give = (): void => {
          try {
            for (const state of this.#drain()) if (!isOver) f(state)
          } catch (defect) {
            return finish(Effect.die(defect))
          }
          if (isOver) return
          if (this.#ended) return finish(this.#failure === undefined ? Effect.void : Effect.failCause(this.#failure))
          this.#waiting = wake
        }
        const wake = (): void => schedule(() => isOver ? undefined : give())
        this.#direct = give
        give()
        return Effect.sync(stop)
      })
    })
  }
}
