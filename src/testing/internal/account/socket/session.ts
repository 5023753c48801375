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

export const makeSession = (options: {
  readonly core: Core
  readonly keys: Keys
  readonly line: Line
  readonly uuid: () => string
  /** time between the reply to a login and its snapshots, ms */
  readonly snapshotDelay: number
}): Session => {
  const { core, keys, line } = options
  const { sabotage, wire } = line
  let grant: Grant | undefined
  let login: Login | undefined
  let account: Account | undefined
  let filter: Filter = () => true
  let left = false
  let muted = false
  let armed: { readonly ids: Set<number> | "any"; readonly code: number } | undefined

  const event = (body: { readonly event: string; readonly [field: string]: unknown }) => {
    if (!left) wire.send({ kind: "event", name: "", body })
  }

  const send = (kind: Kind, type: string, payload: unknown) => {
    if (left || muted) return
    wire.send({ kind, name: `account:${type}`, body: [0, type, sabotage.payload(type, payload)] })
  }

  const may = (topic: Topic, scope: Scope): boolean => grant?.permissions[scope].read === true && filter(topic)

  const verify = (request: Request): OrRefusal<Grant> => {
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

  const snapshots = (of: Account) => {
    const { funding, orders, positions, wallets } = of
    const one = (
      type: string,
      scope: Scope,
      family: "trading" | "funding" | "wallet",
      rows: () => ReadonlyArray<readonly [topic: Topic, row: unknown]>
    ) => {
      // a snapshot without permission, or excluded as a whole by the filter, is not sent; the venue's behaviour is not
      // known
      const words = login?.filter
      if (grant?.permissions[scope].read !== true) return
      if (words !== undefined && !words.some((word) => word.split("-")[0] === family)) return
      const fault = sabotage.snapshot(type)
      if (fault === "skip") return
      const sendSnapshot = () => send("account", type, rows().filter(([topic]) => filter(topic)).map(([, row]) => row))
      if (fault !== undefined) line.later(fault, sendSnapshot)
      else if (options.snapshotDelay > 0) line.later(options.snapshotDelay, sendSnapshot)
      else sendSnapshot()
    }
    const by = <A extends { readonly symbol: string }>(
      family: "trading" | "funding",
      records: Iterable<A>,
      encode: (record: A) => unknown
    ) => Array.from(records, (found) => [{ family, symbol: found.symbol }, encode(found)] as const)
    const shown = <A extends { readonly id: number }>(all: Iterable<A>): ReadonlyArray<A> =>
      Array.from(all).filter(({ id }) => of.concealed.get(id)?.socket !== true)
    const loans = () => Array.from(funding.loans.values(), loanRecord)
    one("ps", "positions", "trading", () => {
      const records = Array.from(positions.open.values(), (position) => positions.record(position, false))
      return by("trading", records, Position.encode)
    })
    one("ws", "wallets", "wallet", () =>
      wallets.records().map((wallet) => [
        { family: "wallet", wallet: wallet.type, currency: wallet.currency },
        walletRow(wallet)
      ]))
    one(
      "os",
      "orders",
      "trading",
      () => by("trading", shown(orders.values()).map((order) => record(order)), Order.encode)
    )
    one(
      "fos",
      "funding",
      "funding",
      () => by("funding", shown(funding.offers.values()).map(offerRecord), FundingOffer.encode)
    )
    one(
      "fcs",
      "funding",
      "funding",
      () => by("funding", loans().filter((loan) => loan.positionPair !== null), FundingCredit.encode)
    )
    one(
      "fls",
      "funding",
      "funding",
      () => by("funding", loans().filter((loan) => loan.positionPair === null), FundingLoan.encode)
    )
  }

  const leave = (code?: number) => {
    if (left) return
    left = true
    if (code !== undefined) line.drop(code)
  }

  /** whether an event is the first of a fill that the fault waits for */
  const isFill = (happened: AccountEvent): boolean => {
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
        return core.eventOrder === "orderFirst" && ids.has(happened.record.id) &&
          happened.record.amount !== happened.record.amountOrig
      default:
        return false
    }
  }

  return {
    line,
    login: () => login,
    grant: () => grant,
    account: () => account,
    enter: (request) => {
      // the reply echoes only `subId`, since the frame contains a signature
      if (grant !== undefined) {
        event({ event: "error", msg: "auth: dup", code: 10100, ...echoOf(request) })
        return false
      }
      const fault = sabotage.login()
      if (fault === "ignore") return false
      const verified = fault === undefined ? verify(request) : refuse(fault.code, fault.msg)
      if (Either.isLeft(verified)) {
        const { code, text } = verified.left
        event({ event: "auth", status: "FAILED", chanId: 0, code, msg: text, ...echoOf(request) })
        return false
      }
      grant = verified.right
      const { userId } = grant.key
      // every key belongs to an account
      account = core.accounts.get(userId)!
      filter = makeFilter(request.filter)
      // 4 is the only value in the manual; the meaning of `calc` in a login is not known
      login = { userId, authId: options.uuid(), filter: wordsOf(request.filter), dms: request.dms === 4 }
      event({
        event: "auth",
        status: "OK",
        chanId: 0,
        userId,
        ...echoOf(request),
        auth_id: login.authId,
        caps: capsOf(grant)
      })
      snapshots(account)
      return true
    },
    event: (happened) => {
      // changes of only the available balance are not sent, since available balances are computed on request
      if (happened.type === "wu" && happened.heldOnly) return
      if (may(topicOf(happened), scopeOf(happened))) send("account", happened.type, rowOf(happened))
      if (isFill(happened)) leave(armed!.code)
    },
    notify: (type, row) => {
      if (grant === undefined || !filter({ family: "notify" })) return
      send(kindOf(type), "n", row)
    },
    publish: (type, topic, scope, payload) => {
      if (may(topic, scope)) send("account", type, payload)
    },
    error: (code, msg, echo = {}) => event({ event: "error", msg, code, ...echo }),
    heartbeat: () => {
      if (grant !== undefined && !left && !muted) {
        wire.send({ kind: "heartbeat", name: "account:hb", body: [0, "hb"] })
      }
    },
    leave,
    hasLeft: () => left,
    arm: (ids, code) => {
      const known = armed?.ids
      armed = {
        code,
        ids: ids === "any" || known === "any" ? "any" : new Set([...(known ?? []), ...ids])
      }
    },
    raw: (type, payload) => {
      if (grant === undefined || left) return
      const name = type === "n" && Array.isArray(payload) ? String(payload[1]) : undefined
      const kind = name === undefined ? "account" : kindOf(name)
      wire.send({ kind, name: `account:${type}`, body: [0, type, payload] })
    },
    mute: () => {
      muted = true
    }
  }
}
