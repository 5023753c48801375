/**
 * Margin funding as a table of rows. All endpoints need a key.
 *
 * Some take a funding symbol (`fUSD`), others the code of a currency (`USD`), as the venue requires.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Flags from "../Flags.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import {
  FundingAutoRenew,
  FundingAutoRenewStatus,
  FundingCredit,
  FundingInfo,
  FundingLoan,
  FundingOffer,
  FundingOfferNotice,
  FundingTrade
} from "../records/Funding.ts"
import { Notification } from "../records/Notification.ts"

const bySymbol = {
  /** f currency; default all */
  symbol: Param.optional(Param.funding)
}

const past = {
  ...bySymbol,
  ...Inputs.span,
  /** 1 to 500 rows; default 25 */
  limit: Param.limit(500)
}

const notNegative = Param.decimal({ sign: "notNegative" })

const checkRate = ({ rate, type }: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  type !== "FRRDELTAFIX" && notNegative.check(rate) !== undefined
    ? { field: "rate", reason: `${type} offers have a rate of zero or above` }
    : undefined

/**
 * Margin funding: offers, loans, credits and trades.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const fundingEndpoints = Endpoint.table("funding", {
  /** Active offers; of all currencies if `symbol` is left out. */
  fundingOffers: Endpoint.read({
    path: "v2/auth/r/funding/offers/{symbol}",
    params: bySymbol,
    result: Endpoint.always(Layout.list(FundingOffer)),
    limit: [90, 60],
    doc: "rest-auth-funding-offers"
  }),

  /** Offers funding, or bids for it. An offer at the flash return rate is FRRDELTAVAR with the rate 0. */
  submitFundingOffer: Endpoint.write({
    path: "v2/auth/w/funding/offer/submit",
    params: {
      /** LIMIT: a given rate; FRRDELTAVAR and FRRDELTAFIX: distance to the flash return rate, floating or fixed */
      type: Param.oneOf("LIMIT", "FRRDELTAVAR", "FRRDELTAFIX"),
      /** f currency */
      symbol: Param.funding,
      /** in the currency: above zero lends, below borrows; 8 decimals */
      amount: Inputs.signedAmount,
      /** fraction per day (0.0002 is 0.02 percent); below zero for FRRDELTAFIX only */
      rate: Inputs.rate,
      /** 2 to 120 days */
      period: Inputs.period,
      /** hidden: true or left out */
      flags: Param.optional(Param.flags(Flags.offer))
    },
    // rows with only id, amount, rate and period were observed
    ...Notification.reply("fon-req", Layout.wrapped(FundingOfferNotice)),
    check: checkRate,
    limit: [90, 60],
    doc: "rest-auth-submit-funding-offer"
  }),

  /** Asks for the cancellation of one offer, which still has the status ACTIVE in the reply. */
  cancelFundingOffer: Endpoint.write({
    path: "v2/auth/w/funding/offer/cancel",
    params: {
      /** id of the offer */
      id: Param.id
    },
    ...Notification.reply("foc-req", Layout.wrapped(FundingOffer), { repeats: { id: 0 } }),
    idempotent: true,
    cancels: true,
    limit: [90, 60],
    doc: "rest-auth-cancel-funding-offer"
  }),

  /** Cancels all offers. It also succeeds if there is none. A repeat also cancels offers made in the meantime. */
  cancelAllFundingOffers: Endpoint.write({
    path: "v2/auth/w/funding/offer/cancel/all",
    params: {
      /** code without prefix; default all */
      currency: Param.optional(Param.currency)
    },
    ...Notification.reply("foc_all-req", Layout.raw),
    idempotent: true,
    cancels: true,
    limit: [90, 60],
    doc: "rest-auth-cancel-all-funding-offers"
  }),

  /**
   * Returns a loan or a credit. Neither type nor payload of the reply is documented: the payload is returned undecoded.
   */
  closeFunding: Endpoint.write({
    path: "v2/auth/w/funding/close",
    params: {
      /** id of a loan or a credit, not of an offer */
      id: Param.id
    },
    ...Notification.reply(null, Layout.raw),
    limit: [90, 60],
    doc: "rest-auth-funding-close"
  }),

  /** Turns auto-renew on or off. */
  setFundingAutoRenew: Endpoint.write({
    path: "v2/auth/w/funding/auto",
    params: {
      /** on or off */
      status: Param.flag,
      /** code without prefix */
      currency: Param.currency,
      /** maximum amount to lend, in the currency; default the amount that is lent now */
      amount: Param.optional(Param.decimal({ decimals: 8, sign: "notNegative" })),
      /** PERCENT per day, unlike every other rate (the reply has a fraction again); default the flash return rate */
      rate: Param.optional(Param.decimal({ decimals: 8, sign: "notNegative" })),
      /** 2 to 120 days; default 2 */
      period: Param.optional(Inputs.period)
    },
    ...Notification.reply("fa-req", Layout.wrapped(FundingAutoRenew)),
    idempotent: true,
    limit: [90, 60],
    doc: "rest-auth-funding-auto-renew"
  }),

  /**
   * Sets whether funding is kept when its position is closed. `id` toggles the setting, so a repeat toggles it back;
   * `changes` sets it. The payload of the reply is not documented: it is returned undecoded.
   */
  keepFunding: Endpoint.write({
    path: "v2/auth/w/funding/keep",
    params: {
      /** credit for funding used in positions, loan for other funding */
      type: Param.oneOf("credit", "loan"),
      /** ids whose setting is toggled */
      id: Param.optional(Body.list(Param.id)),
      /** setting by id: 1 keeps the funding, 2 does not */
      changes: Param.optional(Body.record(Param.oneOf(1, 2), /^[1-9]\d*$/, "ids"))
    },
    either: [["id"], ["changes"]],
    ...Notification.reply("fk-req", Layout.raw),
    limit: [90, 60],
    doc: "rest-auth-keep-funding"
  }),

  /** Past offers, newest first; of all currencies if `symbol` is left out. */
  fundingOffersHistory: Endpoint.read({
    path: "v2/auth/r/funding/offers/{symbol}/hist",
    params: past,
    result: Endpoint.always(Layout.list(FundingOffer)),
    limit: [90, 60],
    doc: "rest-auth-funding-offers-hist"
  }),

  /** Loans: funding that was taken and is not used in positions; of all currencies if `symbol` is left out. */
  fundingLoans: Endpoint.read({
    path: "v2/auth/r/funding/loans/{symbol}",
    params: bySymbol,
    result: Endpoint.always(Layout.list(FundingLoan)),
    limit: [90, 60],
    doc: "rest-auth-funding-loans"
  }),

  /** Past loans of the last three days, newest first; of all currencies if `symbol` is left out. */
  fundingLoansHistory: Endpoint.read({
    path: "v2/auth/r/funding/loans/{symbol}/hist",
    params: past,
    result: Endpoint.always(Layout.list(FundingLoan)),
    limit: [90, 60],
    doc: "rest-auth-funding-loans-hist"
  }),

  /** Credits: funding used in positions; of all currencies if `symbol` is left out. */
  fundingCredits: Endpoint.read({
    path: "v2/auth/r/funding/credits/{symbol}",
    params: bySymbol,
    result: Endpoint.always(Layout.list(FundingCredit)),
    limit: [90, 60],
    doc: "rest-auth-funding-credits"
  }),

  /** Past credits of the last three days, newest first; of all currencies if `symbol` is left out. */
  fundingCreditsHistory: Endpoint.read({
    path: "v2/auth/r/funding/credits/{symbol}/hist",
    params: past,
    result: Endpoint.always(Layout.list(FundingCredit)),
    limit: [90, 60],
    doc: "rest-auth-funding-credits-hist"
  }),

  /** Trades of funding; of all currencies if `symbol` is left out. */
  fundingTradesHistory: Endpoint.read({
    path: "v2/auth/r/funding/trades/{symbol}/hist",
    params: {
      ...bySymbol,
      ...Inputs.span,
      /** rows; the maximum is not documented */
      limit: Param.optional(Inputs.count),
      /** 1 oldest first, -1 newest first; not in the manual, sent by the venue's own client */
      sort: Param.sort
    },
    result: Endpoint.always(Layout.list(FundingTrade)),
    limit: [90, 60],
    doc: "rest-auth-funding-trades-hist"
  }),

  /** Average rates and durations of the account's funding in one currency. */
  fundingInfo: Endpoint.read({
    path: "v2/auth/r/info/funding/{symbol}",
    params: {
      /** f currency */
      symbol: Param.funding
    },
    result: Endpoint.always(FundingInfo),
    limit: [90, 60],
    doc: "rest-auth-info-funding"
  }),

  /** Settings of auto-renew for one currency; null if it is off. Not in the manual: known from other clients. */
  fundingAutoRenewStatus: Endpoint.read({
    path: "v2/auth/r/funding/auto/status",
    params: {
      /** code without prefix */
      currency: Param.currency
    },
    result: Endpoint.always(Layout.orNull(FundingAutoRenewStatus)),
    limit: null,
    status: "undocumented",
    doc: null
  })
})
