/**
 * The cost of importing the package as Node gets it (`scripts/make-node.mjs`): CPU and memory against the modules of Effect
 * that its own modules use.
 */
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "./build.ts"
import { median } from "./turns.ts"
import { wholePackage } from "./wholePackage.ts"

/** the modules of other packages that a file of this package loads, directly or transitively */
const foreign = (file: string, seen = new Set<string>(), found = new Set<string>()): Set<string> => {
  if (seen.has(file)) return found
  seen.add(file)
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(/^(?:import|export|\}).* from "([^"]+)"/gm)) {
    if (specifier === undefined) continue
    if (specifier.startsWith(".")) foreign(join(dirname(file), specifier), seen, found)
    else found.add(specifier)
  }
  return found
}

const load = (build: string, name: string, specifiers: ReadonlyArray<string>): string => {
  const file = join(build, `import-${name}.js`)
  const list = specifiers.map((specifier) => `import(${JSON.stringify(specifier)})`).join(", ")
  writeFileSync(
    file,
    `const rss = process.memoryUsage().rss
const begun = process.cpuUsage()
await Promise.all([${list}])
const { system, user } = process.cpuUsage(begun)
console.log(JSON.stringify([(system + user) / 1000, (process.memoryUsage().rss - rss) / 1048576]))
`
  )
  return file
}

export interface ImportFigures {
  readonly name: string
  /** ms of CPU */
  readonly time: number
  /** MB */
  readonly rss: number
  /** medians of the ratios to the modules of Effect, run by run; null for these modules themselves */
  readonly timeRatio: number | null
  readonly rssRatio: number | null
}

export const imports = (build: string, rounds: number): ReadonlyArray<ImportFigures> => {
  const entries = {
    [wholePackage]: ["index"],
    "MarketData, NodeSocket, RestClient": ["MarketData", "NodeSocket", "RestClient"]
  }
  execFileSync(process.execPath, [join(root, "scripts/make-node.mjs"), join(build, "src")])
  const out: Array<ImportFigures> = []
  for (const [name, modules] of Object.entries(entries)) {
    const files = modules.map((module) => join(build, "src", `${module}.js`))
    const effect = [...files.reduce((found, file) => foreign(file, new Set(), found), new Set<string>())]
      .filter((specifier) => /^(effect|@effect\/platform)\//.test(specifier))
    const bundled = modules.map((module) => `file://${join(build, "src/node", `${module}.js`)}`)
    const scripts = [load(build, "effect", effect), load(build, "ours", bundled)]
    const runs = Array.from(
      { length: rounds + 1 },
      () =>
        scripts.map((script) =>
          JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8" })) as [number, number]
        )
    ).slice(1) // the first one fills the disk cache
    const [base, ours] = [runs.map((run) => run[0]!), runs.map((run) => run[1]!)]
    const middle = (pairs: ReadonlyArray<[number, number]>, k: 0 | 1) => median(pairs.map((pair) => pair[k]))
    out.push(
      {
        name: `${effect.length} modules of Effect`,
        time: middle(base, 0),
        rss: middle(base, 1),
        timeRatio: null,
        rssRatio: null
      },
      {
        name,
        time: middle(ours, 0),
        rss: middle(ours, 1),
        timeRatio: median(ours.map((run, k) => run[0] / base[k]![0])),
        rssRatio: median(ours.map((run, k) => run[1] / base[k]![1]))
      }
    )
  }
  return out
}
