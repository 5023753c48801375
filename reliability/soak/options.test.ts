import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Options from "./options.ts"

const parse = (...args: ReadonlyArray<string>) => Options.parse(args)
const refused = (...args: ReadonlyArray<string>) => Either.getOrThrow(Either.flip(parse(...args)))

describe("soak: what is asked for", () => {
  it("without arguments, five real minutes with 400 lost connections", () => {
    assert.deepStrictEqual(Either.getOrThrow(parse()), {
      seed: 1,
      reconnects: 400,
      json: undefined,
      plant: undefined,
      mode: { _tag: "real", millis: 300_000, frames: 0 }
    })
  })

  it("a simulated day loses more than a thousand", () => {
    const { mode, reconnects } = Either.getOrThrow(parse("--simulated", "1d"))
    assert.deepStrictEqual(mode, { _tag: "simulated", millis: 86_400_000 })
    assert.strictEqual(reconnects, 1152)
  })

  it("everything by name", () => {
    const { json, mode, plant, reconnects, seed } = Either.getOrThrow(
      parse(
        "--minutes",
        "0.5",
        "--frames",
        "1e7",
        "--seed",
        "7",
        "--reconnects",
        "9",
        "--json",
        "a",
        "--plant",
        "fiber"
      )
    )
    assert.deepStrictEqual([json, plant, reconnects, seed], ["a", "fiber", 9, 7])
    assert.deepStrictEqual(mode, { _tag: "real", millis: 30_000, frames: 10_000_000 })
  })

  it("refuses what makes no sense, and says why", () => {
    assert.match(refused("--seed", "x"), /--seed x: give a number/)
    assert.match(refused("--seed", "1.5"), /no whole number/)
    assert.match(refused("--minutes", "0"), /--minutes 0: give a number above 0/)
    assert.match(refused("--frames", "-3"), /frames/)
    assert.match(refused("--reconnects", "none"), /--reconnects none/)
    assert.match(refused("--simulated", "1 day"), /such as 30m, 6h or 1d/)
    assert.match(refused("--simulated", "0h"), /such as 30m/)
    assert.match(refused("--simulated", "1h", "--minutes", "2"), /either --simulated, or/)
    assert.match(refused("--plant", "tree"), /there is no leak tree to plant; there are listener, /)
    assert.match(refused("--fast"), /--fast/)
  })
})
