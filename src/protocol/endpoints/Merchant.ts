/**
 * Payments to merchants as a table of rows. The index of the manual no longer lists them, and the venue's own client
 * has dropped them; whether the venue still supports it is unknown.
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
  /** IP address of the payer */
  remoteIp: Param.text
}

const conversion = {
  /** currency received: UST-ETH or UST; stored as the latter */
  baseCcy: Param.text,
  /** currency that it is converted to */
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
  /** email address */
  email: Param.text,
  /** IP address of the customer */
  ip: Param.optional(Param.text)
})

const invoice = {
  /** in `currency` */
  amount: Inputs.amount,
  /** code of the currency */
  currency: Param.text,
  /** the merchant's id of the order */
  orderId: Param.text,
  /** currencies that it may be paid in: BTC, ETH, UST-ETH, LNX and others */
  payCurrencies: Body.list(Param.text),
  /** seconds until it expires, 300 to 259200; default 900. Older clients list 86400 as the maximum */
  duration: Param.optional(Param.int(300, 259200)),
  /** URL that the venue notifies */
  webhook: Param.optional(Param.text),
  /** URL that the customer is redirected to */
  redirectUrl: Param.optional(Param.text),
  /** known from the venue's own client */
  meta: Param.optional(Body.struct({
    /** environment in which it is used */
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

/** both values have passed the check of a time */
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
   * Creates an invoice. Each pay currency needs an existing deposit address.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  submitInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/create",
    params: {
      ...invoice,
      /** the customer */
      customerInfo
    },
    result: Endpoint.always(MerchantInvoice),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "submit-invoice"
  }),

  /**
   * Creates an invoice at a point of sale, without a customer.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  listInvoices: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoices",
    params: {
      /** id of one invoice */
      id: Param.optional(Param.text),
      ...Inputs.span,
      /** 1 to 100 rows; default 10 */
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
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  listInvoicesPaginated: Endpoint.read({
    path: "v2/auth/r/ext/pay/invoices/paginated",
    params: {
      /** from 1 */
      page: Param.optional(Inputs.count),
      /** 1 to 100 rows; default 10 */
      pageSize: Param.optional(Param.int(1, 100)),
      /** order of the rows; default asc */
      sort: Param.optional(Param.oneOf("asc", "desc")),
      /** field that they are sorted by; default t */
      sortField: Param.optional(Param.oneOf("t", "amount", "status")),
      /** states */
      status: Param.optional(Body.list(invoiceStatus)),
      /** codes of currencies */
      fiat: Param.optional(Body.list(Param.text)),
      /** codes of currencies */
      crypto: Param.optional(Body.list(Param.text)),
      /** id of one invoice */
      id: Param.optional(Param.text),
      /** the merchant's id of the order */
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
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * Revenue of invoices; `count` holds the sum.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * Completes an invoice with a payment.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  completeInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/complete",
    params: {
      ...invoiceId,
      /** one of the invoice's pay currencies */
      payCcy: Param.text,
      /** id of the deposit that pays it */
      depositId: Param.optional(Param.id),
      /** id of the ledger entry that pays it */
      ledgerId: Param.optional(Param.id),
      /** ids of the deposits that pay it; known from one version of the venue's own client */
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
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * Currencies that are converted on receipt.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * Adds a conversion. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * Removes a conversion. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * Daily limits and their usage. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  merchantDailyLimits: Endpoint.read({
    path: "v2/auth/r/ext/pay/settings/daily/limit",
    params: {
      /** email addresses of customers, to include their usage */
      customerEmails: Param.optional(Body.list(Param.text))
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "removed-from-docs-index",
    doc: "merchant-limits"
  }),

  /**
   * Sets one setting. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  setMerchantSetting: Endpoint.write({
    path: "v2/auth/w/ext/pay/settings/set",
    params: {
      /** name of the setting, such as bfx_pay_preferred_fiat */
      key: Param.text,
      /** its value; null unsets it. Sources disagree on the name: `val` here, `value` in the venue's own client */
      val: Body.json
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "merchant-settings-write"
  }),

  /**
   * Sets several settings. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  setMerchantSettingsBatch: Endpoint.write({
    path: "v2/auth/w/ext/pay/settings/set/batch",
    params: {
      /** names and values, null to unset; the wire name of the value is as uncertain as in `setMerchantSetting` */
      settings: Body.list(Body.struct({ key: Param.text, val: Body.json }))
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "removed-from-docs-index",
    doc: "merchant-settings-write-batch"
  }),

  /**
   * Value of one setting. The layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
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
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  listMerchantSettings: Endpoint.read({
    path: "v2/auth/r/ext/pay/settings/list",
    params: {
      /** names of settings; an empty list requests all */
      keys: Body.list(Param.text, { min: 0 })
    },
    result: Endpoint.always(Layout.cell("MerchantSettings", Field.object)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "merchant-settings-list"
  }),

  /**
   * Received payments.
   *
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  listMerchantDeposits: Endpoint.read({
    path: "v2/auth/r/ext/pay/deposits",
    params: {
      /** ms; another client always sends both bounds */
      from: Param.optional(Param.time),
      /** ms */
      to: Param.optional(Param.time),
      /** id of one payment; takes precedence over the bounds */
      id: Param.optional(Param.id),
      /** code of the currency */
      ccy: Param.optional(Param.text),
      /** only payments that belong to no invoice */
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
   * @deprecated The manual no longer lists it, and the venue's own client has dropped it; whether the venue still
   * supports it is unknown.
   */
  listUnlinkedDeposits: Endpoint.read({
    path: "v2/auth/r/ext/pay/deposits/unlinked",
    params: {
      /** code of the currency */
      ccy: Param.text,
      /** ms; default one day before `end` */
      start: Param.optional(Param.time),
      /** ms, at most two days after `start` */
      end: Param.optional(Param.time)
    },
    result: Endpoint.always(Layout.list(MerchantUnlinkedDeposit)),
    check: checkWindow,
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "unlinked-deposits"
  }),

  /**
   * Changes an invoice. Never documented: known from the venue's own client. The layout of the reply is unknown,
   * so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
   */
  updateInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/update",
    params: {
      ...invoiceId,
      /** the changes: an object that holds `customerInfo.tosAccepted`; its form is not documented */
      fields: Param.optional(Body.record(Body.json)),
      /** note of the merchant */
      privateNote: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Refunds an invoice. Never documented: known from the venue's own client. The layout of the reply is
   * unknown, so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
   */
  refundInvoice: Endpoint.write({
    path: "v2/auth/w/ext/pay/invoice/refund",
    params: {
      ...invoiceId,
      /** code of the currency */
      ccy: Param.text,
      /** in `ccy` */
      amount: Inputs.amount,
      /** destination */
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
   * Marks an invoice as refunded. Never documented: known from the venue's own client. The layout of the
   * reply is unknown, so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
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
   * Events of invoices. Never documented: known from the venue's own client. The layout of the
   * reply is unknown, so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
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
   * Currencies to pay in. Never documented: known from the venue's own client. The layout of the reply is
   * unknown, so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
   */
  listPayCurrencies: Endpoint.read({
    path: "v2/auth/r/ext/pay/currency/list",
    params: {
      /** includes details of each currency */
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
   * Currencies to pay in, in detail. Never documented: known from the venue's own client. The layout of the
   * reply is unknown, so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
   */
  listPayCurrenciesDetailed: Endpoint.read({
    path: "v2/auth/r/ext/pay/currency/detailed",
    params: {
      /** includes details of each currency */
      detailed: Param.optional(Param.bool)
    },
    result: Endpoint.always(Layout.raw),
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Currencies to pay in, in detail, without a key. Never documented: known from the venue's own client. The
   * layout of the reply is unknown, so it is returned undecoded.
   *
   * @deprecated The venue's own client has dropped it; whether the venue still is unknown.
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
   * Pays an invoice from the account. Known from the venue's own client only. The layout of the reply is unknown,
   * so it is returned undecoded.
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

  /**
   * Uploads an image. Known from the venue's own client only. The layout of the reply is unknown, so it is returned
   * undecoded.
   */
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
   * Rates for credit cards. Known from the venue's own client only. The layout of the reply is unknown, so it is
   * returned undecoded.
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
   * Sends the merchant's feedback on the service. Known from the venue's own client only. The layout of the
   * reply is unknown, so it is returned undecoded.
   */
  merchantFeedback: Endpoint.write({
    path: "v2/auth/w/ext/pay/merchant/feedback",
    params: {
      /** 1 to 5 */
      score: Param.int(1, 5),
      /** subject */
      category: Param.optional(Param.text),
      /** text */
      comment: Param.optional(Param.text),
      /** email address of the sender */
      remoteIp: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  }),

  /**
   * Regenerates an invoice for another currency, without a key. Known from the venue's own client only. The layout
   * of the reply is unknown, so it is returned undecoded.
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
   * Sends the customer's feedback on the service, without a key. Known from the venue's own client only. The layout
   * of the reply is unknown, so it is returned undecoded.
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
      /** email address of the sender */
      remoteIp: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.raw),
    idempotent: null,
    limit: null,
    status: "undocumented",
    doc: null
  })
})
