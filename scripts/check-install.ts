/**
 * Runs the install commands of the documents as a reader would, in an empty folder each, with the package of this clone in
 * place of its name, and uses what they installed:
 *
 * - a command that names `effect-bitfinex` begins a new folder; all public modules are imported there;
 * - a command without it goes on in the folder of the one before, as a reader of the same document would; if it brings
 *   `vitest`, the tests of all documents are run there;
 * - a command that an earlier document has as well is not run again.
 *
 * It needs the registry and takes a minute or two: `npm run install:check`.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { documents, read, root } from "./documents.ts"
import * as InstallCommands from "./installCommands.ts"

const { files, name, version } = JSON.parse(read("package.json"))
const temp = fs.mkdtempSync(path.join(os.tmpdir(), "effect-bitfinex-install-"))
process.on("exit", () => fs.rmSync(temp, { recursive: true, force: true }))

const run = (folder: string, command: string, ...args: ReadonlyArray<string>): string =>
  execFileSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    timeout: 300_000,
    stdio: ["ignore", "pipe", "pipe"],
    // npm is a script on Windows
    shell: process.platform === "win32"
  })

/** the tarball of this clone, built in a copy, so that a dist folder in use stays as it is */
const pack = (): string => {
  const copy = path.join(temp, "clone")
  const configs = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts/make-node.mjs"]
  for (const file of [...configs, ...files, "README.md", "LICENSE"]) {
    if (file === "dist") continue
    fs.cpSync(path.join(root, file), path.join(copy, file), { recursive: true })
  }
  fs.symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"), "junction")
  run(copy, "npm", "pack", "--pack-destination", temp)
  return path.join(temp, `${name}-${version}.tgz`)
}

const importAll = (folder: string): void => {
  const dist = path.join(folder, "node_modules", name, "dist")
  const modules = fs.readdirSync(dist, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => file.endsWith(".js") && !/(^|\/)internal\/|^protocol\/records\/|^node\/|^indexWeb\./.test(file))
    .map((file) => path.posix.join(name, file.replace(/(^|\/)index\.js$/, "").replace(/\.js$/, "")))
  fs.writeFileSync(
    path.join(folder, "import.js"),
    modules.map((module) => `import ${JSON.stringify(module)}\n`).join("")
  )
  run(folder, process.execPath, "import.js")
  console.log(`      ${modules.length} modules imported`)
}

/** the ts blocks of a document that are tests */
const testsOf = (markdown: string): ReadonlyArray<string> =>
  [...markdown.matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map((block) => block[1] ?? "")
    .filter((code) => code.includes(`from "@effect/vitest"`))

const testAll = (folder: string): void => {
  const tests = [...new Set(documents.flatMap((document) => testsOf(read(document))))]
  if (tests.length === 0) throw new Error("no document has a test")
  tests.forEach((code, index) => {
    fs.writeFileSync(path.join(folder, `document${index}.test.ts`), code)
    // a recording that a test of the document reads
    for (const [file] of code.matchAll(/\bexamples\/[\w./-]+/g)) {
      fs.cpSync(path.join(root, file), path.join(folder, file), { recursive: true })
    }
  })
  // the default of Vitest, 5 seconds, is little on a busy machine
  run(folder, path.join(folder, "node_modules", ".bin", "vitest"), "run", "--testTimeout=60000", "--hookTimeout=60000")
  console.log(`      ${tests.length} files of tests pass`)
}

const tarball = pack()
let commands = 0
let failed = 0

// the README is the first one
const inOrder = [...documents].sort((a, b) => Number(b === "README.md") - Number(a === "README.md"))
const done = new Set<string>()
for (const document of inOrder) {
  let folder: string | undefined
  for (const command of InstallCommands.commandsOf(read(document))) {
    if (done.has(command.text)) continue
    done.add(command.text)
    commands++
    try {
      if (command._tag === "Unknown") throw new Error(command.reason)
      const isOurs = command.packages.some((each) => each === name || each.startsWith(`${name}@`))
      if (isOurs || folder === undefined) {
        folder = path.join(temp, `project${commands}`)
        fs.mkdirSync(folder)
        fs.writeFileSync(path.join(folder, "package.json"), `{ "private": true, "type": "module" }`)
      }
      const packages = command.packages.map((each) => each === name || each.startsWith(`${name}@`) ? tarball : each)
      run(folder, "npm", "install", ...command.isDev ? ["--save-dev"] : [], ...packages)
      console.log(`ok    ${document}:${command.line}: ${command.text}`)
      if (isOurs) importAll(folder)
      if (command.packages.some((each) => /^vitest(@|$)/.test(each))) testAll(folder)
    } catch (error) {
      failed++
      const { message, stderr = "", stdout = "" } = error as { message: string; stderr?: string; stdout?: string }
      console.error(`FAIL  ${document}:${command.line}: ${command.text}: ${message}\n${stdout}${stderr}`)
    }
  }
}

if (commands === 0) console.error("no document has an install command")
console.log(`${commands} install commands, ${failed} failed`)
process.exitCode = commands > 0 && failed === 0 ? 0 : 1
