import * as Effect from "effect/Effect"
import { createRequire } from "node:module"
import * as FakeExchange from "../../src/testing/FakeExchange.ts"

const require = createRequire(import.meta.url)

/** a package of this folder, whose types are not installed where the type check runs */
export const load = (name: string): any => require(name)

/** an exchange behind real sockets for a test's scope, and what it saw */
export const served = <A>(
  use: (exchange: FakeExchange.Service) => Promise<A>,
  options: FakeExchange.ServerOptions = {}
): Effect.Effect<A> =>
  Effect.flatMap(FakeExchange.FakeExchange, (exchange) => Effect.promise(() => use(exchange))).pipe(
    Effect.provide(FakeExchange.layerServer({ symbols: ["tBTCUSD", "tETHUSD", "tBTCF0:USTF0", "fUSD"], ...options })),
    Effect.orDie
  )

/** the first event of a name, or an error after some seconds */
export const once = (emitter: any, name: string, seconds = 20): Promise<ReadonlyArray<any>> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name} within ${seconds} s`)), seconds * 1000)
    emitter.once(name, (...args: ReadonlyArray<any>) => {
      clearTimeout(timer)
      resolve(args)
    })
  })

/** until it holds, or an error after some seconds */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> => {
  for (let k = 0; k < seconds * 20; k++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not within ${seconds} s`)
}

/** a price far below the market of `tBTCUSD`, in text of 5 significant digits */
export const farBelow = (exchange: FakeExchange.Service): string =>
  String(Math.floor(Number(exchange.market.ticker("tBTCUSD")[0]) * 0.8 / 10) * 10)
