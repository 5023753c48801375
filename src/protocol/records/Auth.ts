/**
 * The answer to a login on a socket.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { render } from "../../BitfinexError.ts"
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const flagOrText = Field.also("text", Field.flag)

const authCap = Layout.object("AuthCap", (at) => ({
  /** 1 when the key may read */ read: at("read", flagOrText),
  /** 1 when the key may write */ write: at("write", flagOrText)
}))
/**
 * What a key may do within one scope.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export interface AuthCap extends Layout.Type<typeof authCap> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AuthCap: Layout.Layout<AuthCap> = authCap

/**
 * The scopes of a key that are known. The venue adds others without notice.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export type KeyScope =
  | "orders"
  | "account"
  | "funding"
  | "history"
  | "wallets"
  | "withdraw"
  | "positions"
  | "settings"
  | "bfxpay"
  /** withdrawals on the web */
  | "ui_withdraw"

/**
 * What a key may do, by the venue's name of each scope: all that a login named, known or not.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export type AuthCaps = { readonly [K in KeyScope]?: AuthCap | null } & { readonly [scope: string]: AuthCap | null }

/** an object; the manual's example shows the same as JSON text */
const parsed = (cell: unknown): unknown =>
  typeof cell === "string"
    ? Either.getOrElse(Either.try((): unknown => JSON.parse(cell)), () => cell)
    : cell

/** assigned to an object, this one would be lost without a sign */
const isName = (scope: string): boolean => scope !== "__proto__"

const scopesOf = (cell: unknown): ReadonlyArray<readonly [scope: string, cap: unknown]> | undefined => {
  const object = parsed(cell)
  return typeof object === "object" && object !== null && !Array.isArray(object)
    ? Object.entries(object).filter(([scope]) => isName(scope))
    : undefined
}

const caps: Field.Field<AuthCaps> = {
  kind: "record",
  expected: "AuthCaps",
  nullable: false,
  fast: Field.fast.none,
  read: (cell) => {
    const scopes = scopesOf(cell)
    if (scopes === undefined) return Field.refused
    const read = scopes.map(([scope, cap]) => [scope, cap === null ? null : AuthCap.read(cap)] as const)
    // the cast: none of them is undefined
    return read.some(([, cap]) => cap === undefined) ? Field.refused : Object.fromEntries(read) as AuthCaps
  },
  write: (value) =>
    Object.fromEntries(Object.entries(value).map(([scope, cap]) => [scope, cap === null ? null : AuthCap.encode(cap)])),
  // the cast: scopes that are known are optional, as are all others
  schema: () =>
    Schema.Record({
      key: Schema.String.pipe(Schema.filter(isName)),
      value: Schema.NullOr(AuthCap.schema)
    }) as unknown as Schema.Schema<AuthCaps>,
  explain: (cell) => {
    const bad = scopesOf(cell)?.find(([, cap]) => cap !== null && AuthCap.read(cap) === undefined)
    return bad === undefined
      ? { path: "", expected: "AuthCaps", actual: render(parsed(cell)) }
      : { path: bad[0], expected: "AuthCap", actual: render(bad[1]) }
  }
}

const zero = Field.oneOf(0)
const auth = Field.oneOf("auth")

const authReply = Layout.object("AuthReply", (at) => ({
  /** the word `auth` */ event: at("event", auth),
  /** OK; anything else is a refusal. The manual writes FAIL for it, the venue FAILED */
  status: at("status", Field.str),
  /** 0, the channel of the account */ chanId: at("chanId", zero),
  /** of the account; null in a refusal */ userId: at("userId", Field.nullable(Field.int)),
  /** UUID of the login; null in a refusal */ authId: at("auth_id", Field.nullable(Field.str)),
  /** what the key may do; null in a refusal */ caps: at("caps", Field.nullable(caps)),
  /** of a refusal; null otherwise */ code: at("code", Field.nullable(Field.int)),
  /** of a refusal, text for people; null otherwise */ msg: at("msg", Field.nullable(Field.str)),
  /** what the login sent under this name, if anything */ subId: at("subId", Field.nullable(Field.json))
}))
/**
 * The answer to a login. Only the status says whether it succeeded.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export interface AuthReply extends Layout.Type<typeof authReply> {}
/**
 * @since 0.1.0
 * @category records
 */
export const AuthReply: Layout.Layout<AuthReply> = authReply
