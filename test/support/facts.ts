import * as fs from "node:fs"

/** A parameter of an endpoint: its name on the wire, and its type. */
export interface FactParam {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly enum?: ReadonlyArray<string | number>
  readonly const?: string
  readonly min?: number | string
  readonly max?: number | string
}

export interface FactEndpoint {
  readonly name: string
  readonly group: string
  readonly method: string
  readonly path: string
  readonly auth: boolean
  readonly status: string
  readonly permission: { readonly scope: string; readonly access: string } | null
  readonly pathParams: ReadonlyArray<FactParam>
  readonly query: ReadonlyArray<FactParam>
  readonly body: ReadonlyArray<FactParam>
  readonly bodyRule: string | null
  readonly pathVariants: ReadonlyArray<string>
  readonly response: {
    readonly kind: string
    readonly record: string | null | ReadonlyArray<{ readonly record: string }>
    readonly wrap?: string
    readonly notificationType?: ReadonlyArray<string>
    readonly notifyInfo?: string | null
    readonly notifyInfoShape?: "record" | "list" | "none" | "unknown"
    readonly confKeys?: ReadonlyArray<
      { readonly key: string; readonly status: string; readonly kind: string; readonly record: string | null }
    >
  }
  readonly rateLimit: string | null
  readonly maxLimit: number | null
  readonly idempotent: boolean | null
  readonly doc: string
}

/** A cell of a record: `i` is its index in an array, `key` its key in an object. */
export interface FactField {
  readonly i: number | null
  readonly key?: string
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly optional?: boolean
  readonly const?: unknown
  readonly enum?: ReadonlyArray<string | number>
  readonly openEnum?: boolean
  readonly seen?: ReadonlyArray<string>
  readonly record?: string
  readonly items?: "string" | "json"
}

export interface FactRecord {
  readonly shape: "array" | "object" | "unknown"
  /** cells of the shortest current form */
  readonly length: number | null
  readonly maxSeenLength: number | null
  readonly nullableIn?: ReadonlyArray<{ readonly fields: ReadonlyArray<string> }>
  readonly fields: ReadonlyArray<FactField>
}

/** A book and its checksum. `arrival`, `snapshot` and `updates` are the rows in the order in which they come. */
export interface ChecksumVector {
  readonly id: string
  readonly kind: "P" | "R0"
  readonly bids: ReadonlyArray<ReadonlyArray<number>>
  readonly asks: ReadonlyArray<ReadonlyArray<number>>
  readonly string: string
  readonly crc32Signed: number
  readonly arrival?: ReadonlyArray<ReadonlyArray<number>>
  readonly snapshot?: ReadonlyArray<ReadonlyArray<number>>
  readonly updates?: ReadonlyArray<ReadonlyArray<number>>
}

export interface Facts {
  readonly about: string
  readonly endpoints: ReadonlyArray<FactEndpoint>
  readonly records: { readonly [name: string]: FactRecord }
  /** types of the account's events, but for heartbeats, and those that follow a login */
  readonly events: { readonly all: ReadonlyArray<string>; readonly afterLogin: ReadonlyArray<string> }
  readonly checksums: ReadonlyArray<ChecksumVector>
}

/** where `npm run facts` writes them */
export const file = new URL("../fixtures/facts.json", import.meta.url)

/** The venue's facts, independent of the tables of `src`: names, indices, types and limits, as the manual has them. */
export const facts: Facts = JSON.parse(fs.readFileSync(file, "utf8"))
