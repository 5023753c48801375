/**
 * Requests for values that the venue computes only on request: their rate, and the content of a frame.
 *
 * @internal
 */
import type { Settings } from "../../BitfinexConfig.ts"
import type { CalcItem } from "../../protocol/channels/Inputs.ts"

/** computations and seconds that the venue allows */
export const limit = [8, 1] as const

/** the key of that limit in the limiter */
export const keyOf = (settings: Settings) => ({ host: new URL(settings.account.url).host, family: "calc" })

/** the items of a frame, without any if it is not a request for computed values */
export const itemsOf = ([, type, , body]: ReadonlyArray<unknown>): ReadonlyArray<CalcItem> =>
  // the cast: frames of this type are written from checked items
  type === "calc" ? (body as ReadonlyArray<readonly [CalcItem]>).map(([item]) => item) : []
