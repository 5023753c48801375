/**
 * Endpoints as rows of data. Method, argument and result types, path, limit and decoder all follow from the row.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../BitfinexError.ts"
import type { Decoder } from "./Layout.ts"
import type * as Param from "./Param.ts"
import * as Symbols from "./Symbols.ts"

/**
 * A type that depends on the arguments of a call. An interface that extends this one computes `type` from `this["args"]`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lambda {
  /** false when `type` is the same whatever the arguments */
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
 * The same type whatever the arguments.
 *
 * @since 0.1.0
 * @category models
 */
export interface Always<A> extends Lambda {
  readonly depends: false
  readonly type: A
}

/**
 * `T` for a trading symbol, `F` for a funding symbol, either when the type of the symbol does not tell.
 *
 * @since 0.1.0
 * @category models
 */
export interface BySymbol<T, F> extends Lambda {
  readonly depends: true
  readonly type: this["args"] extends { readonly symbol: Symbols.Trading } ? T
    : this["args"] extends { readonly symbol: Symbols.Funding } ? F
    : T | F
}

/**
 * Arguments of a call whose types are not known any more.
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
 * The same decoder whatever the arguments.
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
 * Another choice by arguments. `L` is the type-level twin of the function.
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
 * What is wrong with a combination of parameters.
 *
 * @since 0.1.0
 * @category models
 */
export interface Complaint {
  readonly field: string
  readonly reason: string
}

/**
 * Groups of parameters of which a call gives exactly one, whole: `[["id"], ["cid", "cidDate"]]`. An empty group lets a
 * call give none.
 *
 * @since 0.1.0
 * @category models
 */
export type Groups = ReadonlyArray<ReadonlyArray<string>>

/**
 * Why the venue refused what was asked, where the reply looks like a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  /** null in every refusal that is known */
  readonly code: number | null
  /** text for people; empty when there is none */
  readonly text: string
  /** `ERROR`, `FAILURE`, or a word that we do not know: then it is open whether anything was done. `SUCCESS` where the
   * rest of the reply denies it */
  readonly status: string
}

/**
 * A reply that refuses. Calls of a client fail with it, so that it is never among their results.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly accepted: false
}

/**
 * One endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<P extends Param.Params, out L extends Lambda, out E extends Groups = Groups> {
  /** the endpoint's name, which is its key in the tables */
  readonly name: string
  readonly group: string
  readonly method: "GET" | "POST"
  /** path with `{parameters}`; one that is left out takes the colon or slash before it along */
  readonly path: string
  readonly auth: boolean
  readonly params: P
  /** requests and the seconds in which they may be made; null where the manual states none */
  readonly limit: readonly [requests: number, seconds: number] | null
  /** a repeat has no further effect, so a failed call may be repeated; null: not known */
  readonly idempotent: boolean | null
  /** whether it only takes orders or offers back: such calls go before all others, and are tried in a cool-down */
  readonly cancels: boolean
  /** whether the manual lists it, once listed it, or never did */
  readonly status: "documented" | "removed-from-docs-index" | "undocumented"
  /** the manual's page; null where it has none */
  readonly doc: string | null
  /** groups of parameters of which a call gives exactly one; empty where there is no such choice */
  readonly either: E
  /** set when the reply is a notification: its type, null where that is not known */
  readonly notification: { readonly type: string | null } | null
  /** what a good status and a well-formed body may still say: no. To be asked before `decode` */
  readonly refusal: (json: unknown) => Refusal | undefined
  readonly reply: Reply<L>
  /** what is wrong with the parameters as a whole */
  readonly check: (args: AnyArgs) => Complaint | undefined
  /** decodes the body of a reply; `args` are those of the call, needed where they select the layout */
  readonly decode: <const A extends Partial<Param.Arguments<P>>>(
    json: unknown,
    args?: A
  ) => Either.Either<Apply<L, A>, DecodeError>
}

/**
 * Any endpoint, for code that walks the tables.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyEndpoint extends Endpoint<Param.Params, Lambda> {}

/**
 * The arguments that a table of parameters asks for, where exactly one group of `E` is to be given.
 *
 * @since 0.1.0
 * @category models
 */
export type Choice<P extends Param.Params, E extends Groups> = number extends E["length"] ? Param.Arguments<P>
  : E extends readonly [] ? Param.Arguments<P>
  : { [I in keyof E]: ChoiceOf<P, E[number][number], E[I][number]> }[number]

/** `All` are the names of all groups, `Given` those of the one that is given */
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
 * What a row states.
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
  readonly refusal?: (json: unknown) => Refusal | undefined
  readonly check?: (args: AnyArgs) => Complaint | undefined
  /** the last part of the address of the manual's page */
  readonly doc: string | null
}

const and = (words: ReadonlyArray<string>): string => words.length === 0 ? "nothing" : words.join(" and ")

/** exactly one group is given, and nothing of the others */
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
  // what the row itself says of a combination tells more
  either === undefined ? check : (args: AnyArgs) => check(args) ?? checkEither(either, args)

const make = <P extends Param.Params, L extends Lambda, E extends Groups>(
  row: Row<P, L, E>,
  defaults: { readonly method: "GET" | "POST"; readonly auth: boolean; readonly idempotent: boolean | null }
): Endpoint<P, L, E> => ({
  name: "",
  group: "",
  method: row.method ?? defaults.method,
  path: row.path,
  auth: defaults.auth,
  params: row.params,
  limit: row.limit,
  idempotent: row.idempotent === undefined ? defaults.idempotent : row.idempotent,
  cancels: row.cancels ?? false,
  status: row.status ?? "documented",
  doc: row.doc === null ? null : `https://docs.bitfinex.com/reference/${row.doc}`,
  // the cast: without the column, `E` is the type of an empty list
  either: row.either ?? [] as unknown as E,
  notification: row.notification ?? null,
  refusal: row.refusal ?? (() => undefined),
  reply: row.result,
  check: checkOf(row),
  // the cast: `choose` and `L` are twins, which only the rows' tests can hold together
  decode: (json, args) =>
    Either.flatMap(row.result.choose(args ?? {}), (decoder) => decoder.decode(json)) as Either.Either<any, DecodeError>
})

/**
 * An endpoint that needs no key.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E> => make(row, { method: "GET", auth: false, idempotent: true })

/**
 * A signed endpoint that only reads.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E> => make(row, { method: "POST", auth: true, idempotent: true })

/**
 * A signed endpoint that changes something. Never repeated by us while its outcome is unknown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const write = <P extends Param.Params, L extends Lambda, const E extends Groups = readonly []>(
  row: Row<P, L, E>
): Endpoint<P, L, E> => make(row, { method: "POST", auth: true, idempotent: false })

/**
 * A table of endpoints: gives each row its name and group.
 *
 * @since 0.1.0
 * @category constructors
 */
export const table = <const T extends { readonly [name: string]: AnyEndpoint }>(group: string, rows: T): T =>
  // the cast: the same rows under the same names
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, { ...row, name, group }])) as unknown as T
