import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"
import * as CommandLine from "../../scripts/commandLine.ts"

/** The options that a command line gives. */
export const parse = <A>(definition: CommandLine.Definition<A>, ...args: ReadonlyArray<string>) =>
  Effect.flatMap(CommandLine.parse(definition, args), Effect.fromNullable)

/** The output of a refused command line, without colours. */
export const refusal = <A>(definition: CommandLine.Definition<A>, ...args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const printed: Array<string> = []
    const collect = (...texts: ReadonlyArray<unknown>) => Effect.sync(() => void printed.push(...texts.map(String)))
    yield* Console.consoleWith((console) =>
      Effect.flip(Effect.withConsole(CommandLine.parse(definition, args), { ...console, error: collect }))
    )
    return stripVTControlCharacters(printed.join("\n")).trim()
  })
