/**
 * One client of signed calls: `fetch`, `undici` and `node` (`node:http`) have handwritten signatures, `platformFetch`,
 * `platformUndici` and `platformNode` too, but sent through the platform's HttpClient; `oursFetch` and `oursUndici` are
 * this package over the same transports, and `oursNode` is this package over its own, `NodeHttp`. Arguments: client, port,
 * key, calls in flight, and how many calls of one key this package allows in flight.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import * as Http from "node:http"
import * as undici from "undici"
import * as Auth from "../src/Auth.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as Credentials from "../src/Credentials.ts"
import * as NodeHttp from "../src/NodeHttp.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import type { FromRest, ToRest } from "./rest.ts"

const [which, port, key = "", inFlight, concurrency] = process.argv.slice(2)
const host = `http://127.0.0.1:${port}`
const send = (message: FromRest): void => void process.send!(message)

interface Wallet {
  readonly type: string
  readonly currency: string
  readonly balance: number
  readonly unsettledInterest: number
  readonly availableBalance: number | null
}

/** the user's work on a reply, which is the same for all clients */
let sum = 0
const use = (wallets: ReadonlyArray<{ readonly currency: string; readonly balance: number }>): void => {
  for (const wallet of wallets) if (wallet.currency !== "USD") sum += wallet.balance
}

// --- handwritten

let nonce = Date.now() * 1000
const signed = (path: string, body: string) => {
  const now = String(++nonce)
  const signature = createHmac("sha384", "demo-secret").update(`/api/${path}${now}${body}`).digest("hex")
  return {
    "content-type": "application/json",
    "bfx-nonce": now,
    "bfx-apikey": key,
    "bfx-signature": signature
  }
}
const read = (json: unknown): ReadonlyArray<Wallet> => {
  if (!Array.isArray(json) || json[0] === "error") throw new Error(JSON.stringify(json))
  return json.map((row) => ({
    type: row[0],
    currency: row[1],
    balance: row[2],
    unsettledInterest: row[3],
    availableBalance: row[4]
  }))
}
const path = "v2/auth/r/wallets"
const agent = new Http.Agent({ keepAlive: true })
const pool = new undici.Pool(host)
const byHand: { readonly [name: string]: () => Promise<void> } = {
  fetch: async () => {
    const response = await fetch(`${host}/${path}`, { method: "POST", headers: signed(path, "{}"), body: "{}" })
    use(read(await response.json()))
  },
  undici: async () => {
    const response = await pool.request({ path: `/${path}`, method: "POST", headers: signed(path, "{}"), body: "{}" })
    use(read(await response.body.json()))
  },
  node: () =>
    new Promise((resolve, reject) => {
      const headers = { ...signed(path, "{}"), "content-length": 2 }
      const request = Http.request({ agent, host: "127.0.0.1", port, path: `/${path}`, method: "POST", headers })
      request.on("error", reject)
      request.on("response", (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", reject)
        response.on("end", () => {
          use(read(JSON.parse(Buffer.concat(chunks).toString("utf8"))))
          resolve()
        })
      })
      request.end("{}")
    })
}

/** makes a number of calls, `inFlight` of them at a time */
const drive = async (calls: number, call: () => Promise<void>): Promise<void> => {
  let left = calls
  const lane = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: Number(inFlight) }, lane))
}

// --- handwritten, over the platform's client

/** the same: as many fibers as calls in flight, each of which makes one call after the other */
const effects = (calls: number, call: Effect.Effect<void, unknown>): Promise<void> => {
  let left = calls
  const lane = Effect.whileLoop({ while: () => left-- > 0, body: () => call, step: () => {} })
  return Effect.runPromise(
    Effect.all(Array.from({ length: Number(inFlight) }, () => lane), { concurrency: "unbounded", discard: true })
  )
}

const platform = (transport: typeof FetchHttpClient.layer) =>
  Effect.gen(function*() {
    const client = HttpClient.withTracerDisabledWhen(yield* HttpClient.HttpClient, () => true)
    const call = Effect.suspend(() =>
      client.execute(
        HttpClientRequest.post(`${host}/${path}`, { headers: signed(path, "{}") }).pipe(
          HttpClientRequest.bodyText("{}", "application/json")
        )
      )
    ).pipe(
      Effect.flatMap((response) => response.text),
      Effect.map((text) => use(read(JSON.parse(text))))
    )
    yield* serve((calls) => effects(calls, call))
  }).pipe(Effect.provide(transport))

// --- ours

/** the active limiter, with limits that are never reached */
const unbound = Layer.effect(
  RateLimiter.RateLimiter,
  Effect.map(RateLimiter.make, (limiter): RateLimiter.Service => ({
    ...limiter,
    hold: (key, _, options, use) => limiter.hold(key, [1024, 1e-6], options, use),
    tryAcquire: (clock, key, _, urgent) => limiter.tryAcquire(clock, key, [1024, 1e-6], urgent)
  }))
)

const ours = (transport: typeof FetchHttpClient.layer) => {
  const layer = RestAuthClient.layer().pipe(
    Layer.provide(
      Auth.layer().pipe(
        Layer.provide([
          Credentials.layer({ apiKey: Redacted.make(key), apiSecret: Redacted.make("demo-secret") }),
          Nonce.layerMemory
        ])
      )
    ),
    Layer.provide([unbound, transport]),
    Layer.provide(BitfinexConfig.layer({ rest: { authUrl: host, signedConcurrency: Number(concurrency) } }))
  )
  return Effect.gen(function*() {
    const rest = yield* RestAuthClient.RestAuthClient
    const wallets = Effect.map(rest.wallets(), use)
    yield* serve((calls) => effects(calls, wallets))
  }).pipe(Effect.provide(layer))
}

const serve = (slice: (calls: number) => Promise<void>): Effect.Effect<void> =>
  Effect.async<void>(() => {
    process.on("message", (message) => {
      const { calls } = message as ToRest
      const [cpu, wall] = [process.cpuUsage(), performance.now()]
      sum = 0
      slice(calls).then(() => {
        const { system, user } = process.cpuUsage(cpu)
        send({ type: "done", cpu: (system + user) / calls, wall: performance.now() - wall, sum })
      }, (error) => send({ type: "failed", text: String(error) }))
    })
    send({ type: "ready" })
  })

process.on("disconnect", () => process.exit(0))

const clients: { readonly [name: string]: () => Effect.Effect<void, unknown> } = {
  platformFetch: () => platform(FetchHttpClient.layer),
  platformUndici: () => platform(NodeHttpClient.layerUndici),
  platformNode: () => platform(NodeHttpClient.layer),
  oursFetch: () => ours(FetchHttpClient.layer),
  oursUndici: () => ours(NodeHttpClient.layerUndici),
  oursNode: () => ours(NodeHttp.layer)
}

Effect.runFork(clients[which!]?.() ?? serve((calls) => drive(calls, byHand[which!]!)))
