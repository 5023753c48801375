/**
 * The operations of commands: for each, how its answer is recognised and distinguished from others, and how an unknown
 * outcome is named and resolved.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import {
  type InvalidInput,
  type OrderUnknown,
  orderUnknown,
  OutcomeUnknown,
  type PageOverflow,
  type RateLimited,
  type RestError,
  type Unsent
} from "../../BitfinexError.ts"
import type { Outcome, Unresolvable } from "../../Command.ts"
import type { Shown } from "../../OrderOutcome.ts"
import type { CalcItem, Input } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs, Kind } from "../../protocol/Endpoint.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as Inputs from "../../protocol/internal/params.ts"
import * as Request from "../../protocol/internal/request.ts"
import type * as Param from "../../protocol/Param.ts"
import type { FundingOfferNotice } from "../../protocol/records/Funding.ts"
import type { OrderNotice } from "../../protocol/records/Order.ts"
import type * as Symbols from "../../protocol/Symbols.ts"
import type { Lost, Unresolved } from "./inFlight.ts"
import * as Calc from "./rules/calc.ts"
import * as Funding from "./rules/funding.ts"
import * as Rules from "./rules/order.ts"
import { type Known, number, type Rule } from "./rules/rule.ts"

export type LookupError = RestError | PageOverflow

/** How an unknown outcome is resolved. It is made when the command is sent, and knows the orders that were open then. */
export interface Plan<out A> {
  /** the state that the venue shows while an answer is still awaited; undefined if it shows none */
  readonly probe?: Effect.Effect<A | undefined, LookupError>
  readonly resolve: (unresolved: Unresolved) => Effect.Effect<Outcome, LookupError>
  /** how the order is watched for after `NotSeen` or `Unresolvable` */
  readonly watch?: Watch
}

/** How an order is watched for that may still appear. */
export interface Watch {
  /** when the venue is queried again, ms after the outcome was published */
  readonly times: ReadonlyArray<number>
  /** the order, or orders that may be it; undefined when the venue shows none */
  readonly read: Effect.Effect<Shown | Unresolvable | undefined, LookupError>
  /** the order, which the venue has accepted: read until it is shown, for a limited time */
  readonly untilShown: Effect.Effect<Shown | undefined>
}

/** A new order that may come into being. */
export interface Submission {
  readonly cid: number
  readonly symbol: Symbols.TradingSymbol
  /** signed */
  readonly amount: number
  readonly legs: 1 | 2
}

/** A change of an amount, of which it may not be known whether it was executed. */
export interface Change {
  /** the order: its id, or its cid */
  readonly id: number | undefined
  readonly cid: number | undefined
  /** the new amount, signed; undefined where the change adds `delta` to the amount */
  readonly amount: number | undefined
  readonly delta: number | undefined
}

/** One operation of a command; all but batches have one. */
export interface Operation<
  out A = unknown,
  out U extends OutcomeUnknown = OutcomeUnknown,
  out K extends Kind = Kind
> {
  readonly operation: string
  /** which refusals it can get */
  readonly kind: K
  /** made in the moment of sending */
  readonly rule: (known: Known) => Rule<A>
  /** what sets it apart: commands that share one of these are sent one after the other */
  readonly keys: ReadonlyArray<string>
  /** the keys stay taken until an unknown outcome is resolved */
  readonly isHeld?: true
  /** the error of an unknown outcome */
  readonly unknown: (lost: Lost) => U
  /** null when nothing can be found out */
  readonly plan: ((known: Known) => Plan<A>) | null
  readonly submission?: Submission
  readonly change?: Change
  /** why it must no longer be written, evaluated at the moment of sending; undefined if it may */
  readonly refuse?: () => Unsent | undefined
  /** its place in the order budget was reserved before: counts it, in place of waiting for one */
  readonly place?: Place
}

/** A reserved place in the order budget: counts the command that is sent now. */
export type Place = Effect.Effect<void, RateLimited>

/** The order or the change that an operation is about. */
export type Subject = Pick<Operation, "submission" | "change">

/** The plans of all operations, given the arguments of a command. */
export interface Plans {
  readonly submission: (args: AnyArgs) => (known: Known) => Plan<Rules.NamedNotice>
  readonly update: (args: AnyArgs) => (known: Known) => Plan<OrderNotice>
  readonly cancellation: (args: AnyArgs) => (known: Known) => Plan<OrderNotice>
  readonly cancellations: (args: AnyArgs) => (known: Known) => Plan<ReadonlyArray<OrderNotice>>
  readonly offer: (args: AnyArgs) => (known: Known) => Plan<FundingOfferNotice>
  readonly offerCancellation: (args: AnyArgs) => (known: Known) => Plan<FundingOfferNotice>
}

const dayOf = (day: unknown): string => String(Inputs.cidDate.write(day as Param.Day)) // the cast: it was checked

/** days as text, in which they can be compared */
const normal = (args: AnyArgs): AnyArgs => {
  const { cid, cidDate } = args
  if (cidDate !== undefined) return { ...args, cidDate: dayOf(cidDate) }
  return Array.isArray(cid) ? { ...args, cid: cid.map(([each, day]) => [each, dayOf(day)]) } : args
}

type Day = `${number}-${number}-${number}`

/**
 * The arguments of a command, with the days under which the venue has the orders that it names by `cid`: a caller may give
 * that of the submission, by the clock of this machine.
 */
export const dated = (args: AnyArgs, dayOf: (cid: number, day: Day) => Day): AnyArgs => {
  const { cid, cidDate } = args
  // the casts: the arguments were checked, and days are written as text
  if (cidDate !== undefined) return { ...args, cidDate: dayOf(cid as number, cidDate as Day) }
  return Array.isArray(cid)
    ? { ...args, cid: (cid as ReadonlyArray<readonly [number, Day]>).map(([each, day]) => [each, dayOf(each, day)]) }
    : args
}

/** The arguments of a command, checked, and with days as text. */
export const checked = (
  operation: string,
  input: Input,
  given: AnyArgs | undefined
): Either.Either<AnyArgs, InvalidInput> => Either.map(Request.checked(operation, input, given), normal)

const about = (operation: string, id: number | null) => (lost: Lost): OutcomeUnknown =>
  new OutcomeUnknown({ operation, cid: null, cidDate: null, id, ...lost })

/** of an order that the arguments name; here a cid is not the name of a submission */
const named = (operation: string, { cid, cidDate, id }: AnyArgs) => {
  if (typeof id === "number") return about(operation, id)
  return (lost: Lost): OutcomeUnknown =>
    about(operation, null)({ ...lost, reason: `of the order with cid ${cid} of ${cidDate}: ${lost.reason}` })
}

const nameOf = ({ cid, cidDate, id }: AnyArgs): string => id === undefined ? `${cid}/${cidDate}` : String(id)

/** undefined where the update leaves the amount as it is */
const changeOf = ({ amount, cid, delta, id }: AnyArgs): Change | undefined =>
  amount === undefined && delta === undefined ? undefined : {
    // the casts: the arguments were checked
    id: id as number | undefined,
    cid: cid as number | undefined,
    amount: amount === undefined ? undefined : number(amount),
    delta: delta === undefined ? undefined : number(delta)
  }

export const make = (plans: Plans) => {
  const on = (operation: string, args: AnyArgs): Operation<Rules.NamedNotice, OrderUnknown, "write"> => {
    const cid = args["cid"] as number // checked
    const flags = args["flags"] as { readonly oco?: boolean } | undefined
    return {
      operation,
      kind: "write",
      rule: (known) => Rules.on(args, known),
      keys: [`on ${cid}`],
      unknown: (lost) => orderUnknown({ operation, cid, cidDate: Cid.dayOf(lost.mts), ...lost }),
      plan: plans.submission(args),
      submission: {
        cid,
        symbol: args["symbol"] as Symbols.TradingSymbol, // checked
        amount: number(args["amount"]),
        legs: flags?.oco === true ? 2 : 1
      }
    }
  }

  const ou = (operation: string, args: AnyArgs): Operation<OrderNotice, OutcomeUnknown, "order"> => {
    const change = changeOf(args)
    return {
      operation,
      kind: "order",
      rule: (known) => Rules.ou(args, known),
      keys: [`ou ${nameOf(args)}`],
      unknown: named(operation, args),
      plan: plans.update(args),
      ...(change === undefined ? {} : { change })
    }
  }

  const oc = (operation: string, args: AnyArgs): Operation<OrderNotice, OutcomeUnknown, "order"> => ({
    operation,
    kind: "order",
    rule: (known) => Rules.oc(args, known),
    keys: [`oc ${nameOf(args)}`],
    unknown: named(operation, args),
    plan: plans.cancellation(args)
  })

  const ocMulti = (
    operation: string,
    args: AnyArgs
  ): Operation<ReadonlyArray<OrderNotice>, OutcomeUnknown, "order"> => ({
    operation,
    kind: "order",
    rule: (known) => Rules.ocMulti(args, known),
    // their answers bear no mark of the command
    keys: ["oc_multi"],
    unknown: about(operation, null),
    plan: plans.cancellations(args)
  })

  const fon = (operation: string, args: AnyArgs): Operation<FundingOfferNotice, OutcomeUnknown, "write"> => ({
    operation,
    kind: "write",
    rule: (known) => Funding.fon(args, known),
    // answers name neither symbol nor type
    keys: [
      `fon ${Inputs.signedAmount.write(args["amount"] as never)} ${Inputs.rate.write(args["rate"] as never)} ${
        args["period"]
      }`
    ],
    isHeld: true,
    unknown: about(operation, null),
    plan: plans.offer(args)
  })

  const foc = (operation: string, args: AnyArgs): Operation<FundingOfferNotice, OutcomeUnknown, "write"> => ({
    operation,
    kind: "write",
    rule: () => Funding.foc(args),
    keys: [`foc ${args["id"]}`],
    unknown: about(operation, args["id"] as number), // checked
    plan: plans.offerCancellation(args)
  })

  const calc = (
    operation: string,
    items: ReadonlyArray<CalcItem>
  ): Operation<ReadonlyArray<Calc.Computed | null>, OutcomeUnknown, "read"> => ({
    operation,
    kind: "read",
    rule: () => Calc.calc(items),
    keys: [],
    unknown: about(operation, null),
    plan: null
  })

  return { on, ou, oc, oc_multi: ocMulti, fon, foc, calc }
}

export type Operations = ReturnType<typeof make>
