import { assert, describe, it } from "@effect/vitest"
import { specs } from "../../../src/internal/state/families.ts"
import { Family } from "../../../src/internal/state/family.ts"
import type { Order } from "../../../src/protocol/records/Order.ts"
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

  it("what the socket has reported since takes precedence, and one that ended before the doubt does not", () => {
    const { doubt, family } = inDoubt()
    family.update([order({ id: 2, amount: 0.5 })], [], "ou", 0)
    family.update([order({ id: 3 })], [], "on", 0)
    family.list(doubt, [order({ id: 2 }), order({ id: 4 })], 0)
    assert.deepStrictEqual(shown(family), { 2: 0.5, 3: 1, 4: 1 })
  })

  it("a reply that came behind another doubt changes nothing", () => {
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
})
