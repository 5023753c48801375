/**
 * The packages of other clients, which are installed in the folder of the tests with them.
 */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

const require = createRequire(new URL("../../reliability/peers/package.json", import.meta.url))

export const load = (name: string): any => require(name)

/** for packages that are modules only */
export const loadModule = (name: string): Promise<any> => import(pathToFileURL(require.resolve(name)).href)
