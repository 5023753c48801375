/**
 * Every change of a balance.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * One change of a balance. Entries may share their time; the id tells their order.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-ledgers
 * @since 0.1.0
 * @category records
 */
export const LedgerEntry = Layout.make("LedgerEntry", {
  /** given by the venue */ id: [0, Field.int],
  /** code without prefix */ currency: [1, Field.str],
  /** null before 2020 */ wallet: [2, Field.nullable(Field.word("exchange", "margin", "funding", "contribution"))],
  /** ms of the change */ mts: [3, Field.mts],
  /** what was added or, below zero, taken, in `currency` */ amount: [5, Field.num],
  /** of that wallet and currency behind the change */ balance: [6, Field.num],
  /** text for people */ description: [8, Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type LedgerEntry = Layout.Type<typeof LedgerEntry>
