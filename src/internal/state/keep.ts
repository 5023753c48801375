/**
 * One family of the account's state: its rows, the streams of its view, and the steps that find their changes while
 * disconnected.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { AccountStreamError } from "../../BitfinexError.ts"
import type { MissedEvent } from "../../MissedEvent.ts"
import type { Position } from "../../protocol/records/Position.ts"
import type { Wallet } from "../../protocol/records/Wallet.ts"
import { type Login, refusals, type Snapshot, type Update } from "../account/events.ts"
import * as Hub from "../stream/hub.ts"
import { type Unreadable, unreadable } from "../stream/rowFeed.ts"
import * as Closed from "./closed.ts"
import { type Row, specs } from "./families.ts"
import { type Differences, Family } from "./family.ts"
import * as Offers from "./offers.ts"
import * as Orders from "./orders.ts"
import type { Needs, QueryError, Step } from "./query.ts"

/** Finds the outcome of rows that have ended or changed. */
export interface Reconciling<K, A> extends Step {
  readonly add: (differences: Differences<K, A>) => void
}

/** A family, and the streams of its view. */
export interface Kept<K extends string | number, A> {
  readonly name: string
  readonly family: Family<K, A>
  readonly newest: Hub.Newest<ReturnType<Family<K, A>["state"]>, AccountStreamError>
}

/** A family as the listener and the reconciling fiber see it, independent of its row type. */
export interface Followed {
  readonly name: string
  readonly family: Pick<
    Family<never, never>,
    "doubt" | "hasSnapshot" | "isSynced" | "isUnreadable" | "ask" | "login" | "lose" | "refuse"
  >
  readonly newest: Pick<Hub.Newest<never, AccountStreamError>, "end">
  readonly step: Step
  /** queries REST for the rows, if due */
  readonly query: Effect.Effect<void, QueryError>
  /** whether the login excludes the family */
  readonly isExcluded: (login: Login) => boolean
  /** handles rows of this family */
  readonly receive: (event: Received) => void
}

/** the common part of the messages of all families */
export type Received = Pick<Snapshot<"orders"> | Update<"orders">, "_tag" | "unread"> & {
  readonly rows: ReadonlyArray<unknown>
  readonly type?: string
}

export interface Options {
  readonly needs: Needs
  readonly lets: (name: string) => boolean
  /** there may be something to query */
  readonly onChange: () => void
  readonly onUnread: (name: string, unreadable: Unreadable) => void
}

const keep = <K extends string | number, A, R extends Reconciling<K, A>>(
  { lets, needs: { now, settle, timeOfDay }, onChange, onUnread }: Options,
  { channel: _, scope, ...spec }: Row<K, A>,
  name: string,
  list: Effect.Effect<ReadonlyArray<A>, QueryError>,
  reconcile: (family: Family<K, A>) => R
): Kept<K, A> & Followed & { readonly step: R } => {
  const family: Family<K, A> = new Family({ ...spec, settle, steady: now }, () => newest.changed())
  const newest = Hub.newest<ReturnType<typeof family.state>, AccountStreamError>(() => family.state())
  const step = reconcile(family)
  const apply = (differences: Differences<K, A> | undefined): void => {
    if (differences !== undefined) step.add(differences)
    onChange()
  }
  return {
    name,
    family,
    newest,
    step,
    isExcluded: ({ caps }) => !lets(name) || caps?.[scope]?.read === 0,
    receive: ({ _tag, rows, type, unread }) => {
      // the cast: the session decodes by the same row of the table
      const own = rows as ReadonlyArray<A>
      const bad = refusals(unread).map((each) => unreadable(each.layout, each.count, () => family.named(each.error)))
      for (const each of bad) onUnread(name, each)
      if (_tag === "Snapshot") return apply(family.snapshot(own, bad, timeOfDay()))
      family.update(own, bad, type ?? "", timeOfDay())
      if (type !== spec.closes) return
      for (const { cells } of unread) if (Array.isArray(cells)) family.endUnread(cells[0])
    },
    query: Effect.suspend(() => {
      const { doubt } = family
      if (doubt === undefined || now() < doubt.askAt) return Effect.void
      return Effect.map(list, (rows) => {
        const differences = family.list(doubt, rows, timeOfDay())
        if (differences !== "late") apply(differences)
      })
    })
  }
}

/** a balance needs no further query */
const walletChanges = ({ epoch, publish }: Needs): Reconciling<string, Wallet> => {
  const changed = (before: Wallet | null, wallet: Wallet | null): void =>
    publish({ _tag: "WalletChanged", epoch: epoch(), before, wallet } satisfies MissedEvent)
  return {
    name: "wallets",
    hasWork: () => false,
    run: Effect.void,
    giveUp: () => undefined,
    add: (differences) => {
      for (const [, before] of differences.gone) changed(before, null)
      for (const { after, before } of differences.changed) changed(before, after)
      for (const [, wallet] of differences.fresh) changed(null, wallet)
    }
  }
}

const pastPosition = ({ rest }: Needs) => ({ positionId, symbol }: Position) =>
  positionId === null
    ? Effect.succeed(undefined)
    : Effect.map(rest.positionsHistory({ id: positionId, limit: 50 }), (rows) =>
      rows.find((row) =>
        row.positionId === positionId && row.symbol === symbol && row.status.startsWith("CLOSED")
      ))

/** All families of an account's state. */
export const makeAll = (
  options: Options,
  missed: ReturnType<typeof Orders.makeMissed>,
  readTrade: Parameters<typeof Orders.make>[3]
) => {
  const { needs } = options
  const { rest } = needs
  const fundingClosed = <A extends { readonly id: number; readonly symbol: string; readonly mtsCreate: number }>(
    tag: "Credit" | "Loan",
    history: Parameters<typeof Offers.among<A, QueryError>>[0]
  ) =>
  (family: Family<number, A>) =>
    Closed.make(needs, family, {
      tag,
      find: ({ id, mtsCreate: made }) => Offers.among(history, { id, made }),
      isOther: () => false
    })
  return {
    orders: keep(
      options,
      specs.orders,
      "orders",
      Effect.suspend(() => rest.activeOrders()),
      (family) => Orders.make(needs, family, missed, readTrade)
    ),
    positions: keep(
      options,
      specs.positions,
      "positions",
      Effect.suspend(() => rest.positions()),
      (family) =>
        Closed.make(needs, family, {
          tag: "Position",
          find: pastPosition(needs),
          isOther: (before, after) => before.positionId !== after.positionId
        })
    ),
    wallets: keep(options, specs.wallets, "wallets", Effect.suspend(() => rest.wallets()), () => walletChanges(needs)),
    fundingOffers: keep(
      options,
      specs.fundingOffers,
      "fundingOffers",
      Effect.suspend(() => rest.fundingOffers()),
      (family) => Offers.make(needs, family)
    ),
    fundingCredits: keep(
      options,
      specs.fundingCredits,
      "fundingCredits",
      Effect.suspend(() => rest.fundingCredits()),
      fundingClosed("Credit", rest.fundingCreditsHistory)
    ),
    fundingLoans: keep(
      options,
      specs.fundingLoans,
      "fundingLoans",
      Effect.suspend(() => rest.fundingLoans()),
      fundingClosed("Loan", rest.fundingLoansHistory)
    )
  }
}
