/**
 * What happens when a consumer is slower than its stream: a choice by name, each of them bounded in memory.
 *
 * @since 0.1.0
 */

/**
 * A buffer policy; `capacity` counts elements.
 *
 * @since 0.1.0
 * @category models
 */
export interface BufferPolicy {
  readonly policy: "conflate" | "sliding" | "dropping" | "fail" | "suspend"
  readonly capacity: number
}

/**
 * A slow consumer gets one `Snapshot` of the newest state in place of all that waited. For tickers, books, candles.
 *
 * @since 0.1.0
 * @category constructors
 */
export const conflate = (capacity = 1024): BufferPolicy => ({ policy: "conflate", capacity })

/**
 * The oldest elements are dropped; a `Gap` in their place says how many. Of the `Snapshot`s and `Interrupted`s among them
 * the newest is kept, so that the elements that follow are of an epoch whose beginning was seen.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sliding = (capacity = 16_384): BufferPolicy => ({ policy: "sliding", capacity })

/**
 * The newest elements are dropped; a `Gap` in their place says how many. Of the `Snapshot`s and `Interrupted`s among them
 * the newest is kept.
 *
 * @since 0.1.0
 * @category constructors
 */
export const dropping = (capacity = 16_384): BufferPolicy => ({ policy: "dropping", capacity })

/**
 * The stream fails with `BufferOverflow` after what had found room.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fail = (capacity = 16_384): BufferPolicy => ({ policy: "fail", capacity })

/**
 * The socket is not read until the consumer has caught up, which holds up the other channels of that socket too.
 * What one read had already brought is buffered beyond the capacity.
 *
 * @since 0.1.0
 * @category constructors
 */
export const suspend = (capacity = 4096): BufferPolicy => ({ policy: "suspend", capacity })
