import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { parseArgs } from "node:util"
import { plants } from "./plants.ts"

/** What `npm run soak` is to do. */
export interface Options {
  readonly seed: number
  /** connections that the exchange ends in all */
  readonly reconnects: number
  /** where the report goes as JSON */
  readonly json: string | undefined
  /** the leak to plant */
  readonly plant: string | undefined
  /**
   * `real`: over sockets of this machine, for so many ms, and for as long as it takes to receive so many frames;
   * `simulated`: in memory, until so many ms of simulated time are over
   */
  readonly mode:
    | { readonly _tag: "real"; readonly millis: number; readonly frames: number }
    | { readonly _tag: "simulated"; readonly millis: number }
}

const flags = {
  minutes: { type: "string" },
  frames: { type: "string" },
  simulated: { type: "string" },
  seed: { type: "string" },
  reconnects: { type: "string" },
  json: { type: "string" },
  plant: { type: "string" }
} as const

const read = (args: ReadonlyArray<string>) =>
  Either.try({
    try: () => parseArgs({ args: [...args], options: flags, strict: true }).values,
    catch: (error) => error instanceof Error ? error.message : String(error)
  })

const number = (name: string, text: string | undefined, otherwise: number, most: number) =>
  Either.gen(function*() {
    if (text === undefined) return otherwise
    const value = /^\d+(\.\d+)?(e\d+)?$/.test(text) ? Number(text) : Number.NaN
    return value > 0 && value <= most
      ? value
      : yield* Either.left(`--${name} ${text}: give a number above 0, at most ${most}`)
  })

const whole = (name: string, text: string | undefined, otherwise: number, most: number) =>
  Either.filterOrLeft(
    number(name, text, otherwise, most),
    Number.isInteger,
    () => `--${name} ${text} is no whole number`
  )

const units: { readonly [unit: string]: string } = { m: "minutes", h: "hours", d: "days" }

const simulated = (text: string): Either.Either<number, string> => {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? []
  const duration = Option.getOrUndefined(Duration.decodeUnknown(`${count} ${units[unit ?? ""]}`))
  const millis = duration === undefined ? 0 : Duration.toMillis(duration)
  return millis > 0
    ? Either.right(millis)
    : Either.left(`--simulated ${text}: give a time such as 30m, 6h or 1d`)
}

/** What the arguments ask for, or why that makes no sense. */
export const parse = (args: ReadonlyArray<string>): Either.Either<Options, string> =>
  Either.gen(function*() {
    const given = yield* read(args)
    const { json, plant } = given
    if (given.simulated !== undefined && (given.minutes !== undefined || given.frames !== undefined)) {
      return yield* Either.left("give either --simulated, or --minutes and --frames")
    }
    if (plant !== undefined && plants[plant] === undefined) {
      return yield* Either.left(`there is no leak ${plant} to plant; there are ${Object.keys(plants).join(", ")}`)
    }
    const seed = yield* whole("seed", given.seed, 1, 999_999_999)
    const minutes = yield* number("minutes", given.minutes, 5, 100_000)
    const frames = yield* whole("frames", given.frames, 1, 1e12)
    const mode: Options["mode"] = given.simulated === undefined
      ? { _tag: "real", millis: Math.round(minutes * 60_000), frames: given.frames === undefined ? 0 : frames }
      : { _tag: "simulated", millis: yield* simulated(given.simulated) }
    // every 75 s of a simulated day, more often than that of a short real run
    const usual = mode._tag === "real" ? mode.millis / 750 : mode.millis / 75_000
    const reconnects = yield* whole("reconnects", given.reconnects, Math.max(1, Math.round(usual)), 1e6)
    return { seed, reconnects, json, plant, mode }
  })
