import { assert, describe, it } from "@effect/vitest"
import * as Node from "../../src/internal/platform/digest.ts"
import * as Web from "../../src/internal/platform/digestWeb.ts"

describe("hashes of Node and of browsers", () => {
  for (const secret of ["", "secret", "ключ ✓ 🔑", "k".repeat(127), "k".repeat(128), "k".repeat(500)]) {
    it(`are the same: a secret of ${secret.length} characters`, () => {
      for (const text of ["", "AUTH1700000000000000", "/api/v2/auth/r/wallets1{}", "é✓🔑\u0000", "x".repeat(5000)]) {
        assert.strictEqual(Web.hmacSha384(secret, text), Node.hmacSha384(secret, text))
        assert.strictEqual(Web.sha256(secret + text), Node.sha256(secret + text))
      }
    })
  }

  it("are those of RFC 4231 and FIPS 180", () => {
    assert.strictEqual(
      Web.hmacSha384("Jefe", "what do ya want for nothing?"),
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
    )
    assert.strictEqual(Web.sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })
})
