/**
 * The list of an `ox_multi` frame.
 *
 * @internal
 */
import type { CommandType } from "../commands.ts"
import type { Input } from "../input.ts"
import { isObject, makeInput } from "../input.ts"

/** the limit of existing clients; the manual's 75 is that of REST */
const maxOperations = 15

/** the longest pause between two operations, ms; the venue's limit is not known */
const maxPause = 60_000

const operations: ReadonlyArray<unknown> = ["on", "ou", "oc", "oc_multi"]

export type Operation =
  | { readonly _tag: "command"; readonly type: CommandType; readonly input: Input }
  | { readonly _tag: "pause"; readonly millis: number }

/** undefined if it is not a list of operations */
export const operationsOf = (body: unknown): ReadonlyArray<Operation> | undefined => {
  if (!Array.isArray(body) || body.length === 0 || body.length > maxOperations) return undefined
  const found: Array<Operation> = []
  for (const entry of body as ReadonlyArray<unknown>) {
    if (!Array.isArray(entry)) return undefined
    const [type, value]: ReadonlyArray<unknown> = entry
    if (type === "pause" && typeof value === "number" && value >= 0 && value <= maxPause) {
      found.push({ _tag: "pause", millis: value })
    } else if (operations.includes(type) && isObject(value)) {
      // the cast: one of the words above
      found.push({ _tag: "command", type: type as CommandType, input: makeInput(value) })
    } else {
      return undefined
    }
  }
  return found
}
