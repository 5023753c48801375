/**
 * The envelope of the venue's replies to writes and of notifications on the account's socket.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { DecodeError, render } from "../../BitfinexError.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/** values between them are read as seconds: as milliseconds they would be in the years 1970 to 1973 */
const [leastSeconds, leastMillis] = [1e8, 1e11]

/**
 * Milliseconds, where one endpoint sends seconds: `on-req` over REST, with a fraction in rows of 2019. The value is in
 * milliseconds in either case.
 */
const mts: Field.Field<number> = {
  ...Field.mts,
  expected: "seconds or milliseconds since the epoch",
  fast: Field.fast.none,
  read: (cell) =>
    typeof cell !== "number" || !Number.isFinite(cell)
      ? Field.refused
      : cell >= leastSeconds && cell < leastMillis
      ? Math.round(cell * 1000)
      : cell,
  schema: () => Schema.Finite.pipe(Schema.filter((value) => value < leastSeconds || value >= leastMillis)),
  explain: (cell) => ({ path: "", expected: "seconds or milliseconds since the epoch", actual: render(cell) })
}

const noticeStatus = Field.word("SUCCESS", "ERROR", "FAILURE")
const envelope = Layout.make("Notification", (at) => ({
  /** ms, also where the venue sent seconds (`on-req` over REST); a fraction or null on the socket */
  mts: at(0, Field.nullable(mts)),
  /** kind of the notification: `on-req`, `oc-req`, … The manual's tables are wrong in places */
  type: at(1, Field.str),
  /** null in all known replies of REST and to commands on the socket */ messageId: at(2, Field.nullable(Field.int)),
  /** payload; its shape depends on `type` */ notifyInfo: at(4, Field.nullable(Field.json)),
  /** null in every known row */ code: at(5, Field.nullable(Field.int)),
  /** anything but SUCCESS is a refusal */ status: at(6, noticeStatus),
  /** text for people, which may change at any time */ text: at(7, Field.nullable(Field.str))
}))

/**
 * Whether a payload contradicts the status SUCCESS.
 *
 * @since 0.1.0
 * @category models
 */
export type NotificationDenies = (notifyInfo: unknown) => boolean

const denied = (status: string, info: unknown, denies: NotificationDenies | undefined): boolean =>
  status !== "SUCCESS" || denies?.(info) === true

const refusal = (json: unknown, denies?: NotificationDenies): Endpoint.Refusal | undefined => {
  if (!Array.isArray(json)) return undefined
  const [, type, , , info, code, status, text]: ReadonlyArray<unknown> = json
  if (typeof type !== "string" || typeof status !== "string" || !denied(status, info, denies)) return undefined
  return { code: typeof code === "number" ? code : null, text: typeof text === "string" ? text : "", status }
}

/**
 * The parameters of a request that its reply repeats, and the cells in which each row of the payload shows them.
 *
 * @since 0.1.0
 * @category models
 */
export interface NotificationRepeats {
  readonly [parameter: string]: number
}

/** types that are certain: each is in recordings of the venue */
const certain: ReadonlySet<unknown> = new Set(["on-req", "ou-req", "oc-req", "oc_multi-req", "fon-req", "foc-req"])

const another = (field: string, index: number, expected: unknown, actual: unknown): DecodeError =>
  new DecodeError({
    operation: "decode",
    layout: "Notification",
    field,
    index,
    row: null,
    expected: `the reply of this call: ${render(expected)}`,
    actual: `the reply of another one: ${render(actual)}`
  })

/**
 * Why a notification cannot be the reply of a call. Rows of refusals are filled partly, so that a cell without a number
 * contradicts nothing; and of several rows one has to fit, since the venue may add linked orders.
 */
const mismatch = (
  type: string | null,
  repeats: NotificationRepeats,
  json: unknown,
  args: Endpoint.AnyArgs
): DecodeError | undefined => {
  if (!Array.isArray(json) || typeof json[1] !== "string") return undefined
  if (type !== null && json[1] !== type && certain.has(json[1])) return another("type", 1, type, json[1])
  const info: unknown = json[4]
  if (!Array.isArray(info) || info.length === 0) return undefined
  const list = info as ReadonlyArray<unknown>
  const rows = Array.isArray(list[0]) ? list : [list]
  for (const [parameter, at] of Object.entries(repeats)) {
    const given: unknown = args[parameter]
    if (given === undefined) continue
    // the cast: any value is a list of itself, or a list
    const wanted = (Array.isArray(given) ? given : [given]) as ReadonlyArray<unknown>
    // pairs of `cid` and day differ in more than a cell
    if (!wanted.every((value) => typeof value === "number")) continue
    const shown = rows.map((row): unknown => Array.isArray(row) ? row[at] : undefined)
    if (shown.every((cell) => typeof cell === "number" && !wanted.includes(cell))) {
      return another(`notifyInfo.${parameter}`, 4, given, shown[0])
    }
  }
  return undefined
}

/** the name of the layout if `of` is used alone, such as `Notification<Order[]>` */
const of = <A>(info: Layout.Decoder<A>, denies?: NotificationDenies): Layout.Decoder<
  Notification<A> | NotificationRefused
> => ({
  name: `Notification<${info.name}>`,
  decode: (json) =>
    Either.flatMap(
      envelope.decode(json),
      (found): Either.Either<Notification<A> | NotificationRefused, DecodeError> => {
        // the payload of a refusal is filled only partly, and it is not documented which part
        if (denied(found.status, found.notifyInfo, denies)) return Either.right({ accepted: false, ...found })
        return Either.mapBoth(info.decode(found.notifyInfo), {
          onLeft: (error) =>
            new DecodeError({ ...error, field: error.field === "" ? "notifyInfo" : `notifyInfo.${error.field}` }),
          onRight: (notifyInfo) => ({ accepted: true, ...found, status: "SUCCESS", notifyInfo })
        })
      }
    )
})

const rows = <A>(
  row: Layout.Decoder<A>,
  { needed = false }: { readonly needed?: boolean } = {}
): Layout.Decoder<ReadonlyArray<A>> => {
  const list = Layout.list(row)
  const place = { operation: "decode", layout: row.name, field: "", index: null, row: null }
  return {
    name: list.name,
    decode: (json) =>
      Array.isArray(json) && json.length === 0 && needed
        ? Either.left(new DecodeError({ ...place, expected: "at least one row", actual: "none" }))
        : list.decode(Array.isArray(json) && json.length > 0 && !Array.isArray(json[0]) ? [json] : json)
  }
}

const reply = <A>(
  type: string | null,
  info: Layout.Decoder<A>,
  { denies, repeats = {} }: { readonly denies?: NotificationDenies; readonly repeats?: NotificationRepeats } = {}
) => ({
  notification: { type },
  mismatch: (json: unknown, args: Endpoint.AnyArgs): DecodeError | undefined => mismatch(type, repeats, json, args),
  refusal: (json: unknown): Endpoint.Refusal | undefined => refusal(json, denies),
  result: Endpoint.always(of(info, denies))
})

/**
 * The envelope `[mts, type, messageId, null, notifyInfo, code, status, text]`.
 *
 * - As a layout, it decodes any notification and leaves the payload undecoded.
 * - `Notification.of(decoder)` decodes a notification with a known payload. The payload of a refusal is left undecoded.
 * - `Notification.rows(decoder)` decodes a list as payload; the socket sends a list of one row without its brackets. With
 *   `needed`, a list without rows is an error: a success that shows nothing proves nothing.
 * - `Notification.refusal(json)` returns the refusal in a reply, or undefined if it is not a refusal.
 * - `Notification.reply(type, decoder)` returns the columns of an endpoint that replies with a notification. `repeats`
 *   names the parameters that the payload repeats: a reply with other values belongs to another call.
 *
 * @see https://docs.bitfinex.com/reference/ws-auth-notifications
 * @since 0.1.0
 * @category records
 */
export const Notification = Object.assign(envelope, { of, refusal, reply, rows })

type Envelope = Layout.Type<typeof envelope>

/**
 * A notification with the status SUCCESS and the payload `A`. Over REST, the payload is the request as the venue
 * understood it: a cancelled order may still have the status ACTIVE in it.
 *
 * @since 0.1.0
 * @category records
 */
export interface Notification<out A = unknown> extends Omit<Envelope, "notifyInfo" | "status"> {
  readonly accepted: true
  readonly status: "SUCCESS"
  readonly notifyInfo: A
}

/**
 * A notification with the status ERROR, FAILURE or an unknown word, or with SUCCESS and a payload that contradicts it.
 * Its payload is filled partly or not at all.
 *
 * @since 0.1.0
 * @category records
 */
export interface NotificationRefused extends Envelope {
  readonly accepted: false
}
