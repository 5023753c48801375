/**
 * The latency of an order from the call to its acknowledgement, over loopback: `Trading.submitOrder` against a
 * handwritten client on `ws`, which signs nothing, checks nothing and correlates by `cid` alone. Both are connected at
 * the same time and alternate; the ratio is that of the medians of neighbouring slices.
 *
 * `npx tsx bench/roundtrip.ts [--slices 20] [--orders 300]`
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { fork } from "node:child_process"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { WebSocket, WebSocketServer } from "ws"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as Auth from "../src/Auth.ts"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"
import * as Credentials from "../src/Credentials.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import * as Trading from "../src/Trading.ts"

/** settings that the main process passes to the measuring process */
const [slices = 0, orders = 0] = process.argv.slice(3).map(Number)

const median = (all: ReadonlyArray<number>): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]!

/** the venue: accepts every order, and executes it at once */
const serve = (): void => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  let id = 1_000_000
  server.on("connection", (socket) => {
    const send = (json: unknown) => socket.send(JSON.stringify(json))
    send({ event: "info", version: 2, serverId: "bench", platform: { status: 1 } })
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString())
      if (frame.event === "conf") return send({ event: "conf", status: "OK", flags: frame.flags })
      if (frame.event === "ping") return send({ event: "pong", ts: 0, cid: frame.cid })
      if (frame.event === "auth") {
        send({ event: "auth", status: "OK", chanId: 0, userId: 1, caps: { orders: { read: 1, write: 1 } } })
        for (const type of ["ps", "ws", "os", "fos", "fcs", "fls"]) send([0, type, []])
        return
      }
      if (!Array.isArray(frame) || frame[1] !== "on") return
      const { amount, cid, symbol, type } = frame[3]
      const row: Array<unknown> = Array.from({ length: 32 }, () => null)
      Object.assign(row, [++id, null, cid, symbol, Date.now(), Date.now(), 0, Number(amount), type])
      row[13] = `EXECUTED @ 30000(${amount})`
      send([0, "n", [Date.now(), "on-req", null, null, row, null, "SUCCESS", "Submitting."]])
      send([0, "oc", row])
    })
  })
  server.on("listening", () => process.send!((server.address() as AddressInfo).port))
}

const terms = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "30000" } as const

/** a minimal handwritten client */
const byHand = async (url: string) => {
  const socket = new WebSocket(url)
  const waiting = new Map<number, (row: unknown) => void>()
  let cid = 1
  await once(socket, "open")
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString())
    if (!Array.isArray(frame) || frame[1] !== "n") return
    const [, type, , , row, , status] = frame[2]
    if (type !== "on-req" || status !== "SUCCESS") return
    waiting.get(row[2])?.(row)
    waiting.delete(row[2])
  })
  socket.send(JSON.stringify({ event: "auth", apiKey: "bench" }))
  await new Promise((resolve) => setTimeout(resolve, 200))
  return {
    submit: () =>
      new Promise((resolve) => {
        cid++
        waiting.set(cid, resolve)
        socket.send(JSON.stringify([0, "on", null, { ...terms, cid }]))
      }),
    close: () => socket.close()
  }
}

const compare = (url: string) =>
  Effect.gen(function*() {
    const trading = yield* Trading.Trading
    yield* (yield* AccountConnection.AccountConnection).login
    const hand = yield* Effect.promise(() => byHand(url))
    /** median of the round trips, and CPU of one, in ms */
    type Figure = readonly [trip: number, cpu: number]
    const cpu = () => {
      const { system, user } = process.cpuUsage()
      return (system + user) / 1000
    }
    const theirs = Effect.promise(async (): Promise<Figure> => {
      const times: Array<number> = []
      const before = cpu()
      for (let k = 0; k < orders; k++) {
        const from = performance.now()
        await hand.submit()
        times.push(performance.now() - from)
      }
      return [median(times), (cpu() - before) / orders]
    })
    const ours = Effect.gen(function*() {
      const times: Array<number> = []
      const before = cpu()
      for (let k = 0; k < orders; k++) {
        const from = performance.now()
        yield* trading.submitOrder(terms)
        times.push(performance.now() - from)
      }
      return [median(times), (cpu() - before) / orders] as Figure
    })
    const pairs: Array<readonly [ours: Figure, theirs: Figure]> = []
    // the first quarter is warm-up
    for (let slice = 0; slice < slices; slice++) {
      const first = slice % 2 === 0
      const a = yield* first ? ours : theirs
      const b = yield* first ? theirs : ours
      if (slice >= slices / 4) pairs.push(first ? [a, b] : [b, a])
    }
    const figures = (at: 0 | 1): string => {
      const micros = (who: 0 | 1) => (1000 * median(pairs.map((pair) => pair[who][at]))).toFixed(0)
      const ratio = median(pairs.map(([mine, floor]) => mine[at] / floor[at])).toFixed(2)
      return `ours ${micros(0)} µs, by hand ${micros(1)} µs, ratio of medians ${ratio}`
    }
    process.stdout.write(`round trip: ${figures(0)}\nCPU of one: ${figures(1)}\n`)
    hand.close()
  })

const measure = async (): Promise<void> => {
  const server = fork(process.argv[1]!, ["--serve"])
  const [port] = await once(server, "message")
  const url = `ws://127.0.0.1:${port}/ws/2`
  const layer = Trading.layer().pipe(
    Layer.provideMerge(AccountConnection.layer()),
    Layer.provide(RestAuthClient.layer()),
    Layer.provide(Auth.layer()),
    Layer.provide([
      RateLimiter.layerMemory,
      NodeSocket.layer,
      FetchHttpClient.layer,
      Nonce.layerMemory,
      Credentials.layer({ apiKey: Redacted.make("bench"), apiSecret: Redacted.make("bench") })
    ]),
    // a budget that is never reached, with a short window: the venue's budget is two orders a second
    Layer.provide(
      BitfinexConfig.layer({ account: { url, orderLimit: { count: 100_000, per: "0.05 seconds" } }, limitMargin: 0 })
    ),
    Layer.provide(Logger.remove(Logger.defaultLogger))
  )
  await Effect.runPromise(Effect.provide(compare(url), layer))
  server.kill()
}

if (process.argv.includes("--serve")) serve()
else if (process.argv.includes("--measure")) await measure()
else {
  // the compiled processes need none of these three
  const [Options, CommandLine, { build }] = await Promise.all([
    import("@effect/cli/Options"),
    import("../scripts/commandLine.ts"),
    import("./build.ts")
  ])
  const { orders, slices } = await CommandLine.read({
    name: "npx tsx bench/roundtrip.ts",
    description: "Measures how long an order takes from the call to its acknowledgement.",
    options: Options.all({
      slices: Options.withDefault(CommandLine.wholeNumber("slices", "measured slices; 20 by default"), 20),
      orders: Options.withDefault(CommandLine.wholeNumber("orders", "orders of a slice; 300 by default"), 300)
    })
  })
  const child = fork(join(build(), "bench", "roundtrip.js"), ["--measure", String(slices), String(orders)])
  await once(child, "exit")
}
