/**
 * Rows of the market, and the range of rows that a request selects.
 *
 * @internal
 */

/** an encoded row: the result of `Layout.encode` */
export type Row = ReadonlyArray<unknown>

export interface Range {
  readonly start?: number | undefined
  readonly end?: number | undefined
  readonly limit?: number | undefined
  /** 1 oldest first, -1 (default) newest first */
  readonly sort?: 1 | -1 | undefined
}

export type Precision = "P0" | "P1" | "P2" | "P3" | "P4" | "R0"
