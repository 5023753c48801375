/**
 * One connection of the fake exchange: the protocol in the middle, a queue each way, and what was seen of the client.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { isValidCode, noCode } from "../venue/closeCode.ts"
import type { VenueSocket } from "../venue/socket.ts"

/** What a door does for a connection. The exchange never calls it from within a call of the door's. */
export interface Door {
  readonly send: (data: string | Uint8Array) => void
  /** sends a close frame, or answers the client's */
  readonly close: (code: number, reason: string) => void
  /** cuts the transport without a close frame */
  readonly reset: () => void
  /** stops reading and answering for good */
  readonly freeze: () => void
}

/** What a door reports. */
export interface Line {
  /** `taken` is called when the exchange has read it, which it does not once the connection is half open */
  readonly receive: (data: string | Uint8Array, taken?: () => void) => void
  /** the client's close frame, be it an answer or its own wish */
  readonly closed: (code: number, reason: string) => void
  /** the transport is gone without a close frame */
  readonly lost: () => void
}

export type State = "open" | "halfOpen" | "closing" | "closed"

export interface Connection {
  readonly id: number
  readonly url: string
  readonly openedAt: number
  readonly venue: VenueSocket
  readonly line: Line
  readonly state: () => State
  /** how it ended */
  readonly end: () => {
    readonly by: "client" | "exchange" | undefined
    readonly code: number | undefined
    readonly reason: string | undefined
  }
  /** frames handed to the door */
  readonly sent: () => number
  readonly open: () => void
  readonly send: (data: string | Uint8Array) => void
  readonly drop: (code: number, reason: string) => void
  /** drops once what was sent so far has gone out; nothing more is said or heard */
  readonly dropBehind: (code: number) => void
  readonly freeze: () => void
  readonly delay: (millis: number) => void
  /** at once, with nothing delivered in between: for the end of the exchange */
  readonly stop: (code: number, reason: string) => void
}

interface Item {
  readonly due: number
  readonly deliver: () => void
  /** nothing follows, so who waits for more can go */
  readonly isLast: boolean
}

export interface Options {
  readonly id: number
  readonly url: string
  readonly door: Door
  readonly clock: Clock.Clock
  readonly latency: number
  readonly run: (effect: Effect.Effect<void>) => void
  /** makes the protocol, given where its frames go */
  readonly venue: (emit: (text: string) => void) => VenueSocket
  readonly onReceive: (connection: Connection, data: string | Uint8Array) => void
  readonly onChange: () => void
}

export const makeConnection = (options: Options): Effect.Effect<Connection> =>
  Effect.gen(function*() {
    const { clock, door, latency } = options
    const outbound = yield* Queue.unbounded<Item>()
    const inbound = yield* Queue.unbounded<Item>()
    let state: State = "open"
    /** the transport is gone, and what was on its way with it */
    let cut = false
    let by: "client" | "exchange" | undefined
    let code: number | undefined
    let reason: string | undefined
    let extra = 0
    let sent = 0

    const pump = Effect.fnUntraced(function*(queue: Queue.Dequeue<Item>) {
      while (true) {
        const item = yield* Queue.take(queue)
        const wait = item.due - clock.unsafeCurrentTimeMillis()
        if (wait > 0) yield* clock.sleep(Duration.millis(wait))
        item.deliver()
        if (item.isLast) return
      }
    })

    const later = (queue: Queue.Enqueue<Item>, millis: number, deliver: () => void, isLast = false) => {
      queue.unsafeOffer({ due: clock.unsafeCurrentTimeMillis() + millis, deliver, isLast })
    }

    const outward = (deliver: () => void, isLast = false) =>
      later(outbound, latency + extra, () => {
        if (!cut) deliver()
      }, isLast)
    const inward = (deliver: () => void) =>
      later(inbound, latency, () => {
        if (!cut && state !== "closed") deliver()
      })

    const send = (data: string | Uint8Array) =>
      outward(() => {
        sent++
        door.send(data)
      })

    /** the last words, if any, go out behind what is on its way */
    const ended = (seen: number, text: string, lastWords = () => {}) => {
      state = "closed"
      code = seen
      reason = text
      by ??= "client"
      venue.close()
      outward(lastWords, true)
      later(inbound, 0, () => {}, true)
      options.onChange()
    }

    const venue = options.venue((text) => {
      if (state === "open") send(text)
    })

    const connection: Connection = {
      id: options.id,
      url: options.url,
      openedAt: clock.unsafeCurrentTimeMillis(),
      venue,
      state: () => state,
      end: () => ({ by, code, reason }),
      sent: () => sent,
      line: {
        receive: (data, taken) =>
          inward(() => {
            taken?.()
            options.onReceive(connection, data)
            if (typeof data === "string" && state === "open") venue.receive(data)
            options.onChange()
          }),
        closed: (seen, text) =>
          // an answer is owed when the close is the client's wish
          inward(() => ended(seen, text, state === "open" ? () => door.close(seen, text) : undefined)),
        lost: () => {
          cut = true
          if (state !== "closed") ended(1006, "")
        }
      },
      open: () => {
        options.run(pump(outbound))
        options.run(pump(inbound))
        venue.open()
        options.onChange()
      },
      send: (data) => {
        if (state === "open") send(data)
      },
      drop: (wanted, text) => {
        if (state === "closed") return
        if (!isValidCode(wanted) && wanted !== noCode) {
          by = "exchange"
          cut = true
          ended(1006, "")
          // what was on its way is lost with the transport, so the reset does not queue behind it
          options.run(Effect.zipRight(clock.sleep(Duration.millis(latency)), Effect.sync(door.reset)))
        } else if (state === "open") {
          by = "exchange"
          state = "closing"
          venue.close()
          outward(() => door.close(wanted, text))
          options.onChange()
        }
      },
      dropBehind: (wanted) => {
        if (state !== "open") return
        venue.close()
        outward(() => connection.drop(wanted, ""))
      },
      freeze: () => {
        if (state !== "open") return
        state = "halfOpen"
        cut = true
        door.freeze()
        options.onChange()
      },
      delay: (millis) => {
        extra = millis
      },
      stop: (wanted, text) => {
        if (state === "closed") return
        by ??= "exchange"
        if (cut) door.reset()
        else door.close(wanted, text)
        cut = true
        ended(wanted, text)
      }
    }
    return connection
  })
