/**
 * The endpoints of accounts, and those of pulse and merchants: the request is authenticated, then the account answers.
 *
 * Refusals are `["error", code, text]` under status 500. Checks in this order: key, signature, nonce, permission,
 * parameters.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { ErrorEnvelope } from "../../../protocol/records/Platform.ts"
import type { Surroundings } from "../venue/account.ts"
import type { HttpRequest } from "../venue/http.ts"
import type { Reply } from "../venue/rest.ts"
import { isObject, makeInput } from "./input.ts"
import { permit } from "./keys.ts"
import type { OrRefusal, Refusal } from "./model.ts"
import type { OpenCall, Route, Routes, Venue } from "./route.ts"
import { fundingRoutes } from "./routes/funding.ts"
import { merchantRoutes } from "./routes/merchant.ts"
import { orderRoutes } from "./routes/orders.ts"
import { positionRoutes } from "./routes/positions.ts"
import { pulseRoutes } from "./routes/pulse.ts"
import { userRoutes } from "./routes/user.ts"
import { walletRoutes } from "./routes/wallets.ts"
import { invalid } from "./types.ts"

/** by name of the endpoint; if two match a path, the first one is used */
export const routes: Routes = {
  ...orderRoutes,
  ...positionRoutes,
  ...fundingRoutes,
  ...walletRoutes,
  ...userRoutes,
  ...pulseRoutes,
  ...merchantRoutes
}

interface Compiled {
  readonly route: Route
  readonly pattern: RegExp
  readonly names: ReadonlyArray<string>
}

/** `{name}` is a part of a path, including colons; `/{name?}` may be omitted */
const compile = (route: Route): Compiled => {
  const names: Array<string> = []
  const pattern = route.path.replace(/[.*+^$()|[\]\\]/g, "\\$&").replace(
    /(\/?)\{(\w+)(\?)?\}/g,
    (_, slash, name, optional) => {
      names.push(name)
      return optional === undefined ? `${slash}([^/]+)` : `(?:${slash}([^/]+))?`
    }
  )
  return { route, names, pattern: new RegExp(`^${pattern}/?$`) }
}

const compiled: ReadonlyArray<Compiled> = Object.values(routes).map(compile)

const refusal = ({ code, text }: Refusal): Reply => ({
  status: 500,
  body: ErrorEnvelope.encode({ marker: "error", code, message: text })
})

const reply = (result: OrRefusal<unknown>): Reply =>
  Either.match(result, { onLeft: refusal, onRight: (body) => ({ status: 200, body }) })

const fieldsOf = ({ body, method, query }: HttpRequest): OrRefusal<{ readonly [name: string]: unknown }> => {
  if (method === "GET") return Either.right(Object.fromEntries(new URLSearchParams(query)))
  // an empty body counts as an empty object
  if (body.trim() === "") return Either.right({})
  const parsed = Either.try((): unknown => JSON.parse(body))
  return Either.isRight(parsed) && isObject(parsed.right) ? Either.right(parsed.right) : invalid("body")
}

/**
 * Accepts a request and returns a function that executes it, or undefined if the path is unknown. The request is
 * authenticated at once, so that nonces count in the order of arrival.
 */
export const accept = (
  venue: Venue,
  request: HttpRequest
): ((surroundings: Surroundings) => Reply) | undefined => {
  const path = request.path.replace(/^\//, "")
  const decoded = Either.getOrUndefined(Either.try(() => decodeURIComponent(path)))
  if (decoded === undefined) return undefined
  for (const { names, pattern, route } of compiled) {
    const match = route.method === request.method ? pattern.exec(decoded) : null
    if (match === null) continue
    const parts = new Map(names.map((name, at) => [name, match[at + 1]]))
    const callWith = (fields: { readonly [name: string]: unknown }, surroundings: Surroundings): OpenCall => ({
      venue,
      surroundings,
      path: (name) => parts.get(name),
      input: makeInput(fields),
      now: venue.now()
    })
    const { open } = route
    if (open !== undefined) {
      return (surroundings) =>
        reply(Either.flatMap(fieldsOf(request), (fields) => open(callWith(fields, surroundings))))
    }
    const { body, headers } = request
    const verified = Either.flatMap(
      venue.keys.verify({ path, headers, body }),
      (session) => Either.map(permit(session, route.scope, route.access), () => session)
    )
    return (surroundings) =>
      reply(Either.gen(function*() {
        const session = yield* verified
        // every key belongs to an account
        const account = venue.accounts.byUser(session.key.userId)!
        const fields = yield* fieldsOf(request)
        return yield* route.answer({
          ...callWith(fields, surroundings),
          session,
          account,
          profile: venue.profiles.of(account)
        })
      }))
  }
  return undefined
}
