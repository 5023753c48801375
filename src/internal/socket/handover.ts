/**
 * What consumers that run in place are given of a frame, as soon as the frame is dealt with: no earlier, since what a
 * consumer does may come back to the connection (it may end its stream, or ask for a channel anew), and no later, since
 * elements that wait grow old, and old elements cost more to collect than to decode.
 *
 * The lists are those of the process. They are kept, and what was in them is not.
 *
 * @internal
 */

type Take = (element: unknown) => void

const takers: Array<Take | undefined> = []
const elements: Array<unknown> = []
let count = 0
/** frames that are being dealt with: one brings about another where a socket in memory answers at once */
let depth = 0
let isGiving = false

/** whether a frame is being dealt with, so that `add` may be called */
export const isOpen = (): boolean => depth > 0

/** `take` is called when the frame is dealt with; it must not throw */
export const add = <A>(take: (element: A) => void, element: A): void => {
  // the cast: it is called with this element only
  takers[count] = take as Take
  elements[count++] = element
}

export const begin = (): void => {
  depth++
}

/** the frame is dealt with */
export const end = (): void => {
  if (--depth > 0 || isGiving || count === 0) return
  isGiving = true
  for (let k = 0; k < count; k++) {
    const take = takers[k]!
    const element = elements[k]
    takers[k] = elements[k] = undefined
    take(element)
  }
  count = 0
  isGiving = false
}
