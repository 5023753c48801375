/**
 * The keys of the venue's configuration, and the type of each value.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { DecodeError, render } from "../../BitfinexError.ts"
import type { Lambda } from "../Endpoint.ts"
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"
import {
  ConfDerivativesFees,
  ConfExplorerEntry,
  ConfMapEntry,
  ConfMapListEntry,
  ConfMarginSpec,
  ConfPairInfoEntry,
  ConfTxFeeEntry,
  ConfTxStatus
} from "./Conf.ts"

/**
 * The value of one key: a list of records or of names, one record, or a value of unknown shape.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfKey<out A> {
  readonly kind: "list" | "record" | "raw"
  /** the layout of the record, or of each record of the list; null for names and for raw values */
  readonly record: Layout.Decoder<unknown> | null
  readonly status: "documented" | "undocumented"
  readonly decoder: Layout.Decoder<A>
}

const list = <A>(record: Layout.Layout<A>): ConfKey<ReadonlyArray<A>> => ({
  kind: "list",
  record,
  status: "documented",
  decoder: Layout.list(record)
})

const one = <A>(record: Layout.Layout<A>): ConfKey<A> => ({
  kind: "record",
  record,
  status: "documented",
  decoder: record
})

const names: ConfKey<ReadonlyArray<string>> = {
  kind: "list",
  record: null,
  status: "documented",
  decoder: Layout.cell("names", Field.list(Field.str))
}

const raw: ConfKey<unknown> = { kind: "raw", record: null, status: "documented", decoder: Layout.raw }

const undocumented = <A>(key: ConfKey<A>): ConfKey<A> => ({ ...key, status: "undocumented" })

/**
 * The known keys with the types of their values. Names are currency codes or pairs without prefix (`BTCUSD`,
 * `1INCH:USD`): put t or f before them for a symbol. Keys that only other clients know are
 * undocumented, and raw where their shape is unknown.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category endpoints
 */
export const confKeys = {
  /** internal code to API symbol, only for codes that differ */
  "pub:map:currency:sym": list(ConfMapEntry),
  /** code to display name */
  "pub:map:currency:label": list(ConfMapEntry),
  /** code to unit; the text can hold a short and a long form, separated by a bar */
  "pub:map:currency:unit": list(ConfMapEntry),
  /** code of a derivative to the code of its underlying */
  "pub:map:currency:undl": list(ConfMapEntry),
  /** code to network */
  "pub:map:currency:pool": list(ConfMapEntry),
  /** block explorer of a currency or network */
  "pub:map:currency:explorer": list(ConfExplorerEntry),
  /** withdrawal fees */
  "pub:map:currency:tx:fee": list(ConfTxFeeEntry),
  /** method of deposit to its currencies */
  "pub:map:tx:method": list(ConfMapListEntry),
  /** spot pairs */
  "pub:list:pair:exchange": names,
  /** pairs with margin trading */
  "pub:list:pair:margin": names,
  /** derivatives */
  "pub:list:pair:futures": names,
  /** securities */
  "pub:list:pair:securities": names,
  /** currencies */
  "pub:list:currency": names,
  /** currencies that count as collateral */
  "pub:list:currency:margin": names,
  /** current leaderboard competitions, of unknown shape */
  "pub:list:competitions": raw,
  /** order sizes and margins of spot pairs */
  "pub:info:pair": list(ConfPairInfoEntry),
  /** order sizes and margins of derivatives */
  "pub:info:pair:futures": list(ConfPairInfoEntry),
  /** which deposits and withdrawals are open */
  "pub:info:tx:status": list(ConfTxStatus),
  /** haircuts and margins */
  "pub:spec:margin": one(ConfMarginSpec),
  /** settings of derivative fees */
  "pub:fees": one(ConfDerivativesFees),
  /** spot pairs that are closed */
  "pub:list:pair:exchange:inactive": undocumented(names),
  "pub:list:currency:inactive": undocumented(raw),
  "pub:list:currency:futures": undocumented(raw),
  "pub:list:currency:securities": undocumented(raw),
  "pub:map:currency:wfx": undocumented(raw),
  "pub:map:pair:sym": undocumented(raw),
  "pub:spec:futures": undocumented(raw),
  "pub:list:currency:paper": undocumented(raw),
  "pub:list:currency:viewonly": undocumented(raw),
  "pub:list:currency:stable": undocumented(raw),
  "pub:list:currency:securities:accredited": undocumented(raw),
  "pub:list:currency:securities:portfolio": undocumented(raw),
  "pub:list:category:securities": undocumented(raw),
  "pub:list:features": undocumented(raw),
  "pub:list:pair:cst": undocumented(raw),
  "pub:map:category:futures": undocumented(raw),
  "pub:map:category:securities": undocumented(raw),
  "pub:map:currency:support:securities": undocumented(raw),
  "pub:map:currency:support:zendesk": undocumented(raw),
  "pub:map:tx:method:pool": undocumented(raw),
  "pub:info:currency:restrict": undocumented(raw),
  "pub:info:pair:restrict": undocumented(raw),
  "pub:info:pair:fee:ovr": undocumented(raw),
  "pub:spec:site:maintenance": undocumented(raw),
  "pub:spec:ui_denom": undocumented(raw),
  /** terms of service */
  "pub:legal:terms:tos": undocumented(raw)
} as const

/**
 * A key of the configuration: a known key, or any other key, whose value is returned undecoded.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfKeyName = keyof typeof confKeys | (`pub:${string}` & {})

/**
 * The value of a key; null if the venue does not know the key.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfValue<K> = K extends keyof typeof confKeys ? Layout.Type<(typeof confKeys)[K]["decoder"]> | null
  : unknown

/**
 * The values of a list of keys, in the order of the list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfValues extends Lambda {
  readonly depends: true
  readonly type: this["args"] extends { readonly keys: infer K extends ReadonlyArray<string> }
    ? { readonly [I in keyof K]: ConfValue<K[I]> }
    : ReadonlyArray<unknown>
}

const known: { readonly [key: string]: ConfKey<unknown> } = confKeys

/**
 * Decodes the values of a list of keys: one element per key.
 *
 * @internal
 */
export const confDecoder = (keys: ReadonlyArray<unknown>): Layout.Decoder<ReadonlyArray<unknown>> => ({
  name: "configs",
  decode: (json) => {
    if (!Array.isArray(json) || json.length !== keys.length) {
      return Either.left(
        new DecodeError({
          operation: "decode",
          layout: "configs",
          field: "",
          index: null,
          row: null,
          expected: `list of ${keys.length}, one element for each key`,
          actual: Array.isArray(json) ? `list of ${json.length}` : render(json)
        })
      )
    }
    const values: Array<unknown> = []
    for (let at = 0; at < keys.length; at++) {
      const key = String(keys[at])
      const decoder = Object.hasOwn(known, key) ? known[key]!.decoder : Layout.raw
      // the venue may reply null for an unknown key
      const value = json[at] === null ? Either.right(null) : decoder.decode(json[at])
      if (Either.isLeft(value)) {
        return Either.left(new DecodeError({ ...value.left, layout: `${key} ${value.left.layout}` }))
      }
      values.push(value.right)
    }
    return Either.right(values)
  }
})
