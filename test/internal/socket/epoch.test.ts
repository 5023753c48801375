import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Epoch from "../../../src/internal/socket/epoch.ts"

describe("the bytes of a frame", () => {
  it("are those of its text in UTF-8, whatever it holds", () => {
    const utf8 = new TextEncoder()
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
        const frame = JSON.stringify([0, "n", null, { text: `ä€\u{1f600}\ud800x\udc00${text}` }])
        assert.strictEqual(Epoch.bytesOf(frame), utf8.encode(frame).length)
      }),
      { numRuns: 500 }
    )
  })
})
