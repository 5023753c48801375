/**
 * The exchange behind real HTTP and WebSocket on one port of this machine.
 *
 * @internal
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type { ServeError } from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { WebSocket } from "ws"
import { WebSocketServer } from "ws"
import * as Clocks from "../../../internal/time/clock.ts"
import * as Later from "../../../internal/time/later.ts"
import type { Door } from "../exchange/connection.ts"
import type { Exchange } from "../exchange/exchange.ts"
import type { Refusal } from "../exchange/upgrade.ts"
import { noCode } from "../venue/closeCode.ts"

type Transport = Http.IncomingMessage["socket"]

export interface Listening {
  readonly port: number
  /** after this call the exchange answers requests and accepts sockets */
  readonly attach: (exchange: Exchange) => Effect.Effect<void>
}

/** time for clients to finish their close handshake when the scope closes */
const farewell = "500 millis"

const ignore = (): void => {}

const doorOf = (ws: WebSocket, transport: Transport): Door => ({
  send: (data) => {
    if (ws.readyState === ws.OPEN) ws.send(data)
  },
  close: (code, reason) => {
    if (ws.readyState !== ws.OPEN) return
    if (code === noCode) ws.close()
    else ws.close(code, reason)
  },
  reset: () => {
    transport.resetAndDestroy()
  },
  freeze: () => {
    // read and discarded: a socket that is not read does not detect that its client has disconnected
    transport.removeAllListeners("data")
    transport.on("data", ignore)
  },
  pause: (isPaused) => {
    if (isPaused) ws.pause()
    else ws.resume()
  }
})

const refuse = (transport: Transport, { retryAfter, status }: Refusal): void => {
  if (status === "reset") {
    transport.resetAndDestroy()
    return
  }
  const text = Http.STATUS_CODES[status] ?? "Refused"
  const after = retryAfter === undefined ? "" : `Retry-After: ${retryAfter}\r\n`
  transport.end(`HTTP/1.1 ${status} ${text}\r\n${after}Connection: close\r\nContent-Length: 0\r\n\r\n`)
}

const app = (exchange: Exchange) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const mark = request.url.indexOf("?")
    const response = yield* exchange.http({
      method: request.method,
      path: mark < 0 ? request.url : request.url.slice(0, mark),
      query: mark < 0 ? "" : request.url.slice(mark + 1),
      headers: request.headers,
      body: yield* request.text
    })
    if (response === undefined) {
      NodeHttpServerRequest.toIncomingMessage(request).socket.resetAndDestroy()
      // the server interrupts this when the transport closes
      return yield* Effect.never
    }
    const { body, headers, status } = response
    return HttpServerResponse.text(body, { status, headers, contentType: headers["content-type"] ?? "text/plain" })
  }).pipe(Effect.catchTag("RequestError", () => HttpServerResponse.empty({ status: 400 })))

export const listen = (options: {
  readonly host: string
  readonly port: number
}): Effect.Effect<Listening, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const transports = new Set<Transport>()
    const server = Http.createServer()
    const sockets = new WebSocketServer({ noServer: true, autoPong: false })
    server.on("connection", (transport) => {
      transports.add(transport)
      transport.on("error", ignore)
      transport.on("close", () => transports.delete(transport))
    })
    const { address } = yield* NodeHttpServer.make(() => server, options)

    // runs after the exchange has sent its close frames, and before the server closes
    yield* Effect.addFinalizer(() => {
      const left = Later.callback<void>((resume) => {
        const check = () => (sockets.clients.size === 0 ? resume(Effect.void) : undefined)
        for (const ws of sockets.clients) ws.on("close", check)
        check()
      })
      return left.pipe(
        Effect.timeoutOption(farewell),
        // the network uses real time, regardless of the exchange's Clock
        Effect.withClock(Clocks.real()),
        Effect.zipRight(Effect.sync(() => {
          for (const transport of transports) transport.destroy()
        }))
      )
    })

    const accept = (exchange: Exchange, request: Http.IncomingMessage, transport: Transport, head: Buffer) =>
      Effect.flatMap(exchange.upgrade(`ws://${options.host}${request.url ?? "/"}`), (upgrade) => {
        if (transport.destroyed) return Effect.void
        if (upgrade._tag === "Refused") return Effect.sync(() => refuse(transport, upgrade.refusal))
        // resumes only after a valid handshake; to an invalid one `ws` replies 400 and closes the transport
        return Later.callback<WebSocket>((resume) => {
          transport.once("close", () => resume(Effect.interrupt))
          sockets.handleUpgrade(request, transport, head, (ws) => {
            ws.pause()
            resume(Effect.succeed(ws))
          })
        }).pipe(
          Effect.flatMap((ws) =>
            Effect.map(upgrade.open(doorOf(ws, transport)), ({ line }) => {
              ws.on("error", ignore)
              // with the default `binaryType` and without compression each frame is one Buffer. A client that resets
              // drops data in flight, which `ws` would otherwise read to the end
              transport.on("error", (error: NodeJS.ErrnoException) => {
                if (error.code === "ECONNRESET") line.reset()
              })
              ws.on("message", (data: Buffer, isBinary) => line.receive(isBinary ? data : data.toString()))
              ws.on("ping", (data) =>
                line.ping(() => {
                  if (ws.readyState === ws.OPEN) ws.pong(data)
                }))
              ws.on("close", (code, reason) => code === 1006 ? line.lost() : line.closed(code, reason.toString()))
              ws.resume()
            })
          )
        )
      })

    return {
      // a pipe has no port; only a path in the options creates one
      port: address._tag === "TcpAddress" ? address.port : options.port,
      attach: (exchange) =>
        Effect.map(NodeHttpServer.makeHandler(app(exchange)), (handler) => {
          server.on("request", handler)
          server.on("upgrade", (request, transport, head) => {
            // the cast: the transport of a plain HTTP server is a socket of node:net
            const socket = transport as Transport
            if (!exchange.run(accept(exchange, request, socket, head))) socket.destroy()
          })
        })
    }
  })
