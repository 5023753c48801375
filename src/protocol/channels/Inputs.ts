/**
 * The commands on the account's socket as a table of rows: the parameters of each command, and its replies.
 *
 * Commands that also exist in REST have the same parameters here.
 *
 * @since 0.1.0
 */
import type * as Endpoint from "../Endpoint.ts"
import { fundingEndpoints } from "../endpoints/Funding.ts"
import { orderEndpoints } from "../endpoints/Orders.ts"
import * as Body from "../internal/body.ts"
import { named } from "../internal/named.ts"
import * as Param from "../Param.ts"
import type * as Symbols from "../Symbols.ts"
import type { accountChannels } from "./Account.ts"

/**
 * One kind of command.
 *
 * @since 0.1.0
 * @category models
 */
export interface Input<P extends Param.Params = Param.Params, out E extends Endpoint.Groups = Endpoint.Groups> {
  /** its key in the table */
  readonly name: string
  /** the venue's name of the command, such as `on` */
  readonly type: string
  readonly params: P
  /** groups of parameters of which a command must give exactly one; empty if there is no such choice */
  readonly either: E
  /** checks the combination of parameters */
  readonly check: (args: Endpoint.AnyArgs) => Endpoint.Complaint | undefined
  /** the body of the frame, from checked arguments */
  readonly body: (args: Endpoint.AnyArgs) => unknown
  /** permission that the key needs; null if it is not documented */
  readonly permission: "orders.write" | "funding.write" | null
  /** families of events that report its outcome */
  readonly answers: ReadonlyArray<keyof typeof accountChannels>
  /** number of commands that it counts in the budget of order entry, depending on the arguments */
  readonly cost: (args: Endpoint.AnyArgs) => number
  /** URL of the manual's page */
  readonly doc: string
}

/**
 * The arguments of a command.
 *
 * @since 0.1.0
 * @category models
 */
export type Args<I> = Endpoint.Args<I>

interface Row<P extends Param.Params, E extends Endpoint.Groups> {
  readonly type: string
  readonly params: P
  readonly either?: E
  readonly check?: (args: Endpoint.AnyArgs) => Endpoint.Complaint | undefined
  readonly body?: (args: Endpoint.AnyArgs) => unknown
  readonly permission: Input["permission"]
  readonly answers: Input["answers"]
  readonly cost?: (args: Endpoint.AnyArgs) => number
  readonly doc: string
}

const noChoice: Endpoint.Groups = []

const make = <P extends Param.Params, const E extends Endpoint.Groups = readonly []>(row: Row<P, E>): Input<P, E> => ({
  name: "",
  type: row.type,
  params: row.params,
  // the cast: without the column, `E` is the type of an empty list
  either: row.either ?? noChoice as E,
  check: row.check ?? (() => undefined),
  body: row.body ?? ((args) => Body.write(row.params, args)),
  permission: row.permission,
  answers: row.answers,
  cost: row.cost ?? (() => 0),
  doc: `https://docs.bitfinex.com/reference/${row.doc}`
})

const table = <const T extends { readonly [name: string]: Input }>(rows: T): T =>
  named(rows, (row, name) => ({ ...row, name }))

const ofOrders = {
  permission: "orders.write",
  answers: ["orders", "notifications"],
  cost: () => 1
} as const

const ofFunding = { permission: "funding.write", answers: ["fundingOffers", "notifications"] } as const

// ---------------------------------------------------------------------------------------------------------------------
// rows that are also operations of a batch
// ---------------------------------------------------------------------------------------------------------------------

const submitOrder = make({
  type: "on",
  params: orderEndpoints.submitOrder.params,
  check: orderEndpoints.submitOrder.check,
  ...ofOrders,
  doc: "ws-auth-input-order-new"
})

const updateOrder = make({
  type: "ou",
  params: {
    ...orderEndpoints.updateOrder.params,
    /** id of the order */
    id: Param.optional(Param.id)
  },
  either: [["id"], ["cid", "cidDate"]],
  check: (args) =>
    args["id"] !== undefined && (args["cid"] !== undefined || args["cidDate"] !== undefined)
      ? { field: "id", reason: "give either id, or cid and cidDate" }
      : args["id"] === undefined && args["cid"] === undefined
      ? { field: "id", reason: "give id, or cid and cidDate" }
      : orderEndpoints.updateOrder.check(args),
  ...ofOrders,
  doc: "ws-auth-input-order-update"
})

const cancelOrder = make({
  type: "oc",
  params: orderEndpoints.cancelOrder.params,
  either: orderEndpoints.cancelOrder.either,
  check: orderEndpoints.cancelOrder.check,
  ...ofOrders,
  doc: "ws-auth-input-order-cancel"
})

const cancelOrders = make({
  type: "oc_multi",
  params: orderEndpoints.cancelOrders.params,
  either: orderEndpoints.cancelOrders.either,
  check: orderEndpoints.cancelOrders.check,
  ...ofOrders,
  doc: "ws-auth-input-order-cancel-multi"
})

const operations = { on: submitOrder, ou: updateOrder, oc: cancelOrder, oc_multi: cancelOrders } as const

/**
 * One operation of a batch: `["on", …]` submits, `["ou", …]` updates, `["oc", …]` cancels one order, `["oc_multi", …]`
 * cancels several. The word is followed by the parameters of the command of that name.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation = {
  readonly [K in keyof typeof operations]: readonly [operation: K, args: Args<(typeof operations)[K]>]
}[keyof typeof operations]

/**
 * The row of an operation; undefined if there is no operation of that name.
 *
 * @internal
 */
export const operationOf = (word: unknown): Input | undefined =>
  typeof word === "string" && Object.hasOwn(operations, word)
    ? operations[word as keyof typeof operations]
    : undefined

const operation = Param.make<Operation>({
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
  write: ([word, args]) => [word, operationOf(word)!.body(args)]
})

// ---------------------------------------------------------------------------------------------------------------------
// values computed on request
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A value that the venue computes only on request. Other clients send `margin` for a margin wallet; the manual shows
 * only `exchange`.
 *
 * @since 0.1.0
 * @category models
 */
export type CalcItem =
  | "margin_base"
  | "balance"
  | `margin_sym_${Symbols.TradingSymbol}`
  | `funding_sym_${Symbols.FundingSymbol}`
  | `position_${Symbols.TradingSymbol}`
  | `wallet_${"exchange" | "margin" | "funding"}_${string}`

const calcItem = Param.make<CalcItem>({
  kind: "calc item",
  check: (value) =>
    typeof value === "string"
      && (/^(margin_base|balance)$/.test(value)
        || behind("margin_sym_", Param.trading, value)
        || behind("position_", Param.trading, value)
        || behind("funding_sym_", Param.funding, value)
        || behind("wallet_exchange_", Param.currency, value)
        || behind("wallet_margin_", Param.currency, value)
        || behind("wallet_funding_", Param.currency, value))
      ? undefined
      : "give margin_base, balance, margin_sym_tBTCUSD, funding_sym_fUSD, position_tBTCUSD or wallet_exchange_BTC"
})

const behind = <A>(prefix: string, param: Param.Param<A>, value: string): boolean =>
  value.startsWith(prefix) && param.check(value.slice(prefix.length)) === undefined

/** maximum number of items in one message */
const calcLimit = 30

/** maximum number of operations: 15 on the socket according to other clients; the manual says 75 for REST */
const operationLimit = 15

/** families of events that reply to `calc` */
const calcAnswers = ["marginInfo", "fundingInfo", "positions", "wallets", "balances"] as const

const messageType = Param.make<`ucm-${string}`>({
  kind: "type of a user's notification",
  check: (value) =>
    typeof value === "string" && value.startsWith("ucm-") && value.length > 4
      ? undefined
      : "give a word that begins with ucm-, as in ucm-rebalance"
})

/**
 * The commands of the account's socket.
 *
 * @since 0.1.0
 * @category channels
 */
export const accountInputs = table({
  /** Submits an order; an OCO results in two. Acknowledged by `on-req` with its `cid`, or by the order itself. */
  submitOrder,

  /**
   * Updates an order, by `id` or by `cid` and its day. Acknowledged by `ou-req`, or by the order with its new terms.
   */
  updateOrder,

  /** Cancels an order, by `id` or by `cid` and its day. Acknowledged by `oc-req`, or by the end of the order. */
  cancelOrder,

  /** Cancels several orders: by ids, groups, pairs of `cid` and day, or all. Acknowledged by one `oc_multi-req`. */
  cancelOrders,

  /** Up to 15 operations in one frame. Each operation is acknowledged separately; the batch is not. */
  orderMultiOp: make({
    type: "ox_multi",
    params: {
      /** pairs of an operation and its parameters */
      ops: Body.list(operation, { max: operationLimit })
    },
    // the cast: the list was checked. The frame has no object around it
    body: ({ ops }) => (ops as ReadonlyArray<Operation>).map(operation.write),
    ...ofOrders,
    cost: ({ ops }) => (ops as ReadonlyArray<Operation>).length,
    doc: "ws-auth-input-order-multi-op"
  }),

  /**
   * Offers funding, or bids for it. Acknowledged by `fon-req`, which has only amount, rate and period, or by the offer
   * itself.
   */
  submitFundingOffer: make({
    type: "fon",
    params: fundingEndpoints.submitFundingOffer.params,
    check: fundingEndpoints.submitFundingOffer.check,
    ...ofFunding,
    doc: "ws-auth-input-offer-new"
  }),

  /** Cancels an offer. Acknowledged by its end; the glossary lists `foc-req`, but no sample shows it. */
  cancelFundingOffer: make({
    type: "foc",
    params: fundingEndpoints.cancelFundingOffer.params,
    check: fundingEndpoints.cancelFundingOffer.check,
    ...ofFunding,
    doc: "ws-auth-input-offer-cancel"
  }),

  /** Requests values that the venue computes only on request. Answered by the records themselves. */
  calc: make({
    type: "calc",
    params: {
      /** 1 to 30 items */
      items: Body.list(calcItem, { max: calcLimit })
    },
    // the cast: the list was checked
    body: ({ items }) => (items as ReadonlyArray<CalcItem>).map((item) => [item]),
    permission: null,
    answers: calcAnswers,
    doc: "ws-auth-input-calc"
  }),

  /** Sends a notification to the user's other connections. There is no reply. */
  notify: make({
    type: "n",
    params: {
      /** begins with `ucm-` */
      type: messageType,
      /** any JSON */
      info: Body.json
    },
    permission: null,
    answers: [],
    doc: "ws-auth-notifications"
  })
})
