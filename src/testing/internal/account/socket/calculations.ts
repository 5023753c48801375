/**
 * The queue of a connection's requested computations: a limited number per second, the rest later.
 *
 * @internal
 */
import type * as Venue from "../../venue/account.ts"
import type { Account, Core } from "../types.ts"
import * as Calc from "./calc.ts"
import type { Session } from "./session.ts"

/** `pass` advances the accounts to the current time */
export const makeCalculations = (
  core: Core,
  connection: Venue.Connection,
  session: Session,
  pass: () => void
): (account: Account, body: unknown) => void => {
  let queue: ReadonlyArray<string> = []
  let computed: ReadonlyArray<number> = []
  let isResting = false

  const compute = (account: Account): void => {
    const now = connection.now()
    computed = computed.filter((mts) => mts > now - 1000)
    while (queue.length > 0 && computed.length < Calc.limits.perSecond) {
      const [item = "", ...rest] = queue
      queue = rest
      computed = [...computed, now]
      const answer = Calc.compute(core, account, item)
      if (answer !== undefined) session.publish(answer.type, answer.topic, answer.scope, answer.payload)
    }
    if (queue.length === 0 || isResting) return
    isResting = true
    connection.later(Math.max(1, computed[0]! + 1000 - now), () => {
      isResting = false
      pass()
      compute(account)
    })
  }

  return (account, body) => {
    const items = Calc.itemsOf(body)
    // codes and texts of these are not known; the manual says "error and possible disconnect"
    if (items === undefined) return session.error(10001, "calc: invalid")
    if (items.length > Calc.limits.items || queue.length + items.length > Calc.limits.waiting) {
      return session.error(10001, "calc: limit")
    }
    queue = [...queue, ...items]
    compute(account)
  }
}
