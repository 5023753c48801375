/**
 * The public channels as methods: one for each row of the table, over a pool of sockets.
 *
 * @internal
 */
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Stream from "effect/Stream"
import { BitfinexConfig, type Settings, windowOf } from "../../BitfinexConfig.ts"
import type { InvalidInput, StreamError } from "../../BitfinexError.ts"
import type { ChannelEvent } from "../../ChannelEvent.ts"
import type * as Channel from "../../protocol/Channel.ts"
import { publicChannels } from "../../protocol/Channels.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import type * as Param from "../../protocol/Param.ts"
import * as RateLimiter from "../../RateLimiter.ts"
import * as HealthData from "../health.ts"
import * as InPlace from "../stream/inPlace.ts"
import { checkClosing, checkUrl } from "./address.ts"
import * as Pool from "./pool.ts"
import * as Request from "./request.ts"

type Method<C extends Channel.AnyChannel> = <const A extends Channel.Args<C>>(
  args: Param.Exact<A, keyof C["params"]>,
  options?: Request.StreamOptions
) => Stream.Stream<ChannelEvent<Channel.RecordOf<C, A>>, StreamError>

export type Channels = typeof publicChannels

export type Streams = { readonly [K in keyof Channels]: Method<Channels[K]> }

export interface Control {
  readonly resubscribe: <K extends keyof Channels>(
    channel: K,
    args: Channel.Args<Channels[K]>,
    options?: Pick<Request.StreamOptions, "subId">
  ) => Effect.Effect<boolean, InvalidInput>
  readonly states: Stream.Stream<Pool.States>
  readonly problems: Stream.Stream<Pool.NamedProblem>
  readonly close: (code?: number, reason?: string) => Effect.Effect<void, InvalidInput>
}

/** under which a service hands its channels to `OrderBook`: a symbol, since that is nothing for users */
export const forBooks: unique symbol = Symbol.for("effect-bitfinex/MarketData/forBooks")

export interface ForBooks {
  readonly [forBooks]: {
    readonly serve: Pool.Pool["serve"]
    readonly flags: Settings["socket"]["flags"]
    /** whether there is an address to connect to */
    readonly check: (operation: string) => Either.Either<void, InvalidInput>
  }
}

export const make = Effect.fnUntraced(function*(options: {
  /** the service, for error texts */
  readonly service: string
  readonly name: string
  readonly maxSockets: number
}) {
  const settings = yield* BitfinexConfig
  const construct = yield* Socket.WebSocketConstructor
  const limiter = yield* RateLimiter.RateLimiter
  const url = settings.socket.url
  const key = { host: URL.canParse(url) ? new URL(url).host : url, family: "sockets" }
  const limit = windowOf(settings.socket.connectLimit, settings)
  const pool = yield* Pool.make({
    name: options.name,
    url,
    settings,
    construct,
    // without a bound on the wait, the limiter refuses nothing
    turn: (onWait) => Effect.ignore(limiter.acquire(key, limit, { operation: options.service, onWait })),
    pause: (millis) => limiter.penalize(key, millis),
    maxSockets: options.maxSockets
  })

  const request = (name: keyof Channels, args: AnyArgs, how?: Request.StreamOptions) =>
    Request.make(`${options.service}.${name}`, publicChannels[name], args, how)

  const stream = (name: keyof Channels, args: AnyArgs, how?: Request.StreamOptions) =>
    InPlace.stream(Effect.gen(function*() {
      const wanted = yield* request(name, args, how)
      yield* checkUrl(wanted.operation, "socket.url", url)
      return yield* pool.attach(wanted)
    }))

  const names = Object.keys(publicChannels) as ReadonlyArray<keyof Channels> // the keys of that very table
  // the cast: a method for each key; its types are those of the row that it is made of
  const streams = Object.fromEntries(
    names.map((name) => [name, (args: AnyArgs, how?: Request.StreamOptions) => stream(name, args, how)])
  ) as Streams

  const control: Control = {
    resubscribe: (name, args, how) =>
      Effect.flatMap(request(name, args as AnyArgs, how), (wanted) => pool.resubscribe(wanted)),
    states: pool.states.changes,
    problems: pool.problems,
    close: (code = 1000, reason = "") =>
      Effect.flatMap(
        checkClosing(`${options.service}.close`, code, reason),
        () => pool.close({ code, reason })
      )
  }
  const books: ForBooks[typeof forBooks] = {
    serve: pool.serve,
    flags: settings.socket.flags,
    check: (operation) => checkUrl(operation, "socket.url", url)
  }
  // without its type, which would be part of that of every service
  const health: object = {
    [HealthData.probe]: Effect.map(
      limiter.remaining(key, limit),
      (left) => ({ ...pool.health(), budgets: HealthData.budgets([{ ...key, left, limit }]) })
    )
  } satisfies HealthData.Probed
  return { ...streams, ...control, ...health, [forBooks]: books }
})
