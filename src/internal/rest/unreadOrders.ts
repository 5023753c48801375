/**
 * Rows of orders that cannot be decoded, while the orders with one `cid` are looked for.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { DecodeError, UnreadRow } from "../../BitfinexError.ts"

/**
 * Whether the cells are those of an order with another `cid`. Cells of anything else, such as the row of a wallet in the
 * reply of another request, show nothing.
 */
const showsAnother = (cells: unknown, cid: number): boolean => {
  if (!Array.isArray(cells)) return false
  const [id, , shown, symbol]: ReadonlyArray<unknown> = cells
  return Number.isSafeInteger(id) && typeof symbol === "string" && symbol.startsWith("t")
    && typeof shown === "number" && shown !== cid
}

/**
 * Fails with the error of a row that may be an order with the `cid`: while there is one, nothing proves that no such order
 * exists.
 *
 * @internal
 */
export const refuseUnread = (cid: number) => ({ cells, error }: UnreadRow): Effect.Effect<void, DecodeError> =>
  showsAnother(cells, cid) ? Effect.void : Effect.fail(error)
