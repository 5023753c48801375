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
import { render, type RestError, type UnreadRow } from "../../BitfinexError.ts"
import type * as Endpoint from "../../protocol/Endpoint.ts"
import * as Request from "../../protocol/internal/request.ts"
import * as Param from "../../protocol/Param.ts"
import type * as RateLimiter from "../../RateLimiter.ts"
import * as HealthData from "../health.ts"
import * as StreamMetrics from "../stream/metrics.ts"
import * as Rest from "./call.ts"
import type { History } from "./histories.ts"
import * as Paging from "./paging.ts"
import { readable } from "./readable.ts"

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
 * How a history stream handles rows that cannot be decoded.
 *
 * @internal
 */
export interface StreamOptions {
  readonly onUnread?: (row: UnreadRow) => Effect.Effect<unknown, unknown, unknown>
}

const logUnread = ({ cells, error }: UnreadRow): Effect.Effect<void> =>
  Effect.logWarning(`A row is left out: ${error.message}`).pipe(
    Effect.annotateLogs({ cells: render(cells) })
  )

/** the bounds and the direction of a stream, of arguments that were checked */
const boundsOf = ({ endpoint, sorts }: History, args: Endpoint.AnyArgs, now: number) => {
  // the cast: the arguments were checked
  const { end, sort, start } = args as {
    readonly start?: Param.Time
    readonly end?: Param.Time
    readonly sort?: 1 | -1
  }
  const sorted = "sort" in endpoint.params && (sorts || sort !== undefined)
  const direction = !sorted ? -1 : sort ?? (start === undefined ? -1 : 1)
  const until = end !== undefined
    ? Param.toMillis(end)
    : direction === 1
    // towards the present the stream would follow the market for ever
    ? now
    : undefined
  return { sorted, direction, start: start === undefined ? undefined : Param.toMillis(start), end: until } as const
}

/** the arguments without `end`, if `start` is after it: then there is nothing to read, which is no mistake */
const withoutReversed = (args: Endpoint.AnyArgs | undefined) => {
  const { end, start } = args ?? {}
  const isTime = (value: unknown): value is Param.Time => Param.time.check(value) === undefined
  return isTime(start) && isTime(end) && Param.toMillis(start) > Param.toMillis(end)
    ? { isReversed: true, rest: { ...args, end: undefined } }
    : { isReversed: false, rest: args }
}

/**
 * A history as a stream of its rows.
 *
 * @internal
 */
export const stream =
  (history: History, call: Rest.Call) => (args?: Endpoint.AnyArgs, { onUnread }: StreamOptions = {}) =>
    Stream.unwrap(
      Effect.map(Clock.currentTimeMillis, (now) => {
        const { endpoint, maxLimit } = history
        const { isReversed, rest } = withoutReversed(args)
        const request = Request.build(endpoint, rest)
        if (Either.isLeft(request)) return Stream.fail(request.left)
        const { direction, end, sorted, start } = boundsOf(history, request.right.args, now)
        if (isReversed || (start !== undefined && end !== undefined && start > end)) return Stream.empty
        // the cast: build has just checked what stands here
        const { end: _, limit, sort: __, start: ___, ...others } = request.right.args as
          & { readonly limit?: number }
          & Endpoint.AnyArgs
        const operation = Request.operationOf(endpoint)
        const report = onUnread ?? logUnread
        return Paging.pages({
          operation,
          direction,
          start,
          end,
          limit: limit ?? maxLimit,
          maxLimit,
          // the casts: an endpoint and its columns are of the same row in the table
          mts: history.mts as (row: unknown) => number,
          identity: history.identity as (row: unknown) => string | number,
          repeats: history.repeats,
          keeps: history.keeps,
          givesUnread: onUnread !== undefined,
          onUnread: (row) => {
            StreamMetrics.malform(row.error.layout)
            return report(row)
          },
          fetch: (page) =>
            readable(
              call({ ...others, ...page, ...(sorted ? { sort: direction } : {}) }, {
                wait: Duration.infinity
              }) as Effect.Effect<ReadonlyArray<unknown>, RestError>
            )
        })
      })
    )
