/**
 * Redacts secrets from recorded frames. Only login frames carry secrets, but the venue may repeat them.
 *
 * @internal
 */

export const redacted = "<redacted>"

/** the fields of a login that are kept; all others are, or may be, credentials */
const kept = new Set(["event", "dms", "filter", "calc"])

/** shorter texts, and bare numbers such as a nonce, are not secrets, and would match parts of harmless text */
const isSecret = (text: string): boolean => text.length >= 8 && !/^\d+$/.test(text)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const textsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
    ? Object.values(value).flatMap(textsIn)
    : [String(value)]

/** the address of a socket without user, password and query, which a gateway may take credentials from */
export const address = (url: string): string => {
  if (!URL.canParse(url)) return url
  const { host, password, pathname, protocol, search, username } = new URL(url)
  const isPlain = `${username}${password}${search}` === ""
  return isPlain ? url : `${protocol}//${host}${pathname}${search === "" ? "" : `?${redacted}`}`
}

/** words in frames that may carry a secret, in upper or lower case */
const suspicious = /auth|api|token|secret/i

/** One per connection, because it remembers the secrets that it redacted. */
export class Redactor {
  /** secrets as they would appear in a text, also with JSON escapes */
  #secrets: ReadonlyArray<string> = []

  sent(text: string): string {
    if (!suspicious.test(text)) return text
    const frame = parse(text)
    if (isObject(frame) && frame["event"] === "auth") {
      const values = Object.entries(frame).flatMap(([name, value]) => kept.has(name) ? [] : textsIn(value))
      const escaped = values.map((value) => JSON.stringify(value).slice(1, -1))
      this.#secrets = [...new Set([...this.#secrets, ...values, ...escaped])].filter(isSecret)
      return JSON.stringify(
        frame,
        (name, value: unknown) =>
          name === "" || kept.has(name) || Array.isArray(frame["filter"]) && frame["filter"].includes(value)
            ? value
            : redacted
      )
    }
    // this SDK sends only JSON, and none of these words outside of a login
    if (frame === undefined) return redacted
    return JSON.stringify(
      frame,
      (name, value: unknown) => typeof value === "string" && suspicious.test(name) ? redacted : this.#without(value)
    )
  }

  received(text: string): string {
    const known = this.#withoutSecrets(text)
    if (!known.startsWith("{") || !known.includes("\"auth_id\"")) return known
    const frame = parse(known)
    return isObject(frame) ? JSON.stringify({ ...frame, auth_id: redacted }) : redacted
  }

  /** also used for the reason of a close or an error */
  #withoutSecrets(text: string): string {
    let out = text
    for (const secret of this.#secrets) if (out.includes(secret)) out = out.replaceAll(secret, redacted)
    return out
  }

  #without(value: unknown): unknown {
    return typeof value === "string" ? this.#withoutSecrets(value) : value
  }
}
