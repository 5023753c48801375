/**
 * A recorded market in place of the venue: plays the files of `Recorder` to all sockets, at the original or another
 * speed, so that a program can run on a past market. Under TestClock every run is the same.
 *
 * Clients subscribe as at the venue, in any order and on any number of sockets. Differences from the recording are
 * reported as the venue would report them: a channel that is not in the recording is refused (10300), a channel that
 * begins later is not ready yet (11000), and a connection that was lost in the recording is lost again. Accounts and
 * REST are not played.
 *
 * Under TestClock fork the consumers, then adjust the clock: even at `max`, reconnecting after a recorded connection
 * loss takes some time, and `original` takes as long as the recording.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import { InvalidInput } from "../BitfinexError.ts"
import * as PlatformSocket from "../internal/platform/socket.ts"
import * as Recording from "../Recording.ts"
import { Player } from "./internal/replay/player.ts"
import { Session } from "./internal/replay/session.ts"
import { survey } from "./internal/replay/survey.ts"
import { type Host, MemorySocket } from "./internal/transport/memorySocket.ts"

/**
 * What to play, and how fast.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /** the first file of the recording; the files that continue it are read too */
  readonly file: string
  /**
   * `original` (default), a factor such as 10 for ten times as fast, or `max`: without delays. At `max` give streams
   * the policy `BufferPolicy.suspend`, so that the tape waits for slow consumers and no element is dropped
   */
  readonly speed?: "original" | "max" | number | undefined
  /** number of subscribed channels at which the tape starts; default 1 */
  readonly waitFor?: number | undefined
  /** size in bytes above which a recording is refused with `tooLarge`, since it is held in memory; default 512 MiB */
  readonly maxBytes?: number | undefined
}

/**
 * A recording that is being played.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** the time of its first line, ms since the epoch */
  readonly start: number
  /** the time of its last frame with data, ms since the epoch */
  readonly end: number
  /** the available channels, such as `book|tBTCUSD|P0|F0|25` or `candles|trade:1m:tBTCUSD` */
  readonly channels: ReadonlyArray<string>
  /** why the recording is incomplete; null if it is complete. A warning in the log says the same */
  readonly problem: Recording.RecordingError | null
  /** the current time of the recording, ms since the epoch */
  readonly position: Effect.Effect<number>
  /**
   * waits for the end of the recording. The sockets stay open, with heartbeats; `close` of `MarketData` ends the
   * streams
   */
  readonly ended: Effect.Effect<void>
}

/**
 * A recording that is being played.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as Replay from "effect-bitfinex/testing/Replay"
 * import * as Effect from "effect/Effect"
 *
 * // the streams end after they have delivered all remaining elements
 * const close = Effect.gen(function*() {
 *   const { ended } = yield* Replay.Replay
 *   const market = yield* MarketData.MarketData
 *   yield* ended
 *   yield* market.close(1000, "the recording is over")
 * })
 */
export class Replay extends Context.Tag("effect-bitfinex/testing/Replay")<Replay, Service>() {}

const refuse = (field: string, value: unknown, reason: string) =>
  Effect.fail(new InvalidInput({ operation: "Replay.layer", field, value, reason }))

/** notifies the player when a client reads again */
class ReplaySocket extends MemorySocket {
  readonly #onResume: () => void

  constructor(host: Host, url: string, onResume: () => void) {
    super(host, url)
    this.#onResume = onResume
  }

  override resume(): void {
    super.resume()
    this.#onResume()
  }
}

/**
 * The sockets of a recording, for any host. Fails with `RecordingError` if there is no recording, or if it is not
 * readable; the error names the line. A recording with a truncated end is played up to there, with a warning. Fails
 * with `InvalidInput` for invalid options.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeContext from "@effect/platform-node/NodeContext"
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Replay from "effect-bitfinex/testing/Replay"
 * import * as Layer from "effect/Layer"
 *
 * const Yesterday = MarketData.layer.pipe(
 *   Layer.provide(RateLimiter.layerMemory),
 *   Layer.provideMerge(Replay.layer({ file: "recordings/market.ndjson" })),
 *   Layer.provide(NodeContext.layer)
 * )
 */
export const layer = (
  options: Options
): Layer.Layer<
  Replay | Socket.WebSocketConstructor,
  Recording.RecordingError | InvalidInput,
  FileSystem.FileSystem
> =>
  Layer.scopedContext(Effect.gen(function*() {
    const { speed = "original", waitFor = 1 } = options
    if (speed !== "original" && speed !== "max" && !(Number.isFinite(speed) && speed > 0)) {
      return yield* refuse("speed", speed, "give original, max, or a positive number")
    }
    if (!(Number.isSafeInteger(waitFor) && waitFor >= 0)) {
      return yield* refuse("waitFor", waitFor, "give a non-negative integer")
    }
    const recording = yield* Recording.read({ file: options.file, maxBytes: options.maxBytes })
    if (recording.problem !== null) yield* Effect.logWarning(`Replay: ${recording.problem.message}`)
    const known = survey(recording)

    let isOver = false
    const fork = yield* FiberSet.makeRuntime<never>()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isOver = true
      })
    )
    const run = (effect: Effect.Effect<void>): boolean => {
      if (!isOver) fork(effect)
      return !isOver
    }
    const player = new Player({
      recording,
      survey: known,
      speed: speed === "original" ? 1 : speed,
      waitFor,
      run
    })
    const sockets = new Set<ReplaySocket>()
    player.paused = () => {
      for (const socket of sockets) {
        if (socket.readyState === 3) sockets.delete(socket)
        else if (socket.isPaused) return true
      }
      return false
    }
    const host: Host = {
      run,
      upgrade: () =>
        Effect.succeed({
          _tag: "Accepted",
          open: (door) =>
            Effect.sync(() => {
              const session = new Session(player, door)
              // after the socket has emitted its open event
              run(Effect.zipRight(Effect.yieldNow(), Effect.sync(() => player.join(session))))
              return session
            })
        })
    }
    yield* Effect.forkScoped(player.play)
    const service: Service = {
      start: known.start,
      end: known.end,
      channels: [...known.spans.keys()],
      problem: recording.problem,
      position: Effect.sync(player.position),
      ended: player.ended
    }
    return Context.make(Replay, service).pipe(
      Context.add(Socket.WebSocketConstructor, (url) => {
        const socket = new ReplaySocket(host, url, () => player.wake())
        sockets.add(socket)
        return PlatformSocket.from(socket)
      })
    )
  }))
