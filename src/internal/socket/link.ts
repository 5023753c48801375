/**
 * One physical socket: opened, listened to, and closed with a code and a reason.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as PlatformSocket from "../platform/socket.ts"
import * as Clocks from "../time/clock.ts"
import * as Later from "../time/later.ts"
import { reset } from "./reset.ts"

/** The members of a WebSocket that are used; `on`, `terminate`, `pause` and `resume` are those of `ws`, where there */
export interface SocketLike {
  readonly readyState: number
  binaryType?: string
  readonly send: (text: string) => void
  readonly close: (code?: number, reason?: string) => void
  readonly addEventListener: <E>(type: string, listener: (event: E) => void) => void
  readonly removeEventListener: <E>(type: string, listener: (event: E) => void) => void
  readonly on?: (type: "message", listener: (data: unknown, isBinary: boolean) => void) => void
  readonly off?: (type: "message", listener: (data: unknown, isBinary: boolean) => void) => void
  readonly terminate?: () => void
  readonly pause?: () => void
  readonly resume?: () => void
}

export interface Closing {
  readonly code: number
  readonly reason: string
}

export interface Link {
  /** goes on once the socket is open; one that ends before is closed, and `onClosed` says why */
  readonly opened: Effect.Effect<void>
  /** false when nothing was written, since the socket is not open */
  readonly send: (text: string) => boolean
  readonly pause: () => void
  readonly resume: () => void
}

/** the link of an epoch that has none yet */
export const none: Link = {
  opened: Effect.never,
  send: () => false,
  pause: () => undefined,
  resume: () => undefined
}

const connecting = 0
const open = 1
const closed = 3

/** a close frame's payload is at most 125 bytes, 2 of them the code */
export const shorten = (reason: string): string => {
  const bytes = new TextEncoder().encode(reason)
  return bytes.length <= 123 ? reason : new TextDecoder().decode(bytes.slice(0, 120)).replace(/\uFFFD+$/, "") + "..."
}

export const make = (options: {
  readonly construct: (url: string) => SocketLike
  readonly url: string
  readonly closeTimeout: Duration.DurationInput
  /** called in order of arrival, synchronously; undefined stands for a binary frame */
  readonly onMessage: (data: unknown) => void
  readonly onClosed: (closing: Closing, error: string | undefined, refusal: PlatformSocket.Refusal | undefined) => void
  /** called when the scope ends: the content of the close frame, and whether its answer is worth waiting for */
  readonly closing: () => Closing & { readonly isAwaited: boolean }
}): Effect.Effect<Link, string, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(acquire(options), ({ release }) => release),
    ({ link }) => link
  )

const acquire = (options: Parameters<typeof make>[0]) =>
  Effect.try({
    try: () => {
      const opened = Later.deferred<void>()
      const ended = Later.deferred<void>()
      const socket = options.construct(options.url)
      let error: string | undefined
      const onText = (data: unknown, isBinary: boolean) => options.onMessage(isBinary ? undefined : data)
      const onEvent = (event: { readonly data: unknown }) => options.onMessage(event.data)
      const onOpen = () => Later.done(opened, Effect.void)
      const onError = (event: Parameters<typeof PlatformSocket.reasonOf>[0]) => {
        error = PlatformSocket.reasonOf(event)
      }
      const onClose = (event: { readonly code: number; readonly reason: string }) => {
        if (socket.off !== undefined) socket.off("message", onText)
        else socket.removeEventListener("message", onEvent)
        socket.removeEventListener("open", onOpen)
        socket.removeEventListener("error", onError)
        socket.removeEventListener("close", onClose)
        Later.done(ended, Effect.void)
        options.onClosed({ code: event.code, reason: event.reason }, error, PlatformSocket.refusalOf(socket))
      }
      // the listener of `ws` itself, where there is one, spares an event object for each message
      if (socket.on !== undefined && socket.off !== undefined) socket.on("message", onText)
      else socket.addEventListener("message", onEvent)
      socket.addEventListener("open", onOpen)
      socket.addEventListener("error", onError)
      socket.addEventListener("close", onClose)

      const link: Link = {
        opened: Deferred.await(opened),
        send: (text) => {
          if (socket.readyState !== open) return false
          socket.send(text)
          return true
        },
        pause: () => socket.pause?.(),
        resume: () => socket.resume?.()
      }
      /** bytes that the peer has not read by now must not reach it later */
      const abort = (): void => {
        reset(socket)
        socket.terminate?.()
      }
      const release = Effect.suspend(() => {
        if (socket.readyState === closed) return Effect.void
        socket.resume?.() // a paused socket would not see the peer's close frame
        if (socket.readyState === connecting) {
          // no peer reads a close frame yet; `ws` reports an error, which the listeners take
          socket.close()
          return Effect.void
        }
        const { code, isAwaited, reason } = options.closing()
        if (!isAwaited) {
          abort()
          return Effect.void
        }
        socket.close(code, shorten(reason))
        // finalizers are not interruptible, but the loser of this race has to be
        return Effect.interruptible(Deferred.await(ended)).pipe(
          Effect.raceFirst(Effect.interruptible(patience(options.closeTimeout))),
          Effect.andThen(Effect.sync(() => {
            if (socket.readyState !== closed) abort()
          }))
        )
      })
      return { link, release }
    },
    catch: (error) => error instanceof Error ? error.message : String(error)
  })

/** a delay on the Clock in use, but never longer than on the real one: a test that ends cannot turn its TestClock on */
const patience = (delay: Duration.DurationInput): Effect.Effect<void> =>
  Effect.raceFirst(Effect.sleep(delay), Effect.withClock(Effect.sleep(delay), Clocks.real()))

/** code and reason for a scope that ends so */
export const closingFor = (exit: Exit.Exit<unknown, unknown>): Closing =>
  Exit.isSuccess(exit) || Exit.isInterrupted(exit)
    ? { code: 1000, reason: "done" }
    : { code: 3000, reason: "the program failed" }
