/**
 * The commands of accounts, executed alike for REST and the account socket: `on`, `ou`, `oc`, `oc_multi`, `ox_multi`,
 * `fon`, `foc`. Each returns a notice or a refusal, and is recorded.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Prices from "../market/prices.ts"
import type { Funding } from "./funding.ts"
import type { Input } from "./input.ts"
import { dayOf, isObject, makeInput } from "./input.ts"
import type { Notice, Origin, OrRefusal } from "./model.ts"
import { remember } from "./model.ts"
import * as Money from "./money.ts"
import type { Trading } from "./trading.ts"
import type { Account, Core, OrderState } from "./types.ts"
import { invalid } from "./types.ts"

export type CommandType = "on" | "ou" | "oc" | "oc_multi" | "ox_multi" | "fon" | "foc"

export type Execute = (account: Account, type: CommandType, input: Input, origin: Origin) => OrRefusal<Notice>

/** the manual says 75 for REST; clients say 15 for the socket */
const maxOperations = 75

const success = (type: string, info: Notice["info"], text: string | null): Notice => ({
  type,
  info,
  status: "SUCCESS",
  text
})

const baseOf = (symbol: string): string => {
  const bare = symbol.slice(1)
  return bare.includes(":") ? bare.slice(0, bare.indexOf(":")) : bare.slice(0, 3)
}

const describe = (type: string, symbol: string, amount: number): string =>
  `${type.toLowerCase()} ${amount > 0 ? "buy" : "sell"} order for ${Money.plain(amount)} ${baseOf(symbol)}.`

/** the ids, groups, client ids with their day, or all, of a cancellation of several orders */
const selection = (input: Input): OrRefusal<(order: OrderState) => boolean> => {
  const all = input.raw("all")
  if (all === 1 || all === true) return Either.right(() => true)
  if (!["id", "gid", "cid"].some(input.has)) return invalid("id")
  const numbers = (name: string) => input.list(name).flat().map(Number)
  const [ids, gids] = [numbers("id"), numbers("gid")]
  const cids = input.list("cid").flatMap((entry) => Array.isArray(entry) ? [`${entry[0]}/${entry[1]}`] : [])
  return Either.right((order) =>
    ids.includes(order.id) || (order.gid !== null && gids.includes(order.gid)) ||
    cids.includes(`${order.cid}/${dayOf(order.created)}`)
  )
}

export const makeCommands = (core: Core, trading: Trading, funding: Funding): Execute => {
  const run: Execute = (account, type, input, origin) => {
    switch (type) {
      case "on":
        return Either.map(trading.submit(account, input), (orders) => {
          const { amount, orderType, symbol } = orders[0]!
          return success("on-req", { _tag: "orders", orders }, `Submitting ${describe(orderType, symbol, amount)}`)
        })
      case "ou":
        return Either.map(trading.update(account, input), (order) => {
          const { amount, orderType, symbol } = order
          const text = `Submitting update to ${describe(orderType, symbol, amount)}`
          return success("ou-req", { _tag: "order", order }, text)
        })
      case "oc":
        return Either.map(trading.cancel(account, input), (order) => {
          const text = `Submitted for cancellation; waiting for confirmation (ID: ${order.id}).`
          return success("oc-req", { _tag: "order", order }, text)
        })
      case "oc_multi":
        return Either.map(selection(input), (which) => {
          const orders = trading.cancelAll(account, which)
          return success("oc_multi-req", { _tag: "orders", orders }, `Submitting ${orders.length} order cancellations.`)
        })
      case "ox_multi":
        return operations(account, input, origin)
      case "fon":
        return Either.map(funding.submit(account, input), (offer) => {
          const { amount, period, rate, type } = offer
          const kind = amount > 0 ? "offer" : "bid"
          const at = type === "LIMIT" ? (rate * 100).toFixed(6) : `FRR ${Money.plain(rate)}`
          const what = `${Money.text(Prices.rounded(Math.abs(amount), 8))} ${offer.symbol.slice(1)}`
          const text = `Submitting funding ${kind} of ${what} at ${at} for ${period} days.`
          return success("fon-req", { _tag: "offer", offer }, text)
        })
      case "foc": {
        const id = input.int("id")
        if (id === undefined || Number.isNaN(id)) return invalid("id")
        return Either.map(funding.cancel(account, id), (offer) => success("foc-req", { _tag: "offer", offer }, null))
      }
    }
  }

  /**
   * executes all operations in order, regardless of their results: it is not known whether the venue undoes the first
   * if the second fails
   */
  const operations = (account: Account, input: Input, origin: Origin): OrRefusal<Notice> => {
    const ops = input.list("ops")
    if (ops.length === 0 || ops.length > maxOperations) return invalid("ops")
    const known: ReadonlyArray<unknown> = ["on", "ou", "oc", "oc_multi"]
    const parsed: Array<readonly [CommandType, Input]> = []
    for (const op of ops) {
      if (!Array.isArray(op) || !known.includes(op[0]) || !isObject(op[1])) return invalid("ops")
      // the cast: one of the words above
      parsed.push([op[0] as CommandType, makeInput(op[1])])
    }
    const notices = parsed.map(([type, each]): Notice =>
      Either.getOrElse(execute(account, type, each, origin), ({ text }) => ({
        type: `${type}-req`,
        info: { _tag: "none" },
        status: "ERROR",
        text
      }))
    )
    return Either.right(
      success("ox_multi-req", { _tag: "notices", notices }, `Submitting ${notices.length} order operations.`)
    )
  }

  const execute: Execute = (account, type, input, origin) => {
    const result = run(account, type, input, origin)
    const info = Either.isRight(result) ? result.right.info : undefined
    const [cid, id] = [input.int("cid") ?? null, input.int("id") ?? null]
    const made = info?._tag === "orders"
      ? info.orders[0]
      : info?._tag === "order"
      ? info.order
      : info?._tag === "offer"
      ? { id: info.offer.id, cid: null }
      : undefined
    // the operations of ox_multi are recorded one by one
    if (type !== "ox_multi") {
      remember(account.commands, {
        at: core.now(),
        type,
        origin,
        isOwnCid: input.has("cid"),
        cid: made?.cid ?? cid,
        id: made?.id ?? id,
        accepted: Either.isRight(result),
        text: Either.isRight(result) ? result.right.text : result.left.text
      })
    }
    return result
  }

  return execute
}
