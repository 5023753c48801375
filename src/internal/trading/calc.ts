/**
 * What the venue computes on request, asked for at its pace.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import type { CommandError } from "../../BitfinexError.ts"
import { accountInputs, type CalcItem } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import type { Session } from "../account/session.ts"
import type { Command, Sent } from "./commands.ts"
import type { Accepted } from "./correlation.ts"
import * as Operations from "./operation.ts"
import type { Operation } from "./pending.ts"
import type { Computed } from "./rules/order.ts"

/** the venue computes so many a second */
const limit = [8, 1] as const

const chunksOf = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))

export const make = ({ account, limiter, one, operations }: {
  readonly account: Session
  readonly limiter: RateLimiter.Service
  readonly operations: ReturnType<typeof Operations.make>
  readonly one: (
    operation: string,
    input: Command["input"],
    args: AnyArgs,
    part: Operation
  ) => Effect.Effect<readonly [Sent, Accepted], CommandError>
}) => {
  const operation = "Trading.calc"
  const input = accountInputs.calc
  const key = { host: new URL(account.settings.socketAuthUrl).host, family: "calc" }
  const timeout = Duration.toMillis(account.settings.commandTimeout)

  return Effect.fn(operation)(function*(items: ReadonlyArray<CalcItem>) {
    yield* Operations.checked(operation, input, { items })
    const deadline = (yield* Clock.currentTimeMillis) + timeout
    const pay = Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => limiter.acquire(key, limit, { operation, maxWait: deadline - now })
    )
    const chunks = chunksOf(items, limit[0])
    const answers = yield* Effect.forEach(chunks, (chunk) =>
      Effect.gen(function*() {
        yield* Effect.forEach(chunk, () => pay, { discard: true })
        return yield* Effect.fork(one(operation, input, { items: chunk }, operations.calc(operation, chunk)))
      }))
    const found = yield* Effect.forEach(answers, (fiber) => Effect.either(Fiber.join(fiber)))
    const failed = found.find(Either.isLeft)
    if (failed !== undefined && !found.some(Either.isRight)) return yield* Effect.fail(failed.left)
    return found.flatMap((each, at): ReadonlyArray<Computed | null> =>
      Either.isRight(each)
        // the cast: what the rule of this operation reads
        ? each.right[1].record as ReadonlyArray<Computed | null>
        : chunks[at]!.map(() => null)
    )
  })
}
