/**
 * The messages between the runner, the server and the clients, over IPC.
 */
import type { Tally } from "./truth.ts"

/** a client and its workload; it connects to `/<name>` */
export interface Party {
  readonly name: string
  readonly workload: string
  /** whether sequence numbers are requested */
  readonly sequence: boolean
  /** how many frames are made for it */
  readonly messages: number
}

export type ToServer =
  /** makes the frames; answered with `port` */
  | { readonly type: "prepare"; readonly parties: ReadonlyArray<Party> }
  /** sends the next `messages` frames to a client; answered with `sent` */
  | { readonly type: "slice"; readonly name: string; readonly messages: number }
  /** sends all frames again and again until `stop`; answered with `sent` */
  | { readonly type: "flood"; readonly name: string }
  | { readonly type: "stop" }

export type FromServer =
  | {
    readonly type: "prepared"
    readonly port: number
    /** the totals of all frames of a client, by its name */
    readonly truth: { readonly [name: string]: ReadonlyArray<Tally> }
  }
  /** messages, bytes, and CPU of the server, ms */
  | { readonly type: "sent"; readonly messages: number; readonly bytes: number; readonly cpu: number }

export type ToClient =
  | { readonly type: "go"; readonly messages: number }
  | { readonly type: "report" }

export type FromClient =
  /** subscribed, snapshots seen */
  | { readonly type: "ready" }
  /** a slice may begin */
  | { readonly type: "armed" }
  /** all messages of the slice have been handled */
  | { readonly type: "done"; readonly wall: number }
  | { readonly type: "fault"; readonly text: string }
  | Report

export interface Report {
  readonly type: "report"
  /** CPU of each slice, from its start to that of the next, ms */
  readonly cpu: ReadonlyArray<number>
  readonly wall: ReadonlyArray<number>
  /** MB */
  readonly maxRss: number
  /** of each consumer, by channel */
  readonly tallies: ReadonlyArray<ReadonlyArray<Tally>>
}

/** to the process with the blocked consumer */
export type ToBlocked = { readonly type: "unblock" } | { readonly type: "report" }

export interface BlockedFigures {
  readonly type: "blocked"
  /** heap in use after collection, MB: when the consumer is blocked, and just before it continues */
  readonly before: number
  readonly after: number
  /** heap in use between them, garbage included, MB */
  readonly peak: number
  readonly maxRss: number
  readonly delivered: number
  /** elements that were reported as lost or skipped */
  readonly skipped: number
  readonly failure: string | null
}

export const send = (message: FromServer | FromClient | BlockedFigures): void => {
  process.send?.(message)
}
