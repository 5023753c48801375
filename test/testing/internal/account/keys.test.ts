import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { sign } from "../../../../src/Auth.ts"
import { open, start } from "../../../support/accounts.ts"

const wallets = "v2/auth/r/wallets"

const refusal = (code: number, text: string) => ({ status: 500, body: ["error", code, text] })

describe("keys of the fake exchange", () => {
  it("takes the signatures of the documented vectors", () => {
    // path, body and signature for key demo-key, secret demo-secret, nonce 1700000000000000, computed with Python's
    // hmac
    const vectors = [
      [
        "v2/auth/w/order/submit",
        `{"type":"EXCHANGE LIMIT","symbol":"tBTCUSD","amount":"0.1","price":"10000"}`,
        "ccb3bda15c1a8462d0938d12f20ec4ceefa4972ab6aa9da893e7d37ceaac54626ba140f9a20a647c622612dab7016eb8"
      ],
      [
        wallets,
        "{}",
        "58890465f922488f358d83358b5ff2406fa988805e85cb389b0046c0eb15f8f388ab8cf1c87806ca3f4f944cb7e700d6"
      ],
      [
        wallets,
        "",
        "a618c88e359e2c501141f89a06bedc0de1adc8590f8a7a3380c0cf248aab32fe930685ee576605a70a1db601f221fc53"
      ],
      [
        "v2/auth/r/order/tBTCUSD:123456/trades",
        "{}",
        "1c68cd2561f012f0330ddf0b1112747b6325afa7557ae651b63568dd3eb4c5c25d82effda7688f3b725e6ac6b6da18fe"
      ]
    ] as const
    for (const [path, body, signature] of vectors) {
      const venue = open()
      const headers = {
        "bfx-apikey": "demo-key",
        "bfx-nonce": "1700000000000000",
        "bfx-signature": signature
      }
      assert.strictEqual(venue.send("POST", path, body, headers)(venue.now()).status, 200, path)
      assert.strictEqual(venue.view().nonce("demo-key"), 1_700_000_000_000_000)
      const wrong = venue.send("POST", path, `${body} `, headers)(venue.now())
      assert.deepStrictEqual(wrong, refusal(10100, "apikey: digest invalid"))
    }
  })

  it("checks key, signature, nonce, permission and parameters, in this order", () => {
    const venue = open({
      accounts: [{ key: "k", secret: "s", permissions: { wallets: { read: true }, orders: { read: true } } }]
    })
    const path = "v2/auth/w/order/submit"
    const ask = (key: string, secret: string, nonce: string, body = "{") =>
      venue.send("POST", path, body, {
        "bfx-apikey": key,
        "bfx-nonce": nonce,
        "bfx-signature": sign(Redacted.make(secret), `/api/${path}${nonce}${body}`)
      })(venue.now())
    assert.deepStrictEqual(ask("other", "other", "0"), refusal(10100, "apikey: invalid"))
    assert.deepStrictEqual(ask("k", "other", "0"), refusal(10100, "apikey: digest invalid"))
    assert.deepStrictEqual(ask("k", "s", "0"), refusal(10114, "nonce: small"))
    const { body } = ask("k", "s", "1") as { readonly body: ReadonlyArray<unknown> }
    assert.strictEqual(body[1], 10001)
    assert.match(String(body[2]), /api_key: permission invalid/)
    // the refused request has used its nonce
    assert.deepStrictEqual(ask("k", "s", "1"), refusal(10114, "nonce: small"))
    assert.strictEqual(venue.post(wallets, "{", "k").body[1], 10020)
    assert.strictEqual(venue.post(wallets, "[]", "k").body[2], "body: invalid")
    assert.strictEqual(venue.post(wallets, "", "k").status, 200)
    assert.deepStrictEqual(venue.view("k").commands(), [], "none of it came to the account")
  })

  it("nonces rise strictly, by key, in milliseconds or microseconds, up to 2^53 - 1", () => {
    const venue = open({ accounts: [{ key: "a", secret: "s" }, { key: "b", secret: "t" }] })
    const ask = (key: string, nonce: string | number) => {
      const { body, status } = venue.send("POST", wallets, "{}", venue.sign(wallets, "{}", key, nonce))(venue.now())
      return status === 200 ? "ok" : (body as ReadonlyArray<unknown>)[2]
    }
    assert.strictEqual(ask("a", start), "ok")
    assert.strictEqual(ask("a", start), "nonce: small")
    assert.strictEqual(ask("a", start - 1), "nonce: small")
    assert.strictEqual(ask("a", start + 1), "ok")
    assert.strictEqual(ask("a", start * 1000), "ok")
    assert.strictEqual(ask("a", start + 2), "nonce: small", "after microseconds, milliseconds are refused for good")
    assert.strictEqual(ask("b", start), "ok", "another key has nonces of its own")
    assert.strictEqual(ask("a", 2 ** 53 - 1), "ok")
    for (const nonce of ["9007199254740992", "", "x", "1.5", "-1", "1e15"]) {
      assert.strictEqual(ask("b", nonce), "nonce: invalid", nonce)
    }
  })

  it("permissions are those of the key, by scope and kind of access", () => {
    const venue = open({
      accounts: [
        { key: "reader", secret: "s", permissions: { wallets: { read: true }, orders: { read: true, write: false } } },
        { key: "all", secret: "s", userId: 7 }
      ]
    })
    const code = (name: string, args: { readonly [name: string]: unknown }, key: string) => {
      const { body, status } = venue.call(name, args, key)
      return status === 200 ? 200 : body[1]
    }
    assert.strictEqual(code("wallets", {}, "reader"), 200)
    assert.strictEqual(code("activeOrders", {}, "reader"), 200)
    assert.strictEqual(code("cancelOrders", { all: true }, "reader"), 10001)
    assert.strictEqual(code("positions", {}, "reader"), 10001)
    assert.strictEqual(code("cancelOrders", { all: true }, "all"), 200)
    const granted = venue.ask("keyPermissions", {}, "reader")
    const scopes = granted.filter((one: any) => one.read + one.write > 0).map((one: any) => one.scope)
    assert.deepStrictEqual(scopes, ["orders", "wallets"])
  })

  it("two keys of one user share an account", () => {
    const venue = open({
      accounts: [
        { key: "a", secret: "s", userId: 5, wallets: { exchange: { USD: 1000 } } },
        { key: "b", secret: "t", userId: 5 }
      ]
    })
    const id = venue.order({ type: "EXCHANGE LIMIT", symbol: "tBTCUSD", amount: "0.01", price: "10000" }, "a")
    assert.deepStrictEqual(venue.view("b").orders().map((order) => order.id), [id])
    assert.deepStrictEqual(venue.view("b").balance("exchange", "USD"), { total: 1000, available: 900 })
  })

  it("a token represents its key until it expires, within its caps", () => {
    const venue = open()
    const { token } = venue.ask("generateToken", { scope: "api", ttl: 60, caps: ["w"] })
    assert.match(token, /^pub:api:/)
    const ask = (path: string) => venue.send("POST", path, "{}", { "bfx-token": token })(venue.now())
    assert.strictEqual(ask(wallets).status, 200)
    assert.strictEqual((ask("v2/auth/r/orders").body as ReadonlyArray<unknown>)[1], 10001)
    // a token cannot create another token
    assert.strictEqual(
      venue.send("POST", "v2/auth/w/token", `{"scope":"api"}`, { "bfx-token": token })(venue.now()).status,
      500
    )
    venue.accounts.pass(venue.now() + 59_750)
    assert.strictEqual(ask(wallets).status, 200)
    venue.accounts.pass(venue.now() + 60_000)
    assert.deepStrictEqual(ask(wallets), refusal(10100, "token: invalid"))
  })

  it("withdrawals by token need writePermission; tokens last 120 s by default and can be invalidated", () => {
    const venue = open()
    const make = (options: object) => venue.post("v2/auth/w/token", { scope: "api", ...options }).body[0]
    const body = `{"wallet":"exchange","method":"bitcoin","amount":"0.01","address":"x"}`
    const code = (token: string) => {
      const { body: reply, status } = venue.send("POST", "v2/auth/w/withdraw", body, { "bfx-token": token })(
        venue.now()
      )
      return status === 200 ? 200 : (reply as ReadonlyArray<unknown>)[1]
    }
    assert.strictEqual(code(make({ caps: ["wd"] })), 10001)
    const token = make({ caps: ["wd"], writePermission: true })
    assert.strictEqual(code(token), 200)
    venue.accounts.pass(venue.now() + 119_750)
    assert.strictEqual(code(token), 200)
    venue.accounts.pass(venue.now() + 120_000)
    assert.strictEqual(code(token), 10100)
    const second = make({ writePermission: true })
    assert.deepStrictEqual(venue.post("v2/auth/w/token/del", { token: second }).body, [1])
    assert.strictEqual(code(second), 10100)
    for (const wrong of [{ ttl: 0 }, { ttl: -1 }, { caps: ["x"] }, { caps: "w" }, { scope: "other" }]) {
      assert.strictEqual(
        venue.post("v2/auth/w/token", { scope: "api", ...wrong }).body[1],
        10020,
        JSON.stringify(wrong)
      )
    }
  })

  it("a token from the options does not expire", () => {
    const venue = open({ accounts: [{ key: "k", secret: "s", token: "pub:api:mine" }] })
    venue.accounts.pass(venue.now() + 86_400_000)
    assert.strictEqual(venue.send("POST", wallets, "{}", { "bfx-token": "pub:api:mine" })(venue.now()).status, 200)
    assert.deepStrictEqual(
      venue.send("POST", wallets, "{}", { "bfx-token": "pub:api:other" })(venue.now()),
      refusal(10100, "token: invalid")
    )
  })

  it("limits by endpoint: 429 beyond them, and for all requests of the following minute: the address is blocked", () => {
    const limited = { status: 429, body: { error: "ERR_RATE_LIMIT" } }
    const venue = open({ rateLimits: true })
    for (let count = 0; count < 90; count++) assert.strictEqual(venue.call("wallets").status, 200)
    assert.strictEqual(venue.call("positions").status, 200, "other endpoints have limits of their own")
    const before = venue.view().nonce("demo-key")
    assert.deepStrictEqual(venue.call("wallets"), limited)
    assert.strictEqual(venue.view().nonce("demo-key"), before, "a refused request is not looked at")
    assert.deepStrictEqual(venue.call("positions"), limited)
    venue.pass(59_000)
    assert.deepStrictEqual(venue.call("wallets"), limited)
    assert.deepStrictEqual(venue.call("positions"), limited)
    venue.pass(1000)
    assert.strictEqual(venue.call("wallets").status, 200)

    const strict = open({ rateLimits: 2 })
    assert.deepStrictEqual([1, 2, 3].map(() => strict.call("generateToken", { scope: "api" }).status), [200, 200, 429])
    const free = open()
    for (let count = 0; count < 200; count++) assert.strictEqual(free.call("wallets").status, 200)
  })
})
