import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Fault from "../src/testing/Fault.ts"

// Real processes against the exchange on loopback.

const root = fileURLToPath(new URL("../", import.meta.url))

interface Child {
  readonly say: (word: string) => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** its output is no longer read, as when its terminal was closed */
  readonly closeTerminal: Effect.Effect<void>
  readonly ready: Effect.Effect<void>
  readonly ended: Effect.Effect<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly out: () => string
}

const start = (exchange: FakeExchange.Service, mode: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const args = ["--import", "tsx", "test/support/bot.ts", exchange.restUrl, exchange.socketUrl, mode]
      const child = spawn(process.execPath, args, { cwd: root, timeout: 60_000, killSignal: "SIGKILL" })
      let out = ""
      let isReady = false
      const waiting: Array<() => void> = []
      const read = (chunk: Buffer) => {
        out += chunk.toString()
        if (isReady || !out.includes("READY")) return
        isReady = true
        for (const resume of waiting) resume()
      }
      child.stdout.on("data", read)
      child.stderr.on("data", read)
      const end = new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>((resolve) => {
        child.on("close", (code, signal) => {
          for (const resume of waiting) resume()
          resolve({ code, signal })
        })
      })
      const made: Child = {
        say: (word) => Effect.sync(() => child.stdin.write(`${word}\n`)),
        signal: (signal) => Effect.sync(() => child.kill(signal)),
        closeTerminal: Effect.sync(() => {
          child.stdout.destroy()
          child.stderr.destroy()
        }),
        ready: Effect.async((resume) => {
          if (isReady) return resume(Effect.void)
          waiting.push(() => resume(Effect.void))
        }),
        ended: Effect.promise(() => end),
        out: () => out
      }
      return { child, made }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(({ made }) => made))

const down = Fault.HttpFault.make({ match: "auth", times: 100_000, reply: { _tag: "unavailable503" } })

/** runs a bot until its orders are placed, acts on it, and reads which orders are left when it has ended */
const run = (
  during: (child: Child, exchange: FakeExchange.Service) => Effect.Effect<void>,
  mode = "wait"
) =>
  Effect.gen(function*() {
    const exchange = yield* FakeExchange.FakeExchange
    const child = yield* start(exchange, mode)
    yield* child.ready
    const account = yield* exchange.account("demo-key")
    const ids = account.ordersHistory().concat(account.orders()).map(({ id }) => id)
    assert.lengthOf(ids, mode.startsWith("daemon") ? 4 : 3, child.out())
    const began = performance.now()
    yield* during(child, exchange)
    const { code, signal } = yield* child.ended
    return { code, signal, ids, took: performance.now() - began, left: account.orders(), out: child.out() }
  }).pipe(Effect.scoped, Effect.provide(FakeExchange.layerServer({ history: 60_000, symbols: ["tBTCUSD"] })))

/** a container that is stopped is killed after this, ms */
const grace = 10_000

describe("BotRuntime.runMain", () => {
  const faults: ReadonlyArray<readonly [name: string, faults: ReadonlyArray<Fault.Fault>]> = [
    ["socket and REST are well", []],
    ["the socket is lost", [Fault.Refuse.make({ times: 1000 }), Fault.Drop.make({ code: 1006 })]],
    ["the socket is half-open", [Fault.HalfOpen.make({})]],
    ["REST is down", [down]]
  ]
  for (const [name, all] of faults) {
    it.live(
      `SIGTERM while ${name}: within 10 s no order is left, and the exit code is 0`,
      () =>
        Effect.gen(function*() {
          const { code, left, out, took } = yield* run((child, exchange) =>
            Effect.zipRight(Effect.forEach(all, exchange.inject, { discard: true }), child.signal("SIGTERM"))
          )
          assert.deepStrictEqual(left, [], out)
          assert.strictEqual(code, 0, out)
          assert.isBelow(took, grace)
        }),
      60_000
    )
  }

  it.live(
    "SIGTERM while both ways are down: within 10 s the ids are in the log, and the exit code is 1",
    () =>
      Effect.gen(function*() {
        const { code, ids, out, took } = yield* run((child, exchange) =>
          exchange.inject(Fault.HalfOpen.make({})).pipe(
            Effect.zipRight(exchange.inject(down)),
            Effect.zipRight(child.signal("SIGTERM"))
          )
        )
        assert.strictEqual(code, 1, out)
        for (const id of ids) assert.include(out, String(id))
        assert.isBelow(took, grace)
      }),
    60_000
  )

  for (const mode of ["daemon", "daemonOfItsOwn"]) {
    it.live(
      `a scope that nothing else closes is closed out, and the exit code is 0: ${mode}`,
      () =>
        Effect.gen(function*() {
          const { code, left, out } = yield* run((child) => child.signal("SIGTERM"), mode)
          assert.deepStrictEqual(left, [], out)
          assert.strictEqual(code, 0, out)
        }),
      60_000
    )
  }

  it.live(
    "a scope that nothing else closes, while both ways are down: its open order is in the log, and the exit code is 1",
    () =>
      Effect.gen(function*() {
        const { code, left, out, took } = yield* run(
          (child, exchange) =>
            exchange.inject(Fault.HalfOpen.make({})).pipe(
              Effect.zipRight(exchange.inject(down)),
              Effect.zipRight(child.signal("SIGTERM"))
            ),
          "daemonOfItsOwn"
        )
        assert.strictEqual(code, 1, out)
        for (const { id } of left) assert.include(out, String(id))
        assert.lengthOf(left, 4, out)
        assert.isBelow(took, grace)
      }),
    60_000
  )

  for (const signal of ["SIGINT", "SIGHUP"] as const) {
    it.live(`${signal} is a reason to leave in order`, () =>
      Effect.gen(function*() {
        const { code, left, out } = yield* run((child) => child.signal(signal))
        assert.deepStrictEqual(left, [], out)
        assert.strictEqual(code, 0, out)
      }), 60_000)
  }

  it.live("so is SIGHUP of a terminal that nothing can be written to any more", () =>
    Effect.gen(function*() {
      const { code, left } = yield* run((child) => Effect.zipRight(child.closeTerminal, child.signal("SIGHUP")))
      assert.deepStrictEqual(left, [])
      assert.strictEqual(code, 0)
    }), 60_000)

  for (const [word, text] of [["throw", "thrown"], ["reject", "rejected"]] as const) {
    it.live(
      `an error that is ${text} outside of Effect is one, too, and the exit code is 1`,
      () =>
        Effect.gen(function*() {
          const { code, left, out } = yield* run((child) => child.say(word))
          assert.deepStrictEqual(left, [], out)
          assert.strictEqual(code, 1, out)
          assert.include(out, `${text} outside of Effect: Error: boom`)
        }),
      60_000
    )
  }

  it.live(
    "a second signal ends it at once, with what may be open in the log and exit code 1",
    () =>
      Effect.gen(function*() {
        const { code, ids, out, took } = yield* run((child, exchange) =>
          exchange.inject(Fault.HalfOpen.make({})).pipe(
            Effect.zipRight(exchange.inject(down)),
            Effect.zipRight(child.signal("SIGINT")),
            Effect.zipRight(Effect.sleep("1 second")),
            Effect.zipRight(child.signal("SIGINT"))
          )
        )
        assert.strictEqual(code, 1, out)
        assert.isBelow(took, 5_000)
        for (const id of ids) assert.include(out, String(id))
      }),
    60_000
  )

  it.live(
    "the orders of a program that hangs while it leaves are cancelled in time",
    () =>
      Effect.gen(function*() {
        const { code, left, out, took } = yield* run((child) => child.signal("SIGTERM"), "hang")
        assert.deepStrictEqual(left, [], out)
        assert.strictEqual(code, 1, out)
        assert.include(out, "has not ended within 3s: it is stopped now")
        assert.isBelow(took, 6_000)
      }),
    60_000
  )

  it.live(
    "a program that does not leave in time is ended, with open orders in the log and exit code 1",
    () =>
      Effect.gen(function*() {
        const { code, ids, out, took } = yield* run(
          (child, exchange) =>
            Effect.zipRight(
              Effect.forEach([Fault.HalfOpen.make({}), down], exchange.inject, { discard: true }),
              child.signal("SIGTERM")
            ),
          "hang"
        )
        assert.strictEqual(code, 1, out)
        assert.include(out, "has not ended within 3s: it is stopped now")
        for (const id of ids) assert.include(out, String(id))
        assert.isBelow(took, 6_000)
      }),
    60_000
  )

  it.live(
    "a program that ends by itself has exit code 0, one that fails 1; both leave no order",
    () =>
      Effect.gen(function*() {
        const ended = yield* run(() => Effect.void, "end")
        assert.deepStrictEqual([ended.code, ended.left], [0, []], ended.out)
        const failed = yield* run(() => Effect.void, "fail")
        assert.deepStrictEqual([failed.code, failed.left], [1, []], failed.out)
        assert.include(failed.out, "the strategy failed")
      }),
    60_000
  )
})
