/**
 * The entry point of a program that trades: it shuts the program down in order, whatever the reason, and its exit code
 * says whether an order may be open.
 *
 * `NodeRuntime.runMain` closes scopes on SIGINT and SIGTERM. This one also does so on SIGHUP (a closed terminal), and
 * after an error that is thrown, or a promise that is rejected, outside of Effect. It limits the time that the shutdown
 * may take, and exits with 1 when `Trading.cancelOnExit` could not confirm that none of its orders is left.
 *
 * No program can cancel its orders after SIGKILL, `process.exit`, a crash of the runtime, a loss of the machine, while
 * its own code keeps the thread busy, or without a network. Only the dead man's switch covers these cases (`dms` of `AccountConnection`): the venue itself
 * cancels all orders of the account when the socket closes, which includes a short loss of the network.
 *
 * @since 0.1.0
 */
import { makeRunMain } from "@effect/platform/Runtime"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as ExitReport from "./ExitReport.ts"
import { steady } from "./internal/time/clock.ts"
import * as Fibers from "./internal/time/fibers.ts"
import * as Checks from "./protocol/internal/checks.ts"

/**
 * Options of `runMain`.
 *
 * @since 0.1.0
 * @category configuration
 */
export interface Options {
  /**
   * how long the shutdown may take, from its first reason on; after that the process exits with 1. Default 9 s, because
   * a container has 10 s to stop
   */
  readonly within?: Duration.DurationInput | undefined
  /** leaves the cause of a failure out of the log; default false */
  readonly disableErrorReporting?: boolean | undefined
  /** keeps the default logger of Effect instead of the pretty one; default false */
  readonly disablePrettyLogger?: boolean | undefined
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/**
 * ms after the first signal in which others are ignored: a terminal and a package manager both send one, and some
 * supervisors send two
 */
const sameSignal = 200

type Phase =
  | { readonly _tag: "Running" }
  | { readonly _tag: "Leaving"; readonly reason: string; readonly since: number }

/** the state of one program's supervisor */
interface State {
  phase: Phase
  /** true after an error outside of Effect, or a report that an order may be open: the exit code is then 1 */
  hasFailed: boolean
  /** open scopes of `cancelOnExit` */
  readonly scopes: Set<ExitReport.OpenScope>
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** the reports of open scopes whose orders may be open */
const openIn = ({ scopes }: State): ReadonlyArray<ExitReport.ExitReport> =>
  [...scopes].map(({ snapshot }) => snapshot()).filter(({ _tag }) => _tag === "MayBeOpen")

/** cancels the orders of all scopes that are open; each does so once */
const closingOf = ({ scopes }: State): Effect.Effect<void> =>
  Effect.all([...scopes].map(({ close }) => close), { concurrency: "unbounded", discard: true })

/** ends the process with 1, and writes the orders that may be open to stderr */
const leaveNow = (state: State, why: string): void => {
  say(why)
  for (const report of openIn(state)) say(ExitReport.render(report))
  process.exit(1)
}

const observer = (state: State): ExitReport.Observer => ({
  watch: (scope) => {
    state.scopes.add(scope)
    return () => {
      state.scopes.delete(scope)
    }
  },
  report: (report) =>
    Effect.sync(() => {
      if (report._tag === "MayBeOpen") state.hasFailed = true
    })
})

const codeOf = (exit: Exit.Exit<unknown, unknown>, { hasFailed, phase }: State): number => {
  if (hasFailed) return 1
  if (Exit.isSuccess(exit)) return 0
  return phase._tag === "Leaving" && Cause.isInterruptedOnly(exit.cause) ? 0 : 1
}

const supervise = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  state: State,
  within: Duration.Duration
): void => {
  const now = steady(Fibers.clockOf(fiber))

  const begin = (reason: string): void => {
    state.phase = { _tag: "Leaving", reason, since: now() }
    const late = `the program has not ended within ${Duration.format(within)}: it is stopped now`
    Effect.runFork(Effect.zipRight(Effect.sleep(within), Effect.sync(() => leaveNow(state, late))))
    // what hangs in the program, such as a finalizer, must not keep its orders open
    const patience = Duration.times(within, 2 / 3)
    const rest = Effect.suspend(() => {
      if (openIn(state).length > 0) {
        say(`the program has not ended within ${Duration.format(patience)}: its orders are cancelled now`)
      }
      return closingOf(state)
    })
    Effect.runFork(Effect.zipRight(Effect.sleep(patience), rest))
  }

  const leave = (reason: string): void => {
    begin(reason)
    say(`${reason}: the program shuts down; a second signal ends it at once`)
    Fibers.interrupt(fiber)
  }

  const onSignal = (signal: NodeJS.Signals): void => {
    const { phase } = state
    if (phase._tag === "Running") return leave(signal)
    if (now() - phase.since < sameSignal) return
    leaveNow(state, `${signal} after ${phase.reason}: the program ends now`)
  }

  const onError = (kind: string) => (error: unknown): void => {
    state.hasFailed = true
    say(`${kind}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
    if (state.phase._tag === "Running") leave(kind)
  }

  const onThrown = onError("an error was thrown outside of Effect")
  const onRejected = onError("a promise was rejected outside of Effect")
  // writing to a closed terminal fails, which must not count as an error of the program
  const ignore = (): void => undefined
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignore)
  for (const signal of signals) process.on(signal, onSignal)
  process.on("uncaughtException", onThrown)
  process.on("unhandledRejection", onRejected)

  const end = (exit: Exit.Exit<unknown, unknown>): void => {
    for (const report of openIn(state)) {
      state.hasFailed = true
      say(`a scope of cancelOnExit was not closed before the program ended: ${ExitReport.render(report)}`)
    }
    const code = codeOf(exit, state)
    // without an argument `exit` keeps a `process.exitCode` that the program may have set
    if (code === 0) process.exit()
    process.exit(code)
  }

  fiber.addObserver((exit) => {
    if (openIn(state).length === 0) return end(exit)
    // nothing else will close a scope that is still open, such as that of a daemon fiber with its own layers
    if (state.phase._tag === "Running") begin("the end of the program")
    Effect.runFork(closingOf(state)).addObserver(() => end(exit))
  })
}

/** a timer that keeps the process alive while the program waits without timers or open handles, as on a Deferred */
const awake = Effect.forever(Effect.sleep(Duration.days(1)))

/**
 * Runs a program until it ends or there is a reason to shut it down: SIGINT, SIGTERM, SIGHUP, an error that is thrown
 * outside of Effect, or a promise that is rejected there. The program is then interrupted and its scopes are closed,
 * which cancels the orders of `Trading.cancelOnExit`. A second signal, or the deadline `within`, ends the process at
 * once; the orders that may be open are then written to stderr.
 *
 * The exit code is 0 if no order of `cancelOnExit` may be open, and the program has either succeeded or was interrupted
 * by a signal; a `process.exitCode` that the program has set replaces this 0. The exit code is 1 when an order may be
 * open, when the program failed, after an error outside of Effect, or when the process was ended at once. If scopes of
 * `cancelOnExit` are still open when the program has ended, such as those of daemon fibers, their orders are cancelled
 * within the same time. If the program hangs and has not ended after two thirds of that time, the orders of its open
 * scopes are cancelled then.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as Bitfinex from "effect-bitfinex/Bitfinex"
 * import * as BotRuntime from "effect-bitfinex/BotRuntime"
 * import * as Trading from "effect-bitfinex/Trading"
 * import * as Effect from "effect/Effect"
 *
 * const bot = Effect.gen(function*() {
 *   const trading = yield* Trading.Trading
 *   const mine = yield* trading.cancelOnExit()
 *   yield* mine.submitOrder({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: 1000 })
 *   return yield* Effect.never
 * }).pipe(Effect.scoped, Effect.provide(Bitfinex.layerConfig()))
 *
 * BotRuntime.runMain(bot)
 */
export const runMain = <A, E>(program: Effect.Effect<A, E>, options: Options = {}): void => {
  const { disableErrorReporting, disablePrettyLogger, within = Duration.seconds(9) } = options
  const state: State = { phase: { _tag: "Running" }, hasFailed: false, scopes: new Set() }
  const observed = Effect.provideService(program, ExitReport.ExitReports, observer(state))
  // not `raceFirst`: it would run the program in a child fiber
  const kept = Effect.scoped(Effect.zipRight(Effect.forkScoped(awake), observed))
  // before the program runs
  const wrong = Checks.refusedWithin("BotRuntime.runMain", within)
  if (wrong !== undefined) throw wrong
  const time = Duration.decode(within)
  makeRunMain(({ fiber }) => supervise(fiber, state, time))(kept, {
    disableErrorReporting,
    disablePrettyLogger
  })
}
