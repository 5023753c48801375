import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as AccountConnection from "../src/AccountConnection.ts"
import * as AccountEvents from "../src/AccountEvents.ts"
import * as AccountState from "../src/AccountState.ts"
import * as Auth from "../src/Auth.ts"
import * as Bitfinex from "../src/Bitfinex.ts"
import { hasRows } from "../src/ChannelEvent.ts"
import * as Credentials from "../src/Credentials.ts"
import * as NodeSocket from "../src/NodeSocket.ts"
import * as Nonce from "../src/Nonce.ts"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as RestAuthClient from "../src/RestAuthClient.ts"
import * as FakeExchange from "../src/testing/FakeExchange.ts"
import * as Trading from "../src/Trading.ts"

// Several accounts in one program, over real HTTP and sockets, as a program that trades for several users has them.

const names = ["alice", "bob", "carol"] as const
type Name = typeof names[number]

const money: { readonly [N in Name]: number } = { alice: 10_000, bob: 20_000, carol: 30_000 }
const prices: { readonly [N in Name]: number } = { alice: 1_000, bob: 2_000, carol: 3_000 }

const credentials = (name: Name): Credentials.Options => ({
  apiKey: Redacted.make(`${name}-key`),
  apiSecret: Redacted.make(`${name}-secret`)
})

/** A part of a user's program that works for one account. */
interface Desk {
  readonly restBalance: Effect.Effect<number, unknown>
  readonly stateBalance: Effect.Effect<number, unknown>
  readonly buy: (price: number) => Effect.Effect<number, unknown>
  /** ids of the orders on the stream of events */
  readonly seen: ReadonlyArray<number>
}

class Alice extends Context.Tag("test/Alice")<Alice, Desk>() {}
class Bob extends Context.Tag("test/Bob")<Bob, Desk>() {}
class Carol extends Context.Tag("test/Carol")<Carol, Desk>() {}

const makeDesk = Effect.gen(function*() {
  const rest = yield* RestAuthClient.RestAuthClient
  const state = yield* AccountState.AccountState
  const trading = yield* Trading.Trading
  const events = yield* AccountEvents.AccountEvents
  const seen: Array<number> = []
  yield* events.orders().pipe(
    Stream.runForEach((event) =>
      Effect.sync(() => {
        if (hasRows(event)) seen.push(...event.rows.map(({ id }) => id))
      })
    ),
    Effect.forkScoped
  )
  const ofUsd = (wallets: Iterable<{ readonly currency: string; readonly balance: number }>): number =>
    Array.from(wallets).find(({ currency }) => currency === "USD")?.balance ?? 0
  const desk: Desk = {
    restBalance: Effect.map(rest.wallets(), ofUsd),
    stateBalance: Effect.map(state.wallets.synced, ({ rows }) => ofUsd(rows.values())),
    buy: (price) =>
      Effect.map(
        trading.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price }),
        ({ id }) => id
      ),
    seen
  }
  return desk
})

const desks = {
  alice: Layer.scoped(Alice, makeDesk),
  bob: Layer.scoped(Bob, makeDesk),
  carol: Layer.scoped(Carol, makeDesk)
}

const server = FakeExchange.layerServer({
  history: 60_000,
  symbols: ["tBTCUSD"],
  accounts: names.map((name) => ({
    key: `${name}-key`,
    secret: `${name}-secret`,
    wallets: { exchange: { USD: money[name] } }
  }))
})

const onExchange = <A, E>(
  test: (exchange: FakeExchange.Service, local: Layer.Layer<never>) => Effect.Effect<A, E, Scope.Scope>
) =>
  Effect.gen(function*() {
    const exchange = yield* FakeExchange.FakeExchange
    return yield* test(
      exchange,
      Layer.provide(FakeExchange.layerConfig, Layer.succeed(FakeExchange.FakeExchange, exchange))
    )
  }).pipe(Effect.provide(server), Effect.scoped)

/** Each desk reads its own balance, and its order is on its own account, known to its own events and no other's. */
const areApart = (exchange: FakeExchange.Service, all: { readonly [N in Name]?: Desk }) =>
  Effect.gen(function*() {
    const given = names.flatMap((name) => all[name] === undefined ? [] : [[name, all[name]] as const])
    assert.isAtLeast(given.length, 2)
    const bought = new Map<Name, number>()
    for (const [name, desk] of given) {
      assert.strictEqual(yield* desk.restBalance, money[name], `${name}, over REST`)
      assert.strictEqual(yield* desk.stateBalance, money[name], `${name}, on the socket`)
      bought.set(name, yield* desk.buy(prices[name]))
    }
    for (const [name, desk] of given) {
      const account = yield* exchange.account(`${name}-key`)
      assert.deepStrictEqual(account.orders().map(({ price }) => price), [prices[name]], `orders of ${name}`)
      yield* Effect.repeat(Effect.void, {
        until: () => desk.seen.length > 0,
        schedule: Schedule.spaced("10 millis").pipe(Schedule.upTo("5 seconds"))
      })
      assert.deepStrictEqual([...new Set(desk.seen)], [bought.get(name)], `events of ${name}`)
    }
  })

const logins = (exchange: FakeExchange.Service) =>
  Effect.map(exchange.connections, (all) => all.filter(({ login }) => login !== undefined).length)

describe("accounts in one program", () => {
  it.live("three desks merged into one layer trade on three accounts", () =>
    onExchange((exchange, local) =>
      Effect.gen(function*() {
        const all = { alice: yield* Alice, bob: yield* Bob, carol: yield* Carol }
        yield* areApart(exchange, all)
        assert.strictEqual(yield* logins(exchange), 3)
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            desks.alice.pipe(Layer.provide(Bitfinex.layer(credentials("alice")))),
            desks.bob.pipe(Layer.provide(Bitfinex.layer(credentials("bob")))),
            desks.carol.pipe(Layer.provide(Bitfinex.layer(credentials("carol"))))
          ).pipe(Layer.provide(local))
        )
      )
    ))

  it.live("a layer that is provided within another keeps its own account", () =>
    onExchange((exchange, local) =>
      Effect.gen(function*() {
        const alice = yield* Alice
        const bob = yield* Bob
        // the services of Alice are in the context here, and Carol's take their place within
        yield* Effect.gen(function*() {
          yield* areApart(exchange, { alice, bob, carol: yield* Carol })
        }).pipe(
          Effect.provide(desks.carol.pipe(Layer.provide(Bitfinex.layer(credentials("carol"))), Layer.provide(local)))
        )
      }).pipe(
        Effect.provide(
          desks.bob.pipe(
            Layer.provide(Bitfinex.layer(credentials("bob"))),
            Layer.provideMerge(desks.alice),
            Layer.provideMerge(Bitfinex.layer(credentials("alice"))),
            Layer.provide(local)
          )
        )
      )
    ))

  it.live("layers that are built with one MemoMap keep their accounts", () =>
    onExchange((exchange, local) =>
      Effect.gen(function*() {
        const memo = yield* Layer.makeMemoMap
        const scope = yield* Effect.scope
        const build = <A, E>(layer: Layer.Layer<A, E>) => Layer.buildWithMemoMap(layer, memo, scope)
        const alice = yield* build(
          desks.alice.pipe(Layer.provide(Bitfinex.layer(credentials("alice"))), Layer.provide(local))
        )
        const bob = yield* build(
          desks.bob.pipe(Layer.provide(Bitfinex.layer(credentials("bob"))), Layer.provide(local))
        )
        yield* areApart(exchange, { alice: Context.get(alice, Alice), bob: Context.get(bob, Bob) })
      })
    ))

  it.live("so do several ManagedRuntimes, with a MemoMap in common or without", () =>
    onExchange((exchange, local) =>
      Effect.gen(function*() {
        const memo = yield* Layer.makeMemoMap
        const runtime = <A, E>(layer: Layer.Layer<A, E>, memo?: Layer.MemoMap) =>
          Effect.acquireRelease(Effect.sync(() => ManagedRuntime.make(layer, memo)), (made) => made.disposeEffect)
        const alice = yield* runtime(
          desks.alice.pipe(Layer.provide(Bitfinex.layer(credentials("alice"))), Layer.provide(local)),
          memo
        )
        const bob = yield* runtime(
          desks.bob.pipe(Layer.provide(Bitfinex.layer(credentials("bob"))), Layer.provide(local)),
          memo
        )
        const carol = yield* runtime(
          desks.carol.pipe(Layer.provide(Bitfinex.layer(credentials("carol"))), Layer.provide(local))
        )
        yield* areApart(exchange, {
          alice: yield* Effect.promise(() => alice.runPromise(Alice)),
          bob: yield* Effect.promise(() => bob.runPromise(Bob)),
          carol: yield* Effect.promise(() => carol.runPromise(Carol))
        })
      })
    ))

  it.live("compositions by hand keep their accounts, too", () =>
    onExchange((exchange, local) => {
      const account = (name: Name) =>
        Layer.mergeAll(AccountEvents.layer(), AccountState.layer(), Trading.layer()).pipe(
          Layer.provideMerge(AccountConnection.layer()),
          Layer.provideMerge(RestAuthClient.layer()),
          Layer.provide(Auth.layer()),
          Layer.provide([
            Credentials.layer(credentials(name)),
            Nonce.layerProcess,
            RateLimiter.layerProcess,
            FetchHttpClient.layer,
            NodeSocket.layer
          ])
        )
      return Effect.gen(function*() {
        yield* areApart(exchange, { alice: yield* Alice, bob: yield* Bob })
      }).pipe(
        Effect.provide(
          Layer.merge(Layer.provide(desks.alice, account("alice")), Layer.provide(desks.bob, account("bob"))).pipe(
            Layer.provide(local)
          )
        )
      )
    }))

  it.live("one reference that is used twice is one account, built once", () =>
    onExchange((exchange, local) => {
      const account = Bitfinex.layer(credentials("alice"))
      return Effect.gen(function*() {
        const [one, other] = [yield* Alice, yield* Bob]
        const id = yield* one.buy(1_000)
        yield* Effect.repeat(Effect.void, {
          until: () => other.seen.length > 0,
          schedule: Schedule.spaced("10 millis").pipe(Schedule.upTo("5 seconds"))
        })
        assert.include(other.seen, id)
        assert.strictEqual(yield* logins(exchange), 1)
      }).pipe(
        Effect.provide(
          Layer.merge(Layer.provide(desks.alice, account), Layer.provide(desks.bob, account)).pipe(Layer.provide(local))
        )
      )
    }))

  it.live("a constant layer of the user is built once, with the first account; a function that returns it, for each", () =>
    onExchange((_, local) => {
      class Balance extends Context.Tag("test/Balance")<Balance, number>() {}
      const read = Effect.flatMap(RestAuthClient.RestAuthClient, (rest) => rest.wallets()).pipe(
        Effect.map(([wallet]) => wallet?.balance ?? 0)
      )
      const Constant = Layer.effect(Balance, read)
      const balance = () => Layer.effect(Balance, read)
      const both = (of: () => typeof Constant) => {
        const reader = <T extends Alice | Bob>(tag: Context.Tag<T, Desk>) =>
          Layer.effect(
            tag,
            Effect.map(Balance, (found): Desk => ({
              restBalance: Effect.succeed(found),
              stateBalance: Effect.succeed(found),
              buy: () => Effect.dieMessage("this desk only reads"),
              seen: []
            }))
          )
        return Effect.gen(function*() {
          return [yield* (yield* Alice).restBalance, yield* (yield* Bob).restBalance]
        }).pipe(
          Effect.provide(
            Layer.merge(
              reader(Alice).pipe(Layer.provide(of()), Layer.provide(Bitfinex.layer(credentials("alice")))),
              reader(Bob).pipe(Layer.provide(of()), Layer.provide(Bitfinex.layer(credentials("bob"))))
            ).pipe(Layer.provide(local))
          )
        )
      }
      return Effect.gen(function*() {
        const [one, other] = yield* both(() => Constant)
        assert.strictEqual(one, other, "Effect builds one reference once")
        assert.deepStrictEqual(yield* both(balance), [money.alice, money.bob])
        assert.deepStrictEqual(yield* both(() => Layer.fresh(Constant)), [money.alice, money.bob])
      })
    }))
})

describe("nonces and queues of several accounts in one process", () => {
  it.live("a call that hangs holds up the calls of its own key, however often that was built, and no other's", () =>
    onExchange((exchange, local) =>
      Effect.gen(function*() {
        const client = (name: Name) =>
          Effect.map(
            Layer.build(Layer.provide(Bitfinex.layer(credentials(name)), local)),
            (context) => Context.get(context, RestAuthClient.RestAuthClient)
          )
        const [alice, again, bob] = [yield* client("alice"), yield* client("alice"), yield* client("bob")]
        yield* exchange.inject({
          _tag: "HttpFault",
          match: "ledgers",
          times: 1,
          reply: { _tag: "delay", millis: 3_000 }
        })
        const order: Array<string> = []
        const hanging = yield* Effect.fork(Effect.tap(alice.ledgers(), () => Effect.sync(() => order.push("alice"))))
        yield* Effect.repeat(exchange.requests, {
          until: (requests) => requests.length > 0,
          schedule: Schedule.spaced("5 millis").pipe(Schedule.upTo("5 seconds"))
        })
        yield* Effect.all([
          Effect.tap(again.wallets(), () => Effect.sync(() => order.push("alice, built again"))),
          Effect.tap(bob.wallets(), () => Effect.sync(() => order.push("bob"))),
          hanging
        ], { concurrency: "unbounded" })
        assert.deepStrictEqual(order, ["bob", "alice", "alice, built again"])
      })
    ))
})
