/**
 * What plans are made with.
 *
 * @internal
 */
import type { Settings } from "../../../BitfinexConfig.ts"
import type * as RestAuthClient from "../../../RestAuthClient.ts"

export interface Needs {
  readonly rest: RestAuthClient.Service
  readonly settings: Settings
  /** ms of the time of day */
  readonly now: () => number
  /** ms of a clock that never steps */
  readonly steady: () => number
}
