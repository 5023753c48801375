/**
 * Services of this package with only the methods that a test needs.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SchemaAST from "effect/SchemaAST"
import * as Stream from "effect/Stream"
import type * as AccountConnection from "../AccountConnection.ts"
import type * as AccountView from "../AccountView.ts"
import type * as ChannelEvent from "../ChannelEvent.ts"
import type * as Command from "../Command.ts"
import type * as OrderOutcome from "../OrderOutcome.ts"
import type { Field } from "../protocol/Field.ts"
import type * as Layout from "../protocol/Layout.ts"
import * as Records from "../Records.ts"

/**
 * Some of the methods of a service. If the result of a method depends on the types of its arguments, such as on the kind of
 * the symbol, any of its results will do.
 *
 * @since 0.1.0
 * @category testing
 */
export type Methods<S> = {
  readonly [K in keyof S]?: S[K] extends (...args: infer A) => infer R ? (...args: A) => R : S[K]
}

/**
 * A layer for any service of this package, with some of its methods. A call of any other method, Effect or Stream,
 * ends with a defect that names the service and the missing method.
 *
 * For tests that need the venue's behaviour, not only fixed replies, use `FakeExchange`.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Mock from "effect-bitfinex/testing/Mock"
 * import * as Effect from "effect/Effect"
 *
 * const Closed = Mock.layerTest(RestClient.RestClient, {
 *   platformStatus: () => Effect.succeed({ status: 0 as const })
 * })
 */
export const layerTest = <I, S extends object>(tag: Context.Tag<I, S>, service: Methods<S>): Layer.Layer<I> =>
  // the cast: `Layer.mock` requires all members that are not Effects or Streams, and our services have none; and it requires
  // the generic form of a method
  Layer.mock(tag, service as unknown as Layer.PartialEffectful<S>)

/**
 * Makes values of one kind, with defaults for the fields that a test does not name.
 *
 * @since 0.1.0
 * @category testing
 */
export interface Builder<A> {
  /** a value; every call without `fields` returns an equal one */
  readonly make: (fields?: Partial<A>) => A
}

/** the first word of a closed set, or the neutral value of a kind */
const neutral = (field: Field<unknown>): unknown => {
  if (field.nullable) return null
  switch (field.kind) {
    case "num":
    case "int":
    case "mts":
    case "flag":
      return 0
    case "bool":
      return false
    case "list":
      return []
    case "object":
      return {}
    case "oneOf": {
      const { ast } = field.schema()
      const first = SchemaAST.isUnion(ast) ? ast.types[0]! : ast
      return SchemaAST.isLiteral(first) ? first.literal : ""
    }
    default:
      return ""
  }
}

/**
 * A builder for any record, with your own defaults. Fields without one are null if they may be, else 0, false, an empty
 * text, an empty list, or the first literal of a closed set. `make` throws if a value does not match its field.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as Records from "effect-bitfinex/Records"
 * import * as Mock from "effect-bitfinex/testing/Mock"
 *
 * const Movement = Mock.builder(Records.Movement, { currency: "BTC", status: "COMPLETED" })
 * const deposit = Movement.make({ id: 7, amount: 0.5 })
 */
export const builder = <A>(layout: Layout.Layout<A>, defaults: Partial<A> = {}): Builder<A> => ({
  make: (fields = {}) => {
    const blank = Object.fromEntries(Object.entries(layout.fields).map(([name, [, field]]) => [name, neutral(field)]))
    // the cast: all fields are present, and the decoder checks their values
    const row = layout.encode({ ...blank, ...defaults, ...fields } as A)
    return Either.getOrThrowWith(layout.decode(row), (error) => new Error(`Mock: ${error.message}`))
  }
})

const mts = Date.UTC(2026, 0, 1)

/**
 * Open limit orders to buy 1 tBTCUSD at 100.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
 * import * as Mock from "effect-bitfinex/testing/Mock"
 * import * as Effect from "effect/Effect"
 *
 * const Account = Mock.layerTest(RestAuthClient.RestAuthClient, {
 *   activeOrders: () => Effect.succeed([Mock.Order.make({ id: 1 }), Mock.Order.make({ id: 2, amount: -1, amountOrig: -1 })])
 * })
 */
export const Order: Builder<Records.Order> = builder(Records.Order, {
  id: 1,
  symbol: "tBTCUSD",
  mtsCreate: mts,
  mtsUpdate: mts,
  amount: 1,
  amountOrig: 1,
  orderType: "EXCHANGE LIMIT",
  status: "ACTIVE",
  price: 100,
  priceAvg: 0
})

/**
 * Executions of 1 tBTCUSD at 100.
 *
 * @since 0.1.0
 * @category testing
 */
export const Trade: Builder<Records.Trade> = builder(Records.Trade, {
  id: 1,
  symbol: "tBTCUSD",
  mts,
  orderId: 1,
  execAmount: 1,
  execPrice: 100
})

/**
 * Exchange wallets with 1000 USD, all of it available.
 *
 * @since 0.1.0
 * @category testing
 */
export const Wallet: Builder<Records.Wallet> = builder(Records.Wallet, {
  type: "exchange",
  currency: "USD",
  balance: 1000,
  availableBalance: 1000
})

/**
 * Active positions of 1 tBTCUSD, bought at 100.
 *
 * @since 0.1.0
 * @category testing
 */
export const Position: Builder<Records.Position> = builder(Records.Position, {
  symbol: "tBTCUSD",
  status: "ACTIVE",
  amount: 1,
  basePrice: 100
})

/**
 * Active offers to lend 1000 fUSD for 2 days.
 *
 * @since 0.1.0
 * @category testing
 */
export const FundingOffer: Builder<Records.FundingOffer> = builder(Records.FundingOffer, {
  id: 1,
  symbol: "fUSD",
  amount: 1000,
  amountOrig: 1000,
  rate: 0.0002,
  period: 2,
  status: "ACTIVE"
})

/**
 * Tickers of a trading symbol between 100 and 101.
 *
 * @since 0.1.0
 * @category testing
 */
export const TradingTicker: Builder<Records.TradingTicker> = builder(Records.TradingTicker, {
  bid: 100,
  bidSize: 10,
  ask: 101,
  askSize: 10,
  lastPrice: 100,
  volume: 1000,
  high: 110,
  low: 90
})

/**
 * Trades of the market: 1 bought at 100.
 *
 * @since 0.1.0
 * @category testing
 */
export const PublicTrade: Builder<Records.PublicTrade> = builder(Records.PublicTrade, {
  id: 1,
  mts,
  amount: 1,
  price: 100
})

/**
 * Candles that open and close at 100.
 *
 * @since 0.1.0
 * @category testing
 */
export const Candle: Builder<Records.Candle> = builder(Records.Candle, {
  mts,
  open: 100,
  close: 100,
  high: 100,
  low: 100,
  volume: 1
})

/**
 * Levels of a book: one bid of 1 at 100. A negative amount is an ask.
 *
 * @since 0.1.0
 * @category testing
 */
export const BookEntry: Builder<Records.BookEntry> = builder(Records.BookEntry, { price: 100, count: 1, amount: 1 })

/** a builder of plain values, which are not rows of the venue */
const plain = <A>(defaults: A): Builder<A> => ({ make: (fields = {}) => ({ ...defaults, ...fields }) })

/** the fields of an element of a channel: its rows, and any others */
type WithRows<E extends { readonly rows: unknown }> = Pick<E, "rows"> & Partial<Omit<E, "rows" | "_tag">>

/**
 * Snapshots of a channel, of its first epoch.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Mock from "effect-bitfinex/testing/Mock"
 * import * as Stream from "effect/Stream"
 *
 * // the price falls, the connection is lost, and the price is back afterwards
 * const Falling = Mock.layerTest(MarketData.MarketData, {
 *   ticker: () =>
 *     Stream.make(
 *       Mock.Snapshot.make({ rows: [Mock.TradingTicker.make({ ask: 110 })] }),
 *       Mock.Update.make({ rows: [Mock.TradingTicker.make({ ask: 95 })] }),
 *       Mock.Interrupted.make({ reason: "lost" }),
 *       Mock.Snapshot.make({ rows: [Mock.TradingTicker.make({ ask: 110 })], epoch: 2 })
 *     )
 * })
 */
export const Snapshot: {
  readonly make: <A>(fields: WithRows<ChannelEvent.Snapshot<A>>) => ChannelEvent.Snapshot<A>
} = {
  make: (fields) => ({ _tag: "Snapshot", epoch: 1, skipped: 0, mts: null, ...fields })
}

/**
 * Updates of a channel, in its first epoch. Those of trades need their `type`: `te` or `tu`.
 *
 * @since 0.1.0
 * @category testing
 */
export const Update: {
  readonly make: <A>(fields: WithRows<ChannelEvent.Update<A>>) => ChannelEvent.Update<A>
} = {
  make: (fields) => ({ _tag: "Update", epoch: 1, type: null, mts: null, ...fields })
}

/**
 * Ends of the first epoch of a channel.
 *
 * @since 0.1.0
 * @category testing
 */
export const Interrupted: Builder<ChannelEvent.Interrupted> = plain<ChannelEvent.Interrupted>({
  _tag: "Interrupted",
  epoch: 1,
  reason: "the connection was lost"
})

/**
 * A view of an account that always has the rows of `rows`, as `AccountState` has for orders, positions, wallets and
 * funding. `changes` emits them once and ends. No row was computed by `calc`.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as AccountState from "effect-bitfinex/AccountState"
 * import * as Mock from "effect-bitfinex/testing/Mock"
 *
 * const Account = Mock.layerTest(AccountState.AccountState, {
 *   orders: Mock.view([[7, Mock.Order.make({ id: 7 })]]),
 *   wallets: Mock.view([["exchange:USD", Mock.Wallet.make({ currency: "USD", balance: 1000 })]])
 * })
 */
export const view = <K, A>(rows: Iterable<readonly [NoInfer<K>, A]>): AccountView.ComputedView<K, A> => {
  const state: AccountView.Synced<K, A> = { _tag: "Synced", epoch: 1, version: 1, rows: new Map(rows) }
  return {
    current: Effect.succeed(state),
    changes: Stream.make(state),
    synced: Effect.succeed(state),
    get: (key) => Effect.sync(() => Option.fromNullable(state.rows.get(key))),
    lastComputed: () => Effect.succeedNone
  }
}

/**
 * Logins, as `AccountConnection.login` returns them. The permissions are null.
 *
 * @since 0.1.0
 * @category testing
 */
export const Login: Builder<AccountConnection.Login> = plain<AccountConnection.Login>({
  epoch: 1,
  userId: 1,
  caps: null,
  dms: false,
  mts
})

const cidDate = "2026-01-01"
const proof = { by: "on-req", text: null, epoch: 1 } as const

/**
 * Accepted submissions of the order that `Order.make()` makes, for `submitOrder` and `submitOrderResolved`. `id` is that of
 * `order`, unless it is given.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as Mock from "effect-bitfinex/testing/Mock"
 * import * as Trading from "effect-bitfinex/Trading"
 * import * as Effect from "effect/Effect"
 *
 * const Accepting = Mock.layerTest(Trading.Trading, {
 *   submitOrder: () => Effect.succeed(Mock.Accepted.make({ id: 7 })),
 *   cancelOrder: () => Effect.succeed(Mock.OrderAck.make())
 * })
 */
export const Accepted: Builder<Command.Accepted> = {
  make: ({ id, order = Order.make(id === undefined ? {} : { id }), ...fields } = {}) => ({
    _tag: "Accepted",
    ...proof,
    id: id ?? order.id ?? 1,
    cid: 1,
    cidDate,
    order,
    ...fields
  })
}

/**
 * Acknowledgements of an update or a cancellation.
 *
 * @since 0.1.0
 * @category testing
 */
export const OrderAck: Builder<Command.OrderAck> = plain<Command.OrderAck>({
  ...proof,
  by: "oc-req",
  order: Order.make()
})

/** `id` and `orders` are those of `order`, unless they are given */
const found = <const Tag extends OrderOutcome.Shown["_tag"]>(
  _tag: Tag,
  defaults: Partial<Records.Order>
): Builder<OrderOutcome.Found<Tag>> => ({
  make: ({ id, order = Order.make(id === undefined ? defaults : { ...defaults, id }), ...fields } = {}) => ({
    _tag,
    cid: 1,
    cidDate,
    id: id ?? order.id,
    order,
    orders: [order],
    ...fields
  })
})

/**
 * Outcomes of an order that is open.
 *
 * @since 0.1.0
 * @category testing
 */
export const Placed: Builder<OrderOutcome.Placed> = found("Placed", {})

/**
 * Outcomes of an order that is open, and half of which was executed.
 *
 * @since 0.1.0
 * @category testing
 */
export const PartiallyFilled: Builder<OrderOutcome.PartiallyFilled> = found("PartiallyFilled", {
  amount: 0.5,
  status: "PARTIALLY FILLED @ 100.0(0.5)",
  priceAvg: 100
})

/**
 * Outcomes of an order that was executed in full.
 *
 * @since 0.1.0
 * @category testing
 */
export const Filled: Builder<OrderOutcome.Filled> = found("Filled", {
  amount: 0,
  status: "EXECUTED @ 100.0(1.0)",
  priceAvg: 100
})

/**
 * Outcomes of an order that was cancelled.
 *
 * @since 0.1.0
 * @category testing
 */
export const Cancelled: Builder<OrderOutcome.Cancelled> = found("Cancelled", { status: "CANCELED" })

/**
 * Ends of an order that was executed in full, as the last element of `submitOrderStream`.
 *
 * @since 0.1.0
 * @category testing
 */
export const OrderEnded: Builder<Command.OrderEnded> = plain<Command.OrderEnded>({
  _tag: "OrderEnded",
  outcome: Filled.make(),
  trades: [Trade.make()],
  isComplete: true
})

/**
 * Outcomes of an order that was never placed.
 *
 * @since 0.1.0
 * @category testing
 */
export const NeverPlaced: Builder<OrderOutcome.NeverPlaced> = plain<OrderOutcome.NeverPlaced>({
  _tag: "NeverPlaced",
  cid: 1,
  cidDate
})

/**
 * Outcomes of an order that the venue does not show.
 *
 * @since 0.1.0
 * @category testing
 */
export const NotSeen: Builder<OrderOutcome.NotSeen> = plain<OrderOutcome.NotSeen>({ _tag: "NotSeen", cid: 1, cidDate })
