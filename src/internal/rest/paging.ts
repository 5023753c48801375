/**
 * Histories in pages of time, without a hole and without a double at the seams.
 *
 * The venue's bounds are inclusive, so each page begins at the last millisecond of the one before, and the rows of that
 * millisecond that were already delivered are counted off. Nothing depends on how many rows share it, unless they are
 * more than the largest page holds: then the stream fails, since the rest could not be reached.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { DecodeError, PageOverflow } from "../../BitfinexError.ts"

/**
 * What to ask for: bounds in milliseconds, both inclusive.
 *
 * @internal
 */
export interface Page {
  readonly start: number | undefined
  readonly end: number | undefined
  readonly limit: number
}

/**
 * A history and how to ask for it.
 *
 * @internal
 */
export interface Options<A, E, R> {
  readonly operation: string
  /** asks for the rows within the bounds, ordered by `direction`, the first `limit` of them */
  readonly fetch: (page: Page) => Effect.Effect<ReadonlyArray<A>, E, R>
  /** 1 oldest first, -1 newest first */
  readonly direction: 1 | -1
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** rows in a page, and how far that may grow when they share one millisecond */
  readonly limit: number
  readonly maxLimit: number
  /** the time that bounds are compared with, in milliseconds; it may have a fraction */
  readonly mts: (row: A) => number
  /** equal for the same row in two pages; rows of one millisecond may share it, and are then counted */
  readonly identity: (row: A) => string | number
}

interface Seam {
  /** the millisecond up to which all is delivered but perhaps rows of that millisecond itself */
  readonly at: number | undefined
  /** how often each row of that millisecond was delivered */
  readonly seen: ReadonlyMap<string | number, number>
  readonly limit: number
}

/**
 * The whole history, a page at a time, each asked for when it is wanted.
 *
 * It ends with a page that brings nothing new, not with one that is merely short: a limit that the venue lowered without
 * a word would make every page short. That costs one more request.
 *
 * @internal
 */
export const pages = <A, E, R>(options: Options<A, E, R>): Stream.Stream<A, E | PageOverflow | DecodeError, R> => {
  const { direction, identity, maxLimit, mts, operation } = options
  const forward = direction === 1
  const [near, far] = forward ? [options.start, options.end] : [options.end, options.start]
  /** whole milliseconds, rounded against the direction: the next page begins there */
  const round = forward ? Math.floor : Math.ceil
  const beyond = (time: number, bound: number | undefined): boolean =>
    bound !== undefined && direction * (time - bound) > 0
  const before = (time: number, bound: number | undefined): boolean =>
    bound !== undefined && direction * (time - bound) < 0

  const broken = (row: number, expected: string, time: number): DecodeError =>
    new DecodeError({ operation, layout: "page", field: "mts", index: null, row, expected, actual: String(time) })

  const step = Effect.fnUntraced(function*({ at, limit, seen }: Seam) {
    const from = at ?? near
    const page = forward ? { start: from, end: far, limit } : { start: far, end: from, limit }
    const rows = yield* options.fetch(page)

    const fresh: Array<A> = []
    const known = new Map(seen)
    let previous = at
    let outside = 0
    for (const [place, row] of rows.entries()) {
      const time = round(mts(row))
      // a venue that ignores a bound or the order would otherwise leave a hole that nobody sees
      if (before(time, previous)) {
        return yield* Effect.fail(broken(place, `${forward ? "not before" : "not after"} ${previous}`, time))
      }
      previous = time
      if (before(time, near) || beyond(time, far)) {
        outside++
        continue
      }
      const count = time === at ? known.get(identity(row)) ?? 0 : 0
      if (count > 0) known.set(identity(row), count - 1)
      else fresh.push(row)
    }
    if (outside > 0 && outside === rows.length) {
      return yield* Effect.fail(broken(0, `from ${options.start ?? "any"} to ${options.end ?? "any"}`, previous!))
    }

    const full = rows.length >= limit
    if (fresh.length === 0) {
      if (!full || outside > 0) return [Chunk.empty<A>(), Option.none<Seam>()] as const
      // all rows of the page are of one millisecond, and known
      if (limit >= maxLimit) return yield* Effect.fail(new PageOverflow({ operation, mts: at!, limit }))
      return [Chunk.empty<A>(), Option.some<Seam>({ at, seen, limit: Math.min(maxLimit, limit * 2) })] as const
    }

    const last = round(mts(fresh[fresh.length - 1]!))
    const counts = new Map(last === at ? seen : [])
    for (const row of fresh) {
      if (round(mts(row)) === last) counts.set(identity(row), (counts.get(identity(row)) ?? 0) + 1)
    }
    const tied = full && round(mts(rows[0]!)) === last
    const next = tied ? Math.min(maxLimit, limit * 2) : options.limit
    return [Chunk.unsafeFromArray(fresh), Option.some<Seam>({ at: last, seen: counts, limit: next })] as const
  })

  return Stream.paginateChunkEffect<Seam, A, E | PageOverflow | DecodeError, R>(
    { at: undefined, seen: new Map(), limit: Math.min(options.limit, maxLimit) },
    step
  )
}
