/**
 * Connections through a proxy: handles the proxy's refusals.
 *
 * @internal
 */

/** The part of a request of `node:http` that is used here. */
export interface Request {
  readonly on: (
    event: "proxyConnect",
    listener: (answer: { readonly statusCode: number; readonly statusText?: string }) => void
  ) => unknown
  readonly destroy: (error: Error) => unknown
}

/** The code of a refusal because of the user or the password of the proxy; to try again would be refused again. */
export const unauthorized = "ERR_PROXY_407"

/**
 * Ends a request whose proxy refuses the tunnel. Agents of `https-proxy-agent` would otherwise pass the proxy's page on as
 * the reply of the venue. Nothing of the request was sent, which `syscall` says.
 */
export const watch = (request: Request): void => {
  request.on("proxyConnect", ({ statusCode, statusText = "" }) => {
    if (statusCode === 200) return
    const hint = statusCode === 407 ? "; check user and password of the proxy" : ""
    const error = new Error(
      Number.isNaN(statusCode)
        ? "the answer of the proxy is not HTTP; check its address"
        : `the proxy refused the connection with ${`${statusCode} ${statusText}`.trim()}${hint}`
    )
    request.destroy(
      Object.assign(error, {
        code: Number.isNaN(statusCode) ? "ERR_PROXY" : `ERR_PROXY_${statusCode}`,
        syscall: "connect"
      })
    )
  })
}
