/**
 * Endpoints as rows of data. Method, argument and result types, path, limit and decoder are derived from the row.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import {
  DecodeError,
  render,
  type RestError,
  type RestPublicError,
  type RestReadError,
  type RestWriteError
} from "../BitfinexError.ts"
import { named } from "./internal/named.ts"
import type { Decoder } from "./Layout.ts"
import type * as Param from "./Param.ts"
import * as Symbols from "./Symbols.ts"

/**
 * A type that depends on the arguments of a call. An interface that extends this one computes `type` from
 * `this["args"]`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lambda {
  /** false if `type` does not depend on the arguments */
  readonly depends: boolean
  readonly args: unknown
  readonly type: unknown
}

/**
 * Applies a `Lambda` to the type of the arguments.
 *
 * @since 0.1.0
 * @category models
 */
export type Apply<L extends Lambda, Args> = (L & { readonly args: Args })["type"]

/**
 * A type that does not depend on the arguments.
 *
 * @since 0.1.0
 * @category models
 */
export interface Always<A> extends Lambda {
  readonly depends: false
  readonly type: A
}

/**
 * `T` for a trading symbol, `F` for a funding symbol, `T | F` if the type of the symbol is neither.
 *
 * @since 0.1.0
 * @category models
 */
export interface BySymbol<T, F> extends Lambda {
  readonly depends: true
  readonly type: this["args"] extends { readonly symbol: Symbols.TradingSymbol } ? T
    : this["args"] extends { readonly symbol: Symbols.FundingSymbol } ? F
    : T | F
}

/**
 * The arguments of a call without their types.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyArgs {
  readonly [name: string]: unknown
}

/**
 * Chooses the decoder of a reply by the arguments of the call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply<out L extends Lambda> {
  readonly lambda?: L
  readonly choose: (args: AnyArgs) => Either.Either<Decoder<unknown>, DecodeError>
}

const needs = (layout: string, field: string, expected: string, actual: unknown): DecodeError =>
  new DecodeError({
    operation: "decode",
    layout,
    field,
    index: null,
    row: null,
    expected: `the call's parameter ${field}: ${expected}`,
    actual: render(actual)
  })

/**
 * A decoder that does not depend on the arguments.
 *
 * @since 0.1.0
 * @category constructors
 */
export const always = <A>(decoder: Decoder<A>): Reply<Always<A>> => ({ choose: () => Either.right(decoder) })

/**
 * One decoder for trading symbols and one for funding symbols.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bySymbol = <T, F>(trading: Decoder<T>, funding: Decoder<F>): Reply<BySymbol<T, F>> => ({
  choose: ({ symbol }) =>
    Symbols.isTrading(symbol)
      ? Either.right(trading)
      : Symbols.isFunding(symbol)
      ? Either.right(funding)
      : Either.left(needs(`${trading.name} | ${funding.name}`, "symbol", Symbols.expected.any, symbol))
})

/**
 * Any other choice by arguments. The type `L` describes the same choice as the function.
 *
 * @since 0.1.0
 * @category constructors
 */
export const choose = <L extends Lambda>(
  pick: (args: AnyArgs) => Decoder<unknown> | { readonly field: string; readonly expected: string },
  name: string
): Reply<L> => ({
  choose: (args) => {
    const picked = pick(args)
    return "decode" in picked
      ? Either.right(picked)
      : Either.left(needs(name, picked.field, picked.expected, args[picked.field]))
  }
})

/**
 * The error in a combination of parameters.
 *
 * @since 0.1.0
 * @category models
 */
export interface Complaint {
  readonly field: string
  readonly reason: string
}

/**
 * Groups of parameters of which a call must give exactly one complete group: `[["id"], ["cid", "cidDate"]]`. An empty
 * group allows a call to give none.
 *
 * @since 0.1.0
 * @category models
 */
export type Groups = ReadonlyArray<ReadonlyArray<string>>

/**
 * A refusal inside a reply with the form of a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  /** null in every known refusal */
  readonly code: number | null
  /** text for people; empty when there is none */
  readonly text: string
  /**
   * `ERROR` or `FAILURE`; an unknown word leaves the outcome unknown; `SUCCESS` if the rest of the reply contradicts it
   */
  readonly status: string
}

/**
 * A reply that is a refusal. Calls of a client fail with it, so it is excluded from their results.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly accepted: false
}

/**
 * The failures of a call by the kind of its endpoint. `order` changes or cancels orders, `write` is any other write.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failures {
  readonly public: RestPublicError
  readonly read: RestReadError
  readonly write: RestWriteError
  readonly order: RestError
}

/**
 * The kind of an endpoint, which decides how its calls can fail.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = keyof Failures

/**
 * The failures of calls of an endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export type ErrorOf<E extends AnyEndpoint> = Failures[E["kind"]]

/**
 * One endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<
  P extends Param.Params,
  out L extends Lambda,
  out E extends Groups = Groups,
  out K extends Kind = Kind
> {
  /** name of the endpoint, its key in the tables */
  readonly name: string
  readonly group: string
  readonly kind: K
  readonly method: "GET" | "POST"
  /** path with `{parameters}`; an omitted parameter also removes the colon or slash before it */
  readonly path: string
  readonly auth: boolean
  readonly params: P
  /** requests allowed in a number of seconds; null if the manual states no limit */
  readonly limit: readonly [requests: number, seconds: number] | null
  /** whether a repeat has no further effect, so that a failed call may be repeated; null if unknown */
  readonly idempotent: boolean | null
  /** whether it only cancels orders or offers: such calls go before all others, and are attempted during a cool-down */
  readonly cancels: boolean
  /** whether the manual lists it, formerly listed it, or never listed it */
  readonly status: "documented" | "removed-from-docs-index" | "undocumented"
  /** URL of the manual's page; null without a page */
  readonly doc: string | null
  /** groups of parameters of which a call must give exactly one; empty if there is no such choice */
  readonly either: E
  /** set if the reply is a notification: its type, null if the type is unknown */
  readonly notification: { readonly type: string | null } | null
  /**
   * why a well-formed body cannot be the reply of a call with these arguments, such as one that names another order;
   * undefined if it may be. Call it before `refusal`
   */
  readonly mismatch: (json: unknown, args: AnyArgs) => DecodeError | undefined
  /** the refusal inside a reply with a success status and a well-formed body. Call it before `decode` */
  readonly refusal: (json: unknown) => Refusal | undefined
  readonly reply: Reply<L>
  /** checks the combination of parameters */
  readonly check: (args: AnyArgs) => Complaint | undefined
  /** decodes the body of a reply; `args` are the arguments of the call, required if they select the layout */
  readonly decode: <const A extends Partial<Param.Arguments<P>>>(
    json: unknown,
    args?: A
  ) => Either.Either<Apply<L, A>, DecodeError>
}

/**
 * Any endpoint, for code that iterates over the tables.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyEndpoint extends Endpoint<Param.Params, Lambda> {}

/**
 * The type of the arguments of a table of parameters, of which exactly one group of `E` must be given.
 *
 * @since 0.1.0
 * @category models
 */
export type Choice<P extends Param.Params, E extends Groups> = number extends E["length"] ? Param.Arguments<P>
  : E extends readonly [] ? Param.Arguments<P>
  : { [I in keyof E]: ChoiceOf<P, E[number][number], E[I][number]> }[number]

/** `All` are the names of all groups, `Given` the names of the given group */
type ChoiceOf<P extends Param.Params, All extends string, Given extends string> = Flat<
  & { readonly [K in Given]: Param.Value<P[K]> }
  & { readonly [K in Exclude<All, Given>]?: undefined }
  & Param.Arguments<Omit<P, All>>
>

type Flat<T> = { [K in keyof T]: T[K] } & {}

/**
 * The arguments of an endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export type Args<E> = E extends
  { readonly params: infer P extends Param.Params; readonly either: infer G extends Groups } ? Choice<P, G>
  : never

/**
 * How an endpoint's result depends on its arguments.
 *
 * @since 0.1.0
 * @category models
 */
export type LambdaOf<E> = E extends { readonly reply: Reply<infer L> } ? L : never

/**
 * The result of an endpoint for given arguments.
 *
 * @since 0.1.0
 * @category models
 */
export type ResultOf<E, A = Args<E>> = Exclude<Apply<LambdaOf<E>, A>, Refused>

/**
 * The columns of a row in a table of endpoints.
 *
 * @since 0.1.0
 * @category models
 */
export interface Row<P extends Param.Params, L extends Lambda, E extends Groups = readonly []> {
  readonly method?: "GET" | "POST"
  readonly path: string
  readonly params: P
  readonly result: Reply<L>
  readonly limit: readonly [requests: number, seconds: number] | null
  readonly idempotent?: boolean | null
  readonly cancels?: true
  readonly status?: "documented" | "removed-from-docs-index" | "undocumented"
  readonly either?: E
  readonly notification?: { readonly type: string | null } | null
  readonly mismatch?: (json: unknown, args: AnyArgs) => DecodeError | undefined
  readonly refusal?: (json: unknown) => Refusal | undefined
  readonly check?: (args: AnyArgs) => Complaint | undefined
  /** the last segment of the URL of the manual's page */
  readonly doc: string | null
}

const and = (words: ReadonlyArray<string>): string => words.length === 0 ? "nothing" : words.join(" and ")

/** checks that exactly one group is given, and no parameter of the other groups */
const checkEither = (groups: Groups, args: AnyArgs): Complaint | undefined => {
  const all = [...new Set(groups.flat())]
  const given = all.filter((name) => args[name] !== undefined)
  if (
    groups.length === 0 ||
    groups.some((group) => group.length === given.length && group.every((name) => given.includes(name)))
  ) {
    return undefined
  }
  const reason = `give either ${groups.map(and).join(", or ")}${given.length === 0 ? "" : `; given: ${and(given)}`}`
  return { field: given[given.length - 1] ?? all[0]!, reason }
}

const checkOf = ({ check = () => undefined, either }: Pick<Row<Param.Params, Lambda, Groups>, "check" | "either">) =>
  // the row's own check has the more specific message
  either === undefined ? check : (args: AnyArgs) => check(args) ?? checkEither(either, args)

const noChoice: Groups = []

const make = <P extends Param.Params, L extends Lambda, E extends Groups, K extends Kind>(
  row: Row<P, L, E>,
  kind: K
): Endpoint<P, L, E, K> => ({
  name: "",
  group: "",
  kind,
  method: row.method ?? (kind === "public" ? "GET" : "POST"),
  path: row.path,
  auth: kind !== "public",
  params: row.params,
  limit: row.limit,
  idempotent: row.idempotent === undefined ? kind === "public" || kind === "read" : row.idempotent,
  cancels: row.cancels ?? false,
  status: row.status ?? "documented",
  doc: row.doc === null ? null : `https://docs.bitfinex.com/reference/${row.doc}`,
  // the cast: without the column, `E` is the type of an empty list
  either: row.either ?? noChoice as E,
  notification: row.notification ?? null,
  mismatch: row.mismatch ?? (() => undefined),
  refusal: row.refusal ?? (() => undefined),
  reply: row.result,
  check: checkOf(row),
  // the cast: `L` describes the same choice as `choose`, which only the tests of the rows can verify
  decode: (json, args) =>
    Either.flatMap(row.result.choose(args ?? {}), (decoder) => decoder.decode(json)) as Either.Either<any, DecodeError>
})

/**
 * Declares an endpoint that needs no key.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E, "public"> => make(row, "public")

/**
 * Declares a signed endpoint that only reads.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E, "read"> => make(row, "read")

/**
 * Declares a signed endpoint that writes. The SDK never repeats it while its outcome is unknown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const write = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E, "write"> => make(row, "write")

/**
 * Declares a signed endpoint that changes or cancels orders: a write that may fail with `OrderNotFound`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const order = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E, "order"> => make(row, "order")

/**
 * Makes a table of endpoints: sets the name and the group of each row.
 *
 * @since 0.1.0
 * @category constructors
 */
export const table = <const T extends { readonly [name: string]: AnyEndpoint }>(group: string, rows: T): T =>
  named(rows, (row, name) => ({ ...row, name, group }))
