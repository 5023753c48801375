/** Logs in, prints the permissions of the key, and checks one before using it. */
import * as AccountConnection from "effect-bitfinex/AccountConnection"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

export const program = Effect.gen(function*() {
  const account = yield* AccountConnection.AccountConnection
  const { caps, dms, epoch, userId } = yield* account.login
  yield* Console.log(`user ${userId}, login ${epoch}, dead man switch ${dms ? "on" : "off"}`)
  for (const [scope, rights] of Object.entries(caps ?? {})) {
    yield* Console.log(
      `${scope.padEnd(12)} ${rights?.read === 1 ? "read" : "-"} ${rights?.write === 1 ? "write" : "-"}`
    )
  }

  // fails before the first order, and names the missing permission
  yield* account.requirePermissions("orders.read", "orders.write").pipe(
    Effect.zipRight(Console.log("this key may trade")),
    Effect.catchTag("PermissionMissing", ({ permission }) => Console.log(`this key lacks ${permission}`))
  )
  const { socket } = yield* account.state
  yield* Console.log(`the socket is ${socket?._tag}`)
})
