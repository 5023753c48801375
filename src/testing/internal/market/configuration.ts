/**
 * Replies of the `conf` endpoint for the symbols of the market.
 *
 * @internal
 */
import {
  ConfDerivativesFees,
  ConfExplorerEntry,
  ConfMapEntry,
  ConfMapListEntry,
  ConfMarginSpec,
  ConfPairInfoEntry,
  ConfTxFeeEntry,
  ConfTxStatus
} from "../../../protocol/records/Conf.ts"
import type { Market } from "./model.ts"
import * as Prices from "./prices.ts"
import * as References from "./references.ts"

interface Listing {
  /** pairs without prefix */
  readonly spot: ReadonlyArray<string>
  readonly futures: ReadonlyArray<string>
  readonly currencies: ReadonlyArray<string>
}

const listing = (market: Market): Listing => {
  const trading = market.symbols.filter((symbol) => symbol.startsWith("t"))
  const codes = new Set<string>()
  for (const symbol of trading) {
    const { base, quote } = References.pair(symbol)
    codes.add(base).add(quote)
  }
  for (const symbol of market.symbols) if (symbol.startsWith("f")) codes.add(symbol.slice(1))
  const bare = (symbol: string) => symbol.slice(1)
  return {
    spot: trading.filter((symbol) => !References.isDerivative(symbol)).map(bare),
    futures: trading.filter(References.isDerivative).map(bare),
    currencies: [...codes].sort()
  }
}

const names: { readonly [code: string]: string } = {
  USD: "US Dollar",
  EUR: "Euro",
  GBP: "Pound Sterling",
  JPY: "Japanese Yen",
  UST: "Tether USDt",
  BTC: "Bitcoin",
  ETH: "Ethereum",
  LTC: "Litecoin",
  XRP: "XRP",
  SOL: "Solana"
}

const coins = ({ currencies }: Listing): ReadonlyArray<string> =>
  currencies.filter((code) => !References.fiat.has(code) && !code.endsWith("F0"))

/** networks of the tether currencies, from the manual's page on withdrawals; the first one is the usual one */
const networks: { readonly [code: string]: string } = {
  UST:
    "USE USX USL USO USDTSOL USDTAVAX USDTALG USDTDOT USDTKSM USS USDTNEAR USDTPLY USDTBCH USDTXTZ USDTKAVA USDTZK " +
    "USDTCELO USDTTON",
  EUT: "EUE",
  CNHT: "CNHTE CNHTX",
  XAUT: "XAUTE XAUTZK",
  MXNT: "MXNTE"
}

/** methods that exist on every exchange, whether or not its market has the currency */
const transferable = ({ currencies, ...rest }: Listing): ReadonlyArray<string> => [
  ...new Set([...coins({ currencies, ...rest }), "BTC", "ETH", "LTC", "XRP", ...Object.keys(networks)])
]

/** the methods of deposits and withdrawals of a currency, in upper case */
const methods = (code: string): ReadonlyArray<string> =>
  networks[code]?.split(" ").map((network) => `TETHER${network}`) ??
    [code === "XRP" ? "RIPPLE" : (names[code] ?? code).toUpperCase().replaceAll(" ", "")]

/** codes with another display symbol, as the venue shows UST as USDt */
const symbols: { readonly [code: string]: string } = { UST: "USDt", UDC: "USDC" }

const map = (listing: Listing, value: (code: string) => string | undefined): ReadonlyArray<unknown> =>
  listing.currencies.flatMap((key) => {
    const found = value(key)
    return found === undefined ? [] : [ConfMapEntry.encode({ key, value: found })]
  })

/** a size in the base currency worth `usd` US dollars, with one digit, as the decimal text that the venue sends */
const size = (pair: string, usd: number): string => {
  const value = Number((usd / References.usual(References.pair(`t${pair}`).base)).toPrecision(1))
  return String(Prices.rounded(value, 8))
}

/** minimum order size of a pair in the base currency, as text */
export const minOrderSize = (pair: string): string => size(pair, 4)

const margins = { initial: 0.2, minimum: 0.1 } as const

const pairInfo = (pair: string): unknown =>
  ConfPairInfoEntry.encode({
    pair,
    info: {
      minOrderSize: minOrderSize(pair),
      maxOrderSize: size(pair, 5_000_000),
      initialMargin: margins.initial,
      minMargin: margins.minimum
    }
  })

const perPair = (listing: Listing, value: number) => ({
  ...Object.fromEntries(listing.spot.map((pair) => [pair, value])),
  base: value,
  base_cap: value * 2
})

/** The keys of the manual, and the keys of other clients' lists whose shape is clear. */
const values: { readonly [key: string]: (listing: Listing) => unknown } = {
  "pub:map:currency:sym": (all) => map(all, (code) => symbols[code]),
  "pub:map:currency:label": (all) => map(all, (code) => names[References.underlying(code)] ?? code),
  "pub:map:currency:unit": (all) => map(all, (code) => symbols[code] ?? code),
  "pub:map:currency:undl": (all) => map(all, (code) => code.endsWith("F0") ? References.underlying(code) : undefined),
  "pub:map:currency:pool": (all) => map(all, (code) => code === "UST" || code === "UDC" ? "ETH" : undefined),
  // in no manual; the official Node client expects a list of pairs and requires the key to exist
  "pub:map:currency:wfx": () => [],
  "pub:map:currency:explorer": (all) =>
    coins(all).map((key) => {
      const site = `https://explorer.example/${key.toLowerCase()}`
      return ConfExplorerEntry.encode({ key, urls: [site, `${site}/address/VAL`, `${site}/tx/VAL`] })
    }),
  "pub:map:currency:tx:fee": (all) =>
    coins(all).map((currency) =>
      ConfTxFeeEntry.encode({ currency, fees: [0, Number((2 / References.usual(currency)).toPrecision(1))] })
    ),
  "pub:map:tx:method": (all) =>
    transferable(all).flatMap((code) => methods(code).map((key) => ConfMapListEntry.encode({ key, values: [code] }))),
  "pub:list:pair:exchange": (all) => all.spot,
  "pub:list:pair:margin": (all) => all.spot,
  "pub:list:pair:futures": (all) => all.futures,
  "pub:list:pair:securities": () => [],
  "pub:list:currency": (all) => all.currencies,
  "pub:list:currency:margin": (all) => all.currencies.filter((code) => !code.endsWith("F0")),
  "pub:list:competitions": () => [],
  "pub:info:pair": (all) => all.spot.map(pairInfo),
  "pub:info:pair:futures": (all) => all.futures.map(pairInfo),
  "pub:info:tx:status": (all) =>
    transferable(all).flatMap((code) =>
      methods(code).map((method) =>
        ConfTxStatus.encode({
          method,
          depStatus: 1,
          wdStatus: 1,
          paymentIdDep: code === "XRP" ? 1 : 0,
          paymentIdWd: code === "XRP" ? 1 : 0,
          depositConfirmationsRequired: 3
        })
      )
    ),
  "pub:spec:margin": (all) =>
    ConfMarginSpec.encode({
      conf: Object.fromEntries(coins(all).map((code) => [`${code}_haircut`, 0.1])),
      initial: perPair(all, margins.initial),
      minimum: perPair(all, margins.minimum)
    }),
  "pub:fees": () =>
    ConfDerivativesFees.encode({
      derivPerp: { correction_clamp_min: 0.0005, correction_clamp_insurance: 0.0025, correction_slope: 0.1 }
    }),
  "pub:list:pair:exchange:inactive": () => [],
  "pub:list:currency:inactive": () => [],
  "pub:list:currency:futures": (all) => all.currencies.filter((code) => code.endsWith("F0"))
}

/**
 * The values of the requested keys, in the same order. The value is null for an unknown key and for a key whose shape
 * is not documented.
 */
export const configuration = (market: Market, keys: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  const all = listing(market)
  return keys.map((key) => Object.hasOwn(values, key) ? values[key]!(all) : null)
}
