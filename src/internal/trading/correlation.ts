/**
 * Which command an answer of the venue is for. All that happens here is synchronous, within the socket's listener.
 *
 * Notifications go to all connections of a user, so most of them may be for other programs: an answer counts only for a
 * command that it names. What names nothing, as an `error` frame, is believed only where a single command can be meant,
 * and only when nothing contradicts it within a moment.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { DecodeError } from "../../BitfinexError.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import { FundingOffer } from "../../protocol/records/Funding.ts"
import { Order } from "../../protocol/records/Order.ts"
import type { RawEvent } from "../account/session.ts"
import type { Known, Rule } from "./rules/order.ts"

export interface Accepted<out A = unknown> {
  readonly _tag: "Accepted"
  readonly record: A
  /** type of the notification or event that proved it */
  readonly by: string
  /** the notification's text; null for events */
  readonly text: string | null
}

export type Answer = Accepted | { readonly _tag: "Refused"; readonly error: ErrorTable.Refused }

/** What was said without proof. */
export interface Doubt {
  readonly error: ErrorTable.Refused | DecodeError
  /** it refuses, and only a single command can be meant */
  readonly refuses: boolean
}

/** One operation that waits for its answer. */
export interface Part {
  readonly operation: string
  readonly rule: Rule
  /** called once */
  readonly settle: (answer: Answer) => void
  readonly suspect: (doubt: Doubt) => void
}

export interface Correlation {
  readonly known: Known
  /** the order of these calls is that of the frames */
  readonly add: (part: Part) => void
  readonly remove: (part: Part) => void
  readonly onLogin: () => void
  /** what was told before we listened */
  readonly seed: (orders: ReadonlyArray<Order>, offers: ReadonlyArray<FundingOffer>) => void
  readonly onEvent: (event: RawEvent) => void
  readonly onError: (frame: EventFrame) => void
}

interface Notice {
  readonly type: string
  readonly info: unknown
  readonly code: number | null
  readonly status: unknown
  readonly text: string | null
}

/** by the cells, since a notification with a cell that we cannot read may still answer */
const noticeOf = (payload: unknown): Notice | undefined => {
  if (!Array.isArray(payload)) return undefined
  const [, type, , , info, code, status, text]: ReadonlyArray<unknown> = payload
  if (typeof type !== "string" || !type.endsWith("-req")) return undefined
  return {
    type: type.slice(0, -"-req".length),
    info,
    code: typeof code === "number" ? code : null,
    status,
    text: typeof text === "string" ? text : null
  }
}

const idOf = (payload: unknown): number | undefined => {
  const id: unknown = Array.isArray(payload) ? payload[0] : undefined
  return typeof id === "number" ? id : undefined
}

/** offers whose answer may still come a second time */
const remembered = 10_000

export const make = (): Correlation => {
  const parts = new Set<Part>()
  const orders = new Map<number, Order>()
  const offers = new Map<number, FundingOffer>()
  const claimed = new Set<number>()
  let seen = 0

  const answer = (part: Part, given: Answer): void => {
    // a part that was settled is asked nothing more
    if (!parts.delete(part)) return
    if (part.rule.type === "fon" && given._tag === "Accepted") {
      // the cast: what an accepted `fon` reads
      const { id } = given.record as { readonly id: number }
      claimed.add(id)
      for (const oldest of claimed.size > remembered ? claimed : []) {
        claimed.delete(oldest)
        break
      }
    }
    part.settle(given)
  }

  const accept = (notice: Notice, part: Part): void => {
    const record = part.rule.read(notice.info)
    if (Either.isLeft(record)) return part.suspect({ error: record.left, refuses: false })
    answer(part, { _tag: "Accepted", record: record.right, by: `${notice.type}-req`, text: notice.text })
  }

  const refusalOf = ({ code, status, text }: Notice, { operation }: Part) =>
    ErrorTable.fromRefusal({
      operation,
      code,
      text: text ?? "",
      status: null,
      retryAfter: null,
      notification: typeof status === "string" ? status : String(status)
    })

  const refuse = (notice: Notice, part: Part): void => {
    const error = refusalOf(notice, part)
    // a status that the manual does not know proves nothing
    if ("outcome" in error && error.outcome === "unknown") return part.suspect({ error, refuses: false })
    answer(part, { _tag: "Refused", error })
  }

  const onNotice = (notice: Notice): void => {
    const waiting = Array.from(parts).filter(({ rule }) => rule.type === notice.type)
    if (waiting.length === 0) return
    const isAccepted = notice.status === "SUCCESS"
    const about = waiting.map((part) => [part, part.rule.about(notice.info, isAccepted)] as const)
    const meant = about.flatMap(([part, match]) => match === "ours" ? [part] : [])
    const give = isAccepted ? accept : refuse
    if (meant.length > 0) {
      // of several updates of one order, the one that fits; else the oldest
      const fitting = meant.filter(({ rule }) => !rule.contradicts(notice.info))
      const first = fitting[0] ?? meant[0]!
      const all = first.rule.shared ? meant : [first]
      for (const part of all) give(notice, part)
      return
    }
    const unnamed = about.flatMap(([part, match]) => match === "unnamed" ? [part] : [])
    if (isAccepted) return
    for (const part of unnamed) {
      const error = refusalOf(notice, part)
      const proves = !("outcome" in error) || error.outcome === "refused"
      part.suspect({ error, refuses: proves && unnamed.length === 1 })
    }
  }

  const see = (mts: number): void => {
    seen = Math.max(seen, mts)
  }

  const learn = (type: string, payload: unknown): void => {
    switch (type) {
      case "os":
      case "fos": {
        const rows = Array.isArray(payload) ? payload : []
        if (type === "os") {
          orders.clear()
          for (const row of rows) learn("on", row)
        } else {
          offers.clear()
          for (const row of rows) learn("fon", row)
        }
        return
      }
      case "on":
      case "ou": {
        const row = Order.read(payload)
        if (row === undefined) return
        orders.set(row.id, row)
        return see(row.mtsUpdate)
      }
      case "oc": {
        const id = idOf(payload)
        if (id !== undefined) orders.delete(id)
        return see(Order.read(payload)?.mtsUpdate ?? 0)
      }
      case "fon":
      case "fou": {
        const row = FundingOffer.read(payload)
        if (row === undefined) return
        offers.set(row.id, row)
        return see(row.mtsUpdated)
      }
      case "foc": {
        const id = idOf(payload)
        if (id !== undefined) offers.delete(id)
        return see(FundingOffer.read(payload)?.mtsUpdated ?? 0)
      }
    }
  }

  const onEvent = ({ payload, type }: RawEvent): void => {
    if (type === "n") {
      const notice = noticeOf(payload)
      if (notice !== undefined) onNotice(notice)
      return
    }
    // of two equal submissions, one event proves one
    const proven = new Set<string>()
    for (const part of parts.size === 0 ? [] : Array.from(parts)) {
      const { rule } = part
      if (proven.has(rule.type)) continue
      const record = rule.proves(type, payload)
      if (record === undefined) continue
      if (!rule.shared) proven.add(rule.type)
      answer(part, { _tag: "Accepted", record, by: type, text: null })
    }
    learn(type, payload)
  }

  const onError = (frame: EventFrame): void => {
    // commands that were given up are answered late or never: they may be meant as well
    for (const part of parts) {
      const error = ErrorTable.fromRefusal({
        operation: part.operation,
        code: typeof frame["code"] === "number" ? frame["code"] : null,
        text: String(frame["msg"] ?? ""),
        status: null,
        retryAfter: null
      })
      const proves = !("outcome" in error) || error.outcome === "refused"
      part.suspect({ error, refuses: proves && parts.size === 1 })
    }
  }

  return {
    known: { orders, offers, claimed, seen: () => seen },
    add: (part) => {
      parts.add(part)
    },
    remove: (part) => {
      parts.delete(part)
    },
    onLogin: () => {
      orders.clear()
      offers.clear()
      claimed.clear()
    },
    seed: (openOrders, openOffers) => {
      for (const row of openOrders) orders.set(row.id, row)
      for (const row of openOffers) offers.set(row.id, row)
      for (const { mtsUpdate } of openOrders) see(mtsUpdate)
      for (const { mtsUpdated } of openOffers) see(mtsUpdated)
    },
    onEvent,
    onError
  }
}
