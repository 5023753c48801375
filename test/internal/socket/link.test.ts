import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Link from "../../../src/internal/socket/link.ts"

/** A socket that the test controls. */
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

/** One with the additional members of sockets of `ws`. */
class WsWire extends Wire {
  own: Array<(data: unknown, isBinary: boolean) => void> = []
  on(_: "message", listener: (data: unknown, isBinary: boolean) => void) {
    this.own.push(listener)
  }
  off(_: "message", listener: (data: unknown, isBinary: boolean) => void) {
    this.own = this.own.filter((each) => each !== listener)
  }
  message(data: unknown, isBinary: boolean) {
    for (const listener of this.own) listener(data, isBinary)
  }
  pause() {
    this.calls.push("pause")
  }
  resume() {
    this.calls.push("resume")
  }
}

const make = (isAwaited = true, wire = new Wire(), reason = "bye") =>
  Effect.gen(function*() {
    const heard: Array<unknown> = []
    const link = yield* Link.make({
      construct: () => wire as any,
      url: "ws://test",
      closeTimeout: "200 millis",
      onMessage: (data) => heard.push(data),
      onClosed: (how, error) => heard.push({ ...how, error }),
      closing: () => ({ code: 4000, reason, isAwaited })
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
      yield* TestClock.adjust(0)
      // at once, and not when its time is over
      assert.isNotNull(closing.unsafePoll())
      yield* Fiber.join(closing)
      assert.deepStrictEqual(wire.calls, ["close 4000 bye"])
      assert.deepStrictEqual(heard, ["[1]", { code: 4000, reason: "bye", error: undefined }])
      assert.strictEqual(wire.listeners, 0)
    }))

  it.effect("a socket that the peer has closed is left alone", () =>
    Effect.gen(function*() {
      const { heard, wire } = yield* Effect.scoped(
        Effect.tap(make(), ({ wire }) => {
          wire.tell("open")
          wire.tell("close", { code: 1001, reason: "going" })
        })
      )
      assert.deepStrictEqual(wire.calls, [])
      assert.deepStrictEqual(heard, [{ code: 1001, reason: "going", error: undefined }])
    }))

  it.effect("a socket of ws has its own listener for messages, which is removed with the others", () =>
    Effect.gen(function*() {
      const wire = new WsWire()
      const { heard } = yield* Effect.scoped(
        Effect.tap(make(true, wire), () => {
          wire.tell("open")
          wire.message("[1]", false)
          wire.message("[2]", true)
          wire.tell("close", { code: 1001, reason: "" })
          wire.message("[3]", false)
        })
      )
      assert.deepStrictEqual(heard, ["[1]", undefined, { code: 1001, reason: "", error: undefined }])
      assert.strictEqual(wire.listeners, 0)
      assert.lengthOf(wire.own, 0)
    }))

  it.effect("a reason that is too long for a close frame is shortened, and a paused socket is read to its end", () =>
    Effect.gen(function*() {
      const wire = new WsWire()
      yield* Effect.scoped(
        Effect.tap(make(true, wire, "x".repeat(200)), ({ link }) => {
          wire.tell("open")
          link.pause()
        })
      )
      assert.deepStrictEqual(wire.calls.slice(0, 3), ["pause", "resume", `close 4000 ${"x".repeat(120)}...`])
    }))

  it.effect("terminates when no answer comes in time", () =>
    Effect.gen(function*() {
      const { wire } = yield* Effect.scoped(Effect.tap(make(), ({ wire }) => wire.tell("open")))
      assert.deepStrictEqual(wire.calls, ["close 4000 bye", "terminate"])
      assert.strictEqual(wire.listeners, 0)
    }))

  it.effect("sends nothing to a silent peer: bytes that it has not read must not reach it later", () =>
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
        const { heard, wire } = yield* make()
        wire.tell("error", { message: "", error })
        wire.tell("close", { code: 1006, reason: "" })
        assert.deepStrictEqual(heard, [{ code: 1006, reason: "", error: reason }])
      }))
  }

  it.scoped("says why it did not open", () =>
    Effect.gen(function*() {
      const { heard, link, wire } = yield* make()
      const opening = yield* Effect.fork(link.opened)
      wire.tell("error", { message: "Unexpected server response: 429" })
      wire.tell("close", { code: 1006, reason: "" })
      yield* TestClock.adjust(0)
      assert.isNull(opening.unsafePoll())
      assert.deepStrictEqual(heard, [{ code: 1006, reason: "", error: "Unexpected server response: 429" }])
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
