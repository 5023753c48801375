/** What the exchange knows, asked of itself. */
import * as Effect from "effect/Effect"
import type * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Markets from "../faults/markets.ts"
import { books } from "./books.ts"
import type { Driver } from "./faults.ts"
import type { Facts } from "./messages.ts"

/** `key` names the account */
export const make = (exchange: FakeExchange.Service, driver: () => Driver | undefined) => ({
  books: Effect.sync((): Facts["books"] => books.map((book) => Markets.truthOf(book, exchange.market))),
  account: Effect.map(exchange.account("demo-key"), (view): Facts["account"] => ({
    orders: view.orders().map(({ id }) => id),
    doubles: [...view.counts()].flatMap(([cid, times]) => times > 1 ? [cid] : [])
  })),
  connections: Effect.map(exchange.connections, (all): Facts["connections"] => ({
    open: all.filter(({ state }) => state !== "closed").length,
    ended: driver()?.ended() ?? 0
  }))
})

export const symbols = ["tBTCUSD", "tBTCF0:USTF0", "fUSD"] as const
