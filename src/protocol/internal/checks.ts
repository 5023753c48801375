/**
 * Checks of options, made before anything is sent.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { InvalidInput } from "../../BitfinexError.ts"

/** A duration; none if the value is invalid. Without this check NaN and negative values would count as zero. */
export const duration = (value: unknown): Option.Option<Duration.Duration> =>
  typeof value === "number" && !(value >= 0) || typeof value === "string" && value.trim().startsWith("-")
    ? Option.none()
    : Duration.decodeUnknown(value)

export const isAboveZero = (value: unknown): boolean =>
  Option.exists(duration(value), Duration.greaterThan(Duration.zero))

/** the refusal of a time that an operation may take, which is to be above zero */
export const refusedWithin = (operation: string, value: unknown): InvalidInput | undefined =>
  value === undefined || value === null || isAboveZero(value)
    ? undefined
    : new InvalidInput({
      operation,
      field: "within",
      value,
      reason: "give a duration above zero, such as \"1 minute\", or a number of milliseconds"
    })
