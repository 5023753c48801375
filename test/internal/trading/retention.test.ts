import { assert, describe, it } from "@effect/vitest"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import { ConnectionClosed, OutcomeUnknown } from "../../../src/BitfinexError.ts"
import { Flight } from "../../../src/internal/trading/inFlight.ts"
import type { Rule } from "../../../src/internal/trading/rules/rule.ts"

v8.setFlagsFromString("--expose-gc")
// the cast: the flag adds `gc` to new contexts
const gc = vm.runInNewContext("gc") as () => void

const rule: Rule<never> = {
  type: "on",
  shared: false,
  about: () => "no",
  contradicts: () => false,
  read: () => assert.fail("nothing is read"),
  proves: () => undefined
}

/** as a socket is: an object whose method ends the commands in flight */
class Ending {
  end(act: () => void): void {
    act()
  }
}

describe("an unknown outcome", () => {
  it("holds nothing of the socket whose end made it unknown", async () => {
    const kept: Array<unknown> = []
    const lose = (): WeakRef<Ending> => {
      const socket = new Ending()
      socket.end(() => {
        const unknown = (
          lost: { readonly mts: number; readonly reason: string; readonly error: OutcomeUnknown["error"] }
        ) => new OutcomeUnknown({ operation: "test", cid: null, cidDate: null, ...lost })
        const flight: Flight<never, OutcomeUnknown> = new Flight(
          { operation: "test", kind: "order", unknown },
          rule,
          false,
          () => {}
        )
        flight.giveUp(
          0,
          "lost",
          new ConnectionClosed({ operation: "test", code: 1006, reason: "", outcome: "unknown" })
        )
        kept.push(flight.result())
      })
      return new WeakRef(socket)
    }
    const sockets = Array.from({ length: 5 }, lose)
    // a WeakRef keeps its object until the current task has ended
    await new Promise((resolve) => setImmediate(resolve))
    gc()
    assert.deepStrictEqual(sockets.map((socket) => socket.deref()), sockets.map(() => undefined))
    assert.lengthOf(kept, 5)
  })
})
