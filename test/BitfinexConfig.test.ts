import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as BitfinexConfig from "../src/BitfinexConfig.ts"

const current = Effect.map(BitfinexConfig.BitfinexConfig, (settings) => settings)
const { socket: defaultSocket } = BitfinexConfig.defaults
const env = (variables: { readonly [name: string]: string }) =>
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

describe("BitfinexConfig", () => {
  it.effect("replaces the named settings of a group, and keeps the others", () =>
    Effect.gen(function*() {
      const settings = yield* current
      assert.strictEqual(settings.rest.timeout, "5 seconds")
      assert.strictEqual(settings.rest.publicUrl, BitfinexConfig.defaults.rest.publicUrl)
      assert.deepStrictEqual([settings.socket.url, settings.socket.flags], ["ws://127.0.0.1:1", defaultSocket.flags])
      assert.strictEqual(settings.account.url, BitfinexConfig.defaults.account.url)
    }).pipe(
      Effect.provide(BitfinexConfig.layer({ rest: { timeout: "5 seconds" }, socket: { url: "ws://127.0.0.1:1" } }))
    ))

  it.effect("adds to the settings of an outer layer; the inner layer, and the later argument, count", () =>
    Effect.gen(function*() {
      const { rest } = yield* current
      assert.deepStrictEqual([rest.timeout, rest.limitWait, rest.signedConcurrency], ["1 second", 0, 4])
    }).pipe(
      Effect.provide(BitfinexConfig.layer({ rest: { timeout: "2 seconds" } }, { rest: { timeout: "1 second" } })),
      Effect.provide(BitfinexConfig.layer({ rest: { timeout: "9 seconds", limitWait: 0, signedConcurrency: 4 } }))
    ))

  it.effect("reads hosts and timeouts from the configuration", () =>
    Effect.gen(function*() {
      const { account, rest, socket } = yield* current
      assert.strictEqual(socket.url, "ws://127.0.0.1:8080/ws/2")
      assert.strictEqual(rest.publicUrl, "http://127.0.0.1:8080")
      assert.strictEqual(Duration.toMillis(rest.timeout), 3000)
      assert.strictEqual(account.url, BitfinexConfig.defaults.account.url)
      assert.strictEqual(socket.connectTimeout, defaultSocket.connectTimeout)
    }).pipe(
      Effect.provide(Layer.provide(
        BitfinexConfig.layerConfig,
        env({
          BITFINEX_SOCKET_URL: "ws://127.0.0.1:8080/ws/2",
          BITFINEX_REST_PUBLIC_URL: "http://127.0.0.1:8080/",
          BITFINEX_REST_TIMEOUT: "3 seconds"
        })
      ))
    ))

  for (
    const [overrides, text] of [
      // without this, a program that was to run against a test server would run against the venue
      [{ publicUrl: "http://127.0.0.1:8080" }, "publicUrl = \"http://127.0.0.1:8080\" cannot be used"],
      [{ rest: { timout: "5 seconds" } }, "BitfinexConfig.layer: rest: timout"],
      [{ rest: { timeout: "5 secs" } }, "rest.timeout = \"5 secs\" cannot be used"],
      [{ account: { orderSettle: null } }, "account.orderSettle"],
      // it would count as zero, and prove that an order was never placed without waiting for it
      [{ account: { orderSettle: Number.NaN } }, "account.orderSettle"],
      [{ account: { commandTimeout: "-1 seconds" } }, "account.commandTimeout"],
      // no reply would ever be in time, and a watchdog would find each socket dead
      [{ rest: { timeout: 0 } }, "rest.timeout = 0 cannot be used, nothing was sent: give a duration above zero"],
      [{ socket: { silence: "0 seconds" } }, "socket.silence"],
      [{ socket: { pingEvery: 0 } }, "socket.pingEvery"],
      [{ rest: { signedConcurrency: 0 } }, "rest.signedConcurrency"],
      [{ rest: { authUrl: undefined } }, "rest.authUrl"],
      [{ socket: { url: "127.0.0.1/ws" } }, "socket.url"],
      [{ socket: { url: "https://127.0.0.1/ws" } }, "socket.url"],
      // these parse as protocols without a host, and Node would connect to port 80 of this machine
      [{ rest: { authUrl: "api.bitfinex.com:443" } }, "rest.authUrl"],
      [{ account: { url: "localhost:8080/ws/2" } }, "account.url"],
      [{ rest: { publicUrl: "http://127.0.0.1:8080/v2/" } }, "host alone: the version and all behind it are added"],
      [{ rest: { publicUrl: "http://127.0.0.1:8080?a=1" } }, "rest.publicUrl"],
      [{ socket: { reconnect: "1 second" } }, "socket.reconnect"],
      [{ account: { orderLimit: { count: Number.NaN, per: "5 minutes" } } }, "account.orderLimit"],
      [{ account: { connectLimit: { count: 5, per: 0 } } }, "account.connectLimit"],
      [{ limitMargin: Number.NaN }, "limitMargin"],
      // sequence numbers would be off, and lost messages would go unnoticed
      [{ socket: { flags: { sequnce: true, checksum: true } } }, "socket.flags"],
      [{ socket: { flags: { sequence: "yes" } } }, "socket.flags"],
      [{ socket: { flags: null } }, "socket.flags"]
    ] as ReadonlyArray<readonly [overrides: any, text: string]>
  ) {
    it.effect(`a setting that cannot be is a defect that names it: ${JSON.stringify(overrides)}`, () =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(Effect.provide(current, BitfinexConfig.layer(overrides)))
        assert.include(Exit.isFailure(exit) && Cause.isDie(exit.cause) ? Cause.pretty(exit.cause) : "", text)
      }))
  }

  it.effect("leaves a slash behind a host out", () =>
    Effect.gen(function*() {
      const { rest } = yield* current
      assert.deepStrictEqual([rest.publicUrl, rest.authUrl], ["http://127.0.0.1:8080", "http://127.0.0.1/venue"])
    }).pipe(
      Effect.provide(
        BitfinexConfig.layer({ rest: { publicUrl: "http://127.0.0.1:8080/", authUrl: "http://127.0.0.1/venue//" } })
      )
    ))

  for (
    const [name, value] of [
      ["BITFINEX_ACCOUNT_URL", "not a host"],
      ["BITFINEX_SOCKET_URL", "localhost:8080/ws/2"],
      ["BITFINEX_REST_AUTH_URL", "api.bitfinex.com:443"],
      ["BITFINEX_REST_PUBLIC_URL", "http://127.0.0.1:8080/v2"],
      ["BITFINEX_REST_TIMEOUT", "-5 seconds"],
      ["BITFINEX_REST_TIMEOUT", "0 millis"],
      ["BITFINEX_SOCKET_CONNECT_TIMEOUT", "-1 seconds"],
      ["BITFINEX_ACCOUNT_COMMAND_TIMEOUT", "5 mins"]
    ] as const
  ) {
    it.effect(`refuses a configured value that cannot be, by its name: ${name}=${value}`, () =>
      Effect.gen(function*() {
        const error = yield* BitfinexConfig.config.pipe(
          Effect.as("accepted"),
          Effect.merge,
          Effect.provide(env({ [name]: value }))
        )
        assert.include(String(error), name)
      }))
  }
})
