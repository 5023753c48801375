/** Leaks on purpose, to see that they are found. */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"

/** what is done to each lost socket */
export type Plant = (socket: object) => void

const kept: Array<unknown> = []

export const plants: { readonly [name: string]: Plant } = {
  /** a listener on something that lives long, and what it closes over */
  listener: () => {
    const rows = Array.from({ length: 32 }, (_, k) => k * 1.5)
    process.on("SIGUSR2", () => void rows.length)
  },
  /** a closure in a list that nobody empties */
  closure: () => {
    const rows = Array.from({ length: 64 }, (_, k) => k * 1.5)
    kept.push(() => rows.length)
  },
  fiber: () => void Effect.runFork(Effect.never),
  timer: () => void setInterval(() => {}, 60_000),
  descriptor: () => void fs.openSync("/dev/null", "r"),
  socket: (socket) => void kept.push(socket),
  /** nothing leaks, but something is rejected and nobody listens */
  rejection: () => void Promise.reject(new Error("planted"))
}
