/**
 * Merchants: invoices and settings. An invoice is paid only if the merchant completes it.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { MerchantInvoice as Invoice } from "../../../../protocol/records/Merchant.ts"
import {
  MerchantCurrencyConversion,
  MerchantDeposit,
  MerchantInvoice,
  MerchantInvoiceCustomerInfo,
  MerchantInvoicePage,
  MerchantInvoiceStat,
  MerchantUnlinkedDeposit
} from "../../../../protocol/records/Merchant.ts"
import * as Prices from "../../market/prices.ts"
import { isObject } from "../input.ts"
import type { OrRefusal } from "../model.ts"
import { dollarsOf } from "../positions.ts"
import type { Call, Routes } from "../route.ts"
import { days, open, page, read as readRoute, rows, sum, write as writeRoute } from "../route.ts"
import { invalid, refuse } from "../types.ts"

// that merchants require `bfxpay` is inferred from its name
const read = (path: string, answer: (call: Call) => OrRefusal<unknown>) =>
  readRoute(`r/ext/pay/${path}`, "bfxpay", answer)
const write = (path: string, answer: (call: Call) => OrRefusal<unknown>) =>
  writeRoute(`w/ext/pay/${path}`, "bfxpay", answer)

const statuses: ReadonlyArray<string> = ["CREATED", "PENDING", "COMPLETED", "EXPIRED"]

const defaultDuration = 900
const leastDuration = 300
const mostDuration = 3 * 86_400

const stamp = (mts: number): string => new Date(mts).toISOString().slice(0, 19).replace("T", " ")

/** the current state of an invoice, which may have expired */
const aged = (invoice: Invoice, now: number): Invoice =>
  (invoice.status === "CREATED" || invoice.status === "PENDING") && now >= invoice.t + invoice.duration * 1000
    ? { ...invoice, status: "EXPIRED" }
    : invoice

const invoicesOf = ({ now, profile }: Call): ReadonlyArray<Invoice> =>
  Array.from(profile.invoices.values(), (invoice) => aged(invoice, now))

const create = (type: "ECOMMERCE" | "POS") => (call: Call) => {
  const { input, now, profile, venue } = call
  const [amount, currency, orderId] = [input.number("amount") ?? 0, input.text("currency"), input.text("orderId")]
  const payCurrencies = input.list("payCurrencies").filter((code) => typeof code === "string")
  const [duration, customer] = [input.int("duration") ?? defaultDuration, input.raw("customerInfo")]
  if (!(amount > 0)) return refuse(10001, "amount: invalid")
  if (currency === undefined) return invalid("currency")
  if (orderId === undefined) return invalid("orderId")
  if (payCurrencies.length === 0) return invalid("payCurrencies")
  if (!(duration >= leastDuration && duration <= mostDuration)) return invalid("duration")
  const customerInfo = type === "POS" || !isObject(customer)
    ? Either.right(null)
    // the venue fills in the type and the terms
    : MerchantInvoiceCustomerInfo.decode({ ...customer, type: "INDIVIDUAL", tosAccepted: false })
  if ((type === "ECOMMERCE" && !isObject(customer)) || Either.isLeft(customerInfo)) return invalid("customerInfo")
  const { market } = venue.accounts.core
  const invoice: Invoice = {
    id: venue.profiles.uuid(),
    t: now,
    type,
    duration,
    amount,
    currency,
    orderId,
    payCurrencies,
    webhook: input.text("webhook") ?? null,
    redirectUrl: input.text("redirectUrl") ?? null,
    status: "CREATED",
    customerInfo: customerInfo.right,
    invoices: payCurrencies.map((code) => {
      const [payCurrency = code, pool] = code.split("-")
      const price = dollarsOf(market, currency) / dollarsOf(market, payCurrency)
      const address = `fake1${venue.profiles.text("023456789acdefghjklmnpqrstuvwxyz", 38)}`
      return {
        amount: Prices.rounded(amount * price, 8),
        currency: code,
        payCurrency,
        poolCurrency: pool ?? payCurrency,
        address,
        ext: null
      }
    }),
    payment: null,
    additionalPayments: null,
    merchantName: null,
    metadata: input.raw("meta") ?? null,
    flags: null,
    recalculatedAt: null
  }
  profile.invoices.set(invoice.id, invoice)
  return Either.right(MerchantInvoice.encode(invoice))
}

const find = (call: Call): OrRefusal<Invoice> => {
  const found = call.profile.invoices.get(call.input.text("id") ?? "")
  return found === undefined ? refuse(10001, "Invoice not found.") : Either.right(aged(found, call.now))
}

const complete = (call: Call) =>
  Either.flatMap(find(call), (invoice) => {
    const { input, now, profile, venue } = call
    const option = invoice.invoices.find((one) => one.currency === input.text("payCcy"))
    if (option === undefined) return invalid("payCcy")
    if (!["depositId", "ledgerId", "depositIds"].some(input.has)) return invalid("depositId")
    const completed: Invoice = {
      ...invoice,
      status: "COMPLETED",
      payment: {
        txid: venue.profiles.uuid(),
        amount: option.amount,
        currency: option.payCurrency,
        method: option.currency,
        status: "COMPLETED",
        confirmations: 6,
        createdAt: stamp(now),
        updatedAt: stamp(now),
        depositId: input.int("depositId") ?? null,
        ledgerId: input.int("ledgerId") ?? null,
        forceCompleted: true,
        amountDiff: "0"
      }
    }
    profile.invoices.set(invoice.id, completed)
    return Either.right(MerchantInvoice.encode(completed))
  })

const expire = (call: Call) =>
  Either.flatMap(find(call), (invoice) => {
    if (invoice.status === "COMPLETED") return refuse(10001, "Invoice is completed.")
    const expired = { ...invoice, status: "EXPIRED" }
    call.profile.invoices.set(invoice.id, expired)
    return Either.right(MerchantInvoice.encode(expired))
  })

const list = (call: Call) => {
  const id = call.input.text("id")
  const found = invoicesOf(call).filter((invoice) => id === undefined || invoice.id === id)
  return Either.map(
    page(call, found, (invoice) => invoice.t, { default: 10, max: 100 }),
    (all) => rows(MerchantInvoice, all)
  )
}

const paginated = (call: Call) => {
  const { input } = call
  const [number, size] = [input.int("page") ?? 1, input.int("pageSize") ?? 10]
  const [sort, field] = [input.text("sort") ?? "asc", input.text("sortField") ?? "t"]
  if (!(number >= 1)) return invalid("page")
  if (!(size >= 1 && size <= 100)) return invalid("pageSize")
  if (sort !== "asc" && sort !== "desc") return invalid("sort")
  if (field !== "t" && field !== "amount" && field !== "status") return invalid("sortField")
  const [states, fiat, crypto] = ["status", "fiat", "crypto"].map((name) => input.list(name).map(String))
  const [id, orderId] = [input.text("id"), input.text("orderId")]
  const found = invoicesOf(call).filter((invoice) =>
    (states!.length === 0 || states!.includes(invoice.status)) &&
    (fiat!.length === 0 || fiat!.includes(invoice.currency)) &&
    (crypto!.length === 0 || invoice.payCurrencies.some((code) => crypto!.includes(code))) &&
    (id === undefined || invoice.id === id) && (orderId === undefined || invoice.orderId === orderId)
  )
  const direction = sort === "asc" ? 1 : -1
  found.sort((a, b) => (a[field] < b[field] ? -1 : a[field] > b[field] ? 1 : 0) * direction)
  return Either.right(MerchantInvoicePage.encode({
    page: number,
    pageSize: size,
    sort,
    sortField: field,
    totalPages: Math.ceil(found.length / size),
    totalItems: found.length,
    items: found.slice((number - 1) * size, number * size)
  }))
}

/** time span that a format covers */
const formats: { readonly [format: string]: number } = { D: 1, W: 7, M: 31, Y: 366, A: Infinity }

/** by day, the values of `of` for the invoices of that day */
const statistic = (call: Call, is: (invoice: Invoice) => boolean, of: (invoices: ReadonlyArray<Invoice>) => number) => {
  const format = call.input.text("format") ?? ""
  if (!Object.hasOwn(formats, format)) return invalid("format")
  const since = call.now - days(formats[format]!)
  const byDay = new Map<string, Array<Invoice>>()
  for (const invoice of invoicesOf(call)) {
    if (invoice.t < since || !is(invoice)) continue
    const time = `${new Date(invoice.t).toISOString().slice(0, 10)}T00:00:00.000Z`
    byDay.set(time, [...byDay.get(time) ?? [], invoice])
  }
  return Either.right(rows(MerchantInvoiceStat, Array.from(byDay, ([time, all]) => ({ time, count: of(all) }))))
}

/** the replies to these writes are not documented */
const done = Either.right([true])

const settingOf = (value: unknown): readonly [key: string, value: unknown] | undefined =>
  isObject(value) && typeof value["key"] === "string"
    ? [value["key"], value["val"] ?? value["value"] ?? null]
    : undefined

const set = ({ profile }: Call, settings: ReadonlyArray<unknown>): OrRefusal<unknown> => {
  const parsed = settings.map(settingOf)
  for (const one of parsed) if (one === undefined) return invalid("key")
  for (const one of parsed) {
    if (one === undefined) continue
    const [key, value] = one
    // null deletes the setting
    if (value === null) profile.merchantSettings.delete(key)
    else profile.merchantSettings.set(key, value)
  }
  return done
}

const conversion = ({ input }: Call): OrRefusal<readonly [base: string, convert: string]> => {
  // stored as global codes: UST-ETH is UST
  const [base, convert] = ["baseCcy", "convertCcy"].map((name) => input.text(name)?.split("-")[0])
  return base === undefined
    ? invalid("baseCcy")
    : convert === undefined
    ? invalid("convertCcy")
    : Either.right([base, convert])
}

const deposits = ({ input, ...call }: Call) => {
  const [from, to, id] = [input.int("from") ?? 0, input.int("to") ?? Infinity, input.int("id")]
  const currency = input.text("ccy")
  if (Number.isNaN(from)) return invalid("from")
  if (Number.isNaN(to)) return invalid("to")
  const paid = invoicesOf({ input, ...call }).flatMap(({ id: invoiceId, orderId, payment, t }) =>
    payment === null ? [] : [{
      id: payment.depositId ?? payment.ledgerId ?? 0,
      invoiceId,
      orderId,
      type: payment.ledgerId === null ? "deposit" : "ledger",
      amount: payment.amount,
      t,
      txid: payment.txid,
      currency: payment.currency,
      method: payment.method,
      payMethod: payment.method
    }]
  )
  const found = paid.filter((one) =>
    (id === undefined ? one.t >= from && one.t <= to : one.id === id) &&
    (currency === undefined || one.currency === currency)
  )
  return Either.right(rows(MerchantDeposit, input.raw("unlinked") === true ? [] : found))
}

const currencies = ({ venue }: { readonly venue: Call["venue"] }) =>
  Array.from(venue.profiles.methods.values(), ({ currency, name }) => ({ currency, method: name.toUpperCase() }))

/** by id, the invoice must exist; the other parts of the reply are not known */
const ofInvoice = (call: Call) => Either.map(find(call), (invoice) => MerchantInvoice.encode(invoice))

const score = (value: number | undefined): boolean => value !== undefined && value >= 1 && value <= 5

export const merchantRoutes: Routes = {
  submitInvoice: write("invoice/create", create("ECOMMERCE")),
  submitPosInvoice: write("invoice/create/pos", create("POS")),
  listInvoices: read("invoices", list),
  listInvoicesPaginated: read("invoices/paginated", paginated),
  invoiceCountStats: read("invoice/stats/count", (call) => {
    const status = call.input.text("status") ?? ""
    if (!statuses.includes(status)) return invalid("status")
    return statistic(call, (invoice) => invoice.status === status, (all) => all.length)
  }),
  invoiceEarningStats: read("invoice/stats/earning", (call) => {
    const currency = call.input.text("currency")
    if (currency === undefined) return invalid("currency")
    const is = (invoice: Invoice) => invoice.status === "COMPLETED" && invoice.currency === currency
    return statistic(call, is, (all) => sum(all.map((invoice) => invoice.amount)))
  }),
  completeInvoice: write("invoice/complete", complete),
  expireInvoice: write("invoice/expire", expire),
  listCurrencyConversions: read(
    "settings/convert/list",
    ({ profile }) => Either.right(rows(MerchantCurrencyConversion, profile.conversions))
  ),
  addCurrencyConversion: write(
    "settings/convert/create",
    (call) =>
      Either.map(conversion(call), ([baseCcy, convertCcy]) => {
        call.profile.conversions.push({ baseCcy, convertCcy, created: call.now })
        return [true]
      })
  ),
  removeCurrencyConversion: write(
    "settings/convert/remove",
    (call) =>
      Either.map(conversion(call), ([baseCcy, convertCcy]) => {
        const all = call.profile.conversions
        const at = all.findIndex((one) => one.baseCcy === baseCcy && one.convertCcy === convertCcy)
        if (at >= 0) all.splice(at, 1)
        return [at >= 0]
      })
  ),
  // the keys of these rows are not known; the names are the manual's terms
  merchantDailyLimits: read(
    "settings/daily/limit",
    () => Either.right({ ecommerceLimit: 10_000, posLimit: 1000, ecommerceCustomerUsage: 0, posUsage: 0 })
  ),
  setMerchantSetting: write(
    "settings/set",
    (call) => set(call, [{ key: call.input.raw("key"), val: call.input.raw("val") ?? call.input.raw("value") }])
  ),
  setMerchantSettingsBatch: write("settings/set/batch", (call) => set(call, call.input.list("settings"))),
  getMerchantSetting: read("settings/get", ({ input, profile }) => {
    const key = input.text("key")
    return key === undefined ? invalid("key") : Either.right(profile.merchantSettings.get(key) ?? null)
  }),
  listMerchantSettings: read("settings/list", ({ input, profile }) => {
    const keys = input.list("keys").map(String)
    return Either.right(
      Object.fromEntries([...profile.merchantSettings].filter(([key]) => keys.length === 0 || keys.includes(key)))
    )
  }),
  listMerchantDeposits: read("deposits", deposits),
  // every payment here belongs to an invoice
  listUnlinkedDeposits: read(
    "deposits/unlinked",
    ({ input }) => input.has("ccy") ? Either.right(rows(MerchantUnlinkedDeposit, [])) : invalid("ccy")
  ),
  updateInvoice: write("invoice/update", ofInvoice),
  refundInvoice: write("invoice/refund", ofInvoice),
  markInvoiceRefunded: write("invoice/mark/refunded", ofInvoice),
  listInvoiceEvents: read(
    "invoice/events",
    (call) => Either.right(invoicesOf(call).map(({ id, status, t }) => ({ invoiceId: id, status, t })))
  ),
  listPayCurrencies: read("currency/list", (call) => Either.right(currencies(call).map(({ currency }) => currency))),
  listPayCurrenciesDetailed: read("currency/detailed", (call) => Either.right(currencies(call))),
  publicInvoiceCurrenciesDetailed: open(
    "GET",
    "ext/pay/invoice/currency/detailed",
    (call) => Either.right(currencies(call))
  ),
  payInvoiceInstant: write("instant", ofInvoice),
  uploadMerchantImage: write(
    "upload/image",
    ({ input }) => input.text("type") === "LOGO" && input.has("image") ? done : invalid("image")
  ),
  creditCardRates: read("credit-card/rates", ofInvoice),
  merchantFeedback: write("merchant/feedback", ({ input }) => score(input.int("score")) ? done : invalid("score")),
  publicInvoiceRegenerate: open(
    "POST",
    "ext/pay/invoice/regenerate",
    ({ input }) => input.has("id") ? done : invalid("id")
  ),
  publicInvoiceFeedback: open(
    "POST",
    "ext/pay/invoice/feedback",
    ({ input }) => input.has("id") && score(input.int("score")) ? done : invalid("score")
  )
}
