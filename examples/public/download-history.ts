/** A year of candles and 10,000 trades into NDJSON files, with a progress bar; a second run continues where the first ended. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as Records from "effect-bitfinex/Records"
import * as RestClient from "effect-bitfinex/RestClient"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const hour = 3_600_000
const folder = "recordings/history"

/** the rows of a file, oldest first; a last line that a crash cut short is left out */
const rowsOf = <A>(path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    if (!(yield* fs.exists(path))) return []
    const text = yield* fs.readFileString(path)
    const whole = text.slice(0, text.lastIndexOf("\n") + 1)
    if (whole.length < text.length) yield* fs.writeFileString(path, whole)
    // the cast: this program wrote the lines
    return whole.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as A)
  })

/** writes over the last line of a terminal; elsewhere, such as in a log, it writes only the end */
const bar = (name: string, share: number) =>
  Effect.sync(() => {
    const done = Math.min(30, Math.floor(share * 30))
    const text = `${name.padEnd(8)} [${"#".repeat(done)}${".".repeat(30 - done)}] ${Math.floor(share * 100)} %`
    if (process.stdout.isTTY) process.stdout.write(`\r${text}`)
    else if (done === 30) process.stdout.write(text)
  })

/** appends the rows page by page: the file is complete up to its last line */
const append = <A, E, R>(
  path: string,
  rows: Stream.Stream<A, E, R>,
  progress: (row: A, count: number) => Effect.Effect<void>
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    let count = 0
    yield* rows.pipe(
      Stream.chunks,
      Stream.tap((page) => {
        count += page.length
        return Effect.void
      }),
      Stream.mapEffect((page) => {
        const all = [...page]
        return Effect.as(progress(all[all.length - 1]!, count), all.map((row) => `${JSON.stringify(row)}\n`).join(""))
      }),
      Stream.encodeText,
      Stream.run(fs.sink(path, { flag: "a" }))
    )
    yield* Console.log("")
    return count
  })

const candles = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const path = `${folder}/candles.ndjson`
  const known = yield* rowsOf<Records.Candle>(path)
  const end = yield* Clock.currentTimeMillis
  const begin = end - 365 * 24 * hour
  // the bounds are inclusive: the next candle is behind the last one. Behind `end` the stream is empty
  const start = known.length === 0 ? begin : known[known.length - 1]!.mts + 1
  const history = rest.candlesStream({ symbol: "tBTCUSD", timeframe: "1h", start, end, limit: 1000 })
  const added = yield* append(path, history, ({ mts }) => bar("candles", (mts - begin) / (end - begin - hour)))
  yield* Console.log(`${known.length + added} candles in ${path}, ${added} of them new`)
})

const wanted = 10_000

const trades = Effect.gen(function*() {
  const rest = yield* RestClient.RestClient
  const path = `${folder}/trades.ndjson`
  const known = yield* rowsOf<Records.PublicTrade>(path)
  // newest first; several trades may share a millisecond, so the last one is read again, and left out by its ids
  const last = known[known.length - 1]?.mts
  const ids = new Set(known.filter(({ mts }) => mts === last).map(({ id }) => id))
  const history = rest.tradesStream({ symbol: "tBTCUSD", limit: 2500, ...(last === undefined ? {} : { end: last }) })
  const missing = Math.max(0, wanted - known.length)
  const added = yield* append(
    path,
    history.pipe(Stream.filter(({ id }) => !ids.has(id)), Stream.take(missing)),
    (_, count) => bar("trades", (known.length + count) / wanted)
  )
  yield* Console.log(`${known.length + added} trades in ${path}, ${added} of them new`)
})

export const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(folder, { recursive: true })
  yield* candles
  yield* trades
}).pipe(Effect.provide(NodeContext.layer))
