/**
 * Third-party clients, and the workloads on which they run alongside this package.
 */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Contender } from "../turns.ts"

export interface Peer {
  readonly name: string
  readonly file: Contender["file"]
  readonly how?: Contender["how"]
  /** the package in the folder of the tests with other clients */
  readonly needs: string
}

export const peers: ReadonlyArray<Peer> = [
  { name: "bitfinex-api-node 9.1.0", file: "peers/official", how: "models", needs: "bitfinex-api-node" },
  { name: "the same, arrays", file: "peers/official", how: "arrays", needs: "bitfinex-api-node" },
  { name: "ccxt 4.5.84", file: "peers/ccxt", needs: "ccxt" },
  { name: "bitfinex-node-api 4.3.1", file: "peers/nodeApi", needs: "bitfinex-node-api" }
]

export const workloads: ReadonlyArray<readonly [workload: string, what: string]> = [
  ["trades", "trades"],
  ["ticker25", "tickers of 25 channels"],
  ["bookP0", "book P0, 250 a side, checksums"],
  ["bookR0", "book R0, 250 a side, checksums"],
  ["candles", "candles"],
  ["mixed25", "25 channels of all kinds"],
  ["account", "account"],
  ["growth250", "tickers of 250 channels"]
]

/** Installs the packages where they are missing; false where they cannot be had. */
export const install = (root: string): boolean => {
  const folder = join(root, "reliability/peers")
  const isThere = () => peers.every(({ needs }) => existsSync(join(folder, "node_modules", needs)))
  if (isThere()) return true
  try {
    execFileSync("npm", ["ci", "--prefix", folder, "--ignore-scripts"], { stdio: "ignore", timeout: 180_000 })
  } catch {
    return false
  }
  return isThere()
}

export const notes =
  `"Arrays" is \`transform: false\`: rows are passed on undecoded, which is less work than the floor does. ccxt passes on what is
newest when its user asks: the share of the messages that reached the user is given beside its ratio. bitfinex-node-api has
neither books nor checksums: those of the floor were added to it. Its \`te\` and \`tu\` of an account are passed on undecoded. It
runs on the runtime's WebSocket. It names an engine of Node 24; where an older one is used, its WebSocket is behind a flag.`
