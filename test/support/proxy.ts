/**
 * A proxy on loopback that tunnels (`CONNECT`), and an end of TLS with a certificate made for one test run.
 */
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as Tls from "node:tls"

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** a key and a certificate for `localhost` in a folder that is removed at once; undefined where there is no openssl */
export const certificate = (): Certificate | undefined => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-bitfinex-tls-"))
  const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")]
  try {
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    execFileSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" })
    return { key: fs.readFileSync(key, "utf8"), cert: fs.readFileSync(cert, "utf8") }
  } catch {
    return undefined
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const listening = (server: Net.Server, host = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      const open = new Set<Net.Socket>()
      server.on("connection", (socket) => {
        open.add(socket)
        socket.on("error", () => undefined)
        socket.on("close", () => open.delete(socket))
      })
      server.on("farewell", () => open.forEach((socket) => socket.destroy()))
      server.listen(0, host, () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.sync(() => {
        server.emit("farewell")
        server.close()
      })
  )

/** A server of HTTP that gives one reply to everything; undefined where the machine does not have the address. */
export const replies = (body: string, host: string) => {
  const known = Object.values(os.networkInterfaces()).some((all) => all?.some(({ address }) => address === host))
  return known
    ? listening(Http.createServer((_, response) => response.end(body)), host)
    : Effect.succeed(undefined)
}

const join = (one: Net.Socket, other: Net.Socket): void => {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    from.pipe(to)
    from.on("error", () => to.destroy())
    from.on("close", () => to.destroy())
  }
}

/** TLS in front of a port of loopback; succeeds with its own port */
export const tls = (certificate: Certificate, port: number) => {
  const server = Tls.createServer(certificate, (socket) => join(socket, Net.connect(port, "127.0.0.1")))
  server.on("tlsClientError", () => undefined)
  return listening(server)
}

export interface Proxy {
  readonly port: number
  /** the hosts of the requested tunnels, in order */
  readonly tunnels: Array<string>
  /** `Proxy-Authorization` of each of them */
  readonly authorizations: Array<string | undefined>
}

/** A proxy that grants each tunnel, or answers it with a status. */
export const proxy = (status: 200 | 403 | 407 | 502) => {
  const tunnels: Array<string> = []
  const authorizations: Array<string | undefined> = []
  const server = Http.createServer((_, response) => response.writeHead(400).end())
  server.on("connect", (request, socket: Net.Socket) => {
    tunnels.push(request.url ?? "")
    authorizations.push(request.headers["proxy-authorization"])
    if (status !== 200) {
      const text = `HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}`
      socket.end(`${text}\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n["not of the venue!"]`)
      return
    }
    const to = new URL(`http://${request.url}`)
    const there = Net.connect(Number(to.port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      join(socket, there)
    })
    there.on("error", () => socket.destroy())
  })
  return Effect.map(listening(server), (port): Proxy => ({ port, tunnels, authorizations }))
}

/** A server that refuses each socket, and keeps the headers of its requests. */
export const upgrades = Effect.suspend(() => {
  const headers: Array<Http.IncomingHttpHeaders> = []
  const server = Http.createServer()
  server.on("upgrade", (request, socket) => {
    headers.push(request.headers)
    socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
  })
  return Effect.map(listening(server), (port) => ({ port, headers }))
})
