/**
 * The ways to consume streams of this package, and the user's code at their end.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as ChannelEvent from "../src/ChannelEvent.ts"
import { consumers, delivered, fault, how, ready, workload } from "./client.ts"
import type { Tally } from "./truth.ts"

let awaited = workload.channels.length * consumers

/** reports that a channel, or a family of the account, is live for one consumer */
export const live = (): void => {
  if (--awaited === 0) ready()
}

/** user code on a row, the same function for all consumers */
type OnRow<A> = (tally: Tally, row: A, type: string) => void

/**
 * Counts rows of updates; snapshots only report that the channel is live. One closure for each consumer, as a user would write it:
 * a second one around the user's code costs a fifth where a channel has 100 consumers.
 */
const handle = <A>(onRow: OnRow<A>, tally: Tally) => (event: ChannelEvent.ChannelEvent<A>): void => {
  switch (event._tag) {
    case "Update":
      for (const row of event.rows) {
        onRow(tally, row, event.type!)
        delivered()
      }
      return
    case "Snapshot":
      if (event.skipped > 0) fault(`${event.skipped} updates skipped`)
      return live()
    default:
      fault(JSON.stringify(event))
  }
}

export const consume = <A, E, R>(
  stream: Stream.Stream<ChannelEvent.ChannelEvent<A>, E, R>,
  onRow: OnRow<A>,
  tally: Tally
): Effect.Effect<void, E, R> => {
  const onEvent = handle(onRow, tally)
  switch (how) {
    case "inPlace":
      return ChannelEvent.runForEachSync(onEvent)(stream)
    case "effects":
      return ChannelEvent.runForEach((event: ChannelEvent.ChannelEvent<A>) => Effect.sync(() => onEvent(event)))(stream)
    default:
      return runWith(stream, onEvent)
  }
}

export const runWith = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  onEvent: (event: A) => void
): Effect.Effect<void, E, R> => {
  if (how === "fold") return Effect.asVoid(Stream.runFold(stream, 0, (seen, event) => (onEvent(event), seen + 1)))
  return how === "each"
    ? Stream.runForEach(stream, (event) => Effect.sync(() => onEvent(event)))
    : Stream.runForEachChunk(stream, (chunk) =>
      Effect.sync(() => {
        for (const event of chunk) onEvent(event)
      }))
}

/** runs all streams until the process ends */
export const run = <E, E2, R, R2, E3>(
  all: Effect.Effect<ReadonlyArray<Effect.Effect<void, E, R>>, E2, R2>,
  layer: Layer.Layer<R | R2, E3>
): void => {
  Effect.runFork(
    Effect.flatMap(all, (each) => Effect.all(each, { concurrency: "unbounded", discard: true })).pipe(
      Effect.provide(layer),
      Effect.catchAllCause((cause) => Effect.sync(() => fault(String(cause))))
    )
  )
}
