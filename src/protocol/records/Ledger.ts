/**
 * Ledger entries: the changes of balances.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const ledgerWallet = Field.nullable(Field.word("exchange", "margin", "funding", "contribution"))

const ledgerEntry = Layout.make("LedgerEntry", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** code without prefix */ currency: at(1, Field.str),
  /** null before 2020 */ wallet: at(2, ledgerWallet),
  /** ms of the change */ mts: at(3, Field.mts),
  /** amount added or, below zero, subtracted, in `currency` */ amount: at(5, Field.num),
  /** balance of the wallet and currency after the change */ balance: at(6, Field.num),
  /** text for people */ description: at(8, Field.nullable(Field.str))
}))
/**
 * One change of a balance. Entries may have the same time; the id gives their order.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-ledgers
 * @since 0.1.0
 * @category records
 */
export interface LedgerEntry extends Layout.Type<typeof ledgerEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const LedgerEntry: Layout.Layout<LedgerEntry> = ledgerEntry
