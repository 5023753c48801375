/** Thirty public channels, with consumers of every kind: fast, slow, under each buffer policy, and short-lived. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as BufferPolicy from "../../src/BufferPolicy.ts"
import * as ChannelEvent from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as OrderBook from "../../src/OrderBook.ts"
import * as Markets from "../faults/markets.ts"
import { add, breaks, type Part, wordOf, type World } from "./world.ts"

type Event = ChannelEvent.ChannelEvent<any>

/** number of concurrent short-lived consumers */
const visitors = 4

export const countOf = ({ tally }: World) => (event: Event): void => {
  tally.elements++
  if (event._tag !== "Gap") return
  add(tally.gaps, event.cause)
  add(tally.lost, event.cause, event.lost)
}

/** counts the elements of a stream, and checks their order: an epoch begins with its snapshot */
const ordered = (world: World, name: string) => {
  const count = countOf(world)
  let epoch = 0
  let isLive = false
  return {
    isLive: () => isLive,
    see: (event: Event): void => {
      count(event)
      const wrong = event.epoch < epoch
        ? `an element of epoch ${event.epoch} after epoch ${epoch}`
        : event._tag === "Update" && !isLive
        ? `an update of epoch ${event.epoch} before its snapshot`
        : event._tag === "Snapshot" && isLive && event.epoch > epoch
        ? `epoch ${event.epoch} without the end of epoch ${epoch}`
        : undefined
      if (wrong !== undefined) breaks(world.tally, `${name}: ${wrong}`)
      epoch = event.epoch
      if (event._tag === "Snapshot") isLive = true
      if (event._tag === "Interrupted") isLive = false
    }
  }
}

const ways = [
  (see: (event: Event) => void) => ChannelEvent.runForEachSync(see),
  (see: (event: Event) => void) => ChannelEvent.runForEach((event: Event) => Effect.sync(() => see(event))),
  (see: (event: Event) => void) => <E, R>(stream: Stream.Stream<Event, E, R>) =>
    Stream.runForEach(stream, (event) => Effect.sync(() => see(event)))
]

const wantedBy = (name: string): Markets.Wanted => Markets.channels.find((each) => each.name === name)!

const ticker = wantedBy("ticker:tBTCUSD")
const book = wantedBy("book:tBTCUSD:P0:F0:25")
const trades = wantedBy("trades:tBTCUSD")

/** consumers that are too slow for their channel, one per buffer policy */
const slow = (world: World, market: MarketData.Service) => {
  const { channels, tally, unit } = world
  const count = countOf(world)
  const busy = channels.includes(book) ? book : trades
  const taking = (stream: Stream.Stream<Event, unknown>, millis: number) =>
    Stream.runForEach(stream, (event) => {
      count(event)
      return Effect.sleep(millis * unit)
    })
  const overflowing = Effect.catchAll(
    taking(busy.open(market, BufferPolicy.fail(64)), 60),
    (error) =>
      wordOf(error) === "BufferOverflow"
        ? Effect.sync(() => tally.overflows++)
        : Effect.fail(error)
  )
  return [
    ["conflate", taking(ticker.open(market, BufferPolicy.conflate(8)), 50)],
    ["sliding", taking(busy.open(market, BufferPolicy.sliding(64)), 60)],
    ["dropping", taking(busy.open(market, BufferPolicy.dropping(64)), 60)],
    ["fail", Effect.repeat(overflowing, Schedule.spaced(200 * unit))],
    // a separate subscription; it pauses its socket occasionally
    [
      "suspend",
      Stream.runForEach(
        market.trades({ symbol: "tBTCUSD" }, { subId: "suspended", buffer: BufferPolicy.suspend(16) }),
        (event) => {
          count(event)
          return Effect.sleep(2)
        }
      )
    ],
    // takes one element and then stops reading; the buffer is full before the first sample that is evaluated
    ["blocked", Stream.runForEach(trades.open(market, BufferPolicy.dropping(8)), () => Effect.never)]
  ] as const
}

/** subscribes for a moment and leaves, both on shared channels and on channels without other consumers */
const visit = (world: World, market: MarketData.Service, number: number): Effect.Effect<unknown, unknown> => {
  const { activities, dice, tally, unit } = world
  const count = countOf(world)
  const drain = (stream: Stream.Stream<unknown, unknown>) => Stream.runForEach(stream, () => Effect.void)
  return Effect.suspend((): Effect.Effect<unknown, unknown> => {
    tally.visits++
    const stay = Effect.sleep(dice.between(5, 400) * unit)
    const until = (effect: Effect.Effect<unknown, unknown>) => Effect.raceFirst(effect, stay)
    switch (dice.int(0, 5)) {
      case 0:
        return until(drain(market.states))
      case 1:
        return until(drain(market.problems))
      case 2:
        // this channel has no other consumer, so each visit subscribes and unsubscribes it
        return until(
          market.trades({ symbol: "tBTCF0:USTF0" }, { subId: `visitor-${number}` }).pipe(
            ChannelEvent.runForEachSync(count)
          )
        )
      case 3:
        return until(
          OrderBook.live({ symbol: "tBTCUSD", prec: dice.pick(["P0", "P1", "P2"] as const), len: 25 }).pipe(
            Stream.runForEach(() => Effect.sync(() => tally.bookStates++)),
            Effect.provideService(MarketData.MarketData, market)
          )
        )
      default:
        return until(dice.pick(ways)(count)(dice.pick(world.channels).open(market)))
    }
  }).pipe(activities.run, Effect.zipRight(Effect.suspend(() => Effect.sleep(dice.between(1, 100) * unit))))
}

/** runs until the scope ends; an earlier end is a breach */
export const lasting = (
  world: World,
  name: string,
  effect: Effect.Effect<unknown, unknown>
): Effect.Effect<void, never, Scope.Scope> =>
  effect.pipe(
    Effect.onExit((exit) =>
      Effect.sync(() => {
        if (Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)) return
        breaks(
          world.tally,
          `${name} ended: ${Exit.isFailure(exit) ? Cause.pretty(exit.cause).slice(0, 300) : "success"}`
        )
      })
    ),
    Effect.forkScoped,
    Effect.asVoid
  )

export const start = (world: World, market: MarketData.Service): Effect.Effect<Part, never, Scope.Scope> =>
  Effect.gen(function*() {
    const steady: Array<readonly [name: string, isLive: () => boolean]> = []
    for (const [k, wanted] of world.channels.entries()) {
      const { isLive, see } = ordered(world, wanted.name)
      steady.push([wanted.name, isLive])
      yield* lasting(world, wanted.name, ways[k % ways.length]!(see)(wanted.open(market)))
    }
    for (const [policy, consumer] of slow(world, market)) {
      yield* lasting(world, `the consumer under ${policy}`, consumer)
    }
    for (let k = 1; k <= visitors; k++) {
      yield* lasting(world, `visitor ${k}`, Effect.forever(visit(world, market, k)))
    }
    yield* lasting(
      world,
      "the problems",
      Stream.runForEach(market.problems, ({ _tag }) => Effect.sync(() => add(world.tally.problems, _tag)))
    )
    return {
      isQuiet: Effect.sync(() => steady.every(([, isLive]) => isLive())),
      unsettled: Effect.sync(() => steady.flatMap(([name, isLive]) => isLive() ? [] : [`${name} is not live`]))
    }
  })
