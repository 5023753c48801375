/**
 * The options of an exchange, and what can be wrong with them.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type * as FakeAccount from "../../FakeAccount.ts"
import * as Fault from "../../Fault.ts"

/**
 * What an exchange is made of. Equal options, faults and requests give equal frames.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /** prices, trades, books and ids follow from it; default 1 */
  readonly seed?: number | undefined
  /**
   * the venue's time at the start, ms since the epoch, from where it passes as Clock's does; default Clock's time, or
   * the beginning of 2024 where that lies before 2001, as TestClock's does
   */
  readonly start?: number | undefined
  /** what is traded (`t…`) and lent (`f…`); default `tBTCUSD`, `tETHUSD`, `tBTCF0:USTF0` and `fUSD`. Others are a defect */
  readonly symbols?: ReadonlyArray<string> | undefined
  /** how often simulated traders act, ms; default 250 */
  readonly step?: number | undefined
  /** how often the exchange looks at the clock, for its traders, heartbeats and slow books, ms; default `step`, at most 250 */
  readonly tick?: number | undefined
  /** how much trading there was before the start, ms; default 6 hours */
  readonly history?: number | undefined
  /** how long each frame, request and answer travels, ms; default 0 */
  readonly latency?: number | undefined
  /** channels allowed on one connection, beyond which 10305 is the answer; default 30 */
  readonly channelCap?: number | undefined
  /** faults by time */
  readonly script?: Fault.Script | undefined
  /**
   * keys and what is behind them; default one demo account, of the key `demo-key` and the secret `demo-secret`, with
   * balances in all wallets
   */
  readonly accounts?: ReadonlyArray<FakeAccount.Options> | undefined
  /** what trades cost; default 0.1 % for makers and 0.2 % for takers */
  readonly fees?: FakeAccount.Fees | undefined
  /**
   * what the account's socket tells first of a match: its trades, as the manual has it, or the order, as in a run of
   * 2018; the venue promises neither. Default `tradesFirst`
   */
  readonly eventOrder?: "tradesFirst" | "orderFirst" | undefined
  /**
   * how long after the answer to a login its snapshots follow, ms; default 0 in memory and 2 over the server, since some
   * clients lose what comes in the tick of that answer; on a busy machine give ccxt some hundreds
   */
  readonly snapshotDelay?: number | undefined
  /**
   * refuses requests beyond a limit with 429, and all of that endpoint for a minute from then on: true for the manual's
   * figures, a number for so many a minute on every endpoint; default false
   */
  readonly rateLimits?: boolean | number | undefined
  /** how many of the latest frames, requests and closed connections are remembered; default 10,000 */
  readonly remember?: number | undefined
}

/**
 * What the server adds: where it listens.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface ServerOptions extends Options {
  /** default 0, which takes a free one */
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

/** says what is wrong with options that may come from a program without types, and undefined when nothing is */
export const complaintOf = (options: Options): string | undefined => {
  const { channelCap, fees, history, latency, rateLimits, remember, script, snapshotDelay, start, step, tick } = options
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
  // by `typeof` as well, since a text would pass for a number now and then
  const wrong = rules.find(([, value, [is]]) => value !== undefined && !(typeof value === "number" && is(value)))
  if (wrong !== undefined) {
    const [name, value, [, says]] = wrong
    return `FakeExchange: ${name} is ${says}, not ${typeof value === "string" ? JSON.stringify(value) : String(value)}`
  }
  const checked = Fault.validateScript(script ?? [])
  return Either.isLeft(checked) ? `FakeExchange: ${checked.left.message}` : undefined
}
