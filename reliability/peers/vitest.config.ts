import { fileURLToPath } from "node:url"
import { defineConfig, mergeConfig } from "vitest/config"
import base from "../../vitest.config.ts"

export default mergeConfig(
  { resolve: base.resolve },
  defineConfig({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    test: { include: ["reliability/peers/*.peer.ts"], testTimeout: 60_000, fileParallelism: false }
  })
)
