import { assert, describe, it } from "@effect/vitest"
import { InsufficientBalance } from "../../../src/BitfinexError.ts"
import * as LiveEntry from "../../../src/internal/trading/liveEntry.ts"
import type { Change } from "../../../src/internal/trading/operation.ts"
import type { Order } from "../../../src/protocol/records/Order.ts"
import { order } from "../../support/orders.ts"

const open = () => false

const entryOf = (amount: number, rows: ReadonlyArray<Partial<Order>> = [{}], legs: 1 | 2 = 1): LiveEntry.Entry =>
  LiveEntry.withRows(
    LiveEntry.make({ cid: 7, symbol: "tBTCUSD", amount, legs }, "2024-01-01"),
    rows.map((row) => order({ amount, amountOrig: amount, ...row })),
    open
  )

const changeOf = (fields: Partial<Change>): Change => ({
  id: 1,
  cid: undefined,
  amount: undefined,
  delta: undefined,
  ...fields
})

const sides = (entry: LiveEntry.Entry): readonly [buy: number, sell: number] => {
  const { buy, sell } = LiveEntry.exposureOf(new Map([[7, entry]]), new Map()).bySymbol["tBTCUSD"]!
  return [buy, sell]
}

const shown = (entry: LiveEntry.Entry, row: Partial<Order>, isOfLogin = false) =>
  LiveEntry.withRows(entry, [order(row)], open, isOfLogin)

const accepted = { _tag: "Accepted", record: {}, by: "ou-req", text: null, mts: null } as const

describe("the worst case of an order", () => {
  it("is the largest of the remaining amount and possible new amounts, with all increases", () => {
    const raised = LiveEntry.withChange(entryOf(1), changeOf({ amount: 3 }))
    const twice = LiveEntry.withChange(raised, changeOf({ delta: 0.5 }))
    assert.deepStrictEqual([sides(raised), sides(twice)], [[3, 0], [3.5, 0]])
    // a decrease may come late or never
    assert.deepStrictEqual(sides(LiveEntry.withChange(entryOf(1), changeOf({ delta: -0.5 }))), [1, 0])
    assert.deepStrictEqual(sides(LiveEntry.withChange(entryOf(-1), changeOf({ delta: -0.5 }))), [0, 1.5])
    assert.deepStrictEqual(sides(LiveEntry.withChange(entryOf(1), changeOf({ amount: 0.2 }))), [1, 0])
  })

  it("has both sides while a change to the other one may be executed", () => {
    assert.deepStrictEqual(sides(LiveEntry.withChange(entryOf(1), changeOf({ amount: -2 }))), [1, 2])
  })

  it("is on the side that the venue shows, also where the submission named the other one", () => {
    const closing = entryOf(0.01, [{ amount: -3, amountOrig: -3 }])
    assert.deepStrictEqual(sides(closing), [0, 3])
    const { orders } = LiveEntry.exposureOf(new Map([[7, closing]]), new Map())
    assert.deepStrictEqual(orders.map(({ amount }) => amount), [-3])
  })

  it("is that of one leg of a pair", () => {
    const pair = entryOf(1, [{ id: 1 }, { id: 2 }], 2)
    assert.deepStrictEqual(sides(pair), [1, 0])
    assert.deepStrictEqual(sides(LiveEntry.withChange(pair, changeOf({ id: 2, amount: 4 }))), [4, 0])
  })

  it("is that of all orders where the venue shows more of them than were submitted", () => {
    const twice = entryOf(1, [{ id: 1 }, { id: 2, amount: 0.5 }])
    assert.deepStrictEqual(sides(twice), [1.5, 0])
    assert.deepStrictEqual(sides(LiveEntry.withEnd(twice, 1)), [0.5, 0])
  })

  it("of a replacement counts the first order once", () => {
    const all = new Map([[7, entryOf(1)]])
    const planned = (fields: Partial<LiveEntry.Planned>) =>
      LiveEntry.exposureOf(all, new Map([[8, { id: 1, symbol: "tBTCUSD", amount: 3, ...fields }]])).bySymbol
    assert.deepStrictEqual(planned({}), { tBTCUSD: { buy: 3, sell: 0 } })
    assert.deepStrictEqual(planned({ amount: 0.5 }), { tBTCUSD: { buy: 1, sell: 0 } })
    assert.deepStrictEqual(planned({ amount: -3 }), { tBTCUSD: { buy: 1, sell: 3 } })
    assert.deepStrictEqual(planned({ symbol: "tETHUSD" }), {
      tBTCUSD: { buy: 1, sell: 0 },
      tETHUSD: { buy: 3, sell: 0 }
    })
    // of an order that this service does not know
    assert.deepStrictEqual(planned({ id: 99 }), { tBTCUSD: { buy: 4, sell: 0 } })
  })
})

describe("a change of an amount", () => {
  const change = changeOf({ amount: 3 })
  const pending = LiveEntry.withChange(entryOf(1), change)

  it("is not shown by a fill, nor by amounts that the order had before", () => {
    assert.deepStrictEqual(sides(shown(pending, { amount: 0.6, amountOrig: 1 })), [3, 0])
    const same = LiveEntry.withChange(entryOf(1, [{ amount: 0.6, amountOrig: 1 }]), changeOf({ amount: 1 }))
    assert.deepStrictEqual(sides(shown(same, { amount: 0.5, amountOrig: 1 })), [1, 0])
  })

  it("is shown by the new amount, or by the new original amount, under either rule", () => {
    assert.deepStrictEqual(sides(shown(pending, { amount: 3, amountOrig: 1 })), [3, 0])
    assert.lengthOf(shown(pending, { amount: 3, amountOrig: 1 }).pending, 0)
    assert.deepStrictEqual(sides(shown(pending, { amount: 2, amountOrig: 3 })), [2, 0])
    const more = LiveEntry.withChange(entryOf(1), changeOf({ delta: 2 }))
    assert.lengthOf(shown(more, { amount: 3, amountOrig: 1 }).pending, 0)
    assert.lengthOf(shown(more, { amount: 2, amountOrig: 3 }).pending, 0)
    assert.lengthOf(shown(more, { amount: 0.5, amountOrig: 1 }).pending, 1)
  })

  it("that was accepted by its notification counts until the order shows it, or a new login shows the order", () => {
    const answered = LiveEntry.withChangeAnswered(pending, change, accepted)
    assert.deepStrictEqual(sides(answered), [3, 0])
    assert.deepStrictEqual(sides(shown(answered, { amount: 0.5, amountOrig: 1 })), [3, 0])
    assert.deepStrictEqual(sides(shown(answered, { amount: 0.5, amountOrig: 1 }, true)), [0.5, 0])
    // executed in part meanwhile
    assert.deepStrictEqual(sides(shown(answered, { amount: 2.5, amountOrig: 3.5 })), [2.5, 0])
  })

  it("to the amount that the order has is done with the first row after its acceptance", () => {
    const same = changeOf({ amount: 1 })
    const answered = LiveEntry.withChangeAnswered(LiveEntry.withChange(entryOf(1), same), same, accepted)
    assert.deepStrictEqual(sides(shown(shown(answered, { price: 7 }), { amount: 0.4, amountOrig: 1 })), [0.4, 0])
  })

  it("of an order that was not known is done if the row before the answer has its amount", () => {
    const blank = LiveEntry.withId(
      LiveEntry.make({ cid: 7, symbol: "tBTCUSD", amount: 1, legs: 1 }, "2024-01-01"),
      1,
      undefined
    )
    const none = { ...blank, legs: new Map() }
    const came = shown(LiveEntry.withChange(none, change), { amount: 3, amountOrig: 3 })
    assert.lengthOf(came.pending, 1)
    assert.lengthOf(LiveEntry.withChangeAnswered(came, change, accepted).pending, 0)
  })

  it("ends with a refusal, with an event of the order, or with its row over REST", () => {
    const refused = {
      _tag: "Refused",
      error: new InsufficientBalance({ operation: "test", code: 10001, text: "not enough balance" })
    } as const
    assert.deepStrictEqual(sides(LiveEntry.withChangeAnswered(pending, change, refused)), [1, 0])
    assert.lengthOf(LiveEntry.withChangeAnswered(pending, change, { ...accepted, by: "ou" }).pending, 0)
    const found = { ...accepted, by: "rest", record: order({ amount: 2.5, amountOrig: 3 }) }
    assert.deepStrictEqual(sides(LiveEntry.withChangeAnswered(pending, change, found)), [2.5, 0])
  })

  it("stays after an outcome that is not final, and after one that REST does not show yet", () => {
    const old = order({ amount: 1, amountOrig: 1 })
    const no = (isFinal: boolean) => ({ _tag: "NotUpdated", isFinal, order: old }) as const
    assert.deepStrictEqual(sides(LiveEntry.withChangeResolved(pending, change, no(false))), [3, 0])
    assert.deepStrictEqual(sides(LiveEntry.withChangeResolved(pending, change, no(true))), [1, 0])
    const updated = (row: Order) => ({ _tag: "Updated", order: row }) as const
    assert.deepStrictEqual(sides(LiveEntry.withChangeResolved(pending, change, updated(old))), [3, 0])
    const now = order({ amount: 2.5, amountOrig: 3 })
    assert.deepStrictEqual(sides(LiveEntry.withChangeResolved(pending, change, updated(now))), [2.5, 0])
  })
})
