/**
 * HTTP over `node:http` and `node:https`: one function call for each request, which calls back with the whole reply.
 *
 * A client of `@effect/platform` makes a URL, an abort signal, a span and two streams for each request, which costs more
 * than sending it (bench/README.md).
 *
 * @internal
 */
import * as Either from "effect/Either"
import type * as Http from "node:http"
import type * as Https from "node:https"
import type * as Zlib from "node:zlib"
import * as Proxied from "../platform/proxied.ts"
import * as Resends from "../platform/resends.ts"
import type { Failure, Headers, Received, Send, Sent } from "./direct.ts"

/**
 * Modules of Node. They are loaded with a layer, not with this module: programs that send no request start faster.
 *
 * @internal
 */
export interface Modules {
  readonly http: typeof Http
  readonly https: typeof Https
  readonly zlib: typeof Zlib
}

/** @internal */
export const load = (): Promise<Modules> =>
  Promise.all([import("node:http"), import("node:https"), import("node:zlib")])
    .then(([http, https, zlib]) => ({ http, https, zlib }))

const unpack = (body: Buffer, encoding: string | undefined, { maxBytes, zlib }: Running): Buffer => {
  const options = { maxOutputLength: maxBytes }
  switch (encoding?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return zlib.gunzipSync(body, options)
    case "deflate":
      return zlib.inflateSync(body, options)
    case "br":
      return zlib.brotliDecompressSync(body, options)
  }
  return body
}

const isTooLong = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"

/**
 * An exchange while it runs. It is emptied when it ends, because the Effect that waits for it may outlive it: V8
 * allocates the functions by which Effect interrupts it directly in the old generation, and everything that they
 * reference stays until the next full collection. That took 5 KB of each request, and 20 µs of collecting them.
 */
interface Running {
  end: ((result: Either.Either<Received, Failure>) => void) | undefined
  request: Http.ClientRequest | undefined
  chunks: Array<Buffer>
  bytes: number
  readonly maxBytes: number
  readonly zlib: typeof Zlib
}

const nothing: Array<Buffer> = []

/** empties an exchange that ends, and returns the function to be called then; undefined if it has ended before */
const ended = (running: Running): Running["end"] => {
  const { end } = running
  running.end = undefined
  running.request = undefined
  running.chunks = nothing
  return end
}

const fail = (running: Running, stage: Failure["stage"], status: number | undefined, cause: Error): void =>
  ended(running)?.(Either.left({ stage, status, cause }))

const tooLong = (running: Running, response: Http.IncomingMessage): void => {
  fail(running, "long", response.statusCode!, new Error("too long"))
  response.destroy()
}

const received = (running: Running, { headers, statusCode }: Http.IncomingMessage): void => {
  const { chunks } = running
  // a reply to a request has a status
  const status = statusCode!
  try {
    const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    const encoding = headers["content-encoding"]
    const body = encoding === undefined ? whole : unpack(whole, encoding, running)
    ended(running)?.(Either.right({ status, headers, body, text: () => body.toString("utf8") }))
  } catch (error) {
    // zlib throws errors only
    if (isTooLong(error)) fail(running, "long", status, new Error("too long"))
    else fail(running, "receive", status, error as Error)
  }
}

/**
 * Whether nothing of a request can have been sent: it has no connection yet, since it waits for one or for a tunnel, or
 * its connection is not open, or TLS is not agreed upon. How an agent of the user's comes by TLS is not known.
 */
const isUnsent = ({ socket }: Http.ClientRequest, isOurs: boolean): boolean =>
  socket === null || socket.connecting
  || (isOurs && "secureConnecting" in socket && socket.secureConnecting === true)

/** the transport knows a request that was never sent by its `syscall` */
const broke = (running: Running, request: Http.ClientRequest, isOurs: boolean, cause: Error): void => {
  if (isUnsent(request, isOurs)) Object.assign(cause, { syscall: "connect" })
  fail(running, "send", undefined, cause)
}

/** reads a reply to its end */
const read = (running: Running, response: Http.IncomingMessage): void => {
  if (Number(response.headers["content-length"]) > running.maxBytes) return tooLong(running, response)
  response.on("data", (chunk: Buffer) => {
    running.bytes += chunk.length
    if (running.bytes > running.maxBytes) tooLong(running, response)
    else if (running.end !== undefined) running.chunks.push(chunk)
  })
  response.on("end", () => received(running, response))
  response.on("error", (error) => {
    fail(running, "receive", response.statusCode!, error)
    response.destroy()
  })
}

/** what `node:http` needs of a host; to make it of a URL at each request costs 14 µs */
interface Origin {
  readonly secure: boolean
  readonly protocol: string
  readonly host: string
  readonly port: string | undefined
  /** those that name it, and the user that its URL has */
  readonly headers: Headers
  readonly route: Route
}

/**
 * Which connections a host gets.
 *
 * @internal
 */
export interface Route {
  readonly agent: Http.Agent
  /** options of connections that the agent does not have itself; undefined for an agent of ours */
  readonly tls: Https.AgentOptions | undefined
}

const parse = (origin: string, routeOf: (origin: URL) => Route): Origin => {
  const url = new URL(origin)
  const { hostname, password, port, protocol, username } = url
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")
  return {
    secure: protocol === "https:",
    protocol,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? undefined : port,
    headers: [["host", url.host], ...(username === "" ? [] : [["authorization", `Basic ${user}`] as const])],
    route: routeOf(url)
  }
}

const origins = (routeOf: (origin: URL) => Route) => {
  const known = new Map<string, Origin>()
  return (origin: string): Origin => {
    const found = known.get(origin)
    if (found !== undefined) return found
    // a client has a few hosts; a program may use it for others
    if (known.size >= 100) known.clear()
    const parsed = parse(origin, routeOf)
    known.set(origin, parsed)
    return parsed
  }
}

/**
 * Keep connections for less time than any server waits, so that a request rarely meets one that is being closed.
 *
 * @internal
 */
export const agentsOf = ({ http, https }: Modules, maxConnections: number, tls: Https.AgentOptions) => {
  // each option is copied several times at each request
  const options = {
    // Deno would send an order once more when a kept connection is lost
    keepAlive: !Resends.isDeno(),
    timeout: 4_000,
    ...(maxConnections < Infinity ? { maxSockets: maxConnections } : {})
  }
  return { http: new http.Agent(options), https: new https.Agent({ ...tls, ...options }) }
}

const headersOf = (origin: Origin, { body, headers, more }: Sent): Http.OutgoingHttpHeaders => ({
  ...Object.fromEntries([...origin.headers, ...Object.entries(headers), ...more]),
  ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) })
})

/** all headers of a request, names and values in turn */
const flat = (origin: Origin, { body, headers, more }: Sent): Array<string> => {
  const all: Array<string> = []
  for (const [name, value] of origin.headers) if (headers[name] === undefined) all.push(name, value)
  for (const name of Object.keys(headers)) if (name !== "content-length") all.push(name, headers[name]!)
  for (const [name, value] of more) all.push(name, value)
  if (body !== undefined) all.push("content-length", String(Buffer.byteLength(body)))
  return all
}

/**
 * Sends over connections that are kept for the next request.
 *
 * @internal
 */
export const make = ({ http, https, zlib }: Modules, routeOf: (origin: URL) => Route): Send => {
  const originOf = origins(routeOf)
  return (sent, end) => {
    const { body, maxBytes, method, url } = sent
    const running: Running = { end, request: undefined, chunks: [], bytes: 0, maxBytes, zlib }
    let origin: Origin
    let request: Http.ClientRequest
    try {
      const at = url.indexOf("/", url.indexOf("//") + 2)
      origin = originOf(at < 0 ? url : url.slice(0, at))
      const { host, port, protocol, route, secure } = origin
      // a literal: with the options of a host spread into it, a request costs 15 µs more
      const options = {
        agent: route.agent,
        host,
        port,
        path: at < 0 ? "/" : url.slice(at),
        method,
        // In a list, headers are written at once, which costs 9 µs less. Agents of the user's may read, and change, those of
        // an object
        headers: route.tls === undefined ? flat(origin, sent) : headersOf(origin, sent)
      }
      request = (secure ? https : http).request(
        route.tls === undefined ? options : { ...route.tls, ...options, protocol }
      )
    } catch (error) {
      // a URL or a header that cannot be: node:http throws errors only
      fail(running, "make", undefined, error as Error)
      return () => true
    }
    running.request = request
    request.on("response", (response) => read(running, response))
    const isOurs = origin.route.tls === undefined
    request.on("error", (cause) => broke(running, request, isOurs, cause))
    // no agent of ours knows a proxy
    if (!isOurs) Proxied.watch(request)
    request.on("upgrade", (_, socket) => {
      fail(running, "send", undefined, new Error("the server switched to another protocol"))
      socket.destroy()
    })
    request.end(body)
    return () => {
      const { request } = running
      ended(running)
      if (request === undefined) return false
      const wasUnsent = isUnsent(request, isOurs)
      request.destroy()
      return wasUnsent
    }
  }
}
