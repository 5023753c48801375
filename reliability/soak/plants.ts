/** Deliberate leaks, to verify that a soak detects them. */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"

/** the action on each lost socket */
export type Plant = (socket: object) => void

const kept: Array<unknown> = []

export const plants: { readonly [name: string]: Plant } = {
  /** a listener on a long-lived emitter, with the values that it captures */
  listener: () => {
    const rows = Array.from({ length: 32 }, (_, k) => k * 1.5)
    process.on("SIGUSR2", () => void rows.length)
  },
  /** a closure in a list that is never emptied */
  closure: () => {
    const rows = Array.from({ length: 64 }, (_, k) => k * 1.5)
    kept.push(() => rows.length)
  },
  fiber: () => void Effect.runFork(Effect.never),
  timer: () => void setInterval(() => {}, 60_000),
  descriptor: () => void fs.openSync("/dev/null", "r"),
  socket: (socket) => void kept.push(socket),
  /** no leak, but a rejected promise without a handler */
  rejection: () => void Promise.reject(new Error("planted"))
}
