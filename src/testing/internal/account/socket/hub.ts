/**
 * Channel 0: the logins of the connections, and their commands.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { StrayAnswer } from "../../../Fault.ts"
import * as Random from "../../market/random.ts"
import type * as Venue from "../../venue/account.ts"
import type { Accounts } from "../accounts.ts"
import type { CommandType } from "../commands.ts"
import type { Input } from "../input.ts"
import { isObject, makeInput } from "../input.ts"
import type { Keys, Scope } from "../keys.ts"
import { permit } from "../keys.ts"
import type { Notice, OrRefusal } from "../model.ts"
import type { Account } from "../types.ts"
import { invalid, refuse } from "../types.ts"
import { makeCalculations } from "./calculations.ts"
import type { Acting, Delivery, DropFault } from "./delivery.ts"
import { makeDelivery } from "./delivery.ts"
import type { Operation } from "./operations.ts"
import { operationsOf } from "./operations.ts"
import { maintenance, notification, strayRow } from "./rows.ts"
import type { Session } from "./session.ts"
import { makeSession } from "./session.ts"

export interface Hub {
  readonly connect: (connection: Venue.Connection) => Venue.Account
  /** a command of a user over another connection that is not modelled */
  readonly command: (account: Account, type: CommandType, input: Input) => OrRefusal<Notice>
  /** a command over REST */
  readonly overRest: (
    account: Account,
    type: CommandType,
    input: Input,
    surroundings: Venue.Surroundings
  ) => OrRefusal<Notice>
}

const scopeOf: { readonly [T in CommandType]: Scope } = {
  on: "orders",
  ou: "orders",
  oc: "orders",
  oc_multi: "orders",
  ox_multi: "orders",
  fon: "funding",
  foc: "funding"
}

const isCommand = (type: unknown): type is CommandType => typeof type === "string" && Object.hasOwn(scopeOf, type)

interface Parts {
  readonly accounts: Accounts
  readonly delivery: Delivery
  readonly connection: Venue.Connection
  readonly session: Session
}

/** forwarded to all connections of the user, including the sender's; the venue's reply to another form is not known */
const broadcast = ({ accounts, delivery, session }: Parts, id: unknown, body: unknown): void => {
  const type = isObject(body) ? body.type : undefined
  if (!isObject(body) || typeof type !== "string" || !type.startsWith("ucm-")) {
    return session.error(10001, "notification: invalid")
  }
  const messageId = Number.isSafeInteger(id) ? Number(id) : null
  const fields = { mts: accounts.core.now(), type, messageId, notifyInfo: body.info ?? null } as const
  const row = notification({ ...fields, status: "SUCCESS", text: null })
  for (const each of delivery.of(session.login()!.userId)) each.notify(type, row)
}

/** sends a reply that resembles the reply to this command, but belongs to another program */
const stray = ({ accounts, session }: Parts, type: CommandType, input: Input, fault: typeof StrayAnswer.Type): void => {
  const { core } = accounts
  if (fault.as === "error") return session.error(fault.code ?? 10001, fault.text ?? "ERR_GENERIC")
  session.notify(`${type}-req`, strayRow(core.now(), type, input, fault, core.nextId))
}

const multi = (
  parts: Parts,
  account: Account,
  ops: ReadonlyArray<Operation>,
  fault: DropFault | undefined
): void => {
  const { accounts, connection, delivery, session } = parts
  for (const [index, op] of ops.entries()) {
    if (op._tag === "command") {
      const { input, type } = op
      delivery.execute({
        account,
        type,
        input,
        origin: "socket",
        surroundings: connection,
        from: session,
        fault,
        frame: "ox_multi"
      })
      continue
    }
    connection.later(op.millis, () => {
      accounts.pass(connection.now())
      multi(parts, account, ops.slice(index + 1), fault)
      accounts.publish()
    })
    return
  }
}

const command = (parts: Parts, account: Account, type: CommandType, body: unknown): void => {
  const { connection, delivery, session } = parts
  const fault = connection.sabotage.command(type)
  if (fault?.point === "received") return session.leave(fault.code)
  const input = makeInput(isObject(body) ? body : {})
  const acting: Acting = {
    account,
    type,
    input,
    origin: "socket",
    surroundings: connection,
    from: session,
    fault
  }
  const odd = connection.sabotage.stray(type)
  if (odd !== undefined) stray(parts, type, input, odd)
  if (connection.isMaintenance()) return delivery.refuse(acting, refuse(maintenance, "maintenance"))
  const permitted = permit(session.grant()!, scopeOf[type], "write")
  if (Either.isLeft(permitted)) return delivery.refuse(acting, Either.left(permitted.left))
  if (type === "ox_multi") {
    const ops = operationsOf(body)
    if (ops === undefined) return delivery.refuse(acting, invalid("ops"))
    if (fault?.point === "executed") session.leave(fault.code)
    return multi(parts, account, ops, fault)
  }
  if (!isObject(body)) return delivery.refuse(acting, invalid("body"))
  delivery.execute(acting)
}

const connect = (parts: Parts): Venue.Account => {
  const { accounts, connection, delivery, session } = parts
  const pass = () => accounts.pass(connection.now())
  const calc = makeCalculations(accounts.core, connection, session, pass)
  const obey = (account: Account, type: CommandType, body: unknown) => {
    const slow = connection.sabotage.slow(type)
    if (slow === undefined) return command(parts, account, type, body)
    connection.later(slow, () => {
      pass()
      command(parts, account, type, body)
      accounts.publish()
    })
  }
  return {
    login: (request) => {
      if (session.hasLeft()) return
      pass()
      if (session.enter(request)) delivery.sessions.add(session)
    },
    input: ([channel, type, id, body]) => {
      // a command sent to a connection that is about to drop never arrived
      if (session.hasLeft()) return true
      const account = session.account()
      if (account === undefined) return false
      pass()
      // the replies to these two are not known
      if (channel !== 0) session.error(10001, "channel: invalid")
      else if (type === "calc") calc(account, body)
      else if (type === "n") broadcast(parts, id, body)
      else if (isCommand(type)) obey(account, type, body)
      else session.error(10000, "input: unknown")
      accounts.publish()
      return true
    },
    channels: () => (session.login() === undefined ? 0 : 1),
    heartbeat: session.heartbeat,
    close: () => {
      if (!delivery.sessions.delete(session)) return
      const account = session.account()
      session.leave()
      if (account === undefined || session.login()?.dms !== true) return
      pass()
      accounts.trading.cancelAll(account, () => true)
      accounts.publish()
    },
    session: session.login,
    raw: session.raw,
    mute: session.mute
  }
}

export const makeHub = (options: {
  readonly accounts: Accounts
  readonly keys: Keys
  readonly seed: number
  /** time between the reply to a login and its snapshots, ms */
  readonly snapshotDelay: number
}): Hub => {
  const { accounts, keys, snapshotDelay } = options
  const { core } = accounts
  const random = Random.make(options.seed, "logins")
  const delivery = makeDelivery(accounts)
  const hex = (length: number): string => Array.from({ length }, () => random.int(16).toString(16)).join("")
  const uuid = (): string => [hex(8), hex(4), `4${hex(3)}`, `8${hex(3)}`, hex(12)].join("-")
  return {
    connect: (connection) => {
      const session = makeSession({ core, keys, line: connection, uuid, snapshotDelay })
      return connect({ accounts, delivery, connection, session })
    },
    command: (account, type, input) =>
      delivery.execute({ account, type, input, origin: "elsewhere", surroundings: undefined }),
    overRest: (account, type, input, surroundings) =>
      delivery.execute({ account, type, input, origin: "rest", surroundings })
  }
}
