/**
 * Decodes damaged frames: `npm run fuzz -- --frames 1000000 --seed 7`. Prints the seed and, of the first defect, the number
 * and the frame; `--only <number>` decodes that frame alone. The exit code is 1 after a defect, 2 when the options are refused.
 */
import * as Options from "@effect/cli/Options"
import * as CommandLine from "../../scripts/commandLine.ts"
import { run } from "./decoders.ts"
import { frameOf } from "./frames.ts"

const { frames, only, seed } = await CommandLine.read({
  name: "npm run fuzz --",
  description: "Decodes damaged frames, and reports the first one that is a defect of the decoders.",
  options: Options.all({
    frames: Options.withDefault(CommandLine.wholeNumber("frames", "how many frames; a million by default"), 1_000_000),
    // the generator mixes 32 bits
    seed: Options.withDefault(CommandLine.wholeNumber("seed", "decides the frames", { min: 0, max: 2 ** 32 - 1 }), 1),
    only: Options.withDefault(
      CommandLine.wholeNumber("only", "the number of one frame", { min: 0, max: 2 ** 32 - 2 }),
      -1
    )
  })
})

if (only >= 0) console.log(frameOf(seed, only).frame.text)
const start = performance.now()
// a million errors are created, and their stacks are not used
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
