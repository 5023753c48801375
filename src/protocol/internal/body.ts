/**
 * Parameters that only a body can hold: lists, objects, any JSON.
 *
 * @internal
 */
import * as Param from "../Param.ts"

/**
 * A list of at least `min` (default 1) and at most `max` elements, sent as a JSON array.
 *
 * @internal
 */
export const list = <A>(
  item: Param.Param<A>,
  bounds: { readonly min?: number; readonly max?: number } = {}
): Param.Param<ReadonlyArray<A>, false> => {
  const { max = Number.MAX_SAFE_INTEGER, min = 1 } = bounds
  return Param.make<ReadonlyArray<A>>({
    kind: `list of ${item.kind}`,
    check: (value) => {
      if (!Array.isArray(value)) return "give a list"
      if (value.length < min) return `give a list of at least ${min}`
      if (value.length > max) return `give a list of at most ${max}`
      for (let at = 0; at < value.length; at++) {
        const reason = item.check(value[at])
        if (reason !== undefined) return `element ${at}: ${reason}`
      }
      return undefined
    },
    write: (value) => value.map(item.write)
  })
}

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** maximum nesting depth of a value: far more than the venue stores, and far less than the stack allows */
const maxDepth = 100

/** JSON has no NaN, no Infinity, no undefined in a list, and no cycles; the first three would become null */
const isJson = (value: unknown, above: ReadonlyArray<unknown>): boolean => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true
  if (typeof value === "number") return Number.isFinite(value)
  if (typeof value !== "object" || above.length >= maxDepth || above.includes(value)) return false
  const inside = [...above, value]
  return Array.isArray(value)
    ? value.every((each) => isJson(each, inside))
    : Object.values(value).every((each) => each === undefined || isJson(each, inside))
}

/**
 * Any JSON value, including null.
 *
 * @internal
 */
export const json: Param.Param<unknown, false> = Param.make<unknown>({
  kind: "json",
  check: (value) => isJson(value, []) ? undefined : "give a JSON value"
})

/**
 * An object whose keys are of one kind, and whose values are of one kind.
 *
 * @internal
 */
export const record = <A>(
  value: Param.Param<A>,
  key: RegExp = /^/,
  keys = "any"
): Param.Param<{ readonly [key: string]: A }, false> =>
  Param.make<{ readonly [key: string]: A }>({
    kind: `record of ${value.kind}`,
    check: (given) => {
      if (!isObject(given)) return "give an object"
      for (const [name, each] of Object.entries(given)) {
        if (!key.test(name)) return `the key ${name} is invalid; keys are ${keys}`
        const reason = value.check(each)
        if (reason !== undefined) return `${name}: ${reason}`
      }
      return undefined
    },
    write: (given) => Object.fromEntries(Object.entries(given).map(([name, each]) => [name, value.write(each)]))
  })

/**
 * The error in an object of parameters, or undefined.
 *
 * @internal
 */
export const problem = (params: Param.Params, given: unknown): string | undefined => {
  if (!isObject(given)) return "give an object"
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(params, name))
  if (unknown !== undefined) return `there is no parameter ${unknown}; there are ${Object.keys(params).join(", ")}`
  for (const [name, param] of Object.entries(params)) {
    const value = given[name]
    const reason = value !== undefined ? param.check(value) : param.optional ? undefined : "it is required"
    if (reason !== undefined) return `${name}: ${reason}`
  }
  return undefined
}

/**
 * An object of parameters as it is sent in a body, with the names on the wire.
 *
 * @internal
 */
export const write = (params: Param.Params, given: { readonly [name: string]: unknown }): {
  readonly [wire: string]: unknown
} => {
  const written: { [wire: string]: unknown } = {}
  for (const name in params) {
    const value = given[name]
    if (value === undefined) continue
    const param = params[name]!
    written[param.wire ?? name] = param.write(value)
  }
  return written
}

/**
 * An object of parameters as one parameter.
 *
 * @internal
 */
export const struct = <const P extends Param.Params>(
  params: P
): Param.Param<Param.Arguments<P>, false> & { readonly params: P } => ({
  ...Param.make<Param.Arguments<P>>({
    kind: "struct",
    check: (given) => problem(params, given),
    write: (given) => write(params, given)
  }),
  params
})
