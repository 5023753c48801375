/**
 * Runs a client for a long time while its connections are lost, and checks for growth and for resources left behind.
 *
 *   npm run soak -- --minutes 5                       over sockets of this machine; 1,000 connections are lost, and those of the flood
 *   npm run soak -- --minutes 5 --reconnects 2000     more of them
 *   npm run soak -- --frames 1e7                      goes on until ten million frames have been received
 *   npm run soak -- --simulated 1d                    a day of simulated time, in memory
 *   npm run soak -- --seed 7 --json soak.json         other faults, and the figures as JSON
 *
 * The exit code is 1 when something grew, was left behind or broke; the report names it. It is 2 when the options are refused.
 */
// V8's optimizing compilers are off (`--no-opt --no-sparkplug`): what they keep about the functions that they compile grows
// the heap by some 600 KiB over 1,000 lost connections, which would hide a leak of the client of the same size. What the
// interpreter keeps of a function is kept from its first call on (`--no-lazy-feedback-allocation`), and not dropped and
// made again (`--no-flush-bytecode`): so the rehearsal brings it into being, and the run does not.
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as inspector from "node:inspector"
import * as CommandLine from "../../scripts/commandLine.ts"
import * as Options from "./options.ts"
import * as Real from "./real.ts"
import * as Report from "./report.ts"
import * as Simulated from "./simulated.ts"

// The soak is bundled, and not run by tsx. That names each function when it is made, also each that is made in a call: V8
// then keeps a dictionary of 256 bytes with each, which doubles what an operation in flight takes.

// tsx enables source maps. With them, the first error from a module makes Node read and keep that module's map: jumps of
// several hundred KiB at any time, which the runner causes and not the client.
process.setSourceMapsEnabled(false)

// V8 finds the lines of a script when the first stack that goes through it is printed, and keeps them: 3 KiB for each of
// some 300 scripts, at any time. A debugger asks for all of them.
const session = new inspector.Session()
session.connect()
session.post("Debugger.enable")
session.post("Debugger.disable")
session.disconnect()

// Node keeps the timings of the last 250 calls of `fetch`, some 110 KiB, which a run of a minute does not fill.
performance.setResourceTimingBufferSize(0)

const { json, mode, ...options } = await CommandLine.read(Options.definition)

const print = (line: string) => void process.stdout.write(`${line}\n`)

const found = await Effect.runPromise(
  mode._tag === "real"
    ? Real.soak({ ...options, ...mode, print })
    : Simulated.soak({ ...options, ...mode, print })
)
print(`\n${Report.render(found)}`)
if (json !== undefined) fs.writeFileSync(json, Report.toJson(found))
// a planted leak must not keep the process alive
process.exit(found.verdict.faults.length > 0 ? 1 : 0)
