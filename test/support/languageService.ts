/**
 * A separate program: reads `{ from, imports, statements }` as JSON, and writes the hover texts and errors that an
 * editor shows for each statement.
 */
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

/** the view of a statement in an editor: the text and the comment of each marked name, and the errors */
export interface Shown {
  readonly hovers: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
}

const root = fileURLToPath(new URL("../..", import.meta.url))
const mark = /\/\*\?\*\//g

const optionsOf = (): ts.CompilerOptions => {
  const read = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root)
  return { ...options, noUnusedLocals: false }
}

/** the declarations that `npm run build` writes, by the path at which they would be */
const declarations = (options: ts.CompilerOptions): ReadonlyMap<string, string> => {
  const src = ts.sys.readDirectory(path.join(root, "src"), [".ts"])
  const outDir = path.join(root, "dist-of-test")
  const program = ts.createProgram(src, {
    ...options,
    noEmit: false,
    emitDeclarationOnly: true,
    declarationMap: false,
    sourceMap: false,
    allowImportingTsExtensions: false,
    rootDir: path.join(root, "src"),
    outDir,
    paths: {}
  })
  const written = new Map<string, string>()
  program.emit(undefined, (file, text) => written.set(path.resolve(file), text))
  return written
}

const word = String.raw`(?:"[^"]*"|[\w.-]+)`
const unions = new RegExp(`${word}(?: \\| ${word})+`, "g")

/** in one line, with the members of unions sorted: their order depends on what the compiler has seen before */
const plain = (text: string): string =>
  text.replace(/\s+/g, " ").trim().replace(unions, (union) => union.split(" | ").sort().join(" | "))

/** an editor over the sources, or over the built declarations, as the users of the package see them */
const editor = (
  of: "src" | "dist"
): (imports: ReadonlyArray<string>, statements: ReadonlyArray<string>) => ReadonlyArray<Shown> => {
  const options = optionsOf()
  const virtual = of === "src" ? new Map<string, string>() : new Map(declarations(options))
  const base = of === "src" ? "./src" : "./dist-of-test"
  const extension = of === "src" ? "ts" : "d.ts"
  const file = path.join(root, "shown.ts")
  const folders = new Set([...virtual.keys()].map(path.dirname))
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => ({
      ...options,
      paths: {
        "effect-bitfinex": [`${base}/index.${extension}`],
        "effect-bitfinex/testing": [`${base}/testing/index.${extension}`],
        "effect-bitfinex/*": [`${base}/*.${extension}`]
      }
    }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getCurrentDirectory: () => root,
    getScriptSnapshot: (name) => {
      const text = virtual.get(name) ?? ts.sys.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => virtual.has(name) || ts.sys.fileExists(name),
    readFile: (name) => virtual.get(name) ?? ts.sys.readFile(name),
    directoryExists: (name) => folders.has(name) || ts.sys.directoryExists(name),
    getDirectories: ts.sys.getDirectories
  }
  return (imports, statements) => {
    const lines = [...imports, ...statements.map((statement) => `{ ${statement} }`)]
    const text = lines.join("\n")
    virtual.set(file, text)
    const service = ts.createLanguageService(host)
    const starts = lines.map((_, at) => lines.slice(0, at).join("\n").length + (at === 0 ? 0 : 1))
    const diagnostics = [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)]
    const lineOf = (position: number): number => text.slice(0, position).split("\n").length - 1
    return statements.map((_, index) => {
      const at = imports.length + index
      return {
        hovers: [...lines[at]!.matchAll(mark)].map(({ 0: found, index: column }) => {
          const info = service.getQuickInfoAtPosition(file, starts[at]! + column + found.length)
          const comment = plain(ts.displayPartsToString(info?.documentation))
          return plain(ts.displayPartsToString(info?.displayParts)) + (comment === "" ? "" : ` // ${comment}`)
        }),
        errors: diagnostics
          .filter(({ start = 0 }) => lineOf(start) === at)
          .map(({ messageText }) => plain(ts.flattenDiagnosticMessageText(messageText, "\n")))
      }
    })
  }
}

let input = ""
process.stdin.on("data", (text) => {
  input += String(text)
})
process.stdin.on("end", () => {
  const { from, imports, statements } = JSON.parse(input)
  process.stdout.write(JSON.stringify(editor(from)(imports, statements)))
})
