/**
 * Payments to merchants as a table of rows. The index of the manual no longer lists them, and the venue's own client has
 * dropped them; whether the venue still answers is unknown.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Field from "../Field.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import {
  MerchantCurrencyConversion,
  MerchantDeposit,
  MerchantInvoice,
  MerchantInvoicePage,
  MerchantInvoiceStat,
  MerchantUnlinkedDeposit
} from "../records/Merchant.ts"

const invoiceStatus = Param.oneOf("CREATED", "PENDING", "COMPLETED", "EXPIRED")

const statsFormat = Param.oneOf("D", "W", "M", "Y", "A")

const invoiceId = {
  /** id of the invoice */
  id: Param.text
}

const paying = {
  ...invoiceId,
  /** code of the currency */
  ccy: Param.text,
  /** address of who pays */
  remoteIp: Param.text
}

const conversion = {
  /** what comes in: UST-ETH or UST; kept as the latter */
  baseCcy: Param.text,
  /** what it becomes */
  convertCcy: Param.text
}

const customerInfo = Body.struct({
  /** code of two letters, preferably */
  nationality: Param.text,
  /** country */
  residCountry: Param.text,
  /** state or province */
  residState: Param.optional(Param.text),
  /** city */
  residCity: Param.text,
  /** postal code */
  residZipCode: Param.text,
  /** street */
  residStreet: Param.text,
  /** number of the house */
  residBuildingNo: Param.optional(Param.text),
  /** name */
  fullName: Param.text,
  /** address for mail */
  email: Param.text,
  /** address of the customer */
  ip: Param.optional(Param.text)
})

const invoice = {
  /** in `currency` */
  amount: Inputs.amount,
  /** code of the currency */
  currency: Param.text,
  /** the merchant's own id */
  orderId: Param.text,
  /** what it may be paid in: BTC, ETH, UST-ETH, LNX and others */
  payCurrencies: Body.list(Param.text),
  /** seconds until it expires, 300 to 259200; 900 when left out. Older clients know 86400 as the most */
  duration: Param.optional(Param.int(300, 259200)),
  /** address that is told */
  webhook: Param.optional(Param.text),
  /** address that the customer is sent to */
  redirectUrl: Param.optional(Param.text),
  /** known from the venue's own client */
  meta: Param.optional(Body.struct({
    /** where it is used */
    env: Param.optional(Param.oneOf("production", "test", "staging", "development")),
    /** at most 5 words of at most 5 characters */
    tags: Param.optional(Body.list(
      Param.make<string>({
        kind: "tag",
        check: (value) =>
          Param.text.check(value) ?? ((value as string).length > 5 ? "give at most 5 characters" : undefined)
      }),
      { max: 5 }
    ))
  }))
}

/** both have passed the check of a time */
const between = (first: unknown, last: unknown): number =>
  Param.toMillis(last as Param.Time) - Param.toMillis(first as Param.Time)

const checkBounds = ({ from, to }: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  from !== undefined && to !== undefined && between(from, to) < 0
    ? { field: "from", reason: "it is after `to`" }
    : undefined

const checkWindow = ({ end, start }: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  start !== undefined && end !== undefined && between(start, end) > 172_800_000
    ? { field: "end", reason: "the bounds may be two days apart at most" }
    : undefined

/**
 * Payments to merchants. Those whose names begin with `public` need no key.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const merchantEndpoints = Endpoint.table("merchant", {
  /**
   * Makes an invoice. Each pay currency needs a deposit address beforehand.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  submitInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/create",
    params: {
      ...invoice,
      /** who pays */
      customerInfo
    },
    result: Endpoint.always(MerchantInvoice),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "submit-invoice"
  }),

  /**
   * Makes an invoice at a point of sale, without a customer.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  submitPosInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/create/pos",
    params: invoice,
    result: Endpoint.always(MerchantInvoice),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "submit-pos-invoice"
  }),

  /**
   * Invoices.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  listInvoices: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoices",
    params: {
      /** id of one invoice */
      id: Param.optional(Param.text),
      ...Inputs.span,
      /** 1 to 100 rows; 10 when left out */
      limit: Param.limit(100)
    },
    result: Endpoint.always(Layout.list(MerchantInvoice)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "invoice-list"
  }),

  /**
   * Invoices by page.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  listInvoicesPaginated: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoices/paginated",
    params: {
      /** from 1 */
      page: Param.optional(Inputs.count),
      /** 1 to 100 rows; 10 when left out */
      pageSize: Param.optional(Param.int(1, 100)),
      /** order of the rows; asc when left out */
      sort: Param.optional(Param.oneOf("asc", "desc")),
      /** what they are ordered by; t when left out */
      sortField: Param.optional(Param.oneOf("t", "amount", "status")),
      /** states */
      status: Param.optional(Body.list(invoiceStatus)),
      /** codes of currencies */
      fiat: Param.optional(Body.list(Param.text)),
      /** codes of currencies */
      crypto: Param.optional(Body.list(Param.text)),
      /** id of one invoice */
      id: Param.optional(Param.text),
      /** the merchant's own id */
      orderId: Param.optional(Param.text)
    },
    result: Endpoint.always(MerchantInvoicePage),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "invoice-list-paginated"
  }),

  /**
   * Numbers of invoices.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  invoiceCountStats: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoice/stats/count",
    params: {
      /** state of the invoices */
      status: invoiceStatus,
      /** today, this week, this month, this year, all */
      format: statsFormat
    },
    result: Endpoint.always(Layout.list(MerchantInvoiceStat)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "invoice-count-stats"
  }),

  /**
   * What invoices earned; `count` holds the sum.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  invoiceEarningStats: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoice/stats/earning",
    params: {
      /** code of the currency */
      currency: Param.text,
      /** today, this week, this month, this year, all */
      format: statsFormat
    },
    result: Endpoint.always(Layout.list(MerchantInvoiceStat)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "invoice-earning-stats"
  }),

  /**
   * Completes an invoice by a payment.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  completeInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/complete",
    params: {
      ...invoiceId,
      /** one of the invoice's pay currencies */
      payCcy: Param.text,
      /** deposit that pays it */
      depositId: Param.optional(Param.id),
      /** ledger entry that pays it */
      ledgerId: Param.optional(Param.id),
      /** deposits that pay it; known from one version of the venue's own client */
      depositIds: Param.optional(Body.list(Body.json))
    },
    result: Endpoint.always(MerchantInvoice),
    either: [["depositId"], ["ledgerId"], ["depositIds"]],
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "complete-invoice"
  }),

  /**
   * Lets an invoice expire.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  expireInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/expire",
    params: invoiceId,
    result: Endpoint.always(MerchantInvoice),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "expire-invoice"
  }),

  /**
   * Currencies that are converted when they come in.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  listCurrencyConversions: Endpoint.read({
    path: "v2/auth/r/ext/pay/settings/convert/list",
    params: {},
    result: Endpoint.always(Layout.list(MerchantCurrencyConversion)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "conversion-list"
  }),

  /**
   * Adds a conversion. The reply's layout is unknown, it is given as it came.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  addCurrencyConversion: Endpoint.write({
    path: "v2/auth/w/ext/pay/settings/convert/create",
    params: conversion,
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "add-conversion"
  }),

  /**
   * Removes a conversion. The reply's layout is unknown, it is given as it came.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  removeCurrencyConversion: Endpoint.write({
    path: "v2/auth/w/ext/pay/settings/convert/remove",
    params: conversion,
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "remove-conversion"
  }),

  /**
   * Limits of a day, and how much of them is used. The reply's layout is unknown, it is given as it came.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  merchantDailyLimits: Endpoint.read({
    path: "v2/auth/r/ext/pay/settings/daily/limit",
    params: {
      /** mail addresses of customers, for the part on their usage */
      customerEmails: Param.optional(Body.list(Param.text))
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "removed-from-docs-index",
    doc: "merchant-limits"
  }),

  /**
   * Sets one setting. The reply's layout is unknown, it is given as it came.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  setMerchantSetting: Endpoint.write({
    path: "v2/auth/w/ext/pay/settings/set",
    params: {
      /** name of the setting, such as bfx_pay_preferred_fiat */
      key: Param.text,
      /** its value; null unsets. Sources disagree on the name: `val` here, `value` in the venue's own client */
      val: Body.json
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "merchant-settings-write"
  }),

  /**
   * Sets several settings. The reply's layout is unknown, it is given as it came.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  setMerchantSettingsBatch: Endpoint.write({
    path: "v2/auth/w/ext/pay/settings/set/batch",
    params: {
      /** names and values, null to unset; the name of the value is as uncertain as in `setMerchantSetting` */
      settings: Body.list(Body.struct({ key: Param.text, val: Body.json }))
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "removed-from-docs-index",
    doc: "merchant-settings-write-batch"
  }),

  /**
   * Value of one setting. The reply's layout is unknown, it is given as it came.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  getMerchantSetting: Endpoint.read({
    path: "v2/auth/r/ext/pay/settings/get",
    params: {
      /** name of the setting, such as bfx_pay_preferred_fiat */
      key: Param.text
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "removed-from-docs-index",
    doc: "merchant-settings-read"
  }),

  /**
   * Settings: an object of values by name.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  listMerchantSettings: Endpoint.read({
    path: "v2/auth/r/ext/pay/settings/list",
    params: {
      /** names of settings; an empty list asks for all */
      keys: Body.list(Param.text, { min: 0 })
    },
    result: Endpoint.always(Layout.cell("MerchantSettings", Field.object)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "merchant-settings-list"
  }),

  /**
   * Payments that came in.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  listMerchantDeposits: Endpoint.read({
    path: "v2/auth/r/ext/pay/deposits",
    params: {
      /** ms; another client always gives both bounds */
      from: Param.optional(Param.time),
      /** ms */
      to: Param.optional(Param.time),
      /** id of one payment, which goes before the bounds */
      id: Param.optional(Param.id),
      /** code of the currency */
      ccy: Param.optional(Param.text),
      /** only those that belong to no invoice */
      unlinked: Param.optional(Param.bool)
    },
    result: Endpoint.always(Layout.list(MerchantDeposit)),
    check: checkBounds,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "merchant-payments"
  }),

  /**
   * Payments that belong to no invoice.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue answers
   * is unknown.
   */
  listUnlinkedDeposits: Endpoint.read({
    path: "v2/auth/r/ext/pay/deposits/unlinked",
    params: {
      /** code of the currency */
      ccy: Param.text,
      /** ms; one day before `end` when left out */
      start: Param.optional(Param.time),
      /** ms, two days behind `start` at most */
      end: Param.optional(Param.time)
    },
    result: Endpoint.always(Layout.list(MerchantUnlinkedDeposit)),
    check: checkWindow,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "unlinked-deposits"
  }),

  /**
   * Changes an invoice. Never in the manual: known from the venue's own client. The reply's layout is unknown, it is
   * given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  updateInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/update",
    params: {
      ...invoiceId,
      /** what is changed: an object that holds `customerInfo.tosAccepted`; its form is not documented */
      fields: Param.optional(Body.record(Body.json)),
      /** the merchant's own note */
      privateNote: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Pays an invoice back. Never in the manual: known from the venue's own client. The reply's layout is unknown, it
   * is given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  refundInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/refund",
    params: {
      ...invoiceId,
      /** code of the currency */
      ccy: Param.text,
      /** in `ccy` */
      amount: Inputs.amount,
      /** where it goes */
      address: Body.struct({
        /** address */
        address: Param.text,
        /** tag or memo */
        paymentId: Param.named("payment_id", Param.optional(Param.text))
      })
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Marks an invoice as paid back. Never in the manual: known from the venue's own client. The reply's layout is
   * unknown, it is given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  markInvoiceRefunded: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/mark/refunded",
    params: {
      ...invoiceId,
      /** id of the refund */
      refundId: Param.text
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * What happened to invoices. Never in the manual: known from the venue's own client. The reply's layout is
   * unknown, it is given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  listInvoiceEvents: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoice/events",
    params: {
      /** id of one invoice */
      id: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Currencies to pay in. Never in the manual: known from the venue's own client. The reply's layout is unknown, it
   * is given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  listPayCurrencies: Endpoint.read({
    path: "v2/auth/r/ext/pay/currency/list",
    params: {
      /** more about each */
      detailed: Param.optional(Param.bool),
      /** id of one invoice */
      id: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Currencies to pay in, in detail. Never in the manual: known from the venue's own client. The reply's layout is
   * unknown, it is given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  listPayCurrenciesDetailed: Endpoint.read({
    path: "v2/auth/r/ext/pay/currency/detailed",
    params: {
      /** more about each */
      detailed: Param.optional(Param.bool)
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Currencies to pay in, in detail, without a key. Never in the manual: known from the venue's own client. The
   * reply's layout is unknown, it is given as it came.
   *
   * @deprecated The venue's own client has dropped it; whether the venue answers is unknown.
   */
  publicInvoiceCurrenciesDetailed: Endpoint.open({
    path: "v2/ext/pay/invoice/currency/detailed",
    params: {},
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Pays an invoice from the account. Known from the venue's own client only. The reply's layout is unknown, it is
   * given as it came.
   */
  payInvoiceInstant: Endpoint.write({
    path: "v2/auth/w/ext/pay/instant",
    params: {
      ...invoiceId,
      /** code of the currency */
      ccy: Param.text
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /** Uploads an image. Known from the venue's own client only. The reply's layout is unknown, it is given as it came. */
  uploadMerchantImage: Endpoint.write({
    path: "v2/auth/w/ext/pay/upload/image",
    params: {
      /** the word `LOGO` */
      type: Param.oneOf("LOGO"),
      /** base64 data URL */
      image: Param.text
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Rates for credit cards. Known from the venue's own client only. The reply's layout is unknown, it is given as it
   * came.
   */
  creditCardRates: Endpoint.read({
    path: "v2/auth/r/ext/pay/credit-card/rates",
    params: paying,
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Says what the merchant thinks of the service. Known from the venue's own client only. The reply's layout is
   * unknown, it is given as it came.
   */
  merchantFeedback: Endpoint.write({
    path: "v2/auth/w/ext/pay/merchant/feedback",
    params: {
      /** 1 to 5 */
      score: Param.int(1, 5),
      /** what it is about */
      category: Param.optional(Param.text),
      /** text */
      comment: Param.optional(Param.text),
      /** address of who says so */
      remoteIp: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Makes an invoice anew for another currency, without a key. Known from the venue's own client only. The reply's
   * layout is unknown, it is given as it came.
   */
  publicInvoiceRegenerate: Endpoint.open({
    method: "POST",
    path: "v2/ext/pay/invoice/regenerate",
    params: paying,
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Says what the customer thinks of the service, without a key. Known from the venue's own client only. The reply's
   * layout is unknown, it is given as it came.
   */
  publicInvoiceFeedback: Endpoint.open({
    method: "POST",
    path: "v2/ext/pay/invoice/feedback",
    params: {
      /** id of the invoice; the name is inferred */
      id: Param.text,
      /** 1 to 5 */
      score: Param.int(1, 5),
      /** text */
      comment: Param.optional(Param.text),
      /** address of who says so */
      remoteIp: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  })
})
