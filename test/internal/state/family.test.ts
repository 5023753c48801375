import { assert, describe, it } from "@effect/vitest"
import { specs } from "../../../src/internal/state/families.ts"
import { Family } from "../../../src/internal/state/family.ts"
import type { Order } from "../../../src/protocol/records/Order.ts"
import { Position } from "../../../src/protocol/records/Position.ts"
import { order } from "../../support/orders.ts"

/** open orders that are in doubt since a row that could not be read */
const inDoubt = () => {
  const family = new Family({ ...specs.orders, settle: 1000, steady: () => 0 }, () => undefined)
  family.login(1)
  family.snapshot([order({ id: 1 }), order({ id: 2 })], [], 0)
  family.ask({ _tag: "NotConnected" }, 0)
  return { family, doubt: family.doubt! }
}

const shown = (family: Family<number, Order>) => {
  const state = family.state()
  return state._tag === "Synced"
    ? Object.fromEntries([...state.rows].map(([id, { amount }]) => [id, amount]))
    : state._tag
}

describe("open orders that REST lists after a doubt", () => {
  it("one that REST shows as open and the socket has ended since is not open", () => {
    const { doubt, family } = inDoubt()
    family.update([order({ id: 1 })], [], "oc", 0)
    family.list(doubt, [order({ id: 1 }), order({ id: 2 })], 0)
    assert.deepStrictEqual(shown(family), { 2: 1 })
  })

  it("later reports of the socket take precedence, and an end before the doubt does not", () => {
    const { doubt, family } = inDoubt()
    family.update([order({ id: 2, amount: 0.5 })], [], "ou", 0)
    family.update([order({ id: 3 })], [], "on", 0)
    family.list(doubt, [order({ id: 2 }), order({ id: 4 })], 0)
    assert.deepStrictEqual(shown(family), { 2: 0.5, 3: 1, 4: 1 })
  })

  it("a reply after another doubt changes nothing", () => {
    const { doubt, family } = inDoubt()
    family.ask({ _tag: "NotConnected" }, 0)
    assert.strictEqual(family.list(doubt, [], 0), "late")
    assert.strictEqual(shown(family), "Stale")
  })

  it("one that a snapshot had omitted is added, unless the socket has reported it since the login", () => {
    const { family } = inDoubt()
    family.snapshot([order({ id: 2 })], [], 0)
    assert.isTrue(family.restore(order({ id: 1 })))
    assert.isFalse(family.restore(order({ id: 2, amount: 5 })))
    family.update([order({ id: 1 })], [], "oc", 0)
    assert.isFalse(family.restore(order({ id: 1 })))
    assert.deepStrictEqual(shown(family), { 2: 1 })
  })

  it("one that a later snapshot of the login had omitted is added, though the socket has reported it before", () => {
    const { family } = inDoubt()
    family.snapshot([], [], 0)
    family.update([order({ id: 5 }), order({ id: 6 })], [], "on", 0)
    family.snapshot([order({ id: 6 })], [], 0)
    assert.isTrue(family.restore(order({ id: 5 })))
    assert.deepStrictEqual(shown(family), { 5: 1, 6: 1 })
  })
})

describe("open orders that the socket does not mention", () => {
  const timed = () => {
    const clock = { now: 0 }
    const family = new Family({ ...specs.orders, settle: 1000, steady: () => clock.now }, () => undefined)
    family.login(1)
    family.snapshot([order({ id: 1 }), order({ id: 2 })], [], 0)
    clock.now = 60_000
    family.update([order({ id: 2, amount: 0.5 })], [], "ou", 0)
    return { clock, family }
  }

  it("are those without a report since then; none while the rows are not known", () => {
    const { family } = timed()
    assert.deepStrictEqual([...family.quietSince(30_000)], [1])
    assert.deepStrictEqual([...family.quietSince(60_000)].sort(), [1, 2])
    family.lose({ _tag: "NotConnected" }, 0)
    assert.deepStrictEqual([...family.quietSince(60_000)], [])
  })

  it("end by REST, unless the socket has mentioned them since the query, or the login has ended", () => {
    const { family } = timed()
    assert.isUndefined(family.endUnreported(order({ id: 2, amount: 0 }), 30_000))
    assert.strictEqual(family.endUnreported(order({ id: 1, amount: 0 }), 30_000)?.amount, 1)
    assert.isUndefined(family.endUnreported(order({ id: 1, amount: 0 }), 30_000))
    assert.deepStrictEqual(shown(family), { 2: 0.5 })
    // a late event of it opens nothing
    family.update([order({ id: 1 })], [], "ou", 0)
    assert.deepStrictEqual(shown(family), { 2: 0.5 })
    family.lose({ _tag: "NotConnected" }, 0)
    assert.isUndefined(family.endUnreported(order({ id: 2, amount: 0 }), 90_000))
  })
})

describe("an update that comes after the end of its object", () => {
  const opened = () => {
    const { family } = inDoubt()
    family.snapshot([order({ id: 1 }), order({ id: 2 })], [], 0)
    return family
  }

  it("does not open an order again, nor does a list that shows it, in this login or the next", () => {
    const family = opened()
    family.update([order({ id: 1 })], [], "oc", 0)
    family.update([order({ id: 3 })], [], "oc", 0)
    const { version } = family.state()
    family.update([order({ id: 1, mtsUpdate: 9e12 })], [], "ou", 0)
    family.update([order({ id: 3 })], [], "on", 0)
    assert.deepStrictEqual(shown(family), { 2: 1 })
    assert.strictEqual(family.state().version, version, "no new state")
    family.login(2)
    assert.deepStrictEqual(
      family.snapshot([order({ id: 1 }), order({ id: 2 })], [], 0),
      { gone: [], changed: [], fresh: [] }
    )
    family.ask({ _tag: "NotConnected" }, 0)
    family.list(family.doubt!, [order({ id: 2 }), order({ id: 3 })], 0)
    assert.deepStrictEqual(shown(family), { 2: 1 })
  })

  it("does not open an order again whose end could not be read", () => {
    const family = opened()
    family.ask({ _tag: "NotConnected" }, 0)
    family.endUnread(1)
    family.update([order({ id: 1 })], [], "ou", 0)
    family.list(family.doubt!, [order({ id: 2 })], 0)
    assert.deepStrictEqual(shown(family), { 2: 1 })
  })

  it("the end of a position leaves the next one in its symbol, whose rows are not late", () => {
    const family = new Family({ ...specs.positions, settle: 1000, steady: () => 0 }, () => undefined)
    const row = (positionId: number, amount: number, mtsUpdate: number) =>
      Position.read(Object.assign(Array(20).fill(null), {
        0: "tBTCUSD",
        1: "ACTIVE",
        2: amount,
        3: 100,
        4: 0,
        5: 0,
        11: positionId,
        12: 1,
        13: mtsUpdate
      }))!
    const amount = () => {
      const state = family.state()
      return state._tag === "Synced" ? state.rows.get("tBTCUSD")?.amount : state._tag
    }
    family.login(1)
    family.snapshot([row(1, 1, 1)], [], 0)
    family.update([row(1, 0, 2)], [], "pc", 0)
    family.update([row(1, 1, 1)], [], "pu", 0)
    assert.isUndefined(amount())
    family.update([row(2, 5, 3)], [], "pn", 0)
    family.update([row(1, 0, 2)], [], "pc", 0)
    assert.strictEqual(amount(), 5)
    family.update([row(2, 0, 4)], [], "pc", 0)
    assert.isUndefined(amount())
    // should the venue open it under the same id after all
    family.update([row(2, 7, 5)], [], "pn", 0)
    assert.strictEqual(amount(), 7)
  })
})
