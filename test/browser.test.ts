import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"
import { createHmac } from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { chromium } from "playwright-core"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Fault from "../src/testing/Fault.ts"
import { alias } from "../vitest.config.ts"

/** The modules as a bundler makes them for browsers, and in a browser. `CHROMIUM` is the path of another one. */

const src = fileURLToPath(new URL("../src/", import.meta.url))

/** these need Node */
const needNode = [
  "NodeHttp",
  "NodeProxy",
  "testing/FakeExchange",
  "testing/TestClient",
  "testing/index"
]
const ofNode = new Set(needNode)

const entries = fs.readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !/(^|\/)internal\/|^protocol\/records\/|^index(Web)?\./.test(file))
  .map((file) => file.slice(0, -".ts".length))
  .sort()

/** the names of the package, as its users write them */
const names: esbuild.Plugin = {
  name: "names",
  setup: (build) => {
    for (const { find, replacement } of alias) {
      build.onResolve({ filter: find }, ({ kind, path: name }) => {
        // resolved once more, as a file of the package: its field `browser` holds for those only
        const file = path.relative(src, name.replace(find, replacement))
        return build.resolve(`./${file}`, { resolveDir: src, kind })
      })
    }
  }
}

const options = {
  bundle: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  minify: true,
  write: false,
  logLevel: "silent",
  plugins: [names]
} satisfies esbuild.BuildOptions

const bundle = async (text: string): Promise<string> => {
  const { outputFiles } = await esbuild.build({ ...options, stdin: { contents: text, resolveDir: src, loader: "ts" } })
  return outputFiles[0]!.text
}

const executable = [
  process.env["CHROMIUM"] ?? "",
  ...["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, name))
  )
].find((file) => file !== "" && fs.existsSync(file))

describe("bundles for browsers", () => {
  it("every module but those that need Node", async () => {
    const entryPoints = entries.filter((entry) => !ofNode.has(entry)).map((entry) => `${src}${entry}.ts`)
    const { outputFiles } = await esbuild.build({ ...options, entryPoints, outdir: "unwritten" })
    assert.lengthOf(outputFiles, entryPoints.length)
    assert.deepStrictEqual(outputFiles.filter(({ text }) => /["']node:/.test(text)).map(({ path }) => path), [])
  }, 60_000)

  it("a module that needs Node is refused when it is bundled, not when it runs", async () => {
    for (const name of needNode) {
      const error: unknown = await bundle(`export * from "./${name}.ts"`).catch((error: unknown) => error)
      assert.match(String(error), /Could not resolve "(node:)?(http|crypto|net|child_process)"/, name)
    }
  }, 60_000)

  it("the root has every module but those that need Node, which it refuses when it is bundled", async () => {
    const namesOf = (file: string) =>
      [...fs.readFileSync(`${src}${file}`, "utf8").matchAll(/^export \* as (\w+) from/gm)].map(([, name]) => name!)
    const ofBrowsers = namesOf("index.ts").filter((name) => !/^Node(Http|Proxy|Socket)$/.test(name))
    assert.deepStrictEqual(namesOf("indexWeb.ts").sort(), [...ofBrowsers].sort())
    const all = await bundle(
      `import { ${ofBrowsers.join(", ")} } from "effect-bitfinex"\nglobalThis.all = [${ofBrowsers}]`
    )
    assert.notMatch(all, /["']node:/)
    for (const name of ["NodeHttp", "NodeProxy", "NodeSocket"]) {
      const error = await bundle(`import { ${name} } from "effect-bitfinex"\nglobalThis.one = ${name}`)
        .catch((error: unknown) => error)
      assert.match(String(error), new RegExp(`No matching export .* for import "${name}"`))
    }
  }, 60_000)

  // compressed by gzip, with the parts of Effect and @effect/platform that they use; the measured size, and a twelfth
  // for changes
  for (
    const [name, limit, text] of [
      [
        "REST only",
        130,
        `import * as RestClient from "effect-bitfinex/RestClient"\nglobalThis.live = RestClient.layer`
      ],
      ["channels only", 116, `import * as Market from "effect-bitfinex/MarketData"\nglobalThis.live = Market.layer`],
      [
        "REST and channels, with a live book",
        170,
        `import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as OrderBook from "effect-bitfinex/OrderBook"
globalThis.live = [Bitfinex.layerPublic, OrderBook.live]`
      ],
      [
        "channels only, by the root",
        116,
        `import { MarketData } from "effect-bitfinex"\nglobalThis.live = MarketData.layer`
      ]
    ] as const
  ) {
    it(`${name}: at most ${limit} kB`, async () => {
      assert.isAtMost(gzipSync(await bundle(text)).length / 1000, limit)
    })
  }
})

const program = (urls: { readonly restUrl: string; readonly socketUrl: string }): string => `
import * as Auth from "effect-bitfinex/Auth"
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
import * as MarketData from "effect-bitfinex/MarketData"
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

const settings = BitfinexConfig.layer({
  rest: { publicUrl: "${urls.restUrl}", authUrl: "${urls.restUrl}" },
  socket: { url: "${urls.socketUrl}" },
  account: { url: "${urls.socketUrl}" }
})
const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }

globalThis.done = Effect.runPromise(Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const wallets = yield* rest.wallets()
  const events = yield* Stream.runCollect(Stream.take(MarketData.book({ symbol: "tBTCUSD" }), 40))
  return {
    wallets: wallets.length,
    tags: [...new Set([...events].map((event) => event._tag))].sort(),
    signature: Auth.sign(Redacted.make("gehéim"), "AUTH1 ✓")
  }
}).pipe(Effect.provide(Layer.provide(Bitfinex.layer(key), settings))))
`

/** an order, behind a call that leaves a connection open */
const ordering = (url: string): string => `
import * as Bitfinex from "effect-bitfinex/Bitfinex"
import * as BitfinexConfig from "effect-bitfinex/BitfinexConfig"
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const settings = BitfinexConfig.layer({ rest: { publicUrl: "${url}", authUrl: "${url}" } })
const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }

globalThis.done = Effect.runPromise(Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  yield* rest.wallets()
  const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 }
  return (yield* Effect.flip(rest.submitOrder(order)))._tag
}).pipe(Effect.provide(Layer.provide(Bitfinex.layer(key), settings))))
`

/** the result of a script in a page, and the errors of that page */
const inPage = (script: string) =>
  Effect.gen(function*() {
    const server = http.createServer((request, response) => {
      const isScript = request.url === "/script.js"
      response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" })
      response.end(isScript ? script : `<script type="module" src="/script.js"></script>`)
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () => Effect.sync(() => server.close())
    )
    const address = server.address()
    const browser = yield* Effect.acquireRelease(
      Effect.promise(() =>
        // a container's root user has no sandbox; neither the venue nor the exchange of these tests allows pages to call
        chromium.launch({ executablePath: executable!, args: ["--no-sandbox", "--disable-web-security"] })
      ),
      (browser) => Effect.promise(() => browser.close())
    )
    return yield* Effect.promise(async () => {
      const page = await browser.newPage()
      const errors: Array<string> = []
      page.on("pageerror", (error) => errors.push(error.message))
      await page.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : address}`)
      const done: unknown = await page.evaluate(`globalThis.done`)
      return { done, errors }
    })
  })

describe("in a browser", () => {
  it.live.skipIf(executable === undefined)(
    "Bitfinex.layer streams a book and signs a call, without Node",
    () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        const { restUrl, socketUrl } = exchange
        const script = yield* Effect.promise(() => bundle(program({ restUrl, socketUrl })))
        const result = yield* inPage(script)
        const signature = createHmac("sha384", "gehéim").update("AUTH1 ✓").digest("hex")
        assert.deepStrictEqual(result.errors, [])
        assert.deepInclude(result.done, { signature, tags: ["Checksum", "Snapshot", "Update"] })
        assert.isAbove((result.done as { readonly wallets: number }).wallets, 0)
        assert.deepStrictEqual((yield* exchange.requests).map(({ path }) => path), ["/v2/auth/r/wallets"])
      }).pipe(
        Effect.scoped,
        Effect.provide(FakeExchange.layerServer({ history: 600_000, symbols: ["tBTCUSD"], tick: 20 }))
      ),
    60_000
  )

  it.live.skipIf(executable === undefined)(
    "an order that the browser sends once more, since its connection was lost, is placed once, and its outcome is unknown",
    () =>
      Effect.gen(function*() {
        const exchange = yield* FakeExchange.FakeExchange
        yield* exchange.inject(Fault.HttpFault.make({ match: "/order/submit", reply: { _tag: "loseReply" } }))
        const script = yield* Effect.promise(() => bundle(ordering(exchange.restUrl)))
        assert.deepStrictEqual(yield* inPage(script), { done: "OutcomeUnknown", errors: [] })
        const paths = (yield* exchange.requests).map(({ path }) => path)
        // the browser has sent it twice, and the exchange has refused the nonce of the second
        assert.deepStrictEqual(paths, ["/v2/auth/r/wallets", "/v2/auth/w/order/submit", "/v2/auth/w/order/submit"])
        assert.lengthOf((yield* exchange.account("demo-key")).orders(), 1)
      }).pipe(
        Effect.scoped,
        Effect.provide(FakeExchange.layerServer({ history: 600_000, symbols: ["tBTCUSD"], tick: 20 }))
      ),
    60_000
  )
})
