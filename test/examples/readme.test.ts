import { assert, describe, it } from "@effect/vitest"
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
