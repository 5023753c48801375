/**
 * Schemas of a kind that `Schema` has no short word for, and what its errors say.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** A record that is read from a row and written as one by these two functions. */
export const ofRow = <A>(
  decode: (row: unknown) => Either.Either<A, { readonly message: string }>,
  encode: (record: A) => unknown,
  target: Schema.Schema<A>,
  identifier: string
): Schema.Schema<A, unknown> =>
  Schema.transformOrFail(Schema.Unknown, target, {
    strict: true,
    decode: (row, _, ast) => Either.mapLeft(decode(row), (error) => new ParseResult.Type(ast, row, error.message)),
    encode: (record) => ParseResult.succeed(encode(record))
  }).annotations({ identifier })

/** An object with keys of any kind. Not `Schema.Record`, which copies: a key `__proto__` would become a prototype. */
export const openObject = (
  is: (value: unknown) => value is { readonly [key: string]: unknown }
): Schema.Schema<{ readonly [key: string]: unknown }> =>
  Schema.declare(is, {
    identifier: "OpenObject",
    jsonSchema: { type: "object" },
    arbitrary: () => (fc) => fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
  })

const expectation = /^Expected (.*), actual (.*)$/s

/** The first thing that is wrong, and where. Of a value that is none of several, all of these. */
export const firstIssue = (
  error: ParseResult.ParseError
): { readonly path: ReadonlyArray<PropertyKey>; readonly message: string } => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const [issue] = issues
  if (issue === undefined) return { path: [], message: error.message }
  const isThere = ({ path }: ParseResult.ArrayFormatterIssue) => path.join() === issue.path.join()
  const words = issues.filter(isThere).map(({ message }) => expectation.exec(message))
  const message = words.length > 1 && words.every((word) => word !== null)
    ? `Expected ${words.map((word) => word![1]).join(" or ")}, actual ${words[0]![2]}`
    : issue.message
  return { path: issue.path, message }
}
