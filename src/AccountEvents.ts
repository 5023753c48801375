/**
 * The events of an account as Streams: one for each family of records.
 *
 * A stream survives reconnections. Each login is an epoch: it begins with a `Snapshot`, of everything that is open for
 * orders, positions, wallets and funding, and an empty one for families without snapshots. Where a snapshot does not
 * arrive in time, the epoch begins with `SnapshotMissing`. `Update`s carry the venue's word in `type`, as in `on`,
 * `ou`, `oc`. The venue does not report events between two epochs; `AccountState` looks them up.
 *
 * A stream fails only with errors that no reconnection can resolve: a refused login (`AuthenticationFailed`,
 * `NonceTooSmall`), the end of the reconnect schedule, another version of the protocol, `InvalidInput` for wrong
 * options or a family that the login's filter excludes, and `BufferOverflow` when its consumer was too slow: elements
 * of an account are dropped only when another buffer policy asks for it, and then a `Gap` reports it.
 *
 * `ChannelEvent.runForEachSync` and `ChannelEvent.runForEach` consume such a stream in place, as they do a channel's.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { AccountSession, type RawEvent } from "./AccountConnection.ts"
import { type AccountStreamError, InvalidInput } from "./BitfinexError.ts"
import * as BufferPolicy from "./BufferPolicy.ts"
import type { ChannelEvent } from "./ChannelEvent.ts"
import type { Listener } from "./internal/account/events.ts"
import { checkBuffer } from "./internal/socket/request.ts"
import * as InPlace from "./internal/stream/inPlace.ts"
import * as Later from "./internal/time/later.ts"
import { accountChannels, type RecordOf } from "./protocol/channels/Account.ts"

/**
 * Options of an account stream. Default: `BufferPolicy.fail()`. With `suspend`, a slow consumer delays everything on
 * the account's socket, including acknowledgements of commands, which may then miss their deadlines.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly buffer?: BufferPolicy.BufferPolicy | undefined
}

type Channels = typeof accountChannels

/**
 * A stream for each family: a `Snapshot` of the known rows, then all events from now on. One login serves any number
 * of consumers.
 *
 * @since 0.1.0
 * @category services
 */
export type Streams = {
  readonly [K in keyof Channels]: (
    options?: Options
  ) => Stream.Stream<ChannelEvent<RecordOf<Channels[K]>>, AccountStreamError>
}

/**
 * The streams, and the events of types that this SDK does not know.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service extends Streams {
  /** Events of types that this SDK does not know, undecoded. A slow consumer loses the oldest of more than 1024. */
  readonly unknown: Stream.Stream<RawEvent, AccountStreamError>
}

/**
 * The events of an account.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import * as AccountEvents from "effect-bitfinex/AccountEvents"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const watchOrders = Effect.gen(function*() {
 *   const events = yield* AccountEvents.AccountEvents
 *   yield* Stream.runForEach(events.orders(), (event) => Effect.log(event))
 * })
 */
export class AccountEvents extends Context.Tag("effect-bitfinex/AccountEvents")<AccountEvents, Service>() {}

/**
 * Makes the service on the account's connection, which is opened by the first stream.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AccountSession> = Effect.gen(function*() {
  const account = yield* AccountSession

  const stream = (name: keyof Channels, options?: Options) =>
    InPlace.stream(Effect.gen(function*() {
      const operation = `AccountEvents.${name}`
      yield* checkBuffer(operation, options)
      if (!account.lets(name)) {
        const reason = "the filter of the login excludes this family; add it, or leave the filter out"
        return yield* Effect.fail(new InvalidInput({ operation, field: "filter", value: name, reason }))
      }
      return yield* account.attach(name, options?.buffer ?? BufferPolicy.fail())
    }))

  const names = Object.keys(accountChannels) as ReadonlyArray<keyof Channels> // the keys of that very table
  // the cast: a method for each key; its types are those of the row that it is made of
  const streams = Object.fromEntries(
    names.map((name) => [name, (options?: Options) => stream(name, options)])
  ) as Streams

  /** it ends as the others do, and not in silence */
  const unknown = Stream.unwrapScoped(Effect.gen(function*() {
    const over = yield* Deferred.make<void, AccountStreamError>()
    const listener: Listener = (event) => {
      if (event._tag !== "Over") return
      Later.done(over, event.failure === undefined ? Effect.void : Effect.fail(event.failure))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => account.subscribe(listener)),
      (stop) => Effect.sync(stop)
    )
    yield* account.start
    return Stream.interruptWhenDeferred(account.unknown, over)
  }))

  return { ...streams, unknown }
})

/**
 * The streams of the account behind the connection.
 *
 * This is a function because Effect builds each layer reference once: each call makes a layer for one account, and if
 * you keep the result in a constant, it is the same account wherever you use it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as AccountConnection from "effect-bitfinex/AccountConnection"
 * import * as AccountEvents from "effect-bitfinex/AccountEvents"
 * import * as Layer from "effect/Layer"
 *
 * const Events = AccountEvents.layer().pipe(Layer.provideMerge(AccountConnection.layer()))
 */
export const layer = (): Layer.Layer<AccountEvents, never, AccountSession> => Layer.effect(AccountEvents, make)
