/**
 * The refusal of options, before anything is sent.
 *
 * @internal
 */
import type { InvalidInput } from "../../BitfinexError.ts"
import { refusedWithin } from "../../protocol/internal/checks.ts"
import { strangeName } from "../../protocol/internal/request.ts"

/** of options that have a `within`, and others of these names */
export const refusedOptions = (
  operation: string,
  options: { readonly within?: unknown } | undefined,
  names: ReadonlyArray<string> = []
): InvalidInput | undefined =>
  strangeName(operation, { ...options }, [...names, "within"]) ?? refusedWithin(operation, options?.within)
