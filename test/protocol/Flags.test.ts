import { assert, describe, it } from "@effect/vitest"
import * as Flags from "../../src/protocol/Flags.ts"

describe("flags", () => {
  it("of an order are those of the manual", () => {
    const sent = (flags: Flags.Named<typeof Flags.order>) => Flags.toNumber(Flags.order, flags)
    assert.strictEqual(sent({}), 0)
    assert.strictEqual(sent({ hidden: true, postOnly: true }), 4160)
    assert.strictEqual(sent({ close: true }) + sent({ reduceOnly: true }) + sent({ oco: true }), 512 + 1024 + 16384)
    assert.strictEqual(sent({ noVarRates: true, hidden: false }), 524288)
    assert.strictEqual(Flags.toNumber(Flags.offer, { hidden: true }), 64)
  })
  it("come back by name, without the bits that have none", () => {
    assert.deepStrictEqual(Flags.fromNumber(Flags.order, 4160 + 1), {
      hidden: true,
      close: false,
      reduceOnly: false,
      postOnly: true,
      oco: false,
      noVarRates: false
    })
    assert.isTrue(Flags.fromNumber(Flags.connection, 536870912 + 32768).bulk)
  })
})

describe("the flags of a known order", () => {
  it("are those of its row, and post-only where only `meta` shows it", () => {
    const known = { flags: 64 + 1024, meta: null }
    assert.strictEqual(Flags.toNumber(Flags.order, Flags.ofOrder(known)), 64 + 1024)
    for (const meta of [{ $F7: 1 }, { "_$F7": 1 }]) {
      assert.strictEqual(Flags.toNumber(Flags.order, Flags.ofOrder({ flags: 0, hidden: 1, meta })), 4096 + 64)
    }
    assert.strictEqual(Flags.toNumber(Flags.order, Flags.ofOrder({ flags: null, meta: { $F7: 0 } })), 0)
  })
})
