import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { orderEndpoints } from "../../../src/protocol/Endpoints.ts"
import { bodyOf, refused } from "../../support/requests.ts"

const { activeOrders, cancelOrder, cancelOrders, orderMultiOp, orderTrades, submitOrder, updateOrder } = orderEndpoints
const limit = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.1", price: 15000 } as const

describe("a new order", () => {
  it("is sent with plain decimals, however they were given", () => {
    const sent = (amount: unknown, price: unknown) => {
      const body = bodyOf(submitOrder, { ...limit, amount, price })
      return [body["amount"], body["price"]]
    }
    assert.deepStrictEqual(sent(1e-7, "1e-5"), ["0.0000001", "0.00001"])
    assert.deepStrictEqual(sent(-0.5, 12345n), ["-0.5", "12345"])
    assert.deepStrictEqual(sent("1.10000000", 1234500), ["1.1", "1234500"])
    assert.deepStrictEqual(sent(BigDecimal.unsafeFromString("0.12345678"), 3e21), [
      "0.12345678",
      "3000000000000000000000"
    ])
    assert.deepStrictEqual(sent(1e21, 0.00001), ["1000000000000000000000", "0.00001"])
  })

  it("is refused for an amount that the venue would truncate, or cannot accept", () => {
    const cases: ReadonlyArray<readonly [amount: unknown, text: string]> = [
      [Number.NaN, "finite"],
      [Number.POSITIVE_INFINITY, "finite"],
      ["Infinity", "finite"],
      ["0.1 BTC", "finite"],
      ["", "finite"],
      [null, "finite"],
      ["0.123456789", "8 decimals"],
      [1e-9, "8 decimals"],
      [0, "zero"],
      [-0, "zero"],
      ["0.00000000", "zero"]
    ]
    for (const [amount, text] of cases) refused(submitOrder, { ...limit, amount }, "amount", text)
    refused(submitOrder, { type: "LIMIT", symbol: "tBTCUSD", price: 1 }, "amount", "required")
  })

  it("is refused for a price of more than 5 significant digits, or none above zero", () => {
    for (const price of [15000.5, "123456", 1.00001, 100001]) {
      refused(submitOrder, { ...limit, price }, "price", "5 significant digits")
    }
    refused(submitOrder, { ...limit, price: "0.000000001" }, "price", "8 decimals")
    for (const price of [0, -1]) refused(submitOrder, { ...limit, price }, "price", price === 0 ? "zero" : "below zero")
    for (const field of ["priceTrailing", "priceAuxLimit", "priceOcoStop"]) {
      refused(submitOrder, { ...limit, [field]: 1.23456 }, field, "5 significant digits")
    }
  })

  it("needs a price, unless it executes at the market price", () => {
    for (const type of ["LIMIT", "EXCHANGE STOP", "STOP LIMIT", "EXCHANGE FOK", "IOC"]) {
      refused(submitOrder, { type, symbol: "tBTCUSD", amount: 1 }, "price", `${type} orders need one`)
    }
    for (const type of ["MARKET", "EXCHANGE MARKET"]) {
      assert.deepStrictEqual(bodyOf(submitOrder, { type, symbol: "tBTCUSD", amount: 1 }), {
        type,
        symbol: "tBTCUSD",
        amount: "1"
      })
    }
  })

  it("needs the second price of its type: the limit of a stop limit, the distance of a trailing stop", () => {
    const order = { symbol: "tBTCUSD", amount: 1, price: 100 }
    for (
      const [type, field, wire] of [
        ["STOP LIMIT", "priceAuxLimit", "price_aux_limit"],
        ["EXCHANGE STOP LIMIT", "priceAuxLimit", "price_aux_limit"],
        ["TRAILING STOP", "priceTrailing", "price_trailing"],
        ["EXCHANGE TRAILING STOP", "priceTrailing", "price_trailing"]
      ] as const
    ) {
      refused(submitOrder, { ...order, type }, field, `${type} orders need one`)
      assert.strictEqual(bodyOf(submitOrder, { ...order, type, [field]: 99 })[wire], "99")
    }
    // a trailing stop executes at the market price
    const trailing = { type: "TRAILING STOP", symbol: "tBTCUSD", amount: 1, priceTrailing: 5 }
    assert.notProperty(bodyOf(submitOrder, trailing), "price")
  })

  it("is of a type that the venue knows", () => {
    for (const type of ["limit", "EXCHANGE_LIMIT", "EXCHANGE  LIMIT", "ICEBERG", ""]) {
      refused(submitOrder, { ...limit, type }, "type", "choose one of LIMIT, EXCHANGE LIMIT")
    }
  })

  it("is for a trading symbol", () => {
    for (const symbol of ["fUSD", "BTCUSD", "tbtcusd", "t"]) {
      refused(submitOrder, { ...limit, symbol }, "symbol", "t and")
    }
  })

  it("has a cid below 2^45, and a leverage of 1 to 100", () => {
    assert.strictEqual(bodyOf(submitOrder, { ...limit, cid: 2 ** 45 - 1, gid: 2 ** 45 - 1 })["cid"], 35184372088831)
    for (const cid of [2 ** 45, 0, -1, 1.5, "7", Number.NaN]) {
      refused(submitOrder, { ...limit, cid }, "cid", "whole number from 1 to 35184372088831")
      refused(submitOrder, { ...limit, gid: cid }, "gid", "whole number")
    }
    for (const lev of [0, 101, 1.5]) refused(submitOrder, { ...limit, lev }, "lev", "from 1 to 100")
  })

  it("sends flags as the sum of their bits, and an unknown one not at all", () => {
    const sent = (flags: object) => bodyOf(submitOrder, { ...limit, flags })["flags"]
    assert.strictEqual(sent({ hidden: true, close: true, reduceOnly: true, postOnly: true, noVarRates: true }), 529984)
    assert.strictEqual(sent({ hidden: false, postOnly: undefined }), 0)
    for (const flags of [4096, "postOnly", { post_only: true }, { postOnly: 1 }, ["hidden"], null]) {
      refused(submitOrder, { ...limit, flags }, "flags", "hidden, close, reduceOnly, postOnly, oco, noVarRates")
    }
  })

  it("is an OCO only as a whole", () => {
    refused(submitOrder, { ...limit, priceOcoStop: 14000 }, "flags", "oco")
    refused(submitOrder, { ...limit, flags: { oco: true } }, "priceOcoStop", "oco")
    assert.include(bodyOf(submitOrder, { ...limit, priceOcoStop: 14000, flags: { oco: true } }), {
      price_oco_stop: "14000",
      flags: 16384
    })
  })

  it("ends at a time that is sent in seconds, UTC", () => {
    const at = Date.UTC(2024, 1, 29, 23, 59, 59, 999)
    for (const tif of [at, new Date(at), DateTime.unsafeMake(at)]) {
      assert.strictEqual(bodyOf(submitOrder, { ...limit, tif })["tif"], "2024-02-29 23:59:59")
    }
    for (const tif of ["2024-02-29 23:59:59", Number.NaN, -1, 8e15, new Date(Number.NaN)]) {
      refused(submitOrder, { ...limit, tif }, "tif", "give")
    }
  })

  it("takes the options that the manual knows, under our names", () => {
    const meta = { affCode: "AFF", makeVisible: true, protectSelfmatch: false }
    assert.deepStrictEqual(bodyOf(submitOrder, { ...limit, meta })["meta"], {
      aff_code: "AFF",
      make_visible: 1,
      protect_selfmatch: 0
    })
    refused(submitOrder, { ...limit, meta: { aff_code: "AFF" } }, "meta", "there is no parameter aff_code")
    refused(submitOrder, { ...limit, meta: { makeVisible: 1 } }, "meta", "makeVisible: give true or false")
  })
})

describe("a change", () => {
  it("replaces the amount or adds to it", () => {
    assert.deepStrictEqual(bodyOf(updateOrder, { id: 1, delta: -0.5 }), { id: 1, delta: "-0.5" })
    refused(updateOrder, { id: 1, delta: 1, amount: 2 }, "delta", "one of them")
    refused(updateOrder, { id: 1, delta: 0 }, "delta", "zero")
  })
  it("names its order by id", () => {
    refused(updateOrder, { price: 1 }, "id", "required")
    for (const id of [0, -1, 1.5, "1", 2 ** 53]) refused(updateOrder, { id }, "id", "whole number")
    refused(updateOrder, { id: 1, cid: 5 }, "cidDate", "day")
  })
})

describe("a cancellation", () => {
  it("names its order in exactly one way, completely", () => {
    assert.deepStrictEqual(bodyOf(cancelOrder, { id: 7 }), { id: 7 })
    assert.deepStrictEqual(bodyOf(cancelOrder, { id: undefined, cid: 5, cidDate: Date.UTC(2024, 0, 2, 23, 59) }), {
      cid: 5,
      cid_date: "2024-01-02"
    })
    const either = "give either id, or cid and cidDate"
    refused(cancelOrder, {}, "id", either)
    refused(cancelOrder, { cid: 5 }, "cid", `${either}; given: cid`)
    refused(cancelOrder, { cidDate: "2024-01-02" }, "cidDate", either)
    refused(
      cancelOrder,
      { id: 7, cid: 5, cidDate: "2024-01-02" },
      "cidDate",
      `${either}; given: id and cid and cidDate`
    )
    refused(cancelOrder, { id: 7, cid: 5 }, "cid", either)
  })

  it("has a day that exists", () => {
    for (
      const cidDate of ["2024-02-30", "2023-02-29", "24-01-02", "2024-1-2", "2024-01-02T00:00", "", "today", null, -1]
    ) {
      refused(cancelOrder, { cid: 5, cidDate }, "cidDate", "give")
    }
    assert.strictEqual(bodyOf(cancelOrder, { cid: 5, cidDate: "2024-02-29" })["cid_date"], "2024-02-29")
  })

  it("of several is by one kind of name", () => {
    refused(cancelOrders, {}, "id", "give either id, or gid, or cid, or all")
    refused(cancelOrders, { id: [1], all: true }, "all", "given: id and all")
    refused(cancelOrders, { id: [] }, "id", "at least 1")
    refused(cancelOrders, { id: [1, "2"] }, "id", "element 1")
    refused(cancelOrders, { id: 1 }, "id", "give a list")
    refused(cancelOrders, { all: false }, "all", "give true")
    refused(cancelOrders, { cid: [[1]] }, "cid", "pair")
    refused(cancelOrders, { cid: [[1, "2024-02-30"]] }, "cid", "element 0")
    refused(cancelOrders, { gid: [2 ** 45] }, "gid", "element 0")
    assert.deepStrictEqual(bodyOf(cancelOrders, { cid: [[1, 0]] }), { cid: [[1, "1970-01-01"]] })
  })
})

describe("a batch", () => {
  it("checks every operation as the endpoint of that operation does", () => {
    const one = (operation: unknown) => ({ ops: [["oc", { id: 1 }], operation] })
    refused(orderMultiOp, one(["on", { ...limit, amount: 0 }]), "ops", "element 1: amount: it cannot be zero")
    refused(orderMultiOp, one(["on", { ...limit, price: undefined }]), "ops", "element 1: price: EXCHANGE LIMIT orders")
    refused(orderMultiOp, one(["oc", { id: 1, cid: 2 }]), "ops", "element 1: cid: give either")
    refused(orderMultiOp, one(["ou", { price: 1 }]), "ops", "element 1: id: it is required")
    refused(orderMultiOp, one(["oc_multi", { id: [1], oops: 1 }]), "ops", "there is no parameter oops")
    refused(orderMultiOp, one(["buy", {}]), "ops", "element 1: give pairs of on, ou, oc, oc_multi")
    refused(orderMultiOp, one(["on"]), "ops", "element 1: give an object")
    refused(orderMultiOp, one("on"), "ops", "element 1: give pairs")
    refused(orderMultiOp, one(["toString", {}]), "ops", "element 1: give pairs")
  })
  it("has 1 to 75 operations", () => {
    const ops = (count: number) => ({ ops: Array.from({ length: count }, () => ["oc", { id: 1 }]) })
    assert.lengthOf(bodyOf(orderMultiOp, ops(75))["ops"] as ReadonlyArray<unknown>, 75)
    refused(orderMultiOp, ops(76), "ops", "at most 75")
    refused(orderMultiOp, ops(0), "ops", "at least 1")
  })
  it("is returned undecoded, in any form", () => {
    const each = [[1, "on-req", null, null, [], null, "SUCCESS", ""], [
      1,
      "oc-req",
      null,
      null,
      [],
      null,
      "ERROR",
      "no"
    ]]
    assert.deepStrictEqual(orderMultiOp.decode(each), Either.right(each))
    // one failure among several does not prove that nothing was executed
    assert.isUndefined(orderMultiOp.refusal(each))
  })
})

describe("reads", () => {
  it("name an order by cid together with its day", () => {
    refused(activeOrders, { cid: 5 }, "cidDate", "day")
    refused(activeOrders, { cidDate: "2024-01-02" }, "cid", "needs a cid")
  })
  it("of one order's trades need both parts of the path", () => {
    refused(orderTrades, { symbol: "tBTCUSD" }, "id", "required")
    refused(orderTrades, { symbol: "fUSD", id: 1 }, "symbol", "t and")
  })
})
