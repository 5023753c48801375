/** The exchange's own state, read from its service. */
import * as Effect from "effect/Effect"
import type * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Markets from "../faults/markets.ts"
import type { Driver } from "./faults.ts"
import type { Facts } from "./messages.ts"

const wanted: ReadonlyArray<Markets.WantedBook> = ([
  ["tBTCUSD", "P0", 25],
  ["tBTCUSD", "R0", 100],
  ["tBTCUSD", "P0", 100],
  ["tBTCUSD", "P0", 250],
  ["fUSD", "P0", 25]
] as const).map(([symbol, prec, len]) => ({ name: `${symbol}:${prec}:${len}`, symbol, prec, len }))

/** The watched channels and books. Simulated time has one book only: books are nine frames of ten, too many for a simulated day. */
export const watched = {
  real: { channels: Markets.channels, books: wanted },
  simulated: {
    channels: Markets.channels.filter(({ name }) => !name.startsWith("book:")),
    books: wanted.slice(0, 1)
  }
} as const

export const make = (
  exchange: FakeExchange.Service,
  driver: () => Driver | undefined,
  books: ReadonlyArray<Markets.WantedBook>
) => ({
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
