import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

// Before each moment TestClock waits for fibers to come to rest: three timers, of a millisecond each, even if there is
// nothing to do. That was most of the time of these tests. An immediate too comes after all that fibers and promises do, but
// without a delay. (TestClock of Effect 4 waits for no timer.)
const immediate = Effect.async<void>((resume) => {
  const handle = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(handle))
})
const rest = Effect.andThen(immediate, Effect.andThen(immediate, immediate))

// the cast: the types of the module do not have the class
const { prototype } = (TestClock as unknown as {
  readonly TestClockImpl: { readonly prototype: { awaitSuspended: () => Effect.Effect<void> } }
}).TestClockImpl
if (typeof prototype.awaitSuspended !== "function") throw new Error("TestClock has no awaitSuspended to replace")
prototype.awaitSuspended = () => rest
