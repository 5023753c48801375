/**
 * The answer to a login on a socket.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const flagOrText = Field.also("text", Field.flag)

/**
 * What a key may do within one scope.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export const AuthCap = Layout.object("AuthCap", (at) => ({
  /** 1 when the key may read */ read: at("read", flagOrText),
  /** 1 when the key may write */ write: at("write", flagOrText)
}))
/**
 * @since 0.1.0
 * @category records
 */
export type AuthCap = Layout.Type<typeof AuthCap>

const authCap = Field.nullable(Layout.field(AuthCap))

/**
 * What a key may do, by scope. A scope that is not named here is left out.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export const AuthCaps = Layout.object("AuthCaps", (at) => ({
  orders: at("orders", authCap),
  account: at("account", authCap),
  funding: at("funding", authCap),
  history: at("history", authCap),
  wallets: at("wallets", authCap),
  withdraw: at("withdraw", authCap),
  positions: at("positions", authCap),
  /** withdrawals on the web */ uiWithdraw: at("ui_withdraw", authCap)
}))
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

const zero = Field.oneOf(0)
const auth = Field.oneOf("auth")

/**
 * The answer to a login. Only the status tells whether it succeeded.
 *
 * @see https://docs.bitfinex.com/docs/ws-auth
 * @since 0.1.0
 * @category records
 */
export const AuthReply = Layout.object("AuthReply", (at) => ({
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
 * @since 0.1.0
 * @category records
 */
export type AuthReply = Layout.Type<typeof AuthReply>
