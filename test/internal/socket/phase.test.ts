import { assert, describe, it } from "@effect/vitest"
import { End } from "../../../src/internal/socket/end.ts"
import * as Phase from "../../../src/internal/socket/phase.ts"

const after = (...inputs: ReadonlyArray<Phase.Input>): Phase.Phase => inputs.reduce(Phase.step, Phase.first)

const opened: Phase.Input = { _tag: "Opened" }
const agreed: Phase.Input = { _tag: "Agreed", at: 100, isClosedForTrade: false }
const closedForTrade: Phase.Input = { _tag: "Agreed", at: 100, isClosedForTrade: true }
const began: Phase.Input = { _tag: "MaintenanceBegan", at: 50 }
const over: Phase.Input = { _tag: "MaintenanceOver" }
const ended: Phase.Input = { _tag: "Ended", end: new End("Closed", "the peer closed with 1006") }

const shown = (phase: Phase.Phase) =>
  Phase.stateOf(phase, { number: 3, serverId: "a", flags: 7, rtt: null })?._tag ?? "unchanged"

describe("the phases of a socket", () => {
  it("only a handshake makes it ready, once", () => {
    assert.strictEqual(after()._tag, "Opening")
    assert.strictEqual(after(opened)._tag, "Handshaking")
    assert.deepStrictEqual(after(opened, agreed), { _tag: "Ready", since: 100, maintenance: undefined })
    assert.deepStrictEqual(
      after(opened, agreed, { _tag: "Agreed", at: 200, isClosedForTrade: true }),
      after(opened, agreed)
    )
    assert.strictEqual(after(opened, agreed, opened)._tag, "Ready")
  })

  it("maintenance announced during the handshake is in force when it is ready, and its limit counts from then", () => {
    assert.deepStrictEqual(after(opened, began, agreed), { _tag: "Ready", since: 100, maintenance: 100 })
    assert.deepStrictEqual(after(opened, began, over, agreed), { _tag: "Ready", since: 100, maintenance: undefined })
    assert.deepStrictEqual(after(opened, closedForTrade), { _tag: "Ready", since: 100, maintenance: 100 })
  })

  it("an ended phase stays ended, with its first reason", () => {
    const first = after(opened, agreed, ended)
    const another: Phase.Input = { _tag: "Ended", end: new End("Silence", "no frame for 20000 ms") }
    for (const input of [opened, agreed, began, over, another]) assert.strictEqual(Phase.step(first, input), first)
  })

  it("an end remembers for how long the socket was usable", () => {
    assert.strictEqual(Phase.usableFor(after(opened, agreed, ended), 5100), 5000)
    assert.strictEqual(Phase.usableFor(after(opened, agreed), 5100), 5000)
    assert.strictEqual(Phase.usableFor(after(opened, ended), 5100), undefined)
    assert.strictEqual(Phase.usableFor(after(), 5100), undefined)
  })

  it("users see it live when it is ready, in maintenance from the announcement on, and as before otherwise", () => {
    assert.strictEqual(shown(after(opened)), "unchanged")
    assert.strictEqual(shown(after(opened, began)), "Maintenance")
    assert.strictEqual(shown(after(opened, began, over)), "unchanged")
    assert.strictEqual(shown(after(opened, agreed)), "Live")
    assert.strictEqual(shown(after(opened, agreed, began)), "Maintenance")
    assert.strictEqual(shown(after(opened, agreed, began, over)), "Live")
    assert.strictEqual(shown(after(opened, agreed, ended)), "unchanged")
  })
})
