/**
 * Tables whose rows know their names.
 *
 * @internal
 */

/** The same rows under the same names, each with what `f` adds to it. */
export const named = <A extends object, T extends { readonly [name: string]: A }>(
  rows: T & { readonly [name: string]: A },
  f: (row: A, name: string) => A
): T =>
  // the cast: `f` returns a row of the same type, and the names are kept
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, f(row, name)])) as T
