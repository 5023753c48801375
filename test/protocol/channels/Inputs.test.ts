import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { accountInputs, type Input } from "../../../src/protocol/channels/Inputs.ts"
import { orderEndpoints } from "../../../src/protocol/endpoints/Orders.ts"
import * as Request from "../../../src/protocol/internal/request.ts"

/** the body of the frame, or the field that is refused */
const body = (input: Input, args: object): unknown =>
  Either.match(Request.checked(input.name, input, { ...args }), {
    onLeft: ({ field }) => `refused: ${field}`,
    onRight: input.body
  })

describe("accountInputs", () => {
  it("a new order is sent as in the manual's example: amounts and prices as text (ws-auth-input-order-new)", () => {
    assert.deepStrictEqual(
      body(accountInputs.submitOrder, {
        gid: 1,
        cid: 12345,
        type: "EXCHANGE LIMIT",
        symbol: "tBTCUSD",
        amount: 0.5,
        price: "10000",
        flags: { postOnly: true, hidden: true },
        tif: Date.parse("2024-05-06T07:08:09Z"),
        meta: { affCode: "abc" }
      }),
      {
        type: "EXCHANGE LIMIT",
        symbol: "tBTCUSD",
        amount: "0.5",
        price: "10000",
        gid: 1,
        flags: 4160,
        tif: "2024-05-06 07:08:09",
        meta: { aff_code: "abc" },
        cid: 12345
      }
    )
  })

  it("has the parameters of the endpoints of the same name", () => {
    for (const name of ["submitOrder", "cancelOrder", "cancelOrders"] as const) {
      assert.strictEqual(accountInputs[name].params, orderEndpoints[name].params)
    }
    assert.sameMembers(Object.keys(accountInputs.updateOrder.params), Object.keys(orderEndpoints.updateOrder.params))
  })

  it("an order is updated by id, or by cid and its day, unlike in REST (ws-auth-input-order-update)", () => {
    const { updateOrder } = accountInputs
    assert.deepStrictEqual(body(updateOrder, { id: 1, price: 200 }), { id: 1, price: "200" })
    assert.deepStrictEqual(body(updateOrder, { cid: 7, cidDate: "2024-01-01", delta: -1 }), {
      cid: 7,
      cid_date: "2024-01-01",
      delta: "-1"
    })
    assert.strictEqual(body(updateOrder, { id: 1, cid: 7, cidDate: "2024-01-01" }), "refused: id")
    assert.strictEqual(body(updateOrder, { cid: 7 }), "refused: cidDate")
    assert.strictEqual(body(updateOrder, {}), "refused: id")
  })

  it("many are cancelled in one of four ways (ws-auth-input-order-cancel-multi)", () => {
    const { cancelOrders } = accountInputs
    assert.deepStrictEqual(body(cancelOrders, { id: [1, 2] }), { id: [1, 2] })
    assert.deepStrictEqual(body(cancelOrders, { gid: [3] }), { gid: [3] })
    assert.deepStrictEqual(body(cancelOrders, { cid: [[7, "2024-01-01"]] }), { cid: [[7, "2024-01-01"]] })
    assert.deepStrictEqual(body(cancelOrders, { all: true }), { all: 1 })
    assert.strictEqual(body(cancelOrders, { id: [1], gid: [3] }), "refused: gid")
  })

  it("a batch is a list without an object around it, of 1 to 15 operations, each of them counted", () => {
    const { orderMultiOp } = accountInputs
    const ops = [["oc", { id: 1 }], ["oc_multi", { all: true }], ["ou", { cid: 7, cidDate: "2024-01-01", price: 5 }]]
    assert.deepStrictEqual(body(orderMultiOp, { ops }), [
      ["oc", { id: 1 }],
      ["oc_multi", { all: 1 }],
      ["ou", { cid: 7, cid_date: "2024-01-01", price: "5" }]
    ])
    assert.strictEqual(orderMultiOp.cost({ ops }), 3)
    assert.strictEqual(accountInputs.submitOrder.cost({}), 1)
    assert.strictEqual(accountInputs.calc.cost({}), 0)
    assert.strictEqual(body(orderMultiOp, { ops: [] }), "refused: ops")
    assert.strictEqual(body(orderMultiOp, { ops: Array.from({ length: 16 }, () => ops[0]) }), "refused: ops")
    assert.strictEqual(body(orderMultiOp, { ops: [["xx", {}]] }), "refused: ops")
    assert.strictEqual(body(orderMultiOp, { ops: [["on", { symbol: "tBTCUSD" }]] }), "refused: ops")
  })

  it("the items to compute are a list of one-element lists (changelog of the manual)", () => {
    const items = [
      "margin_base",
      "margin_sym_tBTCUSD",
      "funding_sym_fUSD",
      "position_tBTCF0:USTF0",
      "wallet_exchange_BTC",
      "balance"
    ]
    assert.deepStrictEqual(body(accountInputs.calc, { items }), items.map((item) => [item]))
    for (
      const wrong of ["margin", "margin_sym_fUSD", "funding_sym_tBTCUSD", "wallet_exchange_", "wallet_spot_BTC", 5]
    ) {
      assert.strictEqual(body(accountInputs.calc, { items: [wrong] }), "refused: items")
    }
  })

  it("a message has a type of its own, and any JSON", () => {
    const { notify } = accountInputs
    assert.deepStrictEqual(body(notify, { type: "ucm-x", info: { a: [null] } }), { type: "ucm-x", info: { a: [null] } })
    assert.strictEqual(body(notify, { type: "ucm-", info: 1 }), "refused: type")
    assert.strictEqual(body(notify, { type: "x", info: 1 }), "refused: type")
    assert.strictEqual(body(notify, { type: "ucm-x", info: Number.NaN }), "refused: info")
  })
})
