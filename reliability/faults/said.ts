import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountEvents from "../../src/AccountEvents.ts"
import * as AccountState from "../../src/AccountState.ts"
import * as Auth from "../../src/Auth.ts"
import type { OutcomeUnknown } from "../../src/BitfinexError.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import type * as FakeAccount from "../../src/testing/FakeAccount.ts"
import * as Trading from "../../src/Trading.ts"
import type { AccountEvidence, Call, Placed, Statement } from "./model.ts"
import type { World } from "./world.ts"
import { newYear } from "./world.ts"

// Common parts of the workloads with an account: its client, the reports about orders, and the exchange's orders.

/** signed calls of one key; a function, so that two keys are two accounts */
export const signedOf = (key: string, secret: string) =>
  RestAuthClient.layer().pipe(
    Layer.provideMerge(Auth.layer()),
    Layer.provideMerge(RateLimiter.layerMemory),
    Layer.provide([
      Nonce.layerMemory,
      Credentials.layer({ apiKey: Redacted.make(key), apiSecret: Redacted.make(secret) })
    ])
  )

/** everything of one account */
export const clientOf = (key: string, secret: string) =>
  Layer.mergeAll(Trading.layer(), AccountEvents.layer(), AccountState.layer()).pipe(
    Layer.provideMerge(AccountConnection.layer()),
    Layer.provideMerge(signedOf(key, secret)),
    Layer.orDie
  )

/** far below the market, so that it rests until the exchange fills it */
export const resting = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 10_000 } as const
export const crossing = { type: "EXCHANGE MARKET", symbol: "tBTCUSD", amount: "0.01" } as const

/** runs an effect, and records its outcome */
export const track = <A, E, R>(
  world: World,
  calls: Array<Call>,
  how: Pick<Call, "what" | "cid" | "deadline">,
  effect: Effect.Effect<A, E, R>,
  onEnd: (exit: Exit.Exit<A, E>, call: Call) => void = () => {}
) =>
  Effect.suspend(() => {
    const call: Call = { ...how, began: world.passed(), ended: undefined, exit: undefined, outcome: undefined }
    calls.push(call)
    return Effect.onExit(effect, (exit) =>
      Effect.sync(() => {
        call.ended = world.passed()
        call.exit = exit
        onEnd(exit, call)
      }))
  }).pipe(Effect.exit)

/** the placed orders, of the client and of other programs of the user */
export const ledgerOf = (account: FakeAccount.View): ReadonlyArray<Placed> => {
  const open = new Map(account.orders().map((order) => [order.id, order]))
  const closed = new Map(account.ordersHistory().map((order) => [order.id, order]))
  return account.commands().flatMap(({ accepted, at, cid, id, origin, type }): ReadonlyArray<Placed> => {
    if (type !== "on" || !accepted || cid === null || id === null) return []
    const isExecuted = closed.get(id)?.status?.startsWith("EXECUTED") === true
    return [{ id, cid, isOwn: origin !== "elsewhere", at: at - newYear, isOpen: open.has(id), isExecuted }]
  })
}

export const evidenceOf = (account: FakeAccount.View, more: Partial<AccountEvidence> = {}): AccountEvidence => ({
  statements: [],
  ledger: () => ledgerOf(account),
  counts: account.counts(),
  differences: [],
  trades: [],
  delivered: [],
  unknowns: [],
  ...more
})

/** the unknown outcome with which a call ended */
export const errorOf = ({ exit }: Call): OutcomeUnknown | undefined => {
  if (exit === undefined || Exit.isSuccess(exit) || exit.cause._tag !== "Fail") return undefined
  // the cast: the failures here are the errors of the SDK
  const error = exit.cause.error as { readonly _tag: string }
  return error._tag === "OutcomeUnknown" ? error as OutcomeUnknown : undefined
}

/** the report about an order in the result of its submission */
export const statementOf = (call: Call, cid: number): ReadonlyArray<Statement> => {
  const { ended: at = 0, exit } = call
  if (exit === undefined || isUnknown(call)) return []
  if (Exit.isSuccess(exit)) {
    // the cast: the success value of a submission
    const { id } = exit.value as { readonly id?: number }
    return [{ at, cid, said: "Accepted", id }]
  }
  return exit.cause._tag === "Fail" ? [{ at, cid, said: "Refused", id: undefined }] : []
}

const outcomes = new Set(["Placed", "PartiallyFilled", "Filled", "Cancelled", "NeverPlaced", "NotSeen"])

/** the report about an order in an outcome; empty for outcomes of other commands */
export const resolvedTo = (at: number, outcome: { readonly _tag: string }): ReadonlyArray<Statement> => {
  if (!outcomes.has(outcome._tag)) return []
  // the cast: an outcome of a submission
  const { _tag, cid, order } = outcome as {
    readonly _tag: string
    readonly cid: number
    readonly order?: { readonly id: number }
  }
  return [{ at, cid, said: _tag, id: order?.id }]
}

export const isUnknown = (call: Call): boolean => errorOf(call) !== undefined

/** rows of a view, beside those of the exchange, one text each */
export const compared = (
  name: string,
  state: { readonly _tag: string; readonly rows?: ReadonlyMap<unknown, any>; readonly reason?: unknown },
  truth: ReadonlyArray<any>,
  textOf: (row: any) => string
): ReadonlyArray<string> => {
  if (state._tag !== "Synced" || state.rows === undefined) {
    return [`${name} are ${state._tag}: ${JSON.stringify(state.reason)}`]
  }
  const ours = [...state.rows.values()].map(textOf).sort()
  const theirs = truth.map(textOf).sort()
  const other = [...ours.filter((row) => !theirs.includes(row)), ...theirs.filter((row) => !ours.includes(row))]
  return other.length === 0
    ? []
    : [`${name}: ${ours.length} rows, of the exchange ${theirs.length}; other: ${other.slice(0, 2)}`]
}

/** the reports about orders: by the result of each submission, and by each resolution */
export const statementsOf = (
  calls: ReadonlyArray<Call>,
  resolutions: ReadonlyArray<{ readonly at: number; readonly value: { readonly outcome: { readonly _tag: string } } }>
): ReadonlyArray<Statement> =>
  [
    ...calls.flatMap((call) => call.cid === undefined ? [] : statementOf(call, call.cid)),
    ...resolutions.flatMap(({ at, value: { outcome } }) => resolvedTo(at, outcome))
  ].sort((a, b) => a.at - b.at)

/** outcomes of submissions whose orders the venue has shown */
export const shown: ReadonlySet<string> = new Set(["Placed", "PartiallyFilled", "Filled", "Cancelled"])

/** the reports that an order was not seen, although the exchange has placed it, and no later report corrects them */
export const uncorrected = (
  statements: ReadonlyArray<Statement>,
  ledger: ReadonlyArray<Placed>
): ReadonlyArray<Statement> =>
  statements.filter(({ cid, said }, index) =>
    said === "NotSeen" && ledger.some((order) => order.isOwn && order.cid === cid) &&
    !statements.slice(index + 1).some((later) => later.cid === cid && shown.has(later.said))
  )

/** records the resolutions of unknown outcomes */
export const resolve = (
  calls: ReadonlyArray<Call>,
  resolutions: ReadonlyArray<{
    readonly value: { readonly unknown: OutcomeUnknown; readonly outcome: { readonly _tag: string } }
  }>
): void => {
  for (const call of calls) {
    if (call.outcome !== undefined || !isUnknown(call)) continue
    // not by identity: an error that has passed through a span is a proxy
    const { message, mts } = errorOf(call)!
    call.outcome = resolutions.find(({ value: { unknown } }) => unknown.message === message && unknown.mts === mts)
      ?.value.outcome._tag
  }
}

/** every call has ended, and every unknown outcome was resolved */
export const isSettled = (calls: ReadonlyArray<Call>): boolean =>
  calls.every((call) => call.ended !== undefined && (!isUnknown(call) || call.outcome !== undefined))
