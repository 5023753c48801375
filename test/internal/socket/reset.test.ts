import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as net from "node:net"
import { WebSocket, WebSocketServer } from "ws"
import * as Link from "../../../src/internal/socket/link.ts"
import { reset } from "../../../src/internal/socket/reset.ts"

const portOf = (server: { readonly address: () => unknown }): number => (server.address() as net.AddressInfo).port

const handleOf = (socket: net.Socket | undefined) =>
  (socket as unknown as { readonly _handle: { readonly readStop: () => void; readonly readStart: () => void } })._handle

/** a server behind a path that can be stalled: its bytes stay in the kernel until it goes on */
const stallable = Effect.acquireRelease(
  Effect.async<{
    readonly url: string
    readonly received: Array<string>
    readonly stall: (wanted: boolean) => void
    readonly gone: Promise<void>
    readonly close: () => void
  }>((resume) => {
    const received: Array<string> = []
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
    let down: net.Socket | undefined
    let isGone = (): void => undefined
    const gone = new Promise<void>((resolve) => {
      isGone = resolve
    })
    server.on("connection", (socket) => socket.on("message", (data) => received.push(String(data).slice(0, 5))))
    const path = net.createServer((client) => {
      const up = net.connect(portOf(server), "127.0.0.1")
      down = client
      client.on("data", (data) => up.write(data))
      client.on("error", () => undefined)
      up.on("error", () => undefined)
      client.on("close", () => up.end())
      up.on("data", (data) => client.write(data))
      up.on("close", () => isGone())
    })
    server.on("listening", () =>
      path.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({
          url: `ws://127.0.0.1:${portOf(path)}`,
          received,
          gone,
          // below the stream, which would go on to read into its own buffer
          stall: (wanted) => wanted ? handleOf(down).readStop() : handleOf(down).readStart(),
          close: () => {
            path.close()
            server.close()
          }
        }))))
  }),
  ({ close }) => Effect.sync(close)
)

describe("a path that is abandoned", () => {
  it.scopedLive("later delivers none of the bytes that it had not delivered yet", () =>
    Effect.gen(function*() {
      const { gone, received, stall, url } = yield* stallable
      const scope = yield* Scope.make()
      const link = yield* Scope.extend(
        Link.make({
          construct: (to) => new WebSocket(to) as unknown as Link.SocketLike,
          url,
          closeTimeout: "1 second",
          onMessage: () => undefined,
          onClosed: () => undefined,
          closing: () => ({ code: 3000, reason: "no pong", isAwaited: false })
        }),
        scope
      )
      yield* link.opened
      assert.isTrue(link.send("first"))
      yield* Effect.async<void>((resume) => {
        const look = (): unknown => received.length > 0 ? resume(Effect.void) : setImmediate(look)
        look()
      })
      stall(true)
      // more than the path takes: the rest, and the order, wait in our kernel
      assert.isTrue(link.send("f".repeat(1_000_000)))
      assert.isTrue(link.send("order"))
      yield* Scope.close(scope, Exit.void)
      stall(false)
      yield* Effect.promise(() => gone)
      assert.deepStrictEqual(received, ["first"])
      assert.isFalse(link.send("later"))
    }))

  it("closes the TCP handle below a TLS transport with a reset", () => {
    const below = { close: () => "closed", reset: () => "reset" }
    const transport = {
      resetAndDestroy: () => {
        throw Object.assign(new Error("ERR_INVALID_HANDLE_TYPE"), { code: "ERR_INVALID_HANDLE_TYPE" })
      },
      destroy: () => undefined,
      _handle: { _parent: below }
    }
    reset({ _socket: transport })
    assert.strictEqual(below.close(), "reset")
    // elsewhere there is no transport to reset
    reset({})
    reset({ _socket: null })
  })
})
