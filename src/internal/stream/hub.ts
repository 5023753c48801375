/**
 * Streams of values that synchronous code publishes. Each subscriber has its own buffer, and reads it in a fiber.
 *
 * A `PubSub` does not fit: its `unsafeOffer` drops the newest element, but here the newest must be kept.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Pulls from "./pulls.ts"

interface Subscriber<A, E> {
  /** empties the buffer */
  readonly drain: () => ReadonlyArray<A>
  wake: (() => void) | undefined
  end: { readonly failure: E | undefined } | undefined
}

const take = <A, E>(subscriber: Subscriber<A, E>): Pulls.Take<A, E> =>
  Effect.suspend((): Pulls.Take<A, E> => {
    const elements = subscriber.drain()
    if (elements.length > 0) return Pulls.taken(elements)
    if (subscriber.end !== undefined) return Pulls.over(subscriber.end.failure)
    return Pulls.waiting<A, E>((resume) => {
      const wake = () => resume(take(subscriber))
      subscriber.wake = wake
      // an interrupted read must not keep its fiber alive
      return Effect.sync(() => {
        if (subscriber.wake === wake) subscriber.wake = undefined
      })
    })
  })

const wake = (subscriber: { wake: (() => void) | undefined }): void => {
  const { wake } = subscriber
  subscriber.wake = undefined
  wake?.()
}

/** subscribes for as long as the stream runs */
const subscribed = <S, A, E>(
  subscribers: Set<S>,
  make: () => S,
  use: (subscriber: S) => Stream.Stream<A, E>
): Stream.Stream<A, E> =>
  Stream.unwrapScoped(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          const subscriber = make()
          subscribers.add(subscriber)
          return subscriber
        }),
        (subscriber) => Effect.sync(() => subscribers.delete(subscriber))
      ),
      use
    )
  )

const endAll = <E>(subscribers: Iterable<Subscriber<unknown, E>>, failure: E | undefined): void => {
  for (const subscriber of subscribers) {
    subscriber.end ??= { failure }
    wake(subscriber)
  }
}

/** Elements, each of which every subscriber receives. */
export interface Hub<A, E = never> {
  readonly publish: (element: A) => void
  /** ends the streams once their buffers are read, with a failure or without */
  readonly end: (failure?: E) => void
  /** number of subscribers */
  readonly count: () => number
  /** The elements published from now on; before it, with `first`, the value that this gives when the stream is first read. */
  readonly stream: (first?: () => A) => Stream.Stream<A, E>
}

export interface Options<E> {
  /** elements that may wait for one subscriber */
  readonly capacity: number
  /** the failure of a subscriber that has let more than that wait; without it, it loses the oldest elements */
  readonly overflow?: () => E
}

export const make = <A, E = never>({ capacity, overflow }: Options<E>): Hub<A, E> => {
  interface Buffered extends Subscriber<A, E> {
    buffer: Array<A>
  }
  const subscribers = new Set<Buffered>()

  const subscribe = (): Buffered => {
    const subscriber: Buffered = {
      buffer: [],
      wake: undefined,
      end: undefined,
      drain: () => {
        const elements = subscriber.buffer
        subscriber.buffer = []
        return elements
      }
    }
    return subscriber
  }

  return {
    publish: (element) => {
      for (const subscriber of subscribers) {
        if (subscriber.end !== undefined) continue
        const isFull = subscriber.buffer.push(element) > capacity
        if (isFull && overflow !== undefined) {
          subscriber.buffer.pop()
          subscriber.end = { failure: overflow() }
        } else if (isFull) subscriber.buffer.shift()
        wake(subscriber)
      }
    },
    end: (failure) => endAll(subscribers, failure),
    count: () => subscribers.size,
    stream: (first) =>
      subscribed(subscribers, subscribe, (subscriber) => {
        const later = Pulls.fromTake(take(subscriber))
        if (first === undefined) return later
        const now = Effect.sync(() => {
          // `first` contains the elements published before the first read
          subscriber.buffer = []
          return first()
        })
        return Stream.concat(now, later)
      })
  }
}

/** A value with its changes. */
export interface Value<A> {
  readonly get: () => A
  readonly set: (value: A) => void
  /** the value now, then each later one; a slow subscriber loses old ones, never the newest */
  readonly changes: Stream.Stream<A>
}

export const value = <A>(initial: A): Value<A> => {
  const hub = make<A>({ capacity: 64 })
  let current = initial
  return {
    get: () => current,
    set: (next) => {
      current = next
      hub.publish(next)
    },
    changes: hub.stream(() => current)
  }
}

/** A value that costs something to read: a subscriber gets the newest, once for any number of changes since its last read. */
export interface Newest<A, E = never> {
  readonly changed: () => void
  /** ends the streams once they have read the newest value, with a failure or without */
  readonly end: (failure?: E) => void
  /** the value now, and after changes */
  readonly stream: Stream.Stream<A, E>
}

export const newest = <A, E = never>(read: () => A): Newest<A, E> => {
  interface Behind extends Subscriber<A, E> {
    isBehind: boolean
  }
  const subscribers = new Set<Behind>()

  const subscribe = (): Behind => {
    const subscriber: Behind = {
      isBehind: true,
      wake: undefined,
      end: undefined,
      drain: () => {
        if (!subscriber.isBehind) return []
        subscriber.isBehind = false
        return [read()]
      }
    }
    return subscriber
  }

  return {
    changed: () => {
      for (const subscriber of subscribers) {
        subscriber.isBehind = true
        wake(subscriber)
      }
    },
    end: (failure) => endAll(subscribers, failure),
    stream: subscribed(subscribers, subscribe, (subscriber) => Pulls.fromTake(take(subscriber)))
  }
}
