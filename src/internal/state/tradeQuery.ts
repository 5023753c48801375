/**
 * Which trades have to be queried over REST, and from when: the state, and the pure step between states.
 *
 * @internal
 */

export interface TradeQuery {
  /** ms by this machine's clock at the first login */
  readonly opened: number | undefined
  readonly demand:
    | { readonly _tag: "None" }
    /** since when, by the steady clock */
    | { readonly _tag: "Due"; readonly since: number }
    /** the query has failed for now */
    | { readonly _tag: "Abandoned" }
  /** number of reasons to query: the reply to a query from before the last one resolves nothing */
  readonly causes: number
  /**
   * REST may not have shown everything the first time: when to query again, by the steady clock, and the start of that
   * query
   */
  readonly later: { readonly at: number; readonly from: number } | undefined
}

export type Input =
  | { readonly _tag: "LoggedIn"; readonly mts: number; readonly at: number }
  | { readonly _tag: "LoggedOut" }
  /** a message of a trade was unreadable */
  | { readonly _tag: "Doubted"; readonly at: number }
  /** the trades from `from` on were read; `causes` as of the time of the query */
  | { readonly _tag: "Answered"; readonly causes: number; readonly from: number; readonly laterAt: number }
  /** the trades before the first login were read, so that they are not reported */
  | { readonly _tag: "Opened" }
  /** `laterAt` is undefined when REST refuses for good */
  | { readonly _tag: "Abandoned"; readonly from: number; readonly laterAt: number | undefined }
  /** the later query was answered */
  | { readonly _tag: "AnsweredLater"; readonly causes: number; readonly later: TradeQuery["later"] }

export const initial: TradeQuery = { opened: undefined, demand: { _tag: "None" }, causes: 0, later: undefined }

/** Whether a reply resolves the query. */
export const isCurrent = (query: TradeQuery, causes: number): boolean => query.causes === causes

const due = (query: TradeQuery, at: number): TradeQuery => ({
  ...query,
  demand: query.demand._tag === "Due" ? query.demand : { _tag: "Due", since: at },
  causes: query.causes + 1
})

/** merges two later queries into one with the earlier start */
const later = (query: TradeQuery, at: number, from: number): TradeQuery["later"] => ({
  at,
  from: Math.min(query.later?.from ?? from, from)
})

export const step = (query: TradeQuery, input: Input): TradeQuery => {
  switch (input._tag) {
    case "LoggedIn":
      return { ...due(query, input.at), opened: query.opened ?? input.mts }
    case "LoggedOut":
      return { ...query, causes: query.causes + 1 }
    case "Doubted":
      return due(query, input.at)
    case "Answered":
      return isCurrent(query, input.causes)
        ? { ...query, demand: { _tag: "None" }, later: later(query, input.laterAt, input.from) }
        : query
    case "Opened":
      return { ...query, demand: { _tag: "None" } }
    case "Abandoned":
      return {
        ...query,
        demand: { _tag: "Abandoned" },
        later: input.laterAt === undefined ? query.later : later(query, input.laterAt, input.from)
      }
    case "AnsweredLater": {
      const isSettled = query.demand._tag === "Abandoned" && isCurrent(query, input.causes)
      return {
        ...query,
        demand: isSettled ? { _tag: "None" } : query.demand,
        later: query.later === input.later ? undefined : query.later
      }
    }
  }
}
