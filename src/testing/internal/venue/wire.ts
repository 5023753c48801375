/**
 * How the frames of one connection are written: flags, sequence numbers, timestamps, and where faults get at them.
 *
 * @internal
 */
import * as Flags from "../../../protocol/Flags.ts"

/** what counts and what is appended depends on the kind of a frame */
export type Kind = "event" | "data" | "heartbeat" | "checksum" | "account" | "notification" | "acknowledgement"

export interface Frame {
  readonly kind: Kind
  /** name of the channel that it belongs to, empty for none */
  readonly name: string
  /** an object, or an array without sequence numbers and timestamp */
  readonly body: object
}

/** Gets its hands on every frame. */
export interface Tamper {
  /** before the frame is numbered: another one in its place, or undefined when it is lost uncounted */
  readonly before: (frame: Frame) => Frame | undefined
  /** how many sequence numbers are left out ahead of the next one */
  readonly skip: () => number
  /** after it was written: what goes out in its place */
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

/** which counters a frame shows, and which it advances; acknowledgements repeat the account's and show no other */
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
  // the last number given away; both begin at 1. That switching the flag off and on goes on counting is our choice
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
