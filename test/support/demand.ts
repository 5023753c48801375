import type { Demand } from "../../src/internal/socket/demand.ts"

/** a demand for a channel that ignores its frames */
export const idle = (symbol: string, subId = 1): Demand => ({
  request: { operation: "trades", channel: "trades", fields: { symbol }, key: `trades|${symbol}`, subId: undefined },
  subId,
  live: false,
  acknowledged: false,
  consumers: 1,
  begin: () => undefined,
  interrupt: () => undefined,
  end: () => undefined,
  gap: () => undefined,
  checksum: () => undefined,
  data: () => undefined
})
