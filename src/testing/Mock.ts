/**
 * Services of this package made of the few methods that a test needs.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Layer from "effect/Layer"

/**
 * A layer for any service of this package, of some of its methods. Each of the others ends its caller with a defect that
 * names the service and the method that the test did not provide, be it an Effect or a Stream.
 *
 * For a test that wants the venue's behaviour rather than answers by rote there is `FakeExchange`.
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
  // the cast: what is no Effect or Stream has to be there for `Layer.mock`, and no method of ours is such
  Layer.mock(tag, service as Layer.PartialEffectful<S>)
