/**
 * What consumers that run in place are given of a frame, as soon as the frame is dealt with: no earlier, since what a
 * consumer does may come back to the connection (it may end its stream, or resubscribe a channel), and no later, since
 * elements that wait grow old, and old elements cost more to collect than to decode.
 *
 * The lists belong to the process. They are kept and reused; their elements are not.
 *
 * @internal
 */

/** Receives elements in place, of its own kind only; `receive` must not throw. */
export interface Receiver {
  readonly receive: (element: never) => void
}

const receivers: Array<ReadonlyArray<Receiver> | undefined> = []
const elements: Array<unknown> = []
let count = 0
/** frames that are being dealt with: one brings about another where a socket in memory answers at once */
let depth = 0
let isGiving = false

/** whether a frame is being dealt with, so that `add` may be called */
export const isOpen = (): boolean => depth > 0

/** each of them is given the element when the frame is dealt with; the list must not change */
export const add = (to: ReadonlyArray<Receiver>, element: unknown): void => {
  receivers[count] = to
  elements[count++] = element
}

const giveAll = (to: ReadonlyArray<Receiver>, element: unknown): void => {
  // the cast: the receivers of an element take its kind
  for (let n = 0; n < to.length; n++) to[n]!.receive(element as never)
}

/** As `add`, but at once where nothing is ahead: for the last element of a frame. Holding an element costs a tenth more. */
export const give = (to: ReadonlyArray<Receiver>, element: unknown): void => {
  if (depth > 1 || isGiving || count > 0) return add(to, element)
  isGiving = true
  giveAll(to, element)
  isGiving = false
}

export const begin = (): void => {
  depth++
}

/** the frame is dealt with */
export const end = (): void => {
  if (--depth > 0 || isGiving || count === 0) return
  isGiving = true
  for (let k = 0; k < count; k++) {
    const to = receivers[k]!
    const element = elements[k]
    receivers[k] = elements[k] = undefined
    giveAll(to, element)
  }
  count = 0
  isGiving = false
}
