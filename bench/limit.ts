/**
 * The lower bound of every client: sockets of `ws` whose frames are counted, or read and thrown away.
 */
import { WebSocket } from "ws"
import { read } from "../src/protocol/internal/bytes.ts"
import { delivered, fault, how, ready, sequence, url, workload } from "./client.ts"

/** by mode: nothing, the floor's way of reading, or ours with the options that ours gives to `ws` */
const reading: { readonly [mode: string]: (data: Buffer) => unknown } = {
  socket: () => undefined,
  parse: (data) => JSON.parse(data.toString()),
  bytes: (data) => read(data)
}
const work = reading[how!]!
const options = how === "bytes" ? { skipUTF8Validation: true, perMessageDeflate: false } : {}
const socket = new WebSocket(url, options)
const live = new Set<number>()
let isReady = false

const subscribe = (): void => {
  for (const { fields } of workload.channels) socket.send(JSON.stringify({ event: "subscribe", ...fields }))
}

const onEvent = (frame: { readonly event: string; readonly code?: number }): void => {
  if (frame.event === "info" && frame.code === undefined) {
    if (sequence) socket.send(JSON.stringify({ event: "conf", flags: 65_536 + 131_072 }))
    else subscribe()
  } else if (frame.event === "conf") subscribe()
}

socket.on("message", (data: Buffer) => {
  if (data[0] !== 0x5b) return onEvent(JSON.parse(data.toString()))
  if (isReady) {
    work(data)
    return delivered()
  }
  // the first frame of a channel is its snapshot
  live.add((JSON.parse(data.toString()) as ReadonlyArray<number>)[0]!)
  if (live.size < workload.channels.length) return
  isReady = true
  ready()
})
socket.on("error", (error) => fault(String(error)))
