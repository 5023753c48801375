/**
 * Draws bench/results.json as SVG with Vega: `npm run bench:plots`, after `npm run bench`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import * as vega from "vega"
import * as vegaLite from "vega-lite"

const results = JSON.parse(readFileSync(new URL("../results.json", import.meta.url), "utf8"))

const draw = async (name, spec) => {
  const { spec: compiled } = vegaLite.compile({
    background: "white",
    config: { axis: { labelFontSize: 12, titleFontSize: 12, labelLimit: 260 }, title: { fontSize: 14 } },
    ...spec
  })
  const svg = await new vega.View(vega.parse(compiled), { renderer: "none" }).toSVG()
  writeFileSync(new URL(`${name}.svg`, import.meta.url), `${svg}\n`)
}

const floor = { mark: { type: "rule", strokeDash: [4, 4] }, encoding: { x: { datum: 1 } } }
const order = results.streams.map(({ label }) => label)

await draw("streams", {
  title: "CPU per message, ratio to the floor (dashed), which keeps JSON.parse",
  width: 480,
  data: { values: results.streams },
  encoding: { y: { field: "label", type: "nominal", sort: order, title: null } },
  layer: [
    { mark: { type: "bar", color: "#4c78a8" }, encoding: { x: { field: "ratio", type: "quantitative", title: null } } },
    {
      mark: { type: "rule", strokeWidth: 2 },
      encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" } }
    },
    floor
  ]
})

await draw("peers", {
  title: "CPU per message, ratio to the floor of each run, logarithmic",
  data: { values: results.peers.filter(({ ratio }) => typeof ratio === "number") },
  width: 480,
  mark: { type: "point", filled: true, size: 90 },
  encoding: {
    y: { field: "what", type: "nominal", sort: null, title: null },
    x: { field: "ratio", type: "quantitative", scale: { type: "log" }, title: null },
    color: { field: "client", type: "nominal", sort: null, title: null },
    shape: { field: "client", type: "nominal", sort: null, title: null }
  }
})

await draw("growth", {
  hconcat: [
    {
      title: "Channels, books on one socket: ratio to the floor",
      width: 300,
      data: { values: results.growth },
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "count", type: "quantitative", scale: { type: "log" }, title: null },
        y: { field: "ratio", type: "quantitative", title: null },
        color: { field: "kind", type: "nominal", title: null }
      }
    },
    {
      title: "An update among open orders, µs",
      width: 300,
      data: { values: results.orders },
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "open", type: "quantitative", scale: { type: "log" }, title: null },
        y: { field: "update", type: "quantitative", title: null }
      }
    }
  ]
})
