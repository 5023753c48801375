import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as ChildProcess from "node:child_process"
import * as net from "node:net"
import { fileURLToPath } from "node:url"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as NodeSocket from "../../src/NodeSocket.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as Trading from "../../src/Trading.ts"

const freePort = Effect.async<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** their mock server, and a way to make it send a frame to every socket */
const mock = Effect.gen(function*() {
  const ports = yield* Effect.all([freePort, freePort, freePort, freePort])
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      ChildProcess.spawn(process.execPath, ["-r", here("loopback.cjs"), here("mock.cjs"), ...ports.map(String)])
    ),
    (child) => Effect.sync(() => child.kill())
  )
  yield* Effect.async<void>((resume) => {
    child.stdout.on("data", (text) => String(text).includes("ready") ? resume(Effect.void) : undefined)
  })
  return {
    restUrl: `http://127.0.0.1:${ports[0]}`,
    socketUrl: `ws://127.0.0.1:${ports[2]}/ws/2`,
    send: (frame: unknown) => Effect.sync(() => child.stdin.write(`${JSON.stringify(frame)}\n`)),
    drop: Effect.sync(() => child.stdin.write("drop\n"))
  }
})

const clientOf = ({ restUrl, socketUrl }: { readonly restUrl: string; readonly socketUrl: string }) =>
  Layer.mergeAll(
    MarketData.layer,
    RestClient.layer,
    RestAuthClient.layer(),
    AccountEvents.layer().pipe(Layer.provideMerge(AccountConnection.layer()))
  ).pipe(
    Layer.provide(Auth.layer()),
    Layer.provide([
      RateLimiter.layerMemory,
      FetchHttpClient.layer,
      NodeSocket.layer,
      Nonce.layerMemory,
      Credentials.layer({ apiKey: Redacted.make("some-key"), apiSecret: Redacted.make("some-secret") })
    ]),
    Layer.provide(
      BitfinexConfig.layer({
        rest: { publicUrl: restUrl, authUrl: restUrl },
        socket: {
          url: socketUrl,
          // it sends no heartbeats, and no sequence numbers
          flags: {},
          silence: "1 minute",
          channelSilence: "1 minute"
        },
        account: { url: socketUrl }
      })
    )
  )

describe("bfx-api-mock-srv", () => {
  it.scopedLive("our REST clients read the replies that the mock server was given", () =>
    Effect.gen(function*() {
      const server = yield* mock
      yield* Effect.gen(function*() {
        const rest = yield* RestClient.RestClient
        assert.strictEqual((yield* rest.platformStatus()).status, 1)
        assert.strictEqual((yield* rest.ticker({ symbol: "tBTCUSD" })).bid, 118280)
        const [wallet] = yield* (yield* RestAuthClient.RestAuthClient).wallets()
        assert.strictEqual(wallet?.balance, 145.58)
      }).pipe(Effect.provide(clientOf(server)))
    }), 60_000)

  it.scopedLive("our streams run on it, and go on when it drops them", () =>
    Effect.gen(function*() {
      const server = yield* mock
      yield* Effect.gen(function*() {
        const seen: Array<string> = []
        const rows: Array<unknown> = []
        const follow = <A>(name: string, stream: Stream.Stream<ChannelEvent<A>, unknown, MarketData.MarketData>) =>
          Effect.forkScoped(Stream.runForEach(stream, (event) =>
            Effect.sync(() => {
              seen.push(`${name} ${event._tag} ${event.epoch}`)
              if (event._tag === "Update") rows.push(...event.rows)
            })))
        yield* follow("ticker", MarketData.ticker("tBTCUSD"))
        yield* follow("trades", MarketData.trades("tBTCUSD"))
        yield* follow("book", MarketData.book({ symbol: "tBTCUSD" }))
        yield* follow("candles", MarketData.candles({ timeframe: "1m", symbol: "tBTCUSD" }))
        const epoch = (number: number) =>
          Effect.sync(() => seen.filter((text) => text.endsWith(`Update ${number}`)).length >= 6).pipe(
            Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("50 millis") }),
            Effect.timeout("20 seconds")
          )
        yield* epoch(1)
        yield* server.drop
        yield* epoch(2)
        for (const name of ["ticker", "trades", "book", "candles"]) {
          const own = seen.filter((text) => text.startsWith(name) && !text.includes("Update"))
          assert.deepStrictEqual(own, [`${name} Snapshot 1`, `${name} Interrupted 1`, `${name} Snapshot 2`])
        }
        const reported = rows.map((row) => JSON.stringify(row))
        assert.isTrue(reported.some((row) => row.includes("\"bid\":236.63")))
        assert.isTrue(reported.some((row) => row.includes("401597396")))
      }).pipe(Effect.provide(clientOf(server)))
    }), 60_000)

  it.scopedLive(
    "an order that it answers with another one's words ends as unknown, not as placed",
    () =>
      Effect.gen(function*() {
        const server = yield* mock
        yield* Effect.gen(function*() {
          const trading = yield* Trading.Trading
          yield* Effect.flatMap(AccountConnection.AccountConnection, ({ login }) => login)
          const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 50_000, cid: 77 } as const
          const outcome = yield* Effect.either(trading.submitOrder(order))
          assert.strictEqual(Either.isLeft(outcome) ? outcome.left._tag : "accepted", "OutcomeUnknown")
        }).pipe(
          Effect.provide(
            Trading.layer().pipe(Layer.provideMerge(clientOf(server)), Layer.provide(RateLimiter.layerMemory))
          )
        )
      }),
    60_000
  )

  it.scopedLive("our sockets subscribe to it, and log in", () =>
    Effect.gen(function*() {
      const server = yield* mock
      yield* Effect.gen(function*() {
        const market = yield* MarketData.MarketData
        // `conf` of no flags is not sent, and it answers with a channel of random number, to which nothing comes by itself
        const first = yield* Effect.fork(Stream.runHead(MarketData.ticker("tBTCUSD")))
        const states = yield* market.states.pipe(
          Stream.filter((all) => Object.values(all).some(({ _tag }) => _tag === "Live")),
          Stream.runHead
        )
        assert.isTrue(states._tag === "Some")
        yield* Fiber.interrupt(first)
        const account = yield* AccountConnection.AccountConnection
        const { epoch } = yield* account.login
        assert.strictEqual(epoch, 1)
        const events = yield* AccountEvents.AccountEvents
        const wallet = yield* Effect.fork(
          events.wallets().pipe(Stream.filter(({ _tag }) => _tag === "Update"), Stream.runHead)
        )
        yield* Effect.sleep("200 millis")
        yield* server.send([0, "wu", ["exchange", "BTC", 2, 0, null, null, null]])
        const event = yield* Fiber.join(wallet)
        assert.isTrue(event._tag === "Some" && event.value._tag === "Update" && event.value.rows[0]?.balance === 2)
      }).pipe(Effect.provide(clientOf(server)))
    }), 60_000)
})
