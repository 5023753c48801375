/**
 * The account's channel: events of order lifecycles, generated from a seed, and the parts of a login.
 *
 * An order is placed (`on`), executed in parts (`te`, then `ou` or at last `oc`, then `tu` and the two wallets, `wu`),
 * or is cancelled (`oc`). Some 40 orders are open at a time. An order has 32 cells, a trade 12, a wallet 7.
 */

/** the only key of the bench server, which verifies each login */
export const key = "bench-key"
export const secret = "bench-secret"

export type AccountKind = "orders" | "fills" | "wallets"

/** by type of event */
export const kinds: { readonly [type: string]: AccountKind } = {
  on: "orders",
  ou: "orders",
  oc: "orders",
  te: "fills",
  tu: "fills",
  wu: "wallets"
}

interface Order {
  readonly id: number
  readonly cid: number
  readonly base: number
  readonly original: number
  readonly price: number
  readonly mtsCreate: number
  amount: number
  /** its executions, newest first */
  history: string
  parts: number
}

const bases = ["BTC", "ETH", "LTC", "XRP", "EOS", "ZEC", "XMR", "DOT"]
const open = 40

const round = (value: number): number => Number(value.toFixed(8))

export interface AccountFeed {
  /** the frames that follow a login */
  readonly snapshots: ReadonlyArray<string>
  readonly next: () => string
}

export const account = (chance: () => number): AccountFeed => {
  let ids = 90_000_000_000
  let tradeIds = 1_500_000_000
  let mts = 1_700_000_000_000
  const orders: Array<Order> = []
  const balances = new Map(["USD", ...bases].map((currency) => [currency, 1_000_000 + round(chance() * 1000)]))
  const pending: Array<string> = []

  const row = (order: Order, status: string, previous: string | null = null): string =>
    JSON.stringify([
      order.id,
      null,
      order.cid,
      `t${bases[order.base]}USD`,
      order.mtsCreate,
      mts,
      order.amount,
      order.original,
      "EXCHANGE LIMIT",
      previous,
      null,
      null,
      0,
      status,
      null,
      null,
      order.price,
      order.parts === 0 ? 0 : order.price,
      0,
      0,
      null,
      null,
      null,
      0,
      0,
      null,
      null,
      null,
      "API>BFX",
      null,
      null,
      order.id % 3 === 0 ? { "$F7": 1 } : null
    ])

  const wallet = (currency: string, change: number, order: Order): string => {
    const balance = round(balances.get(currency)! + change)
    balances.set(currency, balance)
    return JSON.stringify([
      "exchange",
      currency,
      balance,
      0,
      null,
      `Exchange ${Math.abs(order.original)} ${bases[order.base]} for USD @ ${order.price}`,
      { reason: "TRADE", order_id: order.id, order_cid: order.cid, trade_price: String(order.price) }
    ])
  }

  const submit = (): Order => {
    const base = Math.floor(chance() * bases.length)
    const amount = round((chance() < 0.5 ? 1 : -1) * (0.02 + chance() * 2))
    const price = round(Math.floor(10_000 + chance() * 900_000) / 10)
    const order = {
      id: ids += 1 + Math.floor(chance() * 9),
      cid: mts % 86_400_000,
      base,
      original: amount,
      price,
      mtsCreate: mts,
      amount,
      history: "",
      parts: 0
    }
    orders.push(order)
    return order
  }

  const fill = (order: Order, at: number): void => {
    const isLast = order.parts > 2 || Math.abs(order.amount) < 0.02
    const amount = isLast ? order.amount : round(order.amount * 0.4)
    order.amount = isLast ? 0 : round(order.amount - amount)
    order.parts++
    const part = `${order.price}(${amount})`
    const status = isLast ? `EXECUTED @ ${part}` : `PARTIALLY FILLED @ ${part}`
    const whole = order.history === "" ? status : `${status}: was ${order.history}`
    order.history = whole
    const symbol = `t${bases[order.base]}USD`
    tradeIds += 1 + Math.floor(chance() * 3)
    const executed = [tradeIds, symbol, mts, order.id, amount, order.price, "EXCHANGE LIMIT", order.price, 1]
    const fee = -round(Math.abs(amount) * order.price * 0.001)
    pending.push(
      `"te",${JSON.stringify([...executed, null, null, order.cid])}`,
      `"${isLast ? "oc" : "ou"}",${row(order, whole)}`,
      `"tu",${JSON.stringify([...executed, fee, "USD", order.cid])}`,
      `"wu",${wallet(bases[order.base]!, amount, order)}`,
      `"wu",${wallet("USD", round(fee - amount * order.price), order)}`
    )
    if (isLast) orders.splice(at, 1)
  }

  const change = (): void => {
    mts += Math.floor(chance() * 50)
    const dice = chance()
    if (orders.length < open / 2 || (orders.length < open && dice < 0.4)) {
      pending.push(`"on",${row(submit(), "ACTIVE")}`)
      return
    }
    const at = Math.floor(chance() * orders.length)
    const order = orders[at]!
    if (dice < 0.85) return fill(order, at)
    orders.splice(at, 1)
    pending.push(`"oc",${row(order, order.history === "" ? "CANCELED" : `CANCELED was: ${order.history}`)}`)
  }

  const first = Array.from({ length: open / 2 }, submit).map((order) => row(order, "ACTIVE"))
  const wallets = Array.from(
    balances,
    ([currency, balance]) => JSON.stringify(["exchange", currency, balance, 0, null, null, null])
  )
  return {
    snapshots: [
      `[0,"ps",[]`,
      `[0,"ws",[${wallets.join(",")}]`,
      `[0,"os",[${first.join(",")}]`,
      `[0,"fos",[]`,
      `[0,"fcs",[]`,
      `[0,"fls",[]`
    ],
    next: () => {
      while (pending.length === 0) change()
      return `[0,${pending.shift()!}`
    }
  }
}
