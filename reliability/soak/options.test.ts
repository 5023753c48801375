import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CommandLine from "../../test/support/commandLine.ts"
import * as Options from "./options.ts"

const parse = (...args: ReadonlyArray<string>) => CommandLine.parse(Options.definition, ...args)

describe("soak: options", () => {
  it.effect("without arguments, five real minutes with 1,000 lost connections", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* parse(), {
        seed: 1,
        reconnects: 1000,
        json: undefined,
        plant: undefined,
        mode: { _tag: "real", millis: 300_000, frames: 0 }
      })
    }))

  it.effect("a simulated day loses more than a thousand", () =>
    Effect.gen(function*() {
      const { mode, reconnects } = yield* parse("--simulated", "1d")
      assert.deepStrictEqual(mode, { _tag: "simulated", millis: 86_400_000 })
      assert.strictEqual(reconnects, 1152)
    }))

  it.effect("all options by name", () =>
    Effect.gen(function*() {
      const args = "--minutes 0.5 --frames 1e7 --seed 7 --reconnects 9 --json a --plant fiber"
      const { json, mode, plant, reconnects, seed } = yield* parse(...args.split(" "))
      assert.deepStrictEqual([json, plant, reconnects, seed], ["a", "fiber", 9, 7])
      assert.deepStrictEqual(mode, { _tag: "real", millis: 30_000, frames: 10_000_000 })
    }))

  it.effect("refuses invalid options with a reason", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<readonly [args: ReadonlyArray<string>, text: string]> = [
        [["--seed", "x"], "--seed x: give a whole number"],
        [["--seed", "1.5"], "--seed 1.5: give a whole number"],
        [["--minutes", "0"], "--minutes 0: give a number above 0"],
        [["--frames", "-3"], "--frames -3: give a whole number"],
        [["--reconnects", "none"], "--reconnects none: give a whole number from 1 to 1000000"],
        [["--simulated", "1 day"], "--simulated 1 day: give a time such as 30m, 6h or 1d"],
        [["--simulated", "0h"], "--simulated 0h: give a time such as 30m"],
        [["--simulated", "1h", "--minutes", "2"], "give either --simulated, or --minutes and --frames"],
        [["--plant", "tree"], "--plant tree: there is no such leak; there are listener, "],
        [["--json"], "--json: give a value"],
        [["--fast"], "--fast"]
      ]
      for (const [args, text] of refused) {
        assert.include(yield* CommandLine.refusal(Options.definition, ...args), text)
      }
    }))
})
