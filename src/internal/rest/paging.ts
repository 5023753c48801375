/**
 * Pages a history by time, without gaps and without duplicates at page boundaries.
 *
 * The venue's bounds are inclusive, so each page begins at the last millisecond of the previous page, and the rows of that
 * millisecond that were already delivered are skipped by count. Any number of rows may share a millisecond, unless they are
 * more than the largest page holds: then the stream fails, because the rest could not be reached.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { DecodeError, PageOverflow } from "../../BitfinexError.ts"
import * as Pulls from "../stream/pulls.ts"

/**
 * The bounds of a page in milliseconds, both inclusive, and its size.
 *
 * @internal
 */
export interface Page {
  readonly start: number | undefined
  readonly end: number | undefined
  readonly limit: number
}

/**
 * A history and how to request its pages.
 *
 * @internal
 */
export interface Options<A, E, R> {
  readonly operation: string
  /** requests the first `limit` rows within the bounds, in the order of `direction` */
  readonly fetch: (page: Page) => Effect.Effect<ReadonlyArray<A>, E, R>
  /** 1 oldest first, -1 newest first */
  readonly direction: 1 | -1
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** rows in a page, and the size up to which a page may grow when its rows share one millisecond */
  readonly limit: number
  readonly maxLimit: number
  /** the time that the bounds are compared with, in milliseconds; it may have a fraction */
  readonly mts: (row: A) => number
  /** equal for the same row in two pages; several rows of one millisecond may share it, and are then counted */
  readonly identity: (row: A) => string | number
}

interface Seam {
  /** all rows before this millisecond were delivered, and possibly some of the millisecond itself */
  readonly at: number | undefined
  /** number of times that each row of that millisecond was delivered */
  readonly seen: ReadonlyMap<string | number, number>
  readonly limit: number
}

/**
 * The whole history; each page is requested when the consumer needs it.
 *
 * The stream ends after a page without new rows, not after a short page: if the venue lowered its limit without notice,
 * every page would be short. This costs one more request.
 *
 * @internal
 */
export const pages = <A, E, R>(options: Options<A, E, R>): Stream.Stream<A, E | PageOverflow | DecodeError, R> => {
  const { direction, identity, maxLimit, mts, operation } = options
  const forward = direction === 1
  const [near, far] = forward ? [options.start, options.end] : [options.end, options.start]
  /** rounds to whole milliseconds against the direction, because the next page begins there */
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
      // if the venue ignored a bound or the order, there would be a silent gap
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
      if (!full || outside > 0) return [[], undefined] as const
      // all rows of the page share one millisecond and were already delivered
      if (limit >= maxLimit) return yield* Effect.fail(new PageOverflow({ operation, mts: at!, limit }))
      return [[], { at, seen, limit: Math.min(maxLimit, limit * 2) }] as const
    }

    const last = round(mts(fresh[fresh.length - 1]!))
    const counts = new Map(last === at ? seen : [])
    for (const row of fresh) {
      if (round(mts(row)) === last) counts.set(identity(row), (counts.get(identity(row)) ?? 0) + 1)
    }
    const tied = full && round(mts(rows[0]!)) === last
    const next = tied ? Math.min(maxLimit, limit * 2) : options.limit
    return [fresh, { at: last, seen: counts, limit: next }] as const
  })

  return Pulls.pages<Seam, A, E | PageOverflow | DecodeError, R>(
    { at: undefined, seen: new Map(), limit: Math.min(options.limit, maxLimit) },
    step
  )
}
