import { assert, describe, it } from "@effect/vitest"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const read = (path: string) => fs.readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8")

describe("documents: their tests are those that run here, of less than 50 lines each", () => {
  for (
    const [document, name] of [
      ["README.md", "testLostConnection"],
      ["docs/guide/testing.md", "testYourBot"],
      ["docs/guide/testing.md", "testLostConnection"],
      ["docs/guide/testing.md", "testLostAnswer"],
      ["docs/guide/recording.md", "testOnRecording"]
    ] as const
  ) {
    it(`${document}: ${name}`, () => {
      const test = read(`${name}.test.ts`)
      assert.isBelow(test.trimEnd().split("\n").length, 50)
      assert.include(read(`../../${document}`), `\`\`\`ts\n${test}\`\`\``)
    })
  }
})

describe("README", () => {
  it("has at most 200 lines", () => assert.isAtMost(read("../../README.md").trimEnd().split("\n").length, 200))
})

describe("guide to faults: its table", () => {
  it("has every fault and every reply of HttpFault", () => {
    const table = read("../../docs/guide/faults.md")
    const tags = [...Fault.Fault.members, ...Fault.HttpReply.members].map(({ fields }) => fields._tag.ast)
    const names = tags.flatMap((ast) => "type" in ast && ast.type._tag === "Literal" ? [String(ast.type.literal)] : [])
    assert.isAbove(names.length, 40)
    assert.deepStrictEqual(names.filter((name) => !table.includes(`\`${name}\``)), [])
  })
})
