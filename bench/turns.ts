/**
 * One round: clients that are connected at the same time and alternate, slice by slice: A B, B A, A B, …
 *
 * The speed of a shared machine changes within seconds, so only neighbouring slices are compared.
 */
import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import type { FromClient, FromServer, Report, ToClient, ToServer } from "./messages.ts"
import type { Tally } from "./truth.ts"

/** clients of other makers */
export type PeerFile = "peers/official" | "peers/ccxt" | "peers/nodeApi"

/** a client: its file, its workload, and its mode */
export interface Contender {
  readonly file: "floor" | "ours" | "oursAccount" | "limit" | "null" | PeerFile
  readonly workload: string
  readonly sequence?: boolean
  readonly consumers?: number
  /** how ours consumes its streams; for `limit`, how it handles a frame */
  readonly how?: "inPlace" | "effects" | "chunks" | "each" | "fold" | "socket" | "parse" | "bytes" | "models" | "arrays"
  /** messages of a slice, where they are not those of the plan */
  readonly messages?: number
}

export interface Plan {
  /** folder of the compiled files */
  readonly build: string
  readonly contenders: ReadonlyArray<Contender>
  readonly warmup: number
  readonly slices: number
  /** messages of a slice */
  readonly messages: number
  /** arguments for node, such as --cpu-prof */
  readonly node?: ReadonlyArray<string>
}

export interface Figures {
  /** CPU per delivered message of each slice, microseconds */
  readonly cpu: ReadonlyArray<number>
  /** delivered messages per second of each slice */
  readonly rate: ReadonlyArray<number>
  /** MB */
  readonly maxRss: number
  /** CPU of the server per slice, ms */
  readonly server: ReadonlyArray<number>
  /** share of the messages that the user's code was given; 1 for all that may not lose any */
  readonly delivered: number
}

/** clients that deliver what they choose, or nothing */
const unchecked = new Set<Contender["file"]>(["null", "limit", "peers/ccxt"])

/** Node 20 and 21 have a global WebSocket behind this flag */
const webSocket = process.allowedNodeEnvironmentFlags.has("--experimental-websocket")
  ? ["--experimental-websocket"]
  : []

const patience = 60_000

/** a child process that answers requests */
export class Child<To, From extends { readonly type: string }> {
  readonly process: ChildProcess
  readonly name: string
  #answers: Array<From> = []
  #waiting: (() => void) | undefined
  #ended: string | undefined

  constructor(name: string, file: string, args: ReadonlyArray<string>, node: ReadonlyArray<string> = []) {
    this.name = name
    this.process = fork(file, args, { execArgv: [...node], env: {} })
    this.process.on("message", (message) => {
      this.#answers.push(message as From)
      this.#waiting?.()
    })
    this.process.on("exit", (code) => {
      this.#ended = `${name} ended with ${code}`
      this.#waiting?.()
    })
  }

  send(message: To & object): void {
    this.process.send(message)
  }

  /** the next answer, which must have this type */
  async answer<T extends From["type"]>(type: T): Promise<Extract<From, { readonly type: T }>> {
    const deadline = setTimeout(() => {
      this.#ended ??= `${this.name} did not answer ${type} in time`
      this.#waiting?.()
    }, patience)
    while (this.#answers.length === 0 && this.#ended === undefined) {
      await new Promise<void>((resolve) => this.#waiting = resolve)
    }
    clearTimeout(deadline)
    const answer = this.#answers.shift()
    if (answer?.type === type) return answer as Extract<From, { readonly type: T }>
    throw new Error(answer === undefined ? this.#ended : `${this.name}: ${JSON.stringify(answer)}`)
  }

  stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      this.process.once("exit", () => resolve())
      // clients exit by themselves in this case, so that a profile is written
      this.process.disconnect()
    })
  }
}

export type Server = Child<ToServer, FromServer>
export type Client = Child<ToClient, FromClient>

export const nameOf = (contender: Contender, k: number): string => `${contender.file}-${k}`

const check = (name: string, report: Report, truth: ReadonlyArray<Tally>): void => {
  for (const tallies of report.tallies) {
    truth.forEach((expected, channel) => {
      const actual = tallies[channel]!
      if (actual.count !== expected.count || actual.a !== expected.a || actual.b !== expected.b) {
        throw new Error(
          `refused: ${name} has ${JSON.stringify(actual)} on channel ${channel}, sent was ${JSON.stringify(expected)}`
        )
      }
    })
  }
}

export const round = async (plan: Plan): Promise<ReadonlyArray<Figures>> => {
  const { build, contenders, slices, warmup } = plan
  const messagesOf = (k: number): number => contenders[k]!.messages ?? plan.messages
  const children: Array<Child<any, any>> = []
  try {
    const server: Server = new Child("server", join(build, "bench/server.js"), [])
    children.push(server)
    server.send({
      type: "prepare",
      parties: contenders.map((each, k) => ({
        name: nameOf(each, k),
        workload: each.workload,
        sequence: each.sequence === true,
        messages: (warmup + slices) * messagesOf(k)
      }))
    })
    const { port, truth } = await server.answer("prepared")

    const clients: Array<Client> = []
    const serverCpu: Array<Array<number>> = contenders.map(() => [])
    for (const [k, { consumers = 1, file, how, sequence, workload }] of contenders.entries()) {
      const name = nameOf(contenders[k]!, k)
      const args = [String(port), name, workload, String(sequence === true), String(consumers), how ?? "chunks"]
      const node = [...(plan.node ?? []), ...(file === "peers/nodeApi" ? webSocket : [])]
      const client: Client = new Child(name, join(build, `bench/${file}.js`), args, node)
      children.push(client)
      clients.push(client)
      await client.answer("ready")
    }
    const slice = async (k: number) => {
      clients[k]!.send({ type: "go", messages: messagesOf(k) })
      await clients[k]!.answer("armed")
      server.send({ type: "slice", name: nameOf(contenders[k]!, k), messages: messagesOf(k) })
      serverCpu[k]!.push((await server.answer("sent")).cpu)
      await clients[k]!.answer("done")
    }
    for (let turn = 0; turn < warmup + slices; turn++) {
      const order = clients.map((_, k) => k)
      for (const k of turn % 2 === 0 ? order : order.reverse()) await slice(k)
    }

    const figures: Array<Figures> = []
    for (const [k, client] of clients.entries()) {
      client.send({ type: "report" })
      const report = await client.answer("report")
      const { consumers = 1, file } = contenders[k]!
      if (!unchecked.has(file)) check(client.name, report, truth[client.name]!)
      const total = messagesOf(k) * consumers
      const counted = report.tallies.flat().reduce((sum, { count }) => sum + count, 0)
      figures.push({
        cpu: report.cpu.slice(warmup).map((ms) => ms * 1000 / total),
        rate: report.wall.slice(warmup).map((ms) => total / ms * 1000),
        maxRss: report.maxRss,
        server: serverCpu[k]!.slice(warmup),
        delivered: counted / (total * (warmup + slices))
      })
    }
    return figures
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** median of the ratios of neighbouring slices */
export const ratio = (of: Figures, to: Figures): number => median(of.cpu.map((cpu, k) => cpu / to.cpu[k]!))
