import * as Fault from "../../src/testing/Fault.ts"
import * as Dice from "./dice.ts"
import type { Entry, Plan, Scenario, Target, WorkloadName } from "./model.ts"

/** the time window of faults, ms, after the client had time to connect */
const [first, last] = [3000, 24_000]

type Throw = Dice.Dice
type Made = Fault.Fault

const when = (dice: Throw): number => Math.round(dice.between(first, last))

/** one fault, repeated up to a maximum, at random times */
const some = (most: number, make: (dice: Throw, target: Target) => Made): Scenario["plan"] => (dice, target) =>
  Array.from({ length: dice.int(1, most) }, (): Entry => ({ after: when(dice), fault: make(dice, target) }))

/** consecutive faults, each a number of ms after the previous one */
const inTurn =
  (...steps: ReadonlyArray<(dice: Throw, target: Target) => readonly [gap: number, fault: Made]>): Scenario["plan"] =>
  (dice, target) => {
    let at = when(dice)
    return steps.map((step) => {
      const [gap, fault] = step(dice, target)
      at += gap
      return { after: at, fault }
    })
  }

const sockets: ReadonlyArray<WorkloadName> = ["channels", "books", "account"]
const market: ReadonlyArray<WorkloadName> = ["channels", "books"]

/** all connections, or one existing or future connection */
const one = (dice: Throw): { readonly connection?: number } => dice.chance(0.5) ? {} : { connection: dice.int(1, 3) }

/** any channel, or channels of one kind */
const matching = (dice: Throw, { channels, workload }: Target): { readonly match?: string } => {
  if (!market.includes(workload)) return { match: "account" }
  return dice.chance(0.4) ? {} : { match: dice.pick(channels) }
}

/** for a plan without a target */
const anywhere: Target = { workload: "account", channels: [] }

const badCells = ["nullSymbol", "textAmount", "hugeId", "nullStatus"] as const

const drop = (code = 1006) => Fault.Drop.make({ code })

// ---------------------------------------------------------------------------------------------------------------------
// connections
// ---------------------------------------------------------------------------------------------------------------------

/** codes of close frames; 1004, 1006 and 1015 are never sent, and appear as a reset */
export const closeCodes = [
  ...Array.from({ length: 16 }, (_, k) => 1000 + k),
  4000
]

const connections: ReadonlyArray<Scenario> = [
  ...closeCodes.map((code): Scenario => ({
    name: `close-${code}`,
    group: "connection",
    what: code === 1004 || code === 1006 || code === 1015
      ? `the connection is reset, which clients see as 1006: ${code} is never sent`
      : `the venue closes with ${code}`,
    workloads: sockets,
    plan: some(3, (dice) => Fault.Drop.make({ code, reason: dice.pick(["", "bye", "ü".repeat(40)]), ...one(dice) }))
  })),
  {
    name: "drops-in-a-row",
    group: "connection",
    what: "three to eight resets in a row, up to 4 s apart",
    workloads: sockets,
    plan: (dice) => {
      const apart = dice.pick([100, 900, 4000])
      const start = dice.between(first, Math.max(first, last - 8 * apart))
      return Array.from({ length: dice.int(3, 8) }, (_, k) => ({ after: Math.round(start + k * apart), fault: drop() }))
    }
  },
  {
    name: "refused",
    group: "connection",
    what: "the connection is reset, and the next one to five upgrade requests are refused with an HTTP status",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.Refuse.make({ times: dice.int(1, 5), status: dice.pick([403, 500, 502, 503, 504, 520]) })],
      () => [0, drop()]
    )
  },
  {
    name: "reset-on-connect",
    group: "connection",
    what: "the connection is reset, and so are the next one to five before they open",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.Refuse.make({ times: dice.int(1, 5), status: "reset" })],
      () => [0, drop()]
    )
  },
  {
    name: "refused-429",
    group: "venue",
    what: "the connection is reset, and the next one to four upgrade requests are refused with 429",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.Refuse.make({ times: dice.int(1, 4), status: 429 })],
      () => [0, drop()]
    )
  },
  {
    name: "connect-limit",
    group: "venue",
    what: "the venue limits connections to 20 a minute, while they are reset again and again",
    workloads: market,
    plan: (dice) => [
      { after: 0, fault: Fault.ConnectLimit.make({}) },
      ...Array.from({ length: dice.int(5, 14) }, () => ({ after: when(dice), fault: drop() }))
    ]
  },
  {
    name: "half-open",
    group: "connection",
    what: "the peer becomes unreachable without a close frame",
    workloads: sockets,
    plan: some(2, (dice) => Fault.HalfOpen.make(one(dice)))
  },
  {
    name: "slow-handshake",
    group: "connection",
    what: "the connection is reset, and the next handshakes take 1 to 9 s",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.SlowHandshake.make({ millis: dice.int(1000, 9000), times: dice.int(1, 3) })],
      () => [0, drop()]
    )
  },
  {
    name: "handshake-stall",
    group: "connection",
    what: "the connection is reset, and the next handshakes take longer than the client waits, as in TLS",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.SlowHandshake.make({ millis: dice.int(11_000, 40_000), times: dice.int(1, 2) })],
      () => [0, drop()]
    )
  },
  {
    name: "drop-on-connect",
    group: "connection",
    what: "new connections are reset at once",
    workloads: sockets,
    plan: (dice) => [
      { after: when(dice), fault: drop() },
      ...Array.from({ length: dice.int(1, 3) }, (_, k) => ({
        after: first,
        fault: Fault.Drop.make({ code: 1006, connection: 3 + k })
      }))
    ]
  }
]

// ---------------------------------------------------------------------------------------------------------------------
// messages of the venue
// ---------------------------------------------------------------------------------------------------------------------

const info = (code: 20051 | 20060 | 20061) => Fault.Info.make({ code })

const venue: ReadonlyArray<Scenario> = [
  {
    name: "restart-20051",
    group: "venue",
    what: "the venue asks clients to reconnect (20051)",
    workloads: sockets,
    plan: some(3, (dice) => Fault.Info.make({ code: 20051, ...one(dice) }))
  },
  {
    name: "restart-and-refuse",
    group: "venue",
    what: "the venue asks clients to reconnect (20051), resets connections, and refuses new ones for a while",
    workloads: sockets,
    plan: inTurn(
      () => [0, info(20051)],
      (dice) => [0, Fault.Refuse.make({ times: dice.int(1, 4) })],
      (dice) => [dice.int(0, 1500), drop()]
    )
  },
  {
    name: "maintenance",
    group: "venue",
    what: "maintenance begins (20060) and ends (20061)",
    workloads: sockets,
    plan: inTurn(() => [0, info(20060)], (dice) => [dice.int(100, 20_000), info(20061)])
  },
  {
    name: "maintenance-and-close",
    group: "venue",
    what: "maintenance begins, all connections close, maintenance ends",
    workloads: sockets,
    plan: inTurn(
      () => [0, info(20060)],
      (dice) => [dice.int(0, 5000), drop(dice.pick([1000, 1001, 1006, 1012]))],
      (dice) => [dice.int(2000, 12_000), info(20061)]
    )
  },
  {
    name: "maintenance-and-refuse",
    group: "venue",
    what: "maintenance begins, connections close and new ones are refused, maintenance ends",
    workloads: sockets,
    plan: inTurn(
      () => [0, info(20060)],
      (dice) => [0, Fault.Refuse.make({ times: dice.int(1, 4) })],
      (dice) => [dice.int(0, 5000), drop()],
      (dice) => [dice.int(2000, 12_000), info(20061)]
    )
  },
  {
    name: "maintenance-without-word",
    group: "venue",
    what: "maintenance ends (20061) although none was announced",
    workloads: sockets,
    plan: some(2, () => info(20061))
  },
  {
    name: "cap-shrinks-10305",
    group: "venue",
    what: "the channel limit of a socket decreases (10305)",
    workloads: ["channels"],
    plan: (dice) => {
      let channels = dice.int(8, 24)
      return Array.from({ length: dice.int(1, 3) }, (_, k) => {
        channels = Math.max(5, channels - 3 * k)
        const after = k === 0 ? 0 : Math.round(dice.between(first, 9000) * k)
        return [
          { after, fault: Fault.ChannelLimit.make({ channels }) },
          { after: after + 500, fault: drop() }
        ]
      }).flat()
    }
  },
  {
    name: "limit-10305-once",
    group: "venue",
    what: "a subscription is refused with 10305 below the limit: on a socket without other channels its stream fails",
    workloads: ["channels"],
    permits: ["SubscriptionRejected"],
    plan: inTurn(
      (dice) => [0, Fault.RejectSubscribe.make({ times: dice.int(1, 2), code: 10305 })],
      () => [0, drop()]
    )
  },
  {
    name: "duplicate-10301",
    group: "venue",
    what: "a subscription is refused as a duplicate (10301)",
    workloads: market,
    permits: ["SubscriptionRejected"],
    plan: inTurn(
      (dice, target) => [0, Fault.RejectSubscribe.make({ times: 1, code: 10301, match: dice.pick(target.channels) })],
      () => [0, drop()]
    )
  },
  {
    name: "rejected-10300",
    group: "venue",
    what: "a subscription is refused permanently (10300): its stream fails, the others continue",
    workloads: market,
    permits: ["SubscriptionRejected"],
    plan: inTurn(
      (dice, target) => [0, Fault.RejectSubscribe.make({ times: 1, code: 10300, match: dice.pick(target.channels) })],
      () => [0, drop()]
    )
  },
  {
    name: "put-off",
    group: "venue",
    what: "subscriptions are refused temporarily (10008, 11000)",
    workloads: market,
    plan: inTurn(
      (dice) => [0, Fault.RejectSubscribe.make({ times: dice.int(1, 6), code: dice.pick([10008, 11000]) })],
      () => [0, drop()]
    )
  },
  {
    name: "subscribe-unanswered",
    group: "venue",
    what: "subscriptions are not answered",
    workloads: market,
    plan: inTurn(
      (dice, target) => [0, Fault.IgnoreSubscribe.make({ times: dice.int(1, 3), match: dice.pick(target.channels) })],
      () => [0, drop()]
    )
  },
  {
    name: "subscribe-late",
    group: "venue",
    what: "subscriptions are answered up to 25 s late, each after another time, while other channels go on",
    workloads: market,
    plan: (dice, target) => {
      const after = when(dice)
      return [
        ...Array.from({ length: dice.int(1, 5) }, (): Entry => {
          const match = dice.chance(0.5) ? {} : { match: dice.pick(target.channels) }
          return { after, fault: Fault.SlowSubscribe.make({ millis: dice.int(200, 25_000), ...match }) }
        }),
        { after, fault: drop() }
      ]
    }
  },
  {
    name: "duplicate-nameless",
    group: "venue",
    what: "subscriptions are answered late, and a second request for one as a duplicate, without the channel id",
    workloads: market,
    plan: inTurn(
      (dice, target) => [
        0,
        Fault.SlowSubscribe.make({ millis: dice.int(5000, 25_000), match: dice.pick(target.channels) })
      ],
      (dice) => [0, Fault.DupWithoutChanId.make({ times: dice.int(1, 5) })],
      () => [0, drop()]
    )
  },
  {
    name: "id-shared",
    group: "venue",
    what: "two subscriptions are answered with one channel id",
    workloads: market,
    plan: inTurn(
      (dice, target) => [0, Fault.SharedChanId.make(dice.chance(0.5) ? {} : { match: dice.pick(target.channels) })],
      () => [0, drop()]
    )
  },
  {
    name: "conf-unanswered",
    group: "venue",
    what: "`conf` is not acknowledged",
    workloads: sockets,
    plan: inTurn((dice) => [0, Fault.IgnoreConf.make({ times: dice.int(1, 2) })], () => [0, drop()])
  },
  {
    name: "data-before-answer",
    group: "venue",
    what: "snapshots arrive before the answer with their channel id",
    workloads: market,
    plan: inTurn((dice) => [0, Fault.DataBeforeSubscribed.make({ times: dice.int(1, 9) })], () => [0, drop()])
  },
  {
    name: "version-3",
    group: "venue",
    what: "the venue announces another protocol version: streams fail with UnsupportedVersion",
    workloads: ["channels"],
    permits: ["UnsupportedVersion"],
    alone: true,
    plan: inTurn(() => [0, Fault.Version.make({ version: 3, times: 1 })], () => [0, drop()])
  }
]

// ---------------------------------------------------------------------------------------------------------------------
// frames
// ---------------------------------------------------------------------------------------------------------------------

const frames: ReadonlyArray<Scenario> = [
  {
    name: "lost",
    group: "frames",
    what: "frames are lost, together with their sequence numbers",
    workloads: market,
    plan: some(4, (dice, target) => Fault.Lose.make({ ...matching(dice, target), ...one(dice) }))
  },
  {
    name: "lost-uncounted",
    group: "frames",
    what: "frames of books are lost before they are numbered: only checksums show it",
    workloads: ["books"],
    plan: some(3, (dice) => Fault.Lose.make({ counted: false, match: dice.pick(["book:t", "P0:F0:25", "R0:F0:25"]) }))
  },
  {
    name: "duplicated",
    group: "frames",
    what: "frames arrive twice",
    workloads: market,
    plan: some(5, (dice, target) => Fault.Duplicate.make({ ...matching(dice, target), ...one(dice) }))
  },
  {
    name: "reordered",
    group: "frames",
    what: "frames arrive in the reverse order",
    workloads: market,
    plan: some(4, (dice, target) => Fault.Reorder.make({ ...matching(dice, target), ...one(dice) }))
  },
  {
    name: "delayed",
    group: "frames",
    what: "all frames are delayed for a while",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.Delay.make({ millis: dice.int(50, 4000) })],
      (dice) => [dice.int(1000, 15_000), Fault.Delay.make({ millis: 0 })]
    )
  },
  {
    name: "delayed-beyond-patience",
    group: "frames",
    what: "all frames are delayed for a while, by more than the client waits for answers",
    workloads: sockets,
    plan: inTurn(
      (dice) => [0, Fault.Delay.make({ millis: dice.int(6000, 25_000) })],
      () => [0, drop()],
      (dice) => [dice.int(1000, 15_000), Fault.Delay.make({ millis: 0 })]
    )
  },
  {
    name: "corrupt-checksum",
    group: "frames",
    what: "checksums of books are wrong",
    workloads: market,
    plan: some(4, (dice) => Fault.CorruptChecksum.make({ match: dice.pick(["book", "R0", "P0"]), ...one(dice) }))
  },
  {
    name: "sequence-gap",
    group: "frames",
    what: "sequence numbers are skipped",
    workloads: market,
    plan: some(3, (dice) => Fault.SkipSequence.make({ by: dice.int(1, 50), ...one(dice) }))
  },
  {
    name: "many-gaps",
    group: "frames",
    what: "sequence numbers are skipped again and again",
    workloads: market,
    plan: (dice) => {
      const start = dice.between(first, 6000)
      return Array.from({ length: dice.int(6, 10) }, (_, k) => ({
        after: Math.round(start + 1600 * k),
        fault: Fault.SkipSequence.make({ by: 1 })
      }))
    }
  },
  {
    name: "mute-channel",
    group: "frames",
    what: "a channel becomes silent, including its heartbeats",
    workloads: market,
    plan: some(3, (dice, target) => Fault.Mute.make({ channel: dice.pick(target.channels) }))
  },
  {
    name: "mute-socket",
    group: "frames",
    what: "all channels of a socket become silent, while requests are answered",
    workloads: market,
    plan: some(1, (dice) => Fault.MuteSocket.make(one(dice)))
  },
  {
    name: "truncated",
    group: "frames",
    what: "frames are cut in half",
    workloads: market,
    plan: some(3, (dice, target) => Fault.Truncate.make({ ...matching(dice, target), ...one(dice) }))
  },
  {
    name: "malformed",
    group: "frames",
    what: "texts that are not frames, or frames of channels without a subscription",
    workloads: sockets,
    plan: some(6, (dice) =>
      Fault.Send.make({
        text: dice.pick([
          "",
          "no json",
          "[",
          "null",
          "7",
          "[]",
          "{}",
          "{\"event\":7}",
          "{\"event\":\"news\"}",
          "[1,[1,2,3]]",
          "[\"x\",[1]]",
          "{\"event\":\"subscribed\"}",
          "{\"event\":\"subscribed\",\"channel\":\"ticker\",\"chanId\":99,\"symbol\":\"tLTCUSD\"}",
          "{\"event\":\"error\",\"code\":10000}",
          "{\"event\":\"unsubscribed\",\"chanId\":4}"
        ]),
        ...one(dice)
      }))
  },
  {
    name: "binary",
    group: "frames",
    what: "binary frames",
    workloads: sockets,
    plan: some(3, (dice) => Fault.SendBinary.make({ bytes: [dice.int(0, 255), 91, 93], ...one(dice) }))
  },
  {
    name: "huge",
    group: "frames",
    what: "frames of a megabyte",
    workloads: sockets,
    plan: some(2, (dice) => Fault.Huge.make({ bytes: 1_000_000, ...one(dice) }))
  },
  {
    name: "corrupt-row",
    group: "frames",
    what: "numbers arrive as strings",
    workloads: market,
    plan: some(4, (dice, target) => Fault.CorruptRow.make({ ...matching(dice, target), ...one(dice) }))
  },
  {
    name: "short-row",
    group: "frames",
    what: "rows lack a cell",
    workloads: market,
    plan: some(4, (dice, target) => Fault.ShortRow.make({ ...matching(dice, target), ...one(dice) }))
  },
  {
    name: "unreadable-rows",
    group: "frames",
    what: "a frame of up to 2000 rows that cannot be decoded",
    workloads: market,
    plan: some(
      2,
      (dice, target) =>
        Fault.UnreadableRows.make({ rows: dice.pick([1, 3, 50, 2000]), ...matching(dice, target), ...one(dice) })
    )
  },
  {
    name: "long-row",
    group: "frames",
    what: "rows have additional cells, as when the venue extends a record",
    workloads: market,
    plan: some(6, (dice, target) => Fault.LongRow.make({ ...matching(dice, target), ...one(dice) }))
  }
]

// ---------------------------------------------------------------------------------------------------------------------
// the account: logins, commands, and their faults
// ---------------------------------------------------------------------------------------------------------------------

const input = (dice: Throw) => dice.pick(["on", "on", "on", "ou", "oc"] as const)

const point = (name: "received" | "executed" | "notified" | "filling"): Scenario => ({
  name: `command-${name}`,
  group: "commands",
  what: {
    received: "the connection drops after a command was read, and the command is not executed",
    executed: "the connection drops after a command was executed, before its notification",
    notified: "the connection drops after the notification of a command, before its first event",
    filling: "the connection drops during a fill"
  }[name],
  workloads: ["account"],
  plan: some(3, (dice) =>
    Fault.DropOnCommand.make({
      input: name === "filling" ? "on" : input(dice),
      point: name,
      code: dice.pick([1000, 1001, 1006, 1011])
    }))
})

const commands: ReadonlyArray<Scenario> = [
  {
    name: "command-before-send",
    group: "commands",
    what: "commands are called while the account is not connected",
    workloads: ["account"],
    plan: inTurn(
      (dice) => [0, Fault.Refuse.make({ times: dice.int(1, 4) })],
      () => [0, drop()]
    )
  },
  ...(["received", "executed", "notified", "filling"] as const).map(point),
  {
    name: "command-on-the-cancel",
    group: "commands",
    what: "the connection drops around a cancellation",
    workloads: ["account"],
    plan: some(3, (dice) =>
      Fault.DropOnCommand.make({
        input: dice.pick(["oc", "oc", "oc_multi"]),
        point: dice.pick(["received", "executed", "notified", "filling"])
      }))
  },
  {
    name: "cancel-ineffective",
    group: "commands",
    what: "cancellations are acknowledged with SUCCESS, and their orders end seconds later or never",
    workloads: ["account"],
    plan: some(4, (dice) =>
      Fault.SlowCancel.make({
        times: dice.int(1, 3),
        ...(dice.chance(0.5) ? {} : { millis: dice.int(100, 9000) })
      }))
  },
  {
    name: "command-half-open",
    group: "commands",
    what: "the peer becomes unreachable while commands are in flight",
    workloads: ["account"],
    plan: some(2, () => Fault.HalfOpen.make({}))
  },
  {
    name: "notification-lost",
    group: "commands",
    what: "notifications of commands are lost",
    workloads: ["account"],
    plan: some(4, () => Fault.LoseNotification.make({}))
  },
  {
    name: "notification-late",
    group: "commands",
    what: "notifications of commands arrive late, or after the deadline",
    workloads: ["account"],
    plan: some(3, (dice) => Fault.DelayNotification.make({ millis: dice.pick([500, 4000, 12_000]) }))
  },
  {
    name: "login-refused",
    group: "commands",
    what: "the login is refused permanently (10100): streams and commands fail with AuthenticationFailed",
    workloads: ["account"],
    permits: ["AuthenticationFailed"],
    alone: true,
    plan: inTurn(() => [0, Fault.RefuseLogin.make({ code: 10100, msg: "apikey: invalid" })], () => [0, drop()])
  },
  {
    name: "login-nonce",
    group: "commands",
    what: "the nonce of a login is refused as too small (10114)",
    workloads: ["account"],
    permits: ["NonceTooSmall"],
    plan: inTurn(() => [0, Fault.RefuseLogin.make({ code: 10114, msg: "nonce: small" })], () => [0, drop()])
  },
  {
    name: "login-unanswered",
    group: "commands",
    what: "logins are not answered",
    workloads: ["account"],
    plan: inTurn((dice) => [0, Fault.IgnoreLogin.make({ times: dice.int(1, 3) })], () => [0, drop()])
  },
  {
    name: "snapshot-missing",
    group: "commands",
    what: "a snapshot of the account is missing",
    workloads: ["account"],
    plan: inTurn((dice) => [0, Fault.SkipSnapshot.make({ type: dice.pick(["os", "ws", "ps"]) })], () => [0, drop()])
  },
  {
    name: "snapshot-late",
    group: "commands",
    what: "a snapshot of the account arrives late",
    workloads: ["account"],
    plan: inTurn(
      (dice) => [0, Fault.DelaySnapshot.make({ type: dice.pick(["os", "ws", "ps"]), millis: dice.int(100, 9000) })],
      () => [0, drop()]
    )
  },
  {
    name: "account-frames-lost",
    group: "frames",
    what: "events of the account are lost, together with their sequence numbers",
    workloads: ["account"],
    plan: some(3, () => Fault.Lose.make({ match: "account" }))
  },
  {
    name: "account-frames-twice",
    group: "frames",
    what: "events of the account arrive twice",
    workloads: ["account"],
    plan: some(4, () => Fault.Duplicate.make({ match: "account" }))
  },
  {
    name: "account-mute",
    group: "frames",
    what: "channel 0 becomes silent permanently, after the first heartbeats",
    workloads: ["account"],
    alone: true,
    plan: (dice) => [{
      after: dice.int(16_000, 24_000),
      fault: dice.chance(0.5) ? Fault.Mute.make({ channel: 0 }) : Fault.MuteSocket.make({})
    }]
  },
  {
    name: "account-answer-twice",
    group: "frames",
    what: "the login is answered again, or a subscription is answered with channel 0",
    workloads: ["account"],
    plan: some(4, (dice) =>
      Fault.Send.make({
        text: dice.pick([
          "{\"event\":\"auth\",\"status\":\"OK\",\"chanId\":0,\"userId\":1}",
          "{\"event\":\"auth\",\"status\":\"FAILED\",\"chanId\":0,\"code\":10100,\"msg\":\"apikey: invalid\"}",
          "{\"event\":\"subscribed\",\"channel\":\"ticker\",\"chanId\":0,\"symbol\":\"tBTCUSD\"}"
        ])
      }))
  },
  {
    name: "account-malformed",
    group: "frames",
    what: "events of the account cannot be decoded, or have unknown types",
    workloads: ["account"],
    plan: some(3, (dice) =>
      dice.chance(0.3)
        ? Fault.UnknownAccountEvent.make({ type: "zz", payload: [1, "x"] })
        : Fault.MalformedAccountEvent.make({
          type: dice.pick(["on", "oc", "te", "tu", "ws", "wu", "n"]),
          how: dice.pick(["short", "text", "notRow"])
        }))
  }
]

// ---------------------------------------------------------------------------------------------------------------------
// REST
// ---------------------------------------------------------------------------------------------------------------------

const http = (name: string, what: string, reply: (dice: Throw) => Fault.HttpReply): Scenario => ({
  name: `rest-${name}`,
  group: "rest",
  what,
  workloads: ["rest", "account"],
  // a read that fails more often than it is retried, or the error of a refusal
  permits: ["Unresolvable"],
  plan: (dice, { workload }) => [
    ...Array.from({ length: dice.int(1, 4) }, (): Entry => {
      const match = dice.pick([undefined, "order/submit", "auth/r", "ticker"])
      return {
        after: when(dice),
        fault: Fault.HttpFault.make({
          times: dice.int(1, 3),
          reply: reply(dice),
          ...(match === undefined ? {} : { match })
        })
      }
    }),
    // calls of the account's state follow a loss
    ...(workload !== "rest" ? [{ after: when(dice), fault: drop() }] : [])
  ]
})

/** behaviour of the venue that breaks common assumptions of clients */
const impolite: ReadonlyArray<Scenario> = [
  {
    name: "stall",
    group: "impolite",
    what: "frames of the client are held for 1 to 45 s and then delivered, while heartbeats continue",
    workloads: ["account"],
    plan: some(2, (dice) => Fault.Stall.make({ millis: dice.int(1000, 45_000) }))
  },
  {
    name: "stall-both",
    group: "impolite",
    what: "frames in both directions are held for 1 to 45 s and then delivered",
    workloads: ["account"],
    plan: some(2, (dice) => Fault.Stall.make({ millis: dice.int(1000, 45_000), direction: "both" }))
  },
  {
    name: "stall-and-drop",
    group: "impolite",
    what: "frames of the client are held, and the venue closes the connection before they are delivered",
    workloads: ["account"],
    plan: inTurn(
      (dice) => [0, Fault.Stall.make({ millis: dice.int(4000, 45_000) })],
      (dice) => [dice.int(500, 9000), drop(dice.pick([1000, 1001, 1006, 1012]))]
    )
  },
  ...(["null", "empty", "other", "equal", "equalCid", "error"] as const).map((as): Scenario => ({
    name: `stray-${as}`,
    group: "impolite",
    what: {
      null: "a refusal without a row precedes the answers to commands",
      empty: "a refusal with a row of nulls precedes the answers to commands",
      other: "a notification about another symbol and amount precedes the answers to commands",
      equal: "a notification about equal terms of another program precedes the answers to commands",
      equalCid: "a notification about equal terms and an equal cid of another program precedes the answers to commands",
      error: "an error frame without context precedes the answers to commands"
    }[as],
    workloads: ["account"],
    plan: (dice) =>
      Array.from({ length: dice.int(2, 6) }, (): ReadonlyArray<Entry> => {
        const after = when(dice)
        const status = as === "error" ? {} : { status: dice.pick(["ERROR", "ERROR", "FAILURE", "SUCCESS"] as const) }
        const code = as === "error" ? { code: dice.pick([10001, 11010, 10020]) } : {}
        const late = dice.chance(0.6)
          ? [{ after, fault: Fault.ShowLate.make({ millis: dice.int(300, 9000), where: "socket" }) }]
          : []
        return [...late, { after, fault: Fault.StrayAnswer.make({ as, ...status, ...code }) }]
      }).flat()
  })),
  ...(["rest", "socket", "both"] as const).map((where): Scenario => ({
    name: `shown-late-${where}`,
    group: "impolite",
    what: `orders are placed, and shown up to 12 s later ${
      { rest: "on REST", socket: "on sockets", both: "anywhere" }[where]
    }`,
    workloads: where === "socket" ? ["account"] : ["account", "rest"],
    plan: (dice) => [
      ...some(4, () => Fault.ShowLate.make({ millis: dice.int(300, 12_000), where }))(dice, anywhere),
      ...(dice.chance(0.5) ? [{ after: when(dice), fault: drop() }] : [])
    ]
  })),
  {
    name: "shown-beyond-patience",
    group: "impolite",
    what:
      "pings are not answered, and orders are shown only 16 to 40 s after they were placed: they are reported as not seen, and later as placed",
    workloads: ["account"],
    // a pong or a close frame of another scenario would prove that the order has arrived, and `NeverPlaced` relies on the
    // venue showing it within `orderSettle`
    alone: true,
    plan: (dice) => [
      // each socket on which commands are sent is abandoned after 20 s without a pong
      ...Array.from({ length: 3 }, (_, k) => ({ after: 0, fault: Fault.MutePong.make({ connection: k + 1 }) })),
      ...some(3, () => Fault.ShowLate.make({ millis: dice.int(16_000, 40_000) }))(dice, anywhere)
    ]
  },
  {
    name: "answers-reversed",
    group: "impolite",
    what: "answers arrive in the reverse order of the commands",
    workloads: ["account"],
    plan: some(4, (dice) => Fault.ReverseAnswers.make({ count: dice.int(2, 4), millis: dice.int(200, 6000) }))
  },
  {
    name: "commands-slow",
    group: "impolite",
    what: "commands are executed up to 9 s after they were read, while pings are answered at once",
    workloads: ["account"],
    plan: some(4, (dice) => Fault.SlowCommand.make({ millis: dice.int(200, 9000) }))
  },
  {
    name: "unreadable-orders",
    group: "impolite",
    what: "one row among open or past orders cannot be read, on REST and in snapshots",
    workloads: ["account", "rest"],
    permits: ["Unresolvable", "DecodeError"],
    plan: (dice, { workload }) => {
      const how = dice.pick(badCells)
      const span = { match: dice.pick(["r/orders", "hist"]), millis: dice.int(2000, 20_000) }
      const which = dice.pick(["extra", "first", "last"] as const)
      return [
        { after: when(dice), fault: Fault.HttpFault.make({ ...span, reply: { _tag: "unreadableRow", how, which } }) },
        ...(workload !== "rest"
          ? [
            { after: first, fault: Fault.MalformedAccountEvent.make({ type: "os", how }) },
            { after: when(dice), fault: drop() }
          ]
          : [])
      ]
    }
  },
  ...(["fail", "hang"] as const).map((how): Scenario => ({
    name: `reads-${how}`,
    group: "impolite",
    what: `signed reads over REST ${how} for 2 to 25 s, while sockets work`,
    workloads: ["account", "rest"],
    permits: ["Unresolvable"],
    plan: (dice, { workload }) => [
      {
        after: when(dice),
        fault: Fault.HttpFault.make({
          match: "/auth/r/",
          millis: dice.int(2000, 25_000),
          reply: how === "hang" ? { _tag: "hang" } : dice.pick([{ _tag: "unavailable503" }, { _tag: "html" }])
        })
      },
      ...(workload !== "rest"
        ? [{ after: when(dice), fault: Fault.DropOnCommand.make({ input: input(dice), point: "executed" }) }]
        : [])
    ]
  })),
  {
    name: "retry-after-absurd",
    group: "impolite",
    what: "429 with a Retry-After of years, or one that is not a time",
    workloads: ["account", "rest"],
    permits: ["Unresolvable"],
    plan: some(3, (dice) =>
      Fault.HttpFault.make({
        reply: { _tag: "status429", retryAfter: dice.pick([1e9, 1e15, "Fri, 01 Jan 2100 00:00:00 GMT", "soon", ""]) }
      }))
  },
  {
    name: "date-wrong",
    group: "impolite",
    what: "the Date header is 20 s to an hour fast or slow while orders are looked up",
    workloads: ["account", "rest"],
    plan: (dice, { workload }) => [
      {
        after: 0,
        fault: Fault.WrongDate.make({
          millis: dice.pick([-1, 1]) * dice.pick([20_000, 360_000, 1_200_000, 3_600_000])
        })
      },
      ...Array.from({ length: dice.int(1, 4) }, () => ({
        after: when(dice),
        fault: workload !== "rest" ? drop() : Fault.HttpFault.make({
          match: "order/submit",
          reply: dice.pick([{ _tag: "loseReply" }, { _tag: "reset" }])
        })
      }))
    ]
  },
  ...(["other", "none", "equal"] as const).map((cid): Scenario => ({
    name: `twins-${cid}`,
    group: "impolite",
    what: `another program of the user submits the same terms in the same millisecond, ${
      { other: "under another cid", none: "without a cid", equal: "under the same cid" }[cid]
    }`,
    workloads: ["account"],
    plan: (dice) => [
      ...some(4, () => Fault.TwinOrder.make({ cid, when: dice.pick(["before", "after"]), times: dice.int(1, 3) }))(
        dice,
        anywhere
      ),
      ...(dice.chance(0.5)
        ? [{
          after: when(dice),
          fault: Fault.DropOnCommand.make({ input: "on", point: dice.pick(["received", "executed"]) })
        }]
        : [])
    ]
  })),
  {
    name: "amount-as-first",
    group: "impolite",
    what: "the original amount of a changed order stays that of its submission, as on a page of the manual",
    workloads: ["account"],
    plan: (dice) => [
      { after: 0, fault: Fault.OriginalAmount.make({ rule: "first" }) },
      ...(dice.chance(0.7) ? [{ after: when(dice), fault: drop() }] : [])
    ]
  },
  {
    name: "pong-mute",
    group: "impolite",
    what: "pings are no longer answered, while everything else works",
    workloads: sockets,
    plan: some(1, (dice) => Fault.MutePong.make(dice.chance(0.5) ? { of: "event" } : {}))
  },
  {
    name: "polite",
    group: "impolite",
    what: "no faults: no outcome may be unknown",
    workloads: ["account"],
    alone: true,
    plan: () => []
  }
]

const calls: ReadonlyArray<Scenario> = [
  http("lost-reply", "executed, and the reply is lost", () => ({ _tag: "loseReply" })),
  http("reset", "the connection breaks before the request is executed", () => ({ _tag: "reset" })),
  http("error-500", "500 with an error array, executed or not", (dice) => ({
    _tag: "errorArray",
    code: 10000,
    text: "unknown",
    executed: dice.chance(0.5)
  })),
  http("error-without-code", "500 with an error array without a code, executed or not", (dice) => ({
    _tag: "errorArray",
    code: null,
    text: "",
    executed: dice.chance(0.5)
  })),
  {
    name: "rest-odd-row",
    group: "rest",
    what: "one row of a page of public trades cannot be decoded",
    workloads: ["rest"],
    permits: ["DecodeError"],
    plan: some(5, (dice) =>
      Fault.HttpFault.make({
        match: "trades/tBTCUSD/hist",
        times: dice.int(1, 3),
        reply: {
          _tag: "unreadableRow",
          how: dice.pick(["nullSymbol", "hugeId", "nullStatus"]),
          which: dice.pick(["extra", "first", "last"])
        }
      }))
  },
  http("html", "502 with HTML of a CDN, executed or not", (dice) => ({ _tag: "html", executed: dice.chance(0.5) })),
  http("unavailable", "503, executed or not", (dice) => ({ _tag: "unavailable503", executed: dice.chance(0.5) })),
  http("empty", "200 without a body, executed or not", (dice) => ({ _tag: "empty", executed: dice.chance(0.5) })),
  http("truncated", "executed, and the reply is cut in half", () => ({ _tag: "truncated" })),
  http("wrong-type", "200 with an object in place of the array", () => ({ _tag: "wrongType" })),
  http(
    "timeout",
    "the reply arrives after the deadline",
    (dice) => ({ _tag: "delay", millis: dice.int(15_500, 25_000) })
  ),
  http("limit-429", "429, with and without Retry-After", (dice) => ({
    _tag: "status429",
    ...(dice.chance(0.5) ? { retryAfter: dice.int(1, 8) } : {})
  }))
]

// ---------------------------------------------------------------------------------------------------------------------
// the process
// ---------------------------------------------------------------------------------------------------------------------

const consumer = (policy: "conflate" | "sliding" | "dropping" | "fail" | "suspend"): ReadonlyArray<Scenario> =>
  (["slow", "blocked"] as const).map((how): Scenario => ({
    name: `${how}-consumer-${policy}`,
    group: "process",
    what: `a consumer is ${how}, under the policy ${policy}`,
    workloads: ["channels"],
    // held-back frames cannot be distinguished from late ones
    ...(policy === "suspend" ? { alone: true } as const : {}),
    plan: (dice, { channels }) =>
      Array.from({ length: dice.int(1, 3) }, () => ({
        after: dice.int(0, 6000),
        act: {
          _tag: "Consume" as const,
          channel: dice.pick(channels.filter((name) => /^(book:t|ticker:t|trades:t)/.test(name))),
          policy,
          capacity: dice.pick([1, 2, 8, 32]),
          blocked: how === "blocked" ? dice.int(5000, 25_000) : 0,
          each: how === "slow" ? dice.int(20, 120) : 0
        }
      }))
  }))

/** an order is queried by its day, so that a clock that is off by a day selects another order */
const steps: ReadonlyArray<number> = [1000, 5000, 30_000, 1_200_000, 3_600_000, 86_400_000, 93_600_000]

const sleep = (clocks: "both" | "wall" | "neither"): Scenario => ({
  name: `sleep-${clocks}`,
  group: "process",
  what: `the process sleeps for 3 s to an hour, in which ${
    { both: "both clocks advance", wall: "the wall clock alone advances", neither: "neither clock advances" }[clocks]
  }`,
  workloads: sockets,
  plan: (dice) => [{
    after: when(dice),
    act: {
      _tag: "Sleep",
      millis: dice.pick([3000, 12_000, 45_000, 600_000, 3_600_000]),
      clocks,
      first: dice.pick(["frames", "timers"])
    }
  }]
})

const processes: ReadonlyArray<Scenario> = [
  ...(["both", "wall", "neither"] as const).map(sleep),
  ...(["conflate", "sliding", "dropping", "fail", "suspend"] as const).flatMap(consumer),
  {
    name: "clock-forward",
    group: "process",
    what: "the wall clock is set forward, by a second to 26 hours",
    workloads: ["channels", "books", "account", "rest"],
    plan: (dice) =>
      Array.from({ length: dice.int(1, 2) }, () => ({
        after: when(dice),
        act: { _tag: "ClockStep" as const, millis: dice.pick(steps) }
      }))
  },
  {
    name: "clock-back",
    group: "process",
    what: "the wall clock is set back, by a second to 26 hours",
    workloads: ["channels", "books", "account", "rest"],
    plan: (dice) =>
      Array.from({ length: dice.int(1, 2) }, () => ({
        after: when(dice),
        act: { _tag: "ClockStep" as const, millis: -dice.pick(steps) }
      }))
  },
  {
    name: "clock-and-orders",
    group: "process",
    what: "the wall clock is set forward or back by hours while commands stay unanswered, executed or not",
    workloads: ["account", "rest"],
    plan: (dice, { workload }) => [
      ...Array.from({ length: dice.int(1, 3) }, (): Entry => ({
        after: when(dice),
        act: {
          _tag: "ClockStep",
          millis: dice.pick([-1, 1]) * dice.pick([3_000_000, 5_400_000, 43_200_000, 86_400_000, 93_600_000])
        }
      })),
      ...Array.from({ length: dice.int(2, 5) }, (): Entry => ({
        after: when(dice),
        fault: workload !== "rest"
          ? dice.chance(0.4) ? Fault.HalfOpen.make({}) : drop()
          : Fault.HttpFault.make({
            match: "order/submit",
            reply: dice.pick([{ _tag: "loseReply" }, { _tag: "reset" }, { _tag: "delay", millis: 16_000 }])
          })
      }))
    ]
  }
]

/** scenarios for an exiting bot, and for programs with two accounts */
const more: { readonly [scenario: string]: ReadonlyArray<WorkloadName> } = Object.fromEntries(
  [
    "close-1006",
    "drops-in-a-row",
    "refused",
    "half-open",
    "restart-20051",
    "maintenance",
    "command-received",
    "command-executed",
    "command-notified",
    "command-on-the-cancel",
    "cancel-ineffective",
    "command-half-open",
    "notification-lost",
    "notification-late",
    "account-frames-lost",
    "account-malformed",
    "rest-lost-reply",
    "rest-unavailable",
    "rest-timeout",
    "rest-limit-429"
  ].map((
    name
  ) => [
    name,
    ["close-1006", "half-open", "refused", "command-executed"].includes(name) ? ["exits", "desks"] : ["exits"]
  ])
)

const widened = (scenario: Scenario): Scenario => {
  const own = scenario.group === "impolite" && scenario.workloads.includes("account") ? ["exits" as const] : []
  return { ...scenario, workloads: [...scenario.workloads, ...(more[scenario.name] ?? own)] }
}

export const all: ReadonlyArray<Scenario> = [
  ...connections,
  ...venue,
  ...frames,
  ...commands,
  ...calls,
  ...processes,
  ...impolite
].map(widened)

// ---------------------------------------------------------------------------------------------------------------------
// plans
// ---------------------------------------------------------------------------------------------------------------------

/** share of the runs that combine two scenarios */
const mixed = 0.3

/** The plan of a scenario and a seed. Equal arguments give equal plans, regardless of the other scenarios. */
export const planOf = (
  scenario: Scenario,
  target: Target,
  seed: number,
  others: ReadonlyArray<Scenario> = all
): Plan => {
  const { workload } = target
  const dice = Dice.make(`${scenario.name} ${workload} ${seed}`)
  const latency = dice.pick([0, 0, 5, 40, 120])
  const script = scenario.plan(dice, target)
  // a scenario that the client passes is not combined with one that it does not pass yet
  const fit = others.filter((other) =>
    other.workloads.includes(workload) && other.alone === undefined &&
    (other.pending === undefined || scenario.pending === true)
  )
  const isMixed = scenario.alone === undefined && dice.chance(mixed) && fit.length > 0
  const second = isMixed ? dice.pick(fit) : undefined
  return {
    scenario: scenario.name,
    second: second?.name,
    workload,
    seed,
    latency,
    script: [...script, ...(second?.plan(dice, target) ?? [])].sort((a, b) => a.after - b.after),
    permits: [...(scenario.permits ?? []), ...(second?.permits ?? [])]
  }
}
