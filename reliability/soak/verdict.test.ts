import { assert, describe, it } from "@effect/vitest"
import * as Dice from "../faults/dice.ts"
import * as Verdict from "./verdict.ts"

const heap: Verdict.Gauge = { name: "heap", unit: "bytes", perLoss: 512, floor: 64 * 1024, leftover: 2 ** 20 }
const listeners: Verdict.Gauge = { name: "listeners", unit: "count", perLoss: 0.1, floor: 3, leftover: 0 }

const dice = Dice.make("synthetic samples")

/** five minutes, a reading every 2.5 s, 400 lost connections, a million frames */
const samples = (valueOf: (share: number, losses: number, k: number) => Verdict.Sample["values"]) =>
  Array.from({ length: 120 }, (_, k): Verdict.Sample => {
    const share = k / 119
    const losses = Math.round(share * 400)
    return { at: 60_000 + k * 2500, frames: Math.round(share * 1e6), losses, values: valueOf(share, losses, k) }
  })

const growing = (gauge: Verdict.Gauge, all: ReadonlyArray<Verdict.Sample>) => Verdict.trendOf(gauge, all)

const none = {}
const judge = (over: Partial<Parameters<typeof Verdict.judge>[0]>) =>
  Verdict.judge({ gauges: [heap, listeners], samples: [], before: none, after: none, broken: [], ...over })

describe("soak: the verdict", () => {
  it("a flat, noisy gauge does not grow", () => {
    const trend = growing(heap, samples(() => ({ heap: 40e6 + dice.between(-200_000, 200_000) })))
    assert.isFalse(trend.isGrowing)
    assert.approximately(trend.growth, 0, 200_000)
  })

  it("a sawtooth does not grow, such as a buffer that fills and is flushed", () => {
    const trend = growing(heap, samples((_, __, k) => ({ heap: 40e6 + (k % 15) * 300_000 })))
    assert.isFalse(trend.isGrowing)
  })

  it("a gauge with occasional large spikes does not grow", () => {
    const trend = growing(heap, samples((_, __, k) => ({ heap: k % 7 === 3 ? 400e6 : 40e6 })))
    assert.strictEqual(trend.growth, 0)
  })

  it("a falling gauge does not grow", () => {
    assert.isFalse(growing(heap, samples((share) => ({ heap: 50e6 - share * 5e6 }))).isGrowing)
  })

  it("a slow leak under ten times as much noise is detected, with its size", () => {
    // one KiB for each lost connection
    const leak = samples((_, losses) => ({ heap: 40e6 + losses * 1024 + dice.between(-150_000, 150_000) }))
    const trend = growing(heap, leak)
    assert.isTrue(trend.isGrowing)
    assert.approximately(trend.perLoss, 1024, 300)
    assert.approximately(trend.perHour, trend.perLoss * 400 * (3_600_000 / 297_500), 1)
    assert.approximately(trend.perMillionFrames, trend.growth, 1)
  })

  it("one listener per lost connection is detected, and one per five too", () => {
    assert.isTrue(growing(listeners, samples((_, losses) => ({ listeners: 20 + losses }))).isGrowing)
    assert.isTrue(growing(listeners, samples((_, losses) => ({ listeners: 20 + Math.floor(losses / 5) }))).isGrowing)
  })

  it("listeners of short-lived sockets are not growth", () => {
    assert.isFalse(growing(listeners, samples(() => ({ listeners: dice.int(10, 40) }))).isGrowing)
  })

  it("a leak that stops within the measured time is detected by its half", () => {
    const trend = growing(listeners, samples((share) => ({ listeners: Math.min(share, 0.7) * 400 })))
    assert.isTrue(trend.isGrowing)
  })

  it("a gauge that was never read neither grows nor is left behind", () => {
    assert.deepStrictEqual(judge({ samples: samples(() => ({ listeners: 3 })) }).faults, [])
  })

  it("names the gauges that grow, those that are not back, and the broken invariants", () => {
    const { faults } = judge({
      samples: samples((_, losses) => ({ heap: 40e6, listeners: losses })),
      before: { heap: 20e6, listeners: 2 },
      after: { heap: 30e6, listeners: 3 },
      broken: ["2 wrong books"]
    })
    assert.lengthOf(faults, 4)
    assert.match(
      faults[0]!,
      /^listeners grows: by 400 where 40 is allowed, 484\d an hour, 1(\.00\d)? for each lost connection/
    )
    assert.match(faults[1]!, /^heap not back in the end: 28.6 MiB, at the start 19.1 MiB, 1 MiB more are allowed/)
    assert.match(faults[2]!, /^listeners not back in the end: 3, at the start 2, 0 more/)
    assert.strictEqual(faults[3], "2 wrong books")
  })

  it("too few samples are a fault", () => {
    const { faults, trends } = judge({ samples: samples(() => ({ heap: 1 })).slice(0, 9) })
    assert.match(faults[0]!, /^only 9 samples behind the warm-up/)
    assert.lengthOf(trends, 0)
  })

  it("a gauge with too much scatter for a verdict is a fault", () => {
    const { faults } = judge({ samples: samples(() => ({ heap: 40e6 + dice.between(-4e6, 4e6) })) })
    assert.match(faults[0]!, /^heap is unclear: it scatters by [0-9.]+ MiB/)
  })

  it("a gauge below its start is back", () => {
    assert.isFalse(Verdict.leftoverOf(listeners, { listeners: 9 }, { listeners: 2 })!.isLeft)
  })
})
