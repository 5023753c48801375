import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BitfinexConfig from "../../../src/BitfinexConfig.ts"
import { InsufficientBalance, OutcomeUnknown, TransportError } from "../../../src/BitfinexError.ts"
import type { Barrier } from "../../../src/internal/trading/fences.ts"
import type { Answer, Unresolved } from "../../../src/internal/trading/inFlight.ts"
import * as Offers from "../../../src/internal/trading/plans/offers.ts"
import * as Orders from "../../../src/internal/trading/plans/orders.ts"
import { submission } from "../../../src/internal/trading/plans/submission.ts"
import type { Known } from "../../../src/internal/trading/rules/rule.ts"
import type { FundingOffer } from "../../../src/protocol/records/Funding.ts"
import type { Order } from "../../../src/protocol/records/Order.ts"
import type * as RestAuthClient from "../../../src/RestAuthClient.ts"
import { order } from "../../support/orders.ts"

const day = "2024-01-01"
const mts = Date.parse(day)

const offer = (fields: Partial<FundingOffer>): FundingOffer => ({
  id: 1,
  symbol: "fUSD",
  mtsCreated: mts,
  mtsUpdated: mts,
  amount: 50,
  amountOrig: 50,
  type: "LIMIT",
  flags: 0,
  status: "ACTIVE",
  rate: 0.001,
  period: 2,
  notify: 0,
  hidden: 0,
  renew: 0,
  rateReal: null,
  ...fields
})

const known = (seen: number, orders: ReadonlyArray<Order> = []): Known => ({
  orders: new Map(orders.map((row) => [row.id, row])),
  offers: new Map(),
  endedOffers: () => [],
  shown: () => 0,
  isShownAfter: (id) => !orders.some((row) => row.id === id),
  namesakes: () => new Set(),
  claimed: new Set(),
  seen: () => seen,
  venueTime: () => undefined
})

const needs = (rest: Partial<RestAuthClient.Service>) => ({
  rest: rest as RestAuthClient.Service,
  settings: BitfinexConfig.merge(BitfinexConfig.defaults, { account: { orderSettle: "1 second" } }),
  now: () => mts,
  steady: () => 0
})

const fenced: Barrier = { _tag: "Fenced", by: "pong", at: 0 }
const unfenced: Barrier = { _tag: "None", at: 0 }

const lost = (barrier: Barrier, late?: Answer<unknown>): Unresolved => ({
  unknown: new OutcomeUnknown({ operation: "test", cid: null, cidDate: null, mts: null, reason: "", error: null }),
  sent: mts,
  mark: { epoch: 1, barrier: () => barrier, awaitBarrier: Effect.succeed(barrier) },
  late: () => late,
  awaitLate: late === undefined ? Effect.never : Effect.succeed(late),
  onLate: () => undefined,
  forget: () => undefined
})

/** the result of a plan, however long it waits */
const end = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

describe("a cancellation of several orders whose answer was lost", () => {
  const rest = (open: ReadonlyArray<Order>, past: ReadonlyArray<Order> = []) =>
    needs({ activeOrders: () => Effect.succeed(open), ordersHistory: () => Effect.succeed(past) })

  it.effect("an earlier order is still open, although the socket never reported it", () =>
    Effect.gen(function*() {
      const plan = Orders.cancellations(rest([order({ id: 9 })]))({ all: true })(known(mts))
      assert.deepStrictEqual(yield* end(plan.resolve(lost(fenced))), {
        _tag: "OrdersOpen",
        isFinal: true,
        open: [order({ id: 9 })],
        ended: []
      })
      const open = yield* end(plan.resolve(lost(unfenced)))
      assert.isTrue(open._tag === "OrdersOpen" && !open.isFinal)
    }))

  it.effect("an order placed after it is not concerned", () =>
    Effect.gen(function*() {
      const plan = Orders.cancellations(rest([order({ id: 9, mtsCreate: mts + 1 })]))({ all: true })(known(mts))
      assert.deepStrictEqual(yield* end(plan.resolve(lost(fenced))), { _tag: "OrdersEnded", ended: [] })
    }))
})

describe("a change by cid and day whose answer was lost", () => {
  const look = (rows: { readonly open?: ReadonlyArray<Order>; readonly past?: ReadonlyArray<Order> }) => {
    const plan = Orders.update(needs({
      activeOrders: () => Effect.succeed(rows.open ?? []),
      ordersHistory: () => Effect.succeed(rows.past ?? [])
    }))({ cid: 7, cidDate: day, price: 200 })(known(mts))
    return (barrier: Barrier) => end(plan.resolve(lost(barrier)))
  }

  it.effect("the order of that day counts, not that of another day", () =>
    Effect.gen(function*() {
      const yesterday = order({ id: 1, mtsCreate: mts - 1, price: 200 })
      assert.deepStrictEqual(yield* look({ open: [yesterday, order({ id: 2, price: 100 })] })(fenced), {
        _tag: "NotUpdated",
        isFinal: true,
        order: order({ id: 2, price: 100 })
      })
      assert.strictEqual((yield* look({ open: [yesterday] })(fenced))._tag, "Unresolvable")
    }))

  it.effect("it may still arrive where nothing fences it", () =>
    Effect.gen(function*() {
      const outcome = yield* look({ open: [order({ price: 100 })] })(unfenced)
      assert.isTrue(outcome._tag === "NotUpdated" && !outcome.isFinal)
      // nothing changes an order that has ended
      const ended = yield* look({ past: [order({ price: 100, status: "CANCELED" })] })(unfenced)
      assert.isTrue(ended._tag === "NotUpdated" && ended.isFinal)
    }))
})

describe("a change or cancellation by cid and day under which several orders are shown", () => {
  const needed = (open: ReadonlyArray<Order>, past: ReadonlyArray<Order>) =>
    needs({
      activeOrders: ({ id } = {}) => Effect.succeed(open.filter((row) => id === undefined || id.includes(row.id))),
      ordersHistory: ({ id } = {}) => Effect.succeed(past.filter((row) => id === undefined || id.includes(row.id)))
    })
  const [one, two] = [order({ id: 1, price: 200 }), order({ id: 2, price: 100 })]

  it.effect("the change stays unknown, with all of them", () =>
    Effect.gen(function*() {
      const plan = Orders.update(needed([one], [two]))({ cid: 7, cidDate: day, price: 200 })(known(mts, [one, two]))
      const outcome = yield* end(plan.resolve(lost(fenced)))
      assert.deepStrictEqual(outcome._tag === "Unresolvable" && outcome.orders, [one, two])
      assert.isUndefined(yield* plan.probe!)
    }))

  it.effect("the cancellation has succeeded when none is open", () =>
    Effect.gen(function*() {
      const cancellation = (open: ReadonlyArray<Order>, past: ReadonlyArray<Order>) =>
        end(
          Orders.cancellation(needed(open, past))({ cid: 7, cidDate: day })(known(mts, [one, two])).resolve(
            lost(fenced)
          )
        )
      const open = yield* cancellation([two], [one])
      assert.deepStrictEqual(open._tag === "OrdersOpen" && open.open, [two])
      assert.strictEqual((yield* cancellation([], [one, two]))._tag, "OrdersEnded")
    }))
})

describe("an offer whose answer was lost", () => {
  const terms = { type: "LIMIT", symbol: "fUSD", amount: "50", rate: "0.001", period: 2 }
  const look = (seen: number, offers: ReadonlyArray<FundingOffer>) =>
    end(
      Offers.offer(needs({
        fundingOffers: () => Effect.succeed(offers),
        fundingOffersHistory: () => Effect.succeed([])
      }))(terms)(known(seen)).resolve(lost(fenced))
    )

  it.effect("an equal one that was made before is another one", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* look(mts, [offer({})]))._tag, "OfferPlaced")
      assert.strictEqual((yield* look(mts + 1, [offer({})]))._tag, "Unresolvable")
    }))

  it.effect("one of another type is another one; noise in its rate does not matter", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* look(mts, [offer({ type: "FRRDELTAVAR" })]))._tag, "Unresolvable")
      assert.strictEqual((yield* look(mts, [offer({ rate: 0.0010000000000000002 })]))._tag, "OfferPlaced")
    }))

  it.effect("two that fit prove nothing", () =>
    Effect.gen(function*() {
      const outcome = yield* look(mts, [offer({}), offer({ id: 2 })])
      assert.isTrue(outcome._tag === "Unresolvable" && outcome.offers.length === 2)
    }))

  it.effect("is reported as never made only after a late refusal that names its terms", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* look(mts, []))._tag, "Unresolvable")
      const refused: Answer<unknown> = {
        _tag: "Refused",
        error: new InsufficientBalance({ operation: "test", code: 10001, text: "not enough balance" })
      }
      const plan = Offers.offer(needs({
        fundingOffers: () => Effect.succeed([]),
        fundingOffersHistory: () => Effect.succeed([])
      }))(terms)(known(mts))
      assert.deepStrictEqual(yield* end(plan.resolve(lost(unfenced, refused))), { _tag: "OfferNeverPlaced" })
    }))
})

describe("absence", () => {
  it.effect("is proven by a reading `orderSettle` after the fence, and another one `orderSettle` after that", () =>
    Effect.gen(function*() {
      const at: Array<number> = []
      const barrier = yield* Deferred.make<Barrier>()
      const rest = needs({
        activeOrders: () =>
          Effect.clockWith((clock) =>
            Effect.sync(() => {
              at.push(clock.unsafeCurrentTimeMillis())
              return [order({ id: 9 })]
            })
          )
      })
      const plan = Orders.cancellation(rest)({ id: 9 })(known(mts))
      const fiber = yield* Effect.fork(plan.resolve({
        ...lost(fenced),
        mark: { epoch: 1, barrier: () => undefined, awaitBarrier: Deferred.await(barrier) }
      }))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(at, [0])
      yield* Deferred.succeed(barrier, { _tag: "Fenced", by: "pong", at: 0 } as const)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(at.slice(0, 3), [0, 6000, 7000])
    }))

  const settings = BitfinexConfig.merge(BitfinexConfig.defaults, { account: { orderSettle: "5 seconds" } })
  const submitted = { cid: 7, symbol: "tBTCUSD", amount: "0.5", type: "EXCHANGE LIMIT", price: "100" }
  const now = Effect.clockWith((clock) => Effect.sync(() => clock.unsafeCurrentTimeMillis()))

  /** a venue that lists open and past orders by the time of the query, in ms after the fence; it fails while it is down */
  const venue = (
    lists: (at: number) => { readonly open?: boolean; readonly past?: boolean; readonly down?: boolean }
  ) => {
    const row = order({ id: 1, cid: 7, amount: 0.5, amountOrig: 0.5 })
    const down = new TransportError({
      operation: "test",
      stage: "receive",
      outcome: "unknown",
      reason: "503",
      status: 503,
      isRetryable: true
    })
    const answer = (pick: "open" | "past") =>
      Effect.flatMap(now, (at) => {
        const shown = lists(at)
        if (shown.down === true) return Effect.fail(down)
        const ended = { ...row, status: "EXECUTED @ 100.0(0.5)", amount: 0 }
        return Effect.succeed(shown[pick] === true ? [pick === "open" ? row : ended] : [])
      })
    return {
      ...needs({
        activeOrdersBySymbol: () => answer("open"),
        ordersHistoryBySymbolStream: () => Stream.fromIterableEffect(answer("past"))
      })
    }
  }
  const resolve = (lists: Parameters<typeof venue>[0]) =>
    Effect.gen(function*() {
      const clock = yield* Effect.clock
      const steady = () => clock.unsafeCurrentTimeMillis()
      const plan = submission({ ...venue(lists), steady, settings })(submitted)(known(mts))
      const fiber = yield* Effect.fork(
        Effect.retry(plan.resolve(lost(fenced)), {
          while: (error) => error.isRetryable,
          schedule: Schedule.spaced("100 millis")
        })
      )
      yield* TestClock.adjust("1 minute")
      return (yield* Fiber.join(fiber))._tag
    })

  it.effect("an order that is open late, and past late, is not taken for one that was never placed", () =>
    Effect.gen(function*() {
      // it would be listed as open from 5 s on, ends before that, and is listed as past almost 5 s later
      for (const ended of [0, 2500, 4990]) {
        assert.strictEqual(yield* resolve((at) => ({ past: at >= ended + 4990 })), "Filled", `ended at ${ended}`)
        yield* TestClock.setTime(0)
      }
    }))

  it.effect("a reading that failed counts for nothing", () =>
    Effect.gen(function*() {
      // the first reading that succeeds begins at 9 s, the second may not begin before 14 s
      assert.strictEqual(yield* resolve((at) => ({ down: at < 8950, past: at >= 13_900 })), "Filled")
      yield* TestClock.setTime(0)
      // the second reading fails for a while
      assert.strictEqual(yield* resolve((at) => ({ down: at >= 9000 && at < 12_000 })), "NeverPlaced")
    }))

  describe("after a row of the venue with a time that lies ahead, past orders are read all the same", () => {
    const filled = order({ id: 1, cid: 7, amount: 0, amountOrig: 0.5, status: "EXECUTED @ 100.0(0.5)", mtsCreate: mts })
    const found = (seen: number, clock: number) =>
      Effect.gen(function*() {
        const clockOfTest = yield* Effect.clock
        const rest = {
          activeOrdersBySymbol: () => Effect.succeed([]),
          ordersHistoryBySymbolStream: ({ start = 0 }: { readonly start?: number }) =>
            Stream.fromIterable(filled.mtsCreate >= start ? [filled] : [])
        } as unknown as Partial<RestAuthClient.Service> // the cast: only these, with this argument
        const plan = submission({
          ...needs(rest),
          now: () => clock,
          steady: () => clockOfTest.unsafeCurrentTimeMillis()
        })(submitted)({ ...known(seen), venueTime: () => mts })
        return (yield* end(plan.resolve(lost(fenced))))._tag
      })
    for (const ahead of [0, 7_200_000, 31_536_000_000, 9e15, 1e300]) {
      it.effect(`${ahead} ms`, () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* found(mts + ahead, mts), "Filled")
          // the clock of this machine is wrong, and no row is
          assert.strictEqual(yield* found(mts, mts + Math.min(ahead, 9e15)), "Filled")
          assert.strictEqual(yield* found(mts, Math.max(0, mts - ahead)), "Filled")
        }))
    }
  })

  describe("under a cid of the user's, with the clock of this machine a day off", () => {
    const day = 86_400_000
    const outcomeOf = (clock: number, venueTimes: ReadonlyArray<number | undefined>, mtsCreate = mts + 50) => {
      const [first, later] = venueTimes
      let isLost = false
      const row = order({ id: 1, cid: 7, amount: 0.5, amountOrig: 0.5, mtsCreate, mtsUpdate: mtsCreate })
      const rest = {
        activeOrdersBySymbol: () => Effect.succeed([row]),
        ordersHistoryBySymbolStream: () => Stream.empty
      }
      const plan = submission({ ...needs(rest), now: () => clock })(submitted)({
        ...known(0),
        venueTime: () => isLost ? later : first
      })
      isLost = true
      return Effect.map(end(plan.resolve(lost(fenced))), ({ _tag }) => _tag)
    }

    it.effect("the venue's messages show that the order is of the time of the submission", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* outcomeOf(mts + day, [mts, mts]), "Placed")
        assert.strictEqual(yield* outcomeOf(mts - day, [mts, mts]), "Placed")
        // the first message arrived after the submission
        assert.strictEqual(yield* outcomeOf(mts + day, [undefined, mts]), "Placed")
      }))

    it.effect("or that it is an older one; without any message nothing proves it", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* outcomeOf(mts - day, [mts, mts], mts - day), "Unresolvable")
        assert.strictEqual(yield* outcomeOf(mts + day, [undefined, undefined]), "Unresolvable")
      }))
  })

  it.effect("an order without a cid that may be the one is named, and leaves the outcome unknown", () =>
    Effect.gen(function*() {
      const clock = yield* Effect.clock
      const outcomeOf = (row: Order) => {
        const plan = submission({
          ...needs({
            activeOrdersBySymbol: () => Effect.succeed([row]),
            ordersHistoryBySymbolStream: () => Stream.empty
          }),
          steady: () => clock.unsafeCurrentTimeMillis()
        })({ ...submitted, gid: 31 })(known(mts))
        return end(plan.resolve(lost(fenced)))
      }
      const nameless = order({ id: 5, gid: 31, cid: null })
      const outcome = yield* outcomeOf(nameless)
      assert.deepStrictEqual(outcome._tag === "Unresolvable" && outcome.orders, [nameless])
      // of another group, or on the other side, it is another one
      assert.strictEqual((yield* outcomeOf({ ...nameless, gid: 32 }))._tag, "NeverPlaced")
      assert.strictEqual((yield* outcomeOf({ ...nameless, amountOrig: -1 }))._tag, "NeverPlaced")
    }))

  describe("after a late acceptance", () => {
    const acceptedLate: Answer<unknown> = {
      _tag: "Accepted",
      record: order({ id: 5, cid: 7 }),
      by: "os",
      text: null,
      mts: null
    }
    const outcomeOf = (reading: Effect.Effect<ReadonlyArray<Order>>, socket: Known) =>
      Effect.gen(function*() {
        const clock = yield* Effect.clock
        const plan = submission({
          ...needs({ activeOrdersBySymbol: () => reading, ordersHistoryBySymbolStream: () => Stream.empty }),
          steady: () => clock.unsafeCurrentTimeMillis()
        })(submitted)(socket)
        return yield* end(plan.resolve(lost(fenced, acceptedLate)))
      })
    const mine = order({ id: 5, cid: 7, amount: 0.5, amountOrig: 0.5 })

    it.effect("a reading that takes longer than the venue may take is not taken for one that shows nothing", () =>
      Effect.gen(function*() {
        const slow = Effect.delay(Effect.succeed([mine]), "10 seconds")
        assert.strictEqual((yield* outcomeOf(slow, known(mts)))._tag, "Placed")
      }))

    it.effect("an order that the socket shows, and REST never, is placed", () =>
      Effect.gen(function*() {
        const none = Effect.succeed([])
        const socket = { ...known(mts), orders: new Map<number, Order>() }
        assert.strictEqual((yield* outcomeOf(none, socket))._tag, "Unresolvable")
        socket.orders.set(5, mine)
        assert.deepStrictEqual(
          yield* outcomeOf(none, socket),
          { _tag: "Placed", cid: 7, cidDate: day, id: mine.id, order: mine, orders: [mine] }
        )
      }))
  })

  it.effect("an order under a cid of the user's that the socket shows with another symbol leaves the outcome unknown", () =>
    Effect.gen(function*() {
      const clock = yield* Effect.clock
      const ids = new Set([3])
      const plan = submission({
        ...needs({
          activeOrdersBySymbol: () => Effect.succeed([]),
          ordersHistoryBySymbolStream: () => Stream.empty
        }),
        steady: () => clock.unsafeCurrentTimeMillis()
      })(submitted)({ ...known(mts), namesakes: () => ids })
      assert.strictEqual((yield* end(plan.resolve(lost(fenced))))._tag, "NeverPlaced")
      ids.add(5)
      const outcome = yield* end(plan.resolve(lost(fenced)))
      assert.include(outcome._tag === "Unresolvable" ? outcome.reason : "", "may be it: 5")
    }))

  it.effect("the watch after it takes an order under a cid of the user's only if it is of the time of the submission", () =>
    Effect.gen(function*() {
      const found = (mtsCreate: number) => {
        const plan = submission(needs({
          activeOrdersBySymbol: () => Effect.succeed([order({ id: 5, mtsCreate })]),
          ordersHistoryBySymbolStream: () => Stream.empty
        }))(submitted)(known(mts))
        return plan.watch!.read
      }
      assert.strictEqual((yield* found(mts + 1000))?._tag, "Placed")
      // another program may have used the cid since
      const later = yield* found(mts + 1_800_000)
      assert.deepStrictEqual(later?._tag === "Unresolvable" && later.orders.map(({ id }) => id), [5])
    }))
})
