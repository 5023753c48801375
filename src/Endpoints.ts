/**
 * The endpoints of REST as data: what each asks for, and how to decode its answer without a client.
 *
 * @since 0.1.0
 */
import { publicEndpoints } from "./endpoints/Market.ts"

export { type BookRows, publicEndpoints, type TickerRows } from "./endpoints/Market.ts"
export { type ConfKey, type ConfKeyName, confKeys, type ConfValue, type ConfValues } from "./records/ConfKeys.ts"

/**
 * All endpoints by name.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const all = {
  ...publicEndpoints
} as const
