/** The messages between the two processes of a real run. */
import type * as FaultPlan from "./faults.ts"

export interface Begin extends FaultPlan.Plan {
  readonly _tag: "Begin"
}

export type ToExchange =
  | Begin
  /** applies no fault until it is said otherwise */
  | { readonly _tag: "Hold"; readonly isHeld: boolean }
  /** ends the faults */
  | { readonly _tag: "Peace" }
  | { readonly _tag: "Ask"; readonly id: number; readonly what: "books" | "account" | "connections" }

export interface Facts {
  readonly books: ReadonlyArray<string>
  readonly account: { readonly orders: ReadonlyArray<number>; readonly doubles: ReadonlyArray<number> }
  /** number of open connections, and of connections that a fault ended */
  readonly connections: { readonly open: number; readonly ended: number }
}

export type FromExchange =
  | { readonly _tag: "Listening"; readonly restUrl: string; readonly socketUrl: string; readonly floodUrl: string }
  | { readonly _tag: "Answered"; readonly id: number; readonly facts: Partial<Facts> }
