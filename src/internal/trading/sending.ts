/**
 * Writes commands to the socket, and tracks them until each has a result: it keeps their deadlines, writes a ping after
 * a command whose answer is slow, and abandons a socket that answers neither.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { ConnectionClosed, type OutcomeUnknown, TransportError } from "../../BitfinexError.ts"
import { accountInputs } from "../../protocol/channels/Inputs.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import type { SessionEvent } from "../account/events.ts"
import type { Session } from "../account/session.ts"
import * as Deadlines from "../time/deadlines.ts"
import * as Later from "../time/later.ts"
import type { Correlation } from "./correlation.ts"
import * as Fences from "./fences.ts"
import { Flight, type InFlight } from "./inFlight.ts"
import type { LiveOrders } from "./liveOrders.ts"
import type { Operation, Plan } from "./operation.ts"
import type { Resolver } from "./resolution.ts"

/** how long a command may be unanswered before a ping is written after it, ms */
const slowAfter = 250

/**
 * how long a dead socket is left open, so that the venue can still read the cancellations that were written to it, ms
 */
const resetDelay = 1000

/** how long after the end of a login, in addition to `closeTimeout`, events of its socket are awaited, ms */
const closeMargin = 3000

/** A command that was written. */
export interface Sending<A = unknown, U extends OutcomeUnknown = OutcomeUnknown> {
  readonly epoch: number
  /** ms at which the frame was written, by the clock of this machine */
  readonly sent: number
  /** in the order of the operations */
  readonly flights: ReadonlyArray<Flight<A, U>>
  /** waits until each operation has a result */
  readonly await: Effect.Effect<void>
  /** the caller was interrupted: each operation that has no result becomes unknown */
  readonly abandon: () => void
}

/** A command that is to be written. */
interface Writing<A, U extends OutcomeUnknown> {
  readonly epoch: number
  readonly frame: ReadonlyArray<unknown>
  readonly parts: ReadonlyArray<Operation<A, U>>
  /** ms that are left until the deadline */
  readonly within: number
  /**
   * called when the keys of the command may be used again: when all operations have results, and the resolutions of
   * those with `isHeld` have ended
   */
  readonly onFree: () => void
}

export interface Sendings {
  /** writes one frame, which carries all operations in `parts`; returns undefined when nothing was written */
  readonly write: <A, U extends OutcomeUnknown>(command: Writing<A, U>) => Sending<A, U> | undefined
  /** whether the socket of this login has stopped answering, so that no command may be sent on it */
  readonly isDead: (epoch: number) => boolean
  readonly onEvent: (event: SessionEvent) => void
  /** submissions in flight with these cids become unknown: their caller waits no longer */
  readonly abandon: (cids: ReadonlySet<number>, reason: string) => void
  /** the layer is released: commands in flight become unknown */
  readonly release: () => void
}

/**
 * The caller that awaits the results. It holds no reference to the command, since V8 keeps everything that an Effect
 * has waited for until the next full collection (bench/README.md): that was a fifth of the collected memory, and 6 % of
 * the CPU of an order.
 */
interface Waiter {
  isOver: boolean
  resume: ((effect: Effect.Effect<void>) => void) | undefined
}

/** a command that was written, without the types of its records, and with what tracks it */
interface Written {
  readonly epoch: number
  readonly sent: number
  readonly flights: ReadonlyArray<InFlight>
  readonly isSettled: () => boolean
  readonly mark: Fences.Mark
  readonly parts: ReadonlyArray<Operation>
  /** cancels the timer of the deadline */
  stopTimer: () => void
  readonly waiter: Waiter
}

const nothing = (): void => undefined

/** an operation that is no longer needed is dropped: an unknown outcome may be watched for longer than its deadline */
const stopTimer = (written: Written): void => {
  written.stopTimer()
  written.stopTimer = nothing
}

const timedOut = (operation: string, reason: string): TransportError =>
  new TransportError({
    operation,
    stage: "timeout",
    outcome: "unknown",
    reason,
    status: null,
    isRetryable: false
  })

/** the UTC days under which the venue may have stored an order: two of them close to midnight */
const daysOf = (mts: number): ReadonlyArray<string> => [...new Set([mts - 600_000, mts + 3_600_000].map(Cid.dayOf))]

interface Needs {
  readonly session: Session
  readonly correlation: Correlation
  readonly resolver: Resolver
  readonly liveOrders: LiveOrders
  /** its clock and scheduler run the deadlines */
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly fork: (effect: Effect.Effect<void>) => void
  readonly now: () => number
  readonly steady: () => number
  /** whether a cancellation is written after an order that may arrive late */
  readonly writesCancel: boolean
}

interface Core extends Needs {
  readonly deadlines: Deadlines.Deadlines
  readonly fences: Fences.Fences
  /** commands that have no result yet, or whose frame has neither an answer nor a fence */
  readonly tracked: Set<Written>
  /** logins whose socket has stopped answering */
  readonly dead: Set<number>
}

const isUnproven = ({ flights, mark }: Written): boolean =>
  mark.barrier() === undefined && flights.some((flight) => flight.answer() === undefined)

const giveUp = (written: Written, reason: string, errorOf: (operation: string) => OutcomeUnknown["error"]): void => {
  for (const flight of written.flights) {
    if (!flight.isSettled()) flight.giveUp(written.sent, reason, errorOf(flight.operation))
  }
}

/**
 * Writes a cancellation after each unanswered submission of a login: if the venue reads the order late, it reads the
 * cancellation too.
 */
const cancelBehind = ({ tracked, correlation, session, writesCancel }: Core, epoch: number): void => {
  if (!writesCancel) return
  for (const written of tracked) {
    if (written.epoch !== epoch || !isUnproven(written)) continue
    for (const [at, { submission }] of written.parts.entries()) {
      if (submission === undefined || written.flights[at]!.answer() !== undefined) continue
      const { cid } = submission
      // the user may have another order with the same cid, which must not be cancelled
      if (!Cid.isIssued(cid) && correlation.known.namesakes(cid).size > 0) continue
      for (const cidDate of daysOf(written.sent)) {
        session.send(epoch, [0, "oc", null, accountInputs.cancelOrder.body({ cid, cidDate })])
      }
    }
  }
}

/**
 * The deadline of a command has passed, and neither it nor the ping after it was answered: no more commands are sent on
 * this socket. If no answer comes within `resetDelay` either, the socket is reset.
 */
const giveUpSocket = (core: Core, epoch: number): void => {
  const { tracked, dead, deadlines, fences, fiber, session } = core
  if (dead.has(epoch) || session.state.get().login?.epoch !== epoch) return
  dead.add(epoch)
  cancelBehind(core, epoch)
  deadlines.set(fiber, resetDelay, () => {
    const isBack = ![...tracked].some((each) => each.epoch === epoch && isUnproven(each) && fences.isPinged(each.mark))
    if (!isBack) return session.abandon(epoch, "the venue answers neither a command nor the ping after it")
    dead.delete(epoch)
    for (const each of tracked) if (each.isSettled() && !isUnproven(each)) tracked.delete(each)
  })
}

const onDeadline = (core: Core, written: Written): void => {
  written.stopTimer = nothing
  const noAnswer = `no answer within ${Duration.format(core.session.settings.account.commandTimeout)}`
  for (const flight of written.flights) {
    if (flight.isSettled() || flight.takePartial()) continue
    flight.giveUp(written.sent, noAnswer, timedOut(flight.operation, noAnswer))
  }
  if (isUnproven(written) && core.fences.isPinged(written.mark)) giveUpSocket(core, written.epoch)
  // without a fence the frame is tracked further, until a pong comes or the socket ends
  if (!isUnproven(written)) core.tracked.delete(written)
}

const onSlow = (core: Core, written: Written, left: number): void => {
  if (written.flights.some((flight) => flight.answer() === undefined)) core.fences.ping(written.mark)
  written.stopTimer = core.deadlines.set(core.fiber, left, () => onDeadline(core, written))
}

/** decides when the keys of a command may be used again */
interface Hold {
  /** false while the frame is being written */
  isReady: boolean
  /** operations whose resolution still holds the keys */
  unresolved: number
  readonly freeIfDone: () => void
}

/** after a suspicion: queries the order or offer over REST, and accepts the operation if the venue shows it */
const probe = <A, U extends OutcomeUnknown>({ fork }: Core, plan: Plan<A>, flight: Flight<A, U>): void => {
  if (plan.probe === undefined) return
  fork(Effect.matchEffect(plan.probe, {
    onFailure: (error) => Effect.logDebug(`${flight.operation}: the query over REST failed: ${error.message}`),
    onSuccess: (record) => Effect.sync(() => record === undefined ? undefined : flight.settle(record, "rest"))
  }))
}

/** returns the function that reacts to each new phase of one operation */
const follow = <A, U extends OutcomeUnknown>(core: Core, operation: Operation<A, U>, hold: Hold) => {
  const { tracked, correlation, fences, liveOrders, resolver } = core
  const plan = operation.plan?.(correlation.known)
  let isProbed = false
  return (flight: Flight<A, U>, written: Written): void => {
    const { phase } = flight
    liveOrders.onPhase(operation, phase)
    if (phase._tag === "Waiting" && plan !== undefined && !isProbed) {
      isProbed = true
      probe(core, plan, flight)
    }
    if (phase._tag === "Unknown" && phase.late === undefined) {
      if (plan === undefined) correlation.remove(flight)
      else {
        if (operation.isHeld === true) hold.unresolved++
        resolver.start(operation, plan, {
          unknown: phase.unknown,
          sent: written.sent,
          mark: written.mark,
          late: () => flight.answer(),
          awaitLate: flight.awaitLate,
          onLate: (listener) => {
            flight.onLate = listener
          },
          forget: () => {
            correlation.remove(flight)
            if (operation.isHeld === true) hold.unresolved--
            hold.freeIfDone()
          }
        })
      }
    }
    if (!written.isSettled()) return
    wake(written)
    if (written.flights.every((each) => each.answer() !== undefined)) {
      stopTimer(written)
      tracked.delete(written)
      fences.forget(written.mark)
    }
    hold.freeIfDone()
  }
}

const wake = ({ waiter }: Written): void => {
  const { resume } = waiter
  waiter.isOver = true
  waiter.resume = undefined
  resume?.(Effect.void)
}

/** one that is interrupted abandons the frame that was written, so that nothing remains to be undone here */
const over = (waiter: Waiter): Effect.Effect<void> =>
  Later.callback<void>((resume) => {
    if (waiter.isOver) return resume(Effect.void)
    waiter.resume = resume
  })

const write = <A, U extends OutcomeUnknown>(core: Core, command: Writing<A, U>): Sending<A, U> | undefined => {
  const { tracked, correlation, deadlines, fences, fiber, liveOrders, now, session } = core
  const { epoch, frame, onFree, parts, within } = command
  const sent = now()
  const mark = fences.mark(epoch)
  const isSettled = (): boolean => flights.every((flight) => flight.isSettled())
  const hold: Hold = {
    isReady: false,
    unresolved: 0,
    freeIfDone: () => hold.isReady && hold.unresolved === 0 && isSettled() ? onFree() : undefined
  }
  const flights = parts.map((operation) => {
    const changed = follow(core, operation, hold)
    const rule = operation.rule(correlation.known)
    const flight: Flight<A, U> = new Flight(operation, rule, parts.length > 1, () => changed(flight, written))
    return flight
  })
  const waiter: Waiter = { isOver: false, resume: undefined }
  const written: Written = { epoch, sent, mark, parts, flights, isSettled, stopTimer: nothing, waiter }
  // registered before the frame is written: the answer may come while it is being written
  for (const flight of flights) correlation.add(flight)
  for (const operation of parts) liveOrders.onSent(operation, sent)
  if (!session.send(epoch, frame)) {
    fences.forget(mark)
    for (const flight of flights) correlation.remove(flight)
    for (const operation of parts) liveOrders.onUnsent(operation)
    return undefined
  }
  tracked.add(written)
  const first = Math.min(slowAfter, within)
  if (!isSettled()) written.stopTimer = deadlines.set(fiber, first, () => onSlow(core, written, within - first))
  hold.isReady = true
  return {
    epoch,
    sent,
    flights,
    await: isSettled() ? Effect.void : over(waiter),
    abandon: () => {
      waiter.resume = undefined
      giveUp(written, "the call was interrupted before an answer came", () => null)
    }
  }
}

export const make = (needs: Needs): Sendings => {
  const { correlation, fiber, liveOrders, session, steady } = needs
  const deadlines = Deadlines.make()
  const fences = Fences.make({ ping: session.ping, now: steady })
  const core: Core = { ...needs, deadlines, fences, tracked: new Set(), dead: new Set() }
  const { tracked, dead } = core
  return {
    write: (command) => write(core, command),
    isDead: (epoch) => dead.has(epoch),
    abandon: (cids, reason) => {
      for (const { flights, parts, sent } of tracked) {
        for (const [at, { submission }] of parts.entries()) {
          const flight = flights[at]!
          if (submission === undefined || !cids.has(submission.cid) || flight.isSettled()) continue
          flight.giveUp(sent, reason, null)
        }
      }
    },
    onEvent: (event) => {
      correlation.onEvent(event)
      fences.onEvent(event)
      liveOrders.onEvent(event)
      if (event._tag !== "LoggedOut") return
      const { closing: how, epoch } = event
      dead.delete(epoch)
      for (const written of tracked) {
        if (written.epoch !== epoch) continue
        stopTimer(written)
        tracked.delete(written)
        giveUp(
          written,
          "the login ended before the answer",
          (operation) => new ConnectionClosed({ operation, ...how, outcome: "unknown" })
        )
      }
      // a socket that never ends produces no event that would settle its frames
      deadlines.set(
        fiber,
        Duration.toMillis(session.settings.socket.closeTimeout) + closeMargin,
        () => fences.expire(epoch)
      )
    },
    release: () => {
      for (const written of tracked) {
        stopTimer(written)
        giveUp(written, "its layer was released before an answer came", () => null)
      }
      tracked.clear()
    }
  }
}
