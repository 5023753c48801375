import { assert, describe, it } from "@effect/vitest"
import * as InstallCommands from "../../scripts/installCommands.ts"

const markdown = (...lines: ReadonlyArray<string>) => lines.join("\n")

describe("install commands of a document", () => {
  it("are those of shell blocks and code spans, with line, packages and --save-dev", () => {
    const text = markdown(
      "# Title",
      "Use `npm i -D vitest@3`, or the package `npm`.",
      "```sh",
      "npm ci && npm run demo",
      "npm install effect-bitfinex effect@3 @effect/platform@0.97 # pinned",
      "```",
      "```ts",
      "// npm install nothing",
      "```"
    )
    assert.deepStrictEqual(
      InstallCommands.commandsOf(text).map((command) => [
        command.line,
        command._tag === "Install" ? command.packages : command.reason,
        command._tag === "Install" && command.isDev
      ]),
      [
        [5, ["effect-bitfinex", "effect@3", "@effect/platform@0.97"], false],
        [2, ["vitest@3"], true]
      ]
    )
  })

  it("that the check cannot run are reported, not skipped", () => {
    for (
      const [command, reason] of [
        ["yarn add effect-bitfinex", "yarn add"],
        ["pnpm i effect-bitfinex", "pnpm i"],
        ["bun add effect-bitfinex", "bun add"],
        ["npm update effect", "npm update"],
        ["npm install --legacy-peer-deps effect", "--legacy-peer-deps"],
        ["npm install", "names no package"],
        ["npm install effect-bitfinex \\", "on one line"]
      ] as const
    ) {
      const [found, ...rest] = InstallCommands.commandsOf(markdown("```sh", command, "```"))
      assert.lengthOf(rest, 0)
      assert.include(found?._tag === "Unknown" ? found.reason : "understood", reason)
    }
  })
})
