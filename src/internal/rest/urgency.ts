/**
 * Whether the calls of a fiber are urgent: those of a program that leaves, which must not wait behind calls that hang.
 *
 * @internal
 */
import * as Context from "effect/Context"

/**
 * Signed calls go to the front of the queue of their key where this is true, reads as well.
 *
 * @internal
 */
export class Urgency extends Context.Reference<Urgency>()("effect-bitfinex/internal/Urgency", {
  defaultValue: (): boolean => false
}) {}
