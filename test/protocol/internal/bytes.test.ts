import { assert, describe, it } from "@effect/vitest"
import { read } from "../../../src/protocol/internal/bytes.ts"

const readText = (text: string): unknown => read(Buffer.from(text))

describe("frames read from their bytes", () => {
  it("arrays and objects of numbers, nulls and plain strings are read as JSON.parse reads them", () => {
    for (
      const text of [
        "[]",
        "[266343,\"hb\",15]",
        "[266343,\"te\",[401597395,1574694478808,-0.005,7245.3],13]",
        "[266343,[7616.5,31.89055171,null,43.358118629999986,-550.8,7e-7,1E+3,0.1e-400,-0,-0.0],12]",
        "[0,\"ou\",[1,null,\"tBTCUSD\",\"EXCHANGE LIMIT\",\"\",\"a text that is longer than the words that are kept\"],3,2]",
        "[0,\"wu\",[{},{\"reason\":\"TRADE\",\"7\":-0,\"a\":{\"b\":[{}]},\"a\":null,\"\":\"}\"}],3,2]",
        "[1,[[],[[]],[[[[[0]]]]]]]",
        "[999999999999999,9999999999999999,-123456789012345678901234567890,0.000000000000001,0.12345678901234567]"
      ]
    ) assert.deepStrictEqual(readText(text), JSON.parse(text), text)
    assert.isTrue(Object.is((readText("[-0]") as ReadonlyArray<number>)[0], -0))
  })

  it("all else is left to JSON.parse, which decides about errors", () => {
    for (
      const text of [
        "",
        "{\"event\":\"info\"}",
        "[1",
        "[1]]",
        "[1] ",
        " [1]",
        "[1, 2]",
        "[1,]",
        "[,1]",
        "[01]",
        "[-]",
        "[.5]",
        "[1.]",
        "[1e]",
        "[1e+]",
        "[+1]",
        "[true]",
        "[nul]",
        "[\"é\"]",
        "[\"a\\n\"]",
        "[\"a\nb\"]",
        "[\"a]",
        "[{\"__proto__\":1}]",
        "[{\"constructor\":1}]",
        "[{\"a\":1,}]",
        "[{\"a\"}]",
        "[{\"a\" :1}]",
        "[{\"é\":1}]",
        "[{\"a\":1]",
        "[{a:1}]",
        "[".repeat(100_000) + "]".repeat(100_000)
      ]
    ) assert.isUndefined(readText(text), text.slice(0, 100))
  })

  it("repeated words are the text that was sent, whatever preceded them", () => {
    // Aa and BB have the same hash
    assert.deepStrictEqual(readText("[\"Aa\",\"BB\",\"Aa\",\"AaAa\",\"BBBB\",\"AaBB\"]"), [
      "Aa",
      "BB",
      "Aa",
      "AaAa",
      "BBBB",
      "AaBB"
    ])
  })
})
