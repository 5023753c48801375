/**
 * All records of the venue, flat: `Records.PublicTrade` is the layout and the type of a public trade.
 *
 * @since 0.1.0
 */
export * from "./records/Account.ts"
export * from "./records/Alert.ts"
export * from "./records/Auth.ts"
export * from "./records/Book.ts"
export * from "./records/Candle.ts"
export * from "./records/Conf.ts"
export * from "./records/Funding.ts"
export * from "./records/Ledger.ts"
export * from "./records/Margin.ts"
export * from "./records/Market.ts"
export * from "./records/Merchant.ts"
export * from "./records/Movement.ts"
export * from "./records/Notification.ts"
export * from "./records/Order.ts"
export * from "./records/Platform.ts"
export * from "./records/Position.ts"
export * from "./records/PublicTrade.ts"
export * from "./records/Pulse.ts"
export * from "./records/Stats.ts"
export * from "./records/Status.ts"
export * from "./records/Ticker.ts"
export * from "./records/Vasp.ts"
export * from "./records/Wallet.ts"
