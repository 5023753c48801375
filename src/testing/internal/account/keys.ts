/**
 * Authentication by keys and tokens, with their permissions. Checked in the venue's order: key, signature, nonce,
 * permission.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Digest from "../../../internal/platform/digest.ts"
import * as Random from "../market/random.ts"
import type { OrRefusal } from "./model.ts"
import { refuse } from "./types.ts"

export const scopes = [
  "account",
  "history",
  "orders",
  "positions",
  "funding",
  "settings",
  "wallets",
  "withdraw",
  "ui_withdraw",
  "bfxpay"
] as const

export type Scope = (typeof scopes)[number]

export interface Access {
  readonly read: boolean
  readonly write: boolean
}

export type Permissions = { readonly [scope in Scope]: Access }

export interface Key {
  readonly key: string
  readonly secret: Redacted.Redacted
  readonly userId: number
  readonly permissions: Permissions
}

/** the user behind a request after authentication */
export interface Session {
  readonly key: Key
  /** permissions of the key, or fewer for a token */
  readonly permissions: Permissions
  readonly token: string | undefined
}

export interface Headers {
  readonly [name: string]: string | undefined
}

/** meanings of a token's caps; that `o` includes positions, and that all include history, is inferred */
const caps: { readonly [cap: string]: ReadonlyArray<Scope> } = {
  a: ["account", "history"],
  o: ["orders", "positions", "history"],
  f: ["funding", "history"],
  s: ["settings"],
  w: ["wallets", "history"],
  wd: ["withdraw"],
  bp: ["bfxpay"]
}

export const isCap = (cap: unknown): cap is string => typeof cap === "string" && Object.hasOwn(caps, cap)

interface Token {
  readonly text: string
  readonly key: Key
  readonly permissions: Permissions
  readonly expires: number
}

export interface Keys {
  readonly all: ReadonlyArray<Key>
  /** authenticates a request; every verified nonce counts, regardless of the result of the request */
  readonly verify: (request: {
    readonly headers: Headers
    /** path from `v2` on, without a leading slash, as sent */
    readonly path: string
    readonly body: string
  }) => OrRefusal<Session>
  /** authenticates a login on a socket: the signature covers the payload as sent, in any form */
  readonly login: (apiKey: string, nonce: string, payload: string, signature: string) => OrRefusal<Session>
  readonly byToken: (text: string) => OrRefusal<Session>
  readonly addToken: (session: Session, options: {
    readonly millis: number
    readonly caps: ReadonlyArray<string> | undefined
    readonly write: boolean
  }) => string
  /** false if that user has no such token */
  readonly removeToken: (session: Session, text: string) => boolean
  /** the last nonce of a key; 0 before the first */
  readonly nonceOf: (key: string) => number
}

/** Whether a session has the permission; the venue's text is only partly known. */
export const permit = ({ permissions }: Session, scope: Scope | null, access: keyof Access): OrRefusal<void> =>
  scope === null || permissions[scope][access]
    ? Either.void
    : refuse(10001, `api_key: permission invalid (${scope} ${access})`)

/** as in the manual, independent of our client's implementation */
const signatureOf = (secret: Redacted.Redacted, payload: string): string =>
  Digest.hmacSha384(Redacted.value(secret), payload)

/** compares in constant time: equal and different texts take equally long */
const same = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let at = 0; at < Math.min(a.length, b.length); at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

const map = (of: (scope: Scope) => Access): Permissions =>
  // the cast: an entry for every scope
  Object.fromEntries(scopes.map((scope) => [scope, of(scope)])) as unknown as Permissions

/**
 * permissions from a partial list; scopes that are missing in the list are not allowed; without a list everything is
 * allowed
 */
export const permissionsOf = (
  given: { readonly [scope in Scope]?: Partial<Access> | undefined } | undefined
): Permissions =>
  map((scope) => ({
    read: given === undefined || given[scope]?.read === true,
    write: given === undefined || given[scope]?.write === true
  }))

export const makeKeys = (options: {
  readonly seed: number
  readonly now: () => number
  readonly keys: ReadonlyArray<Key>
  /** initial tokens, which do not expire */
  readonly tokens: ReadonlyArray<readonly [text: string, key: Key]>
}): Keys => {
  const { now } = options
  const keys = new Map(options.keys.map((key) => [key.key, key]))
  const nonces = new Map<string, number>()
  const random = Random.make(options.seed, "tokens")
  const tokens = new Map<string, Token>(
    options.tokens.map(([text, key]) => [text, { text, key, permissions: key.permissions, expires: Infinity }])
  )

  const hex = (length: number): string => Array.from({ length }, () => random.int(16).toString(16)).join("")

  const byToken: Keys["byToken"] = (text) => {
    const token = tokens.get(text)
    if (token === undefined || token.expires <= now()) {
      tokens.delete(text)
      return refuse(10100, "token: invalid")
    }
    return Either.right({ key: token.key, permissions: token.permissions, token: text })
  }

  const signed = (
    apiKey: string,
    nonce: string,
    payload: string,
    signature: string
  ): OrRefusal<Session> => {
    const key = keys.get(apiKey)
    if (key === undefined) return refuse(10100, "apikey: invalid")
    if (!same(signatureOf(key.secret, payload), signature)) return refuse(10100, "apikey: digest invalid")
    const value = /^\d{1,16}$/.test(nonce) ? Number(nonce) : Number.NaN
    // the text for a nonce that is not a number, or above 2^53 - 1, is not known
    if (!Number.isSafeInteger(value)) return refuse(10114, "nonce: invalid")
    if (value <= (nonces.get(apiKey) ?? 0)) return refuse(10114, "nonce: small")
    nonces.set(apiKey, value)
    return Either.right({ key, permissions: key.permissions, token: undefined })
  }

  return {
    all: options.keys,
    login: signed,
    byToken,
    verify: ({ body, headers, path }) => {
      const token = headers["bfx-token"]
      if (token !== undefined) return byToken(token)
      const [apiKey = "", nonce = "", signature = ""] = ["bfx-apikey", "bfx-nonce", "bfx-signature"].map((name) =>
        headers[name]
      )
      return signed(apiKey, nonce, `/api/${path}${nonce}${body}`, signature)
    },
    addToken: ({ key, permissions }, { caps: wanted, millis, write }) => {
      const granted = new Set(wanted?.flatMap((cap) => caps[cap] ?? []))
      const uuid = [8, 4, 4, 4, 12].map(hex).join("-")
      const text = `pub:api:${uuid}-caps:${wanted?.join(":") ?? ""}${write ? "-write" : ""}`
      const allowed = map((scope) => {
        const has = wanted === undefined || granted.has(scope)
        // only withdrawals are known to require the write permission
        const mayWrite = scope !== "withdraw" || write
        return { read: has && permissions[scope].read, write: has && mayWrite && permissions[scope].write }
      })
      tokens.set(text, { text, key, permissions: allowed, expires: now() + millis })
      return text
    },
    removeToken: ({ key }, text) => tokens.get(text)?.key.userId === key.userId && tokens.delete(text),
    nonceOf: (key) => nonces.get(key) ?? 0
  }
}
