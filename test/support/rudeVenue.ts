import * as Effect from "effect/Effect"
import * as Naive from "./naiveBook.ts"
import * as Scripted from "./scriptedVenue.ts"
import { random } from "./virtualTime.ts"

/** the symbols, each with prices of its own: those of number k are from 1000 k on */
export const symbols = ["tAAAUSD", "tBBBUSD", "tCCCUSD", "tDDDUSD"] as const

export const bandOf = (symbol: string): number => 1 + symbols.findIndex((each) => each === symbol)

const shape: Naive.Shape = { isRaw: false, isFunding: false }

interface Sub {
  readonly chanId: number
  readonly request: Scripted.Asked
  readonly band: number
  readonly book: Naive.NaiveBook
  /** its snapshot was sent */
  isLive: boolean
  /** its acknowledgement was sent: only then can a client notice that another one names its id */
  isKnown: boolean
}

interface Desk {
  readonly subs: Map<number, Sub>
  chanId: number
  seq: number
  n: number
}

const wireOf = ({ channel, prec, symbol }: Scripted.Asked): string => `${channel} ${symbol} ${prec ?? ""}`

/**
 * A venue, written from the documents alone, that while it is rude breaks every rule on which a client may rely, at
 * random from a seed. `only` restricts this to the answers and frames of one symbol.
 */
export const make = (seed: number, only?: string) =>
  Effect.gen(function*() {
    const chance = random(seed)
    const below = (n: number): number => Math.floor(chance() * n)
    const may = (share: number): boolean => venue.isRude && chance() < share
    const desks = new Map<Scripted.Line, Desk>()
    const venue = { isRude: true, limit: Number.POSITIVE_INFINITY }

    const deskOf = (line: Scripted.Line): Desk => {
      let desk = desks.get(line)
      if (desk === undefined) desks.set(line, desk = { subs: new Map(), chanId: 10, seq: 0, n: 0 })
      return desk
    }
    const isTarget = (symbol: unknown): boolean => only === undefined || symbol === only

    /** an array with the next number, when its time has come */
    const number = (line: Scripted.Line, cells: () => ReadonlyArray<unknown> | undefined, after = 1, isLost = false) =>
      line.say(() => {
        const frame = cells()
        if (frame === undefined) return undefined
        const desk = deskOf(line)
        desk.seq++
        return isLost ? undefined : JSON.stringify([...frame, desk.seq])
      }, after)

    const snapshotOf = (desk: Desk, sub: Sub): unknown => {
      const base = sub.band * 1000
      if (sub.request["channel"] === "ticker") return tickerOf(desk, sub)
      if (sub.request["channel"] === "trades") return [[sub.band * 1_000_000 + ++desk.n, 1, 1, base]]
      for (let k = 0; k < 10; k++) {
        sub.book.put([base + 30 - k, 1, 1 + below(9)])
        sub.book.put([base + 60 + k, 1, -1 - below(9)])
      }
      return sub.book.all()
    }
    const tickerOf = (desk: Desk, { band }: Sub) => [band * 1000 + (++desk.n % 900), 1, 1, 1, 1, 1, 1, 1, 1, 1]

    const subscribe = (line: Scripted.Line, frame: Scripted.Asked): void => {
      const desk = deskOf(line)
      const rude = isTarget(frame["symbol"]) ? may : () => false
      const error = (code: number, fields: object = {}) =>
        line.say({ ...frame, event: "error", code, msg: "no", ...fields }, 1 + below(50))
      const known = [...desk.subs.values()].find((sub) => wireOf(sub.request) === wireOf(frame))
      if (known !== undefined) return error(10301, rude(0.5) ? {} : { chanId: known.chanId })
      if (desk.subs.size >= venue.limit) return error(10305)
      if (rude(0.05)) return error(11000)
      if (rude(0.05)) return error(10008)
      // a repeated request is answered
      const isFirst = line.asked.filter((each) =>
        each.event === "subscribe" && wireOf(each) === wireOf(frame)
      ).length < 2
      if (isFirst && rude(0.05)) return
      const shared = [...desk.subs.values()].find(({ isKnown, isLive, request }) =>
        isKnown && isLive && isTarget(request["symbol"])
      )
      const isShared = shared !== undefined && rude(0.1)
      const chanId = isShared ? shared.chanId : ++desk.chanId
      const sub: Sub = {
        chanId,
        request: frame,
        band: bandOf(frame["symbol"]),
        book: Naive.make(shape),
        isLive: false,
        isKnown: false
      }
      // under a shared id, the venue serves both
      desk.subs.set(isShared ? -++desk.chanId : chanId, sub)
      const after = 1 + (rude(0.2) ? below(14_000) : below(100))
      const { event: _, ...echo } = frame
      const snapshot = () => {
        if (sub.isLive) return undefined
        sub.isLive = true
        return [chanId, snapshotOf(desk, sub)]
      }
      if (rude(0.2)) number(line, () => [chanId, "hb"], Math.max(1, after - 1))
      // rows under an id that another channel has, ahead of the answer that says so, cannot be noticed
      if (!isShared && rude(0.2)) number(line, snapshot, Math.max(1, after - 1))
      const acknowledged = () => {
        sub.isKnown = true
        return JSON.stringify({ event: "subscribed", ...echo, chanId })
      }
      if (isShared || !rude(0.05)) line.say(acknowledged, after)
      if (rude(0.2)) line.say(acknowledged, after + below(2000))
      if (!rude(0.05)) number(line, snapshot, after + (rude(0.1) ? below(5000) : 1))
      if (rude(0.05)) {
        line.say(() => {
          desk.subs.delete(chanId)
          return JSON.stringify({ event: "unsubscribed", status: "OK", chanId })
        }, after + below(5000))
      }
    }

    const unsubscribe = (line: Scripted.Line, frame: Scripted.Asked): void => {
      const desk = deskOf(line)
      const { chanId } = frame
      const sub = desk.subs.get(chanId)
      const rude = isTarget(sub?.request["symbol"]) ? may : () => false
      if (rude(0.05)) return
      const after = 1 + (rude(0.2) ? below(9000) : below(20))
      line.say(() => {
        for (const [key, each] of desk.subs) if (each.chanId === chanId) desk.subs.delete(key)
        return JSON.stringify(
          sub === undefined
            ? { event: "error", code: 10400, msg: "unsubscribe: invalid", chanId }
            : { event: "unsubscribed", status: "OK", chanId }
        )
      }, after)
      if (rude(0.1)) line.say({ event: "unsubscribed", status: "OK", chanId }, after + below(100))
      if (rude(0.1) && sub !== undefined) number(line, () => [chanId, snapshotOf(desk, sub)], after + 1)
    }

    const scripted = yield* Scripted.make({
      onAsked: (frame, line) => {
        switch (frame.event) {
          case "conf":
            if (only === undefined && may(0.05)) return
            line.obey(frame, 1 + (only === undefined && may(0.2) ? below(4000) : 1))
            if (only === undefined && may(0.2)) line.obey(frame, 10 + below(3000))
            return
          case "ping":
            if (only === undefined && may(0.1)) return
            return line.obey(frame, 1 + below(200))
          case "subscribe":
            return subscribe(line, frame)
          case "unsubscribe":
            return unsubscribe(line, frame)
          default:
            return line.obey(frame)
        }
      }
    })

    /** faults of a whole socket */
    const harass = (line: Scripted.Line): void => {
      const desk = deskOf(line)
      const texts = [
        "hello",
        "[]",
        "{",
        `[1,${"[".repeat(300)}${"]".repeat(300)}]`,
        `{"event":"party"}`,
        `{"event":"subscribed"}`,
        `{"event":"subscribed","chanId":4711,"channel":"ticker"}`,
        `{"event":"unsubscribed","chanId":4711}`,
        `{"event":"unsubscribed"}`,
        `{"event":"error","code":10000,"msg":"unknown event"}`,
        `{"event":"pong"}`,
        `{"event":"pong","cid":99999}`,
        `{"event":"auth","status":"OK"}`,
        `{"event":"conf","status":"FAILED"}`,
        `{"event":"info","version":2}`,
        `{"event":"info","code":5000,"msg":"?"}`,
        `[4711,[1,2,3]]`,
        `[null,"hb"]`
      ]
      if (may(0.1)) line.say(() => texts[below(texts.length)])
      if (may(0.02)) line.say({ event: "info", code: 20060 })
      if (may(0.03)) line.say({ event: "info", code: 20061 })
      if (may(0.003)) line.say({ event: "info", code: 20051 })
      if (may(0.004)) line.close([1000, 1001, 1006, 1011, 1012, 3000, 4999][below(7)]!, "bye")
      if (may(0.01)) desk.seq += below(3)
      if (may(0.01)) line.say(() => JSON.stringify([11, "hb", Math.max(0, desk.seq - below(3))]))
      if (may(0.01)) venue.limit = 1 + 2 * below(4)
      if (may(0.02)) venue.limit = Number.POSITIVE_INFINITY
    }

    const update = (line: Scripted.Line, sub: Sub): void => {
      const desk = deskOf(line)
      const rude = isTarget(sub.request["symbol"]) ? may : () => false
      const isLost = only === undefined && rude(0.003)
      if (rude(0.01)) number(line, () => [sub.chanId, ["what", "is", null]])
      if (sub.request["channel"] === "ticker") return number(line, () => [sub.chanId, tickerOf(desk, sub)], 1, isLost)
      if (sub.request["channel"] === "trades") {
        return number(
          line,
          () => [sub.chanId, "te", [sub.band * 1_000_000 + ++desk.n, 1, 1, sub.band * 1000]],
          1,
          isLost
        )
      }
      const known = sub.book.all()
      const old = known[below(known.length)]!
      const isGone = known.length > 12 && chance() < 0.3
      const row = isGone
        ? [old[0]!, 0, Math.sign(old[2]!)]
        : [old[0]!, 1 + below(9), Math.sign(old[2]!) * (1 + below(9))]
      number(
        line,
        () => {
          if (isGone) sub.book.remove(old)
          else sub.book.put(row)
          return [sub.chanId, row]
        },
        1,
        isLost
      )
      number(line, () => [sub.chanId, "cs", rude(0.02) ? below(1e9) : sub.book.checksum()])
    }

    return {
      scripted,
      lines: scripted.lines,
      /** one second of the market */
      tick: Effect.sync(() => {
        for (const line of scripted.lines) {
          if (!line.isOpen) continue
          const { subs } = deskOf(line)
          for (const sub of subs.values()) if (sub.isLive) update(line, sub)
          if (only === undefined) harass(line)
        }
      }),
      calm: Effect.sync(() => {
        venue.isRude = false
        venue.limit = Number.POSITIVE_INFINITY
        for (const line of scripted.lines) {
          if (line.isOpen) line.say({ event: "info", code: 20061 })
        }
      }),
      /** the book that the venue keeps for the client, of those that are subscribed */
      books: (symbol: string): ReadonlyArray<Naive.NaiveBook> =>
        scripted.lines.flatMap((line) =>
          line.isOpen
            ? [...deskOf(line).subs.values()].flatMap(({ book, request }) =>
              request["channel"] === "book" && request["symbol"] === symbol ? [book] : []
            )
            : []
        )
    }
  })
