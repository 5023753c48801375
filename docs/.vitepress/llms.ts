import * as fs from "node:fs"
import * as path from "node:path"
import { sections } from "../sidebar.ts"

/** the first paragraph of a page, on one line */
const summary = (markdown: string): string =>
  (/^# .*\n+((?:(?![#|`<\n]).+\n?)*)/m.exec(markdown)?.[1] ?? "").replace(/\n/g, " ").replace(/\]\([^)]*\)/g, "]")
    .trim()

/**
 * Writes the site for programs that read text: each page as markdown beside its HTML, `llms.txt` with a line for each page,
 * and `llms-full.txt` with the guides in full. https://llmstxt.org
 */
export const llms = (docs: string, out: string): void => {
  const read = (link: string): string => fs.readFileSync(path.join(docs, `${link}.md`), "utf8")
  const modules = fs.readdirSync(path.join(docs, "api"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && file !== "index.md")
    .map((file) => file.split(path.sep).join("/").slice(0, -".md".length))
    .sort()
  const all = [
    ...sections,
    { text: "API reference", items: modules.map((text) => ({ text, link: `/api/${text}` })) }
  ]
  for (const { link } of all.flatMap(({ items }) => items)) {
    fs.mkdirSync(path.dirname(path.join(out, link)), { recursive: true })
    fs.writeFileSync(path.join(out, `${link}.md`), read(link))
  }
  const title =
    "# effect-bitfinex\n\n> The Bitfinex API v2 as an Effect SDK: REST, WebSocket, and a fake exchange to test against\n"
  const index = all.map(({ items, text }) =>
    `## ${text}\n\n${items.map((page) => `- [${page.text}](${page.link}.md): ${summary(read(page.link))}\n`).join("")}`
  )
  fs.writeFileSync(path.join(out, "llms.txt"), [title, ...index].join("\n"))
  const pages = sections.flatMap(({ items }) => items.map(({ link }) => read(link)))
  fs.writeFileSync(path.join(out, "llms-full.txt"), [title, ...pages].join("\n"))
}
