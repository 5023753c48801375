/**
 * Rows of the market, and the range of rows that a request selects.
 *
 * @internal
 */
import type { Layout } from "../../../protocol/Layout.ts"

/** an encoded row: an array of cells */
export type Row = ReadonlyArray<unknown>

/** the row of a record whose layout is an array */
export const rowOf = <A>(layout: Layout<A>, record: NoInfer<A>): Row => {
  const row = layout.encode(record)
  if (!Array.isArray(row)) throw new Error(`${layout.name} does not encode to an array`)
  return row
}

export interface Range {
  readonly start?: number | undefined
  readonly end?: number | undefined
  readonly limit?: number | undefined
  /** 1 oldest first, -1 (default) newest first */
  readonly sort?: 1 | -1 | undefined
}

export type Precision = "P0" | "P1" | "P2" | "P3" | "P4" | "R0"
