import { assert, describe, it } from "@effect/vitest"
import { Ended } from "../../../src/internal/stream/ended.ts"

interface Row {
  readonly id: number | null
  readonly at?: number | null
}

const setup = (hasTimes = false) => {
  const now = { at: 0 }
  const updated = hasTimes ? { updated: ({ at }: Row) => at ?? null } : {}
  return { now, ended: new Ended<Row>({ id: ({ id }) => id, ...updated }, () => now.at) }
}

describe("objects that have ended", () => {
  it("are remembered for ten minutes", () => {
    const { ended, now } = setup()
    ended.add({ id: 1 })
    now.at = 599_999
    assert.isTrue(ended.has({ id: 1 }))
    assert.isFalse(ended.has({ id: 2 }))
    now.at = 600_000
    assert.isFalse(ended.has({ id: 1 }))
    // and take no room when there are more
    for (let id = 2; id <= 1025; id++) ended.add({ id })
    assert.strictEqual(ended.ids().length, 1024)
  })

  it("are the newest 10,000 at least, and 20,000 at most", () => {
    const { ended } = setup()
    const lengths: Array<number> = []
    for (let id = 0; id < 50_000; id++) {
      ended.add({ id })
      // to list them all takes seconds, so each fiftieth length is looked at
      if (id >= 10_000 && id % 50 === 0) lengths.push(ended.ids().length)
    }
    const [most, least] = [Math.max(...lengths), Math.min(...lengths)]
    assert.isTrue(most <= 20_000 && most > 19_950, String(most))
    assert.isTrue(least >= 10_000 && least < 10_050, String(least))
    assert.isTrue(ended.has({ id: 40_000 }))
    assert.isFalse(ended.has({ id: 29_000 }))
  })

  it("where ends are not final, a row that was changed after the end shows its object again", () => {
    const { ended } = setup(true)
    ended.add({ id: 1, at: 5 })
    ended.add({ id: 2, at: null })
    // when it ended is not known
    ended.addId(3)
    assert.deepStrictEqual(
      [{ id: 1, at: 5 }, { id: 1, at: 6 }, { id: 1, at: null }, { id: 2, at: 9 }, { id: 3, at: 1 }].map((row) =>
        ended.has(row)
      ),
      [true, false, true, true, false]
    )
  })

  it("rows that do not name their object are never late", () => {
    const { ended } = setup()
    ended.add({ id: null })
    assert.isFalse(ended.has({ id: null }))
    assert.isFalse(ended.isOther({ id: null }, { id: 1 }))
  })
})
