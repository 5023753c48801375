import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as MarketData from "../../src/MarketData.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import { steady } from "./market.ts"

export interface Asked {
  readonly event: string
  readonly [field: string]: any
}

/** A connection as the venue sees it. */
export interface Line {
  readonly number: number
  /** time at which it was requested, ms */
  readonly at: number
  readonly asked: Array<Asked & { readonly at: number }>
  /** sends the regular answer, after a delay in ms */
  readonly obey: (frame: Asked, after?: number) => void
  /** a function gives the text when its time has come, or undefined for none */
  readonly say: (frame: unknown, after?: number) => void
  readonly close: (code: number, reason: string) => void
  /** without a close frame */
  readonly drop: () => void
  isOpen: boolean
}

/** a snapshot of a ticker */
const ticker = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]

/**
 * A venue whose every answer the test decides: for answers that no healthy exchange gives, and that the fake
 * exchange cannot give. `obey` gives the regular answers, for tickers.
 */
export const make = (script: {
  readonly onAsked: (frame: Asked, line: Line) => void
  readonly accepts?: (line: Line) => boolean
}) =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const run = Runtime.runFork(yield* Effect.runtime<never>())
    const lines: Array<Line> = []

    const construct = (): globalThis.WebSocket => {
      const target = new EventTarget()
      let isOver = false
      let chanId = 0
      /** frames to send, by the time in ms */
      const due = new Map<number, Array<unknown>>()
      const later = (ms: number, act: () => void) =>
        run(Effect.andThen(Effect.withClock(Effect.sleep(ms), clock), Effect.sync(act)))
      const line: Line = {
        number: lines.length + 1,
        at: clock.unsafeCurrentTimeMillis(),
        asked: [],
        isOpen: false,
        close: (code, reason) => close(code, reason),
        drop: () => close(1006, ""),
        say: (frame, after = 1) => {
          // TestClock wakes the sleepers of one moment in any order
          const at = clock.unsafeCurrentTimeMillis() + after
          const frames = due.get(at)
          if (frames !== undefined) return void frames.push(frame)
          const first = [frame]
          due.set(at, first)
          later(after, () => {
            due.delete(at)
            for (const each of first) {
              if (!line.isOpen) continue
              const data: string | undefined = typeof each === "function" ? each() : JSON.stringify(each)
              if (data !== undefined) target.dispatchEvent(Object.assign(new Event("message"), { data }))
            }
          })
        },
        obey: (frame, after = 1) => {
          const { event, ...echo } = frame
          if (event === "conf") line.say({ event, status: "OK", flags: frame["flags"] }, after)
          if (event === "ping") line.say({ event: "pong", ts: 1, ...echo }, after)
          if (event === "unsubscribe") line.say({ event: "unsubscribed", status: "OK", ...echo }, after)
          if (event !== "subscribe") return
          chanId++
          line.say({ event: "subscribed", ...echo, chanId }, after)
          line.say([chanId, ticker], after)
        }
      }
      lines.push(line)
      const close = (code: number, reason: string) => {
        if (isOver) return
        isOver = true
        line.isOpen = false
        later(1, () => target.dispatchEvent(Object.assign(new Event("close"), { code, reason })))
      }
      later(1, () => {
        if (script.accepts?.(line) === false) return close(1006, "")
        line.isOpen = true
        target.dispatchEvent(new Event("open"))
        line.say({ event: "info", version: 2, serverId: "scripted", platform: { status: 1 } })
      })
      const socket = {
        get readyState() {
          return isOver ? 3 : line.isOpen ? 1 : 0
        },
        send: (text: string) => {
          const frame: Asked = JSON.parse(text)
          line.asked.push({ ...frame, at: clock.unsafeCurrentTimeMillis() })
          script.onAsked(frame, line)
        },
        close: (code = 1000, reason = "") => close(code, reason),
        addEventListener: target.addEventListener.bind(target),
        removeEventListener: target.removeEventListener.bind(target)
      }
      return socket as unknown as globalThis.WebSocket // the client uses only these members
    }
    return { lines, construct }
  })

export type Venue = Effect.Effect.Success<ReturnType<typeof make>>

/** A client of it, by default without flags. */
export const clientOf = (venue: Venue, settings: BitfinexConfig.Overrides = {}) =>
  MarketData.layer.pipe(
    Layer.provide(RateLimiter.layerMemory),
    Layer.provide(Layer.succeed(Socket.WebSocketConstructor, venue.construct)),
    Layer.provide(
      BitfinexConfig.layer({ socket: { reconnect: steady, flags: {}, closeTimeout: "10 millis" } }, settings)
    ),
    Layer.provideMerge(Logger.remove(Logger.defaultLogger))
  )
