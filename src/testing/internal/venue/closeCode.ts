/**
 * Codes of close frames.
 *
 * @internal
 */

/** Whether a close frame may carry this code, by the rules of `ws`. */
export const isValidCode = (code: unknown): code is number =>
  typeof code === "number" &&
  ((code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999))

/** a close frame without a code; the other side reads it as 1005 */
export const noCode = 1005

/** the maximum length of a close frame's reason, in bytes */
export const maxReason = 123
