import * as fs from "node:fs"
import type * as Layout from "../../src/protocol/Layout.ts"
import * as Records from "../../src/Records.ts"

/** One call of an endpoint: the arguments, the request, the reply, and the result. */
export interface RestCase {
  readonly args: { readonly [name: string]: unknown }
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query: { readonly [name: string]: string }
    readonly body: unknown
  }
  readonly response: unknown
  readonly expect: unknown
  /** the refusal in the reply, if it is one: a client fails with it */
  readonly refusal?: { readonly code: number | null; readonly text: string; readonly status: string }
}

/** One frame of a channel. `payload` follows the channel id, and `te` or `tu` if there is one. */
export interface ChannelCase {
  readonly args: { readonly [name: string]: unknown }
  readonly request: { readonly [field: string]: unknown }
  readonly kind: "snapshot" | "update"
  readonly payload: unknown
  readonly expect: ReadonlyArray<unknown>
}

/** One event of the account: `payload` follows the type. */
export interface AccountCase {
  readonly type: string
  readonly payload: unknown
  readonly expect: ReadonlyArray<unknown>
}

/** A row that no endpoint and no channel delivers: refusals, and the `info` frame of a socket. */
export interface FrameCase {
  readonly record: string
  readonly doc: string
  readonly row: unknown
  readonly expect: unknown
}

/**
 * Written after the examples of the manual's page `doc`, as read on the day `read`. `note` says if there is no page,
 * or no example on it.
 */
export interface Fixture<Case> {
  readonly doc: string | null
  readonly note?: string
  readonly read: string
  readonly cases: ReadonlyArray<Case>
}

const folder = new URL("../fixtures/", import.meta.url)

const load = <A>(path: string): A | undefined => {
  const file = new URL(path, folder)
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) as A : undefined
}

const namesIn = (path: string): ReadonlyArray<string> =>
  fs.readdirSync(new URL(path, folder)).filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5))

export const rest = (name: string): Fixture<RestCase> | undefined => load(`rest/${name}.json`)
export const restNames = (): ReadonlyArray<string> => namesIn("rest/")
export const channel = (name: string): Fixture<ChannelCase> | undefined => load(`ws/${name}.json`)
export const channelNames = (): ReadonlyArray<string> => namesIn("ws/")
export const account = (name: string): Fixture<AccountCase> | undefined => load(`account/${name}.json`)
export const accountNames = (): ReadonlyArray<string> => namesIn("account/")
export const frames: ReadonlyArray<FrameCase> = load<{ readonly cases: ReadonlyArray<FrameCase> }>("frames.json")!.cases

const isLayout = (value: unknown): value is Layout.Layout<unknown> =>
  typeof value === "object" && value !== null && "fields" in value && "encode" in value

/** All layouts by name. */
export const layouts: ReadonlyMap<string, Layout.Layout<unknown>> = new Map(
  Object.entries(Records).flatMap(([name, value]) => isLayout(value) ? [[name, value]] : [])
)
