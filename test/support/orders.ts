import type { Order } from "../../src/protocol/records/Order.ts"

const mts = Date.parse("2024-01-01")

/** an open order, with some of its cells changed */
export const order = (fields: Partial<Order>): Order => ({
  id: 1,
  gid: null,
  cid: 7,
  symbol: "tBTCUSD",
  mtsCreate: mts,
  mtsUpdate: mts,
  amount: 1,
  amountOrig: 1,
  orderType: "EXCHANGE LIMIT",
  typePrev: null,
  mtsTif: null,
  flags: 0,
  status: "ACTIVE",
  price: 100,
  priceAvg: 0,
  priceTrailing: 0,
  priceAuxLimit: 0,
  notify: 0,
  hidden: 0,
  placedId: null,
  routing: null,
  meta: null,
  ...fields
})
