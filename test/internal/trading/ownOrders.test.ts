import { assert, describe, it } from "@effect/vitest"
import * as OwnOrders from "../../../src/internal/trading/ownOrders.ts"
import type { Shown } from "../../../src/internal/trading/ways.ts"
import * as Cid from "../../../src/protocol/internal/cid.ts"

const gid = 1_500_000_000
const noon = Date.UTC(2026, 10, 30, 12)

const own = (change: Partial<OwnOrders.Own> = {}): OwnOrders.Own => ({
  cid: 7,
  symbol: "tBTCUSD",
  side: 1,
  others: new Set(),
  gid: null,
  days: OwnOrders.daysOf(noon),
  at: 0,
  legs: 1,
  ids: new Set(),
  ended: new Set(),
  stage: "unknown",
  ...change
})

const shown = (change: Partial<Shown>): Shown => ({
  id: 1,
  cid: 7,
  gid: null,
  symbol: "tBTCUSD",
  side: 1,
  mtsCreate: noon,
  placedId: null,
  order: null,
  ...change
})

const make = (...all: ReadonlyArray<OwnOrders.Own>) => {
  const orders = OwnOrders.make(gid)
  for (const each of all) OwnOrders.add(orders, each)
  return orders
}

describe("orders of a scope", () => {
  it("an order that the venue shows open stays until its end is shown", () => {
    const orders = make(own())
    let isDone = false
    orders.onDone = () => {
      isDone = true
    }
    OwnOrders.show(orders, shown({}), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders).ids, [1])
    assert.isFalse(isDone)
    OwnOrders.show(orders, shown({}), true, 0)
    assert.strictEqual(orders.left.size, 0)
    assert.isTrue(isDone)
  })

  it("all orders under a cid that this process issued are cancelled, also when the venue shows two of them", () => {
    const cid = Cid.take()
    const orders = make(own({ cid }))
    OwnOrders.show(orders, shown({ cid, id: 1 }), false, 0)
    OwnOrders.show(orders, shown({ cid, id: 2 }), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders).ids, [1, 2])
    OwnOrders.show(orders, shown({ cid, id: 1 }), true, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders).ids, [2])
    // under a cid of the user's the second one may be another program's
    const mine = make(own())
    OwnOrders.show(mine, shown({ id: 1 }), false, 0)
    OwnOrders.show(mine, shown({ id: 2 }), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(mine).ids, [1])
  })

  it("a small cid of another day is another order", () => {
    const orders = make(own())
    OwnOrders.show(orders, shown({ mtsCreate: noon - 86_400_000 }), true, 0)
    assert.strictEqual(orders.left.size, 1)
  })

  it("under a cid that is used again, the order that ended is not taken for the one that is unknown", () => {
    const orders = make(own({ gid }))
    OwnOrders.show(orders, shown({ id: 1, gid }), true, 0)
    OwnOrders.add(orders, own({ gid }))
    OwnOrders.show(orders, shown({ id: 1, gid }), true, 0)
    assert.strictEqual(orders.left.size, 1)
    OwnOrders.show(orders, shown({ id: 2, gid: 99 }), true, 0)
    assert.strictEqual(orders.left.size, 1, "another program has used the cid")
    OwnOrders.show(orders, shown({ id: 3, gid }), true, 0)
    assert.strictEqual(orders.left.size, 0)
  })

  it("another program's order under a cid given by the user is neither taken for ours nor cancelled by that cid", () => {
    const orders = make(own({ others: new Set([9]) }))
    assert.deepStrictEqual(OwnOrders.cancellation(orders).cids, [])
    OwnOrders.show(orders, shown({ id: 9 }), false, 0)
    OwnOrders.show(orders, shown({ id: 10, symbol: "tETHUSD" }), false, 0)
    OwnOrders.show(orders, shown({ id: 11, side: -1 }), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders).ids, [])
    OwnOrders.show(orders, shown({ id: 12 }), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders).ids, [12])
  })

  it("around midnight an order is cancelled under both days, that of this clock first", () => {
    assert.deepStrictEqual(OwnOrders.daysOf(Date.UTC(2026, 10, 30, 23, 55)), ["2026-11-30", "2026-12-01"])
    assert.deepStrictEqual(OwnOrders.daysOf(Date.UTC(2026, 10, 30, 0, 5)), ["2026-11-30", "2026-11-29"])
    assert.deepStrictEqual(OwnOrders.daysOf(noon), ["2026-11-30"])
  })

  it("both legs of a pair must end", () => {
    const orders = make(own({ legs: 2 }))
    OwnOrders.show(orders, shown({ id: 1 }), true, 0)
    assert.strictEqual(orders.left.size, 1)
    OwnOrders.show(orders, shown({ id: 2 }), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders).ids, [2])
    OwnOrders.show(orders, shown({ id: 2 }), true, 0)
    assert.strictEqual(orders.left.size, 0)
  })

  it("one that was forgotten is found by the group of the scope; a foreign group is left alone", () => {
    const orders = make()
    orders.usesGid = true
    OwnOrders.show(orders, shown({ id: 5, gid: 99 }), false, 0)
    assert.strictEqual(orders.left.size, 0)
    OwnOrders.show(orders, shown({ id: 5, gid }), false, 0)
    assert.deepStrictEqual(OwnOrders.cancellation(orders), { ids: [5], cids: [], gids: [gid], all: false })
  })

  it("nothing is forgotten for its age before an hour of the steady clock has passed, nor while it is open", () => {
    const orders = make(own({ ids: new Set([1]) }), own({ cid: 8, ids: new Set([2]) }))
    OwnOrders.forgetOld(orders, [], OwnOrders.settled - 1)
    assert.strictEqual(orders.left.size, 2)
    OwnOrders.forgetOld(orders, [shown({ id: 2, cid: 8 })], OwnOrders.settled)
    assert.deepStrictEqual([...orders.left].map(({ cid }) => cid), [8])
  })

  it("the resolved outcome of a submission counts, unless two submissions share its cid", () => {
    const never = { _tag: "NeverPlaced", cid: 7, cidDate: "2026-11-30" } as const
    const one = make(own())
    OwnOrders.resolve(one, 7, never)
    assert.strictEqual(one.left.size, 0)
    const two = make(own(), own())
    OwnOrders.resolve(two, 7, never)
    assert.strictEqual(two.left.size, 2)
  })

  it("names what is evicted by count", () => {
    const orders = OwnOrders.make(gid)
    const evicted = Array.from({ length: OwnOrders.remembered + 2 }, (_, cid) => OwnOrders.add(orders, own({ cid })))
    assert.deepStrictEqual(evicted.flat().map(({ cid }) => cid), [0, 1])
    assert.strictEqual(orders.left.size, OwnOrders.remembered)
  })
})
