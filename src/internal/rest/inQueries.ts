/**
 * Lists of ids in parts that one request may name.
 *
 * @internal
 */
import * as Arr from "effect/Array"

/** ids in one request; how many the venue takes is not documented */
const idsPerQuery = 100

/**
 * The ids in parts of at most 100.
 *
 * @internal
 */
export const inQueries = <A>(ids: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => Arr.chunksOf(ids, idsPerQuery)
