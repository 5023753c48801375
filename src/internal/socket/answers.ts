/**
 * Interprets the venue's answers: which request an error answers, and what to do with it. Pure; the ledger carries out
 * the decisions made here.
 *
 * @internal
 */
import { SubscriptionRejected } from "../../BitfinexError.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import type { Demand } from "./demand.ts"
import { type Entry, isMeant, namesRequest } from "./ledgerEntry.ts"

/** the venue is not ready, or too busy: the same request may be taken later (10008 and 11000 of its glossary) */
const passing = new Set<unknown>([10008, 11000])

/** 103xx of the venue's glossary; the codes that put a request off are known without a name, too */
const isOfSubscriptions = (code: number): boolean => (code >= 10300 && code < 10400) || passing.has(code)

/** 0 is the account's, and never one of ours */
export const chanIdOf = (frame: EventFrame): number | undefined => {
  const { chanId } = frame
  return typeof chanId === "number" && Number.isSafeInteger(chanId) && chanId > 0 ? chanId : undefined
}

export const codeOf = ({ code }: EventFrame): number | null => typeof code === "number" ? code : null

export const hasChanId = ({ chanId }: EventFrame): boolean => chanId !== undefined && chanId !== null

/** The meaning of an error that names no channel id. */
export type Meaning =
  /** it answers none of our requests */
  | { readonly _tag: "None" }
  /** it answers one of those that wait, and it does not say which */
  | { readonly _tag: "Unclear" }
  /** the venue has the channel already: the answer to an earlier request may still come */
  | { readonly _tag: "Doubled"; readonly entry: Entry }
  /** the same request may be taken later */
  | { readonly _tag: "Deferred"; readonly entry: Entry }
  | { readonly _tag: "Refused"; readonly entry: Entry }

/** `pending` are the subscriptions without an answer, `channels` the number of acknowledged ones. */
export const meaningOf = (frame: EventFrame, pending: ReadonlyArray<Entry>, channels: number): Meaning => {
  const code = codeOf(frame)
  const isNamed = namesRequest(frame)
  const [first, second] = isNamed ? pending.filter((entry) => isMeant(entry, frame)) : pending
  if (first === undefined) return { _tag: "None" }
  if (second !== undefined && !isNamed) return { _tag: "Unclear" }
  if (code === 10301) return { _tag: "Doubled", entry: first }
  // one that names nothing is an answer to a subscription only where its code is of subscriptions
  if (!isNamed && code !== null && !isOfSubscriptions(code)) return { _tag: "None" }
  const isDoubtful = first.acknowledged && !isNamed
  // channels without an answer may be those that leave no room
  const isCrowded = code === 10305 && channels === 0 && (first.acknowledged || pending.length > 1)
  return { _tag: passing.has(code) || isDoubtful || isCrowded ? "Deferred" : "Refused", entry: first }
}

/** The error of a subscription that the venue refused; `text` is the venue's, if it gave one. */
export const rejection = (sub: Demand, code: number | null, text: unknown): SubscriptionRejected =>
  rejected(sub, code, typeof text === "string" ? text : "")

/** The error of a subscription that it did not acknowledge within `timeout` ms; `isDouble`: it said that it has it. */
export const noAnswer = (sub: Demand, timeout: number, isDouble: boolean): SubscriptionRejected =>
  isDouble
    ? rejected(sub, 10301, `the venue has this channel already, and did not acknowledge it within ${timeout / 1000} s`)
    : rejected(sub, null, `the venue did not answer within ${timeout / 1000} s; check the arguments`)

const rejected = ({ request }: Demand, code: number | null, text: string): SubscriptionRejected =>
  new SubscriptionRejected({
    operation: request.operation,
    channel: request.channel,
    request: request.key,
    code,
    text
  })
