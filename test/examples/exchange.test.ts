import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as net from "node:net"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

const run = (file: string, ...args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly lines: ReadonlyArray<string> }>((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", `examples/${file}`, ...args], {
      cwd: root,
      timeout: 45_000,
      killSignal: "SIGKILL"
    })
    let out = ""
    const read = (chunk: Buffer) => {
      out += chunk.toString()
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    child.on("close", (code) => resolve({ code, lines: out.split("\n").filter((line) => line.trim() !== "") }))
  })

describe("a program that cannot run reports why in one sentence, and exits with 1", () => {
  it("exchange: the port is taken", { timeout: 60_000 }, async () => {
    const other = net.createServer()
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", () => resolve()))
    const { port } = other.address() as net.AddressInfo
    try {
      const { code, lines } = await run("exchange.ts", "--port", String(port))
      assert.deepStrictEqual(lines, [
        `The exchange cannot listen on port ${port}: another program listens there; choose another port, or 0 for a free `
        + "one."
      ])
      assert.strictEqual(code, 1)
    } finally {
      other.close()
    }
  })

  const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, line: string]> = [
    [["exchange.ts", "--port", "99999"], "--port 99999: give a port from 0 to 65535"],
    [["exchange.ts", "--symbols", "tBTCUSD,nope"], "--symbols: \"nope\" is no symbol: "],
    [["exchange.ts", "--seed", "abc"], "--seed abc: give a whole number"],
    [["exchange.ts", "--faults", "package.json"], "--faults package.json: The script of faults: a script is a list"],
    [["demo/main.ts", "--seed", "1.5"], "--seed 1.5: give a whole number"],
    [["bots/market-maker.ts", "--seed", "x"], "--seed x: give a whole number"]
  ]
  for (const [args, line] of cases) {
    it(args.join(" "), { timeout: 60_000 }, async () => {
      const [file = "", ...rest] = args
      const { code, lines: all } = await run(file, ...rest)
      // the demo draws its first line before it reads its options
      const lines = all.filter((line) => !line.startsWith("effect-bitfinex demo: "))
      assert.lengthOf(lines, 1)
      assert.include(lines[0], line)
      assert.notInclude(lines[0], "{")
      assert.strictEqual(code, 1)
    })
  }

  it("example: an unknown name is reported with the known names", { timeout: 60_000 }, async () => {
    const { code, lines } = await run("run.ts", "nonsense")
    assert.strictEqual(lines[0], "There is no example nonsense. There are:")
    assert.include(lines, "public/ticker")
    assert.isEmpty(lines.slice(1).filter((line) => !/^[\w-]+\/[\w-]+$/.test(line)))
    assert.strictEqual(code, 1)
  })
})
