/**
 * From the arguments of a live book to its place among the subscriptions.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { InvalidInput, type StreamError } from "../../BitfinexError.ts"
import type { Book } from "../../Book.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import type { ChannelEvent } from "../../ChannelEvent.ts"
import type { AnyChannel, Args } from "../../protocol/Channel.ts"
import { publicChannels } from "../../protocol/Channels.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import * as Checks from "../../protocol/internal/checks.ts"
import { strangeName } from "../../protocol/internal/request.ts"
import * as Symbols from "../../protocol/Symbols.ts"
import { type Channels, type ForBooks, forBooks, type Streams } from "../socket/channels.ts"
import * as Request from "../socket/request.ts"
import { Delivery } from "../stream/delivery.ts"
import { rows as checksumRows } from "./checksum.ts"
import type { BookConsumer } from "./consumer.ts"
import { Core } from "./core.ts"
import { BookFeed, type Options as FeedOptions } from "./feed.ts"
import * as Kind from "./kind.ts"
import { BookView } from "./view.ts"

export interface LiveOptions {
  readonly buffer?: BufferPolicy | undefined
  readonly every?: Duration.DurationInput | undefined
  readonly onBest?: boolean | undefined
  readonly serve?: "verified" | "newest" | undefined
  readonly subId?: string | number | undefined
}

const channelOf = (args: AnyArgs): { readonly channel: AnyChannel; readonly args: AnyArgs } => {
  if (args["prec"] !== "R0") return { channel: publicChannels.book, args }
  const { freq, prec: _, ...others } = args
  // the meaning of F1 for raw books is unknown, so their channel has no such parameter; it is always F0
  const rest = freq === undefined || freq === "F0" ? others : { ...others, freq }
  return { channel: publicChannels.rawBook, args: rest }
}

/** a checked request for a live book */
export const request = (operation: string, given: AnyArgs, options: LiveOptions) =>
  Either.gen(function*() {
    const refuse = (field: string, value: unknown, reason: string) =>
      Either.left(new InvalidInput({ operation, field, value, reason }))
    if (typeof given !== "object" || given === null) return yield* refuse("args", given, "give them as one object")
    if (typeof options !== "object" || options === null) {
      return yield* refuse("options", options, "give them as one object")
    }
    const strange = strangeName(operation, { ...options }, ["buffer", "subId", "every", "onBest", "serve"])
    if (strange !== undefined) return yield* Either.left(strange)
    const { every = 0, onBest = false, serve = "verified", ...how } = options
    const { args, channel } = channelOf(given)
    const wanted = yield* Request.make(operation, channel, args, how)
    const pause = Option.getOrUndefined(Checks.duration(every))
    if (pause === undefined || !Number.isFinite(Duration.toMillis(pause))) {
      return yield* refuse("every", every, "give a duration, such as 100 millis")
    }
    if (typeof onBest !== "boolean") return yield* refuse("onBest", onBest, "give true or false")
    if (serve !== "verified" && serve !== "newest") return yield* refuse("serve", serve, "give verified or newest")
    const isThinned = onBest || Duration.toMillis(pause) > 0
    if (isThinned && wanted.buffer.policy !== "conflate") {
      return yield* refuse(
        "buffer",
        wanted.buffer,
        "with every or onBest, leave it out: states that are left out are conflated"
      )
    }
    const isRaw = given["prec"] === "R0"
    const consumer = { operation, buffer: wanted.buffer, every: Duration.toMillis(pause), onBest }
    return { wanted, consumer, isRaw, newest: serve === "newest" }
  })

/** a book of entries that were not received here */
export const fromEntries = <A>(operation: string, given: AnyArgs, entries: ReadonlyArray<A>) =>
  Either.gen(function*() {
    const refuse = (value: unknown, reason: string) =>
      Either.left(new InvalidInput({ operation, field: "entries", value, reason }))
    const { isRaw, wanted } = yield* request(operation, given, {})
    const symbol = wanted.fields["symbol"]! // a field of both channels
    const isFunding = Symbols.isFunding(symbol)
    const kind = Kind.of(isFunding, isRaw)
    if (!Array.isArray(entries)) return yield* refuse(entries, "give a list of entries")
    const rows: Array<Kind.Row> = []
    for (const entry of entries as ReadonlyArray<unknown>) {
      if (typeof entry !== "object" || entry === null) return yield* refuse(entry, `give a ${kind.layout.name}`)
      const row = kind.layout.encode(entry)
      if (!Kind.isRow(kind, row)) return yield* refuse(entry, Kind.explain(kind, row, null, operation).message)
      if (Kind.isDelete(kind, row)) return yield* refuse(entry, "a row that deletes is not an entry of a book")
      rows.push(row)
    }
    const core = new Core(kind, rows.length, isRaw || isExact(wanted.fields["prec"]))
    const contradiction = core.start(rows)
    if (contradiction !== undefined) return yield* refuse(entries, `two rows differ: ${JSON.stringify(contradiction)}`)
    // rates of funding books may overlap
    const crossing = isFunding ? undefined : core.crossing()
    if (crossing !== undefined) return yield* refuse(entries, "the best bid is not below the best ask")
    const view: Book<A> = new BookView<A>({
      symbol,
      epoch: 0,
      version: 0,
      kind,
      bids: core.bids.copy(),
      asks: core.asks.copy()
    })
    return view
  })

/** whether prices are not rounded */
const isExact = (prec: string | undefined): boolean => prec === "P0" || prec === "R0"

type Wanted = Either.Either.Right<ReturnType<typeof request>>

const feedOptions = (
  { isRaw, newest, wanted }: Wanted,
  { flags }: Pick<ForBooks[typeof forBooks], "flags">
): FeedOptions => {
  const { freq, len, prec, symbol } = wanted.fields
  const isFunding = Symbols.isFunding(symbol)
  // the venue sorts its funding books otherwise than it says, so that their checksums are never right
  const verify = flags.checksum === true && !isFunding
  return {
    symbol: symbol!, // a field of both channels, as `len` is
    kind: Kind.of(isFunding, isRaw),
    len: Number(len),
    isExact: isExact(prec),
    verify,
    newest,
    sequence: flags.sequence === true,
    // how rounds of F1 travel without the flag `bulk` is not documented; where a checksum covers all rows, the checksum decides
    lists: flags.bulk === true || freq === "F1"
      ? "always"
      : verify && Number(len) <= checksumRows
      ? "confirmed"
      : "never"
  }
}

/** the streams of a `MarketData`; one that has sockets has a seam for books too */
type Market = Streams & Partial<ForBooks>

const play = <A>(feed: BookFeed<A>, encode: (row: unknown) => unknown, event: ChannelEvent<unknown>): void => {
  switch (event._tag) {
    case "Snapshot":
      feed.begin()
      return feed.data(event.rows.map(encode))
    case "Update":
      return event.rows.forEach((row) => feed.data(encode(row)))
    case "Interrupted":
      return feed.interrupt(event.reason)
    case "Gap":
      return feed.gap(event.lost)
  }
}

/**
 * A book over a `MarketData` without sockets, such as a double in a test. It serves each change as it arrives, since a
 * double has no checksums. After a fault it is served again from the next `Snapshot`.
 */
const overStream = <A, C>(
  market: Streams,
  wanted: Wanted,
  attach: (feed: BookFeed<A>) => C,
  detach: (feed: BookFeed<A>, attached: C) => void
): Effect.Effect<C, never, Scope.Scope> =>
  Effect.gen(function*() {
    const controls = { delivery: new Delivery(), pause: () => {}, look: () => {}, renew: () => {}, report: () => {} }
    const options = { ...feedOptions(wanted, { flags: {} }), newest: true }
    const feed = new BookFeed<A>(wanted.wanted, "double", controls, options)
    const attached = yield* Effect.acquireRelease(
      Effect.sync(() => attach(feed)),
      (attached) => Effect.sync(() => detach(feed, attached))
    )
    const { freq, len, prec, symbol } = wanted.wanted.fields
    const events: Stream.Stream<ChannelEvent<unknown>, StreamError> = wanted.isRaw
      // the casts: the fields were made out of checked arguments
      ? market.rawBook({ symbol, len } as Args<Channels["rawBook"]>)
      : market.book({ symbol, prec, freq, len } as Args<Channels["book"]>)
    const { encode } = options.kind.layout
    yield* Stream.runForEach(events, (event) => Effect.sync(() => play(feed, encode, event))).pipe(
      Effect.matchCauseEffect({
        onFailure: (cause) => Effect.sync(() => feed.endCause(cause)),
        onSuccess: () => Effect.sync(() => feed.end())
      }),
      Effect.forkScoped
    )
    return attached
  })

/** a feed and its consumers, for as long as the scope lasts */
const lease = <A, C>(
  market: Market,
  wanted: Wanted,
  attach: (feed: BookFeed<A>) => C,
  detach: (feed: BookFeed<A>, attached: C) => void
): Effect.Effect<C, InvalidInput, Scope.Scope> =>
  Effect.suspend(() => {
    // a test double has a member of every name, but owns only those that it was given
    const channels = Object.hasOwn(market, forBooks) ? market[forBooks] : undefined
    if (channels === undefined) return overStream(market, wanted, attach, detach)
    const { operation } = wanted.wanted
    return Effect.zipRight(
      channels.check(operation),
      channels.serve<BookFeed<A>, C>(wanted.wanted, {
        name: wanted.newest ? "book, newest" : "book",
        make: (subId, controls) => new BookFeed(wanted.wanted, subId, controls, feedOptions(wanted, channels)),
        attach,
        detach
      })
    )
  })

export const consume = <A>(
  market: Market,
  wanted: Wanted
): Effect.Effect<BookConsumer<A>, InvalidInput, Scope.Scope> =>
  lease<A, BookConsumer<A>>(
    market,
    wanted,
    (feed) => feed.attach(wanted.consumer),
    (feed, consumer) => feed.detach(consumer)
  )

export const hold = <A>(market: Market, wanted: Wanted): Effect.Effect<BookFeed<A>, InvalidInput, Scope.Scope> =>
  lease<A, BookFeed<A>>(
    market,
    wanted,
    (feed) => {
      feed.hold(1)
      return feed
    },
    (feed) => feed.hold(-1)
  )
