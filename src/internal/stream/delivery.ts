/**
 * Delivers the elements of a frame to consumers that run in place, as soon as the frame has been handled. Not earlier,
 * since a consumer may call the connection back (it may end its stream, or resubscribe a channel). Not later, since
 * elements that wait grow old, and old elements cost more to collect than to decode.
 *
 * One for the sockets of a pool, or of an account. Its lists are kept and reused; their elements are not.
 *
 * @internal
 */

/** Receives elements in place, of its own kind only; `receive` must not throw. */
export interface Receiver {
  readonly receive: (element: never) => void
}

export class Delivery {
  readonly #receivers: Array<Receiver | undefined> = []
  readonly #elements: Array<unknown> = []
  #count = 0
  /** frames that are being handled: one causes another if a socket in memory answers at once */
  #depth = 0
  #isGiving = false

  /** whether a frame is being handled, so that `add` may be called */
  get isOpen(): boolean {
    return this.#depth > 0
  }

  /** it receives the element when the frame has been handled */
  add(to: Receiver, element: unknown): void {
    this.#receivers[this.#count] = to
    this.#elements[this.#count++] = element
  }

  /** As `add`, but at once where nothing is ahead: for the last element of a frame. Holding an element costs a tenth more. */
  give(to: Receiver, element: unknown): void {
    if (this.#depth > 1 || this.#isGiving || this.#count > 0) return this.add(to, element)
    this.#isGiving = true
    // the cast, here and below: the receiver of an element takes its kind
    to.receive(element as never)
    this.#isGiving = false
  }

  begin(): void {
    this.#depth++
  }

  /** the frame has been handled */
  end(): void {
    if (--this.#depth > 0 || this.#isGiving || this.#count === 0) return
    this.#isGiving = true
    for (let k = 0; k < this.#count; k++) {
      const to = this.#receivers[k]!
      const element = this.#elements[k]
      this.#receivers[k] = this.#elements[k] = undefined
      to.receive(element as never)
    }
    this.#count = 0
    this.#isGiving = false
  }
}
