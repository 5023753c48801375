// The peers' mock server, as a process of its own; prints its ports, and sends what it is told over stdin to every socket.
const { MockRESTv2Server, MockWSv2Server } = require("bfx-api-mock-srv")
const [apiPort, cmdPort, wsPort, wsCmdPort] = process.argv.slice(2).map(Number)
const rest = new MockRESTv2Server({ apiPort, cmdPort, listen: true })
const ws = new MockWSv2Server({ apiPort: wsPort, cmdPort: wsCmdPort, listen: true, syncOnConnect: true })
rest.setResponse("platform_status", [1])
rest.setResponse("ticker.tBTCUSD", [118280, 11.7, 118290, 18.5, 320, 0.0027, 118270, 135.9, 118760, 116470])
rest.setResponse("wallets", [["exchange", "UST", 145.58, 0, 145.58, null, null]])
ws.on("message", (client, message) => {
  const send = (frame) => client.send(JSON.stringify(frame))
  if (message.event === "ping") send({ event: "pong", ts: Date.now(), cid: message.cid })
  if (message.event === "conf") send({ event: "conf", status: "OK", flags: message.flags })
})
process.stdin.on("data", (text) => {
  for (const line of String(text).trim().split("\n")) ws.send(JSON.parse(line))
})
process.stdin.on("end", () => process.exit())
setTimeout(() => console.log("ready"), 500)
