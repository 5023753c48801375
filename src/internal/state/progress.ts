/**
 * How far the account's state has caught up with the venue: the phases, and the pure step from one to the next.
 *
 * @internal
 */
import type { CaughtUp } from "../../MissedEvent.ts"
import type { Login } from "../account/events.ts"

interface Common {
  /** nothing stayed unknown since the last `CaughtUp` */
  readonly isComplete: boolean
}

interface InLogin extends Common {
  readonly login: Login
  /** ms of the steady clock, when the login came or was found */
  readonly since: number
}

export type Progress =
  /** logged out; `epoch` is that of the last login, 0 before the first */
  | ({ readonly _tag: "Away"; readonly epoch: number } & Common)
  /** the snapshots of the login are awaited */
  | ({ readonly _tag: "LoggedIn" } & InLogin)
  /** something that happened, or may have happened, has to be found out */
  | ({ readonly _tag: "Behind" } & InLogin)
  | ({ readonly _tag: "CaughtUp"; readonly event: CaughtUp } & InLogin)

export type Input =
  | { readonly _tag: "LoggedIn"; readonly login: Login; readonly at: number }
  | { readonly _tag: "Live" }
  /** something was not reported, or could not be read */
  | { readonly _tag: "Doubted" }
  /** something cannot be found out */
  | { readonly _tag: "StayedUnknown" }
  /** nothing is left to be found out; `isWhole` when all families are known */
  | { readonly _tag: "Finished"; readonly isWhole: boolean }
  | { readonly _tag: "LoggedOut" }

export const initial: Progress = { _tag: "Away", epoch: 0, isComplete: true }

export const epochOf = (progress: Progress): number => progress._tag === "Away" ? progress.epoch : progress.login.epoch

/** The phase after an input. An input that means nothing in a phase leaves it as it is. */
export const step = (progress: Progress, input: Input): Progress => {
  const { isComplete } = progress
  switch (input._tag) {
    case "LoggedIn":
      return { _tag: "LoggedIn", login: input.login, since: input.at, isComplete }
    case "Live":
      return progress._tag === "LoggedIn" ? { ...progress, _tag: "Behind" } : progress
    case "Doubted": {
      if (progress._tag !== "CaughtUp") return progress
      const { login, since } = progress
      return { _tag: "Behind", login, since, isComplete }
    }
    case "StayedUnknown":
      return { ...progress, isComplete: false }
    case "Finished": {
      if (progress._tag !== "Behind") return progress
      const { login, since } = progress
      const event = { _tag: "CaughtUp", epoch: login.epoch, isComplete: isComplete && input.isWhole } as const
      return { _tag: "CaughtUp", login, since, event, isComplete: true }
    }
    case "LoggedOut":
      return { _tag: "Away", epoch: epochOf(progress), isComplete }
  }
}
