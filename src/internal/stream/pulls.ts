/**
 * Streams of buffered elements: the only file that knows channels, chunks and mailboxes.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Later from "../time/later.ts"

/** One read of a buffer: everything that waits in it, never nothing; or the end, with a failure or without. */
export type Take<A, E = never> = Effect.Effect<Chunk.Chunk<A>, Option.Option<E>>

/** A read that found these elements, which must no longer change. */
export const taken = <A>(elements: ReadonlyArray<A>): Take<A> => Effect.succeed(Chunk.unsafeFromArray(elements))

/** A read that found the end. */
export const over = <E>(failure: E | undefined): Take<never, E> => Effect.fail(Option.fromNullable(failure))

/** A read that found the end of a stream that can also end with a defect. */
export const ended = <E>(cause: Cause.Cause<E> | undefined): Take<never, E> =>
  cause === undefined ? Effect.fail(Option.none()) : Effect.failCause(Cause.map(cause, Option.some))

/** A read that waits; `resume` gets the next one. */
export const waiting: <A, E = never>(
  register: (resume: (take: Take<A, E>) => void) => void | Effect.Effect<void>
) => Take<
  A,
  E
> = Later.callback

/** The elements of one read after the other; half the cost of `Stream.repeatEffectChunkOption`. */
export const fromTake = <A, E>(take: Take<A, E>): Stream.Stream<A, E> =>
  Stream.suspend(() => {
    const loop: Channel.Channel<Chunk.Chunk<A>, unknown, Option.Option<E>, unknown, void> = Channel.flatMap(
      Channel.fromEffect(take),
      (chunk) => Channel.flatMap(Channel.write(chunk), () => loop)
    )
    return Stream.fromChannel(
      Channel.catchAll(loop, Option.match({ onNone: () => Channel.void, onSome: (failure) => Channel.fail(failure) }))
    )
  })

/** Maps all elements of a read at once. */
export const mapArrays = <A, E, R, B>(
  stream: Stream.Stream<A, E, R>,
  f: (elements: Iterable<A>) => ReadonlyArray<B>
): Stream.Stream<B, E, R> => Stream.mapChunks(stream, (chunk) => Chunk.unsafeFromArray(f(chunk)))

/** Like `mapArrays`, where `f` may fail. */
export const mapArraysEffect = <A, E, R, B, E2>(
  stream: Stream.Stream<A, E, R>,
  f: (elements: Iterable<A>) => Effect.Effect<ReadonlyArray<B>, E2>
): Stream.Stream<B, E | E2, R> => Stream.mapChunksEffect(stream, (chunk) => Effect.map(f(chunk), Chunk.unsafeFromArray))

/** Runs `f` on each element: `Stream.runFold` recurses once per element of a chunk. What `f` throws is a defect. */
export const forEachSync = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  f: (element: A) => void
): Effect.Effect<void, E, R> =>
  Stream.runForEachChunk(stream, (chunk) =>
    Effect.sync(() => {
      for (const element of chunk) f(element)
    }))

/**
 * Pages of a history: each step gives the rows of a page, and the state for the next one unless it is the last. A page
 * without rows is not an element of the stream: some consumers, such as the sinks of files, fail at an empty chunk.
 */
export const pages = <S, A, E, R>(
  first: S,
  step: (state: S) => Effect.Effect<readonly [rows: ReadonlyArray<A>, next: S | undefined], E, R>
): Stream.Stream<A, E, R> =>
  Stream.unfoldChunkEffect(first, (from: S | undefined) => {
    const loop = (state: S | undefined): Effect.Effect<
      Option.Option<readonly [rows: Chunk.Chunk<A>, next: S | undefined]>,
      E,
      R
    > =>
      state === undefined
        ? Effect.succeedNone
        : Effect.flatMap(
          step(state),
          ([rows, next]) =>
            rows.length === 0 ? loop(next) : Effect.succeedSome([Chunk.unsafeFromArray(rows), next] as const)
        )
    return loop(from)
  })

/** A queue without a bound for one reader, which ends. */
export interface Outbox<A, E> {
  readonly offer: (element: A) => void
  readonly end: (exit: Exit.Exit<void, E>) => Effect.Effect<void>
  readonly stream: Stream.Stream<A, E>
}

export const outbox = <A, E>(): Effect.Effect<Outbox<A, E>, never, Scope.Scope> =>
  Effect.map(Mailbox.make<A, E>(), (mailbox) => ({
    offer: (element) => void mailbox.unsafeOffer(element),
    end: (exit) => Effect.asVoid(mailbox.done(exit)),
    stream: Mailbox.toStream(mailbox)
  }))
