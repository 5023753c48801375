/**
 * The answer to a login on a socket.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * What a key may do within one scope.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export const AuthCap = Layout.object("AuthCap", {
  /** 1 when the key may read */ read: ["read", Field.also("text", Field.flag)],
  /** 1 when the key may write */ write: ["write", Field.also("text", Field.flag)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AuthCap = Layout.Type<typeof AuthCap>

/**
 * What a key may do, by scope. A scope that is not named here is left out.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export const AuthCaps = Layout.object("AuthCaps", {
  orders: ["orders", Field.nullable(Layout.field(AuthCap))],
  account: ["account", Field.nullable(Layout.field(AuthCap))],
  funding: ["funding", Field.nullable(Layout.field(AuthCap))],
  history: ["history", Field.nullable(Layout.field(AuthCap))],
  wallets: ["wallets", Field.nullable(Layout.field(AuthCap))],
  withdraw: ["withdraw", Field.nullable(Layout.field(AuthCap))],
  positions: ["positions", Field.nullable(Layout.field(AuthCap))],
  /** withdrawals on the web */ uiWithdraw: ["ui_withdraw", Field.nullable(Layout.field(AuthCap))]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AuthCaps = Layout.Type<typeof AuthCaps>

/** an object; the manual's example shows the same as JSON text */
const caps: Field.Field<AuthCaps> = (() => {
  const field = Layout.field(AuthCaps)
  const parsed = (cell: unknown): unknown =>
    typeof cell === "string"
      ? Either.getOrElse(Either.try((): unknown => JSON.parse(cell)), () => cell)
      : cell
  return { ...field, read: (cell) => field.read(parsed(cell)), explain: (cell) => field.explain(parsed(cell)) }
})()

/**
 * The answer to a login. Only the status tells whether it succeeded.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export const AuthReply = Layout.object("AuthReply", {
  /** the word `auth` */ event: ["event", Field.oneOf("auth")],
  /** OK; anything else is a refusal. The manual writes FAIL for it, the venue FAILED */ status: ["status", Field.str],
  /** 0, the channel of the account */ chanId: ["chanId", Field.oneOf(0)],
  /** of the account; null in a refusal */ userId: ["userId", Field.nullable(Field.int)],
  /** UUID of the login; null in a refusal */ authId: ["auth_id", Field.nullable(Field.str)],
  /** what the key may do; null in a refusal */ caps: ["caps", Field.nullable(caps)],
  /** of a refusal; null otherwise */ code: ["code", Field.nullable(Field.int)],
  /** of a refusal, text for people; null otherwise */ msg: ["msg", Field.nullable(Field.str)],
  /** what the login sent under this name, if anything */ subId: ["subId", Field.nullable(Field.json)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type AuthReply = Layout.Type<typeof AuthReply>
