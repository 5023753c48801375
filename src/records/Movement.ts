/**
 * Money that moves: between wallets, in and out.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * One transfer between wallets.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-transfer
 * @since 0.1.0
 * @category records
 */
export const Transfer = Layout.make("Transfer", {
  /** ms of the transfer */ mtsUpdated: [0, Field.mts],
  /** exchange, margin or funding */ walletFrom: [1, Field.str],
  /** exchange, margin or funding */ walletTo: [2, Field.str],
  /** what was sent */ currency: [4, Field.str],
  /** what arrived, where it was converted */ currencyTo: [5, Field.nullable(Field.str)],
  /** in `currency` */ amount: [7, Field.num]
})
/**
 * @since 0.1.0
 * @category records
 */
export type Transfer = Layout.Type<typeof Transfer>

/**
 * Address to pay in to.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-deposit-address
 * @since 0.1.0
 * @category records
 */
export const DepositAddress = Layout.make("DepositAddress", {
  /** name in capitals, unlike the one in the request */ method: [1, Field.str],
  /** code without prefix */ currencyCode: [2, Field.str],
  /** the address; the tag, memo or payment id where `poolAddress` is set */ address: [4, Field.str],
  /** address shared by all users, for currencies with a tag */ poolAddress: [5, Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type DepositAddress = Layout.Type<typeof DepositAddress>

/**
 * One of the addresses of a method.
 *
 * @see https://docs.bitfinex.com/reference/deposit-address-all
 * @since 0.1.0
 * @category records
 */
export const DepositAddressEntry = Layout.make("DepositAddressEntry", {
  /** address, tag, memo or payment id */ address: [0, Field.str],
  /** wallet that it fills */ walletType: [1, Field.str]
})
/**
 * @since 0.1.0
 * @category records
 */
export type DepositAddressEntry = Layout.Type<typeof DepositAddressEntry>

/**
 * Invoice of the Lightning network, to pay in with.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-deposit-invoice
 * @since 0.1.0
 * @category records
 */
export const LightningInvoice = Layout.make("LightningInvoice", {
  /** payment hash */ invoiceHash: [0, Field.str],
  /** what the payer is given */ invoice: [1, Field.str],
  /** BTC, as text */ amount: [4, Field.str]
})
/**
 * @since 0.1.0
 * @category records
 */
export type LightningInvoice = Layout.Type<typeof LightningInvoice>

/**
 * One withdrawal as it was accepted.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-withdraw
 * @since 0.1.0
 * @category records
 */
export const Withdrawal = Layout.make("Withdrawal", {
  /** null or 0 means refused, whatever the status says */ withdrawalId: [0, Field.nullable(Field.int)],
  /** name of the method */ method: [2, Field.nullable(Field.str)],
  /** tag or memo */ paymentId: [3, Field.nullable(Field.str)],
  /** wallet that it left */ wallet: [4, Field.str],
  /** as it was asked for */ amount: [5, Field.num],
  /** taken by the venue */ withdrawalFee: [8, Field.nullable(Field.num)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type Withdrawal = Layout.Type<typeof Withdrawal>

/**
 * One deposit or withdrawal.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-movements
 * @since 0.1.0
 * @category records
 */
export const Movement = Layout.make("Movement", {
  /** given by the venue */ id: [0, Field.int],
  /** code without prefix */ currency: [1, Field.str],
  /** name of the method, in capitals */ currencyName: [2, Field.str],
  /** ms */ mtsStarted: [5, Field.mts],
  /** ms; what `start` and `end` compare with */ mtsUpdated: [6, Field.mts],
  /** COMPLETED, CANCELED, PENDING REVIEW and others */ status: [9, Field.str],
  /** above zero paid in, below withdrawn, in `currency` */ amount: [12, Field.num],
  /** below zero or zero, in `currency` */ fees: [13, Field.nullable(Field.num)],
  /** address that was paid to */ destinationAddress: [16, Field.nullable(Field.str)],
  /** tag or memo */ paymentId: [17, Field.nullable(Field.str)],
  /** on its network */ transactionId: [20, Field.nullable(Field.str)],
  /** the user's own note */ withdrawTransactionNote: [21, Field.nullable(Field.str)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type Movement = Layout.Type<typeof Movement>

/**
 * One deposit or withdrawal, with what the bank told.
 *
 * @see https://docs.bitfinex.com/reference/movement-info
 * @since 0.1.0
 * @category records
 */
export const MovementInfo = Layout.make("MovementInfo", {
  /** given by the venue */ id: [0, Field.int],
  /** code without prefix */ currency: [1, Field.str],
  /** name of the method; WIRE for banks */ currencyMethod: [2, Field.str],
  /** text about the bank account */ remark: [4, Field.nullable(Field.str)],
  /** ms */ mtsStarted: [5, Field.mts],
  /** ms */ mtsUpdated: [6, Field.mts],
  /** COMPLETED, CANCELED and others */ status: [9, Field.str],
  /** above zero paid in, below withdrawn, in `currency` */ amount: [12, Field.num],
  /** below zero or zero, in `currency` */ fees: [13, Field.nullable(Field.num)],
  /** address that was paid to */ destinationAddress: [16, Field.nullable(Field.str)],
  /** tag or memo */ memo: [17, Field.nullable(Field.str)],
  /** on its network */ transactionId: [20, Field.nullable(Field.str)],
  /** the user's own note */ movementNote: [21, Field.nullable(Field.str)],
  /** in `currency` */ bankFees: [24, Field.nullable(Field.num)],
  /** of the bank's side */ bankRouterId: [25, Field.nullable(Field.int)],
  /** of the bank's side */ externalBankMovId: [28, Field.nullable(Field.str)],
  /** of the bank's side */ externalBankMovStatus: [29, Field.nullable(Field.str)],
  /** of the bank's side */ externalBankMovDescription: [30, Field.nullable(Field.str)],
  /** an object of the bank's side, as it came */ externalBankAccInfo: [31, Field.nullable(Field.json)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type MovementInfo = Layout.Type<typeof MovementInfo>

/**
 * One transfer to or from the exchange Thalex. An object.
 *
 * @see https://docs.bitfinex.com/reference/thalex-deposit-request
 * @since 0.1.0
 * @category records
 */
export const ThalexTransfer = Layout.object("ThalexTransfer", {
  /** deposit or withdrawal; `withdraw` was seen too */ type: ["type", Field.str],
  /** address that was paid to */ addressDest: ["addressDest", Field.str],
  /** in `ccy`, as text */ amount: ["amount", Field.str],
  /** USE, ETH or BTC */ ccy: ["ccy", Field.str],
  /** ms, it is thought: the manual states no unit */ createdAt: ["createdAt", Field.mts],
  /** as `createdAt` */ updatedAt: ["updatedAt", Field.mts],
  /** given by the venue */ id: ["id", Field.str],
  /** state of the transfer */ status: ["status", Field.str],
  /** in `ccy`, as text */ fee: ["fee", Field.str]
})
/**
 * @since 0.1.0
 * @category records
 */
export type ThalexTransfer = Layout.Type<typeof ThalexTransfer>

/**
 * How many transfers to and from Thalex are still free.
 *
 * @see https://docs.bitfinex.com/reference/thalex-free-transfer-count
 * @since 0.1.0
 * @category records
 */
export const ThalexFreeTransferCount = Layout.object("ThalexFreeTransferCount", {
  /** deposits left */ depositsAvailable: ["deposits.available", Field.int],
  /** when the count begins anew; ms, it is thought */
  depositsResetsAt: ["deposits.resetsAt", Field.nullable(Field.mts)],
  /** withdrawals left */ withdrawalsAvailable: ["withdrawals.available", Field.int],
  /** when the count begins anew; ms, it is thought */
  withdrawalsResetsAt: ["withdrawals.resetsAt", Field.nullable(Field.mts)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type ThalexFreeTransferCount = Layout.Type<typeof ThalexFreeTransferCount>
