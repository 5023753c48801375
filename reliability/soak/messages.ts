/** What the two processes of a real run say to each other. */
import type * as FaultPlan from "./faults.ts"

export interface Begin extends FaultPlan.Plan {
  readonly _tag: "Begin"
}

export type ToExchange =
  | Begin
  /** no more faults */
  | { readonly _tag: "Peace" }
  | { readonly _tag: "Ask"; readonly id: number; readonly what: "books" | "account" | "connections" }

export interface Facts {
  readonly books: ReadonlyArray<string>
  readonly account: { readonly orders: ReadonlyArray<number>; readonly doubles: ReadonlyArray<number> }
  /** open connections, and those that were ended on purpose */
  readonly connections: { readonly open: number; readonly ended: number }
}

export type FromExchange =
  | { readonly _tag: "Listening"; readonly restUrl: string; readonly socketUrl: string; readonly floodUrl: string }
  | { readonly _tag: "Told"; readonly id: number; readonly facts: Partial<Facts> }
