import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as MakeFacts from "../../scripts/make-facts.ts"
import type * as Channel from "../../src/protocol/Channel.ts"
import * as Channels from "../../src/protocol/Channels.ts"
import * as Account from "../../src/protocol/channels/Account.ts"
import type * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../src/protocol/Endpoints.ts"
import type { Param, Params } from "../../src/protocol/Param.ts"
import { facts as venue } from "../support/facts.ts"
import type { FactEndpoint, FactField, FactParam } from "../support/facts.ts"
import * as Fixtures from "../support/fixtures.ts"

// Recorded replies of the venue are stored next to the project where it is developed, and are not part of it.
const shared = new URL("../../../shared/", import.meta.url)
const here = (path: string): boolean => fs.existsSync(new URL(path, shared))
const text = (path: string): string => fs.readFileSync(new URL(path, shared), "utf8")
const json = <A>(path: string): A => JSON.parse(text(path)) as A
const skipped = (present: boolean): string => present ? "" : " (skipped: not in this checkout)"

const endpoints: { readonly [name: string]: Endpoint.AnyEndpoint } = Endpoints.all
const channels: { readonly [name: string]: Channel.AnyChannel } = Channels.publicChannels

/** Intended differences of rows from the facts: `endpoint.column` or `endpoint.parameter`, and the reason. */
const rowExceptions: { readonly [place: string]: string } = {
  "marketAveragePrice.amount": "a decimal, as text in the query",
  "marketAveragePrice.rate_limit": "a decimal, as text in the query, under the name of the manual",
  "submitOrder.price": "captures of market orders have none; a check asks for it where the type needs one",
  "deleteUserSettings.settings": "the form of the manual's page, a list; the facts leave it open",
  "submitInvoice.amount": "text on the wire, as all amounts",
  "submitPosInvoice.amount": "text on the wire, as all amounts",
  "refundInvoice.amount": "text on the wire, as all amounts"
}

/** Either-or bodies in the form of the facts, and in the form of the rows. */
const choices: { readonly [endpoint: string]: readonly [fact: string | null, ours: Endpoint.Groups] } = {
  cancelOrder: ["exactly one of {id} or {cid, cid_date}", [["id"], ["cid", "cidDate"]]],
  // how the venue handles several at once is unknown, so the rows accept one
  cancelOrders: ["at least one of id, gid, cid, all", [["id"], ["gid"], ["cid"], ["all"]]],
  // documented in notes of the parameters
  activeOrders: [null, [[], ["cid", "cidDate"]]],
  activeOrdersBySymbol: [null, [[], ["cid", "cidDate"]]],
  updateOrder: [
    null,
    [[], ["amount"], ["delta"], ["cid", "cidDate"], ["amount", "cid", "cidDate"], ["delta", "cid", "cidDate"]]
  ],
  keepFunding: [null, [["id"], ["changes"]]],
  withdraw: [null, [["amount", "address"], ["invoice"]]],
  completeInvoice: [null, [["depositId"], ["ledgerId"], ["depositIds"]]]
}

/** Intended differences of layouts from the facts: `Record.field`, and the reason. */
const fieldExceptions: { readonly [place: string]: string } = {}

/** Cells that accept other forms because of a note, in addition to observed forms. */
const otherForms: { readonly [place: string]: string } = {
  "PulseMessage.uidLiked": "may be a boolean",
  "AuthCap.read": "text in the manual's example",
  "AuthCap.write": "text in the manual's example"
}

/** Records without a layout: their keys are unknown, so they are left undecoded; `AuthCaps` can have any keys. */
const withoutLayout = ["MerchantDailyLimits", "MerchantSetting", "LightningPayment", "AuthCaps"]

/** Layouts that are a record with more nulls, which the facts name under `nullableIn`. */
const sparse: { readonly [layout: string]: string } = { OrderNotice: "Order", FundingOfferNotice: "FundingOffer" }

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

const isBeside = MakeFacts.isHere()
describe.skipIf(!isBeside)(`the facts${isBeside ? "" : " (skipped: ../shared/spec is not here)"}`, () => {
  it("are those of the folder next to the project: if not, run `npm run facts`", () => {
    assert.deepStrictEqual(venue, MakeFacts.make())
  })
})

describe("the rows against the facts", () => {
  const facts = venue.endpoints
  const factsOf = new Map(facts.map((row) => [row.name, row]))

  it("all 134 endpoints exist, and no unknown one", () => {
    assert.lengthOf(facts, 134)
    assert.sameMembers(Object.keys(endpoints), facts.map((row) => row.name))
    assert.deepStrictEqual(
      Object.keys(Endpoints.publicEndpoints),
      facts.filter((row) => row.group === "public").map((row) => row.name)
    )
  })

  it("at least 100 have a layout, and the others are returned undecoded", () => {
    // configurations are typed by their keys
    const raw = facts.filter(({ name, response }) => response.kind === "raw" && name !== "configs").map(({ name }) =>
      name
    )
    const ours = Object.values(endpoints).filter((row) =>
      Either.isRight(row.reply.choose({})) && Either.getOrThrow(row.reply.choose({})).name === "raw"
    )
    // the only notification whose form is not verified
    assert.sameMembers(ours.map(({ name }) => name), [...raw, "orderMultiOp"])
    assert.isAtLeast(134 - ours.length, 100)
  })

  /** the values of a parameter that the facts give as one word or number */
  const words = (param: Param<any>, fact: FactParam): ReadonlyArray<string> => {
    const known = fact.enum ?? (fact.const === undefined ? [] : [fact.const])
    if (known.length === 0 || param.kind.startsWith("list of")) return []
    const wire = (value: unknown) => param.check(value) === undefined ? param.write(value) : "refused"
    // booleans are sent as 1 and 0
    if (param.kind === "flag" || param.kind === "true") {
      const sent = [false, true].map(wire).filter((value) => value !== "refused")
      return sent.join() === [...known].sort().join() ? [] : [`sends ${sent.join()}`]
    }
    const problems = known.filter((word) => wire(word) !== word).map((word) => `refuses ${word}`)
    const reason = param.check("no such word")
    return reason === `choose one of ${known.join(", ")}` ? problems : [...problems, `differs in its words: ${reason}`]
  }

  const kindsOf: { readonly [type: string]: RegExp } = {
    int: /^(int|id|limit|sort|oneOf|flag|flags|true)$/,
    number: /^(number|decimal)$/,
    string:
      /^(oneOf|text|trading|funding|symbol|symbol or BFX|side or symbol|currency|day|dateTime|tag|key of .*|fundingSuffix|list of configuration keys|list of .* or ALL)$/,
    ms: /^time$/,
    decimal: /^decimal$/,
    list: /^list of /,
    json: /^(json|struct|record of .*)$/,
    bool: /^bool$/
  }

  const compareParam = (param: Param<any> | undefined, fact: FactParam): ReadonlyArray<string> => {
    if (param === undefined) return ["is missing"]
    const problems: Array<string> = [...words(param, fact)]
    if (param.optional === fact.required) problems.push(fact.required ? "is required" : "is optional")
    if (!kindsOf[fact.type]!.test(param.kind)) problems.push(`is of the type ${fact.type}, not ${param.kind}`)
    for (const [bound, beyond] of [[fact.min, -1], [fact.max, 1]] as const) {
      if (typeof bound !== "number") continue
      if (param.check(bound) !== undefined) problems.push(`refuses ${bound}`)
      if (param.check(bound + beyond) === undefined) problems.push(`takes more than ${bound}`)
    }
    return problems
  }

  /** the parameter with its name on the wire; a dot leads into an object */
  const wired = (params: Params, name: string): Param<any> | undefined => {
    const [outer, inner] = name.split(".")
    const param = Object.entries(params).find(([own, { wire = own }]) => wire === outer)?.[1]
    if (inner === undefined || param === undefined) return param
    // a struct has its parameters as a property
    return wired((param as unknown as { readonly params?: Params }).params ?? {}, inner)
  }

  const compare = (row: Endpoint.AnyEndpoint, fact: FactEndpoint): ReadonlyArray<string> => {
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
      const param = wired(row.params, name)!
      const { after, at = row.method === "GET" ? "query" : "body" } = param
      return inPath.has(name) || after !== undefined ? "path" : at
    }
    return [
      ...Object.entries(columns).flatMap(([column, [ours, theirs]]) =>
        ours === theirs ? [] : [`${column}: ${String(ours)} is not ${String(theirs)}`]
      ),
      ...params.flatMap((param) =>
        compareParam(wired(row.params, param.name), param).map((problem) => `${param.name}: ${problem}`)
      ),
      ...([["path", fact.pathParams], ["query", fact.query], ["body", fact.body]] as const).flatMap(([place, list]) =>
        list.flatMap(({ name }) =>
          wired(row.params, name) === undefined || travels(name) === place ? [] : [`${name}: travels in the ${place}`]
        )
      ),
      ...Object.entries(row.params).flatMap(([name, { wire = name }]) => [
        ...(params.some((param) => param.name.split(".")[0] === wire) ? [] : [`${name}: unknown parameter`]),
        ...(/^[a-z][A-Za-z0-9]*$/.test(name) ? [] : [`${name}: is not in camelCase`])
      ]),
      ...(fact.group === "public" ||
          fact.pathVariants.length > 0 === [...inPath].some((name) => row.params[name!]?.optional === true)
        ? []
        : ["path: its variants"]),
      ...(fact.maxLimit === null || row.params["limit"]?.check(fact.maxLimit) === undefined ? [] : ["limit: too small"])
    ].filter((problem) => !(`${row.name}.${problem.split(":")[0]}` in rowExceptions))
  }

  it("either-or bodies", () => {
    for (const [name, row] of Object.entries(endpoints)) {
      assert.deepStrictEqual(row.either, choices[name]?.[1] ?? [], name)
      assert.strictEqual(factsOf.get(name)!.bodyRule, choices[name]?.[0] ?? null, name)
    }
  })

  it("notifications carry the payload of the facts, and all of them detect a refusal", () => {
    const notified = facts.filter(({ response }) => response.kind === "notification")
    assert.isAtLeast(notified.length, 19)
    assert.sameMembers(
      Object.values(endpoints).filter((row) => row.notification !== null).map(({ name }) => name),
      notified.map(({ name }) => name)
    )
    for (const { name, response } of notified) {
      const row = endpoints[name]!
      const [type] = response.notificationType!
      assert.strictEqual(row.notification!.type, /unknown|unverified/.test(type!) ? null : type!, name)
      assert.deepStrictEqual(row.refusal([1, "x-req", null, null, null, null, "ERROR", "no"]), {
        code: null,
        text: "no",
        status: "ERROR"
      })
      if (name === "orderMultiOp") continue
      const [, ours] = /^Notification<(.*)>$/.exec(Either.getOrThrow(row.reply.choose({})).name)!
      const wanted = response.notifyInfo === null
        ? "raw"
        : `${response.notifyInfo}${response.notifyInfoShape === "list" ? "[]" : ""}`
      assert.strictEqual(sparse[ours!] ?? ours, wanted, name)
    }
  })

  for (const [name, row] of Object.entries(endpoints)) {
    it(name, () => {
      assert.deepStrictEqual(compare(row, factsOf.get(name)!), [])
    })
  }

  it("results have the records that the facts name, and every record has a fixture", () => {
    for (const [name, row] of Object.entries(endpoints)) {
      const { kind, record } = factsOf.get(name)!.response
      if (record === null || kind === "notification" || kind === "raw" || kind === "map") continue
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

describe("the layouts against the facts", () => {
  const facts = venue.records

  it("all records exist, and no unknown one", () => {
    const known = Object.keys(facts).filter((name) => !withoutLayout.includes(name))
    assert.isAtLeast(known.length, 110)
    assert.sameMembers([...Fixtures.layouts.keys()], [...known, ...Object.keys(sparse)])
  })

  for (const [name, layout] of Fixtures.layouts) {
    it(name, () => {
      const fact = facts[sparse[name] ?? name]!
      const open = name in sparse ? fact.nullableIn!.flatMap(({ fields }) => fields) : []
      const absent = (field: FactField): boolean => fact.length !== null && field.i !== null && field.i >= fact.length
      const wanted = fact.fields.map((field) => ({
        name: field.name,
        at: field.i ?? field.key,
        // lists are closed for sent values; the venue adds words and codes to received ones
        kind: field.const !== undefined
          ? "oneOf"
          : field.openEnum === true || field.enum?.some((word) => typeof word === "string")
          ? "word"
          : field.type === "flag01" && field.enum === undefined
          ? "flag"
          : kindOf[field.type],
        nullable: field.nullable || field.optional === true || absent(field) || open.includes(field.name)
      }))
      const got = Object.entries(layout.fields).map(([field, [at, { kind, nullable }]]) => ({
        name: field,
        at,
        kind,
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
        if (field.items !== undefined) assert.include(expected, field.items === "json" ? "any JSON" : field.items)
        // exactly the numbers that were observed in other forms are read from these forms
        if (/^(int|number|flag01)$/.test(field.type)) {
          for (const [seen, form] of [["string", "text"], ["boolean", "boolean"]] as const) {
            if (field.seen?.includes(seen)) assert.include(expected, `also as ${form}`)
          }
          if (!(`${name}.${field.name}` in otherForms) && !field.seen?.some((seen) => /string|boolean/.test(seen))) {
            assert.notInclude(expected, "also as")
          }
        }
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

describe("events of the account are those of the manual", () => {
  it("each type belongs to one family, and no type is invented", () => {
    const ours = Account.channels.flatMap(({ snapshot, updates }) =>
      snapshot === null ? updates : [snapshot, ...updates]
    )
    assert.lengthOf([...new Set(ours)], ours.length)
    assert.sameMembers(ours, [...venue.events.all])
  })

  it("snapshots are those that follow the login", () => {
    const snapshots = Account.channels.flatMap(({ snapshot }) => snapshot ?? [])
    assert.sameMembers(snapshots, [...venue.events.afterLogin])
  })
})

const hasReplies = here("fixtures/rest.json")
describe.skipIf(!hasReplies)(`recorded replies decode${skipped(hasReplies)}`, () => {
  interface Recorded {
    readonly endpoint: string
    readonly request?: { readonly path: string }
    readonly response: unknown
  }
  const replies = hasReplies ? json<ReadonlyArray<Recorded>>("fixtures/rest.json") : []
  // paths of the recording hold a placeholder for the symbol; these arguments fit the rows
  const args: { readonly [endpoint: string]: Endpoint.AnyArgs } = {
    book: { symbol: "fUSD", precision: "P2" },
    marketAveragePrice: { symbol: "tBTCUSD" },
    ticker: { symbol: "tBTCUSD" },
    tickers: { symbols: "ALL" },
    trades: { symbol: "tBTCUSD" }
  }
  const known = replies.filter(({ endpoint }) => endpoint in endpoints)

  it("there are some", () => assert.isAtLeast(known.length, 60))
  it("a webhook", () => {
    const webhook = replies.find(({ endpoint }) => endpoint === "invoiceWebhook")!
    assert.isTrue(Either.isRight(Fixtures.layouts.get("MerchantInvoiceWebhook")!.decode(webhook.response)))
  })
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
