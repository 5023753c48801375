import { assert, describe, it } from "@effect/vitest"
import type { Login } from "../../../src/internal/account/events.ts"
import * as Progress from "../../../src/internal/state/progress.ts"
import * as TradeQuery from "../../../src/internal/state/tradeQuery.ts"

const loginOf = (epoch: number): Progress.Input => {
  const login: Login = { epoch, userId: 1, caps: {}, dms: false, mts: 0 }
  return { _tag: "LoggedIn", login, at: epoch }
}
const live: Progress.Input = { _tag: "Live" }
const finished: Progress.Input = { _tag: "Finished", isWhole: true }
const loggedOut: Progress.Input = { _tag: "LoggedOut" }
const unknown: Progress.Input = { _tag: "StayedUnknown" }

const after = (...inputs: ReadonlyArray<Progress.Input>) => inputs.reduce(Progress.step, Progress.initial)
const caughtUp = (progress: Progress.Progress) => progress._tag === "CaughtUp" ? progress.event : progress._tag

describe("how far the state has caught up", () => {
  it("is reported once for each login, when it is live and nothing is left", () => {
    assert.strictEqual(caughtUp(after(loginOf(1), finished)), "LoggedIn")
    const first = after(loginOf(1), live, finished)
    assert.deepStrictEqual(caughtUp(first), { _tag: "CaughtUp", epoch: 1, isComplete: true })
    assert.strictEqual(Progress.step(first, finished), first)
    assert.deepStrictEqual(caughtUp([loggedOut, loginOf(2), live, finished].reduce(Progress.step, first)), {
      _tag: "CaughtUp",
      epoch: 2,
      isComplete: true
    })
  })

  it("is not complete when something stayed unknown, also in an earlier login that did not come so far", () => {
    const inputs = [loginOf(1), live, unknown, loggedOut, loginOf(2), live, finished]
    const progress = after(...inputs)
    assert.deepStrictEqual(caughtUp(progress), { _tag: "CaughtUp", epoch: 2, isComplete: false })
    // and it is said once
    const next = [{ _tag: "Doubted" } as const, finished].reduce(Progress.step, progress)
    assert.deepStrictEqual(caughtUp(next), { _tag: "CaughtUp", epoch: 2, isComplete: true })
  })

  it("is not complete when a family is not known", () => {
    assert.deepStrictEqual(caughtUp(after(loginOf(1), live, { _tag: "Finished", isWhole: false })), {
      _tag: "CaughtUp",
      epoch: 1,
      isComplete: false
    })
  })

  it("ends with a doubt and with the login", () => {
    const done = after(loginOf(1), live, finished)
    assert.strictEqual(Progress.step(done, { _tag: "Doubted" })._tag, "Behind")
    assert.deepStrictEqual(Progress.step(done, loggedOut), { _tag: "Away", epoch: 1, isComplete: true })
  })
})

describe("which trades to query over REST", () => {
  const step = (...inputs: ReadonlyArray<TradeQuery.Input>) => inputs.reduce(TradeQuery.step, TradeQuery.initial)
  const login: TradeQuery.Input = { _tag: "LoggedIn", mts: 5, at: 10 }
  const answered = (causes: number, from = 100): TradeQuery.Input => ({ _tag: "Answered", causes, from, laterAt: 50 })
  const abandoned = (from: number): TradeQuery.Input => ({ _tag: "Abandoned", from, laterAt: 60 })

  it("a loss invalidates the answer that is on its way", () => {
    const asked = step(login)
    assert.strictEqual(TradeQuery.step(asked, answered(asked.causes)).demand._tag, "None")
    const lost = TradeQuery.step(asked, { _tag: "LoggedOut" })
    assert.isFalse(TradeQuery.isCurrent(lost, asked.causes))
    assert.strictEqual(TradeQuery.step(lost, answered(asked.causes)), lost)
  })

  it("and so does a message that cannot be read", () => {
    const asked = step(login)
    const doubted = TradeQuery.step(asked, { _tag: "Doubted", at: 11 })
    assert.deepStrictEqual(TradeQuery.step(doubted, answered(asked.causes)).demand, { _tag: "Due", since: 10 })
  })

  it("of two gaps that were abandoned, the earlier one is queried too", () => {
    assert.deepStrictEqual(step(login, abandoned(300), login, abandoned(700)).later, { at: 60, from: 300 })
    assert.deepStrictEqual(step(login, abandoned(700), login, abandoned(300)).later, { at: 60, from: 300 })
  })

  it("an abandoned gap is settled by the later answer, unless something happened in between", () => {
    const given = step(login, abandoned(300))
    const later: TradeQuery.Input = { _tag: "AnsweredLater", causes: given.causes, later: given.later }
    const settled = TradeQuery.step(given, later)
    assert.deepStrictEqual([settled.demand._tag, settled.later], ["None", undefined])
    assert.strictEqual(TradeQuery.step(TradeQuery.step(given, { _tag: "LoggedOut" }), later).demand._tag, "Abandoned")
  })

  it("after a permanent refusal nothing is queried until the next login", () => {
    const refused = step(login, { _tag: "Abandoned", from: 300, laterAt: undefined })
    assert.deepStrictEqual([refused.demand._tag, refused.later], ["Abandoned", undefined])
    assert.strictEqual(TradeQuery.step(refused, login).demand._tag, "Due")
  })
})
