/**
 * Platforms whose HTTP clients send a request once more by themselves, also a POST, when the connection that they had kept
 * is lost: browsers (measured with Chromium) and Deno (`fetch` and `node:http`). The other side may have executed the first.
 *
 * @internal
 */
import { hasProperty } from "effect/Predicate"

export const isDeno = (): boolean => "Deno" in globalThis

/** Node and Bun do not, but a page of Electron, which has Node as well, does; where nothing is known, it is assumed. */
export const may = (): boolean => {
  const { process } = globalThis as { readonly process?: unknown } // Node's types say that it is there
  const isNode = hasProperty(process, "versions") && hasProperty(process.versions, "node")
  return isDeno() || !isNode || "document" in globalThis || "WorkerGlobalScope" in globalThis
}
