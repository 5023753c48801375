/**
 * What bars a frame from arriving later. After a fence, nothing that was written before can still reach the venue:
 *
 * - the pong to a ping that was written behind the frame in the same login;
 * - a close frame with a code from the venue, behind the write. 1006 is no such frame, nor is one without a code.
 *
 * Both rest on the venue's gateway handling the frames of one socket in their order, as TCP delivers them. No manual
 * promises that; nothing that we know contradicts it.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { SessionEvent } from "../account/events.ts"
import * as Later from "../time/later.ts"

export type Barrier =
  | { readonly _tag: "Fenced"; readonly by: "pong" | "close"; readonly at: number }
  /** the socket has ended, and nothing proves that the frame cannot arrive */
  | { readonly _tag: "None"; readonly at: number }

/** A frame that was written. */
export interface Mark {
  readonly epoch: number
  /** undefined while the socket is open and no pong has come */
  readonly barrier: () => Barrier | undefined
  readonly awaitBarrier: Effect.Effect<Barrier>
}

interface Frame extends Mark {
  set: (barrier: Barrier) => void
  /** the number of the ping behind it */
  ping: number | undefined
}

export interface Fences {
  /** notes a frame that has just been written */
  readonly mark: (epoch: number) => Mark
  /** writes a ping behind a frame that is not answered; once for all that were written before */
  readonly ping: (mark: Mark) => void
  /** whether a ping was written behind it that was not answered */
  readonly isPinged: (mark: Mark) => boolean
  /** nothing more is heard of the sockets of a login that has ended */
  readonly over: (epoch: number) => void
  /** the frame needs no barrier any more */
  readonly forget: (mark: Mark) => void
  readonly onEvent: (event: SessionEvent) => void
}

/** close codes that no frame of the venue bears: none was sent, or none came */
const codeless = new Set([1005, 1006, 1015])

const frameOf = (epoch: number): Frame => {
  const barred = Later.deferred<Barrier>()
  let barrier: Barrier | undefined
  return {
    epoch,
    ping: undefined,
    barrier: () => barrier,
    awaitBarrier: Deferred.await(barred),
    set: (found) => {
      barrier ??= found
      Later.done(barred, Effect.succeed(barrier))
    }
  }
}

export const make = ({ now, ping }: {
  /** writes a ping in a login, and answers its number */
  readonly ping: (epoch: number) => number | undefined
  /** ms of a clock that never steps */
  readonly now: () => number
}): Fences => {
  const open = new Map<Mark, Frame>()

  const bar = (isMeant: (frame: Frame) => boolean, barrier: Barrier): void => {
    for (const frame of [...open.values()].filter(isMeant)) {
      open.delete(frame)
      frame.set(barrier)
    }
  }

  return {
    mark: (epoch) => {
      const frame = frameOf(epoch)
      open.set(frame, frame)
      return frame
    },
    ping: (mark) => {
      const frame = open.get(mark)
      if (frame === undefined || frame.ping !== undefined) return
      const number = ping(mark.epoch)
      if (number === undefined) return
      for (const each of open.values()) if (each.epoch === mark.epoch) each.ping ??= number
    },
    isPinged: (mark) => open.get(mark)?.ping !== undefined,
    over: (epoch) => bar((frame) => frame.epoch === epoch, { _tag: "None", at: now() }),
    forget: (mark) => {
      open.delete(mark)
    },
    onEvent: (event) => {
      if (event._tag === "Pong") {
        bar(
          ({ epoch, ping }) => epoch === event.epoch && ping !== undefined && ping <= event.ping,
          { _tag: "Fenced", by: "pong", at: now() }
        )
      } else if (event._tag === "Closed") {
        const at = now()
        bar(
          ({ epoch }) => epoch === event.epoch,
          codeless.has(event.code) ? { _tag: "None", at } : { _tag: "Fenced", by: "close", at }
        )
      }
    }
  }
}
