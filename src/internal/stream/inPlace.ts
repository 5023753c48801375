/**
 * Streams that can be run without the machinery of streams, where nothing stands between them and their consumer.
 *
 * A stream that was made here is like any other, and every operator makes another one of it, which runs as usual. Run as
 * it is, its elements go straight from the buffer of a subscription to a function: no channel executor for each read, and
 * no closure of the consumer's among V8's old objects (bench/README.md).
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Pulls from "./pulls.ts"

/** Consumed once, in one of three ways. */
export interface Feed<out A, out E> {
  readonly events: Stream.Stream<A, E>
  /** what `f` throws is a defect */
  readonly forEachSync: (f: (element: A) => void) => Effect.Effect<void, E>
  readonly forEach: <E2, R2>(f: (element: A) => Effect.Effect<unknown, E2, R2>) => Effect.Effect<void, E | E2, R2>
}

/** how a stream runs in place */
interface Runner<out A, out E, out R> {
  readonly forEachSync: (f: (element: A) => void) => Effect.Effect<void, E, R>
  readonly forEach: <E2, R2>(
    f: (element: A) => Effect.Effect<unknown, E2, R2>
  ) => Effect.Effect<void, E | E2, R | R2>
}

const runners = new WeakMap<object, Runner<unknown, unknown, unknown>>()

const runnerOf = <A, E, R>(stream: Stream.Stream<A, E, R>): Runner<A, E, R> | undefined =>
  // the cast: under a stream stands the runner that was made with it, of its types
  runners.get(stream) as Runner<A, E, R> | undefined

/** what `attach` gives, as a stream whose end closes the scope */
export const stream = <A, E, E2, R>(
  attach: Effect.Effect<Feed<A, E>, E2, R | Scope.Scope>
): Stream.Stream<A, E | E2, Exclude<R, Scope.Scope>> => {
  // a scope for the attachment alone: that of the consumer's effects is the consumer's
  const using = <E3, R3>(use: (feed: Feed<A, E>) => Effect.Effect<void, E3, R3>) =>
    Effect.acquireUseRelease(
      Scope.make(),
      (scope) => Effect.flatMap(Scope.extend(attach, scope), use),
      (scope, exit) => Scope.close(scope, exit)
    )
  const out = Stream.unwrapScoped(Effect.map(attach, ({ events }) => events))
  const runner: Runner<A, E | E2, Exclude<R, Scope.Scope>> = {
    forEachSync: (f) => using((feed) => feed.forEachSync(f)),
    forEach: (f) => using((feed) => feed.forEach(f))
  }
  runners.set(out, runner)
  return out
}

/** `Stream.unwrap` */
export const unwrap = <A, E, R, E2, R2>(
  effect: Effect.Effect<Stream.Stream<A, E, R>, E2, R2>
): Stream.Stream<A, E | E2, R | R2> => {
  const out = Stream.unwrap(effect)
  const runner: Runner<A, E | E2, R | R2> = {
    forEachSync: (f) => Effect.flatMap(effect, (inner) => forEachSync(inner, f)),
    forEach: (f) => Effect.flatMap(effect, (inner) => forEach(inner, f))
  }
  runners.set(out, runner)
  return out
}

/** runs `f` on each element; an exception becomes a defect */
export const forEachSync = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  f: (element: A) => void
): Effect.Effect<void, E, R> => runnerOf(stream)?.forEachSync(f) ?? Pulls.forEachSync(stream, f)

/** `Stream.runForEach` */
export const forEach = <A, E, R, E2, R2>(
  stream: Stream.Stream<A, E, R>,
  f: (element: A) => Effect.Effect<unknown, E2, R2>
): Effect.Effect<void, E | E2, R | R2> => runnerOf(stream)?.forEach(f) ?? Stream.runForEach(stream, f)
