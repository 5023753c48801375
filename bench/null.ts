/**
 * No client at all: subscribes over bare TCP and discards the bytes. Its rate is the maximum rate of the
 * server.
 */
import { connect } from "node:net"
import { fault, finished, ready, url, workload } from "./client.ts"

const { hostname, pathname, port } = new URL(url)
const socket = connect(Number(port), hostname)

/** a text frame with the mask 0 */
const frame = (text: string): Buffer => {
  const body = Buffer.from(text)
  const long = body.length >= 126
  const head = Buffer.from([0x81, 0x80 | (long ? 126 : body.length), ...(long ? [0, body.length] : []), 0, 0, 0, 0])
  return Buffer.concat([head, body])
}

socket.write(
  `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

// the marker ends a slice; it may be split
let tail = ""
let measuring = false
const marker = /"bench-end \d+"/

socket.once("data", () => {
  for (const { fields } of workload.channels) {
    socket.write(frame(JSON.stringify({ event: "subscribe", ...fields })))
  }
  let quiet = setTimeout(begin, 500)
  socket.on("data", (data) => {
    if (!measuring) {
      clearTimeout(quiet)
      quiet = setTimeout(begin, 500)
      return
    }
    const end = tail + data.subarray(-100).toString("latin1")
    if (marker.test(end)) {
      tail = ""
      return finished()
    }
    tail = end.slice(-100)
  })
})

const begin = (): void => {
  measuring = true
  ready()
}

socket.on("error", (error) => fault(String(error)))
