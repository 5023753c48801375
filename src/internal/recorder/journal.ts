/**
 * The files of a recording: lines are queued without waiting, written by a separate fiber, and files are rotated by size.
 *
 * @internal
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import { metrics } from "../../Metrics.ts"
import type { Carried, Header, Line } from "../../Recording.ts"
import { format, RecordingError, version } from "../../Recording.ts"
import { type FileFailure, isTaken } from "../platform/failures.ts"
import * as Clocks from "../time/clock.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"

export interface Options {
  readonly file: string
  /** size in bytes at which the next file begins */
  readonly rotateBytes: number
  /** number of files that are kept */
  readonly files: number
  /** whether files that an earlier recorder left count as well, and are deleted */
  readonly deletesEarlier: boolean
  /** bytes that may wait to be written */
  readonly buffer: number
}

export interface Status {
  readonly file: string
  readonly files: number
  readonly lines: number
  readonly dropped: number
  readonly waiting: number
  readonly failure: string | null
}

export interface Journal {
  /** never waits and never throws */
  readonly write: (line: Line) => void
  readonly status: () => Status
}

/** bytes of one write */
const batchBytes = 256 * 1024
/** delay after a failure before the next attempt to write */
const retryAfter = Duration.seconds(5)
/** approximate bytes of a line in addition to its text */
const overhead = 100

const sizeOf = (line: Line): number =>
  overhead + ("text" in line ? line.text.length : "base64" in line ? line.base64.length : 0)

const operation = "Recorder"

const unwritable = (file: string) => (cause: { readonly message: string }) =>
  new RecordingError({ operation, file, line: null, problem: "unwritable", reason: cause.message })

/** `market.ndjson`, `market.2.ndjson`, … */
const naming = (file: string) => {
  const slash = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1
  const dot = file.lastIndexOf(".")
  const [stem, extension] = dot > slash ? [file.slice(slash, dot), file.slice(dot)] : [file.slice(slash), ""]
  return {
    folder: file.slice(0, slash),
    nameOf: (n: number) => n === 1 ? `${stem}${extension}` : `${stem}.${n}${extension}`,
    /** undefined for files of other names */
    numberOf: (name: string) => {
      if (name === `${stem}${extension}`) return 1
      const middle = name.startsWith(`${stem}.`) && name.endsWith(extension)
        ? name.slice(stem.length + 1, name.length - extension.length)
        : ""
      return /^[1-9]\d{0,8}$/.test(middle) ? Number(middle) : undefined
    }
  }
}

interface Part {
  readonly name: string
  readonly file: FileSystem.File
  readonly scope: Scope.CloseableScope
  bytes: number
}

/** The connections that are open after the lines written so far: the header of the next file repeats them. */
class Open {
  readonly #connections = new Map<number, { url: string; conf: string | undefined; acks: Map<unknown, string> }>()

  add(line: Line): void {
    if (line.type === "connect") {
      this.#connections.set(line.connection, { url: line.url, conf: undefined, acks: new Map() })
    } else if (line.type === "close") this.#connections.delete(line.connection)
    else if (line.type === "received" && line.text.startsWith("{")) this.#event(line.connection, line.text)
  }

  #event(connection: number, text: string): void {
    const open = this.#connections.get(connection)
    // frames that are not JSON were recorded as received
    const frame = parse(text)
    if (open === undefined || frame === undefined) return
    if (frame["event"] === "conf") open.conf = text
    else if (frame["event"] === "subscribed") open.acks.set(frame["chanId"], text)
    else if (frame["event"] === "unsubscribed") open.acks.delete(frame["chanId"])
  }

  carried(): ReadonlyArray<Carried> {
    return Array.from(this.#connections, ([connection, { acks, conf, url }]) => ({
      connection,
      url,
      frames: [...(conf === undefined ? [] : [conf]), ...acks.values()]
    }))
  }
}

const parse = (text: string): { readonly [field: string]: unknown } | undefined => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The lines that wait to be written, within a bound, and the count of those that are lost. */
class Backlog {
  #lines: Array<Line> = []
  #bytes = 0
  /** by connection: lines lost since the last `dropped` line */
  #lost = new Map<number, number>()
  readonly #most: number
  dropped = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#lines.length
  }

  /** whether there was room for the line */
  add(line: Line): boolean {
    const size = sizeOf(line)
    if (this.#bytes + size > this.#most) {
      this.lose(line)
      return false
    }
    // at the position where they are missing
    for (const each of this.droppedLines(line.mts)) this.#lines.push(each)
    this.#lines.push(line)
    this.#bytes += size
    return true
  }

  lose(line: Line): void {
    this.dropped++
    if ("connection" in line) this.#lost.set(line.connection, (this.#lost.get(line.connection) ?? 0) + 1)
  }

  /** a line for each connection that lost some since the last time; they count as waiting until they are taken */
  droppedLines(mts: number): ReadonlyArray<Line> {
    const lines = Array.from(this.#lost, ([connection, count]): Line => ({ mts, type: "dropped", connection, count }))
    this.#lost.clear()
    this.#bytes += lines.length * overhead
    return lines
  }

  /** the lines of the next write */
  take(): ReadonlyArray<Line> {
    let count = 0
    let bytes = 0
    while (count < this.#lines.length && bytes < batchBytes) bytes += sizeOf(this.#lines[count++]!)
    const batch = this.#lines.slice(0, count)
    this.#lines = this.#lines.slice(count)
    this.#bytes = this.#lines.length === 0 ? 0 : Math.max(0, this.#bytes - bytes)
    return batch
  }

  loseAll(): void {
    for (const line of this.#lines.splice(0)) this.lose(line)
  }
}

const encoder = new TextEncoder()

const append = (to: Part, text: string) => {
  const bytes = encoder.encode(text)
  to.bytes += bytes.length
  return to.file.writeAll(bytes)
}

/** Makes a folder and those above it, one by one: Node's own way to make all of them never ends in places such as /proc */
const makeFolders = (fs: FileSystem.FileSystem, folder: string): Effect.Effect<void, FileFailure> => {
  const own = folder.replace(/[/\\]+$/, "")
  if (own === "") return Effect.void
  return Effect.flatMap(fs.exists(folder), (isThere) =>
    isThere
      ? Effect.void
      : Effect.zipRight(
        makeFolders(fs, own.replace(/[^/\\]+$/, "")),
        // another program may have made it in between
        Effect.catchIf(fs.makeDirectory(own), isTaken, () => Effect.void)
      ))
}

/** The files of one recorder: the numbers only rise, so no file is overwritten. */
const filesOf = (options: Options, fs: FileSystem.FileSystem, open: Open, now: () => number) => {
  const { folder, nameOf, numberOf } = naming(options.file)
  /** the files that this recorder began, oldest first, without those that it has deleted */
  const begun: Array<number> = []

  const numbers = Effect.map(
    fs.readDirectory(folder === "" ? "." : folder),
    (names) => names.flatMap((name) => numberOf(name) ?? []).sort((a, b) => a - b)
  )

  const makeFolder = makeFolders(fs, folder)

  const openNext = (part: number) =>
    Effect.gen(function*() {
      // it may have been removed since
      yield* makeFolder
      const number = ((yield* numbers).at(-1) ?? 0) + 1
      const name = nameOf(number)
      const scope = yield* Scope.make()
      const opened = fs.open(folder + name, { flag: "wx" }).pipe(
        Scope.extend(scope),
        Effect.flatMap((file) => {
          const next: Part = { name, file, scope, bytes: 0 }
          const header: Header = { format, version, part, mts: now(), open: open.carried() }
          return Effect.as(append(next, `${JSON.stringify(header)}\n`), next)
        }),
        Effect.onError(() => Scope.close(scope, Exit.void)),
        // without its header it is no recording, and a full disk would collect one with each attempt
        Effect.tapError((error) => isTaken(error) ? Effect.void : Effect.ignore(fs.remove(folder + name)))
      )
      const next = yield* opened
      begun.push(number)
      return next
    }).pipe(
      // another recorder has begun a file of this number in between
      Effect.retry({ while: isTaken, times: 20 }),
      Effect.mapError(unwritable(options.file)),
      Effect.uninterruptible
    )

  const finish = (last: Part, next: string | null) =>
    append(last, `${JSON.stringify({ mts: now(), type: "end", next } satisfies Line)}\n`).pipe(
      Effect.ensuring(Scope.close(last.scope, Exit.void)),
      Effect.mapError(unwritable(folder + last.name))
    )

  const prune = Effect.gen(function*() {
    const all = options.deletesEarlier ? yield* numbers : [...begun]
    for (const n of all.slice(0, -options.files)) {
      yield* fs.remove(folder + nameOf(n))
      if (begun.includes(n)) begun.splice(begun.indexOf(n), 1)
    }
  }).pipe(Effect.catchAll((error) => Effect.logWarning(`Recorder: an old file was not deleted: ${error.message}`)))

  return { pathOf: (name: string) => folder + name, first: nameOf(1), openNext, finish, prune }
}

/** the state of the writer; `part` is undefined after a failure, until another file could be begun */
interface Writer {
  part: Part | undefined
  /** number of files begun */
  parts: number
  written: number
  droppedReported: number
  failure: string | null
  /** ms: no rotation before it, after one that failed */
  rotateAfter: number
  phase: "open" | "closing"
  /** wakes the writer */
  wake: () => void
}

/** the writer: takes lines from the backlog until it is closing and nothing waits */
const writing = (
  options: Options,
  files: ReturnType<typeof filesOf>,
  backlog: Backlog,
  open: Open,
  writer: Writer,
  { closing, now }: { readonly closing: Deferred.Deferred<void>; readonly now: () => number }
) => {
  const fail = (error: RecordingError) => {
    const isNew = writer.failure === null
    writer.failure = error.reason
    return isNew ? Effect.logWarning(`${error.message}; retrying`) : Effect.void
  }

  const rotate = Effect.gen(function*() {
    const last = writer.part
    const next = yield* files.openNext(writer.parts + 1)
    writer.parts++
    writer.part = next
    if (last !== undefined) yield* files.finish(last, next.name)
    yield* files.prune
  })

  const writeBatch = (to: Part, batch: ReadonlyArray<Line>) =>
    Effect.suspend(() => append(to, batch.map((line) => `${JSON.stringify(line)}\n`).join(""))).pipe(
      Effect.mapError(unwritable(files.pathOf(to.name))),
      Effect.zipRight(Effect.suspend(() => {
        writer.failure = null
        writer.written += batch.length
        for (const line of batch) open.add(line)
        return Metric.incrementBy(metrics.recorderLines.metric, batch.length)
      })),
      Effect.catchAll((error) => {
        for (const line of batch) {
          open.add(line)
          backlog.lose(line)
        }
        // the last line of that file may be truncated, so nothing may follow it
        writer.part = undefined
        return Effect.zipRight(Scope.close(to.scope, Exit.void), fail(error))
      })
    )

  const reportDropped = Effect.suspend(() => {
    const count = backlog.dropped - writer.droppedReported
    if (count === 0) return Effect.void
    writer.droppedReported = backlog.dropped
    const why = writer.failure === null ? "they arrived faster than they could be written" : writer.failure
    return Effect.zipRight(
      Metric.incrementBy(metrics.recorderDropped.metric, count),
      Effect.logWarning(`Recorder: ${count} lines were lost: ${why}`)
    )
  })

  const awaitLines = Later.callback<void>((resume) => {
    if (backlog.size > 0 || writer.phase === "closing") resume(Effect.void)
    else writer.wake = () => resume(Effect.void)
  })

  const rotateLarge = (current: Part) =>
    writer.part !== undefined && current.bytes >= options.rotateBytes && now() >= writer.rotateAfter
      // if there is no space for another file, this file continues
      ? Effect.catchAll(rotate, (error) => {
        writer.rotateAfter = now() + Duration.toMillis(retryAfter)
        return fail(error)
      })
      : Effect.void

  const finish = Effect.gen(function*() {
    if (backlog.size > 0) {
      backlog.loseAll()
      yield* reportDropped
    }
    if (writer.part === undefined) return
    const lines = backlog.droppedLines(now())
    if (lines.length > 0) yield* Effect.ignore(writeBatch(writer.part, lines))
    if (writer.part !== undefined) yield* Effect.catchAll(files.finish(writer.part, null), fail)
  })

  const run = Effect.gen(function*() {
    while (writer.phase === "open" || backlog.size > 0) {
      yield* awaitLines
      if (writer.part === undefined) yield* Effect.catchAll(rotate, fail)
      const current = writer.part
      if (current === undefined) {
        yield* reportDropped
        if (writer.phase === "closing") break
        yield* Effect.raceFirst(Effect.sleep(retryAfter), Deferred.await(closing))
        continue
      }
      const batch = backlog.take()
      if (batch.length > 0) yield* writeBatch(current, batch)
      yield* reportDropped
      yield* rotateLarge(current)
    }
    yield* finish
  })

  return { rotate, run }
}

export const make = (options: Options): Effect.Effect<Journal, RecordingError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const now = Clocks.wall(yield* Effect.clock)
    const open = new Open()
    const files = filesOf(options, yield* FileSystem.FileSystem, open, now)
    const backlog = new Backlog(options.buffer)
    const closing = yield* Deferred.make<void>()
    const writer: Writer = {
      part: undefined,
      parts: 0,
      written: 0,
      droppedReported: 0,
      failure: null,
      rotateAfter: 0,
      phase: "open",
      wake: () => {}
    }
    const { rotate, run } = writing(options, files, backlog, open, writer, { closing, now })

    yield* rotate
    const fiber = yield* Effect.acquireRelease(
      Effect.forkDaemon(Effect.interruptible(run)),
      (fiber) =>
        Effect.suspend(() => {
          writer.phase = "closing"
          writer.wake()
          return Effect.zipRight(Deferred.succeed(closing, undefined), Fiber.join(fiber))
        })
    )

    return {
      write: (line) => {
        if (writer.phase === "closing") return
        // the header of a later file must not list a connection as open whose close was lost
        if (!backlog.add(line) && line.type === "close") open.add(line)
        writer.wake()
      },
      status: () => ({
        file: files.pathOf(writer.part?.name ?? files.first),
        files: writer.parts,
        lines: writer.written,
        dropped: backlog.dropped,
        waiting: backlog.size,
        failure: !Fibers.isDone(fiber) ? writer.failure : "it has ended"
      })
    }
  })
