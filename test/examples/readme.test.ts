import { assert, describe, it } from "@effect/vitest"
import * as Fault from "effect-bitfinex/testing/Fault"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const read = (path: string) => fs.readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8")

describe("README: its tests are those that run here, of less than 50 lines each", () => {
  for (const name of ["testYourBot", "testLostConnection", "testLostAnswer", "testOnRecording"]) {
    it(name, () => {
      const test = read(`${name}.test.ts`)
      assert.isBelow(test.trimEnd().split("\n").length, 50)
      assert.include(read("../../README.md"), `\`\`\`ts\n${test}\`\`\``)
    })
  }
})

describe("README: its table of faults", () => {
  it("has every fault and every reply of HttpFault", () => {
    const [, table = ""] = /### Faults\n([\s\S]*?)\n### /.exec(read("../../README.md")) ?? []
    const tags = [...Fault.Fault.members, ...Fault.HttpReply.members].map(({ fields }) => fields._tag.ast)
    const names = tags.flatMap((ast) => "type" in ast && ast.type._tag === "Literal" ? [String(ast.type.literal)] : [])
    assert.isAbove(names.length, 40)
    assert.deepStrictEqual(names.filter((name) => !table.includes(`\`${name}\``)), [])
  })
})
