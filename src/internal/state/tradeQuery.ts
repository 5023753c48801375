/**
 * Which trades REST has to be asked for, and from when: the state, and the pure step from one to the next.
 *
 * @internal
 */

export interface TradeQuery {
  /** ms by the clock of this machine of the first login */
  readonly opened: number | undefined
  readonly demand:
    | { readonly _tag: "None" }
    /** since when, by the steady clock */
    | { readonly _tag: "Due"; readonly since: number }
    /** nothing can be found out for now */
    | { readonly _tag: "Abandoned" }
  /** each cause to ask counts: an answer to a question that came before the last cause settles nothing */
  readonly causes: number
  /** REST may not have shown everything at the first time: when to ask again, by the steady clock, and from when on */
  readonly later: { readonly at: number; readonly from: number } | undefined
}

export type Input =
  | { readonly _tag: "LoggedIn"; readonly mts: number; readonly at: number }
  | { readonly _tag: "LoggedOut" }
  /** a message of a trade could not be read */
  | { readonly _tag: "Doubted"; readonly at: number }
  /** the trades from `from` on were read; `causes` as it was when they were asked for */
  | { readonly _tag: "Answered"; readonly causes: number; readonly from: number; readonly laterAt: number }
  /** those before the first login were read, so that they are not reported */
  | { readonly _tag: "Opened" }
  /** `laterAt` is undefined when REST refuses for good */
  | { readonly _tag: "Abandoned"; readonly from: number; readonly laterAt: number | undefined }
  /** the later question was answered */
  | { readonly _tag: "AnsweredLater"; readonly causes: number; readonly later: TradeQuery["later"] }

export const initial: TradeQuery = { opened: undefined, demand: { _tag: "None" }, causes: 0, later: undefined }

/** Whether an answer settles what was asked for. */
export const isCurrent = (query: TradeQuery, causes: number): boolean => query.causes === causes

const due = (query: TradeQuery, at: number): TradeQuery => ({
  ...query,
  demand: query.demand._tag === "Due" ? query.demand : { _tag: "Due", since: at },
  causes: query.causes + 1
})

/** of two questions for later, one that begins with the earlier */
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
