/**
 * Keeps V8 from making the objects of one place in the code among the old objects.
 *
 * It counts how many of the first objects of an object or array literal survive a collection. Where 85 % do, it allocates all
 * later ones in the old generation, for good ("allocation site pretenuring"). The first rows are those of snapshots, which
 * are held; those of updates are not. With a hundred channels or more, each update then cost twice the CPU, and the process
 * 220 MB in place of 120.
 *
 * @internal
 */

/** Calls a function that makes such objects often enough that most of the first ones are dropped. */
export const shortLived = (make: () => unknown): void => {
  for (let k = 0; k < 1000; k++) make()
}
