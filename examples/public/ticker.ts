/** The ticker of a symbol: its current state, then each change. Ends after five. */
import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
import * as MarketData from "effect-bitfinex/MarketData"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = MarketData.ticker("tBTCUSD").pipe(
  ChannelEvent.rows,
  Stream.take(5),
  Stream.runForEach(({ ask, bid, lastPrice, volume }) =>
    Console.log(`last ${lastPrice}  bid ${bid}  ask ${ask}  24 h volume ${volume} BTC`)
  )
)
