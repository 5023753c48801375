/**
 * Command lines of scripts, read by `@effect/cli`: `--help` lists the options, and an invalid command line is refused
 * in one sentence, with exit code 2.
 */
import type * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Usage from "@effect/cli/Usage"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { stripVTControlCharacters } from "node:util"

export interface Definition<A> {
  /** as the reader types it, such as `npm run soak --` */
  readonly name: string
  readonly description: string
  /** options, or arguments without a name */
  readonly options: Options.Options<A> | Args.Args<A>
}

/** Why an option, or a combination of them, is refused. */
export const refuse = (text: string): ValidationError.ValidationError => ValidationError.invalidValue(HelpDoc.p(text))

/** as people write numbers: 7, 0.5, 1e7 */
const numberOf = (text: string): number => /^\d+(\.\d+)?(e\d+)?$/.test(text) ? Number(text) : Number.NaN

/** A whole number from 1, or in the range. */
export const wholeNumber = (
  name: string,
  description: string,
  { max, min }: { readonly min: number; readonly max: number } = { min: 1, max: 999_999_999_999_999 }
) =>
  Options.text(name).pipe(
    Options.withDescription(description),
    Options.mapEffect((text) => {
      const value = numberOf(text)
      return Number.isInteger(value) && value >= min && value <= max
        ? Effect.succeed(value)
        : Effect.fail(refuse(`--${name} ${text}: give a whole number from ${min} to ${max}`))
    })
  )

/** A number above 0, fractions included. */
export const positiveNumber = (name: string, description: string) =>
  Options.text(name).pipe(
    Options.withDescription(description),
    Options.mapEffect((text) => {
      const value = numberOf(text)
      return value > 0 && Number.isFinite(value)
        ? Effect.succeed(value)
        : Effect.fail(refuse(`--${name} ${text}: give a number above 0`))
    })
  )

/** Names of `known`, joined by commas or given by several options; without any, `undefined`. */
export const names = <A extends string>(name: string, description: string, known: ReadonlyArray<A>) =>
  Options.repeated(Options.text(name)).pipe(
    Options.withDescription(`${description}, joined by commas${known.length > 12 ? "" : `: ${known.join(", ")}`}`),
    Options.mapEffect((texts) =>
      Effect.forEach(texts.flatMap((text) => text.split(",")), (wanted) => {
        const found = known.find((each) => each === wanted)
        return found === undefined
          ? Effect.fail(refuse(`--${name} ${wanted}: there is none of this name; there are ${known.join(", ")}`))
          : Effect.succeed(found)
      })
    ),
    Options.map((found) => found.length === 0 ? undefined : found)
  )

/** The value of an option that may be absent. */
export const orUndefined = <A>(options: Options.Options<A>): Options.Options<A | undefined> =>
  Options.map(Options.optional(options), Option.getOrUndefined)

/** an option at the end without its value, for which the parser has no name of its own if the option may be absent */
const withoutValue = <A>(
  options: Definition<A>["options"],
  args: ReadonlyArray<string>
): string | undefined => {
  if (!Options.isOptions(options)) return undefined
  const last = args.at(-1) ?? ""
  const usage = stripVTControlCharacters(HelpDoc.toAnsiText(Usage.getHelp(Options.getUsage(options))))
  return last.startsWith("--") && usage.includes(`${last} text`) ? last : undefined
}

/** The options from the arguments; `undefined` if they asked for help. The cause of a refusal has been printed. */
export const parse = <A>(
  { description, name, options }: Definition<A>,
  args: ReadonlyArray<string>
): Effect.Effect<A | undefined, ValidationError.ValidationError> =>
  Effect.gen(function*() {
    const open = withoutValue(options, args)
    if (open !== undefined) {
      const text = `${open}: give a value`
      yield* Console.error(text)
      return yield* Effect.fail(refuse(text))
    }
    const parsed = yield* Ref.make<A | undefined>(undefined)
    const command = Command.make(name, { options }, (given) => Ref.set(parsed, given.options)).pipe(
      Command.withDescription(description)
    )
    yield* Command.run(command, { name, version: "0.1.0" })(["node", "script", ...args])
    return yield* Ref.get(parsed)
  }).pipe(Effect.provide(NodeContext.layer))

/** The options of this process. It ends here for `--help`, and with 2 if the options are refused. */
export const read = async <A>(definition: Definition<A>): Promise<A> => {
  const parsed = await Effect.runPromise(Effect.either(parse(definition, process.argv.slice(2))))
  if (Either.isRight(parsed) && parsed.right !== undefined) return parsed.right
  process.exit(Either.isLeft(parsed) ? 2 : 0)
}
