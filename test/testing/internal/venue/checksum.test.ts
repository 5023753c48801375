import { assert, describe, it } from "@effect/vitest"
import { checksum, checksumText, crc32 } from "../../../../src/testing/internal/venue/checksum.ts"
import { facts } from "../../../support/facts.ts"

describe("checksum", () => {
  it("is CRC-32 as a signed number", () => {
    // the check value of CRC-32/ISO-HDLC
    assert.strictEqual(crc32("123456789"), 0xcbf43926 | 0)
    assert.strictEqual(crc32(""), 0)
  })

  it("covers price and amount of price levels, id and amount of orders, with numbers as JavaScript prints them", () => {
    const prices = { bids: [[7e-7, 4, 1.5]], asks: [[0.0000011, 3, -266.5], [0.00000125, 1, -1e-8]] }
    assert.strictEqual(checksumText(prices.bids, prices.asks), "7e-7:1.5:0.0000011:-266.5:0.00000125:-1e-8")
    assert.strictEqual(checksumText([[1002, 100, 1]], [[1003, 101, -6]]), "1002:1:1003:-6")
  })

  describe("the specification's vectors", () => {
    it("exist", () => {
      assert.isAbove(facts.checksums.length, 15)
    })
    for (const vector of facts.checksums) {
      it(vector.id, () => {
        assert.strictEqual(checksumText(vector.bids, vector.asks), vector.string)
        assert.strictEqual(checksum("tBTCUSD", "P0", vector), vector.crc32Signed)
      })
    }
  })
})
