/**
 * Tools for tests of bots: a simulated exchange, faults, and replay of recorded markets.
 *
 * - `TestClient` is an exchange in memory with all services of `Bitfinex.layer` connected to it. Most tests provide this.
 * - `FakeExchange` is that exchange alone, in memory or behind real sockets. Its options define the market: symbols, seed,
 *   pace, accounts. Its service reports what it observed: connections, frames, requests, and faults that took effect.
 * - `FakeAccount` is an account of it: the options set keys and wallets, and its view gives the exchange's state of them,
 *   to compare with a bot's state.
 * - `Fault` has the faults as data: injected now or for the next occasion, or scheduled in a script.
 * - `Replay` plays recordings of `Recorder`.
 * - `Mock` makes any service from only the methods that a test needs.
 *
 * All of it uses Clock: under TestClock hours pass in seconds, identically in every run.
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
