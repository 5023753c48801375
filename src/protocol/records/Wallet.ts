/**
 * The balances of an account.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const walletType = Field.word("exchange", "margin", "funding")

const wallet = Layout.make("Wallet", (at) => ({
  /** wallet */ type: at(0, walletType),
  /** code without prefix */ currency: at(1, Field.str),
  /** total, in `currency` */ balance: at(2, Field.num),
  /** in `currency`; may be null */ unsettledInterest: at(3, Field.nullable(Field.num)),
  /** null means not computed, not zero: on the socket until requested with `calc`, and in old rows */
  availableBalance: at(4, Field.nullable(Field.num)),
  /** text of the latest ledger entry; may be null */ lastChange: at(5, Field.nullable(Field.str)),
  /**
   * details of the latest change: reason, order_id, trade_price (text), trade_amount (text) and others; null without
   * details
   */
  lastChangeMetadata: at(6, Field.nullable(Field.object))
}))
/**
 * Balance of one currency in one wallet. Balances of derivatives are in the margin wallet, in currencies that end in
 * F0.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-wallets
 * @since 0.1.0
 * @category records
 */
export interface Wallet extends Layout.Type<typeof wallet> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Wallet: Layout.Layout<Wallet> = wallet

const walletHistoryEntry = Layout.make("WalletHistoryEntry", (at) => ({
  /** exchange, margin or funding */ type: at(0, Field.str),
  /** code without prefix */ currency: at(1, Field.str),
  /** total, in `currency` */ balance: at(2, Field.num),
  /** in `currency`; may be null */ unsettledInterest: at(3, Field.nullable(Field.num)),
  /** in `currency`; null in the known rows */ availableBalance: at(4, Field.nullable(Field.num)),
  /** ms of the snapshot */ mtsUpdate: at(6, Field.mts)
}))
/**
 * Balance of one currency in one wallet at a past time. The manual no longer has its page; the layout is taken from
 * other clients.
 *
 * @since 0.1.0
 * @category records
 */
export interface WalletHistoryEntry extends Layout.Type<typeof walletHistoryEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const WalletHistoryEntry: Layout.Layout<WalletHistoryEntry> = walletHistoryEntry

const balanceUpdate = Layout.make("BalanceUpdate", (at) => ({
  /** assets under management */ aum: at(0, Field.num),
  /** the same, net */ aumNet: at(1, Field.num)
}))
/**
 * Value of the account, sent on the socket.
 *
 * @see https://docs.bitfinex.com/reference/ws-auth-balance
 * @since 0.1.0
 * @category records
 */
export interface BalanceUpdate extends Layout.Type<typeof balanceUpdate> {}
/**
 * @since 0.1.0
 * @category records
 */
export const BalanceUpdate: Layout.Layout<BalanceUpdate> = balanceUpdate
