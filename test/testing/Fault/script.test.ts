import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Fault from "../../../src/testing/Fault.ts"

const script: Fault.Script = [
  { after: 0, fault: Fault.Drop.make({ code: 1006 }) },
  { after: 10, fault: Fault.Refuse.make({ times: 3, status: "reset" }) },
  { after: 20, fault: Fault.Mute.make({ channel: "book:tBTCUSD", connection: 2 }) },
  { after: 30, fault: Fault.SendBinary.make({ bytes: [1, 2, 3] }) },
  { after: 40, fault: Fault.HttpFault.make({ match: "/ticker", reply: { _tag: "status429", retryAfter: 3 } }) }
]

const entry = (fault: unknown, after: unknown = 0): string =>
  JSON.stringify([{ after: 0, fault: script[0]?.fault }, {
    after,
    fault
  }])

const refused: ReadonlyArray<readonly [name: string, text: string, at: string, reason: RegExp]> = [
  [
    "an unknown fault",
    entry({ _tag: "Dropp" }),
    "[1].fault._tag",
    /^there is no fault "Dropp"; there are Drop, /
  ],
  ["a name that is not a string", entry({ _tag: 7 }), "[1].fault._tag", /^there is no fault 7; there are Drop, /],
  ["a fault without a name", entry({ code: 1006 }), "[1].fault._tag", /is missing/],
  ["a missing fault", JSON.stringify([{ after: 0 }]), "[0].fault", /is missing/],
  ["a missing field", entry({ _tag: "Drop" }), "[1].fault.code", /is missing/],
  [
    "a field that its fault does not have",
    entry({ _tag: "HalfOpen", conection: 2 }),
    "[1].fault.conection",
    /unexpected/
  ],
  ["a string for a number", entry({ _tag: "Drop", code: "1006" }), "[1].fault.code", /Expected number/],
  ["a code that no close frame has", entry({ _tag: "Drop", code: 99 }), "[1].fault.code", /1000/],
  ["a fractional number of times", entry({ _tag: "Refuse", times: 1.5 }), "[1].fault.times", /integer/],
  ["zero times", entry({ _tag: "Refuse", times: 0 }), "[1].fault.times", /positive/],
  ["a connection before the first", entry({ _tag: "HalfOpen", connection: 0 }), "[1].fault.connection", /positive/],
  [
    "an unknown reply",
    entry({ _tag: "HttpFault", reply: { _tag: "lost" } }),
    "[1].fault.reply._tag",
    /loseReply/
  ],
  [
    "a word that is none of those",
    entry({ _tag: "DropOnCommand", input: "order", point: "received" }),
    "[1].fault.input",
    /^Expected "on" or "ou" or "oc" or .* or "foc", actual "order"$/
  ],
  [
    "a value that is neither a number nor the word",
    entry({ _tag: "Refuse", times: 1, status: "closed" }),
    "[1].fault.status",
    /^Expected number or "reset"/
  ],
  ["a time before the start", entry({ _tag: "HalfOpen" }, -1), "[1].after", /non-negative/],
  ["a time that is not a number", entry({ _tag: "HalfOpen" }, "soon"), "[1].after", /Expected/],
  ["an object in place of a list", "{}", "", /a script is a list/],
  ["invalid JSON", "[{", "", /no JSON/]
]

describe("Fault: scripts", () => {
  it("survive encoding and decoding", () => {
    const text = Schema.encodeSync(Schema.parseJson(Fault.Script))(script)
    assert.deepStrictEqual(Fault.parseScript(text), Either.right(script))
    assert.deepStrictEqual(Fault.validateScript(script), Either.right(script))
    assert.deepStrictEqual(Fault.parseScript("[]"), Either.right([]))
  })

  for (const [name, text, at, reason] of refused) {
    it(`${name} is refused, and the error names the position`, () => {
      const error = Either.getOrThrow(Either.flip(Fault.parseScript(text)))
      assert.strictEqual(error._tag, "InvalidScript")
      assert.strictEqual(error.at, at)
      assert.match(error.reason, reason)
      assert.include(error.message, error.reason)
      assert.include(error.message, at)
      // one sentence, not the union type of all faults
      assert.isBelow(error.message.length, 800)
    })
  }

  it("a fault with an invalid field is refused by its constructor", () => {
    assert.throws(() => Fault.Drop.make({ code: 70_000 }), /1000/)
    assert.throws(() => Fault.Lose.make({ connection: 1.5 }), /integer/)
  })
})
