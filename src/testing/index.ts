/**
 * What the test of a bot needs: an exchange of its own, what can go wrong with it, and markets of other days.
 *
 * - `TestClient` is an exchange in memory and everything of `Bitfinex.layer` on it: what most tests provide.
 * - `FakeExchange` is that exchange alone, in memory or behind real sockets. Its options make the market: symbols, seed,
 *   pace, accounts. Its service tells what it saw: connections, frames, requests, faults that came about.
 * - `FakeAccount` is an account of it: keys and wallets that a test gives, and what the exchange knows of them, to
 *   compare with what a bot believes.
 * - `Fault` has what can go wrong, as data: injected now or for the next occasion, or by time in a script.
 * - `Replay` plays what `Recorder` wrote.
 * - `Mock` makes any service of the few methods that a test needs.
 *
 * All of it keeps Clock's time: under TestClock hours pass in seconds, the same in every run.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category testing
 */
export * as FakeAccount from "./FakeAccount.ts"

/**
 * @since 0.1.0
 * @category testing
 */
export * as FakeExchange from "./FakeExchange.ts"

/**
 * @since 0.1.0
 * @category testing
 */
export * as Fault from "./Fault.ts"

/**
 * @since 0.1.0
 * @category testing
 */
export * as Mock from "./Mock.ts"

/**
 * @since 0.1.0
 * @category testing
 */
export * as Replay from "./Replay.ts"

/**
 * @since 0.1.0
 * @category testing
 */
export * as TestClient from "./TestClient.ts"
