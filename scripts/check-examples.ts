/**
 * Runs every example of a group against the embedded exchange: it must end by itself with exit code 0, within a minute,
 * and print something. Groups are the folders of `examples`; without arguments, all but
 * the demo. What lies deeper is a part of an example.
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const limit = 60_000
const atOnce = 2

const root = fileURLToPath(new URL("../", import.meta.url))
const groups = process.argv.length > 2
  ? process.argv.slice(2)
  : ["public", "rest", "websocket", "bots", "backtest", "observability"]

const examples = groups.flatMap((group) => {
  const folder = path.join(root, "examples", group)
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${group}/${file.slice(0, -".ts".length)}`)
    .sort()
})

/** without keys and hosts of the person who runs this */
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

if (examples.length === 0) console.error(`no example in ${groups.map((group) => `examples/${group}`).join(", ")}`)
console.log(`${examples.length} examples, ${failed} failed`)
process.exitCode = failed === 0 && examples.length > 0 ? 0 : 1
