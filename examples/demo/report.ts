/** The verdict on the demo's promise, and its summary. */
import type { Connection } from "effect-bitfinex/testing/FakeExchange"
import type { Account, State } from "./state.ts"
import * as Text from "./text.ts"
import { label } from "./view.ts"

export interface Outcome {
  readonly state: State
  /** why the demo ended; also the reason in the close frame */
  readonly reason: string
  /** ended by a signal, which can arrive before there is a result */
  readonly signalled: boolean
  /** the connections as the exchange saw them; undefined for Bitfinex itself */
  readonly connections: ReadonlyArray<Connection> | undefined
}

export interface Verdict {
  /** `undecided`: a signal arrived before there was a result, or during a recovery */
  readonly result: "held" | "broken" | "undecided"
  readonly complaints: ReadonlyArray<string>
}

const nameOf = ({ kind, symbol }: Account): string => `${kind} ${label(symbol)}`

/** complaints about connections, except for the one that the demo broke */
const aboutConnections = ({ connections, reason, state }: Outcome): ReadonlyArray<string> => {
  if (connections === undefined) return []
  const complaints = connections.flatMap(({ code, endedBy, id, state }) => {
    if (state !== "closed") return [`connection ${id} is still ${state}`]
    if (endedBy !== "client") return []
    return code === 1000 ? [] : [`connection ${id} was closed by us with ${code}`]
  })
  const cut = connections.filter(({ endedBy }) => endedBy === "exchange").length
  const breaks = state.broken === null ? 0 : 1
  if (cut > breaks) complaints.push(`${cut} connections were cut, ${breaks} on purpose`)
  if (!connections.some((one) => one.endedBy === "client" && one.code === 1000 && one.reason === reason)) {
    complaints.push(`no connection was closed by us with 1000 ${JSON.stringify(reason)}`)
  }
  return complaints
}

export const judge = (outcome: Outcome): Verdict => {
  const { signalled, state } = outcome
  const early = state.accounts.filter(({ live }) => !live).map((account) =>
    account.epoch === 0 || account.interruptedAt === null
      ? `${nameOf(account)}: no data`
      : `${nameOf(account)}: not recovered`
  )
  const broken = [
    ...state.failures,
    ...state.accounts.flatMap((account) => [
      ...(account.lost > 0 ? [`${nameOf(account)}: ${account.lost} lost`] : []),
      ...(account.malformed > 0 ? [`${nameOf(account)}: ${account.malformed} malformed`] : []),
      ...(account.live && account.rows === 0 && account.kind !== "trades" ? [`${nameOf(account)}: no data`] : [])
    ]),
    // without a connection at the end there is none to close
    ...(early.length === 0 ? aboutConnections(outcome) : []),
    ...(state.broken !== null && state.broken.mendedAt === null && early.length === 0
      ? ["the break was not noticed by every channel"]
      : [])
  ]
  if (broken.length > 0) return { result: "broken", complaints: [...broken, ...early] }
  if (early.length === 0) return { result: "held", complaints: [] }
  return { result: signalled ? "undecided" : "broken", complaints: early }
}

const connectionLine = ({ code, endedBy, id, reason, state }: Connection): string => {
  if (endedBy === undefined) return `  connection ${id}: ${state}`
  if (endedBy === "exchange") return `  connection ${id}: cut by the exchange (${code})`
  return `  connection ${id}: closed by us with ${code} ${JSON.stringify(reason)}`
}

const recovered = ({ caughtUp, interruptions, recoveries, slowest }: Account): string => {
  if (interruptions === 0) return "–"
  const rows = caughtUp === 0 ? "" : `, ${caughtUp} missed ${caughtUp === 1 ? "row" : "rows"} caught up`
  return `${recoveries} of ${interruptions}${recoveries === 0 ? "" : `, in ${slowest} ms`}${rows}`
}

const table = (rows: ReadonlyArray<readonly [string, string, string, string]>): ReadonlyArray<string> => {
  const wide = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, received, lost, recovery]) =>
    `  ${Text.left(name, wide)}${Text.right(received, 10)}${Text.right(lost, 6)}  ${recovery}`
  )
}

/** the last lines of the demo */
export const summary = (outcome: Outcome, verdict: Verdict): ReadonlyArray<string> => {
  const { connections, reason, state } = outcome
  const { broken } = state
  return [
    ...(connections === undefined
      ? ["Closed:", `  with 1000 ${JSON.stringify(reason)}; what the exchange made of it, only it knows`]
      : ["Connections as the exchange saw them:", ...connections.map(connectionLine)]),
    "",
    ...table([
      ["Channel", "received", "lost", "recovered"],
      ...state.accounts.map((account) =>
        [
          nameOf(account),
          Text.number(account.rows),
          Text.number(account.lost),
          recovered(account)
        ] as const
      )
    ]),
    "",
    `Compared over REST: ${Text.number(state.checkedTrades)} trades, of which ${
      Text.number(state.accounts.reduce((sum, { kind, lost }) => kind === "trades" ? sum + lost : sum, 0))
    } are missing${
      connections === undefined ? "" : `; ${state.checkedBooks} of ${Object.keys(state.markets).length} books are equal`
    }`,
    ...(broken === null || broken.mendedAt === null
      ? []
      : [`Recovery: live again ${broken.mendedAt - broken.at} ms after the connection broke`]),
    "",
    ...{
      held: ["The promise held: nothing lost, all recovered, closed with code and reason."],
      undecided: [
        `Ended (${reason}) before there was a result:`,
        ...verdict.complaints.map((complaint) => `  ${complaint}`)
      ],
      broken: ["The promise did NOT hold:", ...verdict.complaints.map((complaint) => `  ${complaint}`)]
    }[verdict.result]
  ]
}
