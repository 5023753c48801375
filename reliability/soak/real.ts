/** A soak over loopback sockets: the exchange is another process, and time is real. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as cp from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import type * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as NodeSocket from "../../src/NodeSocket.ts"
import * as Recorder from "../../src/Recorder.ts"
import * as Facts from "./facts.ts"
import * as Gauges from "./gauges.ts"
import type * as Life from "./life.ts"
import type { Facts as ExchangeFacts, FromExchange, ToExchange } from "./messages.ts"
import { plants } from "./plants.ts"
import type { Found } from "./report.ts"
import * as Run from "./run.ts"

/** ms between two steps of the market */
const step = 10

/** frames that the flood sends per 5 ms: the rate of a busy market, and the maximum rate when millions of frames are requested */
const slow = 25
const fast = 120

/** in the folder of the bundle */
const module = fileURLToPath(new URL("./exchange.js", import.meta.url))

interface Child extends Life.Exchange {
  readonly restUrl: string
  readonly socketUrl: string
  readonly floodUrl: string
}

const fork = (seed: number, burst: number): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => cp.fork(module, [String(seed), String(step), String(burst)], { execArgv: [] })),
      (child) => Effect.sync(() => child.kill())
    )
    const listening = yield* Deferred.make<Extract<FromExchange, { readonly _tag: "Listening" }>>()
    const waiting = new Map<number, (facts: Partial<ExchangeFacts>) => void>()
    child.on("message", (message: FromExchange) => {
      if (message._tag === "Listening") Deferred.unsafeDone(listening, Effect.succeed(message))
      else {
        waiting.get(message.id)?.(message.facts)
        waiting.delete(message.id)
      }
    })
    child.on("exit", (code) => Deferred.unsafeDone(listening, Effect.dieMessage(`the exchange ended with ${code}`)))
    const say = (message: ToExchange) => Effect.sync(() => void child.send(message))
    let last = 0
    const ask = <K extends keyof ExchangeFacts>(what: K): Effect.Effect<ExchangeFacts[K]> =>
      Effect.async<ExchangeFacts[K]>((resume) => {
        const id = ++last
        // the cast: the answer has the requested kind
        waiting.set(id, (facts) => resume(Effect.succeed(facts[what]!)))
        child.send({ _tag: "Ask", id, what } satisfies ToExchange)
      }).pipe(
        Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => new Error("the exchange does not answer") }),
        Effect.orDie
      )
    const { floodUrl, restUrl, socketUrl } = yield* Deferred.await(listening)
    return {
      floodUrl,
      restUrl,
      socketUrl,
      books: ask("books"),
      account: ask("account"),
      connections: ask("connections"),
      begin: (plan) => say({ _tag: "Begin", ...plan }),
      hold: (isHeld) => say({ _tag: "Hold", isHeld }),
      peace: say({ _tag: "Peace" })
    }
  })

/**
 * Practically no limit on connections, and shorter delays than the defaults, because a run lasts only minutes. What waits
 * longer than the warm-up would still accumulate while the gauges are read: an unknown outcome that is resolved after 30 s,
 * signed reads behind one whose reply is lost.
 */
const settings = ({ restUrl, socketUrl }: Child): BitfinexConfig.Overrides => ({
  rest: { publicUrl: restUrl, authUrl: restUrl, timeout: "2 seconds" },
  socket: {
    url: socketUrl,
    connectLimit: { count: 100_000, per: "60 seconds" },
    reconnect: Schedule.exponential("50 millis").pipe(Schedule.union(Schedule.spaced("400 millis")), Schedule.jittered),
    healthyAfter: "1 second"
  },
  account: {
    url: socketUrl,
    connectLimit: { count: 100_000, per: "60 seconds" },
    // a window that is full before the first evaluated sample
    orderLimit: { count: 200, per: "30 seconds" },
    commandTimeout: "3 seconds",
    // the exchange shows its orders at once, and a watch ends within the warm-up
    orderSettle: "1 second",
    orderWatch: "8 seconds"
  }
})

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "soak-"))),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

export const soak = (options: {
  readonly seed: number
  readonly millis: number
  readonly frames: number
  readonly reconnects: number
  readonly plant: string | undefined
  readonly print: (line: string) => void
}): Effect.Effect<Found> =>
  Effect.gen(function*() {
    const { frames, millis, plant, print, reconnects, seed } = options
    const { add, found } = yield* Run.collectUnhandled
    const exchange = yield* fork(seed, frames > 0 ? fast : slow)
    const recordings = yield* folder
    let lives = 0
    // one file per life
    const recorded = Layer.unwrapEffect(Effect.sync(() =>
      Recorder.layer({
        file: path.join(recordings, `${++lives}.ndjson`),
        rotate: { bytes: 8 * 1024 * 1024, files: 3 }
      }).pipe(Layer.provide([NodeSocket.layer, NodeContext.layer]), Layer.orDie)
    ))
    const stage: Life.Stage = {
      doors: Layer.merge(recorded, FetchHttpClient.layer),
      ...Facts.watched.real,
      gauges: Gauges.real,
      settings: settings(exchange),
      exchange,
      flood: {
        url: exchange.floodUrl,
        construct: yield* Effect.provide(Socket.WebSocketConstructor, NodeSocket.layer)
      },
      limits: 1 / 20,
      unit: 1,
      pace: { command: 400, order: 3000, call: 500 },
      plant: plant === undefined ? undefined : plants[plant],
      // `ws` gives a silent peer 30 s to answer a close frame
      lettingGo: 45_000,
      print
    }
    const terms: Life.Terms = {
      seed,
      millis,
      frames,
      reconnects,
      every: Math.min(30_000, Math.max(2000, millis / 120)),
      warmUp: millis / 5,
      calm: 10_000,
      // more than a minute only on a machine that is busy with other work
      peace: 120_000
    }
    // two minutes: V8 then allocates most of its data about functions that run for the first time before the measured
    // run
    const share = Math.min(2, 120_000 / millis)
    const rehearsal: Life.Terms = {
      ...terms,
      frames: 0,
      millis: millis * share,
      reconnects: Math.max(10, reconnects * share),
      every: 2000,
      calm: 0
    }
    return yield* Run.run(stage, rehearsal, terms, found).pipe(Effect.provide(Run.loggerOf(add)))
  }).pipe(Effect.scoped)
