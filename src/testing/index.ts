/**
 * What tests need: an exchange of their own, and what can go wrong with it.
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
