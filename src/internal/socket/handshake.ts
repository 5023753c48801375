/**
 * The settings that are agreed upon on a fresh socket, before the first subscription: the version, the flags, and a login where there is
 * an account.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Settings } from "../../BitfinexConfig.ts"
import { type AccountStreamError, UnsupportedVersion } from "../../BitfinexError.ts"
import * as Flags from "../../protocol/Flags.ts"
import type { EventFrame } from "../../protocol/internal/frame.ts"
import * as Later from "../time/later.ts"
import { End, isEnd } from "./end.ts"
import { advance, type Epoch, send } from "./epoch.ts"

/** Logs in: sends a frame with `exchange`, which gives the answer. Fails with a text when another socket may do better. */
export type Login = (
  exchange: (frame: { readonly event: "auth"; readonly [field: string]: unknown }) => Effect.Effect<EventFrame, End>
) => Effect.Effect<void, End | AccountStreamError>

export interface Options {
  /** of the connection */
  readonly name: string
  readonly settings: Settings
  /** undefined where there is no account */
  readonly login: Login | undefined
}

/** the flags that are requested */
export const wantedFlags = (settings: Settings): number => Flags.toNumber(Flags.connection, settings.socket.flags)

/** names of the flags that are wanted and not given */
export const missingFlags = (wanted: number, given: number): ReadonlyArray<string> => {
  const [asked, had] = [wanted, given].map((each) => Object.entries(Flags.fromNumber(Flags.connection, each)))
  return asked!.filter(([, isOn], k) => isOn === true && had![k]![1] !== true).map(([name]) => name)
}

/** agrees on everything: the frame with which the venue introduced itself */
export const make = ({ login, name, settings }: Options) => {
  const wanted = wantedFlags(settings)

  const exchange = (epoch: Epoch, frame: Parameters<Parameters<Login>[0]>[0]): Effect.Effect<EventFrame, End> =>
    Effect.suspend(() => {
      const answer = Later.deferred<EventFrame>()
      epoch.login = answer
      send(epoch, frame)
      return Effect.timeoutFail(Deferred.await(answer), {
        duration: settings.socket.replyTimeout,
        onTimeout: () => new End("Unanswered", "no answer to the login")
      })
    })

  return Effect.fnUntraced(function*(
    epoch: Epoch
  ): Effect.fn.Return<EventFrame, End | AccountStreamError> {
    yield* epoch.link.opened
    advance(epoch, { _tag: "Opened" })
    const info = yield* Deferred.await(epoch.info)
    if (info["version"] !== 2) {
      epoch.closing = { code: 3000, reason: "another version of the protocol" }
      return yield* Effect.fail(new UnsupportedVersion({ operation: name, version: info["version"] }))
    }
    epoch.serverId = typeof info["serverId"] === "string" ? info["serverId"] : null
    if (wanted !== 0) {
      send(epoch, { event: "conf", flags: wanted })
      const conf = yield* Effect.timeoutFail(Deferred.await(epoch.conf), {
        duration: settings.socket.replyTimeout,
        onTimeout: () => new End("Unanswered", "no answer to conf")
      })
      if (conf["status"] !== "OK") {
        return yield* Effect.fail(new End("Refused", `conf was refused: ${String(conf["msg"] ?? conf["status"])}`))
      }
      const missing = missingFlags(wanted, epoch.flags)
      // without them the gaps that we promise to notice would go by unseen
      if (missing.length > 0) {
        return yield* Effect.fail(new End("Refused", `conf was answered without the flags ${missing.join(", ")}`))
      }
    }
    if (login !== undefined) {
      yield* Effect.tapError(login((frame) => exchange(epoch, frame)), (error) =>
        Effect.sync(() => {
          if (!isEnd(error)) epoch.closing = { code: 3000, reason: "the login was refused" }
        }))
    }
    return info
  })
}
