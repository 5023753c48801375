/**
 * The size of the package: as it would be published, compiled in a separate folder, and the packages installed
 * with it.
 */
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "./build.ts"

export interface Size {
  /** kB */
  readonly packed: number
  readonly unpacked: number
  readonly files: number
  /** other installed packages without peers, kB each */
  readonly dependencies: ReadonlyArray<{ readonly name: string; readonly size: number }>
}

const manifest = (folder: string): any => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const pack = (): Omit<Size, "dependencies"> => {
  const folder = mkdtempSync(join(tmpdir(), "effect-bitfinex-pack-"))
  try {
    for (const name of ["package.json", "README.md", "LICENSE", ...manifest(root).files]) {
      if (name !== "dist" && existsSync(join(root, name))) {
        cpSync(join(root, name), join(folder, name), { recursive: true })
      }
    }
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const project = ["-p", join(root, "tsconfig.build.json"), "--outDir", join(folder, "dist")]
    execFileSync(process.execPath, [compiler, ...project], { stdio: ["ignore", "inherit", "inherit"] })
    execFileSync(process.execPath, [join(root, "scripts/make-node.mjs"), join(folder, "dist")], {
      stdio: ["ignore", "inherit", "inherit"]
    })
    const text = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
    const [{ entryCount, size, unpackedSize }] = JSON.parse(text)
    return { packed: size / 1000, unpacked: unpackedSize / 1000, files: entryCount }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** kB of a folder's files, without packages inside */
const weigh = (folder: string): number => {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue
    const path = join(folder, entry.name)
    bytes += entry.isDirectory() ? weigh(path) * 1000 : statSync(path).size
  }
  return bytes / 1000
}

/** direct and transitive dependencies of the package, from node_modules */
const installed = (folder: string, found = new Map<string, number>()): Map<string, number> => {
  for (const name of Object.keys(manifest(folder).dependencies ?? {})) {
    if (found.has(name)) continue
    const place = [join(folder, "node_modules", name), join(root, "node_modules", name)].find((path) =>
      existsSync(path)
    )
    if (place === undefined) throw new Error(`${name} is not installed`)
    found.set(name, weigh(place))
    installed(place, found)
  }
  return found
}

export const packageSize = (): Size => ({
  ...pack(),
  dependencies: Array.from(installed(root), ([name, size]) => ({ name, size }))
})
