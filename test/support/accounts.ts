import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { sign } from "../../src/Auth.ts"
import type { AnyArgs, AnyEndpoint } from "../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../src/protocol/Endpoints.ts"
import * as Request from "../../src/protocol/internal/request.ts"
import type * as FakeAccount from "../../src/testing/FakeAccount.ts"
import type { AccountEvent } from "../../src/testing/internal/account/model.ts"
import { setup } from "../../src/testing/internal/account/setup.ts"
import { makeMarket } from "../../src/testing/internal/market/market.ts"
import type { Surroundings } from "../../src/testing/internal/venue/account.ts"

/** noon of a Wednesday */
export const start = Date.UTC(2026, 2, 11, 12)

export const rows: { readonly [name: string]: AnyEndpoint } = Endpoints.all

export interface Options {
  readonly seed?: number
  readonly start?: number
  /** ms between actions of traders */
  readonly step?: number
  readonly symbols?: ReadonlyArray<string>
  readonly accounts?: ReadonlyArray<FakeAccount.Options>
  readonly fees?: FakeAccount.Fees
  readonly rateLimits?: boolean | number
}

export interface Reply {
  readonly status: number
  readonly body: any
}

export interface Headers {
  readonly [name: string]: string
}

/** An exchange with accounts, whose clock advances manually, a quarter of a second at a time. */
/** the entry point of requests, without faults */
const calm: Surroundings = {
  later: (_millis, action) => action(),
  sabotage: { show: () => undefined, twin: () => undefined, cancel: () => undefined }
}

export const open = (options: Options = {}) => {
  const symbols = options.symbols ?? ["tBTCUSD", "tETHUSD", "tBTCF0:USTF0", "fUSD"]
  const seed = options.seed ?? 1
  const market = makeMarket({
    seed,
    start: options.start ?? start,
    step: options.step ?? 250,
    tradingSymbols: symbols.filter((symbol) => symbol.startsWith("t")),
    fundingSymbols: symbols.filter((symbol) => symbol.startsWith("f")),
    history: 600_000
  })
  const { accounts, fees, rateLimits = false } = options
  const made = setup({ seed, market, start: market.now(), accounts, fees, rateLimits })
  market.onStep(made.onStep)
  let now = market.now()
  let nonce = now * 1000
  const secrets = new Map<string, string>([["demo-key", "demo-secret"]])
  for (const { key, secret } of accounts ?? []) secrets.set(String(key), String(secret))
  const events: Array<AccountEvent & { readonly userId: number }> = []
  made.venue.accounts.onEvent(({ userId }, event) => events.push({ ...event, userId }))

  const send = (method: string, path: string, body: string, headers: Headers, query = "") => {
    const carryOut = made.accept({ method, path: `/${path}`, query, headers, body }, now)
    return (at: number): Reply => carryOut(at, calm)
  }

  const sign_ = (path: string, body: string, key = "demo-key", at: string | number = ++nonce): Headers => ({
    "bfx-apikey": key,
    "bfx-nonce": String(at),
    "bfx-signature": sign(Redacted.make(secrets.get(key) ?? ""), `/api/${path}${at}${body}`)
  })

  /** a signed request by its path */
  const post = (path: string, body: object | string = {}, key?: string): Reply => {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    return send("POST", path, text, sign_(path, text, key))(now)
  }

  const requestOf = (name: string, args: AnyArgs) => {
    const request = Either.getOrThrowWith(Request.build(rows[name]!, args), (error) => new Error(error.message))
    return {
      ...request,
      query: new URLSearchParams(request.query.map(([key, value]): [string, string] => [key, value])).toString()
    }
  }

  /** a request by the name of its endpoint, as the client would send it */
  const call = (name: string, args: AnyArgs = {}, key?: string): Reply => {
    const { body = "", method, path, query } = requestOf(name, args)
    return send(method, path, body, rows[name]!.auth ? sign_(path, body, key) : {}, query)(now)
  }

  /** the decoded result of a call that must succeed */
  const ask = (name: string, args: AnyArgs = {}, key?: string): any => {
    const { body, status } = call(name, args, key)
    if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`)
    const decoded = rows[name]!.decode(JSON.parse(JSON.stringify(body)), args)
    return Either.getOrThrowWith(decoded, (error) => new Error(`${name}: ${error.message}`))
  }

  /** places an order with the venue's own parameters and returns its id, or the text of the refusal */
  const order = (fields: object, key?: string): any => {
    const { body, status } = post("v2/auth/w/order/submit", fields, key)
    return status === 200 ? body[4][0][0] : body[2]
  }

  const pass = (millis: number): void => {
    for (const end = now + millis; now < end;) {
      now = Math.min(end, now + 250)
      market.advance(now)
    }
  }

  return {
    market,
    events,
    call,
    ask,
    order,
    post,
    send,
    pass,
    requestOf,
    sign: sign_,
    now: () => now,
    accounts: made.venue.accounts,
    view: (key = "demo-key") => made.view(key)!,
    /** events since the last call, by name */
    takeTypes: (): ReadonlyArray<string> => events.splice(0).map(({ type }) => type),
    best: (symbol: string) => {
      const { asks, bids } = market.book(symbol, "P0", 1)
      return { bid: Number(bids[0]?.[0]), ask: Number(asks[0]?.[0]) }
    }
  }
}
