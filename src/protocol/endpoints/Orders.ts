/**
 * Orders and trades of an account as a table of rows. All endpoints need a key.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import { Notification } from "../records/Notification.ts"
import { Order, OtcOrder, Trade, WeightedAverages } from "../records/Order.ts"

// ---------------------------------------------------------------------------------------------------------------------
// parameters and their combinations
// ---------------------------------------------------------------------------------------------------------------------

const orders = {
  /** ids of orders; default all */
  id: Param.optional(Body.list(Param.id)),
  /** group, below 2^45 */
  gid: Param.optional(Inputs.gid),
  /** the client's own id, below 2^45; needs `cidDate` */
  cid: Param.optional(Inputs.cid),
  /** UTC day of the `cid`: a time within it, or YYYY-MM-DD */
  cidDate: Param.optional(Inputs.cidDate)
}

const past = {
  ...Inputs.span,
  /** 1 to 2500 rows */
  limit: Param.limit(2500),
  /** ids of orders; default all */
  id: Param.optional(Body.list(Param.id))
}

const trades = {
  ...Inputs.span,
  /** 1 to 2500 rows */
  limit: Param.limit(2500),
  /** 1 oldest first, -1 newest first */
  sort: Param.sort
}

/** parameters of both new and updated orders */
const terms = {
  /** 1 to 100, derivatives only; the venue's default is 10 */
  lev: Param.optional(Inputs.lev),
  /** distance of a trailing stop, quote currency; required for a new trailing stop */
  priceTrailing: Param.named("price_trailing", Param.optional(Inputs.price)),
  /** limit price of a stop limit, quote currency; required for a new stop limit */
  priceAuxLimit: Param.named("price_aux_limit", Param.optional(Inputs.price)),
  /** group, below 2^45 */
  gid: Param.optional(Inputs.gid),
  /** hidden, close, reduceOnly, postOnly, oco, noVarRates: each true or left out */
  flags: Param.optional(Inputs.orderFlags),
  /** time at which the venue cancels the order; truncated to whole seconds */
  tif: Param.optional(Param.dateTime),
  /** code of an affiliate, and options */
  meta: Param.optional(Inputs.orderMeta)
}

/** these execute at the market price; recorded market orders have no price, although the manual requires one */
const unpriced = new Set<unknown>(["MARKET", "EXCHANGE MARKET", "TRAILING STOP", "EXCHANGE TRAILING STOP"])

/** how the venue handles an order without its limit or its distance is unknown */
const second: { readonly [type: string]: string } = {
  "STOP LIMIT": "priceAuxLimit",
  "EXCHANGE STOP LIMIT": "priceAuxLimit",
  "TRAILING STOP": "priceTrailing",
  "EXCHANGE TRAILING STOP": "priceTrailing"
}

const checkNew = (args: Endpoint.AnyArgs): Endpoint.Complaint | undefined => {
  const { flags, price, priceOcoStop, type } = args
  if (price === undefined && !unpriced.has(type)) return { field: "price", reason: `${type} orders need one` }
  const field = second[String(type)]
  if (field !== undefined && args[field] === undefined) return { field, reason: `${type} orders need one` }
  const oco = (flags as { readonly oco?: boolean } | undefined)?.oco === true
  if (priceOcoStop !== undefined && !oco) return { field: "flags", reason: "a price for the OCO needs the flag oco" }
  if (priceOcoStop === undefined && oco) return { field: "priceOcoStop", reason: "the flag oco needs it" }
  return undefined
}

const checkChanged = (args: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  args["amount"] !== undefined && args["delta"] !== undefined
    ? { field: "delta", reason: "amount replaces the amount and delta adds to it; give one of them" }
    : Inputs.checkCid(args)

// ---------------------------------------------------------------------------------------------------------------------
// rows that are also operations of a batch
// ---------------------------------------------------------------------------------------------------------------------

/** cells of an order that repeat what its request names */
const cells = { id: 0, cid: 2 } as const

const submitOrder = Endpoint.write({
  path: "v2/auth/w/order/submit",
  params: {
    /** `EXCHANGE` types trade from the exchange wallet, the others on margin or in derivatives */
    type: Param.oneOf(...Inputs.orderTypes),
    /** t pair */
    symbol: Param.trading,
    /** base currency: above zero buys, below sells; 8 decimals */
    amount: Inputs.signedAmount,
    /** quote currency, 5 significant digits; not needed for market orders and trailing stops */
    price: Param.optional(Inputs.price),
    ...terms,
    /** stop price of an OCO, quote currency; needs the flag `oco` */
    priceOcoStop: Param.named("price_oco_stop", Param.optional(Inputs.price)),
    /** the client's own id, below 2^45 and unique per UTC day: it identifies the order if no reply arrives */
    cid: Param.optional(Inputs.cid)
  },
  ...Notification.reply("on-req", Notification.rows(Order, { needed: true }), { repeats: { cid: cells.cid } }),
  check: checkNew,
  limit: [90, 60],
  doc: "rest-auth-submit-order"
})

const updateOrder = Endpoint.order({
  path: "v2/auth/w/order/update",
  params: {
    /** id of the order */
    id: Param.id,
    /** new amount, base currency: above zero buys, below sells */
    amount: Param.optional(Inputs.signedAmount),
    /** new price, quote currency, 5 significant digits */
    price: Param.optional(Inputs.price),
    /** amount to add, in place of `amount`: a repeat adds it again */
    delta: Param.optional(Inputs.signedAmount),
    /** the client's own id, below 2^45; needs `cidDate` */
    cid: Param.optional(Inputs.cid),
    /** UTC day of the `cid`: a time within it, or YYYY-MM-DD */
    cidDate: Param.optional(Inputs.cidDate),
    ...terms,
    /**
     * The flags of the order from now on, as in a submission. Without `postOnly` an update of a post-only order may take:
     * `Flags.ofOrder` gives the flags that the order has
     */
    flags: Param.optional(Inputs.orderFlags)
  },
  either: [
    [],
    ["amount"],
    ["delta"],
    ["cid", "cidDate"],
    ["amount", "cid", "cidDate"],
    ["delta", "cid", "cidDate"]
  ],
  ...Notification.reply("ou-req", Layout.wrapped(Order), { repeats: cells }),
  check: checkChanged,
  limit: [90, 60],
  doc: "rest-auth-update-order"
})

const cancelOrder = Endpoint.order({
  path: "v2/auth/w/order/cancel",
  params: {
    /** id of the order */
    id: Param.optional(Param.id),
    /** the client's own id, together with `cidDate` */
    cid: Param.optional(Inputs.cid),
    /** UTC day of the `cid`: a time within it, or YYYY-MM-DD */
    cidDate: Param.optional(Inputs.cidDate)
  },
  either: [["id"], ["cid", "cidDate"]],
  ...Notification.reply("oc-req", Layout.wrapped(Order), { repeats: cells }),
  idempotent: true,
  cancels: true,
  limit: [90, 60],
  doc: "rest-auth-cancel-order"
})

const cidPair = Param.make<readonly [cid: number, cidDate: Param.Day]>({
  kind: "cid and day",
  check: (value) =>
    Array.isArray(value) && value.length === 2
      ? Inputs.cid.check(value[0]) ?? Inputs.cidDate.check(value[1])
      : "give a pair of cid and day",
  write: ([cid, cidDate]) => [cid, Inputs.cidDate.write(cidDate)]
})

const cancelOrders = Endpoint.order({
  path: "v2/auth/w/order/cancel/multi",
  params: {
    /** ids of orders */
    id: Param.optional(Body.list(Param.id)),
    /** groups */
    gid: Param.optional(Body.list(Inputs.gid)),
    /** pairs of a `cid` and its UTC day */
    cid: Param.optional(Body.list(cidPair)),
    /** all orders of the account, including derivatives */
    all: Param.optional(
      Param.make<true>({
        kind: "true",
        check: (value) => value === true ? undefined : "give true, or leave it out",
        write: () => 1
      })
    )
  },
  // how the venue handles several of these at once is unknown
  either: [["id"], ["gid"], ["cid"], ["all"]],
  ...Notification.reply("oc_multi-req", Notification.rows(Order), { repeats: { id: cells.id } }),
  idempotent: true,
  cancels: true,
  limit: [90, 60],
  doc: "rest-auth-cancel-orders-multiple"
})

const operations = { on: submitOrder, ou: updateOrder, oc: cancelOrder, oc_multi: cancelOrders } as const

/**
 * One operation of a batch: `["on", …]` submits, `["ou", …]` updates, `["oc", …]` cancels one order, `["oc_multi", …]`
 * cancels several. The word is followed by the parameters of the endpoint of that name.
 *
 * @since 0.1.0
 * @category models
 */
export type OrderOperation = {
  readonly [K in keyof typeof operations]: readonly [operation: K, args: Endpoint.Args<(typeof operations)[K]>]
}[keyof typeof operations]

const operationOf = (word: unknown): Endpoint.AnyEndpoint | undefined =>
  typeof word === "string" && Object.hasOwn(operations, word)
    ? operations[word as keyof typeof operations]
    : undefined

const operation = Param.make<OrderOperation>({
  kind: "operation",
  check: (value) => {
    const [word, args] = Array.isArray(value) ? value as ReadonlyArray<unknown> : []
    const row = operationOf(word)
    if (row === undefined) return `give pairs of ${Object.keys(operations).join(", ")} and its parameters`
    const problem = Body.problem(row.params, args)
    if (problem !== undefined) return problem
    // the cast: `problem` has just checked that it is an object
    const complaint = row.check(args as Endpoint.AnyArgs)
    return complaint === undefined ? undefined : `${complaint.field}: ${complaint.reason}`
  },
  write: ([word, args]) => [word, Body.write(operationOf(word)!.params, args)]
})

// ---------------------------------------------------------------------------------------------------------------------
// recurring orders
// ---------------------------------------------------------------------------------------------------------------------

const recurring = {
  /** name given by the user */
  alias: Param.optional(Param.text),
  /** t pair */
  symbol: Param.named("_symbol", Param.optional(Param.trading)),
  /** currency of the amount: base or quote */
  currency: Param.optional(Param.text),
  /** buy or sell */
  action: Param.optional(Param.oneOf("buy", "sell")),
  /** in `currency`; sent as a number, as the venue's own client does */
  amount: Param.optional(
    Param.make<number>({
      kind: "number",
      check: (value) =>
        typeof value === "number" && value > 0 && Number.isFinite(value) && !String(value).includes("e")
          ? undefined
          : "give a number above zero that is written without an exponent"
    })
  ),
  /** interval */
  recurrence: Param.optional(Param.oneOf("daily", "weekly", "monthly")),
  /** date, in an undocumented format */
  startedAt: Param.optional(Param.text),
  /** date, in an undocumented format */
  endedAt: Param.optional(Param.text),
  /** no end date */
  endless: Param.optional(Param.bool)
}

const pages = {
  /** from 1 */
  page: Param.optional(Inputs.count),
  /** rows per page */
  limit: Param.optional(Inputs.count),
  /** name of a field; the fields are not documented */
  sortField: Param.optional(Param.text),
  /** order of the rows */
  sortOrder: Param.optional(Param.oneOf("asc", "desc")),
  /** an object, whose keys are not documented */
  filter: Param.optional(Body.record(Body.json))
}

const algoOrderId = {
  /** id of the recurring order */
  algoOrderId: Param.text
}

// ---------------------------------------------------------------------------------------------------------------------
// the table
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Orders and trades of the account.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const orderEndpoints = Endpoint.table("orders", {
  /** Active orders of all symbols. */
  activeOrders: Endpoint.read({
    path: "v2/auth/r/orders",
    params: orders,
    either: [[], ["cid", "cidDate"]],
    result: Endpoint.always(Layout.list(Order)),
    check: Inputs.checkCid,
    limit: [90, 60],
    doc: "rest-auth-retrieve-orders"
  }),

  /** Active orders of one symbol. */
  activeOrdersBySymbol: Endpoint.read({
    path: "v2/auth/r/orders/{symbol}",
    params: {
      /** t pair */
      symbol: Param.trading,
      ...orders
    },
    either: [[], ["cid", "cidDate"]],
    result: Endpoint.always(Layout.list(Order)),
    check: Inputs.checkCid,
    limit: [90, 60],
    doc: "rest-auth-retrieve-orders-by-symbol"
  }),

  /**
   * Submits an order; an OCO results in two. Accepted means received, not placed: a post-only order may still be
   * cancelled. Give a `cid`, so that the order can be found if no reply arrives. Whether the venue refuses a `cid` that
   * was already used is not documented.
   */
  submitOrder,

  /** Updates an order. With `delta`, a repeat changes the amount again. */
  updateOrder,

  /** Asks for the cancellation of one order, which may still have the status ACTIVE in the reply. */
  cancelOrder,

  /**
   * Asks for the cancellation of several orders, or of all. A repeat with `all` also cancels orders placed in the
   * meantime.
   */
  cancelOrders,

  /**
   * Up to 75 operations in one call. Neither the form of the reply is verified, nor whether all of them are executed or
   * none: the reply is returned undecoded, and only a reply that refuses the whole batch is a failure.
   */
  orderMultiOp: Endpoint.order({
    path: "v2/auth/w/order/multi",
    params: {
      /** pairs of an operation and its parameters */
      ops: Body.list(operation, { max: 75 })
    },
    // the manual shows one notification; other clients expect one for each operation
    notification: { type: null },
    refusal: Notification.refusal,
    result: Endpoint.always(Layout.raw),
    limit: [90, 60],
    doc: "rest-auth-order-multi"
  }),

  /** Past orders, newest first, for two weeks. The bounds apply to `mtsCreate`. */
  ordersHistory: Endpoint.read({
    path: "v2/auth/r/orders/hist",
    params: past,
    result: Endpoint.always(Layout.list(Order)),
    limit: [90, 60],
    doc: "rest-auth-orders-history"
  }),

  /** Past orders of one symbol, newest first, for two weeks. The bounds apply to `mtsCreate`. */
  ordersHistoryBySymbol: Endpoint.read({
    path: "v2/auth/r/orders/{symbol}/hist",
    params: {
      /** t pair */
      symbol: Param.trading,
      ...past
    },
    result: Endpoint.always(Layout.list(Order)),
    limit: [90, 60],
    doc: "rest-auth-orders-history-by-symbol"
  }),

  /** Trades of one order, for ten days. */
  orderTrades: Endpoint.read({
    path: "v2/auth/r/order/{symbol}:{id}/trades",
    params: {
      /** t pair */
      symbol: Param.trading,
      /** id of the order */
      id: Param.id
    },
    result: Endpoint.always(Layout.list(Trade)),
    limit: [90, 60],
    doc: "rest-auth-order-trades"
  }),

  /** Trades of the account. */
  accountTrades: Endpoint.read({
    path: "v2/auth/r/trades/hist",
    params: trades,
    result: Endpoint.always(Layout.list(Trade)),
    limit: [90, 60],
    doc: "rest-auth-trades"
  }),

  /** Trades of the account in one symbol. */
  accountTradesBySymbol: Endpoint.read({
    path: "v2/auth/r/trades/{symbol}/hist",
    params: {
      /** t pair */
      symbol: Param.trading,
      ...trades
    },
    result: Endpoint.always(Layout.list(Trade)),
    limit: [90, 60],
    doc: "rest-auth-trades-by-symbol"
  }),

  /** Past deals over the counter; of all symbols if `symbol` is left out. */
  otcOrdersHistory: Endpoint.read({
    path: "v2/auth/r/orders/otc/{symbol}/hist",
    params: {
      /** t pair; default all */
      symbol: Param.optional(Param.trading),
      ...Inputs.span,
      /** 1 to 500 rows; default 25 */
      limit: Param.limit(500),
      /** ids of deals; default all */
      id: Param.optional(Body.list(Param.id))
    },
    result: Endpoint.always(Layout.list(OtcOrder)),
    limit: [90, 60],
    doc: "otc-orders-history"
  }),

  /** Average prices of the account's trades. Not in the manual: known from the venue's own client. */
  tradesWeightedAverages: Endpoint.read({
    path: "v2/auth/r/trades/calc",
    params: {
      /** t pair */
      symbol: Param.optional(Param.trading),
      ...Inputs.span,
      /** number of trades included; the maximum is not documented */
      limit: Param.optional(Inputs.count)
    },
    result: Endpoint.always(WeightedAverages),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** Submits a recurring order. Not in the manual. The layout of the reply is unknown, so it is returned undecoded. */
  createRecurringOrder: Endpoint.write({
    path: "v2/auth/w/ext/recurring-ao/create",
    params: recurring,
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** One recurring order. Not in the manual. The layout of the reply is unknown, so it is returned undecoded. */
  recurringOrder: Endpoint.read({
    path: "v2/auth/r/ext/recurring-ao/detail/{algoOrderId}",
    params: algoOrderId,
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** Updates a recurring order. Not in the manual. The layout of the reply is unknown, so it is returned undecoded. */
  updateRecurringOrder: Endpoint.order({
    path: "v2/auth/w/ext/recurring-ao/update/{algoOrderId}",
    params: { ...algoOrderId, ...recurring },
    result: Endpoint.always(Layout.raw),
    idempotent: true,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** Cancels a recurring order. Not in the manual. The layout of the reply is unknown, so it is returned undecoded. */
  cancelRecurringOrder: Endpoint.order({
    path: "v2/auth/w/ext/recurring-ao/cancel/{algoOrderId}",
    params: algoOrderId,
    result: Endpoint.always(Layout.raw),
    idempotent: true,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** Recurring orders by page. Not in the manual. The layout of the reply is unknown, so it is returned undecoded. */
  recurringOrders: Endpoint.read({
    path: "v2/auth/r/ext/recurring-ao/list",
    params: pages,
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Orders that recurring orders placed. Not in the manual. The layout of the reply is unknown, so it is returned
   * undecoded.
   */
  recurringOrderExecutions: Endpoint.read({
    path: "v2/auth/r/ext/recurring-ao/order/list",
    params: {
      /** id of one recurring order */
      algoOrderId: Param.optional(Param.text),
      ...pages
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  })
})
