/**
 * The floor's account: a handwritten login, and an object for each event.
 */
import { createHmac } from "node:crypto"
import { key, secret } from "./account.ts"
import { onFill, onOrder, onWallet, type Tally } from "./truth.ts"

export const login = (): object => {
  const authNonce = Date.now() * 1000
  const authPayload = `AUTH${authNonce}`
  const authSig = createHmac("sha384", secret).update(authPayload).digest("hex")
  return { event: "auth", apiKey: key, authNonce, authPayload, authSig }
}

/** delivers the event; false for types that are not updates */
export const onAccount = (tallies: ReadonlyArray<Tally>, type: string, row: any): boolean => {
  switch (type) {
    case "on":
    case "ou":
    case "oc": {
      const order = {
        id: row[0],
        gid: row[1],
        cid: row[2],
        symbol: row[3],
        mtsCreate: row[4],
        mtsUpdate: row[5],
        amount: row[6],
        amountOrig: row[7],
        orderType: row[8],
        typePrev: row[9],
        mtsTif: row[10],
        flags: row[12],
        status: row[13],
        price: row[16],
        priceAvg: row[17],
        priceTrailing: row[18],
        priceAuxLimit: row[19],
        notify: row[23],
        hidden: row[24],
        placedId: row[25],
        routing: row[28],
        meta: row[31]
      }
      onOrder(tallies[0]!, order, type)
      return true
    }
    case "te":
    case "tu": {
      const fill = {
        id: row[0],
        symbol: row[1],
        mts: row[2],
        orderId: row[3],
        execAmount: row[4],
        execPrice: row[5],
        orderType: row[6],
        orderPrice: row[7],
        maker: row[8],
        fee: row[9],
        feeCurrency: row[10],
        cid: row[11]
      }
      onFill(tallies[1]!, fill, type)
      return true
    }
    case "wu": {
      const wallet = {
        type: row[0],
        currency: row[1],
        balance: row[2],
        unsettledInterest: row[3],
        availableBalance: row[4],
        lastChange: row[5],
        lastChangeMetadata: row[6]
      }
      onWallet(tallies[2]!, wallet)
      return true
    }
    default:
      return false
  }
}
