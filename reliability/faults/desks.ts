import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AccountConnection from "../../src/AccountConnection.ts"
import * as AccountState from "../../src/AccountState.ts"
import type * as FakeAccount from "../../src/testing/FakeAccount.ts"
import * as Trading from "../../src/Trading.ts"
import * as Dice from "./dice.ts"
import type { Call, Desk, Evidence } from "./model.ts"
import { clientOf, compared, isSettled, resolve, resting, track } from "./said.ts"
import { gather, planted } from "./workloads.ts"
import type { Planted, Workload, World } from "./world.ts"

const users = [
  { key: "alice", secret: "secret-of-alice", userId: 11, money: 100_000 },
  { key: "bob", secret: "secret-of-bob", userId: 22, money: 200_000 }
] as const

type User = typeof users[number]

/** the evidence of one user's desk */
interface Running {
  readonly user: User
  readonly problems: Evidence["problems"]
  readonly resolved: () => void
  readonly difference: Effect.Effect<ReadonlyArray<string>>
  readonly isLive: Effect.Effect<boolean>
}

const orders = 8

/** the owner of a submission */
const isOf = ({ userId }: User) => ({ cid }: Call): boolean => Math.floor((cid ?? 0) / 1_000_000) === userId

/** one user's bot, as a layer over the client of the same user; `calls` are those of all users */
const deskOf = (
  world: World,
  by: Planted,
  user: User,
  venue: FakeAccount.View,
  calls: Array<Call>,
  all: Array<Running>
) =>
  Layer.scopedDiscard(Effect.gen(function*() {
    const { passed, plan } = world
    const trading = planted(yield* Trading.Trading, "Trading", by, world)
    const state = yield* AccountState.AccountState
    const connection = yield* AccountConnection.AccountConnection
    const dice = Dice.make(`desk of ${user.key} ${plan.scenario} ${plan.seed}`)
    const problems = (yield* gather(connection.problems, passed)).all as Evidence["problems"]
    const resolutions = (yield* gather(trading.resolutions, passed)).all
    for (let k = 0; k < orders; k++) {
      const cid = 1_000_000 * user.userId + k
      const submit = track(
        world,
        calls,
        { what: `order of ${user.key}`, cid, deadline: 10_100 },
        trading.submitOrder({ ...resting, cid })
      )
      yield* Effect.forkScoped(Effect.zipRight(Effect.sleep(dice.int(1500, 24_000)), submit))
    }
    all.push({
      user,
      problems,
      resolved: () => resolve(calls.filter(isOf(user)), resolutions),
      isLive: Effect.map(connection.state, ({ isLive }) => isLive),
      difference: Effect.gen(function*() {
        return [
          ...compared(
            `orders of ${user.key}`,
            yield* state.orders.current,
            venue.orders(),
            (row) => JSON.stringify(row)
          ),
          ...compared(
            `wallets of ${user.key}`,
            yield* state.wallets.current,
            venue.wallets(),
            ({ balance, currency, type }) => `${type} ${currency} ${balance}`
          )
        ]
      })
    })
  })).pipe(Layer.provide(clientOf(user.key, user.secret)))

/** Two accounts in one graph of layers, a bot for each. */
export const desks: Workload = {
  name: "desks",
  exchange: {
    symbols: ["tBTCUSD"],
    step: 86_400_000,
    tick: 250,
    accounts: users.map(({ key, money, secret, userId }) => ({
      key,
      secret,
      userId,
      wallets: { exchange: { USD: money } }
    }))
  },
  times: { script: 24_000, peace: 27_000, limit: 300_000 },
  start: (world, by) =>
    Effect.gen(function*() {
      const all: Array<Running> = []
      const calls: Array<Call> = []
      const venues = yield* Effect.forEach(users, ({ key }) => world.exchange.account(key))
      yield* Layer.build(
        Layer.mergeAll(
          deskOf(world, by, users[0], venues[0]!, calls, all),
          deskOf(world, by, users[1], venues[1]!, calls, all)
        )
      )
      const differences = Effect.map(Effect.forEach(all, ({ difference }) => difference), (lists) => lists.flat())
      return {
        calls,
        problems: all.flatMap(({ problems }) => problems),
        isQuiet: Effect.gen(function*() {
          for (const { resolved } of all) resolved()
          const isLive = (yield* Effect.forEach(all, (desk) => desk.isLive)).every(Boolean)
          return isLive && calls.length === orders * users.length && isSettled(calls) &&
            (yield* differences).length === 0
        }),
        desks: Effect.gen(function*() {
          for (const { resolved } of all) resolved()
          const out: Array<Desk> = []
          for (const { difference, user } of all) {
            const venue = venues[users.indexOf(user)]!
            out.push({
              name: user.key,
              submitted: calls.filter(isOf(user)).flatMap(({ cid }) => cid === undefined ? [] : [cid]),
              placed: venue.commands().flatMap(({ cid, type }) => type === "on" && cid !== null ? [cid] : []),
              differences: yield* difference
            })
          }
          return out
        })
      }
    })
}
