import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** runs the bot until it has said `until`, and sends it a signal */
const run = (args: ReadonlyArray<string>, until: string, signal: NodeJS.Signals) =>
  new Promise<{ readonly code: number | null; readonly out: string }>((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", "examples/bots/market-maker.ts", ...args], {
      cwd: root,
      timeout: 90_000,
      killSignal: "SIGKILL"
    })
    let out = ""
    let sent = false
    const read = (chunk: Buffer) => {
      out += chunk.toString()
      if (sent || !out.includes(until)) return
      sent = true
      child.kill(signal)
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    child.on("close", (code) => resolve({ code, out }))
  })

describe("market maker, as a process", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal}: it cancels its orders, waits until the venue lists none, and reports the result`, {
      timeout: 100_000
    }, async () => {
      // the first fill proves that orders are out
      const { out } = await run(["--for", "ever", "--distance", "0.5", "--move", "0.5"], "source: socket", signal)
      assert.match(out, /^orders +[1-9]\d* placed/m)
      assert.match(out, /^open now +none$/m)
      assert.match(out, /the exchange says: [1-9]\d* fills, 0 orders open, 0 orders placed twice/)
      assert.notInclude(out, "FATAL")
    })
  }

  it("an invalid argument is one sentence, and exit code 1", { timeout: 60_000 }, async () => {
    const { code, out } = await run(["--amount", "2", "--limit", "1"], "\0", "SIGTERM")
    assert.deepStrictEqual(out.trim().split("\n"), ["--limit 1: it leaves no room for a quote of 2"])
    assert.strictEqual(code, 1)
  })
})
