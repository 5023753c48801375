/**
 * All records of the venue, flat: `Records.PublicTrade` is the layout and the type of a public trade.
 *
 * @since 0.1.0
 */
export * from "./protocol/records/Account.ts"
export * from "./protocol/records/Alert.ts"
export * from "./protocol/records/Auth.ts"
export * from "./protocol/records/Book.ts"
export * from "./protocol/records/Candle.ts"
export * from "./protocol/records/Conf.ts"
export * from "./protocol/records/Funding.ts"
export * from "./protocol/records/Ledger.ts"
export * from "./protocol/records/Margin.ts"
export * from "./protocol/records/Market.ts"
export * from "./protocol/records/Merchant.ts"
export * from "./protocol/records/Movement.ts"
export * from "./protocol/records/Notification.ts"
export * from "./protocol/records/Order.ts"
export * from "./protocol/records/Platform.ts"
export * from "./protocol/records/Position.ts"
export * from "./protocol/records/PublicTrade.ts"
export * from "./protocol/records/Pulse.ts"
export * from "./protocol/records/Stats.ts"
export * from "./protocol/records/Status.ts"
export * from "./protocol/records/Ticker.ts"
export * from "./protocol/records/Vasp.ts"
export * from "./protocol/records/Wallet.ts"
