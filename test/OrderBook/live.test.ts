import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import { FakeExchange, type MarketView } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Env from "../support/env.ts"
import {
  connections,
  failureOf,
  gather,
  inject,
  inMemory,
  openChannels,
  pass,
  pull,
  sent,
  settle,
  start
} from "../support/market.ts"

type State = OrderBook.State<any>
type Prec = "P0" | "P1" | "P2" | "P3" | "P4" | "R0"

const market = Effect.map(FakeExchange, (exchange) => exchange.market)

const wireRows = (book: OrderBook.Book<any>, raw: boolean, funding: boolean) => {
  const cells = (row: any) =>
    raw
      ? funding ? [row.offerId, row.period, row.rate, row.amount] : [row.orderId, row.price, row.amount]
      : funding
      ? [row.rate, row.period, row.count, row.amount]
      : [row.price, row.count, row.amount]
  return { bids: book.bids.map(cells), asks: book.asks.map(cells) }
}

/** whether a book equals the book of the exchange */
const isTrue = (view: MarketView, book: OrderBook.Book<any>, prec: Prec, len: number): boolean => {
  const { asks, bids } = view.book(book.symbol, prec, len)
  const ours = wireRows(book, prec === "R0", book.symbol.startsWith("f"))
  return JSON.stringify(ours) === JSON.stringify({ bids, asks })
}

const last = (states: ReadonlyArray<State>) => {
  const state = states.at(-1)
  return state?._tag === "Synced" ? state : assert.fail(JSON.stringify(state))
}

const reasons = (states: ReadonlyArray<State>) =>
  states.flatMap((state) => state._tag === "Resyncing" ? [state.reason._tag] : [])

/** compares states with the book of the exchange at the time of each state */
const follow = (args: OrderBook.Args, prec: Prec, len: number) =>
  Effect.gen(function*() {
    const view = yield* market
    const states: Array<State> = []
    const wrong: Array<State> = []
    // the cast: any arguments
    yield* Effect.forkScoped(
      Stream.runForEach(OrderBook.live(args as { symbol: "tBTCUSD" }), (state) =>
        Effect.sync(() => {
          states.push(state)
          if (state._tag === "Synced" && !isTrue(view, state.book, prec, len)) wrong.push(state)
        }))
    )
    return { states, wrong }
  })

describe("OrderBook.live: the exchange's own book", () => {
  const kinds: ReadonlyArray<readonly [string, Prec, number]> = [
    ["tBTCUSD", "P0", 25],
    ["tBTCUSD", "P0", 1],
    ["tBTCUSD", "P0", 250],
    ["tBTCUSD", "P1", 100],
    ["tBTCUSD", "P2", 25],
    ["tBTCUSD", "P3", 25],
    ["tBTCUSD", "P4", 25],
    ["tBTCUSD", "R0", 25],
    ["tBTCUSD", "R0", 250],
    ["fUSD", "P0", 25],
    ["fUSD", "P2", 100],
    ["fUSD", "P4", 250],
    ["fUSD", "R0", 100]
  ]
  const all = (name: string, flags: BitfinexConfig.Socket["flags"]) =>
    it.scoped(name, () =>
      Effect.gen(function*() {
        const view = yield* market
        const running = yield* Effect.forEach(kinds, ([symbol, prec, len]) =>
          Effect.map(
            gather(OrderBook.live({ symbol, prec, len } as { symbol: "tBTCUSD" })),
            (states) => ({ states, symbol, prec, len })
          ))
        yield* pass("20 seconds")
        for (const { len, prec, states, symbol } of running) {
          const state = last(states)
          assert.isTrue(isTrue(view, state.book, prec, len), `${symbol} ${prec} ${len}`)
          assert.deepStrictEqual(reasons(states), [])
          if (flags.checksum !== true || symbol.startsWith("f")) continue
          assert.isTrue(state.verified)
          assert.isAbove(state.checksums, 10)
          const versions = states.map((each) => each._tag === "Synced" ? each.version : 0)
          assert.deepStrictEqual(versions, [...new Set(versions)].sort((a, b) => a - b))
        }
      }).pipe(inMemory({ step: 500, tick: 500, settings: { socket: { flags } } })))

  all("with checksums and sequence numbers, as by default", BitfinexConfig.defaults.socket.flags)
  all("with bulk updates", { sequence: true, checksum: true, bulk: true })
  all("without checksums", { sequence: true, checksum: false })
  all("without any flag", {})

  it.scoped("rounds of two seconds, with and without checksums", () =>
    Effect.gen(function*() {
      const view = yield* market
      const slow = yield* gather(OrderBook.live({ symbol: "tBTCUSD", freq: "F1" }))
      const funding = yield* gather(OrderBook.live({ symbol: "fUSD", freq: "F1" }))
      yield* pass("20 seconds")
      yield* settle
      assert.isAbove(slow.length, 5)
      for (const states of [slow, funding]) {
        assert.deepStrictEqual(reasons(states), [])
        assert.strictEqual(states.at(-1)?._tag, "Synced")
      }
      assert.isAbove(view.symbols.length, 0)
    }).pipe(inMemory({ step: 500, tick: 500 })))

  it.scoped("every change at once under `newest`", () =>
    Effect.gen(function*() {
      const states = yield* gather(
        OrderBook.live({ symbol: "tBTCUSD" }, { serve: "newest", buffer: BufferPolicy.sliding() })
      )
      yield* pass("5 seconds")
      const { checksums, updates, version } = last(states)
      assert.strictEqual(version, 1 + updates + checksums)
      assert.isAbove(states.filter((state) => state._tag === "Synced" && !state.verified).length, 10)
      assert.isTrue(isTrue(yield* market, last(states).book, "P0", 25))
    }).pipe(inMemory()))
})

describe("OrderBook: sharing", () => {
  it.scoped("equal books share one channel, and one copy", () =>
    Effect.gen(function*() {
      const handle = yield* OrderBook.make({ symbol: "tBTCUSD" })
      const a = yield* gather(OrderBook.live({ symbol: "tBTCUSD", prec: "P0", len: "25" }))
      const b = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }, { onBest: true }))
      yield* pass("3 seconds")
      const late = yield* gather(handle.changes)
      assert.deepStrictEqual(yield* openChannels, [["book:tBTCUSD:P0:F0:25"]])
      assert.lengthOf(yield* sent("subscribe"), 1)
      const current = yield* handle.current
      assert.strictEqual(late[0], current)
      assert.strictEqual(a.at(-1), current)
      assert.isAbove(b.length, 0)
      assert.strictEqual(yield* handle.book, last(a).book)
    }).pipe(inMemory()))

  it.scoped("a stream of rows of the same request runs at the same time, and the venue refuses nothing", () =>
    Effect.gen(function*() {
      const problems = yield* gather((yield* MarketData.MarketData).problems)
      const rows = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
      const states = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }))
      const newest = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }, { serve: "newest" }))
      yield* pass("3 seconds")
      assert.strictEqual(rows.events[0]?._tag, "Snapshot")
      assert.strictEqual(states.at(-1)?._tag, "Synced")
      assert.strictEqual(newest.at(-1)?._tag, "Synced")
      assert.deepStrictEqual(yield* openChannels, Array.from({ length: 3 }, () => ["book:tBTCUSD:P0:F0:25"]))
      yield* inject(Fault.CorruptChecksum.make({}))
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("10 seconds")
      assert.deepStrictEqual(problems.filter(({ _tag }) => _tag === "VenueError"), [])
    }).pipe(inMemory()))

  it.scoped("the channel is unsubscribed with its last consumer", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(
        Effect.scoped(Effect.zipRight(OrderBook.make({ symbol: "tBTCUSD" }), Effect.never))
      )
      const looking = yield* Effect.fork(Stream.runDrain(OrderBook.live({ symbol: "tBTCUSD" })))
      yield* pass("1 second")
      yield* Fiber.interrupt(looking)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* openChannels, [["book:tBTCUSD:P0:F0:25"]])
      yield* Fiber.interrupt(fiber)
      yield* pass("1 second")
      assert.deepStrictEqual(yield* openChannels, [[]])
    }).pipe(inMemory()))
})

describe("OrderBook: consumers", () => {
  it.scoped("a slow consumer receives the newest book, and a resynchronization in between is reported", () =>
    Effect.gen(function*() {
      const slow = yield* pull(OrderBook.live({ symbol: "tBTCUSD" }))
      yield* pass("5 seconds")
      yield* inject(Fault.CorruptChecksum.make({}))
      yield* pass("5 seconds")
      yield* slow.open
      const tags = slow.events.map((state) => state._tag === "Synced" ? `Synced ${state.epoch}` : state.reason._tag)
      assert.deepStrictEqual(tags, ["Synced 1", "ChecksumMismatch", "Synced 2"])
      assert.isTrue(isTrue(yield* market, last(slow.events).book, "P0", 25))
    }).pipe(inMemory()))

  it.scoped("the other policies: oldest dropped, newest dropped, failure, socket paused", () =>
    Effect.gen(function*() {
      const of = (buffer: BufferPolicy.BufferPolicy) => pull(OrderBook.live({ symbol: "tBTCUSD" }, { buffer }))
      const sliding = yield* of(BufferPolicy.sliding(3))
      const dropping = yield* of(BufferPolicy.dropping(3))
      const failing = yield* of(BufferPolicy.fail(3))
      yield* pass("5 seconds")
      yield* sliding.open
      yield* dropping.open
      yield* failing.open
      const versions = (events: ReadonlyArray<State>) =>
        events.map((state) => state._tag === "Synced" ? state.version : -1)
      const newest = versions(sliding.events).at(-1)!
      assert.deepStrictEqual(versions(sliding.events), [1, newest - 2, newest - 1, newest])
      assert.deepStrictEqual(versions(dropping.events), [1, 2, 3, 4, newest])
      assert.deepStrictEqual(versions(failing.events), [1, 2, 3, 4])
      const exit = failing.exit()
      assert.deepInclude(exit === undefined ? undefined : failureOf(exit), { _tag: "BufferOverflow", capacity: 3 })
    }).pipe(inMemory()))

  it.scoped("suspend: the socket is not read while the consumer is behind, each state is delivered once it is read again", () =>
    Effect.gen(function*() {
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      const slow = yield* pull(OrderBook.live({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.suspend(3) }))
      yield* pass("10 seconds")
      const held = trades.events.length
      yield* pass("30 seconds")
      // the same socket carries both, and its silence is no reason to give it up
      assert.strictEqual(trades.events.length, held)
      assert.lengthOf(yield* connections, 1)
      yield* slow.open
      yield* pass("5 seconds")
      assert.isAbove(trades.events.length, held)
      const versions = slow.events.map((state) => state._tag === "Synced" ? state.version : -1)
      assert.isAbove(versions.length, 20)
      assert.deepStrictEqual(versions, versions.map((_, k) => k + 1))
      assert.isTrue(isTrue(yield* market, last(slow.events).book, "P0", 25))
    }).pipe(inMemory({ symbols: ["tBTCUSD"] })))

  it.scoped("suspend: a consumer that leaves while the socket is paused lets it be read again", () =>
    Effect.gen(function*() {
      const trades = yield* start(MarketData.trades("tBTCUSD"))
      const slow = yield* pull(OrderBook.live({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.suspend(3) }))
      yield* pass("10 seconds")
      const held = trades.events.length
      yield* slow.stop
      yield* pass("5 seconds")
      assert.isAbove(trades.events.length, held)
      assert.lengthOf((yield* openChannels)[0]!, 1)
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory({ symbols: ["tBTCUSD"] })))

  it.scoped("every: at most one book within the time, and a resynchronization at once", () =>
    Effect.gen(function*() {
      const at: Array<readonly [number, string]> = []
      const clock = yield* Effect.clock
      yield* Effect.forkScoped(
        Stream.runForEach(OrderBook.live({ symbol: "tBTCUSD" }, { every: "2 seconds" }), (state) =>
          Effect.sync(() => at.push([clock.unsafeCurrentTimeMillis(), state._tag])))
      )
      yield* pass("9 seconds")
      const times = at.map(([ms]) =>
        ms
      )
      assert.deepStrictEqual(times, [0, 2000, 4000, 6000, 8000])
      yield* inject(Fault.CorruptChecksum.make({}))
      yield* pass("500 millis")
      assert.deepStrictEqual(at.slice(5).map(([, tag]) => tag), ["Resyncing", "Synced"])
    }).pipe(inMemory()))

  it.scoped("onBest: only other best prices", () =>
    Effect.gen(function*() {
      const all = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }))
      const best = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }, { onBest: true }))
      yield* pass("20 seconds")
      const prices = (states: ReadonlyArray<OrderBook.State<{ readonly price: number }>>) =>
        states.map((state) =>
          state._tag === "Synced" ? `${state.book.bestBid?.price} ${state.book.bestAsk?.price}` : "none"
        )
      const distinct = prices(all).filter((each, k, list) => each !== list[k - 1])
      assert.isBelow(distinct.length, all.length)
      assert.deepStrictEqual(prices(best), distinct)
    }).pipe(inMemory()))

  it.scoped("current says why there is no book, and book waits for one", () =>
    Effect.gen(function*() {
      const handle = yield* OrderBook.make({ symbol: "tBTCUSD", prec: "R0" })
      assert.deepStrictEqual(yield* handle.current, {
        _tag: "Resyncing",
        epoch: 0,
        reason: { _tag: "Subscribing" }
      })
      const waiting = yield* Effect.fork(handle.book)
      yield* pass("1 second")
      const book = yield* Fiber.join(waiting)
      assert.isNumber(book.bestBid?.orderId)
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* settle
      const state = yield* handle.current
      assert.strictEqual(state._tag === "Resyncing" && state.reason._tag, "Interrupted")
      yield* pass("2 seconds")
      assert.deepInclude(yield* handle.current, { _tag: "Synced", epoch: 2 })
    }).pipe(inMemory()))

  it.scoped("a handle that is kept beyond its scope does not return the last book forever", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const handle = yield* Scope.extend(OrderBook.make({ symbol: "tBTCUSD" }), scope)
      yield* pass("1 second")
      assert.strictEqual((yield* handle.current)._tag, "Synced")
      yield* Scope.close(scope, Exit.void)
      const state = yield* handle.current
      assert.strictEqual(state._tag === "Resyncing" && state.reason._tag, "Interrupted")
      // a resubscription has a new channel
      const waiting = yield* Effect.fork(handle.book)
      yield* settle
      assert.isTrue(isTrue(yield* market, yield* Fiber.join(waiting), "P0", 25))
    }).pipe(inMemory()))

  it.scoped("a refusal of the venue fails the stream and the handle", () =>
    Effect.gen(function*() {
      const handle = yield* OrderBook.make({ symbol: "tNOSUCH" })
      const stream = yield* start(OrderBook.live({ symbol: "tNOSUCH" }) as Stream.Stream<any, any, any>)
      const waiting = yield* Effect.fork(handle.book)
      yield* pass("1 second")
      assert.deepInclude(stream.failure(), { _tag: "SubscriptionRejected", code: 10300 })
      assert.deepInclude(failureOf(yield* Effect.exit(handle.current)), { _tag: "SubscriptionRejected" })
      assert.deepInclude(failureOf(yield* Fiber.await(waiting)), { _tag: "SubscriptionRejected" })
    }).pipe(inMemory()))

  it.scoped("closing the service ends the streams", () =>
    Effect.gen(function*() {
      const handle = yield* OrderBook.make({ symbol: "tBTCUSD" })
      const fiber = yield* Effect.fork(Stream.runCollect(OrderBook.live({ symbol: "tBTCUSD" })))
      yield* pass("1 second")
      yield* (yield* MarketData.MarketData).close(4000, "enough")
      yield* settle
      assert.strictEqual(Chunk.toReadonlyArray(yield* Fiber.join(fiber)).at(-1)?._tag, "Resyncing")
      assert.strictEqual((yield* handle.current)._tag, "Resyncing")
    }).pipe(inMemory()))

  it.effect("invalid arguments are refused", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [args: any, options: any, field: string]> = [
        [{ symbol: "BTCUSD" }, {}, "symbol"],
        [{ symbol: "tBTCUSD", prec: "P5" }, {}, "prec"],
        [{ symbol: "tBTCUSD", len: 50 }, {}, "len"],
        [{ symbol: "tBTCUSD", prec: "R0", freq: "F1" }, {}, "freq"],
        [{ symbol: "tBTCUSD", depth: 3 }, {}, "depth"],
        [{ symbol: "tBTCUSD" }, { every: "soon" }, "every"],
        [{ symbol: "tBTCUSD" }, { onbest: true }, "onbest"],
        [{ symbol: "tBTCUSD" }, { every: Infinity }, "every"],
        [{ symbol: "tBTCUSD" }, { serve: "all" }, "serve"],
        [{ symbol: "tBTCUSD" }, { onBest: 1 }, "onBest"],
        [{ symbol: "tBTCUSD" }, { onBest: true, buffer: BufferPolicy.sliding(2) }, "buffer"],
        [null, {}, "args"],
        [{ symbol: "tBTCUSD" }, null, "options"]
      ]
      for (const [args, options, field] of cases) {
        const exit = yield* Effect.exit(Effect.scoped(OrderBook.make(args, options)))
        assert.deepInclude(failureOf(exit), { _tag: "InvalidInput", operation: "OrderBook.make", field })
        if (options !== null) {
          const other = yield* Effect.exit(Stream.runDrain(OrderBook.live(args, options)))
          assert.deepInclude(failureOf(other), { _tag: "InvalidInput", operation: "OrderBook.live", field })
        }
      }
    }).pipe(inMemory()))
})

describe("OrderBook: faults", () => {
  // a hundred with BOOK_SEEDS=100
  const seeds = Env.runs(2, 4, "BOOK_SEEDS")
  const faults: ReadonlyArray<readonly [name: string, fault: Fault.Fault, reasons: ReadonlyArray<string>]> = [
    ["one delta is corrupt", Fault.CorruptRow.make({ match: "book" }), ["Malformed"]],
    ["one delta is cut short", Fault.ShortRow.make({ match: "book" }), ["Malformed"]],
    ["one delta is lost", Fault.Lose.make({ match: "book" }), ["SequenceGap"]],
    [
      "one delta is lost before it was numbered",
      Fault.Lose.make({ match: "book", counted: false }),
      ["ChecksumMismatch", "Overfull"]
    ],
    ["one delta comes twice", Fault.Duplicate.make({ match: "book" }), []],
    ["two deltas change places", Fault.Reorder.make({ match: "book" }), ["SequenceGap"]],
    ["a checksum is wrong", Fault.CorruptChecksum.make({ match: "book" }), ["ChecksumMismatch"]],
    ["a frame is cut", Fault.Truncate.make({ match: "book" }), ["SequenceGap", "ChecksumMismatch", "Overfull"]],
    ["a sequence number is left out", Fault.SkipSequence.make({ by: 1 }), ["SequenceGap"]]
  ]

  const run = (
    seed: number,
    fault: Fault.Fault,
    expected: ReadonlyArray<string>,
    prec: Prec,
    flags: { readonly sequence?: boolean; readonly checksum?: boolean }
  ) =>
    Effect.gen(function*() {
      const problems = yield* gather((yield* MarketData.MarketData).problems)
      const { states, wrong } = yield* follow({ symbol: "tBTCUSD", prec }, prec, 25)
      const random = Random.make(`fault ${seed}`)
      yield* pass(1000 + 250 * (yield* random.nextIntBetween(0, 8)))
      yield* inject(fault)
      yield* pass("4 seconds")
      assert.deepStrictEqual(wrong, [])
      const reported = reasons(states)
      // a wrong book is repaired by one resubscription, and a correct book needs none
      assert.isAtMost(reported.length, 1)
      for (const reason of reported) assert.include(expected, reason)
      const subscribed = (yield* sent("subscribe")).length
      assert.strictEqual(subscribed, 1 + reported.length)
      assert.strictEqual((yield* sent("unsubscribe")).length, reported.length)
      const state = last(states)
      assert.isTrue(isTrue(yield* market, state.book, prec, 25))
      assert.isTrue(state.verified)
      assert.strictEqual(state.epoch, 1 + reported.length)
      assert.deepStrictEqual(problems.filter(({ _tag }) => _tag === "VenueError" || _tag === "Disconnected"), [])
      return reported.length
    }).pipe(
      Effect.scoped,
      inMemory({ seed, symbols: ["tBTCUSD"], history: 10_000, settings: { socket: { flags } } })
    )

  for (const [name, fault, expected] of faults) {
    it.effect(
      `${name}: no wrong book is served, and one resubscription heals it (${seeds} seeds)`,
      () =>
        Effect.gen(function*() {
          let healed = 0
          for (let seed = 1; seed <= seeds; seed++) {
            const prec = seed % 2 === 0 ? "R0" : "P0"
            healed += yield* run(seed, fault, expected, prec, { sequence: true, checksum: true })
          }
          if (expected.length > 0) assert.isAbove(healed, 0)
        }),
      600_000
    )
  }

  describe("without sequence numbers, the checksum alone detects them", () => {
    for (const k of [2, 4, 5]) {
      const [name, fault] = faults[k]!
      it.effect(`${name} (${seeds} seeds)`, () =>
        Effect.gen(function*() {
          for (let seed = 1; seed <= seeds; seed++) {
            const prec = seed % 2 === 0 ? "R0" : "P0"
            const any = ["ChecksumMismatch", "Overfull", "ImpossibleDelete"]
            yield* run(seed + 1000, fault, any, prec, { checksum: true })
          }
        }), 600_000)
    }
  })

  it.scoped("a snapshot within an epoch, of which the checksum covers only the best 25 rows of each side", () =>
    Effect.gen(function*() {
      const view = yield* market
      const { states, wrong } = yield* follow({ symbol: "tBTCUSD", len: 100 }, "P0", 100)
      yield* pass("2 seconds")
      const { asks, bids } = view.book("tBTCUSD", "P0", 100)
      assert.isAbove(bids.length, 26)
      const { chanId } = (yield* (yield* FakeExchange).connections)[0]!.channels[0]!
      // in place of a deletion that was never sent
      yield* inject(Fault.Send.make({ text: JSON.stringify([chanId, [...bids.slice(0, -1), ...asks]]) }))
      yield* pass("4 seconds")
      assert.deepStrictEqual(wrong, [])
      assert.deepStrictEqual(reasons(states), ["UnexpectedSnapshot"])
      assert.isTrue(isTrue(view, last(states).book, "P0", 100))
    }).pipe(inMemory({ symbols: ["tBTCUSD"], settings: { socket: { flags: { checksum: true } } } })))

  it.scoped("a venue whose checksums are always wrong does not cause a flood of requests", () =>
    Effect.gen(function*() {
      const states = yield* gather(OrderBook.live({ symbol: "tBTCUSD" }))
      for (let k = 0; k < 100; k++) yield* inject(Fault.CorruptChecksum.make({}))
      yield* pass("30 seconds")
      assert.isBelow((yield* sent("subscribe")).length, 10)
      assert.isTrue(reasons(states).every((reason) => reason === "ChecksumMismatch"))
    }).pipe(inMemory({ symbols: ["tBTCUSD"] })))
})
