/**
 * The options of an exchange, and their validation.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type * as FakeAccount from "../../FakeAccount.ts"
import * as Fault from "../../Fault.ts"
import { strangeIn } from "../account/input.ts"

/**
 * The options of an exchange. Equal options, faults and requests give equal frames.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /** determines prices, trades, books and ids; default 1 */
  readonly seed?: number | undefined
  /**
   * the venue's time at the start, ms since the epoch; it advances with Clock. Default: Clock's time, or the beginning of
   * 2024 when Clock's time is before 2001, as TestClock's is
   */
  readonly start?: number | undefined
  /** symbols of the market, with their prefix; default tBTCUSD, tETHUSD, tBTCF0:USTF0 and fUSD */
  readonly symbols?: ReadonlyArray<string> | undefined
  /** interval between actions of the simulated traders, ms; default 250 */
  readonly step?: number | undefined
  /** interval at which the exchange reads the clock for traders, heartbeats and slow books, ms; default `step`, at most 250 */
  readonly tick?: number | undefined
  /**
   * length of the trading before the start that is simulated in full, ms; default 6 hours. A ticker's figures of 24 hours
   * cover only this and what follows. Trades, candles and hourly tickers of REST reach back to 2013: these are made
   * on demand, with one trade of each symbol per minute in the last three years, and one per hour before
   */
  readonly history?: number | undefined
  /** travel time of each frame, request and answer, ms; default 0 */
  readonly latency?: number | undefined
  /** maximum number of channels per connection; further subscriptions get error 10305; default 30 */
  readonly channelCap?: number | undefined
  /** scheduled faults */
  readonly script?: Fault.Script | undefined
  /**
   * accounts with their keys; default one demo account, with the key `demo-key`, the secret `demo-secret` and
   * balances in all wallets
   */
  readonly accounts?: ReadonlyArray<FakeAccount.Options> | undefined
  /** trading fees; default 0.1 % for makers and 0.2 % for takers */
  readonly fees?: FakeAccount.Fees | undefined
  /**
   * order of the events of a match on the account's socket: its trades first, as in the manual, or the order first, as in a
   * recording of 2018; the venue promises neither. Default `tradesFirst`
   */
  readonly eventOrder?: "tradesFirst" | "orderFirst" | undefined
  /**
   * delay from the answer to a login to its snapshots, ms; default 0 in memory and 2 over the server, because some clients
   * lose frames that arrive in the same tick as that answer; on a busy machine ccxt needs a few hundred
   */
  readonly snapshotDelay?: number | undefined
  /**
   * refuses requests beyond the limit of an endpoint with 429, and then all requests for a minute, since the venue blocks the
   * address: true for the manual's figures, a number for that many requests per minute on every endpoint; default false
   */
  readonly rateLimits?: boolean | number | undefined
  /** the number of latest frames, requests and closed connections to keep; default 10,000 */
  readonly remember?: number | undefined
}

/**
 * The options of the server: those of an exchange, and the address to listen on.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface ServerOptions extends Options {
  /** default 0, which selects a free port */
  readonly port?: number | undefined
  /** default 127.0.0.1 */
  readonly host?: string | undefined
}

type Rule = readonly [is: (value: number) => boolean, says: string]

const seed: Rule = [Number.isSafeInteger, "a whole number"]
const count: Rule = [(value) => value === Infinity || (Number.isSafeInteger(value) && value >= 1), "1 or more"]
const span: Rule = [(value) => Number.isFinite(value) && value >= 0, "milliseconds, 0 or more"]
const pace: Rule = [(value) => Number.isFinite(value) && value >= 1, "milliseconds, 1 or more"]
const fee: Rule = [(value) => Math.abs(value) < 1, "a fraction: 0.001 is 0.1 %"]

const names = [
  "seed",
  "start",
  "symbols",
  "step",
  "tick",
  "history",
  "latency",
  "channelCap",
  "script",
  "accounts",
  "fees",
  "eventOrder",
  "snapshotDelay",
  "rateLimits",
  "remember",
  "port",
  "host"
] as const satisfies ReadonlyArray<keyof ServerOptions>

const eventOrders = ["tradesFirst", "orderFirst"]

/** the problem with options, which may come from a program without types; undefined when they are valid */
export const complaintOf = (options: Options): string | undefined => {
  const {
    channelCap,
    eventOrder,
    fees,
    history,
    latency,
    rateLimits,
    remember,
    script,
    snapshotDelay,
    start,
    step,
    tick
  } = options
  const strange = strangeIn("option", options, names) ?? strangeIn("option of fees", fees, ["maker", "taker"])
  if (strange !== undefined) return `FakeExchange: ${strange}`
  if (eventOrder !== undefined && !eventOrders.includes(eventOrder)) {
    return `FakeExchange: eventOrder is ${eventOrders.join(" or ")}, not ${String(eventOrder)}`
  }
  const limit = typeof rateLimits === "boolean" ? undefined : rateLimits
  const rules: ReadonlyArray<readonly [name: string, value: number | undefined, rule: Rule]> = [
    ["seed", options.seed, seed],
    ["start", start, span],
    ["step", step, pace],
    ["tick", tick, pace],
    ["history", history, span],
    ["latency", latency, span],
    ["snapshotDelay", snapshotDelay, span],
    ["channelCap", channelCap, [(value) => Number.isSafeInteger(value) && value >= 0, "a whole number from 0 on"]],
    ["rateLimits", limit, count],
    ["remember", remember, count],
    ["fees.maker", fees?.maker, fee],
    ["fees.taker", fees?.taker, fee]
  ]
  // checks `typeof` too, since JavaScript's comparisons accept some strings as numbers
  const wrong = rules.find(([, value, [is]]) => value !== undefined && !(typeof value === "number" && is(value)))
  if (wrong !== undefined) {
    const [name, value, [, says]] = wrong
    return `FakeExchange: ${name} is ${says}, not ${typeof value === "string" ? JSON.stringify(value) : String(value)}`
  }
  const checked = Fault.validateScript(script ?? [])
  return Either.isLeft(checked) ? `FakeExchange: ${checked.left.message}` : undefined
}
