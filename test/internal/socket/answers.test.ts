import { assert, describe, it } from "@effect/vitest"
import * as Answers from "../../../src/internal/socket/answers.ts"
import * as Entries from "../../../src/internal/socket/ledgerEntry.ts"
import * as Demands from "../../support/demand.ts"

const pending = (symbol: string, subId: number, fields: Partial<Entries.Entry> = {}): Entries.Entry => ({
  ...Entries.make(Demands.idle(symbol, subId)),
  phase: "subscribing",
  subId,
  ...fields
})

const error = (fields: { readonly [field: string]: unknown }) => ({ event: "error", msg: "…", ...fields })

/** the meaning of an error for these requests: its tag, and the request */
const meaning = (frame: ReturnType<typeof error>, channels: number, ...entries: ReadonlyArray<Entries.Entry>) => {
  const found = Answers.meaningOf(frame, entries, channels)
  return "entry" in found ? [found._tag, found.entry.wire] : [found._tag]
}

const btc = pending("tBTCUSD", 1)
const eth = pending("tETHUSD", 2)

describe("an error of the venue", () => {
  it("that names a request answers that request", () => {
    for (
      const named of [{ subId: 2 }, { subId: "2" }, { symbol: "tETHUSD" }, { channel: "trades", symbol: "tETHUSD" }]
    ) {
      assert.deepStrictEqual(meaning(error({ code: 10300, ...named }), 0, btc, eth), ["Refused", "trades|tETHUSD"])
    }
    assert.deepStrictEqual(meaning(error({ code: 10300, subId: 9 }), 0, btc, eth), ["None"])
    assert.deepStrictEqual(meaning(error({ code: 10300, channel: "book" }), 0, btc), ["None"])
  })
  it("that names no request answers the only pending one, and is ambiguous if there are several", () => {
    assert.deepStrictEqual(meaning(error({ code: 10300 }), 0, btc), ["Refused", "trades|tBTCUSD"])
    assert.deepStrictEqual(meaning(error({ code: null }), 0, btc), ["Refused", "trades|tBTCUSD"])
    assert.deepStrictEqual(meaning(error({ code: 10300 }), 0, btc, eth), ["Unclear"])
    assert.deepStrictEqual(meaning(error({ code: 10300 }), 0), ["None"])
  })
  it("that names no request answers a subscription only with a code of subscriptions, 103xx, or of a busy venue", () => {
    for (const code of [10300, 10399]) assert.deepStrictEqual(meaning(error({ code }), 0, btc)[0], "Refused", `${code}`)
    for (const code of [10008, 11000]) {
      assert.deepStrictEqual(meaning(error({ code }), 0, btc)[0], "Deferred", `${code}`)
    }
    for (const code of [10299, 10400, 10100]) {
      assert.deepStrictEqual(meaning(error({ code }), 0, btc), ["None"], `${code}`)
    }
    assert.deepStrictEqual(meaning(error({ code: 10400, subId: 1 }), 0, btc), ["Refused", "trades|tBTCUSD"])
  })
  it("that the venue is busy defers the request", () => {
    assert.deepStrictEqual(meaning(error({ code: 11000, subId: 1 }), 3, btc), ["Deferred", "trades|tBTCUSD"])
  })
  it("that the channel is a duplicate (10301) refuses nothing: the acknowledgement may be in transit", () => {
    for (const fields of [{}, { unsure: true }, { acknowledged: true }]) {
      assert.deepStrictEqual(meaning(error({ code: 10301 }), 0, pending("tBTCUSD", 1, fields))[0], "Doubled")
    }
  })
  it("does not end a channel that was acknowledged before unless it names it", () => {
    const known = pending("tBTCUSD", 1, { acknowledged: true })
    assert.deepStrictEqual(meaning(error({ code: 10300 }), 3, known), ["Deferred", "trades|tBTCUSD"])
    assert.deepStrictEqual(meaning(error({ code: 10300, subId: 1 }), 3, known), ["Refused", "trades|tBTCUSD"])
  })
  it("that there is no room (10305) on a socket without channels defers it if others wait or it had room before", () => {
    const full = error({ code: 10305, subId: 1 })
    assert.deepStrictEqual(meaning(full, 0, btc)[0], "Refused")
    assert.deepStrictEqual(meaning(full, 0, btc, eth)[0], "Deferred")
    assert.deepStrictEqual(meaning(full, 0, pending("tBTCUSD", 1, { acknowledged: true }))[0], "Deferred")
    assert.deepStrictEqual(meaning(full, 1, btc, eth)[0], "Refused")
  })
})

it("a channel id is a whole number above 0: 0 is the account's", () => {
  const id = (chanId: unknown) => Answers.chanIdOf({ event: "subscribed", chanId })
  assert.strictEqual(id(7), 7)
  for (const odd of [0, -1, 1.5, "7", null, undefined, 2 ** 60]) assert.isUndefined(id(odd), String(odd))
})
