// Preloaded into the peers' mock server, which has no option for its host: every server of that process listens on
// loopback only.
const net = require("node:net")

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function(first, ...others) {
  if (typeof first === "number") {
    const rest = typeof others[0] === "string" ? others.slice(1) : others
    return listen.call(this, first, "127.0.0.1", ...rest)
  }
  if (typeof first === "object" && first !== null && first.port !== undefined) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...others)
  }
  return listen.call(this, first, ...others)
}
