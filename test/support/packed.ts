import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const root = fileURLToPath(new URL("../../", import.meta.url))

export const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

export const run = promisify(execFile)

/** A folder of its own with the package as its users get it: built, packed, and unpacked among its dependencies. */
export interface Project {
  readonly folder: string
  /** the package in it */
  readonly installed: string
  /** makes a package of this repository one of the project */
  readonly link: (name: string) => void
  /** writes a file, and returns its path */
  readonly write: (file: string, text: string) => string
  readonly remove: () => void
}

export const make = async (): Promise<Project> => {
  const temp = fs.mkdtempSync(path.join(os.tmpdir(), "effect-bitfinex-"))
  const folder = path.join(temp, "project")
  const installed = path.join(folder, "node_modules", "effect-bitfinex")
  const link = (name: string): void => {
    const at = path.join(folder, "node_modules", name)
    fs.mkdirSync(path.dirname(at), { recursive: true })
    fs.symlinkSync(path.join(root, "node_modules", name), at)
  }
  const write = (file: string, text: string): string => {
    const at = path.join(folder, file)
    fs.writeFileSync(at, text)
    return at
  }

  // built in a copy, so that a dist folder in use is not changed
  const checkout = path.join(temp, "checkout")
  fs.mkdirSync(checkout)
  const configs = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts/make-node.mjs"]
  for (const name of [...configs, ...manifest.files, "README.md", "LICENSE"]) {
    if (name === "dist") continue
    fs.cpSync(path.join(root, name), path.join(checkout, name), { recursive: true })
  }
  fs.symlinkSync(path.join(root, "node_modules"), path.join(checkout, "node_modules"))
  await run("npm", ["pack", "--pack-destination", temp], { cwd: checkout }).catch((error) => {
    // tsc writes its errors to stdout
    throw new Error(`npm pack failed:\n${error.stdout}`)
  })

  fs.mkdirSync(installed, { recursive: true })
  const tarball = path.join(temp, `${manifest.name}-${manifest.version}.tgz`)
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"])

  // only the declared dependencies: any other dependency is a mistake
  Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).forEach(link)
  write("package.json", `{ "name": "project", "private": true, "type": "module" }`)
  return { folder, installed, link, write, remove: () => fs.rmSync(temp, { recursive: true, force: true }) }
}
