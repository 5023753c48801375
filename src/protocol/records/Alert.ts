/**
 * Price alerts.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const alert = Layout.make("Alert", (at) => ({
  /** type, symbol and price, joined by colons */ info: at(0, Field.str),
  /** price */ type: at(1, Field.str),
  /** trading symbol */ pair: at(2, Field.str),
  /** quote currency */ price: at(3, Field.num),
  /** begins at 100 and falls with each alert; the alert is deleted at 0 */ countdown: at(4, Field.int)
}))
/**
 * One price alert.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-alerts
 * @since 0.1.0
 * @category records
 */
export interface Alert extends Layout.Type<typeof alert> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Alert: Layout.Layout<Alert> = alert

const alertDeleteResult = Layout.make("AlertDeleteResult", (at) => ({
  /** reportedly true whether or not the alert existed */ success: at(0, Field.bool)
}))
/**
 * The deletion of an alert.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-alert-del
 * @since 0.1.0
 * @category records
 */
export interface AlertDeleteResult extends Layout.Type<typeof alertDeleteResult> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AlertDeleteResult: Layout.Layout<AlertDeleteResult> = alertDeleteResult
