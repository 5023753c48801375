/**
 * A record of the traffic on a client's sockets, observed from outside, to compare with the elements that the client
 * delivers. It implements the manual's protocol independently of the client.
 */

/** the used members of the exchange's double */
interface Double {
  readyState: number
  readonly on: (type: string, listener: (...args: ReadonlyArray<any>) => void) => unknown
  readonly listenerCount: (type: string) => number
  send: (data: any) => void
  close: (code?: number, reason?: string) => void
  terminate: () => void
  readonly _socket: { resetAndDestroy: () => void }
}

/** A frame of a channel that carries rows or a checksum. */
export interface TapFrame {
  readonly at: number
  /** te, tu, fte, ftu, or null; `cs` for checksums */
  readonly type: string | null
  readonly payload: unknown
}

/** One subscription of a channel, from the venue's acknowledgement on. */
export interface Life {
  readonly name: string
  readonly chanId: number
  readonly socket: number
  readonly began: number
  readonly frames: Array<TapFrame>
  /** ms at which the client left it, or the socket ended; undefined while it lasts */
  ended: number | undefined
}

/** A sequence number that is not the next one. */
export interface Jump {
  readonly at: number
  readonly socket: number
  readonly expected: number
  readonly actual: number
}

export interface TapSocket {
  /** from 1, in the order in which they were made */
  readonly number: number
  readonly url: string
  readonly madeAt: number
  openedAt: number | undefined
  /** the client's call of `close` */
  closeCalled: { readonly at: number; readonly code: number | undefined; readonly reason: string } | undefined
  terminatedAt: number | undefined
  /** whether it had been silent, or a ping unanswered, for long when it was dropped */
  wasDead: boolean
  /** the end, and whether the client had requested it */
  ended: { readonly at: number; readonly code: number; readonly reason: string; readonly byClient: boolean } | undefined
  /** ms at which the venue asked the client to leave */
  stopped: number | undefined
  /** listeners of the client that are still there */
  readonly listeners: () => number
  readonly isClosed: () => boolean
}

export interface Tap {
  readonly sockets: ReadonlyArray<TapSocket>
  readonly lives: ReadonlyArray<Life>
  readonly jumps: ReadonlyArray<Jump>
  /** texts that are not frames */
  readonly malformed: ReadonlyArray<{ readonly at: number; readonly socket: number; readonly text: string }>
  /** makes a constructor of observed sockets */
  readonly around: (construct: (url: string) => globalThis.WebSocket) => (url: string) => globalThis.WebSocket
}

const nameOf = (event: { readonly [field: string]: unknown }): string => {
  const { channel, freq, key, len, prec, symbol } = event
  if (channel === "book") return `book:${symbol}:${prec}:${freq}:${len}`
  return `${channel}:${key === undefined ? symbol : key}`
}

/** ms without a frame, or without the answer to a ping, after which a socket may be dropped without a close frame */
const [silence, patience] = [3000, 1500]

const types = ["open", "message", "close", "error"]

export const make = (now: () => number): Tap => {
  const sockets: Array<TapSocket> = []
  const lives: Array<Life> = []
  const jumps: Array<Jump> = []
  const malformed: Array<Tap["malformed"][number]> = []

  const watch = (double: Double, url: string): void => {
    const number = sockets.length + 1
    const current = new Map<number, Life>()
    /** frames of channels that were not acknowledged yet */
    const early = new Map<number, Array<TapFrame>>()
    /** channels that the client has unsubscribed, and may still receive frames of */
    const leaving = new Set<number>()
    let isCounted = false
    let last = 0
    let own = 0
    let heard = now()
    /** times of pings that are not answered, by their number */
    const pings = new Map<unknown, number>()
    const isDead = () => now() - heard >= silence || Array.from(pings.values()).some((at) => now() - at >= patience)

    const socket: TapSocket = {
      number,
      url,
      madeAt: now(),
      openedAt: undefined,
      closeCalled: undefined,
      terminatedAt: undefined,
      wasDead: false,
      ended: undefined,
      stopped: undefined,
      listeners: () => types.reduce((sum, type) => sum + double.listenerCount(type), 0) - own,
      isClosed: () => double.readyState === 3
    }
    sockets.push(socket)

    const leave = (chanId: number) => {
      const life = current.get(chanId)
      if (life !== undefined) life.ended ??= now()
      current.delete(chanId)
    }
    const leaveAll = () => {
      for (const chanId of Array.from(current.keys())) leave(chanId)
    }

    const onEvent = (event: { readonly [field: string]: any }): void => {
      if (event.event === "pong") pings.delete(event.cid)
      if (event.event === "conf" && event.status === "OK") isCounted = (Number(event.flags) & 65_536) !== 0
      if (event.event === "info" && event.code === 20_051) socket.stopped ??= now()
      if (event.event === "subscribed") {
        const name = nameOf(event)
        const frames = early.get(event.chanId) ?? []
        early.delete(event.chanId)
        const life: Life = { name, chanId: event.chanId, socket: number, began: now(), frames, ended: undefined }
        lives.push(life)
        current.set(event.chanId, life)
      }
      if (event.event === "unsubscribed") {
        leave(event.chanId)
        leaving.delete(event.chanId)
      }
    }

    const onData = (frame: ReadonlyArray<any>): void => {
      const [chanId, second] = frame
      const isNamed = typeof second === "string"
      if (chanId === 0) return
      if (isCounted) {
        const seq = frame[isNamed && second !== "hb" ? 3 : 2]
        if (typeof seq === "number") {
          if (seq !== last + 1) jumps.push({ at: now(), socket: number, expected: last + 1, actual: seq })
          // a duplicate or late frame: readers in order ignore it
          if (seq <= last) return
          last = seq
        }
      }
      if (second === "hb") return
      const one: TapFrame = { at: now(), type: isNamed ? second : null, payload: isNamed ? frame[2] : second }
      const life = current.get(chanId)
      if (life !== undefined) life.frames.push(one)
      else if (!leaving.has(chanId)) early.set(chanId, [...(early.get(chanId) ?? []), one])
    }

    const onText = (text: string): void => {
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch {
        malformed.push({ at: now(), socket: number, text })
        return
      }
      if (Array.isArray(json)) onData(json)
      else if (typeof json === "object" && json !== null) onEvent(json)
    }

    double.on("open", () => {
      socket.openedAt = now()
    })
    double.on("message", (data: Buffer, isBinary: boolean) => {
      heard = now()
      if (!isBinary) onText(data.toString())
    })
    double.on("close", (code: number, reason: Buffer) => {
      leaveAll()
      const byClient = socket.closeCalled !== undefined || socket.terminatedAt !== undefined
      socket.ended = { at: now(), code, reason: reason.toString(), byClient }
    })
    own = 3

    const dropped = () => {
      leaveAll()
      socket.wasDead ||= socket.terminatedAt === undefined && isDead()
      socket.terminatedAt ??= now()
    }
    const { close, send, terminate } = double
    double.send = (data) => {
      const json = JSON.parse(String(data))
      if (json.event === "ping") pings.set(json.cid, now())
      if (json.event === "unsubscribe") {
        leave(json.chanId)
        leaving.add(json.chanId)
      }
      send.call(double, data)
    }
    double.close = (code, reason) => {
      leaveAll()
      socket.closeCalled ??= { at: now(), code, reason: reason ?? "" }
      close.call(double, code, reason)
    }
    double.terminate = () => {
      dropped()
      terminate.call(double)
    }
    const { resetAndDestroy } = double._socket
    double._socket.resetAndDestroy = () => {
      dropped()
      resetAndDestroy()
    }
  }

  return {
    sockets,
    lives,
    jumps,
    malformed,
    around: (construct) => (url) => {
      const made = construct(url)
      // the cast: the double behaves as `ws`
      watch(made as unknown as Double, url)
      return made
    }
  }
}
