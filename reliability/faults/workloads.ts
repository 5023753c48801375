import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import type * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Markets from "./markets.ts"
import type { Evidence, Seen, Slow, Watched, WatchedBook } from "./model.ts"
import type { Planted, Workload, World } from "./world.ts"

/** elements with their arrival times */
export const gather = <A, E>(stream: Stream.Stream<A, E>, passed: () => number) =>
  Effect.gen(function*() {
    const all: Array<Seen<A>> = []
    const fiber = yield* Effect.forkScoped(
      Stream.runForEach(stream, (value) => Effect.sync(() => all.push({ at: passed(), value })))
    )
    return { all, exit: () => fiber.unsafePoll() ?? undefined }
  })

export const planted = <S>(service: S, name: string, by: Planted, world: World): S =>
  by.service?.[name]?.(service, world) ?? service

const market = (world: World, by: Planted) =>
  Effect.gen(function*() {
    const context = yield* Layer.build(MarketData.layer.pipe(Layer.provide(RateLimiter.layerMemory)))
    const service = planted(
      yield* Effect.provide(MarketData.MarketData, context),
      "MarketData",
      by,
      world
    )
    const { all } = yield* gather(service.problems, world.passed)
    if (by.market !== undefined) yield* Effect.orDie(by.market(service, world))
    return { service, problems: all as Evidence["problems"] }
  })

/** names of channels on open connections, with duplicates */
const namesOn = (connections: ReadonlyArray<FakeExchange.Connection>) =>
  connections.flatMap(({ channels, state }) => state === "open" ? channels.map(({ name }) => name) : []).sort()

/** the last element of a stream does not end an epoch */
export const isLive = ({ events, exit }: Pick<Watched, "events" | "exit">): boolean => {
  if (exit() !== undefined) return true
  const turn = events.findLast(({ value }) => value._tag === "Snapshot" || value._tag === "Interrupted")
  return turn?.value._tag === "Snapshot"
}

const isWhole = (events: Watched["events"]): boolean => {
  const from = events.findLastIndex(({ value }) => value._tag === "Snapshot")
  return events.findLastIndex(({ value }) => value._tag === "Malformed") < from
}

/** the gap that a new consumer receives: the last undecodable row since the snapshot */
const lackingOf = ({ events, kind }: Watched): Watched["events"] => {
  const at = events.findLastIndex(({ value }) => value._tag === "Malformed" && value.error.expected !== "checksum")
  const isMended =
    events.findLastIndex(({ value }) => value._tag === "Snapshot" || (kind === "latest" && value._tag === "Update")) >
      at
  return at < 0 || isMended || kind === "events" ? [] : [events[at]!]
}

const times = { script: 24_000, peace: 27_000, limit: 170_000 }

/** Thirty public channels on two sockets. */
export const channels: Workload = {
  name: "channels",
  exchange: { symbols: Markets.symbols, step: 3000 },
  times,
  start: (world, by) =>
    Effect.gen(function*() {
      const { passed } = world
      const { problems, service } = yield* market(world, by)
      const watched: Array<Watched> = []
      const slow: Array<Slow> = []
      for (const wanted of Markets.channels) {
        const { all, exit } = yield* gather(wanted.open(service), passed)
        const { kind, layout, name } = wanted
        watched.push({
          name,
          layout,
          kind,
          events: all,
          exit,
          // undecodable rows were reported, and are missing until the next snapshot
          difference: (market) => exit() === undefined && isWhole(all) ? wanted.difference(all, market) : undefined
        })
      }
      const isQuiet = Effect.map(world.exchange.connections, (connections) => {
        const names = watched.filter(({ exit }) => exit() === undefined).map(({ name }) => name).sort()
        return JSON.stringify(namesOn(connections)) === JSON.stringify(names) && watched.every(isLive)
      })
      return {
        watched,
        slow,
        problems,
        isQuiet,
        act: (act) =>
          Effect.gen(function*() {
            const wanted = Markets.channels.find(({ name }) => name === act.channel)
            const other = watched.find(({ name }) => name === act.channel)
            if (wanted === undefined || other === undefined) return
            const from = other.events.length
            const isBetween = isLive(other) && from > 0
            const lacking = isBetween && act.capacity > 1 ? lackingOf(other) : []
            const events: Array<Seen<ChannelEvent<any>>> = []
            const free = passed() + act.blocked
            const fiber = yield* wanted.open(service, { policy: act.policy, capacity: act.capacity }).pipe(
              Stream.runForEach((value) =>
                Effect.gen(function*() {
                  yield* Markets.until(passed, free)
                  events.push({ at: passed(), value })
                  // it catches up in the end: the comparison uses its elements up to then
                  if (act.each > 0 && passed() < times.script) yield* Effect.sleep(act.each)
                })
              ),
              Effect.forkScoped
            )
            slow.push({
              act,
              events,
              exit: () => fiber.unsafePoll() ?? undefined,
              // a late consumer begins with the current state, which the other one already has
              all: () =>
                isBetween
                  ? [other.events[from - 1]!, ...lacking, ...other.events.slice(from)]
                  : other.events.slice(from)
            })
          })
      }
    })
}

/** Live books that check themselves. */
export const books: Workload = {
  name: "books",
  exchange: { symbols: ["tBTCUSD", "fUSD"], step: 2000 },
  times,
  start: (world, by) =>
    Effect.gen(function*() {
      const { exchange, passed, plan } = world
      const { problems, service } = yield* market(world, by)
      // a change that is lost before it is numbered shows in checksums alone, which cover the best rows
      const isUncounted = plan.script.some(({ fault }) => fault?._tag === "Lose" && fault.counted === false)
      const best = isUncounted ? 25 : Number.POSITIVE_INFINITY
      const history = Markets.books.map((): Array<string> => [])
      let seen = -1
      const look = () => {
        if (exchange.market.now() === seen) return
        seen = exchange.market.now()
        for (const [k, book] of Markets.books.entries()) {
          const truth = Markets.truthOf(book, exchange.market, best)
          if (history[k]!.at(-1) !== truth) history[k]!.push(truth)
        }
      }
      look()
      // a moment after the market has moved; frames are under way for longer only where there is latency
      yield* Effect.forkScoped(
        Effect.forever(Effect.suspend(() => {
          look()
          return Effect.sleep(2000 - (passed() + 1989) % 2000)
        })).pipe(Effect.withClock(world.clock))
      )
      const watched: Array<WatchedBook> = []
      for (const [k, wanted] of Markets.books.entries()) {
        const { len, name, prec, symbol } = wanted
        const wrong: Array<string> = []
        let served = 0
        const states: Array<Seen<OrderBook.State<any>>> = []
        const stream = OrderBook.live({ symbol, prec, len } as { readonly symbol: "tBTCUSD" })
        const fiber = yield* stream.pipe(
          Stream.runForEach((value) =>
            Effect.sync(() => {
              states.push({ at: passed(), value })
              if (value._tag !== "Synced") return
              look()
              const known = history[k]!
              const text = Markets.cellsOf(wanted, value.book, best)
              const at = known.lastIndexOf(text)
              if (at < served) {
                const why = at < 0 ? "the exchange never had it" : "a newer one was served before"
                wrong.push(`${name} at ${passed()} ms, epoch ${value.epoch}, version ${value.version}: ${why}`)
              } else served = at
            })
          ),
          Effect.provideService(MarketData.MarketData, service),
          Effect.forkScoped
        )
        const exit = () => fiber.unsafePoll() ?? undefined
        watched.push({
          name,
          states,
          wrong,
          exit,
          difference: (market) => {
            const last = states.at(-1)?.value
            if (exit() !== undefined) return undefined
            if (last?._tag !== "Synced") return `no book: ${JSON.stringify(last?.reason)}`
            return Markets.cellsOf(wanted, last.book, best) === Markets.truthOf(wanted, market, best)
              ? undefined
              : "the book is not that of the exchange"
          }
        })
      }
      const isQuiet = Effect.map(exchange.connections, (connections) => {
        const names = watched.filter(({ exit }) => exit() === undefined).map(({ name }) => name).sort()
        return JSON.stringify(namesOn(connections)) === JSON.stringify(names) &&
          watched.every(({ states, exit }) => exit() !== undefined || states.at(-1)?.value._tag === "Synced")
      })
      return { books: watched, problems, isQuiet }
    })
}
