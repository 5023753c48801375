/** In place of `NodeRuntime` and `BotRuntime` in the snippets of the documents: keeps the program instead of running it. */
import type * as Effect from "effect/Effect"

export const programs: Array<Effect.Effect<unknown, unknown>> = []

export const runMain = (program: Effect.Effect<unknown, unknown>): void => {
  programs.push(program)
}
