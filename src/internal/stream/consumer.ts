/**
 * One consumer of a subscription: a bounded buffer between the socket's listener, which must not wait, and a fiber.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { BufferOverflow, type StreamError } from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { ChannelEvent, Interrupted, Snapshot, SnapshotMissing } from "../../ChannelEvent.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"
import type { Delivery } from "./delivery.ts"
import type { Feed } from "./inPlace.ts"
import * as Metrics from "./metrics.ts"
import type { Take } from "./pulls.ts"
import * as Pulls from "./pulls.ts"

type Event = ChannelEvent<unknown>

/** the members of the feeding subscription that a consumer uses */
export interface Source {
  readonly delivery: Delivery
  /** the state after all updates so far; undefined before the first snapshot of the epoch */
  readonly current: (skipped: number) => Snapshot<unknown> | SnapshotMissing<unknown> | undefined
  /** stops reading the socket; each call is undone by one `resume` */
  readonly pause: () => void
  readonly resume: () => void
  /** a consumer begins to run in place, or ends it */
  readonly turned: () => void
}

export class Consumer implements Feed<Event, StreamError> {
  /** of a consumer that runs in place: the function for each element */
  #direct: ((event: Event) => void) | undefined
  /** it runs in place, and nothing waits, which would come first */
  #isDirect = false
  readonly #source: Source
  readonly #delivery: Delivery
  readonly #policy: BufferPolicy["policy"]
  readonly #capacity: number
  readonly #operation: string
  #buffer: Array<Event> = []
  /** index of the oldest element: those before it were dropped */
  #head = 0
  /** the newest dropped element that begins or ends an epoch: it is kept after all */
  #boundary: Snapshot<unknown> | SnapshotMissing<unknown> | Interrupted | undefined
  /** elements dropped before it, and after it */
  #lostBefore = 0
  #lost = 0
  /** of the last element dropped */
  #lostEpoch = 0
  #paused = false
  #failure: StreamError | undefined
  #ended = false
  #waiting: (() => void) | undefined
  /** of a consumer that runs in place: called with a defect of its function */
  #onDefect: (defect: unknown) => void = () => {}

  constructor(source: Source, buffer: BufferPolicy, operation: string) {
    this.#source = source
    this.#delivery = source.delivery
    this.#policy = buffer.policy
    this.#capacity = buffer.capacity
    this.#operation = operation
  }

  push(event: Event): void {
    if (this.#ended) return
    if (this.#isDirect && this.#delivery.isOpen) return this.#delivery.add(this, event)
    this.#turn(false)
    if (this.#buffer.length - this.#head < this.#capacity && !this.#hasLost) this.#buffer.push(event)
    else this.#overflow(event)
    this.#wake()
  }

  /** the function that may receive an element at once; undefined unless the consumer runs in place and nothing waits */
  get direct(): ((event: Event) => void) | undefined {
    return this.#isDirect ? this.#direct : undefined
  }

  /** an element delivered while it ran in place */
  receive(event: Event): void {
    const direct = this.#direct
    if (direct === undefined) return
    try {
      direct(event)
    } catch (defect) {
      this.#onDefect(defect)
    }
  }

  /** its function has thrown */
  die(defect: unknown): void {
    this.#onDefect(defect)
  }

  /** ends the stream after its buffer, with a failure or without */
  end(failure?: StreamError): void {
    if (this.#ended) return
    this.#ended = true
    this.#turn(false)
    this.#failure = failure
    // the rest may never be taken, and there may be another socket by then
    this.#release()
    this.#wake()
  }

  #turn(isDirect: boolean): void {
    if (this.#isDirect === isDirect) return
    this.#isDirect = isDirect
    this.#source.turned()
  }

  get #hasNext(): boolean {
    return this.#buffer.length > 0 || this.#hasLost
  }

  get #hasLost(): boolean {
    return this.#lost > 0 || this.#boundary !== undefined
  }

  #lose(event: Event, policy: "sliding" | "dropping" | "conflate"): void {
    this.#lostEpoch = event.epoch
    if (event._tag === "Snapshot" || event._tag === "SnapshotMissing" || event._tag === "Interrupted") {
      this.#lostBefore += this.#lost + (this.#boundary === undefined ? 0 : 1)
      this.#lost = 0
      // the newest is kept, in place of one before it; under conflate the state takes its place
      if (this.#boundary !== undefined || policy === "conflate") Metrics.drop(policy)
      this.#boundary = event
    } else {
      this.#lost++
      Metrics.drop(policy)
    }
  }

  /** the elements that take the place of dropped ones */
  #losses(): Array<Event> {
    const lostAfter = this.#lost
    const lostBefore = this.#lostBefore
    const boundary = this.#boundary
    this.#lost = this.#lostBefore = 0
    this.#boundary = undefined
    if (this.#policy === "conflate") {
      // the state says it all, where there is one
      const current = this.#source.current(lostBefore + lostAfter + (boundary === undefined ? 0 : 1))
      if (current !== undefined) return [current]
    }
    const out: Array<Event> = []
    const gap = (epoch: number, lost: number) => out.push({ _tag: "Gap", epoch, cause: "buffer", lost })
    if (boundary !== undefined && lostBefore > 0) gap(boundary.epoch, lostBefore)
    if (boundary !== undefined) out.push(boundary)
    if (lostAfter > 0) gap(this.#lostEpoch, lostAfter)
    return out
  }

  #wake(): void {
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      waiting()
    }
  }

  #overflow(event: Event): void {
    switch (this.#policy) {
      case "sliding":
        this.#buffer.push(event)
        this.#lose(this.#buffer[this.#head++]!, "sliding")
        if (this.#head >= this.#capacity) {
          this.#buffer.splice(0, this.#head)
          this.#head = 0
        }
        break
      case "dropping":
        this.#lose(event, "dropping")
        break
      case "conflate":
        // the buffer is dropped; the consumer reads one snapshot in its place
        for (const waiting of this.#buffer) this.#lose(waiting, "conflate")
        this.#lose(event, "conflate")
        this.#buffer = []
        break
      case "fail":
        Metrics.drop("fail")
        this.end(new BufferOverflow({ operation: this.#operation, capacity: this.#capacity }))
        break
      case "suspend":
        this.#buffer.push(event)
        if (!this.#paused) {
          this.#paused = true
          this.#source.pause()
        }
    }
  }

  #drain(): ReadonlyArray<Event> {
    const kept = this.#head === 0 ? this.#buffer : this.#buffer.slice(this.#head)
    this.#buffer = []
    this.#head = 0
    let out = kept
    if (this.#hasLost) {
      const losses = this.#losses()
      out = this.#policy === "sliding" ? losses.concat(kept) : kept.concat(losses)
    }
    this.#release()
    return out
  }

  #release(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.resume()
  }

  /** how the stream ends once its buffer is empty */
  readonly #end: Effect.Effect<void, StreamError> = Effect.suspend(() =>
    this.#failure === undefined ? Effect.void : Effect.fail(this.#failure)
  )

  /** until something waits, or the end */
  readonly #something: Effect.Effect<void> = Later.callback<void>((resume) => {
    // the fiber may have yielded since it looked
    if (this.#hasNext || this.#ended) return resume(Effect.void)
    // made before it is assigned: V8 allocates a function that is made in an assignment to a property among old
    // objects, which keep everything they reference alive until a full collection. Interruption needs no more: `resume`
    // does nothing then.
    const wake = () => resume(Effect.void)
    this.#waiting = wake
  })

  /** everything that waits, as soon as something does */
  readonly take: Take<Event, StreamError> = Effect.suspend(() => {
    if (this.#hasNext) return Pulls.taken(this.#drain())
    if (this.#ended) return Pulls.over(this.#failure)
    return Effect.zipRight(this.#something, this.take)
  })

  readonly events: Stream.Stream<Event, StreamError> = Pulls.fromTake(this.take)

  /** one loop for all elements, with nothing made for each chunk of them */
  forEach<E, R>(f: (event: Event) => Effect.Effect<unknown, E, R>): Effect.Effect<void, E | StreamError, R> {
    return Effect.suspend(() => {
      let chunk: ReadonlyArray<Event> = []
      let at = 0
      const loop = Effect.whileLoop<unknown, E, R>({
        while: () => {
          if (at < chunk.length) return true
          chunk = this.#hasNext ? this.#drain() : []
          at = 0
          return chunk.length > 0 || !this.#ended
        },
        body: () => at < chunk.length ? f(chunk[at++]!) : this.#something,
        step: () => undefined
      })
      return Effect.zipRight(loop, this.#end)
    })
  }

  /**
   * `f` runs right after its frame was handled or, for elements that no frame caused, in a task of the scheduler, as a
   * fiber would: it cannot run between two steps of the connection.
   */
  forEachSync(f: (event: Event) => void): Effect.Effect<void, StreamError> {
    return Fibers.withFiber<void, StreamError>((fiber) => {
      const schedule = Fibers.scheduler(fiber)
      return Later.callback<void, StreamError>((resume) => {
        const stop = (): void => {
          this.#turn(false)
          this.#direct = undefined
        }
        const wake = (): void => schedule(work)
        const work = (): void => {
          for (const event of this.#drain()) this.receive(event)
          if (this.#direct === undefined) return
          if (this.#hasNext) return wake()
          if (this.#ended) return resume(this.#end)
          this.#waiting = wake
          this.#turn(true)
        }
        this.#onDefect = (defect) => {
          stop()
          resume(Effect.die(defect))
        }
        // the function of the user itself: one around it costs a tenth where many consumers share a channel
        this.#direct = f
        work()
        return Effect.sync(stop)
      })
    })
  }

  /** drops the buffer and resumes the socket */
  dispose(): void {
    this.#ended = true
    this.#turn(false)
    this.#direct = undefined
    this.#drain()
  }
}
