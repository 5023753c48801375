/**
 * Transfers between wallets, deposits and withdrawals as a table of rows. All endpoints need a key.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Decimals from "../Decimal.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import {
  DepositAddress,
  DepositAddressEntry,
  LightningInvoice,
  Movement,
  MovementInfo,
  ThalexFreeTransferCount,
  ThalexTransfer,
  Transfer,
  Withdrawal
} from "../records/Movement.ts"
import { Notification } from "../records/Notification.ts"

const thalex = {
  /** the word `thalex` */
  provider: Param.oneOf("thalex"),
  /** in `ccy` */
  amount: Inputs.amount,
  /** code of the currency */
  ccy: Param.oneOf("USE", "ETH", "BTC"),
  /** proof of the second factor, an object whose inner form is not documented */
  tfaToken: Body.record(Body.json)
}

const checkWithdrawal = (args: Endpoint.AnyArgs): Endpoint.Complaint | undefined => {
  const isLightning = String(args["method"]).toLowerCase() === "lnx"
  if (isLightning && args["invoice"] === undefined) return { field: "invoice", reason: "the method lnx needs it" }
  if (!isLightning && args["invoice"] !== undefined) {
    return { field: "invoice", reason: "only the method lnx pays invoices; give amount and address" }
  }
  const { destCorpName, destFirstname, destLastname } = args
  if ((destFirstname === undefined) !== (destLastname === undefined)) {
    return { field: destFirstname === undefined ? "destFirstname" : "destLastname", reason: "give both names" }
  }
  return destCorpName !== undefined && destFirstname !== undefined
    ? { field: "destCorpName", reason: "it replaces the names of a person; give one of them" }
    : undefined
}

const inInvoice = (text: string | undefined): boolean => Number(text) >= 0.000001 && Number(text) <= 0.02

const checkInvoice = ({ amount }: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  inInvoice(Option.getOrUndefined(Decimals.print(amount)))
    ? undefined
    : { field: "amount", reason: "an invoice is of 0.000001 to 0.02 BTC" }

const checkPayments = ({ action, query }: Endpoint.AnyArgs): Endpoint.Complaint | undefined =>
  String(action).endsWith("ById") === ("txid" in (query as object))
    ? undefined
    : { field: "query", reason: "the actions ById need a txid, the other actions have none" }

/** the status is SUCCESS, and only the text gives the reason */
const denies = (info: unknown): boolean => Array.isArray(info) && (info[0] === 0 || info[0] === null)

/**
 * Transfers, deposits, withdrawals.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const transferEndpoints = Endpoint.table("account", {
  /** Transfers funds between wallets or accounts, and converts them if `currencyTo` is given. */
  transferBetweenWallets: Endpoint.write({
    path: "v2/auth/w/transfer",
    params: {
      /** source wallet; trading and deposit are old names of margin and funding */
      from: Inputs.wallet,
      /** destination wallet */
      to: Inputs.wallet,
      /** code without prefix */
      currency: Param.currency,
      /** currency that it is converted to: UST to USTF0, for derivatives */
      currencyTo: Param.named("currency_to", Param.optional(Param.currency)),
      /** in `currency` */
      amount: Inputs.amount,
      /** email address of the receiving sub- or master account */
      emailDst: Param.named("email_dst", Param.optional(Param.text)),
      /** id of the receiving account */
      userIdDst: Param.named("user_id_dst", Param.optional(Param.id)),
      /** proof of the second factor; needed between accounts with a token */
      tfaToken: Param.optional(Body.json)
    },
    ...Notification.reply("acc_tf", Layout.wrapped(Transfer)),
    limit: null,
    doc: "rest-auth-transfer"
  }),

  /**
   * Address for deposits. Creates a new address on request, at most 15 a month for each currency; old addresses stay
   * valid.
   */
  depositAddress: Endpoint.write({
    path: "v2/auth/w/deposit/address",
    params: {
      /** wallet that receives the deposits; trading and deposit are old names of margin and funding */
      wallet: Inputs.wallet,
      /** name in lower case, from the configuration `pub:map:tx:method` */
      method: Param.text,
      /** whether to create a new address */
      opRenew: Param.named("op_renew", Param.optional(Param.flag))
    },
    ...Notification.reply("acc_dep", Layout.wrapped(DepositAddress)),
    idempotent: true,
    limit: [10, 60],
    doc: "rest-auth-deposit-address"
  }),

  /** Addresses of one method, by page. */
  depositAddressList: Endpoint.read({
    path: "v2/auth/r/deposit/address/all",
    params: {
      /** name in lower case, from the configuration `pub:map:tx:method` */
      method: Param.text,
      /** from 1 */
      page: Param.optional(Inputs.count),
      /** 20 to 100 rows; default 20 */
      pageSize: Param.optional(Param.int(20, 100))
    },
    result: Endpoint.always(Layout.list(DepositAddressEntry)),
    limit: [10, 60],
    doc: "deposit-address-all"
  }),

  /** Invoice of the Lightning network, for a deposit. Needs a deposit address of the method LNX. */
  generateInvoice: Endpoint.write({
    path: "v2/auth/w/deposit/invoice",
    params: {
      /** the word `exchange` */
      wallet: Param.oneOf("exchange"),
      /** the word `LNX` */
      currency: Param.oneOf("LNX"),
      /** 0.000001 to 0.02 BTC */
      amount: Inputs.amount
    },
    result: Endpoint.always(LightningInvoice),
    check: checkInvoice,
    limit: null,
    doc: "rest-auth-deposit-invoice"
  }),

  /** Payments and invoices of the Lightning network. The manual only lists terms: the reply is returned undecoded. */
  lnxInvoicePayments: Endpoint.read({
    path: "v2/auth/r/ext/invoice/payments",
    params: {
      /** kind of query */
      action: Param.oneOf("getPaymentsByUser", "getInvoicesByUser", "getInvoiceById", "getPaymentById"),
      /** the offset for the actions ByUser, the payment hash for the actions ById */
      query: Body.struct({
        /** number of rows to skip */
        offset: Param.optional(Param.int(0, Number.MAX_SAFE_INTEGER)),
        /** payment hash */
        txid: Param.optional(Param.text)
      })
    },
    result: Endpoint.always(Layout.raw),
    check: checkPayments,
    limit: null,
    doc: "lnx-invoice-payments"
  }),

  /**
   * Withdraws funds. The venue may refuse with the status SUCCESS and the id 0 or null: the call fails then as well.
   */
  withdraw: Endpoint.write({
    path: "v2/auth/w/withdraw",
    params: {
      /** source wallet; trading and deposit are old names of margin and funding */
      wallet: Inputs.wallet,
      /** name in lower case, from the configuration `pub:map:tx:method` */
      method: Param.text,
      /** in the currency of the method; not for lnx */
      amount: Param.optional(Inputs.amount),
      /** destination address; not for lnx */
      address: Param.optional(Param.text),
      /** invoice to pay; lnx only, in place of amount and address */
      invoice: Param.optional(Param.text),
      /** tag or memo */
      paymentId: Param.named("payment_id", Param.optional(Param.text)),
      /** whether the fee is taken from the amount */
      feeDeduct: Param.named("fee_deduct", Param.optional(Param.flag)),
      /** note of the user */
      note: Param.optional(Param.text),
      /** whether the terms of the travel rule are accepted */
      travelRuleTos: Param.named("travel_rule_tos", Param.optional(Param.bool)),
      /** provider of the receiver's wallet, from `virtualAssetServiceProviders` */
      vaspDid: Param.named("vasp_did", Param.optional(Param.text)),
      /** name of that provider */
      vaspName: Param.named("vasp_name", Param.optional(Param.text)),
      /** whether the receiver is the user */
      beneficiarySelf: Param.named("beneficiary_self", Param.optional(Param.bool)),
      /** name of the receiver, with `destLastname` */
      destFirstname: Param.named("dest_firstname", Param.optional(Param.text)),
      /** name of the receiver, with `destFirstname` */
      destLastname: Param.named("dest_lastname", Param.optional(Param.text)),
      /** name of a company, in place of the names of a person */
      destCorpName: Param.named("dest_corp_name", Param.optional(Param.text))
    },
    either: [["amount", "address"], ["invoice"]],
    ...Notification.reply("acc_wd-req", Layout.wrapped(Withdrawal), { denies }),
    check: checkWithdrawal,
    limit: null,
    doc: "rest-auth-withdraw"
  }),

  /**
   * Deposits and withdrawals, newest first. The bounds apply to `mtsUpdated`. Of all currencies if `currency` is left
   * out.
   */
  movements: Endpoint.read({
    path: "v2/auth/r/movements/{currency}/hist",
    params: {
      /** code without prefix; default all */
      currency: Param.optional(Param.currency),
      ...Inputs.span,
      /** 1 to 2500 rows */
      limit: Param.limit(2500),
      /** ids of movements; default all */
      id: Param.optional(Body.list(Param.id)),
      /** deposits to this address only */
      address: Param.optional(Param.text)
    },
    result: Endpoint.always(Layout.list(Movement)),
    limit: [90, 60],
    doc: "rest-auth-movements"
  }),

  /** One deposit or withdrawal, with the bank's details. */
  movementInfo: Endpoint.read({
    path: "v2/auth/r/movements/info",
    params: {
      /** id of the movement */
      id: Param.id
    },
    result: Endpoint.always(MovementInfo),
    limit: [90, 60],
    doc: "movement-info"
  }),

  /** Transfers funds to the exchange Thalex. */
  thalexDeposit: Endpoint.write({
    path: "v2/auth/w/ext/wallets/deposits/request",
    params: thalex,
    result: Endpoint.always(ThalexTransfer),
    limit: null,
    doc: "thalex-deposit-request"
  }),

  /** Transfers funds back from the exchange Thalex. */
  thalexWithdraw: Endpoint.write({
    path: "v2/auth/w/ext/wallets/withdrawals/request",
    params: thalex,
    result: Endpoint.always(ThalexTransfer),
    limit: null,
    doc: "thalex-withdrawal-request"
  }),

  /** Number of transfers to and from Thalex that remain free. */
  thalexFreeTransferCount: Endpoint.read({
    path: "v2/auth/r/ext/wallets/transfers/free/count",
    params: {
      /** the word `thalex`; with a capital letter on the wire, as in the manual for this endpoint */
      provider: Param.named("Provider", Param.oneOf("thalex"))
    },
    result: Endpoint.always(ThalexFreeTransferCount),
    limit: null,
    doc: "thalex-free-transfer-count"
  })
})
