/**
 * Pages a history by time, without gaps and without duplicates at page boundaries.
 *
 * The venue's bounds are inclusive, so each page begins at the last millisecond of the previous page, and the rows of that
 * millisecond that were already delivered are skipped by count. Any number of rows may share a millisecond, unless they are
 * more than the largest page holds: then the stream fails, because the rest could not be reached.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { DecodeError, PageOverflow, type Readable, type UnreadRow } from "../../BitfinexError.ts"
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
export interface Options<A, E, R, E2 = never, R2 = never> {
  readonly operation: string
  /** requests the first `limit` rows within the bounds, in the order of `direction` */
  readonly fetch: (page: Page) => Effect.Effect<Readable<A>, E, R>
  /** receives each row that cannot be decoded, once, before the rows of its page are delivered */
  readonly onUnread: (row: UnreadRow) => Effect.Effect<unknown, E2, R2>
  /** whether these rows are given to the user, who then decides what to do with a history that has no others */
  readonly givesUnread: boolean
  /** 1 oldest first, -1 newest first */
  readonly direction: 1 | -1
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** rows in a page, and the size up to which a page may grow when its rows share one millisecond */
  readonly limit: number
  readonly maxLimit: number
  /** the time that the bounds are compared with, in milliseconds; it may have a fraction */
  readonly mts: (row: A) => number
  /** equal for the same row in two pages */
  readonly identity: (row: A) => string | number
  /** whether several rows of one millisecond may share their identity, and are then counted. Else each comes once a page */
  readonly repeats: boolean
  /** whether rows keep their time and are never removed, so that a page has those again at which the one before it ended */
  readonly keeps: boolean
}

type Counts<K> = ReadonlyMap<K, number>

interface Seam {
  /** all rows before this millisecond were delivered, and possibly some of the millisecond itself */
  readonly at: number | undefined
  /** number of times that each row of that millisecond was delivered */
  readonly seen: Counts<string | number>
  /** the same for unreadable rows since the page that ended at that millisecond, by their cells: they have no time */
  readonly unread: Counts<string>
  readonly limit: number
  /** number of rows in the previous page */
  readonly size: number
  /** ms that the next page may cover, after one whose rows were out of order; undefined for any number */
  readonly width: number | undefined
}

/** rows: no venue would lower the size of its pages further */
const leastPage = 10

const countAll = <K>(keys: Iterable<K>, counts: Map<K, number> = new Map()): Map<K, number> => {
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** the elements that are not among those counted: each of these is left out as often as it was counted */
const without = <A, K>(elements: ReadonlyArray<A>, key: (element: A) => K | undefined, counted: Counts<K>) => {
  const left = new Map(counted)
  return elements.filter((element) => {
    const of = key(element)
    const count = of === undefined ? 0 : left.get(of) ?? 0
    if (of !== undefined && count > 0) left.set(of, count - 1)
    return count === 0
  })
}

/** the elements whose key no earlier element has */
const distinct = <A, K>(elements: ReadonlyArray<A>, key: (element: A) => K): ReadonlyArray<A> => {
  const keys = new Set<K>()
  return elements.filter((element) => keys.size < keys.add(key(element)).size)
}

const cellsOf = ({ cells }: UnreadRow): string => JSON.stringify(cells) ?? ""

/** times and bounds in the direction of the stream */
const directed = <A, E, R, E2, R2>(options: Options<A, E, R, E2, R2>) => {
  const { direction, operation } = options
  const forward = direction === 1
  const [near, far] = forward ? [options.start, options.end] : [options.end, options.start]
  /** rounds to whole milliseconds against the direction, because the next page begins there */
  const round = forward ? Math.floor : Math.ceil
  const timeOf = (row: A): number => round(options.mts(row))
  const beyond = (time: number, bound: number | undefined): boolean =>
    bound !== undefined && direction * (time - bound) > 0
  const before = (time: number, bound: number | undefined): boolean =>
    bound !== undefined && direction * (time - bound) < 0

  const broken = (row: number, expected: string, time: number): DecodeError =>
    new DecodeError({ operation, layout: "page", field: "mts", index: null, row, expected, actual: String(time) })

  const request = (from: number | undefined, to: number | undefined, limit: number) =>
    options.fetch(forward ? { start: from, end: to, limit } : { start: to, end: from, limit })

  /** where a page out of order began, if that was left open: no row may be before it */
  const begin = (times: ReadonlyArray<number>): Effect.Effect<number> =>
    forward
      ? Effect.succeed(0)
      : Effect.map(Clock.currentTimeMillis, (now) => times.reduce((a, b) => Math.max(a, b), now))

  const outside = (time: number, to: number | undefined): boolean => before(time, near) || beyond(time, to)

  /** the error of a page for which the venue ignored a bound: there would be a silent gap */
  const ignoredBound = (times: ReadonlyArray<number>, at: number | undefined, to: number | undefined) => {
    const place = times.findIndex((time) => before(time, at))
    if (place >= 0) return broken(place, `${forward ? "not before" : "not after"} ${at}`, times[place]!)
    return times.length > 0 && times.every((time) => outside(time, to))
      ? broken(0, `from ${options.start ?? "any"} to ${options.end ?? "any"}`, times.at(-1)!)
      : undefined
  }

  /**
   * Whether a page lacks the rows that it should begin with, of which some were delivered: then it may lack others, and
   * an empty page is not the end. Undecodable rows may be the missing ones, or precede them in a full page.
   */
  const isTorn = ({ at, limit, seen }: Seam, { rows, unread }: Readable<A>): boolean => {
    const mayHide = unread.length > 0 && (rows.length > 0 || unread.length >= limit)
    return seen.size > 0 && !mayHide && !rows.some((row) => timeOf(row) === at)
  }

  const torn = (at: number | undefined, { rows, unread }: Readable<A>): DecodeError =>
    new DecodeError({
      operation,
      layout: "page",
      field: "mts",
      index: null,
      row: null,
      expected: `a row of ${at}, as in the page before it`,
      actual: rows.length > 0 ? `rows from ${timeOf(rows[0]!)} on` : unread.length > 0 ? "unreadable rows" : "no rows"
    })

  return { near, far, timeOf, beyond, before, outside, broken, ignoredBound, isTorn, torn, request, begin }
}

/** everything up to `to` was delivered: the next page may cover twice the time */
const onward = (seam: Seam, to: number, seen: Counts<string | number>, limit: number): Seam => ({
  ...seam,
  at: to,
  seen,
  width: Math.max(1, seam.width! * 2),
  limit
})

/**
 * The whole history; each page is requested when the consumer needs it.
 *
 * The stream ends after a page without new rows, not after a short page: if the venue lowered its limit without notice,
 * every page would be short. This costs one more request.
 *
 * A page that lacks the rows at its beginning, which the page before it had, is requested once more. If it lacks them again,
 * the stream fails, unless the rows of the history may move or disappear.
 *
 * Rows out of order in a page that is not full are sorted, since the page has all rows within its bounds. A full page out
 * of order may lack any row, so it is dropped, and requested again in parts that are not full.
 *
 * @internal
 */
export const pages = <A, E, R, E2 = never, R2 = never>(
  options: Options<A, E, R, E2, R2>
): Stream.Stream<A, E | E2 | PageOverflow | DecodeError, R | R2> => {
  const { direction, identity, maxLimit, onUnread, operation, repeats } = options
  const { before, begin, beyond, broken, far, ignoredBound, isTorn, near, outside, request, timeOf, torn } = directed(
    options
  )

  /** the next page is larger, because this one has nothing new; `last` is what stands at its end */
  const grown = (seam: Seam, failure: () => DecodeError | PageOverflow) =>
    seam.limit >= maxLimit
      ? Effect.fail(failure())
      : Effect.succeed({ ...seam, limit: Math.min(maxLimit, seam.limit * 2) })

  /** after a page that is not full and has nothing new: undefined at the end of the history */
  const behind = (seam: Seam, size: number, to: number | undefined) =>
    Effect.gen(function*() {
      // there may be nothing for years, so the next page may cover any time
      if (seam.width !== undefined && to !== far) {
        return { ...onward(seam, to!, seam.at === to ? seam.seen : new Map(), options.limit), width: undefined }
      }
      // Twice the same number of rows: perhaps the venue gives no more than that, and rows of this millisecond are left.
      // Then there are rows behind it
      const next = seam.at === undefined ? undefined : seam.at + direction
      if (size < leastPage || size !== seam.size || next === undefined || beyond(next, far)) return undefined
      const { rows, unread } = yield* request(next, far, options.limit)
      if (rows.length + without(unread, cellsOf, seam.unread).length === 0) return undefined
      return yield* Effect.fail(new PageOverflow({ operation, mts: seam.at!, limit: size }))
    })

  const step = Effect.fnUntraced(function*(seam: Seam) {
    const { at, limit, width } = seam
    const from = at ?? near
    const reach = width === undefined || from === undefined ? undefined : from + direction * width
    const to = reach === undefined || beyond(reach, far) ? far : reach
    const first = yield* request(from, to, limit)
    const page = isTorn(seam, first) ? yield* request(from, to, limit) : first
    const { rows, unread } = page
    const size = rows.length + unread.length
    const isFull = size >= limit
    const times = rows.map(timeOf)

    const ignored = ignoredBound(times, at, to)
    if (ignored !== undefined) return yield* Effect.fail(ignored)

    const isOrdered = times.every((time, place) => place === 0 || !before(time, times[place - 1]))
    if (!isOrdered && isFull) {
      const start = from ?? (yield* begin(times))
      // one millisecond cannot be out of order: the venue ignores the bounds
      if (width === 0) return yield* Effect.fail(broken(0, `${start}`, times.find((time) => time !== start)!))
      const covered = times.reduce((most, time) => Math.max(most, direction * (time - start)), 0)
      const next: Seam = { ...seam, at: start, width: Math.floor(Math.min(covered, width ?? covered) / 2) }
      return [[], next] as const
    }
    if (options.keeps && isTorn(seam, page)) return yield* Effect.fail(torn(at, page))

    const inside = rows.filter((_, place) => !outside(times[place]!, to))
    if (!isOrdered) inside.sort((a, b) => direction * (timeOf(a) - timeOf(b)))
    const found = repeats ? inside : distinct(inside, identity)
    const fresh = without(found, (row) => timeOf(row) === at ? identity(row) : undefined, seam.seen)
    const freshUnread = without(unread, cellsOf, seam.unread)
    for (const row of freshUnread) yield* onUnread(row)
    // one row may be odd; if none of several can be read, the history is of another kind, and an empty one would be a lie
    if (!options.givesUnread && at === undefined && rows.length === 0 && unread.length > 1 && !isFull) {
      return yield* Effect.fail(unread[0]!.error)
    }
    const unreadAt = (time: number | undefined) =>
      time === at ? countAll(freshUnread.map(cellsOf), new Map(seam.unread)) : countAll(unread.map(cellsOf))
    const after: Seam = { ...seam, size, unread: unreadAt(at) }

    if (fresh.length === 0) {
      if (!isFull || inside.length < rows.length) {
        return [[], yield* behind({ ...after, size: seam.size }, size, to)] as const
      }
      // all rows of the page share one millisecond and were already delivered, or none can be read
      const overflow = () => at === undefined ? unread[0]!.error : new PageOverflow({ operation, mts: at, limit })
      return [[], yield* grown(after, overflow)] as const
    }

    const last = timeOf(fresh[fresh.length - 1]!)
    const seenAt = (time: number) =>
      countAll(fresh.filter((row) => timeOf(row) === time).map(identity), new Map(time === at ? seam.seen : []))
    if (!isFull && width !== undefined && to !== far) {
      return [fresh, onward({ ...after, unread: unreadAt(to) }, to!, seenAt(to!), options.limit)] as const
    }
    const tied = isFull && timeOf(inside[0]!) === last
    const next = tied ? Math.min(maxLimit, limit * 2) : options.limit
    return [fresh, { ...after, at: last, seen: seenAt(last), unread: unreadAt(last), limit: next }] as const
  })

  return Pulls.pages<Seam, A, E | E2 | PageOverflow | DecodeError, R | R2>(
    {
      at: undefined,
      seen: new Map(),
      unread: new Map(),
      limit: Math.min(options.limit, maxLimit),
      size: 0,
      width: undefined
    },
    step
  )
}
