import * as CliOptions from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as CommandLine from "../../scripts/commandLine.ts"
import { plants } from "./plants.ts"

/** The settings of `npm run soak`. */
export interface Options {
  readonly seed: number
  /** total number of connections that the exchange ends */
  readonly reconnects: number
  /** file for the report as JSON */
  readonly json: string | undefined
  /** the leak to plant */
  readonly plant: string | undefined
  /**
   * `real`: over loopback sockets, for `millis`, and then until `frames` have been received;
   * `simulated`: in memory, for `millis` of simulated time
   */
  readonly mode:
    | { readonly _tag: "real"; readonly millis: number; readonly frames: number }
    | { readonly _tag: "simulated"; readonly millis: number }
}

const units: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 }

const simulated = CliOptions.text("simulated").pipe(
  CliOptions.withDescription("in memory, for a simulated time such as 30m, 6h or 1d"),
  CliOptions.mapEffect((text) => {
    const [, count, unit = ""] = /^(\d{1,4})([mhd])$/.exec(text) ?? []
    const millis = Number(count) * (units[unit] ?? Number.NaN)
    return millis > 0
      ? Effect.succeed(millis)
      : Effect.fail(CommandLine.refuse(`--simulated ${text}: give a time such as 30m, 6h or 1d`))
  })
)

const plant = CliOptions.text("plant").pipe(
  CliOptions.withDescription(`leaks one of these for each lost connection: ${Object.keys(plants).join(", ")}`),
  CliOptions.mapEffect((name) =>
    plants[name] === undefined
      ? Effect.fail(
        CommandLine.refuse(`--plant ${name}: there is no such leak; there are ${Object.keys(plants).join(", ")}`)
      )
      : Effect.succeed(name)
  )
)

/** The command line of `npm run soak`. */
export const definition: CommandLine.Definition<Options> = {
  name: "npm run soak --",
  description: "Runs a client while its connections are lost, and checks that nothing grows or is left behind.",
  options: CliOptions.all({
    minutes: CommandLine.orUndefined(
      CommandLine.positiveNumber("minutes", "over sockets of this machine, for this time; 5 by default")
    ),
    frames: CommandLine.orUndefined(
      CommandLine.wholeNumber("frames", "goes on until this number of frames has been received")
    ),
    simulated: CommandLine.orUndefined(simulated),
    seed: CliOptions.withDefault(CommandLine.wholeNumber("seed", "decides the faults"), 1),
    reconnects: CommandLine.orUndefined(
      CommandLine.wholeNumber(
        "reconnects",
        "connections that the exchange ends; by default one each 0.3 s, or each 75 s"
          + " of simulated time",
        { min: 1, max: 1_000_000 }
      )
    ),
    json: CommandLine.orUndefined(
      CliOptions.withDescription(CliOptions.text("json"), "file to which the figures are written as JSON")
    ),
    plant: CommandLine.orUndefined(plant)
  }).pipe(
    CliOptions.mapEffect(({ frames, json, minutes, plant, reconnects, seed, simulated }) => {
      if (simulated !== undefined && (minutes !== undefined || frames !== undefined)) {
        return Effect.fail(CommandLine.refuse("give either --simulated, or --minutes and --frames"))
      }
      const mode: Options["mode"] = simulated === undefined
        ? { _tag: "real", millis: Math.round((minutes ?? 5) * 60_000), frames: frames ?? 0 }
        : { _tag: "simulated", millis: simulated }
      // one per 75 s of simulated time; so many in a real run that a leak of 700 bytes each shows within a minute
      const usual = mode._tag === "real" ? mode.millis / 300 : mode.millis / 75_000
      return Effect.succeed({ seed, reconnects: reconnects ?? Math.max(1, Math.round(usual)), json, plant, mode })
    })
  )
}
