/**
 * Fences: proofs that a written frame cannot reach the venue from now on (it has, or it never will). There are two:
 *
 * - the pong to a ping that was written after the frame, in the same login;
 * - a close frame with a code from the venue, received after the frame was written. Code 1006 means that no close frame
 *   arrived, so it is not a fence; neither is a close frame without a code.
 *
 * A third one, that a frame never left this process, is only used where it is certain: when the socket refused it. The
 * bytes that `ws` still buffers when a socket ends (`bufferedAmount`) prove nothing more in practice: Node hands a
 * frame to the kernel at once, which takes hundreds of kilobytes on a path that stalls, and a command has a few hundred
 * bytes.
 *
 * Both assume that the venue's gateway handles the frames of one socket in the order in which TCP delivers them. The
 * manual does not promise that, but no known behaviour contradicts it.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { SessionEvent } from "../account/events.ts"
import * as Later from "../time/later.ts"

/** The knowledge about the arrival of a frame after its socket ended or a pong arrived. */
export type Barrier =
  /** the frame can no longer arrive; `at` is ms of the steady clock, in both members */
  | { readonly _tag: "Fenced"; readonly by: "pong" | "close"; readonly at: number }
  /** the socket has ended without a fence: the frame may still arrive */
  | { readonly _tag: "None"; readonly at: number }

/** A written frame, whose arrival is tracked. */
export interface Mark {
  readonly epoch: number
  /** undefined until a pong comes or the socket ends */
  readonly barrier: () => Barrier | undefined
  readonly awaitBarrier: Effect.Effect<Barrier>
}

interface Frame extends Mark {
  set: (barrier: Barrier) => void
  /** number of the first ping that was written after the frame */
  ping: number | undefined
}

export interface Fences {
  /** tracks a frame that is written in the same step */
  readonly mark: (epoch: number) => Mark
  /** writes a ping after an unanswered frame, unless one was written; it also serves all earlier frames of the login */
  readonly ping: (mark: Mark) => void
  /** whether a ping was written after the frame, and neither has a pong arrived nor the socket ended */
  readonly isPinged: (mark: Mark) => boolean
  /** stops waiting for fences of a login that has ended: no more events are expected from its socket */
  readonly expire: (epoch: number) => void
  /** stops tracking a frame: it was answered, or never written */
  readonly forget: (mark: Mark) => void
  readonly onEvent: (event: SessionEvent) => void
}

/**
 * close codes that never come from a close frame of the venue: they mean that it had no code, or that no close frame
 * arrived
 */
const codeless = new Set([1005, 1006, 1015])

const frameOf = (epoch: number): Frame => {
  let barrier: Barrier | undefined
  /** made when it is awaited: the barriers of most frames are not */
  let barred: Deferred.Deferred<Barrier> | undefined
  return {
    epoch,
    ping: undefined,
    barrier: () => barrier,
    awaitBarrier: Effect.suspend(() =>
      barrier === undefined ? Deferred.await(barred ??= Later.deferred()) : Effect.succeed(barrier)
    ),
    set: (found) => {
      barrier ??= found
      if (barred !== undefined) Later.done(barred, Effect.succeed(barrier))
    }
  }
}

export const make = ({ now, ping }: {
  /** writes a ping in a login, and returns its number; undefined when nothing was written */
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
    expire: (epoch) => bar((frame) => frame.epoch === epoch, { _tag: "None", at: now() }),
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
