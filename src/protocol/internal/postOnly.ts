/**
 * Post-only as a policy: each limit order gets the flag, and what may take is refused, unless the flags of the call say
 * otherwise. Invalid input is left as it is, for the check that refuses it.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { InvalidInput } from "../../BitfinexError.ts"
import type { AnyArgs } from "../Endpoint.ts"
import * as Flags from "../Flags.ts"
import type { Order } from "../records/Order.ts"

type Checked<A> = Either.Either<A, InvalidInput>

export interface Policy {
  /** the terms of a new order */
  readonly order: <A>(operation: string, order: A) => Checked<A>
  /** the changes of an order */
  readonly changes: <A>(operation: string, changes: A) => Checked<A>
  /** the operations of a batch */
  readonly batch: <A>(operation: string, ops: A) => Checked<A>
}

/** The policy that changes nothing. */
export const none: Policy = {
  order: (_, order) => Either.right(order),
  changes: (_, changes) => Either.right(changes),
  batch: (_, ops) => Either.right(ops)
}

const isObject = (value: unknown): value is AnyArgs => typeof value === "object" && value !== null

const isLimit = (type: unknown): boolean => type === "LIMIT" || type === "EXCHANGE LIMIT"

/** a call that gives the flag, true or false, decides for itself */
const decides = (flags: unknown): boolean => isObject(flags) ? flags["postOnly"] !== undefined : flags !== undefined

const refuse = (operation: string, field: string, value: unknown, reason: string): InvalidInput =>
  new InvalidInput({ operation, field, value, reason })

// the casts: the same terms with one flag more
const withFlags = <A>(args: A, flags: object): A => ({ ...args, flags: { ...flags, postOnly: true } }) as A

/** what to do about an update whose order is not known, on the socket and over REST */
const unknownFlags = {
  socket:
    "orders are post-only here, and the flags of this order are not known; give its id once the socket shows it, or give flags",
  rest:
    "orders are post-only here, and an update replaces the flags of the order; give flags, such as Flags.ofOrder(order)"
}

/** `open` are the orders that the socket shows; undefined for REST, which shows none */
export const make = (open: ReadonlyMap<number, Order> | undefined): Policy => {
  const order: Policy["order"] = (operation, given) => {
    if (!isObject(given) || decides(given["flags"])) return Either.right(given)
    const flags = given["flags"] as { readonly oco?: boolean } | undefined // `decides` has excluded anything else
    const words = "orders are post-only here, and this one may take; to submit it give flags with postOnly: false"
    if (typeof given["type"] === "string" && !isLimit(given["type"])) {
      return Either.left(refuse(operation, "type", given["type"], words))
    }
    return flags?.oco === true
      ? Either.left(refuse(operation, "flags", flags, words))
      : Either.right(withFlags(given, flags ?? {}))
  }

  const changes: Policy["changes"] = (operation, given) => {
    if (!isObject(given) || decides(given["flags"])) return Either.right(given)
    const { flags, id } = given
    const known = typeof id === "number" ? open?.get(id) : undefined
    if (known !== undefined && !isLimit(known.orderType)) return Either.right(given)
    // flags of an update replace those of the order
    if (isObject(flags)) return Either.right(withFlags(given, flags))
    return known === undefined
      ? Either.left(refuse(
        operation,
        "flags",
        flags,
        open === undefined ? unknownFlags.rest : unknownFlags.socket
      ))
      : Either.right(withFlags(given, Flags.ofOrder(known)))
  }

  const batch: Policy["batch"] = (operation, ops) => {
    if (!Array.isArray(ops)) return Either.right(ops)
    const all: ReadonlyArray<unknown> = ops
    return Either.map(
      Either.all(all.map((op): Checked<unknown> => {
        const [word, args]: ReadonlyArray<unknown> = Array.isArray(op) ? op : []
        if (word !== "on" && word !== "ou") return Either.right(op)
        return Either.map(word === "on" ? order(operation, args) : changes(operation, args), (done) => [word, done])
      })),
      (done) => done as typeof ops // the cast: the same operations
    )
  }

  return { order, changes, batch }
}

/** The refusal of endpoints whose orders have no flags and may always take. */
export const refusal = (operation: string): InvalidInput =>
  refuse(
    operation,
    "postOnly",
    true,
    "orders are post-only here, and a recurring order takes; use a client without that policy"
  )
