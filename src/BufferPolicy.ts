/**
 * Backpressure policies: what happens when a consumer is slower than its stream. Each policy is bounded in memory.
 *
 * @since 0.1.0
 */

/**
 * A buffer policy; `capacity` is a number of elements.
 *
 * @since 0.1.0
 * @category models
 */
export interface BufferPolicy {
  readonly policy: "conflate" | "sliding" | "dropping" | "fail" | "suspend"
  readonly capacity: number
}

/**
 * A slow consumer receives one `Snapshot` of the newest state in place of all buffered elements. For tickers, books,
 * candles.
 *
 * @since 0.1.0
 * @category constructors
 */
export const conflate = (capacity = 1024): BufferPolicy => ({ policy: "conflate", capacity })

/**
 * The oldest elements are dropped; a `Gap` in their place says how many. If `Snapshot`s or `Interrupted`s are among them,
 * the newest one is kept, so that the elements that follow belong to an epoch whose beginning the consumer received.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sliding = (capacity = 16_384): BufferPolicy => ({ policy: "sliding", capacity })

/**
 * The newest elements are dropped; a `Gap` in their place says how many. If `Snapshot`s or `Interrupted`s are among them,
 * the newest one is kept.
 *
 * @since 0.1.0
 * @category constructors
 */
export const dropping = (capacity = 16_384): BufferPolicy => ({ policy: "dropping", capacity })

/**
 * The stream delivers the buffered elements, then fails with `BufferOverflow`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fail = (capacity = 16_384): BufferPolicy => ({ policy: "fail", capacity })

/**
 * The socket is not read until the consumer has caught up, which also delays the other channels of that socket. Elements
 * of a read that was already made are buffered beyond the capacity.
 *
 * @since 0.1.0
 * @category constructors
 */
export const suspend = (capacity = 4096): BufferPolicy => ({ policy: "suspend", capacity })
