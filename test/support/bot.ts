/**
 * A bot as a process: three orders that are cancelled on exit. It says `READY` when they are placed. `throw` and `reject`
 * on its standard input make an error outside of Effect.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Bitfinex from "../../src/Bitfinex.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as BotRuntime from "../../src/BotRuntime.ts"
import * as Trading from "../../src/Trading.ts"

const [restUrl = "", socketUrl = "", mode = "wait"] = process.argv.slice(2)

/** the layers of the account: a call makes others */
const another = () =>
  Bitfinex.layer({ apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }).pipe(
    Layer.provide(
      BitfinexConfig.layer({
        rest: { publicUrl: restUrl, authUrl: restUrl },
        socket: { url: socketUrl },
        account: { url: socketUrl }
      })
    )
  )

const Account = another()

process.stdin.on("data", (chunk) => {
  const word = String(chunk).trim()
  queueMicrotask(() => {
    if (word === "throw") throw new Error("boom")
    if (word === "reject") void Promise.reject(new Error("boom"))
  })
})

const bot = Effect.gen(function*() {
  const trading = yield* Trading.Trading
  const mine = yield* trading.cancelOnExit()
  for (const price of [1000, 1001, 1002]) {
    yield* mine.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price })
  }
  if (mode === "daemon" || mode === "daemonOfItsOwn") {
    const isPlaced = yield* Deferred.make<void>()
    const daemon = Effect.gen(function*() {
      const other = yield* Effect.flatMap(Trading.Trading, (trading) => trading.cancelOnExit())
      yield* other.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 999 })
      yield* Deferred.succeed(isPlaced, undefined)
      return yield* Effect.never
    }).pipe(Effect.scoped)
    yield* Effect.forkDaemon(
      mode === "daemon" ? Effect.provideService(daemon, Trading.Trading, trading) : Effect.provide(daemon, another())
    )
    yield* Deferred.await(isPlaced)
  }
  process.stdout.write("READY\n")
  if (mode === "hang") yield* Effect.addFinalizer(() => Effect.never)
  if (mode === "end") return
  if (mode === "fail") return yield* Effect.fail("the strategy failed")
  return yield* Effect.never
}).pipe(Effect.scoped, Effect.provide(Account))

BotRuntime.runMain(bot, { disablePrettyLogger: true, ...(mode === "hang" ? { within: "3 seconds" } : {}) })
