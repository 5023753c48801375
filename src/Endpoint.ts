/**
 * Endpoints as rows of data. Method, argument and result types, path, limit and decoder all follow from the row.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { DecodeError } from "./BitfinexError.ts"
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
    actual: actual === undefined ? "nothing" : String(actual)
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
 * One endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<P extends Param.Params, out L extends Lambda> {
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
  /** whether the manual lists it, once listed it, or never did */
  readonly status: "documented" | "removed-from-docs-index" | "undocumented"
  /** the manual's page */
  readonly doc: string
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
 * The arguments of an endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export type Args<E> = E extends { readonly params: infer P extends Param.Params } ? Param.Arguments<P> : never

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
export type Result<E, A = Args<E>> = Apply<LambdaOf<E>, A>

/**
 * What a row states.
 *
 * @since 0.1.0
 * @category models
 */
export interface Row<P extends Param.Params, L extends Lambda> {
  readonly method?: "GET" | "POST"
  readonly path: string
  readonly params: P
  readonly result: Reply<L>
  readonly limit: readonly [requests: number, seconds: number] | null
  readonly idempotent?: boolean | null
  readonly status?: "documented" | "removed-from-docs-index" | "undocumented"
  readonly check?: (args: AnyArgs) => Complaint | undefined
  readonly doc: string
}

const make = <P extends Param.Params, L extends Lambda>(
  row: Row<P, L>,
  defaults: { readonly method: "GET" | "POST"; readonly auth: boolean; readonly idempotent: boolean | null }
): Endpoint<P, L> => ({
  name: "",
  group: "",
  method: row.method ?? defaults.method,
  path: row.path,
  auth: defaults.auth,
  params: row.params,
  limit: row.limit,
  idempotent: row.idempotent === undefined ? defaults.idempotent : row.idempotent,
  status: row.status ?? "documented",
  doc: `https://docs.bitfinex.com/reference/${row.doc}`,
  reply: row.result,
  check: row.check ?? (() => undefined),
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
export const open = <P extends Param.Params, L extends Lambda>(row: Row<P, L>): Endpoint<P, L> =>
  make(row, { method: "GET", auth: false, idempotent: true })

/**
 * A signed endpoint that only reads.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = <P extends Param.Params, L extends Lambda>(row: Row<P, L>): Endpoint<P, L> =>
  make(row, { method: "POST", auth: true, idempotent: true })

/**
 * A signed endpoint that changes something. Never repeated by us while its outcome is unknown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const write = <P extends Param.Params, L extends Lambda>(row: Row<P, L>): Endpoint<P, L> =>
  make(row, { method: "POST", auth: true, idempotent: false })

/**
 * A table of endpoints: gives each row its name and group.
 *
 * @since 0.1.0
 * @category constructors
 */
export const table = <const T extends { readonly [name: string]: AnyEndpoint }>(group: string, rows: T): T =>
  // the cast: the same rows under the same names
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, { ...row, name, group }])) as unknown as T
