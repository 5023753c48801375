/**
 * What synchronous code tells, and Effects watch. Each watcher has a bounded buffer, of which the oldest goes first: a
 * sliding `PubSub` does not do, since its `unsafeOffer` drops the newest.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Take } from "./pulls.ts"
import * as Pulls from "./pulls.ts"

export interface Hub<A> {
  readonly publish: (value: A) => void
  /** what is published from now on; `first` is asked when a watcher looks for the first time */
  readonly watch: (first?: () => A) => Stream.Stream<A>
}

interface Watcher<A> {
  buffer: Array<A>
  wake: (() => void) | undefined
}

export const makeHub = <A>(capacity: number): Hub<A> => {
  const watchers = new Set<Watcher<A>>()

  const take = (watcher: Watcher<A>): Take<A> =>
    Effect.suspend(() => {
      if (watcher.buffer.length > 0) {
        const out = watcher.buffer
        watcher.buffer = []
        return Pulls.taken(out)
      }
      return Pulls.waiting<A>((resume) => {
        watcher.wake = () => resume(take(watcher))
        return Effect.sync(() => {
          watcher.wake = undefined
        })
      })
    })

  const join = Effect.acquireRelease(
    Effect.sync(() => {
      const watcher: Watcher<A> = { buffer: [], wake: undefined }
      watchers.add(watcher)
      return watcher
    }),
    (watcher) => Effect.sync(() => watchers.delete(watcher))
  )

  return {
    publish: (value) => {
      for (const watcher of watchers) {
        watcher.buffer.push(value)
        if (watcher.buffer.length > capacity) watcher.buffer.shift()
        const { wake } = watcher
        watcher.wake = undefined
        wake?.()
      }
    },
    watch: (first) =>
      Stream.unwrapScoped(Effect.map(join, (watcher) => {
        const others = Pulls.fromTake(take(watcher))
        if (first === undefined) return others
        const now = Effect.sync(() => {
          // what was published before the first look is contained in it
          watcher.buffer = []
          return first()
        })
        return Stream.concat(now, others)
      }))
  }
}

/** A value that changes. */
export interface Watch<A> {
  readonly get: () => A
  readonly set: (value: A) => void
  /** the value now, then each later one; a slow watcher loses old ones, never the newest */
  readonly changes: Stream.Stream<A>
}

export const make = <A>(initial: A): Watch<A> => {
  const hub = makeHub<A>(64)
  let value = initial
  return {
    get: () => value,
    set: (next) => {
      value = next
      hub.publish(next)
    },
    changes: hub.watch(() => value)
  }
}
