/** Mark price, funding and open interest of a perpetual. Ends after three. */
import * as ChannelEvent from "effect-bitfinex/ChannelEvent"
import * as MarketData from "effect-bitfinex/MarketData"
import * as Console from "effect/Console"
import * as Stream from "effect/Stream"

export const program = MarketData.derivativesStatus("tBTCF0:USTF0").pipe(
  ChannelEvent.rows,
  Stream.take(3),
  Stream.runForEach((status) => Console.log(status))
)
