import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Auth from "../../src/Auth.ts"
import type { OrderUnknown, PageOverflow, RestError } from "../../src/BitfinexError.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import type { OrderOutcome } from "../../src/OrderOutcome.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"
import * as Fault from "../../src/testing/Fault.ts"
import * as SteppedClock from "../support/steppedClock.ts"

// The exchange keeps the time of the TestClock; the clock of the machine is set as somebody likes.

const hour = 3_600_000
const day = 24 * hour
const noon = Date.UTC(2026, 5, 10, 12)

const key = { apiKey: Redacted.make("demo-key"), apiSecret: Redacted.make("demo-secret") }
const Signing = Auth.layer().pipe(Layer.provide([Credentials.layer(key), Nonce.layerMemory]))
const Client = RestAuthClient.layer().pipe(Layer.provide(RateLimiter.layerMemory))

const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.001", price: 1000 } as const

const aMachine = (ahead: number) =>
  Effect.gen(function*() {
    const { clock, set } = yield* SteppedClock.make(ahead)
    // nonces outlive a process here: one whose clock was set back would be refused with NonceTooSmall
    const signing = yield* Effect.withClock(Layer.build(Signing), clock)
    /** a process of its own, which remembers nothing else */
    const start = Layer.build(Layer.fresh(Client)).pipe(
      Effect.map(Context.get(RestAuthClient.RestAuthClient)),
      Effect.provide(signing),
      Effect.withClock(clock)
    )
    /** to the end, however long it waits */
    const run = <A, E>(effect: Effect.Effect<A, E>) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(Effect.withClock(effect, clock))
        yield* TestClock.adjust("40 seconds")
        return yield* Fiber.join(fiber)
      })
    return { set, start, run }
  })

const inMemory = <A, E>(
  program: Effect.Effect<A, E, FakeExchange.FakeExchange | HttpClient.HttpClient | Scope.Scope>,
  accounts: FakeExchange.Options["accounts"] = undefined
) =>
  Effect.zipRight(
    TestClock.setTime(noon),
    Effect.provide(
      program,
      FakeExchange.layerMemory({
        start: noon,
        symbols: ["tBTCUSD"],
        history: 10_000,
        // a market that stands still
        step: 30 * day,
        tick: hour,
        ...(accounts === undefined ? {} : { accounts })
      })
    )
  )

const spoil = (reply: Fault.HttpReply) =>
  Effect.flatMap(
    FakeExchange.FakeExchange,
    (exchange) => exchange.inject(Fault.HttpFault.make({ match: "order/submit", reply }))
  )

const view = Effect.flatMap(FakeExchange.FakeExchange, (exchange) => exchange.account("demo-key"))

type Run = Effect.Effect.Success<ReturnType<typeof aMachine>>["run"]

/** the outcome of an order whose answer is lost, and the caller's query for it */
const lose = (rest: RestAuthClient.Service, run: Run, fate: typeof fates[number], cid?: number) =>
  Effect.gen(function*() {
    yield* spoil({ _tag: fate === "NeverPlaced" ? "reset" : "loseReply" })
    const error = yield* run(Effect.flip(rest.submitOrder(cid === undefined ? order : { ...order, cid })))
    if (error._tag !== "OutcomeUnknown") return assert.fail(error.message)
    const account = yield* view
    const placed = account.orders().find((each) => each.cid === error.cid)
    assert.strictEqual(placed !== undefined, fate !== "NeverPlaced")
    if (fate === "Filled") yield* account.fill(placed!.id)
    if (fate === "Cancelled") yield* account.cancel(placed!.id)
    return { cid: error.cid, cidDate: error.cidDate }
  })

const fates = ["NeverPlaced", "Placed", "Filled", "Cancelled"] as const

const said = (answer: Effect.Effect<OrderOutcome, RestError | PageOverflow | OrderUnknown>) =>
  Effect.map(Effect.merge(answer), ({ _tag }) => _tag)

const clocks: ReadonlyArray<readonly [name: string, ahead: number]> = [
  ["26 hours behind", -26 * hour],
  ["a day behind", -day],
  ["2 hours behind", -2 * hour],
  ["3 minutes behind", -180_000],
  ["right", 0],
  ["3 minutes ahead", 180_000],
  ["2 hours ahead", 2 * hour],
  ["a day ahead", day],
  ["26 hours ahead", 26 * hour],
  ["a month ahead", 30 * day],
  ["56 years behind", -56 * 365 * day]
]

describe("RestAuthClient.resolveOrder, by a clock that is not the venue's", () => {
  for (const [name, ahead] of clocks) {
    it.scoped(`${name}: the client that lost an order finds it, or knows that it was never placed`, () =>
      inMemory(Effect.gen(function*() {
        const { run, set, start } = yield* aMachine(ahead)
        const rest = yield* start
        // whatever was requested before: the venue's time arrives with the answer
        yield* run(rest.wallets())
        for (const [place, fate] of fates.entries()) {
          for (const cid of [undefined, 7 + place]) {
            set(ahead)
            const query = yield* lose(rest, run, fate, cid)
            assert.strictEqual(yield* said(run(rest.resolveOrder(query))), fate, `cid ${query.cid}`)
            // somebody notices the clock meanwhile
            set(0)
            assert.strictEqual(yield* said(run(rest.resolveOrder(query))), fate, `cid ${query.cid}, clock set right`)
            set(ahead + 26 * hour)
            assert.strictEqual(yield* said(run(rest.resolveOrder(query))), fate, `cid ${query.cid}, clock set forward`)
          }
        }
      })))

    it.scoped(`${name}: another process never reports an order as never placed`, () =>
      inMemory(Effect.gen(function*() {
        const { run, set, start } = yield* aMachine(ahead)
        const first = yield* start
        for (const [place, fate] of fates.entries()) {
          for (const cid of [undefined, 7 + place]) {
            set(ahead)
            const query = yield* lose(first, run, fate, cid)
            for (const now of [ahead, 0]) {
              set(now)
              const answer = yield* said(run((yield* start).resolveOrder(query)))
              const isSure = Math.abs(ahead) <= 180_000 || (cid === undefined && fate !== "NeverPlaced")
              const shown = fate === "NeverPlaced" ? "NotSeen" : fate
              if (isSure) assert.strictEqual(answer, shown)
              else assert.include(["OutcomeUnknown", "InvalidInput", shown], answer)
            }
          }
        }
      })))
  }

  /** an order of the day before had the `cid` too */
  const daily = (ahead: number) =>
    Effect.gen(function*() {
      const machine = yield* aMachine(ahead)
      const rest = yield* machine.start
      const { notifyInfo } = yield* machine.run(rest.submitOrder({ ...order, cid: 7 }))
      yield* machine.run(rest.cancelOrder({ id: notifyInfo[0]!.id }))
      yield* TestClock.adjust(day - 300_000)
      yield* machine.run(rest.wallets())
      yield* TestClock.adjust(300_000)
      return { ...machine, rest }
    })

  for (const [name, ahead] of clocks.filter(([name]) => !name.includes("hours"))) {
    it.scoped(`${name}: a cid that is used each day is resolved by the client that lost it`, () =>
      inMemory(Effect.gen(function*() {
        const { rest, run, set } = yield* daily(ahead)
        for (const fate of ["NeverPlaced", "Filled"] as const) {
          set(ahead)
          const query = yield* lose(rest, run, fate, 7)
          assert.strictEqual(yield* said(run(rest.resolveOrder(query))), fate)
          set(ahead - day)
          assert.strictEqual(yield* said(run(rest.resolveOrder(query))), fate, "clock set back")
        }
      })))
  }

  it.scoped("another process does not guess which day's order has the cid, unless `since` is given", () =>
    inMemory(Effect.gen(function*() {
      const { rest, run, start } = yield* daily(0)
      const query = yield* lose(rest, run, "NeverPlaced", 7)
      const other = yield* start
      const error = yield* run(Effect.flip(other.resolveOrder(query)))
      assert.include(error.message, "but its day is 2026-06-10")
      assert.include(error.message, "since")
      assert.strictEqual(
        yield* said(run(other.resolveOrder({ ...query, since: Date.UTC(2026, 5, 11) }))),
        "NotSeen"
      )
      // an order of that day is found with it, and without
      yield* lose(rest, run, "Placed", 7)
      assert.strictEqual(yield* said(run((yield* start).resolveOrder(query))), "Placed")
      const since = noon + day - 300_000
      assert.strictEqual(yield* said(run((yield* start).resolveOrder({ ...query, since }))), "Placed")
    })))

  for (const minutes of [-20, -6, 6, 20]) {
    it.scoped(`a Date that is wrong by ${minutes} minutes hides no order that is open`, () =>
      inMemory(Effect.gen(function*() {
        const { run, start } = yield* aMachine(0)
        const rest = yield* start
        const exchange = yield* FakeExchange.FakeExchange
        yield* exchange.inject(Fault.WrongDate.make({ millis: minutes * 60_000 }))
        yield* run(rest.wallets())
        for (const cid of [undefined, 7]) {
          const query = yield* lose(rest, run, "Placed", cid)
          assert.include(["Placed", "OutcomeUnknown"], yield* said(run(rest.resolveOrder(query))))
          yield* exchange.inject(Fault.WrongDate.make({ millis: 0 }))
          yield* run(rest.wallets())
          assert.include(["Placed", "OutcomeUnknown"], yield* said(run(rest.resolveOrder(query))))
          yield* exchange.inject(Fault.WrongDate.make({ millis: minutes * 60_000 }))
        }
      })))
  }

  it.scoped("an answered write shows the venue's time, so that an order under a cid of the user's is found", () =>
    inMemory(Effect.gen(function*() {
      const { run, start } = yield* aMachine(0)
      const rest = yield* start
      const exchange = yield* FakeExchange.FakeExchange
      yield* exchange.inject(Fault.WrongDate.make({ millis: 1_200_000 }))
      yield* run(rest.wallets())
      const query = yield* lose(rest, run, "Placed", 7)
      assert.strictEqual(yield* said(run(rest.resolveOrder(query))), "OutcomeUnknown")
      yield* run(rest.submitOrder(order))
      assert.strictEqual(yield* said(run(rest.resolveOrder(query))), "Placed")
      // and one that is lost from now on
      assert.strictEqual(yield* said(run(rest.resolveOrder(yield* lose(rest, run, "Placed", 8)))), "Placed")
    })))

  it.scoped("an order of the day before is not taken for the one that was lost", () =>
    inMemory(Effect.gen(function*() {
      const { rest, run, set, start } = yield* daily(0)
      // its day is now that of the other order
      set(-day)
      const query = yield* lose(rest, run, "NeverPlaced", 7)
      assert.strictEqual(query.cidDate, "2026-06-10")
      assert.strictEqual(yield* said(run(rest.resolveOrder(query))), "NeverPlaced")
      assert.strictEqual(yield* said(run((yield* start).resolveOrder(query))), "OutcomeUnknown")
    })))

  it.scoped("a caller that interrupted a submission can look it up too", () =>
    inMemory(Effect.gen(function*() {
      const { run, start } = yield* aMachine(26 * hour)
      const rest = yield* start
      yield* run(rest.wallets())
      yield* spoil({ _tag: "delay", millis: 12_000 })
      yield* run(Effect.timeoutOption(rest.submitOrder({ ...order, cid: 7 }), "2 seconds"))
      const query = { cid: 7, cidDate: "2026-06-11", symbol: "tBTCUSD" } as const
      assert.strictEqual(yield* said(run(rest.resolveOrder(query))), "Placed")
    })))

  it.scoped("a machine that slept longer than past orders are shown does not rely on its earlier submissions", () =>
    inMemory(Effect.gen(function*() {
      const { run, set, start } = yield* aMachine(0)
      const rest = yield* start
      const query = yield* lose(rest, run, "NeverPlaced", 7)
      // its steady clock stood still, the other one did not
      set(15 * day)
      assert.strictEqual(yield* said(run(rest.resolveOrder(query))), "OutcomeUnknown")
    })))
})

describe("RestAuthClient.resolveOrder, by the credentials that signed", () => {
  const other = { apiKey: Redacted.make("other-key"), apiSecret: Redacted.make("other-secret") }

  /** an order whose submission broke on its way, looked for after the credentials were replaced by `next` */
  const after = (next: Credentials.Options) =>
    Effect.gen(function*() {
      const used = yield* Ref.make<Credentials.Options>(key)
      const client = yield* Layer.build(
        Client.pipe(
          Layer.provide(
            Auth.layer().pipe(
              Layer.provide([Credentials.layerEffect(Ref.get(used)), Nonce.layerMemory])
            )
          )
        )
      )
      const rest = Context.get(client, RestAuthClient.RestAuthClient)
      const run = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(effect)
          yield* TestClock.adjust("40 seconds")
          return yield* Fiber.join(fiber)
        })
      const query = yield* lose(rest, run, "NeverPlaced")
      yield* Ref.set(used, next)
      return yield* said(run(rest.resolveOrder(query)))
    })
  const accounts = [
    { key: key.apiKey, secret: key.apiSecret },
    { key: other.apiKey, secret: other.apiSecret }
  ].map(({ key, secret }) => ({ key: Redacted.value(key), secret: Redacted.value(secret) }))

  it.scoped("a later nonce of the same key is a fence, one of another key is not", () =>
    inMemory(
      Effect.gen(function*() {
        assert.strictEqual(yield* after(key), "NeverPlaced")
        assert.strictEqual(yield* after(other), "NotSeen")
      }),
      accounts
    ))
})
