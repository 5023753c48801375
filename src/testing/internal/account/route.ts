/**
 * What the routes of accounts have in common: who asks, what for, pages of histories, and the forms of answers.
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
  /** carries a command out that came over REST */
  readonly command: (account: Account, type: CommandType, input: Input, surroundings: Surroundings) => OrRefusal<Notice>
  readonly keys: Keys
  readonly profiles: Profiles
  readonly now: () => number
}

/** one request, whoever sent it */
export interface OpenCall {
  readonly venue: Venue
  readonly surroundings: Surroundings
  /** a part of the path, decoded; undefined when it was left out */
  readonly path: (name: string) => string | undefined
  /** parameters of the body, and of the query where there is no body */
  readonly input: Input
  readonly now: number
}

/** one request of somebody who is known and may do this */
export interface Call extends OpenCall {
  readonly session: Session
  readonly account: Account
  readonly profile: Profile
}

export interface Route {
  readonly scope: Scope | null
  readonly access: keyof Access
  /** path from `v2` on; `{name?}` may be left out with the slash before it */
  readonly path: string
  readonly method: "GET" | "POST"
  readonly answer: (call: Call) => OrRefusal<unknown>
  /** for everybody */
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

/** that reads, with a key */
export const read = signed("read")

/** that writes, with a key */
export const write = signed("write")

/** that needs no key */
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
  /** rows when no limit is given */
  readonly default: number
  readonly max: number
  /** ms that can be asked back */
  readonly reach?: number
}

export const days = (count: number): number => count * 86_400_000

/** start, end, limit and sort of a history: bounds belong to it, newest first unless asked for otherwise */
export const page = <A>(
  { input, now }: OpenCall,
  all: Iterable<A>,
  mts: (record: A) => number,
  limits: Limits
): OrRefusal<ReadonlyArray<A>> => {
  // times may carry a fraction
  const [start, end, sort] = [input.number("start"), input.number("end"), input.int("sort")]
  const limit = input.int("limit") ?? limits.default
  if (Number.isNaN(start ?? 0)) return invalid("start")
  if (Number.isNaN(end ?? 0)) return invalid("end")
  if (sort !== undefined && sort !== 1 && sort !== -1) return invalid("sort")
  if (!(limit >= 1 && limit <= limits.max)) return invalid("limit")
  const from = Math.max(start ?? 0, limits.reach === undefined ? 0 : now - limits.reach)
  const found = Array.from(all).filter((record) => mts(record) >= from && mts(record) <= (end ?? Infinity))
  // stable, so that rows of one millisecond keep their order
  found.sort((a, b) => mts(a) - mts(b))
  if (sort !== 1) found.reverse()
  return Either.right(found.slice(0, limit))
}

/** the ids that a list asks for; everything when it names none */
export const byIds = (input: Input): (record: { readonly id: number }) => boolean => {
  const ids = input.list("id").map(Number)
  return ids.length === 0 ? () => true : ({ id }) => ids.includes(id)
}

/** whether lists of REST show an order or offer */
export const isShown = ({ account }: Call) => ({ id }: { readonly id: number }): boolean =>
  account.concealed.get(id)?.rest !== true

/** a notification; its time is in milliseconds, but for `on-req`, whose time the venue gives in seconds */
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
