/**
 * How far the account's state has caught up with the venue: the phases, and the pure step between them.
 *
 * @internal
 */
import type { CaughtUp } from "../../MissedEvent.ts"
import type { Login } from "../account/events.ts"

interface Common {
  /** whether nothing stayed unknown since the last `CaughtUp` */
  readonly isComplete: boolean
}

interface InLogin extends Common {
  readonly login: Login
  /** ms of the steady clock at which the login was reported or found */
  readonly since: number
}

export type Progress =
  /** logged out; `epoch` is that of the last login, 0 before the first */
  | ({ readonly _tag: "Away"; readonly epoch: number } & Common)
  /** waiting for the snapshots of the login */
  | ({ readonly _tag: "LoggedIn" } & InLogin)
  /** events that happened, or may have happened, have to be determined */
  | ({ readonly _tag: "Behind" } & InLogin)
  | ({ readonly _tag: "CaughtUp"; readonly event: CaughtUp } & InLogin)

export type Input =
  | { readonly _tag: "LoggedIn"; readonly login: Login; readonly at: number }
  | { readonly _tag: "Live" }
  /** an event was not reported, or was unreadable */
  | { readonly _tag: "Doubted" }
  /** the outcome of something cannot be determined */
  | { readonly _tag: "StayedUnknown" }
  /** all outcomes are determined; `isWhole` if all families are known */
  | { readonly _tag: "Finished"; readonly isWhole: boolean }
  | { readonly _tag: "LoggedOut" }

export const initial: Progress = { _tag: "Away", epoch: 0, isComplete: true }

export const epochOf = (progress: Progress): number => progress._tag === "Away" ? progress.epoch : progress.login.epoch

/** The phase after an input. An input that does not apply to the current phase leaves it unchanged. */
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
