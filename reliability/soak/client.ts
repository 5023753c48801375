/** The client under test: all services that a bot may use at once, each with its own layer. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as AccountState from "../../src/AccountState.ts"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as RestClient from "../../src/RestClient.ts"
import * as Trading from "../../src/Trading.ts"
import * as Account from "./account.ts"
import * as Books from "./books.ts"
import * as Flooded from "./flooded.ts"
import * as Market from "./market.ts"
import type { Part, World } from "./world.ts"

export interface Client extends Part {
  /** compares books with the exchange's, for a few seconds at most */
  readonly audit: Effect.Effect<void>
}

/** the flood: a second exchange that only sends */
export interface Flood {
  readonly url: string
  /** these sockets are not recorded */
  readonly construct: (url: string) => globalThis.WebSocket
}

const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }

/**
 * A limiter with shorter windows. Connections are lost a hundred times as often as in practice, and the REST reads after
 * each would use up the limits of an hour: then they would wait for a minute, and their number would be what is measured.
 */
const limiter = (share: number) =>
  Layer.effect(
    RateLimiter.RateLimiter,
    Effect.map(RateLimiter.RateLimiter, (made) => {
      const shorter = ([starts, seconds]: RateLimiter.Limit): RateLimiter.Limit => [starts, seconds * share]
      const hold: RateLimiter.Service["hold"] = (key, limit, options, use) =>
        made.hold(key, shorter(limit), options, use)
      return {
        ...made,
        acquire: (key, limit, options) => made.acquire(key, shorter(limit), options),
        hold,
        tryAcquire: (clock, key, limit, urgent) => made.tryAcquire(clock, key, shorter(limit), urgent),
        remaining: (key, limit) => made.remaining(key, shorter(limit))
      } satisfies RateLimiter.Service
    })
  ).pipe(Layer.provide(RateLimiter.layerMemory))

const services = (limits: number) =>
  Layer.mergeAll(AccountEvents.layer(), AccountState.layer(), Trading.layer()).pipe(
    Layer.provideMerge(AccountConnection.layer()),
    Layer.provideMerge(
      Layer.mergeAll(RestClient.layer, RestAuthClient.layer(), MarketData.layer)
    ),
    Layer.provideMerge(Auth.layer()),
    // not those of the process, which would carry values from one life over to the next
    Layer.provide([limiter(limits), Nonce.layerProcess, Credentials.layer(key)]),
    Layer.orDie
  )

/** Starts the whole workload; it ends with the scope. */
export const start = (
  world: World,
  settings: BitfinexConfig.Overrides,
  { flood, limits }: { readonly flood?: Flood; readonly limits: number }
): Effect.Effect<Client, never, Scope.Scope | Socket.WebSocketConstructor | HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const context = yield* Layer.build(
      services(limits).pipe(
        Layer.provide(Layer.succeed(Socket.WebSocketConstructor, world.tap.around(yield* Socket.WebSocketConstructor))),
        Layer.provide(BitfinexConfig.layer(settings))
      )
    )
    const parts = Effect.gen(function*() {
      const market = yield* MarketData.MarketData
      const books = yield* Books.start(world, market)
      const channels = yield* Market.start(world, market)
      const account = yield* Account.start(world, {
        connection: yield* AccountConnection.AccountConnection,
        events: yield* AccountEvents.AccountEvents,
        state: yield* AccountState.AccountState,
        trading: yield* Trading.Trading,
        open: yield* RestClient.RestClient,
        signed: yield* RestAuthClient.RestAuthClient
      })
      return { books, channels, account }
    })
    const { account, books, channels } = yield* Effect.provide(parts, context)
    let isFlooded = () => true
    if (flood !== undefined) {
      const another = Layer.build(
        MarketData.layer.pipe(
          Layer.provide(Layer.succeed(Socket.WebSocketConstructor, world.tap.around(flood.construct))),
          Layer.provide(RateLimiter.layerMemory),
          Layer.provide(BitfinexConfig.layer(settings, { socket: { url: flood.url } }))
        )
      )
      isFlooded = yield* Flooded.start(world, yield* Effect.provide(MarketData.MarketData, yield* another))
    }
    return {
      audit: books.audit,
      isQuiet: Effect.map(
        Effect.all([books.isQuiet, channels.isQuiet, account.isQuiet]),
        (all) => all.every((isQuiet) => isQuiet) && isFlooded() && world.activities.inFlight() === 0
      ),
      unsettled: Effect.map(
        Effect.all([books.unsettled, channels.unsettled, account.unsettled]),
        (all) => all.flat()
      )
    }
  })
