/**
 * The wallets of one account: balances, amounts reserved for orders and offers, and a ledger of every change.
 *
 * @internal
 */
import type { LedgerEntry } from "../../../protocol/records/Ledger.ts"
import type { Wallet, WalletHistoryEntry } from "../../../protocol/records/Wallet.ts"
import * as Prices from "../market/prices.ts"
import type { Meta, WalletType } from "./model.ts"
import { remember } from "./model.ts"

/** ledger categories, as in the endpoint's filter */
export const category = {
  exchange: 5,
  position: 22,
  claim: 23,
  swap: 27,
  funding: 28,
  derivative: 29,
  settlement: 31,
  transfer: 51,
  deposit: 101,
  withdrawal: 104,
  withdrawalCanceled: 105,
  fee: 201,
  claimFee: 224,
  fundingCharge: 226,
  unusedFee: 228,
  withdrawalFee: 254
} as const

export interface Change {
  readonly type: WalletType
  readonly currency: string
  /** signed */
  readonly lots: number
  readonly category: number
  /** without the name of the wallet, which is appended */
  readonly description: string
  readonly meta?: Meta | undefined
}

interface Purse {
  readonly type: WalletType
  readonly currency: string
  balance: number
  held: number
  lastChange: string | null
  meta: Meta | null
  updated: number
}

export interface Wallets {
  /** lots in a wallet */
  readonly balance: (type: WalletType, currency: string) => number
  /** free lots */
  readonly available: (type: WalletType, currency: string) => number
  /** reserves more lots, or fewer if negative */
  readonly hold: (type: WalletType, currency: string, lots: number) => void
  readonly change: (change: Change) => void
  readonly records: () => ReadonlyArray<Wallet>
  readonly ledgers: () => ReadonlyArray<LedgerEntry & { readonly category: number }>
  /** balances at a time, computed from the ledger */
  readonly at: (mts: number) => ReadonlyArray<WalletHistoryEntry>
  /** every change of a balance since the last call, then the wallets of which only the reserved amount has changed */
  readonly changed: () => ReadonlyArray<{ readonly record: Wallet; readonly heldOnly: boolean }>
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** names of wallets in the venue's texts */
export const label = (type: WalletType): string => capital(type)

export const makeWallets = (options: {
  readonly now: () => number
  readonly nextLedgerId: () => number
}): Wallets => {
  const purses = new Map<string, Purse>()
  /** purses whose reserved amount has changed */
  const touched = new Set<Purse>()
  let changes: Array<readonly [purse: Purse, record: Wallet]> = []
  const ledgers: Array<LedgerEntry & { readonly category: number }> = []

  const find = (type: WalletType, currency: string): Purse | undefined => purses.get(`${type}/${currency}`)

  const purse = (type: WalletType, currency: string): Purse => {
    const known = find(type, currency)
    if (known !== undefined) return known
    const made = { type, currency, balance: 0, held: 0, lastChange: null, meta: null, updated: options.now() }
    purses.set(`${type}/${currency}`, made)
    return made
  }

  const record = (one: Purse): Wallet => ({
    type: one.type,
    currency: one.currency,
    balance: Prices.amount(one.balance),
    unsettledInterest: 0,
    availableBalance: Prices.amount(one.balance - one.held),
    lastChange: one.lastChange,
    lastChangeMetadata: one.meta
  })

  const available = (type: WalletType, currency: string): number => {
    const one = find(type, currency)
    return one === undefined ? 0 : one.balance - one.held
  }

  return {
    balance: (type, currency) => find(type, currency)?.balance ?? 0,
    available,
    hold: (type, currency, lots) => {
      if (lots === 0) return
      const one = purse(type, currency)
      one.held += lots
      touched.add(one)
    },
    change: ({ category, currency, description, lots, meta, type }) => {
      const one = purse(type, currency)
      one.balance += lots
      one.lastChange = description
      one.meta = meta ?? null
      one.updated = options.now()
      changes.push([one, record(one)])
      remember(ledgers, {
        id: options.nextLedgerId(),
        currency,
        wallet: type,
        mts: options.now(),
        amount: Prices.amount(lots),
        balance: Prices.amount(one.balance),
        description: `${description} on wallet ${type}`,
        category
      })
    },
    records: () => [...purses.values()].map(record),
    ledgers: () => ledgers,
    at: (mts) =>
      [...purses.values()].flatMap((one) => {
        const last = ledgers.findLast((entry) =>
          entry.wallet === one.type && entry.currency === one.currency && entry.mts <= mts
        )
        if (last === undefined) return []
        const { currency, type } = one
        const { balance, mts: mtsUpdate } = last
        return [{ type, currency, balance, unsettledInterest: 0, availableBalance: null, mtsUpdate }]
      }),
    changed: () => {
      const inChanges = new Set(changes.map(([one]) => one))
      const held = [...touched].filter((one) => !inChanges.has(one)).map(record)
      const all = [
        ...changes.map(([, one]) => ({ record: one, heldOnly: false })),
        ...held.map((one) => ({ record: one, heldOnly: true }))
      ]
      changes = []
      touched.clear()
      return all
    }
  }
}
