/**
 * Price alerts.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * One price alert.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-alerts
 * @since 0.1.0
 * @category records
 */
export const Alert = Layout.make("Alert", (at) => ({
  /** type, symbol and price, joined by colons */ info: at(0, Field.str),
  /** price */ type: at(1, Field.str),
  /** trading symbol */ pair: at(2, Field.str),
  /** quote currency */ price: at(3, Field.num),
  /** begins at 100 and falls with each alert; the alert is deleted at 0 */ countdown: at(4, Field.int)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type Alert = Layout.Type<typeof Alert>

/**
 * The deletion of an alert.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-alert-del
 * @since 0.1.0
 * @category records
 */
export const AlertDeleteResult = Layout.make("AlertDeleteResult", (at) => ({
  /** reportedly true whether or not the alert existed */ success: at(0, Field.bool)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type AlertDeleteResult = Layout.Type<typeof AlertDeleteResult>
