/** The checks of facts that need no key. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Finding, PublicFact } from "./facts.ts"
import { judge, notSeen } from "./facts.ts"
import type { Frame, Link, Reply } from "./wire.ts"
import { call, login, open, patience, until } from "./wire.ts"

export interface Addresses {
  /** scheme and host for HTTP, without a path */
  readonly publicRest: string
  readonly authRest: string
  readonly publicSocket: string
  readonly authSocket: string
}

export type Needs = HttpClient.HttpClient | Socket.WebSocketConstructor | Scope.Scope

type Check = (link: Link, at: Addresses) => Effect.Effect<Finding, never, Needs>

const noAnswer = (link: Link): Finding =>
  notSeen(link.isOpen() ? `no answer within ${patience / 1000} s` : "there is no connection")

let cid = 1000

/** whether the venue still answers on this connection */
const isAlive = (link: Link): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const own = ++cid
    return Effect.map(
      link.ask({ event: "ping", cid: own }, (json) => json.event === "pong" && json.cid === own),
      (frame) => frame !== undefined
    )
  })

/** nothing that `is` accepts arrives within 6 s, on a connection that is proven to be alive afterwards */
const silence = (link: Link, act: () => void, is: (json: any) => boolean): Effect.Effect<Finding> =>
  Effect.gen(function*() {
    const from = link.frames().length
    act()
    const frame = yield* link.find(is, 6000, from)
    if (frame !== undefined) return judge(false, frame.text)
    return (yield* isAlive(link)) ? judge(true, "no answer, and the socket stays open") : noAnswer(link)
  })

const subscribe = (link: Link, request: object): Effect.Effect<Frame | undefined> => {
  const subId = `probe-${++cid}`
  return link.ask({ event: "subscribe", ...request, subId }, (json) => json.subId === subId, 15_000)
}

const short = ({ text }: Frame): string => text.length > 200 ? `${text.slice(0, 200)}…` : text

const accepted = (link: Link, request: object, is: (reply: any) => boolean = () => true) =>
  Effect.map(subscribe(link, request), (frame) =>
    frame === undefined
      ? noAnswer(link)
      : judge(frame.json.event === "subscribed" && is(frame.json), short(frame)))

const refused = (code: number, msg: string | undefined, message: object): Check => (link) => {
  const subId = `probe-${++cid}`
  return Effect.map(
    // the venue echoes subId where it knows the event; where it does not, the next error is the answer
    link.ask({ ...message, subId }, (json) => json.event === "error" && (json.subId ?? subId) === subId),
    (frame) =>
      frame === undefined
        ? noAnswer(link)
        : judge(frame.json.code === code && (msg === undefined || frame.json.msg === msg), short(frame))
  )
}

/** the elements of a list of rows with the time in this cell are newest first */
const isNewestFirst = (rows: ReadonlyArray<ReadonlyArray<number>>, cell: number): boolean =>
  rows.every((row, i) => i === 0 || row[cell]! <= rows[i - 1]![cell]!)

const snapshotOf = (request: object, most: number, cell: number): Check => (link) =>
  Effect.gen(function*() {
    const from = link.frames().length
    const ack = yield* subscribe(link, request)
    if (ack === undefined) return noAnswer(link)
    const is = (json: any) => Array.isArray(json) && json[0] === ack.json.chanId && Array.isArray(json[1]?.[0])
    const frame = yield* link.find(is, patience, from)
    if (frame === undefined) return notSeen("no snapshot")
    const rows = frame.json[1]
    return judge(rows.length <= most && isNewestFirst(rows, cell), `${rows.length} rows`)
  })

const get = (at: Addresses, path: string) => call("GET", `${at.publicRest}/v2/${path}`)

const onReply = (reply: Reply | undefined, finding: (reply: Reply) => Finding): Finding =>
  reply === undefined ? notSeen(`no reply within ${patience / 1000} s`) : finding(reply)

const brief = ({ status, text }: Reply): string => `${status} ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`

const isRows = (reply: Reply | undefined): boolean =>
  reply?.status === 200 && Array.isArray(reply.json) && reply.json.length > 0

const ofReply = (path: string, is: (reply: Reply) => boolean): Check => (_, at) =>
  Effect.map(get(at, path), (reply) => onReply(reply, (found) => judge(is(found), brief(found))))

const isRow = (value: unknown): boolean => Array.isArray(value) && value.length > 1

/** the number of cells in a row of a reply */
const lengthOf = (at: Addresses, path: string, rowOf: (json: any) => any, cells: number) =>
  Effect.map(get(at, path), (reply) =>
    onReply(reply, (found) => {
      const row = rowOf(found.json)
      return isRow(row) ? judge(row.length === cells, `${row.length} cells`) : judge(false, brief(found))
    }))

const candles = "candles/trade:1h:tBTCUSD/hist"

/** each reply, in the order of the paths */
const replies = (at: Addresses, ...paths: ReadonlyArray<string>) => Effect.forEach(paths, (path) => get(at, path))

const flags = { timestamp: 32_768, sequence: 65_536, checksum: 131_072, bulk: 536_870_912 } as const

/** a connection of its own with these flags and a book of 25 levels; the number of the frame that confirmed the book */
const withBook = (at: Addresses, sum: number, request: object = {}) =>
  Effect.gen(function*() {
    const link = yield* open(at.publicSocket)
    yield* link.ask({ event: "conf", flags: sum }, (json) => json.event === "conf")
    const from = link.frames().length
    const ack = yield* subscribe(link, { channel: "book", symbol: "tBTCUSD", ...request })
    return { link, from, chanId: ack?.json.chanId }
  })

const arrays = (frames: ReadonlyArray<Frame>, chanId: number) =>
  frames.filter(({ json }) => Array.isArray(json) && json[0] === chanId && json[1] !== "hb")

/** the first frames of a book with all flags: snapshot, then updates and checksums */
const flagged = (
  sum: number,
  finding: (frames: ReadonlyArray<Frame>, all: ReadonlyArray<Frame>) => Finding | undefined
): Check =>
(_, at) =>
  Effect.scoped(Effect.gen(function*() {
    const { chanId, from, link } = yield* withBook(at, sum)
    let found: Finding | undefined
    yield* until(() => {
      found = finding(arrays(link.frames().slice(from), chanId), link.frames())
      return found !== undefined
    }, chanId === undefined ? 0 : 20_000)
    return found ?? noAnswer(link)
  }))

const ackTimes: Check = (link) =>
  Effect.gen(function*() {
    const requests = [
      { channel: "ticker", symbol: "tBTCUSD" },
      { channel: "trades", symbol: "tBTCUSD" },
      { channel: "book", symbol: "tBTCUSD", len: "25" },
      { channel: "book", symbol: "tETHUSD", prec: "R0", len: "25" },
      { channel: "candles", key: "trade:1m:tBTCUSD" }
    ]
    const begin = yield* Clock.currentTimeMillis
    const acks = yield* Effect.forEach(requests, (request) => subscribe(link, request), { concurrency: "unbounded" })
    const times = acks.map((ack) => ack?.json.event === "subscribed" ? ack.at - begin : undefined)
    if (times.every((time) => time === undefined)) return noAnswer(link)
    return judge(
      times.every((time) => time !== undefined && time <= 15_000),
      requests.map(({ channel }, i) => `${channel} ${times[i] ?? "none in 15,000"} ms`).join(", ")
    )
  })

const heartbeats: Check = (_, at) =>
  Effect.scoped(Effect.gen(function*() {
    const link = yield* open(at.publicSocket)
    for (const symbol of ["tBTCUSD", "tETHUSD"]) yield* subscribe(link, { channel: "ticker", symbol })
    yield* subscribe(link, { channel: "trades", symbol: "tBTCUSD" })
    const ids = link.frames().filter(({ json }) => json?.event === "subscribed").map(({ json }) => json.chanId)
    const beats = () => link.frames().filter(({ json }) => Array.isArray(json) && json[1] === "hb")
    if (ids.length < 3) return noAnswer(link)
    yield* until(() => beats().length >= 2 * ids.length || !link.isOpen(), 35_000)
    const seen = beats()
    if (seen.length === 0) return notSeen("no heartbeat within 35 s")
    const rounds: Array<Array<Frame>> = []
    for (const beat of seen) {
      const last = rounds.at(-1)
      if (last !== undefined && beat.at - last[0]!.at < 2000) last.push(beat)
      else rounds.push([beat])
    }
    const gaps = rounds.slice(1).map((round, i) => round[0]!.at - rounds[i]![0]!.at)
    const ascending = [...ids].sort((a, b) => a - b)
    const isWhole = (round: ReadonlyArray<Frame>) =>
      JSON.stringify(round.map(({ json }) => json[0])) === JSON.stringify(ascending)
    return judge(
      rounds.slice(0, 2).every(isWhole) && gaps.every((gap) => Math.abs(gap - 15_000) < 1500),
      `${rounds.map((round) => round.length).join(" and ")} heartbeats of ${ids.length} channels, ${
        gaps.join(", ")
      } ms apart`
    )
  }))

const lateFlags: Check = (_, at) =>
  Effect.scoped(Effect.gen(function*() {
    const { chanId, link } = yield* withBook(at, 0)
    if (chanId === undefined) return noAnswer(link)
    const conf = yield* link.ask({ event: "conf", flags: flags.sequence }, (json) => json.event === "conf")
    if (conf === undefined) return noAnswer(link)
    const frame = yield* link.find(
      (json) => Array.isArray(json) && json[0] === chanId,
      20_000,
      link.frames().indexOf(conf)
    )
    return frame === undefined ? notSeen("no frame after conf") : judge(typeof frame.json[2] === "number", short(frame))
  }))

const slowBooks: Check = (_, at) =>
  Effect.scoped(Effect.gen(function*() {
    const { chanId, from, link } = yield* withBook(at, flags.bulk, { freq: "F1" })
    const updates = () => arrays(link.frames().slice(from), chanId).slice(1)
    const isDone = yield* until(() => updates().length >= 5, chanId === undefined ? 0 : 20_000)
    if (!isDone) return noAnswer(link)
    const gaps = updates().slice(1).map((update, i) => update.at - updates()[i]!.at)
    return judge(gaps.every((gap) => gap > 1000 && gap < 10_000), `rounds ${gaps.join(", ")} ms apart`)
  }))

const channelCap: Check = (_, at) =>
  Effect.scoped(Effect.gen(function*() {
    const link = yield* open(at.publicSocket)
    const frames = ["1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "1W", "14D", "1M"]
    const keys = ["tBTCUSD", "tETHUSD"].flatMap((symbol) => frames.map((frame) => `trade:${frame}:${symbol}`))
    const requests = [
      ...keys.map((key) => ({ channel: "candles", key })),
      ...["P0", "P1", "P2", "P3", "P4", "R0"].flatMap((prec) =>
        ["25", "100"].map((len) => ({ channel: "book", symbol: "tBTCUSD", prec, len }))
      )
    ]
    let count = 0
    for (const request of requests) {
      const frame = yield* subscribe(link, request)
      if (frame === undefined) return noAnswer(link)
      if (frame.json.event !== "subscribed") {
        return judge(frame.json.code === 10_305 && count === 30, `${count} accepted, then ${short(frame)}`)
      }
      count++
    }
    return judge(false, `${count} accepted, and no limit reached`)
  }))

const failedLogin: Check = (_, at) =>
  Effect.scoped(Effect.gen(function*() {
    const link = yield* open(at.authSocket)
    const nonce = (yield* Clock.currentTimeMillis) * 1000
    const frame = yield* link.ask(
      login({ key: "probe-of-an-unknown-key", secret: "none" }, nonce),
      (json) => json.event === "auth"
    )
    if (frame === undefined) return noAnswer(link)
    const alive = yield* isAlive(link)
    const { code, msg, status } = frame.json
    return judge(
      status === "FAILED" && code === 10_100 && alive,
      `${status} ${code} ${msg}, and the socket ${alive ? "stays open" : "is closed"}`
    )
  }))

const tradeTwice: Check = (link) =>
  Effect.gen(function*() {
    const first = yield* link.find((json) => Array.isArray(json) && json[1] === "te", 30_000)
    if (first === undefined) return notSeen("no trade within 30 s")
    const id = first.json[2][0]
    const second = yield* link.find(
      (json) => Array.isArray(json) && json[1] === "tu" && json[2][0] === id,
      patience,
      link.frames().indexOf(first)
    )
    return judge(
      second !== undefined,
      second === undefined ? `te ${id} without tu` : `${second.at - first.at} ms apart`
    )
  })

/** in this order on one connection; those with a connection of their own take `at` */
export const publicChecks: { readonly [id in PublicFact]: Check } = {
  greeting: (link) =>
    Effect.map(link.find(() => true), (frame) => {
      if (frame === undefined) return noAnswer(link)
      const { event, platform, serverId, version } = frame.json
      const is = event === "info" && version === 2 && typeof serverId === "string" && typeof platform === "object"
      return judge(is, short(frame))
    }),
  eventPing: (link) =>
    Effect.map(
      link.ask({ event: "ping", cid: 77 }, (json) => json.event === "pong"),
      (frame) =>
        frame === undefined ? noAnswer(link) : judge(frame.json.cid === 77 && frame.json.ts > 1e12, short(frame))
    ),
  ackTimes,
  dup: (link) =>
    Effect.gen(function*() {
      const known = link.frames().find(({ json }) => json?.event === "subscribed" && json.channel === "ticker")
      const frame = yield* subscribe(link, { channel: "ticker", symbol: "tBTCUSD" })
      if (frame === undefined || known === undefined) return noAnswer(link)
      return judge(frame.json.code === 10_301 && frame.json.chanId === known.json.chanId, short(frame))
    }),
  unknownStatusKey: (link) => {
    const subId = `probe-${++cid}`
    const request = { event: "subscribe", channel: "status", key: "deriv:tNOPEF0:USTF0", subId }
    return silence(link, () => link.send(request), (json) => json.subId === subId || json.event === "error")
  },
  textPing: (link) => silence(link, () => link.raw("ping"), (json) => json.event === "pong" || json.event === "error"),
  framePing: (link) =>
    Effect.gen(function*() {
      const before = link.pongs()
      link.ping()
      const isAnswered = yield* until(() => link.pongs() > before || !link.isOpen(), patience)
      if (isAnswered && link.isOpen()) return judge(true, "answered")
      return (yield* isAlive(link)) ? judge(false, "not answered, although the event ping is") : noAnswer(link)
    }),
  binaryFrames: (link) =>
    Effect.gen(function*() {
      const own = ++cid
      const from = link.frames().length
      link.raw(new TextEncoder().encode(JSON.stringify({ event: "ping", cid: own })))
      const frame = yield* link.find((json) => json.event === "pong" && json.cid === own, patience, from)
      if (frame !== undefined) return judge(true, "read")
      return (yield* isAlive(link)) ? judge(false, "not answered, although text is") : noAnswer(link)
    }),
  pairWithoutPrefix: (link) => accepted(link, { channel: "ticker", pair: "ETHUSD" }, (ack) => ack.pair === "ETHUSD"),
  lenAsNumber: (link) => accepted(link, { channel: "book", symbol: "tBTCUSD", len: 100 }, (ack) => ack.len === "100"),
  len250: (link) => accepted(link, { channel: "book", symbol: "tETHUSD", len: "250" }, (ack) => ack.len === "250"),
  weekFrames: (link) =>
    Effect.gen(function*() {
      const acks = yield* Effect.forEach(
        ["7D", "1W"],
        (frame) => subscribe(link, { channel: "candles", key: `trade:${frame}:tBTCUSD` })
      )
      if (acks.includes(undefined)) return noAnswer(link)
      return judge(acks.every((ack) => ack?.json.event === "subscribed"), acks.map((ack) => short(ack!)).join(", "))
    }),
  rawF1: (link) => accepted(link, { channel: "book", symbol: "tBTCUSD", prec: "R0", freq: "F1" }),
  unknownEvent: refused(10_000, undefined, { event: "probe" }),
  invalidJson: (link) =>
    Effect.gen(function*() {
      const from = link.frames().length
      link.raw("{ not json")
      const frame = yield* link.find((json) => json.event === "error", 6000, from)
      const alive = yield* isAlive(link)
      if (frame === undefined) return alive ? judge(false, "no answer, and the socket stays open") : noAnswer(link)
      return judge(frame.json.code === 10_000 && alive, short(frame))
    }),
  unknownChannel: refused(10_302, undefined, { event: "subscribe", channel: "probe", symbol: "tBTCUSD" }),
  unknownSymbol: refused(10_300, "symbol: invalid", { event: "subscribe", channel: "ticker", symbol: "tNOPENOPE" }),
  unknownPrecision: refused(10_011, undefined, { event: "subscribe", channel: "book", symbol: "tBTCUSD", prec: "P9" }),
  unknownLength: refused(10_012, undefined, { event: "subscribe", channel: "book", symbol: "tBTCUSD", len: "7" }),
  unknownChanId: refused(10_400, undefined, { event: "unsubscribe", chanId: 1 }),
  invalidFlags: refused(10_050, undefined, { event: "conf", flags: "many" }),
  inputWithoutLogin: (link) =>
    Effect.map(
      link.ask([0, "oc", null, { id: 1 }], (json) => json.event === "error"),
      (frame) =>
        frame === undefined
          ? noAnswer(link)
          : judge(frame.json.code === 10_100 && frame.json.msg === "auth: invalid", short(frame))
    ),
  unauth: refused(10_000, undefined, { event: "unauth" }),
  failedLogin,
  tradeTwice,
  tradesSnapshot: snapshotOf({ channel: "trades", symbol: "tETHUSD" }, 30, 1),
  candlesSnapshot: snapshotOf({ channel: "candles", key: "trade:1m:tETHUSD" }, 240, 0),
  heartbeats,
  lateFlags,
  sequence: flagged(flags.sequence, (_, all) => {
    const numbers = all.filter(({ json }) => Array.isArray(json)).slice(0, 20).map(({ json }) => json.at(-1))
    if (numbers.length < 20) return undefined
    return judge(numbers.every((number, i) => number === i + 1), numbers.join(" "))
  }),
  timestampLast: flagged(flags.sequence + flags.timestamp, (frames) => {
    const row = frames[0]?.json
    return row === undefined ? undefined : judge(row.at(-1) > 1e12 && row.at(-2) < 1e12, row.slice(2).join(" "))
  }),
  bulkNested: flagged(flags.bulk, (frames) => {
    const updates = frames.slice(1)
    const flat = updates.find(({ json }) => !Array.isArray(json[1]?.[0]))
    const single = updates.find(({ json }) => json[1].length === 1 && Array.isArray(json[1][0]))
    if (flat !== undefined) return judge(false, short(flat))
    return single === undefined ? undefined : judge(true, short(single))
  }),
  checksumBehindSnapshot: flagged(flags.checksum, (frames) => {
    const next = frames[1]?.json
    return next === undefined ? undefined : judge(next[1] !== "cs", `then ${next[1] === "cs" ? "cs" : "an update"}`)
  }),
  slowBooks,
  channelCap,
  dateHeader: (_, at) =>
    Effect.gen(function*() {
      const reply = yield* get(at, "platform/status")
      const now = yield* Clock.currentTimeMillis
      return onReply(reply, ({ headers }) => {
        const date = Date.parse(headers["date"] ?? "")
        return judge(Math.abs(date - now) <= 5000, headers["date"] === undefined ? "none" : `${date - now} ms ahead`)
      })
    }),
  restRefusal: ofReply(
    "ticker/tNOPENOPE",
    ({ json, status }) => status === 500 && json?.[0] === "error" && json[1] === 10_020
  ),
  restUnknownPath: ofReply("probe/of/a/path", ({ status }) => status === 404),
  upperCaseSections: (_, at) =>
    Effect.map(
      replies(at, "candles/trade:1h:tBTCUSD/HIST?limit=2", "candles/trade:1h:tBTCUSD/LAST"),
      ([hist, last]) =>
        onReply(hist, (found) => judge(isRows(found) && isRows(last), `${brief(found)} ${last?.status}`))
    ),
  fractionalTimes: ofReply("trades/tBTCUSD/hist?end=9999999999999.0&limit=2", isRows),
  restWeekFrames: (_, at) =>
    Effect.map(
      replies(at, ...["7D", "1W"].map((frame) => `candles/trade:${frame}:tBTCUSD/hist?limit=2`)),
      ([a, b]) => onReply(a, (found) => judge(isRows(found) && found.json[1]?.[0] === b?.json?.[1]?.[0], brief(found)))
    ),
  inclusiveBounds: (_, at) =>
    Effect.gen(function*() {
      const page = yield* get(at, `${candles}?limit=3`)
      const mts = page?.json?.[1]?.[0]
      if (typeof mts !== "number") return onReply(page, (found) => judge(false, brief(found)))
      return onReply(yield* get(at, `${candles}?start=${mts}&end=${mts}`), (found) =>
        judge(found.json?.length === 1 && found.json[0][0] === mts, brief(found)))
    }),
  emptyRange: ofReply(
    `${candles}?start=1600000000000&end=1500000000000`,
    ({ status, text }) => status === 200 && text === "[]"
  ),
  restLimit: (_, at) =>
    Effect.map(
      replies(at, "trades/tBTCUSD/hist?limit=10000", "trades/tBTCUSD/hist?limit=10001"),
      ([most, more]) =>
        onReply(most, (found) =>
          judge(
            isRows(found) && more?.status !== 200,
            `${found.status}, then ${more?.status} ${more?.text.slice(0, 80)}`
          ))
    ),
  unknownConfKey: ofReply("conf/pub:list:probe", ({ text }) => text === "[null]"),
  tetherMethods: ofReply(
    "conf/pub:map:tx:method",
    ({ json }) => json?.[0]?.some?.((row: any) => row[0] === "TETHERUSE" && row[1]?.[0] === "UST")
  ),
  fiatRates: (_, at) =>
    Effect.gen(function*() {
      const found = yield* Effect.forEach(["EUR", "GBP", "JPY"], (ccy1) =>
        call("POST", `${at.publicRest}/v2/calc/fx`, { body: JSON.stringify({ ccy1, ccy2: "USD" }) }))
      return onReply(found[0], () =>
        judge(
          found.every((reply) =>
            reply?.json?.[0] > 0
          ),
          found.map((reply) => reply?.text).join(" ")
        ))
    }),
  headRequests: (_, at) =>
    Effect.map(
      call("HEAD", `${at.publicRest}/v2/platform/status`),
      (reply) => onReply(reply, (found) => judge(found.status === 200 && found.text === "", String(found.status)))
    ),
  tickerLength: (_, at) => lengthOf(at, "ticker/tBTCUSD", (json) => json, 10),
  liquidationsNested: ofReply("liquidations/hist?limit=1", ({ json }) => json?.[0]?.length === 1 && isRow(json[0][0])),
  statusHistory: ofReply("status/deriv/tBTCF0:USTF0/hist?limit=1", ({ json }) => json?.[0]?.[0] > 1e12),
  leaderboardLength: (_, at) => lengthOf(at, "rankings/vol:1M:tGLOBAL:USD/hist?limit=1", (json) => json?.[0], 10),
  unsignedRead: (_, at) =>
    Effect.map(
      call("POST", `${at.authRest}/v2/auth/r/wallets`, { body: "{}" }),
      (reply) => onReply(reply, (found) => judge(found.status === 500 && found.json?.[1] === 10_100, brief(found)))
    )
}
