/**
 * Application of a fault to one open connection.
 *
 * @internal
 */
import type { Fault } from "../../Fault.ts"
import { hugeText } from "../venue/http.ts"
import type { Connection } from "./connection.ts"
import type { Registry } from "./faults.ts"

/** `missed`: the connection has no target for the fault; `waits`: its occasion has not come yet */
export const strike = (registry: Registry, fault: Fault, one: Connection): "met" | "missed" | "waits" => {
  switch (fault._tag) {
    case "Drop":
      one.drop(fault.code, fault.reason ?? "")
      return "met"
    case "HalfOpen":
      one.freeze()
      return "met"
    case "Stall":
      one.stall(fault.millis, fault.direction ?? "toVenue")
      return "met"
    case "MutePong":
      one.mutePong(fault.of)
      return "met"
    case "Delay":
      one.delay(fault.millis)
      return "met"
    case "Mute":
      return one.venue.mute(fault.channel) > 0 ? "met" : "missed"
    case "MuteSocket":
      one.venue.muteAll()
      return "met"
    case "Send":
      one.send(fault.text)
      return "met"
    case "SendBinary":
      one.send(Uint8Array.from(fault.bytes))
      return "met"
    case "Huge":
      one.send(hugeText(fault.bytes))
      return "met"
    case "Info":
      one.venue.info(fault.code)
      return "met"
    case "UnknownAccountEvent": {
      const { account } = one.venue
      if (account?.session() === undefined) return "missed"
      account.raw(fault.type, fault.payload)
      return "met"
    }
    default:
      // a fault that changes a frame waits for that frame
      registry.add(fault, one.id, 1)
      return "waits"
  }
}
