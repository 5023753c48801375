/**
 * How faults get at the account's side of a connection.
 *
 * @internal
 */
import type { CommandPoint } from "../../Fault.ts"

export interface AccountSabotage {
  /** a login is not answered, or refused */
  readonly login: () => "ignore" | { readonly code: number; readonly msg: string } | undefined
  /** a snapshot is left out, or comes so many ms late */
  readonly snapshot: (type: string) => "skip" | number | undefined
  /** the connection drops around a command, which this uses up */
  readonly command: (input: string) => { readonly point: CommandPoint; readonly code: number } | undefined
  /** the acknowledgement of a command is lost, or comes so many ms late */
  readonly notification: (input: string) => "lose" | number | undefined
  /** what goes out in place of the payload of an event */
  readonly payload: (type: string, payload: unknown) => unknown
}
