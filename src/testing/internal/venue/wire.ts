/**
 * Encoding of the frames of one connection: flags, sequence numbers, timestamps, and the hooks for faults.
 *
 * @internal
 */
import * as Flags from "../../../protocol/Flags.ts"

/** the kind of a frame decides which sequence numbers and timestamp it carries */
export type Kind = "event" | "data" | "heartbeat" | "checksum" | "account" | "notification" | "acknowledgement"

export interface Frame {
  readonly kind: Kind
  /** name of the frame's channel, empty for none */
  readonly name: string
  /** an object, or an array without sequence numbers and timestamp */
  readonly body: object
}

/** The hooks through which faults change frames. */
export interface Tamper {
  /** before numbering: the frame to send instead, or undefined to drop it without using a sequence number */
  readonly before: (frame: Frame) => Frame | undefined
  /** the number of sequence numbers to skip before the next one */
  readonly skip: () => number
  /** after encoding: the texts to send instead */
  readonly after: (frame: Frame, text: string) => ReadonlyArray<string>
}

export const untampered: Tamper = {
  before: (frame) => frame,
  skip: () => 0,
  after: (_, text) => [text]
}

export interface Wire {
  /** the flags in force */
  readonly flags: () => Flags.Named<typeof Flags.connection>
  /** replaces the whole set, as `conf` does */
  readonly setFlags: (flags: number) => void
  readonly send: (frame: Frame) => void
}

/** the counters that a frame shows and advances; acknowledgements repeat the account's counter and show no other */
const numbering: { readonly [K in Kind]: readonly [shows: string, advances: string] } = {
  event: ["", ""],
  data: ["S", "S"],
  heartbeat: ["S", "S"],
  checksum: ["S", "S"],
  account: ["SA", "SA"],
  notification: ["SA", "S"],
  acknowledgement: ["A", ""]
}

export const makeWire = (options: {
  readonly now: () => number
  readonly tamper: Tamper
  readonly emit: (text: string) => void
}): Wire => {
  let flags = Flags.fromNumber(Flags.connection, 0)
  // the last number used; both begin at 1. It is our choice that counting continues after the flag was off
  let sequence = 0
  let accountSequence = 0

  const extras = (kind: Kind): ReadonlyArray<number> => {
    const [shows, advances] = numbering[kind]
    const out: Array<number> = []
    if (flags.sequence) {
      if (advances.includes("S")) sequence += 1 + options.tamper.skip()
      if (advances.includes("A")) accountSequence++
      if (shows.includes("S")) out.push(sequence)
      if (shows.includes("A")) out.push(accountSequence)
    }
    if (flags.timestamp && kind !== "event") out.push(options.now())
    return out
  }

  return {
    flags: () => flags,
    setFlags: (number) => {
      flags = Flags.fromNumber(Flags.connection, number)
    },
    send: (original) => {
      const frame = options.tamper.before(original)
      if (frame === undefined) return
      const added = extras(frame.kind)
      const body = added.length === 0 || !Array.isArray(frame.body) ? frame.body : [...frame.body, ...added]
      for (const text of options.tamper.after(frame, JSON.stringify(body))) options.emit(text)
    }
  }
}
