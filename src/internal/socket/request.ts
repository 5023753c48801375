/**
 * From a channel's row and the user's arguments to a checked request.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { InvalidInput } from "../../BitfinexError.ts"
import * as BufferPolicy from "../../BufferPolicy.ts"
import type { AnyChannel, State } from "../../protocol/Channel.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import { checked, strangeName } from "../../protocol/internal/request.ts"
import type { Layout } from "../../protocol/Layout.ts"
import type { Request } from "./subscription.ts"

/** How a stream is wanted. */
export interface StreamOptions {
  readonly buffer?: BufferPolicy.BufferPolicy | undefined
  readonly subId?: string | number | undefined
}

/** what our own ids begin with: an error of the venue may name nothing but the id, and must never mean another stream */
export const ownIds = "effect-bitfinex:"

const policies: ReadonlyArray<BufferPolicy.BufferPolicy["policy"]> = [
  "conflate",
  "sliding",
  "dropping",
  "fail",
  "suspend"
]

/** what holds everything that matters of a channel's kind, unless the user says otherwise */
const defaultBuffer = (state: State<never>): BufferPolicy.BufferPolicy =>
  state.kind === "latest" || state.kind === "keyed" ? BufferPolicy.conflate() : BufferPolicy.sliding()

/** checks how a stream is wanted, but for what only some streams have */
export const checkBuffer = <O extends { readonly buffer?: BufferPolicy.BufferPolicy | undefined }>(
  operation: string,
  options: O | undefined,
  names: ReadonlyArray<string> = ["buffer"]
): Either.Either<Partial<O>, InvalidInput> => {
  const refuse = (field: string, value: unknown, reason: string) =>
    Either.left(new InvalidInput({ operation, field, value, reason }))
  const how: unknown = options ?? {}
  if (options === null || typeof how !== "object") return refuse("options", options, "give them as one object")
  // the cast: an object; its members are checked here
  const strange = strangeName(operation, how as { readonly [name: string]: unknown }, names)
  if (strange !== undefined) return Either.left(strange)
  const { buffer } = how as Partial<O> // as above
  if (buffer === null || (buffer !== undefined && !policies.includes(buffer.policy))) {
    return refuse("buffer", buffer, `give one of the policies ${policies.join(", ")}`)
  }
  if (buffer !== undefined && !(Number.isSafeInteger(buffer.capacity) && buffer.capacity > 0)) {
    return refuse("buffer", buffer, "give a capacity of at least 1")
  }
  return Either.right(how as Partial<O>) // as above
}

export const make = (
  operation: string,
  channel: AnyChannel,
  given: AnyArgs,
  options?: StreamOptions
): Either.Either<Request, InvalidInput> =>
  Either.gen(function*() {
    const args = yield* checked(operation, channel, given)
    const refuse = (field: string, value: unknown, reason: string) =>
      Either.left(new InvalidInput({ operation, field, value, reason }))
    const { subId } = yield* checkBuffer(operation, options, ["buffer", "subId"])
    if (subId !== undefined && !(typeof subId === "string" ? subId !== "" : Number.isSafeInteger(subId))) {
      return yield* refuse("subId", subId, "give a text that is not empty, or a whole number")
    }
    if (String(subId).startsWith(ownIds)) {
      return yield* refuse("subId", subId, `give one that does not begin with ${ownIds}, which is for ids of the SDK`)
    }
    const decoder = channel.record.choose(args)
    if (Either.isLeft(decoder)) return yield* refuse("args", args, decoder.left.expected)
    const fields = channel.request(args)
    const state = channel.state(args)
    return {
      operation,
      channel: channel.channel,
      fields,
      key: [channel.channel, ...Object.values(fields)].join("|"),
      subId,
      layout: decoder.right as Layout<unknown>, // `Channel.make` asks for layouts
      state,
      buffer: options?.buffer ?? defaultBuffer(state)
    }
  })
