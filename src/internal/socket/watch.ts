/**
 * A value that changes in synchronous code and is watched from Effects.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

export interface Watch<A> {
  readonly get: () => A
  readonly set: (value: A) => void
  /** the value now, then each later one; a slow watcher loses old ones, never the newest */
  readonly changes: Stream.Stream<A>
}

export const make = <A>(initial: A): Effect.Effect<Watch<A>> =>
  Effect.map(PubSub.sliding<A>(64), (pubsub) => {
    let value = initial
    // what was set before the first look is contained in it
    const look = (queue: Queue.Dequeue<A>) => Effect.map(Queue.takeAll(queue), () => value)
    return {
      get: () => value,
      set: (next) => {
        value = next
        pubsub.unsafeOffer(next)
      },
      changes: Stream.unwrapScoped(
        Effect.map(PubSub.subscribe(pubsub), (queue) => Stream.concat(look(queue), Stream.fromQueue(queue)))
      )
    }
  })
