/**
 * The checks of facts that need a key of paper trading. They place post-only orders of the smallest size, far from the
 * market, on one symbol of paper trading; and one that trades, whose trade is undone by another one.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Finding, OfferFact, OrderFact } from "./facts.ts"
import { judge, notSeen } from "./facts.ts"
import * as Offers from "./offerChecks.ts"
import type { Addresses } from "./publicChecks.ts"
import type { Frame, Key, Link, Reply } from "./wire.ts"
import { call, login, makeNonce, open, patience, signed } from "./wire.ts"

/** the only symbol on which the probe places orders */
export const symbol = "tTESTBTC:TESTUSD"

const postOnly = 4096

/** the flag of the two orders of an OCO */
const oco = 16_384

/** the flag for sequence numbers */
const sequence = 65_536

/** The probe was about to place an order that it must not place. */
export class Forbidden extends Data.TaggedError("Forbidden")<{ readonly order: unknown; readonly reason: string }> {
  override get message(): string {
    return `the probe places no such order: ${this.reason}`
  }
}

/** The key is not one of paper trading, or does not log in. */
export class NotPaper extends Data.TaggedError("NotPaper")<{ readonly reason: string }> {
  override get message(): string {
    return `${this.reason}. Make a sub-account for paper trading on the venue's web site, make a key in it that may read ` +
      "wallets and orders and write orders, and set BFX_PAPER_API_KEY and BFX_PAPER_API_SECRET."
  }
}

/** why an order must not be placed; `least` is the amount that may be traded */
const reasonAgainst = (order: any, most: number, least: number): string | undefined => {
  const amount = Math.abs(Number(order?.amount))
  const isTaking = order?.type === "EXCHANGE IOC" && amount <= least
  if (order?.symbol !== symbol) return `its symbol is not ${symbol}`
  if ((order.flags & postOnly) === 0 && !isTaking) return "it is not post-only"
  return amount <= most ? undefined : `its amount is above ${most}`
}

/** why an offer must not be placed */
const reasonAgainstOffer = (offer: any): string | undefined => {
  if (offer?.symbol !== Offers.currency) return `its symbol is not ${Offers.currency}`
  if (!(Number(offer.rate) >= Offers.lowestRate)) return `its rate is below ${Offers.lowestRate}`
  return Number(offer.amount) > 0 && Number(offer.amount) <= Offers.least
    ? undefined
    : `its amount is not one from 0 to ${Offers.least}`
}

const submissionsOf = (message: unknown): ReadonlyArray<any> => {
  if (!Array.isArray(message)) return []
  const [, type, , body] = message
  if (type === "on") return [body]
  return type === "ox_multi"
    ? (body as ReadonlyArray<any>).flatMap(([each, fields]) => each === "on" ? [fields] : [])
    : []
}

/**
 * The same connection, which throws `Forbidden` on an order that is not on the symbol and at most `most`, or that is not
 * post-only, unless it trades at most `least` at once; and on an offer that is not of paper trading, small and dear.
 */
export const guarded = (link: Link, most: number, least = 0): Link => {
  const check = (message: unknown): void => {
    for (const order of submissionsOf(message)) {
      const reason = reasonAgainst(order, most, least)
      if (reason !== undefined) throw new Forbidden({ order, reason })
    }
    if (!Array.isArray(message) || message[1] !== "fon") return
    const reason = reasonAgainstOffer(message[3])
    if (reason !== undefined) throw new Forbidden({ order: message[3], reason })
  }
  return {
    ...link,
    send: (message) => {
      check(message)
      link.send(message)
    },
    raw: () => {
      throw new Forbidden({ order: undefined, reason: "its text is not checked" })
    },
    ask: (message, is, within) =>
      Effect.suspend(() => {
        check(message)
        return link.ask(message, is, within)
      })
  }
}

/** the common parts of the checks */
interface Desk extends Offers.Desk {
  readonly key: Key
  /** smallest size of an order */
  readonly unit: number
  /** a price far below the market, as text */
  readonly price: string
  /** a price far above it */
  readonly above: string
  /** the group of all orders of this run */
  readonly gid: number
  readonly nextCid: () => number
  readonly loginNonce: number
  readonly auth: Frame
  readonly withNonce: (nonce: number) => Effect.Effect<Reply | undefined, never, HttpClient.HttpClient>
}

type Check = (desk: Desk) => Effect.Effect<Finding, never, HttpClient.HttpClient>

const text = (value: number): string => value.toFixed(8).replace(/\.?0+$/, "")

const terms = ({ gid, nextCid, price, unit }: Desk, more: object = {}) => ({
  type: "EXCHANGE LIMIT",
  symbol,
  amount: text(2 * unit),
  price,
  flags: postOnly,
  gid,
  cid: nextCid(),
  ...more
})

/** a notification of this type */
const isNotice = (type: string) => (json: any): boolean =>
  Array.isArray(json) && json[0] === 0 && json[1] === "n" && json[2]?.[1] === type

const isEvent = (type: string, id: number) => (json: any): boolean =>
  Array.isArray(json) && json[0] === 0 && json[1] === type && json[2]?.[0] === id

/** REST wraps the row of a submission in a list, the socket does not */
const rowOf = (frame: Frame): any => Array.isArray(frame.json[2][4]?.[0]) ? frame.json[2][4][0] : frame.json[2][4]
const statusOf = (frame: Frame): string => `${frame.json[2][6]} ${frame.json[2][7]}`

const acknowledged = (desk: Desk, order: { readonly cid: number }) => (json: any): boolean =>
  isNotice("on-req")(json) && (json[2][4]?.[2] === order.cid || json[2][4]?.[0]?.[2] === order.cid) && desk.gid > 0

const silent = notSeen(`no answer within ${patience / 1000} s`)

const submit = (desk: Desk, more: object = {}) => {
  const order = terms(desk, more)
  return Effect.map(desk.link.ask([0, "on", null, order], acknowledged(desk, order)), (frame) => ({ frame, order }))
}

/** with an order that rests in the book; the finding is `not seen` when the venue does not take it */
const withOrder = (
  desk: Desk,
  use: (
    id: number,
    order: ReturnType<typeof terms>,
    frame: Frame
  ) => Effect.Effect<Finding, never, HttpClient.HttpClient>,
  more: object = {}
): Effect.Effect<Finding, never, HttpClient.HttpClient> =>
  Effect.flatMap(submit(desk, more), ({ frame, order }) => {
    if (frame === undefined) return Effect.succeed(silent)
    const id = rowOf(frame)?.[0]
    return frame.json[2][6] === "SUCCESS" && typeof id === "number"
      ? use(id, order, frame)
      : Effect.succeed(notSeen(`the venue did not take an order: ${statusOf(frame)}`))
  })

const isRefused = (more: (desk: Desk) => object, is: (frame: Frame) => boolean = () => true): Check => (desk) =>
  Effect.map(
    submit(desk, more(desk)),
    ({ frame }) => frame === undefined ? silent : judge(frame.json[2][6] !== "SUCCESS" && is(frame), statusOf(frame))
  )

const indexOf = ({ link }: Desk, is: (json: any) => boolean): number =>
  link.frames().findIndex(({ json }) => json !== undefined && is(json))

const day = (mts: number): string => new Date(mts).toISOString().slice(0, 10)

const pingBehindCommand: Check = (desk) =>
  Effect.gen(function*() {
    const order = terms(desk)
    const ping = desk.nextCid()
    const isPong = (json: any) => json.event === "pong" && json.cid === ping
    desk.link.send([0, "on", null, order])
    desk.link.send({ event: "ping", cid: ping })
    const pong = yield* desk.link.find(isPong)
    const notice = yield* desk.link.find(acknowledged(desk, order))
    if (pong === undefined || notice === undefined) return silent
    const isBehind = indexOf(desk, isPong) > indexOf(desk, acknowledged(desk, order))
    return judge(isBehind, `pong ${pong.at - notice.at} ms after the notification`)
  })

const amountOrig: Check = (desk) =>
  withOrder(desk, (id) =>
    Effect.gen(function*() {
      const amount = text(3 * desk.unit)
      const change = [0, "ou", null, { id, amount, flags: postOnly }]
      const frame = yield* desk.link.ask(change, (json) => isEvent("ou", id)(json) || isNotice("ou-req")(json))
      if (frame === undefined) return silent
      if (frame.json[1] === "n" && frame.json[2][6] !== "SUCCESS") return notSeen(statusOf(frame))
      const event = yield* desk.link.find(isEvent("ou", id))
      if (event === undefined) return notSeen("no ou event")
      const [left, original] = [event.json[2][6], event.json[2][7]]
      return judge(
        Math.abs(original - Number(amount)) < 1e-9,
        `from ${text(2 * desk.unit)} to ${amount}: AMOUNT ${left}, AMOUNT_ORIG ${original}`
      )
    }))

/** the second order has to be found without a link, or a missing one would be taken for an order that is missing */
const ocoPair: Check = (desk) =>
  withOrder(
    desk,
    (id, { cid }) =>
      Effect.gen(function*() {
        const isOther = (json: any) =>
          Array.isArray(json) && json[0] === 0 && json[1] === "on" && json[2]?.[0] !== id && (json[2]?.[12] & oco) !== 0
        const [one, two] = [yield* desk.link.find(isEvent("on", id)), yield* desk.link.find(isOther)]
        if (one === undefined || two === undefined) return notSeen("no two on events")
        const [first, second] = [one.json[2], two.json[2]]
        const links = [first[25] === second[0], second[25] === first[0]]
        const cidOfSecond = second[2] === cid ? "the same" : second[2] === null ? "none" : "another one"
        const named = links.map((isNamed) => isNamed ? "names the other" : "does not").join(", ")
        return judge(links.every(Boolean), `${named}; cid of the second: ${cidOfSecond}`)
      }),
    { flags: postOnly + oco, price_oco_stop: desk.above }
  )

const postOnlyKept: Check = (desk) =>
  withOrder(desk, (id) =>
    Effect.gen(function*() {
      const price = String(Number((Number(desk.price) * 0.99).toPrecision(4)))
      yield* desk.link.ask([0, "ou", null, { id, price }], isNotice("ou-req"))
      const event = yield* desk.link.find(isEvent("ou", id))
      return event === undefined
        ? notSeen("no ou event")
        : judge(event.json[2][31]?.["$F7"] === 1, `meta ${JSON.stringify(event.json[2][31])}`)
    }))

const cancelSeveral: Check = (desk) =>
  withOrder(desk, (first) =>
    withOrder(desk, (second) =>
      Effect.gen(function*() {
        const from = desk.link.frames().length
        const frame = yield* desk.link.ask([0, "oc_multi", null, { id: [first, second] }], isNotice("oc_multi-req"))
        if (frame === undefined) return silent
        for (const id of [first, second]) yield* desk.link.find(isEvent("oc", id))
        const after = desk.link.frames().slice(from).map(({ json }) => json).filter(Array.isArray)
        const ends = [first, second].map((id) => after.filter(isEvent("oc", id)).length)
        const ids = frame.json[2][4]?.map?.((row: any) => row[0]) ?? []
        return judge(
          ends.every((count) => count === 1) && [first, second].every((id) => ids.includes(id)),
          `${ids.length} rows in the notification, ${ends.join(" and ")} oc`
        )
      })))

const severalOperations: Check = (desk) =>
  Effect.gen(function*() {
    const from = desk.link.frames().length
    const ops = [["on", terms(desk)], ["on", terms(desk)]]
    const first = yield* desk.link.ask([0, "ox_multi", null, ops], isNotice("on-req"))
    yield* Effect.sleep("3 seconds")
    const notices = desk.link.frames().slice(from).map(({ json }) => json).filter((json) =>
      Array.isArray(json) && json[1] === "n"
    )
    if (notices.length === 0) return silent
    const types = notices.map((json) => json[2][1])
    return judge(first !== undefined && types.join() === "on-req,on-req", types.join(", "))
  })

/** buys the smallest amount, and sells it again */
const tradeOrder: Check = (desk) =>
  Effect.gen(function*() {
    const taking = { type: "EXCHANGE IOC", flags: 0 }
    const { frame } = yield* submit(desk, { ...taking, amount: text(desk.unit), price: desk.above })
    if (frame === undefined) return silent
    const id = rowOf(frame)?.[0]
    if (frame.json[2][6] !== "SUCCESS") return notSeen(`the venue did not take an order: ${statusOf(frame)}`)
    const isFill = (type: string) => (json: any): boolean =>
      Array.isArray(json) && json[0] === 0 && json[1] === type && json[2]?.[3] === id
    const events = { te: isFill("te"), oc: isEvent("oc", id), tu: isFill("tu") }
    for (const is of Object.values(events)) yield* desk.link.find(is)
    yield* submit(desk, { ...taking, amount: text(-desk.unit), price: desk.price })
    const seen = Object.entries(events)
      .flatMap(([name, is]) => indexOf(desk, is) < 0 ? [] : [{ name, at: indexOf(desk, is) }])
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name)
      .join(", ")
    return seen.includes("te") ? judge(seen === "te, oc, tu", seen) : notSeen(`nothing was traded: ${seen}`)
  })

const checks: { readonly [id in OrderFact]: Check } = {
  capabilities: ({ auth }) => {
    const { caps } = auth.json
    const isObject = typeof caps === "object" && caps !== null
    const isFlag = (flag: unknown) => flag === 0 || flag === 1
    const is = isObject && Object.values<any>(caps).every(({ read, write }) => isFlag(read) && isFlag(write))
    return Effect.succeed(judge(is, isObject ? Object.keys(caps).join(", ") : typeof caps))
  },
  snapshots: ({ link }) =>
    Effect.gen(function*() {
      const types = ["ps", "ws", "os", "fos", "fcs", "fls"]
      yield* Effect.forEach(types, (type) => link.find((json) => json[0] === 0 && json[1] === type), {
        concurrency: "unbounded"
      })
      const seen = link.frames().flatMap(({ json }) =>
        Array.isArray(json) && json[0] === 0 && Array.isArray(json[2]) && types.includes(json[1]) ? [json[1]] : []
      )
      if (seen.length === 0) return silent
      return judge(seen.length === types.length && types.every((type) => seen.includes(type)), seen.join(", "))
    }),
  secondLogin: ({ key, link, loginNonce }) =>
    Effect.map(
      link.ask(login(key, loginNonce + 1), (json) => json.event === "error" || json.event === "auth"),
      (frame) =>
        frame === undefined ? silent : judge(
          frame.json.event === "error" && frame.json.code === 10_100,
          `${frame.json.event} ${frame.json.code ?? frame.json.status} ${frame.json.msg ?? ""}`
        )
    ),
  ownNotification: ({ link }) =>
    Effect.map(
      link.ask([0, "n", null, { type: "ucm-probe", info: { probe: 1 } }], isNotice("ucm-probe")),
      (frame) => frame === undefined ? judge(false, "not received") : judge(true, "received")
    ),
  sharedNonce: ({ loginNonce, withNonce }) =>
    Effect.map(
      withNonce(loginNonce - 1),
      (reply) =>
        reply === undefined ? silent : judge(reply.json?.[1] === 10_114, `${reply.status} ${reply.text.slice(0, 80)}`)
    ),
  increaseInfo: ({ rest }) =>
    Effect.map(rest("auth/r/position/increase/info", { symbol }), (reply) => {
      if (reply === undefined) return silent
      const lengths = (Array.isArray(reply.json?.[1]) ? reply.json[1] : []).filter(Array.isArray).map((block: any) =>
        block.length
      )
      return judge(lengths.includes(8), `${reply.status}, blocks of ${lengths.join(", ")}`)
    }),
  acknowledgedFirst: (desk) =>
    withOrder(
      desk,
      (id, order) =>
        Effect.map(desk.link.find(isEvent("on", id)), (event) =>
          event === undefined ? notSeen("no on event") : judge(
            indexOf(desk, acknowledged(desk, order)) < indexOf(desk, isEvent("on", id)),
            "both received"
          ))
    ),
  commandSequence: (desk) =>
    withOrder(
      desk,
      (id, _, frame) =>
        Effect.map(desk.link.find(isEvent("on", id)), (event) =>
          event === undefined ? notSeen("no on event") : judge(
            frame.json.length === 4 && event.json.length === 5,
            `n ${frame.json.slice(3).join(" ")}, on ${event.json.slice(3).join(" ")}`
          ))
    ),
  pingBehindCommand,
  postOnlyMeta: (desk) =>
    withOrder(desk, (id) =>
      Effect.map(desk.link.find(isEvent("on", id)), (event) =>
        event === undefined
          ? notSeen("no on event")
          : judge(
            event.json[2][12] === 0 && event.json[2][31]?.["$F7"] === 1,
            `flags ${event.json[2][12]}, meta ${JSON.stringify(event.json[2][31])}`
          ))),
  numbersAsNumbers: (desk) =>
    Effect.map(
      submit(desk, { amount: 2 * desk.unit, price: Number(desk.price) }),
      ({ frame }) => frame === undefined ? silent : judge(frame.json[2][6] === "SUCCESS", statusOf(frame))
    ),
  visibleAtOnce: (desk) =>
    withOrder(desk, (id) =>
      Effect.map(desk.rest(`auth/r/orders/${symbol}`), (reply) =>
        Array.isArray(reply?.json)
          ? judge(reply.json.some((row: any) => row[0] === id), `${reply.json.length} open orders`)
          : silent)),
  equalCid: (desk) =>
    withOrder(desk, (id, { cid }) =>
      Effect.gen(function*() {
        const isSecond = (json: any) => acknowledged(desk, { cid })(json) && json[2][4]?.[0] !== id
        const frame = yield* desk.link.ask([0, "on", null, terms(desk, { cid })], isSecond)
        return frame === undefined ? silent : judge(frame.json[2][6] === "SUCCESS", statusOf(frame))
      })),
  amountOrig,
  ocoPair,
  postOnlyKept,
  tifInThePast: isRefused(() => ({ tif: "2020-01-01 00:00:00" })),
  tooSmall: isRefused(({ unit }) => ({ amount: text(unit / 10) }), (frame) => /minimum size/.test(statusOf(frame))),
  largeCid: isRefused(({ nextCid }) => ({ cid: 2 ** 45 + nextCid() })),
  cancelByCid: (desk) =>
    withOrder(desk, (id, { cid }) =>
      Effect.gen(function*() {
        const event = yield* desk.link.find(isEvent("on", id))
        const created = event?.json[2][4] ?? Date.now()
        const cancel = [0, "oc", null, { cid, cid_date: day(created) }]
        const frame = yield* desk.link.ask(cancel, isNotice("oc-req"))
        if (frame === undefined) return silent
        return judge(rowOf(frame)?.[0] === id && rowOf(frame)?.[3] === symbol, `id ${rowOf(frame)?.[0] ?? "none"}`)
      })),
  cancelUnknown: ({ link }) =>
    Effect.map(
      link.ask([0, "oc", null, { id: 1 }], isNotice("oc-req")),
      (frame) => frame === undefined ? silent : judge(frame.json[2][6] === "ERROR", statusOf(frame))
    ),
  cancelSeveral,
  severalOperations,
  tradeOrder
}

const all: { readonly [id in OrderFact | OfferFact]: Check } = { ...checks, ...Offers.checks }

/** whether all money of an account is of paper trading: its currencies begin with TEST */
const isPaper = (wallets: ReadonlyArray<ReadonlyArray<unknown>>): boolean =>
  wallets.some((row) => String(row[1]).startsWith("TEST")) &&
  wallets.every((row) => String(row[1]).startsWith("TEST") || row[2] === 0)

/** the market's sizes and prices */
const market = (at: Addresses) =>
  Effect.gen(function*() {
    const ticker = yield* call("GET", `${at.publicRest}/v2/ticker/${symbol}`)
    const bid = ticker?.json?.[0]
    const pairs = yield* call("GET", `${at.publicRest}/v2/conf/pub:info:pair`)
    const sizeOf = (pair: string): number | undefined =>
      Number(pairs?.json?.[0]?.find?.((row: any) => row[0] === pair)?.[1]?.[3]) || undefined
    const unit = sizeOf(symbol.slice(1)) ?? sizeOf("BTCUSD") ?? 0.001
    const priced = (factor: number): string => String(Number((bid * factor).toPrecision(4)))
    return typeof bid === "number" ? { unit, price: priced(0.8), above: priced(1.2) } : undefined
  })

/** cancels the orders of this run, found by their group over REST; the number that is left, undefined when not known */
const cancelOrders = ({ gid, rest }: Pick<Desk, "gid" | "rest">) =>
  Effect.gen(function*() {
    const open = yield* rest(`auth/r/orders/${symbol}`)
    if (!Array.isArray(open?.json) || open.json[0] === "error") return undefined
    const own = open.json.filter((row: any) => Number(row[1]) === gid)
    if (own.length > 0) yield* rest("auth/w/order/cancel/multi", { id: own.map((row: any) => row[0]) })
    return own.length
  })

/** the same of its offers, found by their rate */
const cancelOffers = (desk: Pick<Desk, "rate" | "rest">) =>
  Effect.gen(function*() {
    const own = yield* Offers.open(desk)
    for (const id of own ?? []) yield* desk.rest("auth/w/funding/offer/cancel", { id })
    return own?.length
  })

/** cancels until nothing of this run is left; the number that is, undefined when it is not known */
const cancelAll = (desk: Pick<Desk, "gid" | "link" | "rate" | "rest">) =>
  Effect.gen(function*() {
    let left: number | undefined
    for (let rounds = 5; rounds > 0; rounds--) {
      const orders = yield* cancelOrders(desk)
      // a key that may not read offers has not placed any
      const open = (yield* cancelOffers(desk)) ?? (Offers.mayBeOpen(desk.link) ? undefined : 0)
      left = orders === undefined || open === undefined ? undefined : orders + open
      if (left === 0) return left
      yield* Effect.sleep("1 second")
    }
    return left
  })

/** Logs in and runs the checks. However they end, all orders of this run are cancelled then; `onEnd` gets the rest. */
export const run = (
  at: Addresses,
  key: Key,
  onFinding: (id: OrderFact | OfferFact, finding: Finding) => void,
  limit: (check: Effect.Effect<Finding, never, HttpClient.HttpClient>) => typeof check,
  /** the number of open orders of this run; undefined when it is not known */
  onEnd: (ordersLeft: number | undefined) => void
): Effect.Effect<
  void,
  NotPaper,
  HttpClient.HttpClient | Socket.WebSocketConstructor | Scope.Scope
> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const nonce = yield* makeNonce()
    const raw = yield* open(at.authSocket)
    const loginNonce = nonce()
    const auth = yield* raw.ask(login(key, loginNonce), (json) => json.event === "auth")
    if (auth === undefined) {
      for (const id of ids) onFinding(id, silent)
      return
    }
    if (auth.json.status !== "OK") return yield* new NotPaper({ reason: `the login is refused: ${auth.json.msg}` })
    const rest: Desk["rest"] = (path, fields) => signed(at.authRest, key, nonce(), path, fields)
    const wallets = yield* rest("auth/r/wallets")
    if (!Array.isArray(wallets?.json) || !isPaper(wallets.json)) {
      return yield* new NotPaper({
        reason: "the key is not one of paper trading: its wallets are not all of TEST currencies"
      })
    }
    const found = yield* market(at)
    if (found === undefined) {
      for (const id of ids) onFinding(id, notSeen(`no price of ${symbol}`))
      return
    }
    const gid = Math.floor(clock.unsafeCurrentTimeMillis() / 1000)
    let cid = clock.unsafeCurrentTimeMillis()
    const desk: Desk = {
      link: guarded(raw, 10 * found.unit, found.unit),
      rate: (Offers.lowestRate + (gid % 10_000) * 1e-7).toFixed(7),
      key,
      ...found,
      gid,
      nextCid: () => ++cid,
      loginNonce,
      auth,
      rest,
      withNonce: (own) => signed(at.authRest, key, own, "auth/r/wallets")
    }
    yield* raw.ask({ event: "conf", flags: sequence }, (json) => json.event === "conf")
    const run = Effect.forEach(ids, (id) => Effect.map(limit(all[id](desk)), (finding) => onFinding(id, finding)), {
      discard: true
    })
    yield* Effect.ensuring(run, Effect.map(cancelAll(desk), onEnd))
  })

// the cast: the keys of the table
const ids = Object.keys(all) as ReadonlyArray<OrderFact | OfferFact>
