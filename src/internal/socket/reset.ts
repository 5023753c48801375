/**
 * Ends the transport of a socket so that the kernel drops the bytes that it still holds.
 *
 * `terminate` of `ws` destroys the transport, and the kernel goes on to deliver the bytes that were written before: an order that
 * was reported as lost can arrive minutes later. A reset (RST) drops it. Measured over loopback with a reader that stalls,
 * `ws:` and `wss:` alike: the order arrived after `terminate`, and never after a reset.
 *
 * @internal
 */

interface Handle {
  readonly _parent?: { close?: unknown; readonly reset?: unknown } | null
}

/** the members that are used of the transport that `ws` keeps */
interface Transport {
  readonly resetAndDestroy?: () => void
  readonly destroy?: () => void
  readonly _handle?: Handle | null
}

/** Of a TLS transport Node resets nothing by itself: its handle closes the one of TCP below, which knows how to. */
const resetBelow = ({ _handle, destroy }: Transport): (() => void) | undefined => {
  const below = _handle?._parent
  if (typeof below?.reset !== "function" || destroy === undefined) return undefined
  return () => {
    below.close = below.reset
  }
}

/**
 * Resets the transport of a socket, where it is one of Node's; then it is for `terminate` to end the rest.
 *
 * @internal
 */
export const reset = (socket: object): void => {
  // the cast: a field of `ws` that no type declares; elsewhere it is missing
  const { _socket: transport } = socket as { readonly _socket?: Transport | null }
  if (typeof transport?.resetAndDestroy !== "function") return
  try {
    transport.resetAndDestroy()
  } catch {
    // ERR_INVALID_HANDLE_TYPE: it is a TLS transport, which `terminate` destroys
    resetBelow(transport)?.()
  }
}
