/**
 * The hooks through which faults change the account's side of a connection.
 *
 * @internal
 */
import type { CommandPoint, ReverseAnswers, ShowLate, SlowCancel, StrayAnswer, TwinOrder } from "../../Fault.ts"

/** Faults of a submission or a cancellation, on a socket or over REST. */
export interface PlacementFaults {
  /** the order or offer becomes visible late */
  readonly show: () => typeof ShowLate.Type | undefined
  /** another program submits the same terms */
  readonly twin: () => typeof TwinOrder.Type | undefined
  /** a cancellation is acknowledged, and its orders end late or never */
  readonly cancel: () => typeof SlowCancel.Type | undefined
}

export interface AccountSabotage extends PlacementFaults {
  /** a login is not answered, or refused */
  readonly login: () => "ignore" | { readonly code: number; readonly msg: string } | undefined
  /** a snapshot is omitted, or delayed by this number of ms */
  readonly snapshot: (type: string) => "skip" | number | undefined
  /** the connection drops around a command; the call consumes the fault */
  readonly command: (input: string) => { readonly point: CommandPoint; readonly code: number } | undefined
  /** delay before a command is executed, ms */
  readonly slow: (input: string) => number | undefined
  /** another message is sent before the answer to a command */
  readonly stray: (input: string) => typeof StrayAnswer.Type | undefined
  /** answers are held back and sent in reverse order */
  readonly reverse: () => typeof ReverseAnswers.Type | undefined
  /** the acknowledgement of a command is lost, or delayed by this number of ms */
  readonly notification: (input: string) => "lose" | number | undefined
  /** the payload to send in place of an event's own */
  readonly payload: (type: string, payload: unknown) => unknown
}
