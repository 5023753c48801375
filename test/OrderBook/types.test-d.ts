import type * as Stream from "effect/Stream"
import { describe, it } from "vitest"
import * as OrderBook from "../../src/OrderBook.ts"
import type * as Records from "../../src/Records.ts"

// Nothing of this runs: a test fails when the compiler finds an error in it, or none in a line marked as one.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
declare const same: <A, B>(...proof: Same<A, B> extends true ? [] : [differs: { a: A; b: B }]) => void
type Rows<S> = S extends Stream.Stream<OrderBook.State<infer A>, unknown, unknown> ? A : never

describe("the rows of a live book by its arguments", () => {
  it("follow symbol and precision", () => {
    const trading = OrderBook.live({ symbol: "tBTCUSD" })
    same<Rows<typeof trading>, Records.BookEntry>()
    const raw = OrderBook.live({ symbol: "tBTCUSD", prec: "R0", len: 250 })
    same<Rows<typeof raw>, Records.RawBookEntry>()
    const funding = OrderBook.live({ symbol: "fUSD", prec: "P4" })
    same<Rows<typeof funding>, Records.FundingBookEntry>()
    const rawFunding = OrderBook.live({ symbol: "fUSD", prec: "R0" })
    same<Rows<typeof rawFunding>, Records.RawFundingBookEntry>()
    const either = (prec: "P0" | "R0") => OrderBook.live({ symbol: "tBTCUSD", prec })
    same<Rows<ReturnType<typeof either>>, Records.BookEntry | Records.RawBookEntry>()
    const any = (args: OrderBook.Args) => OrderBook.live(args)
    same<
      Rows<ReturnType<typeof any>>,
      Records.BookEntry | Records.RawBookEntry | Records.FundingBookEntry | Records.RawFundingBookEntry
    >()
  })

  it("refuse parameters that a book does not have", () => {
    const refused = () => [
      // @ts-expect-error no such parameter
      OrderBook.live({ symbol: "tBTCUSD", depth: 3 }),
      // @ts-expect-error no such precision
      OrderBook.live({ symbol: "tBTCUSD", prec: "P5" }),
      // @ts-expect-error no symbol
      OrderBook.live({ symbol: "BTCUSD" })
    ]
    void refused
  })
})
