import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

/**
 * The tree, from the ground up. Each line is one step: its files may import those of the steps above it in this table,
 * and, where `among` is set, one another. `*` stands for a name within a folder, `**` for anything below it.
 */
const steps: ReadonlyArray<{ readonly floor: number; readonly files: string; readonly among?: true }> = [
  // schemas that `Schema` has no short name for; names of the rows of a table; what V8 has to know of a place in the code
  { floor: 0, files: "protocol/internal/schemas protocol/internal/named protocol/internal/shortLived" },
  // cells, layouts, rows: the declarations of endpoints and channels
  { floor: 0, files: "BitfinexError" },
  { floor: 0, files: "protocol/Decimal protocol/Field protocol/Flags" },
  { floor: 0, files: "protocol/Layout protocol/Symbols" },
  { floor: 0, files: "protocol/Param" },
  { floor: 0, files: "protocol/Endpoint protocol/internal/body" },
  { floor: 0, files: "protocol/Channel" },
  // the venue as data
  { floor: 1, files: "protocol/internal/refusals" },
  { floor: 1, files: "protocol/records/*", among: true },
  { floor: 1, files: "protocol/internal/quantity" },
  { floor: 1, files: "protocol/internal/request" },
  { floor: 1, files: "protocol/internal/*" },
  { floor: 1, files: "protocol/endpoints/* protocol/channels/Account protocol/channels/Public" },
  // commands have the parameters of the endpoints of the same name
  { floor: 1, files: "protocol/channels/Inputs" },
  { floor: 1, files: "protocol/Endpoints protocol/Channels Records" },
  // values that users read and settings that they give; time
  { floor: 2, files: "Metrics BufferPolicy Prometheus SocketState" },
  // the use of clocks, fibers and the platform: Effect 3 in a few files
  { floor: 2, files: "internal/time/later internal/time/clock internal/time/fibers" },
  { floor: 2, files: "internal/platform/*" },
  // which `ChannelEvent` wraps
  { floor: 2, files: "internal/stream/pulls" },
  { floor: 2, files: "internal/stream/inPlace" },
  { floor: 2, files: "BitfinexConfig Book ChannelEvent Credentials Nonce OrderOutcome RateLimiter" },
  { floor: 2, files: "AccountView MissedEvent Command Recording ExitReport" },
  { floor: 2, files: "internal/health internal/time/*", among: true },
  { floor: 2, files: "Auth" },
  { floor: 2, files: "internal/recorder/*", among: true },
  // one request, one socket, one book
  { floor: 3, files: "NodeSocket" },
  { floor: 3, files: "internal/stream/*", among: true },
  { floor: 3, files: "internal/socket/*", among: true },
  {
    floor: 3,
    files:
      "internal/rest/metrics internal/rest/direct internal/rest/venueTime internal/rest/urgency internal/rest/inQueries internal/rest/readable internal/rest/unreadOrders internal/rest/paging internal/rest/histories internal/rest/lifetime"
  },
  { floor: 3, files: "internal/rest/nodeHttp internal/rest/transport" },
  { floor: 3, files: "NodeHttp" },
  { floor: 3, files: "NodeProxy" },
  { floor: 3, files: "internal/rest/call" },
  { floor: 3, files: "internal/rest/methods" },
  { floor: 3, files: "internal/rest/orderLookup" },
  { floor: 3, files: "internal/book/*", among: true },
  { floor: 3, files: "internal/account/*", among: true },
  // the services
  { floor: 4, files: "WsConnection AccountConnection Recorder RestClient MarketData Trades Candles" },
  { floor: 4, files: "RestAuthClient AccountEvents OrderBook" },
  { floor: 4, files: "internal/state/*", among: true },
  { floor: 4, files: "internal/trading/**", among: true },
  { floor: 4, files: "AccountState Trading" },
  { floor: 4, files: "Health" },
  // assembled
  { floor: 5, files: "internal/transport/*" },
  { floor: 5, files: "Bitfinex BotRuntime" },
  // the fake exchange, a tower
  { floor: 5, files: "testing/Fault testing/FakeAccount" },
  { floor: 5, files: "testing/internal/market/*", among: true },
  { floor: 5, files: "testing/internal/venue/*", among: true },
  { floor: 5, files: "testing/internal/account/**", among: true },
  { floor: 5, files: "testing/internal/exchange/*", among: true },
  { floor: 5, files: "testing/internal/transport/*", among: true },
  { floor: 5, files: "testing/internal/replay/*", among: true },
  { floor: 5, files: "testing/FakeExchange testing/Replay" },
  { floor: 5, files: "testing/TestClient testing/Mock" },
  { floor: 5, files: "testing/index" },
  { floor: 5, files: "index indexWeb" }
]

/** Packages that src may import, and from where. Other packages may not be imported at all. */
const packages: { readonly [name: string]: string } = {
  "effect": "**",
  "@effect/platform": "**",
  "@effect/platform-node": "testing/**",
  "ws": "NodeSocket testing/**",
  "node:crypto": "internal/platform/digest",
  "@noble/hashes": "internal/platform/digestWeb",
  "https-proxy-agent": "NodeProxy",
  "node:http": "NodeHttp NodeProxy NodeSocket internal/rest/nodeHttp testing/**",
  "node:https": "NodeHttp NodeProxy NodeSocket internal/rest/nodeHttp",
  "node:zlib": "internal/rest/nodeHttp",
  crc: "testing/** internal/book/checksum"
}

/**
 * Modules that one or two files of src import, and the others through them: what differs in Effect 4 is then in a few
 * places.
 */
const modules: { readonly [name: string]: string } = {
  "effect/Channel": "internal/stream/pulls",
  "effect/Chunk": "internal/stream/pulls",
  "effect/Mailbox": "internal/stream/pulls",
  "effect/FiberId": "internal/time/fibers internal/time/later",
  "effect/FiberRef": "internal/time/fibers",
  "effect/FiberRefs": "internal/time/fibers",
  "effect/FiberStatus": "internal/time/fibers",
  "effect/MetricLabel": "internal/time/fibers",
  "effect/Runtime": "internal/time/fibers",
  "effect/RuntimeFlags": "internal/time/fibers",
  "effect/ParseResult": "protocol/internal/schemas",
  "@effect/platform/Error": "internal/platform/failures",
  "@effect/platform/HttpClientError": "internal/platform/failures"
}

/** Expressions that one file of src may contain, for the same reason. */
const reserved: ReadonlyArray<readonly [pattern: RegExp, only: string]> = [
  [/\.unsafeCurrentTime(Millis|Nanos)$/, "internal/time/clock"],
  [/^Clock\.make$/, "internal/time/clock"],
  [/^Effect\.async$|^Deferred\.unsafe(Done|Make)$/, "internal/time/later"],
  [/^Effect\.withFiberRuntime$/, "internal/time/fibers"],
  [/\.(getFiberRef|getFiberRefs|unsafePoll|unsafeInterruptAsFork)$/, "internal/time/fibers"],
  [/\.(currentDefaultServices|currentScheduler)$/, "internal/time/fibers"],
  [/^Schedule\.(driver|mapInput)$/, "internal/time/schedules"],
  [/^Schema\.(transformOrFail|declare)$/, "protocol/internal/schemas"]
]

/** Expressions that src may not contain, and what to write instead. Arguments are written as `…`. */
const banned: ReadonlyArray<readonly [pattern: RegExp, instead: string]> = [
  [/^(new )?Function\(…?\)$/, "a loop over the declaration"],
  [/^(globalThis\.)?eval\(…?\)$/, "a loop over the declaration"],
  [/^Effect\.(Service|Tag)$/, "a Context.Tag class"],
  [/^globalThis\.WebSocket$/, "the types of internal/platform/socket"],
  // which would hide the module of that name in Effect 4
  [/^type Result$/, "a name that says of what"],
  // they recurse once per element of a chunk
  [/^Stream\.runFold(While)?$|^Sink\.(fold|foldLeft|foldUntil|some|every)$/, "Stream.runFoldEffect or runForEach"],
  [/^Date\.now$/, "Clock"],
  [/^new Date\(\)$/, "Clock"],
  [/^Math\.random$/, "Random"],
  [/^(globalThis\.)?set(Timeout|Interval|Immediate)\(…?\)$/, "Effect.sleep, Effect.timeout or a Schedule"]
]

const src = fileURLToPath(new URL("../src/", import.meta.url))

/** name of a module, as in `records/Ticker`, to its text */
const tree: ReadonlyMap<string, string> = new Map(
  fs.readdirSync(src, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => [file.slice(0, -".ts".length), fs.readFileSync(path.join(src, file), "utf8")])
)

const matches = (globs: string, module: string): boolean =>
  globs.split(" ").some((glob) =>
    new RegExp(`^${glob.replace(/\*+/g, (stars) => stars.length > 1 ? ".*" : "[^/]*")}$`).test(module)
  )

const stepOf = (module: string): number => steps.findIndex((step) => matches(step.files, module))

const importsOf = (text: string): ReadonlyArray<string> =>
  ts.preProcessFile(text, true, true).importedFiles.map((imported) => imported.fileName)

const packageOf = (specifier: string): string =>
  specifier.startsWith("node:")
    ? specifier
    : specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

const importBreach = (from: string, specifier: string): string | undefined => {
  if (!specifier.startsWith(".")) {
    const where = packages[packageOf(specifier)]
    if (where === undefined) return "a package that src does not use (see `packages` in test/architecture.test.ts)"
    const only = modules[specifier] ?? where
    return matches(only, from) ? undefined : `allowed only in ${only}`
  }
  if (!specifier.endsWith(".ts")) return "a relative import ends in .ts"
  const to = path.posix.join(path.posix.dirname(from), specifier).slice(0, -".ts".length)
  if (path.posix.basename(to) === "index") return "nothing imports a barrel"
  const [lower, upper] = [stepOf(to), stepOf(from)]
  // a file without a place is reported once, by itself
  if (lower < 0 || upper < 0 || lower < upper) return undefined
  if (lower === upper) return steps[upper]!.among ? undefined : "beside it on the same step"
  return `uphill, from floor ${steps[upper]!.floor} to floor ${steps[lower]!.floor}`
}

const expressionOf = (node: ts.Node): string | undefined => {
  if (ts.isPropertyAccessExpression(node) || ts.isQualifiedName(node)) return node.getText()
  if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return `type ${node.name.text}`
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined
  const args = node.arguments === undefined || node.arguments.length === 0 ? "" : "…"
  return `${ts.isNewExpression(node) ? "new " : ""}${node.expression.getText()}(${args})`
}

const expressionBreaches = (module: string, text: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const visit = (node: ts.Node): void => {
    const code = expressionOf(node)
    if (code !== undefined) {
      for (const [pattern, instead] of banned) if (pattern.test(code)) found.push(`${code}: use ${instead}`)
      for (const [pattern, only] of reserved) {
        if (pattern.test(code) && !matches(only, module)) found.push(`${code}: allowed only in ${only}`)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile("module.ts", text, ts.ScriptTarget.ESNext, true))
  return found
}

const breaches = (modules: ReadonlyMap<string, string>): ReadonlyArray<string> =>
  [...modules].flatMap(([module, text]) => [
    ...(stepOf(module) < 0 ? [`${module}: has no floor yet; add it to \`steps\` in test/architecture.test.ts`] : []),
    ...importsOf(text).flatMap((specifier) => {
      const breach = importBreach(module, specifier)
      return breach === undefined ? [] : [`${module} imports ${specifier}: ${breach}`]
    }),
    ...expressionBreaches(module, text).map((breach) => `${module}: ${breach}`)
  ])

describe("architecture", () => {
  it("src respects its floors", () => {
    assert.isAbove(tree.size, 0)
    assert.deepStrictEqual(breaches(tree), [])
  })

  it("each name in the tables has a file", () => {
    const names = [
      ...steps.map(({ files }) => files),
      ...Object.values(packages),
      ...Object.values(modules),
      ...reserved.map(([, only]) => only)
    ].flatMap((files) => files.split(" "))
    assert.deepStrictEqual(names.filter((name) => ![...tree.keys()].some((module) => matches(name, module))), [])
  })

  describe("the rules bite", () => {
    const only = (module: string, text: string) => breaches(new Map([[module, text]]))
    const cases: ReadonlyArray<readonly [module: string, text: string, breach: string]> = [
      ["Unheard", "", "has no floor yet"],
      ["protocol/Layout", `import * as RestClient from "../RestClient.ts"`, "uphill, from floor 0 to floor 4"],
      ["protocol/Field", `import type { Symbol } from "./Symbols.ts"`, "uphill, from floor 0 to floor 0"],
      ["protocol/records/Order", `export * from "../endpoints/Orders.ts"`, "uphill, from floor 1 to floor 1"],
      ["internal/rest/call", `const later = import("../../RestClient.ts")`, "uphill, from floor 3 to floor 4"],
      ["RestClient", `import * as MarketData from "./MarketData.ts"`, "beside it on the same step"],
      ["Bitfinex", `import * as FakeExchange from "./testing/FakeExchange.ts"`, "uphill, from floor 5 to floor 5"],
      ["testing/FakeExchange", `import * as All from "../index.ts"`, "nothing imports a barrel"],
      ["RestClient", `import * as Rest from "./internal/rest/call.js"`, "ends in .ts"],
      ["internal/rest/call", `import { createHmac } from "node:crypto"`, "allowed only in internal/platform/digest"],
      ["WsConnection", `import WebSocket from "ws"`, "allowed only in NodeSocket testing/**"],
      ["Bitfinex", `import * as Node from "@effect/platform-node/NodeContext"`, "allowed only in testing/**"],
      ["protocol/Field", `import _ from "lodash"`, "a package that src does not use"],
      ["protocol/Layout", `const make = new Function("row", "return row")`, "a loop over the declaration"],
      ["protocol/Layout", `eval("row")`, "a loop over the declaration"],
      ["RestClient", `class X extends Effect.Service<X>()("X", {}) {}`, "a Context.Tag class"],
      ["Nonce", `const now = Date.now`, "Clock"],
      ["Nonce", `const now = new Date()`, "Clock"],
      ["NodeSocket", `globalThis.setTimeout(close, 1000)`, "Effect.sleep"],
      ["Trades", `import * as Chunk from "effect/Chunk"`, "allowed only in internal/stream/pulls"],
      ["Auth", `import type * as FiberRef from "effect/FiberRef"`, "allowed only in internal/time/fibers"],
      [
        "Recording",
        `import { SystemError } from "@effect/platform/Error"`,
        "allowed only in internal/platform/failures"
      ],
      ["Auth", `const now = clock.unsafeCurrentTimeMillis()`, "allowed only in internal/time/clock"],
      ["Auth", `const live = Effect.async(register)`, "allowed only in internal/time/later"],
      ["Auth", `Deferred.unsafeDone(live, exit)`, "allowed only in internal/time/later"],
      ["Auth", `Effect.withFiberRuntime(sign)`, "allowed only in internal/time/fibers"],
      ["Auth", `const driver = Schedule.driver(schedule)`, "allowed only in internal/time/schedules"],
      ["protocol/Layout", `Schema.transformOrFail(a, b, c)`, "allowed only in protocol/internal/schemas"],
      ["Recorder", `type Socket = globalThis.WebSocket`, "the types of internal/platform/socket"],
      ["Recording", `Stream.runFold(stream, 0, add)`, "Stream.runFoldEffect"],
      ["Command", `export type Result = string`, "a name that says of what"]
    ]
    for (const [module, text, breach] of cases) {
      it(`${module}: ${text || "(empty)"}`, () => {
        const found = only(module, text)
        assert.lengthOf(found, 1)
        assert.include(found[0], breach)
      })
    }

    it("and let through what is allowed", () => {
      assert.deepStrictEqual(
        breaches(
          new Map([
            ["RestClient", `import * as Effect from "effect/Effect"\nimport * as Rest from "./internal/rest/call.ts"`],
            ["internal/platform/digest", `import { createHmac } from "node:crypto"`],
            ["Auth", `import * as Nonce from "./Nonce.ts"`],
            ["protocol/records/Order", `import { Flags } from "../Flags.ts"\nimport * as Trade from "./Trade.ts"`],
            [
              "testing/internal/exchange/http",
              `import { WebSocketServer } from "ws"\nimport * as Market from "../market/market.ts"`
            ],
            ["index", `export * as Bitfinex from "./Bitfinex.ts"`],
            ["Nonce", `// Date.now() and eval("x") in a comment\nconst at = new Date(0), text = "new Function()"`]
          ])
        ),
        []
      )
    })
  })
})
