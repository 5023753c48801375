/**
 * A socket and an HTTP client for the probe, written against the venue's protocol and not with this package's own client,
 * whose assumptions the probe checks.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createHmac } from "node:crypto"

export interface Frame {
  /** ms since the epoch */
  readonly at: number
  readonly text: string
  /** the parsed text; undefined when it is not JSON */
  readonly json: any
}

/** the requests of one connection have this long for their answers, ms */
export const patience = 10_000

export interface Link {
  readonly frames: () => ReadonlyArray<Frame>
  readonly isOpen: () => boolean
  /** sends JSON */
  readonly send: (message: unknown) => void
  /** sends a text frame, or a binary frame, as it is */
  readonly raw: (data: string | Uint8Array) => void
  /** sends a ping frame of the transport */
  readonly ping: () => void
  /** number of answers to it */
  readonly pongs: () => number
  /** the first frame from number `from` on that `is` accepts; undefined when none arrives in time */
  readonly find: (is: (json: any) => boolean, within?: number, from?: number) => Effect.Effect<Frame | undefined>
  /** sends JSON, and waits for a frame that arrives after it */
  readonly ask: (
    message: unknown,
    is: (json: any) => boolean,
    within?: number
  ) => Effect.Effect<Frame | undefined>
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** frames stop for this long when the venue or the way to it is dead: heartbeats come every 15 s */
const deadAfter = 40_000

/** waits for a condition; false when it does not come true in time */
export const until = (condition: () => boolean, within: number): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    const end = (yield* Clock.currentTimeMillis) + within
    while (!condition()) {
      if ((yield* Clock.currentTimeMillis) >= end) return false
      yield* Effect.sleep("25 millis")
    }
    return true
  })

/** A connection; one that cannot be opened has no frames. It is closed with the scope. */
export const open = (url: string): Effect.Effect<Link, never, Scope.Scope | Socket.WebSocketConstructor> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const construct = yield* Socket.WebSocketConstructor
    const frames: Array<Frame> = []
    let pongs = 0
    let last = clock.unsafeCurrentTimeMillis()
    const socket: any = yield* Effect.acquireRelease(
      Effect.sync(() => construct(url)),
      (made) => Effect.sync(() => made.close(1000))
    )
    const isOpen = () => socket.readyState === 1
    const isDead = () => !isOpen() || clock.unsafeCurrentTimeMillis() - last > deadAfter
    socket.on("message", (data: { readonly toString: () => string }) => {
      last = clock.unsafeCurrentTimeMillis()
      const text = data.toString()
      frames.push({ at: last, text, json: parse(text) })
    })
    socket.on("pong", () => pongs++)
    socket.on("error", () => {})
    const find: Link["find"] = (is, within = patience, from = 0) =>
      Effect.gen(function*() {
        let at = from
        let found: Frame | undefined
        yield* until(() => {
          for (; at < frames.length && found === undefined; at++) {
            const frame = frames[at]!
            if (frame.json !== undefined && is(frame.json)) found = frame
          }
          return found !== undefined || isDead()
        }, within)
        return found
      })
    yield* until(() => socket.readyState !== 0, patience)
    const raw = (data: string | Uint8Array) => {
      if (isOpen()) socket.send(data)
    }
    const send = (message: unknown) => raw(JSON.stringify(message))
    return {
      frames: () => frames,
      isOpen,
      send,
      raw,
      ping: () => {
        if (isOpen()) socket.ping()
      },
      pongs: () => pongs,
      find,
      ask: (message, is, within) =>
        Effect.suspend(() => {
          const from = frames.length
          send(message)
          return find(is, within, from)
        })
    }
  })

export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly json: any
  readonly text: string
}

/** The reply to a request; undefined if none arrives in time. */
export const call = (
  method: "GET" | "POST" | "HEAD",
  url: string,
  options: { readonly body?: string; readonly headers?: { readonly [name: string]: string } } = {}
): Effect.Effect<Reply | undefined, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const { body, headers = {} } = options
    const base = HttpClientRequest.make(method)(url, { headers })
    const request = body === undefined ? base : HttpClientRequest.bodyText(base, body, "application/json")
    const response = yield* client.execute(request)
    const text = yield* response.text
    return { status: response.status, headers: response.headers, json: parse(text), text }
  }).pipe(Effect.timeout(patience), Effect.catchAllCause(() => Effect.succeed(undefined)))

export interface Key {
  readonly key: string
  readonly secret: string
}

const hmac = (secret: string, text: string): string => createHmac("sha384", secret).update(text).digest("hex")

/** A nonce that grows with each call, in microseconds. */
export const makeNonce = (): Effect.Effect<() => number> =>
  Effect.map(Effect.clock, (clock) => {
    let last = 0
    return () => {
      last = Math.max(last + 1, clock.unsafeCurrentTimeMillis() * 1000)
      return last
    }
  })

export const signed = (
  restUrl: string,
  { key, secret }: Key,
  nonce: number,
  path: string,
  fields: { readonly [name: string]: unknown } = {}
): Effect.Effect<Reply | undefined, never, HttpClient.HttpClient> => {
  const body = JSON.stringify(fields)
  return call("POST", `${restUrl}/v2/${path}`, {
    body,
    headers: {
      "bfx-apikey": key,
      "bfx-nonce": String(nonce),
      "bfx-signature": hmac(secret, `/api/v2/${path}${nonce}${body}`)
    }
  })
}

/** the frame that logs in */
export const login = ({ key, secret }: Key, nonce: number) => {
  const authPayload = `AUTH${nonce}`
  return { event: "auth", apiKey: key, authNonce: nonce, authPayload, authSig: hmac(secret, authPayload) }
}
