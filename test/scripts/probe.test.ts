import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import { offerFacts, orderFacts, publicFacts } from "../../scripts/probe/facts.ts"
import * as Options from "../../scripts/probe/options.ts"
import { Forbidden, guarded } from "../../scripts/probe/orderChecks.ts"
import type { Entry, Report } from "../../scripts/probe/run.ts"
import * as Probe from "../../scripts/probe/run.ts"
import type { Link } from "../../scripts/probe/wire.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as CommandLine from "../support/commandLine.ts"
import * as VirtualTime from "../support/virtualTime.ts"

const memory = "fake.exchange"
const addresses = {
  publicRest: `http://${memory}`,
  authRest: `http://${memory}`,
  publicSocket: `ws://${memory}/ws/2`,
  authSocket: `ws://${memory}/ws/2`
}

const own = { key: "paper-key", secret: "paper-secret" }

const began = Date.UTC(2026, 0, 5, 12)

interface Setting {
  readonly faults?: ReadonlyArray<Fault.Fault>
  readonly options?: FakeExchange.Options
  readonly minutes?: number
  readonly key?: typeof own | undefined
  readonly onEntry?: (entry: Entry) => void
}

/** a run against an exchange in memory, on a clock that does not wait */
const run = <A>(
  setting: Setting,
  use: (probe: Effect.Effect<Report, unknown>, time: VirtualTime.VirtualTime) => Effect.Effect<
    A,
    unknown,
    FakeExchange.FakeExchange
  >
): Effect.Effect<A, unknown> =>
  Effect.suspend(() => {
    const time = VirtualTime.make(began)
    const { faults = [], key = own, minutes = 10, onEntry = () => {} } = setting
    const options = { ...Options.market, step: 250, ...setting.options }
    return Effect.gen(function*() {
      const exchange = yield* FakeExchange.FakeExchange
      const context = yield* Effect.context<never>()
      yield* Effect.forEach(faults, exchange.inject)
      const probe = Probe.run({ addresses, key, minutes, onEntry }).pipe(Effect.provide(context))
      return yield* use(probe as Effect.Effect<Report, unknown>, time)
    }).pipe(Effect.provide(FakeExchange.layerMemory(options)), Effect.withClock(time.clock), Effect.scoped)
  })

const verdicts = (report: Report, verdict: Entry["verdict"]) =>
  report.facts.filter((fact) => fact.verdict === verdict).map(({ id, seen }) => `${id}: ${seen}`)

const open = Effect.gen(function*() {
  const exchange = yield* FakeExchange.FakeExchange
  const account = yield* exchange.account("paper-key")
  return [...account.orders(), ...account.fundingOffers()]
})

describe("probe", () => {
  it.effect("every fact is as assumed at the fake exchange, and no order is left", () =>
    run({}, (probe) =>
      Effect.gen(function*() {
        const report = yield* probe
        assert.deepStrictEqual(report.facts.map(({ id }) => id), [
          ...Object.keys(publicFacts),
          ...Object.keys(orderFacts),
          ...Object.keys(offerFacts)
        ])
        assert.deepStrictEqual([verdicts(report, "differs"), verdicts(report, "not seen")], [[], []])
        assert.strictEqual(report.ordersLeft, 0)
        assert.deepStrictEqual(yield* open, [])
        const { commands } = yield* (yield* FakeExchange.FakeExchange).account("paper-key")
        assert.isAbove(commands().filter(({ accepted, type }) => type === "on" && accepted).length, 10)
      })))

  it.effect("an exchange that deviates differs in exactly those facts", () =>
    run({
      faults: [
        Fault.OriginalAmount.make({ rule: "first" }),
        Fault.DupWithoutChanId.make({}),
        Fault.WrongDate.make({ millis: 60_000 })
      ],
      options: { channelCap: 25, eventOrder: "orderFirst" }
    }, (probe) =>
      Effect.gen(function*() {
        const differing = verdicts(yield* probe, "differs").map((text) => text.split(":")[0])
        assert.deepStrictEqual(differing, ["dup", "channelCap", "dateHeader", "amountOrig", "tradeOrder"])
      })))

  it.effect("an exchange that answers nothing is not seen, within the time of the run", () =>
    run({
      minutes: 4,
      faults: [
        Fault.Stall.make({ millis: 3_600_000, direction: "both", connection: 1 }),
        Fault.HttpFault.make({ millis: 3_600_000, reply: { _tag: "hang" } }),
        ...Array.from({ length: 20 }, (_, i) =>
          Fault.Stall.make({ millis: 3_600_000, direction: "both", connection: i + 2 }))
      ]
    }, (probe, time) =>
      Effect.gen(function*() {
        const report = yield* probe
        assert.deepStrictEqual([verdicts(report, "differs"), verdicts(report, "as assumed")], [[], []])
        assert.isAtMost(time.passed(), 4.5 * 60_000)
      })))

  it.effect("an interruption cancels the orders that are open", () =>
    Effect.suspend(() => {
      const placed = Deferred.unsafeMake<void>(FiberId.none)
      const onEntry = ({ id }: { readonly id: string }) =>
        id === "equalCid" ? Deferred.unsafeDone(placed, Exit.void) : undefined
      return run({ onEntry }, (probe) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(probe)
          yield* Deferred.await(placed)
          assert.isNotEmpty(yield* open)
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* open, [])
        }))
    }))

  it.effect("a key whose wallets hold other money than that of paper trading places no order", () =>
    run({
      options: { accounts: [{ ...own, wallets: { exchange: { BTC: 1, TESTUSD: 5000 } } }] }
    }, (probe) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(probe)
        assert.include(String(error), "sub-account for paper trading")
        const { commands } = yield* (yield* FakeExchange.FakeExchange).account("paper-key")
        assert.deepStrictEqual(commands(), [])
      })))

  it("refuses to send an order on another symbol, one that could trade, and a large one", () => {
    const sent: Array<unknown> = []
    const link: Link = {
      frames: () => [],
      isOpen: () => true,
      send: (message) => void sent.push(message),
      raw: (data) => void sent.push(data),
      ping: () => {},
      pongs: () => 0,
      find: () => Effect.succeed(undefined),
      ask: (message) => Effect.sync(() => void sent.push(message))
    }
    const { raw, send } = guarded(link, 0.01)
    const good = { symbol: "tTESTBTC:TESTUSD", amount: "0.001", flags: 4096 }
    for (const bad of [{ symbol: "tBTCUSD" }, { flags: 0 }, { amount: "1" }, { amount: undefined }]) {
      assert.throws(() => send([0, "on", null, { ...good, ...bad }]), Forbidden)
      assert.throws(() => send([0, "ox_multi", null, [["oc", { id: 1 }], ["on", { ...good, ...bad }]]]), Forbidden)
    }
    const taking = { ...good, type: "EXCHANGE IOC", flags: 0 }
    assert.throws(() => send([0, "on", null, taking]), Forbidden)
    const small = guarded(link, 0.01, 0.0005)
    assert.throws(() => small.send([0, "on", null, taking]), Forbidden)
    assert.throws(() => small.send([0, "on", null, { ...taking, type: "EXCHANGE LIMIT", amount: "0.0005" }]), Forbidden)
    const offer = { symbol: "fTESTUSD", amount: "150", rate: "0.02" }
    const bad = [{ symbol: "fUSD" }, { amount: "-150" }, { amount: "151" }, { rate: "0.001" }, { amount: undefined }]
    for (const each of bad) assert.throws(() => send([0, "fon", null, { ...offer, ...each }]), Forbidden)
    assert.throws(() => raw("[0,\"on\",null,{}]"), Forbidden)
    assert.deepStrictEqual(sent, [])
    send([0, "on", null, good])
    small.send([0, "on", null, { ...taking, amount: "-0.0005" }])
    send([0, "fon", null, offer])
    assert.lengthOf(sent, 3)
  })

  it("shows neither key nor ids of the user", () => {
    const text = JSON.stringify({
      seen: JSON.stringify({ userId: 123, auth_id: "a-b", apiKey: "x" }),
      key: "paper-key"
    })
    const shown = Probe.redact(text, own)
    for (const secret of ["123", "a-b", "paper-key"]) assert.notInclude(shown, secret)
    assert.doesNotThrow(() => JSON.parse(Probe.redact(JSON.stringify({ userId: 123, token: "t" }), own)))
  })

  it.effect("options", () =>
    Effect.gen(function*() {
      const parse = (...args: ReadonlyArray<string>) => CommandLine.parse(Options.definition, ...args)
      assert.deepStrictEqual(yield* parse(), { live: false, paper: false, json: undefined, minutes: 10 })
      const both = yield* parse("--live", "--paper", "--json", "a.json")
      assert.deepStrictEqual(both, { live: true, paper: true, json: "a.json", minutes: 10 })
      const missing = Options.target(both, {})
      assert.include(Either.isLeft(missing) ? missing.left : "", "set BFX_PAPER_API_KEY and BFX_PAPER_API_SECRET")
      const given = Options.target(both, { BFX_PAPER_API_KEY: "a", BFX_PAPER_API_SECRET: "b" })
      assert.deepStrictEqual(Either.getOrThrow(given).key, { key: "a", secret: "b" })
      assert.isTrue(Either.isLeft(Options.target({ ...both, live: false }, {})))
      assert.isUndefined(Either.getOrThrow(Options.target({ ...both, paper: false }, {})).key)
    }))
})
