/**
 * Status messages: derivatives and liquidations.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const number = Field.nullable(Field.num)

const derivativesStatusEntry = Layout.make("DerivativesStatusEntry", (at) => ({
  /** symbol of the derivative, such as tBTCF0:USTF0 */ key: at(0, Field.str),
  /** ms of the status */ mts: at(1, Field.mts),
  /** price of the contract's last trade, quote currency */ derivPrice: at(3, number),
  /** price of the underlying, quote currency */ spotPrice: at(4, number),
  /** balance of the insurance fund, quote currency */ insuranceFundBalance: at(6, number),
  /** ms of the next funding event */ nextFundingEvtMts: at(8, Field.nullable(Field.mts)),
  /** funding accrued until the next event */ nextFundingAccrued: at(9, number),
  /** counter of the steps until the next event */ nextFundingStep: at(10, Field.nullable(Field.int)),
  /** funding applied in the current period */ currentFunding: at(12, number),
  /** mark price, quote currency */ markPrice: at(15, number),
  /** open contracts */ openInterest: at(18, number),
  /** range in which the average spread needs no funding payment, lower bound */ clampMin: at(22, number),
  /** the same, upper bound */ clampMax: at(23, number)
}))
/**
 * Status of a derivative with its symbol: the current list of REST. All but key and time may be null.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-derivatives-status
 * @since 0.1.0
 * @category records
 */
export interface DerivativesStatusEntry extends Layout.Type<typeof derivativesStatusEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const DerivativesStatusEntry: Layout.Layout<DerivativesStatusEntry> = derivativesStatusEntry

const derivativesStatus = Layout.make("DerivativesStatus", (at) => ({
  /** ms of the status */ mts: at(0, Field.mts),
  /** price of the contract's last trade, quote currency */ derivPrice: at(2, number),
  /** price of the underlying, quote currency */ spotPrice: at(3, number),
  /** balance of the insurance fund, quote currency */ insuranceFundBalance: at(5, number),
  /** ms of the next funding event */ nextFundingEvtMts: at(7, Field.nullable(Field.mts)),
  /** funding accrued until the next event */ nextFundingAccrued: at(8, number),
  /** counter of the steps until the next event */ nextFundingStep: at(9, Field.nullable(Field.int)),
  /** funding applied in the current period */ currentFunding: at(11, number),
  /** mark price, quote currency */ markPrice: at(14, number),
  /** open contracts */ openInterest: at(17, number),
  /** range in which the average spread needs no funding payment, lower bound; absent from older rows */
  clampMin: at(21, number),
  /** the same, upper bound */ clampMax: at(22, number)
}))
/**
 * Status of a derivative without its symbol: the socket, and the history of REST. All but the time may be null.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-derivatives-status-history
 * @since 0.1.0
 * @category records
 */
export interface DerivativesStatus extends Layout.Type<typeof derivativesStatus> {}
/**
 * @since 0.1.0
 * @category records
 */
export const DerivativesStatus: Layout.Layout<DerivativesStatus> = derivativesStatus

const liquidation = Layout.make("Liquidation", (at) => ({
  /** `pos` in every known row */ msgType: at(0, Field.str),
  /** id of the position */ posId: at(1, Field.int),
  /** ms of the event, sometimes with a fraction */ mts: at(2, Field.mts),
  /** trading symbol */ symbol: at(4, Field.str),
  /** base currency: positive was long, negative short */ amount: at(5, Field.num),
  /** price at which the position was opened, quote currency; may be null */ basePrice: at(6, number),
  /** 0 is the trigger, 1 the execution in the market */ isMatch: at(8, Field.flag),
  /**
   * the manual's pages contradict each other (REST: 1 is sold in the market; socket: 0 is sold in the market): do not
   * rely on it
   */
  isMarketSold: at(9, Field.flag),
  /** price at which the position was taken over, quote currency; may be null */ liquidationPrice: at(11, number)
}))
/**
 * Liquidation of a position.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-liquidations
 * @since 0.1.0
 * @category records
 */
export interface Liquidation extends Layout.Type<typeof liquidation> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Liquidation: Layout.Layout<Liquidation> = liquidation
