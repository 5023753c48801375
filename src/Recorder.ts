/**
 * Records socket sessions: every frame in both directions with its time, and how each connection began and ended. `Replay`
 * of the testing kit replays the files. Secrets are redacted before anything is stored.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { InvalidInput } from "./BitfinexError.ts"
import * as Journal from "./internal/recorder/journal.ts"
import { tap } from "./internal/recorder/tap.ts"
import * as Clocks from "./internal/time/clock.ts"
import type { RecordingError } from "./Recording.ts"

/**
 * Where and how much to record.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * the first file, such as `recordings/market.ndjson`. The files that continue it are numbered, `market.2.ndjson`. An
   * existing file is never overwritten, so a program that restarts continues the numbers
   */
  readonly file: string
  /**
   * size at which the next file begins (default 64 MiB), and number of files of this recorder that are kept (default 16);
   * its oldest are deleted. Files that an earlier recorder left are deleted, and count, only with `deletesEarlier`
   */
  readonly rotate?: {
    readonly bytes?: number | undefined
    readonly files?: number | undefined
    readonly deletesEarlier?: boolean | undefined
  } | undefined
  /** bytes that may wait to be written; lines beyond are dropped, and the drop is reported. Default 16 MiB */
  readonly buffer?: number | undefined
}

/**
 * The state of a recording.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** the file that is being written */
  readonly file: string
  /** number of files that this recorder began */
  readonly files: number
  /** number of lines written */
  readonly lines: number
  /** number of lines dropped because they arrived too fast or could not be written; the file marks where */
  readonly dropped: number
  /** number of lines that wait to be written */
  readonly waiting: number
  /** why nothing can be written at present; null when writing works */
  readonly failure: string | null
}

/**
 * The status of a recorder. A recorder never fails and never delays a socket: when a disk is full or slow, lines are
 * dropped, and the file, a warning in the log and the metric `bitfinex_recorder_dropped_total` report that.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  readonly status: Effect.Effect<Status>
}

/**
 * A running recorder.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as Recorder from "effect-bitfinex/Recorder"
 * import * as Effect from "effect/Effect"
 *
 * const report = Effect.gen(function*() {
 *   const { status } = yield* Recorder.Recorder
 *   const { dropped, file, lines } = yield* status
 *   yield* Effect.log(`${lines} lines in ${file}, ${dropped} lost`)
 * })
 */
export class Recorder extends Context.Tag("effect-bitfinex/Recorder")<Recorder, Service>() {}

const checkOptions = ({ buffer, file, rotate }: Options): InvalidInput | undefined => {
  const refuse = (field: string, value: unknown, reason: string) =>
    new InvalidInput({ operation: "Recorder.layer", field, value, reason })
  if (typeof file !== "string" || /(^|[/\\])$/.test(file)) return refuse("file", file, "give the path of a file")
  const wrong = Object.entries({ "rotate.bytes": rotate?.bytes, "rotate.files": rotate?.files, buffer }).find(
    ([, value]) => value !== undefined && !(Number.isSafeInteger(value) && value > 0)
  )
  return wrong === undefined ? undefined : refuse(...wrong, "give a positive integer")
}

/**
 * Makes a constructor of recorded sockets, and its recorder. All lines are written before the scope has closed. Fails with
 * `RecordingError` if the first file cannot be created, and with `InvalidInput` for invalid options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<
  { readonly recorder: Service; readonly construct: typeof Socket.WebSocketConstructor.Service },
  InvalidInput | RecordingError,
  FileSystem.FileSystem | Scope.Scope | Socket.WebSocketConstructor
> =>
  Effect.gen(function*() {
    const wrong = checkOptions(options)
    if (wrong !== undefined) return yield* Effect.fail(wrong)
    const inner = yield* Socket.WebSocketConstructor
    const clock = yield* Effect.clock
    const journal = yield* Journal.make({
      file: options.file,
      rotateBytes: options.rotate?.bytes ?? 64 * 1024 * 1024,
      files: options.rotate?.files ?? 16,
      deletesEarlier: options.rotate?.deletesEarlier ?? false,
      buffer: options.buffer ?? 16 * 1024 * 1024
    })
    let connections = 0
    return {
      recorder: { status: Effect.sync(journal.status) },
      construct: (url, protocols) => {
        const socket = inner(url, protocols)
        tap(socket, {
          connection: ++connections,
          url,
          now: Clocks.wall(clock),
          write: journal.write
        })
        return socket
      }
    }
  })

/**
 * Records the sockets of the given `WebSocketConstructor`: place it between the layer that makes sockets and the layer that
 * uses them. Needs a `FileSystem`, such as that of `NodeContext.layer`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeContext from "@effect/platform-node/NodeContext"
 * import * as MarketData from "effect-bitfinex/MarketData"
 * import * as NodeSocket from "effect-bitfinex/NodeSocket"
 * import * as RateLimiter from "effect-bitfinex/RateLimiter"
 * import * as Recorder from "effect-bitfinex/Recorder"
 * import * as Layer from "effect/Layer"
 *
 * const Recorded = Recorder.layer({ file: "recordings/market.ndjson" }).pipe(
 *   Layer.provide([NodeSocket.layer, NodeContext.layer])
 * )
 * const Live = MarketData.layer.pipe(Layer.provide([Recorded, RateLimiter.layerProcess]))
 */
export const layer = (
  options: Options
): Layer.Layer<
  Recorder | Socket.WebSocketConstructor,
  InvalidInput | RecordingError,
  FileSystem.FileSystem | Socket.WebSocketConstructor
> =>
  Layer.scopedContext(
    Effect.map(make(options), ({ construct, recorder }) =>
      Context.make(Recorder, recorder).pipe(Context.add(Socket.WebSocketConstructor, construct)))
  )
