import { assert, describe, it } from "@effect/vitest"
import { Dispatch } from "../../../src/internal/socket/dispatch.ts"
import * as Epochs from "../../../src/internal/socket/epoch.ts"
import { Ledger } from "../../../src/internal/socket/ledger.ts"
import { Status } from "../../../src/internal/socket/status.ts"
import { Delivery } from "../../../src/internal/stream/delivery.ts"
import type { Problem, SocketState } from "../../../src/SocketState.ts"

/** the flags that are requested: numbers and times */
const wanted = 65536 + 32768

const make = () => {
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
})

describe("the answer to the requested flags", () => {
  it("counts for what it says: without numbers none are looked for, and the difference is reported", () => {
    const { called, epoch, hear, problems } = make()
    hear({ event: "conf", status: "OK", flags: 32768 })
    assert.deepStrictEqual([epoch.flags, epoch.sequence, epoch.timestamp], [32768, false, true])
    assert.deepStrictEqual(problems, ["Malformed"])
    hear([7, "a", null, 9, 0])
    assert.deepStrictEqual(called, ["data a"])
  })
  it("that names none means those that were requested", () => {
    const { epoch, hear } = make()
    hear({ event: "conf", status: "OK" })
    assert.deepStrictEqual([epoch.flags, epoch.sequence, epoch.timestamp], [wanted, true, true])
  })
})

describe("pongs", () => {
  it("only that of the newest ping is a round trip, and leaves none unanswered", () => {
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
    assert.deepStrictEqual(states.at(-1), { _tag: "Live", epoch: 1, serverId: null, flags: wanted, rtt: 600 })
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
  it("is none where it is no number, or not that of the newest ping", () => {
    for (const cid of ["", "1.0e0", " 2", "2a", "0x2", "1", null]) {
      const { epoch, hear } = make()
      Epochs.ping(epoch, 1_000)
      Epochs.ping(epoch, 4_000)
      hear({ event: "pong", cid })
      assert.strictEqual(epoch.unanswered, 4_000, String(cid))
    }
  })
})

it("when maintenance is over nothing that it held up counts against the socket, and all channels are subscribed again", () => {
  const { called, epoch, hear, states } = make()
  Epochs.ping(epoch, 1_000)
  hear({ event: "info", code: 20060 })
  assert.strictEqual(states.at(-1)?._tag, "Maintenance")
  hear({ event: "info", code: 20061 })
  assert.strictEqual(states.at(-1)?._tag, "Live")
  assert.isUndefined(epoch.unanswered)
  assert.deepStrictEqual(called, ["excuse", "resubscribe: maintenance is over (20061)"])
})
