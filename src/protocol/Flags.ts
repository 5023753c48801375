/**
 * Named bit sets of the venue.
 *
 * @since 0.1.0
 */

/**
 * Flags of a connection, sent with `conf`: `timestamp` appends the server's milliseconds to every array, `sequence`
 * numbers every array, `checksum` sends checksums of books, `bulk` puts several book changes into one array.
 *
 * @see https://docs.bitfinex.com/docs/ws-general
 * @since 0.1.0
 * @category constants
 */
export const connection = {
  timestamp: 32768,
  sequence: 65536,
  checksum: 131072,
  bulk: 536870912
} as const

/**
 * Flags of an order. `hidden` keeps it out of the book, `close` closes the position, `reduceOnly` only reduces a
 * position, `postOnly` cancels an order that would take liquidity, `oco` pairs it with a stop, `noVarRates` excludes
 * funding at a variable rate.
 *
 * @see https://docs.bitfinex.com/docs/flag-values
 * @since 0.1.0
 * @category constants
 */
export const order = {
  hidden: 64,
  close: 512,
  reduceOnly: 1024,
  postOnly: 4096,
  oco: 16384,
  noVarRates: 524288
} as const

/**
 * Flags of a funding offer.
 *
 * @see https://docs.bitfinex.com/docs/flag-values
 * @since 0.1.0
 * @category constants
 */
export const offer = { hidden: 64 } as const

/**
 * A set of flags by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Named<T> = { readonly [K in keyof T]?: boolean }

/**
 * The venue's number for a set of flags.
 *
 * @since 0.1.0
 * @category combinators
 */
export const toNumber = <T extends { readonly [name: string]: number }>(table: T, flags: Named<T>): number =>
  Object.entries(table).reduce((sum, [name, bit]) => flags[name] === true ? sum + bit : sum, 0)

/**
 * The set of flags in a number; bits without a name are ignored.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fromNumber = <T extends { readonly [name: string]: number }>(
  table: T,
  flags: number
): { readonly [K in keyof T]: boolean } =>
  // the cast: entries of the same keys. Division, because bit operators would truncate large numbers to 32 bits
  Object.fromEntries(
    Object.entries(table).map(([name, bit]) => [name, Math.floor(flags / bit) % 2 === 1])
  ) as { readonly [K in keyof T]: boolean }

/**
 * The flags that an order has, for an update that is to keep them. An update is checked like a new order with the flags of
 * the update: one without `postOnly` may take, although the order was submitted as post-only (reports of users of the
 * venue; the manual does not say it). The row of an accepted post-only order shows that flag in `meta`.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as Flags from "effect-bitfinex/protocol/Flags"
 * import type * as Records from "effect-bitfinex/Records"
 * import * as Trading from "effect-bitfinex/Trading"
 * import * as Effect from "effect/Effect"
 *
 * const reprice = (known: Records.Order, price: number) =>
 *   Effect.gen(function*() {
 *     const trading = yield* Trading.Trading
 *     return yield* trading.updateOrder({ id: known.id, price, flags: Flags.ofOrder(known) })
 *   })
 */
export const ofOrder = (
  { flags, hidden = null, meta }: {
    readonly flags: number | null
    readonly hidden?: number | null
    readonly meta: { readonly [key: string]: unknown } | null
  }
): Named<typeof order> => {
  const named = fromNumber(order, flags ?? 0)
  const postOnly = named.postOnly || meta?.["$F7"] === 1 || meta?.["_$F7"] === 1
  return { ...named, postOnly, hidden: named.hidden || hidden === 1 }
}
