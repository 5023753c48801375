/**
 * Reads damaged frames for as long as wanted: `npm run fuzz -- --frames 1000000 --seed 7`. Prints the seed, and of the first
 * defect the number and the frame; `--only <number>` reads that one again.
 */
import * as util from "node:util"
import { run } from "./decoders.ts"
import { frameOf } from "./frames.ts"

const usage = "usage: npm run fuzz -- [--frames 1000000] [--seed 1] [--only <number of a frame>]"

const fail = (text: string): never => {
  console.error(`${text}\n${usage}`)
  process.exit(1)
}

const options = (() => {
  try {
    return util.parseArgs({
      options: { frames: { type: "string" }, seed: { type: "string" }, only: { type: "string" } }
    }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
})()

const whole = (name: "frames" | "seed" | "only", otherwise: number): number => {
  const text = options[name]
  if (text === undefined) return otherwise
  return /^\d{1,9}$/.test(text) ? Number(text) : fail(`--${name} ${text}: give a whole number below 1,000,000,000`)
}

const frames = whole("frames", 1_000_000)
const seed = whole("seed", 1)
const only = whole("only", -1)

if (only >= 0) console.log(frameOf(seed, only).frame.text)
const start = performance.now()
// errors are made by the million, and nobody looks at where
if (only < 0) Error.stackTraceLimit = 0
const defect = only >= 0 ? run(seed, 1, only) : run(seed, frames)
const seconds = ((performance.now() - start) / 1000).toFixed(1)
if (defect === undefined) console.log(`seed ${seed}: ${only >= 0 ? 1 : frames} frames in ${seconds} s, no defect`)
else {
  console.error(`seed ${seed}: defect at frame ${defect.number}; again with --seed ${seed} --only ${defect.number}`)
  console.error(defect.text)
  console.error(defect.error)
  process.exitCode = 1
}
