import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MarketData from "../../src/MarketData.ts"
import type * as Symbols from "../../src/protocol/Symbols.ts"
import { pass, problems, start, turns } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"

const sick = "tSICUSD"
const well: ReadonlyArray<Symbols.BitfinexSymbol> = ["tONEUSD", "tTWOUSD", "tTHRUSD"]

/** runs streams of tickers on a scripted venue; heartbeats keep those channels alive that have them */
const against = <A, E, R>(
  script: Parameters<typeof Scripted.make>[0],
  body: (venue: Scripted.Venue) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const venue = yield* Scripted.make(script)
    return yield* Effect.provide(body(venue), Scripted.clientOf(venue))
  })

/** time passes, and each channel except the sick one sends heartbeats */
const live = (venue: Scripted.Venue, seconds: number, channels: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    for (let second = 0; second < seconds; second += 10) {
      for (const id of channels) venue.lines.at(-1)?.say([id, "hb"])
      yield* pass("10 seconds")
    }
  })

const tickers = (symbols: ReadonlyArray<Symbols.BitfinexSymbol>) =>
  Effect.forEach(symbols, (symbol) => start(MarketData.ticker(symbol)))

/** times at which the sick channel was requested, s */
const asked = (venue: Scripted.Venue) =>
  venue.lines.flatMap((line) => line.asked).filter(({ event, symbol }) => event === "subscribe" && symbol === sick)
    .map(({ at }) => Math.round(at / 1000))

const refusal = (code: number) => ({ event: "error", msg: "no", code })

describe("MarketData: one failing channel among others", () => {
  for (const code of [11000, 10008]) {
    it.scoped(`deferred (${code}) repeatedly, only it is repeated, after growing delays`, () =>
      against({
        onAsked: (frame, line) =>
          frame["symbol"] === sick && line.asked.filter(({ symbol }) => symbol === sick).length < 9
            ? line.say({ ...frame, ...refusal(code) })
            : line.obey(frame)
      }, (venue) =>
        Effect.gen(function*() {
          const reported = yield* problems
          const others = yield* tickers(well)
          const [ill] = yield* tickers([sick])
          yield* live(venue, 130, [1, 2, 3, 4])
          assert.deepStrictEqual(asked(venue), [0, 1, 3, 7, 15, 31, 61, 91, 121])
          assert.lengthOf(reported.filter((each) => each._tag === "VenueError" && each.code === code), 8)
          assert.lengthOf(venue.lines, 1)
          for (const { events } of [...others, ill!]) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
        })))
  }

  it.scoped("stopped while it is deferred, it is not repeated", () =>
    against({
      onAsked: (frame, line) => frame["symbol"] === sick ? line.say({ ...frame, ...refusal(11000) }) : line.obey(frame)
    }, (venue) =>
      Effect.gen(function*() {
        yield* tickers(well)
        const [ill] = yield* tickers([sick])
        yield* pass("500 millis")
        yield* ill!.stop
        yield* live(venue, 60, [1, 2, 3])
        assert.deepStrictEqual(asked(venue), [0])
      })))

  it.scoped("refused without a name among many, only it fails, and no socket is lost", () =>
    against({
      onAsked: (frame, line) => frame["symbol"] === sick ? line.say(refusal(10300)) : line.obey(frame, 50)
    }, (venue) =>
      Effect.gen(function*() {
        const [ill, ...others] = yield* tickers([sick, ...well])
        yield* live(venue, 20, [1, 2, 3])
        assert.deepInclude(ill!.failure(), { _tag: "SubscriptionRejected", code: 10300, request: `ticker|${sick}` })
        for (const { events, exit } of others) {
          assert.deepStrictEqual(turns(events), ["Snapshot 1"])
          assert.isUndefined(exit())
        }
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("three of six refused without a name fail, each with its own refusal", () =>
    against({
      onAsked: (frame, line) => String(frame["symbol"]).startsWith("tBAD") ? line.say(refusal(10300)) : line.obey(frame)
    }, (venue) =>
      Effect.gen(function*() {
        const bad = yield* tickers(["tBADUSD", "tBADEUR"])
        const others = yield* tickers(well)
        const last = yield* tickers(["tBADJPY"])
        yield* live(venue, 20, [1, 2, 3])
        for (const each of [...bad, ...last]) assert.deepInclude(each.failure(), { code: 10300 })
        for (const { events } of others) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("a suspect whose acknowledgement was lost is not refused as a duplicate: another socket takes it over", () =>
    against({
      onAsked: (frame, line) => {
        if (line.number > 1 || frame.event !== "subscribe") return line.obey(frame)
        const isFirst = line.asked.filter(({ symbol }) => symbol === frame["symbol"]).length === 1
        if (frame["symbol"] === "tLSTUSD") return isFirst ? undefined : line.say({ ...frame, ...refusal(10301) })
        return frame["symbol"] === sick ? line.say(refusal(10300)) : line.obey(frame)
      }
    }, (venue) =>
      Effect.gen(function*() {
        const [lost, ...others] = yield* tickers(["tLSTUSD", sick, ...well])
        yield* live(venue, 30, [1, 2, 3])
        assert.isUndefined(lost!.exit())
        assert.strictEqual(turns(lost!.events).at(-1), "Snapshot 1")
        assert.lengthOf(venue.lines, 2)
        assert.deepStrictEqual(turns(others.at(-1)!.events), ["Snapshot 1"])
      })))

  for (
    const [name, beats] of [["heartbeats, but never a snapshot", [1, 2, 3, 4, 5, 6, 7, 8, 9]], ["silence", [
      1,
      2,
      3
    ]]] as const
  ) {
    it.scoped(`acknowledged, then ${name}: only it is resubscribed, after growing delays`, () =>
      against({
        onAsked: (frame, line) => {
          if (frame["symbol"] !== sick) return line.obey(frame)
          line.say({
            ...frame,
            event: "subscribed",
            chanId: 3 + line.asked.filter(({ symbol }) => symbol === sick).length
          })
        }
      }, (venue) =>
        Effect.gen(function*() {
          const reported = yield* problems
          const others = yield* tickers(well)
          yield* tickers([sick])
          yield* live(venue, 290, beats)
          assert.deepStrictEqual(asked(venue), [0, 20, 40, 61, 83, 107, 135, 171, 221, 271])
          assert.lengthOf(venue.lines, 1)
          assert.lengthOf(reported.filter(({ _tag }) => _tag === "SilentChannel"), 9)
          for (const { events } of others) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
        })))
  }
})

describe("MarketData: a slow venue", () => {
  const many = Array.from({ length: 25 }, (_, k): Symbols.BitfinexSymbol => `tNR${String.fromCharCode(65 + k)}USD`)

  it.scoped("25 channels at 0.3 s each become live without an interruption", () =>
    against({
      onAsked: (frame, line) => line.obey(frame, frame.event === "subscribe" ? 300 * (line.asked.length - 1) + 300 : 1)
    }, (venue) =>
      Effect.gen(function*() {
        const all = yield* tickers(many)
        yield* pass("9 seconds")
        for (const { events } of all) assert.deepStrictEqual(turns(events), ["Snapshot 1"])
        assert.lengthOf(venue.lines, 1)
      })))

  it.scoped("a lost acknowledgement is detected, however many later requests are acknowledged", () =>
    against({
      onAsked: (frame, line) =>
        frame["symbol"] === sick && line.asked.filter(({ symbol }) => symbol === sick).length === 1
          ? undefined
          : line.obey(frame)
    }, (venue) =>
      Effect.gen(function*() {
        const [lost] = yield* tickers([sick])
        for (const symbol of many.slice(0, 7)) {
          yield* pass("1 second")
          yield* tickers([symbol])
        }
        yield* pass("10 seconds")
        assert.lengthOf(venue.lines, 1)
        assert.deepStrictEqual(turns(lost!.events), ["Snapshot 1"])
      })))
})
