import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-bitfinex$/, replacement: src("index.ts") },
      { find: /^effect-bitfinex\/testing$/, replacement: src("testing/index.ts") },
      { find: /^effect-bitfinex\/(.+)$/, replacement: src("$1.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts", "reliability/**/*.test.ts"],
    testTimeout: 20_000,
    // by default one core is left idle; half of the suite's time is long files that run side by side
    maxWorkers: "100%",
    minWorkers: 1,
    // the second one fails the run when anything that it prints holds a secret
    reporters: ["default", fileURLToPath(new URL("./test/support/secretsReporter.ts", import.meta.url))]
  }
})
