import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type * as Channel from "../../src/protocol/Channel.ts"
import * as Channels from "../../src/protocol/Channels.ts"
import * as Account from "../../src/protocol/channels/Account.ts"
import type * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../src/protocol/Endpoints.ts"
import * as Request from "../../src/protocol/internal/request.ts"
import * as Fixtures from "../support/fixtures.ts"

// a type test: code that iterates over the tables accepts any row
const endpoints: { readonly [name: string]: Endpoint.AnyEndpoint } = Endpoints.all
const channels: { readonly [name: string]: Channel.AnyChannel } = Channels.publicChannels

/** Cells that no fixture fills: `Record.field`. A new one needs an example, or a line here that gives the reason. */
const neverSeen: ReadonlyArray<string> = [
  // null in every known row
  "UserInfo.subaccountType",
  "FundingTrade.maker",
  "Notification.code"
]

/** Adds the cells that a decoded value fills. Records are identified by the names of their fields. */
const look = (value: unknown, seen: Set<string>): void => {
  if (Array.isArray(value)) {
    for (const each of value) look(each, seen)
    return
  }
  if (typeof value !== "object" || value === null) return
  const names = Object.keys(value).sort().join()
  for (const [record, { fields }] of Fixtures.layouts) {
    if (Object.keys(fields).sort().join() !== names) continue
    for (const [name, cell] of Object.entries(value)) if (cell !== null) seen.add(`${record}.${name}`)
  }
  for (const each of Object.values(value)) look(each, seen)
}

/** the decoded fixtures, with which the tests below compare the decoders */
const expected: ReadonlyArray<unknown> = [
  ...Fixtures.restNames().flatMap((name) => Fixtures.rest(name)!.cases),
  ...Fixtures.channelNames().flatMap((name) => Fixtures.channel(name)!.cases),
  ...Fixtures.accountNames().flatMap((name) => Fixtures.account(name)!.cases),
  ...Fixtures.frames
].map(({ expect }) => expect)

const right = <A, E extends { readonly message: string }>(result: Either.Either<A, E>): A =>
  Either.getOrThrowWith(result, (error) => new Error(error.message))

describe("endpoints", () => {
  for (const [name, row] of Object.entries(endpoints)) {
    it(name, () => {
      const fixture = Fixtures.rest(name)
      assert(fixture !== undefined, `write test/fixtures/rest/${name}.json after the manual's example`)
      assert.strictEqual(fixture.doc, row.doc)
      assert.isAbove(fixture.cases.length, 0)
      assert.isTrue(row.doc !== null || fixture.note !== undefined, "say in `note` what it was made after")
      for (const { args, expect, refusal, request, response } of fixture.cases) {
        const sent = right(Request.build(row, args))
        assert.deepStrictEqual(
          {
            method: sent.method,
            path: sent.path,
            query: Object.fromEntries(sent.query),
            body: sent.body === undefined ? null : JSON.parse(sent.body)
          },
          request
        )
        assert.deepStrictEqual(right(row.decode(response, args)), expect)
        assert.deepStrictEqual(row.refusal(response), refusal)
      }
    })
  }

  it("notifications have an example that succeeds", () => {
    for (const [name, row] of Object.entries(endpoints)) {
      if (row.notification === null) continue
      assert.isTrue(Fixtures.rest(name)!.cases.some(({ refusal }) => refusal === undefined), name)
    }
  })

  it("no fixture without an endpoint", () => {
    assert.deepStrictEqual(Fixtures.restNames().filter((name) => !(name in endpoints)), [])
  })
})

describe("channels", () => {
  for (const [name, row] of Object.entries(channels)) {
    it(name, () => {
      const fixture = Fixtures.channel(name)
      assert(fixture !== undefined, `write test/fixtures/ws/${name}.json after the manual's example`)
      assert.strictEqual(fixture.doc, row.doc)
      for (const { args, expect, kind, payload, request } of fixture.cases) {
        for (const [param, value] of Object.entries(args)) assert.isUndefined(row.params[param]!.check(value))
        assert.isUndefined(row.check(args))
        assert.deepStrictEqual({ event: "subscribe", channel: row.channel, ...row.request(args) }, request)
        assert.deepStrictEqual(right(row[kind].decode(payload, args)), expect)
      }
      assert.sameMembers([...new Set(fixture.cases.map(({ kind }) => kind))], ["snapshot", "update"])
    })
  }

  it("no fixture without a channel", () => {
    assert.deepStrictEqual(Fixtures.channelNames().filter((name) => !(name in channels)), [])
  })
})

describe("events of the account", () => {
  for (const { name, record, snapshot, ...row } of Account.channels) {
    it(name, () => {
      const fixture = Fixtures.account(name)
      assert(fixture !== undefined, `write test/fixtures/account/${name}.json after the manual's example`)
      assert.strictEqual(fixture.doc, row.doc)
      const types = [...(snapshot === null ? [] : [snapshot]), ...row.updates]
      assert.sameMembers([...new Set(fixture.cases.map(({ type }) => type))], types)
      for (const { expect, payload, type } of fixture.cases) {
        const rows = type === snapshot ? payload as ReadonlyArray<unknown> : [payload]
        assert.deepStrictEqual(rows.map((each) => right(record.decode(each))), expect)
        // streams use `read`, which gives no reason
        assert.deepStrictEqual(rows.map((each) => record.read(each)), expect)
      }
    })
  }

  it("an invalid row is refused, with the reason", () => {
    for (const { name, record } of Account.channels) {
      if (name === "alerts") continue
      for (const wrong of [null, {}, "row", [], [{}], Array.from({ length: 40 }, () => null)]) {
        assert.isUndefined(record.read(wrong), name)
        assert.isTrue(Either.isLeft(record.decode(wrong)), name)
      }
    }
  })

  it("no fixture without a family", () => {
    const names = Account.channels.map(({ name }) => name)
    assert.deepStrictEqual(Fixtures.accountNames().filter((name) => !names.includes(name)), [])
  })
})

describe("records", () => {
  it("that no endpoint or channel delivers decode too", () => {
    for (const { expect, record, row } of Fixtures.frames) {
      assert.deepStrictEqual(right(Fixtures.layouts.get(record)!.decode(row)), expect)
    }
  })

  it("have an example for every cell", () => {
    const seen = new Set<string>()
    look(expected, seen)
    const cells = [...Fixtures.layouts].flatMap(([record, { fields }]) =>
      Object.keys(fields).map((field) => `${record}.${field}`)
    )
    assert.deepStrictEqual(cells.filter((cell) => !seen.has(cell)), neverSeen)
  })
})
