import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Field from "../../../src/protocol/Field.ts"
import * as Layout from "../../../src/protocol/Layout.ts"
import { Notification } from "../../../src/protocol/records/Notification.ts"

const Thing = Layout.make("Thing", (at) => ({ id: at(0, Field.int), name: at(1, Field.str) }))
const one = Notification.of(Thing)
const envelope = (
  info: unknown,
  status: unknown = "SUCCESS",
  mts: unknown = 1_700_000_100_123,
  text: unknown = "done"
) => [mts, "x-req", null, null, info, null, status, text]

describe("a notification", () => {
  it("carries its record", () => {
    assert.deepStrictEqual(
      one.decode(envelope([1, "a"])),
      Either.right({
        accepted: true,
        mts: 1_700_000_100_123,
        type: "x-req",
        messageId: null,
        notifyInfo: { id: 1, name: "a" },
        code: null,
        status: "SUCCESS",
        text: "done"
      })
    )
  })

  it("has a time in milliseconds, also where the venue sends seconds", () => {
    const times: ReadonlyArray<readonly [sent: number | null, mts: number | null]> = [
      [1_678_987_199, 1_678_987_199_000],
      [1_567_590_617.442, 1_567_590_617_442],
      [1_678_987_199_446, 1_678_987_199_446],
      [1_678_987_199_446.5, 1_678_987_199_446.5],
      // the last value read as seconds, and the first read as milliseconds
      [99_999_999_999, 99_999_999_999_000],
      [100_000_000_000, 100_000_000_000],
      // no plausible time: unchanged
      [0, 0],
      [null, null]
    ]
    for (const [sent, mts] of times) {
      const decoded = Either.getOrThrow(one.decode(envelope([1, "a"], "SUCCESS", sent)))
      assert.strictEqual(decoded.mts, mts)
      // the decoded value can be encoded and decoded again
      const row = Notification.encode(Either.getOrThrow(Notification.decode(envelope([1, "a"], "SUCCESS", sent))))
      assert.strictEqual(Either.getOrThrow(Notification.decode(row)).mts, mts)
      const bySchema = Schema.decodeUnknownEither(Notification.schema)(envelope([1, "a"], "SUCCESS", sent))
      assert.strictEqual(Either.getOrThrow(bySchema).mts, mts)
    }
    for (const wrong of ["1678987199", Number.NaN, true]) {
      const error = one.decode(envelope([1, "a"], "SUCCESS", wrong))
      assert.isTrue(Either.isLeft(error) && error.left.field === "mts")
    }
  })

  it("with a wrong payload names the cell", () => {
    const wrong = (info: unknown) => {
      const error = one.decode(envelope(info))
      assert(Either.isLeft(error))
      return [error.left.layout, error.left.field, error.left.index]
    }
    assert.deepStrictEqual(wrong([1, 2]), ["Thing", "notifyInfo.name", 1])
    assert.deepStrictEqual(wrong(null), ["Thing", "notifyInfo", null])
  })

  it("that refuses is decoded with any payload", () => {
    for (const status of ["ERROR", "FAILURE", "PENDING", "success", ""]) {
      for (const info of [null, [null, null], "text", [1, "a"], { a: 1 }]) {
        const decoded = Either.getOrThrow(one.decode(envelope(info, status)))
        assert.deepInclude(decoded, { accepted: false, status, notifyInfo: info })
      }
    }
  })

  it("is refused when it is not a notification", () => {
    for (
      const wrong of [
        ["error", 10001, "no"],
        [],
        null,
        {},
        [1, "x-req"],
        envelope([1, "a"], null),
        envelope([1, "a"], 1)
      ]
    ) {
      assert.isTrue(Either.isLeft(one.decode(wrong)), JSON.stringify(wrong))
    }
  })
})

describe("a refusal", () => {
  it("is distinguished from everything else, before anything is decoded", () => {
    assert.deepStrictEqual(Notification.refusal(envelope(null, "ERROR")), { code: null, text: "done", status: "ERROR" })
    assert.deepStrictEqual(Notification.refusal([1, "x-req", null, null, null, 10001, "FAILURE", null]), {
      code: 10001,
      text: "",
      status: "FAILURE"
    })
    for (
      const other of [envelope([1, "a"]), null, {}, "ERROR", [], [[1, 2]], ["error", 10001, "no"], [
        envelope(null, "ERROR")
      ]]
    ) {
      assert.isUndefined(Notification.refusal(other), JSON.stringify(other))
    }
  })
  it("may be only in the payload", () => {
    const denies = (info: unknown) => Array.isArray(info) && info[0] === 0
    assert.deepInclude(Notification.refusal(envelope([0, "a"]), denies), { status: "SUCCESS", text: "done" })
    assert.isUndefined(Notification.refusal(envelope([1, "a"]), denies))
    assert.isFalse(Either.getOrThrow(Notification.of(Thing, denies).decode(envelope([0, "a"]))).accepted)
    assert.isTrue(Either.getOrThrow(Notification.of(Thing, denies).decode(envelope([1, "a"]))).accepted)
  })
})

describe("a payload of several", () => {
  const rows = Notification.rows(Thing)
  it("may be empty, unless a row is needed: a success without an order proves none", () => {
    assert.deepStrictEqual(rows.decode([]), Either.right([]))
    const needed = Notification.rows(Thing, { needed: true })
    assert.deepInclude(Either.getOrThrow(Either.flip(needed.decode([]))), { expected: "at least one row" })
    assert.deepStrictEqual(needed.decode([[1, "a"]]), rows.decode([[1, "a"]]))
  })
  it("is a list, also where the socket sends one without brackets", () => {
    const [a, b] = [{ id: 1, name: "a" }, { id: 2, name: "b" }]
    assert.deepStrictEqual(rows.decode([[1, "a"], [2, "b"]]), Either.right([a, b]))
    assert.deepStrictEqual(rows.decode([[1, "a"]]), Either.right([a]))
    assert.deepStrictEqual(rows.decode([1, "a"]), Either.right([a]))
    assert.deepStrictEqual(rows.decode([]), Either.right([]))
    assert.isTrue(Either.isLeft(rows.decode({})))
    assert.isTrue(Either.isLeft(rows.decode([[1, "a"], [2]])))
  })
})

describe("the columns of an endpoint", () => {
  it("follow from type and payload", () => {
    const { notification, refusal, result } = Notification.reply("x-req", Thing)
    assert.deepStrictEqual(notification, { type: "x-req" })
    assert.strictEqual(refusal(envelope(null, "ERROR"))?.status, "ERROR")
    assert.strictEqual(Either.getOrThrow(result.choose({})).name, "Notification<Thing>")
  })
})

describe("a notification that cannot be the reply of a call", () => {
  const { mismatch } = Notification.reply("oc-req", Thing, { repeats: { id: 0, cid: 2 } })
  const why = (info: unknown, args: { readonly [name: string]: unknown }, type = "oc-req"): string | undefined =>
    mismatch([1, type, null, null, info, null, "SUCCESS", ""], args)?.field

  it("is of another type, or shows another id or cid in each of its rows", () => {
    assert.strictEqual(why([7], { id: 7 }, "on-req"), "type")
    assert.strictEqual(why([8], { id: 7 }), "notifyInfo.id")
    assert.strictEqual(why([[8], [9]], { id: 7 }), "notifyInfo.id")
    assert.strictEqual(why([8, null, 5], { cid: 6, cidDate: "2026-11-30" }), "notifyInfo.cid")
    assert.strictEqual(why([[8], [9]], { id: [1, 2] }), "notifyInfo.id")
  })

  it("may be the reply where it shows nothing, one row that fits, or a type that no recording has", () => {
    assert.isUndefined(why(null, { id: 7 }))
    assert.isUndefined(why([], { id: 7 }))
    assert.isUndefined(why([null, null, null], { id: 7 }))
    assert.isUndefined(why([[7], [9]], { id: 7 }))
    assert.isUndefined(why([[2], [9]], { id: [1, 2] }))
    assert.isUndefined(why([8], { gid: [3] }))
    assert.isUndefined(why([8, null, 5], { cid: [[6, "2026-11-30"]] }))
    assert.isUndefined(why([7], { id: 7 }, "acc_tf"))
    assert.isUndefined(mismatch(["error", 10001, "no"], { id: 7 }))
    assert.isUndefined(mismatch({}, { id: 7 }))
  })
})
