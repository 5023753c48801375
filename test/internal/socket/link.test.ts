import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Link from "../../../src/internal/socket/link.ts"

/** A socket that does what the test says. */
class Wire extends EventTarget {
  readyState = 0
  readonly calls: Array<string> = []
  listeners = 0
  override addEventListener(type: string, listener: any) {
    this.listeners++
    super.addEventListener(type, listener)
  }
  override removeEventListener(type: string, listener: any) {
    this.listeners--
    super.removeEventListener(type, listener)
  }
  send(text: string) {
    this.calls.push(`send ${text}`)
  }
  close(code?: number, reason?: string) {
    this.calls.push(code === undefined ? "close" : `close ${code} ${reason}`)
    this.readyState = 2
  }
  terminate() {
    this.calls.push("terminate")
    this.tell("close", { code: 1006, reason: "" })
  }
  tell(type: string, fields: object = {}) {
    if (type === "open") this.readyState = 1
    if (type === "close") this.readyState = 3
    this.dispatchEvent(Object.assign(new Event(type), fields))
  }
}

const make = (isAwaited = true) =>
  Effect.gen(function*() {
    const wire = new Wire()
    const heard: Array<unknown> = []
    const link = yield* Link.make({
      construct: () => wire as any,
      url: "ws://test",
      closeTimeout: "200 millis",
      onMessage: (data) => heard.push(data),
      onClosed: (how, error) => heard.push({ ...how, error }),
      closing: () => ({ code: 4000, reason: "bye", isAwaited })
    })
    return { heard, link, wire }
  })

describe("link", () => {
  it.scoped("a constructor that throws is a failure", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(Link.make({
        construct: () => {
          throw new Error("bad address")
        },
        url: "nowhere",
        closeTimeout: 0,
        onMessage: () => {},
        onClosed: () => {},
        closing: () => ({ code: 1000, reason: "", isAwaited: true })
      }))
      assert.strictEqual(failure, "bad address")
    }))

  it.effect("closes with code and reason, waits for the answer, and leaves no listener", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { heard, link, wire } = yield* Effect.provideService(make(), Scope.Scope, scope)
      wire.tell("open")
      yield* link.opened
      wire.tell("message", { data: "[1]" })
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("100 millis")
      assert.isNull(closing.unsafePoll())
      wire.tell("close", { code: 4000, reason: "bye" })
      yield* Fiber.join(closing)
      assert.deepStrictEqual(wire.calls, ["close 4000 bye"])
      assert.deepStrictEqual(heard, ["[1]", { code: 4000, reason: "bye", error: undefined }])
      assert.strictEqual(wire.listeners, 0)
    }))

  it.effect("terminates when no answer comes in time", () =>
    Effect.gen(function*() {
      const { wire } = yield* Effect.scoped(Effect.tap(make(), ({ wire }) => wire.tell("open")))
      assert.deepStrictEqual(wire.calls, ["close 4000 bye", "terminate"])
      assert.strictEqual(wire.listeners, 0)
    }))

  it.effect("says nothing to a peer that is silent: what it has not read by now is not to reach it later", () =>
    Effect.gen(function*() {
      const { wire } = yield* Effect.scoped(Effect.tap(make(false), ({ wire }) => wire.tell("open")))
      assert.deepStrictEqual(wire.calls, ["terminate"])
    }))

  it.effect("a socket that is still connecting is just closed", () =>
    Effect.gen(function*() {
      const { wire } = yield* Effect.scoped(make())
      assert.deepStrictEqual(wire.calls, ["close"])
    }))

  for (
    const [name, error, reason] of [
      [
        "both address families refused",
        Object.assign(
          new AggregateError([
            new Error("connect ECONNREFUSED ::1:1"),
            new Error("connect ECONNREFUSED 127.0.0.1:1")
          ]),
          { code: "ECONNREFUSED" }
        ),
        "connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1"
      ],
      ["an error without a message", Object.assign(new Error(""), { code: "EPIPE" }), "EPIPE"],
      ["an error with a cause", new Error("", { cause: new Error("other side closed") }), "other side closed"],
      ["a text", "gone", "gone"],
      ["nothing", undefined, "socket error"]
    ] as const
  ) {
    it.scoped(`names the cause of its failure: ${name}`, () =>
      Effect.gen(function*() {
        const { link, wire } = yield* make()
        wire.tell("error", { message: "", error })
        wire.tell("close", { code: 1006, reason: "" })
        assert.strictEqual(yield* Effect.flip(link.opened), reason)
      }))
  }

  it.scoped("says why it did not open", () =>
    Effect.gen(function*() {
      const { link, wire } = yield* make()
      wire.tell("error", { message: "Unexpected server response: 429" })
      wire.tell("close", { code: 1006, reason: "" })
      assert.strictEqual(yield* Effect.flip(link.opened), "Unexpected server response: 429")
    }))

  it.scoped("sends nothing while it is not open, and does not wait for it", () =>
    Effect.gen(function*() {
      const { link, wire } = yield* make()
      link.send("early")
      wire.tell("open")
      link.send("now")
      wire.tell("close", { code: 1006, reason: "" })
      link.send("late")
      assert.deepStrictEqual(wire.calls, ["send now"])
    }))

  it("shortens a reason to what a close frame holds, between characters", () => {
    assert.strictEqual(Link.shorten("a".repeat(123)), "a".repeat(123))
    assert.strictEqual(Link.shorten("a".repeat(124)), "a".repeat(120) + "...")
    for (const text of ["é".repeat(100), "€".repeat(100), "😀".repeat(100), "a😀".repeat(60)]) {
      const short = Link.shorten(text)
      assert.isAtMost(Buffer.byteLength(short), 123)
      assert.isTrue(text.startsWith(short.slice(0, -3)), short)
      assert.notInclude(short, "\uFFFD")
    }
  })

  it("chooses the code by the exit", () => {
    assert.strictEqual(Link.closingFor(Exit.void).code, 1000)
    assert.strictEqual(Link.closingFor(Exit.interrupt(FiberId.none)).code, 1000)
    assert.strictEqual(Link.closingFor(Exit.fail("x")).code, 3000)
    assert.strictEqual(Link.closingFor(Exit.die("x")).code, 3000)
  })
})
