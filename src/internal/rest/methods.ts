/**
 * Methods and streams out of tables, for the clients of REST.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type * as BitfinexConfig from "../../BitfinexConfig.ts"
import type { RestError } from "../../BitfinexError.ts"
import type * as Endpoint from "../../protocol/Endpoint.ts"
import * as Request from "../../protocol/internal/request.ts"
import * as Param from "../../protocol/Param.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as HealthData from "../health.ts"
import * as Rest from "./call.ts"
import type { History } from "./histories.ts"
import * as Paging from "./paging.ts"

/**
 * Endpoints by name.
 *
 * @internal
 */
export interface Table {
  readonly [name: string]: Endpoint.AnyEndpoint
}

const mapValues = <A, B>(table: { readonly [name: string]: A }, f: (value: A) => B): { readonly [name: string]: B } =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, f(value)]))

/**
 * Those of a table that need a key, or those that need none.
 *
 * @internal
 */
export const only = (table: Table, { auth }: { readonly auth: boolean }): Table =>
  Object.fromEntries(Object.entries(table).filter(([, row]) => row.auth === auth))

/**
 * A method for each row.
 *
 * @internal
 */
export const methods = (table: Table, callOf: Rest.CallOf): { readonly [name: string]: unknown } =>
  mapValues(table, (row) => {
    const call = callOf(row)
    return (args?: Endpoint.AnyArgs) => call(args)
  })

/**
 * A stream for each history.
 *
 * @internal
 */
export const streams = (
  histories: { readonly [name: string]: History },
  callOf: Rest.CallOf
): { readonly [name: string]: unknown } => mapValues(histories, (history) => stream(history, callOf(history.endpoint)))

/**
 * How many calls of an endpoint its limit allows right now.
 *
 * @internal
 */
export const budgetRemaining =
  (table: Table, limiter: RateLimiter.Service, settings: BitfinexConfig.Settings) =>
  (name: string): Effect.Effect<number> =>
    Effect.suspend(() => {
      const row = table[name]
      if (row === undefined) return Effect.dieMessage(`there is no endpoint ${name}`)
      const { key, limit } = Rest.budget(row, settings)
      return limiter.remaining(key, limit)
    })

/**
 * The budgets of which something was used.
 *
 * @internal
 */
export const healthProbe = (
  table: Table,
  limiter: RateLimiter.Service,
  settings: BitfinexConfig.Settings
): HealthData.Probed => {
  const rows = Object.values(table).map((row) => Rest.budget(row, settings))
  // endpoints of one family share a limit, and the smallest one decides
  const families = new Map(rows.map((row) => [row.key.family, row]))
  for (const row of rows) if (row.limit[0] < families.get(row.key.family)!.limit[0]) families.set(row.key.family, row)
  return {
    [HealthData.probe]: Effect.map(
      Effect.forEach(
        Array.from(families.values()),
        ({ key, limit }) => Effect.map(limiter.remaining(key, limit), (left) => ({ ...key, left, limit }))
      ),
      (all) => ({ budgets: HealthData.budgets(all) })
    )
  }
}

/**
 * A history as a stream of its rows.
 *
 * @internal
 */
export const stream = (history: History, call: Rest.Call) => (args?: Endpoint.AnyArgs) =>
  Stream.unwrap(
    Effect.gen(function*() {
      const { endpoint, maxLimit } = history
      const request = Request.build(endpoint, args)
      if (Either.isLeft(request)) return Stream.fail(request.left)
      // the casts: build has just checked what stands here
      const { end, limit, sort, start, ...others } = request.right.args as {
        readonly start?: Param.Time
        readonly end?: Param.Time
        readonly sort?: 1 | -1
        readonly limit?: number
      }
      const sorted = "sort" in endpoint.params && (history.sorts || sort !== undefined)
      const direction = !sorted ? -1 : sort ?? (start === undefined ? -1 : 1)
      const until = end !== undefined
        ? Param.toMillis(end)
        : direction === 1
        // towards the present the stream would follow the market for ever
        ? yield* Clock.currentTimeMillis
        : undefined
      return Paging.pages({
        operation: Request.operationOf(endpoint),
        direction,
        start: start === undefined ? undefined : Param.toMillis(start),
        end: until,
        limit: limit ?? maxLimit,
        maxLimit,
        // the casts: an endpoint and its columns are of the same row in the table
        mts: history.mts as (row: unknown) => number,
        identity: history.identity as (row: unknown) => string | number,
        fetch: (page) =>
          call({ ...others, ...page, ...(sorted ? { sort: direction } : {}) }, {
            wait: Duration.infinity
          }) as Effect.Effect<
            ReadonlyArray<unknown>,
            RestError
          >
      })
    })
  )
