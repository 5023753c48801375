/**
 * One connection of the fake exchange: its protocol, one delivery queue per direction, and its lifecycle.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Clocks from "../../../internal/time/clock.ts"
import { isValidCode, noCode } from "../venue/closeCode.ts"
import type { VenueSocket } from "../venue/socket.ts"
import type { Way } from "./way.ts"
import { makeWay } from "./way.ts"

/** The transport operations that a door provides. The exchange never calls them synchronously from within a door's call. */
export interface Door {
  readonly send: (data: string | Uint8Array) => void
  /** sends a close frame, or answers the client's */
  readonly close: (code: number, reason: string) => void
  /** cuts the transport without a close frame */
  readonly reset: () => void
  /** stops reading and answering permanently */
  readonly freeze: () => void
  /** pauses reading, so that the client's frames wait in the transport; false resumes it */
  readonly pause: (isPaused: boolean) => void
}

/** The events that a door reports. */
export interface Line {
  readonly receive: (data: string | Uint8Array) => void
  /** a ping frame of the transport; `pong` answers it */
  readonly ping: (pong: () => void) => void
  /** the client's close frame, as an answer or on its own initiative */
  readonly closed: (code: number, reason: string) => void
  /** the client has ended the transport without a close frame; earlier frames still arrive */
  readonly lost: () => void
  /** the client has reset the transport: frames in transit are dropped */
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
  /** the end of the connection; undefined members while it is open */
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
  /** drops after the frames sent so far have gone out; no further frame is sent or read */
  readonly dropBehind: (code: number) => void
  readonly freeze: () => void
  readonly delay: (millis: number) => void
  /** holds the client's frames, or the frames of both sides, and delivers them after `millis` ms */
  readonly stall: (millis: number, direction: "toVenue" | "both") => void
  /** stops answering pings of the transport (`frame`), of the protocol (`event`), or both (undefined) */
  readonly mutePong: (kind: "frame" | "event" | undefined) => void
  /** ends immediately and delivers nothing more; used when the exchange ends */
  readonly stop: (code: number, reason: string) => void
}

export interface Options {
  readonly id: number
  readonly url: string
  readonly door: Door
  readonly clock: Clock.Clock
  readonly latency: number
  readonly run: (effect: Effect.Effect<void>) => void
  /** makes the protocol, which emits its frames through `emit` */
  readonly venue: (emit: (text: string) => void) => VenueSocket
  readonly onReceive: (connection: Connection, data: string | Uint8Array) => void
  readonly onChange: () => void
}

/** the mutable state of a connection */
interface Life {
  state: State
  end: ReturnType<Connection["end"]>
  /** delay of frames to the client beyond the latency, ms */
  extra: number
  sent: number
  /** pings of the transport are not answered */
  isMute: boolean
}

/** a connection and what belongs to it */
interface Parts {
  readonly options: Options
  readonly life: Life
  readonly toClient: Way
  readonly toVenue: Way
  readonly venue: VenueSocket
}

const outward = ({ life, options, toClient }: Parts, deliver: () => void): void =>
  toClient.push(options.latency + life.extra, deliver)

const inward = ({ life, options, toVenue }: Parts, deliver: () => void): void =>
  toVenue.push(options.latency, () => {
    if (life.state !== "closed") deliver()
  })

const cut = ({ toClient, toVenue }: Parts): void => {
  toClient.cut()
  toVenue.cut()
}

const send = (parts: Parts, data: string | Uint8Array): void =>
  outward(parts, () => {
    parts.life.sent++
    parts.options.door.send(data)
  })

const begins = ({ life }: Parts, by: "client" | "exchange"): void => {
  life.end = { ...life.end, by: life.end.by ?? by }
}

/** `lastWords` runs after the frames in transit */
const ended = (
  { life, options, toClient, toVenue, venue }: Parts,
  code: number,
  reason: string,
  lastWords = () => {}
) => {
  if (life.state === "closed") return
  life.state = "closed"
  life.end = { by: life.end.by ?? "client", code, reason }
  venue.close()
  toClient.end(options.latency + life.extra, lastWords)
  toVenue.end(0, () => {})
  options.onChange()
}

const lose = (parts: Parts): void => {
  cut(parts)
  ended(parts, 1006, "")
}

const drop = (parts: Parts, code: number, reason: string): void => {
  const { life, options, venue } = parts
  if (life.state === "closed") return
  if (!isValidCode(code) && code !== noCode) {
    begins(parts, "exchange")
    lose(parts)
    // bytes in flight are lost with the transport, so the reset does not queue behind it
    const travelled = options.clock.sleep(Duration.millis(options.latency))
    options.run(Effect.zipRight(travelled, Effect.sync(options.door.reset)))
  } else if (life.state === "open") {
    begins(parts, "exchange")
    life.state = "closing"
    venue.close()
    outward(parts, () => options.door.close(code, reason))
    options.onChange()
  }
}

const stall = ({ life, options, toClient, toVenue }: Parts, millis: number, direction: "toVenue" | "both"): void => {
  if (life.state !== "open") return
  const { clock, door } = options
  const until = Clocks.mts(clock) + millis
  toVenue.stall(until)
  if (direction === "both") toClient.stall(until)
  door.pause(true)
  options.run(Effect.zipRight(clock.sleep(Duration.millis(millis)), Effect.sync(() => door.pause(false))))
}

const lineOf = (parts: Parts, connection: () => Connection): Line => {
  const { life, options, toClient, toVenue, venue } = parts
  return {
    receive: (data) =>
      inward(parts, () => {
        options.onReceive(connection(), data)
        if (life.state === "open") venue.receive(textOf(data))
        options.onChange()
      }),
    ping: (pong) =>
      inward(parts, () => {
        if (life.state === "open" && !life.isMute) outward(parts, pong)
      }),
    closed: (code, reason) =>
      inward(parts, () => {
        // an answer is owed when the close is the client's wish
        const answer = life.state === "open" ? () => options.door.close(code, reason) : undefined
        ended(parts, code, reason, answer)
      }),
    lost: () => {
      // a far side that has vanished notices nothing more; tests are to see that the client is gone
      if (toVenue.isCut()) return ended(parts, 1006, "")
      toClient.cut()
      inward(parts, () => ended(parts, 1006, ""))
    },
    reset: () => lose(parts)
  }
}

export const makeConnection = (options: Options): Effect.Effect<Connection> =>
  Effect.gen(function*() {
    const { clock, door } = options
    const life: Life = {
      state: "open",
      end: { by: undefined, code: undefined, reason: undefined },
      extra: 0,
      sent: 0,
      isMute: false
    }
    const venue = options.venue((text) => {
      if (life.state === "open") send(parts, text)
    })
    const parts: Parts = { options, life, venue, toClient: yield* makeWay(clock), toVenue: yield* makeWay(clock) }
    const connection: Connection = {
      id: options.id,
      url: options.url,
      openedAt: Clocks.mts(clock),
      venue,
      state: () => life.state,
      end: () => life.end,
      sent: () => life.sent,
      line: lineOf(parts, () => connection),
      open: () => {
        options.run(parts.toClient.pump)
        options.run(parts.toVenue.pump)
        venue.open()
        options.onChange()
      },
      send: (data) => {
        if (life.state === "open") send(parts, data)
      },
      drop: (code, reason) => drop(parts, code, reason),
      dropBehind: (code) => {
        if (life.state !== "open") return
        venue.close()
        outward(parts, () => drop(parts, code, ""))
      },
      freeze: () => {
        if (life.state !== "open") return
        life.state = "halfOpen"
        cut(parts)
        door.freeze()
        options.onChange()
      },
      delay: (millis) => {
        life.extra = millis
      },
      stall: (millis, direction) => stall(parts, millis, direction),
      mutePong: (kind) => {
        if (kind !== "event") life.isMute = true
        if (kind !== "frame") venue.mutePong()
      },
      stop: (code, reason) => {
        if (life.state === "closed") return
        begins(parts, "exchange")
        if (parts.toClient.isCut()) door.reset()
        else door.close(code, reason)
        cut(parts)
        ended(parts, code, reason)
      }
    }
    return connection
  })

/** the venue also reads text from binary frames: its official client in Go sends only these */
const textOf = (data: string | Uint8Array): string => typeof data === "string" ? data : new TextDecoder().decode(data)
