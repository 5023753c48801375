/**
 * Checks what the documentation promises:
 *
 * - every `@example` and ts block in the doc comments of src, and every ts block in the markdown of the root, of docs, of
 *   bench and of the changesets, compiles, all in one program;
 * - every export of a public module has a sentence, `@since` and a `@category` from the list below; entry points
 *   (services, layers, streams) have an `@example`;
 * - a name in the markdown such as `RestClient.ticker` is an export of that module, or a member of its service;
 * - links of the markdown lead to existing files, its npm scripts are in package.json, and the test files that its
 *   commands name exist.
 *
 * Snippets are never written to disk: they join the program as files of the folder `.docs-check`, so that imports of
 * `effect-bitfinex` resolve as they do in the tests.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import ts from "typescript"
import { documents, read, root } from "./documents.ts"

const categories = new Set([
  "constructors",
  "models",
  "records",
  "endpoints",
  "channels",
  "streams",
  "services",
  "layers",
  "configuration",
  "errors",
  "guards",
  "combinators",
  "constants",
  "testing"
])
const categoriesWithExample = new Set(["services", "layers", "streams"])

const sources = fs.readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => path.posix.join("src", file.split(path.sep).join("/")))
  .sort()
const markdown = documents

const problems: Array<string> = []
const report = (file: string, line: number, text: string): void => {
  problems.push(`${file}:${line}: ${text}`)
}
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

// ---------------------------------------------------------------------------------------------------------------------
// snippets
// ---------------------------------------------------------------------------------------------------------------------

interface Snippet {
  readonly file: string
  /** line of the file on which the code begins */
  readonly line: number
  readonly code: string
}

/** the fenced ts blocks of a text whose first line is line `start` of the file */
const fenced = (file: string, text: string, start: number): ReadonlyArray<Snippet> =>
  [...text.matchAll(/^( *)```(?:ts|typescript)\b[^\n]*\n([\s\S]*?)^\1```/gm)].map((match) => ({
    file,
    line: start + lineAt(text, match.index),
    code: match[2]!
  }))

/** the examples of a doc comment: its fenced blocks, and the whole of an `@example` that has none */
const examplesOf = (file: string, comment: string, start: number): ReadonlyArray<Snippet> => {
  const text = comment.replace(/^\/\*\*|\*\/$/g, "").replace(/^[ \t]*\* ?/gm, "")
  return [
    ...fenced(file, text, start),
    ...[...text.matchAll(/^[ \t]*@example[^\n]*\n((?:(?![ \t]*@)[^\n]*\n?)*)/gm)]
      .filter((match) => !match[1]!.includes("```"))
      .map((match) => ({ file, line: start + lineAt(text, match.index), code: match[1]! }))
  ]
}

const snippets: ReadonlyArray<Snippet> = [
  ...sources.flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) =>
      examplesOf(file, comment[0], lineAt(text, comment.index))
    )
  }),
  ...markdown.flatMap((file) => fenced(file, read(file), 1))
]

const snippetPath = (index: number): string => path.join(root, ".docs-check", `snippet${index}.ts`)
const virtual = new Map(snippets.map((snippet, index) => [snippetPath(index), snippet]))

const config = ts.getParsedCommandLineOfConfigFile(path.join(root, "tsconfig.json"), { noUnusedLocals: false }, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"))
  }
})!
const disk = ts.createCompilerHost(config.options)
const host: ts.CompilerHost = {
  ...disk,
  fileExists: (file) => virtual.has(file) || disk.fileExists(file),
  readFile: (file) => virtual.get(file)?.code ?? disk.readFile(file),
  getSourceFile: (file, options, ...rest) => {
    const snippet = virtual.get(file)
    return snippet === undefined
      ? disk.getSourceFile(file, options, ...rest)
      : ts.createSourceFile(file, snippet.code, options)
  }
}
const program = ts.createProgram(
  [...virtual.keys(), ...sources.map((file) => path.join(root, file))],
  config.options,
  host
)

for (const [file, snippet] of virtual) {
  const source = program.getSourceFile(file)!
  for (
    const { messageText, start } of [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source)
    ]
  ) {
    const line = snippet.line + source.getLineAndCharacterOfPosition(start ?? 0).line
    report(snippet.file, line, ts.flattenDiagnosticMessageText(messageText, "\n  "))
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// exports
// ---------------------------------------------------------------------------------------------------------------------

interface Doc {
  readonly sentence: string
  readonly tags: ReadonlyMap<string, string>
}

const documented = (node: ts.Node): ts.Node => ts.isVariableDeclaration(node) ? node.parent.parent : node

const docOf = (declaration: ts.Declaration): Doc => ({
  sentence: ts.getJSDocCommentsAndTags(documented(declaration))
    .filter(ts.isJSDoc)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? "")
    .join("\n"),
  tags: new Map(
    ts.getJSDocTags(declaration).map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment)?.trim() ?? ""])
  )
})

const isValue = (declaration: ts.Declaration): boolean =>
  ts.isVariableDeclaration(declaration) || ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration)

const complaints = (declarations: ReadonlyArray<ts.Declaration>): ReadonlyArray<string> => {
  const docs = declarations.map(docOf)
  if (docs.some((doc) => doc.tags.has("internal"))) return []
  // a type that shares the name of a value is described by the value
  const tag = (name: string): string | undefined => docs.find((doc) => doc.tags.has(name))?.tags.get(name)
  const category = tag("category")
  const example = tag("example")
  return [
    ...(docs.some((doc) => doc.sentence.trim() !== "") ? [] : ["has no description"]),
    ...(tag("since") ? [] : ["lacks @since"]),
    ...(category === undefined
      ? ["lacks @category"]
      : categories.has(category)
      ? []
      : [`has the unknown @category ${category}; choose one of ${[...categories].join(", ")}`]),
    ...(categoriesWithExample.has(category ?? "") && declarations.some(isValue) && example === undefined
      ? [`is one of the ${category} and lacks an @example`]
      : []),
    ...(example === "" ? ["has an empty @example"] : [])
  ]
}

const checker = program.getTypeChecker()
let exported = 0
for (const file of sources.filter((file) => !file.includes("/internal/") && path.posix.basename(file) !== "index.ts")) {
  const source = program.getSourceFile(path.join(root, file))!
  const module = checker.getSymbolAtLocation(source)
  for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const declarations = (target.declarations ?? []).filter((declaration) => declaration.getSourceFile() === source)
    if (declarations.length === 0) continue
    exported++
    const { line } = source.getLineAndCharacterOfPosition(declarations[0]!.getStart())
    for (const complaint of complaints(declarations)) report(file, line + 1, `${symbol.name} ${complaint}`)
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// names in the prose
// ---------------------------------------------------------------------------------------------------------------------

const moduleOf = new Map(
  sources.filter((file) => /^src\/(\w+|protocol\/\w+|testing\/\w+)\.ts$/.test(file) && !file.endsWith("index.ts"))
    .map((file) => [path.posix.basename(file, ".ts"), file])
)

/** the exports of a module, the members of its service, and the fields of its record of the same name */
const membersOf = (file: string): ReadonlySet<string> => {
  const source = program.getSourceFile(path.join(root, file))!
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!)
  const own = symbols.filter(({ name }) => name === "Service" || name === path.posix.basename(file, ".ts"))
  return new Set([
    ...symbols.map(({ name }) => name),
    ...own.flatMap((symbol) =>
      checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).map(({ name }) => name)
    )
  ])
}

const members = new Map<string, ReadonlySet<string>>()
let names = 0
for (const file of markdown) {
  const prose = read(file).replace(/^( *)```[\s\S]*?^\1```/gm, (block) => block.replace(/[^\n]/g, " "))
  for (const match of prose.matchAll(/`([A-Z]\w+)\.(\w+)[^`\n]*`/g)) {
    const [, name = "", member = ""] = match
    const module = moduleOf.get(name)
    if (module === undefined || member === "ts") continue
    names++
    if (!members.has(name)) members.set(name, membersOf(module))
    if (!members.get(name)!.has(member)) report(file, lineAt(prose, match.index), `${name} has no ${member}`)
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// links and commands
// ---------------------------------------------------------------------------------------------------------------------

const scripts: { readonly [name: string]: string } = JSON.parse(read("package.json")).scripts
let links = 0
for (const file of markdown) {
  const text = read(file)
  for (const match of text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
    const target = match[1]!.replace(/[#?].*$/, "")
    if (target === "" || /^[a-z]+:/i.test(target)) continue
    links++
    // on the site, an address that begins with a slash is a file of docs/public
    const from = target.startsWith("/") ? "docs/public" : path.dirname(file)
    if (!fs.existsSync(path.join(root, from, target))) {
      report(file, lineAt(text, match.index), `${target} does not exist`)
    }
  }
  for (const match of text.matchAll(/\b(?:vitest run|npm run test:all --)((?: [\w./-]+)+)/g)) {
    for (const target of match[1]!.split(" ").filter((word) => /^(test|reliability)\//.test(word))) {
      if (!fs.existsSync(path.join(root, target))) report(file, lineAt(text, match.index), `${target} does not exist`)
    }
  }
  for (const match of text.matchAll(/\bnpm run ([\w:-]+)/g)) {
    if (!(match[1]! in scripts)) report(file, lineAt(text, match.index), `package.json has no script ${match[1]}`)
  }
}

for (const problem of problems) console.error(problem)
console.log(
  `${snippets.length} snippets, ${exported} exports, ${names} names, ${links} links: ${problems.length} ${
    problems.length === 1 ? "problem" : "problems"
  }`
)
process.exitCode = problems.length === 0 ? 0 : 1
