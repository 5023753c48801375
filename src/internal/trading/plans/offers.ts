/**
 * How unknown outcomes of commands on funding offers are resolved.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Outcome } from "../../../Command.ts"
import type { AnyArgs } from "../../../protocol/Endpoint.ts"
import type { FundingOffer, FundingOfferNotice } from "../../../protocol/records/Funding.ts"
import type * as Symbols from "../../../protocol/Symbols.ts"
import type { LookupError, Plan } from "../operation.ts"
import { unresolvable } from "../resolution.ts"
import { hasTerms } from "../rules/funding.ts"
import { type Known, number } from "../rules/rule.ts"
import type { Needs } from "./needs.ts"
import { isFinal, untilProven } from "./reading.ts"

/** by how much an offer may be older or younger than its command, by two clocks, and still be the one, ms */
const [older, younger] = [60_000, 600_000]

/** how far the venue's clocks may differ from one another, ms */
const margin = 60_000

/** past offers in one reply, at most */
const offersShown = 500

const byId = (offers: ReadonlyArray<FundingOffer>): ReadonlyMap<number, FundingOffer> =>
  new Map(offers.map((row) => [row.id, row]))

/**
 * An offer has no id that we chose. If no offer with its terms is shown, that does not prove that it was never made:
 * nothing guarantees that the venue returns terms as they were sent.
 */
export const offer = (needs: Needs) => (args: AnyArgs) => (known: Known): Plan<FundingOfferNotice> => {
  const { period } = args
  const symbol = args["symbol"] as Symbols.FundingSymbol // checked
  const side = Math.sign(number(args["amount"]))
  const isOfTerms = hasTerms(args)
  const others = new Set([...known.offers.keys(), ...known.endedOffers(), ...known.claimed])
  const seen = known.seen()
  const sent = needs.now()
  // an offer that the venue reported before, by its own clock, is another one
  const isOurs = (row: FundingOffer): boolean => isOfTerms(row) && !others.has(row.id) && row.mtsCreated >= seen
  const mayBe = (row: FundingOffer): boolean =>
    row.period === period && Math.sign(row.amountOrig) === side && !others.has(row.id)
    && row.mtsCreated >= seen - margin
  const isOfTime = ({ mtsCreated }: FundingOffer): boolean => mtsCreated > sent - older && mtsCreated < sent + younger

  const shown: Effect.Effect<ReadonlyArray<FundingOffer>, LookupError> = Effect.gen(function*() {
    const open = yield* needs.rest.fundingOffers({ symbol })
    // bounds compare with a time that the manual does not name
    const past = yield* needs.rest.fundingOffersHistory({ symbol, limit: offersShown })
    return [...byId([...open, ...past]).values()]
  })

  const read = Effect.map(shown, (rows): FundingOffer | undefined => {
    const [only, second] = rows.filter(isOurs)
    return only !== undefined && second === undefined && !known.claimed.has(only.id) && isOfTime(only)
      ? only
      : undefined
  })

  return {
    resolve: (unresolved) =>
      Effect.gen(function*(): Effect.fn.Return<Outcome, LookupError> {
        const absence = yield* untilProven(read, unresolved, { ...needs, settle: needs.settings.account.orderSettle })
        if (absence._tag === "Found") {
          known.claimed.add(absence.value.id)
          return { _tag: "OfferPlaced", offer: absence.value }
        }
        if (absence._tag === "Answered" && unresolved.late()?._tag === "Refused") return { _tag: "OfferNeverPlaced" }
        const rows = yield* shown
        const alike = rows.filter(mayBe)
        return unresolvable(
          alike.length === 0
            ? "no offer with its terms is shown, but that proves nothing, because offers have no id that we choose"
            : "offers have no id that we choose, and it may be one of these",
          [],
          alike
        )
      })
  }
}

export const offerCancellation = (needs: Needs) => ({ id }: AnyArgs) => (known: Known): Plan<FundingOfferNotice> => {
  const before = known.offers.get(id as number) // checked
  // the cast: symbols of offers are those of funding
  const where = before === undefined ? {} : { symbol: before.symbol as Symbols.FundingSymbol }
  const isMeant = (row: FundingOffer) => row.id === id
  const open = Effect.map(needs.rest.fundingOffers(), (rows) => rows.find(isMeant))
  const past = Effect.map(
    needs.rest.fundingOffersHistory({ ...where, limit: offersShown }),
    (rows) => rows.find(isMeant)
  )
  const ended = Effect.flatMap(open, (row) => row === undefined ? past : Effect.succeed(undefined))
  return {
    probe: ended,
    resolve: (unresolved) =>
      Effect.gen(function*(): Effect.fn.Return<Outcome, LookupError> {
        const absence = yield* untilProven(ended, unresolved, { ...needs, settle: needs.settings.account.orderSettle })
        if (absence._tag === "Found") return { _tag: "OfferEnded", offer: absence.value }
        const row = yield* open
        if (row === undefined) {
          const gone = yield* past
          return gone === undefined
            ? unresolvable("the venue shows no such offer")
            : { _tag: "OfferEnded", offer: gone }
        }
        return { _tag: "OfferOpen", isFinal: isFinal(absence, unresolved), offer: row }
      })
  }
}
