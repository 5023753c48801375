/**
 * Rate limits by path, as at the venue: a number of requests per minute, and a block of the whole address for one minute
 * for clients that exceed it.
 *
 * @internal
 */
import { all } from "../../../protocol/Endpoints.ts"

/** duration of a block */
const block = 60_000

interface Family {
  readonly method: string
  readonly pattern: RegExp
  readonly requests: number
  readonly millis: number
  /** times of the counted requests */
  taken: Array<number>
}

export interface Limiter {
  /** false if the request is refused */
  readonly take: (method: string, path: string, at: number) => boolean
}

/**
 * `limit` true: the manual's limit of each endpoint, none where it states none; a number: this limit for each endpoint
 */
export const makeLimiter = (limit: boolean | number): Limiter => {
  const families: ReadonlyArray<Family> = limit === false ? [] : Object.values(all).flatMap((row) => {
    const documented = row.limit ?? undefined
    const [requests, seconds] = typeof limit === "number" ? [limit, 60] : documented ?? [Infinity, 60]
    const pattern = row.path.replace(/[.*+^$()|[\]\\]/g, "\\$&").replace(/\/\{\w+\??\}/g, "(?:/[^/]+)?").replace(
      /\{\w+\??\}/g,
      "[^/]+"
    )
    const made = { pattern: new RegExp(`^${pattern}/?$`), requests, millis: seconds * 1000 }
    return [{ ...made, method: row.method, taken: [] }]
  })
  let blockedUntil = 0
  return {
    take: (method, path, at) => {
      if (at < blockedUntil) return false
      const family = families.find((one) => one.method === method && one.pattern.test(path))
      if (family === undefined) return true
      family.taken = family.taken.filter((mts) => mts > at - family.millis)
      family.taken.push(at)
      if (family.taken.length <= family.requests) return true
      blockedUntil = at + block
      family.taken = []
      return false
    }
  }
}
