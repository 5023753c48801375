/**
 * Builds the request from an endpoint row and the arguments of a call, or returns the error in the arguments.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { InvalidInput, render } from "../../BitfinexError.ts"
import type { AnyArgs, AnyEndpoint, Complaint } from "../Endpoint.ts"
import * as Param from "../Param.ts"

/**
 * A request in its final form. `path` has no leading slash: signatures cover it in this form.
 *
 * @internal
 */
export interface Request {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  /** JSON text, encoded once, so that the signed text is the text that is sent; undefined for GET */
  readonly body: string | undefined
  /** the given arguments, which may select the layout of the reply */
  readonly args: AnyArgs
}

const placeholder = /([:/]?)\{(\w+)\}/g

/**
 * The key of a rate limit: the path without its parameters, such as `v2/auth/r/orders/hist`. Whether variants of one
 * path (with and without a symbol, `hist` and `last`) share one budget at the venue is unknown; it is assumed that they
 * do.
 *
 * @internal
 */
export const family = (path: string): string =>
  path.split("/").filter((segment) => !segment.includes("{")).join("/").replace(/\/last$/, "/hist")

/**
 * Whether an endpoint only reads, so that a failed call may be repeated. The venue marks writes in the path; the SDK
 * does not repeat a write even if it is `idempotent`.
 *
 * @internal
 */
export const isRead = (row: AnyEndpoint): boolean => row.idempotent === true && !row.path.startsWith("v2/auth/w/")

/**
 * encodes a segment of the path: the venue's clients do not encode colons and commas, and signatures cover that form
 */
const segment = (text: string): string => encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2C/g, ",")

const text = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : String(value)

/**
 * The name of an endpoint's calls in spans and errors.
 *
 * @internal
 */
export const operationOf = (row: AnyEndpoint): string => `${row.auth ? "RestAuthClient" : "RestClient"}.${row.name}`

type Refuse = (field: string, value: unknown, reason: string) => Either.Either<never, InvalidInput>

const refusal = (operation: string): Refuse => (field, value, reason) =>
  Either.left(new InvalidInput({ operation, field, value, reason }))

/**
 * A name in `given` that is not among `names`. Without this check a misspelled option would count as one that is left
 * out.
 *
 * @internal
 */
export const strangeName = (
  operation: string,
  given: { readonly [name: string]: unknown },
  names: ReadonlyArray<string>
): InvalidInput | undefined => {
  const field = Object.keys(given).find((name) => !names.includes(name))
  if (field === undefined) return undefined
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`
  const reason = `there is no such parameter; ${known}`
  return new InvalidInput({ operation, field, value: given[field] ?? null, reason })
}

/**
 * Checks the arguments of an endpoint or a channel, and returns those that are not undefined.
 *
 * @internal
 */
export const checked = (
  operation: string,
  row: { readonly params: Param.Params; readonly check: (args: AnyArgs) => Complaint | undefined },
  given: AnyArgs | undefined
): Either.Either<AnyArgs, InvalidInput> => {
  const refuse = refusal(operation)
  const input: unknown = given ?? {}
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return refuse("args", input, "give the parameters as one object")
  }
  const names = Object.keys(row.params)
  const values = input as { readonly [name: string]: unknown } // an object; its members are checked below
  const strange = strangeName(operation, values, names)
  if (strange !== undefined) return Either.left(strange)
  const args: { [name: string]: unknown } = {}
  for (const name of Object.keys(values)) {
    if (values[name] !== undefined) args[name] = values[name]
  }
  for (const name of names) {
    const param = row.params[name]!
    const value = args[name]
    if (value === undefined) {
      if (!param.optional) return refuse(name, undefined, "it is required")
      continue
    }
    const reason = param.check(value)
    if (reason !== undefined) return refuse(name, value, reason)
  }
  const { start, end } = args
  if (start !== undefined && end !== undefined && row.params["start"]?.kind === "time") {
    // the casts: both values passed the check of a time
    const [from, to] = [Param.toMillis(start as Param.Time), Param.toMillis(end as Param.Time)]
    if (from > to) return refuse("start", start, `it is after end (${render(end)})`)
  }
  const complaint = row.check(args)
  if (complaint !== undefined) return refuse(complaint.field, args[complaint.field], complaint.reason)
  return Either.right(args)
}

/**
 * Checks the arguments and builds the request.
 *
 * @internal
 */
export const build = (row: AnyEndpoint, given: AnyArgs | undefined): Either.Either<Request, InvalidInput> => {
  const operation = operationOf(row)
  return Either.flatMap(checked(operation, row, given), (args) => assemble(row, args, refusal(operation)))
}

const assemble = (
  row: AnyEndpoint,
  args: AnyArgs,
  refuse: Refuse
): Either.Either<Request, InvalidInput> => {
  const names = Object.keys(row.params).filter((name) => args[name] !== undefined)
  const written = (name: string): unknown => row.params[name]!.write(args[name])

  const inPath = new Set<string>()
  for (const [, , name] of row.path.matchAll(placeholder)) inPath.add(name!)
  for (const name of names) {
    if (row.params[name]!.after !== undefined || row.params[name]!.at === "path") inPath.add(name)
  }
  const segments = new Map<string, string>()
  for (const name of names) {
    if (!inPath.has(name)) continue
    const value = text(written(name))
    // `.` and `..` are path segments with a special meaning, and half of a surrogate pair has no UTF-8 encoding
    if (/^\.{1,2}$/.test(value) || /\p{Surrogate}/u.test(value)) {
      return refuse(name, args[name], "it cannot be part of a path")
    }
    segments.set(name, segment(value))
  }
  for (const name of names) {
    const { after } = row.params[name]!
    if (after !== undefined && !segments.has(after)) return refuse(name, args[name], `it needs ${after} as well`)
  }
  const behind = (name: string): string =>
    names.filter((other) => row.params[other]!.after === name).map((other) => `:${segments.get(other)}`).join("")
  const path = row.path.replace(
    placeholder,
    (_, separator: string, name: string) => segments.has(name) ? `${separator}${segments.get(name)}${behind(name)}` : ""
  )

  const query: Array<readonly [string, string]> = []
  const body: { [name: string]: unknown } = {}
  for (const name of names) {
    if (inPath.has(name)) continue
    const { at, wire = name } = row.params[name]!
    if ((at ?? (row.method === "GET" ? "query" : "body")) === "query") query.push([wire, text(written(name))])
    else body[wire] = written(name)
  }
  if (row.method === "GET") return Either.right({ method: "GET", path, query, body: undefined, args })
  return Either.try({
    try: (): Request => ({ method: "POST", path, query, body: JSON.stringify(body), args }),
    catch: (cause) => cause
  }).pipe(
    // a bigint or a cycle inside a parameter that takes any JSON
    Either.orElse((cause) => refuse("args", Object.keys(body).join(", "), `it has no JSON form: ${String(cause)}`))
  )
}
