import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as Fault from "../../src/testing/Fault.ts"
import { connections, inject, inMemory, pass, pull, start, turns } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"

const busy = { step: 500, tick: 500 }

const slowBook = pull(MarketData.book({ symbol: "tBTCUSD" }, { buffer: BufferPolicy.suspend(32) }))

describe("MarketData: a socket that a slow consumer keeps from being read", () => {
  it.scoped("is not read after a reconnection either, so that nothing piles up, and continues when it is read again", () =>
    Effect.gen(function*() {
      const other = yield* start(MarketData.trades("tBTCUSD"))
      const slow = yield* slowBook
      yield* pass("30 seconds")
      yield* inject(Fault.Drop.make({ code: 1006 }))
      yield* pass("2 minutes")
      assert.lengthOf((yield* connections).filter(({ state }) => state === "open"), 1)
      assert.deepStrictEqual(turns(other.events), ["Snapshot 1", "Interrupted 1"])
      yield* slow.open
      yield* pass("2 seconds")
      for (const { events } of [other, slow]) {
        assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
      }
      assert.lengthOf(yield* connections, 2)
    }).pipe(inMemory(busy)))

  it.scoped("is read again when the last of several slow consumers has caught up, and not before", () =>
    Effect.gen(function*() {
      const other = yield* start(MarketData.trades("tBTCUSD"))
      // of one channel, so that the same frame fills both
      const [one, two] = [yield* slowBook, yield* slowBook]
      yield* pass("30 seconds")
      const held = other.events.length
      yield* one.open
      yield* pass("10 seconds")
      const afterOne = other.events.length
      yield* pass("20 seconds")
      assert.strictEqual(other.events.length, afterOne)
      yield* two.open
      yield* pass("10 seconds")
      assert.isAbove(other.events.length, Math.max(held, afterOne) + 10)
      assert.lengthOf(yield* connections, 1)
    }).pipe(inMemory(busy)))
})

/** a line of a ticker for each second */
const ticks = (line: Scripted.Line | undefined, chanId: number, seconds: number) =>
  Effect.gen(function*() {
    for (let second = 0; second < seconds; second++) {
      if (line?.isOpen === true) line.say([chanId, [second, 1, 1, 1, 1, 1, 1, 1, 1, 1]])
      yield* pass("1 second")
    }
  })

const suspended = (symbol: "tONEUSD" | "tTWOUSD") =>
  pull(MarketData.ticker(symbol, { buffer: BufferPolicy.suspend(1) }))

describe("MarketData: a socket that is read again", () => {
  it.scoped("is not abandoned for what could not be read before: silence, quiet channels, pongs in transit", () =>
    Effect.gen(function*() {
      let isRead = true
      const venue = yield* Scripted.make({
        onAsked: (frame, line) => {
          // the pongs of a socket that is not read wait in the kernel, and take a while
          if (frame.event !== "ping") line.obey(frame)
          else if (isRead) line.obey(frame, 3000)
        }
      })
      yield* Effect.gen(function*() {
        const slow = yield* suspended("tONEUSD")
        const quiet = yield* start(MarketData.ticker("tTWOUSD"))
        yield* pass("1 second")
        yield* ticks(venue.lines[0], 1, 3)
        isRead = false
        yield* pass("2 minutes")
        isRead = true
        yield* slow.open
        yield* ticks(venue.lines[0], 1, 15)
        assert.lengthOf(venue.lines, 1)
        assert.deepStrictEqual(venue.lines[0]!.asked.filter(({ event }) => event === "unsubscribe"), [])
        for (const { events } of [slow, quiet]) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
      }).pipe(Effect.provide(Scripted.clientOf(venue)))
    }))

  it.scoped("a slow consumer's channel that moves to another socket takes its pause along", () =>
    Effect.gen(function*() {
      let limit = Number.POSITIVE_INFINITY
      const venue = yield* Scripted.make({
        onAsked: (frame, line) => {
          const channels = line.asked.filter(({ event }) => event === "subscribe").length
          if (frame.event === "subscribe" && channels > limit) {
            line.say({ ...frame, event: "error", code: 10305, msg: "" })
          } else if (frame.event !== "ping" || line.number > 3) line.obey(frame)
        }
      })
      yield* Effect.gen(function*() {
        const other = yield* start(MarketData.ticker("tTWOUSD"))
        const slow = yield* suspended("tONEUSD")
        yield* pass("1 second")
        yield* ticks(venue.lines[0], 2, 3)
        // the socket is lost while it is not read; the next one takes one channel
        limit = 1
        venue.lines[0]!.drop()
        yield* pass("5 seconds")
        assert.deepStrictEqual(venue.lines.slice(1).map((line) => line.asked.map(({ symbol }) => symbol)), [
          ["tTWOUSD", "tONEUSD"],
          ["tONEUSD"]
        ])
        // neither of the two answers a ping: the one that is read is replaced; the silence of the other one does not
        // count
        yield* pass("30 seconds")
        assert.lengthOf(venue.lines, 4)
        assert.deepStrictEqual(turns(other.events).slice(-3), ["Snapshot 2", "Interrupted 2", "Snapshot 3"])
        yield* slow.open
        yield* pass("30 seconds")
        assert.lengthOf(venue.lines, 5)
        assert.match(turns(slow.events).at(-1)!, /^Snapshot/)
      }).pipe(Effect.provide(Scripted.clientOf(venue, { socket: { channelSilence: "1 hour" } })))
    }))
})
