/**
 * Services of this package with only the methods that a test needs.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Layer from "effect/Layer"

/**
 * A layer for any service of this package, with some of its methods. A call of any other method, Effect or Stream,
 * ends with a defect that names the service and the missing method.
 *
 * For tests that need the venue's behaviour, not only fixed replies, use `FakeExchange`.
 *
 * @since 0.1.0
 * @category testing
 * @example
 * import * as RestClient from "effect-bitfinex/RestClient"
 * import * as Mock from "effect-bitfinex/testing/Mock"
 * import * as Effect from "effect/Effect"
 *
 * const Closed = Mock.layerTest(RestClient.RestClient, {
 *   platformStatus: () => Effect.succeed({ status: 0 as const })
 * })
 */
export const layerTest = <I, S extends object>(tag: Context.Tag<I, S>, service: Partial<S>): Layer.Layer<I> =>
  // the cast: `Layer.mock` requires all members that are not Effects or Streams; our services have none
  Layer.mock(tag, service as Layer.PartialEffectful<S>)
