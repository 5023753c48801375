/**
 * Transfers between wallets, deposits and withdrawals.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const transfer = Layout.make("Transfer", (at) => ({
  /** ms of the transfer */ mtsUpdated: at(0, Field.mts),
  /** exchange, margin or funding */ walletFrom: at(1, Field.str),
  /** exchange, margin or funding */ walletTo: at(2, Field.str),
  /** currency that was sent */ currency: at(4, Field.str),
  /** currency that arrived, if it was converted */ currencyTo: at(5, Field.nullable(Field.str)),
  /** in `currency` */ amount: at(7, Field.num)
}))
/**
 * One transfer between wallets.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-transfer
 * @since 0.1.0
 * @category records
 */
export interface Transfer extends Layout.Type<typeof transfer> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Transfer: Layout.Layout<Transfer> = transfer

const depositAddress = Layout.make("DepositAddress", (at) => ({
  /** name in capitals, unlike in the request */ method: at(1, Field.str),
  /** code without prefix */ currencyCode: at(2, Field.str),
  /** the address; if `poolAddress` is set, the tag, memo or payment id */ address: at(4, Field.str),
  /** address shared by all users, for currencies with a tag */ poolAddress: at(5, Field.nullable(Field.str))
}))
/**
 * Address for deposits.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-deposit-address
 * @since 0.1.0
 * @category records
 */
export interface DepositAddress extends Layout.Type<typeof depositAddress> {}
/**
 * @since 0.1.0
 * @category records
 */
export const DepositAddress: Layout.Layout<DepositAddress> = depositAddress

const depositAddressEntry = Layout.make("DepositAddressEntry", (at) => ({
  /** address, tag, memo or payment id */ address: at(0, Field.str),
  /** wallet that receives the deposits */ walletType: at(1, Field.str)
}))
/**
 * One of the addresses of a method.
 *
 * @see https://docs.bitfinex.com/reference/deposit-address-all
 * @since 0.1.0
 * @category records
 */
export interface DepositAddressEntry extends Layout.Type<typeof depositAddressEntry> {}
/**
 * @since 0.1.0
 * @category records
 */
export const DepositAddressEntry: Layout.Layout<DepositAddressEntry> = depositAddressEntry

const lightningInvoice = Layout.make("LightningInvoice", (at) => ({
  /** payment hash */ invoiceHash: at(0, Field.str),
  /** payment request for the payer */ invoice: at(1, Field.str),
  /** BTC, as text */ amount: at(4, Field.str)
}))
/**
 * Invoice of the Lightning network, for a deposit.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-deposit-invoice
 * @since 0.1.0
 * @category records
 */
export interface LightningInvoice extends Layout.Type<typeof lightningInvoice> {}
/**
 * @since 0.1.0
 * @category records
 */
export const LightningInvoice: Layout.Layout<LightningInvoice> = lightningInvoice

const withdrawal = Layout.make("Withdrawal", (at) => ({
  /** null or 0 means refused, regardless of the status */ withdrawalId: at(0, Field.nullable(Field.int)),
  /** name of the method */ method: at(2, Field.nullable(Field.str)),
  /** tag or memo */ paymentId: at(3, Field.nullable(Field.str)),
  /** wallet that is debited */ wallet: at(4, Field.str),
  /** requested amount */ amount: at(5, Field.num),
  /** fee of the venue */ withdrawalFee: at(8, Field.nullable(Field.num))
}))
/**
 * One withdrawal, in the reply that accepts it.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-withdraw
 * @since 0.1.0
 * @category records
 */
export interface Withdrawal extends Layout.Type<typeof withdrawal> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Withdrawal: Layout.Layout<Withdrawal> = withdrawal

const movement = Layout.make("Movement", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** code without prefix */ currency: at(1, Field.str),
  /** name of the method, in capitals */ currencyName: at(2, Field.str),
  /** ms */ mtsStarted: at(5, Field.mts),
  /** ms; the time that `start` and `end` are compared with */ mtsUpdated: at(6, Field.mts),
  /** COMPLETED, CANCELED, PENDING REVIEW and others */ status: at(9, Field.str),
  /** above zero deposited, below zero withdrawn, in `currency` */ amount: at(12, Field.num),
  /** below zero or zero, in `currency` */ fees: at(13, Field.nullable(Field.num)),
  /** destination address */ destinationAddress: at(16, Field.nullable(Field.str)),
  /** tag or memo */ paymentId: at(17, Field.nullable(Field.str)),
  /** id of the transaction on its network */ transactionId: at(20, Field.nullable(Field.str)),
  /** the user's own note */ withdrawTransactionNote: at(21, Field.nullable(Field.str))
}))
/**
 * One deposit or withdrawal.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-movements
 * @since 0.1.0
 * @category records
 */
export interface Movement extends Layout.Type<typeof movement> {}
/**
 * @since 0.1.0
 * @category records
 */
export const Movement: Layout.Layout<Movement> = movement

const movementInfo = Layout.make("MovementInfo", (at) => ({
  /** id given by the venue */ id: at(0, Field.int),
  /** code without prefix */ currency: at(1, Field.str),
  /** name of the method; WIRE for banks */ currencyMethod: at(2, Field.str),
  /** text about the bank account */ remark: at(4, Field.nullable(Field.str)),
  /** ms */ mtsStarted: at(5, Field.mts),
  /** ms */ mtsUpdated: at(6, Field.mts),
  /** COMPLETED, CANCELED and others */ status: at(9, Field.str),
  /** above zero deposited, below zero withdrawn, in `currency` */ amount: at(12, Field.num),
  /** below zero or zero, in `currency` */ fees: at(13, Field.nullable(Field.num)),
  /** destination address */ destinationAddress: at(16, Field.nullable(Field.str)),
  /** tag or memo */ memo: at(17, Field.nullable(Field.str)),
  /** id of the transaction on its network */ transactionId: at(20, Field.nullable(Field.str)),
  /** the user's own note */ movementNote: at(21, Field.nullable(Field.str)),
  /** in `currency` */ bankFees: at(24, Field.nullable(Field.num)),
  /** the bank's router id */ bankRouterId: at(25, Field.nullable(Field.int)),
  /** the bank's id of the movement */ externalBankMovId: at(28, Field.nullable(Field.str)),
  /** the bank's status of the movement */ externalBankMovStatus: at(29, Field.nullable(Field.str)),
  /** the bank's description of the movement */ externalBankMovDescription: at(30, Field.nullable(Field.str)),
  /** the bank's object about the account, undecoded */ externalBankAccInfo: at(31, Field.nullable(Field.json))
}))
/**
 * One deposit or withdrawal, with the bank's details.
 *
 * @see https://docs.bitfinex.com/reference/movement-info
 * @since 0.1.0
 * @category records
 */
export interface MovementInfo extends Layout.Type<typeof movementInfo> {}
/**
 * @since 0.1.0
 * @category records
 */
export const MovementInfo: Layout.Layout<MovementInfo> = movementInfo

const thalexTransfer = Layout.object("ThalexTransfer", (at) => ({
  /** deposit or withdrawal; `withdraw` was also observed */ type: at("type", Field.str),
  /** destination address */ addressDest: at("addressDest", Field.str),
  /** in `ccy`, as text */ amount: at("amount", Field.str),
  /** USE, ETH or BTC */ ccy: at("ccy", Field.str),
  /** presumably ms: the manual states no unit */ createdAt: at("createdAt", Field.mts),
  /** as `createdAt` */ updatedAt: at("updatedAt", Field.mts),
  /** id given by the venue */ id: at("id", Field.str),
  /** state of the transfer */ status: at("status", Field.str),
  /** in `ccy`, as text */ fee: at("fee", Field.str)
}))
/**
 * One transfer to or from the exchange Thalex. An object.
 *
 * @see https://docs.bitfinex.com/reference/thalex-deposit-request
 * @since 0.1.0
 * @category records
 */
export interface ThalexTransfer extends Layout.Type<typeof thalexTransfer> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ThalexTransfer: Layout.Layout<ThalexTransfer> = thalexTransfer

const thalexFreeTransferCount = Layout.object("ThalexFreeTransferCount", (at) => ({
  /** remaining deposits */ depositsAvailable: at("deposits.available", Field.int),
  /** time at which the count restarts; presumably ms */
  depositsResetsAt: at("deposits.resetsAt", Field.nullable(Field.mts)),
  /** remaining withdrawals */ withdrawalsAvailable: at("withdrawals.available", Field.int),
  /** time at which the count restarts; presumably ms */
  withdrawalsResetsAt: at("withdrawals.resetsAt", Field.nullable(Field.mts))
}))
/**
 * The number of transfers to and from Thalex that remain free.
 *
 * @see https://docs.bitfinex.com/reference/thalex-free-transfer-count
 * @since 0.1.0
 * @category records
 */
export interface ThalexFreeTransferCount extends Layout.Type<typeof thalexFreeTransferCount> {}
/**
 * @since 0.1.0
 * @category records
 */
export const ThalexFreeTransferCount: Layout.Layout<ThalexFreeTransferCount> = thalexFreeTransferCount
