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
import * as Clocks from "../time/clock.ts"
import * as Fibers from "../time/fibers.ts"
import * as Later from "../time/later.ts"

export interface Options {
  readonly file: string
  /** size in bytes at which the next file begins */
  readonly rotateBytes: number
  /** number of files that are kept */
  readonly files: number
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
/** approximate bytes of a line besides its text */
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

export const make = (options: Options): Effect.Effect<Journal, RecordingError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const clock = yield* Effect.clock
    const now = Clocks.wall(clock)
    const { folder, nameOf, numberOf } = naming(options.file)
    const open = new Open()
    const encoder = new TextEncoder()

    let waiting: Array<Line> = []
    let waitingBytes = 0
    /** by connection: lines lost since the last `dropped` line */
    let lost = new Map<number, number>()
    let written = 0
    let dropped = 0
    let droppedReported = 0
    let parts = 0
    let part: Part | undefined
    let failure: string | null = null
    let rotateAfter = 0
    let isClosing = false
    const closing = yield* Deferred.make<void>()
    let wake: (() => void) | undefined

    const wakeWriter = (): void => {
      wake?.()
      wake = undefined
    }
    const lose = (line: Line): void => {
      dropped++
      if ("connection" in line) lost.set(line.connection, (lost.get(line.connection) ?? 0) + 1)
    }

    const write = (line: Line): void => {
      if (isClosing) return
      const size = sizeOf(line)
      if (waitingBytes + size > options.buffer) {
        lose(line)
        // the header of a later file must not list this connection as open
        if (line.type === "close") open.add(line)
      } else {
        if (lost.size > 0) {
          // at the position where they are missing
          for (const [connection, count] of lost) waiting.push({ mts: line.mts, type: "dropped", connection, count })
          // `takeBatch` subtracts the same
          waitingBytes += lost.size * overhead
          lost = new Map()
        }
        waiting.push(line)
        waitingBytes += size
      }
      wakeWriter()
    }

    const takeBatch = (): ReadonlyArray<Line> => {
      let count = 0
      let bytes = 0
      while (count < waiting.length && bytes < batchBytes) bytes += sizeOf(waiting[count++]!)
      const batch = waiting.slice(0, count)
      waiting = waiting.slice(count)
      waitingBytes = waiting.length === 0 ? 0 : Math.max(0, waitingBytes - bytes)
      return batch
    }

    // --- files ---------------------------------------------------------------------------------------------------------

    const numbers = Effect.map(
      fs.readDirectory(folder === "" ? "." : folder),
      (names) => names.flatMap((name) => numberOf(name) ?? []).sort((a, b) => a - b)
    )

    const append = (to: Part, text: string) => {
      const bytes = encoder.encode(text)
      to.bytes += bytes.length
      return to.file.writeAll(bytes)
    }

    /** never overwrites an existing file: numbers only rise */
    const openNext = Effect.gen(function*() {
      const last = (yield* numbers).at(-1) ?? 0
      const name = nameOf(last + 1)
      const scope = yield* Scope.make()
      const opened = fs.open(folder + name, { flag: "wx" }).pipe(
        Scope.extend(scope),
        Effect.flatMap((file) => {
          const next: Part = { name, file, scope, bytes: 0 }
          const header: Header = { format, version, part: parts + 1, mts: now(), open: open.carried() }
          return Effect.as(append(next, `${JSON.stringify(header)}\n`), next)
        }),
        Effect.onError(() => Scope.close(scope, Exit.void))
      )
      const next = yield* opened
      parts++
      return next
    }).pipe(Effect.mapError(unwritable(options.file)), Effect.uninterruptible)

    const finish = (last: Part, next: string | null) =>
      append(last, `${JSON.stringify({ mts: now(), type: "end", next } satisfies Line)}\n`).pipe(
        Effect.ensuring(Scope.close(last.scope, Exit.void)),
        Effect.mapError(unwritable(folder + last.name))
      )

    const prune = Effect.gen(function*() {
      for (const n of (yield* numbers).slice(0, -options.files)) yield* fs.remove(folder + nameOf(n))
    }).pipe(Effect.catchAll((error) => Effect.logWarning(`Recorder: an old file was not deleted: ${error.message}`)))

    const rotate = Effect.gen(function*() {
      const last = part
      const next = yield* openNext
      part = next
      if (last !== undefined) yield* finish(last, next.name)
      yield* prune
    })

    // --- writing -------------------------------------------------------------------------------------------------------

    const fail = (error: RecordingError) => {
      const isNew = failure === null
      failure = error.reason
      return isNew ? Effect.logWarning(`${error.message}; retrying`) : Effect.void
    }

    const writeBatch = (to: Part, batch: ReadonlyArray<Line>) =>
      Effect.suspend(() => append(to, batch.map((line) => `${JSON.stringify(line)}\n`).join(""))).pipe(
        Effect.mapError(unwritable(folder + to.name)),
        Effect.zipRight(Effect.suspend(() => {
          failure = null
          written += batch.length
          for (const line of batch) open.add(line)
          return Metric.incrementBy(metrics.recorderLines.metric, batch.length)
        })),
        Effect.catchAll((error) => {
          for (const line of batch) {
            open.add(line)
            lose(line)
          }
          // the last line of that file may be truncated, so nothing may follow it
          part = undefined
          return Effect.zipRight(Scope.close(to.scope, Exit.void), fail(error))
        })
      )

    const reportDropped = Effect.suspend(() => {
      const count = dropped - droppedReported
      if (count === 0) return Effect.void
      droppedReported = dropped
      const why = failure === null ? "they arrived faster than they could be written" : failure
      return Effect.zipRight(
        Metric.incrementBy(metrics.recorderDropped.metric, count),
        Effect.logWarning(`Recorder: ${count} lines were lost: ${why}`)
      )
    })

    const awaitLines = Later.callback<void>((resume) => {
      if (waiting.length > 0 || isClosing) resume(Effect.void)
      else wake = () => resume(Effect.void)
    })

    const run = Effect.gen(function*() {
      while (!isClosing || waiting.length > 0) {
        yield* awaitLines
        if (part === undefined) yield* Effect.catchAll(rotate, fail)
        const current = part as Part | undefined // assigned by `rotate`, which the compiler cannot see
        if (current === undefined) {
          yield* reportDropped
          if (isClosing) break
          yield* Effect.raceFirst(Effect.sleep(retryAfter), Deferred.await(closing))
          continue
        }
        const batch = takeBatch()
        if (batch.length > 0) yield* writeBatch(current, batch)
        yield* reportDropped
        if (part !== undefined && current.bytes >= options.rotateBytes && now() >= rotateAfter) {
          // if there is no space for another file, this file continues
          yield* Effect.catchAll(rotate, (error) => {
            rotateAfter = now() + Duration.toMillis(retryAfter)
            return fail(error)
          })
        }
      }
      if (waiting.length > 0) {
        for (const line of waiting.splice(0)) lose(line)
        yield* reportDropped
      }
      if (part === undefined) return
      for (const [connection, count] of lost) {
        yield* Effect.ignore(writeBatch(part, [{ mts: now(), type: "dropped", connection, count }]))
      }
      if (part !== undefined) yield* Effect.catchAll(finish(part, null), fail)
    })

    if (folder !== "") yield* Effect.mapError(fs.makeDirectory(folder, { recursive: true }), unwritable(options.file))
    part = yield* openNext
    yield* prune
    const fiber = yield* Effect.acquireRelease(
      Effect.forkDaemon(Effect.interruptible(run)),
      (fiber) =>
        Effect.suspend(() => {
          isClosing = true
          wakeWriter()
          return Effect.zipRight(Deferred.succeed(closing, undefined), Fiber.join(fiber))
        })
    )

    return {
      write,
      status: () => ({
        file: folder + (part?.name ?? nameOf(1)),
        files: parts,
        lines: written,
        dropped,
        waiting: waiting.length,
        failure: !Fibers.isDone(fiber) ? failure : "it has ended"
      })
    }
  })
