/**
 * The balances of an account.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const walletType = Field.word("exchange", "margin", "funding")

/**
 * Balance of one currency in one wallet. Money of derivatives is in the margin wallet, under currencies that end in
 * F0.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-wallets
 * @since 0.1.0
 * @category records
 */
export const Wallet = Layout.make("Wallet", (at) => ({
  /** wallet */ type: at(0, walletType),
  /** code without prefix */ currency: at(1, Field.str),
  /** total, in `currency` */ balance: at(2, Field.num),
  /** in `currency`; may be null */ unsettledInterest: at(3, Field.nullable(Field.num)),
  /** null means not computed, not zero: on the socket until asked for with `calc`, and in old rows */
  availableBalance: at(4, Field.nullable(Field.num)),
  /** text of the latest ledger entry; may be null */ lastChange: at(5, Field.nullable(Field.str)),
  /** what led to it: reason, order_id, trade_price (text), trade_amount (text) and others; null without */
  lastChangeMetadata: at(6, Field.nullable(Field.object))
}))
/**
 * @since 0.1.0
 * @category records
 */
export type Wallet = Layout.Type<typeof Wallet>

/**
 * Balance of one currency in one wallet at a time in the past. The manual has dropped its page; the layout is that of
 * other clients.
 *
 * @since 0.1.0
 * @category records
 */
export const WalletHistoryEntry = Layout.make("WalletHistoryEntry", (at) => ({
  /** exchange, margin or funding */ type: at(0, Field.str),
  /** code without prefix */ currency: at(1, Field.str),
  /** total, in `currency` */ balance: at(2, Field.num),
  /** in `currency`; may be null */ unsettledInterest: at(3, Field.nullable(Field.num)),
  /** in `currency`; null in the rows that are known */ availableBalance: at(4, Field.nullable(Field.num)),
  /** ms of the snapshot */ mtsUpdate: at(6, Field.mts)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type WalletHistoryEntry = Layout.Type<typeof WalletHistoryEntry>

/**
 * Worth of the account, as the socket tells it.
 *
 * @see https://docs.bitfinex.com/reference/ws-auth-balance
 * @since 0.1.0
 * @category records
 */
export const BalanceUpdate = Layout.make("BalanceUpdate", (at) => ({
  /** assets under management */ aum: at(0, Field.num),
  /** the same, net */ aumNet: at(1, Field.num)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type BalanceUpdate = Layout.Type<typeof BalanceUpdate>
