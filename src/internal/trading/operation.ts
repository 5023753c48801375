/**
 * The operations that commands are made of: for each what answers it, what it is told apart by, and what an unknown
 * outcome of it is called.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { type InvalidInput, orderUnknown, OutcomeUnknown } from "../../BitfinexError.ts"
import type { CalcItem, Input } from "../../protocol/channels/Inputs.ts"
import type { AnyArgs } from "../../protocol/Endpoint.ts"
import * as Cid from "../../protocol/internal/cid.ts"
import * as Inputs from "../../protocol/internal/params.ts"
import * as Request from "../../protocol/internal/request.ts"
import type * as Param from "../../protocol/Param.ts"
import type { Operation } from "./pending.ts"
import type { Resolver } from "./resolution.ts"
import * as Rules from "./rules/order.ts"

const dayOf = (day: unknown): string => String(Inputs.cidDate.write(day as Param.Day)) // the cast: it was checked

/** days as text, in which they can be compared */
const normal = (args: AnyArgs): AnyArgs => ({
  ...args,
  ...(args["cidDate"] === undefined ? {} : { cidDate: dayOf(args["cidDate"]) }),
  ...(Array.isArray(args["cid"]) ? { cid: args["cid"].map(([cid, day]) => [cid, dayOf(day)]) } : {})
})

/** The arguments of a command, checked, and with days as text. */
export const checked = (
  operation: string,
  input: Input,
  given: AnyArgs | undefined
): Either.Either<AnyArgs, InvalidInput> => Either.map(Request.checked(operation, input, given), normal)

/** What a command of one operation waits for; undefined for a word that is none. */
export const make = (resolver: Resolver) => {
  const about = (operation: string, id: number | null): Operation["unknown"] => (found) =>
    new OutcomeUnknown({ operation, cid: null, cidDate: null, id, ...found })

  /** of an order or offer that the arguments name; a cid is no name of a submission here */
  const named = (operation: string, args: AnyArgs): Operation["unknown"] => {
    const { cid, cidDate, id } = args
    if (typeof id === "number") return about(operation, id)
    return (found) =>
      about(operation, null)({ ...found, reason: `of the order with cid ${cid} of ${cidDate}: ${found.reason}` })
  }

  const nameOf = ({ cid, cidDate, id }: AnyArgs): string => id === undefined ? `${cid}/${cidDate}` : String(id)

  const on = (operation: string, args: AnyArgs): Operation => ({
    operation,
    rule: (known) => Rules.on(args, known),
    keys: [`on ${args["cid"]}`],
    unknown: (found) =>
      orderUnknown({ operation, cid: args["cid"] as number, cidDate: Cid.dayOf(found.mts), ...found }), // checked
    onUnknown: resolver.submission(args)
  })

  const ou = (operation: string, args: AnyArgs): Operation => ({
    operation,
    rule: (known) => Rules.ou(args, known),
    keys: [`ou ${nameOf(args)}`],
    unknown: named(operation, args),
    onUnknown: resolver.update(args)
  })

  const oc = (operation: string, args: AnyArgs): Operation => ({
    operation,
    rule: () => Rules.oc(args),
    keys: [`oc ${nameOf(args)}`],
    unknown: named(operation, args),
    onUnknown: resolver.cancellation(args)
  })

  const ocMulti = (operation: string, args: AnyArgs): Operation => ({
    operation,
    rule: (known) => Rules.ocMulti(args, known),
    // their answers bear no mark of the command
    keys: ["oc_multi"],
    unknown: about(operation, null),
    onUnknown: resolver.cancellations(args)
  })

  const fon = (operation: string, args: AnyArgs): Operation => ({
    operation,
    rule: (known) => Rules.fon(args, known),
    // answers name neither symbol nor type
    keys: [
      `fon ${Inputs.signedAmount.write(args["amount"] as never)} ${Inputs.rate.write(args["rate"] as never)} ${
        args["period"]
      }`
    ],
    unknown: about(operation, null),
    onUnknown: resolver.offer(args)
  })

  const foc = (operation: string, args: AnyArgs): Operation => ({
    operation,
    rule: () => Rules.foc(args),
    keys: [`foc ${args["id"]}`],
    unknown: about(operation, args["id"] as number), // checked
    onUnknown: resolver.offerCancellation(args)
  })

  const calc = (operation: string, items: ReadonlyArray<CalcItem>): Operation => ({
    operation,
    rule: () => Rules.calc(items),
    keys: [],
    unknown: about(operation, null),
    onUnknown: null
  })

  const whole = (operation: string): Operation => ({
    operation,
    rule: () => Rules.oxMulti,
    keys: [],
    unknown: about(operation, null),
    onUnknown: null,
    isWhole: true
  })

  return { on, ou, oc, oc_multi: ocMulti, fon, foc, calc, whole }
}
