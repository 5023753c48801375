import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

/** Each clone installs from the registry that its user has set. */
describe("lock files", () => {
  for (const folder of ["", "docs/", "reliability/peers/", "reliability/runtimes/"]) {
    it(`${folder}package-lock.json has an integrity for each package, and no address to download it from`, () => {
      const file = fileURLToPath(new URL(`../../${folder}package-lock.json`, import.meta.url))
      const packages: { readonly [path: string]: { readonly resolved?: string; readonly integrity?: string } } =
        JSON.parse(fs.readFileSync(file, "utf8")).packages
      const entries = Object.entries(packages).filter(([path]) => path !== "")
      assert.isNotEmpty(entries)
      assert.deepStrictEqual(entries.filter(([, { resolved }]) => resolved !== undefined), [])
      assert.deepStrictEqual(entries.filter(([, { integrity }]) => integrity === undefined), [])
    })
  }
})
