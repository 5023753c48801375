/**
 * The sockets of a pool, and which demand is on which of them: sockets are filled before new ones are opened, and an empty
 * one is closed.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Settings } from "../../BitfinexConfig.ts"
import {
  type AccountStreamError,
  ConnectionEnded,
  type StreamError,
  SubscriptionRejected
} from "../../BitfinexError.ts"
import type { Problem, SocketState } from "../../SocketState.ts"
import type * as HealthData from "../health.ts"
import { Delivery } from "../stream/delivery.ts"
import * as Hub from "../stream/hub.ts"
import * as Connection from "./connection.ts"
import type { Demand } from "./demand.ts"
import * as HostProbe from "./hostProbe.ts"
import type { Closing, SocketLike } from "./link.ts"
import type { Member, Placement } from "./placement.ts"
import * as Report from "./report.ts"

export interface Options {
  /** sockets are named `name-1`, `name-2`, … */
  readonly name: string
  readonly url: string
  readonly settings: Settings
  readonly construct: (url: string) => SocketLike
  /** waits for a turn under the connection limit of the host */
  readonly turn: Connection.Options["turn"]
  readonly pause: Connection.Options["pause"]
  readonly maxSockets: number
}

/** a problem, and the socket that noticed it */
export type NamedProblem = Problem & { readonly connection: string }

/** the state of each socket, by name */
export type States = { readonly [connection: string]: SocketState }

/** an empty socket stays open this long, since a stream that ends is often followed by another */
const idleFor = "5 seconds"

/**
 * ms for which a lower limit of channels is kept. It may have been one of the moment; where it was not, the venue refuses the
 * next channel too many, which then goes to another socket
 */
const learnedFor = 1_800_000

interface Needs {
  readonly options: Options
  readonly scope: Scope.Scope
  readonly now: () => number
  /** Effects that the listener's callbacks have requested */
  readonly jobs: Queue.Enqueue<Effect.Effect<void>>
}

export class Sockets {
  readonly delivery = new Delivery()
  readonly states = Hub.value<States>({})
  readonly problems = Hub.make<NamedProblem>({ capacity: 1024 })
  readonly #needs: Needs
  readonly #probe = HostProbe.make()
  readonly #members = new Set<Member>()
  readonly #placements = new Map<string, Placement>()
  /** the channels that a socket had when the venue refused one more, until this ms */
  #learned: { readonly channels: number; readonly until: number } | undefined
  #opened = 0
  /** the scope has closed */
  #isOver = false
  /** the last socket that ended for good, until another one is live */
  #ended: { readonly name: string; readonly reason: string; readonly at: number } | undefined

  constructor(needs: Needs) {
    this.#needs = needs
  }

  // --- demands -------------------------------------------------------------------------------------------------------

  find(id: string): Placement | undefined {
    return this.#placements.get(id)
  }

  /** registers a demand; it is on no socket yet */
  register(id: string, sub: Demand): Placement {
    const placement: Placement = {
      id,
      sub,
      member: undefined,
      entry: undefined,
      pauses: 0,
      downSince: this.#needs.now()
    }
    this.#placements.set(id, placement)
    return placement
  }

  /** puts a demand on a socket, on a new one if need be */
  place(placement: Placement): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.find(placement.id) !== placement) return Effect.void
      if (this.#isOver) {
        const { operation } = placement.sub.request
        const error = new ConnectionEnded({ operation, reason: "its scope has ended", isRetryable: false })
        return Effect.sync(() => this.#settle(placement, error))
      }
      const usable = Array.from(this.#members).filter(({ closing }) => !closing)
      const best = this.#best(usable, placement.sub.request.key)
      if (best !== undefined) return Effect.sync(() => this.#put(placement, best))
      if (usable.length >= this.#needs.options.maxSockets) {
        return Effect.sync(() => this.#settle(placement, noRoom(usable, placement.sub.request)))
      }
      return Effect.map(this.#open, (member) => this.#put(placement, member))
    })
  }

  /** removes a demand that is no longer used from its socket */
  leave(placement: Placement): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.find(placement.id) !== placement) return Effect.void
      this.#placements.delete(placement.id)
      const { member } = placement
      if (member === undefined) return Effect.void
      member.connection.ledger.remove(placement.sub)
      return this.#retire(member)
    })
  }

  /** counts the consumers that want the demand's socket not to be read */
  pause(placement: Placement, wanted: boolean): void {
    placement.pauses += wanted ? 1 : -1
    placement.member?.connection.pause(wanted)
  }

  #best(usable: ReadonlyArray<Member>, wire: string): Member | undefined {
    // a channel that is just being left is taken back, rather than opened a second time on another socket
    return usable.find(({ connection }) => connection.ledger.leaves(wire)) ?? usable
      .filter(({ connection }) => connection.ledger.size < this.#cap && !connection.ledger.has(wire))
      .sort((a, b) => b.connection.ledger.size - a.connection.ledger.size)[0]
  }

  /** channels that a socket takes, as far as is known */
  get #cap(): number {
    const learned = this.#learned
    const { channelsPerSocket } = this.#needs.options.settings.socket
    return learned === undefined || this.#needs.now() >= learned.until ? channelsPerSocket : learned.channels
  }

  #put(placement: Placement, member: Member): void {
    move(placement, member)
    placement.entry = member.connection.ledger.add(placement.sub)
  }

  #settle(placement: Placement, failure?: StreamError): void {
    if (this.find(placement.id) === placement) this.#placements.delete(placement.id)
    placement.sub.end(failure)
    if (placement.member !== undefined) this.#later(this.#retire(placement.member))
  }

  #placementOf(sub: Demand): Placement | undefined {
    for (const placement of this.#placements.values()) if (placement.sub === sub) return placement
    return undefined
  }

  #onRejected(sub: Demand, error: SubscriptionRejected): void {
    const placement = this.#placementOf(sub)
    if (placement !== undefined) this.#settle(placement, error)
  }

  /** fewer channels than we thought fit on a socket: the one too many goes to another socket */
  #onLimit(sub: Demand, channels: number, error: SubscriptionRejected): void {
    const placement = this.#placementOf(sub)
    if (placement === undefined) return
    // a socket that takes not even one says something else than that it is full
    if (channels === 0 || this.#needs.options.maxSockets === 1) return this.#settle(placement, error)
    this.#learned = { channels: Math.min(this.#cap, channels), until: this.#needs.now() + learnedFor }
    this.#elsewhere(placement)
  }

  #onStuck(sub: Demand): boolean {
    const placement = this.#placementOf(sub)
    if (placement === undefined || this.#needs.options.maxSockets === 1) return false
    this.#elsewhere(placement)
    return true
  }

  #elsewhere(placement: Placement): void {
    const { member } = placement
    move(placement, undefined)
    this.#later(this.place(placement))
    if (member !== undefined) this.#later(this.#retire(member))
  }

  #later(job: Effect.Effect<void>): void {
    this.#needs.jobs.unsafeOffer(job)
  }

  // --- sockets -------------------------------------------------------------------------------------------------------

  readonly #open: Effect.Effect<Member> = Effect.suspend(() => {
    const { options } = this.#needs
    const name = `${options.name}-${++this.#opened}`
    return Effect.flatMap(
      Connection.make({
        ...options,
        name,
        probe: this.#probe,
        delivery: this.delivery,
        onState: (state) => {
          if (state._tag === "Live") this.#ended = undefined
          this.states.set({ ...this.states.get(), [name]: state })
        },
        onProblem: (problem) => this.problems.publish({ ...problem, connection: name }),
        onRejected: (sub, error) => this.#onRejected(sub, error),
        onLimit: (sub, channels, error) => this.#onLimit(sub, channels, error),
        onStuck: (sub) => this.#onStuck(sub),
        // taken about once a second, which is how exactly it is known since when a channel is down
        census: () => Report.census(this.#on(name), this.#needs.now())
      }),
      (connection) => this.#run({ connection, fiber: undefined, closing: false })
    )
  })

  #run(member: Member): Effect.Effect<Member> {
    this.#members.add(member)
    return member.connection.run.pipe(
      Effect.onExit((exit) => Effect.sync(() => this.#onEnd(member, exit))),
      Effect.annotateLogs({ connection: member.connection.name }),
      Effect.interruptible,
      Effect.forkDaemon,
      Effect.map((fiber) => {
        member.fiber = fiber
        return member
      })
    )
  }

  /** no reconnection can help, or the socket was closed on purpose */
  #onEnd(member: Member, exit: Exit.Exit<void, AccountStreamError>): void {
    const { closed, name } = member.connection
    this.#members.delete(member)
    const { [name]: _, ...others } = this.states.get()
    this.states.set({ ...others, [name]: { _tag: "Closed", ...closed() } })
    this.states.set(others)
    const error = failureOf(this.#needs.options.name, exit)
    if (error !== undefined) this.#ended = { name, reason: error.message, at: this.#needs.now() }
    for (const placement of this.#on(name)) this.#settle(placement, error)
  }

  /** the demands on a socket */
  #on(name: string): ReadonlyArray<Placement> {
    return Array.from(this.#placements.values()).filter(({ member }) => member?.connection.name === name)
  }

  /** closes the socket after a while, if it is still unused */
  #retire(member: Member): Effect.Effect<void> {
    const isIdle = () => this.#members.has(member) && this.#on(member.connection.name).length === 0
    const closeWhenIdle = Effect.zipRight(
      Effect.sleep(idleFor),
      Effect.suspend(() => isIdle() ? close(member, { code: 1000, reason: "idle" }) : Effect.void)
    )
    return Effect.suspend(() =>
      isIdle() && !member.closing
        ? Effect.asVoid(Effect.forkIn(Effect.interruptible(closeWhenIdle), this.#needs.scope))
        : Effect.void
    )
  }

  /** closes all sockets; the streams end */
  close(closing: Closing): Effect.Effect<void> {
    return Effect.suspend(() => {
      // those that are on their way from one socket to another
      for (const each of Array.from(this.#placements.values())) if (each.member === undefined) this.#settle(each)
      return Effect.forEach(Array.from(this.#members), (member) => close(member, closing), {
        concurrency: "unbounded",
        discard: true
      })
    })
  }

  /** as `close`, and for good */
  end(closing: Closing): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#isOver = true
      return this.close(closing)
    })
  }

  health(): HealthData.HealthSnapshot {
    const at = this.#needs.now()
    const ended = this.#ended
    return {
      sockets: Array.from(this.#members, ({ connection }) => {
        const own = this.#on(connection.name)
        Report.census(own, at)
        return { ...connection.health(), channels: own.map((placement) => Report.channel(placement, at)) }
      }),
      books: Array.from(this.#placements.values()).flatMap((placement) => Report.book(placement, at)),
      ended: ended === undefined ? [] : [{ name: ended.name, reason: ended.reason, age: at - ended.at }]
    }
  }
}

const close = (member: Member, closing: Closing): Effect.Effect<void> =>
  Effect.suspend(() => {
    member.closing = true
    member.connection.closeWith(closing)
    return member.fiber === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(member.fiber))
  })

const move = (placement: Placement, member: Member | undefined): void => {
  for (let k = 0; k < placement.pauses; k++) {
    placement.member?.connection.pause(false)
    member?.connection.pause(true)
  }
  placement.member = member
  placement.entry = undefined
}

const noRoom = (
  usable: ReadonlyArray<Member>,
  { channel, key, operation }: Demand["request"]
): SubscriptionRejected => {
  const isDouble = usable.some(({ connection }) => connection.ledger.has(key))
  return new SubscriptionRejected({
    operation,
    channel,
    request: key,
    code: isDouble ? 10301 : 10305,
    text: isDouble
      ? "this connection has the channel already, under another subId"
      : "this connection has no room for another channel"
  })
}

/** how the streams of a socket end with it */
const failureOf = (operation: string, exit: Exit.Exit<void, AccountStreamError>): StreamError | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  // the cast: these sockets do not log in
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause)) as StreamError | undefined
  if (failure !== undefined || Cause.isInterruptedOnly(exit.cause)) return failure
  // a stream that ended without a word would look complete
  return new ConnectionEnded({ operation, reason: Cause.pretty(exit.cause), isRetryable: true })
}
