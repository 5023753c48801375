/** Consumers of the flood: one that takes every element and checks for missing ones, and one that is far too slow. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as ChannelEvent from "../../src/ChannelEvent.ts"
import type * as MarketData from "../../src/MarketData.ts"
import * as Market from "./market.ts"
import { breaks, type World } from "./world.ts"

/** returns whether trades come */
export const start = (world: World, market: MarketData.Service): Effect.Effect<() => boolean, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { tally } = world
    let next: number | undefined
    const all = ChannelEvent.runForEachSync((event: ChannelEvent.ChannelEvent<{ readonly id: number }>) => {
      tally.elements++
      if (event._tag === "Interrupted") next = undefined
      else if (event._tag === "Snapshot") next = event.rows[0]!.id + 1
      else if (event._tag === "Update") {
        for (const { id } of event.rows) {
          if (id !== next) breaks(tally, `the flood: trade ${id} where ${next} was to come`)
          next = id + 1
        }
      } else breaks(tally, `the flood: ${event._tag} where nothing was lost`)
    })
    const trades = (buffer: BufferPolicy.BufferPolicy) => market.trades({ symbol: "tBTCUSD" }, { buffer })
    yield* Market.lasting(world, "the flood", all(trades(BufferPolicy.suspend())))
    const slowly = ChannelEvent.runForEach((event: ChannelEvent.ChannelEvent<unknown>) => {
      Market.countOf(world)(event)
      return Effect.sleep(20)
    })
    // a sliding buffer holds up to twice its capacity at times: with 1000 elements, the heap would scatter by 200 KiB
    yield* Market.lasting(world, "the flood, slowly", slowly(trades(BufferPolicy.sliding(64))))
    return () => next !== undefined
  })
