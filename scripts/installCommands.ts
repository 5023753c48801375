/** Finds the install commands in a markdown text. */

export type InstallCommand =
  /** `npm install` of named packages */
  | {
    readonly _tag: "Install"
    readonly line: number
    readonly text: string
    readonly isDev: boolean
    readonly packages: ReadonlyArray<string>
  }
  /** a command of a package manager that the check cannot run */
  | { readonly _tag: "Unknown"; readonly line: number; readonly text: string; readonly reason: string }

const managers = new Set(["bun", "deno", "npm", "pnpm", "yarn"])
const installs = new Set(["add", "i", "install"])
/** commands of npm that add nothing to a user's project */
const others = new Set(["ci", "exec", "init", "pack", "pkg", "run", "test"])
const devFlags = new Set(["-D", "--save-dev"])

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

const fence = /^( *)```([\w-]*)[^\n]*\n([\s\S]*?)^\1```/gm
const shells = new Set(["", "bash", "console", "powershell", "ps1", "sh", "shell", "zsh"])

/** the lines of shell blocks, and the code spans of the prose */
const codeOf = (markdown: string): ReadonlyArray<{ readonly line: number; readonly text: string }> => {
  const blocks = [...markdown.matchAll(fence)]
    .filter(([, , language = ""]) => shells.has(language))
    .flatMap((block) => {
      const first = lineAt(markdown, block.index) + 1
      return (block[3] ?? "").split("\n").map((text, index) => ({ line: first + index, text }))
    })
  const prose = markdown.replace(fence, (block) => block.replace(/[^\n]/g, " "))
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)]
    .map((span) => ({ line: lineAt(prose, span.index), text: span[1] ?? "" }))
  return [...blocks, ...spans]
}

const parse = (line: number, text: string): InstallCommand | undefined => {
  const words = text.split(/\s+/).filter((word) => word !== "" && !/^\w+=/.test(word))
  const [manager = "", verb = "", ...rest] = words[0] === "$" ? words.slice(1) : words
  const unknown = (reason: string): InstallCommand => ({ _tag: "Unknown", line, text, reason })
  // a word such as `npm` alone is a name, not a command
  if (!managers.has(manager) || verb === "") return undefined
  if (manager === "npm" && others.has(verb)) return undefined
  if (manager !== "npm" || !installs.has(verb)) {
    return unknown(`the check runs npm install only; teach it ${manager} ${verb}, or write npm install`)
  }
  const flags = rest.filter((word) => word.startsWith("-"))
  // it writes the lock file of a clone, and installs nothing
  if (flags.includes("--package-lock-only")) return undefined
  const packages = rest.filter((word) => !word.startsWith("-"))
  const strange = flags.find((flag) => !devFlags.has(flag))
  if (strange !== undefined) return unknown(`the check does not know the flag ${strange}`)
  if (packages.length === 0) return unknown("it names no package")
  const odd = packages.find((name) => !/^(@[\w.-]+\/)?[\w.-]+(@[\w.^~-]+)?$/.test(name))
  if (odd !== undefined) return unknown(`the check does not understand ${odd}; keep the command on one line`)
  return { _tag: "Install", line, text, isDev: flags.length > 0, packages }
}

/** The install commands of a text in the order of its lines, code spans after blocks. */
export const commandsOf = (markdown: string): ReadonlyArray<InstallCommand> =>
  codeOf(markdown).flatMap(({ line, text }) =>
    text.replace(/(^|\s)#.*$/, "").split(/&&|\|\||;|\|/).flatMap((part) => parse(line, part.trim()) ?? [])
  )
