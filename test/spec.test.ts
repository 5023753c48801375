import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import type * as Channel from "../src/Channel.ts"
import * as Channels from "../src/Channels.ts"
import type * as Endpoint from "../src/Endpoint.ts"
import * as Endpoints from "../src/Endpoints.ts"
import type { Param } from "../src/Param.ts"
import * as Fixtures from "./support/fixtures.ts"

// The venue's facts and its recorded answers lie beside the project where it is developed, and are not part of it.
const shared = new URL("../../shared/", import.meta.url)
const here = (path: string): boolean => fs.existsSync(new URL(path, shared))
const text = (path: string): string => fs.readFileSync(new URL(path, shared), "utf8")
const json = <A>(path: string): A => JSON.parse(text(path)) as A
const hasSpec = here("spec/records.json")
const skipped = (present: boolean): string => present ? "" : " (skipped: not in this checkout)"

const endpoints: { readonly [name: string]: Endpoint.AnyEndpoint } = Endpoints.all
const channels: { readonly [name: string]: Channel.AnyChannel } = Channels.publicChannels

interface SpecParam {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly enum?: ReadonlyArray<string | number>
  readonly max?: number
}
interface SpecEndpoint {
  readonly name: string
  readonly group: string
  readonly method: string
  readonly path: string
  readonly auth: boolean
  readonly status: string
  readonly pathParams: ReadonlyArray<SpecParam>
  readonly query: ReadonlyArray<SpecParam>
  readonly body: ReadonlyArray<SpecParam>
  readonly response: {
    readonly kind: string
    readonly record: string | null | ReadonlyArray<{ readonly record: string }>
    readonly confKeys?: ReadonlyArray<
      { readonly key: string; readonly status: string; readonly kind: string; readonly record: string | null }
    >
  }
  readonly rateLimit: string | null
  readonly maxLimit: number | null
  readonly idempotent: boolean | null
  readonly doc: string
}
interface SpecField {
  readonly i: number | null
  readonly key?: string
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly optional?: boolean
  readonly const?: unknown
  readonly record?: string
  readonly items?: string
}
interface SpecRecord {
  readonly shape: "array" | "object"
  readonly fields: ReadonlyArray<SpecField>
  readonly length: number | null
}

/** Where a row knowingly differs from the facts: `endpoint.column` or `endpoint.parameter`, and why. */
const rowExceptions: { readonly [place: string]: string } = {}

/** Where a layout knowingly differs from the facts: `Record.field`, and why. */
const fieldExceptions: { readonly [place: string]: string } = {}

const publicRecords = [
  "ErrorEnvelope",
  "RateLimitError",
  "UnavailableError",
  "InfoFrame",
  "InfoPlatform",
  "PlatformStatus",
  "TradingTicker",
  "TradingTickerEntry",
  "FundingTicker",
  "FundingTickerEntry",
  "TickerHistoryEntry",
  "PublicTrade",
  "PublicFundingTrade",
  "BookEntry",
  "FundingBookEntry",
  "RawBookEntry",
  "RawFundingBookEntry",
  "Stat",
  "Candle",
  "DerivativesStatusEntry",
  "DerivativesStatus",
  "Liquidation",
  "LeaderboardEntry",
  "FundingStat",
  "VirtualAssetServiceProvider",
  "MarketAveragePrice",
  "MarketAverageRate",
  "ForeignExchangeRate",
  "ConfMapEntry",
  "ConfMapListEntry",
  "ConfExplorerEntry",
  "ConfTxFeeEntry",
  "ConfPairInfoEntry",
  "ConfPairInfo",
  "ConfTxStatus",
  "ConfMarginSpec",
  "ConfDerivativesFees"
]

const kindOf: { readonly [type: string]: string } = {
  int: "int",
  number: "num",
  string: "str",
  ms: "mts",
  flag01: "flag",
  bool: "bool",
  object: "object",
  json: "json",
  record: "record",
  list: "list"
}

const placeholder = /\{(\w+)\}/g

describe.skipIf(!hasSpec)(`the rows against the facts${skipped(hasSpec)}`, () => {
  const facts = hasSpec
    ? [
      ...json<ReadonlyArray<SpecEndpoint>>("spec/rest-public.json"),
      ...json<ReadonlyArray<SpecEndpoint>>("spec/rest-auth.json")
    ]
    : []
  const factsOf = new Map(facts.map((row) => [row.name, row]))

  it("all endpoints of the group public are there, and none that nobody knows", () => {
    const wanted = facts.filter((row) => row.group === "public").map((row) => row.name)
    assert.lengthOf(wanted, 20)
    assert.deepStrictEqual(Object.keys(Endpoints.publicEndpoints), wanted)
    assert.deepStrictEqual(Object.keys(endpoints).filter((name) => !factsOf.has(name)), [])
  })

  const compareParam = (param: Param<any> | undefined, fact: SpecParam): ReadonlyArray<string> => {
    if (param === undefined) return ["is missing"]
    const problems: Array<string> = []
    if (param.optional === fact.required) problems.push(fact.required ? "is required" : "is optional")
    if ((fact.type === "ms") !== (param.kind === "time")) problems.push(`is of the type ${fact.type}`)
    if (fact.enum !== undefined) {
      for (const word of fact.enum) if (param.check(word) !== undefined) problems.push(`refuses ${word}`)
      const words = param.check("no such word")
      if (words !== `choose one of ${fact.enum.join(", ")}`) problems.push(`differs in its words: ${words}`)
    }
    if (fact.max !== undefined) {
      if (param.check(fact.max) !== undefined) problems.push(`refuses ${fact.max}`)
      if (param.check(fact.max + 1) === undefined) problems.push(`takes more than ${fact.max}`)
    }
    return problems
  }

  const compare = (row: Endpoint.AnyEndpoint, fact: SpecEndpoint): ReadonlyArray<string> => {
    const limit = fact.rateLimit === null ? null : /^(\d+) req\/min$/.exec(fact.rateLimit)
    const columns: { readonly [column: string]: readonly [unknown, unknown] } = {
      name: [row.name, fact.name],
      group: [row.group, fact.group],
      method: [row.method, fact.method],
      path: [row.path, fact.path],
      auth: [row.auth, fact.auth],
      status: [row.status, fact.status],
      idempotent: [row.idempotent, fact.idempotent],
      doc: [row.doc, fact.doc],
      limit: [row.limit?.join(), limit === null ? undefined : `${limit[1]},60`]
    }
    const params = [...fact.pathParams, ...fact.query, ...fact.body]
    const inPath = new Set([...row.path.matchAll(placeholder)].map(([, name]) => name))
    const travels = (name: string): string => {
      const param = row.params[name]!
      const { after, at = row.method === "GET" ? "query" : "body" } = param
      return inPath.has(name) || after !== undefined ? "path" : at
    }
    return [
      ...Object.entries(columns).flatMap(([column, [ours, theirs]]) =>
        ours === theirs ? [] : [`${column}: ${String(ours)} is not ${String(theirs)}`]
      ),
      ...params.flatMap((param) =>
        compareParam(row.params[param.name], param).map((problem) => `${param.name}: ${problem}`)
      ),
      ...([["path", fact.pathParams], ["query", fact.query], ["body", fact.body]] as const).flatMap(([place, list]) =>
        list.flatMap(({ name }) =>
          row.params[name] === undefined || travels(name) === place ? [] : [`${name}: travels in the ${place}`]
        )
      ),
      ...Object.keys(row.params).flatMap((name) =>
        params.some((param) => param.name === name) ? [] : [`${name}: nobody knows it`]
      ),
      ...(fact.maxLimit === null || row.params["limit"]?.check(fact.maxLimit) === undefined ? [] : ["limit: too small"])
    ].filter((problem) => !(`${row.name}.${problem.split(":")[0]}` in rowExceptions))
  }

  for (const [name, row] of Object.entries(endpoints)) {
    it(name, () => {
      assert.deepStrictEqual(compare(row, factsOf.get(name)!), [])
    })
  }

  it("results are of the records that the facts name, and fixtures show every one of them", () => {
    for (const [name, row] of Object.entries(Endpoints.publicEndpoints)) {
      const { kind, record } = factsOf.get(name)!.response
      if (record === null) continue
      const wanted = typeof record === "string" ? [record] : record.map((each) => each.record)
      const got = Fixtures.rest(name)!.cases.map(({ args }) => Either.getOrThrow(row.reply.choose(args)).name)
      const suffix = kind === "list" ? "[]" : ""
      assert.sameMembers(
        [...new Set(got.flatMap((each) => each.replace("[]", "").split(" | ").map((part) => part + suffix)))],
        wanted.map((each) => each + suffix)
      )
      assert.isTrue(got.every((each) => each.endsWith("[]") === (kind === "list")), name)
    }
  })

  it("configuration keys", () => {
    const wanted = factsOf.get("configs")!.response.confKeys!
    assert.isAbove(wanted.length, 40)
    assert.deepStrictEqual(
      Object.entries(Endpoints.confKeys).map(([key, { kind, record, status }]) => ({
        key,
        status,
        kind,
        record: record?.name ?? null
      })),
      wanted.map(({ key, kind, record, status }) => ({ key, status, kind, record }))
    )
  })
})

describe.skipIf(!hasSpec)(`the layouts against the facts${skipped(hasSpec)}`, () => {
  const facts: { readonly [name: string]: SpecRecord } = hasSpec ? json("spec/records.json") : {}

  it("all records of the public side are there, and none that nobody knows", () => {
    assert.deepStrictEqual(publicRecords.filter((name) => !Fixtures.layouts.has(name)), [])
    assert.deepStrictEqual([...Fixtures.layouts.keys()].filter((name) => !(name in facts)), [])
  })

  for (const [name, layout] of Fixtures.layouts) {
    it(name, () => {
      const fact = facts[name]!
      const absent = (field: SpecField): boolean => fact.length !== null && field.i !== null && field.i >= fact.length
      const wanted = fact.fields.map((field) => ({
        name: field.name,
        at: field.i ?? field.key,
        kind: field.const === undefined ? kindOf[field.type] : "oneOf",
        nullable: field.nullable || field.optional === true || absent(field)
      }))
      const got = Object.entries(layout.fields).map(([field, [at, { kind, nullable }]]) => ({
        name: field,
        at,
        kind: kind === "word" ? "str" : kind,
        nullable
      }))
      const excused = ({ name: field }: { readonly name: string }) => !(`${name}.${field}` in fieldExceptions)
      assert.strictEqual(layout.name, name)
      assert.strictEqual(layout.shape, fact.shape)
      assert.deepStrictEqual(got.filter(excused), wanted.filter(excused))

      for (const field of fact.fields.filter(excused)) {
        const [, { expected }] = layout.fields[field.name]!
        if (field.const !== undefined) assert.include(expected, JSON.stringify(field.const))
        if (field.record !== undefined) assert.include(expected, field.record)
        if (field.items !== undefined) assert.include(expected, field.items)
      }
      if (fact.length === null || fact.shape === "object") return
      const [sample] = FastCheck.sample(Arbitrary.make(Schema.typeSchema(layout.schema)), { numRuns: 1, seed: 1 })
      const shortest = {
        ...sample as object,
        ...Object.fromEntries(fact.fields.filter(absent).map((field) => [field.name, null]))
      }
      assert.lengthOf(layout.encode(shortest) as ReadonlyArray<unknown>, fact.length)
    })
  }
})

const hasReplies = here("fixtures/rest.json")
describe.skipIf(!hasReplies)(`recorded replies decode${skipped(hasReplies)}`, () => {
  interface Recorded {
    readonly endpoint: string
    readonly request?: { readonly path: string }
    readonly response: unknown
  }
  const replies = hasReplies ? json<ReadonlyArray<Recorded>>("fixtures/rest.json") : []
  // paths of the recording hold a stand-in for the symbol; these are the arguments that fit the rows
  const args: { readonly [endpoint: string]: Endpoint.AnyArgs } = {
    book: { symbol: "fUSD", precision: "P2" },
    marketAveragePrice: { symbol: "tBTCUSD" },
    ticker: { symbol: "tBTCUSD" },
    tickers: { symbols: "ALL" },
    trades: { symbol: "tBTCUSD" }
  }
  const known = replies.filter(({ endpoint }) => endpoint in Endpoints.publicEndpoints)

  it("there are some", () => assert.isAtLeast(known.length, 15))
  for (const { endpoint, response } of known) {
    it(endpoint, () => {
      const decoded = endpoints[endpoint]!.decode(response, args[endpoint] ?? {})
      assert.isTrue(Either.isRight(decoded), Either.isLeft(decoded) ? decoded.left.message : "")
    })
  }
})

const recording = "fixtures/ws-session-2021-04-17.ndjson"
const hasSession = here(recording)
describe.skipIf(!hasSession)(`a recorded session decodes${skipped(hasSession)}`, () => {
  it("every data frame, by the channel that its subscription names", () => {
    const subscribed = new Map<number, readonly [Channel.AnyChannel, Endpoint.AnyArgs]>()
    const counts: { [channel: string]: number } = {}
    for (const line of text(recording).trim().split("\n")) {
      const { dir, raw } = JSON.parse(line) as { readonly dir: string; readonly raw: string }
      if (dir !== "server") continue
      const frame = JSON.parse(raw)
      if (!Array.isArray(frame)) {
        if (frame.event === "info") {
          const info = Either.getOrThrow(Fixtures.layouts.get("InfoFrame")!.decode(frame))
          assert.include(info, { version: 2, code: null })
        }
        if (frame.event !== "subscribed") continue
        const { chanId, channel, symbol } = frame
        subscribed.set(chanId, [channels[channel]!, { symbol }])
        continue
      }
      const [chanId, payload] = frame
      if (payload === "hb") continue
      const [channel, args] = subscribed.get(chanId)!
      const rows = Either.getOrThrow(channel.update.decode(typeof payload === "string" ? frame[2] : payload, args))
      counts[channel.name] = (counts[channel.name] ?? 0) + rows.length
    }
    assert.deepStrictEqual(Object.keys(counts).sort(), ["book", "ticker", "trades"])
    for (const count of Object.values(counts)) assert.isAbove(count, 10)
  })
})
