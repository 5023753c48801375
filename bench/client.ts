/**
 * The common part of all client processes: slices, their figures, and the report.
 *
 * Started with the arguments port, name, workload, `true` for sequence numbers, and the number of consumers.
 */
import { send, type ToClient } from "./messages.ts"
import { tallies, type Tally } from "./truth.ts"
import { byName } from "./workloads.ts"

const [port, name, workloadName, sequenceWanted, consumerCount, mode] = process.argv.slice(2)

export const url = `ws://127.0.0.1:${port}/${name}`
export const workload = byName(workloadName!)
export const sequence = sequenceWanted === "true"
export const consumers = Number(consumerCount)
/** mode of a client that has several */
export const how = mode

/** of each consumer, by channel */
export const sums: ReadonlyArray<ReadonlyArray<Tally>> = Array.from({ length: consumers }, () => tallies(workload))

const cpu: Array<number> = []
const wall: Array<number> = []
let usage: NodeJS.CpuUsage | undefined
let begun = 0
let left = 0

/** reports handled messages, by default one */
export const delivered = (messages = 1): void => {
  left -= messages
  if (left === 0) finish()
}

const beforeReport: Array<() => void> = []

/** work after the run, which is not measured */
export const onReport = (act: () => void): void => {
  beforeReport.push(act)
}

const finish = (): void => {
  wall.push(performance.now() - begun)
  send({ type: "done", wall: wall[wall.length - 1]! })
}

/** for clients that count bytes instead of messages */
export const finished = finish

const measure = (): void => {
  if (usage !== undefined) {
    const { system, user } = process.cpuUsage(usage)
    cpu.push((user + system) / 1000)
  }
  usage = process.cpuUsage()
}

export const fault = (text: string): void => send({ type: "fault", text })

/** to be called when all channels are subscribed and have their snapshots */
export const ready = (onGo?: (messages: number) => void): void => {
  process.on("message", (message: ToClient) => {
    measure()
    if (message.type === "go") {
      left = message.messages * consumers
      onGo?.(message.messages)
      begun = performance.now()
      send({ type: "armed" })
    } else {
      for (const act of beforeReport) act()
      send({ type: "report", cpu, wall, maxRss: process.resourceUsage().maxRSS / 1024, tallies: sums })
    }
  })
  send({ type: "ready" })
}

process.on("disconnect", () => process.exit())
