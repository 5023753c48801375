/**
 * A consumer that blocks while the venue sends at full speed: the heap of the process, and whether all lost elements
 * are reported. One process per buffer policy, started with --expose-gc.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import * as MarketData from "../src/MarketData.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import { how, url } from "./client.ts"
import type { BlockedFigures, ToBlocked } from "./messages.ts"
import { send } from "./messages.ts"

const policies = {
  conflate: BufferPolicy.conflate(),
  sliding: BufferPolicy.sliding(),
  dropping: BufferPolicy.dropping(),
  fail: BufferPolicy.fail(),
  suspend: BufferPolicy.suspend()
}

const megabyte = 1024 * 1024
const heapAfterGc = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / megabyte
}

let [delivered, skipped, before, after, peak] = [0, 0, 0, 0, 0]
let failure: string | null = null
let unblock = () => {}

/** blocks at the first update */
const blocked = Effect.async<void>((resume) => {
  before = heapAfterGc()
  const look = setInterval(() => peak = Math.max(peak, process.memoryUsage().heapUsed / megabyte), 50)
  unblock = () => {
    clearInterval(look)
    after = heapAfterGc()
    resume(Effect.void)
  }
})

let slept = false
const consume = Stream.runForEach(
  MarketData.trades("tBTCUSD", { buffer: policies[how as keyof typeof policies] }),
  (event) =>
    Effect.suspend(() => {
      if (event._tag === "Update") delivered++
      else if (event._tag === "Gap") skipped += event.lost
      else if (event._tag === "Snapshot") {
        skipped += event.skipped
        if (event.skipped === 0) send({ type: "ready" })
      }
      if (event._tag !== "Update" || slept) return Effect.void
      slept = true
      return blocked
    })
)

process.on("message", (message: ToBlocked) => {
  if (message.type === "unblock") return unblock()
  const figures: BlockedFigures = {
    type: "blocked",
    before,
    after,
    peak,
    maxRss: process.resourceUsage().maxRSS / 1024,
    delivered,
    skipped,
    failure
  }
  send(figures)
})

Effect.runFork(
  consume.pipe(
    Effect.catchAll((error) => Effect.sync(() => failure = error._tag)),
    Effect.provide(
      MarketData.layer.pipe(
        Layer.provide([NodeSocket.layer, RateLimiter.layerMemory]),
        Layer.provide(BitfinexConfig.layer({ socket: { url, flags: {} } }))
      )
    )
  )
)
