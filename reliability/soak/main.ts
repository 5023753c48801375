/**
 * Runs a client for long, while its connections are lost, and looks whether anything grows or is left behind.
 *
 *   npm run soak -- --minutes 5                       over sockets of this machine; 400 connections are lost, and those of the flood
 *   npm run soak -- --minutes 5 --reconnects 1000     more of them
 *   npm run soak -- --frames 1e7                      goes on until so many frames came
 *   npm run soak -- --simulated 1d                    a day of simulated time, in memory
 *   npm run soak -- --seed 7 --json soak.json         other faults, and the figures as JSON
 *
 * Ends with 1 when something grew, did not come back or broke, and says what; with 2 when it was asked for something that
 * there is not.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fs from "node:fs"
import * as Options from "./options.ts"
import * as Real from "./real.ts"
import * as Report from "./report.ts"
import * as Simulated from "./simulated.ts"

// With source maps, which tsx turns on, a first error out of a module has Node read that module's map and keep it: steps of
// some hundred KiB at any time, which are the runner's and not the client's.
process.setSourceMapsEnabled(false)

const parsed = Options.parse(process.argv.slice(2))
if (Either.isLeft(parsed)) {
  process.stderr.write(`${parsed.left}\n`)
  process.exit(2)
}
const { json, mode, ...options } = parsed.right

const print = (line: string) => void process.stdout.write(`${line}\n`)

const found = await Effect.runPromise(
  mode._tag === "real"
    ? Real.soak({ ...options, ...mode, print })
    : Simulated.soak({ ...options, ...mode, print })
)
print(`\n${Report.render(found)}`)
if (json !== undefined) fs.writeFileSync(json, Report.toJson(found))
// whatever is left, such as what was planted, must not keep the process
process.exit(found.verdict.faults.length > 0 ? 1 : 0)
