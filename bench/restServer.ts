/**
 * A venue on loopback that verifies each signature, and answers with the wallets of an account, after the number of
 * milliseconds in its argument. It counts nonces that arrived out of order, but answers them too: the floor does not
 * decide which of two parallel requests arrives first.
 */
import { createHmac } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const latency = Number(process.argv[2] ?? 0)
const secret = "demo-secret"
const wallets = JSON.stringify(
  ["BTC", "ETH", "USD", "UST", "EUR"].map((currency, k) => ["exchange", currency, 1.5 + k, 0, 1.25 + k, null, null])
)
const last = new Map<string, number>()
let requests = 0
let late = 0

const server = createServer((request, response) => {
  let body = ""
  request.on("data", (chunk: Buffer) => body += chunk.toString("latin1"))
  request.on("end", () => {
    const { "bfx-apikey": key = "", "bfx-nonce": nonce = "", "bfx-signature": signature } = request.headers
    const signed = createHmac("sha384", secret).update(`/api${request.url}${nonce}${body}`).digest("hex")
    if (signature !== signed) {
      response.writeHead(500, { "content-type": "application/json" }).end(`["error",10100,"apikey: digest invalid"]`)
      return
    }
    requests++
    const before = last.get(String(key)) ?? 0
    if (Number(nonce) <= before) late++
    last.set(String(key), Math.max(before, Number(nonce)))
    const answer = () =>
      response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": wallets.length })
        .end(wallets)
    if (latency > 0) setTimeout(answer, latency)
    else answer()
  })
})

server.listen(0, "127.0.0.1", () => process.send!({ type: "listening", port: (server.address() as AddressInfo).port }))
process.on("message", () => process.send!({ type: "counted", requests, late }))
process.on("disconnect", () => process.exit(0))
