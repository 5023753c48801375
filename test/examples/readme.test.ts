import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const read = (path: string) => fs.readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8")

describe("README", () => {
  it("shows the test of a bot that is run here, of less than 50 lines", () => {
    const test = read("testYourBot.test.ts")
    assert.isBelow(test.trimEnd().split("\n").length, 50)
    assert.include(read("../../README.md"), `\`\`\`ts\n${test}\`\`\``)
  })
})
