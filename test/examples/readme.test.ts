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
      ["docs/guide/testing.md", "testMocks"],
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

describe("documents and examples: code that may be copied", () => {
  const root = new URL("../../", import.meta.url)
  const files = ["docs/", "examples/"].flatMap((folder) =>
    fs.readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" }).map((file) => `${folder}${file}`)
  )
  const texts = ["README.md", ...files].filter((file) => /\.(md|ts)$/.test(file) && !file.includes("node_modules"))

  it("no Stream.runFold or sink that folds: in Effect 3 they recurse once per element of a chunk", () => {
    const code = /\bStream\.runFold(While)?\(|\bSink\.(fold|foldLeft|foldUntil|some|every)\(/
    assert.deepStrictEqual(texts.filter((file) => code.test(fs.readFileSync(new URL(file, root), "utf8"))), [])
  })
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
