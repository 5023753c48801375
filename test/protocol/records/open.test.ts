import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Records from "../../../src/Records.ts"

/** a row with all its cells, of which some are replaced */
const row = (length: number, cells: { readonly [index: number]: unknown }): ReadonlyArray<unknown> =>
  Array.from({ length }, (_, index) => index in cells ? cells[index] : null)

describe("words and codes that the venue adds", () => {
  it("a status, a rate type, a funding type or a flag that is new does not hide its row", () => {
    const otc = Records.OtcOrder.decode(
      row(14, { 0: 1, 1: "tBTCUSD", 2: 1, 3: 1, 9: 1, 10: 1, 12: "EXPIRED", 5: 2 })
    )
    assert.deepInclude(Either.getOrThrow(otc), { status: "EXPIRED", initiator: 2 })
    for (const word of ["FRR", "A NEW WORD"]) {
      const loan = row(21, { 0: 1, 1: "fUSD", 2: 2, 3: 1, 4: 1, 5: 1, 7: "ACTIVE", 8: word, 11: 0.1, 12: 2 })
      assert.deepInclude(Either.getOrThrow(Records.FundingLoan.decode(loan)), { rateType: word, side: 2 })
      assert.deepInclude(Either.getOrThrow(Records.FundingCredit.decode(loan)), { rateType: word, side: 2 })
    }
    const position = Records.Position.decode(row(20, { 0: "tBTCUSD", 1: "ACTIVE", 2: 1, 3: 1, 5: 2, 15: 3 }))
    assert.deepInclude(Either.getOrThrow(position), { marginFundingType: 2, type: 3 })
  })

  it("leaves no closed list in a record, but for the words that say which kind of row it is", () => {
    const closed = Object.values(Records).flatMap((layout) =>
      typeof layout === "object" && "fields" in layout
        ? Object.values(layout.fields).flatMap(([, field]) => /oneOf/.test(field.kind) ? [field.expected] : [])
        : []
    )
    for (const expected of closed) {
      assert.match(expected, /^one of ("(sym|auth|base|error|info|ERR_RATE_LIMIT)"|0)( or null)?$/)
    }
  })
})
