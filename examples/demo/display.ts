/** Shows the state while it changes: a screen drawn in place, or lines one after the other. */
import * as Terminal from "@effect/platform/Terminal"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as First from "./first.ts"
import type { State } from "./state.ts"
import * as View from "./view.ts"

export interface About {
  readonly title: string
  readonly duration: Duration.Duration | undefined
}

const escape = "\u001b["
/** another screen, without a cursor, and back to where we were */
const enter = `${escape}?1049h${escape}?25l`
const leave = `${escape}?25h${escape}?1049l`

/** draws the screen ten times a second, until the scope ends */
export const screen = (state: Ref.Ref<State>, about: About) =>
  Effect.gen(function*() {
    const terminal = yield* Terminal.Terminal
    yield* Effect.acquireRelease(terminal.display(First.clear() + enter), () => Effect.ignore(terminal.display(leave)))
    let size = ""
    yield* Effect.gen(function*() {
      const [columns, rows] = [yield* terminal.columns, yield* terminal.rows]
      const lines = View.screen(yield* Ref.get(state), {
        title: about.title,
        now: yield* Clock.currentTimeMillis,
        millis: about.duration === undefined ? undefined : Duration.toMillis(about.duration),
        columns,
        rows
      })
      // from the top, each line to its end: clearing the whole screen would flicker
      const clear = size === `${columns} ${rows}` ? "" : `${escape}2J`
      size = `${columns} ${rows}`
      yield* terminal.display(`${clear}${escape}H${lines.map((line) => `${line}${escape}K`).join("\r\n")}${escape}J`)
    }).pipe(Effect.schedule(Schedule.spaced("100 millis")))
  })

/** every note at once, and every second a line about one of the symbols in turn */
export const lines = (state: Ref.Ref<State>) =>
  Effect.gen(function*() {
    const terminal = yield* Terminal.Terminal
    let printed: State["notes"][number] | undefined
    let turns = 0
    yield* Effect.gen(function*() {
      const known = yield* Ref.get(state)
      const now = yield* Clock.currentTimeMillis
      const fresh = known.notes.slice(printed === undefined ? 0 : known.notes.indexOf(printed) + 1)
      printed = fresh.at(-1) ?? printed
      for (const { at, text } of fresh) yield* terminal.display(`${View.noteLine(known, at, text)}\n`)
      const symbols = Object.keys(known.markets)
      if (now - known.startedAt < (turns + 1) * 1000) return
      const text = View.line(known, symbols[turns++ % symbols.length]!)
      yield* terminal.display(`${View.noteLine(known, now, text)}\n`)
    }).pipe(Effect.schedule(Schedule.spaced("50 millis")))
  })
