/**
 * All accounts of the exchange, without network interfaces: users, their keys, and events that depend on time.
 *
 * @internal
 */
import type { Fill } from "../market/matching.ts"
import type { Market, Step } from "../market/model.ts"
import * as Prices from "../market/prices.ts"
import type { Execute } from "./commands.ts"
import { makeCommands } from "./commands.ts"
import * as Credits from "./credits.ts"
import type { Funding } from "./funding.ts"
import { frrOf, makeFunding } from "./funding.ts"
import type { AccountEvent, WalletType } from "./model.ts"
import { makePositions } from "./positions.ts"
import type { Trading } from "./trading.ts"
import { makeTrading } from "./trading.ts"
import type { Account, Core, EventOrder, Fees } from "./types.ts"
import { flush } from "./types.ts"
import { category, label, makeWallets } from "./wallets.ts"

export interface UserOptions {
  readonly userId: number
  readonly wallets: { readonly [type in WalletType]?: { readonly [currency: string]: number } | undefined }
}

export type Listener = (account: Account, event: AccountEvent) => void

export interface Accounts {
  readonly core: Core
  readonly trading: Trading
  readonly funding: Funding
  readonly execute: Execute
  readonly byUser: (userId: number) => Account | undefined
  /** returns a function that removes the listener */
  readonly onEvent: (listener: Listener) => () => void
  /** sets the time and executes everything that is due; called before a command */
  readonly pass: (mts: number) => void
  /** after a command: publishes all changes of the market at once */
  readonly publish: () => void
  /** after a step of the market: applies the consequences of its trades and of the time */
  readonly step: (step: Step) => void
  /** removes the listeners on the market */
  readonly stop: () => void
}

const hour = 3_600_000
const day = 24 * hour

const lending = 0.0003

export const makeAccounts = (options: {
  readonly market: Market
  readonly start: number
  readonly fees: Fees
  readonly eventOrder: EventOrder
  readonly users: ReadonlyArray<UserOptions>
}): Accounts => {
  const { eventOrder, fees, market } = options
  const accounts = new Map<number, Account>()
  const listeners = new Set<Listener>()
  let now = Math.floor(options.start)
  let ledgerId = 5_300_000_000

  const core: Core = {
    market,
    fees,
    eventOrder,
    originalAmount: "sum",
    cancelling: (end) => end(),
    accounts,
    now: () => now,
    nextId: market.nextOrderId,
    emit: (account, event) => {
      for (const listener of Array.from(listeners)) listener(account, event)
      if (event.type === "pn" || event.type === "pu" || event.type === "pc") Credits.follow(core, account, event.record)
    }
  }

  for (const { userId, wallets: balances } of options.users) {
    const wallets = makeWallets({ now: core.now, nextLedgerId: () => ++ledgerId })
    for (const type of ["exchange", "margin", "funding"] as const) {
      for (const [currency, amount] of Object.entries(balances[type] ?? {})) {
        const [lots, description] = [Prices.lots(amount), `Deposit of ${amount} ${currency} to ${label(type)}`]
        wallets.change({ type, currency, lots, category: category.deposit, description })
      }
    }
    wallets.changed()
    const positions = makePositions({ market, now: core.now, nextId: core.nextId, wallets })
    accounts.set(userId, {
      userId,
      wallets,
      positions,
      orders: new Map(),
      closed: [],
      trades: [],
      commands: [],
      concealed: new Map(),
      funding: {
        offers: new Map(),
        closedOffers: [],
        loans: new Map(),
        closedLoans: [],
        trades: [],
        autoRenew: new Map()
      }
    })
  }

  const trading = makeTrading(core)
  const funding = makeFunding(core)
  let acting = false
  let dirty = false

  /** time up to which due events have been executed */
  let passed = now

  const pass = (mts: number): void => {
    const before = passed
    now = Math.max(now, Math.floor(mts))
    passed = now
    if (passed === before) return
    trading.expire()
    const isNew = (length: number) => Math.floor(before / length) !== Math.floor(now / length)
    if (isNew(hour)) {
      for (const account of accounts.values()) {
        account.positions.passHour(market.has("fUSD") ? frrOf(core, "fUSD") : lending)
        if (isNew(day)) account.positions.snapshot()
        flush(core, account)
      }
    }
    if (isNew(60_000)) funding.step(isNew(day))
  }

  const liquidate = (): void => {
    for (const account of accounts.values()) {
      for (const { symbol } of account.positions.doomed()) {
        trading.liquidate(account, symbol)
        dirty = true
      }
    }
  }

  const publish = (): void => {
    // actions of the listeners arrive here through `step`, and are published by the call that is in progress
    if (acting) return
    acting = true
    for (let rounds = 10; rounds > 0; rounds--) {
      dirty = false
      market.publish()
      if (!dirty) break
    }
    acting = false
  }

  const step = ({ mts, trades }: Step): void => {
    pass(mts)
    const prices = new Map<string, Array<number>>()
    for (const { row, symbol } of trades) {
      if (!symbol.startsWith("t")) continue
      const known = prices.get(symbol) ?? []
      // price of PublicTrade
      known.push(Number(row[3]))
      prices.set(symbol, known)
    }
    const version = versions()
    for (const [symbol, list] of prices) trading.onPrices(symbol, list)
    liquidate()
    if (versions() !== version) dirty = true
    if (dirty) publish()
  }

  /** changes whenever one of the books changes */
  const versions = (): number =>
    market.symbols.reduce((sum, symbol) => sum + (market.engine(symbol)?.version() ?? 0), 0)

  const removeFills = market.onFill((fill: Fill) => {
    if (fill.maker.owner === 0 || !accounts.has(fill.maker.owner)) return
    now = Math.max(now, fill.mts)
    if (fill.symbol.startsWith("f")) funding.onFill(fill)
    else trading.onFill(fill)
  })

  return {
    core,
    trading,
    funding,
    execute: makeCommands(core, trading, funding),
    byUser: (userId) => accounts.get(userId),
    onEvent: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    pass,
    publish,
    step,
    stop: removeFills
  }
}
