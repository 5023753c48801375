import * as Effect from "effect/Effect"
import { orderUnknown } from "../../src/BitfinexError.ts"
import type { Outcome, Unresolvable } from "../../src/Command.ts"
import type { Unresolved } from "../../src/internal/trading/inFlight.ts"
import type { Operation, Plan } from "../../src/internal/trading/operation.ts"
import type { Shown } from "../../src/OrderOutcome.ts"

export const cidDate = "2024-01-01"

/** A submission whose answer was lost: how it resolves, and what the later watch for it finds. */
export const make = (
  { cid, forget = () => undefined, found, legs = 1, resolve, watched = 1 }: {
    readonly cid: number
    readonly resolve: Effect.Effect<Outcome>
    readonly found?: Shown | Unresolvable | undefined
    /** ms after which it is looked for the last time */
    readonly watched?: number
    readonly forget?: () => void
    /** 2 for an OCO */
    readonly legs?: 1 | 2
  }
) => {
  const submission = { cid, symbol: "tBTCUSD", amount: 1, legs } as const
  const operation = { operation: "test", submission } as unknown as Operation // of the rest nothing is used here
  const plan: Plan<unknown> = {
    resolve: () => resolve,
    watch: { times: [watched], read: Effect.succeed(found), untilShown: Effect.succeed(undefined) }
  }
  const unresolved: Unresolved = {
    unknown: orderUnknown({ operation: "test", cid, cidDate, mts: null, reason: "", error: null }),
    sent: 0,
    mark: { epoch: 1, barrier: () => undefined, awaitBarrier: Effect.never },
    late: () => undefined,
    awaitLate: Effect.never,
    onLate: () => undefined,
    forget
  }
  return { operation, plan, unresolved }
}
