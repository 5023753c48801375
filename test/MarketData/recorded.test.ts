import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as fs from "node:fs"
import type { AccountStreamError } from "../../src/BitfinexError.ts"
import { hasRows } from "../../src/ChannelEvent.ts"
import * as MarketData from "../../src/MarketData.ts"
import type * as Symbols from "../../src/protocol/Symbols.ts"
import { type Event, gather, pass, start, tags } from "../support/market.ts"
import * as Scripted from "../support/scriptedVenue.ts"

const file = new URL("../../../shared/fixtures/ws-session-2021-04-17.ndjson", import.meta.url)
const exists = fs.existsSync(file)

interface Recorded {
  /** ms since the first frame of the client */
  readonly at: number
  readonly dir: string
  readonly frame: any
}

const read = (): ReadonlyArray<Recorded> => {
  const lines = fs.readFileSync(file, "utf8").trim().split("\n").map((line) =>
    JSON.parse(line) as { readonly dir: string; readonly t: number; readonly raw: string }
  )
  const start = lines[0]!.t
  return lines.map(({ dir, raw, t }) => ({ at: Math.round((t - start) * 1000), dir, frame: JSON.parse(raw) }))
}

/** plays the venue's frames, at the recorded times after the last request, and then heartbeats */
const player = (session: ReadonlyArray<Recorded>) => {
  const asked = session.filter(({ dir, frame }) => dir === "client" && frame.event === "subscribe")
  const replies = session.filter(({ dir, frame }) =>
    dir === "server" && frame.event !== "info" && frame.event !== "conf"
  )
  const nameOf = ({ channel, symbol }: Scripted.Asked): string => `${channel} ${symbol}`
  const play = (line: Scripted.Line): void => {
    const ids = new Map(line.asked.flatMap((each) => each.event === "subscribe" ? [[nameOf(each), each["subId"]]] : []))
    for (const { at, frame } of replies) {
      const subId = Array.isArray(frame) ? undefined : ids.get(nameOf(frame))
      line.say(subId === undefined ? frame : { ...frame, subId }, Math.max(1, at))
    }
    // afterwards, a heartbeat of each channel 15 s after its last frame
    const arrays = replies.filter(({ frame }) => Array.isArray(frame))
    const { at: end, frame: last } = arrays.at(-1)!
    const heard = new Map(replies.map(({ at, frame }) => [Array.isArray(frame) ? frame[0] : frame.chanId, at]))
    Array.from(heard, ([chanId, at]) => [1, 2, 3, 4].map((beat) => ({ chanId, at: at + beat * 15_000 })))
      .flat()
      .sort((a, b) => a.at - b.at)
      .forEach(({ at, chanId }, k) => line.say([chanId, "hb", last.at(-1) + 1 + k], Math.max(end, at)))
  }
  return Scripted.make({
    onAsked: (frame, line) => {
      if (frame.event !== "subscribe") return line.obey(frame)
      if (line.asked.filter(({ event }) => event === "subscribe").length === asked.length) play(line)
    }
  })
}

const streamOf = (request: any): Stream.Stream<Event, AccountStreamError, MarketData.MarketData> => {
  const symbol = request.symbol as Symbols.TradingSymbol
  if (request.channel === "ticker") return MarketData.ticker(symbol)
  if (request.channel === "trades") return MarketData.trades(symbol)
  return MarketData.book({ symbol, prec: request.prec, freq: request.freq, len: request.len })
}

describe.skipIf(!exists)(
  `MarketData on a recorded session${exists ? "" : " (skipped: ../shared/fixtures is not there)"}`,
  () => {
    it.scoped("at its own speed, with two books that are acknowledged after 11 s: one socket, no interruption, each row once", () =>
      Effect.gen(function*() {
        const session = read()
        const venue = yield* player(session)
        const client = Scripted.clientOf(venue, { socket: { flags: { sequence: true } } })
        yield* Effect.gen(function*() {
          const market = yield* MarketData.MarketData
          const problems = yield* gather(market.problems)
          const requests = session.flatMap(({ dir, frame }) =>
            dir === "client" && frame.event === "subscribe" ? [frame] : []
          )
          const consumers = yield* Effect.forEach(requests, (request) => start(streamOf(request)))
          for (let second = 0; second < 60; second++) yield* pass("1 second")

          assert.lengthOf(venue.lines, 1)
          assert.lengthOf(venue.lines[0]!.asked.filter(({ event }) => event === "subscribe"), requests.length)
          // the channels whose acknowledgement is overdue are reported, and nothing else
          assert.deepStrictEqual([...new Set(problems.map(({ _tag }) => _tag))], ["SilentChannel"])
          const channels = new Map(
            session.flatMap(({ frame }) =>
              frame.event === "subscribed" ? [[`${frame.channel} ${frame.symbol}`, frame.chanId]] : []
            )
          )
          requests.forEach((request, k) => {
            const { events } = consumers[k]!
            assert.strictEqual(tags(events)[0], "Snapshot")
            assert.isTrue(tags(events).slice(1).every((tag) => tag === "Update"), tags(events).join(" "))
            const chanId = channels.get(`${request.channel} ${request.symbol}`)
            const payloads = session.flatMap(({ frame }) => {
              if (!Array.isArray(frame) || frame[0] !== chanId || frame[1] === "hb") return []
              const payload = typeof frame[1] === "string" ? frame[2] : frame[1]
              return Array.isArray(payload[0]) ? payload : [payload]
            })
            assert.strictEqual(events.flatMap((event) => hasRows(event) ? event.rows : []).length, payloads.length)
          })
        }).pipe(Effect.provide(client))
      }))
  }
)
