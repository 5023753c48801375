import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ConnectionClosed, InvalidOrder } from "../../../src/BitfinexError.ts"
import * as Exclusion from "../../../src/internal/trading/exclusion.ts"
import * as Fences from "../../../src/internal/trading/fences.ts"
import { type Accepted, type Input, type Lost, type Phase, step } from "../../../src/internal/trading/inFlight.ts"

const error = new InvalidOrder({ operation: "test", code: null, text: "Invalid price." })
const another = new InvalidOrder({ operation: "test", code: null, text: "amount: invalid" })
const closed = new ConnectionClosed({ operation: "test", code: 1006, reason: "", outcome: "unknown" })

describe("the phases of an operation", () => {
  type P = Phase<number, Lost>
  const waiting: P = { _tag: "Waiting", suspicion: undefined }
  const accepted = (record: number): Accepted<number> => ({ _tag: "Accepted", record, by: "on", text: null, mts: null })
  const refused = { _tag: "Refused", error } as const
  const suspected: Input<number> = { _tag: "Suspected", error }
  const givenUp: Input<number> = { _tag: "GivenUp", mts: 5, reason: "too late", error: closed }
  const play = (...inputs: ReadonlyArray<Input<number>>): P =>
    inputs.reduce<P>((phase, input) => step(phase, input, (lost) => lost), waiting)

  it("the first answer counts, and nothing changes it", () => {
    for (const first of [accepted(1), refused]) {
      for (const next of [accepted(2), refused, suspected, givenUp]) {
        assert.deepStrictEqual(play(first, next), first)
      }
    }
  })

  it("a suspicion ends nothing: an answer wins, also one after another suspicion", () => {
    assert.deepStrictEqual(play(suspected), { _tag: "Waiting", suspicion: error })
    assert.deepStrictEqual(play(suspected, { _tag: "Suspected", error: another }), play(suspected))
    assert.deepStrictEqual(play(suspected, accepted(1)), accepted(1))
  })

  it("an unknown outcome has the suspicion as its cause, and both in its reason", () => {
    const plain = play(givenUp)
    assert.deepStrictEqual(plain, {
      _tag: "Unknown",
      unknown: { mts: 5, reason: "too late", error: closed },
      late: undefined
    })
    const phase = play(suspected, givenUp)
    assert(phase._tag === "Unknown")
    assert.include(phase.unknown.reason, "too late")
    assert.include(phase.unknown.reason, "Invalid price.")
  })

  it("of late answers the first counts, but an acceptance replaces a refusal", () => {
    const late = (...inputs: ReadonlyArray<Input<number>>) => {
      const phase = play(givenUp, ...inputs)
      return phase._tag === "Unknown" ? phase.late : undefined
    }
    assert.deepStrictEqual(late(suspected, givenUp), undefined)
    assert.deepStrictEqual(late(refused), refused)
    assert.deepStrictEqual(late(refused, accepted(1)), accepted(1))
    assert.deepStrictEqual(late(accepted(1), accepted(2), refused), accepted(1))
  })
})

describe("a fence of a frame", () => {
  const setup = () => {
    const pings: Array<number> = []
    let [at, isOpen, number] = [0, true, 100]
    const fences = Fences.make({
      now: () => at,
      ping: (epoch) => {
        if (!isOpen) return undefined
        pings.push(epoch)
        return ++number
      }
    })
    return {
      fences,
      pings,
      at: (ms: number) => {
        at = ms
      },
      close: () => {
        isOpen = false
      },
      pong: (epoch: number, ping: number) => fences.onEvent({ _tag: "Pong", epoch, ping }),
      closed: (epoch: number, code: number) => fences.onEvent({ _tag: "Closed", epoch, code })
    }
  }

  it("is the pong to a ping behind it in its login, not one to an earlier ping or of another login", () => {
    const { at, fences, pings, pong } = setup()
    const first = fences.mark(1)
    fences.ping(first)
    fences.ping(first)
    const second = fences.mark(1)
    assert.deepStrictEqual([pings.length, fences.isPinged(first), fences.isPinged(second)], [1, true, false])
    pong(2, 101)
    pong(1, 100)
    assert.isUndefined(first.barrier())
    at(7)
    pong(1, 101)
    assert.deepStrictEqual([first.barrier(), second.barrier()], [{ _tag: "Fenced", by: "pong", at: 7 }, undefined])
    assert.isFalse(fences.isPinged(first))
  })

  it("one ping serves all earlier frames of its login", () => {
    const { fences, pings, pong } = setup()
    const [first, second, other] = [fences.mark(1), fences.mark(1), fences.mark(2)]
    fences.ping(second)
    fences.ping(first)
    assert.deepStrictEqual(pings, [1])
    pong(1, 101)
    assert.deepStrictEqual([first, second, other].map((mark) => mark.barrier()?._tag), ["Fenced", "Fenced", undefined])
  })

  it("is a close frame with a code; without one the frame may still arrive", () => {
    for (
      const [code, tag] of [[1000, "Fenced"], [1001, "Fenced"], [1005, "None"], [1006, "None"], [1015, "None"]] as const
    ) {
      const { closed, fences } = setup()
      const [mark, other] = [fences.mark(1), fences.mark(2)]
      closed(1, code)
      assert.deepStrictEqual([mark.barrier()?._tag, other.barrier()], [tag, undefined], String(code))
    }
  })

  it("the first result stays, and is passed to those that wait", () => {
    const { closed, fences } = setup()
    const mark = fences.mark(1)
    closed(1, 1006)
    closed(1, 1000)
    assert.strictEqual(mark.barrier()?._tag, "None")
    assert.strictEqual(Effect.runSync(mark.awaitBarrier)._tag, "None")
  })

  it("a socket that never ends expires; a frame that is forgotten, or whose ping was not written, waits for nothing", () => {
    const { close, fences, pings } = setup()
    const [mark, answered] = [fences.mark(1), fences.mark(1)]
    fences.forget(answered)
    close()
    fences.ping(mark)
    fences.ping(answered)
    assert.deepStrictEqual([pings, fences.isPinged(mark)], [[], false])
    fences.expire(1)
    assert.deepStrictEqual([mark.barrier()?._tag, answered.barrier()], ["None", undefined])
  })
})

describe("commands that exclude one another", () => {
  it("a later one waits for each earlier one with which it shares a key, in their order", () => {
    const exclusion = Exclusion.make()
    const [a, b, both, other] = [["a"], ["b"], ["a", "b"], ["c"]].map((keys) => exclusion.add(keys))
    const blocked = () => [a!, b!, both!, other!].map(exclusion.isBlocked)
    assert.deepStrictEqual(blocked(), [false, false, true, false])
    exclusion.remove(a!)
    assert.deepStrictEqual(blocked().slice(1), [false, true, false])
    exclusion.remove(b!)
    const again = exclusion.add(["a"])
    assert.deepStrictEqual([both!, again].map(exclusion.isBlocked), [false, true])
    exclusion.remove(both!)
    assert.isFalse(exclusion.isBlocked(again))
  })
})
