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

export interface Options {
  readonly market: Market
  readonly start: number
  readonly fees: Fees
  readonly eventOrder: EventOrder
  readonly users: ReadonlyArray<UserOptions>
}

interface State {
  readonly market: Market
  readonly accounts: Map<number, Account>
  readonly listeners: Set<Listener>
  now: number
  ledgerId: number
  /** time up to which due events have been executed */
  passed: number
  isPublishing: boolean
  /** the market has changed since the last publication */
  isDirty: boolean
}

const makeCore = (state: State, { eventOrder, fees, market }: Options): Core => {
  const { accounts, listeners } = state
  const core: Core = {
    market,
    fees,
    eventOrder,
    originalAmount: "sum",
    cancelling: (end) => end(),
    accounts,
    now: () => state.now,
    nextId: market.nextOrderId,
    emit: (account, event) => {
      for (const listener of Array.from(listeners)) listener(account, event)
      if (event.type === "pn" || event.type === "pu" || event.type === "pc") Credits.follow(core, account, event.record)
    }
  }
  return core
}

const open = (state: State, core: Core, { userId, wallets: balances }: UserOptions): Account => {
  const { market, nextId, now } = core
  const wallets = makeWallets({ now, nextLedgerId: () => ++state.ledgerId })
  for (const type of ["exchange", "margin", "funding"] as const) {
    for (const [currency, amount] of Object.entries(balances[type] ?? {})) {
      const [lots, description] = [Prices.lots(amount), `Deposit of ${amount} ${currency} to ${label(type)}`]
      wallets.change({ type, currency, lots, category: category.deposit, description })
    }
  }
  wallets.changed()
  return {
    userId,
    wallets,
    positions: makePositions({ market, now, nextId, wallets }),
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
  }
}

/** the accounts with what executes their commands */
interface Parts {
  readonly state: State
  readonly core: Core
  readonly trading: Trading
  readonly funding: Funding
}

const pass = ({ core, funding, state, trading }: Parts, mts: number): void => {
  const before = state.passed
  state.now = Math.max(state.now, Math.floor(mts))
  state.passed = state.now
  if (state.passed === before) return
  trading.expire()
  const isNew = (length: number) => Math.floor(before / length) !== Math.floor(state.now / length)
  if (isNew(hour)) {
    for (const account of state.accounts.values()) {
      account.positions.passHour(state.market.has("fUSD") ? frrOf(core, "fUSD") : lending)
      if (isNew(day)) account.positions.snapshot()
      flush(core, account)
    }
  }
  if (isNew(60_000)) funding.step(isNew(day))
}

const liquidate = ({ state, trading }: Parts): void => {
  for (const account of state.accounts.values()) {
    for (const { symbol } of account.positions.doomed()) {
      trading.liquidate(account, symbol)
      state.isDirty = true
    }
  }
}

const publish = ({ state }: Parts): void => {
  // actions of the listeners arrive here through `step`, and are published by the call that is in progress
  if (state.isPublishing) return
  state.isPublishing = true
  for (let rounds = 10; rounds > 0; rounds--) {
    state.isDirty = false
    state.market.publish()
    if (!state.isDirty) break
  }
  state.isPublishing = false
}

/** changes whenever one of the books changes */
const versions = ({ state }: Parts): number =>
  state.market.symbols.reduce((sum, symbol) => sum + (state.market.engine(symbol)?.version() ?? 0), 0)

const step = (parts: Parts, { mts, trades }: Step): void => {
  pass(parts, mts)
  const prices = new Map<string, Array<number>>()
  for (const { row, symbol } of trades) {
    if (!symbol.startsWith("t")) continue
    const known = prices.get(symbol) ?? []
    // price of PublicTrade
    known.push(Number(row[3]))
    prices.set(symbol, known)
  }
  const version = versions(parts)
  for (const [symbol, list] of prices) parts.trading.onPrices(symbol, list)
  liquidate(parts)
  if (versions(parts) !== version) parts.state.isDirty = true
  if (parts.state.isDirty) publish(parts)
}

export const makeAccounts = (options: Options): Accounts => {
  const { market, start, users } = options
  const state: State = {
    market,
    accounts: new Map(),
    listeners: new Set(),
    now: Math.floor(start),
    ledgerId: 5_300_000_000,
    passed: Math.floor(start),
    isPublishing: false,
    isDirty: false
  }
  const { accounts, listeners } = state
  const core = makeCore(state, options)
  for (const user of users) accounts.set(user.userId, open(state, core, user))
  const [trading, funding] = [makeTrading(core), makeFunding(core)]
  const parts: Parts = { state, core, trading, funding }

  const removeFills = market.onFill((fill: Fill) => {
    if (fill.maker.owner === 0 || !accounts.has(fill.maker.owner)) return
    state.now = Math.max(state.now, fill.mts)
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
    pass: (mts) => pass(parts, mts),
    publish: () => publish(parts),
    step: (each) => step(parts, each),
    stop: removeFills
  }
}
