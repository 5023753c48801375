/**
 * Plays a recording to any number of sockets. The recorded frames of a channel go to all of its subscribers at their
 * recorded time, regardless of the connection on which they were recorded.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fold from "../../../internal/stream/fold.ts"
import * as Clocks from "../../../internal/time/clock.ts"
import * as Later from "../../../internal/time/later.ts"
import type { Line, Recording } from "../../../Recording.ts"
import { type Body, type Closing, Reader, type TapeEvent } from "./reader.ts"
import type { Session, Tape } from "./session.ts"
import type { Frame, Subscription } from "./subscription.ts"
import type { Span, Survey } from "./survey.ts"

export interface Options {
  readonly recording: Recording
  readonly survey: Survey
  readonly speed: number | "max"
  /** number of channels that must be subscribed before the tape starts */
  readonly waitFor: number
  readonly run: Tape["run"]
}

/** longest delay of the reply to a subscription, ms of the client's clock */
const maxAckDelay = 2000
/** longest pause of a tape at full speed until clients resubscribe, ms of the client's clock */
const stallLimit = 60_000
/** timers are limited to 24 days: a longer wait is split into several sleeps */
const longestSleep = 86_400_000
/** maximum number of channels that an error text lists */
const named = 20

interface Listener {
  readonly session: Session
  readonly chanId: number
}

/** an active subscription of the recording */
interface Playing {
  readonly subscription: Subscription
  readonly fold: Fold.Fold
  readonly listeners: Set<Listener>
}

interface Waiting {
  readonly session: Session
  readonly request: Frame
}

const time = (mts: number): string => new Date(mts).toISOString()

export class Player implements Tape {
  readonly flags: number
  readonly run: Tape["run"]
  readonly #survey: Survey
  readonly #lines: ReadonlyArray<Line>
  readonly #speed: number | "max"
  readonly #waitFor: number
  readonly #reader = new Reader()
  readonly #sessions = new Set<Session>()
  /** by id of the recorded subscription */
  readonly #playing = new Map<number, Playing>()
  /** by canonical request: active subscriptions with a known state, newest last */
  readonly #current = new Map<string, ReadonlyArray<Playing>>()
  readonly #waiting = new Map<string, ReadonlyArray<Waiting>>()
  /** channels that clients lost and have not resubscribed; only at full speed */
  readonly #unsubscribed = new Set<string>()
  readonly #started = Later.deferred<void>()
  readonly #ended = Later.deferred<void>()
  #asked = 0
  #step = -1
  #position: number
  #paused: () => boolean = () => false
  #wake: (() => void) | undefined

  constructor(options: Options) {
    this.#survey = options.survey
    this.#lines = options.recording.lines
    this.#speed = options.speed
    this.#waitFor = options.waitFor
    this.#position = options.survey.start
    this.flags = options.survey.flags
    this.run = options.run
    for (const each of this.#reader.begin(options.recording.header)) this.#take(each)
    this.#begin()
  }

  // --- clients -------------------------------------------------------------------------------------------------------

  readonly position = (): number => this.#position

  get ended(): Effect.Effect<void> {
    return Deferred.await(this.#ended)
  }

  /** evaluated before each line: whether a client has stopped reading */
  set paused(paused: () => boolean) {
    this.#paused = paused
  }

  /** resumes a paused tape, to check again whether it can continue */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  join(session: Session): void {
    this.#sessions.add(session)
    const serverId = this.#survey.info?.["serverId"] ?? "00000000-0000-4000-8000-000000000000"
    session.open({ event: "info", version: 2, serverId, platform: { status: 1 } })
  }

  leave(session: Session): void {
    this.#sessions.delete(session)
    for (const [key, all] of this.#waiting) this.#waiting.set(key, all.filter((each) => each.session !== session))
    for (const { listeners } of this.#playing.values()) {
      for (const each of listeners) if (each.session === session) listeners.delete(each)
    }
    this.wake()
  }

  unsubscribe(session: Session, chanId: number): void {
    for (const { listeners } of this.#playing.values()) {
      for (const each of listeners) if (each.session === session && each.chanId === chanId) listeners.delete(each)
    }
  }

  subscribe(session: Session, key: string, request: Frame): void {
    const spans = this.#survey.spans.get(key)
    if (spans === undefined) return session.error(request, 10300, this.#lacks(key))
    this.#asked++
    this.#unsubscribed.delete(key)
    this.#begin()
    this.wake()
    const current = this.#current.get(key)?.at(-1)
    if (current !== undefined) return this.#admit(session, current, request, undefined, null)
    const next = spans.find(({ readyStep }) => readyStep > this.#step)
    if (next === undefined) return session.error(request, 10300, this.#isOver(key, spans))
    if (this.#speed === "max" || (next.readyMts - this.#position) / this.#speed <= maxAckDelay) {
      session.keys.add(key)
      this.#waiting.set(key, [...this.#waiting.get(key) ?? [], { session, request }])
    } else {
      // the venue's error code for a channel that will be available later
      session.error(request, 11000, `not ready: the recording has ${key} from ${time(next.readyMts)} on`)
    }
  }

  #lacks(key: string): string {
    const all = [...this.#survey.spans.keys()]
    const more = all.length > named ? ` and ${all.length - named} more` : ""
    return `the recording lacks ${key}; it has ${all.slice(0, named).join(", ") || "nothing"}${more}`
  }

  #isOver(key: string, spans: ReadonlyArray<Span>): string {
    const { endMts, why } = spans.at(-1)!
    const reason = why === "lost" ? "frames are missing from the recording" : "the recording has no more of it"
    return `${key} ended at ${time(endMts)}: ${reason}`
  }

  #begin(): void {
    if (this.#asked >= this.#waitFor) Later.done(this.#started, Effect.void)
  }

  #admit(session: Session, playing: Playing, request: Frame, body: Body | undefined, mts: number | null): void {
    const { ack, key, layout, state } = playing.subscription
    let chanId = playing.subscription.chanId
    // ids of two recorded connections may collide on one socket
    while (session.channels.has(chanId)) chanId++
    session.keys.add(key)
    session.channels.set(chanId, key)
    playing.listeners.add({ session, chanId })
    const { subId: _, ...fields } = ack
    const subId = request["subId"] === undefined ? {} : { subId: request["subId"] }
    session.event({ ...fields, chanId, ...subId })
    if (body !== undefined) return session.array(chanId, body, mts)
    const rows = playing.fold.rows()
    if (state.kind === "latest") { for (const row of rows) session.array(chanId, [layout.encode(row)], null) }
    else if (state.kind !== "events") session.array(chanId, [rows.map(layout.encode)], null)
  }

  // --- the tape ------------------------------------------------------------------------------------------------------

  readonly play: Effect.Effect<void> = Effect.gen(this, function*() {
    const clock = yield* Effect.clock
    const now = Clocks.wall(clock)
    const lines = this.#lines
    const speed = this.#speed
    yield* Deferred.await(this.#started)
    const begun = now()
    for (let step = 0; step < lines.length; step++) {
      const line = lines[step]!
      if (this.#survey.silent[step] === 0) {
        if (speed !== "max") yield* this.#until(begun + (line.mts - this.#survey.start) / speed, now)
        if (this.#paused() || this.#unsubscribed.size > 0) yield* this.#hold(now)
      }
      this.#step = step
      this.#position = line.mts
      const events = this.#reader.step(line)
      for (const each of events) this.#take(each)
      // consumers get a turn of the scheduler after each frame at full speed, and after every 64 lines otherwise
      if (events.length > 0 && (speed === "max" || step % 64 === 0)) yield* Effect.yieldNow()
    }
    while (this.#paused()) yield* this.#hold(now)
    yield* Effect.yieldNow()
    Later.done(this.#ended, Effect.void)
  })

  #until(due: number, now: () => number): Effect.Effect<void> {
    const wait = due - now()
    if (wait <= 0) return Effect.void
    const sleep = Effect.sleep(Duration.millis(Math.min(longestSleep, wait)))
    return wait <= longestSleep ? sleep : Effect.flatMap(sleep, () => this.#until(due, now))
  }

  /** waits while a client does not read, or until clients have resubscribed */
  #hold(now: () => number): Effect.Effect<void> {
    const asleep = Later.callback<void>((resume) => {
      this.#wake = () => resume(Effect.void)
    })
    const begun = now()
    const loop: Effect.Effect<void> = Effect.suspend(() => {
      if (this.#paused()) return Effect.zipRight(asleep, loop)
      if (this.#unsubscribed.size === 0) return Effect.void
      const left = begun + stallLimit - now()
      if (left > 0) return Effect.zipRight(Effect.raceFirst(asleep, Effect.sleep(left)), loop)
      const keys = [...this.#unsubscribed].join(", ")
      this.#unsubscribed.clear()
      return Effect.logWarning(`Replay: no client resubscribed ${keys}; the tape continues`)
    })
    // delayed frames are delivered first
    return Effect.zipRight(loop, Effect.yieldNow())
  }

  #take(event: TapeEvent): void {
    switch (event._tag) {
      case "Begin": {
        const { subscription } = event
        this.#playing.set(subscription.id, { subscription, fold: Fold.make(subscription.state), listeners: new Set() })
        return
      }
      case "Ready":
        return this.#ready(this.#playing.get(event.subscription.id)!, event.body, event.mts)
      case "Data": {
        const playing = this.#playing.get(event.subscription.id)!
        const { body, mts } = event
        apply(playing, body)
        for (const { chanId, session } of playing.listeners) session.array(chanId, body, mts)
        return
      }
      case "Lost":
        return this.#lose(event.connection, event.count)
      case "Raw": {
        for (const session of this.#sessionsOf(event.connection)) session.raw(event.data)
        return
      }
      case "End":
        return this.#end(event.subscription, event.why, event.closing)
    }
  }

  /** The channels go on behind the loss; books have ended with it, as an event of their own says. */
  #lose(connection: number, count: number): void {
    // a client that does not number its messages cannot notice a loss: its channels end, and begin again
    const cuts: Array<readonly [key: string, Listener]> = []
    for (const { fold, listeners, subscription } of this.#playing.values()) {
      if (subscription.connection !== connection || subscription.state.kind === "keyed") continue
      // a list that reached back to before the loss would say that nothing is missing
      if (subscription.state.kind === "recent") fold.start([])
      for (const each of listeners) if (!each.session.isNumbered) cuts.push([subscription.key, each])
    }
    for (const session of this.#sessionsOf(connection)) session.skip(count)
    for (const [key, { chanId, session }] of cuts) {
      if (this.#speed === "max") this.#unsubscribed.add(key)
      this.unsubscribe(session, chanId)
      session.cut(chanId)
    }
  }

  #sessionsOf(connection: number): ReadonlySet<Session> {
    const sessions = new Set<Session>()
    for (const { subscription, listeners } of this.#playing.values()) {
      if (subscription.connection === connection) { for (const { session } of listeners) sessions.add(session) }
    }
    return sessions
  }

  #ready(playing: Playing, body: Body | undefined, mts: number | null): void {
    const { key } = playing.subscription
    if (body !== undefined) playing.fold.start(rowsOf(playing, body[0]))
    this.#current.set(key, [...this.#current.get(key) ?? [], playing])
    const waiting = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    for (const { request, session } of waiting) this.#admit(session, playing, request, body, mts)
  }

  #end(subscription: Subscription, why: Span["why"], closing: Closing | undefined): void {
    const playing = this.#playing.get(subscription.id)!
    const span = this.#survey.spanOf.get(subscription.id)
    // a channel that ends with the recording stays open, so that programs decide when they end
    if (span?.isLast === true) return
    this.#playing.delete(subscription.id)
    this.#current.set(subscription.key, (this.#current.get(subscription.key) ?? []).filter((each) => each !== playing))
    if ((this.#current.get(subscription.key) ?? []).length === 0) this.#current.delete(subscription.key)
    const isWanted = this.#speed === "max" && (this.#survey.spans.get(subscription.key) ?? []).some(
      ({ endStep }) => endStep > this.#step
    )
    for (const { chanId, session } of playing.listeners) {
      if (isWanted) this.#unsubscribed.add(subscription.key)
      if (closing !== undefined) session.drop(closing)
      // a client that checks sequence numbers has detected the gap, and unsubscribes by itself
      else if (why !== "lost" || !session.isNumbered) session.cut(chanId)
    }
  }
}

/** unreadable rows are passed on, but are not part of the state */
const rowsOf = ({ subscription: { layout } }: Playing, payload: unknown): ReadonlyArray<unknown> => {
  if (!Array.isArray(payload)) return []
  const rows: ReadonlyArray<unknown> = payload.length === 0 || Array.isArray(payload[0]) ? payload : [payload]
  return rows.flatMap((row) => layout.read(row) ?? [])
}

const apply = (playing: Playing, body: Body): void => {
  const [first, value] = body
  if (first === "cs") return
  const type = typeof first === "string" ? first : null
  for (const row of rowsOf(playing, type === null ? first : value)) playing.fold.add(row, type)
}
