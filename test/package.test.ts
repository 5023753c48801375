import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import ts from "typescript"

/** The package as its users get it: packed, unpacked into a separate project, compiled against and run. */

const root = fileURLToPath(new URL("../", import.meta.url))
const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

const sources = fs.readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort()

const specifierOf = (module: string): string => path.posix.join("effect-bitfinex", module.replace(/(^|\/)index$/, ""))
/** Records have one address, `effect-bitfinex/Records`; modules in a folder `internal` have no address. */
const isInternal = (module: string): boolean => /(^|\/)internal\/|^protocol\/records\//.test(module)
const specifiers = sources.filter((module) => !isInternal(module)).map(specifierOf)
const internals = [...new Set(["internal/frame", ...sources.filter(isInternal)])].map(specifierOf)

const run = promisify(execFile)
const temp = fs.mkdtempSync(path.join(os.tmpdir(), "effect-bitfinex-"))
const project = path.join(temp, "project")
const installed = path.join(project, "node_modules", "effect-bitfinex")

const link = (name: string): void => {
  const at = path.join(project, "node_modules", name)
  fs.mkdirSync(path.dirname(at), { recursive: true })
  fs.symlinkSync(path.join(root, "node_modules", name), at)
}

const write = (file: string, text: string): string => {
  const at = path.join(project, file)
  fs.writeFileSync(at, text)
  return at
}

const importing = (modules: ReadonlyArray<string>): string =>
  modules.map((module, index) => `import * as module${index} from ${JSON.stringify(module)}\nvoid module${index}\n`)
    .join("")

beforeAll(async () => {
  // built in a copy, so that a dist folder in use is not changed
  const checkout = path.join(temp, "checkout")
  fs.mkdirSync(checkout)
  for (
    const name of ["package.json", "tsconfig.json", "tsconfig.build.json", ...manifest.files, "README.md", "LICENSE"]
  ) {
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
  link("@types/node")
  write("package.json", `{ "name": "project", "private": true, "type": "module" }`)
}, 60_000)

afterAll(() => fs.rmSync(temp, { recursive: true, force: true }))

describe("package", () => {
  it("holds the compiled modules, their types and their sources", () => {
    const files = fs.readdirSync(installed, { recursive: true, encoding: "utf8" })
    const expected = [
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      ...sources.flatMap((module) => [`dist/${module}.js`, `dist/${module}.d.ts`, `src/${module}.ts`])
    ]
    assert.deepStrictEqual(expected.filter((file) => !files.includes(file)), [])
    assert.deepStrictEqual(files.filter((file) => /^(test|examples|bench|scripts|\.)/.test(file)), [])
    assert.deepStrictEqual(files.filter((file) => /^dist\/.*\.js$/.test(file)).length, sources.length)
  })

  const compile = (options: ts.CompilerOptions, file: string) => {
    const program = ts.createProgram([file], {
      ...options,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: ["node"],
      strict: true,
      noEmit: true
    })
    // the declarations of the package are checked as well, those of its peers are not
    const ours = program.getSourceFiles().filter((source) =>
      source.fileName === file || source.fileName.startsWith(`${fs.realpathSync(installed)}/`)
    )
    return {
      files: ours.length,
      errors: [
        ...program.getOptionsDiagnostics(),
        ...ours.flatMap((source) => [
          ...program.getSyntacticDiagnostics(source),
          ...program.getSemanticDiagnostics(source)
        ])
      ].map(({ code, file, messageText }) => ({
        code,
        file: path.basename(file?.fileName ?? ""),
        text: ts.flattenDiagnosticMessageText(messageText, "\n")
      }))
    }
  }

  const modes = [
    ["NodeNext", { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }],
    ["Bundler", { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }]
  ] as const

  for (const [mode, options] of modes) {
    it(`compiles in a project with module resolution ${mode}`, { timeout: 60_000 }, () => {
      const consumer = write(`consumer-${mode}.ts`, importing(specifiers))
      const { errors, files } = compile(options, consumer)
      assert.deepStrictEqual(errors, [])
      assert.isAbove(files, specifiers.length)
    })

    it(`hides its internal modules from module resolution ${mode}`, () => {
      const { errors } = compile(options, write(`internals-${mode}.ts`, importing(internals)))
      assert.deepStrictEqual(errors.map((error) => error.code), internals.map(() => 2307))
    })
  }

  it("runs under node", { timeout: 60_000 }, async () => {
    const consumer = write(
      "consumer.mjs",
      `${importing(specifiers)}
const codes = []
for (const internal of ${JSON.stringify(internals)}) {
  codes.push(await import(internal).then(() => "resolved", (error) => error.code))
}
console.log(JSON.stringify(codes))`
    )
    const { stdout } = await run(process.execPath, [consumer], { cwd: project })
    assert.deepStrictEqual(JSON.parse(stdout), internals.map(() => "ERR_PACKAGE_PATH_NOT_EXPORTED"))
  })
})
