import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { alias } from "../../vitest.config.ts"

export default defineConfig({
  resolve: { alias },
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["reliability/runtimes/*.runtime.ts"],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    fileParallelism: false
  }
})
