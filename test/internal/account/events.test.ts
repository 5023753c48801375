import { assert, describe, it } from "@effect/vitest"
import * as Events from "../../../src/internal/account/events.ts"
import { accountChannels } from "../../../src/protocol/channels/Account.ts"

const wallet = ["exchange", "USD", 5, 0, 5, null, null]
const decode = Events.decoder("AccountEvents.wallets", accountChannels.wallets.record)

describe("the rows of a payload", () => {
  it("an update is one row, or a list of them", () => {
    assert.deepStrictEqual(decode(wallet, false).rows.map(({ currency }) => currency), ["USD"])
    assert.deepStrictEqual(decode([wallet, wallet], false).rows.map(({ balance }) => balance), [5, 5])
    assert.deepStrictEqual(decode([], true), { rows: [], unread: [], isList: true })
  })

  it("one row that cannot be read leaves the others, and is reported with its cells and its position", () => {
    const bad = ["exchange", "EUR", "five", 0, 5, null, null]
    const { isList, rows, unread } = decode([wallet, bad], true)
    assert.isTrue(isList)
    assert.lengthOf(rows, 1)
    assert.deepStrictEqual(
      unread.map(({ cells, refusal }) => [
        cells,
        refusal?.error.field,
        refusal?.error.row,
        refusal?.error.operation
      ]),
      [
        [bad, "balance", 1, "AccountEvents.wallets"]
      ]
    )
  })

  it("an unreadable row makes no error before it is read, and then one for all listeners", () => {
    let explained = 0
    const counting = Events.decoder("AccountEvents.wallets", {
      ...accountChannels.wallets.record,
      read: () => undefined,
      decode: (row) => {
        explained++
        return accountChannels.wallets.record.decode(row)
      }
    })
    const frames = Array.from({ length: 1000 }, (_, k) => counting([7, "USD", k], false))
    const given = frames.flatMap(({ unread }) => Events.refusals(unread))
    assert.strictEqual(given.reduce((sum, { count }) => sum + count, 0), 1000)
    assert.strictEqual(explained, 0)
    const [first, second] = [given[0]!.error, given[0]!.error]
    assert.strictEqual(first, second)
    assert.include(first.message, "AccountEvents.wallets")
    assert.strictEqual(explained, 1)
  })

  it("a snapshot that is not a list of rows says nothing about the state", () => {
    for (const payload of [wallet, null, "none", 7]) {
      const { isList, rows, unread } = decode(payload, true)
      assert.deepStrictEqual([isList, rows.length, unread.length], [false, 0, 1])
    }
  })
})

describe("the answer that a notification is", () => {
  it("is read by its cells, so that one cell that cannot be read does not hide it", () => {
    assert.deepStrictEqual(Events.answerOf([null, "on-req", "x", null, [1], "no code", "ERROR", 7]), {
      type: "on",
      info: [1],
      code: null,
      status: "ERROR",
      text: null
    })
  })

  it("other notifications answer nothing", () => {
    for (const payload of [[1, "ucm-mine", null, null, {}, null, "SUCCESS", ""], [1], "n", null]) {
      assert.isNull(Events.answerOf(payload))
    }
  })
})
