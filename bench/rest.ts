/**
 * The cost of a signed call: `npm run bench:rest -- --rounds 3 --slices 12 --calls 400`. CPU of this package, and of
 * the platform's HttpClient by itself, against the same transport signed by hand, 1 and 32 calls in flight, over
 * loopback to a venue that verifies each signature. Then the cost of signing in order when the venue takes 20 ms to
 * answer.
 *
 * As in `turns.ts`, the clients run side by side and alternate slice by slice, and neighbouring slices are compared.
 */
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import * as CommandLine from "../scripts/commandLine.ts"
import { build } from "./build.ts"
import { Child, median } from "./turns.ts"

export interface ToRest {
  readonly calls: number
}

export type FromRest =
  | { readonly type: "ready" }
  /** microseconds of CPU per call, ms of the slice, and the sum of the user's code */
  | { readonly type: "done"; readonly cpu: number; readonly wall: number; readonly sum: number }
  | { readonly type: "failed"; readonly text: string }

type FromVenue =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "counted"; readonly requests: number; readonly late: number }

interface Contender {
  readonly which: string
  readonly concurrency: number
}

/** sum of the balances in each reply, without USD */
const each = 1.5 + 2.5 + 4.5 + 5.5

const round = async (
  out: string,
  inFlight: number,
  contenders: ReadonlyArray<Contender>,
  { calls, latency = 0, slices, warmup }: {
    readonly calls: number
    readonly slices: number
    readonly warmup: number
    /** latency of the venue, ms */
    readonly latency?: number
  }
) => {
  const children: Array<Child<any, any>> = []
  try {
    const server = new Child<object, FromVenue>("server", join(out, "bench/restServer.js"), [String(latency)])
    children.push(server)
    const { port } = await server.answer("listening")
    const clients: Array<Child<ToRest, FromRest>> = []
    for (const [k, { concurrency, which }] of contenders.entries()) {
      const args = [which, String(port), `demo-key-${k}`, String(inFlight), String(concurrency)]
      const client = new Child<ToRest, FromRest>(which, join(out, "bench/restClient.js"), args)
      children.push(client)
      clients.push(client)
      await client.answer("ready")
    }
    const cpu: ReadonlyArray<Array<number>> = contenders.map(() => [])
    const rate: ReadonlyArray<Array<number>> = contenders.map(() => [])
    for (let turn = 0; turn < warmup + slices; turn++) {
      const order = clients.map((_, k) => k)
      for (const k of turn % 2 === 0 ? order : order.reverse()) {
        clients[k]!.send({ calls })
        const done = await clients[k]!.answer("done")
        if (Math.abs(done.sum - calls * each) > 1e-6) {
          throw new Error(`refused: ${contenders[k]!.which} has ${done.sum}`)
        }
        if (turn < warmup) continue
        cpu[k]!.push(done.cpu)
        rate[k]!.push(calls / done.wall * 1000)
      }
    }
    server.send({})
    const { requests } = await server.answer("counted")
    const sent = contenders.length * (warmup + slices) * calls
    if (requests !== sent) throw new Error(`refused: the venue saw ${requests} good signatures of ${sent}`)
    return { cpu, rate }
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
}

const inFlight = Options.text("inFlight").pipe(
  Options.withDescription("calls in flight, joined by commas; 1,32 by default"),
  Options.withDefault("1,32"),
  Options.mapEffect((text) => {
    const counts = text.split(",").map(Number)
    return counts.every((count) => Number.isInteger(count) && count > 0)
      ? Effect.succeed(counts)
      : Effect.fail(CommandLine.refuse(`--inFlight ${text}: give whole numbers above 0 joined by commas, such as 1,32`))
  })
)

const values = await CommandLine.read({
  name: "npm run bench:rest --",
  description: "Measures what a signed call costs, against the same transport signed by hand.",
  options: Options.all({
    rounds: Options.withDefault(CommandLine.wholeNumber("rounds", "rounds of each comparison; 3 by default"), 3),
    slices: Options.withDefault(CommandLine.wholeNumber("slices", "measured slices of a round; 12 by default"), 12),
    calls: Options.withDefault(CommandLine.wholeNumber("calls", "calls of a slice; 400 by default"), 400),
    inFlight
  })
})
const plan = { calls: values.calls, slices: values.slices, warmup: 20 }
const out = build()

const transport = /fetch|undici|node/i
const nameOf = ({ concurrency, which }: Contender): string =>
  concurrency === 0 ? `${which}, signed by hand` : `${which}, signedConcurrency ${concurrency}`
const figure = (value: number): string => value.toFixed(value < 10 ? 2 : 0)
for (const inFlight of values.inFlight) {
  const contenders: ReadonlyArray<Contender> = [
    { which: "fetch", concurrency: 0 },
    { which: "platformFetch", concurrency: 0 },
    { which: "oursFetch", concurrency: 1 },
    ...(inFlight === 1 ? [] : [{ which: "oursFetch", concurrency: inFlight }]),
    { which: "undici", concurrency: 0 },
    { which: "platformUndici", concurrency: 0 },
    { which: "oursUndici", concurrency: 1 },
    ...(inFlight === 1 ? [] : [{ which: "oursUndici", concurrency: inFlight }]),
    { which: "node", concurrency: 0 },
    { which: "platformNode", concurrency: 0 },
    { which: "oursNode", concurrency: 1 },
    ...(inFlight === 1 ? [] : [{ which: "oursNode", concurrency: inFlight }])
  ]
  const rounds: Array<Awaited<ReturnType<typeof round>>> = []
  for (let k = 0; k < values.rounds; k++) rounds.push(await round(out, inFlight, contenders, plan))
  console.log(`\n${inFlight} in flight: µs of CPU per call, calls per second, CPU against the transport signed by hand`)
  for (const [k, { which }] of contenders.entries()) {
    const floor = contenders.findIndex((other) => other.which === transport.exec(which)![0].toLowerCase())
    const ratios = rounds.map(({ cpu }) => median(cpu[k]!.map((value, slice) => value / cpu[floor]![slice]!)))
    const name = nameOf(contenders[k]!)
    const [cpu, rate] = (["cpu", "rate"] as const).map((of) => figure(median(rounds.flatMap((each) => each[of][k]!))))
    const spread = ratios.map(figure).join(" ")
    console.log(`${name.padEnd(34)} ${cpu!.padStart(6)} ${rate!.padStart(6)}  ${figure(median(ratios))}  (${spread})`)
  }
}

const far: ReadonlyArray<Contender> = [
  { which: "undici", concurrency: 0 },
  { which: "oursUndici", concurrency: 1 },
  { which: "oursUndici", concurrency: 4 },
  { which: "oursUndici", concurrency: 32 }
]
const latency = 20
const { rate } = await round(out, 32, far, { calls: 96, slices: 6, warmup: 2, latency })
console.log(`\n32 in flight, ${latency} ms to an answer: calls per second`)
for (const [k, contender] of far.entries()) {
  console.log(`${nameOf(contender).padEnd(34)} ${figure(median(rate[k]!)).padStart(6)}`)
}
