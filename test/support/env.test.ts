import { assert, describe, it } from "@effect/vitest"
import * as Env from "./env.ts"

describe("seeds and counts from the environment", () => {
  it("are positive integers, or refused by name", () => {
    const name = "SOME_SEEDS"
    const given = (text: string) => {
      process.env[name] = text
      try {
        return Env.whole(name, 3)
      } finally {
        delete process.env[name]
      }
    }
    assert.strictEqual(Env.whole(name, 3), 3)
    assert.deepStrictEqual(["7", "10000", ""].map(given), [7, 10_000, 3])
    for (const text of ["x", "0", "-1", "1.5", "1e3", "NaN", " 7"]) assert.throws(() => given(text), /SOME_SEEDS=/)
  })

  it("are those of the variable, and else the few or the many that the run asks for", () => {
    const name = "SOME_RUNS"
    const many = process.env["TEST_RUNS"] === "all"
    assert.strictEqual(Env.runs(2, 20, name), many ? 20 : 2)
    process.env[name] = "7"
    assert.strictEqual(Env.runs(2, 20, name), 7)
    delete process.env[name]
  })

  it("are those of the variable, and else the few or the many that the run asks for", () => {
    const name = "SOME_RUNS"
    const many = process.env["TEST_RUNS"] === "all"
    assert.strictEqual(Env.runs(2, 20, name), many ? 20 : 2)
    process.env[name] = "7"
    try {
      assert.strictEqual(Env.runs(2, 20, name), 7)
    } finally {
      delete process.env[name]
    }
  })
})
