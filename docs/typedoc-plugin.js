/**
 * What TypeDoc writes about declarations in Effect's style, without the parts that say nothing to a reader: the
 * constructor of a service's tag, the expression that an error class extends, and where each inherited field comes from.
 * Each page begins with its import, and with the sentence that the index has about the module.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { Converter, ReflectionKind } from "typedoc"
import { MarkdownPageEvent } from "typedoc-plugin-markdown"

const read = (file) => fs.readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8")

/** the doc comments of `export * as X from "./X.ts"` */
const sentences = new Map(
  ["../src/index.ts", "../src/testing/index.ts"].flatMap((file) =>
    [...read(file).matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export \* as (\w+) from/g)].map(([, comment, name]) => [
      name,
      comment.replace(/^[ \t]*\* ?/gm, "").replace(/^@\w+.*$/gm, "").trim()
    ])
  )
)

/**
 * Sections that repeat the signature above them, to the next heading. Neither `@param` nor `@returns` is in use: a doc
 * comment says in its sentences what they would.
 */
const sections = /^#+ (Category|Since|Default Value|Extends|Extended by|Overrides|Returns|Get Signature|Type Parameters)\n\n(?:(?!```|#|\*\*\*)[^\n]*\n)*(?=```|#|\*\*\*|$)/gm

/** a type that fills a page, by its outermost name */
const shorten = (type) => {
  const [name = "…"] = /^(\[`\w+`\]\([^)]*\)|`\w+`)/.exec(type) ?? []
  return `${name}\\<…\\>`
}

/** @param {import("typedoc").Application} app */
export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of project.getReflectionsByKind(ReflectionKind.Constructor)) {
      if (reflection.inheritedFrom !== undefined || reflection.flags.isInherited) project.removeReflection(reflection)
    }
  })
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    if (page.model.kind !== ReflectionKind.Module || page.contents === undefined) return
    const [, name] = /([^/]+)$/.exec(page.model.name)
    const folder = page.model.name === name ? "" : page.model.name.slice(0, -name.length)
    const about = `${sentences.get(name) ?? ""}\n\n\`\`\`ts\nimport * as ${name} from "effect-bitfinex/${folder}${name}"\n\`\`\`\n`
    page.contents = page.contents
      .replace(/^# .*\n/m, (title) => `${title}\n${about}\n`)
      .replace(sections, "")
      .replace(/\[(`\w+`)\]\(#type-parameter-[\w-]+\)/g, "$1")
      .replace(/^## [a-z]/gm, (heading) => heading.toUpperCase())
      .replace(/^\| ((?:<a id="[\w-]+"><\/a> )?`[^`]+`) \| ([^\n]+?) \|( [^|\n]+ \|)?$/gm, (row, name, type, text = "") =>
        type.length <= 400 ? row : `| ${name} | ${shorten(type)} |${text}`)
  })
}
