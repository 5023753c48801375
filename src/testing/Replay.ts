/**
 * A recorded market in place of the venue: plays what `Recorder` wrote to whoever connects, at its own speed or another, so
 * that a program runs on yesterday's market again. Under TestClock it is the same in every run.
 *
 * Clients subscribe as they would at the venue, in any order and on any number of sockets. What differs from the recording
 * is told as the venue would tell it: a channel that the recording lacks is refused (10300), one that comes only later is
 * put off (11000), and a connection that was lost is lost again. Accounts and REST are not played.
 *
 * Under TestClock fork what listens, and move the clock: even at `max` a connection that was lost in the recording is made
 * again only after a while, and `original` takes as long as the recording did.
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
import type * as PlatformSocket from "../internal/platform/socket.ts"
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
  /** the first file of the recording; those that go on with it are read too */
  readonly file: string
  /**
   * `original` (the default), a factor such as 10 for ten times as fast, or `max`: without any wait. At `max` give streams
   * the policy `BufferPolicy.suspend`, so that the tape waits for who is slower, and nothing is left out
   */
  readonly speed?: "original" | "max" | number | undefined
  /** the tape moves when so many channels have been asked for; default 1 */
  readonly waitFor?: number | undefined
  /** bytes beyond which a recording is refused with `tooLarge`, since it is held in memory; default 512 MiB */
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
  /** what can be subscribed, such as `book|tBTCUSD|P0|F0|25` or `candles|trade:1m:tBTCUSD` */
  readonly channels: ReadonlyArray<string>
  /** what is missing at its end; null when it is whole. A warning says the same */
  readonly problem: Recording.RecordingError | null
  /** the time of the recording now, ms since the epoch */
  readonly position: Effect.Effect<number>
  /** waits for its end. The sockets stay open, with heartbeats; `close` of `MarketData` ends the streams */
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
 * // the streams end, after what they have still to deliver
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

/** tells the tape when it is read again */
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
 * The sockets of a recording, whatever host they are asked for. Fails with `RecordingError` when there is no recording, or
 * one that cannot be read, and names the line; one whose end is cut off is played as far as it goes, with a warning. Fails
 * with `InvalidInput` for options that cannot be.
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
      return yield* refuse("speed", speed, "give original, max, or a number above 0")
    }
    if (!(Number.isSafeInteger(waitFor) && waitFor >= 0)) {
      return yield* refuse("waitFor", waitFor, "give a whole number from 0 on")
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
              // after the socket has told that it is open
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
        // the cast: the double has the members that are used of a WebSocket, in types of its own
        return socket as unknown as PlatformSocket.WebSocket
      })
    )
  }))
