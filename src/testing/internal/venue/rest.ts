/**
 * The public endpoints, answered from the market.
 *
 * Refusals are `["error", 10020, text]` with status 500. Of the texts, `symbol: invalid` and `limit: invalid` are known;
 * the others follow their pattern. Undocumented limits are marked below.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { ErrorEnvelope, PlatformStatus } from "../../../protocol/records/Platform.ts"
import { VirtualAssetServiceProvider } from "../../../protocol/records/Vasp.ts"
import * as Candles from "../market/candles.ts"
import { configuration } from "../market/configuration.ts"
import * as Histories from "../market/histories.ts"
import type { Market } from "../market/model.ts"
import { averagePrice, exchangeRate } from "../market/quotes.ts"
import type { Precision, Range } from "../market/rows.ts"
import * as Statistics from "../market/statistics.ts"

export interface Request {
  readonly method: string
  /** with or without a leading slash, without the query; may contain percent-encoded characters */
  readonly path: string
  /** the text after the question mark */
  readonly query: string
  /** JSON text; may be empty */
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** the text of one parameter, from the query or the body; undefined when absent or empty */
type Input = (name: string) => string | undefined

type Handler = (market: Market, path: ReadonlyArray<string>, input: Input) => Reply

const ok = (body: unknown): Reply => ({ status: 200, body })

const refuse = (name: string): Reply => ({
  status: 500,
  body: ErrorEnvelope.encode({ marker: "error", code: 10020, message: `${name}: invalid` })
})

// the venue's answer to an unknown path is not documented
const notFound: Reply = {
  status: 404,
  body: ErrorEnvelope.encode({ marker: "error", code: null, message: "path: not found" })
}

const isReply = (value: object): value is Reply => "status" in value && "body" in value

interface Limits {
  readonly default: number
  readonly max: number
}

const wholeNumber = /^\d{1,16}$/

/** times may have a fraction, as in an example of the official Python client */
const time = /^\d{1,16}(\.\d*)?$/

/** the range that start, end, limit and sort select */
const rangeOf = (input: Input, limits: Limits): Range | Reply => {
  const [start, end, limit, sort] = [input("start"), input("end"), input("limit"), input("sort")]
  if (start !== undefined && !time.test(start)) return refuse("start")
  if (end !== undefined && !time.test(end)) return refuse("end")
  if (sort !== undefined && sort !== "1" && sort !== "-1") return refuse("sort")
  const count = limit === undefined ? limits.default : wholeNumber.test(limit) ? Number(limit) : 0
  if (count < 1 || count > limits.max) return refuse("limit")
  return {
    start: start === undefined ? undefined : Number(start),
    end: end === undefined ? undefined : Number(end),
    limit: count,
    sort: sort === "1" ? 1 : -1
  }
}

const ranged = (
  input: Input,
  limits: Limits,
  rows: (range: Range) => ReadonlyArray<unknown> | Reply
): Reply => {
  const range = rangeOf(input, limits)
  if (isReply(range)) return range
  const found = rows(range)
  return isReply(found) ? found : ok(found)
}

/** the symbols of a comma-separated list; answers omit unknown ones */
const symbolsOf = (market: Market, list: string | undefined, prefixes: string): ReadonlyArray<string> => {
  const wanted = list === undefined || list === "ALL" ? market.symbols : list.split(",")
  return wanted.filter((symbol) => market.has(symbol) && prefixes.includes(symbol.charAt(0)))
}

const ticker: Handler = (market, [symbol = ""]) => market.has(symbol) ? ok(market.ticker(symbol)) : refuse("symbol")

const tickers: Handler = (market, _path, input) => ok(symbolsOf(market, input("symbols"), "tf").map(market.tickerEntry))

/** index of the time in a TickerHistoryEntry */
const historyMts = 12

const tickersHistory: Handler = (market, _path, input) =>
  ranged(input, { default: 100, max: 250 }, (range) => {
    const rows = symbolsOf(market, input("symbols"), "t").flatMap((symbol) => Histories.tickers(market, symbol, range))
    const newer = range.sort === 1 ? 1 : -1
    return rows.sort((a, b) => (Number(a[historyMts]) - Number(b[historyMts])) * newer).slice(0, range.limit)
  })

const trades: Handler = (market, [symbol = ""], input) =>
  market.has(symbol)
    ? ranged(input, { default: 125, max: 10_000 }, (range) => Histories.trades(market, symbol, range))
    : refuse("symbol")

const precisions: ReadonlyArray<string> = ["P0", "P1", "P2", "P3", "P4", "R0"]

// the manual lists 1, 25 and 100; other clients send 250 as well
const lengths: ReadonlyArray<string> = ["1", "25", "100", "250"]

const book: Handler = (market, [symbol = "", precision = ""], input) => {
  const len = input("len") ?? "25"
  if (!market.has(symbol)) return refuse("symbol")
  if (!precisions.includes(precision)) return refuse("precision")
  if (!lengths.includes(len)) return refuse("len")
  // the cast: the list above contains exactly the precisions
  const { asks, bids } = market.book(symbol, precision as Precision, Number(len))
  return ok([...bids, ...asks])
}

// the default is not stated
const statsLimits: Limits = { default: 125, max: 10_000 }

const isHistory = (section: string | undefined): boolean => section?.toLowerCase() === "hist"

const stats: Handler = (market, [key = "", section], input) => {
  if (isHistory(section)) {
    return ranged(input, statsLimits, (range) => Statistics.stats(market, key, range) ?? refuse("key"))
  }
  const rows = Statistics.stats(market, key, { limit: 1 })
  return rows === undefined ? refuse("key") : ok(rows[0] ?? [])
}

const candles: Handler = (market, [key = "", section], input) => {
  const parsed = Candles.parse(key)
  if (typeof parsed === "string") return refuse(parsed)
  if (!market.has(parsed.symbol)) return refuse("symbol")
  return isHistory(section)
    ? ranged(input, { default: 100, max: 10_000 }, (range) => Histories.candles(market, parsed, range))
    : ok(Histories.candles(market, parsed, { limit: 1 })[0] ?? [])
}

const configs: Handler = (market, [keys = ""]) => ok(configuration(market, keys.split(",")))

const derivatives: Handler = (market, _path, input) => {
  const keys = symbolsOf(market, input("keys") ?? "tBTCF0:USTF0,tETHF0:USTF0", "t")
  return ok(keys.map(market.derivativesStatusEntry).filter((row) => row !== undefined))
}

const derivativesHistory: Handler = (market, [key = ""], input) =>
  // the default is not stated
  ranged(input, { default: 100, max: 5000 }, (range) => market.derivativesStatusHistory(key, range) ?? refuse("key"))

const liquidations: Handler = (market, _path, input) =>
  // the default is not stated; each row is wrapped in an array
  ranged(input, { default: 100, max: 500 }, (range) => market.liquidations(range).map((row) => [row]))

const leaderboards: Handler = (market, [key = "", section], input) => {
  if (isHistory(section)) {
    const limits = { default: 125, max: 10_000 }
    return ranged(input, limits, (range) => Statistics.leaderboards(market, key, range) ?? refuse("key"))
  }
  const rows = Statistics.leaderboards(market, key, { limit: 1 })
  return rows === undefined ? refuse("key") : ok(rows[0] ?? [])
}

const fundingStats: Handler = (market, [symbol = ""], input) => {
  if (!symbol.startsWith("f") || !market.has(symbol)) return refuse("symbol")
  // the default is not stated; there is no sort parameter
  const unsorted: Input = (name) => name === "sort" ? undefined : input(name)
  return ranged(unsorted, { default: 100, max: 250 }, (range) => Statistics.fundingStats(market, symbol, range))
}

/** providers that this exchange simulates */
const vasps: ReadonlyArray<unknown> = [1, 2, 3].map((number) =>
  VirtualAssetServiceProvider.encode({ id: `did:example:vasp-${number}`, name: `Example VASP ${number}` })
)

const number = (text: string | undefined): number => text === undefined ? Number.NaN : Number(text)

const average: Handler = (market, _path, input) => {
  const symbol = input("symbol") ?? ""
  const amount = number(input("amount"))
  const [period, limit] = [input("period"), input("rate_limit")]
  if (!market.has(symbol)) return refuse("symbol")
  if (!Number.isFinite(amount) || amount === 0) return refuse("amount")
  if (period === undefined ? symbol.startsWith("f") : !wholeNumber.test(period)) return refuse("period")
  if (limit !== undefined && !(number(limit) > 0)) return refuse("rate_limit")
  return ok(averagePrice(market, symbol, amount, period === undefined ? undefined : Number(period), limit))
}

const exchange: Handler = (market, _path, input) => {
  const [from, to] = [input("ccy1") ?? "", input("ccy2") ?? ""]
  const found = exchangeRate(market, from, to)
  return "invalid" in found ? refuse(found.invalid) : ok(found.row)
}

const routes: ReadonlyArray<readonly [method: "GET" | "POST", path: RegExp, handler: Handler]> = [
  ["GET", /^platform\/status$/, () => ok(PlatformStatus.encode({ status: 1 }))],
  ["GET", /^ticker\/([^/]+)$/, ticker],
  ["GET", /^tickers$/, tickers],
  ["GET", /^tickers\/hist$/i, tickersHistory],
  ["GET", /^trades\/([^/]+)\/hist$/i, trades],
  ["GET", /^book\/([^/]+)\/([^/]+)$/, book],
  ["GET", /^stats1\/([^/]+)\/(hist|last)$/i, stats],
  ["GET", /^candles\/trade:([^/]+)\/(hist|last)$/i, candles],
  ["GET", /^conf\/([^/]+)$/, configs],
  ["GET", /^status\/deriv$/, derivatives],
  ["GET", /^status\/deriv\/([^/]+)\/hist$/i, derivativesHistory],
  ["GET", /^liquidations\/hist$/i, liquidations],
  ["GET", /^rankings\/([^/]+)\/(hist|last)$/i, leaderboards],
  ["GET", /^funding\/stats\/([^/]+)\/hist$/i, fundingStats],
  ["GET", /^ext\/vasps$/, () => ok(vasps)],
  ["POST", /^calc\/trade\/avg$/, average],
  ["POST", /^calc\/fx$/, exchange]
]

/** the parameters of a POST may be in the query or in a JSON body: clients use both forms */
const inputOf = ({ body, query }: Request): Input | undefined => {
  const search = new URLSearchParams(query)
  const parsed: Either.Either<unknown, unknown> = body.trim() === ""
    ? Either.right({})
    : Either.try((): unknown => JSON.parse(body))
  if (Either.isLeft(parsed) || typeof parsed.right !== "object" || parsed.right === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(parsed.right))
  return (name) => {
    const value = search.get(name) ?? fields.get(name)
    const text = typeof value === "string" ? value : typeof value === "number" ? String(value) : ""
    return text === "" ? undefined : text
  }
}

/** Answers a request for a public endpoint. */
export const answer = (market: Market, request: Request): Reply => {
  const path = Either.getOrUndefined(Either.try(() => decodeURIComponent(request.path)))
  const rest = /^\/?v2\/(.*?)\/?$/.exec(path ?? "")?.[1]
  if (rest === undefined) return notFound
  for (const [method, pattern, handler] of routes) {
    const match = method === request.method ? pattern.exec(rest) : null
    if (match === null) continue
    const input = inputOf(request)
    return input === undefined ? refuse("body") : handler(market, match.slice(1), input)
  }
  return notFound
}
