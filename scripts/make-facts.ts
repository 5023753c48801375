/**
 * Writes the venue's facts with which tests compare the tables of `src`, `test/fixtures/facts.json`, from the folder
 * `../shared/spec` next to the project: `npm run facts`. That folder is not part of the project. Where it is missing,
 * nothing is written; the file is read by the tests in every clone.
 *
 * Only names, indices, types, limits and checksums are taken, not the notes on them.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import type { Facts } from "../test/support/facts.ts"

const folder = new URL("../../shared/spec/", import.meta.url)

/** whether the folder is next to the project */
export const isHere = (): boolean => fs.existsSync(folder)

type Json = any
const text = (name: string): string => fs.readFileSync(new URL(name, folder), "utf8")
const json = (name: string): Json => JSON.parse(text(name))

/** these keys of an object, in this order; missing ones are left out */
const pick = (from: Json, ...keys: ReadonlyArray<string>): Json =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]))

const param = (from: Json) => pick(from, "name", "type", "required", "enum", "const", "min", "max")

const endpoint = (from: Json) => ({
  ...pick(from, "name", "group", "method", "path", "auth", "status"),
  permission: from.permission ? pick(from.permission, "scope", "access") : null,
  pathParams: from.pathParams.map(param),
  query: from.query.map(param),
  body: from.body.map(param),
  ...pick(from, "bodyRule", "pathVariants", "rateLimit", "maxLimit", "idempotent", "doc"),
  response: {
    ...pick(from.response, "kind", "wrap", "notificationType", "notifyInfo", "notifyInfoShape"),
    record: Array.isArray(from.response.record)
      ? from.response.record.map((each: Json) => pick(each, "record"))
      : from.response.record,
    ...(from.response.confKeys === undefined
      ? {}
      : { confKeys: from.response.confKeys.map((each: Json) => pick(each, "key", "status", "kind", "record")) })
  }
})

const record = (from: Json) => ({
  ...pick(from, "shape", "length", "maxSeenLength"),
  ...(from.nullableIn === undefined
    ? {}
    : { nullableIn: from.nullableIn.map((each: Json) => pick(each, "fields")) }),
  fields: from.fields.map((field: Json) =>
    pick(
      field,
      "i",
      "key",
      "name",
      "type",
      "nullable",
      "optional",
      "const",
      "enum",
      "openEnum",
      "seen",
      "record",
      "items"
    )
  )
})

/** the types of events by the tables of the manual's notes: `types | payload | meaning`, and those that follow a login */
const events = (): Facts["events"] => {
  const notes = text("websocket.md")
  const section = notes.split(/^## /m).find((part) => part.startsWith("8."))!
  const all = section.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.split("|")[1]!.trim())
    .filter((types) => /^[a-z]{1,3}( |,|$)/.test(types) && types !== "hb")
    .flatMap((types) => types.split(/[ ,/]+/).filter((type) => type !== ""))
  const after = notes.split("### 7.3")[1]!.split("each once")[0]!.match(/`[a-z]+`/g)!
  return { all, afterLogin: after.map((word) => word.slice(1, -1)) }
}

/** The facts as the folder has them. */
export const make = (): Facts => ({
  about:
    "Facts on the API that tests compare the tables of src with: names, indices, types, limits and checksums, after the manual and public clients. Written by `npm run facts`: do not edit.",
  endpoints: [...json("rest-public.json"), ...json("rest-auth.json")].map(endpoint),
  records: Object.fromEntries(
    Object.entries(json("records.json")).filter(([name]) => !name.startsWith("$")).map((
      [name, each]
    ) => [name, record(each)])
  ),
  events: events(),
  checksums: json("checksum-vectors.json").map((each: Json) =>
    pick(each, "id", "kind", "bids", "asks", "string", "crc32Signed", "arrival", "snapshot", "updates")
  )
})

/** a line a row, so that a change is seen in a comparison */
const print = ({ about, checksums, endpoints, events, records }: Facts): string => {
  const lines = (rows: ReadonlyArray<string>) => rows.map((row) => `  ${row}`).join(",\n")
  const list = (rows: ReadonlyArray<unknown>) => `[\n${lines(rows.map((row) => JSON.stringify(row)))}\n]`
  const named = Object.entries(records).map(([name, row]) => `${JSON.stringify(name)}: ${JSON.stringify(row)}`)
  return `{
"about": ${JSON.stringify(about)},
"endpoints": ${list(endpoints)},
"records": {\n${lines(named)}\n},
"events": ${JSON.stringify(events)},
"checksums": ${list(checksums)}
}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (isHere()) {
    const file = new URL("../test/fixtures/facts.json", import.meta.url)
    fs.writeFileSync(file, print(make()))
    process.stdout.write(`${fileURLToPath(file)}: ${fs.statSync(file).size} bytes\n`)
  } else {
    process.stderr.write("../shared/spec is not beside the project: nothing was written\n")
    process.exitCode = 1
  }
}
