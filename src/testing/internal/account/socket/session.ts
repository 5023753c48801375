/**
 * The account's side of one connection: its login, its snapshots, and its messages on channel 0.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { FundingCredit, FundingLoan, FundingOffer } from "../../../../protocol/records/Funding.ts"
import { Order } from "../../../../protocol/records/Order.ts"
import { Position } from "../../../../protocol/records/Position.ts"
import type { Line, Login } from "../../venue/account.ts"
import type { AccountSabotage } from "../../venue/accountFaults.ts"
import type { Request } from "../../venue/channels.ts"
import type { Kind } from "../../venue/wire.ts"
import { loanRecord, offerRecord } from "../funding.ts"
import type { Keys, Scope, Session as Grant } from "../keys.ts"
import { scopes } from "../keys.ts"
import type { AccountEvent, OrRefusal } from "../model.ts"
import { record } from "../order.ts"
import type { Account, Core } from "../types.ts"
import { refuse } from "../types.ts"
import type { Filter, Topic } from "./filter.ts"
import { makeFilter, topicOf, wordsOf } from "./filter.ts"
import { rowOf, walletRow } from "./rows.ts"

export interface Session {
  readonly line: Line
  readonly login: () => Login | undefined
  readonly grant: () => Grant | undefined
  readonly account: () => Account | undefined
  /** true if it succeeded */
  readonly enter: (request: Request) => boolean
  readonly event: (event: AccountEvent) => void
  readonly notify: (type: string, row: unknown) => void
  /** another message on channel 0, if filter and permissions allow it */
  readonly publish: (type: string, topic: Topic, scope: Scope, payload: unknown) => void
  readonly error: (code: number, msg: string, echo?: { readonly [field: string]: unknown }) => void
  readonly heartbeat: () => void
  /** sends nothing more, and closes the connection if there is a close code */
  readonly leave: (code?: number) => void
  readonly hasLeft: () => boolean
  /** leaves during the next fill of one of these orders, or with the first event if the list is empty */
  readonly arm: (ids: ReadonlyArray<number> | "any", code: number) => void
  readonly raw: (type: string, payload: unknown) => void
  readonly mute: () => void
}

/** all scopes, as captured; the manual has fewer */
const capsOf = ({ permissions }: Grant): object =>
  Object.fromEntries(
    scopes.map((
      scope
    ) => [scope, { read: permissions[scope].read ? 1 : 0, write: permissions[scope].write ? 1 : 0 }])
  )

const scopeOf = ({ type }: AccountEvent): Scope =>
  type === "wu" ? "wallets" : type.startsWith("p") ? "positions" : type.startsWith("f") ? "funding" : "orders"

/** the count of notifications depends on whether they acknowledge a command */
const kindOf = (notification: string): Kind => notification.endsWith("-req") ? "acknowledgement" : "notification"

type SnapshotType = Parameters<AccountSabotage["snapshot"]>[0]

export interface Options {
  readonly core: Core
  readonly keys: Keys
  readonly line: Line
  readonly uuid: () => string
  /** time between the reply to a login and its snapshots, ms */
  readonly snapshotDelay: number
}

/** the result of a login */
interface LoggedIn {
  readonly grant: Grant
  readonly login: Login
  readonly account: Account
  readonly filter: Filter
}

/** the fault that leaves during a fill of one of these orders, or with the first event */
interface Armed {
  readonly ids: ReadonlySet<number> | "any"
  readonly code: number
}

interface State {
  readonly options: Options
  loggedIn: LoggedIn | undefined
  armed: Armed | undefined
  hasLeft: boolean
  isMute: boolean
}

const event = (
  { hasLeft, options }: State,
  body: { readonly event: string; readonly [field: string]: unknown }
): void => {
  if (!hasLeft) options.line.wire.send({ kind: "event", name: "", body })
}

const send = ({ hasLeft, isMute, options }: State, kind: Kind, type: string, payload: unknown): void => {
  if (hasLeft || isMute) return
  const { sabotage, wire } = options.line
  wire.send({ kind, name: `account:${type}`, body: [0, type, sabotage.payload(type, payload)] })
}

const may = ({ loggedIn }: State, topic: Topic, scope: Scope): boolean =>
  loggedIn?.grant.permissions[scope].read === true && loggedIn.filter(topic)

const verify = (keys: Keys, request: Request): OrRefusal<Grant> => {
  const { apiKey, authNonce, authPayload, authSig, token } = request
  if (token !== undefined) return typeof token === "string" ? keys.byToken(token) : refuse(10100, "token: invalid")
  if (typeof apiKey !== "string") return refuse(10100, "apikey: invalid")
  // codes by the glossary; not known are the venue's reply to a payload that is not a text, and the code for a wrong
  // signature on the socket
  if (typeof authPayload !== "string" || authPayload === "") return refuse(10111, "auth: payload invalid")
  const nonce = typeof authNonce === "number" || typeof authNonce === "string" ? String(authNonce) : ""
  return Either.mapLeft(
    keys.login(apiKey, nonce, authPayload, typeof authSig === "string" ? authSig : ""),
    (refusal) => refusal.text === "apikey: digest invalid" ? { ...refusal, code: 10112 } : refusal
  )
}

const echoOf = (request: Request) => (request.subId === undefined ? {} : { subId: request.subId })

interface Snapshot {
  readonly type: SnapshotType
  readonly scope: Scope
  readonly family: "trading" | "funding" | "wallet"
  readonly rows: (of: Account) => ReadonlyArray<readonly [topic: Topic, row: unknown]>
}

const by = <A extends { readonly symbol: string }>(
  family: "trading" | "funding",
  records: Iterable<A>,
  encode: (record: A) => unknown
) => Array.from(records, (found) => [{ family, symbol: found.symbol }, encode(found)] as const)

const shown = <A extends { readonly id: number }>(of: Account, all: Iterable<A>): ReadonlyArray<A> =>
  Array.from(all).filter(({ id }) => of.concealed.get(id)?.socket !== true)

const loansOf = ({ funding }: Account, isUsed: boolean) =>
  Array.from(funding.loans.values(), loanRecord).filter((loan) => (loan.positionPair !== null) === isUsed)

/** in the order in which they follow a login */
const snapshots: ReadonlyArray<Snapshot> = [
  {
    type: "ps",
    scope: "positions",
    family: "trading",
    rows: ({ positions }) => {
      const records = Array.from(positions.open.values(), (position) => positions.record(position, false))
      return by("trading", records, Position.encode)
    }
  },
  {
    type: "ws",
    scope: "wallets",
    family: "wallet",
    rows: ({ wallets }) =>
      wallets.records().map((wallet) => [
        { family: "wallet", wallet: wallet.type, currency: wallet.currency },
        walletRow(wallet)
      ])
  },
  {
    type: "os",
    scope: "orders",
    family: "trading",
    rows: (of) => by("trading", shown(of, of.orders.values()).map((order) => record(order)), Order.encode)
  },
  {
    type: "fos",
    scope: "funding",
    family: "funding",
    rows: (of) => by("funding", shown(of, of.funding.offers.values()).map(offerRecord), FundingOffer.encode)
  },
  {
    type: "fcs",
    scope: "funding",
    family: "funding",
    rows: (of) => by("funding", loansOf(of, true), FundingCredit.encode)
  },
  {
    type: "fls",
    scope: "funding",
    family: "funding",
    rows: (of) => by("funding", loansOf(of, false), FundingLoan.encode)
  }
]

const sendSnapshots = (state: State, { account, filter, grant, login }: LoggedIn): void => {
  const { line, snapshotDelay } = state.options
  for (const { family, rows, scope, type } of snapshots) {
    // a snapshot without permission, or excluded as a whole by the filter, is not sent; the venue's behaviour is not known
    if (grant.permissions[scope].read !== true) continue
    if (login.filter !== undefined && !login.filter.some((word) => word.split("-")[0] === family)) continue
    const fault = line.sabotage.snapshot(type)
    if (fault === "skip") continue
    const act = () => {
      const allowed = rows(account).filter(([topic]) => filter(topic))
      send(state, "account", type, allowed.map(([, row]) => row))
    }
    if (fault !== undefined) line.later(fault, act)
    else if (snapshotDelay > 0) line.later(snapshotDelay, act)
    else act()
  }
}

const leave = (state: State, code?: number): void => {
  if (state.hasLeft) return
  state.hasLeft = true
  if (code !== undefined) state.options.line.drop(code)
}

/** whether an event is the first of a fill that the fault waits for */
const isFill = ({ armed, options }: State, happened: AccountEvent): boolean => {
  if (armed === undefined) return false
  const { ids } = armed
  if (ids === "any") return true
  switch (happened.type) {
    case "te":
      return ids.has(happened.record.orderId)
    case "fte":
      return ids.has(happened.record.offerId)
    case "on":
    case "ou":
    case "oc":
      return options.core.eventOrder === "orderFirst" && ids.has(happened.record.id) &&
        happened.record.amount !== happened.record.amountOrig
    default:
      return false
  }
}

/** true if the login succeeded */
const enter = (state: State, request: Request): boolean => {
  const { core, keys, line, uuid } = state.options
  // the reply echoes only `subId`, since the frame contains a signature
  if (state.loggedIn !== undefined) {
    event(state, { event: "error", msg: "auth: dup", code: 10100, ...echoOf(request) })
    return false
  }
  const fault = line.sabotage.login()
  if (fault === "ignore") return false
  const verified = fault === undefined ? verify(keys, request) : refuse(fault.code, fault.msg)
  if (Either.isLeft(verified)) {
    const { code, text } = verified.left
    event(state, { event: "auth", status: "FAILED", chanId: 0, code, msg: text, ...echoOf(request) })
    return false
  }
  const grant = verified.right
  const { userId } = grant.key
  const authId = uuid()
  const loggedIn: LoggedIn = {
    grant,
    // every key belongs to an account
    account: core.accounts.get(userId)!,
    filter: makeFilter(request.filter),
    // 4 is the only value in the manual; the meaning of `calc` in a login is not known
    login: { userId, authId, filter: wordsOf(request.filter), dms: request.dms === 4 }
  }
  state.loggedIn = loggedIn
  const caps = capsOf(grant)
  event(state, { event: "auth", status: "OK", chanId: 0, userId, ...echoOf(request), auth_id: authId, caps })
  sendSnapshots(state, loggedIn)
  return true
}

const raw = ({ hasLeft, loggedIn, options }: State, type: string, payload: unknown): void => {
  if (loggedIn === undefined || hasLeft) return
  const name = type === "n" && Array.isArray(payload) ? String(payload[1]) : undefined
  const kind = name === undefined ? "account" : kindOf(name)
  options.line.wire.send({ kind, name: `account:${type}`, body: [0, type, payload] })
}

export const makeSession = (options: Options): Session => {
  const { line } = options
  const state: State = { options, loggedIn: undefined, armed: undefined, hasLeft: false, isMute: false }
  return {
    line,
    login: () => state.loggedIn?.login,
    grant: () => state.loggedIn?.grant,
    account: () => state.loggedIn?.account,
    enter: (request) => enter(state, request),
    event: (happened) => {
      // changes of only the available balance are not sent, since available balances are computed on request
      if (happened.type === "wu" && happened.heldOnly) return
      if (may(state, topicOf(happened), scopeOf(happened))) send(state, "account", happened.type, rowOf(happened))
      if (isFill(state, happened)) leave(state, state.armed!.code)
    },
    notify: (type, row) => {
      if (state.loggedIn?.filter({ family: "notify" }) === true) send(state, kindOf(type), "n", row)
    },
    publish: (type, topic, scope, payload) => {
      if (may(state, topic, scope)) send(state, "account", type, payload)
    },
    error: (code, msg, echo = {}) => event(state, { event: "error", msg, code, ...echo }),
    heartbeat: () => {
      const { hasLeft, isMute, loggedIn } = state
      if (loggedIn === undefined || hasLeft || isMute) return
      line.wire.send({ kind: "heartbeat", name: "account:hb", body: [0, "hb"] })
    },
    leave: (code) => leave(state, code),
    hasLeft: () => state.hasLeft,
    arm: (ids, code) => {
      const known = state.armed?.ids
      state.armed = { code, ids: ids === "any" || known === "any" ? "any" : new Set([...(known ?? []), ...ids]) }
    },
    raw: (type, payload) => raw(state, type, payload),
    mute: () => {
      state.isMute = true
    }
  }
}
