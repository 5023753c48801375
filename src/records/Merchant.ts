/**
 * Payments to merchants. Their pages have left the index of the manual.
 *
 * These records travel as objects. The manual names terms, not JSON keys; most keys are those of the venue's own clients.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * Who an invoice is for.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoiceCustomerInfo = Layout.object("MerchantInvoiceCustomerInfo", {
  /** INDIVIDUAL or BUSINESS; the key is inferred */ type: ["type", Field.nullable(Field.str)],
  /** code of two letters */ nationality: ["nationality", Field.nullable(Field.str)],
  /** code of two letters */ residCountry: ["residCountry", Field.nullable(Field.str)],
  /** state or province */ residState: ["residState", Field.nullable(Field.str)],
  /** city */ residCity: ["residCity", Field.nullable(Field.str)],
  /** postal code */ residZipCode: ["residZipCode", Field.nullable(Field.str)],
  /** street */ residStreet: ["residStreet", Field.nullable(Field.str)],
  /** number of the house */ residBuildingNo: ["residBuildingNo", Field.nullable(Field.str)],
  /** name */ fullName: ["fullName", Field.nullable(Field.str)],
  /** address for mail */ email: ["email", Field.nullable(Field.str)],
  /** whether the terms were accepted */ tosAccepted: ["tosAccepted", Field.nullable(Field.bool)],
  /** address of the customer; the key is inferred */ ip: ["ip", Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoiceCustomerInfo = Layout.Type<typeof MerchantInvoiceCustomerInfo>

/**
 * What is to be paid in one of the currencies, and where.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoicePayOption = Layout.object("MerchantInvoicePayOption", {
  /** in `payCurrency` */ amount: ["amount", Field.num],
  /** pay currency, as in `payCurrencies`: UST-ETH */ currency: ["currency", Field.str],
  /** code of the currency */ payCurrency: ["payCurrency", Field.str],
  /** network that it moves on */ poolCurrency: ["poolCurrency", Field.str],
  /** where to pay */ address: ["address", Field.nullable(Field.str)],
  /** for Lightning: hash, payment_request, node_pub; as it came */ ext: ["ext", Field.nullable(Field.json)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoicePayOption = Layout.Type<typeof MerchantInvoicePayOption>

/**
 * One payment of an invoice.
 *
 * @see https://docs.bitfinex.com/reference/invoice-list
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoicePayment = Layout.object("MerchantInvoicePayment", {
  /** transaction on its network */ txid: ["txid", Field.nullable(Field.str)],
  /** in `currency` */ amount: ["amount", Field.num],
  /** code of the currency */ currency: ["currency", Field.str],
  /** name of the method */ method: ["method", Field.str],
  /** CREATED, COMPLETED or PROCESSING */ status: ["status", Field.str],
  /** on its network */ confirmations: ["confirmations", Field.nullable(Field.int)],
  /** text, YYYY-MM-DD hh:mm:ss */ createdAt: ["created_at", Field.str],
  /** text, YYYY-MM-DD hh:mm:ss */ updatedAt: ["updated_at", Field.str],
  /** deposit that it is */ depositId: ["depositId", Field.nullable(Field.int)],
  /** ledger entry that it is */ ledgerId: ["ledgerId", Field.nullable(Field.int)],
  /** whether the merchant completed it */ forceCompleted: ["forceCompleted", Field.nullable(Field.bool)],
  /** difference to what was asked, as text */ amountDiff: ["amountDiff", Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoicePayment = Layout.Type<typeof MerchantInvoicePayment>

/**
 * One invoice.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoice = Layout.object("MerchantInvoice", {
  /** UUID */ id: ["id", Field.str],
  /** ms of its creation */ t: ["t", Field.mts],
  /** ECOMMERCE or POS */ type: ["type", Field.str],
  /** seconds until it expires */ duration: ["duration", Field.int],
  /** in `currency` */ amount: ["amount", Field.num],
  /** code of the currency */ currency: ["currency", Field.str],
  /** the merchant's own */ orderId: ["orderId", Field.str],
  /** what it may be paid in */ payCurrencies: ["payCurrencies", Field.list(Field.str)],
  /** address that is told */ webhook: ["webhook", Field.nullable(Field.str)],
  /** address that the customer is sent to */ redirectUrl: ["redirectUrl", Field.nullable(Field.str)],
  /** CREATED, PENDING, COMPLETED or EXPIRED */ status: ["status", Field.str],
  /** null for POS */ customerInfo: ["customerInfo", Field.nullable(Layout.field(MerchantInvoiceCustomerInfo))],
  /** what to pay, by currency */ invoices: ["invoices", Field.list(Layout.field(MerchantInvoicePayOption))],
  /** absent until it is paid */ payment: ["payment", Field.nullable(Layout.field(MerchantInvoicePayment))],
  /** what was paid beyond it */
  additionalPayments: ["additionalPayments", Field.nullable(Field.list(Layout.field(MerchantInvoicePayment)))],
  /** in lists only */ merchantName: ["merchantName", Field.nullable(Field.str)],
  /** as it came; the key is inferred */ metadata: ["metadata", Field.nullable(Field.json)],
  /** only `ip:prohibited` is documented */ flags: ["flags", Field.nullable(Field.list(Field.str))],
  /** ms; the key is inferred */ recalculatedAt: ["recalculatedAt", Field.nullable(Field.mts)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoice = Layout.Type<typeof MerchantInvoice>

/**
 * One page of invoices.
 *
 * @see https://docs.bitfinex.com/reference/invoice-list-paginated
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoicePage = Layout.object("MerchantInvoicePage", {
  /** from 1 */ page: ["page", Field.int],
  /** invoices a page */ pageSize: ["pageSize", Field.int],
  /** asc or desc */ sort: ["sort", Field.str],
  /** t, amount or status */ sortField: ["sortField", Field.str],
  /** pages there are */ totalPages: ["totalPages", Field.int],
  /** invoices there are */ totalItems: ["totalItems", Field.int],
  /** the invoices; the key is inferred */ items: ["items", Field.list(Layout.field(MerchantInvoice))]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoicePage = Layout.Type<typeof MerchantInvoicePage>

/**
 * Invoices of one day, by number or by what they earned.
 *
 * @see https://docs.bitfinex.com/reference/invoice-count-stats
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoiceStat = Layout.object("MerchantInvoiceStat", {
  /** ISO date, UTC */ time: ["time", Field.str],
  /** number of invoices, or the sum earned */ count: ["count", Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoiceStat = Layout.Type<typeof MerchantInvoiceStat>

/**
 * A currency that is converted when it comes in.
 *
 * @see https://docs.bitfinex.com/reference/conversion-list
 * @since 0.1.0
 * @category records
 */
export const MerchantCurrencyConversion = Layout.object("MerchantCurrencyConversion", {
  /** what comes in */ baseCcy: ["baseCcy", Field.str],
  /** what it becomes */ convertCcy: ["convertCcy", Field.str],
  /** time since the epoch; whether seconds or ms is unknown */ created: ["created", Field.int]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantCurrencyConversion = Layout.Type<typeof MerchantCurrencyConversion>

/**
 * One payment that came in.
 *
 * @see https://docs.bitfinex.com/reference/merchant-payments
 * @since 0.1.0
 * @category records
 */
export const MerchantDeposit = Layout.object("MerchantDeposit", {
  /** of the deposit or the ledger entry, by `type` */ id: ["id", Field.int],
  /** invoice that it pays, if any */ invoiceId: ["invoiceId", Field.nullable(Field.str)],
  /** the merchant's own */ orderId: ["orderId", Field.nullable(Field.str)],
  /** ledger or deposit */ type: ["type", Field.str],
  /** in `currency` */ amount: ["amount", Field.num],
  /** ms */ t: ["t", Field.mts],
  /** transaction on its network */ txid: ["txid", Field.nullable(Field.str)],
  /** code of the currency */ currency: ["currency", Field.str],
  /** name of the method */ method: ["method", Field.str],
  /** pay currency */ payMethod: ["payMethod", Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantDeposit = Layout.Type<typeof MerchantDeposit>

/**
 * One payment that belongs to no invoice.
 *
 * @see https://docs.bitfinex.com/reference/unlinked-deposits
 * @since 0.1.0
 * @category records
 */
export const MerchantUnlinkedDeposit = Layout.object("MerchantUnlinkedDeposit", {
  /** of the deposit */ id: ["id", Field.int],
  /** name of the method */ method: ["method", Field.str],
  /** code of the currency */ currency: ["currency", Field.str],
  /** ms; the key is inferred */ createdAt: ["createdAt", Field.mts],
  /** ms; the key is inferred */ updatedAt: ["updatedAt", Field.mts],
  /** in `currency` */ amount: ["amount", Field.num],
  /** in `currency` */ fee: ["fee", Field.nullable(Field.num)],
  /** transaction on its network */ txid: ["txid", Field.nullable(Field.str)],
  /** where it was paid to */ address: ["address", Field.nullable(Field.str)],
  /** tag or memo */ paymentId: ["paymentId", Field.nullable(Field.str)],
  /** state of the deposit */ status: ["status", Field.str],
  /** text for people */ note: ["note", Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantUnlinkedDeposit = Layout.Type<typeof MerchantUnlinkedDeposit>

/**
 * What the venue posts to the merchant's webhook, once and without repeating it.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoiceWebhook = Layout.object("MerchantInvoiceWebhook", {
  /** of the invoice */ id: ["id", Field.str],
  /** ECOMMERCE or POS */ type: ["type", Field.str],
  /** the merchant's own */ orderId: ["orderId", Field.str],
  /** COMPLETED or EXPIRED */ status: ["status", Field.str],
  /** in `currency` */ amount: ["amount", Field.num],
  /** code of the currency */ currency: ["currency", Field.str],
  /** ms of the invoice's creation */ t: ["t", Field.mts],
  /** the one that was paid; empty when it expired */
  invoices: ["invoices", Field.list(Layout.field(MerchantInvoicePayOption))],
  /** absent when it expired */ payment: ["payment", Field.nullable(Layout.field(MerchantInvoicePayment))],
  /** what was paid beyond it */
  additionalPayments: ["additionalPayments", Field.nullable(Field.list(Layout.field(MerchantInvoicePayment)))]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MerchantInvoiceWebhook = Layout.Type<typeof MerchantInvoiceWebhook>
