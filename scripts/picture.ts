/** Lines of a terminal, with colour codes, as an SVG. */

const colours: Readonly<Record<string, string>> = {
  "31": "#f07178",
  "32": "#7fd88f",
  "33": "#e6c07b",
  "36": "#6fc3df"
}
const plain = "#d5dae1"
const faint = "#7d8794"

const width = 8.4
const height = 19
const margin = 16
const bar = 34

interface Part {
  readonly text: string
  readonly colour: string
  readonly isBold: boolean
}

/** the parts of a line that have one look each; a code `0` ends every look */
export const parts = (line: string): ReadonlyArray<Part> => {
  const all: Array<Part> = []
  let colour = plain
  let isBold = false
  // oxlint-disable-next-line no-control-regex
  for (const [index, part] of line.split(/\u001b\[([\d;]*)m/).entries()) {
    if (index % 2 === 0) {
      if (part !== "") all.push({ text: part, colour, isBold })
    } else if (part === "0") {
      colour = plain
      isBold = false
    } else if (part === "1") isBold = true
    else if (part === "2") colour = faint
    else colour = colours[part] ?? plain
  }
  return all
}

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

/** columns of a text */
const columnsOf = (text: string): number => Array.from(text).length

const spans = (line: string, y: number): string => {
  let column = 0
  return parts(line).map(({ colour, isBold, text }) => {
    const from = column
    column += columnsOf(text)
    const weight = isBold ? ` font-weight="700"` : ""
    // SVG folds spaces, so what stands between them is placed by itself
    return [...text.matchAll(/\S+(?: \S+)*/g)].map((run) => {
      const at = from + columnsOf(text.slice(0, run.index))
      // the length keeps the columns where a font lacks block characters
      const length = (columnsOf(run[0]) * width).toFixed(1)
      return `<text x="${
        (margin + at * width).toFixed(1)
      }" y="${y}" fill="${colour}"${weight} textLength="${length}" lengthAdjust="spacingAndGlyphs">${
        escaped(run[0])
      }</text>`
    }).join("")
  }).join("")
}

/** a window with a title, and the lines in it */
export const svg = (lines: ReadonlyArray<string>, columns: number, title: string): string => {
  const wide = Math.ceil(columns * width + 2 * margin)
  const high = bar + lines.length * height + 2 * margin
  const text = lines.map((line, at) => spans(line, bar + margin + at * height + 13)).filter((line) => line !== "")
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img" aria-label="${
    escaped(title)
  }">
<rect width="${wide}" height="${high}" rx="10" fill="#14181d"/>
<rect width="${wide}" height="${bar}" rx="10" fill="#20262d"/>
<circle cx="20" cy="17" r="5.5" fill="#f07178"/><circle cx="38" cy="17" r="5.5" fill="#e6c07b"/><circle cx="56" cy="17" r="5.5" fill="#7fd88f"/>
<text x="${
    wide / 2
  }" y="22" fill="${faint}" font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" text-anchor="middle">${
    escaped(title)
  }</text>
<g font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">
${text.join("\n")}
</g>
</svg>
`
}
