import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitepress"
import apiSidebar from "../api/typedoc-sidebar.json" with { type: "json" }
import { sidebar } from "../sidebar.ts"
import { llms } from "./llms.ts"

const docs = fileURLToPath(new URL("..", import.meta.url))

/** Links to files of the repository that are no pages: shown as text, with the file's path as a hint. */
const leavesSite = (page: string, href: string): boolean => {
  if (!/^\.\.?\//.test(href)) return false
  const target = path.resolve(path.dirname(path.join(docs, page)), href.replace(/[#?].*$/, ""))
  return !target.startsWith(docs) || !fs.existsSync(target)
}

export default defineConfig({
  title: "effect-bitfinex",
  description: "The Bitfinex API v2 as an Effect SDK: REST, WebSocket, and a fake exchange to test against",
  lang: "en",
  cleanUrls: false,
  lastUpdated: false,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: "/favicon.svg" }]],
  srcExclude: ["node_modules/**"],
  themeConfig: {
    outline: [2, 3],
    search: { provider: "local" },
    nav: [
      { text: "Guide", link: "/guide/start" },
      { text: "Cookbook", link: "/cookbook/download-history" },
      { text: "Migration", link: "/migration/from-bitfinex-api-py" },
      { text: "API", link: "/api/" }
    ],
    sidebar: { "/api/": [{ text: "Modules", items: apiSidebar }], "/": [...sidebar] },
    docFooter: { prev: "Previous", next: "Next" }
  },
  markdown: {
    config: (md) => {
      // long names break at their dots, slashes and underscores first
      const inline = md.renderer.rules.code_inline!
      md.renderer.rules.code_inline = (...given) =>
        inline(...given).replace(/(?<=\w)[._/](?=\w)(?=[^<>]*<\/code>)/g, (sign) => `${sign}<wbr>`)
      // on a narrow screen, the rows of a table of many columns are shown as cards, with the names of the columns
      md.core.ruler.push("table-cards", ({ tokens }) => {
        for (const [from, token] of tokens.entries()) {
          if (token.type !== "table_open") continue
          const names: Array<string> = []
          let column = 0
          for (const [k, { type }] of tokens.entries()) {
            if (k < from) continue
            if (type === "th_open") names.push(tokens[k + 1]!.content)
            else if (type === "tr_open") column = 0
            else if (type === "td_open" && names.length >= 4) tokens[k]!.attrSet("data-label", names[column++] ?? "")
            else if (type === "table_close") break
          }
          if (names.length >= 4) token.attrJoin("class", "cards")
        }
      })
      // VitePress writes the tag without the classes
      md.renderer.rules.table_open = (tokens, at, options, _, self) => {
        tokens[at]!.attrSet("tabindex", "0")
        return self.renderToken(tokens, at, options)
      }
      md.core.ruler.push("repository-links", (state) => {
        for (const { children } of state.tokens) {
          let inside = false
          for (const token of children ?? []) {
            const href = token.type === "link_open" ? token.attrGet("href") : null
            if (href !== null && leavesSite(state.env.relativePath, decodeURI(href))) {
              inside = true
              token.tag = "span"
              token.attrs = [["title", href.replace(/^(\.\.?\/)+/, "")]]
            } else if (token.type === "link_close" && inside) {
              inside = false
              token.tag = "span"
            }
          }
        }
      })
    }
  },
  buildEnd: ({ outDir }) => llms(docs, outDir)
})
