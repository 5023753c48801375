/**
 * All records of the venue, flat: `Records.PublicTrade` is the layout and the type of a public trade.
 *
 * @since 0.1.0
 */
export * from "./records/Book.ts"
export * from "./records/Candle.ts"
export * from "./records/Conf.ts"
export * from "./records/Market.ts"
export * from "./records/Platform.ts"
export * from "./records/PublicTrade.ts"
export * from "./records/Stats.ts"
export * from "./records/Status.ts"
export * from "./records/Ticker.ts"
export * from "./records/Vasp.ts"
