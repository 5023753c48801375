/**
 * How the account's session logs in on a socket: the frame, and the interpretation of the venue's answer.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Auth from "../../Auth.ts"
import { type AccountStreamError, AuthenticationFailed } from "../../BitfinexError.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import * as ErrorTable from "../../protocol/internal/refusals.ts"
import { scrub } from "../../protocol/internal/scrub.ts"
import { AuthReply } from "../../protocol/records/Auth.ts"
import { End } from "../socket/end.ts"
import type * as Handshake from "../socket/handshake.ts"
import type { Login } from "./events.ts"

export interface Options {
  readonly operation: string
  readonly auth: Auth.Service
  readonly dms: boolean
  readonly filter: ReadonlyArray<string> | undefined
}

/** logins in a row that may be refused for their nonce, each of them tried twice: another program may use the key */
const nonceLimit = 3

/** strings of earlier attempts that are kept, to be removed from answers that come late */
const remembered = 12

/** codes of refusals that may pass */
const passing = new Set<number | null>([10000, 10008, 11000])

type Exchange = Parameters<Handshake.Login>[0]

/** by name, so that nothing else can ever slip into a frame */
const frameOf = (fields: Auth.Login, { dms, filter }: Options): Parameters<Exchange>[0] => ({
  event: "auth",
  ...("token" in fields ? { token: fields.token } : {
    apiKey: fields.apiKey,
    authNonce: fields.authNonce,
    authPayload: fields.authPayload,
    authSig: fields.authSig
  }),
  ...(dms ? { dms: 4 } : {}),
  ...(filter === undefined ? {} : { filter })
})

interface Attempt {
  readonly identity: Auth.Identity | null
  /** strings of this attempt and those before it that no text may show: the venue may quote a frame that it refuses */
  readonly secrets: ReadonlyArray<string>
}

export const make = (options: Options) => {
  const { auth, operation } = options
  /** logins in a row that were refused for their nonce */
  let nonces = 0
  let last: Attempt = { identity: null, secrets: [] }
  const shown = (text: unknown): string => scrub(String(text), last.secrets)
  /** fingerprint of the credentials that logged in here last; null once a login with them was refused */
  let proven: string | null = null

  const refused = (reply: EventFrame): Effect.Effect<never, End | AccountStreamError> => {
    const code = typeof reply["code"] === "number" ? reply["code"] : null
    const text = shown(reply["msg"] ?? reply["status"])
    // an earlier answer of OK was lost: the account would stay silent for us
    if (text === "auth: dup") {
      return Effect.fail(new End("Refused", "the venue says that this socket is logged in already"))
    }
    const error = ErrorTable.fromRefusal({ operation, code, text, status: null, retryAfter: null })
    if (error._tag === "NonceTooSmall") {
      return ++nonces < nonceLimit
        ? Effect.fail(new End("Refused", `the login was refused: ${text}`))
        : Effect.fail(error)
    }
    const mayPass = error._tag === "RateLimited" || error._tag === "Maintenance" || passing.has(code)
    if (mayPass) return Effect.fail(new End("Refused", `the login was deferred: ${text}`))
    const attempt = last.identity?.fingerprint
    // one refusal of credentials that have worked may be a mistake of the venue, or an answer to another login
    if (attempt !== undefined && attempt === proven) {
      proven = null
      return Effect.fail(new End("Refused", `the login was refused: ${text}; these credentials were accepted before`))
    }
    return Effect.flatMap(
      Effect.option(auth.identity),
      (now): Effect.Effect<never, End | AuthenticationFailed> =>
        Option.isSome(now) && now.value.fingerprint !== attempt
          ? Effect.fail(new End("Refused", `the login was refused (${text}), and the credentials have changed since`))
          : Effect.fail(new AuthenticationFailed({ operation, code, text }))
    )
  }

  const isNonce = (reply: EventFrame): boolean => {
    const code = typeof reply["code"] === "number" ? reply["code"] : null
    const text = String(reply["msg"] ?? "")
    return ErrorTable.fromRefusal({ operation, code, text, status: null, retryAfter: null })._tag === "NonceTooSmall"
  }

  const attempt = (exchange: Exchange): Effect.Effect<EventFrame, End | AccountStreamError> =>
    Effect.gen(function*() {
      // without credentials at the moment, the next attempt may have some
      const fields = yield* Effect.catchTag(auth.login, "AuthenticationFailed", ({ text }) =>
        Effect.fail(new End("Refused", text)))
      const own = Object.values(fields).filter((value) =>
        typeof value === "string"
      )
      last = { identity: auth.lastIdentity(), secrets: [...own, ...last.secrets.slice(0, remembered)] }
      return yield* exchange(frameOf(fields, options))
    })

  /** logs in; a nonce that a signed call has overtaken is followed by a larger one on the same socket */
  const login: Handshake.Login = (exchange) =>
    Effect.gen(function*() {
      const first = yield* attempt(exchange)
      if (first["status"] === "OK") return
      const reply = isNonce(first) ? yield* attempt(exchange) : first
      if (reply["status"] !== "OK") return yield* refused(reply)
    })

  return {
    login,
    /** a text of the venue without the secrets of the last attempts */
    shown,
    /** fingerprint of the credentials of the last attempt */
    fingerprint: (): string | null => last.identity?.fingerprint ?? null,
    /** a login succeeded: the content of the answer, and its unreadable parts */
    accepted: (
      frame: EventFrame,
      epoch: number,
      mts: number
    ): readonly [login: Login, unreadable: string | undefined] => {
      nonces = 0
      proven = last.identity?.fingerprint ?? null
      const reply = AuthReply.decode(frame)
      const { caps, userId } = Either.getOrElse(reply, () => ({ caps: null, userId: null }))
      return [
        { epoch, userId, caps, dms: options.dms, mts },
        Either.isLeft(reply) ? reply.left.message : undefined
      ]
    }
  }
}
