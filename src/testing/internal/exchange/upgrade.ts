/**
 * Refusal and opening of connections.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { makeVenueSocket } from "../venue/socket.ts"
import type { Connection, Door } from "./connection.ts"
import { makeConnection } from "./connection.ts"
import type { Core } from "./core.ts"
import { act } from "./core.ts"
import { accountSabotageOf, sabotageOf } from "./faults.ts"

/** How an upgrade is refused. */
export interface Refusal {
  readonly status: number | "reset"
  /** the header, if there is one */
  readonly retryAfter?: string
}

/** `attempts`: the times of the latest upgrades, including this one */
export const refusalOf = (
  core: Core,
  id: number,
  url: string,
  attempts: ReadonlyArray<number>
): Refusal | undefined => {
  const { registry } = core
  if (!core.isRunning) return { status: "reset" }
  if (!/^[a-z]+:\/\/[^/]+\/ws\/2\/?(\?|$)/.test(url)) return { status: 404 }
  const limit = registry.find("ConnectLimit", id)
  if (limit !== undefined) {
    const recent = attempts.filter((attempt) => attempt > core.now() - (limit.millis ?? 60_000))
    if (recent.length > (limit.connections ?? 20)) {
      core.meet(limit, id)
      return { status: 429 }
    }
  }
  const fault = registry.take("Refuse", id)
  if (fault === undefined) return undefined
  const { retryAfter, status = 503 } = fault
  return { status, ...(retryAfter === undefined ? {} : { retryAfter: String(retryAfter) }) }
}

export const openConnection = (core: Core, id: number, url: string, door: Door): Effect.Effect<Connection> =>
  Effect.gen(function*() {
    const { connections, now, options, registry } = core
    const version = registry.take("Version", id)?.version
    const { account } = options
    const connection = yield* makeConnection({
      id,
      url,
      door,
      clock: core.clock,
      run: core.run,
      latency: options.latency,
      venue: (emit) =>
        makeVenueSocket({
          market: options.market,
          now,
          emit,
          serverId: core.serverId,
          chanIdOf: core.chanIdOf,
          status: core.status,
          channelCap: options.channelCap,
          sabotage: sabotageOf(registry, id),
          ...(account === undefined ? {} : {
            account: (wire) =>
              account({
                wire,
                now,
                id,
                later: core.later,
                drop: (code) => core.later(0, () => connections.get(id)?.dropBehind(code)),
                isMaintenance: () => core.status === 0,
                sabotage: accountSabotageOf(registry, id)
              })
          }),
          ...(version === undefined ? {} : { version })
        }),
      onReceive: (one, data) => core.frames.add({ at: now(), connection: one.id, data }),
      onChange: core.onChange
    })
    connections.set(id, connection)
    core.live.add(connection)
    core.opened++
    connection.open()
    const own = core.awaited.filter((fault) => fault.connection === id)
    core.awaited = core.awaited.filter((fault) => fault.connection !== id)
    for (const fault of own) act(core, fault, connection)
    forget(core)
    return connection
  })

/** keeps only the latest closed connections */
const forget = ({ connections, options }: Core): void => {
  const closed = [...connections.values()].filter((one) => one.state() === "closed")
  for (const one of closed.slice(0, Math.max(0, closed.length - options.remember))) connections.delete(one.id)
}
