/**
 * The kinds of cell in a positional record: type, Schema, reader and writer of each kind in one value.
 *
 * Readers never coerce: a string in place of a number is refused.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { render } from "../BitfinexError.ts"
import { openObject } from "./internal/schemas.ts"

/**
 * The value that a reader returns for a refused cell.
 *
 * @since 0.1.0
 * @category constants
 */
export const refused: unique symbol = Symbol.for("effect-bitfinex/Field/refused")

/**
 * Where and why a cell was refused, for error messages.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly path: string
  readonly expected: string
  readonly actual: string
}

/**
 * The checks that `Layout` runs inline, without a call per cell. `none` calls `read`.
 *
 * @internal
 */
export const fast = { none: 0, number: 1, int: 2, string: 3, json: 4 } as const

/**
 * One kind of cell.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field<A> {
  /** name of the kind: `num`, `int`, `str`, … */
  readonly kind: string
  /** the expected value, for error messages */
  readonly expected: string
  /** whether null, and an absent trailing cell, are values of this field */
  readonly nullable: boolean
  /** @internal */
  readonly fast: number
  /** reads a cell that is not null, or returns `refused` */
  readonly read: (cell: unknown) => A | typeof refused
  readonly write: (value: A) => unknown
  /** Schema of the decoded value (made lazily) */
  readonly schema: () => Schema.Schema<A, any>
  /** describes why `read` refused a cell */
  readonly explain: (cell: unknown) => Refusal
  /** cache of the nullable version of this field @internal */
  orNull?: Field<A | null>
  /** the field of a nullable cell that is not null @internal */
  readonly inner?: Field<any>
}

/**
 * The type of a field's value.
 *
 * @since 0.1.0
 * @category models
 */
export type Type<F> = F extends Field<infer A> ? A : never

/**
 * Makes a kind of cell from a guard: the cell itself is the value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(options: {
  readonly kind: string
  readonly expected: string
  readonly is: (cell: unknown) => boolean
  readonly schema: () => Schema.Schema<A, any>
  readonly fast?: number
}): Field<A> => ({
  kind: options.kind,
  expected: options.expected,
  nullable: false,
  fast: options.fast ?? fast.none,
  read: (cell) => options.is(cell) ? cell as A : refused,
  write: (value) => value,
  schema: options.schema,
  explain: (cell) => ({ path: "", expected: options.expected, actual: render(cell) })
})

/**
 * A finite number.
 *
 * @since 0.1.0
 * @category constructors
 */
export const num: Field<number> = make<number>({
  kind: "num",
  expected: "number",
  is: Number.isFinite,
  schema: () => Schema.Finite,
  fast: fast.number
})

/**
 * A whole number that JavaScript represents exactly.
 *
 * @since 0.1.0
 * @category constructors
 */
export const int: Field<number> = make<number>({
  kind: "int",
  expected: "whole number",
  is: Number.isSafeInteger,
  schema: () => Schema.Number.pipe(Schema.filter(Number.isSafeInteger, { jsonSchema: { type: "integer" } })),
  fast: fast.int
})

/**
 * Milliseconds since the epoch, UTC. Socket values may carry a fraction.
 *
 * @since 0.1.0
 * @category constructors
 */
export const mts: Field<number> = make<number>({
  kind: "mts",
  expected: "milliseconds since the epoch",
  is: Number.isFinite,
  schema: () => Schema.Finite,
  fast: fast.number
})

/**
 * A string.
 *
 * @since 0.1.0
 * @category constructors
 */
export const str: Field<string> = make<string>({
  kind: "str",
  expected: "string",
  is: (cell) => typeof cell === "string",
  schema: () => Schema.String,
  fast: fast.string
})

/**
 * A flag, sent by the venue as 0 or 1. It stays a number, because some flags do not mean what their names say. Other whole
 * numbers are read as they are: the venue may give a flag a third value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const flag: Field<number> = { ...int, kind: "flag" }

/**
 * true or false.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bool: Field<boolean> = make<boolean>({
  kind: "bool",
  expected: "true or false",
  is: (cell) => typeof cell === "boolean",
  schema: () => Schema.Boolean
})

/**
 * Any JSON value, undecoded: a cell of unknown shape.
 *
 * @since 0.1.0
 * @category constructors
 */
export const json: Field<unknown> = make<unknown>({
  kind: "json",
  expected: "any JSON value",
  is: (cell) => cell !== undefined,
  schema: () => Schema.Unknown,
  fast: fast.json
})

const isObject = (cell: unknown): cell is { readonly [key: string]: unknown } =>
  typeof cell === "object" && cell !== null && !Array.isArray(cell)

/**
 * An object with arbitrary keys, undecoded.
 *
 * @since 0.1.0
 * @category constructors
 */
export const object: Field<{ readonly [key: string]: unknown }> = make({
  kind: "object",
  expected: "object",
  is: isObject,
  schema: () => openObject(isObject)
})

/**
 * One of a closed set of words or numbers, for cells that say which kind of row it is. The venue adds words and codes
 * without notice, and a row with a new one is refused: use `word` or `int` for everything else.
 *
 * @since 0.1.0
 * @category constructors
 */
export const oneOf = <const W extends ReadonlyArray<string | number>>(...words: W): Field<W[number]> => {
  const set = new Set<unknown>(words)
  return make<W[number]>({
    kind: "oneOf",
    expected: `one of ${words.map((word) => render(word)).join(", ")}`,
    is: (cell) => set.has(cell),
    schema: () => Schema.Literal(...words)
  })
}

/**
 * One of the known words, or any other word: the venue may add words.
 *
 * @since 0.1.0
 * @category constructors
 */
export const word = <const W extends ReadonlyArray<string>>(..._known: W): Field<W[number] | (string & {})> => ({
  ...(str as Field<W[number] | (string & {})>),
  kind: "word"
})

const makeNullable = <A>(field: Field<A>): Field<A | null> => ({
  kind: field.kind,
  expected: `${field.expected} or null`,
  nullable: true,
  inner: field,
  fast: field.fast,
  read: (cell) => cell === null ? null : field.read(cell),
  write: (value) => value === null ? null : field.write(value),
  schema: () => Schema.NullOr(field.schema()),
  explain: (cell) => {
    const inner = field.explain(cell)
    return inner.path === "" ? { ...inner, expected: `${inner.expected} or null` } : inner
  }
})

/**
 * The same cell, or null; an absent trailing cell reads as null.
 *
 * @since 0.1.0
 * @category combinators
 */
export const nullable = <A>(field: Field<A>): Field<A | null> => {
  // Cached in the field, because a layout's declaration needs it for each row; a copied field holds the original's
  // cache.
  const known = field.orNull
  return known !== undefined && known.inner === field ? known : field.orNull = makeNullable(field)
}

/**
 * A cell that is a list of cells of one kind.
 *
 * @since 0.1.0
 * @category combinators
 */
export const list = <A>(item: Field<A>): Field<ReadonlyArray<A>> => ({
  kind: "list",
  expected: `list of ${item.expected}`,
  nullable: false,
  fast: fast.none,
  read: (cell) => {
    if (!Array.isArray(cell)) return refused
    const out: Array<A> = []
    for (const each of cell) {
      const value = item.read(each)
      if (value === refused) return refused
      out.push(value)
    }
    return out
  },
  write: (value) => value.map(item.write),
  schema: () => Schema.Array(item.schema()),
  explain: (cell) => {
    if (!Array.isArray(cell)) return { path: "", expected: `list of ${item.expected}`, actual: render(cell) }
    const at = cell.findIndex((each) => item.read(each) === refused)
    const inner = item.explain(cell[at])
    return { ...inner, path: inner.path === "" ? `${at}` : `${at}.${inner.path}` }
  }
})

/**
 * The same cell, which the venue also sends in another form: a number as text (`"4096"`), or 0 and 1 as false and true.
 * Only for cells where that was observed; the value is a number in either form.
 *
 * @since 0.1.0
 * @category combinators
 */
export const also = <A extends number>(form: "text" | "boolean", field: Field<A>): Field<A> => {
  const plain = (cell: unknown): unknown =>
    form === "boolean"
      ? typeof cell === "boolean" ? Number(cell) : cell
      // only the text of a decimal number: not "", " 1", "0x1" or "Infinity"
      : typeof cell === "string" && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell)
      ? Number(cell)
      : cell
  const expected = `${field.expected}, also as ${form}`
  return {
    ...field,
    expected,
    fast: fast.none,
    read: (cell) => field.read(plain(cell)),
    explain: (cell) => ({ ...field.explain(plain(cell)), expected, actual: render(cell) })
  }
}
