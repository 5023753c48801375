/** A program as a process of its own: prints `ready` and waits for a line of its input, and prints its result. */
import * as Effect from "effect/Effect"
import process from "node:process"
import { run } from "./programs.ts"

const [name = "", restUrl = "", socketUrl = ""] = process.argv.slice(2)

const ready = Effect.promise(() =>
  new Promise<void>((resolve) => {
    process.stdin.once("data", () => {
      process.stdin.pause()
      resolve()
    })
    console.log("ready")
  })
)

const result = await run(name, { restUrl, socketUrl }, ready)
console.log(JSON.stringify(result))
