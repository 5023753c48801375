import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as MarketData from "../../src/MarketData.ts"
import { FakeExchange } from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Account from "../../test/support/account.ts"
import * as Env from "../../test/support/env.ts"
import { gather, inject, inMemory, inOrder, pass, settle, start, turns } from "../../test/support/market.ts"
import { frameOf, pick } from "./frames.ts"

/** the same frame with the id of an open channel, so that it reaches the channel's decoder */
const aimed = (text: string, chanId: number): string => text.replace(/^\[\d+/, `[${chanId}`)

const frames = Env.whole("FUZZ_SOCKET_FRAMES", 300)
const seed = Env.whole("FUZZ_SEED", 1)

/** an error that escapes from a listener is an uncaught exception, and from a promise an unhandled rejection */
const escapes = Effect.acquireRelease(
  Effect.sync(() => {
    const caught: Array<unknown> = []
    const note = (error: unknown) => void caught.push(error)
    process.on("uncaughtException", note)
    process.on("unhandledRejection", note)
    return { caught, note }
  }),
  ({ note }) =>
    Effect.sync(() => {
      process.off("uncaughtException", note)
      process.off("unhandledRejection", note)
    })
)

/** sends all frames, in groups with a pause in between */
const bombard = (chanIds: Effect.Effect<ReadonlyArray<number>, never, FakeExchange>) =>
  Effect.gen(function*() {
    for (let number = 0; number < frames; number++) {
      const { frame, next } = frameOf(seed, number)
      const ids = yield* chanIds
      const text = ids.length > 0 && next() < 0.9 ? aimed(frame.text, pick(next, ids)) : frame.text
      yield* inject(Fault.Send.make({ text }))
      if (number % 10 === 0) yield* pass("100 millis")
    }
    // waits for all consequences: abandoned sockets are reconnected
    for (let k = 0; k < 12; k++) yield* pass("10 seconds")
  })

const openIds = Effect.map(
  Effect.flatMap(FakeExchange, ({ connections }) => connections),
  (all) => all.filter(({ state }) => state === "open").flatMap(({ channels }) => channels.map(({ chanId }) => chanId))
)

describe("fuzz: sockets", () => {
  it.scoped(
    `${frames} damaged frames on the public socket: streams survive, and their elements are in order`,
    () =>
      Effect.gen(function*() {
        const { caught } = yield* escapes
        const market = yield* MarketData.MarketData
        const problems = yield* gather(market.problems)
        const streams = [
          MarketData.book({ symbol: "tBTCUSD" }),
          MarketData.rawBook({ symbol: "tBTCUSD" }),
          MarketData.book({ symbol: "fUSD" }),
          MarketData.trades("tBTCUSD"),
          MarketData.ticker("tBTCUSD"),
          MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }),
          MarketData.liquidations()
        ]
        // the casts: streams of different records, of which the test reads only the tags
        const consumers = yield* Effect.forEach(
          streams,
          (each) => start(each as Stream.Stream<any, any, MarketData.MarketData>)
        )
        yield* pass("1 second")
        yield* bombard(openIds)
        assert.deepStrictEqual(caught, [])
        assert.deepStrictEqual(problems.filter(({ _tag }) => _tag === "Defect"), [])
        assert.isAbove(problems.length, 50)
        for (const { events, failure } of consumers) {
          // only a refusal of the venue that names a request may end a stream
          const error = failure()
          assert.isTrue(error === undefined || error._tag === "SubscriptionRejected", String(error))
          assert.isAbove(events.length, 0)
          // an undecodable frame is reported at any time, even in place of a snapshot
          assert.isTrue(inOrder(events.filter(({ _tag }) => _tag !== "Malformed")), turns(events).join())
        }
        const alive = consumers.filter(({ exit }) => exit() === undefined)
        assert.isAbove(alive.length, 3)
        const last = alive.map(({ events }) => events.length)
        yield* pass("60 seconds")
        assert.isTrue(alive.some(({ events }, place) => events.length > last[place]!), "they go on")
      }).pipe(inMemory({ symbols: ["tBTCUSD", "fUSD"] })),
    { timeout: 240_000 }
  )

  it.scoped(
    `${frames} damaged frames on the account's socket: streams survive, and the account logs in again`,
    () =>
      Effect.gen(function*() {
        const { caught } = yield* escapes
        const account = yield* AccountConnection.AccountConnection
        const events = yield* AccountEvents.AccountEvents
        const problems = yield* gather(account.problems)
        const names = [
          "orders",
          "positions",
          "wallets",
          "trades",
          "notifications",
          "fundingOffers",
          "marginInfo"
        ] as const
        // the cast: as above
        const consumers = yield* Effect.forEach(names, (name) => start(events[name]() as Stream.Stream<any, any>))
        yield* pass("1 second")
        yield* bombard(Effect.succeed([0]))
        yield* settle
        assert.deepStrictEqual(caught, [])
        assert.deepStrictEqual(problems.filter(({ _tag }) => _tag === "Defect"), [])
        for (const { failure } of consumers) {
          const error = failure()
          // a damaged answer to a login may look like a permanent refusal
          assert.isTrue(error === undefined || String(error).includes("AuthenticationFailed"), String(error))
        }
        if (consumers.every(({ exit }) => exit() === undefined)) assert.isTrue((yield* account.state).isLive)
      }).pipe(Account.inMemory()),
    { timeout: 240_000 }
  )
})
