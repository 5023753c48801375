import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ConnectionClosed, OutcomeUnknown } from "../../../src/BitfinexError.ts"
import type { SessionEvent } from "../../../src/internal/account/events.ts"
import { Flight } from "../../../src/internal/trading/inFlight.ts"
import * as LiveOrders from "../../../src/internal/trading/liveOrders.ts"
import * as Resolution from "../../../src/internal/trading/resolution.ts"
import type { Rule } from "../../../src/internal/trading/rules/rule.ts"
import * as Cid from "../../../src/protocol/internal/cid.ts"
import * as Garbage from "../../support/garbage.ts"
import * as Lost from "../../support/lostSubmission.ts"
import { order } from "../../support/orders.ts"

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
    assert.deepStrictEqual(await Garbage.left(sockets), [])
    assert.lengthOf(kept, 5)
  })
})

describe("an order that was not seen, and is not watched for any longer", () => {
  it("is remembered by the terms of its submission, and holds nothing of its command", async () => {
    const resolver = Resolution.make({
      fork: (effect) => void Effect.runFork(Effect.provide(effect, Logger.remove(Logger.defaultLogger))),
      after: (_, expire) => {
        queueMicrotask(expire)
        return () => undefined
      },
      steady: () => 0,
      liveOrders: LiveOrders.make(),
      known: { orders: new Map() },
      onLate: () => Effect.succeed(undefined)
    })
    const lose = async (cid: number): Promise<ReadonlyArray<WeakRef<object>>> => {
      const { operation, plan, unresolved } = Lost.make({
        cid,
        resolve: Effect.succeed({ _tag: "NotSeen", cid, cidDate: Lost.cidDate })
      })
      resolver.start(operation, plan, unresolved)
      await Effect.runPromise(resolver.lateOf(unresolved.unknown))
      return [operation, plan, unresolved, unresolved.unknown].map((each) => new WeakRef(each))
    }
    const cids = await Effect.runPromise(Effect.all([Cid.next, Cid.next, Cid.next]))
    const held = (await Promise.all(cids.map(lose))).flat()
    assert.deepStrictEqual(await Garbage.left(held), [])
    // and yet it is published, should the venue show it
    const late = Effect.runPromise(Stream.runHead(resolver.resolutions))
    const rows = [order({ id: 9, cid: cids[1]! })]
    resolver.onOrders({ _tag: "Update", family: "orders", type: "on", rows, unread: [] } as unknown as SessionEvent)
    const { isLate, outcome, unknown } = Option.getOrThrow(await late)
    assert.deepStrictEqual([isLate, outcome._tag, unknown.cid], [true, "Placed", cids[1]])
  })
})
