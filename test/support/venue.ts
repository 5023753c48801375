import { makeMarket } from "../../src/testing/internal/market/market.ts"
import type { Options } from "../../src/testing/internal/venue/socket.ts"
import { makeVenueSocket } from "../../src/testing/internal/venue/socket.ts"

export const start = 1_700_000_000_000

export type Json = { readonly [field: string]: unknown } & { readonly event?: string } | ReadonlyArray<unknown>

/** One connection to a separate market, whose clock advances manually, a quarter of a second at a time. */
export const connect = (
  { history = 60_000, ...options }: Partial<Options> & {
    readonly symbols?: ReadonlyArray<string>
    /** ms that the market simulates before the connection */
    readonly history?: number
  } = {}
) => {
  const symbols = options.symbols ?? ["tBTCUSD", "tBTCF0:USTF0", "fUSD"]
  const market = makeMarket({
    seed: 1,
    start,
    step: 250,
    tradingSymbols: symbols.filter((symbol) => symbol.startsWith("t")),
    fundingSymbols: symbols.filter((symbol) => symbol.startsWith("f")),
    history
  })
  const texts: Array<string> = []
  const listeners: Array<(frame: Json) => void> = []
  const ids = new Map<string, number>()
  let now = start
  const venue = makeVenueSocket({
    market,
    now: () => now,
    emit: (text) => {
      texts.push(text)
      for (const listener of listeners) listener(JSON.parse(text))
    },
    serverId: "00000000-0000-4000-8000-000000000000",
    channelCap: 30,
    // descending, so that the order of ids differs from the order of subscriptions
    chanIdOf: (name) => {
      if (!ids.has(name)) ids.set(name, 1000 - ids.size)
      return ids.get(name)!
    },
    ...options
  })
  market.onStep(venue.step)
  venue.open()
  /** frames since the last call */
  const take = (): ReadonlyArray<Json> => texts.splice(0).map((text) => JSON.parse(text))
  return {
    venue,
    market,
    texts,
    take,
    now: () => now,
    onFrame: (listener: (frame: Json) => void) => {
      listeners.push(listener)
    },
    send: (message: unknown) => {
      venue.receive(typeof message === "string" ? message : JSON.stringify(message))
    },
    /** the frames that answer a message */
    ask: (message: unknown): ReadonlyArray<Json> => {
      take()
      venue.receive(typeof message === "string" ? message : JSON.stringify(message))
      return take()
    },
    /** the event loop was busy for this time: one late call in place of many */
    stall: (millis: number) => {
      now += millis
      venue.tick(now)
      market.advance(now)
    },
    pass: (millis: number) => {
      for (const end = now + millis; now < end;) {
        now += 250
        venue.tick(now)
        market.advance(now)
      }
    }
  }
}

/** an array frame; any other frame fails the test */
export const array = (frame: Json | undefined): ReadonlyArray<unknown> => {
  if (!Array.isArray(frame)) throw new Error(`no array: ${JSON.stringify(frame)}`)
  return frame
}

export const arrays = (frames: ReadonlyArray<Json>): ReadonlyArray<ReadonlyArray<unknown>> =>
  frames.filter((frame) => Array.isArray(frame)) as ReadonlyArray<ReadonlyArray<unknown>>
