/**
 * The server, a separate process. All frames are in one buffer before a run; a slice is written in pieces of up to
 * 256 KiB, each after the drain of the previous one.
 */
import { createHmac } from "node:crypto"
import { once } from "node:events"
import type { AddressInfo, Socket } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import { key, secret } from "./account.ts"
import { type FromServer, type Party, send, type ToServer } from "./messages.ts"
import { replay, tallies, type Tally } from "./truth.ts"
import { byName, isAccount, texts, type Workload } from "./workloads.ts"

const seed = 20_261_122
const pieceBytes = 256 * 1024

interface Frames {
  readonly snapshots: ReadonlyArray<Buffer>
  readonly data: Buffer
  /** where each frame ends */
  readonly ends: Uint32Array
  /** by a number of frames from the first */
  readonly truth: ReadonlyMap<number, ReadonlyArray<Tally>>
}

/** header and payload of an unmasked text frame */
const writeFrame = (to: Buffer, at: number, text: string): number => {
  to[at++] = 0x81
  if (text.length < 126) to[at++] = text.length
  else {
    to[at++] = 126
    at = to.writeUInt16BE(text.length, at)
  }
  return at + to.write(text, at, "latin1")
}

/** the frames of the clients that receive the same ones; a client may take fewer than another */
const encode = (workload: Workload, sequence: boolean, counts: ReadonlySet<number>): Frames => {
  const messages = Math.max(...counts)
  const { next, snapshots } = texts(workload, seed)
  const sums = tallies(workload)
  const count = replay(workload.channels, snapshots, sums)
  const truth = new Map<number, ReadonlyArray<Tally>>()
  let seq = 0
  const isPrivate = workload.channels.some(({ kind }) => isAccount(kind))
  // events of an account also carry the account's sequence number
  const end = () => !sequence ? "]" : isPrivate ? `,${++seq},${seq}]` : `,${++seq}]`
  const ends = new Uint32Array(messages)
  const heads = snapshots.map((each) => Buffer.from(each + end()))
  let data = Buffer.allocUnsafeSlow(messages * 64)
  let at = 0
  for (let k = 0; k < messages; k++) {
    const text = next() + end()
    if (at + text.length + 4 > data.length) {
      const larger = Buffer.allocUnsafeSlow(data.length * 2)
      data.copy(larger, 0, 0, at)
      data = larger
    }
    count(text)
    if (counts.has(k + 1)) truth.set(k + 1, sums.map((each) => ({ ...each })))
    at = writeFrame(data, at, text)
    ends[k] = at
  }
  return { snapshots: heads, data, ends, truth }
}

interface Client {
  readonly party: Party
  readonly frames: Frames
  /** frames sent */
  position: number
  socket: Socket | undefined
  webSocket: WebSocket | undefined
}

const clients = new Map<string, Client>()
let stopped = false

const prepare = async (parties: ReadonlyArray<Party>): Promise<FromServer> => {
  const truth: { [name: string]: ReadonlyArray<Tally> } = {}
  for (const { sequence, workload } of parties) {
    const same = parties.filter((each) => each.workload === workload && each.sequence === sequence)
    if (same.every(({ name }) => clients.has(name))) continue
    const frames = encode(byName(workload), sequence, new Set(same.map(({ messages }) => messages)))
    for (const party of same) {
      clients.set(party.name, { party, frames, position: 0, socket: undefined, webSocket: undefined })
      truth[party.name] = frames.truth.get(party.messages)!
    }
  }
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })
  await once(server, "listening")
  server.on("connection", (webSocket, request) => {
    const client = clients.get(request.url?.slice(1) ?? "")
    if (client === undefined) return webSocket.close()
    client.webSocket = webSocket
    client.socket = request.socket
    serve(client, webSocket)
  })
  return { type: "prepared", port: (server.address() as AddressInfo).port, truth }
}

/** the venue's side of the protocol before and between the data */
const serve = ({ frames, party }: Client, socket: WebSocket): void => {
  const say = (frame: object) => socket.send(JSON.stringify(frame))
  const { channels } = byName(party.workload)
  let subscribed = 0
  say({ event: "info", version: 2, serverId: "00000000-0000-4000-8000-000000000000", platform: { status: 1 } })
  socket.on("message", (data) => {
    const asked = JSON.parse(String(data))
    switch (asked.event) {
      case "conf":
        if (Boolean(asked.flags & 65_536) !== party.sequence) throw new Error(`${party.name}: unexpected flags`)
        return say({ event: "conf", status: "OK", flags: asked.flags })
      case "ping":
        return say({ event: "pong", ts: Date.now(), cid: asked.cid })
      case "auth": {
        const signed = createHmac("sha384", secret).update(String(asked.authPayload)).digest("hex")
        const isGood = asked.apiKey === key && asked.authSig === signed &&
          String(asked.authPayload).startsWith(`AUTH${asked.authNonce}`)
        if (!isGood) return say({ event: "auth", status: "FAILED", chanId: 0, code: 10100, msg: "apikey: invalid" })
        say({ event: "auth", status: "OK", chanId: 0, userId: 1, caps: { orders: { read: 1, write: 1 } } })
        for (const snapshot of frames.snapshots) socket.send(snapshot.toString())
        return
      }
      case "unsubscribe":
        return say({ event: "unsubscribed", status: "OK", chanId: asked.chanId })
      case "subscribe": {
        const wanted = { ...(asked.channel === "book" ? { prec: "P0", freq: "F0" } : {}), ...asked }
        const channel = channels.find(({ fields }) =>
          Object.keys(fields).every((key) => fields[key] === String(wanted[key]))
        )
        if (channel === undefined) return say({ event: "error", msg: "symbol: invalid", code: 10300, ...asked })
        say({ ...wanted, event: "subscribed", chanId: channel.chanId })
        // snapshots are numbered in the order in which they are sent
        const text = frames.snapshots[channels.indexOf(channel)]!.toString()
        subscribed++
        socket.send(party.sequence ? text.replace(/,\d+\]$/, `,${subscribed}]`) : text)
      }
    }
  })
}

/** writes frames from..to */
const write = async ({ frames, socket }: Client, from: number, to: number): Promise<number> => {
  const { data, ends } = frames
  let at = from === 0 ? 0 : ends[from - 1]!
  const begin = at
  let k = from
  while (k < to && !stopped) {
    const limit = at + pieceBytes
    while (k < to && ends[k]! <= limit) k++
    if (!socket!.write(data.subarray(at, ends[k - 1]))) await once(socket!, "drain")
    at = ends[k - 1]!
  }
  return at - begin
}

const slice = async (name: string, messages: number): Promise<FromServer> => {
  const client = clients.get(name)!
  const before = process.cpuUsage()
  const from = client.position
  const bytes = await write(client, from, from + messages)
  client.position += messages
  client.webSocket!.send(JSON.stringify({ event: "info", code: 29_999, msg: `bench-end ${messages}` }))
  const { system, user } = process.cpuUsage(before)
  return { type: "sent", messages, bytes, cpu: (user + system) / 1000 }
}

const flood = async (name: string): Promise<FromServer> => {
  const client = clients.get(name)!
  const { data, ends } = client.frames
  const { socket } = client
  let messages = 0
  let bytes = 0
  // repeats pieces of whole frames; bytes written to the socket count as sent
  while (!stopped) {
    let [k, at] = [0, 0]
    while (k < ends.length && !stopped) {
      const first = k
      while (k < ends.length && ends[k]! <= at + pieceBytes) k++
      const more = socket!.write(data.subarray(at, ends[k - 1]))
      messages += k - first
      bytes += ends[k - 1]! - at
      at = ends[k - 1]!
      if (!more) await Promise.race([once(socket!, "drain"), stop.promise])
    }
  }
  return { type: "sent", messages, bytes, cpu: 0 }
}

const stop = (() => {
  let resolve = () => {}
  const promise = new Promise<void>((done) => resolve = done)
  return { promise, resolve }
})()

process.on("message", (message: ToServer) => {
  switch (message.type) {
    case "prepare":
      return void prepare(message.parties).then(send)
    case "slice":
      return void slice(message.name, message.messages).then(send)
    case "flood":
      return void flood(message.name).then(send)
    case "stop":
      stopped = true
      return stop.resolve()
  }
})
process.on("disconnect", () => process.exit())
