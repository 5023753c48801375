/**
 * Compiles src and bench to JavaScript in a separate folder: loaders, their threads and source maps cost CPU, so
 * nothing that is measured runs through them.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** The folder that holds `src` and `bench` as JavaScript; it is removed with the process. */
export const build = (): string => {
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.json"), {
    sourceMap: false,
    declaration: false,
    declarationMap: false
  }, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} })
  if (config === undefined) throw new Error("tsconfig.json cannot be read")
  const out = mkdtempSync(join(tmpdir(), "effect-bitfinex-bench-"))
  process.on("exit", () => rmSync(out, { recursive: true, force: true }))
  symlinkSync(join(root, "node_modules"), join(out, "node_modules"), "junction")
  mkdirSync(join(out, "reliability"))
  symlinkSync(join(root, "reliability/peers"), join(out, "reliability/peers"), "junction")
  writeFileSync(join(out, "package.json"), `{ "type": "module" }`)
  for (const folder of ["src", "bench"]) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!entry.endsWith(".ts") || entry.includes("node_modules")) continue
      const path = join(folder, entry)
      const { outputText } = ts.transpileModule(readFileSync(join(root, path), "utf8"), {
        compilerOptions: { ...config.options, module: ts.ModuleKind.ESNext },
        fileName: path
      })
      mkdirSync(dirname(join(out, path)), { recursive: true })
      writeFileSync(join(out, path.replace(/ts$/, "js")), outputText)
    }
  }
  return out
}
