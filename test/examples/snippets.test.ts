import { afterAll, afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { documents, read, root } from "../../scripts/documents.ts"
import * as Runtime from "../support/snippetRuntime.ts"

/** The programs of the documents, each as it stands there, on a fake exchange for a few seconds. */

interface Snippet {
  readonly file: string
  readonly line: number
  readonly code: string
}

const snippets: ReadonlyArray<Snippet> = documents
  .filter((file) => file === "README.md" || file.startsWith("docs/"))
  .flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => ({
      file,
      line: text.slice(0, match.index).split("\n").length + 1,
      code: match[1] ?? ""
    }))
  })
  .filter(({ code }) => /\brunMain\b/.test(code))

/** with hosts of their own, or with money that the fake exchange does not have */
const isElsewhere = ({ code }: Snippet) => /127\.0\.0\.1|tTESTBTC|layerServer/.test(code)

/** programs that print only when there is something to report */
const isQuiet = ({ code }: Snippet) => !/Console\.|Effect\.log\(|Effect\.logInfo/.test(code)

// inside the project, so that its packages resolve
const folder = path.join(root, ".docs-check", `run-${process.pid}`)
const home = fs.mkdtempSync(path.join(os.tmpdir(), "effect-bitfinex-snippets-"))
const started = process.cwd()

const load = async ({ code }: Snippet, name: string): Promise<Effect.Effect<unknown, unknown>> => {
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${name}.ts`)
  const runtime = JSON.stringify(path.join(root, "test/support/snippetRuntime.ts"))
  fs.writeFileSync(file, code.replace(/"@effect\/platform-node\/NodeRuntime"|"effect-bitfinex\/BotRuntime"/g, runtime))
  Runtime.programs.length = 0
  await import(/* @vite-ignore */ file)
  const [program, ...others] = Runtime.programs
  if (program === undefined || others.length > 0) throw new Error("a snippet runs one program")
  return program
}

const demo = ConfigProvider.fromMap(new Map([["BFX_API_KEY", "demo-key"], ["BFX_API_SECRET", "demo-secret"]]))
const Venue = FakeExchange.layerConfig.pipe(
  Layer.provide(FakeExchange.layerServer({ symbols: ["tBTCUSD", "tETHUSD", "fUSD"], history: 3_600_000 }))
)

describe("programs of the documents", () => {
  const printed: Array<string> = []

  beforeEach(() => {
    printed.length = 0
    // a program may write files
    process.chdir(home)
    for (const method of ["log", "error", "warn", "info"] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => {
        printed.push(values.map(String).join(" "))
      })
    }
  })
  afterEach(() => {
    vi.restoreAllMocks()
    process.chdir(started)
  })
  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true })
    fs.rmSync(home, { recursive: true, force: true })
  })

  it("are found", () => assert.isAbove(snippets.length, 15))

  for (const snippet of snippets.filter((each) => !isElsewhere(each))) {
    it.live(`${snippet.file}:${snippet.line}`, () =>
      Effect.gen(function*() {
        const program = yield* Effect.promise(() =>
          load(snippet, `${path.basename(snippet.file, ".md")}${snippet.line}`)
        )
        const ended = yield* program.pipe(
          Effect.withConfigProvider(demo),
          // long enough for a first element; one of them prints every five seconds
          Effect.timeoutOption(snippet.code.includes("5 seconds") ? "6 seconds" : "4 seconds"),
          Effect.provide(Venue),
          Effect.either
        )
        assert.strictEqual(
          ended._tag,
          "Right",
          `${ended._tag === "Left" ? String(ended.left) : ""}\n${printed.join("\n")}`
        )
        assert.deepStrictEqual(printed.filter((text) => /level=(ERROR|FATAL)|\b(ERROR|FATAL)\b/.test(text)), [])
        if (!isQuiet(snippet)) assert.isAbove(printed.length, 0, "it printed nothing")
      }), 60_000)
  }
})
