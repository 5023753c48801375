/**
 * Commands that were written to the socket: their deadlines, the ping behind those that are slow, and a path that no longer
 * answers.
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

/** how long a command may be unanswered before a ping is written behind it, ms */
const slowAfter = 250

/** how long the peer has to read a cancellation that was written behind an order before the socket is reset, ms */
const parting = 1000

/** how long after the end of a login, beyond `closeTimeout`, its socket is believed to have ended, ms */
const closing = 3000

/** A command that was written. */
export interface Sending<A = unknown, U extends OutcomeUnknown = OutcomeUnknown> {
  readonly epoch: number
  /** ms of the time of day */
  readonly sent: number
  /** in the order of the operations */
  readonly flights: ReadonlyArray<Flight<A, U>>
  /** waits until each operation has a result */
  readonly await: Effect.Effect<void>
  /** the caller waits no longer: operations without a result are unknown from now on */
  readonly abandon: () => void
}

/** A command that is to be written. */
interface Writing<A, U extends OutcomeUnknown> {
  readonly epoch: number
  readonly frame: ReadonlyArray<unknown>
  readonly parts: ReadonlyArray<Operation<A, U>>
  /** ms that are left */
  readonly within: number
  /** the keys of the command are free again, after its resolution where that holds them */
  readonly onFree: () => void
}

export interface Sendings {
  /** undefined when nothing was written; the frame is that of all operations */
  readonly write: <A, U extends OutcomeUnknown>(command: Writing<A, U>) => Sending<A, U> | undefined
  /** the path of this login does not answer any more: nothing is to be sent over it */
  readonly isDead: (epoch: number) => boolean
  readonly onEvent: (event: SessionEvent) => void
  /** the layer is released: what is in flight ends as unknown */
  readonly release: () => void
}

/** the same, for those who do not ask for records */
interface Written {
  readonly epoch: number
  readonly sent: number
  readonly flights: ReadonlyArray<InFlight>
  readonly isSettled: () => boolean
  readonly mark: Fences.Mark
  readonly parts: ReadonlyArray<Operation>
  timer: () => void
  wake: () => void
}

const nothing = (): void => undefined

const timedOut = (operation: string, reason: string): TransportError =>
  new TransportError({
    operation,
    stage: "timeout",
    outcome: "unknown",
    reason,
    status: null,
    isRetryable: false
  })

/** the days under which the venue may keep an order, close to midnight two */
const daysOf = (mts: number): ReadonlyArray<string> => [...new Set([mts - 600_000, mts + 3_600_000].map(Cid.dayOf))]

interface Needs {
  readonly session: Session
  readonly correlation: Correlation
  readonly resolver: Resolver
  readonly liveOrders: LiveOrders
  /** on whose clock deadlines are kept */
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly fork: (effect: Effect.Effect<void>) => void
  readonly now: () => number
  readonly steady: () => number
  /** a cancellation is written behind an order that may arrive late */
  readonly writesCancel: boolean
}

interface Core extends Needs {
  readonly deadlines: Deadlines.Deadlines
  readonly fences: Fences.Fences
  /** what was written and is not answered, or not proven */
  readonly all: Set<Written>
  /** logins whose path does not answer */
  readonly dead: Set<number>
}

const isUnproven = ({ flights, mark }: Written): boolean =>
  mark.barrier() === undefined && flights.some((flight) => flight.answer() === undefined)

const giveUp = (written: Written, reason: string, errorOf: (operation: string) => OutcomeUnknown["error"]): void => {
  for (const flight of written.flights) {
    if (!flight.isSettled()) flight.giveUp(written.sent, reason, errorOf(flight.operation))
  }
}

/** so that an order which arrives late brings its own cancellation */
const cancelBehind = ({ all, correlation, session, writesCancel }: Core, epoch: number): void => {
  if (!writesCancel) return
  for (const written of all) {
    if (written.epoch !== epoch || !isUnproven(written)) continue
    for (const [at, { submission }] of written.parts.entries()) {
      if (submission === undefined || written.flights[at]!.answer() !== undefined) continue
      const { cid } = submission
      // another order of the user's may bear the same cid
      if (!Cid.isIssued(cid) && correlation.known.namesakes(cid).size > 0) continue
      for (const cidDate of daysOf(written.sent)) {
        session.send(epoch, [0, "oc", null, accountInputs.cancelOrder.body({ cid, cidDate })])
      }
    }
  }
}

/** a ping behind an unanswered command was not answered by the deadline of that command */
const giveUpPath = (core: Core, epoch: number): void => {
  const { all, dead, deadlines, fences, fiber, session } = core
  if (dead.has(epoch) || session.state.get().login?.epoch !== epoch) return
  dead.add(epoch)
  cancelBehind(core, epoch)
  deadlines.set(fiber, parting, () => {
    const isBack = ![...all].some((each) => each.epoch === epoch && isUnproven(each) && fences.isPinged(each.mark))
    if (!isBack) return session.abandon(epoch, "the venue answers neither a command nor the ping behind it")
    dead.delete(epoch)
    for (const each of all) if (each.isSettled() && !isUnproven(each)) all.delete(each)
  })
}

const onDeadline = (core: Core, written: Written): void => {
  const over = `no answer within ${Duration.format(core.session.settings.commandTimeout)}`
  for (const flight of written.flights) {
    if (flight.isSettled() || flight.takePartial()) continue
    flight.giveUp(written.sent, over, timedOut(flight.operation, over))
  }
  if (isUnproven(written) && core.fences.isPinged(written.mark)) giveUpPath(core, written.epoch)
  // a command whose pong has come needs no more, the others wait for the end of their socket
  if (!isUnproven(written)) core.all.delete(written)
}

const onSlow = (core: Core, written: Written, left: number): void => {
  if (written.flights.some((flight) => flight.answer() === undefined)) core.fences.ping(written.mark)
  written.timer = core.deadlines.set(core.fiber, left, () => onDeadline(core, written))
}

/** when the keys of a command are free again */
interface Hold {
  isReady: boolean
  /** operations whose keys stay taken until they are resolved */
  holding: number
  readonly freeIfDone: () => void
}

/** asks the venue for what a suspicion is about */
const probe = <A, U extends OutcomeUnknown>({ fork }: Core, plan: Plan<A>, flight: Flight<A, U>): void => {
  if (plan.probe === undefined) return
  fork(Effect.matchEffect(plan.probe, {
    onFailure: (error) => Effect.logDebug(`${flight.operation}: the venue could not be asked: ${error.message}`),
    onSuccess: (record) => Effect.sync(() => record === undefined ? undefined : flight.settle(record, "rest", null))
  }))
}

/** what follows from each new phase of one operation */
const follow = <A, U extends OutcomeUnknown>(core: Core, operation: Operation<A, U>, hold: Hold) => {
  const { all, correlation, fences, liveOrders, resolver } = core
  const plan = operation.plan?.(correlation.known)
  let isProbed = false
  return (flight: Flight<A, U>, written: Written): void => {
    const { phase } = flight
    if (operation.submission !== undefined) liveOrders.onPhase(operation.submission.cid, phase)
    if (phase._tag === "Waiting" && plan !== undefined && !isProbed) {
      isProbed = true
      probe(core, plan, flight)
    }
    if (phase._tag === "Unknown" && phase.late === undefined) {
      if (plan === undefined) correlation.remove(flight)
      else {
        if (operation.isHeld === true) hold.holding++
        resolver.start(plan, {
          unknown: phase.unknown,
          sent: written.sent,
          mark: written.mark,
          late: () => flight.answer(),
          awaitLate: flight.awaitLate,
          forget: () => {
            correlation.remove(flight)
            if (operation.isHeld === true) hold.holding--
            hold.freeIfDone()
          }
        })
      }
    }
    if (!written.isSettled()) return
    written.wake()
    if (written.flights.every((each) => each.answer() !== undefined)) {
      written.timer()
      all.delete(written)
      fences.forget(written.mark)
    }
    hold.freeIfDone()
  }
}

const settled = (written: Written): Effect.Effect<void> =>
  Later.callback<void>((resume) => {
    if (written.isSettled()) return resume(Effect.void)
    written.wake = () => {
      written.wake = nothing
      resume(Effect.void)
    }
    return Effect.sync(() => {
      written.wake = nothing
    })
  })

const write = <A, U extends OutcomeUnknown>(core: Core, command: Writing<A, U>): Sending<A, U> | undefined => {
  const { all, correlation, deadlines, fences, fiber, liveOrders, now, session } = core
  const { epoch, frame, onFree, parts, within } = command
  const sent = now()
  const mark = fences.mark(epoch)
  const isSettled = (): boolean => flights.every((flight) => flight.isSettled())
  const hold: Hold = {
    isReady: false,
    holding: 0,
    freeIfDone: () => hold.isReady && hold.holding === 0 && isSettled() ? onFree() : undefined
  }
  const flights = parts.map((operation) => {
    const changed = follow(core, operation, hold)
    const rule = operation.rule(correlation.known)
    const flight: Flight<A, U> = new Flight(operation, rule, parts.length > 1, () => changed(flight, written))
    return flight
  })
  const written: Written = { epoch, sent, mark, parts, flights, isSettled, timer: nothing, wake: nothing }
  // the answer may be there at once
  for (const flight of flights) correlation.add(flight)
  for (const { submission } of parts) if (submission !== undefined) liveOrders.onSent(submission, sent)
  if (!session.send(epoch, frame)) {
    fences.forget(mark)
    for (const flight of flights) correlation.remove(flight)
    for (const { submission } of parts) if (submission !== undefined) liveOrders.onUnsent(submission.cid)
    return undefined
  }
  all.add(written)
  const first = Math.min(slowAfter, within)
  if (!isSettled()) written.timer = deadlines.set(fiber, first, () => onSlow(core, written, within - first))
  hold.isReady = true
  return {
    epoch,
    sent,
    flights,
    await: settled(written),
    abandon: () => giveUp(written, "the call was interrupted before an answer came", () => null)
  }
}

export const make = (needs: Needs): Sendings => {
  const { correlation, fiber, liveOrders, session, steady } = needs
  const deadlines = Deadlines.make()
  const fences = Fences.make({ ping: session.ping, now: steady })
  const core: Core = { ...needs, deadlines, fences, all: new Set(), dead: new Set() }
  const { all, dead } = core
  return {
    write: (command) => write(core, command),
    isDead: (epoch) => dead.has(epoch),
    onEvent: (event) => {
      correlation.onEvent(event)
      fences.onEvent(event)
      liveOrders.onEvent(event)
      if (event._tag !== "LoggedOut") return
      const { closing: how, epoch } = event
      dead.delete(epoch)
      for (const written of all) {
        if (written.epoch !== epoch) continue
        written.timer()
        all.delete(written)
        giveUp(
          written,
          "the login ended before the answer",
          (operation) => new ConnectionClosed({ operation, ...how, outcome: "unknown" })
        )
      }
      // no event may come of a socket that never ends
      deadlines.set(fiber, Duration.toMillis(session.settings.closeTimeout) + closing, () => fences.over(epoch))
    },
    release: () => {
      for (const written of all) {
        written.timer()
        giveUp(written, "its layer was released before an answer came", () => null)
      }
      all.clear()
    }
  }
}
