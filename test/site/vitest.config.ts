import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** `npm run test:site` builds the site and reads it in a browser. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: { include: ["test/site/*.site.ts"], testTimeout: 240_000, hookTimeout: 60_000 }
})
