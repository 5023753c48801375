import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as AccountEvents from "../src/AccountEvents.ts"
import * as Auth from "../src/Auth.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as Credentials from "../src/Credentials.ts"
import * as MarketData from "../src/MarketData.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as Recorder from "../src/Recorder.ts"
import * as Recording from "../src/Recording.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Fault from "../src/testing/Fault.ts"
import { failureOf, inject, pass, settle, start, steady, turns } from "./support/market.ts"

const quiet = Logger.remove(Logger.defaultLogger)

const exchange = FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD", "fUSD"], seed: 3 })

/** a client whose sockets are recorded, over an exchange in memory */
const recorded = (options: Recorder.Options) =>
  MarketData.layer.pipe(
    Layer.provideMerge(Recorder.layer(options)),
    Layer.provide(RateLimiter.layerMemory),
    Layer.provideMerge(exchange),
    Layer.provide(BitfinexConfig.layer({ socket: { reconnect: steady, closeTimeout: "100 millis" } }))
  )

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

/** runs in a separate scope, so that everything is written when it completes */
const within = <A, E, R, E2, R2>(layer: Layer.Layer<R, E2, R2>, effect: Effect.Effect<A, E, R | Scope.Scope>) =>
  Effect.scoped(Effect.provide(effect, layer))

const texts = (lines: ReadonlyArray<Recording.Line>, type: "received" | "sent") =>
  lines.flatMap((line) => line.type === type ? [line.text] : [])

const base = Layer.merge(NodeFileSystem.layer, quiet)

describe("Recorder", () => {
  it.scoped("writes every frame in both directions, and how connections begin and end", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/new/market.ndjson`
      const seen = yield* within(
        recorded({ file }),
        Effect.gen(function*() {
          const trades = yield* start(MarketData.trades("tBTCUSD"))
          yield* pass("3 seconds")
          yield* inject(Fault.Drop.make({ code: 1006 }))
          yield* pass("5 seconds")
          assert.deepStrictEqual(turns(trades.events), ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
          const market = yield* MarketData.MarketData
          yield* Effect.fork(market.close(4000, "enough"))
          yield* pass("1 second")
          const { frames } = yield* FakeExchange.FakeExchange
          const connections = yield* (yield* FakeExchange.FakeExchange).connections
          return { frames: yield* frames, sent: connections.map(({ sent }) => sent) }
        })
      )
      const { header, lines, problem } = yield* Recording.read({ file })
      assert.isNull(problem)
      assert.deepInclude(header, { format: "effect-bitfinex/recording", version: 1, part: 1, open: [] })
      assert.deepStrictEqual(texts(lines, "sent"), seen.frames.map(({ text }) => text))
      for (const [place, count] of seen.sent.entries()) {
        const received = lines.filter((line) => line.type === "received" && line.connection === place + 1)
        // the exchange continued for a moment after the connection was cut
        assert.isTrue(received.length > 2 && Math.abs(received.length - count) <= 1, `${received.length} of ${count}`)
      }
      const others = lines.flatMap((line) => line.type === "received" || line.type === "sent" ? [] : [line])
      assert.deepStrictEqual(others.map(({ mts: _, ...line }) => line), [
        { type: "connect", connection: 1, url: "wss://api-pub.bitfinex.com/ws/2" },
        { type: "open", connection: 1 },
        { type: "close", connection: 1, by: "venue", code: 1006, reason: "" },
        { type: "connect", connection: 2, url: "wss://api-pub.bitfinex.com/ws/2" },
        { type: "open", connection: 2 },
        { type: "close", connection: 2, by: "client", code: 4000, reason: "enough" }
      ])
      const times = lines.map(({ mts }) => mts)
      assert.deepStrictEqual(times, times.toSorted((a, b) => a - b))
      assert.deepStrictEqual([others[2]!.mts, others[3]!.mts], [3000, 3500])
    }).pipe(Effect.provide(base)))

  it.scoped("holds no secret, whatever the venue repeats of it", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/account.ndjson`
      const login = (credentials: Credentials.Options) =>
        AccountEvents.layer().pipe(
          Layer.provideMerge(AccountConnection.layer({ filter: ["trading", "notify"] })),
          Layer.provide(Auth.layer()),
          Layer.provide([Credentials.layer(credentials), Nonce.layerMemory, RateLimiter.layerMemory]),
          Layer.provideMerge(Recorder.layer({ file })),
          Layer.provideMerge(FakeExchange.layerMemory({ history: 0 })),
          Layer.provide(BitfinexConfig.layer({ socket: { closeTimeout: "100 millis" } }))
        )
      const authIds = yield* within(
        login({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }),
        Effect.gen(function*() {
          const account = yield* AccountConnection.AccountConnection
          yield* Effect.fork(account.login)
          yield* pass("2 seconds")
          assert.isTrue((yield* account.state).isLive)
          yield* inject(Fault.Send.make({ text: `{"event":"error","code":1,"msg":"demo-key?"}` }))
          yield* pass("1 second")
          const connections = yield* (yield* FakeExchange.FakeExchange).connections
          return connections.flatMap((one) => one.login?.authId ?? [])
        })
      )
      const fs = yield* FileSystem.FileSystem
      const text = yield* fs.readFileString(file)
      const { lines } = yield* Recording.read({ file })
      const auth = JSON.parse(texts(lines, "sent").find((each) => each.includes("\"auth\""))!)
      assert.deepStrictEqual(auth, {
        event: "auth",
        apiKey: "<redacted>",
        authNonce: "<redacted>",
        authPayload: "<redacted>",
        authSig: "<redacted>",
        filter: ["trading", "notify"]
      })
      assert.lengthOf(authIds, 1)
      assert.isTrue(texts(lines, "received").includes(`{"event":"error","code":1,"msg":"<redacted>?"}`))
      for (const secret of ["demo-key", "demo-secret", authIds[0]!]) assert.isFalse(text.includes(secret), secret)
      assert.match(text, /"event\\":\\"auth\\",\\"status\\":\\"OK\\"/)
    }).pipe(Effect.provide(base)))

  it.scoped("keeps no user, password or query of an address", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/gateway.ndjson`
      yield* within(
        Layer.provide(Recorder.layer({ file }), exchange),
        Effect.map(Socket.WebSocketConstructor, (construct) => {
          construct("wss://user:password@gateway.example/ws/2?token=abc").close()
          construct("wss://api-pub.bitfinex.com/ws/2").close()
        })
      )
      const { lines } = yield* Recording.read({ file })
      assert.deepStrictEqual(lines.flatMap((line) => line.type === "connect" ? [line.url] : []), [
        "wss://gateway.example/ws/2?<redacted>",
        "wss://api-pub.bitfinex.com/ws/2"
      ])
    }).pipe(Effect.provide(base)))

  it.scoped("a recording names no file of another folder", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* folder}/market.ndjson`
      const header = JSON.stringify({ format: Recording.format, version: Recording.version, part: 1, mts: 1, open: [] })
      for (const next of ["../other.ndjson", "/etc/passwd", "a\\b.ndjson", "", ".", ".."]) {
        yield* fs.writeFileString(file, `${header}\n${JSON.stringify({ mts: 1, type: "end", next })}\n`)
        const error = yield* Effect.flip(Recording.read({ file }))
        assert.deepInclude(error, { problem: "corrupt", line: 2, reason: `next of end is ${JSON.stringify(next)}` })
      }
    }).pipe(Effect.provide(base)))

  it.scoped("rotates: files are numbered, list the open connections, and are read as one", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const file = `${place}/market.ndjson`
      const fs = yield* FileSystem.FileSystem
      const run = within(
        recorded({ file, rotate: { bytes: 10_000 } }),
        Effect.gen(function*() {
          yield* start(MarketData.book({ symbol: "tBTCUSD" }))
          yield* start(MarketData.ticker("tBTCUSD"))
          for (let k = 0; k < 16; k++) {
            yield* pass("1 second")
            yield* written
          }
          const { dropped, failure, files } = yield* Effect.flatMap(Recorder.Recorder, ({ status }) => status)
          assert.deepInclude({ dropped, failure }, { dropped: 0, failure: null })
          return files
        })
      )
      const count = yield* run
      assert.isAbove(count, 3)
      const names = (yield* fs.readDirectory(place)).sort()
      assert.includeMembers(names, ["market.ndjson", "market.2.ndjson", "market.3.ndjson"])
      const whole = yield* Recording.read({ file })
      assert.isNull(whole.problem)
      assert.lengthOf(whole.files, names.length)
      const sequence = texts(whole.lines, "received").flatMap((text) =>
        text.startsWith("[") ? [(JSON.parse(text) as Array<unknown>).findLast((cell) => typeof cell === "number")] : []
      )
      assert.deepStrictEqual(sequence, sequence.map((_, k) => k + 1))
      const second = yield* Recording.read({ file: `${place}/market.2.ndjson` })
      assert.strictEqual(second.header.part, 2)
      const [open] = second.header.open
      assert.deepInclude(open, { connection: 1, url: "wss://api-pub.bitfinex.com/ws/2" })
      assert.deepStrictEqual(open!.frames.map((text) => JSON.parse(text).event), ["conf", "subscribed", "subscribed"])

      // a second run continues the numbers, and does not change existing files
      const before = yield* fs.readFileString(file)
      yield* run
      assert.strictEqual(yield* fs.readFileString(file), before)
      assert.isAbove((yield* fs.readDirectory(place)).length, 2 * names.length - 2)
    }).pipe(Effect.provide(base)))

  it.scoped("keeps the configured number of files", () =>
    Effect.gen(function*() {
      const place = yield* folder
      yield* within(
        recorded({ file: `${place}/market.ndjson`, rotate: { bytes: 10_000, files: 2 } }),
        Effect.gen(function*() {
          yield* start(MarketData.book({ symbol: "tBTCUSD" }))
          for (let k = 0; k < 20; k++) {
            yield* pass("1 second")
            yield* written
          }
        })
      )
      const fs = yield* FileSystem.FileSystem
      const names = yield* fs.readDirectory(place)
      assert.lengthOf(names, 2)
      assert.notInclude(names, "market.ndjson")
    }).pipe(Effect.provide(base)))

  it.scoped("keeps the files of earlier runs, however often a program restarts, unless the user asks it to delete them too", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const fs = yield* FileSystem.FileSystem
      const run = (deletesEarlier: boolean) =>
        within(recorded({ file: `${place}/market.ndjson`, rotate: { files: 2, deletesEarlier } }), Effect.void)
      for (let n = 0; n < 5; n++) yield* run(false)
      assert.sameMembers(
        [...yield* fs.readDirectory(place)],
        ["market.ndjson", ...[2, 3, 4, 5].map((n) => `market.${n}.ndjson`)]
      )
      yield* run(true)
      assert.sameMembers([...yield* fs.readDirectory(place)], ["market.5.ndjson", "market.6.ndjson"])
    }).pipe(Effect.provide(base)))

  it.scoped("lines beyond the buffer are dropped and reported in their place, and no socket waits for it", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/market.ndjson`
      const logged: Array<string> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => logged.push(String(message)))
      )
      const status = yield* within(
        recorded({ file, buffer: 2000 }),
        Effect.gen(function*() {
          const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
          yield* pass("8 seconds")
          assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
          yield* written
          return yield* Effect.flatMap(Recorder.Recorder, ({ status }) => status)
        })
      ).pipe(Effect.provide(logger))
      assert.isAbove(status.dropped, 0)
      const { lines } = yield* Recording.read({ file })
      const counts = lines.flatMap((line) => line.type === "dropped" ? [line.count] : [])
      assert.isAtLeast(counts.reduce((sum, count) => sum + count, 0), status.dropped)
      assert.isTrue(logged.some((text) => text.includes("lines were lost: they arrived faster")), logged.join())
    }).pipe(Effect.provide(base)))

  /** a file system whose writes fail while the disk is full; an empty file needs no space */
  const filling = (disk: { isFull: boolean; refused: number }) =>
    Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (fs) => {
        const full = new PlatformError.SystemError({
          reason: "Unknown",
          module: "FileSystem",
          method: "writeAll",
          description: "ENOSPC: no space left on device"
        })
        const refuse = (on: typeof disk) => {
          on.refused++
          return Effect.fail(full)
        }
        return {
          ...fs,
          open: (path, options) =>
            Effect.map(fs.open(path, options), (file) =>
              new Proxy(file, {
                get: (target, name) =>
                  name === "writeAll"
                    ? (bytes: Uint8Array) => disk.isFull ? refuse(disk) : target.writeAll(bytes)
                    : Reflect.get(target, name, target)
              }))
        } satisfies FileSystem.FileSystem
      })
    ).pipe(Layer.provideMerge(NodeFileSystem.layer))

  it.scoped("a full disk costs lines but no socket; another file continues when there is space", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const place = yield* folder
      const disk = { isFull: false, refused: 0 }
      const logged: Array<string> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => logged.push(String(message)))
      )
      yield* within(
        recorded({ file: `${place}/market.ndjson` }),
        Effect.gen(function*() {
          const book = yield* start(MarketData.book({ symbol: "tBTCUSD" }))
          const status = Effect.flatMap(Recorder.Recorder, ({ status }) => status)
          yield* pass("2 seconds")
          yield* written
          disk.isFull = true
          yield* pass("2 seconds")
          yield* waitUntil(Effect.map(status, ({ failure }) => failure !== null))
          assert.include((yield* status).failure, "no space left")
          // no attempt leaves a file behind
          for (let refused = 2; refused < 5; refused++) {
            yield* waitUntil(Effect.sync(() => disk.refused >= refused))
            yield* pass("10 seconds")
          }
          const names = Effect.orDie(fs.readDirectory(place))
          // while an attempt is made, its file is there: so the reading that ended the wait is compared
          let found: ReadonlyArray<string> = []
          yield* waitUntil(Effect.map(names, (all) => {
            found = all
            return all.length === 1
          }))
          assert.deepStrictEqual(found, ["market.ndjson"])
          disk.isFull = false
          yield* pass("10 seconds")
          yield* waitUntil(Effect.map(status, ({ failure, waiting }) => failure === null && waiting === 0))
          assert.include((yield* status).file, "market.2.ndjson")
          assert.deepStrictEqual(turns(book.events), ["Snapshot 1"])
        })
      ).pipe(Effect.provide(Layer.merge(filling(disk), logger)))
      const first = yield* Recording.read({ file: `${place}/market.ndjson` })
      assert.strictEqual(first.problem?.problem, "truncated")
      const second = yield* Recording.read({ file: `${place}/market.2.ndjson` })
      assert.isNull(second.problem)
      assert.isTrue(second.lines.some(({ type }) => type === "dropped"))
      assert.lengthOf(logged.filter((text) => text.includes("no space left on device; retrying")), 1)
    }).pipe(Effect.provide(base)))

  it.scoped("recorders that begin at the same time on one file take a number each", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const place = yield* folder
      const begin = Layer.build(Layer.provide(Recorder.layer({ file: `${place}/market.ndjson` }), exchange))
      yield* Effect.scoped(Effect.all([begin, begin, begin], { concurrency: "unbounded" }))
      const names = yield* fs.readDirectory(place)
      assert.sameMembers(names, ["market.ndjson", "market.2.ndjson", "market.3.ndjson"])
      for (const name of names) assert.isNull((yield* Recording.read({ file: `${place}/${name}` })).problem)
    }).pipe(Effect.provide(base)))

  it.scoped("a folder that is removed meanwhile is made again with the next file", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const place = `${yield* folder}/recordings`
      yield* within(
        recorded({ file: `${place}/market.ndjson`, rotate: { bytes: 4000 } }),
        Effect.gen(function*() {
          yield* fs.remove(place, { recursive: true })
          yield* start(MarketData.book({ symbol: "tBTCUSD" }))
          yield* pass("10 seconds")
          const { status } = yield* Recorder.Recorder
          yield* waitUntil(Effect.map(status, ({ files, waiting }) => files > 1 && waiting === 0))
          const { failure, file } = yield* status
          assert.isNull(failure)
          assert.isTrue(yield* fs.exists(file))
        })
      )
    }).pipe(Effect.provide(base)))

  it.scoped.skipIf(process.platform !== "linux")(
    "fails below a folder where none can be made, such as /proc",
    () =>
      Effect.gen(function*() {
        const file = "/proc/effect-bitfinex/a/market.ndjson"
        const error = yield* Effect.flip(within(recorded({ file }), Effect.void))
        assert.deepInclude(error, { _tag: "RecordingError", file })
      }).pipe(Effect.provide(base)),
    10_000
  )

  it.scoped("fails at once if no file can be created, and for invalid options", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const place = yield* folder
      yield* fs.writeFileString(`${place}/taken`, "")
      const make = (options: Recorder.Options) =>
        Effect.map(
          Effect.exit(Effect.scoped(Layer.build(Layer.provide(Recorder.layer(options), exchange)))),
          failureOf
        )
      assert.deepInclude({ ...yield* make({ file: `${place}/taken/market.ndjson` }) }, {
        _tag: "RecordingError",
        problem: "unwritable"
      })
      for (
        const [field, options] of [
          ["file", { file: "" }],
          ["file", { file: `${place}/` }],
          ["rotate.bytes", { file: "a", rotate: { bytes: 0 } }],
          ["rotate.files", { file: "a", rotate: { files: 1.5 } }],
          ["buffer", { file: "a", buffer: -1 }]
        ] as const
      ) assert.deepInclude({ ...yield* make(options) }, { _tag: "InvalidInput", operation: "Recorder.layer", field })
    }).pipe(Effect.provide(base)))

  it.scoped("events after its scope are not recorded, and have no effect", () =>
    Effect.gen(function*() {
      const file = `${yield* folder}/market.ndjson`
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Recorder.layer({ file }), scope)
      const construct = yield* Effect.provide(Socket.WebSocketConstructor, context)
      const socket = construct("ws://anywhere")
      yield* settle
      yield* Scope.close(scope, Exit.void)
      const before = (yield* Recording.read({ file })).lines.length
      socket.send(`{"event":"ping"}`)
      yield* TestClock.adjust("1 second")
      assert.lengthOf((yield* Recording.read({ file })).lines, before)
    }).pipe(Effect.provide(exchange), Effect.provide(base)))
})

/** real files are written in real time, although the clock of the test does not advance */
const waitUntil = <R>(condition: Effect.Effect<boolean, never, R>) =>
  Effect.async<void>((resume) => {
    setImmediate(() => resume(Effect.void))
  }).pipe(Effect.zipRight(condition), Effect.repeat({ until: (is) => is, times: 100_000 }), Effect.asVoid)

const written = waitUntil(
  Effect.map(Effect.flatMap(Recorder.Recorder, ({ status }) => status), ({ waiting }) => waiting === 0)
)
