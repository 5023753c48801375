/**
 * One connection of the fake exchange: the protocol in the middle, a way in each direction, and what was seen of the
 * client.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Clocks from "../../../internal/time/clock.ts"
import { isValidCode, noCode } from "../venue/closeCode.ts"
import type { VenueSocket } from "../venue/socket.ts"
import { makeWay } from "./way.ts"

/** What a door does for a connection. The exchange never calls it from within a call of the door's. */
export interface Door {
  readonly send: (data: string | Uint8Array) => void
  /** sends a close frame, or answers the client's */
  readonly close: (code: number, reason: string) => void
  /** cuts the transport without a close frame */
  readonly reset: () => void
  /** stops reading and answering for good */
  readonly freeze: () => void
  /** stops reading for a while, so that what the client sends waits outside; or goes on */
  readonly pause: (isPaused: boolean) => void
}

/** What a door reports. */
export interface Line {
  readonly receive: (data: string | Uint8Array) => void
  /** a ping frame of the transport; `pong` answers it */
  readonly ping: (pong: () => void) => void
  /** the client's close frame, be it an answer or its own wish */
  readonly closed: (code: number, reason: string) => void
  /** the client has ended the transport without a close frame; what it sent before still arrives */
  readonly lost: () => void
  /** the client has reset the transport: what is on its way is dropped */
  readonly reset: () => void
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
  /** keeps what the client sends, or what both sides send, and delivers it after so many ms */
  readonly stall: (millis: number, direction: "toVenue" | "both") => void
  /** answers no ping from now on: of the transport (`frame`), of the protocol (`event`), or none of both */
  readonly mutePong: (kind: "frame" | "event" | undefined) => void
  /** at once, with nothing delivered in between: for the end of the exchange */
  readonly stop: (code: number, reason: string) => void
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

/** what changes in the life of a connection */
interface Life {
  state: State
  end: ReturnType<Connection["end"]>
  /** ms that frames to the client take longer than the latency */
  extra: number
  sent: number
  /** pings of the transport are not answered */
  isMute: boolean
}

export const makeConnection = (options: Options): Effect.Effect<Connection> =>
  Effect.gen(function*() {
    const { clock, door, latency } = options
    const toClient = yield* makeWay(clock)
    const toVenue = yield* makeWay(clock)
    const life: Life = {
      state: "open",
      end: { by: undefined, code: undefined, reason: undefined },
      extra: 0,
      sent: 0,
      isMute: false
    }
    const outward = (deliver: () => void) => toClient.push(latency + life.extra, deliver)
    const inward = (deliver: () => void) =>
      toVenue.push(latency, () => {
        if (life.state !== "closed") deliver()
      })
    const cut = () => {
      toClient.cut()
      toVenue.cut()
    }
    const send = (data: string | Uint8Array) =>
      outward(() => {
        life.sent++
        door.send(data)
      })
    const venue = options.venue((text) => {
      if (life.state === "open") send(text)
    })
    const begins = (by: "client" | "exchange") => {
      life.end = { ...life.end, by: life.end.by ?? by }
    }
    /** the last words, if any, go out behind what is on its way */
    const ended = (code: number, reason: string, lastWords = () => {}) => {
      if (life.state === "closed") return
      life.state = "closed"
      life.end = { by: life.end.by ?? "client", code, reason }
      venue.close()
      toClient.end(latency + life.extra, lastWords)
      toVenue.end(0, () => {})
      options.onChange()
    }
    const lose = () => {
      cut()
      ended(1006, "")
    }

    const connection: Connection = {
      id: options.id,
      url: options.url,
      openedAt: Clocks.mts(clock),
      venue,
      state: () => life.state,
      end: () => life.end,
      sent: () => life.sent,
      line: {
        receive: (data) =>
          inward(() => {
            options.onReceive(connection, data)
            if (life.state === "open") venue.receive(textOf(data))
            options.onChange()
          }),
        ping: (pong) =>
          inward(() => {
            if (life.state === "open" && !life.isMute) outward(pong)
          }),
        closed: (code, reason) =>
          // an answer is owed when the close is the client's wish
          inward(() => ended(code, reason, life.state === "open" ? () => door.close(code, reason) : undefined)),
        lost: () => {
          // a far side that has vanished notices nothing more; tests are to see that the client is gone
          if (toVenue.isCut()) return ended(1006, "")
          toClient.cut()
          inward(() => ended(1006, ""))
        },
        reset: lose
      },
      open: () => {
        options.run(toClient.pump)
        options.run(toVenue.pump)
        venue.open()
        options.onChange()
      },
      send: (data) => {
        if (life.state === "open") send(data)
      },
      drop: (code, reason) => {
        if (life.state === "closed") return
        if (!isValidCode(code) && code !== noCode) {
          begins("exchange")
          lose()
          // what was on its way is lost with the transport, so the reset does not queue behind it
          options.run(Effect.zipRight(clock.sleep(Duration.millis(latency)), Effect.sync(door.reset)))
        } else if (life.state === "open") {
          begins("exchange")
          life.state = "closing"
          venue.close()
          outward(() => door.close(code, reason))
          options.onChange()
        }
      },
      dropBehind: (code) => {
        if (life.state !== "open") return
        venue.close()
        outward(() => connection.drop(code, ""))
      },
      freeze: () => {
        if (life.state !== "open") return
        life.state = "halfOpen"
        cut()
        door.freeze()
        options.onChange()
      },
      delay: (millis) => {
        life.extra = millis
      },
      stall: (millis, direction) => {
        if (life.state !== "open") return
        const until = Clocks.mts(clock) + millis
        toVenue.stall(until)
        if (direction === "both") toClient.stall(until)
        door.pause(true)
        options.run(Effect.zipRight(clock.sleep(Duration.millis(millis)), Effect.sync(() => door.pause(false))))
      },
      mutePong: (kind) => {
        if (kind !== "event") life.isMute = true
        if (kind !== "frame") venue.mutePong()
      },
      stop: (code, reason) => {
        if (life.state === "closed") return
        begins("exchange")
        if (toClient.isCut()) door.reset()
        else door.close(code, reason)
        cut()
        ended(code, reason)
      }
    }
    return connection
  })

/** the venue reads text out of binary frames as well: its official client in Go sends nothing else */
const textOf = (data: string | Uint8Array): string => typeof data === "string" ? data : new TextDecoder().decode(data)
