/**
 * Plays a recording to any number of sockets: what was recorded of a channel goes to those who have subscribed it, at its
 * time, whichever connection it was recorded on.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fold from "../../../internal/socket/fold.ts"
import * as Clocks from "../../../internal/time/clock.ts"
import * as Later from "../../../internal/time/later.ts"
import type { Line, Recording } from "../../../Recording.ts"
import type { Frame, Life } from "./life.ts"
import { type Body, type Closing, type Happening, Reader } from "./reader.ts"
import type { Session, Tape } from "./session.ts"
import type { Span, Survey } from "./survey.ts"

export interface Options {
  readonly recording: Recording
  readonly survey: Survey
  readonly speed: number | "max"
  /** channels that must be asked for before the tape moves */
  readonly waitFor: number
  readonly run: Tape["run"]
}

/** how long a client may be made to wait for the answer to a subscription, ms of its clock */
const patience = 2000
/** how long a tape at full speed waits for clients to come back, ms of their clock */
const stallLimit = 60_000
/** timers end at 24 days: a longer wait is slept in parts */
const longestSleep = 86_400_000
/** channels that an error text names */
const named = 20

interface Listener {
  readonly session: Session
  readonly chanId: number
}

/** a subscription of the recording at work */
interface Playing {
  readonly life: Life
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
  /** by the number of the life */
  readonly #playing = new Map<number, Playing>()
  /** by canonical request: those whose state is known, the newest last */
  readonly #current = new Map<string, ReadonlyArray<Playing>>()
  readonly #waiting = new Map<string, ReadonlyArray<Waiting>>()
  /** channels that clients lost and have not asked for again; only at full speed */
  readonly #owed = new Set<string>()
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

  /** asked before each line: whether a client has stopped reading */
  set paused(paused: () => boolean) {
    this.#paused = paused
  }

  /** something that the tape waits for may have happened */
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
    this.#owed.delete(key)
    this.#begin()
    this.wake()
    const current = this.#current.get(key)?.at(-1)
    if (current !== undefined) return this.#admit(session, current, request, undefined, null)
    const next = spans.find(({ readyStep }) => readyStep > this.#step)
    if (next === undefined) return session.error(request, 10300, this.#isOver(key, spans))
    if (this.#speed === "max" || (next.readyMts - this.#position) / this.#speed <= patience) {
      session.keys.add(key)
      this.#waiting.set(key, [...this.#waiting.get(key) ?? [], { session, request }])
    } else {
      // the venue's word for what may be asked for later
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
    const { ack, key, layout, state } = playing.life
    let chanId = playing.life.chanId
    // ids of two recorded connections may collide on one
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
        if (this.#paused() || this.#owed.size > 0) yield* this.#hold(now)
      }
      this.#step = step
      this.#position = line.mts
      const happenings = this.#reader.step(line)
      for (const each of happenings) this.#take(each)
      // who consumes takes a turn after each frame at full speed, and now and then when the tape is behind
      if (happenings.length > 0 && (speed === "max" || step % 64 === 0)) yield* Effect.yieldNow()
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

  /** waits while a client does not read, or has to come back */
  #hold(now: () => number): Effect.Effect<void> {
    const asleep = Later.callback<void>((resume) => {
      this.#wake = () => resume(Effect.void)
    })
    const begun = now()
    const loop: Effect.Effect<void> = Effect.suspend(() => {
      if (this.#paused()) return Effect.zipRight(asleep, loop)
      if (this.#owed.size === 0) return Effect.void
      const left = begun + stallLimit - now()
      if (left > 0) return Effect.zipRight(Effect.raceFirst(asleep, Effect.sleep(left)), loop)
      const keys = [...this.#owed].join(", ")
      this.#owed.clear()
      return Effect.logWarning(`Replay: nobody asked again for ${keys}; the tape goes on`)
    })
    // what had been held back goes out first
    return Effect.zipRight(loop, Effect.yieldNow())
  }

  #take(happening: Happening): void {
    switch (happening._tag) {
      case "Begin": {
        const { life } = happening
        this.#playing.set(life.id, { life, fold: Fold.make(life.state), listeners: new Set() })
        return
      }
      case "Ready":
        return this.#ready(this.#playing.get(happening.life.id)!, happening.body, happening.mts)
      case "Data": {
        const playing = this.#playing.get(happening.life.id)!
        const { body, mts } = happening
        apply(playing, body)
        for (const { chanId, session } of playing.listeners) session.array(chanId, body, mts)
        return
      }
      case "Lost": {
        for (const session of this.#sessionsOf(happening.connection)) session.skip(happening.count)
        return
      }
      case "Raw": {
        for (const session of this.#sessionsOf(happening.connection)) session.raw(happening.data)
        return
      }
      case "End":
        return this.#end(happening.life, happening.why, happening.closing)
    }
  }

  #sessionsOf(connection: number): ReadonlySet<Session> {
    const sessions = new Set<Session>()
    for (const { life, listeners } of this.#playing.values()) {
      if (life.connection === connection) { for (const { session } of listeners) sessions.add(session) }
    }
    return sessions
  }

  #ready(playing: Playing, body: Body | undefined, mts: number | null): void {
    const { key } = playing.life
    if (body !== undefined) playing.fold.start(rowsOf(playing, body[0]))
    this.#current.set(key, [...this.#current.get(key) ?? [], playing])
    const waiting = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    for (const { request, session } of waiting) this.#admit(session, playing, request, body, mts)
  }

  #end(life: Life, why: Span["why"], closing: Closing | undefined): void {
    const playing = this.#playing.get(life.id)!
    const span = this.#survey.spanOf.get(life.id)
    // what ends with the recording stays as it is, so that programs end when they want to
    if (span?.isLast === true) return
    this.#playing.delete(life.id)
    this.#current.set(life.key, (this.#current.get(life.key) ?? []).filter((each) => each !== playing))
    if ((this.#current.get(life.key) ?? []).length === 0) this.#current.delete(life.key)
    const isWanted = this.#speed === "max" && (this.#survey.spans.get(life.key) ?? []).some(
      ({ endStep }) => endStep > this.#step
    )
    for (const { chanId, session } of playing.listeners) {
      if (isWanted) this.#owed.add(life.key)
      if (closing !== undefined) session.drop(closing)
      // who counts has noticed what is missing, and leaves the channel by itself
      else if (why !== "lost" || !session.isNumbered) session.cut(chanId)
    }
  }
}

/** rows that cannot be read are passed on, but belong to no state */
const rowsOf = ({ life: { layout } }: Playing, payload: unknown): ReadonlyArray<unknown> => {
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
