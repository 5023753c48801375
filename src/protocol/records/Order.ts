/**
 * Orders of an account, and its trades.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const flagOrBoolean = Field.nullable(Field.also("boolean", Field.flag))
const intOrText = Field.nullable(Field.also("text", Field.int))

const order = Layout.make("Order", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** group, given by the client; digits as text in past orders; the socket may show 0 for none */
  gid: at(1, intOrText),
  /** given by the client, unique per UTC day; ms of the venue's clock if the client gave none */
  cid: at(2, Field.nullable(Field.int)),
  /** trading symbol */ symbol: at(3, Field.str),
  /** ms of the submission */ mtsCreate: at(4, Field.mts),
  /** ms of the last change */ mtsUpdate: at(5, Field.mts),
  /** remaining amount, base currency: above zero to buy, below to sell; 0 once fully executed */
  amount: at(6, Field.num),
  /** original amount, before any execution */ amountOrig: at(7, Field.num),
  /** `LIMIT`, `EXCHANGE LIMIT`, …; see `submitOrder` */ orderType: at(8, Field.str),
  /** type before the last change or trigger */ typePrev: at(9, Field.nullable(Field.str)),
  /** time at which the venue cancels it, ms */ mtsTif: at(10, Field.nullable(Field.mts)),
  /** sum of bits, see `Flags.order`; text in past orders. An accepted post-only order shows it in `meta` instead */
  flags: at(12, intOrText),
  /**
   * text that begins with a keyword: ACTIVE, EXECUTED, PARTIALLY FILLED, CANCELED and others; parse the beginning
   * only
   */
  status: at(13, Field.str),
  /** limit or stop price, quote currency; for market orders the market price at entry */
  price: at(16, Field.nullable(Field.num)),
  /** average price of its executions, quote currency; 0 before the first */
  priceAvg: at(17, Field.nullable(Field.num)),
  /** distance of a trailing stop, quote currency */ priceTrailing: at(18, Field.nullable(Field.num)),
  /** limit price of a stop limit, or stop price of an OCO */ priceAuxLimit: at(19, Field.nullable(Field.num)),
  /** 1 if notifications are on */ notify: at(23, flagOrBoolean),
  /** 1 if it is not in the book */ hidden: at(24, Field.nullable(Field.flag)),
  /** id of the linked order: the other leg of an OCO, or the order that caused it */
  placedId: at(25, Field.nullable(Field.int)),
  /** `BFX`, `API>BFX` and others */ routing: at(28, Field.nullable(Field.str)),
  /** `$F7` 1 for post-only, `$F33` leverage, aff_code, source; past orders write an underscore before the `$` */
  meta: at(31, Field.nullable(Field.object))
}))
/**
 * One order in any state: the layout of active, submitted, updated, cancelled and past orders.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-retrieve-orders
 * @since 0.1.0
 * @category records
 */
export interface Order extends Layout.Type<typeof order> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Order: Layout.Layout<Order> = order

/**
 * What the status text of an order says. `Cancelled` stands for every end before the order was executed in full;
 * `Unknown` for a text whose words are not known: then only the list or the event in which it comes says whether the
 * order is open.
 *
 * @since 0.1.0
 * @category models
 */
export type OrderStatus = "Active" | "PartiallyFilled" | "Executed" | "Cancelled" | "Unknown"

const meanings: ReadonlyArray<readonly [begins: RegExp, meaning: OrderStatus]> = [
  [/^ACTIVE\b/, "Active"],
  [/^PARTIALLY FILLED\b/, "PartiallyFilled"],
  [/^(FORCED )?EXECUTED\b/, "Executed"],
  [/^([A-Z]+ )?CANCELED\b|^INSUFFICIENT (BALANCE|MARGIN)\b|^RSN_/, "Cancelled"]
]

/**
 * The meaning of an order's status text, by the words it begins with.
 *
 * @since 0.1.0
 * @category guards
 */
export const orderStatus = (text: string): OrderStatus =>
  meanings.find(([begins]) => begins.test(text))?.[1] ?? "Unknown"

/**
 * Whether an order is open by its status text. One that is among past orders, or in an `oc`, has ended all the same.
 *
 * @since 0.1.0
 * @category guards
 */
export const isOrderMoving = (text: string): boolean => {
  const status = orderStatus(text)
  return status === "Active" || status === "PartiallyFilled"
}

/**
 * Whether anything of an order was executed: by its status, which names earlier ones behind `was`, or its average
 * price. What `amount` lacks of `amountOrig` does not say it: an update of the amount may change one of the two alone.
 *
 * @since 0.1.0
 * @category guards
 */
export const hasExecutions = (order: Pick<Order, "priceAvg" | "status">): boolean =>
  /\b(EXECUTED|PARTIALLY FILLED)\b/.test(order.status) || (order.priceAvg !== null && order.priceAvg !== 0)

const orderNotice = Layout.sparse("OrderNotice", Order, [
  "id",
  "symbol",
  "mtsCreate",
  "mtsUpdate",
  "amount",
  "amountOrig",
  "orderType",
  "status"
])
/**
 * The order inside a notification of the socket. Some fields may be null: a new order has no times and no status yet, a
 * refused order has no id, and an order cancelled by `cid` has only the `cid` in old recordings.
 *
 * @see https://docs.bitfinex.com/reference/ws-auth-notifications
 * @since 0.1.0
 * @category records
 */
export interface OrderNotice extends Layout.Type<typeof orderNotice> {}
/**
 * @since 0.1.0
 * @category records
 */
export const OrderNotice: Layout.Layout<OrderNotice> = orderNotice

const intOrBoolean = Field.nullable(Field.also("boolean", Field.int))

const trade = Layout.make("Trade", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** trading symbol */ symbol: at(1, Field.str),
  /** ms of the trade; `te` may carry a fraction */ mts: at(2, Field.mts),
  /** id of the order */ orderId: at(3, Field.int),
  /** base currency: above zero bought, below sold */ execAmount: at(4, Field.num),
  /** quote currency */ execPrice: at(5, Field.num),
  /** type of the order; null before March 2020 */ orderType: at(6, Field.nullable(Field.str)),
  /** limit price of the order, quote currency; null in old rows */ orderPrice: at(7, Field.nullable(Field.num)),
  /** only 1 means maker; -1 is taker, and 0, false or null were also observed */
  maker: at(8, intOrBoolean),
  /** below zero if charged, above zero for a rebate, in `feeCurrency`; null on `te` */
  fee: at(9, Field.nullable(Field.num)),
  /** the currency received: base for a purchase, quote for a sale; null on `te` */
  feeCurrency: at(10, Field.nullable(Field.str)),
  /** `cid` of the order, given by the client; absent from old rows */ cid: at(11, Field.nullable(Field.int))
}))
/**
 * One trade of the account. The socket sends it twice: `te` at once, `tu` later, with the fee.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-trades
 * @since 0.1.0
 * @category records
 */
export interface Trade extends Layout.Type<typeof trade> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Trade: Layout.Layout<Trade> = trade

const otcStatus = Field.word("PENDING", "CANCELED", "REJECTED", "COMPLETED", "EXPIRED")

const otcOrder = Layout.make("OtcOrder", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** trading symbol */ symbol: at(1, Field.str),
  /** opening time of the deal, ms */ mtsCreate: at(2, Field.mts),
  /** ms of the last change */ mtsUpdate: at(3, Field.mts),
  /** 1 if this user opened the deal, 0 if the counterparty did */ initiator: at(5, Field.nullable(Field.flag)),
  /** nickname of the user who opened the deal */ initiatorNickname: at(6, Field.nullable(Field.str)),
  /** nickname of the counterparty */ counterPartyNickname: at(7, Field.nullable(Field.str)),
  /** base currency: above zero to buy, below to sell */ amount: at(9, Field.num),
  /** quote currency */ price: at(10, Field.num),
  /** state of the deal; the venue may add words */ status: at(12, otcStatus),
  /** time at which the venue cancels it, ms; may be absent */ tif: at(13, Field.nullable(Field.mts))
}))
/**
 * One deal over the counter.
 *
 * @see https://docs.bitfinex.com/reference/otc-orders-history
 * @since 0.1.0
 * @category records
 */
export interface OtcOrder extends Layout.Type<typeof otcOrder> {}
/**
 * @since 0.1.0
 * @category records
 */
export const OtcOrder: Layout.Layout<OtcOrder> = otcOrder

const weightedAverages = Layout.make("WeightedAverages", (at) => ({
  /** number of trades included */ tradeCount: at(0, Field.int),
  /** quote currency */ sumBuyingSpent: at(1, Field.nullable(Field.num)),
  /** base currency */ sumBuyingAmount: at(2, Field.nullable(Field.num)),
  /** quote currency */ sumSellingSpent: at(4, Field.nullable(Field.num)),
  /** base currency */ sumSellingAmount: at(5, Field.nullable(Field.num)),
  /** quote currency */ buyingWeightedPrice: at(7, Field.nullable(Field.num)),
  /** quote currency */ sellingWeightedPrice: at(8, Field.nullable(Field.num)),
  /** ms */ mtsFirstTrade: at(10, Field.nullable(Field.mts)),
  /** ms */ mtsLastTrade: at(11, Field.nullable(Field.mts))
}))
/**
 * Average prices of the account's trades. The manual no longer has its page; the layout is taken from other clients.
 *
 * @since 0.1.0
 * @category records
 */
export interface WeightedAverages extends Layout.Type<typeof weightedAverages> {}
/**
 * @since 0.1.0
 * @category records
 */
export const WeightedAverages: Layout.Layout<WeightedAverages> = weightedAverages
