/**
 * Why a socket ended.
 *
 * @internal
 */

/** The kinds of ends; in lower case they are the label `reason` of the metric. */
export type Kind =
  /** the venue closed the socket */
  | "Closed"
  /** the venue announced a restart */
  | "Restart"
  /** maintenance ended, or its end was never announced */
  | "Maintenance"
  /** frames, pongs, or the frames of all channels stopped */
  | "Silence"
  /** numbered messages are missing */
  | "Sequence"
  /** a request stayed without an answer */
  | "Unanswered"
  /** the venue refused the handshake */
  | "Refused"
  /** a bug of ours */
  | "Defect"
  /** the connection failed */
  | "Transport"

/** The kind, and a sentence for people. */
export class End {
  readonly _tag: Kind
  readonly text: string

  constructor(tag: Kind, text: string) {
    this._tag = tag
    this.text = text
  }
}

export const isEnd = (error: unknown): error is End => error instanceof End

export const labelOf = ({ _tag }: End): string => _tag.toLowerCase()
