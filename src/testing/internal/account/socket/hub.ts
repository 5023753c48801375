/**
 * Channel 0: which connections are logged in as whom, what they ask for, and what they hear of their accounts.
 *
 * The venue acknowledges a command first and tells then what came of it, so events that happen while a command is
 * carried out wait for its notification. All connections of a user hear both.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Random from "../../market/random.ts"
import type * as Venue from "../../venue/account.ts"
import type { AccountSabotage } from "../../venue/accountFaults.ts"
import type { Accounts } from "../accounts.ts"
import type { CommandType } from "../commands.ts"
import type { Input } from "../input.ts"
import { isObject, makeInput } from "../input.ts"
import type { Keys, Scope } from "../keys.ts"
import { permit } from "../keys.ts"
import type { AccountEvent, Notice, Result } from "../model.ts"
import type { Account } from "../types.ts"
import { invalid, refuse } from "../types.ts"
import * as Calc from "./calc.ts"
import { maintenance, noticeRow, notification } from "./rows.ts"
import type { Session } from "./session.ts"
import { makeSession } from "./session.ts"

export interface Hub {
  readonly connect: (connection: Venue.Connection) => Venue.Account
  /** a command of a user over another connection, which is none of these */
  readonly command: (account: Account, type: CommandType, input: Input) => Result<Notice>
}

type Fault = NonNullable<ReturnType<AccountSabotage["command"]>>

/** as clients have it; the manual's 75 are those of REST */
const maxOperations = 15

/** the longest pause between two operations, ms; the venue's limit is unknown */
const maxPause = 60_000

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

const operations: ReadonlyArray<unknown> = ["on", "ou", "oc", "oc_multi"]

type Operation =
  | { readonly _tag: "command"; readonly type: CommandType; readonly input: Input }
  | { readonly _tag: "pause"; readonly millis: number }

/** undefined when it is no list of operations */
const operationsOf = (body: unknown): ReadonlyArray<Operation> | undefined => {
  if (!Array.isArray(body) || body.length === 0 || body.length > maxOperations) return undefined
  const found: Array<Operation> = []
  for (const entry of body as ReadonlyArray<unknown>) {
    if (!Array.isArray(entry)) return undefined
    const [type, value]: ReadonlyArray<unknown> = entry
    if (type === "pause" && typeof value === "number" && value >= 0 && value <= maxPause) {
      found.push({ _tag: "pause", millis: value })
    } else if (operations.includes(type) && isObject(value)) {
      // the cast: one of the words above
      found.push({ _tag: "command", type: type as CommandType, input: makeInput(value) })
    } else {
      return undefined
    }
  }
  return found
}

/** the ids that events of a command's fills carry */
const idsOf = (type: CommandType, result: Result<Notice>): ReadonlyArray<number> | "any" => {
  // a cancellation fills nothing: it drops amid what it does bring about
  if (type === "oc" || type === "oc_multi" || type === "foc") return "any"
  if (Either.isLeft(result)) return []
  const { info } = result.right
  return info._tag === "orders"
    ? info.orders.map(({ id }) => id)
    : info._tag === "order"
    ? [info.order.id]
    : info._tag === "offer"
    ? [info.offer.id]
    : []
}

export const makeHub = (options: {
  readonly accounts: Accounts
  readonly keys: Keys
  readonly seed: number
  /** ms from the answer to a login to its snapshots */
  readonly snapshotDelay: number
}): Hub => {
  const { accounts, keys } = options
  const { core } = accounts
  const random = Random.make(options.seed, "logins")
  const sessions = new Set<Session>()
  /** events that wait for the notification of the command that is being carried out */
  let waiting: Array<readonly [userId: number, event: AccountEvent]> | undefined

  const hex = (length: number): string => Array.from({ length }, () => random.int(16).toString(16)).join("")
  const uuid = (): string => [hex(8), hex(4), `4${hex(3)}`, `8${hex(3)}`, hex(12)].join("-")

  const of = (userId: number): ReadonlyArray<Session> =>
    [...sessions].filter((session) => session.login()?.userId === userId)

  const tell = (userId: number, event: AccountEvent): void => {
    for (const session of of(userId)) session.event(event)
  }

  accounts.onEvent(({ userId }, event) => {
    if (waiting === undefined) tell(userId, event)
    else waiting.push([userId, event])
  })

  /** `frame`: what the client sent, which may be an operation of many */
  const notify = (userId: number, frame: CommandType, row: unknown, from: Session | undefined): void => {
    for (const session of of(userId)) {
      // the cast: a row of Notification has its type in the second cell
      const name = String((row as ReadonlyArray<unknown>)[1])
      const fault = session === from ? session.line.sabotage.notification(frame) : undefined
      if (fault === "lose") continue
      if (fault === undefined) session.notify(name, row)
      else session.line.later(fault, () => session.notify(name, row))
    }
  }

  const perform = (
    account: Account,
    type: CommandType,
    input: Input,
    run: () => Result<Notice>,
    from?: Session,
    fault?: Fault,
    frame: CommandType = type
  ): Result<Notice> => {
    const before = waiting
    waiting = []
    const result = run()
    const events = waiting
    waiting = before
    if (fault?.point === "executed") from?.leave(fault.code)
    const row = noticeRow(core.now(), type, input, result)
    if (row !== undefined) notify(account.userId, frame, row, from)
    if (fault?.point === "notified") from?.leave(fault.code)
    if (fault?.point === "filling") from?.arm(idsOf(type, result), fault.code)
    for (const [userId, event] of events) tell(userId, event)
    return result
  }

  const execute = (
    account: Account,
    type: CommandType,
    input: Input,
    from?: Session,
    fault?: Fault,
    frame?: CommandType
  ): Result<Notice> => perform(account, type, input, () => accounts.execute(account, type, input), from, fault, frame)

  const connect = (connection: Venue.Connection): Venue.Account => {
    const session = makeSession({ core, keys, line: connection, uuid, snapshotDelay: options.snapshotDelay })
    let queue: ReadonlyArray<string> = []
    let computed: ReadonlyArray<number> = []
    let isResting = false

    const pass = () => accounts.pass(connection.now())

    /** as much as may be computed now; the rest when its time has come */
    const compute = (account: Account): void => {
      const now = connection.now()
      computed = computed.filter((mts) => mts > now - 1000)
      while (queue.length > 0 && computed.length < Calc.limits.perSecond) {
        const [item = "", ...rest] = queue
        queue = rest
        computed = [...computed, now]
        const answer = Calc.compute(core, account, item)
        if (answer !== undefined) session.tell(answer.type, answer.topic, answer.scope, answer.payload)
      }
      if (queue.length === 0 || isResting) return
      isResting = true
      connection.later(Math.max(1, computed[0]! + 1000 - now), () => {
        isResting = false
        pass()
        compute(account)
      })
    }

    const calc = (account: Account, body: unknown): void => {
      const items = Calc.itemsOf(body)
      // codes and texts of these are unknown; the manual says "error and possible disconnect"
      if (items === undefined) return session.error(10001, "calc: invalid")
      if (items.length > Calc.limits.items || queue.length + items.length > Calc.limits.waiting) {
        return session.error(10001, "calc: limit")
      }
      queue = [...queue, ...items]
      compute(account)
    }

    /** sent on to the user's other connections; what the venue says to a message of another form is unknown */
    const broadcast = (id: unknown, body: unknown): void => {
      const type = isObject(body) ? body.type : undefined
      if (!isObject(body) || typeof type !== "string" || !type.startsWith("ucm-")) {
        return session.error(10001, "notification: invalid")
      }
      const messageId = Number.isSafeInteger(id) ? Number(id) : null
      const fields = { mts: core.now(), type, messageId, notifyInfo: body.info ?? null } as const
      const row = notification({ ...fields, status: "SUCCESS", text: null })
      for (const other of of(session.login()!.userId)) if (other !== session) other.notify(type, row)
    }

    const multi = (account: Account, ops: ReadonlyArray<Operation>, fault: Fault | undefined): void => {
      for (const [index, op] of ops.entries()) {
        if (op._tag === "command") {
          execute(account, op.type, op.input, session, fault, "ox_multi")
          continue
        }
        connection.later(op.millis, () => {
          pass()
          multi(account, ops.slice(index + 1), fault)
          accounts.publish()
        })
        return
      }
    }

    const command = (account: Account, type: CommandType, body: unknown): void => {
      const fault = connection.sabotage.command(type)
      if (fault?.point === "received") return session.leave(fault.code)
      const input = makeInput(isObject(body) ? body : {})
      const refused = (result: Result<Notice>) => perform(account, type, input, () => result, session, fault)
      if (connection.isMaintenance()) return void refused(refuse(maintenance, "maintenance"))
      const permitted = permit(session.grant()!, scopeOf[type], "write")
      if (Either.isLeft(permitted)) return void refused(Either.left(permitted.left))
      if (type === "ox_multi") {
        const ops = operationsOf(body)
        if (ops === undefined) return void refused(invalid("ops"))
        if (fault?.point === "executed") session.leave(fault.code)
        return multi(account, ops, fault)
      }
      if (!isObject(body)) return void refused(invalid("body"))
      execute(account, type, input, session, fault)
    }

    return {
      login: (request) => {
        if (session.hasLeft()) return
        pass()
        if (session.enter(request)) sessions.add(session)
      },
      input: ([channel, type, id, body]) => {
        // what was sent to a connection that is about to drop never arrived
        if (session.hasLeft()) return true
        const account = session.account()
        if (account === undefined) return false
        pass()
        // the answers to these two are unknown
        if (channel !== 0) session.error(10001, "channel: invalid")
        else if (type === "calc") calc(account, body)
        else if (type === "n") broadcast(id, body)
        else if (isCommand(type)) command(account, type, body)
        else session.error(10000, "input: unknown")
        accounts.publish()
        return true
      },
      channels: () => (session.login() === undefined ? 0 : 1),
      heartbeat: session.heartbeat,
      close: () => {
        if (!sessions.delete(session)) return
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

  return {
    connect,
    command: (account, type, input) => execute(account, type, input)
  }
}
