/**
 * Funding of margin positions: one credit of the full position for each, in the quote currency for purchases or the
 * base currency for sales. The lender is not shown. The interest is charged hourly, with the position.
 *
 * @internal
 */
import type { Position } from "../../../protocol/records/Position.ts"
import * as Prices from "../market/prices.ts"
import * as References from "../market/references.ts"
import { frrOf, loanRecord } from "./funding.ts"
import { remember } from "./model.ts"
import type { Account, Core, LoanState } from "./types.ts"

/** days; the venue's value is not known */
const period = 2

const find = (account: Account, symbol: string): LoanState | undefined =>
  [...account.funding.loans.values()].find((loan) => loan.side === -1 && loan.pair === symbol)

/** updates the credit of a position after every change of the position */
export const follow = (core: Core, account: Account, position: Position): void => {
  // derivatives have separate collateral
  if (position.type === 1) return
  const { base, quote } = References.pair(position.symbol)
  const currency = position.amount >= 0 ? quote : base
  const lots = Prices.lots(Math.abs(position.amount) * (position.amount >= 0 ? position.basePrice : 1))
  const known = find(account, position.symbol)
  if (known !== undefined && (lots === 0 || known.currency !== currency)) {
    const closed: LoanState = { ...known, updated: core.now(), status: "CLOSED (no more position)" }
    account.funding.loans.delete(known.id)
    remember(account.funding.closedLoans, loanRecord(closed))
    core.emit(account, { type: "fcc", record: loanRecord(closed) })
  }
  if (lots === 0) return
  const current = find(account, position.symbol)
  if (current?.lots === lots) return
  const symbol = `f${currency}`
  const next: LoanState = current === undefined
    ? {
      id: core.nextId(),
      symbol,
      currency,
      side: -1,
      created: core.now(),
      updated: core.now(),
      lots,
      rate: core.market.has(symbol) ? frrOf(core, symbol) : 0.0002,
      period,
      lastPayout: null,
      variable: false,
      pair: position.symbol,
      status: "ACTIVE",
      renew: false,
      noClose: false
    }
    : { ...current, lots, updated: core.now() }
  account.funding.loans.set(next.id, next)
  core.emit(account, { type: current === undefined ? "fcn" : "fcu", record: loanRecord(next) })
}
