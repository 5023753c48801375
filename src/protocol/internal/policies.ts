/**
 * Options of services that are policies: checked when the service is made.
 *
 * @internal
 */
import { InvalidInput } from "../../BitfinexError.ts"
import { strangeName } from "./request.ts"

/** checks the value of an option: returns what to give in its place, or undefined if it is valid */
export type Rule = (value: unknown) => string | undefined

/** the options of `Trading` and `RestAuthClient` */
export const rules = {
  onLate: (value) => value === "cancel" || value === "keep" ? undefined : "give cancel or keep",
  postOnly: (value) => typeof value === "boolean" ? undefined : "give true or false"
} as const satisfies { readonly [name: string]: Rule }

/**
 * The refusal of the options of a service, by the rules of all that it has. A misspelled or wrong option would otherwise be
 * a policy that is off, without a word.
 */
export const refusedPolicy = (
  operation: string,
  options: object,
  rules: { readonly [name: string]: Rule },
  field = "options"
): InvalidInput | undefined => {
  if (typeof options !== "object" || options === null) {
    return new InvalidInput({ operation, field, value: options, reason: "give them as one object" })
  }
  const given: { readonly [name: string]: unknown } = { ...options }
  const strange = strangeName(operation, given, Object.keys(rules))
  if (strange !== undefined) return strange
  for (const [name, rule] of Object.entries(rules)) {
    const value = given[name]
    const reason = value === undefined ? undefined : rule(value)
    if (reason !== undefined) return new InvalidInput({ operation, field: name, value, reason })
  }
  return undefined
}

/** The refusal of the options of an account; those of its connection are checked by the connection. */
export const refusedAccount = (operation: string, options: object): InvalidInput | undefined =>
  refusedPolicy(operation, options, { dms: () => undefined, filter: () => undefined, ...rules }, "account")

/** some of the options, as one service has them; those that are not given are left out */
export const pick = <A extends object, K extends keyof A>(options: A, ...names: ReadonlyArray<K>): Pick<A, K> =>
  // the cast: they are members of `options`
  Object.fromEntries(names.flatMap((name) => options[name] === undefined ? [] : [[name, options[name]]])) as Pick<A, K>
