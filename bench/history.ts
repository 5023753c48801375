/**
 * The cost of reading a long history: pages of 10,000 trades, of which each is decoded, checked and passed on. The pages
 * come from this process, so that neither network nor limits are measured.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestClient from "../src/RestClient.ts"

const page = 10_000
const begin = 1_600_000_000_000

export interface HistoryFigures {
  readonly rows: number
  /** CPU of one row, µs */
  readonly each: number
  /** the same where the pages are parsed, and nothing else is done */
  readonly parse: number
  /** growth of the heap after collection while half of the rows were read, MB */
  readonly heap: number
}

const headers = { "content-type": "application/json" }

const cpu = (): number => {
  const { system, user } = process.cpuUsage()
  return system + user
}

const heap = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1_048_576
}

const measure = (rows: number) =>
  Effect.gen(function*() {
    let made = 0
    /** CPU of making and parsing the pages, which is not the SDK's */
    let parsing = 0
    const texts: Array<string> = []
    const pageFrom = (start: number): string => {
      const from = Math.max(0, start - begin)
      const count = Math.max(0, Math.min(page, rows - from))
      const list = Array.from(
        { length: count },
        (_, k) => [from + k + 1, begin + from + k, 0.01 + (k % 97) / 1000, 30_000 + k % 500]
      )
      return JSON.stringify(list)
    }
    const http = HttpClient.make((request, url) =>
      Effect.sync(() => {
        const before = cpu()
        const text = pageFrom(Number(url.searchParams.get("start")))
        if (texts.length < 5) texts.push(text)
        made += cpu() - before
        return HttpClientResponse.fromWeb(request, new Response(text, { headers }))
      })
    )
    // the active limiter, with limits that are never reached
    const limiter = Layer.effect(
      RateLimiter.RateLimiter,
      Effect.map(RateLimiter.make, (limits): RateLimiter.Service => ({
        ...limits,
        acquire: (key, _, options) => limits.acquire(key, [1024, 1e-6], options),
        hold: (key, _, options, use) => limits.hold(key, [1024, 1e-6], options, use),
        tryAcquire: (clock, key, _, urgent) => limits.tryAcquire(clock, key, [1024, 1e-6], urgent)
      }))
    )
    const rest = yield* Effect.provide(
      RestClient.make,
      Layer.mergeAll(Layer.succeed(HttpClient.HttpClient, http), limiter)
    )
    const base = heap()
    let grown = 0
    let seen = 0
    const before = cpu()
    yield* rest.tradesStream({ symbol: "tBTCUSD", start: begin, end: begin + rows, sort: 1, limit: page }).pipe(
      Stream.runForEachChunk((chunk) =>
        Effect.sync(() => {
          const half = seen < rows / 2
          seen += chunk.length
          if (half && seen >= rows / 2) {
            const pause = cpu()
            grown = heap() - base
            made += cpu() - pause
          }
        })
      )
    )
    const each = (cpu() - before - made) / rows
    if (seen !== rows) throw new Error(`${seen} of ${rows} rows`)
    const start = cpu()
    for (const text of texts) JSON.parse(text)
    parsing = (cpu() - start) / (texts.length * page)
    return { rows, each, parse: parsing, heap: grown } satisfies HistoryFigures
  })

await Effect.runPromise(measure(50_000))
const results = await Effect.runPromise(Effect.forEach([100_000, 1_000_000], measure))
process.send?.({ type: "history", results })
if (process.send === undefined) console.table(results)
