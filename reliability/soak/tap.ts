/**
 * Counters of a client's sockets, observed from outside in bounded memory: sockets made, ended and lost, listeners on them,
 * and closed sockets that are still referenced. It also keeps the venue's latest checksums of each book, to compare with
 * the books that the client serves.
 */
import type * as Plants from "./plants.ts"

/** the common interface of `ws` and the exchange's double */
interface SocketLike {
  readonly readyState: number
  readonly on: (type: string, listener: (...args: ReadonlyArray<any>) => void) => unknown
  readonly listenerCount: (type: string) => number
  readonly close: (code?: number, reason?: string) => void
  readonly terminate: () => void
  /** only in `ws` */
  readonly _closeFrameReceived?: boolean
}

/** number of checksums kept per book: up to this number of changes may wait for a consumer */
const remembered = 128

type Construct = (url: string, protocols?: string | Array<string>) => globalThis.WebSocket

export interface Tap {
  /** makes observed sockets */
  readonly around: (construct: Construct) => Construct
  /** text frames received, and their bytes */
  readonly frames: () => number
  readonly bytes: () => number
  readonly made: () => number
  /** sockets that were open and ended without a request by the client */
  readonly losses: () => number
  /** their close codes, with counts */
  readonly codes: ReadonlyMap<number, number>
  /** sockets that have not ended */
  readonly open: () => number
  /** the client's listeners on these sockets */
  readonly listeners: () => number
  /** ended sockets that were not garbage-collected */
  readonly held: () => number
  /** whether the venue recently sent this checksum for a book of this name */
  readonly hadChecksum: (book: string, checksum: number) => boolean
}

const types = ["open", "message", "close", "error", "pong"]

const bookOf = (event: { readonly [field: string]: unknown }): string | undefined =>
  event["channel"] === "book" ? `${event["symbol"]}:${event["prec"]}:${event["len"]}` : undefined

/** `plant` leaks on each lost socket */
export const make = (plant: Plants.Plant | undefined): Tap => {
  let frames = 0
  let bytes = 0
  let made = 0
  let losses = 0
  const codes = new Map<number, number>()
  const open = new Map<SocketLike, number>()
  let ended: Array<WeakRef<object>> = []
  /** the latest checksums per book, in order of arrival */
  const checksums = new Map<string, Set<number>>()

  const note = (book: string, checksum: number) => {
    const known = checksums.get(book) ?? new Set()
    checksums.set(book, known)
    // the latest are last
    known.delete(checksum)
    known.add(checksum)
    if (known.size > remembered) known.delete(known.values().next().value!)
  }

  const watch = (socket: SocketLike): void => {
    made++
    const books = new Map<number, string>()
    let isOpen = false
    let isLeft = false
    socket.on("open", () => {
      isOpen = true
    })
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) return
      frames++
      bytes += data.length
      const isEvent = data[0] === 0x7b
      // a checksum frame is short and has `"cs"` after the id
      if (!isEvent && (data.length > 64 || data.indexOf("\"cs\"", 2, "latin1") < 0)) return
      let json: any
      try {
        json = JSON.parse(data.toString())
      } catch {
        return
      }
      if (isEvent) {
        if (json.event === "subscribed") {
          const book = bookOf(json)
          if (book !== undefined) books.set(json.chanId, book)
        }
      } else if (Array.isArray(json) && json[1] === "cs") {
        const book = books.get(json[0])
        if (book !== undefined) note(book, json[2])
      }
    })
    socket.on("close", (code: number) => {
      open.delete(socket)
      ended.push(new WeakRef(socket))
      if (!isOpen || isLeft) return
      losses++
      codes.set(code, (codes.get(code) ?? 0) + 1)
      plant?.(socket)
    })
    open.set(socket, types.reduce((sum, type) => sum + socket.listenerCount(type), 0))
    const { close, terminate } = socket
    const own = socket as { -readonly [K in "close" | "terminate"]: SocketLike[K] }
    own.close = (code, reason) => {
      // `ws` answers the other side's close frame by calling `close` itself
      isLeft ||= socket._closeFrameReceived !== true
      close.call(socket, code, reason)
    }
    own.terminate = () => {
      isLeft = true
      terminate.call(socket)
    }
  }

  return {
    around: (construct) => (url, protocols) => {
      const socket = construct(url, protocols)
      // the cast: both kinds of sockets have these members
      watch(socket as unknown as SocketLike)
      return socket
    },
    frames: () => frames,
    bytes: () => bytes,
    made: () => made,
    losses: () => losses,
    codes,
    open: () => open.size,
    listeners: () =>
      [...open].reduce(
        (sum, [socket, own]) => sum + types.reduce((all, type) => all + socket.listenerCount(type), 0) - own,
        0
      ),
    held: () => {
      ended = ended.filter((each) => each.deref() !== undefined)
      return ended.length
    },
    hadChecksum: (book, checksum) => checksums.get(book)?.has(checksum) === true
  }
}
