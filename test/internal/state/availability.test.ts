import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Availability from "../../../src/internal/state/availability.ts"

const times = { timeout: 1000, maxAge: 60_000 }

const at = (order: number, at = order): Availability.Request => ({ order, at, mts: at + 1_700_000_000_000 })

const known = (state: Availability.Availability, now: number) =>
  Availability.staleness(state, now, times) === undefined ? state.value?.amount : undefined

describe("availability", () => {
  it("an answer to a request after the last change is current, with the time of the request", () => {
    const asked = Availability.asked(Availability.changed(Availability.initial, 1), at(2, 100))
    const state = Availability.answered(asked, 5, 1, at(3, 400))
    assert.strictEqual(known(state, 400), 5)
    assert.deepInclude(state.value, { amount: 5, epoch: 1, at: 100, mts: 1_700_000_000_100 })
  })

  it("an answer to a request before the last change is the last known value, and not current", () => {
    const asked = Availability.asked(Availability.initial, at(2))
    const state = Availability.answered(Availability.changed(asked, 3), 5, 1, at(4))
    assert.isUndefined(known(state, 4))
    assert.strictEqual(state.value?.amount, 5)
    assert.isBelow(Availability.dueAt(state, times), 4)
  })

  it("the answer to an overdue request is not taken for that of the later one", () => {
    const first = Availability.asked(Availability.initial, at(2))
    const second = Availability.asked(Availability.changed(first, 3), at(4, 2000))
    const late = Availability.answered(second, 5, 1, at(5, 2100))
    assert.isUndefined(known(late, 2100))
    assert.strictEqual(known(Availability.answered(late, 6, 1, at(6, 2200)), 2200), 6)
  })

  it("a value that was not requested is not current, unless it is the same", () => {
    const asked = Availability.answered(Availability.asked(Availability.initial, at(2)), 5, 1, at(3))
    assert.strictEqual(known(Availability.answered(asked, 5, 1, at(4)), 4), 5)
    const other = Availability.answered(asked, 6, 1, at(4))
    assert.isUndefined(known(other, 4))
    assert.strictEqual(other.value?.amount, 6)
  })

  it("requests of another login are not answered any more", () => {
    const asked = Availability.asked(Availability.initial, at(2))
    const again = Availability.asked(Availability.loggedIn(asked, 3), at(4))
    assert.strictEqual(known(Availability.answered(again, 7, 2, at(5)), 5), 7)
  })

  it("it expires at its age, counted from the request, and is due at half of it", () => {
    const state = Availability.answered(Availability.asked(Availability.initial, at(2, 0)), 5, 1, at(3, 900))
    assert.strictEqual(known(state, 59_999), 5)
    assert.deepStrictEqual(Availability.staleness(state, 60_000, times), { _tag: "Expired" })
    assert.strictEqual(Availability.dueAt(state, times), 30_000)
    assert.strictEqual(Availability.turnsAt(state, 1000, times), 60_000)
  })

  it("an unanswered request is repeated at growing intervals", () => {
    const once = Availability.asked(Availability.initial, at(2, 0))
    assert.deepStrictEqual(Availability.staleness(once, 999, times), { _tag: "NotComputed" })
    assert.deepStrictEqual(Availability.staleness(once, 1000, times), { _tag: "Unanswered" })
    assert.strictEqual(Availability.turnsAt(once, 0, times), 1000)
    assert.strictEqual(Availability.dueAt(once, times), 1000)
    assert.strictEqual(Availability.dueAt(Availability.asked(once, at(3, 1000)), times), 3000)
  })

  it("property: a current value was requested after the last change, if the venue answers in order", () => {
    const step = fc.constantFrom("change", "ask", "answer", "lose", "login")
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let state = Availability.initial
      let order = 0
      let changed = 0
      /** requests that the venue has not handled, with the position that its answer will have */
      let venue: Array<number> = []
      let hasLost = false
      for (const each of steps) {
        order++
        if (each === "change") state = Availability.changed(state, changed = order)
        else if (each === "ask") {
          state = Availability.asked(state, at(order))
          venue.push(order)
        } else if (each === "answer") {
          const request = venue.shift()
          if (request !== undefined) state = Availability.answered(state, request, 1, at(order))
        } else if (each === "lose") hasLost = venue.shift() !== undefined || hasLost
        else {
          state = Availability.loggedIn(state, changed = order)
          venue = []
        }
        const value = known(state, order)
        // a lost answer delays, and never makes an older value current
        if (value !== undefined) assert.isAbove(value, changed)
      }
    }))
  })
})
