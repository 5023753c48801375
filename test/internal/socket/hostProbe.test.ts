import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HostProbe from "../../../src/internal/socket/hostProbe.ts"

const [one, other] = [{}, {}]
const isDone = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.map(Fiber.poll(fiber), (exit) => exit._tag === "Some")
const settle = Effect.repeatN(Effect.yieldNow(), 20)

it.effect("one of several sockets tries a host that may be down; when it succeeds the others continue, and any may be next", () =>
  Effect.gen(function*() {
    const probe = HostProbe.make()
    yield* probe.enter(one)
    yield* probe.enter(other)
    probe.lost()
    yield* probe.enter(one)
    const waiting = yield* Effect.fork(probe.enter(other))
    yield* settle
    assert.isFalse(yield* isDone(waiting))
    probe.ready()
    yield* Fiber.join(waiting)
    // lost again: this time the other one is first, and does not wait for one that may never try
    probe.lost()
    yield* probe.enter(other)
    const second = yield* Effect.fork(probe.enter(one))
    yield* settle
    assert.isFalse(yield* isDone(second))
    probe.leave(other)
    yield* Fiber.join(second)
  }))
