import { assert, describe, it } from "@effect/vitest"
import * as HashMap from "effect/HashMap"
import { inspect } from "node:util"
import { Rows } from "../../../src/internal/state/rows.ts"

describe("rows of a view", () => {
  const pairs: ReadonlyArray<readonly [number, string]> = Array.from({ length: 100 }, (_, k) => [k * 7, `row ${k}`])
  const map: ReadonlyMap<number, string> = new Map(pairs)
  const rows: ReadonlyMap<number, string> = new Rows(HashMap.fromIterable(pairs))

  it("are read as a Map is", () => {
    assert.strictEqual(rows.size, 100)
    assert.strictEqual(rows.get(14), "row 2")
    assert.isUndefined(rows.get(15))
    assert.isTrue(rows.has(0))
    assert.isFalse(rows.has(-1))
    assert.deepStrictEqual(new Map(rows), map)
    assert.deepStrictEqual(new Map(rows.entries()), map)
    assert.deepStrictEqual(new Set(rows.keys()), new Set(map.keys()))
    assert.deepStrictEqual(new Set(rows.values()), new Set(map.values()))
    const seen = new Map<number, string>()
    rows.forEach(function(this: unknown, row, key, of) {
      assert.strictEqual(this, seen)
      assert.strictEqual(of, rows)
      seen.set(key, row)
    }, seen)
    assert.deepStrictEqual(seen, map)
  })

  it("are logged with their content", () => {
    const one = new Rows(HashMap.make([1, "a"]))
    assert.strictEqual(inspect(one), "Map(1) { 1 => 'a' }")
    assert.strictEqual(JSON.stringify(one), "[[1,\"a\"]]")
  })
})
