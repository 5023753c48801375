/** The first screen: what is about to be shown, before there is any data. It imports nothing that takes time to load. */
import * as View from "./view.ts"

const stdout = process.stdout

/** whether the output is a terminal that is large enough and accepts control codes */
export const isScreen = (): boolean =>
  stdout.isTTY && process.env["TERM"] !== "dumb" && (process.env["NO_COLOR"] ?? "") === ""
  && stdout.columns >= View.smallest.columns && stdout.rows >= View.smallest.rows

/** lines of the first screen, which the demo clears before it draws */
let drawn = 0

/** removes the first screen, so that it does not stay above the shell's next line */
export const clear = (): string => drawn === 0 ? "" : `\u001b[${drawn}A\r\u001b[J`

const valueOf = (name: string): string | undefined => {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

/** draws it, unless the demo will only print a text, such as its options */
export const draw = (): void => {
  if (process.argv.some((argument) => /^(-h|--help|--version|--wizard|--completions|--log-level)$/.test(argument))) {
    return
  }
  const title = process.argv.includes("--live")
    ? "connecting to Bitfinex"
    : "starting a fake exchange on this machine"
  if (!isScreen()) {
    stdout.write(`effect-bitfinex demo: ${title}\n`)
    return
  }
  const symbols = (valueOf("--symbols") ?? "tBTCUSD,tETHUSD,tSOLUSD").split(",").slice(0, 6)
  const lines = View.screen(View.empty(symbols, 0), {
    title,
    now: 0,
    millis: undefined,
    columns: stdout.columns,
    // the line below it belongs to the cursor
    rows: stdout.rows - 1
  })
  drawn = lines.length
  stdout.write(`${lines.join("\n")}\n`)
}
