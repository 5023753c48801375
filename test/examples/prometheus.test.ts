import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

describe("examples: metrics and probes over HTTP", () => {
  const run = (...args: ReadonlyArray<string>) => {
    const child = spawn(process.execPath, ["--import", "tsx", "examples/run.ts", "observability/prometheus", ...args], {
      cwd: root,
      timeout: 45_000,
      killSignal: "SIGKILL"
    })
    const out = { text: "" }
    child.stdout.on("data", (chunk: Buffer) => {
      out.text += chunk.toString()
    })
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
    return { child, out, ended }
  }

  it("--serve keeps running: /metrics has the right type, /health and /alive answer, and SIGINT ends it", {
    timeout: 60_000
  }, async () => {
    const { child, ended, out } = run("--serve", "--port", "0")
    try {
      const until = performance.now() + 30_000
      const url = () => /http:\/\/\S+(?=\/metrics)/.exec(out.text)?.[0]
      while (url() === undefined && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50))
      const get = async (path: string) => {
        const response = await fetch(url() + path)
        return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
      }
      let metrics = await get("/metrics")
      while (!/bitfinex_sockets_live\{pool="public"\} 1/.test(metrics.text) && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        metrics = await get("/metrics")
      }
      assert.strictEqual(metrics.type, "text/plain; version=0.0.4; charset=utf-8")
      for (const line of metrics.text.trim().split("\n")) {
        assert.match(line, /^(# (HELP|TYPE) [a-zA-Z_:][\w:]* .+|[a-zA-Z_:][\w:]*(\{(\w+="[^"]*",?)+\})? \S+)$/)
      }
      assert.match(metrics.text, /^bitfinex_command_outcomes_total\{.*outcome="accepted".*\} 1$/m)
      const health = await get("/health")
      assert.strictEqual(health.status, 200)
      assert.deepInclude(JSON.parse(health.text), { isHealthy: true, reasons: [] })
      assert.strictEqual(JSON.parse(health.text).report.account.isLive, true)
      assert.strictEqual((await get("/alive")).status, 200)
    } finally {
      child.kill("SIGINT")
    }
    await ended
    assert.notStrictEqual(child.signalCode, "SIGKILL")
  })
})
