/**
 * Positional records: one declaration gives the type, the Schema, the checked decoder and the encoder.
 *
 * The venue sends rows as arrays and appends cells without notice, so fields are declared by index, longer rows are
 * accepted, and an absent trailing cell reads as null. Nothing is coerced: a cell of another type is a `DecodeError`
 * that names layout, field and index.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { DecodeError, decodeErrorOfList, render, type UnreadRow } from "../BitfinexError.ts"
import * as Field from "./Field.ts"
import { ofRow } from "./internal/schemas.ts"
import { shortLived } from "./internal/shortLived.ts"

/**
 * Decodes a JSON value into `A`, or returns a `DecodeError` that says why it cannot.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decoder<out A> {
  readonly name: string
  readonly decode: (json: unknown) => Either.Either<A, DecodeError>
}

/**
 * A cell in the declaration of a record; `A` is the type of its value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cell<out A> {
  readonly [type]: A
}
declare const type: unique symbol

/**
 * Declares a cell: its index in the row (or its key, for records that are objects) and its kind.
 *
 * @since 0.1.0
 * @category models
 */
export type At<K extends number | string> = <A>(at: K, field: Field.Field<A>) => Cell<A>

/**
 * The fields of a record by name: index or key, and kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fields {
  readonly [name: string]: readonly [at: number | string, field: Field.Field<any>]
}

/**
 * The record that a declaration describes.
 *
 * @since 0.1.0
 * @category models
 */
export type RecordOf<C> = { readonly [K in keyof C]: C[K] extends Cell<infer A> ? A : never }

/**
 * One record: its declaration, and the decoder and encoder derived from it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Layout<A> extends Decoder<A> {
  readonly shape: "array" | "object"
  readonly fields: Fields
  /** @internal */
  readonly declare: (at: At<any>) => unknown
  /** cells of the shortest current form; 0 for objects */
  readonly length: number
  /** the record, or undefined if the row is invalid: for hot paths, which call `decode` to get the reason */
  readonly read: (row: unknown) => A | undefined
  readonly encode: (record: A) => unknown
  /** the same decoder and encoder as a Schema */
  readonly schema: Schema.Schema<A, unknown>
}

/**
 * The type of a layout's record. An interface gives it a name, which editors show in place of its fields:
 * `interface Order extends Layout.Type<typeof order> {}`.
 *
 * @since 0.1.0
 * @category models
 */
export type Type<L> = L extends Layout<infer A> ? Flat<A> : L extends Decoder<infer A> ? A : never

/** the same fields: errors show these, not the declaration that they are derived from */
type Flat<A> = { readonly [K in keyof A]: A[K] } & {}

/**
 * a declaration: called once with a function that describes cells, then for each row with a function that reads them
 */
type Declare<C> = (at: At<any>) => C

type Row = { readonly [at: number | string]: unknown }

const isRow = (shape: "array" | "object", row: unknown): row is Row =>
  shape === "array" ? Array.isArray(row) : typeof row === "object" && row !== null && !Array.isArray(row)

/**
 * The row that is being read, and whether one of its cells was refused; used by one reader at a time, see `readerOf`.
 *
 * Variables of the module, because the same in an object of each reader costs a trade a sixth more (0.047 µs in place of
 * 0.040) and an order a twentieth; for books, tickers and candles there is no difference.
 */
let current: Row = {}
let isRefused = false

const checked = (cell: unknown, field: Field.Field<unknown>): unknown => {
  if (cell === null || cell === undefined) {
    if (!field.nullable) isRefused = true
    return null
  }
  switch (field.fast) {
    case 2: // Field.fast.int
      if (!Number.isSafeInteger(cell)) isRefused = true
      return cell
    case 3: // Field.fast.string
      if (typeof cell !== "string") isRefused = true
      return cell
    case 4: // Field.fast.json
      return cell
  }
  // a cell of kind number reaches this point only if it is not a finite number
  const value = field.read(cell)
  if (value === Field.refused) isRefused = true
  return value
}

const valueAt = (at: number | string, field: Field.Field<unknown>): unknown => {
  const cell = current[at]
  // Field.fast.number: by far the most frequent kind. This function is short, so that V8 inlines it
  if (field.fast === 1 && typeof cell === "number" && cell - cell === 0) return cell
  return checked(cell, field)
}

/** the parts of a record that are computed at its first use */
interface Parts {
  readonly fields: Fields
  readonly names: ReadonlyArray<string>
  readonly places: ReadonlyArray<number | string>
  readonly kinds: ReadonlyArray<Field.Field<any>>
  /** the length of the shortest array that can hold a row; 0 for objects */
  readonly least: number
  /** cells of the shortest current form; 0 for objects */
  readonly length: number
  /** whether keys are paths into inner objects */
  readonly isNested: boolean
}

const partsOf = (shape: "array" | "object", fields: Fields, length: number | undefined): Parts => {
  const names = Object.keys(fields)
  const places = names.map((name) => fields[name]![0])
  const kinds = names.map((name) => fields[name]![1])
  const needed = places.map((at, k) => kinds[k]!.nullable ? 0 : Number(at) + 1)
  return {
    fields,
    names,
    places,
    kinds,
    least: shape === "array" ? Math.max(0, ...needed) : 0,
    length: length ?? Math.max(-1, ...places.map(Number)) + 1,
    isNested: shape === "object" && places.some((path) => String(path).includes("."))
  }
}

/** V8 decides on no fewer than a hundred objects: a record that is read a few times needs no `shortLived` */
const shortLivedFrom = 50

/**
 * The checked reader of a declaration. The declaration is the constructor of its records: V8 makes an object literal in
 * a fraction of the time that it needs for the same object with computed keys (bench/layout.ts).
 */
const readerOf = <C>(
  shape: "array" | "object",
  declare: Declare<C>,
  parts: () => Parts,
  at: typeof valueAt
): (row: unknown) => RecordOf<C> | undefined => {
  let least = -1
  let reads = 0
  return (row) => {
    if (least < 0) least = parts().least
    // looking for cells beyond the end of an array takes V8 ten times as long as finding one
    if (!isRow(shape, row) || (row["length"] as number) < least) return undefined
    // a cell may itself be a row
    const outer = current
    const isOuterRefused = isRefused
    current = row
    isRefused = false
    try {
      if (reads < shortLivedFrom && ++reads === shortLivedFrom) shortLived(() => declare(at as At<any>))
      // the casts: called with the values of its cells, a declaration returns the record
      const record = declare(at as At<any>) as unknown as RecordOf<C>
      return isRefused ? undefined : record
    } finally {
      // also if a user-defined kind has thrown: reading of the outer row may continue
      current = outer
      isRefused = isOuterRefused
    }
  }
}

/** the fields of a declaration, found by calling it once */
const fieldsOf = <C extends object>(declare: Declare<C>): Fields =>
  // the casts: a declaration places each value that it receives for a cell in one property
  ({ ...declare(((at: number | string, field: unknown) => [at, field]) as unknown as At<any>) }) as unknown as Fields

const isObject = (value: unknown): value is { readonly [key: string]: unknown } => isRow("object", value)

/** the values under paths into inner objects, by path */
const lifted = (paths: ReadonlyArray<string | number>, json: unknown): unknown => {
  const at = (path: string | number): unknown =>
    String(path).split(".").reduce<unknown>((inner, key) => isObject(inner) ? inner[key] : undefined, json)
  return isObject(json) ? Object.fromEntries(paths.map((path) => [path, at(path)])) : json
}

/** the inverse of `lifted` */
const lowered = (flat: { readonly [path: string]: unknown }): unknown => {
  const out: { [key: string]: unknown } = {}
  for (const [path, cell] of Object.entries(flat)) {
    const keys = path.split(".")
    const last = keys.pop()!
    let inner = out
    // the cast: the values under the leading keys were put there by this loop
    for (const key of keys) inner = (inner[key] ??= {}) as { [key: string]: unknown }
    inner[last] = cell
  }
  return out
}

/**
 * Fields and the parts derived from them are computed at the first use: for all records at import, this would take some
 * 10 ms.
 */
const build = <C>(
  name: string,
  shape: "array" | "object",
  declare: Declare<C>,
  describe: () => readonly [fields: Fields, length?: number | undefined],
  at: typeof valueAt = valueAt
): Layout<RecordOf<C>> => {
  type A = RecordOf<C>
  let found: Parts | undefined
  const parts = (): Parts => found ??= partsOf(shape, ...describe())
  const readRow = readerOf(shape, declare, parts, at)
  const rowOf = (json: unknown): unknown => parts().isNested ? lifted(parts().places, json) : json
  const read = shape === "array" ? readRow : (json: unknown): A | undefined => readRow(rowOf(json))

  const explain = (row: unknown): DecodeError => {
    const { kinds, names, places } = parts()
    const error = (field: string, index: number | string | null, expected: string, actual: string) =>
      new DecodeError({ operation: "decode", layout: name, field, index, row: null, expected, actual })
    if (!isRow(shape, row)) return error("", null, shape, render(row))
    for (const [k, field] of names.entries()) {
      const cell = row[places[k]!]
      const kind = kinds[k]!
      if (cell === null || cell === undefined) {
        if (!kind.nullable) return error(field, places[k]!, kind.expected, cell === null ? "null" : "nothing")
      } else if (kind.read(cell) === Field.refused) {
        const inner = kind.explain(cell)
        const path = inner.path === "" ? field : `${field}.${inner.path}`
        return error(path, places[k]!, inner.expected, inner.actual)
      }
    }
    return error("", null, shape, render(row))
  }

  const decode = (json: unknown): Either.Either<A, DecodeError> => {
    const record = read(json)
    return record === undefined ? Either.left(explain(rowOf(json))) : Either.right(record)
  }

  const encode = (record: A): unknown => {
    const { isNested, kinds, length, names, places } = parts()
    // the cast: the names are those of the declaration
    const cells = names.map((key, k) => kinds[k]!.write(record[key as keyof A]))
    if (shape === "object") {
      const flat = Object.fromEntries(cells.map((cell, k) => [places[k], cell]))
      return isNested ? lowered(flat) : flat
    }
    const row: Array<unknown> = Array.from({ length }, () => null)
    for (const [k, cell] of cells.entries()) {
      const at = places[k] as number
      // trailing cells that the venue may omit are omitted if null
      if (cell !== null || at < length) {
        while (row.length <= at) row.push(null)
        row[at] = cell
      }
    }
    return row
  }

  let schema: Schema.Schema<A, unknown> | undefined
  return {
    name,
    shape,
    get fields() {
      return parts().fields
    },
    declare,
    get length() {
      return parts().length
    },
    read,
    decode,
    encode,
    get schema() {
      return schema ??= makeSchema(name, shape, parts().fields, decode, encode)
    }
  }
}

const makeSchema = <A>(
  name: string,
  shape: "array" | "object",
  fields: Fields,
  decode: (row: unknown) => Either.Either<A, DecodeError>,
  encode: (record: A) => unknown
): Schema.Schema<A, unknown> => {
  const struct: { [key: string]: Schema.Schema<any, any> } = {}
  for (const [key, [, field]] of Object.entries(fields)) struct[key] = Schema.typeSchema(field.schema())
  // the cast: the struct is computed from the same declaration as the type
  const target = Schema.Struct(struct).annotations({ identifier: name }) as unknown as Schema.Schema<A>
  return ofRow(decode, encode, target, `${name} (${shape})`)
}

/**
 * Declares a record that is sent as an array. `length` is the length of its shortest current form: beyond it, `encode`
 * omits trailing nulls (default: up to the last field).
 *
 * The declaration is called once to find its fields and then for each row, so it must be a plain object literal of
 * cells. Make kinds that need a call, other than `Field.nullable`, once outside of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const C extends { readonly [name: string]: Cell<any> }>(
  name: string,
  declare: (at: At<number>) => C,
  length?: number
): Layout<RecordOf<C>> => build(name, "array", declare, () => [fieldsOf(declare), length])

/**
 * Declares a record that is sent as an object, by its JSON keys.
 *
 * @since 0.1.0
 * @category constructors
 */
export const object = <const C extends { readonly [name: string]: Cell<any> }>(
  name: string,
  declare: (at: At<string>) => C
): Layout<RecordOf<C>> => build(name, "object", declare, () => [fieldsOf(declare), 0])

/**
 * The record `A`, in which the fields `N` may also be null.
 *
 * @since 0.1.0
 * @category models
 */
export type Sparse<A, N extends string> = { readonly [K in keyof A]: K extends N ? A[K] | null : A[K] }

/**
 * The same record with more nullable cells: the rows inside some notifications are incomplete.
 *
 * @since 0.1.0
 * @category combinators
 */
export const sparse = <A, const N extends ReadonlyArray<keyof A & string>>(
  name: string,
  layout: Layout<A>,
  names: N
): Layout<Sparse<A, N[number]>> => {
  const open = new Set<string>(names)
  const fields = (): Fields =>
    Object.fromEntries(
      Object.entries(layout.fields).map(([key, [at, cell]]) =>
        [key, [at, open.has(key) && !cell.nullable ? Field.nullable(cell) : cell]] as const
      )
    )
  // includes cells that an earlier `sparse` made nullable
  let nullable: ReadonlySet<number | string> | undefined
  const isNullable = (at: number | string): boolean => {
    nullable ??= new Set(Object.values(fields()).filter(([, cell]) => cell.nullable).map(([at]) => at))
    return nullable.has(at)
  }
  const read: typeof valueAt = (at, field) =>
    valueAt(at, !field.nullable && isNullable(at) ? Field.nullable(field) : field)
  // the cast: the type is computed from the same names
  return build(name, layout.shape, layout.declare, () => [fields(), layout.length], read) as unknown as Layout<
    Sparse<A, N[number]>
  >
}

/**
 * A field that holds a whole record.
 *
 * @since 0.1.0
 * @category combinators
 */
export const field = <A>(layout: Layout<A>): Field.Field<A> => ({
  kind: "record",
  expected: layout.name,
  nullable: false,
  fast: Field.fast.none,
  read: (cell) => layout.read(cell) ?? Field.refused,
  write: layout.encode,
  schema: () => layout.schema,
  explain: (cell) =>
    Either.match(layout.decode(cell), {
      onLeft: (error) => ({ path: error.field, expected: error.expected, actual: error.actual }),
      onRight: () => ({ path: "", expected: layout.name, actual: render(cell) })
    })
})

const notAList = (name: string, json: unknown): DecodeError =>
  new DecodeError({
    operation: "decode",
    layout: name,
    field: "",
    index: null,
    row: null,
    expected: "list of rows",
    actual: render(json)
  })

/** number of unreadable rows whose errors are made at once: each costs more than reading a thousand cells */
const explained = 10

/** the error of the row is made when it is looked at */
const lazily = (row: number, cells: unknown, item: Decoder<unknown>): UnreadRow => {
  let error: DecodeError | undefined
  return {
    row,
    cells,
    get error() {
      return error ??= new DecodeError({ ...Option.getOrThrow(Either.getLeft(item.decode(cells))), row })
    }
  }
}

const mayBeRow = (cells: unknown): boolean => typeof cells === "object" && cells !== null

/**
 * A list of records. If some rows cannot be decoded, the error has all others in `partial`, unless no element is a row.
 *
 * @since 0.1.0
 * @category combinators
 */
export const list = <A>(item: Decoder<A>): Decoder<ReadonlyArray<A>> => ({
  name: `${item.name}[]`,
  decode: (json) => {
    if (!Array.isArray(json)) return Either.left(notAList(item.name, json))
    const rows: Array<A> = []
    const unread: Array<UnreadRow> = []
    // the cast: a layout is a decoder that can also answer without a reason
    const { read } = item as Partial<Layout<A>>
    for (let row = 0; row < json.length; row++) {
      const cells: unknown = json[row]
      if (read !== undefined && unread.length >= explained) {
        const record = read(cells)
        if (record === undefined) unread.push(lazily(row, cells, item))
        else rows.push(record)
        continue
      }
      const each = item.decode(cells)
      if (Either.isRight(each)) rows.push(each.right)
      else unread.push({ row, cells, error: new DecodeError({ ...each.left, row: each.left.row ?? row }) })
    }
    // such as one row in place of a list, or an error in another form: it says nothing about the content of the list
    if (unread.length > 0 && rows.length === 0 && read !== undefined && !json.some(mayBeRow)) {
      return Either.left(notAList(item.name, json))
    }
    return unread.length === 0 ? Either.right(rows) : Either.left(decodeErrorOfList(unread[0]!.error, { rows, unread }))
  }
})

/**
 * A record that the venue wraps in one more array.
 *
 * @since 0.1.0
 * @category combinators
 */
export const wrapped = <A>(inner: Decoder<A>): Decoder<A> => ({
  name: inner.name,
  decode: (json) => {
    if (!Array.isArray(json) || !Array.isArray(json[0])) return inner.decode(json)
    if (json.length === 1) return inner.decode(json[0])
    const place = { field: "", index: null, row: null }
    return Either.left(
      new DecodeError({
        operation: "decode",
        layout: inner.name,
        ...place,
        expected: "one row wrapped in an array",
        actual: `${json.length} elements`
      })
    )
  }
})

/**
 * A record or null.
 *
 * @since 0.1.0
 * @category combinators
 */
export const orNull = <A>(inner: Decoder<A>): Decoder<A | null> => ({
  name: inner.name,
  decode: (json): Either.Either<A | null, DecodeError> => json === null ? Either.right(null) : inner.decode(json)
})

/**
 * A row whose layout depends on the row itself.
 *
 * @since 0.1.0
 * @category combinators
 */
export const either = <A, B>(
  isLeft: (row: unknown) => boolean,
  left: Decoder<A>,
  right: Decoder<B>
): Decoder<A | B> => ({
  name: `${left.name} | ${right.name}`,
  decode: (json): Either.Either<A | B, DecodeError> => isLeft(json) ? left.decode(json) : right.decode(json)
})

/**
 * A decoder of a single cell: for replies that are plain values or lists of them.
 *
 * @since 0.1.0
 * @category combinators
 */
export const cell = <A>(name: string, kind: Field.Field<A>): Decoder<A> => ({
  name,
  decode: (json) => {
    const value = kind.read(json)
    if (value !== Field.refused) return Either.right(value)
    const { path, expected, actual } = kind.explain(json)
    return Either.left(
      new DecodeError({ operation: "decode", layout: name, field: path, index: null, row: null, expected, actual })
    )
  }
})

/**
 * The undecoded body: for replies of unknown layout.
 *
 * @since 0.1.0
 * @category combinators
 */
export const raw: Decoder<unknown> = { name: "raw", decode: Either.right }
