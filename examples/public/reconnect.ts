/** The elements of a stream and the states of its socket while the connection breaks. The fake exchange breaks it after 2 s. */
import * as MarketData from "effect-bitfinex/MarketData"
import type * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** options of the fake exchange, read by `examples/run.ts` */
export const options: FakeExchange.Options = { script: [{ after: 2000, fault: Fault.Drop.make({ code: 1006 }) }] }

export const program = Effect.gen(function*() {
  const market = yield* MarketData.MarketData
  const states = market.states.pipe(
    Stream.runForEach((sockets) =>
      Effect.forEach(Object.entries(sockets), ([name, state]) => Console.log(`${name}: ${JSON.stringify(state)}`))
    )
  )
  const trades = MarketData.trades("tBTCUSD").pipe(
    Stream.runForEach((event) => {
      switch (event._tag) {
        case "Snapshot":
          return Console.log(`epoch ${event.epoch} begins with ${event.rows.length} trades`)
        case "Interrupted":
          return Console.log(`epoch ${event.epoch} is over: ${event.reason}`)
        default:
          return Effect.void
      }
    })
  )
  yield* Effect.all([states, trades], { concurrency: 2, discard: true }).pipe(Effect.timeoutOption("5 seconds"))
})
