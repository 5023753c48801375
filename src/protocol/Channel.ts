/**
 * Public channels as rows of data: how to build requests and decode frames.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../BitfinexError.ts"
import type { AnyArgs, Apply, Complaint, Lambda, Reply } from "./Endpoint.ts"
import { named } from "./internal/named.ts"
import type { Layout } from "./Layout.ts"
import type * as Param from "./Param.ts"

/**
 * Decodes the payload of a channel's frame into rows; `args` are the arguments of the subscription.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowsDecoder<P extends Param.Params, out L extends Lambda> {
  readonly decode: <const A extends Partial<Param.Arguments<P>>>(
    json: unknown,
    args?: A
  ) => Either.Either<ReadonlyArray<Apply<L, A>>, DecodeError>
}

/**
 * The objects that the rows of a channel show, where an object that has ended does not come back: an update about it that
 * comes after its end is late, and changes nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lifetime<in A> {
  /** null when the row does not name its object */
  readonly id: (row: A) => string | number | null
  /**
   * ms of the last change of the object. It is given where it is not certain that an end is final: then a row that was
   * changed after the end shows the object again
   */
  readonly updated?: (row: A) => number | null
}

/**
 * How the rows of a channel form its state, which late and slow consumers receive:
 *
 * - `latest`: each frame replaces the state
 * - `keyed`: a row replaces or removes the row of the same key
 * - `recent`: the newest rows; a row replaces the row of the same key
 * - `events`: as `recent`, but without a snapshot: the channel only reports events
 *
 * `A` are the rows that it is declared for.
 *
 * @since 0.1.0
 * @category models
 */
export type State<A> =
  | { readonly kind: "latest" }
  | {
    readonly kind: "keyed"
    readonly key: (row: A) => string | number
    /** the key to remove if there is no row under `key` */
    readonly otherKey: ((row: A) => string | number) | undefined
    readonly removes: (row: A, type?: string | null) => boolean
    /** undefined where a removed key may come back, as the levels of a book do */
    readonly lifetime: Lifetime<A> | undefined
    readonly order: (a: A, b: A) => number
    readonly keep: number
  }
  | { readonly kind: "recent" | "events"; readonly key: (row: A) => string | number; readonly keep: number }

/**
 * Each frame replaces the state.
 *
 * @since 0.1.0
 * @category constructors
 */
export const latest: State<unknown> = { kind: "latest" }

/**
 * A row replaces or removes the row of the same key.
 *
 * @since 0.1.0
 * @category constructors
 */
export const keyed = <A>(options: {
  readonly key: (row: A) => string | number
  readonly otherKey?: (row: A) => string | number
  /** `type` is the venue's name of the update, such as `oc`; null if updates have no names */
  readonly removes?: (row: A, type?: string | null) => boolean
  readonly lifetime?: Lifetime<A>
  readonly order: (a: A, b: A) => number
  readonly keep?: number
}): State<A> => ({
  kind: "keyed",
  key: options.key,
  otherKey: options.otherKey,
  removes: options.removes ?? (() => false),
  lifetime: options.lifetime,
  order: options.order,
  keep: options.keep ?? Number.POSITIVE_INFINITY
})

/**
 * The newest rows.
 *
 * @since 0.1.0
 * @category constructors
 */
export const recent = <A>(key: (row: A) => string | number, keep: number): State<A> => ({ kind: "recent", key, keep })

/**
 * The newest rows of a channel that has no snapshot.
 *
 * @since 0.1.0
 * @category constructors
 */
export const events = <A>(key: (row: A) => string | number, keep: number): State<A> => ({ kind: "events", key, keep })

/**
 * One public channel.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel<P extends Param.Params, out L extends Lambda> {
  /** name of the channel, its key in the table */
  readonly name: string
  /** its name on the wire */
  readonly channel: string
  readonly params: P
  /** the fields of the subscribe frame, with defaults; in this order, they identify the subscription */
  readonly request: (args: AnyArgs) => { readonly [field: string]: string }
  /** checks the combination of parameters */
  readonly check: (args: AnyArgs) => Complaint | undefined
  /** the layout of its rows */
  readonly record: Reply<L>
  /** the first frame of a subscription */
  readonly snapshot: RowsDecoder<P, L>
  /** every later frame: one row, or several rows of a bulk update */
  readonly update: RowsDecoder<P, L>
  /** how rows form the channel's state: those of `record` for the same arguments */
  readonly state: (args: AnyArgs) => State<never>
  /** URL of the manual's page */
  readonly doc: string
}

/**
 * Any channel, for code that iterates over the table.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyChannel extends Channel<Param.Params, Lambda> {}

/**
 * The arguments of a channel.
 *
 * @since 0.1.0
 * @category models
 */
export type Args<C> = C extends { readonly params: infer P extends Param.Params } ? Param.Arguments<P> : never

/**
 * The record that a channel delivers for given arguments.
 *
 * @since 0.1.0
 * @category models
 */
export type RecordOf<C, A = Args<C>> = C extends { readonly record: Reply<infer L> } ? Apply<L, A> : never

/**
 * Reads the rows of a payload: a list of rows, or a single row. No public record begins with an array, so the nesting
 * distinguishes the two; it does not distinguish a snapshot from an update.
 *
 * @internal
 */
export const readRows = (
  layout: Layout<unknown>,
  json: unknown
): Either.Either<ReadonlyArray<unknown>, DecodeError> => {
  if (!Array.isArray(json)) {
    const expected = "row or list of rows"
    const place = { field: "", index: null, row: null }
    return Either.left(
      new DecodeError({ operation: "decode", layout: layout.name, ...place, expected, actual: render(json) })
    )
  }
  if (json.length > 0 && !Array.isArray(json[0])) return Either.map(layout.decode(json), (row) => [row])
  const out: Array<unknown> = []
  for (let row = 0; row < json.length; row++) {
    const record = layout.read(json[row])
    if (record === undefined) {
      return Either.flatMap(layout.decode(json[row]), () => Either.right(out)).pipe(
        Either.mapLeft((error) => new DecodeError({ ...error, row }))
      )
    }
    out.push(record)
  }
  return Either.right(out)
}

/**
 * Declares a public channel. Its records must be layouts, because only layouts have a decoder that is fast enough.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <P extends Param.Params, L extends Lambda>(row: {
  readonly channel: string
  readonly params: P
  readonly request: (args: AnyArgs) => { readonly [field: string]: string }
  readonly check?: (args: AnyArgs) => Complaint | undefined
  readonly record: Reply<L>
  readonly state: (args: AnyArgs) => State<never>
  readonly doc: string
}): Channel<P, L> => {
  const rows: RowsDecoder<P, L> = {
    // the casts: `record` chooses among layouts, and the type `L` describes the same choice
    decode: (json, args) =>
      Either.flatMap(row.record.choose(args ?? {}), (layout) => readRows(layout as Layout<unknown>, json)) as any
  }
  return {
    name: "",
    channel: row.channel,
    params: row.params,
    request: row.request,
    check: row.check ?? (() => undefined),
    record: row.record,
    snapshot: rows,
    update: rows,
    state: row.state,
    doc: `https://docs.bitfinex.com/reference/${row.doc}`
  }
}

/**
 * Makes a table of channels: sets the name of each row.
 *
 * @since 0.1.0
 * @category constructors
 */
export const table = <const T extends { readonly [name: string]: AnyChannel }>(rows: T): T =>
  named(rows, (row, name) => ({ ...row, name }))
