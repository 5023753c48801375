/**
 * Puts the modules of `dist` into a few files for Node: `dist/node`. Node takes 0.4 ms of CPU for each module that it loads,
 * and has to look for `effect` in each of them; a program that imports the package has to wait for that (bench/README.md).
 * Bundlers get the single modules, of which they leave out those that are not used.
 *
 * All entry points share the same files, so that nothing exists twice. The fake exchange, which needs an optional peer, is in a
 * file of its own.
 *
 * Arguments: the folder of the compiled modules; `dist` by default.
 */
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"

const dist = path.resolve(process.argv[2] ?? "dist")
const out = path.join(dist, "node")
fs.rmSync(out, { recursive: true, force: true })

const entries = fs.readdirSync(dist, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".js") && !/(^|\/)internal\/|^protocol\/records\/|^indexWeb\./.test(file))
  .map((file) => file.slice(0, -".js".length))
  .sort()

/** the file that an entry point is put into */
const groupOf = (entry) => entry.startsWith("testing/") ? "testing" : "core"

const options = {
  absWorkingDir: dist,
  outdir: out,
  bundle: true,
  format: "esm",
  target: "node20",
  platform: "node",
  packages: "external",
  logLevel: "warning"
}

const { metafile } = await esbuild.build({
  ...options,
  entryPoints: entries.map((entry) => `./${entry}.js`),
  write: false,
  metafile: true
})
/** names that each entry point exports */
const names = new Map()
for (const output of Object.values(metafile.outputs)) {
  if (output.entryPoint !== undefined) names.set(output.entryPoint.replace(/\.js$/, ""), output.exports)
}

/** an export of an entry point, under a name that no other has */
const long = (entry, name) => `${entry.replaceAll("/", "$")}$${name}`
const listed = (entry, to) => names.get(entry).map((name) => to(name, long(entry, name))).join(", ")

const groups = new Map()
for (const entry of entries) groups.set(groupOf(entry), [...(groups.get(groupOf(entry)) ?? []), entry])

await esbuild.build({
  ...options,
  entryPoints: [...groups.keys()].map((group) => ({ in: `group:${group}`, out: `internal/${group}` })),
  chunkNames: "internal/[name]-[hash]",
  splitting: true,
  sourcemap: true,
  sourcesContent: false,
  plugins: [{
    name: "groups",
    setup: (build) => {
      build.onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: "groups" }))
      build.onLoad({ filter: /./, namespace: "groups" }, ({ path }) => ({
        resolveDir: dist,
        contents: groups.get(path.slice("group:".length)).map((entry) =>
          `export { ${listed(entry, (name, as) => `${name} as ${as}`)} } from "./${entry}.js"\n`
        ).join("")
      }))
    }
  }]
})

for (const entry of entries) {
  const file = path.join(out, `${entry}.js`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const group = path.posix.relative(path.posix.dirname(entry), `internal/${groupOf(entry)}.js`)
  const from = group.startsWith(".") ? group : `./${group}`
  fs.writeFileSync(file, `export { ${listed(entry, (name, as) => `${as} as ${name}`)} } from "${from}"\n`)
}
