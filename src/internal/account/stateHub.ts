/**
 * What synchronous code tells, as streams that lose nothing without a word, and end with the connection.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type AccountStreamError, BufferOverflow } from "../../BitfinexError.ts"
import type { Take } from "../stream/pulls.ts"
import * as Pulls from "../stream/pulls.ts"

interface Watcher<A> {
  /** what waits for it, which it takes */
  readonly take: () => ReadonlyArray<A>
  wake: (() => void) | undefined
  end: { readonly failure: AccountStreamError | undefined } | undefined
}

const taking = <A>(watcher: Watcher<A>): Take<A, AccountStreamError> =>
  Effect.suspend((): Take<A, AccountStreamError> => {
    const waiting = watcher.take()
    if (waiting.length > 0) return Pulls.taken(waiting)
    if (watcher.end !== undefined) return Pulls.over(watcher.end.failure)
    return Pulls.waiting<A, AccountStreamError>((resume) => {
      const wake = () => resume(taking(watcher))
      watcher.wake = wake
    })
  })

const wake = (watcher: { wake: (() => void) | undefined }): void => {
  const waiting = watcher.wake
  watcher.wake = undefined
  waiting?.()
}

const watching = <A, W extends Watcher<A>>(watchers: Set<W>, make: () => W): Stream.Stream<A, AccountStreamError> =>
  Stream.unwrapScoped(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          const watcher = make()
          watchers.add(watcher)
          return watcher
        }),
        (watcher) => Effect.sync(() => watchers.delete(watcher))
      ),
      (watcher) => Pulls.fromTake(taking(watcher))
    )
  )

const finish = <W extends Watcher<unknown>>(watchers: Set<W>, failure: AccountStreamError | undefined): void => {
  for (const watcher of watchers) {
    watcher.end ??= { failure }
    wake(watcher)
  }
}

/** Elements, each of which is given to every watcher. */
export interface Hub<A> {
  readonly publish: (value: A) => void
  /** ends the streams after what waits for them */
  readonly end: (failure: AccountStreamError | undefined) => void
  /** how many watch */
  readonly count: () => number
  /** what is published from now on; fails with `BufferOverflow` when more than `capacity` elements wait */
  readonly stream: Stream.Stream<A, AccountStreamError>
}

export const make = <A>(operation: string, capacity: number): Hub<A> => {
  interface Buffered extends Watcher<A> {
    buffer: Array<A>
  }
  const watchers = new Set<Buffered>()
  return {
    publish: (value) => {
      for (const watcher of watchers) {
        if (watcher.end !== undefined) continue
        if (watcher.buffer.push(value) > capacity) {
          watcher.buffer.pop()
          watcher.end = { failure: new BufferOverflow({ operation, capacity }) }
        }
        wake(watcher)
      }
    },
    end: (failure) => finish(watchers, failure),
    count: () => watchers.size,
    stream: watching<A, Buffered>(watchers, () => {
      const watcher: Buffered = {
        buffer: [],
        wake: undefined,
        end: undefined,
        take: () => {
          const out = watcher.buffer
          watcher.buffer = []
          return out
        }
      }
      return watcher
    })
  }
}

/** A value that changes: a watcher is given the newest, however many there were since it looked last. */
export interface Newest<A> {
  readonly changed: () => void
  readonly end: (failure: AccountStreamError | undefined) => void
  /** the value now, and after changes */
  readonly stream: Stream.Stream<A, AccountStreamError>
}

export const newest = <A>(read: () => A): Newest<A> => {
  interface Dirty extends Watcher<A> {
    isDirty: boolean
  }
  const watchers = new Set<Dirty>()
  return {
    changed: () => {
      for (const watcher of watchers) {
        watcher.isDirty = true
        wake(watcher)
      }
    },
    end: (failure) => finish(watchers, failure),
    stream: watching<A, Dirty>(watchers, () => {
      const watcher: Dirty = {
        isDirty: true,
        wake: undefined,
        end: undefined,
        take: () => {
          if (!watcher.isDirty) return []
          watcher.isDirty = false
          return [read()]
        }
      }
      return watcher
    })
  }
}
