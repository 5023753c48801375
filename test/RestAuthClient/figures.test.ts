import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Auth from "../../src/Auth.ts"
import * as BitfinexConfig from "../../src/BitfinexConfig.ts"
import * as BitfinexError from "../../src/BitfinexError.ts"
import * as Credentials from "../../src/Credentials.ts"
import * as Nonce from "../../src/Nonce.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import * as RestAuthClient from "../../src/RestAuthClient.ts"
import * as Venue from "../support/strictVenue.ts"
import * as VirtualTime from "../support/virtualTime.ts"

const start = Date.UTC(2026, 5, 1, 12)

/** runs a program against a venue, in virtual time */
const against = <A, E>(
  { client }: ReturnType<typeof Venue.make>,
  time: VirtualTime.VirtualTime,
  settings: BitfinexConfig.Overrides,
  program: (rest: RestAuthClient.Service) => Effect.Effect<A, E>
) =>
  RestAuthClient.RestAuthClient.pipe(
    Effect.flatMap(program),
    Effect.provide(Layer.provide(RestAuthClient.layer(), RateLimiter.layerProcess)),
    Effect.provide(
      Auth.layer().pipe(
        Layer.provide([
          Credentials.layer({ apiKey: Redacted.make(Venue.key), apiSecret: Redacted.make(Venue.secret) }),
          Nonce.layerMemory
        ])
      )
    ),
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.provide(BitfinexConfig.layer({ rest: { limitWait: Duration.infinity } }, settings)),
    Effect.withClock(time.clock)
  )

const together = <A, E, R>(count: number, call: (place: number) => Effect.Effect<A, E, R>) =>
  Effect.forEach(Array.from({ length: count }, (_, place) => place), (place) => Effect.either(call(place)), {
    concurrency: "unbounded"
  })

const jitter = (seed: number): (path: string) => Venue.Fate => {
  const random = VirtualTime.random(seed)
  return () => ({ there: random() * 300, back: random() * 300 })
}

describe("RestAuthClient, figures", () => {
  it.effect(
    "1,000 calls at once, jitter of 0 to 300 ms, a clock that steps back five minutes: no nonce is refused",
    () =>
      Effect.gen(function*() {
        for (const seed of [1]) {
          const time = VirtualTime.make(start)
          const venue = Venue.make(jitter(seed))
          const results = yield* against(venue, time, {}, (rest) =>
            Effect.gen(function*() {
              const calls: ReadonlyArray<() => Effect.Effect<unknown, BitfinexError.RestError>> = [
                rest.wallets,
                rest.positions,
                rest.activeOrders,
                rest.fundingOffers
              ]
              const all = yield* Effect.fork(together(1000, (place) => calls[place % 4]!()))
              for (const after of [30, 60, 90]) {
                yield* Effect.sleep(Duration.seconds(after))
                time.step(-300_000)
              }
              return yield* Fiber.join(all)
            }))
          assert.lengthOf(venue.arrivals, 1000)
          assert.isTrue(venue.arrivals.every(({ accepted }) => accepted))
          const tags = results.map(Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "ok" }))
          assert.notInclude(tags, "NonceTooSmall")
          for (const path of new Set(venue.arrivals.map(({ path }) => path))) {
            const times = venue.arrivals.filter((each) => each.path === path).map(({ at }) => at)
            assert.isAtMost(Venue.worstWindow(times, 60_000), 90)
          }
        }
      }),
    60_000
  )

  it.effect(
    "with several under way, what is overtaken is sent once more, and nothing is executed twice",
    () =>
      Effect.gen(function*() {
        const time = VirtualTime.make(start)
        const venue = Venue.make(jitter(3))
        const order = { type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: 1, price: 100 } as const
        const results = yield* against(venue, time, { rest: { signedConcurrency: 3 } }, (rest) =>
          together(300, () =>
            rest.submitOrder(order)))
        const refused = venue.arrivals.filter(({ accepted }) =>
          !accepted
        ).length
        assert.isAbove(refused, 0)
        const accepted = results.filter(Either.isRight).length
        assert.strictEqual(venue.orders.length, accepted)
        for (const result of results) {
          if (Either.isLeft(result)) assert.strictEqual(result.left._tag, "NonceTooSmall")
        }
      }),
    60_000
  )

  it.effect(
    "a greedy caller: never more than the limit in any 60 seconds, and the queue delays no other endpoint",
    () =>
      Effect.gen(function*() {
        const time = VirtualTime.make(start)
        const venue = Venue.make(jitter(4))
        yield* against(venue, time, {}, (rest) =>
          Effect.gen(function*() {
            const greedy = yield* Effect.fork(
              Effect.all([together(700, () => rest.wallets()), together(500, () => rest.positions())], {
                concurrency: "unbounded"
              })
            )
            yield* Effect.sleep("5 minutes")
            const before = time.passed()
            yield* rest.activeOrders()
            // behind those of the 90 that are in the queue
            assert.isBelow(time.passed() - before, 120_000)
            yield* Fiber.join(greedy)
          }))
        for (const path of ["/v2/auth/r/wallets", "/v2/auth/r/positions"]) {
          const times = venue.arrivals.filter((each) => each.path === path).map(({ at }) => at)
          assert.isAbove(times.length, 400)
          assert.isAtMost(Venue.worstWindow(times, 60_000), 90)
        }
      }),
    60_000
  )

  it.effect(
    "1,000 submissions through drops, 500s, timeouts and lost replies: one order each at most, none unresolved",
    () =>
      Effect.gen(function*() {
        const faults = [
          "refused",
          "dropped",
          "lost",
          "html",
          "htmlAfter",
          "cut",
          "garbled",
          "unknownError",
          "busy",
          "slow"
        ] as const
        const random = VirtualTime.random(5)
        const seen = new Set<string>()
        const fate = (path: string): Venue.Fate => {
          const [there, back] = [random() * 300, random() * 300]
          const dice = random()
          if (path.endsWith("submit")) {
            // beyond the timeout, on the way there or on the way back
            if (dice < 0.03) return { there: 20_000 * random() + 5000, back }
            if (dice < 0.06) return { there, back: 20_000 }
            if (dice > 0.5) return { there, back }
            const fault = faults[Math.floor(random() * faults.length)]!
            seen.add(fault)
            return { there, back, fault, engine: random() * 2500 }
          }
          return dice < 0.1 ? { there, back, fault: dice < 0.05 ? "html" : "lost" } : { there, back }
        }
        const time = VirtualTime.make(start)
        const venue = Venue.make(fate)
        const intents = Array.from({ length: 1000 }, (_, place) => ({
          type: "EXCHANGE LIMIT" as const,
          symbol: "tBTCUSD" as const,
          amount: random() < 0.1 ? 9 : 1 + (place % 4),
          price: 100,
          cid: 1_790_000_000_000 + place
        }))
        const results = yield* against(
          venue,
          time,
          { rest: { timeout: "6 seconds" }, account: { orderSettle: "3 seconds" } },
          (rest) => together(1000, (place) => rest.submitOrderResolved(intents[place]!, { within: "2 hours" }))
        )

        assert.strictEqual(seen.size, faults.length)
        const placed = new Map<number, number>()
        for (const { cid } of venue.orders) placed.set(cid, (placed.get(cid) ?? 0) + 1)
        assert.isTrue([...placed.values()].every((count) => count === 1))
        assert.lengthOf(results, 1000)
        const outcomes: { [tag: string]: number } = {}
        for (const [place, result] of results.entries()) {
          const { amount, cid } = intents[place]!
          const there = placed.has(cid)
          if (Either.isLeft(result)) {
            // every failure says for certain that there is no order
            assert.notStrictEqual(BitfinexError.outcomeOf(result.left), "unknown")
            assert.isFalse(there)
            outcomes[result.left._tag] = (outcomes[result.left._tag] ?? 0) + 1
            continue
          }
          const { _tag } = result.right
          outcomes[_tag] = (outcomes[_tag] ?? 0) + 1
          const expected = ["Placed", "Filled", "PartiallyFilled", "Cancelled"][amount - 1]!
          assert.strictEqual(
            _tag,
            !there ? "NeverPlaced" : _tag === "Accepted" ? "Accepted" : expected,
            `order ${place}`
          )
        }
        for (const tag of ["Accepted", "Placed", "Filled", "PartiallyFilled", "Cancelled", "NeverPlaced"]) {
          assert.isAbove(outcomes[tag] ?? 0, 5, tag)
        }
        assert.hasAnyKeys(outcomes, ["InsufficientBalance"])
      }),
    120_000
  )
})
