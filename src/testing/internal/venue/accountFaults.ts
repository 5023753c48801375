/**
 * How faults get at the account's side of a connection.
 *
 * @internal
 */
import type { CommandPoint, ReverseAnswers, ShowLate, StrayAnswer, TwinOrder } from "../../Fault.ts"

/** What befalls a submission, on a socket or over REST. */
export interface PlacementFaults {
  /** what it places is shown late */
  readonly show: () => typeof ShowLate.Type | undefined
  /** another program submits the same */
  readonly twin: () => typeof TwinOrder.Type | undefined
}

export interface AccountSabotage extends PlacementFaults {
  /** a login is not answered, or refused */
  readonly login: () => "ignore" | { readonly code: number; readonly msg: string } | undefined
  /** a snapshot is left out, or comes so many ms late */
  readonly snapshot: (type: string) => "skip" | number | undefined
  /** the connection drops around a command, which this uses up */
  readonly command: (input: string) => { readonly point: CommandPoint; readonly code: number } | undefined
  /** so many ms pass before a command is carried out */
  readonly slow: (input: string) => number | undefined
  /** something else is sent ahead of the answer to a command */
  readonly stray: (input: string) => typeof StrayAnswer.Type | undefined
  /** answers are kept, and sent in reverse */
  readonly reverse: () => typeof ReverseAnswers.Type | undefined
  /** the acknowledgement of a command is lost, or comes so many ms late */
  readonly notification: (input: string) => "lose" | number | undefined
  /** what goes out in place of the payload of an event */
  readonly payload: (type: string, payload: unknown) => unknown
}
