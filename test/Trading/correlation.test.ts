import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { OutcomeUnknown } from "../../src/BitfinexError.ts"
import * as Events from "../../src/internal/account/events.ts"
import * as Correlation from "../../src/internal/trading/correlation.ts"
import { Flight } from "../../src/internal/trading/inFlight.ts"
import * as Operations from "../../src/internal/trading/operation.ts"
import * as Funding from "../../src/internal/trading/rules/funding.ts"
import * as Rules from "../../src/internal/trading/rules/order.ts"
import type { Known, Rule } from "../../src/internal/trading/rules/rule.ts"
import { channels } from "../../src/protocol/channels/Account.ts"
import type { Kind } from "../../src/protocol/Endpoint.ts"
import { fundingEndpoints } from "../../src/protocol/endpoints/Funding.ts"
import { orderEndpoints } from "../../src/protocol/endpoints/Orders.ts"

const day = "2024-01-01"
const mts = 1_704_067_200_000

/** an order's row, as in the manual's example of an order (ws-auth-orders) */
const order = (cells: { readonly [at: number]: unknown }) =>
  Array.from({ length: 32 }, (_, at) => at in cells ? cells[at] : full[at] ?? null)
const full: { readonly [at: number]: unknown } = {
  0: 34930659963,
  2: 1_704_067_200_123,
  3: "tBTCUSD",
  4: mts,
  5: mts,
  6: 0.2,
  7: 0.2,
  8: "EXCHANGE LIMIT",
  12: 0,
  13: "ACTIVE",
  16: 150,
  17: 0,
  18: 0,
  19: 0,
  23: 0,
  24: 0
}

const offer = (cells: { readonly [at: number]: unknown }) =>
  Array.from(
    { length: 21 },
    (_, at) =>
      at in cells
        ? cells[at]
        : { 1: "fUSD", 2: mts, 3: mts, 4: 50, 5: 50, 6: "LIMIT", 10: "ACTIVE", 14: 0.001, 15: 2 }[at] ?? null
  )

/** the event that the session publishes for a frame */
const eventOf = (type: string, payload: unknown): Events.SessionEvent => {
  if (type === "n") {
    return { _tag: "Notification", epoch: 1, notification: null, answer: Events.answerOf(payload), mts: null }
  }
  const channel = channels.find(({ snapshot, updates }) => snapshot === type || updates.includes(type))!
  const isSnapshot = channel.snapshot === type
  const { rows, unread } = Events.decoder("test", channel.record)(payload, isSnapshot)
  const common = { family: channel.name, epoch: 1, rows, unread, mts: null }
  // the cast: a row of the table decodes the rows of its family
  return (isSnapshot ? { _tag: "Snapshot", ...common } : { _tag: "Update", type, ...common }) as Events.RowsEvent
}

const setup = () => {
  const correlation = Correlation.make(() => 0)
  const receive = (type: string, payload: unknown) => correlation.onEvent(eventOf(type, payload))
  const notify = (type: string, info: unknown, status: unknown = "SUCCESS", text: string | null = null) =>
    receive("n", [mts, type, null, null, info, null, status, text])
  /** the answers to a command so far */
  const wait = (rule: (known: Known) => Rule, isInBatch = false, kind: Kind = "order") => {
    const answers: Array<string> = []
    const operation = { operation: "Trading.test", kind, rule, keys: [], unknown: () => lost, plan: null }
    const flight: Flight<unknown, OutcomeUnknown> = new Flight(operation, rule(correlation.known), isInBatch, () => {
      const { phase } = flight
      answers.push(
        phase._tag === "Accepted"
          ? `accepted by ${phase.by}`
          : phase._tag === "Refused"
          ? `refused: ${phase.error._tag}${
            phase.error._tag === "ApiError" && kind !== "order" ? ` ${phase.error.text}` : ""
          }`
          : phase._tag === "Waiting"
          ? `suspicion: ${phase.suspicion?._tag}`
          : phase._tag
      )
    })
    correlation.add(flight)
    return answers
  }
  return { correlation, receive, notify, wait }
}
const lost = new OutcomeUnknown({
  operation: "Trading.test",
  cid: null,
  cidDate: null,
  mts: null,
  reason: "",
  error: null
})

const submission = { cid: 1_704_067_200_123, symbol: "tBTCUSD", amount: "0.2", type: "EXCHANGE LIMIT", price: 150 }
const on = (known: Known) => Rules.on(submission, known)

describe("the answer to a submission", () => {
  it("is one with its cid, also as a list, and none of another program", () => {
    const { notify, receive, wait } = setup()
    const answers = wait(on)
    notify("on-req", order({ 2: 99 }))
    notify("on-req", order({ 2: 99 }), "ERROR", "Invalid price.")
    // the same cid of another program: another symbol, the other side
    notify("on-req", order({ 3: "tETHUSD" }))
    notify("on-req", order({ 6: -0.2, 7: -0.2 }))
    // other commands with our cid
    notify("oc-req", order({}))
    receive("on", order({ 2: 98 }))
    assert.deepStrictEqual(answers, [])
    notify("on-req", [order({ 4: null, 5: null, 13: null })])
    assert.deepStrictEqual(answers, ["accepted by on-req"])
    // once
    receive("on", order({}))
    assert.lengthOf(answers, 1)
  })

  it("a trade with its cid and a new order id, of its symbol and side where the cid is the user's", () => {
    const trade = (cells: { readonly [at: number]: unknown }) =>
      [1, "tBTCUSD", mts, 77, 0.1, 150, "EXCHANGE LIMIT", 150, 1, null, null, 7].map((cell, at) =>
        at in cells ? cells[at] : cell
      )
    const { receive, wait } = setup()
    const answers = wait((known) => Rules.on({ ...submission, cid: 7 }, known))
    receive("te", trade({ 11: 8 }))
    receive("te", trade({ 1: "tETHUSD" }))
    receive("te", trade({ 4: -0.1 }))
    assert.deepStrictEqual(answers, [])
    receive("te", trade({ 3: 78 }))
    assert.deepStrictEqual(answers, ["accepted by te"])
    // the second trade of that order does not belong to the next submission
    const next = wait((known) => Rules.on({ ...submission, cid: 7 }, known))
    receive("tu", trade({ 3: 78 }))
    assert.deepStrictEqual(next, [])
  })

  it("a cancellation by cid and day is not answered by another order with that cid, where the id is known", () => {
    const { notify, receive, wait } = setup()
    receive("on", order({ 0: 1000, 2: 77 }))
    const answers = wait((known) => Rules.oc({ cid: 77, cidDate: day }, known))
    receive("on", order({ 0: 1001, 2: 77 }))
    receive("oc", order({ 0: 1001, 2: 77, 13: "CANCELED" }))
    notify("oc-req", order({ 0: 1001, 2: 77 }))
    assert.deepStrictEqual(answers, [])
    receive("oc", order({ 0: 1000, 2: 77, 13: "CANCELED" }))
    assert.deepStrictEqual(answers, ["accepted by oc"])
  })

  it("a cancellation by cid and day under which several orders are open is proven by the end of all of them", () => {
    const { notify, receive, wait } = setup()
    receive("os", [order({ 0: 1000, 2: 77 }), order({ 0: 1001, 2: 77 })])
    const [first, second] = [0, 1].map(() => wait((known) => Rules.oc({ cid: 77, cidDate: day }, known)))
    receive("oc", order({ 0: 1000, 2: 77, 13: "EXECUTED @ 150(0.2)" }))
    assert.deepStrictEqual(first, [])
    receive("oc", order({ 0: 1001, 2: 77, 13: "CANCELED" }))
    assert.deepStrictEqual([first, second], [["accepted by oc"], ["accepted by oc"]])
    // the venue's notification says that it has chosen one
    receive("os", [order({ 0: 1002, 2: 77 }), order({ 0: 1003, 2: 77 })])
    const third = wait((known) => Rules.oc({ cid: 77, cidDate: day }, known))
    notify("oc-req", order({ 0: 1003, 2: 77 }))
    assert.deepStrictEqual(third, ["accepted by oc-req"])
  })

  it("a refusal that echoes the cid alone", () => {
    const { notify, wait } = setup()
    const answers = wait(on)
    notify("on-req", Array.from({ length: 32 }, (_, at) => at === 2 ? submission.cid : null), "ERROR", "Invalid price.")
    assert.deepStrictEqual(answers, ["refused: InvalidOrder"])
  })

  it("a refusal that names nothing, or something else under its cid, is a suspicion; an acceptance wins", () => {
    const { correlation, notify, wait } = setup()
    const empty = wait(on)
    notify("on-req", null, "ERROR", "Invalid price.")
    const other = wait(on)
    notify("on-req", order({ 0: null, 2: null, 3: "tETHUSD", 7: 5 }), "ERROR", "Invalid price.")
    const third = wait(on)
    correlation.onEvent({ _tag: "VenueError", frame: { event: "error", code: 10001, msg: "Unknown error" } })
    const fourth = wait(on)
    notify("on-req", order({ 0: null, 3: "tETHUSD" }), "ERROR", "Invalid price.")
    assert.deepStrictEqual([empty, other, third, fourth], [
      ["suspicion: InvalidOrder"],
      ["suspicion: InvalidOrder"],
      ["suspicion: ApiError"],
      ["suspicion: InvalidOrder"]
    ])
    notify("on-req", order({}))
    assert.deepStrictEqual(empty, ["suspicion: InvalidOrder", "accepted by on-req"])
  })

  it("a batch that is refused as a whole is a suspicion of each of its operations", () => {
    const { notify, wait } = setup()
    const [inBatch, alone] = [wait(on, true), wait(on)]
    notify("ox_multi-req", null, "ERROR", "too many")
    assert.deepStrictEqual([inBatch, alone], [["suspicion: ApiError"], []])
  })

  it("a cid that is used again does not take the first order for the second", () => {
    const { notify, receive, wait } = setup()
    const first = wait(on)
    notify("on-req", order({}))
    const second = wait(on)
    receive("on", order({}))
    receive("ou", order({ 6: 0.1 }))
    receive("oc", order({ 13: "CANCELED" }))
    assert.deepStrictEqual([first, second], [["accepted by on-req"], []])
    notify("on-req", order({ 0: null }), "ERROR", "Invalid price.")
    assert.deepStrictEqual(second, ["refused: InvalidOrder"])
  })

  it("an amount that the venue has changed does not make it another order", () => {
    const { notify, wait } = setup()
    const answers = wait(on)
    notify("on-req", order({ 6: 0.1, 7: 0.1 }))
    assert.deepStrictEqual(answers, ["accepted by on-req"])
  })

  it("an order that appears with the snapshot of a later login", () => {
    const { correlation, receive, wait } = setup()
    const answers = wait(on)
    correlation.onEvent({
      _tag: "LoggedIn",
      login: { epoch: 2, userId: 1, caps: null, dms: false, mts }
    })
    receive("os", [order({ 2: 5 }), order({ 0: 7 })])
    assert.deepStrictEqual(answers, ["accepted by os"])
  })

  it("the order itself, unless it was open before under a cid that is used again", () => {
    const { receive, wait } = setup()
    receive("os", [order({ 0: 5 })])
    const answers = wait(on)
    receive("ou", order({ 0: 5 }))
    assert.deepStrictEqual(answers, [])
    receive("oc", order({ 0: 6, 13: "EXECUTED @ 150(0.2)", 6: 0 }))
    assert.deepStrictEqual(answers, ["accepted by oc"])
  })

  it("without an id, unreadable, or with an unknown status, nothing is proven", () => {
    const { notify, wait } = setup()
    const answers = wait(on)
    notify("on-req", order({ 0: null }))
    notify("on-req", order({ 6: "0.2" }))
    notify("on-req", order({}), "PERHAPS")
    assert.deepStrictEqual(answers, ["suspicion: DecodeError"])
  })
})

describe("the orders that are known to be open", () => {
  it("an event that comes behind the end of its order does not open it again", () => {
    const { correlation, receive } = setup()
    receive("on", order({ 0: 5 }))
    receive("on", order({ 0: 6 }))
    receive("oc", order({ 0: 5, 13: "CANCELED" }))
    // one whose row cannot be read
    receive("oc", order({ 0: 6, 6: "much" }))
    receive("ou", order({ 0: 5 }))
    receive("os", [order({ 0: 5 }), order({ 0: 6 }), order({ 0: 7 })])
    assert.deepStrictEqual([...correlation.known.orders.keys()], [7])
  })
})

describe("the answer to an update", () => {
  const ou = (known: Known) => Rules.ou({ id: 5, price: 200 }, known)

  it("its id; an event only when it shows terms that the order had not before", () => {
    const { notify, receive, wait } = setup()
    receive("os", [order({ 0: 5 })])
    const answers = wait(ou)
    notify("ou-req", order({ 0: 6, 16: 200 }))
    receive("ou", order({ 0: 5, 6: 0.1, 13: "PARTIALLY FILLED @ 150(0.1)" }))
    receive("ou", order({ 0: 6, 16: 200 }))
    assert.deepStrictEqual(answers, [])
    receive("ou", order({ 0: 5, 16: 200 }))
    assert.deepStrictEqual(answers, ["accepted by ou"])
    const same = wait(ou)
    receive("ou", order({ 0: 5, 16: 200, 6: 0.1 }))
    assert.deepStrictEqual(same, [])
    notify("ou-req", order({ 0: 5, 16: 200 }))
    assert.deepStrictEqual(same, ["accepted by ou-req"])
  })

  it("its cid of that day, not the order of another day", () => {
    const { notify, receive, wait } = setup()
    receive("os", [order({ 0: 5, 2: 7, 4: mts - 1 }), order({ 0: 6, 2: 7 })])
    const answers = wait((known) => Rules.ou({ cid: 7, cidDate: day, price: 200 }, known))
    notify("ou-req", order({ 0: 5, 2: 7, 4: mts - 1, 16: 200 }))
    receive("ou", order({ 0: 5, 2: 7, 4: mts - 1, 16: 200 }))
    assert.deepStrictEqual(answers, [])
    receive("ou", order({ 0: 6, 2: 7, 16: 200.00000000000003 }))
    assert.deepStrictEqual(answers, ["accepted by ou"])
  })

  it("a refusal that does not name it is a suspicion", () => {
    const { notify, wait } = setup()
    const answers = wait(ou)
    notify("ou-req", null, "ERROR", "Invalid price.")
    assert.deepStrictEqual(answers, ["suspicion: InvalidOrder"])
    notify("ou-req", order({ 0: 5 }), "ERROR", "Invalid price.")
    assert.deepStrictEqual(answers, ["suspicion: InvalidOrder", "refused: InvalidOrder"])
  })

  it("of two updates of one order, the one whose terms are shown", () => {
    const { notify, wait } = setup()
    const first = wait(ou)
    const second = wait((known) => Rules.ou({ id: 5, price: 300 }, known))
    notify("ou-req", order({ 0: 5, 16: 300 }))
    assert.deepStrictEqual([first, second], [[], ["accepted by ou-req"]])
    notify("ou-req", order({ 0: 5, 16: 200 }))
    assert.deepStrictEqual(first, ["accepted by ou-req"])
  })
})

describe("the answer to a cancellation", () => {
  it("its id, or its cid of that day", () => {
    const { notify, receive, wait } = setup()
    const byId = wait((known) => Rules.oc({ id: 5 }, known))
    const byCid = wait((known) => Rules.oc({ cid: 7, cidDate: day }, known))
    notify("oc-req", order({ 0: 6 }))
    receive("oc", order({ 0: 6, 2: 7, 4: mts - 1 }))
    assert.deepStrictEqual([byId, byCid], [[], []])
    // in old captures only the cid is set
    notify("oc-req", Array.from({ length: 32 }, (_, at) => at === 2 ? 7 : null))
    receive("oc", order({ 0: 5, 13: "CANCELED" }))
    assert.deepStrictEqual([byId, byCid], [["accepted by oc"], ["accepted by oc-req"]])
  })

  it("of several orders: a list that covers those still open, not the list of another program", () => {
    const { notify, receive, wait } = setup()
    receive("os", [order({ 0: 1, 1: 9 }), order({ 0: 2, 1: 9 }), order({ 0: 3 })])
    const ids = wait((known) => Rules.ocMulti({ id: [1, 2] }, known))
    const group = wait((known) => Rules.ocMulti({ gid: [9] }, known))
    const all = wait((known) => Rules.ocMulti({ all: true }, known))
    notify("oc_multi-req", [order({ 0: 3 })])
    notify("oc_multi-req", [])
    notify("oc_multi-req", [order({ 0: 1, 1: 9 })])
    assert.deepStrictEqual([ids, group, all], [[], [], []])
    notify("oc_multi-req", [order({ 0: 1, 1: 9 }), order({ 0: 2, 1: 9 })])
    assert.deepStrictEqual([ids, group, all], [["accepted by oc_multi-req"], ["accepted by oc_multi-req"], []])
    receive("oc", order({ 0: 1 }))
    receive("oc", order({ 0: 2 }))
    receive("oc", order({ 0: 3 }))
    assert.deepStrictEqual(all, ["accepted by oc"])
  })

  it("a list without orders that ended meanwhile counts once their end is reported", () => {
    const { notify, receive, wait } = setup()
    receive("os", [order({ 0: 1 }), order({ 0: 2 })])
    const all = wait((known) => Rules.ocMulti({ all: true }, known))
    notify("oc_multi-req", [order({ 0: 1 })])
    assert.deepStrictEqual(all, [])
    receive("oc", order({ 0: 2, 13: "EXECUTED @ 150(0.2)" }))
    assert.deepStrictEqual(all, ["accepted by oc"])
  })

  it("with nothing open, an empty list; a refusal without a list is a suspicion", () => {
    const { notify, wait } = setup()
    const answers = wait((known) => Rules.ocMulti({ all: true }, known))
    notify("oc_multi-req", null, "ERROR", "api: invalid")
    assert.deepStrictEqual(answers, ["suspicion: ApiError"])
    notify("oc_multi-req", [])
    assert.include(answers, "accepted by oc_multi-req")
  })

  it("a refusal that carries rows counts where they cover all that was meant", () => {
    const { notify, receive, wait } = setup()
    receive("os", [order({ 0: 1 }), order({ 0: 2 }), order({ 0: 3 })])
    const two = wait((known) => Rules.ocMulti({ id: [1, 2] }, known))
    notify("oc_multi-req", [order({ 0: 3 })], "ERROR", "api: invalid")
    notify("oc_multi-req", [order({ 0: 1 })], "ERROR", "api: invalid")
    assert.deepStrictEqual(two, ["suspicion: ApiError"])
    notify("oc_multi-req", [order({ 0: 1 }), order({ 0: 2 })], "ERROR", "api: invalid")
    assert.deepStrictEqual(two, ["suspicion: ApiError", "refused: ApiError"])
  })

  it("a refusal without its id, or an error frame, is a suspicion; its end wins", () => {
    const { correlation, notify, receive, wait } = setup()
    const answers = wait((known) => Rules.oc({ id: 5 }, known))
    notify("oc-req", null, "ERROR", "Order not found.")
    correlation.onEvent({ _tag: "VenueError", frame: { event: "error", code: 11010, msg: "ratelimit: error" } })
    receive("oc", order({ 0: 5, 13: "CANCELED" }))
    assert.deepStrictEqual(answers, ["suspicion: OrderNotFound", "accepted by oc"])
    const named = wait((known) => Rules.oc({ id: 6 }, known))
    notify("oc-req", order({ 0: 6 }), "ERROR", "Order not found.")
    assert.deepStrictEqual(named, ["refused: OrderNotFound"])
  })

  it("a submission that is refused as an order that was not found fails with ApiError and the whole text", () => {
    const { notify, wait } = setup()
    const foreign = wait(on, false, "write")
    notify("on-req", order({}), "ERROR", "Order not found.")
    assert.deepStrictEqual(foreign, ["refused: ApiError Order not found."])
    const short = wait(on, false, "write")
    notify("on-req", order({}), "ERROR", "Invalid order: not enough exchange balance for 0.2 BTCUSD at 150")
    assert.deepStrictEqual(short, ["refused: InsufficientBalance"])
  })

  it("each command names the refusals that it can get, as its REST endpoint does", () => {
    const plan = () => () => ({ resolve: () => Effect.die("not asked") })
    const all = Operations.make({
      submission: plan,
      update: plan,
      cancellation: plan,
      cancellations: plan,
      offer: plan,
      offerCancellation: plan
    })
    const kinds = {
      submitOrder: all.on("test", submission).kind,
      updateOrder: all.ou("test", { id: 1 }).kind,
      cancelOrder: all.oc("test", { id: 1 }).kind,
      cancelOrders: all.oc_multi("test", { id: [1] }).kind,
      submitFundingOffer: all.fon("test", { amount: "1", rate: 0.1, period: 2 }).kind,
      cancelFundingOffer: all.foc("test", { id: 1 }).kind
    }
    for (const [name, kind] of Object.entries(kinds)) {
      assert.strictEqual(kind, { ...orderEndpoints, ...fundingEndpoints }[name as keyof typeof kinds].kind, name)
    }
    assert.strictEqual(all.calc("test", ["position_tBTCUSD"]).kind, "read")
  })
})

describe("the known orders", () => {
  it("the time of the venue's last change rises with each row, and never falls", () => {
    const { correlation, receive } = setup()
    const seen: Array<number> = []
    for (
      const [type, row] of [
        ["on", order({ 0: 1, 5: mts + 1 })],
        ["ou", order({ 0: 1, 5: mts + 3 })],
        ["oc", order({ 0: 1, 5: mts + 2 })],
        ["fon", offer({ 0: 1, 3: mts + 4 })],
        ["foc", offer({ 0: 1, 3: mts + 5 })]
      ] as const
    ) {
      receive(type, row)
      seen.push(correlation.known.seen() - mts)
    }
    assert.deepStrictEqual(seen, [1, 3, 3, 4, 5])
  })
})

describe("which orders were shown before a moment", () => {
  it("those that were open or had ended, through logins, and not those that come later", () => {
    const { correlation: { known, onEvent }, receive } = setup()
    receive("os", [order({ 0: 5 })])
    receive("oc", order({ 0: 6, 13: "CANCELED" }))
    const moment = known.shown()
    receive("on", order({ 0: 7 }))
    onEvent({ _tag: "LoggedIn", login: { epoch: 2, userId: 1, caps: null, dms: false, mts } })
    receive("os", [order({ 0: 5 }), order({ 0: 8 })])
    assert.deepStrictEqual([5, 6, 7, 8, 9].filter((id) => known.isShownAfter(id, moment)), [7, 8, 9])
  })

  it("of more than 20,000 that ended, the oldest are forgotten; open ones are not", () => {
    const { correlation: { known }, receive } = setup()
    receive("on", order({ 0: 1 }))
    for (let id = 2; id <= 30_000; id++) receive("oc", order({ 0: id, 13: "CANCELED" }))
    assert.deepStrictEqual([1, 2, 29_000].map((id) => known.isShownAfter(id, known.shown())), [false, true, false])
  })
})

describe("the answer to an offer", () => {
  const terms = { type: "LIMIT", symbol: "fUSD", amount: "50", rate: "0.001", period: 2 }
  const sparse = (id: number, amount = 50) =>
    Array.from({ length: 21 }, (_, at) => ({ 0: id, 4: amount, 14: 0.001, 15: 2 })[at] ?? null)

  it("its terms, first come, first served, and each offer once", () => {
    const { notify, receive, wait } = setup()
    receive("fos", [offer({ 0: 1 })])
    const first = wait((known) => Funding.fon(terms, known))
    const second = wait((known) => Funding.fon(terms, known))
    receive("fou", offer({ 0: 1, 4: 20 }))
    notify("fon-req", sparse(2, 60))
    // the same figures for an offer of another type
    receive("fon", offer({ 0: 9, 6: "FRRDELTAVAR" }))
    assert.deepStrictEqual([first, second], [[], []])
    notify("fon-req", sparse(2))
    receive("fon", offer({ 0: 2 }))
    assert.deepStrictEqual([first, second], [["accepted by fon-req"], []])
    // taken at once
    receive("foc", offer({ 0: 3, 4: 0, 10: "EXECUTED at 0.1% (50)" }))
    notify("fon-req", sparse(3))
    assert.deepStrictEqual(second, ["accepted by foc"])
  })

  it("a late event about an ended offer with the same terms is not an answer, and does not reopen it", () => {
    const { correlation, notify, receive, wait } = setup()
    receive("foc", offer({ 0: 1, 10: "CANCELED" }))
    // one whose row cannot be read
    receive("foc", offer({ 0: 2, 4: "much" }))
    const answers = wait((known) => Funding.fon(terms, known))
    for (const id of [1, 2]) {
      receive("fon", offer({ 0: id }))
      receive("foc", offer({ 0: id, 10: "CANCELED" }))
      notify("fon-req", sparse(id))
    }
    assert.deepStrictEqual(answers, [])
    assert.deepStrictEqual([...correlation.known.offers.keys()], [])
    notify("fon-req", sparse(3))
    assert.deepStrictEqual(answers, ["accepted by fon-req"])
  })

  it("its cancellation by its end alone", () => {
    const { receive, wait } = setup()
    const answers = wait(() => Funding.foc({ id: 2 }))
    receive("foc", offer({ 0: 1 }))
    assert.deepStrictEqual(answers, [])
    receive("foc", offer({ 0: 2, 10: "CANCELED" }))
    assert.deepStrictEqual(answers, ["accepted by foc"])
  })
})
