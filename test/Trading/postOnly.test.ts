import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Flags from "../../src/protocol/Flags.ts"
import * as PostOnly from "../../src/protocol/internal/postOnly.ts"
import { pass } from "../support/market.ts"
import { commandFrames, crossing, inMemory, live, resting } from "../support/trading.ts"

const { hidden, postOnly } = Flags.order

/** runs a command until it ends, at most a minute */
const ended = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.either(command))
    yield* pass("1 minute")
    return yield* Fiber.join(fiber)
  })

/** the field that a refusal before sending names */
const refusedField = (result: Either.Either<unknown, unknown>): unknown =>
  Either.isLeft(result) && typeof result.left === "object" && result.left !== null && "field" in result.left
    ? result.left.field
    : result

const flagsOf = (type: string) =>
  Effect.map(commandFrames(type), (frames) => frames.map(({ body }) => body.flags as number | undefined))

const maker = inMemory({ trading: { postOnly: true } })

describe("Trading: post-only by policy", () => {
  it.scoped("each limit order gets the flag beside its own, unless its flags say otherwise", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* ended(trading.submitOrder(resting))
      yield* ended(trading.submitOrder({ ...resting, flags: { hidden: true } }))
      yield* ended(trading.submitOrder({ ...resting, flags: { postOnly: false } }))
      yield* ended(Effect.scoped(Effect.flatMap(trading.cancelOnExit(), (own) => own.submitOrder(resting))))
      assert.deepStrictEqual(
        (yield* flagsOf("on")).map((flags) => flags ?? 0),
        [postOnly, hidden + postOnly, 0, postOnly]
      )
    }).pipe(maker))

  it.scoped("an order that may take is refused and not sent, unless its flags say otherwise", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const oco = { ...resting, priceOcoStop: 9000, flags: { oco: true } } as const
      assert.strictEqual(refusedField(yield* ended(trading.submitOrder(crossing))), "type")
      assert.strictEqual(refusedField(yield* ended(trading.submitOrder({ ...resting, type: "EXCHANGE IOC" }))), "type")
      assert.strictEqual(refusedField(yield* ended(trading.submitOrder(oco))), "flags")
      assert.strictEqual(refusedField(yield* ended(trading.orderMultiOp({ ops: [["on", crossing]] }))), "type")
      assert.lengthOf(yield* commandFrames(), 0)
      assert.isTrue(Either.isRight(yield* ended(trading.submitOrder({ ...crossing, flags: { postOnly: false } }))))
    }).pipe(maker))

  it.scoped("an update keeps the flags of the order and the policy; for an unknown order it needs flags", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const placed = yield* Effect.flatten(ended(trading.submitOrder({ ...resting, flags: { hidden: true } })))
      const { id } = placed
      yield* ended(trading.updateOrder({ id, price: 10001 }))
      yield* ended(trading.updateOrder({ id, price: 10002, flags: {} }))
      yield* ended(trading.updateOrder({ id, price: 10003, flags: { postOnly: false } }))
      yield* ended(trading.orderMultiOp({ ops: [["ou", { id, price: 10004, flags: { hidden: true } }]] }))
      assert.deepStrictEqual(
        (yield* flagsOf("ou")).map((flags) => flags ?? 0),
        [hidden + postOnly, postOnly, 0]
      )
      const [frame] = yield* commandFrames("ox_multi")
      assert.strictEqual(frame!.body[0][1].flags, hidden + postOnly)
      assert.strictEqual(refusedField(yield* ended(trading.updateOrder({ id: 5, price: 10001 }))), "flags")
      assert.lengthOf(yield* commandFrames("ou"), 3)
    }).pipe(maker))

  it.scoped("a batch: each new order gets the flag", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* ended(trading.orderMultiOp({ ops: [["on", resting], ["on", { ...resting, flags: { postOnly: false } }]] }))
      const [frame] = yield* commandFrames("ox_multi")
      assert.deepStrictEqual(
        frame!.body.map(([, args]: [string, { flags?: number }]) => args.flags ?? 0),
        [postOnly, 0]
      )
    }).pipe(maker))

  it.scoped("a replacement gets the flag, and one that may take leaves the order open", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      const { id } = yield* Effect.flatten(ended(trading.submitOrder(resting)))
      assert.strictEqual(refusedField(yield* ended(trading.replaceOrder({ id, order: crossing }))), "type")
      assert.lengthOf(yield* commandFrames("oc"), 0)
      const replaced = yield* Effect.flatten(ended(trading.replaceOrder({ id, order: { ...resting, price: 9000 } })))
      assert.strictEqual(replaced._tag, "Replaced")
      assert.deepStrictEqual(yield* flagsOf("on"), [postOnly, postOnly])
    }).pipe(maker))

  it.scoped("without the policy nothing is added", () =>
    Effect.gen(function*() {
      const { trading } = yield* live
      yield* ended(trading.submitOrder(resting))
      assert.deepStrictEqual((yield* flagsOf("on")).map((flags) => flags ?? 0), [0])
    }).pipe(inMemory()))

  it("invalid input is left to the check that refuses it", () => {
    const policy = PostOnly.make(new Map())
    for (const given of [null, undefined, 5, { flags: 5 }]) {
      assert.deepStrictEqual(policy.order("test", given), Either.right(given))
      assert.deepStrictEqual(policy.changes("test", given), Either.right(given))
      assert.deepStrictEqual(policy.batch("test", given), Either.right(given))
    }
  })
})
