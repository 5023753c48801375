/**
 * Rows that cannot be decoded, against `JSON.parse` of their text: CPU of one subscription with one consumer, for 100,000 of
 * them in one frame, and for 10,000 frames of one each; and of a REST list. Run it alone: `npx tsx bench/unread.ts`.
 */
import * as Effect from "effect/Effect"
import * as BufferPolicy from "../src/BufferPolicy.ts"
import { Subscription } from "../src/internal/socket/subscription.ts"
import { Delivery } from "../src/internal/stream/delivery.ts"
import * as Channel from "../src/protocol/Channel.ts"
import * as Layout from "../src/protocol/Layout.ts"
import { PublicTrade } from "../src/protocol/records/PublicTrade.ts"

const make = (): Subscription => {
  const sub = new Subscription(
    {
      operation: "bench",
      channel: "trades",
      fields: {},
      key: "trades",
      subId: undefined,
      layout: PublicTrade as Layout.Layout<unknown>,
      state: Channel.recent<PublicTrade>((row) => row.id, 10),
      buffer: BufferPolicy.sliding()
    },
    1,
    { delivery: new Delivery(), pause: () => undefined }
  )
  Effect.runFork(sub.attach(BufferPolicy.sliding()).forEachSync(() => undefined))
  sub.begin()
  sub.data([], null, null)
  return sub
}

/** ms of CPU, of this process alone: the least of nine runs, since other programs disturb */
const cost = (run: () => void): number =>
  Math.min(...Array.from({ length: 9 }, () => {
    const before = process.cpuUsage()
    run()
    const { system, user } = process.cpuUsage(before)
    return (system + user) / 1000
  }))

const print = (name: string, ours: number, parsed: number): void =>
  console.log(`${name}: ${ours.toFixed(1)} ms, ${(ours / parsed).toFixed(2)} of JSON.parse`)

for (const [name, row] of [["too short", "[1]"], ["with a wrong cell", `[1,1,"1",1]`]] as const) {
  const text = `[${Array.from({ length: 100_000 }, () => row).join(",")}]`
  const rows = JSON.parse(text) as ReadonlyArray<unknown>
  const sub = make()
  const parsed = cost(() => JSON.parse(text))
  print(`one frame of 100,000 rows ${name}`, cost(() => sub.data(rows, null, null)), parsed)
  const list = Layout.list(PublicTrade)
  print(`a list of 100,000 rows ${name}`, cost(() => list.decode(rows)), parsed)
}

const texts = Array.from({ length: 10_000 }, (_, k) => `[7,"te",[${401_597_395 + k},1574694478808,"0.005",7245.3]]`)
const rows = texts.map((text) => JSON.parse(text)[2] as unknown)
const sub = make()
print(
  "10,000 frames of one row with a wrong cell",
  cost(() => {
    sub.tick()
    for (const row of rows) sub.data(row, "te", null)
  }),
  cost(() => {
    for (const text of texts) JSON.parse(text)
  })
)
