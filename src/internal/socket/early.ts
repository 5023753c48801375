/**
 * Frames under channel ids that no acknowledgement has named yet. They wait for it, since some answers come late.
 *
 * @internal
 */
import type { DataFrame } from "../../protocol/internal/frame.ts"

/** frames that may wait */
const limit = 1000

/** channel ids without a request that are reported */
const strangers = 1000

export class Early {
  readonly #frames = new Map<number, Array<DataFrame>>()
  #count = 0
  /** channels of which a frame may be missing */
  readonly #gapped = new Set<number>()
  /** the request that each channel id was given for, in this epoch */
  readonly #given = new Map<number, string>()
  /** channel ids that were reported as unknown in this epoch */
  readonly #reported = new Set<number>()

  /** `chanId` is that of the frame */
  add(chanId: number, frame: DataFrame): void {
    if (this.#gapped.has(chanId) && !this.#frames.has(chanId)) return
    const frames = this.#frames.get(chanId)
    if (frames === undefined) this.#frames.set(chanId, [frame])
    else frames.push(frame)
    if (++this.#count <= limit) return
    // without some of its frames a channel is not whole: it is resubscribed when its answer comes
    this.#drop(chanId)
    this.#gapped.add(chanId)
  }

  /** messages of the socket are missing */
  gap(): void {
    for (const chanId of this.#frames.keys()) this.#gapped.add(chanId)
  }

  /** The channel id was given for a request: its frames, or undefined where they cannot be trusted. */
  claim(chanId: number, wire: string): ReadonlyArray<DataFrame> | undefined {
    const frames = this.#frames.get(chanId)
    const isGapped = this.#gapped.has(chanId)
    // data under the id may still be of the channel that had it before
    const isForeign = frames !== undefined && (this.#given.get(chanId) ?? wire) !== wire
    this.#given.set(chanId, wire)
    this.#drop(chanId)
    return isGapped || isForeign ? undefined : frames ?? []
  }

  /** Forgets what waits; returns the channel ids. */
  clear(): ReadonlyArray<number> {
    const ids = Array.from(this.#frames.keys())
    this.#frames.clear()
    this.#gapped.clear()
    this.#count = 0
    return ids
  }

  /** the epoch has ended: its channel ids are no longer valid */
  forget(): void {
    this.clear()
    this.#given.clear()
    this.#reported.clear()
  }

  /** Whether a channel id that no request explains needs no report: each is reported once, and not without end. */
  isReported(chanId: number): boolean {
    if (this.#reported.has(chanId) || this.#reported.size >= strangers) return true
    this.#reported.add(chanId)
    return false
  }

  #drop(chanId: number): void {
    this.#count -= this.#frames.get(chanId)?.length ?? 0
    this.#frames.delete(chanId)
    this.#gapped.delete(chanId)
  }
}
