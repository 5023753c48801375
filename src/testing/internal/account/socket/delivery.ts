/**
 * Delivers account events and notifications to the connections of a user, in the venue's order.
 *
 * The venue first acknowledges a command and then reports its events, so events that occur while a command is executed
 * wait for its notification. All connections of a user receive both. Faults change the order, delay messages, or let
 * other programs of the user act at the same time.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type * as Venue from "../../venue/account.ts"
import type { AccountSabotage } from "../../venue/accountFaults.ts"
import type { Accounts } from "../accounts.ts"
import type { CommandType } from "../commands.ts"
import type { Input } from "../input.ts"
import { makeInput } from "../input.ts"
import type { AccountEvent, Notice, Origin, OrRefusal } from "../model.ts"
import type { Account } from "../types.ts"
import { noticeRow } from "./rows.ts"
import type { Session } from "./session.ts"

export type DropFault = NonNullable<ReturnType<AccountSabotage["command"]>>

/** A command in flight. */
export interface Acting {
  readonly account: Account
  readonly type: CommandType
  readonly input: Input
  readonly origin: Origin
  /** context of its arrival; undefined for another program of the user */
  readonly surroundings: Venue.Surroundings | undefined
  /** the connection that sent it */
  readonly from?: Session
  readonly fault?: DropFault | undefined
  /** the command that the client sent, which may be one with many operations; default `type` */
  readonly frame?: CommandType
}

export interface Delivery {
  readonly sessions: Set<Session>
  readonly of: (userId: number) => ReadonlyArray<Session>
  /** executes a command, and notifies all connections of the user */
  readonly execute: (acting: Acting) => OrRefusal<Notice>
  /** notifies all connections of the user of a command that was not executed */
  readonly refuse: (acting: Acting, result: OrRefusal<Notice>) => void
}

const isSubmission = (type: CommandType): boolean => type === "on" || type === "fon"
const isCancellation = (type: CommandType): boolean => type === "oc" || type === "oc_multi"

/** the ids in events of a command's fills */
const idsOf = (type: CommandType, result: OrRefusal<Notice>): ReadonlyArray<number> | "any" => {
  // a cancellation fills nothing: the connection drops amid the events of the cancellation
  if (isCancellation(type) || type === "foc") return "any"
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

/** ids of placed orders or offers, from the reply to a submission */
const placedBy = (result: OrRefusal<Notice>): ReadonlyArray<number> => {
  const ids = idsOf("on", result)
  return ids === "any" ? [] : ids
}

/** the order or offer of an event */
const subjectOf = (event: AccountEvent): number | undefined => {
  switch (event.type) {
    case "on":
    case "ou":
    case "oc":
    case "fon":
    case "fou":
    case "foc":
      return event.record.id
    case "te":
    case "tu":
      return event.record.orderId
    case "fte":
    case "ftu":
      return event.record.offerId
    default:
      return undefined
  }
}

/** events of one stream stay in order: one order or offer with its trades, one wallet, the position in one symbol */
const streamOf = (event: AccountEvent): string =>
  event.type === "wu"
    ? `${event.record.type} ${event.record.currency}`
    : String(subjectOf(event) ?? event.record.symbol)

/** delivers a message to a connection, at once or later */
type Via = (session: Session, act: () => void, stream?: string) => void

/** a message to deliver, and its stream */
interface Message {
  readonly stream: string | undefined
  readonly act: () => void
}

/** messages that are held, one group per command, until they are sent in reverse */
interface Reversal {
  readonly groups: Array<Array<Message>>
  readonly count: number
}

/** the last command first; but messages of one order, wallet or position keep their order */
const send = (reversal: Reversal): void => {
  const groups = reversal.groups.splice(0)
  const inTime = new Map<string, Array<Message>>()
  for (const message of groups.flat()) {
    if (message.stream !== undefined) inTime.set(message.stream, [...(inTime.get(message.stream) ?? []), message])
  }
  for (const message of groups.reverse().flat()) {
    const next = message.stream === undefined ? undefined : inTime.get(message.stream)?.shift()
    ;(next ?? message).act()
  }
}

interface State {
  readonly accounts: Accounts
  readonly sessions: Set<Session>
  /** messages about orders that are not shown yet, by id */
  readonly held: Map<number, Array<() => void>>
  readonly reversals: Map<Session, Reversal>
  /** events that wait for the notification of the current command */
  waiting: Array<readonly [userId: number, event: AccountEvent]> | undefined
}

const sessionsOf = ({ sessions }: State, userId: number): ReadonlyArray<Session> =>
  [...sessions].filter((session) => session.login()?.userId === userId)

/** acts now, or when this order is shown */
const whenShown = ({ held }: State, id: number | undefined, act: () => void): void => {
  const list = id === undefined ? undefined : held.get(id)
  if (list === undefined) act()
  else list.push(act)
}

const publish = (state: State, userId: number, event: AccountEvent, via: Via): void =>
  whenShown(state, subjectOf(event), () => {
    for (const session of sessionsOf(state, userId)) via(session, () => session.event(event), streamOf(event))
  })

/** at once, but behind held messages of the same stream */
const atOnce = ({ reversals }: State): Via => (session, act, stream) => {
  const held = reversals.get(session)?.groups
  const isBehind = stream !== undefined && held?.some((group) => group.some((message) => message.stream === stream))
  if (isBehind === true) held?.at(-1)?.push({ act, stream })
  else act()
}

/** hides the orders that a submission placed, as a fault requests */
const conceal = ({ held }: State, { account, surroundings, type }: Acting, result: OrRefusal<Notice>): void => {
  // the replies to updates and cancellations name orders as well, which were placed before
  const ids = isSubmission(type) && Either.isRight(result) ? placedBy(result) : []
  const fault = ids.length === 0 ? undefined : surroundings?.sabotage.show()
  if (fault === undefined || surroundings === undefined) return
  const { millis, where = "both" } = fault
  for (const id of ids) {
    account.concealed.set(id, { rest: where !== "socket", socket: where !== "rest" })
    if (where !== "rest") held.set(id, [])
  }
  surroundings.later(millis, () => {
    for (const id of ids) {
      account.concealed.delete(id)
      const acts = held.get(id) ?? []
      held.delete(id)
      for (const act of acts) act()
    }
  })
}

/** the group for the messages of a command; undefined if they are sent at once */
const groupOf = ({ reversals }: State, { from }: Acting): Array<Message> | undefined => {
  if (from === undefined) return undefined
  const known = reversals.get(from)
  const fault = known === undefined ? from.line.sabotage.reverse() : undefined
  const reversal: Reversal | undefined = fault === undefined ? known : { groups: [], count: fault.count }
  if (reversal === undefined) return undefined
  if (fault !== undefined) {
    reversals.set(from, reversal)
    from.line.later(fault.millis ?? 2000, () => {
      if (reversals.get(from) === reversal) reversals.delete(from)
      send(reversal)
    })
  }
  const group: Array<Message> = []
  reversal.groups.push(group)
  return group
}

const endGroup = ({ reversals }: State, { from }: Acting): void => {
  const reversal = from === undefined ? undefined : reversals.get(from)
  if (from === undefined || reversal === undefined || reversal.groups.length < reversal.count) return
  reversals.delete(from)
  send(reversal)
}

const notify = (state: State, { account, frame, from, type }: Acting, row: unknown, via: Via): void => {
  for (const session of sessionsOf(state, account.userId)) {
    // the cast: a row of Notification has its type in the second cell
    const name = String((row as ReadonlyArray<unknown>)[1])
    const fault = session === from ? session.line.sabotage.notification(frame ?? type) : undefined
    if (fault === "lose") continue
    const act = () => session.notify(name, row)
    via(session, fault === undefined ? act : () => session.line.later(fault, act))
  }
}

const perform = (state: State, acting: Acting, run: () => OrRefusal<Notice>): OrRefusal<Notice> => {
  const { fault, from, input, origin, type } = acting
  const before = state.waiting
  const events: NonNullable<State["waiting"]> = []
  state.waiting = events
  const result = run()
  state.waiting = before
  conceal(state, acting, result)
  const group = groupOf(state, acting)
  const via: Via = (session, act, stream) => {
    // messages about an order that is shown late may come when the group was sent already
    const isHeld = session === from && group !== undefined && state.reversals.get(session)?.groups.includes(group)
    if (isHeld === true) group?.push({ act, stream })
    else atOnce(state)(session, act, stream)
  }
  if (fault?.point === "executed") from?.leave(fault.code)
  // it is not known whether sockets are notified of commands over REST; here they are not
  const row = origin === "rest" ? undefined : noticeRow(state.accounts.core.now(), type, input, result)
  if (row !== undefined) whenShown(state, placedBy(result)[0], () => notify(state, acting, row, via))
  if (fault?.point === "notified") from?.leave(fault.code)
  if (fault?.point === "filling") from?.arm(idsOf(type, result), fault.code)
  for (const [userId, event] of events) publish(state, userId, event, via)
  endGroup(state, acting)
  return result
}

/** executes a cancellation whose orders end later, or never */
const putOff = (
  { accounts }: State,
  { later }: Venue.Surroundings,
  millis: number | undefined,
  run: () => OrRefusal<Notice>
): OrRefusal<Notice> => {
  const { core } = accounts
  const { cancelling } = core
  core.cancelling = (end) => {
    if (millis === undefined) return
    const due = core.now() + millis
    later(millis, () => {
      accounts.pass(due)
      end()
      accounts.publish()
    })
  }
  const result = run()
  core.cancelling = cancelling
  return result
}

const execute = (state: State, acting: Acting): OrRefusal<Notice> =>
  perform(state, acting, () => {
    const { account, input, origin, surroundings, type } = acting
    const run = () => state.accounts.execute(account, type, input, origin)
    const slow = isCancellation(type) ? surroundings?.sabotage.cancel() : undefined
    return slow === undefined || surroundings === undefined ? run() : putOff(state, surroundings, slow.millis, run)
  })

/** another program of the user submits the same terms */
const twinOf = ({ accounts }: State, acting: Acting, cid: "other" | "equal" | "none"): Acting => {
  const { account, input, type } = acting
  const { cid: own, ...terms } = input.fields
  const named = type !== "on" || cid === "none"
    ? {}
    : { cid: cid === "equal" ? own : (input.int("cid") ?? accounts.core.now()) + 1 }
  return { account, type, origin: "elsewhere", surroundings: undefined, input: makeInput({ ...terms, ...named }) }
}

export const makeDelivery = (accounts: Accounts): Delivery => {
  const state: State = { accounts, sessions: new Set(), held: new Map(), reversals: new Map(), waiting: undefined }
  accounts.onEvent(({ userId }, event) => {
    if (state.waiting === undefined) publish(state, userId, event, atOnce(state))
    else state.waiting.push([userId, event])
  })
  return {
    sessions: state.sessions,
    of: (userId) => sessionsOf(state, userId),
    refuse: (acting, result) => void perform(state, acting, () => result),
    execute: (acting) => {
      const twin = isSubmission(acting.type) ? acting.surroundings?.sabotage.twin() : undefined
      const other = twin === undefined ? undefined : twinOf(state, acting, twin.cid ?? "other")
      if (other !== undefined && twin?.when === "before") execute(state, other)
      const result = execute(state, acting)
      if (other !== undefined && twin?.when !== "before") execute(state, other)
      return result
    }
  }
}
