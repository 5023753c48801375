/**
 * Live books, checked in two ways that do not depend on their implementation: the checksum of a served book, computed here
 * independently, must be one that the venue sent for that book; and every book of the exchange must be served.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import { checksum } from "../../src/testing/internal/venue/checksum.ts"
import * as Markets from "../faults/markets.ts"
import * as Market from "./market.ts"
import { breaks, type Part, type World } from "./world.ts"

const first = 25

/** cells in wire format, of the rows that enter the checksum */
const checksumOf = ({ prec, symbol }: Markets.WantedBook, book: OrderBook.Book<any>): number => {
  const cells = (row: any) => prec === "R0" ? [row.orderId, row.price, row.amount] : [row.price, row.count, row.amount]
  return checksum(symbol, prec, {
    bids: book.bids.slice(0, first).map(cells),
    asks: book.asks.slice(0, first).map(cells)
  })
}

/** maximum delay until a book of the exchange is served, ms */
const patience = 1000

/** consecutive failed checks allowed: a silently dead connection is detected within 20 s, and its books are served until then */
const most = 30

interface Look {
  readonly audit: Effect.Effect<void>
  readonly isSynced: () => boolean
}

const start_ = (
  world: World,
  market: MarketData.Service,
  wanted: Markets.WantedBook
): Effect.Effect<
  {
    readonly isSynced: () => boolean
    readonly listen: (listener: ((text: string | undefined) => void) | undefined) => void
  },
  never,
  Scope.Scope
> =>
  Effect.gen(function*() {
    const { tally, tap } = world
    let latest: OrderBook.State<any> | undefined
    let listener: ((text: string | undefined) => void) | undefined
    let version = 0
    const textOf = (state: OrderBook.State<any> | undefined) =>
      state?._tag === "Synced" ? Markets.cellsOf(wanted, state.book) : undefined
    const see = (state: OrderBook.State<any>): void => {
      tally.bookStates++
      latest = state
      listener?.(textOf(state))
      if (state._tag !== "Synced") return
      if (state.version <= version) breaks(tally, `book ${wanted.name}: version ${state.version} after ${version}`)
      version = state.version
      if (!state.verified) return
      tally.booksChecked++
      const sum = checksumOf(wanted, state.book)
      if (tap.hadChecksum(wanted.name, sum)) return
      tally.wrongBooks++
      breaks(tally, `book ${wanted.name}, version ${version}: the venue never sent the checksum ${sum} of it`)
    }
    const { len, prec, symbol } = wanted
    // the cast: the type of a row depends on the arguments, which are data here
    const stream = OrderBook.live({ symbol, prec, len } as { readonly symbol: "tBTCUSD" })
    yield* Market.lasting(
      world,
      `book ${wanted.name}`,
      Effect.provideService(
        Stream.runForEach(stream, (state) => Effect.sync(() => see(state))),
        MarketData.MarketData,
        market
      )
    )
    return {
      isSynced: () => latest?._tag === "Synced",
      listen: (next) => {
        listener = next
        listener?.(textOf(latest))
      }
    }
  })

export const start = (
  world: World,
  market: MarketData.Service
): Effect.Effect<Part & Pick<Look, "audit">, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { books, passed, tally, truth } = world
    const all = yield* Effect.forEach(books, (wanted) => start_(world, market, wanted))
    // the exchange's current book was served just now, or will be soon, unless the book is withheld meanwhile
    const look = Effect.gen(function*() {
      const seen = all.map(() => new Set<string>())
      const isWithheld = all.map(() => false)
      for (const [k, { listen }] of all.entries()) {
        listen((text) => {
          if (text === undefined) isWithheld[k] = true
          else seen[k]!.add(text)
        })
      }
      const wanted = yield* truth.books
      const until = passed() + patience
      const isOpen = () => wanted.some((text, k) => !isWithheld[k] && !seen[k]!.has(text))
      while (isOpen() && passed() < until) yield* Effect.sleep(50)
      return wanted.map((text, k) => {
        all[k]!.listen(undefined)
        return isWithheld[k] ? "withheld" : seen[k]!.has(text) ? "right" : "unseen"
      })
    })
    // a consumer that is briefly delayed receives only the newest book, so it may not see one in between
    const audit = Effect.gen(function*() {
      const open = new Set(books.keys())
      for (let looks = 0; looks < most && open.size > 0; looks++) {
        const found = yield* look
        for (const k of open) {
          if (found[k] === "right") tally.booksAudited++
          if (found[k] !== "unseen") open.delete(k)
        }
      }
      for (const k of open) {
        tally.wrongBooks++
        breaks(tally, `book ${books[k]!.name}: the exchange's book was not served, ${most} times in a row`)
      }
    })
    const unsettled = Effect.sync(() =>
      books.flatMap(({ name }, k) => all[k]!.isSynced() ? [] : [`book ${name} is withheld`])
    )
    return { audit, unsettled, isQuiet: Effect.sync(() => all.every(({ isSynced }) => isSynced())) }
  })
