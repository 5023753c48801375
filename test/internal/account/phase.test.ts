import { assert, describe, it } from "@effect/vitest"
import { type AccountStreamError, AuthenticationFailed, ReconnectExhausted } from "../../../src/BitfinexError.ts"
import type { Family, Login } from "../../../src/internal/account/events.ts"
import * as Phase from "../../../src/internal/account/phase.ts"

const login: Login = { epoch: 1, userId: 7, caps: {}, dms: false, mts: 0 }
const socket = { _tag: "Live", epoch: 1, serverId: null, flags: 0, rtt: null } as const

const open: Phase.Input = { _tag: "Open", at: 1 }
const live: Phase.Input = { _tag: "Socket", state: socket, at: 2 }
const loggedIn = (...awaited: ReadonlyArray<Family>): Phase.Input => ({
  _tag: "LoggedIn",
  login,
  awaited: new Set(awaited),
  until: 100,
  at: 3
})
const seen = (family: Family): Phase.Input => ({ _tag: "Seen", family, at: 4 })
const over = (failure?: AccountStreamError): Phase.Input => ({
  _tag: "Over",
  failure,
  fingerprint: "abc",
  at: 9
})

const after = (...inputs: ReadonlyArray<Phase.Input>): Phase.Phase => inputs.reduce(Phase.step, Phase.initial)

const refused = new AuthenticationFailed({ operation: "test", code: 10100, text: "apikey: invalid" })
const exhausted = new ReconnectExhausted({ operation: "test", attempts: 3, lastError: "no answer" })

describe("the phases of the account's session", () => {
  it("is live once it is logged in, its socket is live, and all snapshots were seen, in whatever order", () => {
    const needed = [live, loggedIn("orders", "wallets"), seen("orders"), seen("wallets")]
    for (let k = 0; k < needed.length; k++) {
      assert.isFalse(Phase.isLive(after(open, ...needed.filter((_, at) => at !== k))), `without ${k}`)
    }
    assert.isTrue(Phase.isLive(after(open, ...needed)))
    assert.isTrue(Phase.isLive(after(open, loggedIn("orders"), seen("orders"), live)))
  })

  it("is not live in a maintenance, and again behind it, with the same login", () => {
    const before = after(open, live, loggedIn())
    const closed = Phase.step(before, { _tag: "Socket", state: { _tag: "Maintenance", epoch: 1 }, at: 20 })
    assert.deepStrictEqual(Phase.stateOf(closed), { socket: { _tag: "Maintenance", epoch: 1 }, login, isLive: false })
    assert.isTrue(Phase.isLive(Phase.step(closed, live)))
  })

  it("counts the time without a live connection from its beginning, through any number of attempts", () => {
    const down = after(open, live, loggedIn(), { _tag: "LoggedOut", at: 10 }, {
      _tag: "Socket",
      state: { _tag: "Connecting", attempt: 2 },
      at: 15
    })
    assert.strictEqual(down._tag === "Connecting" ? down.downSince : undefined, 10)
    const again = [live, loggedIn("orders")].reduce(Phase.step, down)
    assert.strictEqual(again._tag === "LoggedIn" ? again.downSince : undefined, 10)
    const up = Phase.step(again, seen("orders"))
    assert.strictEqual(up._tag === "LoggedIn" ? up.downSince : undefined, null)
  })

  it("commands fail with the refused login until something opens the connection again", () => {
    const phase = after(open, live, loggedIn(), { _tag: "LoggedOut", at: 8 }, over(refused))
    assert.strictEqual(Phase.failureOf(phase, "test"), refused)
    assert.strictEqual(phase._tag === "Refused" ? phase.fingerprint : undefined, "abc")
    const next = Phase.step(phase, open)
    assert.isUndefined(Phase.failureOf(next, "test"))
    // what ended the last one is shown until the next one is live
    assert.strictEqual(Phase.endedOf(next)?.failure, refused)
    assert.isNull(Phase.endedOf([live, loggedIn()].reduce(Phase.step, next)))
  })

  it("commands fail with the end of the schedule; a connection that was closed may be opened again", () => {
    assert.strictEqual(Phase.failureOf(after(open, over(exhausted)), "test"), exhausted)
    const closed = after(open, live, loggedIn(), { _tag: "Closing" }, { _tag: "LoggedOut", at: 8 }, over())
    assert.deepStrictEqual(closed, { _tag: "Idle", ended: null })
    assert.isUndefined(Phase.failureOf(closed, "test"))
  })

  it("one that is being closed is not used for new callers", () => {
    assert.isTrue(Phase.isUsable(after(open)))
    assert.isFalse(Phase.isUsable(after(open, { _tag: "Closing" })))
    assert.isFalse(Phase.isUsable(after(open, live, loggedIn(), { _tag: "Closing" }, { _tag: "LoggedOut", at: 8 })))
  })

  it("after a sleep it is live again with the pong to a ping that was sent since, and with no earlier one", () => {
    const slept = after(open, live, loggedIn(), { _tag: "Slept", ping: 7, at: 20 })
    assert.isFalse(Phase.isLive(slept))
    assert.isFalse(Phase.isLive(Phase.step(slept, { _tag: "Pong", ping: 6, at: 21 })))
    assert.isTrue(Phase.isLive(Phase.step(slept, { _tag: "Pong", ping: 7, at: 21 })))
  })

  it("after the end of its scope nothing opens it", () => {
    const closed = after(open, live, { _tag: "ScopeEnded" }, open, over(exhausted))
    assert.deepStrictEqual(closed, { _tag: "Closed" })
    const failure = Phase.failureOf(closed, "test")
    assert.isTrue(failure?._tag === "ConnectionEnded" && !failure.isRetryable)
  })

  it("late events of an earlier connection change nothing", () => {
    for (
      const input of [live, loggedIn(), seen("orders"), { _tag: "LoggedOut", at: 1 }, { _tag: "Closing" }] as const
    ) {
      assert.strictEqual(Phase.step(Phase.initial, input), Phase.initial)
    }
  })
})
