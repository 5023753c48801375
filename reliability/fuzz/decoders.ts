/** Checks the contracts of all decoders of venue data, on one frame. */
import * as Either from "effect/Either"
import { isDeepStrictEqual } from "node:util"
import type * as Channel from "../../src/protocol/Channel.ts"
import * as Channels from "../../src/protocol/Channels.ts"
import { accountChannels, type AnyAccountChannel } from "../../src/protocol/channels/Account.ts"
import type * as Endpoint from "../../src/protocol/Endpoint.ts"
import * as Endpoints from "../../src/protocol/Endpoints.ts"
import { MalformedFrame, parse, toText } from "../../src/protocol/internal/frame.ts"
import { classify } from "../../src/protocol/internal/refusals.ts"
import type * as Layout from "../../src/protocol/Layout.ts"
import * as Fixtures from "../../test/support/fixtures.ts"
import { checkBytes } from "./bytes.ts"
import { type Frame, frameOf, pick, type Random } from "./frames.ts"
import { hold } from "./hold.ts"

const endpoints: { readonly [name: string]: Endpoint.AnyEndpoint } = Endpoints.all
const channels: { readonly [name: string]: Channel.AnyChannel } = Channels.publicChannels
const layouts = [...Fixtures.layouts.values()]
const names = Object.keys(endpoints)
const channelNames = Object.keys(channels)
const families: ReadonlyArray<AnyAccountChannel> = Object.values(accountChannels)
const statuses = [200, 200, 400, 404, 429, 500, 502, 503]

const isError = (error: { readonly _tag: string; readonly message: string; readonly actual?: string }): boolean =>
  error._tag === "DecodeError" && typeof error.message === "string" && (error.actual ?? "").length <= 120

const checkLayout = (layout: Layout.Layout<unknown>, row: unknown): void => {
  const decoded = layout.decode(row)
  const read = layout.read(row)
  if (Either.isLeft(decoded)) {
    hold(read === undefined, `${layout.name}: read accepts a value that decode refuses`)
    hold(isError(decoded.left) && decoded.left.layout === layout.name, `${layout.name}: the error`)
    return
  }
  hold(isDeepStrictEqual(read, decoded.right), `${layout.name}: read and decode differ`)
  const again = layout.decode(layout.encode(decoded.right))
  hold(Either.isRight(again), `${layout.name}: the encoded record is not decoded`)
  hold(
    Either.isRight(again) && isDeepStrictEqual(again.right, decoded.right),
    `${layout.name}: encode and decode differ`
  )
}

const checkReader = (family: AnyAccountChannel, row: unknown): void => {
  const { record } = family
  const decoded = record.decode(row)
  const read = record.read(row)
  // the payload of an alert is not documented: its decoder accepts anything, and only arrays are delivered
  if (family !== accountChannels.alerts) {
    hold(Either.isRight(decoded) === (read !== undefined), `${record.name}: read and decode disagree`)
  }
  if (Either.isLeft(decoded)) hold(isError(decoded.left), `${record.name}: the error`)
}

const checkReply = (frame: Frame, next: Random): void => {
  const status = pick(next, statuses)
  const reply = classify({
    operation: "fuzz",
    status,
    contentType: pick(next, ["application/json", "text/html", undefined]),
    retryAfter: null,
    body: frame.text,
    read: next() < 0.5
  })
  if (Either.isLeft(reply)) {
    hold(typeof reply.left.message === "string" && reply.left._tag.length > 0, "classify: the error")
  }
}

const checkEndpoint = (name: string, args: Endpoint.AnyArgs, json: unknown): void => {
  const row = endpoints[name]!
  const refusal = row.refusal(json)
  hold(refusal === undefined || typeof refusal.text === "string", `${name}: the refusal`)
  const decoded = row.decode(json, args)
  if (Either.isLeft(decoded)) hold(isError(decoded.left), `${name}: the error`)
}

const checkChannel = (name: string, args: Endpoint.AnyArgs, payload: unknown): void => {
  const row = channels[name]!
  const decoded = row.update.decode(payload, args)
  if (Either.isLeft(decoded)) {
    hold(isError(decoded.left), `${name}: the error`)
    return
  }
  hold(Array.isArray(decoded.right), `${name}: rows`)
  // of the rows that were just decoded
  const state = row.state(args) as Channel.State<unknown>
  for (const record of decoded.right) {
    if (state.kind === "latest") continue
    const key = state.key(record)
    hold(typeof key === "string" || typeof key === "number", `${name}: the key of a row`)
    if (state.kind === "keyed") hold(Number.isFinite(state.order(record, record)), `${name}: the order of rows`)
  }
}

const argsOf: { readonly [channel: string]: ReadonlyArray<Endpoint.AnyArgs> } = {
  status: [{ key: "deriv:tBTCF0:USTF0" }, { key: "liq:global" }],
  candles: [{ timeframe: "1m", symbol: "tBTCUSD" }]
}

/** decodes a frame in every way that a program might; throws when a contract is violated or a decoder throws */
export const check = (frame: Frame, next: Random): void => {
  const outer = parse(frame.text)
  if (outer instanceof MalformedFrame) {
    hold(outer.text.length <= 200 && outer.reason !== "", "a malformed frame is shown in 200 characters")
  } else if (Array.isArray(outer)) hold(typeof outer[0] === "number", "an array without a channel id")
  else hold("event" in outer && typeof outer.event === "string", "an object without an event")
  if (frame.number % 16 === 0) {
    hold(toText(Buffer.from(frame.text)) === frame.text || /[\ud800-\udfff]/.test(frame.text), "bytes")
  }
  checkBytes(frame.text, next)
  checkReply(frame, next)

  let json: unknown
  try {
    json = JSON.parse(frame.text)
  } catch {
    hold(outer instanceof MalformedFrame, "a frame that is not JSON was decoded")
    return
  }
  const payload = Array.isArray(outer) ? typeof outer[1] === "string" ? outer[2] : outer[1] : json
  const row = Array.isArray(payload) && Array.isArray(payload[0]) ? pick(next, payload) : payload
  if (frame.kind === "reply") checkEndpoint(frame.name, frame.args, json)
  checkEndpoint(pick(next, names), frame.args, json)
  if (frame.kind === "public") checkChannel(frame.name, frame.args, payload)
  const name = pick(next, channelNames)
  checkChannel(name, pick(next, argsOf[name] ?? [{ symbol: "tBTCUSD" }, { symbol: "fUSD" }]), payload)
  const home = Fixtures.layouts.get(frame.name)
  if (home !== undefined) checkLayout(home, row)
  checkLayout(pick(next, layouts), row)
  checkReader(pick(next, families), row)
}

export interface Defect {
  readonly number: number
  readonly text: string
  readonly error: unknown
}

/** decodes `frames` frames, beginning with the number `from`; stops at the first defect */
export const run = (seed: number, frames: number, from = 0): Defect | undefined => {
  for (let number = from; number < from + frames; number++) {
    const { frame, next } = frameOf(seed, number)
    try {
      check(frame, next)
    } catch (error) {
      return { number, text: frame.text, error }
    }
  }
  return undefined
}
