import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import ts from "typescript"
import * as Packed from "./support/packed.ts"

/** The package as its users get it: packed, unpacked into a separate project, compiled against and run. */

const sources = fs.readdirSync(path.join(Packed.root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort()

const specifierOf = (module: string): string => path.posix.join("effect-bitfinex", module.replace(/(^|\/)index$/, ""))
/**
 * Records have one address, `effect-bitfinex/Records`. Modules in a folder `internal` have none, and neither has what
 * bundlers put in the place of another module.
 */
const isInternal = (module: string): boolean => /(^|\/)internal\/|^protocol\/records\/|^indexWeb$/.test(module)
const specifiers = sources.filter((module) => !isInternal(module)).map(specifierOf)
const internals = [...new Set(["internal/frame", "node/Auth", "node/internal/core", ...sources.filter(isInternal)])]
  .map(specifierOf)

let project: Packed.Project

const importing = (modules: ReadonlyArray<string>): string =>
  modules.map((module, index) => `import * as module${index} from ${JSON.stringify(module)}\nvoid module${index}\n`)
    .join("")

beforeAll(async () => {
  project = await Packed.make()
  project.link("@types/node")
  // the build takes a compiler's time, and several times that on a busy machine
}, 600_000)

afterAll(() => project?.remove(), 60_000)

describe("package", () => {
  it("holds the compiled modules, their types and their sources", () => {
    const files = fs.readdirSync(project.installed, { recursive: true, encoding: "utf8" })
    const expected = [
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      ...sources.flatMap((module) => [`dist/${module}.js`, `dist/${module}.d.ts`, `src/${module}.ts`])
    ]
    assert.deepStrictEqual(expected.filter((file) => !files.includes(file)), [])
    assert.deepStrictEqual(files.filter((file) => /^(test|examples|bench|scripts|\.)/.test(file)), [])
    assert.lengthOf(files.filter((file) => /^dist\/(?!node\/).*\.js$/.test(file)), sources.length)
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
      source.fileName === file || source.fileName.startsWith(`${fs.realpathSync(project.installed)}/`)
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
    it(`compiles in a project with module resolution ${mode}`, { timeout: 180_000 }, () => {
      const consumer = project.write(`consumer-${mode}.ts`, importing(specifiers))
      const { errors, files } = compile(options, consumer)
      assert.deepStrictEqual(errors, [])
      assert.isAbove(files, specifiers.length)
    })

    it(`hides its internal modules from module resolution ${mode}`, () => {
      const { errors } = compile(options, project.write(`internals-${mode}.ts`, importing(internals)))
      assert.deepStrictEqual(errors.map((error) => error.code), internals.map(() => 2307))
    })
  }

  it("runs under node", { timeout: 180_000 }, async () => {
    const consumer = project.write(
      "consumer.mjs",
      `${importing(specifiers)}
const codes = []
for (const internal of ${JSON.stringify(internals)}) {
  codes.push(await import(internal).then(() => "resolved", (error) => error.code))
}
console.log(JSON.stringify(codes))`
    )
    const { stdout } = await Packed.run(process.execPath, [consumer], { cwd: project.folder })
    assert.deepStrictEqual(JSON.parse(stdout), internals.map(() => "ERR_PACKAGE_PATH_NOT_EXPORTED"))
  })

  it("has for Node the same exports in a few files, which all entry points share", { timeout: 180_000 }, async () => {
    const files = fs.readdirSync(path.join(project.installed, "dist/node/internal")).filter((file) =>
      file.endsWith(".js")
    )
    assert.isBelow(files.length, 20)
    const modules = specifiers.map((specifier) => [
      specifier,
      `./node_modules/effect-bitfinex/dist/${specifier.replace(/^effect-bitfinex\/?/, "") || "index"}`
    ])
    const consumer = project.write(
      "bundled.mjs",
      `import * as fs from "node:fs"
const differing = []
for (const [specifier, single] of ${JSON.stringify(modules)}) {
  const file = fs.existsSync(single + ".js") ? single + ".js" : single + "/index.js"
  const [bundled, alone] = await Promise.all([import(specifier), import(file)])
  if (!import.meta.resolve(specifier).includes("/dist/node/")) differing.push(specifier)
  if (Object.keys(bundled).sort().join() !== Object.keys(alone).sort().join()) differing.push(specifier)
}
const [all, testing, limiter, proxy] = await Promise.all(
  ["effect-bitfinex", "effect-bitfinex/testing", "effect-bitfinex/RateLimiter", "effect-bitfinex/NodeProxy"]
    .map((specifier) => import(specifier))
)
const { FakeExchange } = await import("effect-bitfinex/testing/FakeExchange")
console.log(JSON.stringify([
  differing,
  all.RateLimiter.RateLimiter === limiter.RateLimiter,
  testing.FakeExchange.FakeExchange === FakeExchange,
  typeof proxy.layer
]))`
    )
    const { stdout } = await Packed.run(process.execPath, [consumer], { cwd: project.folder })
    assert.deepStrictEqual(JSON.parse(stdout), [[], true, true, "function"])
    // a stack trace leads to the sources, which are in the package
    for (const file of files) {
      const map = JSON.parse(fs.readFileSync(path.join(project.installed, `dist/node/internal/${file}.map`), "utf8"))
      const missing = map.sources.filter((source: string) =>
        !source.startsWith("groups:") && !fs.existsSync(path.join(project.installed, "dist/node/internal", source))
      )
      assert.deepStrictEqual(missing, [])
    }
  })
})
