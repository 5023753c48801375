/**
 * The cost of one update of an order, watched in `AccountState`, by the number of open orders. A socket in this process
 * gives each frame, and waits until the state that it brought was seen.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { EventEmitter } from "node:events"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as AccountState from "../src/AccountState.ts"
import * as Auth from "../src/Auth.ts"
import * as Credentials from "../src/Credentials.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import { median } from "./turns.ts"

/** the members of a socket of `ws` that are used */
class Local extends EventEmitter {
  readyState = 0
  readonly #snapshot: string
  constructor(snapshot: string) {
    super()
    this.#snapshot = snapshot
    setImmediate(() => {
      this.readyState = 1
      this.emit("open", {})
      this.give(JSON.stringify({ event: "info", version: 2, serverId: "bench", platform: { status: 1 } }))
    })
  }
  give(text: string): void {
    this.emit("message", Buffer.from(text), false)
  }
  send(text: string): void {
    const frame = JSON.parse(text)
    if (frame.event === "conf") setImmediate(() => this.give(JSON.stringify({ ...frame, status: "OK" })))
    if (frame.event !== "auth") return
    setImmediate(() => {
      this.give(JSON.stringify({ event: "auth", status: "OK", chanId: 0, userId: 1, caps: {} }))
      for (const type of ["ps", "ws", "fos", "fcs", "fls"]) this.give(`[0,"${type}",[]]`)
      this.give(this.#snapshot)
    })
  }
  close(): void {
    this.readyState = 3
    this.emit("close", { code: 1000, reason: "" })
  }
  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.on(type, listener)
  }
  removeEventListener(type: string, listener: (event: unknown) => void): void {
    this.off(type, listener)
  }
}

const rowOf = (id: number, amount: number): ReadonlyArray<unknown> => {
  const row: Array<unknown> = Array.from({ length: 32 }, () => null)
  Object.assign(row, [id, null, id, "tBTCUSD", 1_700_000_000_000, 1_700_000_000_000, amount, 1, "EXCHANGE LIMIT"])
  row[13] = "ACTIVE"
  row[16] = 30_000
  return row
}

export interface OrdersFigures {
  readonly open: number
  /** CPU from the snapshot's frame to its state, ms */
  readonly snapshot: number
  /** CPU of one update, its state seen, µs */
  readonly update: number
}

const headers = { "content-type": "application/json" }

const cpu = (): number => {
  const { system, user } = process.cpuUsage()
  return system + user
}

const measure = (open: number, slices: number, updates: number) =>
  Effect.gen(function*() {
    const first = 123_000_000_000
    const rows = Array.from({ length: open }, (_, k) => rowOf(first + 3 * k, 1))
    let socket: Local | undefined
    const from = { at: 0 }
    const construct = () => {
      socket = new Local(`[0,"os",${JSON.stringify(rows)}]`)
      from.at = cpu()
      // the cast: a double with the members that are used
      return socket as unknown as ReturnType<typeof Socket.WebSocketConstructor.Service>
    }
    const http = HttpClient.make((request) =>
      Effect.succeed(HttpClientResponse.fromWeb(request, new Response("[]", { headers })))
    )
    const layer = AccountState.layer().pipe(
      Layer.provide(AccountConnection.layer()),
      Layer.provide(RestAuthClient.layer()),
      Layer.provide(Auth.layer()),
      Layer.provide([
        RateLimiter.layerMemory,
        Nonce.layerMemory,
        Credentials.layer({ apiKey: Redacted.make("bench"), apiSecret: Redacted.make("bench") }),
        Layer.succeed(Socket.WebSocketConstructor, construct),
        Layer.succeed(HttpClient.HttpClient, http),
        Logger.remove(Logger.defaultLogger)
      ])
    )
    return yield* Effect.gen(function*() {
      const { orders } = yield* AccountState.AccountState
      let seen = 0
      yield* Effect.forkScoped(Stream.runForEach(orders.changes, () => Effect.sync(() => seen++)))
      yield* orders.synced
      const snapshot = (cpu() - from.at) / 1000
      yield* Effect.sleep("100 millis")
      const figures: Array<number> = []
      for (let slice = 0; slice < slices; slice++) {
        const texts = Array.from(
          { length: updates },
          (_, k) => JSON.stringify([0, "ou", rowOf(first + 3 * ((k * 7919) % open), 1 / (2 + k))])
        )
        const before = cpu()
        const expected = seen + updates
        for (const text of texts) {
          socket!.give(text)
          yield* Effect.yieldNow()
        }
        figures.push((cpu() - before) / updates)
        if (seen < expected) throw new Error(`${expected - seen} states were not seen`)
      }
      return { open, snapshot, update: median(figures.slice(Math.floor(slices / 3))) } satisfies OrdersFigures
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

const results = await Effect.runPromise(
  Effect.forEach([10, 10, 100, 1000, 10_000], (open) => measure(open, 12, 2000))
)
// the first one is warm-up
process.send?.({ type: "orders", results: results.slice(1) })
if (process.send === undefined) console.table(results.slice(1))
