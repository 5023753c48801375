/**
 * One consumer of a subscription: a bounded buffer between the socket's listener, which must not wait, and a fiber.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { BufferOverflow, type StreamError } from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { ChannelEvent, Snapshot } from "../../ChannelEvent.ts"

type Event = ChannelEvent<unknown>

/** what a consumer needs of the subscription that feeds it */
export interface Source {
  readonly epoch: number
  /** the state after all updates so far; undefined before the first snapshot of the epoch */
  readonly current: (skipped: number) => Snapshot<unknown> | undefined
  /** stops reading the socket; each call is undone by one `resume` */
  readonly pause: () => void
  readonly resume: () => void
}

export class Consumer {
  readonly #source: Source
  readonly #policy: BufferPolicy["policy"]
  readonly #capacity: number
  readonly #operation: string
  #buffer: Array<Event> = []
  /** index of the oldest element: those before it were dropped */
  #head = 0
  #lost = 0
  #paused = false
  #failure: StreamError | undefined
  #ended = false
  #waiting: (() => void) | undefined

  constructor(source: Source, buffer: BufferPolicy, operation: string) {
    this.#source = source
    this.#policy = buffer.policy
    this.#capacity = buffer.capacity
    this.#operation = operation
  }

  push(event: Event): void {
    if (this.#ended) return
    if (this.#buffer.length - this.#head < this.#capacity && this.#lost === 0) this.#buffer.push(event)
    else this.#overflow(event)
    this.#wake()
  }

  /** ends the stream after what is buffered: with a failure, or just so */
  end(failure?: StreamError): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = failure
    this.#wake()
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
        this.#head++
        this.#lost++
        if (this.#head >= this.#capacity) {
          this.#buffer.splice(0, this.#head)
          this.#head = 0
        }
        break
      case "dropping":
        this.#lost++
        break
      case "conflate":
        // the state says it all: what waits is forgotten, and taken as one snapshot when the consumer comes
        this.#lost += 1 + this.#buffer.length
        this.#buffer = []
        break
      case "fail":
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

  #drain(): Array<Event> {
    const out = this.#head === 0 ? this.#buffer : this.#buffer.slice(this.#head)
    this.#buffer = []
    this.#head = 0
    if (this.#lost > 0) {
      const lost = this.#lost
      this.#lost = 0
      const gap: Event = { _tag: "Gap", epoch: this.#source.epoch, cause: "buffer", lost }
      if (this.#policy === "sliding") out.unshift(gap)
      else if (this.#policy === "dropping") out.push(gap)
      else out.push(this.#source.current(lost) ?? gap)
    }
    if (this.#paused) {
      this.#paused = false
      this.#source.resume()
    }
    return out
  }

  /** everything that waits, as soon as something does */
  readonly take: Effect.Effect<Chunk.Chunk<Event>, Option.Option<StreamError>> = Effect.suspend(() => {
    if (this.#buffer.length > 0 || this.#lost > 0) return Effect.succeed(Chunk.unsafeFromArray(this.#drain()))
    if (this.#ended) return Effect.fail(Option.fromNullable(this.#failure))
    return Effect.async<Chunk.Chunk<Event>, Option.Option<StreamError>>((resume) => {
      this.#waiting = () => resume(this.take)
      return Effect.sync(() => {
        this.#waiting = undefined
      })
    })
  })

  /** forgets what waits and lets the socket go on */
  dispose(): void {
    this.#ended = true
    this.#lost = 0
    this.#drain()
  }
}
