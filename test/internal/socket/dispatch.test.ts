import { assert, describe, it } from "@effect/vitest"
import { Dispatch } from "../../../src/internal/socket/dispatch.ts"
import * as Epochs from "../../../src/internal/socket/epoch.ts"
import { Ledger } from "../../../src/internal/socket/ledger.ts"
import { Status } from "../../../src/internal/socket/status.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"
import type { Problem, SocketState } from "../../../src/SocketState.ts"

/** numbers and times */
const both = 65536 + 32768

/** a socket that is ready, after the flags that are `wanted` */
const make = (wanted = both) => {
  const clock = { now: 0 }
  const problems: Array<Problem["_tag"]> = []
  const states: Array<SocketState> = []
  const called: Array<string> = []
  const now = () => clock.now
  const status = new Status({
    now,
    onState: (state) => states.push(state),
    onProblem: ({ _tag }) => problems.push(_tag)
  })
  const ledger = new Ledger({
    now,
    replyTimeout: 5_000,
    subscribeTimeout: 60_000,
    channelSilence: 30_000,
    onProblem: () => undefined,
    onRejected: () => undefined,
    onLimit: () => undefined,
    onStuck: () => false
  })
  ledger.excuse = () => void called.push("excuse")
  ledger.resubscribeAll = (reason) => void called.push(`resubscribe: ${reason}`)
  ledger.gap = (lost) => void called.push(`gap ${lost}`)
  ledger.onData = (_, frame) => void called.push(`data ${frame[1]}`)
  const dispatch = new Dispatch({
    account: undefined,
    ledger,
    delivery: new Delivery(),
    status,
    wanted,
    now,
    arrival: now
  })
  const epoch = Epochs.make(1, 0, status.counts)
  const hear = (frame: unknown) => dispatch.listen(epoch, JSON.stringify(frame))
  dispatch.advance(epoch, { _tag: "Opened" })
  hear({ event: "conf", status: "OK", flags: wanted })
  dispatch.advance(epoch, { _tag: "Agreed", at: 0, isClosedForTrade: false })
  return { clock, problems, states, called, dispatch, epoch, hear }
}

describe("numbered frames", () => {
  it("five gaps on one socket are repaired by subscribing again, the sixth ends it", () => {
    const { called, epoch, hear } = make()
    for (let k = 1; k <= 5; k++) {
      hear([7, "a", null, 2 * k, 0])
      assert.isFalse(epoch.over, `gap ${k}`)
    }
    assert.deepStrictEqual(called.slice(0, 3), ["gap 1", "resubscribe: sequence gap", "data a"])
    hear([7, "a", null, 12, 0])
    assert.isTrue(epoch.over)
    assert.strictEqual(epoch.closing.reason, "6 sequence gaps")
  })
  it("a frame that comes twice, or late, is dropped and reported; nothing is subscribed again", () => {
    const { called, hear, problems } = make()
    hear([7, "a", null, 1, 0])
    hear([7, "b", null, 1, 0])
    hear([7, "c", null, 0, 0])
    hear([7, "d", null, 2, 0])
    assert.deepStrictEqual(called, ["data a", "data d"])
    assert.deepStrictEqual(problems, ["SequenceGap", "SequenceGap"])
  })
  it("a venue that counts from the beginning again loses its socket with the third message of that kind", () => {
    for (const first of [0, 1]) {
      const { called, epoch, hear } = make()
      for (let k = 1; k <= 50; k++) hear([7, "a", null, k, 0])
      for (let k = first; k <= 2; k++) hear([7, "b", null, k, 0])
      assert.isFalse(epoch.over)
      hear([7, "b", null, 3, 0])
      assert.isTrue(epoch.over)
      assert.strictEqual(epoch.closing.reason, "the venue counts its messages from the beginning")
      assert.lengthOf(called.filter((each) => each === "data b"), 0)
    }
  })
  it("old messages that are not the first ones, or not consecutive, are dropped and nothing else happens", () => {
    const { epoch, hear } = make()
    for (let k = 1; k <= 50; k++) hear([7, "a", null, k, 0])
    for (const k of [4, 5, 6, 1, 3, 2, 1, 2]) hear([7, "b", null, k, 0])
    hear([7, "a", null, 51, 0])
    hear([7, "b", null, 3, 0])
    assert.isFalse(epoch.over)
  })
})

describe("the end of maintenance", () => {
  it("subscribes again five times on one socket; the sixth end replaces it, so that there is no flood of requests", () => {
    const { called, epoch, hear } = make()
    for (let k = 1; k <= 5; k++) hear({ event: "info", code: 20061 })
    assert.deepStrictEqual(called.filter((each) => each.startsWith("resubscribe")).length, 5)
    assert.isFalse(epoch.over)
    hear({ event: "info", code: 20061 })
    assert.isTrue(epoch.over)
    assert.strictEqual(epoch.closing.reason, "maintenance is over (20061), 6 times")
  })
})

describe("frames without a number", () => {
  it("are served and reported where numbers are agreed on, and end the socket after ten in a row", () => {
    const { called, epoch, hear, problems } = make()
    const mute = () => hear([7, "a"])
    hear([7, "hb", 1, 0])
    for (let k = 0; k < 9; k++) mute()
    // a number between them: the count starts again, and the sequence goes on
    hear([7, "hb", 2, 0])
    for (let k = 0; k < 9; k++) mute()
    assert.isFalse(epoch.over)
    assert.lengthOf(called.filter((call) => call === "data a"), 18)
    assert.deepStrictEqual(problems, ["Malformed", "Malformed"])
    mute()
    assert.isTrue(epoch.over)
    assert.include(epoch.closing.reason, "10 messages in a row without a number")
  })
  it("are normal on the channel of an account, and where no numbers were requested", () => {
    const [numbered, plain] = [make(), make(32768)]
    for (let k = 0; k < 20; k++) {
      numbered.hear([0, "n", []])
      plain.hear([7, "a", null, 0])
    }
    assert.deepStrictEqual([numbered.epoch.over, plain.epoch.over], [false, false])
    assert.deepStrictEqual([numbered.problems, plain.problems], [[], []])
  })
})

describe("a frame that cannot be read", () => {
  const unread: ReadonlyArray<unknown> = ["[7,[NaN]]", ["binary"], "[\"7\",[1]]"]

  it("is a gap where messages have no numbers, since nothing else would show it", () => {
    for (const data of unread) {
      const { called, dispatch, epoch } = make(32768)
      dispatch.listen(epoch, data)
      assert.deepStrictEqual(called, ["gap 1", "resubscribe: unreadable frame"])
    }
  })
  it("is found by the next number where there are numbers, and belongs to a channel only if it is an array", () => {
    const numbered = make()
    for (const data of unread) numbered.dispatch.listen(numbered.epoch, data)
    const plain = make(32768)
    for (const data of ["pong", "{\"a\":1}"]) plain.dispatch.listen(plain.epoch, data)
    assert.deepStrictEqual([numbered.called, plain.called], [[], []])
    assert.lengthOf(plain.problems, 2)
  })
})

describe("the answer to the requested flags", () => {
  it("is followed: without numbers none are expected", () => {
    const { called, epoch, hear } = make(32768)
    assert.deepStrictEqual([epoch.flags, epoch.sequence, epoch.timestamp], [32768, false, true])
    hear([7, "a", null, 9, 0])
    assert.deepStrictEqual(called, ["data a"])
  })
  it("may name more flags than were requested, and ends the socket if a later one takes some back", () => {
    const { epoch, hear, problems } = make()
    hear({ event: "conf", status: "OK", flags: both + 131072 })
    assert.isFalse(epoch.over)
    hear({ event: "conf", status: "OK", flags: 32768 })
    assert.isTrue(epoch.over)
    assert.strictEqual(epoch.closing.reason, "the venue withdrew the flags sequence")
    assert.deepStrictEqual(problems, ["Malformed", "Malformed"])
  })
  it("that names no flags confirms those that were requested", () => {
    const { epoch, hear } = make()
    hear({ event: "conf", status: "OK" })
    assert.deepStrictEqual([epoch.flags, epoch.sequence, epoch.timestamp], [both, true, true])
  })
})

describe("pongs", () => {
  it("only that of the newest ping gives a round trip, and answers all earlier pings", () => {
    const { clock, epoch, hear, states } = make()
    Epochs.ping(epoch, 1_000)
    Epochs.ping(epoch, 4_000)
    assert.strictEqual(epoch.unanswered, 1_000)
    clock.now = 4_500
    // the venue is there, but the newest one is still without its own
    hear({ event: "pong", cid: 1 })
    assert.strictEqual(epoch.unanswered, 4_000)
    assert.isNull(epoch.rtt)
    clock.now = 4_600
    hear({ event: "pong", cid: 2 })
    assert.isUndefined(epoch.unanswered)
    assert.strictEqual(epoch.rtt, 600)
    assert.deepStrictEqual(states.at(-1), { _tag: "Live", epoch: 1, serverId: null, flags: both, rtt: 600 })
  })
})

describe("a pong whose number is a text", () => {
  it("is the answer to that ping", () => {
    const { clock, epoch, hear } = make()
    Epochs.ping(epoch, 1_000)
    clock.now = 1_200
    hear({ event: "pong", cid: "1" })
    assert.isUndefined(epoch.unanswered)
    assert.strictEqual(epoch.rtt, 200)
  })
  it("answers nothing if it is not a number, or not that of the newest ping", () => {
    for (const cid of ["", "1.0e0", " 2", "2a", "0x2", "1", null]) {
      const { epoch, hear } = make()
      Epochs.ping(epoch, 1_000)
      Epochs.ping(epoch, 4_000)
      hear({ event: "pong", cid })
      assert.strictEqual(epoch.unanswered, 4_000, String(cid))
    }
  })
})

it("after maintenance its delays do not count against the socket, and all channels are resubscribed", () => {
  const { called, epoch, hear, states } = make()
  Epochs.ping(epoch, 1_000)
  hear({ event: "info", code: 20060 })
  assert.strictEqual(states.at(-1)?._tag, "Maintenance")
  hear({ event: "info", code: 20061 })
  assert.strictEqual(states.at(-1)?._tag, "Live")
  assert.isUndefined(epoch.unanswered)
  assert.deepStrictEqual(called, ["excuse", "resubscribe: maintenance is over (20061)"])
})
