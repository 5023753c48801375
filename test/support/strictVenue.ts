import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { createHmac } from "node:crypto"

/** The treatment of one request. */
export interface Fate {
  /** latency to the venue, ms */
  readonly there: number
  /** latency back, ms */
  readonly back: number
  /**
   * - `refused`: no connection
   * - `dropped`: the connection breaks before the request arrives
   * - `lost`: the connection breaks before the reply arrives
   * - `html`: a page of a proxy; the request does not arrive
   * - `htmlAfter`: such a page in place of the reply
   * - `cut`: half of the reply
   * - `garbled`: a reply of another layout
   * - `unknownError`: `["error", 10000, …]` after the request was executed
   * - `busy`: `["error", 10001, …]` before it was executed
   * - `slow`: accepted, executed only after `engine` ms, and the reply is lost
   */
  readonly fault?:
    | "refused"
    | "dropped"
    | "lost"
    | "html"
    | "htmlAfter"
    | "cut"
    | "garbled"
    | "unknownError"
    | "busy"
    | "slow"
  readonly engine?: number
}

/** A request that arrived, and whether the venue accepted it. */
export interface Arrival {
  readonly path: string
  readonly at: number
  readonly nonce: number
  readonly accepted: boolean
}

export const key = "strict-venue-key"
export const secret = "strict-venue-secret"

interface Order {
  readonly id: number
  readonly cid: number
  readonly symbol: string
  readonly mts: number
  readonly amount: number
  left: number
  status: string
  past: boolean
}

const wire = ({ amount, cid, id, left, mts, status, symbol }: Order): ReadonlyArray<unknown> => {
  const row: Array<unknown> = Array.from({ length: 32 }, () => null)
  Object.assign(row, [id, null, cid, symbol, mts, mts, left, amount, "EXCHANGE LIMIT", null, null])
  Object.assign(row, { 12: 0, 13: status, 16: 100, 17: 0, 18: 0, 19: 0, 23: 0, 24: 0, 28: "API>BFX", 31: {} })
  return row
}

/** The lifecycle of a placed order, by its amount: 1 rests, 2 is filled, 3 in part, 4 is cancelled at once. */
const fateOf = (amount: number): Pick<Order, "left" | "status" | "past"> =>
  amount === 2
    ? { left: 0, status: `EXECUTED @ 100.0(${amount})`, past: true }
    : amount === 3
    ? { left: 1, status: "PARTIALLY FILLED @ 100.0(2.0)", past: false }
    : amount === 4
    ? { left: 4, status: "POSTONLY CANCELED", past: true }
    : { left: amount, status: "ACTIVE", past: false }

/**
 * A venue that checks key, signature and nonce of each request as it arrives, and stores accepted orders. Requests
 * in transit arrive even if the caller was interrupted. Amount 9 exceeds the balance.
 */
export const make = (fate: (path: string, place: number) => Fate) => {
  const arrivals: Array<Arrival> = []
  const orders: Array<Order> = []
  let lastNonce = 0
  let place = 0

  const refuse = (code: number, text: string) => ({ status: 500, body: JSON.stringify(["error", code, text]) })
  const ok = (value: unknown) => ({ status: 200, body: JSON.stringify(value) })

  const submit = (order: { readonly cid: number; readonly symbol: string; readonly amount: string }, now: number) => {
    const amount = Number(order.amount)
    if (amount === 9) {
      const text = "Invalid order: not enough exchange balance for 9 BTCUSD at 100"
      return ok([Math.floor(now / 1000), "on-req", null, null, [null], null, "ERROR", text])
    }
    const placed: Order = {
      id: orders.length + 1,
      cid: order.cid,
      symbol: order.symbol,
      mts: now,
      amount,
      ...fateOf(amount)
    }
    orders.push(placed)
    const accepted = { ...placed, left: amount, status: "ACTIVE" }
    return ok([Math.floor(now / 1000), "on-req", null, null, [wire(accepted)], null, "SUCCESS", "Submitting 1 orders."])
  }

  const history = (from: number, to: number, limit: number) =>
    orders.filter(({ mts, past }) => past && mts >= from && mts <= to)
      .sort((a, b) => b.mts - a.mts || b.id - a.id)
      .slice(0, limit)
      .map(wire)

  const act = (path: string, text: string, now: number) => {
    const args = JSON.parse(text)
    if (path.endsWith("/order/submit")) return submit(args, now)
    if (path.endsWith("/hist")) return ok(history(args.start ?? 0, args.end ?? Infinity, args.limit ?? 25))
    if (path.includes("/r/orders")) return ok(orders.filter(({ past }) => !past).map(wire))
    return ok([])
  }

  const arrive = (path: string, headers: { readonly [name: string]: string }, text: string, at: number) => {
    const nonce = Number(headers["bfx-nonce"])
    const signed = createHmac("sha384", secret).update(`/api${path}${headers["bfx-nonce"]}${text}`).digest("hex")
    const answer = headers["bfx-apikey"] !== key
      ? refuse(10100, "apikey: invalid")
      : headers["bfx-signature"] !== signed
      ? refuse(10100, "apikey: digest invalid")
      : nonce <= lastNonce
      ? refuse(10114, "nonce: small")
      : undefined
    if (answer === undefined) lastNonce = nonce
    arrivals.push({ path, at, nonce, accepted: answer === undefined })
    return answer
  }

  const client = HttpClient.make((request, url) => {
    const { back, engine = 0, fault, there } = fate(url.pathname, place++)
    const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    const broken = (code: string) =>
      new HttpClientError.RequestError({
        request,
        reason: "Transport",
        cause: Object.assign(new Error(code), code === "ECONNREFUSED" ? { code, syscall: "connect" } : { code })
      })
    const page = { status: 502, body: "<html><h1>Bad gateway</h1></html>" }
    const work = Effect.gen(function*() {
      if (fault === "refused") return yield* Effect.fail(broken("ECONNREFUSED"))
      yield* Effect.sleep(there)
      if (fault === "dropped") return yield* Effect.fail(broken("ECONNRESET"))
      if (fault === "html") return page
      const now = yield* Clock.currentTimeMillis
      const refused = arrive(url.pathname, request.headers, text, Number(yield* Clock.currentTimeNanos) / 1e6)
      if (fault === "slow") yield* Effect.sleep(engine)
      const answer = refused ?? (fault === "busy" ? refuse(10001, "Momentary balance check.") : act(
        url.pathname,
        text,
        now
      ))
      yield* Effect.sleep(back)
      if (fault === "lost" || fault === "slow") return yield* Effect.fail(broken("ECONNRESET"))
      if (refused !== undefined) return refused
      return fault === "htmlAfter"
        ? page
        : fault === "cut"
        ? { status: 200, body: answer.body.slice(0, answer.body.length / 2) }
        : fault === "garbled"
        ? { status: 200, body: `[1,"on-req",null,null,[["no order"]],null,"SUCCESS",""]` }
        : fault === "unknownError"
        ? refuse(10000, "unknown error")
        : answer
    })
    // requests in transit arrive even if the caller was interrupted
    return Effect.forkDaemon(work).pipe(
      Effect.flatMap(Fiber.join),
      Effect.map(({ body, status }) => {
        const type = body.startsWith("<") ? "text/html" : "application/json"
        return HttpClientResponse.fromWeb(request, new Response(body, { status, headers: { "content-type": type } }))
      })
    )
  })

  return { client, arrivals, orders }
}

/** The maximum number of requests in any window of the given milliseconds. */
export const worstWindow = (times: ReadonlyArray<number>, millis: number): number => {
  const sorted = [...times].sort((a, b) => a - b)
  let worst = 0
  let from = 0
  for (let to = 0; to < sorted.length; to++) {
    while (sorted[to]! - sorted[from]! >= millis) from++
    worst = Math.max(worst, to - from + 1)
  }
  return worst
}
