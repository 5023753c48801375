/** The faults of a soak: the exchange ends a given number of connections, and occasionally applies other faults. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as Dice from "../faults/dice.ts"

/** Ends connections evenly over a time. */
export interface Plan {
  readonly seed: number
  /** ms */
  readonly millis: number
  readonly reconnects: number
}

const codes = [1006, 1006, 1006, 1000, 1001, 1011, 1012, 1013, 4000] as const

const others = ({ chance, int, pick }: Dice.Dice): Fault.Fault =>
  pick<() => Fault.Fault>([
    () => Fault.Refuse.make({ times: int(1, 2), status: pick([503, 429, "reset"] as const) }),
    () => Fault.Lose.make({ match: "trades", counted: true }),
    () => Fault.SkipSequence.make({ by: int(1, 3) }),
    () => Fault.CorruptChecksum.make({}),
    () => Fault.Mute.make({ channel: pick(["ticker:tBTCUSD", "candles:trade:1m", "book:tBTCUSD:P0:F0:100"]) }),
    () => Fault.Send.make({ text: pick(["[1,", "{\"event\":\"odd\"}", "[424242,[1,2,3]]"]) }),
    () => Fault.DropOnCommand.make({ input: "on", point: pick(["received", "executed", "notified"]) }),
    () => Fault.LoseNotification.make({}),
    () => Fault.HttpFault.make({ reply: chance(0.5) ? { _tag: "unavailable503" } : { _tag: "loseReply" } }),
    () => Fault.HttpFault.make({ reply: { _tag: "html" } })
  ])()

export interface Driver {
  /** runs until it is interrupted */
  readonly run: Effect.Effect<never>
  readonly ended: () => number
  /** while it is held, it applies no fault */
  readonly hold: (isHeld: boolean) => Effect.Effect<void>
}

/** one other fault for every five ended connections */
export const make = (exchange: FakeExchange.Service, { millis, reconnects, seed }: Plan): Driver => {
  const dice = Dice.make(`soak ${seed}`)
  const latch = Effect.unsafeMakeLatch(true)
  let ended = 0
  const end = Effect.gen(function*() {
    const open = (yield* exchange.connections).filter(({ state }) => state === "open")
    if (open.length === 0) return
    const { id: connection } = dice.pick(open)
    ended++
    if (dice.chance(0.05)) {
      // the venue announces that it stops, and then stops
      yield* exchange.inject(Fault.Info.make({ code: 20_051, connection }))
      yield* Effect.sleep(50)
    }
    // a silent loss, which only the watchdog detects
    const isSilent = dice.chance(0.01)
    yield* exchange.inject(
      isSilent ? Fault.HalfOpen.make({ connection }) : Fault.Drop.make({ code: dice.pick(codes), connection })
    )
    if (dice.chance(0.2)) yield* exchange.inject(others(dice))
  })
  const pause = millis / reconnects
  return {
    ended: () => ended,
    hold: (isHeld) => isHeld ? latch.close : latch.open,
    run: Effect.gen(function*() {
      let began = yield* Clock.currentTimeMillis
      while (true) {
        const now = yield* Clock.currentTimeMillis
        const due = began + (ended + dice.between(0.5, 1.5)) * pause
        yield* Effect.sleep(Math.max(10, due - now))
        const before = yield* Clock.currentTimeMillis
        yield* latch.await
        began += (yield* Clock.currentTimeMillis) - before
        yield* end
      }
    })
  }
}
