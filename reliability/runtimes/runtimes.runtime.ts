import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Packed from "../../test/support/packed.ts"

/** The packed package on Bun, Deno and Workers, against the fake exchange over loopback. */

const here = fileURLToPath(new URL("./", import.meta.url))
const bin = path.join(here, "node_modules", ".bin")

/** the path of a command: of this folder, or else of the machine */
const find = (command: string): string | undefined =>
  [bin, ...(process.env["PATH"] ?? "").split(path.delimiter)]
    .map((folder) => path.join(folder, command))
    .find((file) => fs.existsSync(file))

const runtimes: ReadonlyArray<readonly [name: string, command: string, args: ReadonlyArray<string>]> = [
  ["Bun", "bun", ["run"]],
  // Deno installs and checks nothing here: the packages are there
  ["Deno", "deno", ["run", "--allow-all", "--no-check"]]
]

let project: Packed.Project

beforeAll(async () => {
  project = await Packed.make()
  for (const file of ["programs.ts", "process.ts", "worker.ts"]) {
    fs.copyFileSync(path.join(here, file), path.join(project.folder, file))
  }
})

afterAll(() => project?.remove(), 60_000)

const served = <A, E>(use: (exchange: FakeExchange.Service) => Effect.Effect<A, E>) =>
  Effect.flatMap(FakeExchange.FakeExchange, use).pipe(
    Effect.provide(FakeExchange.layerServer({ history: 600_000, symbols: ["tBTCUSD"], tick: 20 })),
    Effect.scoped
  )

/** runs a program in a process; `whenReady` happens once it is ready, and then it goes on */
const runs = (
  command: string,
  args: ReadonlyArray<string>,
  name: string,
  { restUrl, socketUrl }: FakeExchange.Service,
  whenReady: Effect.Effect<void> = Effect.void
): Effect.Effect<unknown> =>
  Effect.promise(() =>
    new Promise((resolve, reject) => {
      const child = spawn(command, [...args, "process.ts", name, restUrl, socketUrl], {
        cwd: project.folder,
        timeout: 45_000,
        killSignal: "SIGKILL"
      })
      let out = ""
      let err = ""
      let isReady = false
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString()
        if (isReady || !out.includes("ready\n")) return
        isReady = true
        Effect.runPromise(whenReady).then(() => child.stdin.end("go\n"), reject)
      })
      child.stderr.on("data", (chunk: Buffer) => {
        err += chunk.toString()
      })
      child.on("error", reject)
      child.on("close", (code) => {
        if (code !== 0) return reject(new Error(`${name} ended with ${code}: ${err}`))
        resolve(JSON.parse(out.trim().split("\n").at(-1)!))
      })
    })
  )

const traded = { hasBid: true, hasWallets: true, events: ["Checksum", "Snapshot", "Update"] }

for (const [name, command, args] of runtimes) {
  const found = find(command)
  describe.skipIf(found === undefined)(name, () => {
    it.live("REST, a signed call, a book and an order; its sockets are closed with code and reason", () =>
      served((exchange) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* runs(found!, args, "trade", exchange), traded)
          const account = yield* exchange.account("demo-key")
          assert.deepStrictEqual(account.commands().map(({ accepted, type }) => [type, accepted]), [["on", true], [
            "oc",
            true
          ]])
          assert.deepStrictEqual(account.orders(), [])
          const ends = (yield* exchange.connections).map(({ code, endedBy }) => [endedBy, code])
          assert.deepStrictEqual(ends, [["client", 1000], ["client", 1000]])
        })
      ))

    it.live("a lost socket is replaced, and the next epoch begins with a snapshot", () =>
      served((exchange) =>
        Effect.map(
          runs(found!, args, "reconnect", exchange, exchange.inject(Fault.Drop.make({ code: 1006 }))),
          (events) => assert.deepStrictEqual(events, ["Snapshot 1", "Interrupted 1", "Snapshot 2"])
        )
      ))

    it.live("an order whose reply is lost is placed once, whatever the runtime does about the connection", () =>
      served((exchange) =>
        Effect.gen(function*() {
          yield* exchange.inject(Fault.HttpFault.make({ match: "/order/submit", reply: { _tag: "loseReply" } }))
          assert.strictEqual(yield* runs(found!, args, "lost", exchange), "Placed")
          assert.lengthOf((yield* exchange.account("demo-key")).orders(), 1)
        })
      ))

    it.live("an order on a path that stalls is not taken for one that was never placed, and does not stay open", () =>
      served((exchange) =>
        Effect.gen(function*() {
          let overAt = 0
          const stall = Effect.suspend(() => {
            overAt = exchange.market.now() + 6000
            return exchange.inject(Fault.Stall.make({ millis: 6000 }))
          })
          const result = yield* runs(found!, args, "stalled", exchange, stall)
          assert.deepInclude(result, { error: "OutcomeUnknown" })
          assert.notStrictEqual((result as { readonly outcome: unknown }).outcome, "NeverPlaced")
          while (exchange.market.now() < overAt + 500) yield* Effect.sleep("50 millis")
          const account = yield* exchange.account("demo-key")
          assert.deepStrictEqual(account.orders(), [])
        })
      ))
  })
}

/** a Worker's runtime is a package, which starts the program `workerd` */
const miniflare = (): { readonly Miniflare: new(options: object) => any } | undefined => {
  try {
    return createRequire(import.meta.url)("miniflare")
  } catch {
    return undefined
  }
}

describe.skipIf(miniflare() === undefined)("Workers", () => {
  it.live("REST, a signed call, a book and an order, in one request after the other", () =>
    served((exchange) =>
      Effect.gen(function*() {
        const { restUrl, socketUrl } = exchange
        const { outputFiles } = yield* Effect.promise(() =>
          esbuild.build({
            entryPoints: [path.join(project.folder, "worker.ts")],
            bundle: true,
            platform: "browser",
            format: "esm",
            target: "es2022",
            write: false,
            // the names of the package lead to the packed one, not to the sources of this repository
            tsconfigRaw: {}
          })
        )
        const { Miniflare } = miniflare()!
        const worker = yield* Effect.acquireRelease(
          Effect.sync(() =>
            new Miniflare({ modules: true, script: outputFiles[0]!.text, compatibilityDate: "2026-01-01" })
          ),
          (worker) => Effect.promise(() => worker.dispose())
        )
        const query = new URLSearchParams({ rest: restUrl, socket: socketUrl })
        for (let k = 0; k < 2; k++) {
          const response = yield* Effect.promise(() => worker.dispatchFetch(`http://worker/?${query}`))
          const text = yield* Effect.promise(() => (response as Response).text())
          assert.strictEqual(text, JSON.stringify(traded))
        }
        const account = yield* exchange.account("demo-key")
        assert.deepStrictEqual(account.commands().map(({ accepted }) => accepted), [true, true, true, true])
      }).pipe(Effect.scoped)
    ))
})
