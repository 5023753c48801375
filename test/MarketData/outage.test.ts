import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as MarketData from "../../src/MarketData.ts"
import { pass, start, turns } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"
import { worstWindow } from "../support/strictVenue.ts"

const letter = (k: number): string => String.fromCharCode(65 + k)

const tickers = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, k) => `t${letter(Math.floor(k / 26))}${letter(k % 26)}XUSD` as const),
    (symbol) => start(MarketData.ticker(symbol))
  )

/** a host that can be down */
const host = (settings?: BitfinexConfig.Overrides) =>
  Effect.gen(function*() {
    let isUp = true
    const venue = yield* Scripted.make({ onAsked: (frame, line) => line.obey(frame), accepts: () => isUp })
    return {
      venue,
      client: Scripted.clientOf(venue, settings),
      down: () => {
        isUp = false
        for (const line of venue.lines) line.drop()
      },
      up: () => {
        isUp = true
      },
      attempts: () => venue.lines.map(({ at }) => at)
    }
  })

describe("MarketData: a host that is down", () => {
  for (const [seconds, patience] of [[4, 4], [10, 6], [40, 30]] as const) {
    it.scoped(
      `for ${seconds} s: one socket of five tries for all, and all of them are live within ${patience} s`,
      () =>
        Effect.gen(function*() {
          const { attempts, client, down, up, venue } = yield* host()
          yield* Effect.gen(function*() {
            const all = yield* tickers(110)
            yield* pass("2 seconds")
            assert.lengthOf(venue.lines, 5)
            down()
            yield* pass(seconds * 1000)
            up()
            yield* pass(patience * 1000)
            for (const { events } of all) {
              assert.deepStrictEqual(turns(events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
            }
            assert.isAtMost(worstWindow(attempts(), 60_000), 20)
            // each failed attempt of the probing socket, and one success of each socket
            assert.isAtMost(attempts().length, 5 + Math.ceil(Math.log2(2 * seconds + 1)) + 5)
          }).pipe(Effect.provide(client))
        }),
      20_000
    )
  }

  it.scoped("if the probing socket is no longer needed, another one probes", () =>
    Effect.gen(function*() {
      const { client, down, up } = yield* host({ socket: { channelsPerSocket: 1 } })
      yield* Effect.gen(function*() {
        const [first, second, third] = yield* tickers(3)
        yield* pass("1 second")
        down()
        yield* pass("2 seconds")
        yield* first!.stop
        yield* second!.stop
        yield* pass("20 seconds")
        up()
        yield* pass("30 seconds")
        assert.include(turns(third!.events), "Snapshot 2")
      }).pipe(Effect.provide(client))
    }))

  it.scoped("if the schedule of the probing socket ends, all sockets that wait for it fail with its reason", () =>
    Effect.gen(function*() {
      const reconnect = Schedule.addDelay(Schedule.recurs(3), () => "1 second")
      const { client, down } = yield* host({ socket: { channelsPerSocket: 1, reconnect } })
      yield* Effect.gen(function*() {
        const all = yield* tickers(4)
        yield* pass("1 second")
        down()
        yield* pass("6 seconds")
        for (const each of all) assert.deepInclude(each.failure(), { _tag: "ReconnectExhausted", attempts: 4 })
      }).pipe(Effect.provide(client))
    }))
})
