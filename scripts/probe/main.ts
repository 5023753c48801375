/**
 * Checks facts that no document settles, fact by fact:
 *
 *   npm run probe                                 against the fake exchange, which is embedded
 *   npm run probe -- --live                       against the venue: facts that need no key
 *   npm run probe -- --live --paper               and with orders of paper trading, which are cancelled at the end
 *   npm run probe -- --live --json facts.json     also writes the report as JSON, without secrets
 *
 * The exit code is 1 when a fact differs, and 2 when the options are refused or there is no key of paper trading.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Socket from "@effect/platform/Socket"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as WS from "ws"
import * as CommandLine from "../commandLine.ts"
import * as Options from "./options.ts"
import type { Addresses } from "./publicChecks.ts"
import * as Probe from "./run.ts"

const options = await CommandLine.read(Options.definition)
const given = Options.target(options, process.env)
if (given._tag === "Left") {
  process.stderr.write(`${given.left}\n`)
  process.exit(2)
}
const { key } = given.right

// the cast: `ws` has the members that the probe uses
const sockets = Layer.succeed(
  Socket.WebSocketConstructor,
  (url) => new WS.WebSocket(url) as unknown as globalThis.WebSocket
)

const report = (addresses: Addresses) =>
  Effect.gen(function*() {
    const found = yield* Probe.run({
      addresses,
      key,
      minutes: options.minutes,
      onEnd: (left) =>
        void process.stdout.write(`open orders of this run: ${left ?? "not known, look at the account"}\n`),
      onEntry: (entry) => void process.stdout.write(`${Probe.redact(Probe.line(entry), key)}\n`)
    })
    yield* Console.log(Probe.summary(found))
    if (options.json !== undefined) {
      fs.writeFileSync(options.json, `${Probe.redact(JSON.stringify(found, null, 2), key)}\n`)
      yield* Console.log(options.json)
    }
    if (found.facts.some(({ verdict }) => verdict === "differs")) process.exitCode = 1
  }).pipe(
    Effect.catchTag("NotPaper", ({ message }) =>
      Effect.zipRight(
        Console.error(message),
        Effect.sync(() => {
          process.exitCode = 2
        })
      )),
    Effect.provide([NodeHttpClient.layerUndici, sockets])
  )

// NodeRuntime interrupts on SIGINT, and waits until the orders are cancelled
const main = given.right.addresses === undefined
  ? Effect.flatMap(Options.embedded, report).pipe(Effect.provide(FakeExchange.layerServer(Options.market)))
  : report(given.right.addresses)
main.pipe(NodeRuntime.runMain)
