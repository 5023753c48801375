/**
 * Records socket sessions: every frame in both directions with its time, and how each connection began and ended, in a
 * file that `Replay` of the testing kit plays again. Secrets are redacted before they are held anywhere.
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
import type { RecordingError } from "./Recording.ts"

/**
 * Where and how much to record.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * the file to begin with, such as `recordings/market.ndjson`. Those that go on are numbered, `market.2.ndjson`; a file
   * that is there is never written over, so a program that starts anew counts on as well
   */
  readonly file: string
  /** when another file goes on (default after 64 MiB), and how many are kept (default 16); the oldest are deleted */
  readonly rotate?: { readonly bytes?: number | undefined; readonly files?: number | undefined } | undefined
  /** bytes that may wait to be written; what comes on top is lost, and told. Default 16 MiB */
  readonly buffer?: number | undefined
}

/**
 * How a recording goes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** the file that is being written */
  readonly file: string
  /** files of this recorder so far */
  readonly files: number
  /** lines written */
  readonly lines: number
  /** lines lost, because they came too fast or could not be written; the file says where */
  readonly dropped: number
  /** lines that wait to be written */
  readonly waiting: number
  /** why nothing can be written at present; null when it can */
  readonly failure: string | null
}

/**
 * What a recorder tells of itself. It never fails and never holds up a socket: when a disk is full or slow, lines are lost,
 * which the file, a warning in the log and the metric `bitfinex_recorder_dropped_total` tell.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  readonly status: Effect.Effect<Status>
}

/**
 * A recorder at work.
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
  return wrong === undefined ? undefined : refuse(...wrong, "give a whole number from 1 on")
}

/**
 * A constructor of sockets that are recorded, and its recorder. Everything is written by the end of the scope. Fails with
 * `RecordingError` when the first file cannot be made, and with `InvalidInput` for options that cannot be.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<
  { readonly recorder: Service; readonly construct: (url: string, protocols?: string | Array<string>) => WebSocket },
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
          now: () => clock.unsafeCurrentTimeMillis(),
          write: journal.write
        })
        return socket
      }
    }
  })

/**
 * Sockets as they are, recorded: put it between what makes sockets and what uses them. Needs a `FileSystem`, such as that of
 * `NodeContext.layer`.
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
