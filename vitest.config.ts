import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const here = (path: string) => fileURLToPath(new URL(`./${path}`, import.meta.url))

/** the names of the package, as those who import it write them */
export const alias = [
  { find: /^effect-bitfinex$/, replacement: here("src/index.ts") },
  { find: /^effect-bitfinex\/testing$/, replacement: here("src/testing/index.ts") },
  { find: /^effect-bitfinex\/(.+)$/, replacement: here("src/$1.ts") }
]

/** suites that take long, or start processes and compilers of their own */
const long = [
  "reliability/fuzz/**/*.test.ts",
  "reliability/soak/**/*.test.ts",
  "reliability/faults/invariants.test.ts",
  "reliability/faults/recovery.test.ts",
  "test/examples/**/*.test.ts",
  "test/BitfinexError.deep.test.ts",
  "test/editor.test.ts",
  "test/browser.test.ts",
  "test/package.test.ts",
  "test/BotRuntime.test.ts",
  "test/RestAuthClient/figures.test.ts"
]

// `npm test` runs the project `unit`; `npm run test:all` runs everything in the mode `all`, with all seeds and cases
export default defineConfig(({ mode }) => ({
  resolve: { alias },
  test: {
    // the limit of a test that hangs; on a busy machine some take half a minute
    testTimeout: 60_000,
    env: mode === "all" ? { TEST_RUNS: "all" } : {},
    // by default one core is left idle
    maxWorkers: "100%",
    minWorkers: 1,
    // Vitest reads this here only, for a pool as a whole: `unit` runs in threads, the others in processes of their own.
    poolOptions: { threads: { isolate: false } },
    // the second one fails the run when anything that it prints holds a secret
    reporters: ["default", here("test/support/secretsReporter.ts")],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "reliability/faults/**/*.test.ts"],
          exclude: long,
          setupFiles: ["test/support/testClock.ts", "test/support/properties.ts"],
          // To load the modules took longer than most files take. No test mocks a module, so files can share them.
          pool: "threads"
        }
      },
      { extends: true, test: { name: "long", include: long, setupFiles: ["test/support/properties.ts"] } },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: { enabled: true, only: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.types.json" }
        }
      }
    ]
  }
}))
