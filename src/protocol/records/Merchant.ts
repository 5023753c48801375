/**
 * Payments to merchants. The index of the manual no longer lists their pages.
 *
 * These records are JSON objects. The manual names terms, not JSON keys; most keys are taken from the venue's own
 * clients.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const merchantInvoiceCustomerInfoLayout = Layout.object("MerchantInvoiceCustomerInfo", (at) => ({
  /** INDIVIDUAL or BUSINESS; the key is inferred */ type: at("type", Field.nullable(Field.str)),
  /** code of two letters */ nationality: at("nationality", Field.nullable(Field.str)),
  /** code of two letters */ residCountry: at("residCountry", Field.nullable(Field.str)),
  /** state or province */ residState: at("residState", Field.nullable(Field.str)),
  /** city */ residCity: at("residCity", Field.nullable(Field.str)),
  /** postal code */ residZipCode: at("residZipCode", Field.nullable(Field.str)),
  /** street */ residStreet: at("residStreet", Field.nullable(Field.str)),
  /** number of the house */ residBuildingNo: at("residBuildingNo", Field.nullable(Field.str)),
  /** name */ fullName: at("fullName", Field.nullable(Field.str)),
  /** email address */ email: at("email", Field.nullable(Field.str)),
  /** whether the terms were accepted */ tosAccepted: at("tosAccepted", Field.nullable(Field.bool)),
  /** IP address of the customer; the key is inferred */ ip: at("ip", Field.nullable(Field.str))
}))
/**
 * The customer of an invoice.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoiceCustomerInfo extends Layout.Type<typeof merchantInvoiceCustomerInfoLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoiceCustomerInfo: Layout.Layout<MerchantInvoiceCustomerInfo> = merchantInvoiceCustomerInfoLayout

const merchantInvoicePayOption = Layout.object("MerchantInvoicePayOption", (at) => ({
  /** in `payCurrency` */ amount: at("amount", Field.num),
  /** pay currency, as in `payCurrencies`: UST-ETH */ currency: at("currency", Field.str),
  /** code of the currency */ payCurrency: at("payCurrency", Field.str),
  /** network of the currency */ poolCurrency: at("poolCurrency", Field.str),
  /** address to pay to */ address: at("address", Field.nullable(Field.str)),
  /** for Lightning: hash, payment_request, node_pub; undecoded */ ext: at("ext", Field.nullable(Field.json))
}))
/**
 * The amount and the address for paying in one of the currencies.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoicePayOption extends Layout.Type<typeof merchantInvoicePayOption> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoicePayOption: Layout.Layout<MerchantInvoicePayOption> = merchantInvoicePayOption

const merchantInvoicePaymentLayout = Layout.object("MerchantInvoicePayment", (at) => ({
  /** id of the transaction on its network */ txid: at("txid", Field.nullable(Field.str)),
  /** in `currency` */ amount: at("amount", Field.num),
  /** code of the currency */ currency: at("currency", Field.str),
  /** name of the method */ method: at("method", Field.str),
  /** CREATED, COMPLETED or PROCESSING */ status: at("status", Field.str),
  /** confirmations on its network */ confirmations: at("confirmations", Field.nullable(Field.int)),
  /** text, YYYY-MM-DD hh:mm:ss */ createdAt: at("created_at", Field.str),
  /** text, YYYY-MM-DD hh:mm:ss */ updatedAt: at("updated_at", Field.str),
  /** id of the deposit */ depositId: at("depositId", Field.nullable(Field.int)),
  /** id of the ledger entry */ ledgerId: at("ledgerId", Field.nullable(Field.int)),
  /** whether the merchant completed it */ forceCompleted: at("forceCompleted", Field.nullable(Field.bool)),
  /** difference to the requested amount, as text */ amountDiff: at("amountDiff", Field.nullable(Field.str))
}))
/**
 * One payment of an invoice.
 *
 * @see https://docs.bitfinex.com/reference/invoice-list
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoicePayment extends Layout.Type<typeof merchantInvoicePaymentLayout> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoicePayment: Layout.Layout<MerchantInvoicePayment> = merchantInvoicePaymentLayout

const textsOrNull = Field.nullable(Field.list(Field.str))
const merchantInvoicePayments = Field.nullable(Field.list(Layout.field(MerchantInvoicePayment)))

const merchantInvoicePayment = Field.nullable(Layout.field(MerchantInvoicePayment))
const merchantInvoicePayOptions = Field.list(Layout.field(MerchantInvoicePayOption))

const merchantInvoiceCustomerInfo = Field.nullable(Layout.field(MerchantInvoiceCustomerInfo))
const texts = Field.list(Field.str)

const merchantInvoice = Layout.object("MerchantInvoice", (at) => ({
  /** UUID */ id: at("id", Field.str),
  /** ms of its creation */ t: at("t", Field.mts),
  /** ECOMMERCE or POS */ type: at("type", Field.str),
  /** seconds until it expires */ duration: at("duration", Field.int),
  /** in `currency` */ amount: at("amount", Field.num),
  /** code of the currency */ currency: at("currency", Field.str),
  /** the merchant's id of the order */ orderId: at("orderId", Field.str),
  /** currencies that it may be paid in */ payCurrencies: at("payCurrencies", texts),
  /** URL that the venue notifies */ webhook: at("webhook", Field.nullable(Field.str)),
  /** URL that the customer is redirected to */ redirectUrl: at("redirectUrl", Field.nullable(Field.str)),
  /** CREATED, PENDING, COMPLETED or EXPIRED */ status: at("status", Field.str),
  /** null for POS */ customerInfo: at("customerInfo", merchantInvoiceCustomerInfo),
  /** payment options, by currency */ invoices: at("invoices", merchantInvoicePayOptions),
  /** absent until it is paid */ payment: at("payment", merchantInvoicePayment),
  /** additional payments */
  additionalPayments: at("additionalPayments", merchantInvoicePayments),
  /** name of the merchant; in lists only */ merchantName: at("merchantName", Field.nullable(Field.str)),
  /** undecoded; the key is inferred */ metadata: at("metadata", Field.nullable(Field.json)),
  /** only `ip:prohibited` is documented */ flags: at("flags", textsOrNull),
  /** ms; the key is inferred */ recalculatedAt: at("recalculatedAt", Field.nullable(Field.mts))
}))
/**
 * One invoice.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoice extends Layout.Type<typeof merchantInvoice> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoice: Layout.Layout<MerchantInvoice> = merchantInvoice

const merchantInvoices = Field.list(Layout.field(MerchantInvoice))

const merchantInvoicePage = Layout.object("MerchantInvoicePage", (at) => ({
  /** from 1 */ page: at("page", Field.int),
  /** invoices per page */ pageSize: at("pageSize", Field.int),
  /** asc or desc */ sort: at("sort", Field.str),
  /** t, amount or status */ sortField: at("sortField", Field.str),
  /** total number of pages */ totalPages: at("totalPages", Field.int),
  /** total number of invoices */ totalItems: at("totalItems", Field.int),
  /** the invoices; the key is inferred */ items: at("items", merchantInvoices)
}))
/**
 * One page of invoices.
 *
 * @see https://docs.bitfinex.com/reference/invoice-list-paginated
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoicePage extends Layout.Type<typeof merchantInvoicePage> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoicePage: Layout.Layout<MerchantInvoicePage> = merchantInvoicePage

const merchantInvoiceStat = Layout.object("MerchantInvoiceStat", (at) => ({
  /** ISO date, UTC */ time: at("time", Field.str),
  /** number of invoices, or their revenue */ count: at("count", Field.num)
}))
/**
 * The number of invoices of one day, or their revenue.
 *
 * @see https://docs.bitfinex.com/reference/invoice-count-stats
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoiceStat extends Layout.Type<typeof merchantInvoiceStat> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoiceStat: Layout.Layout<MerchantInvoiceStat> = merchantInvoiceStat

const merchantCurrencyConversion = Layout.object("MerchantCurrencyConversion", (at) => ({
  /** currency received */ baseCcy: at("baseCcy", Field.str),
  /** currency that it is converted to */ convertCcy: at("convertCcy", Field.str),
  /** time since the epoch; whether seconds or ms is unknown */ created: at("created", Field.int)
}))
/**
 * A currency that is converted on receipt.
 *
 * @see https://docs.bitfinex.com/reference/conversion-list
 * @since 0.1.0
 * @category records
 */
export interface MerchantCurrencyConversion extends Layout.Type<typeof merchantCurrencyConversion> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantCurrencyConversion: Layout.Layout<MerchantCurrencyConversion> = merchantCurrencyConversion

const merchantDeposit = Layout.object("MerchantDeposit", (at) => ({
  /** id of the deposit or the ledger entry, depending on `type` */ id: at("id", Field.int),
  /** id of the invoice that it pays; null without an invoice */ invoiceId: at("invoiceId", Field.nullable(Field.str)),
  /** the merchant's id of the order */ orderId: at("orderId", Field.nullable(Field.str)),
  /** ledger or deposit */ type: at("type", Field.str),
  /** in `currency` */ amount: at("amount", Field.num),
  /** ms */ t: at("t", Field.mts),
  /** id of the transaction on its network */ txid: at("txid", Field.nullable(Field.str)),
  /** code of the currency */ currency: at("currency", Field.str),
  /** name of the method */ method: at("method", Field.str),
  /** pay currency */ payMethod: at("payMethod", Field.nullable(Field.str))
}))
/**
 * One received payment.
 *
 * @see https://docs.bitfinex.com/reference/merchant-payments
 * @since 0.1.0
 * @category records
 */
export interface MerchantDeposit extends Layout.Type<typeof merchantDeposit> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantDeposit: Layout.Layout<MerchantDeposit> = merchantDeposit

const merchantUnlinkedDeposit = Layout.object("MerchantUnlinkedDeposit", (at) => ({
  /** id of the deposit */ id: at("id", Field.int),
  /** name of the method */ method: at("method", Field.str),
  /** code of the currency */ currency: at("currency", Field.str),
  /** ms; the key is inferred */ createdAt: at("createdAt", Field.mts),
  /** ms; the key is inferred */ updatedAt: at("updatedAt", Field.mts),
  /** in `currency` */ amount: at("amount", Field.num),
  /** in `currency` */ fee: at("fee", Field.nullable(Field.num)),
  /** id of the transaction on its network */ txid: at("txid", Field.nullable(Field.str)),
  /** address that it was paid to */ address: at("address", Field.nullable(Field.str)),
  /** tag or memo */ paymentId: at("paymentId", Field.nullable(Field.str)),
  /** state of the deposit */ status: at("status", Field.str),
  /** text for people */ note: at("note", Field.nullable(Field.str))
}))
/**
 * One payment that belongs to no invoice.
 *
 * @see https://docs.bitfinex.com/reference/unlinked-deposits
 * @since 0.1.0
 * @category records
 */
export interface MerchantUnlinkedDeposit extends Layout.Type<typeof merchantUnlinkedDeposit> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantUnlinkedDeposit: Layout.Layout<MerchantUnlinkedDeposit> = merchantUnlinkedDeposit

const merchantInvoiceWebhook = Layout.object("MerchantInvoiceWebhook", (at) => ({
  /** id of the invoice */ id: at("id", Field.str),
  /** ECOMMERCE or POS */ type: at("type", Field.str),
  /** the merchant's id of the order */ orderId: at("orderId", Field.str),
  /** COMPLETED or EXPIRED */ status: at("status", Field.str),
  /** in `currency` */ amount: at("amount", Field.num),
  /** code of the currency */ currency: at("currency", Field.str),
  /** ms of the invoice's creation */ t: at("t", Field.mts),
  /** the payment option that was used; empty if the invoice expired */
  invoices: at("invoices", merchantInvoicePayOptions),
  /** absent if the invoice expired */ payment: at("payment", merchantInvoicePayment),
  /** additional payments */
  additionalPayments: at("additionalPayments", merchantInvoicePayments)
}))
/**
 * The message that the venue posts to the merchant's webhook, once and without retries.
 *
 * @see https://docs.bitfinex.com/reference/submit-invoice
 * @since 0.1.0
 * @category records
 */
export interface MerchantInvoiceWebhook extends Layout.Type<typeof merchantInvoiceWebhook> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MerchantInvoiceWebhook: Layout.Layout<MerchantInvoiceWebhook> = merchantInvoiceWebhook
