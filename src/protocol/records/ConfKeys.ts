/**
 * The keys of the venue's configuration: what each of them answers.
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
 * What one key answers: a list of records or of names, one record, or a value whose shape nobody knows.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfKey<out A> {
  readonly kind: "list" | "record" | "raw"
  /** the layout of the record, or of each of the list; null for names and for raw values */
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
 * The keys that are known, with what they answer. Names are currency codes or pairs without prefix (`BTCUSD`,
 * `1INCH:USD`): put t or f before them for a symbol. Keys of other clients that no page of the manual shows are
 * undocumented, and raw where their shape is unknown.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-conf
 * @since 0.1.0
 * @category endpoints
 */
export const confKeys = {
  /** internal code to API symbol, only of codes that differ */
  "pub:map:currency:sym": list(ConfMapEntry),
  /** code to display name */
  "pub:map:currency:label": list(ConfMapEntry),
  /** code to unit; the text can hold a short and a long form with a bar between */
  "pub:map:currency:unit": list(ConfMapEntry),
  /** code of a derivative to that of its underlying */
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
  /** leaderboard competitions that run; nobody knows their shape */
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
 * A key of the configuration: one that is known, or any other, whose value comes as it is.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfKeyName = keyof typeof confKeys | (`pub:${string}` & {})

/**
 * What a key answers. Null where the venue knows no such key.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfValue<K> = K extends keyof typeof confKeys ? Layout.Type<(typeof confKeys)[K]["decoder"]> | null
  : unknown

/**
 * The answers to a list of keys, in its order.
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
 * Reads the answers to a list of keys: one element for each.
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
      // the venue may answer null for a key that it does not know
      const value = json[at] === null ? Either.right(null) : decoder.decode(json[at])
      if (Either.isLeft(value)) {
        return Either.left(new DecodeError({ ...value.left, layout: `${key} ${value.left.layout}` }))
      }
      values.push(value.right)
    }
    return Either.right(values)
  }
})
