/**
 * How the unknown outcome of a new order is resolved.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Outcome, Unresolvable } from "../../../Command.ts"
import * as OrderOutcome from "../../../OrderOutcome.ts"
import type { AnyArgs } from "../../../protocol/Endpoint.ts"
import * as Cid from "../../../protocol/internal/cid.ts"
import * as Pair from "../../../protocol/internal/pair.ts"
import type { Order } from "../../../protocol/records/Order.ts"
import type * as Symbols from "../../../protocol/Symbols.ts"
import { readable } from "../../rest/readable.ts"
import { refuseUnread } from "../../rest/unreadOrders.ts"
import type { Unresolved } from "../inFlight.ts"
import type { LookupError, Plan, Watch } from "../operation.ts"
import { unresolvable } from "../resolution.ts"
import { isSubmitted, type NamedNotice, tellingCells } from "../rules/order.ts"
import { type Known, number } from "../rules/rule.ts"
import type { Needs } from "./needs.ts"
import { untilProven, untilShown } from "./reading.ts"

/** how far the times of the venue's own orders may differ from one another, ms */
const margin = 3_600_000

/** by how much an order under a cid of the user's may be older or younger than its submission, by two clocks, ms */
const [older, younger] = [60_000, 600_000]

/** when an order that was not seen is queried again, as fractions of `orderWatch` */
const watched = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]

interface Found {
  readonly open: ReadonlyArray<Order>
  readonly past: ReadonlyArray<Order>
}

/**
 * A time before which the order of a submission cannot have been created: with it there is less to read. It is the latest
 * time that the venue has reported, and no more than the clock of this machine. Where that time lies ahead of this clock,
 * one of the two is wrong, such as a single row with an absurd time, and all past orders are read: an order that is not
 * looked for would be taken as never placed.
 */
const floorOf = (heard: number, sent: number): number =>
  heard <= sent + margin ? Math.min(heard, sent) - margin : Number.NEGATIVE_INFINITY

/** Which rows may be the order of a submission. */
const identityOf = ({ now, steady }: Needs, args: AnyArgs, known: Known) => {
  const cid = args["cid"] as number // the cast: the arguments were checked
  const { gid } = args
  const isOurs = isSubmitted(args, known)
  const [sent, at, venueTime] = [now(), steady(), known.venueTime()]
  const floor = floorOf(known.seen(), sent)
  // not a copy of the ids: a submission must not cost more the more orders are open
  const shown = known.shown()
  const others = new Set(known.namesakes(cid))
  const side = Math.sign(number(args["amount"]))
  /** the venue's time at the submission: messages that came later show it too, unless this machine has slept */
  const venueTimeThen = (): number => {
    const now = known.venueTime()
    return venueTime ?? (now === undefined ? sent : now - (steady() - at))
  }
  return {
    cid,
    cidDate: Cid.dayOf(sent),
    from: floor > 0 ? { start: floor } : {},
    isMeant: (row: Order): boolean => isOurs(tellingCells(row)) && (Cid.isIssued(cid) || row.mtsCreate >= floor),
    /**
     * a cid of the user's may be used again, so its order has to be of about the time of the submission: by the venue's
     * clock, or by this one, which may have been set
     */
    isCertain: ({ mtsCreate }: Order): boolean =>
      Cid.isIssued(cid)
      || (mtsCreate >= (venueTime ?? Number.NEGATIVE_INFINITY) - older
        && [sent, venueTimeThen()].some((time) => mtsCreate >= time - older && mtsCreate <= time + younger)),
    /** ids of other orders that the socket has shown under its cid since the submission */
    namesakes: (): ReadonlyArray<number> => [...known.namesakes(cid)].filter((id) => !others.has(id)),
    /** whether an order without a readable `cid` may be the one: while there is any, nothing proves that it was never placed */
    mayBe: (row: Order): boolean =>
      row.cid === null && known.isShownAfter(row.id, shown) && row.mtsCreate >= floor
      && Math.sign(row.amountOrig) === side && (gid === undefined || row.gid === null || row.gid === gid)
  }
}

type Identity = ReturnType<typeof identityOf>

const outcomeOf = ({ cid, isCertain }: Identity, found: Found): OrderOutcome.Shown | Unresolvable => {
  const all = [...found.open, ...found.past]
  const certain = { open: found.open.filter(isCertain), past: found.past.filter(isCertain) }
  const ids = new Set(all.filter(isCertain).map(({ id }) => id))
  const shown = OrderOutcome.fromOrders({ cid, ...certain })
  // of an order and its pair there are two
  return shown === undefined || ids.size > 2
    ? unresolvable(`orders with cid ${cid} are shown, and nothing proves which of them it is`, all)
    : shown
}

type Read = Effect.Effect<Found | undefined, LookupError>

/**
 * the orders under the name of the submission; rows that may be it are added to `nameless`. Fails when one of them cannot be
 * decoded
 */
const readOf = (
  { rest }: Needs,
  symbol: Symbols.TradingSymbol,
  { cid, from, isMeant, mayBe }: Identity,
  nameless: Map<number, Order>
): Read => {
  const onUnread = refuseUnread(cid)
  const isMeantOrNameless = (row: Order): boolean => {
    if (mayBe(row)) nameless.set(row.id, row)
    return isMeant(row) || Pair.partnerOf(row) !== null
  }
  return Effect.gen(function*() {
    // open ones first, so that an order which ends meanwhile is in one of the lists
    const { rows, unread } = yield* readable(rest.activeOrdersBySymbol({ symbol }))
    yield* Effect.forEach(unread, onUnread, { discard: true })
    const open = rows.filter(isMeantOrNameless)
    const past = yield* rest.ordersHistoryBySymbolStream({ symbol, ...from }, { onUnread }).pipe(
      Stream.filter(isMeantOrNameless),
      Stream.runCollect
    )
    const meant = [...open, ...past].filter(isMeant)
    // the other order of an OCO may have another cid, or none
    const isOfThem = Pair.among(meant)
    return meant.length === 0 ? undefined : { open: open.filter(isOfThem), past: [...past].filter(isOfThem) }
  })
}

/**
 * An order under a cid of the user's may be another program's: while nothing proves that it is the one, it is shown as
 * `Unresolvable`.
 */
const watchOf = ({ settings, steady }: Needs, identity: Identity, read: Read): Watch => {
  const sighting = Effect.map(read, (found) => found === undefined ? undefined : outcomeOf(identity, found))
  const certain = Effect.map(sighting, (found) => found?._tag === "Unresolvable" ? undefined : found)
  return {
    times: watched.map((part) => part * Duration.toMillis(settings.account.orderWatch)),
    read: sighting,
    // made when it is needed: each submission has this plan
    untilShown: Effect.suspend(() =>
      untilShown(certain, { settle: settings.account.orderSettle, steady }).pipe(
        Effect.retry({ while: (error) => error.isRetryable, schedule: settings.rest.retryReads, times: 100 }),
        Effect.orElseSucceed(() => undefined)
      )
    )
  }
}

/**
 * The submission's plan. That there is no order is concluded from readings that begin where the venue itself last
 * reported a change of an order before the submission, and an hour earlier as a margin: neither a clock of this machine
 * nor a `Date` is used.
 */
export const submission = (needs: Needs) => (args: AnyArgs) => (known: Known): Plan<NamedNotice> => {
  const { settings, steady } = needs
  const symbol = args["symbol"] as Symbols.TradingSymbol // the cast: the arguments were checked
  const identity = identityOf(needs, args, known)
  const nameless = new Map<number, Order>()
  const read = readOf(needs, symbol, identity, nameless)

  const named = (tag: "NeverPlaced" | "NotSeen", sent: number): Outcome => ({
    _tag: tag,
    cid: identity.cid,
    cidDate: Cid.dayOf(sent)
  })

  const afterAnswer = (unresolved: Unresolved): Effect.Effect<Outcome, LookupError> =>
    Effect.suspend(() => {
      // a refusal that names it
      if (unresolved.late()?._tag === "Refused") return Effect.succeed(named("NeverPlaced", unresolved.sent))
      return Effect.map(untilShown(read, { settle: settings.account.orderSettle, steady }), (found) => {
        // the socket may show what REST does not
        const all = [...known.orders.values()]
        const open = all.filter(Pair.among(all.filter(identity.isMeant)))
        const shown = found ?? (open.length === 0 ? undefined : { open, past: [] })
        return shown === undefined
          ? unresolvable("the venue accepted it late, and does not show it among open or past orders")
          : outcomeOf(identity, shown)
      })
    })

  return {
    probe: Effect.map(read, (found): NamedNotice | undefined => {
      if (found === undefined) return undefined
      const certain = [...found.past, ...found.open].filter(identity.isCertain)
      return certain.length === found.open.length + found.past.length ? certain.find(identity.isMeant) : undefined
    }),

    resolve: (unresolved) =>
      Effect.flatMap(untilProven(read, unresolved, { settle: settings.account.orderSettle, steady }), (absence) => {
        switch (absence._tag) {
          case "Found":
            return Effect.succeed(outcomeOf(identity, absence.value))
          case "Answered":
            return afterAnswer(unresolved)
          case "Absent":
            return Effect.succeed(
              nameless.size > 0
                ? unresolvable("the venue shows orders without a cid, and one of them may be this order", [
                  ...nameless.values()
                ])
                : identity.namesakes().length > 0
                ? unresolvable(
                  `the socket has shown orders with cid ${identity.cid} that do not fit, and one of them may be it: ${
                    identity.namesakes().join(", ")
                  }`
                )
                : named("NeverPlaced", unresolved.sent)
            )
          case "NotSeen":
            return Effect.succeed(named("NotSeen", unresolved.sent))
        }
      }),

    // few submissions are watched for
    get watch() {
      return watchOf(needs, identity, read)
    }
  }
}
