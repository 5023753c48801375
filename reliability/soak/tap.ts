/**
 * What a client does to its sockets, seen from outside and remembered in little: how many came, went, were lost, how many
 * listeners hang on them, and which of the closed ones are still held by somebody. And the checksums that the venue sent
 * of each book last, to compare with the books that the client serves.
 */
import type * as Plants from "./plants.ts"

/** what `ws` and the exchange's double have in common */
interface SocketLike {
  readonly readyState: number
  readonly on: (type: string, listener: (...args: ReadonlyArray<any>) => void) => unknown
  readonly listenerCount: (type: string) => number
  readonly close: (code?: number, reason?: string) => void
  readonly terminate: () => void
  /** of `ws` */
  readonly _closeFrameReceived?: boolean
}

/** checksums of a book that are remembered: those of as many changes may wait for a consumer */
const remembered = 128

type Construct = (url: string, protocols?: string | Array<string>) => globalThis.WebSocket

export interface Tap {
  /** makes sockets that are watched */
  readonly around: (construct: Construct) => Construct
  /** text frames received, and their bytes */
  readonly frames: () => number
  readonly bytes: () => number
  readonly made: () => number
  /** sockets that were open and ended without the client having asked for it */
  readonly losses: () => number
  /** why they ended, by code */
  readonly codes: ReadonlyMap<number, number>
  /** sockets that have not ended */
  readonly open: () => number
  /** listeners of the client on these */
  readonly listeners: () => number
  /** sockets that have ended and were not collected */
  readonly held: () => number
  /** whether a book of this name had this checksum lately, by what the venue sent */
  readonly hadChecksum: (book: string, checksum: number) => boolean
}

const types = ["open", "message", "close", "error", "pong"]

const bookOf = (event: { readonly [field: string]: unknown }): string | undefined =>
  event["channel"] === "book" ? `${event["symbol"]}:${event["prec"]}:${event["len"]}` : undefined

/** `plant` does to each lost socket what a leak would */
export const make = (plant: Plants.Plant | undefined): Tap => {
  let frames = 0
  let bytes = 0
  let made = 0
  let losses = 0
  const codes = new Map<number, number>()
  const open = new Map<SocketLike, number>()
  let ended: Array<WeakRef<object>> = []
  /** per book the latest checksums, in the order in which they came */
  const checksums = new Map<string, Set<number>>()

  const note = (book: string, checksum: number) => {
    const known = checksums.get(book) ?? new Set()
    checksums.set(book, known)
    // the latest are behind the others
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
      // a checksum's frame is short and says `"cs"` behind the id
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
      // `ws` answers the other side's close frame by a call of its own
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
      // the cast: both kinds of sockets have these
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
