/**
 * The REST endpoints as data: their parameters, and how to decode their replies without a client.
 *
 * @since 0.1.0
 */
import { accountEndpoints } from "./endpoints/Account.ts"
import { fundingEndpoints } from "./endpoints/Funding.ts"
import { publicEndpoints } from "./endpoints/Market.ts"
import { merchantEndpoints } from "./endpoints/Merchant.ts"
import { orderEndpoints } from "./endpoints/Orders.ts"
import { marginEndpoints, positionEndpoints } from "./endpoints/Positions.ts"
import { pulseEndpoints } from "./endpoints/Pulse.ts"
import { transferEndpoints } from "./endpoints/Transfers.ts"
import { ledgerEndpoints, walletEndpoints } from "./endpoints/Wallets.ts"

export { accountEndpoints } from "./endpoints/Account.ts"
export { fundingEndpoints } from "./endpoints/Funding.ts"
export { type BookRows, publicEndpoints, type TickerRows } from "./endpoints/Market.ts"
export { merchantEndpoints } from "./endpoints/Merchant.ts"
export { orderEndpoints, type OrderOperation } from "./endpoints/Orders.ts"
export { marginEndpoints, positionEndpoints } from "./endpoints/Positions.ts"
export { pulseEndpoints } from "./endpoints/Pulse.ts"
export { transferEndpoints } from "./endpoints/Transfers.ts"
export { ledgerEndpoints, walletEndpoints } from "./endpoints/Wallets.ts"
export { type ConfKey, type ConfKeyName, confKeys, type ConfValue, type ConfValues } from "./records/ConfKeys.ts"

/**
 * All endpoints by name.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const all = {
  ...publicEndpoints,
  ...walletEndpoints,
  ...orderEndpoints,
  ...ledgerEndpoints,
  ...marginEndpoints,
  ...positionEndpoints,
  ...fundingEndpoints,
  ...accountEndpoints,
  ...transferEndpoints,
  ...pulseEndpoints,
  ...merchantEndpoints
} as const
