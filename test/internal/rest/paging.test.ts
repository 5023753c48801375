import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import { DecodeError } from "../../../src/BitfinexError.ts"
import * as Paging from "../../../src/internal/rest/paging.ts"
import * as Env from "../../support/env.ts"

interface Row {
  readonly mts: number
  readonly id: number
}

/** the venue as the manual describes it: inclusive bounds, ordered by time, the first `limit` rows */
const venue = (rows: ReadonlyArray<Row>, direction: 1 | -1, cap = Number.POSITIVE_INFINITY) => {
  const pages: Array<Paging.Page> = []
  return {
    pages,
    fetch: (page: Paging.Page) =>
      Effect.sync(() => {
        pages.push(page)
        return rows
          .filter(({ mts }) => mts >= (page.start ?? -Infinity) && mts <= (page.end ?? Infinity))
          .sort((a, b) => direction * (a.mts - b.mts))
          .slice(0, Math.min(page.limit, cap))
      })
  }
}

const unreadable = (row: number) =>
  new DecodeError({
    operation: "RestClient.things",
    layout: "Thing",
    field: "id",
    index: 0,
    row,
    expected: "number",
    actual: "x"
  })

const stream = (
  fetch: (page: Paging.Page) => Effect.Effect<ReadonlyArray<Row | string>>,
  direction: 1 | -1,
  more: { readonly limit: number } & Partial<Paging.Options<Row, never, never>>
) =>
  Paging.pages<Row, never, never>({
    operation: "RestClient.things",
    // a text stands for a row that cannot be decoded
    fetch: (page) =>
      Effect.map(fetch(page), (all) => ({
        rows: all.filter((row) => typeof row !== "string"),
        unread: all.flatMap((cells, row) => typeof cells === "string" ? [{ row, cells, error: unreadable(row) }] : [])
      })),
    onUnread: () => Effect.void,
    givesUnread: true,
    direction,
    maxLimit: 1000,
    mts: (row) => row.mts,
    identity: (row) => row.id,
    repeats: false,
    keeps: true,
    ...more
  })

const collect = <E>(rows: Stream.Stream<Row, E>) => Effect.map(Stream.runCollect(rows), Chunk.toReadonlyArray)
const at = (...times: ReadonlyArray<number>): ReadonlyArray<Row> => times.map((mts, id) => ({ mts, id }))
const ordered = (rows: ReadonlyArray<Row>, direction: 1 | -1) => [...rows].sort((a, b) => direction * (a.mts - b.mts))

const direction = FastCheck.constantFrom<Array<1 | -1>>(1, -1)
/** few distinct times, so that many rows share one */
const ties = FastCheck.array(FastCheck.integer({ min: 0, max: 12 }), { maxLength: 60 })

describe("paging", () => {
  it.effect.prop(
    "delivers every row once and in order, for any ties and any size of page",
    [ties, FastCheck.integer({ min: 1, max: 70 }), direction],
    ([times, limit, way]) =>
      Effect.gen(function*() {
        const rows = at(...times)
        const got = yield* collect(stream(venue(rows, way).fetch, way, { limit }))
        assert.deepStrictEqual(got, ordered(rows, way))
      }),
    { fastCheck: { numRuns: Env.runs(100, 400) } }
  )

  it.effect.prop(
    "keeps to the bounds, both inclusive",
    [ties, FastCheck.integer({ min: 1, max: 20 }), direction, FastCheck.nat(12), FastCheck.nat(12)],
    ([times, limit, way, a, b]) =>
      Effect.gen(function*() {
        const [start, end] = [Math.min(a, b), Math.max(a, b)]
        const rows = at(...times)
        const got = yield* collect(stream(venue(rows, way).fetch, way, { limit, start, end }))
        assert.deepStrictEqual(got, ordered(rows, way).filter(({ mts }) => mts >= start && mts <= end))
      }),
    { fastCheck: { numRuns: Env.runs(50, 200) } }
  )

  it.effect.prop(
    "delivers a row once that the venue sends twice in a page, also where the pages are longer than asked",
    [ties, FastCheck.integer({ min: 2, max: 70 }), direction, FastCheck.boolean()],
    ([times, limit, way, isLonger]) =>
      Effect.gen(function*() {
        const rows = at(...times)
        const { fetch } = venue(rows, way)
        const doubled = (page: Paging.Page) =>
          Effect.map(fetch(page), (found) => {
            const all = found.flatMap((row) => [row, row])
            return isLonger ? all : all.slice(0, page.limit)
          })
        const got = yield* collect(stream(doubled, way, { limit }))
        assert.deepStrictEqual(got, ordered(rows, way))
      }),
    { fastCheck: { numRuns: Env.runs(50, 200) } }
  )

  it.effect.prop(
    "counts equal rows where nothing else tells them apart",
    [ties, FastCheck.integer({ min: 1, max: 70 }), direction],
    ([times, limit, way]) =>
      Effect.gen(function*() {
        const rows = times.map((mts) => ({ mts, id: 0 }))
        const got = yield* collect(
          stream(venue(rows, way).fetch, way, { limit, identity: (row) => JSON.stringify(row), repeats: true })
        )
        assert.deepStrictEqual(got, ordered(rows, way))
      }),
    { fastCheck: { numRuns: Env.runs(50, 200) } }
  )

  it.effect.prop(
    "takes times with a fraction, and ties whose order changes from page to page",
    [
      FastCheck.array(FastCheck.integer({ min: 0, max: 40 }).map((n) => n / 4), { maxLength: 50 }),
      FastCheck.integer({ min: 1, max: 60 }),
      direction
    ],
    ([times, limit, way]) =>
      Effect.gen(function*() {
        const rows = at(...times)
        const { fetch } = venue(rows, way)
        let turn = 0
        const restless = (page: Paging.Page) => {
          turn++
          // the venue takes whole milliseconds only
          for (const bound of [page.start, page.end]) assert.isTrue(bound === undefined || Number.isInteger(bound))
          return Effect.map(fetch({ ...page, limit: 1000 }), (all) =>
            [...all]
              .sort((a, b) => way * (a.mts - b.mts) || (turn % 2 === 0 ? a.id - b.id : b.id - a.id))
              .slice(0, page.limit))
        }
        const got = yield* collect(stream(restless, way, { limit }))
        assert.deepStrictEqual(got.map(({ mts }) => mts), ordered(rows, way).map(({ mts }) => mts))
        assert.strictEqual(new Set(got.map(({ id }) => id)).size, rows.length)
      }),
    { fastCheck: { numRuns: Env.runs(75, 300) } }
  )

  it.effect("loses nothing when the venue returns shorter pages than requested", () =>
    Effect.gen(function*() {
      const rows = at(1, 2, 3, 4, 5, 6, 7, 8, 9)
      for (const way of [1, -1] as const) {
        const got = yield* collect(stream(venue(rows, way, 4).fetch, way, { limit: 100 }))
        assert.deepStrictEqual(got, ordered(rows, way))
      }
    }))

  it.effect("rows that arrive meanwhile neither shift pages nor appear twice", () =>
    Effect.gen(function*() {
      const rows: Array<Row> = Array.from({ length: 20 }, (_, id) => ({ mts: id >> 1, id }))
      const { fetch } = venue(rows, -1)
      let next = 100
      const live = (page: Paging.Page) =>
        Effect.tap(fetch(page), () => {
          for (let i = 0; i < 7; i++) rows.push({ mts: 50 + i, id: next++ })
        })
      const got = yield* collect(stream(live, -1, { limit: 3 }))
      assert.deepStrictEqual(got.map(({ id }) => id).sort((a, b) => a - b), Array.from({ length: 20 }, (_, id) => id))
    }))

  it.effect("returns to pages of the requested size after a tie", () =>
    Effect.gen(function*() {
      const { fetch, pages } = venue(at(1, 1, 1, 1, 1, 2, 3, 4), 1)
      yield* collect(stream(fetch, 1, { limit: 2 }))
      const limits = pages.map(({ limit }) => limit)
      assert.strictEqual(Math.max(...limits), 8)
      assert.strictEqual(limits.at(-1), 2)
    }))

  it.effect("fails rather than lose rows when the largest page is one millisecond, and delivers the rows before it", () =>
    Effect.gen(function*() {
      for (const way of [1, -1] as const) {
        const before = way === 1 ? 1 : 9
        const rows = at(before, ...Array.from({ length: 9 }, () => 5), 10 - before)
        const got: Array<Row> = []
        const error = yield* stream(venue(rows, way).fetch, way, { limit: 2, maxLimit: 8 }).pipe(
          Stream.runForEach((row) => Effect.sync(() => got.push(row))),
          Effect.flip
        )
        assert.strictEqual(error._tag, "PageOverflow")
        assert.deepStrictEqual(error._tag === "PageOverflow" && [error.mts, error.limit], [5, 8])
        assert.deepStrictEqual(got.map(({ mts }) => mts), [before, ...Array.from({ length: 8 }, () => 5)])
      }
    }))

  it.effect("requests a page only when its rows are needed", () =>
    Effect.gen(function*() {
      const { fetch, pages } = venue(at(1, 2, 3, 4, 5, 6, 7, 8), 1)
      const rows = stream(fetch, 1, { limit: 3 })
      assert.lengthOf(yield* collect(Stream.take(rows, 3)), 3)
      assert.lengthOf(pages, 1)
      assert.lengthOf(yield* collect(Stream.take(rows, 4)), 4)
      assert.lengthOf(pages, 3)
    }))

  it.effect("requests once more before it concludes that there is nothing, and once when there is nothing at all", () =>
    Effect.gen(function*() {
      const some = venue(at(1, 2), 1)
      yield* collect(stream(some.fetch, 1, { limit: 10, end: 9 }))
      assert.deepStrictEqual(some.pages, [
        { start: undefined, end: 9, limit: 10 },
        { start: 2, end: 9, limit: 10 }
      ])
      const none = venue([], -1)
      yield* collect(stream(none.fetch, -1, { limit: 10, start: 3 }))
      assert.deepStrictEqual(none.pages, [{ start: 3, end: undefined, limit: 10 }])
    }))

  describe("does not trust a venue that", () => {
    const rejected = (name: string, way: 1 | -1, fetch: (page: Paging.Page) => ReadonlyArray<Row>, more = {}) =>
      it.effect(name, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(
            collect(stream((page) => Effect.sync(() => fetch(page)), way, { limit: 3, ...more }))
          )
          assert.strictEqual(error._tag, "DecodeError")
          assert.include(error.message, "RestClient.things")
        }))

    const all = at(1, 2, 3, 4, 5, 6, 7, 8)
    rejected("ignores order and bounds", 1, ({ limit }) => ordered(all, -1).slice(0, limit))
    rejected(
      "ignores order and end",
      1,
      ({ limit, start = 0 }) => ordered(all, -1).filter(({ mts }) => mts >= start).slice(0, limit)
    )
    rejected("ignores end", -1, ({ limit }) => ordered(all, -1).slice(0, limit))
    rejected("ignores start", 1, ({ limit }) => all.slice(0, limit), { start: 5 })
    rejected("ignores start behind the first page", 1, ({ limit }) => all.slice(0, limit))
  })

  describe("a page without the rows at which the page before it ended", () => {
    const all = at(...Array.from({ length: 12 }, (_, k) => k))
    const faulty = {
      "an empty page": () => [],
      "a page that begins later": (rows: ReadonlyArray<Row>) => rows.slice(2),
      "a page of which nothing can be decoded": (rows: ReadonlyArray<Row>) =>
        rows.slice(0, 2).map(({ id }) => `odd ${id}`)
    }
    /** the venue, whose pages are damaged from one to another */
    const damaged = (damage: (rows: ReadonlyArray<Row>) => ReadonlyArray<Row | string>, way: 1 | -1, until: number) => {
      const { fetch, pages } = venue(all, way)
      return {
        pages,
        fetch: (page: Paging.Page) =>
          Effect.map(fetch(page), (rows) => pages.length > 1 && pages.length <= until ? damage(rows) : rows)
      }
    }

    for (const [name, damage] of Object.entries(faulty)) {
      for (const way of [1, -1] as const) {
        it.effect(`${name} is requested once more, and is not the end (${way})`, () =>
          Effect.gen(function*() {
            const once = damaged(damage, way, 2)
            assert.deepStrictEqual(yield* collect(stream(once.fetch, way, { limit: 5 })), ordered(all, way))
            assert.deepStrictEqual(once.pages[1], once.pages[2])
          }))

        it.effect(`${name} that comes again fails the stream (${way})`, () =>
          Effect.gen(function*() {
            const got: Array<Row> = []
            const error = yield* Effect.flip(
              Stream.runForEach(
                stream(damaged(damage, way, 3).fetch, way, { limit: 5 }),
                (row) => Effect.sync(() => got.push(row))
              )
            )
            assert.strictEqual(error._tag, "DecodeError")
            assert.include(error.message, `a row of ${way === 1 ? 4 : 7}, as in the page before it`)
            assert.deepStrictEqual(got, ordered(all, way).slice(0, 5))
          }))
      }
    }

    it.effect("is taken as it is where rows may move or disappear", () =>
      Effect.gen(function*() {
        const { fetch } = damaged(faulty["a page that begins later"], 1, 3)
        const got = yield* collect(stream(fetch, 1, { limit: 5, keeps: false }))
        assert.deepStrictEqual(got.map(({ mts }) => mts), [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11])
      }))
  })

  it.effect("leaves out rows outside the requested bounds", () =>
    Effect.gen(function*() {
      // a candle whose time frame began before `start`
      const fetch = ({ limit, start }: Paging.Page) =>
        Effect.succeed(at(0, 10, 20, 30).filter(({ mts }) => mts > (start ?? 0) - 10 && mts <= 30).slice(0, limit))
      const got = yield* collect(stream(fetch, 1, { limit: 3, start: 5, end: 25 }))
      assert.deepStrictEqual(got.map(({ mts }) => mts), [10, 20])
    }))

  it.effect.prop(
    "delivers every row once and in order, in whatever order the venue has them",
    [ties, FastCheck.integer({ min: 13, max: 70 }), direction, FastCheck.infiniteStream(FastCheck.nat(999))],
    ([times, limit, way, dice]) =>
      Effect.gen(function*() {
        const rows = at(...times)
        // each row has a place of its own, which has nothing to do with its time
        const places = rows.map(() => dice.next().value!)
        const fetch = (page: Paging.Page) =>
          Effect.sync(() =>
            rows
              .filter(({ mts }) => mts >= (page.start ?? 0) && mts <= (page.end ?? Infinity))
              .sort((a, b) => places[a.id]! - places[b.id]!)
              .slice(0, page.limit)
          )
        const got = yield* collect(stream(fetch, way, { limit, end: 12 }))
        assert.deepStrictEqual(got.map(({ mts }) => mts), ordered(rows, way).map(({ mts }) => mts))
        assert.strictEqual(new Set(got.map(({ id }) => id)).size, rows.length)
      }),
    { fastCheck: { numRuns: Env.runs(100, 400) } }
  )

  it.effect("sorts a page out of order that has all rows, and requests one again that may lack some", () =>
    Effect.gen(function*() {
      const all = at(1, 2, 3, 4, 5, 6, 7, 8)
      const swapped = [all[0]!, all[2]!, all[1]!, ...all.slice(3)]
      const inPage = ({ end = 99, limit, start = 0 }: Paging.Page) =>
        Effect.succeed(swapped.filter(({ mts }) => mts >= start && mts <= end).slice(0, limit))
      for (const limit of [100, 3]) {
        const times = (yield* collect(stream(inPage, 1, { limit }))).map(({ mts }) => mts)
        assert.deepStrictEqual(times, [1, 2, 3, 4, 5, 6, 7, 8])
      }
    }))

  it.effect("never gives an empty chunk, which file sinks do not take", () =>
    Effect.gen(function*() {
      for (const rows of [[], at(1, 2, 3, 4)]) {
        const chunks = yield* Stream.runCollect(Stream.chunks(stream(venue(rows, 1).fetch, 1, { limit: 2 })))
        assert.isTrue(Chunk.every(chunks, Chunk.isNonEmpty))
      }
    }))

  describe("rows that cannot be decoded", () => {
    const collectAll = (
      all: ReadonlyArray<readonly [mts: number, row: Row | string]>,
      limit: number,
      way: 1 | -1 = 1,
      maxLimit = 1000
    ) =>
      Effect.gen(function*() {
        const unread: Array<unknown> = []
        const fetch = ({ end = 99, limit, start = 0 }: Paging.Page) =>
          Effect.succeed(
            all
              .filter(([mts]) => mts >= start && mts <= end)
              .sort(([a], [b]) => way * (a - b))
              .slice(0, limit)
              .map(([, row]) => row)
          )
        const onUnread = ({ cells }: { readonly cells: unknown }) => Effect.sync(() => unread.push(cells))
        const rows = yield* collect(stream(fetch, way, { limit, maxLimit, onUnread }))
        return { rows: rows.map(({ id }) => id), unread }
      })

    it.effect("are reported once each, and hide no other", () =>
      Effect.gen(function*() {
        const all = Array.from(
          { length: 30 },
          (_, id) => [id >> 2, id % 5 === 1 ? `odd ${id}` : { mts: id >> 2, id }] as const
        )
        for (const limit of [1, 2, 3, 4, 5, 7, 29, 30, 31]) {
          for (const way of [1, -1] as const) {
            const { rows, unread } = yield* collectAll(all, limit, way)
            assert.sameMembers(rows, all.flatMap(([, row]) => typeof row === "string" ? [] : [row.id]))
            assert.lengthOf(rows, 24)
            assert.sameMembers(unread, all.flatMap(([, row]) => typeof row === "string" ? [row] : []))
            assert.lengthOf(unread, 6)
          }
        }
      }))

    it.effect("may fill the last page, and the only one", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* collectAll([[1, "a"], [2, "b"]], 10), { rows: [], unread: ["a", "b"] })
        const rows = [[1, { mts: 1, id: 1 }], [2, "b"]] as const
        assert.deepStrictEqual(yield* collectAll(rows, 10), { rows: [1], unread: ["b"] })
      }))

    it.effect("fail the stream where they are all that a history has, if the user does not receive them", () =>
      Effect.gen(function*() {
        const history = (...rows: ReadonlyArray<Row | string>) =>
          collect(stream(() => Effect.succeed(rows), 1, { limit: 10, givesUnread: false }))
        assert.strictEqual((yield* Effect.flip(history("a", "b")))._tag, "DecodeError")
        // one odd row is no reason
        assert.deepStrictEqual(yield* history("a"), [])
        assert.deepStrictEqual(yield* history("a", "b", { mts: 1, id: 1 }), [{ mts: 1, id: 1 }])
      }))

    it.effect("fail the stream where they fill the largest page: what is behind it cannot be reached", () =>
      Effect.gen(function*() {
        const all = [...Array.from({ length: 8 }, (_, k) => [k, `odd ${k}`] as const), [9, { mts: 9, id: 9 }] as const]
        const error = yield* Effect.flip(collectAll(all, 2, 1, 8))
        assert.strictEqual(error._tag, "DecodeError")
        assert.deepStrictEqual((yield* collectAll(all, 2, 1, 9)).rows, [9])
      }))
  })

  it.effect("fails where a venue with shorter pages than it says has more rows in one millisecond than it gives", () =>
    Effect.gen(function*() {
      for (const way of [1, -1] as const) {
        const error = yield* Effect.flip(
          collect(stream(venue(at(1, ...Array.from({ length: 12 }, () => 5), 9), way, 10).fetch, way, { limit: 100 }))
        )
        assert.deepInclude(error, { _tag: "PageOverflow", mts: 5, limit: 10 })
        const all = at(...Array.from({ length: 10 }, () => 5))
        assert.lengthOf(yield* collect(stream(venue(all, way, 10).fetch, way, { limit: 100 })), 10)
      }
    }))
})
