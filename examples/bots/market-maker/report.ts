/** The summary of a run, from the bot's record and from the venue. */
import * as RestAuthClient from "effect-bitfinex/RestAuthClient"
import * as FakeExchange from "effect-bitfinex/testing/FakeExchange"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Bot } from "./bot.ts"
import * as Desk from "./desk.ts"
import type { Settings } from "./quotes.ts"

/** printed when the process ends */
export const fail = Effect.sync(() => {
  process.exitCode = 1
})

const round = (value: number): number => Number(value.toFixed(8))

const average = (value: number, amount: number): string => amount === 0 ? "" : ` at ${(value / amount).toPrecision(6)}`

const openOrders = (settings: Settings) =>
  Effect.gen(function*() {
    const rest = yield* RestAuthClient.RestAuthClient
    return (yield* rest.activeOrders()).filter(Desk.ours(settings))
  })

export const print = (settings: Settings, bot: Bot) =>
  Effect.gen(function*() {
    const tally = yield* bot.tally
    const target = yield* bot.target
    yield* Console.log(`\n${settings.symbol}, ${tally.fills} fills`)
    yield* Console.log(`bought      ${round(tally.bought)}${average(tally.spent, tally.bought)}`)
    yield* Console.log(`sold        ${round(tally.sold)}${average(tally.earned, tally.sold)}`)
    const fees = Object.entries(tally.fees).map(([currency, fee]) => `${round(fee)} ${currency}`)
    yield* Console.log(`fees        ${fees.length === 0 ? "none" : fees.join(", ")}`)
    if (Option.isSome(target)) {
      const held = yield* Effect.timeoutOption(Effect.interruptible(Desk.balance(settings)), "10 seconds")
      yield* Console.log(
        `inventory   ${Option.match(held, { onNone: () => "unknown", onSome: (now) => round(now - target.value) })}`
      )
    }
    yield* Console.log(`orders      ${tally.placed} placed, ${tally.moved} moved, ${tally.cancelled} withdrawn`)
    yield* Console.log(
      `unknown     ${tally.unknown} outcomes, ${tally.foundOut} resolved, ${tally.unresolvable} for you to look at`
    )
    yield* Console.log(`restarts    ${tally.restarts}`)
    const left = yield* openOrders(settings)
    yield* Console.log(`open now    ${left.length === 0 ? "none" : left.map(({ id }) => id).join(", ")}`)
    if (left.length > 0) yield* fail
  }).pipe(
    Effect.catchAll((error) => Effect.zipRight(Console.error(`the end is not known: ${error.message}`), fail))
  )

/** facts of the fake exchange that a client cannot know */
export const compare = ({ symbol }: Settings) =>
  Effect.gen(function*() {
    const exchange = yield* FakeExchange.FakeExchange
    const account = yield* exchange.account("demo-key")
    const twice = [...account.counts().values()].filter((times) => times > 1).length
    const trades = account.trades().filter((trade) => trade.symbol === symbol)
    yield* Console.log(
      `the exchange says: ${trades.length} fills, ${account.orders().length} orders open, ${twice} orders placed twice`
    )
  })
