/** Runs the checks, and reports what they found. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fact, Finding, OfferFact, OrderFact, PublicFact } from "./facts.ts"
import { notSeen, offerFacts, orderFacts, publicFacts } from "./facts.ts"
import type { NotPaper } from "./orderChecks.ts"
import * as OrderChecks from "./orderChecks.ts"
import type { Addresses, Needs } from "./publicChecks.ts"
import { publicChecks } from "./publicChecks.ts"
import type { Key } from "./wire.ts"
import { open } from "./wire.ts"

export interface Entry extends Fact, Finding {
  readonly id: string
  readonly part: "public" | "orders"
}

export interface Report {
  /** the address of the exchange */
  readonly venue: string
  /** start of the run, ISO 8601 */
  readonly began: string
  readonly facts: ReadonlyArray<Entry>
  /** open orders of this run at its end; null when there were none to place, or when it is not known */
  readonly ordersLeft: number | null
}

export interface Settings {
  readonly addresses: Addresses
  /** without it the facts of orders are left out */
  readonly key: Key | undefined
  /** the checks that have not ended by then are `not seen` */
  readonly minutes: number
  /** called for each fact as soon as it is known */
  readonly onEntry?: (entry: Entry) => void
  /** called when the orders were cancelled, also after an interruption, with the number of those that are still open */
  readonly onEnd?: (ordersLeft: number | undefined) => void
}

/** the longest time for one check */
const each = Duration.minutes(1)

/** connections of their own: 8 of these within a minute, where the venue allows 20 */
const apart: ReadonlyArray<PublicFact> = [
  "heartbeats",
  "lateFlags",
  "sequence",
  "timestampLast",
  "bulkNested",
  "checksumBehindSnapshot",
  "slowBooks",
  "channelCap",
  "failedLogin"
]

const overRest: ReadonlyArray<PublicFact> = [
  "dateHeader",
  "restRefusal",
  "restUnknownPath",
  "upperCaseSections",
  "fractionalTimes",
  "restWeekFrames",
  "inclusiveBounds",
  "emptyRange",
  "restLimit",
  "unknownConfKey",
  "tetherMethods",
  "fiatRates",
  "headRequests",
  "tickerLength",
  "liquidationsNested",
  "statusHistory",
  "leaderboardLength",
  "unsignedRead"
]

// the cast: the keys of the table
const shared = (Object.keys(publicChecks) as ReadonlyArray<PublicFact>).filter((id) =>
  !apart.includes(id) && !overRest.includes(id)
)

const ofOrders = { ...orderFacts, ...offerFacts }

/** Checks all facts that the settings allow. */
export const run = ({ addresses, key, minutes, onEnd = () => {}, onEntry = () => {} }: Settings): Effect.Effect<
  Report,
  NotPaper,
  HttpClient.HttpClient | Socket.WebSocketConstructor
> =>
  Effect.scoped(Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    const found = new Map<string, Entry>()
    const put = (part: Entry["part"], id: string, fact: Fact, finding: Finding) => {
      const entry: Entry = { id, part, ...fact, ...finding }
      found.set(id, entry)
      onEntry(entry)
    }
    const limit = <R>(check: Effect.Effect<Finding, never, R>): Effect.Effect<Finding, never, R> =>
      Effect.timeoutTo(check, {
        duration: each,
        onSuccess: (finding) => finding,
        onTimeout: () => notSeen("the check did not end within a minute")
      })
    const link = yield* open(addresses.publicSocket)
    const publicOnes = (ids: ReadonlyArray<PublicFact>): Effect.Effect<void, never, Needs> =>
      Effect.forEach(ids, (id) =>
        Effect.map(
          limit(publicChecks[id](link, addresses)),
          (finding) => put("public", id, publicFacts[id], finding)
        ), { discard: true })
    const groups = Effect.all([publicOnes(shared), publicOnes(apart), publicOnes(overRest)], {
      concurrency: "unbounded",
      discard: true
    })
    const onOrder = (id: OrderFact | OfferFact, finding: Finding) => put("orders", id, ofOrders[id], finding)
    let left: number | undefined
    const orders = key === undefined ? Effect.void : OrderChecks.run(addresses, key, onOrder, limit, (count) => {
      left = count
      onEnd(count)
    })
    // the orders last: a connection of the account is one of few
    yield* Effect.timeoutOption(Effect.zipRight(groups, orders), Duration.minutes(minutes))
    const missing = (part: Entry["part"], facts: { readonly [id: string]: Fact }) => {
      for (const [id, fact] of Object.entries(facts)) {
        if (!found.has(id)) put(part, id, fact, notSeen("the time of the run was over"))
      }
    }
    missing("public", publicFacts)
    if (key !== undefined) missing("orders", ofOrders)
    const order = [...Object.keys(publicFacts), ...Object.keys(ofOrders)]
    return {
      venue: addresses.publicRest,
      began: new Date(began).toISOString(),
      facts: order.flatMap((id) => found.get(id) ?? []),
      ordersLeft: left ?? null
    }
  }))

/** The text without secrets, ids of users and ids of logins. */
export const redact = (text: string, key: Key | undefined): string =>
  [key?.key, key?.secret].filter((secret) => secret !== undefined && secret !== "").reduce<string>(
    (left, secret) => left.replaceAll(secret!, "[redacted]"),
    text
  ).replace(/(\\*"(?:userId|auth_id|apiKey|authSig|authPayload|token)\\*":)(\\*"[^"\\]*\\*"|\d+)/g, "$1\"[redacted]\"")

export const line = ({ assumed, id, seen, verdict }: Entry): string =>
  `${verdict.padEnd(10)}  ${id}: ${assumed}\n${" ".repeat(12)}${seen}`

export const summary = ({ facts }: Report): string => {
  const count = (verdict: Entry["verdict"]) => facts.filter((fact) => fact.verdict === verdict).length
  return `${facts.length} facts: ${count("as assumed")} as assumed, ${count("differs")} differ, ${
    count("not seen")
  } not seen`
}
