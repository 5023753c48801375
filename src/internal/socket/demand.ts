/**
 * A channel that is wanted, as the ledger and the pool see it. Rows and live books implement it.
 *
 * @internal
 */
import type { StreamError } from "../../BitfinexError.ts"
import type { Reason } from "../../Book.ts"
import type { Delivery } from "../stream/delivery.ts"

/** How a live book stands. */
export interface Book {
  readonly symbol: string
  /** why it is withheld; null while it is served */
  readonly reason: string | null
  readonly verified: boolean
  readonly resyncs: number
}

export interface Demand {
  readonly request: {
    /** the method that the user called, for error texts */
    readonly operation: string
    readonly channel: string
    /** fields of the subscribe frame */
    readonly fields: { readonly [field: string]: string }
    /** canonical text of channel and fields: equal for equal requests */
    readonly key: string
    /** the user's own id, or undefined */
    readonly subId: string | number | undefined
  }
  /** how the venue's answers name this subscription */
  readonly subId: string | number
  /** acknowledged, and snapshot seen */
  readonly live: boolean
  /** acknowledged at least once, on this socket or on another one */
  readonly acknowledged: boolean
  /** how many are served by it; it is left with the last one */
  readonly consumers: number
  /** an epoch begins: the venue acknowledged the subscription */
  readonly begin: () => void
  /** the epoch is over; data is dropped until the next one begins */
  readonly interrupt: (reason: string) => void
  /** ends whatever it serves */
  readonly end: (failure?: StreamError) => void
  /** messages of the socket are missing; the channel is about to be resubscribed */
  readonly gap: (lost: number) => void
  readonly checksum: (value: unknown) => void
  /** a payload: `type` is te, tu, fte, ftu or null */
  readonly data: (payload: unknown, type: string | null, mts: number | null) => void
  /** of a live book: how it stands */
  readonly book?: () => Book
  /** the data received so far may be old, until `trust` is called in the same epoch */
  readonly doubt?: (reason: Reason) => void
  /** the venue answered a ping that was sent after the doubt, so everything that it sent before has been read */
  readonly trust?: () => void
  /** called about once a second while the channel is acknowledged */
  readonly tick?: (at: number) => void
}

/** The operations that a demand can request from its socket. */
export interface Controls {
  /** to consumers in place */
  readonly delivery: Delivery
  /** stops reading the socket; each call is undone by one with false */
  readonly pause: (wanted: boolean) => void
  /** notices that this process slept, if nothing has noticed it yet: a timer may run ahead of everything else on waking */
  readonly look: () => void
  /** leaves the channel and subscribes again once that is confirmed, and no sooner than after `delay` ms */
  readonly renew: (delay: number) => void
  /** reports a problem to the subscribers of the sockets' problems */
  readonly report: (reason: string) => void
}
