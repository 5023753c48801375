/**
 * Runs every example of the named groups against a fake exchange: `npm run examples:check -- public rest`. An example must
 * end by itself with exit code 0, within a minute, and print something. Groups are the folders of `examples` except the demo;
 * without arguments, all are run. Files in deeper folders are parts of an example.
 */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as CommandLine from "./commandLine.ts"

const limit = 60_000
const atOnce = 2

const root = fileURLToPath(new URL("../", import.meta.url))
const groups = fs.readdirSync(path.join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "demo")
  .map(({ name }) => name)
const wanted = await CommandLine.read({
  name: "npm run examples:check --",
  description: "Runs examples against a fake exchange: each must end by itself within a minute, and print something.",
  options: Args.text({ name: "group" }).pipe(
    Args.withDescription(`folders of examples; by default all: ${groups.join(", ")}`),
    Args.mapEffect((group) =>
      groups.includes(group)
        ? Effect.succeed(group)
        : Effect.fail(HelpDoc.p(`${group}: there is no such group of examples; there are ${groups.join(", ")}`))
    ),
    Args.repeated
  )
})

const examples = (wanted.length === 0 ? groups : wanted).flatMap((group) => {
  const folder = path.join(root, "examples", group)
  return fs.readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${group}/${file.slice(0, -".ts".length)}`)
    .sort()
})

/** without the keys and hosts of the person that runs the script */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BITFINEX|BFX)_/.test(name)))

/** node with the loader, since the tsx command would put another process between us and the one to kill */
const run = (example: string) =>
  promisify(execFile)(process.execPath, ["--import", "tsx", "examples/run.ts", example], {
    cwd: root,
    env,
    timeout: limit,
    killSignal: "SIGKILL",
    maxBuffer: 16 * 1024 * 1024
  }).then(
    ({ stdout }) => stdout.trim() === "" ? "printed nothing" : undefined,
    (error) =>
      `${
        error.killed === true ? `did not end within ${limit / 1000} s` : `ended with ${error.code ?? error.signal}`
      }\n${`${error.stdout ?? ""}${error.stderr ?? ""}`.trim().split("\n").slice(-30).join("\n")}`
  )

let failed = 0
const queue = examples.values()
const worker = async () => {
  for (const example of queue) {
    const start = performance.now()
    const failure = await run(example)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    if (failure === undefined) console.log(`ok    ${example} (${seconds} s)`)
    else {
      failed++
      console.error(`FAIL  ${example} (${seconds} s): ${failure}`)
    }
  }
}
await Promise.all(Array.from({ length: atOnce }, worker))

console.log(`${examples.length} examples, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
