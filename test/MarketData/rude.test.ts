import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { SubscriptionRejected } from "../../src/BitfinexError.ts"
import { hasRows } from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as Env from "../support/env.ts"
import { type Event, pass, start, turns } from "../support/market.ts"
import * as Rude from "../support/rudeVenue.ts"
import * as Scripted from "../support/scriptedVenue.ts"

interface Watched {
  readonly symbol: string
  readonly events: ReadonlyArray<Event>
  readonly failure: () => unknown
}

const bandsOf = (event: Event): ReadonlyArray<number> =>
  hasRows(event) ? event.rows.map((row) => Math.floor((row.bid ?? row.price) / 1000)) : []

const follow = (symbol: (typeof Rude.symbols)[number]) =>
  Effect.gen(function*() {
    const ticker = yield* start(MarketData.ticker(symbol))
    const trades = yield* start(MarketData.trades(symbol))
    const states: Array<OrderBook.State<any>> = []
    let failure: unknown
    yield* Effect.forkScoped(
      Stream.runForEach(OrderBook.live({ symbol }), (state) => Effect.sync(() => states.push(state))).pipe(
        Effect.catchAll((error) => Effect.sync(() => failure = error))
      )
    )
    return {
      symbol,
      rows: [ticker, trades] as ReadonlyArray<Omit<Watched, "symbol">>,
      states,
      bookFailure: () => failure
    }
  })

const run = (venue: Effect.Effect.Success<ReturnType<typeof Rude.make>>, seconds: number) =>
  Effect.gen(function*() {
    for (let second = 0; second < seconds; second++) {
      yield* venue.tick
      yield* pass("1 second")
    }
  })

/**
 * The one failure that is right here: of a request that the venue never acknowledged, with no answer or with the word that
 * it has the channel already, and whose stream never gave an element.
 */
const isUnanswered = (failure: unknown, elements: ReadonlyArray<unknown>): boolean =>
  failure instanceof SubscriptionRejected && elements.length === 0 &&
  (failure.code === null
    ? failure.text.includes("did not answer")
    : failure.code === 10301 && failure.text.includes("did not acknowledge it within 60 s"))

/** no row of one symbol under another; of each epoch, a snapshot first */
const check = ({ rows, states, symbol }: Effect.Effect.Success<ReturnType<typeof follow>>): void => {
  const band = Rude.bandOf(symbol)
  for (const { events } of rows) {
    for (const event of events) assert.deepStrictEqual(bandsOf(event).filter((each) => each !== band), [], symbol)
  }
  for (const state of states) {
    if (state._tag !== "Synced") continue
    for (const { price } of [...state.book.bids, ...state.book.asks]) assert.strictEqual(Math.floor(price / 1000), band)
    assert.isBelow(state.book.bestBid.price, state.book.bestAsk.price)
  }
}

const settings = { socket: { flags: { sequence: true, checksum: true } } } as const

describe("MarketData against a venue that breaks every rule", () => {
  const seeds = Env.runs(4, 60)
  for (let seed = 1; seed <= seeds; seed++) {
    it.scoped(
      `seed ${seed}: no row of another symbol, no wrong book; when the venue calms down, all is live again`,
      () =>
        Effect.gen(function*() {
          const venue = yield* Rude.make(seed)
          yield* Effect.gen(function*() {
            const all = yield* Effect.forEach(Rude.symbols, follow)
            yield* run(venue, 120)
            yield* venue.calm
            yield* run(venue, 150)
            all.forEach(check)
            for (const { bookFailure, rows, states, symbol } of all) {
              for (const { events, failure } of rows) {
                if (isUnanswered(failure(), events)) continue
                assert.isUndefined(failure(), `${symbol} ${failure() as any}`)
                const last = events.findLast(({ _tag }) => _tag !== "Malformed")
                assert.include(["Snapshot", "Update"], last?._tag, `${symbol} ${turns(events).join(", ")}`)
              }
              if (isUnanswered(bookFailure(), states)) continue
              assert.isUndefined(bookFailure(), `${symbol} ${bookFailure() as any}`)
              const last = states.at(-1)
              assert.strictEqual(last?._tag, "Synced", `${symbol} ${JSON.stringify(last)}`)
              if (last?._tag !== "Synced") return
              const ours = [...last.book.bids, ...last.book.asks].map((
                { amount, count, price }
              ) => [price, count, amount])
              const theirs = venue.books(symbol).map((book) => JSON.stringify([...book.bids(), ...book.asks()]))
              assert.include(theirs, JSON.stringify(ours), symbol)
            }
          }).pipe(Effect.provide(Scripted.clientOf(venue.scripted, settings)))
        }),
      60_000
    )
  }

  for (let seed = 1; seed <= seeds; seed++) {
    it.scoped(`seed ${seed}: rude to one symbol only, the others are never interrupted`, () =>
      Effect.gen(function*() {
        const venue = yield* Rude.make(seed, "tAAAUSD")
        yield* Effect.gen(function*() {
          const others = yield* Effect.forEach(Rude.symbols.slice(1), follow)
          yield* run(venue, 2)
          const target = yield* follow("tAAAUSD")
          yield* run(venue, 180)
          for (const each of [target, ...others]) check(each)
          for (const { rows, states, symbol } of others) {
            for (const { events } of rows) {
              assert.deepStrictEqual(
                turns(events),
                ["Snapshot 1"],
                symbol + JSON.stringify(events.filter((each) => each._tag === "Interrupted"))
              )
            }
            assert.isTrue(states.every(({ _tag }) => _tag === "Synced"), symbol)
          }
        }).pipe(Effect.provide(Scripted.clientOf(venue.scripted, settings)))
      }), 60_000)
  }
})
