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
  const ledger = new Ledger({
    now: () => 0,
    replyTimeout: 10_000,
    subscribeTimeout: 60_000,
    channelSilence: 30_000,
    onProblem: () => undefined,
    onRejected: () => undefined,
    onLimit: () => undefined,
    onStuck: () => false
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
  return { answer, data, epoch, gap, sent, ledger, sub }
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
  it("are given once it is there", () => {
    const { answer, data, sent, sub } = make()
    data([[1, 1, 1, 1]])
    data("te", [2, 1, 1, 1])
    answer(7)
    assert.deepStrictEqual(sub.current(0)?.rows.map((row) => (row as PublicTrade).id), [2, 1])
    assert.deepStrictEqual(events(sent), ["subscribe"])
  })

  it("are not, where one may be missing among them: the channel is asked for anew", () => {
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

  it("are, where nothing of the channel came before the gap", () => {
    const { answer, data, gap, sent, sub } = make()
    gap()
    data([[1, 1, 1, 1]])
    answer(7)
    assert.lengthOf(sub.current(0)!.rows, 1)
    assert.deepStrictEqual(events(sent), ["subscribe"])
  })
})
