import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { BitfinexConfig } from "../../../src/BitfinexConfig.ts"
import { isEnd } from "../../../src/internal/socket/end.ts"
import * as Epochs from "../../../src/internal/socket/epoch.ts"
import * as Handshake from "../../../src/internal/socket/handshake.ts"
import { Status } from "../../../src/internal/socket/status.ts"

it.effect("a socket whose venue confirms fewer flags than were requested is abandoned, and the reason names them", () =>
  Effect.gen(function*() {
    const settings = yield* BitfinexConfig
    const epoch = Epochs.make(1, 0)
    epoch.link = { ...epoch.link, opened: Effect.void, send: () => true }
    yield* Deferred.succeed(epoch.info, { event: "info", version: 2 })
    yield* Deferred.succeed(epoch.conf, { event: "conf", status: "OK" })
    const agree = Handshake.make({ name: "test", settings, login: undefined })
    epoch.flags = 0
    const error = yield* Effect.flip(agree(epoch))
    assert(isEnd(error))
    assert.strictEqual(error._tag, "Refused")
    assert.match(error.text, /^conf was answered without the flags .*sequence/)
    epoch.flags = Handshake.wantedFlags(settings)
    assert.strictEqual((yield* agree(epoch))["version"], 2)
  }))

it("a socket in maintenance is not down: no restart ends that", () => {
  const clock = { now: 0 }
  const status = new Status({ now: () => clock.now, onState: () => undefined, onProblem: () => undefined })
  clock.now = 5
  assert.strictEqual(status.health(5).downAge, 5)
  status.set({ _tag: "Maintenance", epoch: 1 })
  assert.isNull(status.health(9).downAge)
  clock.now = 20
  status.set({ _tag: "Waiting", attempts: 1, reason: "lost" })
  assert.strictEqual(status.health(21).downAge, 1)
})
