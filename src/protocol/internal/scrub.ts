/**
 * Removes secrets from texts of the venue, which may quote the request that they answer.
 *
 * @internal
 */

/**
 * The text without the secrets, also where they are percent-encoded. Strings below 8 characters stay: no key is that short.
 *
 * @internal
 */
export const scrub = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((shown, secret) => {
    if (secret.length < 8) return shown
    const encoded = encodeURIComponent(secret)
    const scrubbed = shown.replaceAll(secret, "<redacted>")
    return encoded === secret ? scrubbed : scrubbed.replaceAll(encoded, "<redacted>")
  }, text)
