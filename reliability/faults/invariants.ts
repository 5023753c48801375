import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import * as Markets from "./markets.ts"
import type { Call, Evidence, Seen, Watched } from "./model.ts"
import { shown, uncorrected } from "./said.ts"
import type { Life, TapFrame, TapSocket } from "./tap.ts"
import { isLive } from "./workloads.ts"

/** Conditions that hold in every run: each returns its breaches, one line each. */
export type Invariant = (evidence: Evidence) => ReadonlyArray<string>

const tagOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "end"
  const failure = Cause.failures(exit.cause)
  for (const error of failure) return (error as { readonly _tag?: string })._tag ?? "unknown error"
  return Cause.isInterruptedOnly(exit.cause) ? "interruption" : "defect"
}

/**
 * Every subscription is live after the last fault: confirmed by the venue, once, on an open connection, and the consumer's
 * state equals the exchange's. A stream may have ended with an error that the scenario permits, because that is not a
 * silent loss.
 */
export const noLostSubscription: Invariant = ({ before, books, differences, ended, plan, watched }) => {
  const out: Array<string> = []
  for (const { exit, name } of ended) {
    const how = exit()
    if (how !== undefined && !plan.permits.includes(tagOf(how))) out.push(`${name} ended: ${tagOf(how)}`)
  }
  const confirmed = before.flatMap(({ channels, state }) => state === "open" ? channels.map(({ name }) => name) : [])
  const wanted = new Set<string>()
  for (const each of [...watched, ...books]) {
    const exit = each.exit()
    if (exit !== undefined) {
      const tag = tagOf(exit)
      if (!plan.permits.includes(tag)) out.push(`${each.name} ended: ${tag}`)
      continue
    }
    wanted.add(each.name)
    const times = confirmed.filter((name) => name === each.name).length
    if (times !== 1) out.push(`${each.name} is confirmed ${times} times`)
    if ("events" in each ? !isLive(each) : each.states.at(-1)?.value._tag !== "Synced") {
      out.push(`${each.name} is not live`)
    }
    const difference = differences.get(each.name)
    if (difference !== undefined) out.push(`${each.name}: ${difference}`)
  }
  for (const name of confirmed) if (!wanted.has(name)) out.push(`${name} is confirmed without a subscriber`)
  return out
}

type Events = ReadonlyArray<Seen<ChannelEvent<any>>>

interface Span {
  readonly epoch: number
  readonly from: number
  readonly events: Events
  readonly interrupted: number | undefined
}

/** elements by epoch, and the elements out of order */
const spansOf = (
  name: string,
  events: Events
): { readonly spans: ReadonlyArray<Span>; readonly breaches: Array<string> } => {
  const spans: Array<
    { epoch: number; from: number; events: Array<Seen<ChannelEvent<any>>>; interrupted: number | undefined }
  > = []
  const breaches: Array<string> = []
  for (const seen of events) {
    const { at, value } = seen
    const current = spans.at(-1)
    if (value._tag === "Snapshot") {
      if (value.skipped > 0 && current !== undefined && current.epoch === value.epoch) {
        current.events.push(seen)
        continue
      }
      if (current !== undefined && current.interrupted === undefined) {
        breaches.push(`${name}: epoch ${value.epoch} begins at ${at} ms, and ${current.epoch} was not interrupted`)
      }
      if (current !== undefined && value.epoch <= current.epoch) {
        breaches.push(`${name}: epoch ${value.epoch} begins at ${at} ms, after epoch ${current.epoch}`)
      }
      spans.push({ epoch: value.epoch, from: at, events: [seen], interrupted: undefined })
      continue
    }
    // an undecodable row of a snapshot is reported before the snapshot
    if (value._tag === "Malformed" && (current === undefined || current.epoch !== value.epoch)) continue
    if (current === undefined || current.interrupted !== undefined) {
      breaches.push(`${name}: ${value._tag} of epoch ${value.epoch} at ${at} ms without a snapshot before it`)
      continue
    }
    if (value.epoch !== current.epoch) {
      breaches.push(`${name}: ${value._tag} of epoch ${value.epoch} at ${at} ms within epoch ${current.epoch}`)
      continue
    }
    if (value._tag === "Interrupted") current.interrupted = at
    else current.events.push(seen)
  }
  return { spans, breaches }
}

/** Every epoch begins with a snapshot and ends before the next one begins; no element is outside of an epoch. */
export const epochsBeginWithSnapshots: Invariant = ({ books, watched }) => [
  ...watched.flatMap(({ events, name }) => spansOf(name, events).breaches),
  ...books.flatMap(({ name, states }) => {
    const out: Array<string> = []
    let epoch = 0
    let version = 0
    let isHeld = true
    for (const { at, value } of states) {
      if (value._tag === "Resyncing") {
        isHeld = true
        continue
      }
      if (value.epoch < epoch || (value.epoch !== epoch && !isHeld)) {
        out.push(`${name}: epoch ${value.epoch} at ${at} ms`)
      }
      // a book that was withheld, and turned out to be fresh, is released as it was
      if (value.version < version || (value.version === version && !isHeld)) {
        out.push(`${name}: version ${value.version} after ${version} at ${at} ms`)
      }
      ;({ epoch, version } = value)
      isHeld = false
    }
    return out
  })
]

/** No book was served that the exchange did not have, nor an older one after a newer. */
export const noWrongBook: Invariant = ({ books }) => books.flatMap(({ wrong }) => wrong)

/** The exchange placed no order twice. */
export const noDuplicateOrder: Invariant = ({ account }) =>
  account === undefined
    ? []
    : [...account.counts].filter(([, count]) => count > 1).map(([cid, count]) => `${count} orders under cid ${cid}`)

/** the command ended with an unknown outcome */
export const isUnknown = ({ exit }: Call): boolean => exit !== undefined && tagOf(exit) === "OutcomeUnknown"

/** ms of a span during which the process slept */
const sleptWithin = (slept: Evidence["slept"], from: number, to: number): number =>
  slept.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(begin, from)), 0)

/**
 * Each command and each call ended within its deadline: as accepted, as refused, or as unknown and then resolved; without
 * any fault none is unknown.
 */
export const noCommandUnresolved: Invariant = ({ account, calls, plan, slept }) =>
  calls.flatMap((call) => {
    const name = `${call.what}${call.cid === undefined ? "" : ` ${call.cid}`} of ${call.began} ms`
    const { exit } = call
    if (exit === undefined || call.ended === undefined) return [`${name} never ended`]
    const out: Array<string> = []
    const took = call.ended - call.began
    if (took > call.deadline + sleptWithin(slept, call.began, call.ended)) out.push(`${name} took ${took} ms`)
    const tag = tagOf(exit)
    if (tag === "defect" || tag === "interruption") {
      out.push(`${name} died: ${Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""}`)
    }
    if (tag === "OutcomeUnknown" && call.outcome === undefined) out.push(`${name} is unknown, and was never resolved`)
    if (tag === "OutcomeUnknown" && plan.script.length === 0) out.push(`${name} is unknown, though nothing went wrong`)
    if (call.cid === undefined || account === undefined) return out
    if (call.outcome === "Unresolvable" && !plan.permits.includes("Unresolvable")) {
      out.push(`${name} could not be resolved`)
    }
    return out
  })

/**
 * Every report about an order is true, when it was made and a minute after the end: accepted orders are at the exchange
 * under the reported id; refused and never placed ones are not; and an order that appears later is reported. A `NeverPlaced`
 * that is corrected later is a breach.
 */
export const saidIsSo: Invariant = ({ account, plan }) => {
  if (account === undefined) return []
  // an answer to another program's command with this cid and these terms cannot be distinguished from the command's own:
  // ids that the SDK gives are not shared, and those of the user's own are the user's to keep apart
  const isForged = plan.script.some(({ fault }) => fault?._tag === "StrayAnswer" && fault.as === "equalCid")
  const ledger = account.ledger()
  const missing = new Set(uncorrected(account.statements, ledger))
  return account.statements.flatMap((statement) => {
    const { at, cid, id, said } = statement
    // no client can distinguish two equal orders under one cid
    const sameCid = ledger.filter((order) => order.cid === cid)
    const found = sameCid.filter(({ isOwn }) => isOwn)
    const name = `order ${cid} is said to be ${said} at ${Math.round(at)} ms`
    if (isForged && (said === "Refused" || said === "Accepted")) return []
    if (said === "Refused" || said === "NeverPlaced") {
      return found.map((order) => `${name}, and was placed at ${Math.round(order.at)} ms`)
    }
    if (said === "NotSeen") {
      return [
        ...(missing.has(statement) ? [`${name}, was placed, and nothing reported it`] : []),
        ...(found.some(({ isOpen }) => isOpen) ? [`${name}, and is open: what appears late is to be cancelled`] : [])
      ]
    }
    if (said !== "Accepted" && !shown.has(said)) return []
    const order = id === undefined ? found[0] : sameCid.find((one) => one.id === id)
    if (order === undefined) return [`${name}${id === undefined ? "" : ` with id ${id}`}, and is not there`]
    if (said === "Filled" && !order.isExecuted) return [`${name}, and is not executed`]
    if (said === "Cancelled" && order.isOpen) return [`${name}, and is open`]
    return []
  })
}

/** ms that an exit may exceed its limit: the time of requests in flight */
const farewell = 2500

/**
 * A bot that cancels its orders on exit ends in time and reports the result. If it reported that no order is left, none of
 * its orders is open, then or a minute later; otherwise each open order is among those that it named.
 */
export const exitsConfirm: Invariant = ({ account, slept }) => {
  if (account?.within === undefined) return []
  const { leaving, within } = account
  if (leaving === undefined) return ["the scope of the orders was never closed"]
  const { began, report, took } = leaving
  const out: Array<string> = []
  if (took > within + farewell + sleptWithin(slept, began, began + took)) {
    out.push(`leaving took ${Math.round(took)} ms`)
  }
  if (report === undefined) return [...out, "nothing was said about the orders that were to be cancelled"]
  for (const { cid, id, isOpen, isOwn } of account.ledger()) {
    if (!isOpen || !isOwn) continue
    const isNamed = report._tag === "MayBeOpen" &&
      (report.open.includes(id) || report.unproven.some((one) => one.cid === cid))
    if (!isNamed) out.push(`order ${cid} (${id}) is open, and the report says ${JSON.stringify(report)}`)
  }
  return out
}

/** Accounts in one program are separate: the submissions and reads of each reach its own account and no other. */
export const accountsApart: Invariant = ({ desks }) =>
  desks.flatMap(({ differences, name, placed, submitted }) => [
    ...differences,
    ...placed.flatMap((cid) =>
      submitted.includes(cid) ? [] : [`order ${cid} reached the account of ${name}, which never sent it`]
    )
  ])

interface Matched {
  readonly watched: Watched
  readonly span: Span
  /** undefined: the snapshot belongs to no subscription of that channel */
  readonly life: Life | undefined
  /** the elements due from the frames of that subscription, from the snapshot on */
  readonly due: ReadonlyArray<Due>
}

/** An element that a frame must produce. */
interface Due {
  readonly at: number
  readonly tag: "Snapshot" | "Update" | "Checksum" | "Malformed"
  readonly type: string | null
  /** also the checksum, or the number of undecodable rows */
  readonly rows: ReadonlyArray<unknown>
}

/** undecodable rows of a frame that have an element each; the last of these counts the others */
const detailed = 3

const duesOf = ({ kind, layout }: Watched, life: Life): ReadonlyArray<Due> => {
  const out: Array<Due> = []
  let isLive = kind === "events"
  if (isLive) out.push({ at: life.began, tag: "Snapshot", type: null, rows: [] })
  const add = ({ at, payload, type }: TapFrame) => {
    if (type === "cs") {
      if (isLive) out.push({ at, tag: "Checksum", type: null, rows: [payload] })
      return
    }
    if (!Array.isArray(payload)) return
    const isRow = payload.length > 0 && !Array.isArray(payload[0])
    const all: ReadonlyArray<unknown> = isRow ? [payload] : payload
    const good = all.filter((row) => layout.read(row) !== undefined)
    const isWhole = !isRow || good.length > 0
    if (isLive) {
      if (good.length > 0) out.push({ at, tag: "Update", type, rows: good })
    } else if (type === null && isWhole && (!isRow || kind === "latest")) {
      isLive = true
      out.push({ at, tag: "Snapshot", type: null, rows: good })
    }
    if (isLive) {
      const bad = all.length - good.length
      for (let k = 1; k <= Math.min(bad, detailed); k++) {
        out.push({ at, tag: "Malformed", type: null, rows: [k === detailed ? bad - detailed + 1 : 1] })
      }
    }
  }
  for (const frame of life.frames) add(frame)
  return out
}

const badRows = (due: Due): number => Number(due.rows[0])

/**
 * Where more than three undecodable rows come within a second, the others are counted in one later element: passes over the
 * elements that are due for them. Returns the place of the next one that is due, and the rows that are still to be counted.
 */
const counted = (watched: Watched, value: ChannelEvent<any>, due: ReadonlyArray<Due>, from: number) => {
  let next = from
  let rows = 0
  while (due[next]?.tag === "Malformed" && !isDue(watched, value, due[next]!)) rows += badRows(due[next++]!)
  return { next, rows }
}

const fits = (watched: Watched, { events }: Span, due: ReadonlyArray<Due>): boolean =>
  events.filter(({ value }) => value._tag !== "Gap").every(({ value }, k) => {
    const one = due[k]
    return one !== undefined && isDue(watched, value, one)
  })

/** each epoch of a stream, and the matching subscription of the channel */
const matchesOf = ({ tap, watched }: Evidence): ReadonlyArray<Matched> =>
  watched.flatMap((each) => {
    const lives = tap.lives.filter(({ name }) => name === each.name)
    const dues = lives.map((life) => duesOf(each, life))
    let next = 0
    return spansOf(each.name, each.events).spans.map((span): Matched => {
      // the one with the latest snapshot before the consumer had it; of several at once the first that matches
      let [found, latest] = [-1, -1]
      for (let k = next; k < lives.length; k++) {
        const at = dues[k]![0]?.at
        if (at === undefined) continue
        // a snapshot that arrived before the answer was held back until then
        const from = Math.max(at, lives[k]!.began)
        if (from > span.from || from < latest) continue
        if (from > latest || (!fits(each, span, dues[found]!) && fits(each, span, dues[k]!))) {
          ;[found, latest] = [k, from]
        }
      }
      if (found < 0) return { watched: each, span, life: undefined, due: [] }
      next = found + 1
      return { watched: each, span, life: lives[found], due: dues[found]! }
    })
  })

const isDue = (watched: Watched, event: ChannelEvent<any>, due: Due): boolean => {
  if (event._tag !== due.tag) return false
  if (event._tag === "Checksum") return event.checksum === due.rows[0]
  if (event._tag === "Malformed") return event.count === due.rows[0]
  if (event._tag !== "Snapshot" && event._tag !== "Update") return true
  if (event._tag === "Update" && event.type !== due.type) return false
  return event.rows.length === due.rows.length &&
    event.rows.every((row, k) => Markets.isRead(watched.layout, row, due.rows[k]))
}

const sumOf = (all: ReadonlyArray<number>): number => all.reduce((sum, each) => sum + each, 0)

/** how many elements of the feed an element of a consumer stands for: a snapshot under `conflate` for all that it replaces */
const countOf = (event: ChannelEvent<any>): number => {
  if (event._tag === "Gap") return event.cause === "buffer" ? event.lost : 0
  return event._tag === "Snapshot" ? Math.max(1, event.skipped) : 1
}

/**
 * The elements of an epoch are those that its own socket received for that channel, in that order: none of an older socket
 * or subscription, none twice, none invented.
 */
export const noFrameOfOldEpoch: Invariant = (evidence) =>
  matchesOf(evidence).flatMap(({ due, life, span, watched }) => {
    if (life === undefined) return [`${watched.name}: the snapshot of epoch ${span.epoch} came from nowhere`]
    let next = 0
    let uncounted = 0
    for (const { at, value } of span.events) {
      const count = countOf(value)
      // elements that a consumer was not given one by one, as those that arrived at once after the process slept
      if (value._tag === "Gap" || count > 1) {
        next += count
        continue
      }
      const passed = counted(watched, value, due, next)
      next = passed.next
      uncounted += passed.rows
      if (value._tag === "Malformed" && due[next]?.tag !== "Malformed" && value.count <= uncounted) {
        uncounted -= value.count
        continue
      }
      const one = due[next++]
      if (one === undefined || !isDue(watched, value, one)) {
        return [
          `${watched.name}: ${value._tag} at ${at} ms in epoch ${span.epoch} is not what socket ${life.socket} brought` +
          ` (${one === undefined ? "nothing more" : `${one.tag} at ${one.at} ms`})`
        ]
      }
    }
    return []
  })

/** when the client abandoned a socket, or could detect its end; Infinity when neither happened */
const overAt = ({ closeCalled, ended, stopped, terminatedAt }: TapSocket): number =>
  Math.min(...[closeCalled?.at, ended?.at, stopped, terminatedAt].map((at) => at ?? Number.POSITIVE_INFINITY))

/** the elements that one stands for: itself, or those that a buffer lost */
const shareOf = (value: ChannelEvent<any>): number =>
  value._tag === "Gap" && value.cause === "buffer"
    ? value.lost
    : value._tag === "Snapshot" && value.skipped > 0
    ? value.skipped
    : 1

/**
 * Every loss was reported. In each epoch all elements were delivered that arrived before its interruption; each jump of the
 * sequence number, and each text that is not a frame, is among the problems; and the elements that a slow consumer missed
 * are in its gaps: the delivered and the reported elements add up to all elements.
 */
export const lossesReported: Invariant = (evidence) => {
  const out: Array<string> = []
  const { account, problems, slow, tap } = evidence
  for (const { due, life, span, watched } of matchesOf(evidence)) {
    if (life === undefined) continue
    const until = span.interrupted ?? evidence.closedAt
    const owed = due.filter(({ at }) => at < until).length
    const had = span.events.reduce((sum, { value }) => sum + countOf(value), 0)
    const badDue = due.filter(({ at, tag }) => at < until && tag === "Malformed")
    const bad = span.events.flatMap(({ value }) => value._tag === "Malformed" ? [value.count] : [])
    const isOneByOne = span.events.every(({ value }) => value._tag !== "Gap" && countOf(value) === 1)
    if (isOneByOne && sumOf(bad) < sumOf(badDue.map(badRows)) && watched.exit() === undefined) {
      out.push(`${watched.name}: epoch ${span.epoch} reports ${sumOf(bad)} of ${sumOf(badDue.map(badRows))} bad rows`)
    }
    // elements in whose place another one counts their rows
    const merged = Math.max(0, badDue.length - bad.length)
    if (had + merged < owed && watched.exit() === undefined) {
      out.push(`${watched.name}: epoch ${span.epoch} has ${had} elements of ${owed}, and the others were not reported`)
    }
  }
  const open = (number: number, at: number) => at < overAt(tap.sockets[number - 1]!)
  for (const { actual, at, expected, socket } of tap.jumps) {
    if (!open(socket, at)) continue
    const isReported = problems.some(({ value }) =>
      value._tag === "SequenceGap" && value["expected"] === expected && value["actual"] === actual
    )
    if (!isReported) out.push(`number ${actual} after ${expected - 1} on socket ${socket} at ${at} ms was not reported`)
  }
  for (const { at, socket, text } of tap.malformed) {
    if (!open(socket, at)) continue
    const isReported = problems.some((problem) => problem.value._tag === "Malformed" && problem.at === at)
    if (!isReported) {
      out.push(`a text that is not a frame, on socket ${socket} at ${at} ms, was not reported: ${text.slice(0, 40)}`)
    }
  }
  for (const { act, all, events, exit } of slow) {
    // the comparison has a buffer as well, which is full when a process wakes and finds the frames of ten minutes
    const [total, had] = [all(), events].map((seen) => seen.reduce((sum, { value }) => sum + shareOf(value), 0))
    const ended = exit()
    const name = `the consumer of ${act.channel} (${act.policy} ${act.capacity})`
    if (act.policy === "fail" && ended !== undefined) {
      if (tagOf(ended) !== "BufferOverflow") out.push(`${name} ended: ${tagOf(ended)}`)
    } else if (had !== total && (ended === undefined || Exit.isSuccess(ended))) {
      out.push(`${name} received or had reported as lost ${had} elements of ${total}`)
    }
  }
  if (account !== undefined) {
    const seen = new Map<number, number>()
    for (const id of account.delivered) seen.set(id, (seen.get(id) ?? 0) + 1)
    for (const [id, times] of seen) if (times > 1) out.push(`trade ${id} was delivered ${times} times`)
    const missing = account.trades.filter((id) => !seen.has(id))
    if (missing.length > 0 && account.unknowns.length === 0) {
      out.push(`trades ${missing.join(", ")} were never delivered`)
    }
    out.push(...account.differences)
  }
  return out
}

/**
 * The client closed its sockets with a code and a reason. It dropped a socket only if the other side did not answer or was
 * silent, because that side would read a close frame late, together with earlier frames.
 * At the end no socket is open, and the live ones were closed with 1000 and a reason.
 */
export const socketsClosed: Invariant = ({ after, before, closedAt, closing, tap }) => {
  const out: Array<string> = []
  for (const socket of tap.sockets) {
    const { closeCalled, ended, number, openedAt, terminatedAt, wasDead } = socket
    if (!socket.isClosed()) out.push(`socket ${number} is open still`)
    if (ended?.byClient === false || openedAt === undefined) continue
    if (closeCalled === undefined) {
      if (terminatedAt !== undefined && !wasDead) out.push(`socket ${number} was dropped without a close frame`)
      continue
    }
    if (closeCalled.at < openedAt) continue
    if (closeCalled.code === undefined || closeCalled.reason === "") {
      out.push(`socket ${number} was closed with code ${closeCalled.code} and reason "${closeCalled.reason}"`)
    }
    if (closeCalled.at >= closedAt && closeCalled.code !== 1000 && ended !== undefined && ended.at >= closedAt) {
      out.push(`socket ${number} was closed at the end with ${closeCalled.code} ${closeCalled.reason}`)
    }
  }
  for (const { code, endedBy, id, reason, state } of after) {
    if (state !== "closed") out.push(`connection ${id} is ${state} at the exchange`)
    const was = before.find((each) => each.id === id)?.state
    if (was === "open" && endedBy === "client" && (code !== 1000 || reason === undefined || reason === "")) {
      out.push(`connection ${id} ended with ${code} "${reason}"`)
    }
  }
  if (closing > 5000) out.push(`closing took ${closing} ms`)
  return out
}

/** upgrades within a window */
const mostWithin = (times: ReadonlyArray<number>, window: number): number => {
  let most = 0
  let from = 0
  for (let k = 0; k < times.length; k++) {
    while (times[k]! - times[from]! >= window) from++
    most = Math.max(most, k - from + 1)
  }
  return most
}

/** The connection attempts stay within the venue's limits: 20 per minute on the public host, 5 per 15 s on the other. */
export const connectBudgetKept: Invariant = ({ tap }) =>
  ([["api-pub", 20, 60_000], ["//api.", 5, 15_000]] as const).flatMap(([host, limit, window]) => {
    const times = tap.sockets.filter(({ url }) => url.includes(host)).map(({ madeAt }) => madeAt)
    const most = mostWithin(times, window)
    return most > limit ? [`${most} connections of ${host} within ${window} ms`] : []
  })

/** The process had no unhandled error, no fiber died of a defect, and the client reported no defect. */
export const noUnhandledRejection: Invariant = ({ failure, problems, unhandled }) => [
  ...(failure === undefined ? [] : [failure]),
  ...unhandled,
  ...problems.flatMap(({ at, value }) =>
    value._tag === "Defect" ? [`a defect at ${at} ms: ${String(value["reason"])}`] : []
  )
]

/** After the client's end there are as many fibers as before its start, and none of its listeners is left on a socket. */
export const nothingLeftBehind: Invariant = ({ failure, fibers, tap }) => [
  ...(failure === undefined && fibers.after !== fibers.before
    ? [`${fibers.before} fibers before, ${fibers.after} after`]
    : []),
  ...tap.sockets.flatMap((socket) =>
    socket.listeners() > 0 ? [`${socket.listeners()} listeners on socket ${socket.number}`] : []
  )
]

/** all invariants, each with a description */
export const all: { readonly [name: string]: { readonly says: string; readonly check: Invariant } } = {
  noLostSubscription: {
    says: "after the last fault each subscription is live exactly once, and its state equals that of the exchange",
    check: noLostSubscription
  },
  epochsBeginWithSnapshots: {
    says: "every epoch begins with a snapshot and is interrupted before the next one begins",
    check: epochsBeginWithSnapshots
  },
  noWrongBook: {
    says: "no book is served that the exchange did not have, nor an older one after a newer",
    check: noWrongBook
  },
  noDuplicateOrder: { says: "the exchange placed no order twice", check: noDuplicateOrder },
  noCommandUnresolved: {
    says: "every command and call ends in time, unknown outcomes are resolved, and without a fault there is none",
    check: noCommandUnresolved
  },
  saidIsSo: {
    says: "every report about an order is true by the exchange's ledger, at the end and a minute later",
    check: saidIsSo
  },
  exitsConfirm: {
    says: "a bot with `cancelOnExit` exits in time, and its report is true, also a minute later",
    check: exitsConfirm
  },
  accountsApart: {
    says: "commands and reads of two accounts in one program reach their own account only",
    check: accountsApart
  },
  noFrameOfOldEpoch: {
    says: "the elements of an epoch are those that its own socket received for the channel, in that order",
    check: noFrameOfOldEpoch
  },
  lossesReported: {
    says: "delivered and reported lost elements add up to those sent: frames, numbers, trades of the account",
    check: lossesReported
  },
  socketsClosed: {
    says: "sockets are closed with a code and a reason, or reset when the venue is silent; none is open at the end",
    check: socketsClosed
  },
  connectBudgetKept: {
    says: "at most 20 connections a minute on the public host, and 5 in 15 s on that of accounts",
    check: connectBudgetKept
  },
  noUnhandledRejection: {
    says: "no unhandled rejection, exception or defect",
    check: noUnhandledRejection
  },
  nothingLeftBehind: {
    says: "there are as many fibers and listeners after the client's end as before its start",
    check: nothingLeftBehind
  }
}

/** the breaches of a run, each after the name of its invariant; for a run that itself failed, only that failure */
export const breachesOf = (evidence: Evidence): ReadonlyArray<string> =>
  Object.entries(all).flatMap(([name, { check }]) =>
    evidence.failure === undefined || name === "noUnhandledRejection"
      ? check(evidence).map((breach) => `${name}: ${breach}`)
      : []
  )
