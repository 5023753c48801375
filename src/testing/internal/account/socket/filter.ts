/**
 * The selection of a login: families of account events, the words of the `filter` list, and the permission to read.
 *
 * @internal
 */
import type { AccountEvent } from "../model.ts"
import { walletOf } from "../route.ts"

/** the subject of an event */
export type Topic =
  | { readonly family: "trading" | "funding"; readonly symbol: string | undefined }
  | { readonly family: "wallet"; readonly wallet: string; readonly currency: string }
  | { readonly family: "balance" | "notify" }

/** the subject of an event of the account */
export const topicOf = (event: AccountEvent): Topic => {
  if (event.type === "wu") return { family: "wallet", wallet: event.record.type, currency: event.record.currency }
  // fon, fou, foc, fl*, fc*, fte, ftu
  return { family: event.type.startsWith("f") ? "funding" : "trading", symbol: event.record.symbol }
}

export type Filter = (topic: Topic) => boolean

const wordOf = (word: string): Filter => {
  const [family, first, second] = word.split("-")
  switch (family) {
    case "trading":
    case "funding":
      return (topic) =>
        topic.family === family && (first === undefined || topic.symbol === undefined || topic.symbol === first)
    case "wallet":
      return (topic) =>
        topic.family === "wallet" && (first === undefined || topic.wallet === walletOf(first)) &&
        (second === undefined || topic.currency === second)
    case "balance":
    case "notify":
      return (topic) => topic.family === family
    default:
      // `algo` selects algorithmic orders, which do not exist here. The venue's treatment of unknown words is not
      // known: here they select nothing
      return () => false
  }
}

/** Without a list everything passes. The venue's treatment of an empty list, or of another type, is not known. */
export const makeFilter = (words: unknown): Filter => {
  const known = wordsOf(words)
  if (known === undefined) return () => true
  const filters = known.map(wordOf)
  return (topic) => filters.some((passes) => passes(topic))
}

export const wordsOf = (words: unknown): ReadonlyArray<string> | undefined =>
  Array.isArray(words) && words.length > 0 ? words.filter((word) => typeof word === "string") : undefined
