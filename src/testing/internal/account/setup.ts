/**
 * Builds accounts from a test's options, and exposes their state to the test.
 *
 * @internal
 */
import * as Redacted from "effect/Redacted"
import type * as FakeAccount from "../../FakeAccount.ts"
import type { Fault } from "../../Fault.ts"
import type { Market, Step } from "../market/model.ts"
import * as Prices from "../market/prices.ts"
import * as References from "../market/references.ts"
import type { Surroundings } from "../venue/account.ts"
import type { HttpRequest } from "../venue/http.ts"
import type { Reply } from "../venue/rest.ts"
import * as VenueRest from "../venue/rest.ts"
import type { UserOptions } from "./accounts.ts"
import { makeAccounts } from "./accounts.ts"
import { loanRecord, offerRecord } from "./funding.ts"
import { strangeIn } from "./input.ts"
import type { Key } from "./keys.ts"
import { makeKeys, permissionsOf, scopes } from "./keys.ts"
import { makeLimiter } from "./limits.ts"
import { walletTypes } from "./model.ts"
import { record } from "./order.ts"
import type { OtherParties } from "./otherParties.ts"
import { makeOtherParties } from "./otherParties.ts"
import { makeProfiles } from "./profile.ts"
import * as Rest from "./rest.ts"
import type { Venue } from "./route.ts"
import type { Hub } from "./socket/hub.ts"
import { makeHub } from "./socket/hub.ts"
import type { EventOrder } from "./types.ts"

export interface Options {
  readonly seed: number
  readonly market: Market
  readonly start: number
  readonly accounts: ReadonlyArray<FakeAccount.Options> | undefined
  readonly fees: FakeAccount.Fees | undefined
  readonly rateLimits: boolean | number
  readonly eventOrder?: EventOrder | undefined
  readonly snapshotDelay?: number | undefined
}

export interface Setup {
  readonly venue: Venue
  readonly hub: Hub
  readonly accept: (request: HttpRequest, at: number) => (at: number, surroundings: Surroundings) => Reply
  /** applies a fault that concerns all accounts; returns false for other faults */
  readonly onFault: (fault: Fault) => boolean
  readonly onStep: (step: Step) => void
  readonly stop: () => void
  /** undefined if there is no such key */
  readonly view: (key: string) => FakeAccount.State | undefined
  /** actions of other parties on the account of a key, at the time `at`; undefined if there is no such key */
  readonly otherParties: (key: string, at: () => number) => OtherParties | undefined
}

/** larger amounts would not be exact in lots of 1e-8 */
const most = 50_000_000

const firstUser = 1_000_001

const redacted = (value: string | Redacted.Redacted): Redacted.Redacted =>
  Redacted.isRedacted(value) ? value : Redacted.make(value)

/** in every currency of the market an amount worth `usd` US dollars, with one digit */
const demoWallets = ({ symbols }: Market): FakeAccount.Options["wallets"] => {
  const pairs = symbols.filter((symbol) => symbol.startsWith("t")).map(References.pair)
  const codes = [...new Set(["USD", ...pairs.flatMap(({ base, quote }) => [base, quote])])]
  const worth = (usd: number, some: ReadonlyArray<string>) =>
    Object.fromEntries(some.map((code) => [code, Number((usd / References.usual(code)).toPrecision(1))]))
  const plain = codes.filter((code) => !code.endsWith("F0"))
  const settling = pairs.map(({ quote }) => quote).filter((code) => code.endsWith("F0"))
  const lent = symbols.filter((symbol) => symbol.startsWith("f")).map((symbol) => symbol.slice(1))
  return {
    exchange: worth(100_000, plain),
    margin: worth(50_000, [...plain, ...settling]),
    funding: worth(50_000, lent)
  }
}

const demo = (market: Market): FakeAccount.Options => ({
  key: "demo-key",
  secret: "demo-secret",
  wallets: demoWallets(market)
})

const names = [
  "key",
  "secret",
  "permissions",
  "wallets",
  "userId",
  "token"
] as const satisfies ReadonlyArray<keyof FakeAccount.Options>

/** why accounts are invalid; since they come from the program's code, this becomes a defect */
export const complaint = (accounts: ReadonlyArray<FakeAccount.Options>): string | undefined => {
  const keys = new Set<string>()
  for (const account of accounts) {
    const { key, permissions, userId = 1, wallets = {} } = account
    const strange = strangeIn("option of an account", account, names)
      ?? strangeIn("wallet", wallets, walletTypes)
      ?? strangeIn("permission", permissions, scopes)
    if (strange !== undefined) return `FakeExchange: ${strange}`
    const text = Redacted.value(redacted(key))
    if (keys.has(text)) return "two accounts have the same key"
    keys.add(text)
    if (!Number.isSafeInteger(userId) || userId <= 0) return `a userId is a positive integer, not ${userId}`
    for (const amount of Object.values(wallets).flatMap((wallet) => Object.values(wallet ?? {}))) {
      if (!(amount >= 0 && amount <= most)) return `a wallet holds between 0 and ${most}, not ${amount}`
    }
  }
  return undefined
}

export const setup = (options: Options): Setup => {
  const { market, seed, start } = options
  const given = options.accounts ?? [demo(market)]
  const users = new Map<number, UserOptions>()
  const tokens: Array<readonly [string, Key]> = []
  const keys = given.map((one, index): Key => {
    const userId = one.userId ?? firstUser + index
    if (!users.has(userId)) users.set(userId, { userId, wallets: one.wallets ?? {} })
    const permissions = permissionsOf(one.permissions)
    const key = { key: Redacted.value(redacted(one.key)), secret: redacted(one.secret), userId, permissions }
    if (one.token !== undefined) tokens.push([Redacted.value(redacted(one.token)), key])
    return key
  })
  const fees = { maker: options.fees?.maker ?? 0.001, taker: options.fees?.taker ?? 0.002 }
  const accounts = makeAccounts({
    market,
    start,
    fees,
    eventOrder: options.eventOrder ?? "tradesFirst",
    users: [...users.values()]
  })
  const { now } = accounts.core
  const profiles = makeProfiles(accounts, seed)
  const allKeys = makeKeys({ seed, now, keys, tokens })
  const hub = makeHub({ accounts, keys: allKeys, seed, snapshotDelay: options.snapshotDelay ?? 0 })
  const venue: Venue = {
    accounts,
    profiles,
    now,
    keys: allKeys,
    command: hub.overRest
  }
  const limiter = makeLimiter(options.rateLimits)

  const accountOf = (text: string) => {
    const key = keys.find((one) => one.key === text)
    return key === undefined ? undefined : accounts.byUser(key.userId)
  }

  const view = (text: string): FakeAccount.State | undefined => {
    const account = accountOf(text)
    if (account === undefined) return undefined
    const { closed, commands, funding, positions, trades, userId, wallets } = account
    const loans = () => Array.from(funding.loans.values(), loanRecord)
    return {
      userId,
      wallets: wallets.records,
      balance: (type, currency) => ({
        total: Prices.amount(wallets.balance(type, currency)),
        available: Prices.amount(wallets.available(type, currency))
      }),
      orders: () => Array.from(account.orders.values(), (order) => record(order)),
      ordersHistory: () => [...closed],
      trades: () => [...trades],
      positions: () => Array.from(positions.open.values(), (one) => positions.record(one, true)),
      positionsHistory: () => [...positions.history()],
      fundingOffers: () => Array.from(funding.offers.values(), offerRecord),
      fundingOffersHistory: () => [...funding.closedOffers],
      fundingLoans: () =>
        loans().filter((loan) => loan.positionPair === null).map(({ positionPair: _, ...loan }) => loan),
      fundingCredits: () => loans().filter((loan) => loan.positionPair !== null),
      fundingTrades: () => [...funding.trades],
      ledgers: () => wallets.ledgers().map(({ category: _, ...entry }) => entry),
      movements: () => [...profiles.of(account).movements],
      commands: () => [...commands],
      counts: () => {
        const counts = new Map<number, number>()
        for (const { accepted, cid, isOwnCid, origin, type } of commands) {
          if (type === "on" && accepted && cid !== null && isOwnCid && origin !== "elsewhere") {
            counts.set(cid, (counts.get(cid) ?? 0) + 1)
          }
        }
        return counts
      },
      nonce: venue.keys.nonceOf
    }
  }

  const accept = (request: HttpRequest, at: number): (at: number, surroundings: Surroundings) => Reply => {
    if (!limiter.take(request.method, request.path.replace(/^\//, ""), at)) {
      return () => ({ status: 429, body: { error: "ERR_RATE_LIMIT" } })
    }
    accounts.pass(at)
    const carryOut = Rest.accept(venue, request)
    if (carryOut === undefined) return () => VenueRest.answer(market, request)
    return (later, surroundings) => {
      accounts.pass(later)
      profiles.pass()
      const reply = carryOut(surroundings)
      accounts.publish()
      return reply
    }
  }

  return {
    venue,
    hub,
    accept,
    view,
    otherParties: (key, at) => {
      const account = accountOf(key)
      return account === undefined ? undefined : makeOtherParties(accounts, hub, account, at)
    },
    onFault: (fault) => {
      if (fault._tag !== "OriginalAmount") return false
      accounts.core.originalAmount = fault.rule
      return true
    },
    onStep: (step) => {
      accounts.step(step)
      profiles.pass()
    },
    stop: accounts.stop
  }
}
