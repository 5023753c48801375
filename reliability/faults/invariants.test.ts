import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { ChannelEvent } from "../../src/ChannelEvent.ts"
import type * as MarketData from "../../src/MarketData.ts"
import * as Fault from "../../src/testing/Fault.ts"
import type * as Trading from "../../src/Trading.ts"
import * as Invariants from "./invariants.ts"
import * as Matrix from "./matrix.ts"
import type { Entry, Plan, WorkloadName } from "./model.ts"
import type { Planted } from "./world.ts"

// An invariant that cannot fail is worth nothing. Here each one checks clients with a planted defect that it must find,
// and the same script without the defect, in which it must find nothing.

const planOf = (workload: WorkloadName, script: ReadonlyArray<Entry>, permits: ReadonlyArray<string> = []): Plan => ({
  scenario: "planted",
  second: undefined,
  workload,
  seed: 3,
  latency: 5,
  script,
  permits
})

const lost: ReadonlyArray<Entry> = [{ after: 7000, fault: Fault.Drop.make({ code: 1006 }) }]

type Events = Stream.Stream<ChannelEvent<any>, any>

/** the client with a different implementation of tickers */
const tickers = (change: (events: Events) => Events): Planted => ({
  service: {
    MarketData: (service: MarketData.Service) => ({
      ...service,
      ticker: (args: any, options: any) => change(service.ticker(args, options))
    })
  }
})

const submitting = (
  change: (submit: Trading.Service["submitOrder"]) => (order: any) => Effect.Effect<any, any>
): Planted => ({
  service: {
    Trading: (service: Trading.Service) => ({ ...service, submitOrder: change(service.submitOrder) })
  }
})

/** the connection drops after each placed order, before its answer */
const unheard: ReadonlyArray<Entry> = [
  { after: 0, fault: Fault.DropOnCommand.make({ input: "on", point: "executed", times: 3 }) }
]

/** an old update comes again once the next epoch has begun */
const again = (events: Events): Events =>
  Stream.mapConcat(
    Stream.mapAccum(events, undefined as any, (old, event) => {
      if (event._tag === "Update") return [event, [event]]
      if (event._tag === "Snapshot" && old !== undefined) return [old, [event, { ...old, epoch: event.epoch }]]
      return [old, [event]]
    }),
    (each) => each as ReadonlyArray<ChannelEvent<any>>
  )

const cases: ReadonlyArray<
  readonly [invariant: keyof typeof Invariants.all, defect: string, plan: Plan, planted: Planted]
> = [
  [
    "noLostSubscription",
    "a stream goes silent when its socket is lost",
    planOf("channels", lost),
    tickers((events) => Stream.concat(Stream.takeUntil(events, (event) => event._tag === "Interrupted"), Stream.never))
  ],
  [
    "noLostSubscription",
    "a stream goes silent, and its channel stays subscribed",
    planOf("channels", lost),
    tickers(Stream.filter((event) => event._tag !== "Snapshot" || event.epoch === 1))
  ],
  [
    "noLostSubscription",
    "a stream ends without an error",
    planOf("channels", lost),
    tickers(Stream.takeUntil((event) => event._tag === "Interrupted"))
  ],
  [
    "epochsBeginWithSnapshots",
    "the snapshot of the second epoch is missing",
    planOf("channels", lost),
    tickers(Stream.filter((event) => event._tag !== "Snapshot" || event.epoch !== 2))
  ],
  [
    "epochsBeginWithSnapshots",
    "the end of an epoch is not reported",
    planOf("channels", lost),
    tickers(Stream.filter((event) => event._tag !== "Interrupted"))
  ],
  [
    "noWrongBook",
    "a client that asks for neither checksums nor numbers",
    planOf(
      "books",
      [4000, 6000, 8000, 10_000].map((after) => ({
        after,
        fault: Fault.Lose.make({ counted: false, match: "book:tBTCUSD" })
      }))
    ),
    { settings: { socket: { flags: {} } } }
  ],
  [
    "noDuplicateOrder",
    "an order with an unknown outcome is submitted again",
    planOf("account", unheard),
    submitting((submit) => (order) =>
      Effect.catchAll(submit(order), () => Effect.zipRight(Effect.sleep("3 seconds"), submit(order)))
    )
  ],
  [
    "noCommandUnresolved",
    "a command with an unknown outcome never ends",
    planOf("account", unheard),
    submitting((submit) => (order) => Effect.catchAll(submit(order), () => Effect.never))
  ],
  [
    "saidIsSo",
    "an unknown order is reported as never placed, and later as placed",
    planOf("account", unheard),
    {
      service: {
        Trading: (service: Trading.Service) => ({
          ...service,
          resolutions: Stream.mapConcat(service.resolutions, (resolution) => [
            {
              ...resolution,
              outcome: { ...resolution.outcome, _tag: "NeverPlaced" as const }
            },
            resolution
          ])
        })
      }
    }
  ],
  [
    "saidIsSo",
    "an accepted order is reported with another id",
    planOf("account", []),
    submitting((submit) => (order) => Effect.map(submit(order), (accepted) => ({ ...accepted, id: accepted.id + 1 })))
  ],
  [
    "noCommandUnresolved",
    "an outcome is unknown without a fault",
    planOf("account", []),
    submitting((submit) => (order) => Effect.zipRight(submit(order), Effect.fail({ _tag: "OutcomeUnknown" })))
  ],
  [
    "saidIsSo",
    "an order with an unknown outcome is reported as refused",
    planOf("account", unheard),
    submitting((submit) => (order) => Effect.catchAll(submit(order), () => Effect.fail({ _tag: "InvalidOrder" })))
  ],
  [
    "noCommandUnresolved",
    "resolutions of unknown outcomes are not published",
    planOf("account", unheard),
    { service: { Trading: (service: Trading.Service) => ({ ...service, resolutions: Stream.never }) } }
  ],
  [
    "exitsConfirm",
    "a bot leaves its orders open, and reports that none is left",
    planOf("exits", lost),
    {
      service: {
        Trading: (service: Trading.Service) => ({
          ...service,
          cancelOnExit: (options: Parameters<Trading.Service["cancelOnExit"]>[0]) =>
            Effect.as(
              Effect.addFinalizer(() => options?.onReport?.({ _tag: "NoneLeft", operation: "planted" }) ?? Effect.void),
              service
            )
        })
      }
    }
  ],
  [
    "exitsConfirm",
    "a bot exits without a report about its orders",
    planOf("exits", lost),
    {
      service: { Trading: (service: Trading.Service) => ({ ...service, cancelOnExit: () => Effect.succeed(service) }) }
    }
  ],
  [
    "exitsConfirm",
    "the exit of a bot does not end",
    planOf("exits", lost),
    {
      service: {
        Trading: (service: Trading.Service) => ({
          ...service,
          cancelOnExit: (options: Parameters<Trading.Service["cancelOnExit"]>[0]) =>
            Effect.tap(service.cancelOnExit(options), () => Effect.addFinalizer(() => Effect.sleep("20 seconds")))
        })
      }
    }
  ],
  [
    "accountsApart",
    "both accounts of a program trade on one",
    planOf("desks", []),
    (() => {
      let first: Trading.Service | undefined
      return { service: { Trading: (service: Trading.Service) => first ??= service } }
    })()
  ],
  ["noFrameOfOldEpoch", "an update of the last epoch comes in the next one", planOf("channels", lost), tickers(again)],
  [
    "noFrameOfOldEpoch",
    "updates come twice",
    planOf("channels", lost),
    tickers(
      Stream.mapConcat((event): ReadonlyArray<ChannelEvent<any>> => event._tag === "Update" ? [event, event] : [event])
    )
  ],
  [
    "lossesReported",
    "an update is missing",
    planOf("channels", lost),
    tickers((events) => {
      let updates = 0
      return Stream.filter(events, (event) => event._tag !== "Update" || ++updates !== 2)
    })
  ],
  [
    "lossesReported",
    "gaps in the sequence numbers are not reported",
    planOf("channels", [{ after: 7000, fault: Fault.SkipSequence.make({ by: 2 }) }]),
    { service: { MarketData: (service: MarketData.Service) => ({ ...service, problems: Stream.never }) } }
  ],
  [
    "lossesReported",
    "a slow consumer does not receive its gaps",
    planOf("channels", [{
      after: 1000,
      act: {
        _tag: "Consume",
        channel: "ticker:tBTCUSD",
        policy: "sliding",
        capacity: 1,
        blocked: 20_000,
        each: 0
      }
    }]),
    tickers(Stream.filter((event) => event._tag !== "Gap"))
  ],
  [
    "lossesReported",
    "trades of the account are missing",
    planOf("account", lost),
    {
      service: {
        AccountState: (service: any) => ({ ...service, trades: () => Stream.drop(service.trades(), 1) })
      }
    }
  ],
  [
    "socketsClosed",
    "sockets are closed without a code and a reason",
    planOf("channels", lost),
    {
      socket: (construct) => (url) => {
        const socket = construct(url)
        const close = socket.close.bind(socket)
        socket.close = () => close()
        return socket
      }
    }
  ],
  [
    "socketsClosed",
    "sockets are not closed",
    planOf("channels", lost),
    {
      socket: (construct) => (url) => {
        const socket = construct(url)
        return Object.assign(socket, { close: () => {}, terminate: () => {} })
      }
    }
  ],
  [
    "connectBudgetKept",
    "a client without a limit on connection attempts",
    planOf(
      "channels",
      Array.from({ length: 12 }, (_, k) => ({ after: 4000 + 1000 * k, fault: Fault.Drop.make({ code: 1006 }) }))
    ),
    {
      settings: {
        socket: {
          connectLimit: { count: 1000, per: "1 second" },
          reconnect: Schedule.spaced("300 millis")
        }
      }
    }
  ],
  [
    "noUnhandledRejection",
    "a promise rejection is unhandled",
    planOf("books", lost),
    {
      beside: () =>
        Effect.sync(() => {
          void Promise.reject(new Error("planted"))
        })
    }
  ],
  [
    "noUnhandledRejection",
    "a listener throws",
    planOf("books", lost),
    {
      socket: (construct) => (url) => {
        const socket = construct(url)
        socket.addEventListener("open", () => {
          throw new Error("planted")
        }, { once: true })
        return socket
      }
    }
  ],
  [
    "noUnhandledRejection",
    "a fiber dies of a defect",
    planOf("books", lost),
    { beside: () => Effect.asVoid(Effect.forkDaemon(Effect.die(new Error("planted")))) }
  ],
  [
    "nothingLeftBehind",
    "a fiber keeps running",
    planOf("books", lost),
    { beside: () => Effect.asVoid(Effect.forkDaemon(Effect.never)) }
  ],
  [
    "nothingLeftBehind",
    "a listener is not removed",
    planOf("books", lost),
    {
      socket: (construct) => (url) => {
        const socket = construct(url)
        socket.addEventListener("message", () => {})
        return socket
      }
    }
  ]
]

describe("faults: invariants", () => {
  it.effect("find nothing in the scripts of these tests without a defect", () =>
    Effect.gen(function*() {
      for (const plan of new Set(cases.map(([, , plan]) => plan))) {
        const outcome = yield* Matrix.play(plan)
        if (outcome.breaches.length > 0) assert.fail(Matrix.describe(outcome))
      }
    }), 120_000)

  for (const [invariant, defect, plan, planted] of cases) {
    it.effect(`${invariant}: ${defect}`, () =>
      Effect.gen(function*() {
        const { breaches } = yield* Matrix.play(plan, planted)
        assert.include(breaches.map((breach) => breach.split(":")[0]), invariant, breaches.join("\n"))
      }), 60_000)
  }

  it("each of them has met a defect", () => {
    assert.deepStrictEqual(
      [...new Set(cases.map(([invariant]) => invariant))].sort(),
      Object.keys(Invariants.all).sort()
    )
  })
})
