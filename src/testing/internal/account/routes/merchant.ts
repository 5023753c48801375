/**
 * Merchants: sample replies in the known layouts. Nothing is stored and nothing is paid; an invoice repeats the fields of
 * the request. Replies whose keys are not documented are empty.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { MerchantInvoice as Invoice } from "../../../../protocol/records/Merchant.ts"
import {
  MerchantCurrencyConversion,
  MerchantDeposit,
  MerchantInvoice,
  MerchantInvoicePage,
  MerchantInvoiceStat,
  MerchantUnlinkedDeposit
} from "../../../../protocol/records/Merchant.ts"
import type { OpenCall, Routes } from "../route.ts"
import { open, read as readRoute, rows, write as writeRoute } from "../route.ts"

type Answer = (call: OpenCall) => unknown

// that merchants require `bfxpay` is inferred from its name
const read = (path: string, answer: Answer) =>
  readRoute(`r/ext/pay/${path}`, "bfxpay", (call) => Either.right(answer(call)))
const write = (path: string, answer: Answer) =>
  writeRoute(`w/ext/pay/${path}`, "bfxpay", (call) => Either.right(answer(call)))
const unsigned = (method: "GET" | "POST", path: string, answer: Answer) =>
  open(method, `ext/pay/${path}`, (call) => Either.right(answer(call)))

const uuid = "00000000-0000-4000-8000-000000000001"

const payment: NonNullable<Invoice["payment"]> = {
  txid: uuid,
  amount: 0.0004,
  currency: "BTC",
  method: "BTC",
  status: "COMPLETED",
  confirmations: 6,
  createdAt: "2024-01-01 00:00:00",
  updatedAt: "2024-01-01 00:00:00",
  depositId: 4,
  ledgerId: null,
  forceCompleted: true,
  amountDiff: "0"
}

const customer: NonNullable<Invoice["customerInfo"]> = {
  type: "INDIVIDUAL",
  nationality: "DE",
  residCountry: "DE",
  residState: null,
  residCity: "Example",
  residZipCode: "00000",
  residStreet: "Example",
  residBuildingNo: "1",
  fullName: "Example Customer",
  email: "customer@example.com",
  tosAccepted: false,
  ip: "192.0.2.1"
}

const sample = ({ input, now }: OpenCall, changes: Partial<Invoice> = {}): Invoice => ({
  id: input.text("id") ?? uuid,
  t: now,
  type: "ECOMMERCE",
  duration: input.int("duration") ?? 900,
  amount: input.number("amount") ?? 20,
  currency: input.text("currency") ?? "USD",
  orderId: input.text("orderId") ?? "order-1",
  payCurrencies: input.has("payCurrencies") ? input.list("payCurrencies").map(String) : ["BTC"],
  webhook: input.text("webhook") ?? null,
  redirectUrl: input.text("redirectUrl") ?? null,
  status: "CREATED",
  customerInfo: customer,
  invoices: [
    { amount: 0.0004, currency: "BTC", payCurrency: "BTC", poolCurrency: "BTC", address: "fake1address", ext: null }
  ],
  payment: null,
  additionalPayments: null,
  merchantName: null,
  metadata: input.raw("meta") ?? null,
  flags: null,
  recalculatedAt: null,
  ...changes
})

const invoice = (changes: Partial<Invoice> = {}): Answer => (call) => MerchantInvoice.encode(sample(call, changes))

const statistic: Answer = ({ now }) =>
  rows(MerchantInvoiceStat, [{ time: `${new Date(now).toISOString().slice(0, 10)}T00:00:00.000Z`, count: 1 }])

const empty: Answer = () => []
const nothing: Answer = () => ({})
/** the replies to these writes are not documented; the official Python client reads them as true or false */
const done: Answer = () => [true]

export const merchantRoutes: Routes = {
  submitInvoice: write("invoice/create", invoice()),
  submitPosInvoice: write("invoice/create/pos", invoice({ type: "POS", customerInfo: null })),
  listInvoices: read("invoices", (call) => rows(MerchantInvoice, [sample(call)])),
  listInvoicesPaginated: read("invoices/paginated", (call) =>
    MerchantInvoicePage.encode({
      page: call.input.int("page") ?? 1,
      pageSize: call.input.int("pageSize") ?? 10,
      sort: call.input.text("sort") === "desc" ? "desc" : "asc",
      sortField: "t",
      totalPages: 1,
      totalItems: 1,
      items: [sample(call)]
    })),
  invoiceCountStats: read("invoice/stats/count", statistic),
  invoiceEarningStats: read("invoice/stats/earning", statistic),
  completeInvoice: write("invoice/complete", invoice({ status: "COMPLETED", payment })),
  expireInvoice: write("invoice/expire", invoice({ status: "EXPIRED" })),
  listCurrencyConversions: read(
    "settings/convert/list",
    ({ now }) => rows(MerchantCurrencyConversion, [{ baseCcy: "BTC", convertCcy: "USD", created: now }])
  ),
  addCurrencyConversion: write("settings/convert/create", done),
  removeCurrencyConversion: write("settings/convert/remove", done),
  merchantDailyLimits: read("settings/daily/limit", nothing),
  setMerchantSetting: write("settings/set", done),
  setMerchantSettingsBatch: write("settings/set/batch", done),
  getMerchantSetting: read("settings/get", () => null),
  listMerchantSettings: read("settings/list", nothing),
  listMerchantDeposits: read("deposits", ({ now }) =>
    rows(MerchantDeposit, [{
      id: 4,
      invoiceId: uuid,
      orderId: "order-1",
      type: "deposit",
      amount: payment.amount,
      t: now,
      txid: uuid,
      currency: "BTC",
      method: "BTC",
      payMethod: "BTC"
    }])),
  listUnlinkedDeposits: read("deposits/unlinked", () => rows(MerchantUnlinkedDeposit, [])),
  updateInvoice: write("invoice/update", nothing),
  refundInvoice: write("invoice/refund", nothing),
  markInvoiceRefunded: write("invoice/mark/refunded", nothing),
  listInvoiceEvents: read("invoice/events", empty),
  listPayCurrencies: read("currency/list", empty),
  listPayCurrenciesDetailed: read("currency/detailed", empty),
  publicInvoiceCurrenciesDetailed: unsigned("GET", "invoice/currency/detailed", empty),
  payInvoiceInstant: write("instant", nothing),
  uploadMerchantImage: write("upload/image", nothing),
  creditCardRates: read("credit-card/rates", nothing),
  merchantFeedback: write("merchant/feedback", nothing),
  publicInvoiceRegenerate: unsigned("POST", "invoice/regenerate", nothing),
  publicInvoiceFeedback: unsigned("POST", "invoice/feedback", nothing)
}
