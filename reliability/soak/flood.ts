/**
 * A server that sends frames as fast as its clients read them: trades of one symbol with consecutive ids, on sockets that
 * are reset every other second. The fake exchange computes every frame, which is too slow for millions of them.
 */
import type { AddressInfo } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import * as Dice from "../faults/dice.ts"

/** ms between bursts, and the maximum number of bytes buffered for a slow client */
const pause = 5
const mostWaiting = 256 * 1024

const numbered = 65_536

/** `burst`: frames per burst */
export const listen = (seed: number, burst: number, ready: (url: string) => void): void => {
  const dice = Dice.make(`flood ${seed}`)
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })
  let chanId = 100
  let id = 1_000_000
  server.on("listening", () => ready(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/2`))
  server.on("connection", (socket) => serve(socket))

  const row = () => `[${id},${1_700_000_000_000 + id},${id % 2 === 0 ? "0.01" : "-0.02"},${50_000 + id % 1000}]`

  const serve = (socket: WebSocket): void => {
    const channels = new Set<number>()
    let sequence = 0
    let isNumbered = false
    const say = (frame: object) => socket.send(JSON.stringify(frame))
    const send = (text: string) => socket.send(isNumbered ? `[${text},${++sequence}]` : `[${text}]`)
    say({ event: "info", version: 2, serverId: "00000000-0000-4000-8000-000000000000", platform: { status: 1 } })
    socket.on("message", (data) => {
      const asked = JSON.parse(String(data))
      switch (asked.event) {
        case "conf":
          isNumbered = (asked.flags & numbered) !== 0
          return say({ event: "conf", status: "OK", flags: asked.flags })
        case "ping":
          return say({ event: "pong", ts: Date.now(), cid: asked.cid })
        case "unsubscribe":
          channels.delete(asked.chanId)
          return say({ event: "unsubscribed", status: "OK", chanId: asked.chanId })
        case "subscribe":
          channels.add(++chanId)
          say({ ...asked, event: "subscribed", chanId, pair: String(asked.symbol).slice(1) })
          return send(`${chanId},[${row()}]`)
      }
    })
    const pump = setInterval(() => {
      if (socket.bufferedAmount > mostWaiting) return
      for (let k = 0; k < burst; k++) {
        for (const each of channels) {
          id++
          send(`${each},"te",${row()}`)
        }
      }
    }, pause)
    const end = setTimeout(() => socket.terminate(), dice.between(1000, 3000))
    socket.on("error", () => {})
    socket.on("close", () => {
      clearInterval(pump)
      clearTimeout(end)
    })
  }
}
