/**
 * The consumers of a channel where all of them run in place.
 *
 * @internal
 */
import type { ChannelEvent } from "../../ChannelEvent.ts"
import type { Consumer } from "./consumer.ts"
import type { Receiver } from "./delivery.ts"

type Event = ChannelEvent<unknown>

export class Group implements Receiver {
  readonly #consumers: ReadonlyArray<Consumer>
  // Called without a look at their consumers: with a hundred of these, that costs a tenth, since they do not stay in the
  // cache of the processor.
  readonly #functions: ReadonlyArray<(event: Event) => void>
  /** false once a consumer has stopped or begun: elements that wait are then given to each consumer by itself */
  isCurrent = true

  /** all of them must run in place */
  constructor(consumers: ReadonlyArray<Consumer>) {
    this.#consumers = consumers
    this.#functions = consumers.map(({ direct }) => direct!)
  }

  receive(event: Event): void {
    const consumers = this.#consumers
    const functions = this.#functions
    let n = 0
    for (; this.isCurrent && n < functions.length; n++) {
      try {
        functions[n]!(event)
      } catch (defect) {
        consumers[n]!.die(defect)
      }
    }
    for (; n < consumers.length; n++) consumers[n]!.receive(event)
  }
}

/** a group of the consumers, or undefined if one of them does not run in place */
export const of = (consumers: ReadonlyArray<Consumer>): Group | undefined =>
  consumers.every(({ direct }) => direct !== undefined) ? new Group(consumers) : undefined
