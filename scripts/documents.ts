/** The markdown files of the project that its checks read. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../", import.meta.url))

/** folders of documents; those below `docs` are listed with their subfolders, without the ones that a tool writes */
const folders = ["", "bench", "examples", ".changeset"]
const generated = /^docs\/(\.|api\/|node_modules\/)/

const list = (folder: string, recursive: boolean): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, folder), { recursive, encoding: "utf8" })
    .map((file) => path.posix.join(folder, file.split(path.sep).join("/")))

/** paths from the root with `/`, sorted */
export const documents: ReadonlyArray<string> = [
  ...folders.flatMap((folder) => list(folder, false)),
  ...list("docs", true)
].filter((file) => file.endsWith(".md") && !generated.test(file)).sort()

export const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")
