import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import type * as Fault from "../../src/testing/Fault.ts"
import { nextNonce, signatureOf } from "./signedPost.ts"
import type { Client } from "./sockets.ts"
import { connect } from "./sockets.ts"

// Inputs and expectations are written after the manual, independent of our client.

/** an exchange whose market does not move within a minute */
export const inMemory = (options: FakeExchange.Options = {}) =>
  Effect.provide(
    FakeExchange.layerMemory({ history: 60_000, symbols: ["tBTCUSD", "fUSD"], step: 60_000, ...options })
  )

/** a limit order far below the market */
export const limit = (more: object = {}) => ({
  type: "EXCHANGE LIMIT",
  symbol: "tBTCUSD",
  amount: "0.1",
  price: "20000",
  ...more
})

export const settle = TestClock.adjust(0)

export const inject = (fault: Fault.Fault) =>
  Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.inject(fault))

export const view = (key = "demo-key") => Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account(key))

/** a login frame with a larger nonce than the previous one */
export const auth = (more: { readonly [field: string]: unknown } = {}, secret = "demo-secret") => {
  const nonce = nextNonce()
  const payload = `AUTH${nonce}`
  return {
    event: "auth",
    apiKey: "demo-key",
    authNonce: nonce,
    authPayload: payload,
    authSig: signatureOf(payload, secret),
    ...more
  }
}

export interface AccountClient extends Client {
  /** sends an input on channel 0 */
  readonly input: (type: string, body: unknown, id?: number | null) => void
  /** frames since the last call */
  readonly take: () => ReadonlyArray<any>
}

export const opened = Effect.gen(function*() {
  const client = yield* connect
  yield* settle
  let seen = 0
  return {
    ...client,
    input: (type, body, id = null) => client.ws.send(JSON.stringify([0, type, id, body])),
    take: () => {
      const all = client.texts()
      const fresh = all.slice(seen)
      seen = all.length
      return fresh.map((text) => JSON.parse(text))
    }
  } satisfies AccountClient as AccountClient
})

/** a connection that is logged in and has received its snapshots */
export const loggedIn = (
  more: { readonly [field: string]: unknown } = {},
  secret?: string,
  before: ReadonlyArray<object> = []
) =>
  Effect.gen(function*() {
    const client = yield* opened
    for (const message of before) client.ask(message)
    client.ask(auth(more, secret))
    yield* settle
    client.take()
    return client
  })

/** the frames that follow an input */
export const answer = (client: AccountClient, type: string, body: unknown, id?: number | null) =>
  Effect.gen(function*() {
    client.take()
    client.input(type, body, id)
    yield* settle
    return account(client.take())
  })

/** frames of channel 0, without heartbeats */
export const account = (frames: ReadonlyArray<any>): ReadonlyArray<any> =>
  frames.filter((frame) => Array.isArray(frame) && frame[0] === 0 && frame[1] !== "hb")

/** types of frames of channel 0; of notifications their own type */
export const types = (frames: ReadonlyArray<any>): ReadonlyArray<string> =>
  account(frames).map((frame) => (frame[1] === "n" ? `n ${frame[2][1]}` : frame[1]))

/** rows of one type of events */
export const rows = (frames: ReadonlyArray<any>, type: string): ReadonlyArray<any> =>
  account(frames).flatMap((frame) => (frame[1] === type ? [frame[2]] : []))

/** the first notification: type, payload, status, text */
export const notice = (frames: ReadonlyArray<any>) => {
  const [row] = rows(frames, "n")
  return { type: row?.[1], info: row?.[4], code: row?.[5], status: row?.[6], text: row?.[7], row }
}
