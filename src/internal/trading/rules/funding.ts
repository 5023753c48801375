/**
 * How commands on funding offers recognise their answers.
 *
 * @internal
 */
import type { AnyArgs } from "../../../protocol/Endpoint.ts"
import { isSameAmount, isSamePrice } from "../../../protocol/internal/quantity.ts"
import { type FundingOffer, FundingOfferNotice } from "../../../protocol/records/Funding.ts"
import { cellsOf, isNone, isOrNone, type Known, number, offer, type Rule } from "./rule.ts"

const isSame = (cell: unknown, wanted: number, isEqual: (a: number, b: number) => boolean): boolean =>
  typeof cell === "number" && isEqual(cell, wanted)

/** Whether an offer has the terms of a submission. The type is missing in rows of ended offers. */
export const hasTerms = (args: AnyArgs) => {
  const { period, symbol, type } = args
  const [amount, rate] = [number(args["amount"]), number(args["rate"])]
  return (row: FundingOffer): boolean =>
    row.symbol === symbol && row.period === period && isSameAmount(row.amountOrig, amount)
    && isSamePrice(row.rate, rate) && (row.type === null || row.type === type)
}

/**
 * A new offer has no name until the venue gives it one: it is known by its terms. An offer of equal terms which another
 * program makes in the same moment cannot be distinguished from it.
 */
export const fon = (args: AnyArgs, known: Known): Rule<FundingOfferNotice> => {
  const { period, symbol } = args
  const [amount, rate] = [number(args["amount"]), number(args["rate"])]
  const isOurs = hasTerms(args)
  // a late event about one that ended may show the same terms
  const before = new Set([...known.offers.keys(), ...known.endedOffers()])
  const isFree = (id: unknown): boolean => typeof id !== "number" || (!before.has(id) && !known.claimed.has(id))
  return {
    type: "fon",
    shared: false,
    about: (info) => {
      const row = cellsOf(info)
      if (row === undefined || [offer.amount, offer.rate, offer.period].every((at) => isNone(row[at]))) return "unnamed"
      return isOrNone(row[offer.symbol], symbol)
          && isSame(row[offer.amount], amount, isSameAmount) && isSame(row[offer.rate], rate, isSamePrice)
          && row[offer.period] === period && isFree(row[offer.id])
        ? "ours"
        : "no"
    },
    contradicts: () => false,
    read: (info) => FundingOfferNotice.decode(cellsOf(info)),
    proves: (event) =>
      event.family === "fundingOffers" && event._tag === "Update"
        ? event.rows.find((row) => isOurs(row) && isFree(row.id))
        : undefined
  }
}

/** The cancellation of an offer is known by id; mostly its `foc` alone reports it. */
export const foc = ({ id }: AnyArgs): Rule<FundingOfferNotice> => ({
  type: "foc",
  shared: true,
  about: (info) => {
    const row = cellsOf(info)
    return row === undefined || isNone(row[offer.id]) ? "unnamed" : row[offer.id] === id ? "ours" : "no"
  },
  contradicts: () => false,
  read: (info) => FundingOfferNotice.decode(cellsOf(info)),
  proves: (event) =>
    event.family === "fundingOffers" && event._tag === "Update" && event.type === "foc"
      ? event.rows.find((row) => row.id === id)
      : undefined
})
