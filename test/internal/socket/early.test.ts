import { assert, describe, it } from "@effect/vitest"
import { Early } from "../../../src/internal/socket/early.ts"

describe("frames under an id that no acknowledgement has named", () => {
  it("wait for it, up to a thousand; with one more, one channel is incomplete, and the others are not", () => {
    const early = new Early()
    early.add(8, [8, [1]])
    for (let k = 0; k < 999; k++) early.add(7, [7, [k]])
    early.add(7, [7, [999]])
    // none of its frames wait any longer, so there is room again
    early.add(7, [7, [1000]])
    early.add(9, [9, [1]])
    assert.isUndefined(early.claim(7, "trades|tBTCUSD"))
    assert.deepStrictEqual(early.claim(8, "trades|tETHUSD"), [[8, [1]]])
    assert.deepStrictEqual(early.claim(9, "trades|tLTCUSD"), [[9, [1]]])
  })
  it("a thousand of them are delivered", () => {
    const early = new Early()
    for (let k = 0; k < 1000; k++) early.add(7, [7, [k]])
    assert.lengthOf(early.claim(7, "trades|tBTCUSD")!, 1000)
  })
  it("unknown ids are reported once each, a thousand in an epoch", () => {
    const early = new Early()
    assert.isFalse(early.isReported(7))
    assert.isTrue(early.isReported(7))
    for (let id = 100; id < 1099; id++) assert.isFalse(early.isReported(id))
    assert.isTrue(early.isReported(5000))
    early.forget()
    assert.isFalse(early.isReported(7))
  })
})
