/**
 * Lists of orders in which a row that cannot be read does not hide the others.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../../BitfinexError.ts"
import type { AnyEndpoint } from "../../protocol/Endpoint.ts"
import { Order } from "../../protocol/records/Order.ts"

/**
 * What a list holds.
 *
 * @internal
 */
export interface ReadableOrders {
  readonly rows: ReadonlyArray<Order>
  readonly unread: ReadonlyArray<{ readonly cells: unknown; readonly error: DecodeError }>
}

const decode = (json: unknown): Either.Either<ReadableOrders, DecodeError> => {
  if (!Array.isArray(json)) {
    const where = { operation: "decode", layout: "Order[]", field: "", index: null, row: null }
    return Either.left(new DecodeError({ ...where, expected: "list of rows", actual: render(json) }))
  }
  const rows: Array<Order> = []
  const unread: Array<ReadableOrders["unread"][number]> = []
  for (const [row, cells] of (json as ReadonlyArray<unknown>).entries()) {
    const order = Order.decode(cells)
    if (Either.isRight(order)) rows.push(order.right)
    else unread.push({ cells, error: new DecodeError({ ...order.left, row }) })
  }
  return Either.right({ rows, unread })
}

/**
 * The same endpoint, whose reply is read row by row.
 *
 * @internal
 */
export const rowByRow = (row: AnyEndpoint): AnyEndpoint => ({
  ...row,
  // the cast: such a row is only ever called by name, and what it answers is typed there
  decode: decode as AnyEndpoint["decode"]
})
