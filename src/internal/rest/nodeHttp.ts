/**
 * HTTP over `node:http` and `node:https`: one Effect for each request, which succeeds with the whole reply.
 *
 * A client of `@effect/platform` makes a URL, an abort signal, a span and two streams for each request, which costs more
 * than sending it (bench/README.md).
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Zlib from "node:zlib"
import * as Proxied from "../platform/proxied.ts"
import * as Later from "../time/later.ts"
import type { Failure, Received, Send } from "./direct.ts"

const unpack = (body: Buffer, encoding: string | undefined, maxBytes: number): Buffer => {
  const options = { maxOutputLength: maxBytes }
  switch (encoding?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return Zlib.gunzipSync(body, options)
    case "deflate":
      return Zlib.inflateSync(body, options)
    case "br":
      return Zlib.brotliDecompressSync(body, options)
  }
  return body
}

const isTooLong = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"

/** reads a reply to its end, and calls back once */
const read = (
  response: Http.IncomingMessage,
  maxBytes: number,
  end: (result: Effect.Effect<Received, Failure>) => void
): void => {
  const { headers } = response
  // a reply to a request has a status
  const status = response.statusCode!
  const fail = (stage: "receive" | "long", cause: Error) => {
    end(Effect.fail({ stage, status, cause }))
    response.destroy()
  }
  const tooLong = () => fail("long", new Error("too long"))
  if (Number(headers["content-length"]) > maxBytes) return tooLong()
  const chunks: Array<Buffer> = []
  let bytes = 0
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) tooLong()
    else chunks.push(chunk)
  })
  response.on("end", () => {
    try {
      const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      const body = unpack(whole, headers["content-encoding"], maxBytes)
      end(Effect.succeed({ status, headers, body, text: () => body.toString("utf8") }))
    } catch (error) {
      if (isTooLong(error)) tooLong()
      // zlib throws errors only
      else fail("receive", error as Error)
    }
  })
  response.on("error", (error) => fail("receive", error))
}

/** what `node:http` needs of a host; to make it of a URL at each request costs 14 µs */
interface Origin {
  readonly secure: boolean
  readonly options: Https.RequestOptions
}

/**
 * Which connections a host gets, as options of its requests.
 *
 * @internal
 */
export type Route = (origin: URL) => Https.RequestOptions

const parse = (origin: string, route: Route): Origin => {
  const url = new URL(origin)
  const { hostname, password, port, protocol, username } = url
  return {
    secure: protocol === "https:",
    options: {
      ...route(url),
      protocol,
      host: hostname.replace(/^\[|\]$/g, ""),
      ...(port === "" ? {} : { port }),
      ...(username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` })
    }
  }
}

const origins = (route: Route) => {
  const known = new Map<string, Origin>()
  return (origin: string): Origin => {
    const found = known.get(origin)
    if (found !== undefined) return found
    // a client has a few hosts; a program may use it for others
    if (known.size >= 100) known.clear()
    const parsed = parse(origin, route)
    known.set(origin, parsed)
    return parsed
  }
}

/**
 * Sends over connections that are kept for the next request.
 *
 * @internal
 */
export const make = (route: Route): Send => {
  const originOf = origins(route)
  return (sent) =>
    Later.callback((resume) => {
      let ended = false
      let callOff = (): void => {}
      const end = (result: Effect.Effect<Received, Failure>): void => {
        if (ended) return
        ended = true
        callOff()
        resume(result)
      }
      const unsent = (cause: Error): void => end(Effect.fail({ stage: "send", status: undefined, cause }))
      const { body, headers, maxBytes, method, url } = sent
      let request: Http.ClientRequest
      try {
        const at = url.indexOf("/", url.indexOf("//") + 2)
        const { options, secure } = originOf(at < 0 ? url : url.slice(0, at))
        request = (secure ? Https : Http).request({
          ...options,
          path: at < 0 ? "/" : url.slice(at),
          method,
          headers: body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) }
        })
      } catch (error) {
        // a URL or a header that cannot be: node:http throws errors only
        return end(Effect.fail({ stage: "make", status: undefined, cause: error as Error }))
      }
      request.on("response", (response) => read(response, maxBytes, end))
      request.on("error", unsent)
      Proxied.watch(request)
      request.on("upgrade", (_, socket) => {
        unsent(new Error("the server switched to another protocol"))
        socket.destroy()
      })
      request.end(body)
      callOff = sent.onStart?.((reason) => {
        end(Effect.fail({ stage: "aborted", status: undefined, cause: new Error(reason) }))
        request.destroy()
      }) ?? callOff
      return Effect.sync(() => {
        ended = true
        callOff()
        request.destroy()
      })
    })
}
