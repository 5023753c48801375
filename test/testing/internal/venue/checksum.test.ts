import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import type { Row } from "../../../../src/testing/internal/market/rows.ts"
import { checksum, checksumText, crc32 } from "../../../../src/testing/internal/venue/checksum.ts"

const file = new URL("../../../../../shared/spec/checksum-vectors.json", import.meta.url)
const hasVectors = fs.existsSync(file)

interface Vector {
  readonly id: string
  readonly bids: ReadonlyArray<Row>
  readonly asks: ReadonlyArray<Row>
  readonly string: string
  readonly crc32Signed: number
}

describe("checksum", () => {
  it("is CRC-32 as a signed number", () => {
    // the check value of CRC-32/ISO-HDLC
    assert.strictEqual(crc32("123456789"), 0xcbf43926 | 0)
    assert.strictEqual(crc32(""), 0)
  })

  it("takes price and amount of prices, id and amount of orders, numbers as JavaScript prints them", () => {
    const prices = { bids: [[7e-7, 4, 1.5]], asks: [[0.0000011, 3, -266.5], [0.00000125, 1, -1e-8]] }
    assert.strictEqual(checksumText(prices.bids, prices.asks), "7e-7:1.5:0.0000011:-266.5:0.00000125:-1e-8")
    assert.strictEqual(checksumText([[1002, 100, 1]], [[1003, 101, -6]]), "1002:1:1003:-6")
  })

  describe(`the specification's vectors${hasVectors ? "" : " (skipped: not in this checkout)"}`, () => {
    const vectors: ReadonlyArray<Vector> = hasVectors ? JSON.parse(fs.readFileSync(file, "utf8")) : []
    it.skipIf(!hasVectors)("are there", () => {
      assert.isAbove(vectors.length, 15)
    })
    for (const vector of vectors) {
      it(vector.id, () => {
        assert.strictEqual(checksumText(vector.bids, vector.asks), vector.string)
        assert.strictEqual(checksum("tBTCUSD", "P0", vector), vector.crc32Signed)
      })
    }
  })
})
