/** Whether objects are garbage. */
import * as v8 from "node:v8"
import * as vm from "node:vm"

v8.setFlagsFromString("--expose-gc")
// the cast: the flag adds `gc` to new contexts
const gc = vm.runInNewContext("gc") as () => void

/** a WeakRef that was made or read keeps its object until the current task has ended */
const nextTask = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/**
 * Collects garbage until none of the objects is left, and returns those that are. The first collection may end a
 * marking that had begun while an object was still in use, and some garbage is found only after other garbage was
 * collected; an object that is left after ten rounds is held.
 */
export const left = async <A extends object>(refs: ReadonlyArray<WeakRef<A>>): Promise<ReadonlyArray<A>> => {
  const isLeft = () => refs.flatMap((ref) => ref.deref() ?? [])
  for (let round = 0; round < 10; round++) {
    await nextTask()
    gc()
    await nextTask()
    if (isLeft().length === 0) return []
  }
  return isLeft()
}
