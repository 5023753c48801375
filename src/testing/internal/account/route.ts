/**
 * Common parts of the account routes: requests with their user and scope, pages of histories, and forms of replies.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { FundingOffer } from "../../../protocol/records/Funding.ts"
import { Notification } from "../../../protocol/records/Notification.ts"
import { Order } from "../../../protocol/records/Order.ts"
import { Position } from "../../../protocol/records/Position.ts"
import type { Surroundings } from "../venue/account.ts"
import type { Accounts } from "./accounts.ts"
import type { CommandType } from "./commands.ts"
import type { Input } from "./input.ts"
import type { Access, Keys, Scope, Session } from "./keys.ts"
import type { Notice, OrRefusal, WalletType } from "./model.ts"
import type { Profile, Profiles } from "./profile.ts"
import type { Account } from "./types.ts"
import { invalid } from "./types.ts"

export interface Venue {
  readonly accounts: Accounts
  /** executes a command that arrived by REST */
  readonly command: (account: Account, type: CommandType, input: Input, surroundings: Surroundings) => OrRefusal<Notice>
  readonly keys: Keys
  readonly profiles: Profiles
  readonly now: () => number
}

/** one request, with or without a user */
export interface OpenCall {
  readonly venue: Venue
  readonly surroundings: Surroundings
  /** a part of the path, decoded; undefined if omitted */
  readonly path: (name: string) => string | undefined
  /** parameters of the body, and of the query if there is no body */
  readonly input: Input
  readonly now: number
}

/** one request of an authenticated user with the required permission */
export interface Call extends OpenCall {
  readonly session: Session
  readonly account: Account
  readonly profile: Profile
}

export interface Route {
  readonly scope: Scope | null
  readonly access: keyof Access
  /** path from `v2` on; `{name?}` may be omitted together with the slash before it */
  readonly path: string
  readonly method: "GET" | "POST"
  readonly answer: (call: Call) => OrRefusal<unknown>
  /** without authentication */
  readonly open?: (call: OpenCall) => OrRefusal<unknown>
}

export interface Routes {
  readonly [endpoint: string]: Route
}

const signed = (access: keyof Access) => (path: string, scope: Scope | null, answer: Route["answer"]): Route => ({
  scope,
  access,
  path: `v2/auth/${path}`,
  method: "POST",
  answer
})

/** a route that reads, with a key */
export const read = signed("read")

/** a route that writes, with a key */
export const write = signed("write")

/** a route that needs no key */
export const open = (method: "GET" | "POST", path: string, answer: (call: OpenCall) => OrRefusal<unknown>): Route => ({
  scope: null,
  access: "read",
  path: `v2/${path}`,
  method,
  answer,
  open: answer
})

interface Encoder<A> {
  readonly encode: (record: A) => unknown
}

export const rows = <A>(layout: Encoder<A>, records: Iterable<A>): ReadonlyArray<unknown> =>
  Array.from(records, layout.encode)

export interface Limits {
  /** number of rows if the request has no limit */
  readonly default: number
  readonly max: number
  /** longest time span of a request, ms */
  readonly reach?: number
}

export const days = (count: number): number => count * 86_400_000

/** start, end, limit and sort of a history: bounds are inclusive, newest first by default */
export const page = <A>(
  { input, now }: OpenCall,
  all: Iterable<A>,
  mts: (record: A) => number,
  limits: Limits
): OrRefusal<ReadonlyArray<A>> => {
  // times may have a fraction
  const [start, end, sort] = [input.number("start"), input.number("end"), input.int("sort")]
  const limit = input.int("limit") ?? limits.default
  if (Number.isNaN(start ?? 0)) return invalid("start")
  if (Number.isNaN(end ?? 0)) return invalid("end")
  if (sort !== undefined && sort !== 1 && sort !== -1) return invalid("sort")
  if (!(limit >= 1 && limit <= limits.max)) return invalid("limit")
  const from = Math.max(start ?? 0, limits.reach === undefined ? 0 : now - limits.reach)
  const found = Array.from(all).filter((record) => mts(record) >= from && mts(record) <= (end ?? Infinity))
  // a stable sort, so that rows of the same millisecond keep their order
  found.sort((a, b) => mts(a) - mts(b))
  if (sort !== 1) found.reverse()
  return Either.right(found.slice(0, limit))
}

/** the ids that a list requests; everything if it has none */
export const byIds = (input: Input): (record: { readonly id: number }) => boolean => {
  const ids = input.list("id").map(Number)
  return ids.length === 0 ? () => true : ({ id }) => ids.includes(id)
}

/** whether lists of REST show an order or offer */
export const isShown = ({ account }: Call) => ({ id }: { readonly id: number }): boolean =>
  account.concealed.get(id)?.rest !== true

/** a notification; its time is in milliseconds, except for `on-req`, where the venue sends seconds */
export const notification = (
  now: number,
  type: string,
  notifyInfo: unknown,
  text: string | null,
  status: "SUCCESS" | "ERROR" = "SUCCESS"
): unknown =>
  Notification.encode({
    mts: type === "on-req" ? Math.floor(now / 1000) : now,
    type,
    messageId: null,
    notifyInfo,
    code: null,
    status,
    text
  })

const infoOf = (now: number, info: Notice["info"]): unknown => {
  switch (info._tag) {
    case "orders":
      return rows(Order, info.orders)
    case "order":
      return Order.encode(info.order)
    case "offer":
      return FundingOffer.encode(info.offer)
    case "position":
      return Position.encode(info.position)
    case "notices":
      return info.notices.map((notice) => noticeRow(now, notice))
    case "none":
      return null
  }
}

export const noticeRow = (now: number, { info, status, text, type }: Notice): unknown =>
  notification(now, type, infoOf(now, info), text, status)

/** a wallet by any of its names */
export const walletOf = (name: string | undefined): WalletType | undefined =>
  name === "exchange" || name === "margin" || name === "funding"
    ? name
    : name === "trading"
    ? "margin"
    : name === "deposit"
    ? "funding"
    : undefined

export const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}
