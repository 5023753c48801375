/**
 * Wallets and ledgers as tables of rows. All endpoints need a key.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import { LedgerEntry } from "../records/Ledger.ts"
import { Wallet, WalletHistoryEntry } from "../records/Wallet.ts"

/**
 * Wallets.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const walletEndpoints = Endpoint.table("wallets", {
  /** Balances by wallet and currency. Not every currency has a row. */
  wallets: Endpoint.read({
    path: "v2/auth/r/wallets",
    params: {},
    result: Endpoint.always(Layout.list(Wallet)),
    limit: [90, 60],
    doc: "rest-auth-wallets"
  }),

  /**
   * Balances at a past time.
   *
   * @deprecated The manual no longer has its page; whether the venue still supports it is unknown.
   */
  walletsHistory: Endpoint.read({
    path: "v2/auth/r/wallets/hist",
    params: {
      /** inclusive, ms */
      end: Param.optional(Param.time),
      /** code without prefix; default all */
      currency: Param.optional(Param.currency)
    },
    result: Endpoint.always(Layout.list(WalletHistoryEntry)),
    limit: null,
    status: "undocumented",
    doc: null
  })
})

/**
 * Ledgers.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const ledgerEndpoints = Endpoint.table("ledgers", {
  /** Changes of balances, newest first, for at most six years; of all currencies if `currency` is left out. */
  ledgers: Endpoint.read({
    path: "v2/auth/r/ledgers/{currency}/hist",
    params: {
      /** code without prefix; default all */
      currency: Param.optional(Param.currency),
      /**
       * kind of change: 51 transfers, 101 deposits, 104 withdrawals, 201 trading fees, 28 payments of funding and more
       */
      category: Param.optional(Param.int(0, 9999)),
      ...Inputs.span,
      /** 1 to 2500 rows */
      limit: Param.limit(2500),
      /** one wallet only */
      wallet: Param.optional(Param.oneOf("exchange", "margin", "funding"))
    },
    result: Endpoint.always(Layout.list(LedgerEntry)),
    limit: [90, 60],
    doc: "rest-auth-ledgers"
  })
})
