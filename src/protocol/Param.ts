/**
 * Parameters of endpoints and channels: each has its type, its check and its wire format.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Decimal } from "./Decimal.ts"
import * as Decimals from "./Decimal.ts"
import * as Flags from "./Flags.ts"
import * as Symbols from "./Symbols.ts"

/**
 * One parameter. `check` returns the error in a value and what to do, or undefined.
 *
 * @since 0.1.0
 * @category models
 */
export interface Param<in out A, out Optional extends boolean = boolean> {
  /** name of the kind, for readers of the tables */
  readonly kind: string
  readonly optional: Optional
  /** name on the wire, if it differs from the parameter's name */
  readonly wire: string | undefined
  /** where it is sent, if neither the path nor the method decides */
  readonly at: "path" | "query" | "body" | undefined
  /** the parameter in the path to which it is appended with a colon */
  readonly after: string | undefined
  readonly check: (value: unknown) => string | undefined
  readonly write: (value: A) => unknown
}

/**
 * A table of parameters by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Params {
  readonly [name: string]: Param<any>
}

/**
 * The type of a parameter's value.
 *
 * @since 0.1.0
 * @category models
 */
export type Value<P> = P extends Param<infer A> ? A : never

/**
 * The type of the arguments of a table of parameters.
 *
 * @since 0.1.0
 * @category models
 */
export type Arguments<P extends Params> = Flat<
  & { readonly [K in keyof P as P[K]["optional"] extends true ? never : K]: Value<P[K]> }
  & { readonly [K in keyof P as P[K]["optional"] extends true ? K : never]?: Value<P[K]> | undefined }
>

type Flat<T> = { [K in keyof T]: T[K] } & {}

/**
 * The type of a parameter that does not exist. No value has it, and its name stands in the compiler's message.
 *
 * @since 0.1.0
 * @category models
 */
export interface NoSuchParameter<in out Name> {
  readonly [noSuchParameter]: Name
}
declare const noSuchParameter: unique symbol

/**
 * The arguments `A`, without parameters of other names, which a generic argument would let pass.
 *
 * @since 0.1.0
 * @category models
 */
export type Exact<A, Names> = A & { readonly [K in Exclude<keyof A, Names>]: NoSuchParameter<K> }

/**
 * A point in time: milliseconds since the epoch, a `Date` or a `DateTime`.
 *
 * @since 0.1.0
 * @category models
 */
export type Time = number | Date | DateTime.DateTime

/**
 * Milliseconds since the epoch of a point in time.
 *
 * @since 0.1.0
 * @category combinators
 */
export const toMillis = (time: Time): number =>
  typeof time === "number" ? time : time instanceof Date ? time.getTime() : DateTime.toEpochMillis(time)

/**
 * Makes a required parameter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(options: {
  readonly kind: string
  readonly check: (value: unknown) => string | undefined
  readonly write?: (value: A) => unknown
}): Param<A, false> => ({
  kind: options.kind,
  optional: false,
  wire: undefined,
  at: undefined,
  after: undefined,
  check: options.check,
  write: options.write ?? ((value) => value)
})

/**
 * The same parameter, but optional.
 *
 * @since 0.1.0
 * @category combinators
 */
export const optional = <A>(param: Param<A>): Param<A, true> => ({ ...param, optional: true })

/**
 * The same parameter under another name on the wire.
 *
 * @since 0.1.0
 * @category combinators
 */
export const named = <A, O extends boolean>(wire: string, param: Param<A, O>): Param<A, O> => ({ ...param, wire })

/**
 * The same parameter, sent in the path, the query or the body regardless of the method.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inside = <A, O extends boolean>(at: "path" | "query" | "body", param: Param<A, O>): Param<A, O> => ({
  ...param,
  at
})

/**
 * The same parameter, appended with a colon to another one in the path.
 *
 * @since 0.1.0
 * @category combinators
 */
export const behind = <A, O extends boolean>(after: string, param: Param<A, O>): Param<A, O> => ({ ...param, after })

const guard = <A>(kind: string, is: (value: unknown) => boolean, reason: string): Param<A, false> =>
  make<A>({ kind, check: (value) => is(value) ? undefined : reason })

/**
 * A trading symbol.
 *
 * @since 0.1.0
 * @category constructors
 */
export const trading: Param<Symbols.TradingSymbol, false> = guard(
  "trading",
  Symbols.isTrading,
  Symbols.expected.trading
)

/**
 * A funding symbol.
 *
 * @since 0.1.0
 * @category constructors
 */
export const funding: Param<Symbols.FundingSymbol, false> = guard(
  "funding",
  Symbols.isFunding,
  Symbols.expected.funding
)

/**
 * A trading or a funding symbol.
 *
 * @since 0.1.0
 * @category constructors
 */
export const symbol: Param<Symbols.BitfinexSymbol, false> = guard(
  "symbol",
  Symbols.isSymbol,
  Symbols.expected.any
)

/**
 * A bare currency code.
 *
 * @since 0.1.0
 * @category constructors
 */
export const currency: Param<string, false> = guard("currency", Symbols.isCurrency, Symbols.expected.currency)

/**
 * Text that is not empty.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text: Param<string, false> = guard(
  "text",
  (value) => typeof value === "string" && value !== "",
  "give a text that is not empty"
)

/**
 * One of a closed set of words or numbers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const oneOf = <const W extends ReadonlyArray<string | number>>(...words: W): Param<W[number], false> => {
  const set = new Set<unknown>(words)
  return guard("oneOf", (value) => set.has(value), `choose one of ${[...new Set(words.map(String))].join(", ")}`)
}

/**
 * A whole number within bounds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const int = (min: number, max: number): Param<number, false> =>
  guard(
    "int",
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    `give a whole number from ${min} to ${max}`
  )

/**
 * The maximum number of rows in a reply, up to the maximum of the endpoint.
 *
 * @since 0.1.0
 * @category constructors
 */
export const limit = (max: number): Param<number, true> => optional({ ...int(1, max), kind: "limit" })

/**
 * A point in time, sent as milliseconds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const time: Param<Time, false> = make<Time>({
  kind: "time",
  check: (value) => {
    const isTime = typeof value === "number" || value instanceof Date || DateTime.isDateTime(value)
    const millis = isTime ? toMillis(value as Time) : Number.NaN
    return Number.isSafeInteger(millis) && millis >= 0
      ? undefined
      : "give whole milliseconds since the epoch, a Date or a DateTime"
  },
  write: toMillis
})

/**
 * Order of the rows: 1 oldest first, -1 newest first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sort: Param<1 | -1, true> = optional({ ...oneOf(1, -1), kind: "sort" })

/** digits after the point of a plain decimal text */
const places = (text: string): number => text.includes(".") ? text.length - text.indexOf(".") - 1 : 0

/** significant digits of a plain decimal text */
const digits = (text: string): number => text.replace(/[-.]/g, "").replace(/^0+|0+$/g, "").length

/**
 * An amount, a price or a rate, sent as plain decimal text. More decimals or significant digits than the venue keeps
 * are refused, because the venue would truncate them silently.
 *
 * @since 0.1.0
 * @category constructors
 */
export const decimal = (
  bounds: {
    readonly decimals?: number
    readonly significant?: number
    /** zero and above, above zero, or anything but zero; default any number */
    readonly sign?: "notNegative" | "positive" | "notZero"
  } = {}
): Param<Decimal, false> =>
  make<Decimal>({
    kind: "decimal",
    check: (value) => {
      const text = Option.getOrUndefined(Decimals.print(value))
      if (text === undefined) return "give a finite decimal as number, text, bigint or BigDecimal"
      const { decimals, sign, significant } = bounds
      const rounding = significant === undefined ? "Decimal.amount" : "Decimal.price"
      const toRound = `round it first, with ${rounding} of effect-bitfinex/protocol/Decimal`
      if (decimals !== undefined && places(text) > decimals) {
        return `the venue keeps ${decimals} decimals; ${toRound}`
      }
      if (significant !== undefined && digits(text) > significant) {
        return `the venue keeps ${significant} significant digits; ${toRound}`
      }
      if (text === "0" && (sign === "positive" || sign === "notZero")) return "it cannot be zero"
      if (text.startsWith("-") && (sign === "positive" || sign === "notNegative")) return "it cannot be below zero"
      return undefined
    },
    write: (value) => Option.getOrThrow(Decimals.print(value))
  })

/**
 * The offers that a funding candle is made of: one period in days (`p30`), or an aggregation (`a30:p2:p30`).
 *
 * @since 0.1.0
 * @category models
 */
export type FundingSuffix = `p${number}` | `a${number}:p${number}:p${number}`

const fundingSuffixPattern = /^(?:p([1-9]\d{0,2})|a[1-9]\d*:p([1-9]\d{0,2}):p([1-9]\d{0,2}))$/

/**
 * The part of a candle's key that only funding symbols have. Periods are 2 to 120 days. The manual lists the
 * aggregations 10 and 30; whether the venue accepts others is unknown, so they are sent as given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fundingSuffix: Param<FundingSuffix, false> = guard(
  "fundingSuffix",
  (value) => {
    const match = typeof value === "string" ? fundingSuffixPattern.exec(value) : null
    if (match === null) return false
    const [, single, from = single, to = single] = match
    return Number(from) >= 2 && Number(from) <= Number(to) && Number(to) <= 120
  },
  "give p and a period of 2 to 120 days, such as p30, or an aggregation such as a30:p2:p30"
)

/**
 * Checks that a funding symbol has a suffix, and a trading symbol has none.
 *
 * @internal
 */
export const checkFundingSuffix = (
  args: { readonly [name: string]: unknown }
): { readonly field: string; readonly reason: string } | undefined => {
  const { fundingSuffix: suffix, symbol } = args
  if (Symbols.isFunding(symbol) && suffix === undefined) {
    return { field: "fundingSuffix", reason: "candles of a funding symbol need periods, such as p30 or a30:p2:p30" }
  }
  if (Symbols.isTrading(symbol) && suffix !== undefined) {
    return { field: "fundingSuffix", reason: "only funding symbols have periods; leave it out" }
  }
  return undefined
}

/**
 * A list that is not empty, sent joined by commas, or the word `ALL`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const listOrAll = <A>(item: Param<A>): Param<ReadonlyArray<A> | "ALL", false> =>
  make<ReadonlyArray<A> | "ALL">({
    kind: `list of ${item.kind} or ALL`,
    check: (value) => {
      if (value === "ALL") return undefined
      if (!Array.isArray(value) || value.length === 0) return "give a list of at least one, or the word ALL"
      for (const each of value) {
        const reason = item.check(each)
        if (reason !== undefined) return reason
      }
      return undefined
    },
    write: (value) => typeof value === "string" ? value : value.map(item.write).join(",")
  })

// ---------------------------------------------------------------------------------------------------------------------
// parameters of bodies
// ---------------------------------------------------------------------------------------------------------------------

/**
 * An id given by the venue: of an order, an offer, a position.
 *
 * @since 0.1.0
 * @category constructors
 */
export const id: Param<number, false> = { ...int(1, Number.MAX_SAFE_INTEGER), kind: "id" }

/**
 * A boolean that is sent as 1 or 0.
 *
 * @since 0.1.0
 * @category constructors
 */
export const flag: Param<boolean, false> = make<boolean>({
  kind: "flag",
  check: (value) => typeof value === "boolean" ? undefined : "give true or false",
  write: (value) => value ? 1 : 0
})

/**
 * A boolean that is sent as true or false.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bool: Param<boolean, false> = { ...flag, kind: "bool", write: (value) => value }

/**
 * A set of flags by name, sent as the sum of their bits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const flags = <const T extends { readonly [name: string]: number }>(table: T): Param<Flags.Named<T>, false> =>
  make<Flags.Named<T>>({
    kind: "flags",
    check: (value) =>
      isObject(value)
        && Object.entries(value).every(([name, set]) =>
          Object.hasOwn(table, name) && (set === undefined || typeof set === "boolean")
        )
        ? undefined
        : `give an object with any of ${Object.keys(table).join(", ")}, each true or false`,
    write: (value) => Flags.toNumber(table, value)
  })

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const iso = (time: Time): string => DateTime.formatIso(DateTime.unsafeMake(toMillis(time)))

/** accepts times in years of at most four digits */
const checkYears = (value: unknown): string | undefined =>
  time.check(value) ?? (toMillis(value as Time) < 253_402_300_800_000 ? undefined : "give a time before the year 10000")

/**
 * A point in time, sent as `YYYY-MM-DD HH:MM:SS`, UTC, truncated to whole seconds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const dateTime: Param<Time, false> = make<Time>({
  kind: "dateTime",
  check: checkYears,
  write: (value) => iso(value).slice(0, 19).replace("T", " ")
})

/**
 * A day: a point in time within it, or `YYYY-MM-DD`, both UTC.
 *
 * @since 0.1.0
 * @category models
 */
export type Day = Time | `${number}-${number}-${number}`

/**
 * A day, sent as `YYYY-MM-DD`, UTC.
 *
 * @since 0.1.0
 * @category constructors
 */
export const day: Param<Day, false> = make<Day>({
  kind: "day",
  check: (value) => {
    if (typeof value !== "string") return checkYears(value)
    const millis = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN
    // `Date.parse` reads the 30th of February as the 1st or 2nd of March
    return Number.isFinite(millis) && iso(millis).startsWith(value) ? undefined : "give a day as YYYY-MM-DD, or a time"
  },
  write: (value) => typeof value === "string" ? value : iso(value).slice(0, 10)
})
