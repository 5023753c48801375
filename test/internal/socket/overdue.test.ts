import { assert, describe, it } from "@effect/vitest"
import * as Entries from "../../../src/internal/socket/ledgerEntry.ts"
import * as Overdue from "../../../src/internal/socket/overdue.ts"
import * as Demands from "../../support/demand.ts"

const limits: Overdue.Limits = { replyTimeout: 5_000, subscribeTimeout: 60_000, channelSilence: 30_000 }

const demand = Demands.idle("tBTCUSD")

const entry = (fields: Partial<Entries.Entry>): Entries.Entry => ({ ...Entries.make(demand), ...fields })
const subscribing = (fields: Partial<Entries.Entry> = {}) => entry({ phase: "subscribing", ...fields })
const leaving = (fields: Partial<Entries.Entry> = {}) => entry({ phase: "leaving", acknowledged: true, ...fields })
const live = { ...demand, live: true }

const at = (seconds: number, given: Partial<Overdue.Moment> = {}): Overdue.Moment => ({
  at: seconds * 1000,
  isAlive: true,
  isAlone: false,
  isHeard: false,
  ...given
})
const verdict = (one: Entries.Entry, moment: Overdue.Moment) => Overdue.verdictOn(one, moment, limits)

describe("an overdue answer to a subscription, while another channel is live", () => {
  it("is awaited for 15 s, then requested again: three times after 15 s, later after 30 s", () => {
    assert.deepStrictEqual(verdict(subscribing(), at(14.999)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(subscribing(), at(15)), { _tag: "Repeat" })
    assert.deepStrictEqual(verdict(subscribing({ repeats: 2, since: 30_000 }), at(45)), { _tag: "Repeat" })
    const known = { acknowledged: true, repeats: 3, since: 45_000 }
    assert.deepStrictEqual(verdict(subscribing(known), at(60)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(subscribing(known), at(75)), { _tag: "Repeat" })
  })
  it("is not requested again once no stream wants it", () => {
    assert.deepStrictEqual(verdict(subscribing({ want: undefined }), at(20)), { _tag: "Wait" })
  })
  it("fails after 60 s, counted over its epochs, if the venue never acknowledged it, and only then", () => {
    assert.deepStrictEqual(verdict(subscribing({ since: 59_000 }), at(59.9)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(subscribing({ since: 59_000 }), at(60)), { _tag: "Fail" })
    assert.deepStrictEqual(verdict(subscribing({ waited: 50_000 }), at(10)), { _tag: "Fail" })
    assert.deepStrictEqual(verdict(subscribing({ acknowledged: true, since: 59_000 }), at(61)), { _tag: "Wait" })
  })
  it("of a channel that the venue reports as a duplicate is left to another socket after 30 s", () => {
    const reason = "trades|tBTCUSD was subscribed without an answer"
    const repeated = { unsure: true, doubled: 10_000 }
    assert.deepStrictEqual(verdict(subscribing({ since: 39_000, ...repeated }), at(39.9)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(subscribing(repeated), at(40)), { _tag: "GiveAway", reason })
  })
  it("of a channel that is reported as a duplicate although it was requested once is awaited until it fails", () => {
    for (const seconds of [15, 40, 59.9]) {
      assert.deepStrictEqual(verdict(subscribing({ doubled: 10_000 }), at(seconds)), { _tag: "Wait" }, `${seconds} s`)
    }
    assert.deepStrictEqual(verdict(subscribing({ doubled: 10_000 }), at(60)), { _tag: "Fail" })
  })
  it("that an unnamed error may concern is withdrawn, unless it is the only one or was overdue before", () => {
    assert.deepStrictEqual(verdict(subscribing({ suspect: true }), at(5)), { _tag: "Withdraw" })
    assert.deepStrictEqual(verdict(subscribing({ suspect: true }), at(5, { isAlone: true })), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(subscribing({ suspect: true, late: true }), at(5)), { _tag: "Wait" })
  })
})

describe("an overdue answer where no channel is live", () => {
  const dead = { isAlive: false }
  it("ends the socket after 30 s", () => {
    assert.deepStrictEqual(verdict(subscribing(), at(14.9, dead)), { _tag: "Wait" })
    const reason = "no answer to subscribe trades|tBTCUSD"
    assert.deepStrictEqual(verdict(subscribing(), at(30, dead)), { _tag: "GiveUp", reason })
  })
  it("ends it later after each socket that was ended for it, and where frames of a channel without a name arrive", () => {
    const reason = "no answer to subscribe trades|tBTCUSD"
    const known = { acknowledged: true, repeats: 3 }
    const after = (waited: number, seconds: number) =>
      verdict(subscribing({ ...known, waited, since: seconds * 1000 }), at(seconds, dead))
    assert.deepStrictEqual(after(20_000, 39.9), { _tag: "Wait" })
    assert.deepStrictEqual(after(20_000, 40), { _tag: "GiveUp", reason })
    assert.deepStrictEqual(after(600_000, 60), { _tag: "GiveUp", reason })
    const heard = { ...dead, isHeard: true }
    assert.deepStrictEqual(verdict(subscribing({ ...known, since: 59_000 }), at(59.9, heard)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(subscribing({ ...known, since: 59_000 }), at(60, heard)), { _tag: "GiveUp", reason })
  })
  it("fails after 60 s over all sockets if the venue never acknowledged it", () => {
    assert.deepStrictEqual(verdict(subscribing({ waited: 20_000 }), at(40, dead)), { _tag: "Fail" })
  })
  it("ends it at once if it is of an unsubscription whose channel is wanted again", () => {
    const reason = "no answer to unsubscribe trades|tBTCUSD"
    assert.deepStrictEqual(verdict(leaving(), at(5, dead)), { _tag: "GiveUp", reason })
    assert.deepStrictEqual(verdict(leaving({ want: undefined }), at(5, dead)), { _tag: "Wait" })
  })
})

describe("an overdue answer to an unsubscription, while another channel is live", () => {
  it("is requested again after 15 s, three times", () => {
    assert.deepStrictEqual(verdict(leaving(), at(14.9)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(leaving(), at(15)), { _tag: "Repeat" })
    assert.deepStrictEqual(verdict(leaving({ repeats: 2 }), at(15)), { _tag: "Repeat" })
    assert.deepStrictEqual(verdict(leaving({ want: undefined, repeats: 3 }), at(99)), { _tag: "Wait" })
  })
  it("leaves a channel that is wanted again to another socket after 60 s", () => {
    const reason = "no answer to unsubscribe trades|tBTCUSD"
    assert.deepStrictEqual(verdict(leaving({ repeats: 3 }), at(59.9)), { _tag: "Wait" })
    assert.deepStrictEqual(verdict(leaving({ repeats: 3 }), at(60)), { _tag: "GiveAway", reason })
  })
})

describe("the channels of a connection at one moment", () => {
  const survey = (now: number, ...entries: ReadonlyArray<Entries.Entry>) => Overdue.survey(entries, now * 1000, limits)
  const acked = (fields: Partial<Entries.Entry> = {}) => entry({ phase: "acked", want: live, ...fields })

  it("an answer is overdue after the time for a reply, of subscriptions and of unsubscriptions", () => {
    const [slow, gone] = [subscribing(), leaving({ want: undefined })]
    assert.deepStrictEqual(survey(4.999, slow, gone).late, [])
    assert.deepStrictEqual(survey(5, slow, gone, acked()).late, [slow, gone])
  })
  it("one live channel clears the socket; one that was late, silent or deferred before does not", () => {
    assert.isTrue(survey(1, acked()).isAlive)
    for (const fields of [{ late: true }, { silences: 1 }, { delays: 1 }, { want: demand }, { want: undefined }]) {
      assert.isFalse(survey(1, acked(fields)).isAlive, JSON.stringify(fields))
    }
  })
  it("a channel is silent after 30 s without a frame; without its snapshot, 30 s after its acknowledgement", () => {
    const [heard, owing] = [acked({ last: 1_000 }), acked({ want: demand, since: 1_000, last: 20_000 })]
    assert.deepStrictEqual(survey(30.9, heard, owing).silent, [])
    assert.deepStrictEqual(survey(31, heard, owing).silent, [heard, owing])
  })
  it("all are silent only if each that is wanted is silent, or was and has sent nothing since", () => {
    assert.isTrue(survey(31, acked(), acked({ since: 30_000, last: 30_000, silences: 1 })).isSilent)
    assert.isTrue(survey(31, acked(), leaving({ want: undefined, since: 30_000 })).isSilent)
    assert.isFalse(survey(31, acked(), acked({ last: 30_000 })).isSilent)
    assert.isFalse(survey(29, acked({ silences: 1 })).isSilent)
  })
  it("a channel that is silent for the third time in a row rests, longer each time", () => {
    assert.deepStrictEqual([1, 2, 3, 4, 9].map((n) => Overdue.restOf(n, 100_000)), [0, 0, 101_000, 102_000, 130_000])
  })
  it("the next deadline is the earliest of an answer, a silence and a rest", () => {
    const next = (...entries: ReadonlyArray<Entries.Entry>) => Overdue.nextOf(entries, 10_000, limits)
    assert.strictEqual(next(), Number.POSITIVE_INFINITY)
    assert.strictEqual(next(subscribing({ since: 9_000 })), 14_000)
    assert.strictEqual(next(leaving({ since: 8_000 }), subscribing({ since: 9_000 })), 13_000)
    // an overdue answer is looked for with each pass
    assert.strictEqual(next(subscribing({ since: 5_000 })), Number.POSITIVE_INFINITY)
    assert.strictEqual(next(acked({ last: 2_000 })), 32_000)
    assert.strictEqual(next(entry({ notBefore: 12_000 }), acked({ last: 2_000 })), 12_000)
    assert.strictEqual(next(entry({ notBefore: 10_000 })), Number.POSITIVE_INFINITY)
  })
})
