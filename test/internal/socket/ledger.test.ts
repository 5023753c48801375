import { assert, describe, it } from "@effect/vitest"
import * as BufferPolicy from "../../../src/BufferPolicy.ts"
import * as Epochs from "../../../src/internal/socket/epoch.ts"
import { Ledger } from "../../../src/internal/socket/ledger.ts"
import * as Metrics from "../../../src/internal/socket/metrics.ts"
import { Subscription } from "../../../src/internal/socket/subscription.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"
import * as Channel from "../../../src/protocol/Channel.ts"
import type { Layout } from "../../../src/protocol/Layout.ts"
import { PublicTrade } from "../../../src/protocol/records/PublicTrade.ts"

const demandOf = (symbol: string, subId: number) =>
  new Subscription(
    {
      operation: "trades",
      channel: "trades",
      fields: { symbol },
      key: `trades ${symbol}`,
      subId: undefined,
      layout: PublicTrade as Layout<unknown>,
      state: Channel.recent<PublicTrade>((row) => row.id, 10),
      buffer: BufferPolicy.sliding()
    },
    subId,
    { delivery: new Delivery(), pause: () => undefined }
  )

const make = () => {
  const sent: Array<any> = []
  const rejected: Array<string> = []
  const clock = { now: 0 }
  const ledger = new Ledger({
    now: () => clock.now,
    replyTimeout: 10_000,
    subscribeTimeout: 60_000,
    channelSilence: 30_000,
    onProblem: () => undefined,
    onRejected: (sub) => rejected.push(sub.request.key),
    onLimit: () => undefined,
    onStuck: () => true
  })
  const epoch = Epochs.make(1, 0, Metrics.tally())
  epoch.link = { ...epoch.link, send: (text) => sent.push(JSON.parse(text)) > 0 }
  ledger.open(epoch)
  const sub = demandOf("tBTCUSD", 1)
  ledger.add(sub)
  const data = (...rest: ReadonlyArray<unknown>) => ledger.onData(epoch, [7, ...rest])
  const answer = (chanId: number) =>
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId, symbol: "tBTCUSD", subId: 1 })
  const gap = () => {
    ledger.gap(1)
    ledger.resubscribeAll("sequence gap")
  }
  /** the deadlines at a moment, in seconds */
  const pass = (seconds: number) => {
    clock.now = epoch.last = seconds * 1000
    return ledger.overdue(epoch, clock.now)
  }
  /** the connection is lost, and another one is there */
  const reconnect = () => {
    ledger.forget("test")
    ledger.open(epoch)
  }
  return { answer, data, epoch, gap, sent, ledger, sub, rejected, pass, clock, reconnect }
}

it("a channel id that two subscriptions are answered with: its rows could be of either, so both are left, the socket is not", () => {
  const { answer, data, epoch, ledger, sent, sub } = make()
  const other = demandOf("tETHUSD", 2)
  ledger.add(other)
  answer(7)
  data([[1, 1, 1, 1]])
  ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 7, symbol: "tETHUSD", subId: 2 })
  data([[2, 1, 1, 1]])
  assert.isFalse(epoch.over)
  for (const each of [sub, other]) assert.isUndefined(each.current(0))
  assert.deepStrictEqual(sent.at(-1), { event: "unsubscribe", chanId: 7 })
})

const events = (sent: ReadonlyArray<{ readonly event: string }>) => sent.map(({ event }) => event)

describe("frames that come before the answer to their subscription", () => {
  it("are delivered once it arrives", () => {
    const { answer, data, sent, sub } = make()
    data([[1, 1, 1, 1]])
    data("te", [2, 1, 1, 1])
    answer(7)
    assert.deepStrictEqual(sub.current(0)?.rows.map((row) => (row as PublicTrade).id), [2, 1])
    assert.deepStrictEqual(events(sent), ["subscribe"])
  })

  it("are not delivered if one of them may be missing: the channel is resubscribed", () => {
    const { answer, data, epoch, gap, sent, ledger, sub } = make()
    data([[1, 1, 1, 1]])
    gap()
    data("te", [3, 1, 1, 1])
    answer(7)
    assert.isUndefined(sub.current(0))
    assert.deepStrictEqual(events(sent), ["subscribe", "unsubscribe"])
    ledger.onUnsubscribed(epoch, { event: "unsubscribed", status: "OK", chanId: 7 })
    answer(7)
    data([[1, 1, 1, 1], [2, 1, 1, 1], [3, 1, 1, 1]])
    assert.deepStrictEqual(events(sent), ["subscribe", "unsubscribe", "subscribe"])
    assert.lengthOf(sub.current(0)!.rows, 3)
  })

  it("are delivered if nothing of the channel arrived before the gap", () => {
    const { answer, data, gap, sent, sub } = make()
    gap()
    data([[1, 1, 1, 1]])
    answer(7)
    assert.lengthOf(sub.current(0)!.rows, 1)
    assert.deepStrictEqual(events(sent), ["subscribe"])
  })
})

describe("an overdue answer while one other request is pending", () => {
  const setup = () => {
    const made = make()
    const { epoch, ledger, pass } = made
    // requested 6 s later, so that only the first answer is overdue at 10 s
    made.clock.now = 6_000
    const other = demandOf("tETHUSD", 2)
    ledger.add(other)
    assert.isUndefined(pass(10))
    const error = (code: number, more = {}) => ledger.onError(epoch, { event: "error", code, msg: "no", ...more })
    return { ...made, other, error }
  }
  const symbols = (sent: ReadonlyArray<{ readonly event: string; readonly symbol: string }>) =>
    sent.map(({ event, symbol }) => `${event} ${symbol}`)

  it("an error that names neither ends none of them: each is requested alone, one after the other", () => {
    const { epoch, error, ledger, pass, rejected, sent } = setup()
    error(10300)
    assert.deepStrictEqual(rejected, [])
    // the first is repeated after 15 s; the second is overdue as well, so it is requested by itself
    assert.isUndefined(pass(16))
    assert.deepStrictEqual(symbols(sent).slice(2), ["subscribe tBTCUSD", "subscribe tETHUSD"])
    error(10300, { subId: 2 })
    assert.deepStrictEqual(rejected, ["trades tETHUSD"])
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 7, symbol: "tBTCUSD", subId: 1 })
    assert.deepStrictEqual(rejected, ["trades tETHUSD"])
  })

  it("frames under an unknown id wait for either answer, and belong to the one that names it", () => {
    const { data, epoch, ledger, other, sub } = setup()
    data([[1, 1, 1, 1]])
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 8, symbol: "tETHUSD", subId: 2 })
    assert.isUndefined(other.current(0))
    assert.isFalse(sub.live)
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 7, symbol: "tBTCUSD", subId: 1 })
    assert.lengthOf(sub.current(0)!.rows, 1)
  })

  it("does not delay a later request, and is itself repeated after 15 s at the earliest", () => {
    const { ledger, pass, sent } = setup()
    ledger.add(demandOf("tLTCUSD", 3))
    assert.deepStrictEqual(symbols(sent), ["subscribe tBTCUSD", "subscribe tETHUSD", "subscribe tLTCUSD"])
    assert.isUndefined(pass(14.9))
    assert.lengthOf(sent, 3)
    assert.isUndefined(pass(15))
    assert.deepStrictEqual(symbols(sent).slice(3), ["subscribe tBTCUSD"])
  })

  it("is counted once: when both are answered nothing is awaited, and an unknown id belongs to neither", () => {
    const { data, epoch, ledger, sent } = setup()
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 8, symbol: "tETHUSD", subId: 2 })
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 9, symbol: "tBTCUSD", subId: 1 })
    data([[1, 1, 1, 1]])
    const third = demandOf("tLTCUSD", 3)
    ledger.add(third)
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 7, symbol: "tLTCUSD", subId: 3 })
    // the row arrived when nothing was awaited, so it belongs to no channel of ours
    assert.isUndefined(third.current(0))
    assert.lengthOf(sent, 3)
  })
})

describe("an error that names neither of two pending requests", () => {
  it("if the one that is repeated alone gets no answer either, the other does not wait for it", () => {
    const { epoch, ledger, pass, sent } = make()
    ledger.add(demandOf("tETHUSD", 2))
    ledger.onError(epoch, { event: "error", code: 10300, msg: "no" })
    assert.isUndefined(pass(10))
    assert.deepStrictEqual(sent.slice(2).map(({ symbol }) => symbol), ["tETHUSD"])
    assert.isUndefined(pass(20))
    assert.deepStrictEqual(sent.slice(3).map(({ symbol }) => symbol), ["tBTCUSD"])
  })
})

describe("a duplicate channel whose id the venue names", () => {
  const setup = () => {
    const made = make()
    const { epoch, ledger, pass, sent } = made
    return {
      ...made,
      /** the subscription is refused: the venue has the channel under this id */
      doubled: (chanId: number) =>
        ledger.onError(epoch, { event: "error", code: 10301, msg: "dup", chanId, symbol: "tBTCUSD" }),
      left: (chanId: number) => ledger.onUnsubscribed(epoch, { event: "unsubscribed", status: "OK", chanId }),
      /** the events sent by then */
      at: (seconds: number) => {
        assert.isUndefined(pass(seconds))
        return events(sent)
      }
    }
  }

  it("is unsubscribed and subscribed again: at once, and after 2 s if that repeats", () => {
    const { at, doubled, left } = setup()
    doubled(7)
    left(7)
    assert.deepStrictEqual(at(0), ["subscribe", "unsubscribe", "subscribe"])
    doubled(8)
    left(8)
    assert.lengthOf(at(1.9), 4)
    assert.deepStrictEqual(at(2).slice(3), ["unsubscribe", "subscribe"])
  })

  it("earlier frames under the id are not delivered to another channel that gets the id", () => {
    const { data, doubled, epoch, ledger, left } = setup()
    const other = demandOf("tETHUSD", 2)
    ledger.add(other)
    data([[1, 1, 1, 1]])
    doubled(7)
    left(7)
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 7, symbol: "tETHUSD", subId: 2 })
    assert.isUndefined(other.current(0))
  })
})

it("a channel that was silent once and has sent something since is alive: another one's silence is not the socket's", () => {
  const { answer, epoch, ledger, pass, sent } = make()
  const rows = [[1, 1, 1, 1]]
  answer(7)
  ledger.onData(epoch, [7, rows])
  ledger.add(demandOf("tETHUSD", 2))
  ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 8, symbol: "tETHUSD", subId: 2 })
  assert.isUndefined(pass(20))
  ledger.onData(epoch, [8, rows])
  assert.isUndefined(pass(30))
  assert.deepStrictEqual(sent.at(-1), { event: "unsubscribe", chanId: 7 })
  ledger.onUnsubscribed(epoch, { event: "unsubscribed", status: "OK", chanId: 7 })
  answer(9)
  ledger.onData(epoch, [9, rows])
  assert.isUndefined(pass(50))
  assert.deepStrictEqual(sent.at(-1), { event: "unsubscribe", chanId: 8 })
})

it("a channel that was left to another socket is not taken again in this epoch, and is in the next one", () => {
  const { answer, epoch, ledger, pass } = make()
  const other = demandOf("tETHUSD", 2)
  ledger.add(other)
  ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 8, symbol: "tETHUSD", subId: 2 })
  answer(7)
  // the venue does not answer its unsubscription, while the other channel is alive
  ledger.resubscribe(other)
  for (let seconds = 0; seconds <= 60; seconds += 10) {
    assert.isUndefined(pass(seconds))
    ledger.onData(epoch, [7, [[seconds, 1, 1, 1]]])
  }
  assert.isTrue(ledger.has("trades tETHUSD"))
  assert.strictEqual(ledger.size, 1)
  ledger.forget("test")
  assert.isFalse(ledger.has("trades tETHUSD"))
})

describe("a channel over several connections", () => {
  it("that is never answered fails after 60 s in all, not of each", () => {
    const { ledger, pass, reconnect, rejected } = make()
    for (const seconds of [25, 50]) {
      assert.isUndefined(pass(seconds))
      reconnect()
    }
    assert.isUndefined(pass(59))
    // the answer of this connection is overdue only now
    assert.deepStrictEqual(rejected, [])
    assert.isUndefined(pass(60))
    assert.deepStrictEqual(rejected, ["trades tBTCUSD"])
    assert.strictEqual(ledger.size, 0)
  })

  it("that another socket has acknowledged does not fail for lack of an answer here", () => {
    const { answer, epoch, ledger, pass, rejected } = make()
    const other = demandOf("tETHUSD", 2)
    other.begin()
    ledger.add(other)
    answer(7)
    for (let seconds = 0; seconds <= 120; seconds += 10) {
      assert.isUndefined(pass(seconds))
      ledger.onData(epoch, [7, [[seconds, 1, 1, 1]]])
    }
    assert.deepStrictEqual(rejected, [])
  })

  it("that an error may concern is requested after the others, which do not wait for it", () => {
    const { epoch, ledger, reconnect, sent } = make()
    ledger.add(demandOf("tETHUSD", 2))
    ledger.onError(epoch, { event: "error", code: 10300, msg: "no" })
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 8, symbol: "tETHUSD", subId: 2 })
    sent.length = 0
    reconnect()
    assert.deepStrictEqual(sent.map(({ symbol }) => symbol), ["tETHUSD"])
    ledger.onSubscribed(epoch, { event: "subscribed", channel: "trades", chanId: 8, symbol: "tETHUSD", subId: 2 })
    assert.deepStrictEqual(sent.map(({ symbol }) => symbol), ["tETHUSD", "tBTCUSD"])
  })
})
