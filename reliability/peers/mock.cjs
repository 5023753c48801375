// The peers' mock server, as a process of its own; prints its ports, and sends what it is told over stdin to every socket.
const { MockRESTv2Server, MockWSv2Server } = require("bfx-api-mock-srv")
const [apiPort, cmdPort, wsPort, wsCmdPort] = process.argv.slice(2).map(Number)
const rest = new MockRESTv2Server({ apiPort, cmdPort, listen: true })
const ws = new MockWSv2Server({ apiPort: wsPort, cmdPort: wsCmdPort, listen: true, syncOnConnect: true })
rest.setResponse("platform_status", [1])
rest.setResponse("ticker.tBTCUSD", [118280, 11.7, 118290, 18.5, 320, 0.0027, 118270, 135.9, 118760, 116470])
rest.setResponse("wallets", [["exchange", "UST", 145.58, 0, 145.58, null, null]])

// the mock answers a subscription and sends nothing after; these are the examples of the manual's pages on the channels
const frames = {
  ticker: [
    [[236.62, 9.0029, 236.88, 7.1138, -1.02, 0, 236.52, 5191.36754297, 250.01, 220.05]],
    ["hb"],
    [[236.63, 9.0029, 236.88, 7.1138, -1.02, 0, 236.52, 5191.36754297, 250.01, 220.05]]
  ],
  trades: [
    [[[401597395, 1574694478808, 0.005, 7245.3], [401597394, 1574694478700, -0.1, 7245.2]]],
    ["te", [401597396, 1574694479000, 0.01, 7245.4]],
    ["tu", [401597396, 1574694479000, 0.01, 7245.4]]
  ],
  book: [
    [[[7254.7, 3, 3.3], [7254.6, 1, 0.5], [7254.8, 2, -1.2]]],
    [[7254.7, 0, 1]],
    [[7254.9, 1, -0.25]]
  ],
  candles: [
    [[[1574698260000, 7379.785456, 7383.8, 7388.3, 7379.785456, 1.68829482]]],
    [[1574698320000, 7383.8, 7384, 7384, 7383.8, 0.1]]
  ]
}

ws.on("message", (client, message) => {
  const send = (frame) => client.send(JSON.stringify(frame))
  // `message` holds the channel's id once the mock has answered it
  if (message.event === "subscribe") {
    setImmediate(() => {
      for (const frame of frames[message.channel] ?? []) send([message.chanId, ...frame])
    })
  }
  if (message.event === "ping") send({ event: "pong", ts: Date.now(), cid: message.cid })
  if (message.event === "conf") send({ event: "conf", status: "OK", flags: message.flags })
})
process.stdin.on("data", (text) => {
  for (const line of String(text).trim().split("\n")) {
    if (line === "drop") ws._clients.forEach((client) => client.terminate())
    else ws.send(JSON.parse(line))
  }
})
process.stdin.on("end", () => process.exit())
setTimeout(() => console.log("ready"), 500)
