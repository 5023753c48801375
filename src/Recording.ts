/**
 * Recorded socket sessions: the format of their files, and how to read them. `Recorder` writes them, `Replay` of the
 * testing kit replays them.
 *
 * A recording is text with one JSON object per line. The first line is a `Header`, each further line is an event of one
 * connection, and the last line names the file that continues the recording, if there is one.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { render } from "./BitfinexError.ts"
import { isMissing } from "./internal/platform/failures.ts"

/**
 * The name of the format, in the first line of a recording.
 *
 * @since 0.1.0
 * @category constants
 */
export const format = "effect-bitfinex/recording"

/**
 * The version of the format that this SDK writes. It reads no other version.
 *
 * @since 0.1.0
 * @category constants
 */
export const version = 1

/**
 * A recording cannot be written, or cannot be read completely. `problem` says why: `missing` (no such file), `unreadable`
 * (the system refuses), `foreign` (not a recording), `version` (another version of the format), `corrupt` (`line` is
 * invalid), `truncated` (it ends within `line`, or without the last line), `tooLarge`, `unwritable`.
 *
 * @since 0.1.0
 * @category errors
 */
export class RecordingError extends Schema.TaggedError<RecordingError>("effect-bitfinex/RecordingError")(
  "RecordingError",
  {
    operation: Schema.String,
    file: Schema.String,
    /** number of the line, from 1; null if the problem does not concern one line */
    line: Schema.NullOr(Schema.Number),
    problem: Schema.Literal(
      "missing",
      "unreadable",
      "foreign",
      "version",
      "corrupt",
      "truncated",
      "tooLarge",
      "unwritable"
    ),
    reason: Schema.String
  }
) {
  readonly isRetryable = false
  override get message(): string {
    const line = this.line === null ? "" : `, line ${this.line}`
    return `${this.operation}: ${this.file}${line}: ${this.reason}`
  }
}

/**
 * A connection that was already open when a continuing file began.
 *
 * @since 0.1.0
 * @category models
 */
export interface Carried {
  readonly connection: number
  readonly url: string
  /** the venue's last acknowledgement of `conf`, and those of the current subscriptions */
  readonly frames: ReadonlyArray<string>
}

/**
 * The first line of a file.
 *
 * @since 0.1.0
 * @category models
 */
export interface Header {
  readonly format: typeof format
  readonly version: typeof version
  /** number of the file within the recording, from 1 */
  readonly part: number
  /** ms since the epoch */
  readonly mts: number
  readonly open: ReadonlyArray<Carried>
}

/**
 * Any further line: an event, its time (ms since the epoch, by the clock of the recording machine), and its connection
 * (from 1).
 *
 * - `connect`: a socket was requested; `open`: it opened
 * - `received`, `sent`: a text frame, secrets redacted; `binary`: a binary frame, in base64
 * - `error`: the error that the socket reported before it closed
 * - `close`: the socket closed; `by` says who closed it, 1006 means without a close frame
 * - `dropped`: `count` lines of the connection were lost, because they could not be written as fast as they arrived
 * - `end`: the file was closed regularly; `next` names the file that continues it, null if there is none
 *
 * @since 0.1.0
 * @category models
 */
export type Line =
  | { readonly mts: number; readonly type: "connect"; readonly connection: number; readonly url: string }
  | { readonly mts: number; readonly type: "open"; readonly connection: number }
  | { readonly mts: number; readonly type: "received" | "sent"; readonly connection: number; readonly text: string }
  | {
    readonly mts: number
    readonly type: "binary"
    readonly connection: number
    readonly by: "client" | "venue"
    readonly base64: string
  }
  | { readonly mts: number; readonly type: "error"; readonly connection: number; readonly reason: string }
  | {
    readonly mts: number
    readonly type: "close"
    readonly connection: number
    readonly by: "client" | "venue"
    readonly code: number
    readonly reason: string
  }
  | { readonly mts: number; readonly type: "dropped"; readonly connection: number; readonly count: number }
  | { readonly mts: number; readonly type: "end"; readonly next: string | null }

/**
 * A recording that was read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recording {
  /** the header of the first file */
  readonly header: Header
  /** the lines of all files, in order, without the lines of type `end` */
  readonly lines: ReadonlyArray<Line>
  readonly files: ReadonlyArray<string>
  /** why its end is incomplete: `truncated`, or a `missing` next file; null when the recording is complete */
  readonly problem: RecordingError | null
}

const parties: ReadonlyArray<unknown> = ["client", "venue"]

const cells: { readonly [K in Line["type"]]: { readonly [field: string]: (cell: unknown) => boolean } } = (() => {
  const number = Number.isFinite
  const connection = (cell: unknown) => Number.isSafeInteger(cell)
  const string = (cell: unknown) => typeof cell === "string"
  const by = (cell: unknown) => parties.includes(cell)
  // a file beside this one: a recording from elsewhere must not make its reader open another
  const isName = (cell: unknown) => typeof cell === "string" && !/^\.{0,2}$|[/\\]/.test(cell)
  const common = { mts: number, connection }
  return {
    connect: { ...common, url: string },
    open: common,
    received: { ...common, text: string },
    sent: { ...common, text: string },
    binary: { ...common, by, base64: string },
    error: { ...common, reason: string },
    close: { ...common, by, code: number, reason: string },
    dropped: { ...common, count: number },
    end: { mts: number, next: (cell) => cell === null || isName(cell) }
  }
})()

type Fields = { readonly [field: string]: unknown }

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parseObject = (text: string): Fields | undefined => {
  const json = Either.getOrUndefined(Either.try((): unknown => JSON.parse(text)))
  return isObject(json) ? json : undefined
}

const isType = (type: unknown): type is Line["type"] => typeof type === "string" && Object.hasOwn(cells, type)

/**
 * Reads a line other than the first; the left side describes the error.
 *
 * @since 0.1.0
 * @category combinators
 */
export const parseLine = (text: string): Either.Either<Line, string> => {
  const json = parseObject(text)
  if (json === undefined) return Either.left(`not a JSON object: ${render(text)}`)
  const type = json["type"]
  if (!isType(type)) return Either.left(`no line is of the type ${render(type)}`)
  const checks = cells[type]
  for (const field in checks) {
    if (!checks[field]!(json[field])) return Either.left(`${field} of ${type} is ${render(json[field])}`)
  }
  return Either.right(json as unknown as Line) // the cast: every field of its type was checked
}

const isCarried = (value: unknown): boolean => {
  if (!isObject(value)) return false
  const { connection, frames, url } = value
  return Number.isSafeInteger(connection) && typeof url === "string" && Array.isArray(frames)
    && frames.every((frame) => typeof frame === "string")
}

const parseHeader = (text: string): Either.Either<Header, Pick<RecordingError, "problem" | "reason">> => {
  const json = parseObject(text)
  if (json?.["format"] !== format) {
    return Either.left({ problem: "foreign", reason: `this is not a recording: its first line is ${render(text)}` })
  }
  if (json["version"] !== version) {
    const reason = `the recording has version ${render(json["version"])}, this SDK reads version ${version}`
    return Either.left({ problem: "version", reason })
  }
  const { mts, open, part } = json
  return Number.isFinite(mts) && Number.isSafeInteger(part) && Array.isArray(open) && open.every(isCarried)
    ? Either.right(json as unknown as Header) // as checked
    : Either.left({ problem: "corrupt", reason: `the header is ${render(text)}` })
}

/**
 * Options for reading a recording.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  readonly file: string
  /** size in bytes beyond which reading fails with `tooLarge`, because a recording is held in memory; default 512 MiB */
  readonly maxBytes?: number | undefined
}

const operation = "Recording.read"

/** the lines and bytes of all files read so far */
interface Gathered {
  readonly lines: Array<Line>
  bytes: number
}

interface Part {
  readonly header: Header
  readonly next: string | null
  readonly problem: RecordingError | null
}

/** how far a file is read */
interface Progress {
  /** the beginning of a line that has not ended */
  rest: string
  /** lines so far */
  count: number
  header: Header | undefined
  /** undefined until the last line; null when no file follows */
  next: string | null | undefined
}

/** takes the next line of a file, or says why it cannot be one */
const take = (
  part: Progress,
  gathered: Gathered,
  text: string
): { readonly problem: RecordingError["problem"]; readonly reason: string } | undefined => {
  part.count++
  if (part.header === undefined) {
    const parsed = parseHeader(text)
    if (Either.isLeft(parsed)) return parsed.left
    part.header = parsed.right
    return undefined
  }
  if (part.next !== undefined) return { problem: "corrupt", reason: "there is more after the last line" }
  const parsed = parseLine(text)
  if (Either.isLeft(parsed)) return { problem: "corrupt", reason: parsed.left }
  if (parsed.right.type === "end") part.next = parsed.right.next
  else gathered.lines.push(parsed.right)
  return undefined
}

const readPart = (
  file: string,
  gathered: Gathered,
  maxBytes: number
): Effect.Effect<Part, RecordingError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const error = (problem: RecordingError["problem"], line: number | null, reason: string) =>
      new RecordingError({ operation, file, line, problem, reason })
    const decoder = new TextDecoder()
    const part: Progress = { rest: "", count: 0, header: undefined, next: undefined }

    yield* fs.stream(file, { chunkSize: FileSystem.KiB(256) }).pipe(
      Stream.mapError((cause) =>
        isMissing(cause)
          ? error("missing", null, "there is no such file")
          : error("unreadable", null, cause.message)
      ),
      Stream.runForEach((bytes) =>
        Effect.suspend(() => {
          gathered.bytes += bytes.length
          if (gathered.bytes > maxBytes) {
            const reason = `the recording has more than ${maxBytes} bytes; read fewer of its files, or allow more`
            return Effect.fail(error("tooLarge", null, reason))
          }
          const lines = (part.rest + decoder.decode(bytes, { stream: true })).split("\n")
          part.rest = lines.pop()!
          for (const line of lines) {
            const refused = take(part, gathered, line)
            if (refused !== undefined) return Effect.fail(error(refused.problem, part.count, refused.reason))
          }
          return Effect.void
        })
      )
    )
    const { count, header, next, rest } = part
    if (header === undefined) {
      return yield* rest === ""
        ? Effect.fail(error("foreign", null, "the file is empty"))
        : Effect.flatMap(
          Either.mapLeft(parseHeader(rest), ({ problem, reason }) => error(problem, 1, reason)),
          () => Effect.fail(error("truncated", 1, "the file holds only its header"))
        )
    }
    const problem = rest !== ""
      ? error("truncated", count + 1, "the last line is truncated; the lines before it were read")
      : next === undefined
      ? error("truncated", count + 1, "the last line is missing, and maybe more; the lines before it were read")
      : null
    return { header, next: next ?? null, problem }
  })

const beside = (file: string, name: string): string =>
  file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1) + name

/**
 * Reads a recording and the files that continue it. Fails with `RecordingError`, unless only the end is missing: then
 * `problem` of the result says so.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = Effect.fn("Recording.read")(function*(
  options: Options
): Effect.fn.Return<Recording, RecordingError, FileSystem.FileSystem> {
  const gathered: Gathered = { lines: [], bytes: 0 }
  const maxBytes = options.maxBytes ?? 512 * 1024 * 1024
  const first = yield* readPart(options.file, gathered, maxBytes)
  const files = [options.file]
  let last = first
  let problem = first.problem
  while (last.next !== null && problem === null) {
    const file = beside(options.file, last.next)
    if (files.includes(file)) {
      const reason = `it continues with ${last.next}, which was already read`
      return yield* Effect.fail(
        new RecordingError({ operation, file: files.at(-1)!, line: null, problem: "corrupt", reason })
      )
    }
    const part = yield* readPart(file, gathered, maxBytes).pipe(
      Effect.map(Option.some),
      Effect.catchIf((error) => error.problem === "missing", (error) => {
        problem = error
        return Effect.succeedNone
      })
    )
    if (Option.isNone(part)) break
    files.push(file)
    last = part.value
    problem = last.problem
  }
  return { header: first.header, lines: gathered.lines, files, problem }
})
