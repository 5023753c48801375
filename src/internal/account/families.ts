/**
 * The families of events of an account: one subscription for each, which all of its consumers share, and the one place
 * where payloads are decoded.
 *
 * @internal
 */
import type { AccountStreamError, StreamError } from "../../BitfinexError.ts"
import type { BufferPolicy } from "../../BufferPolicy.ts"
import { type accountChannels, type AnyAccountChannel, channels } from "../../protocol/channels/Account.ts"
import type * as Metrics from "../socket/metrics.ts"
import type { Consumer } from "../stream/consumer.ts"
import type { Delivery } from "../stream/delivery.ts"
import { RowFeed } from "../stream/rowFeed.ts"
import * as Events from "./events.ts"

export type Name = keyof typeof accountChannels

interface Route {
  readonly name: Name
  readonly channel: AnyAccountChannel
  readonly feed: RowFeed
  readonly isSnapshot: boolean
  readonly decode: (payload: unknown, isSnapshot: boolean) => Events.Decoded<unknown>
}

export interface Families {
  /** a login begins */
  readonly begin: () => void
  /** the login is over */
  readonly interrupt: (reason: string) => void
  /** the connection is over */
  readonly end: (failure: AccountStreamError | undefined) => void
  /** families that send a snapshot after a login */
  readonly awaited: () => ReadonlySet<Events.Family>
  /** deals with an event; false when its type is not known */
  readonly receive: (event: Events.RawEvent, publish: (event: Events.SessionEvent) => void) => boolean
  /** the snapshot of a family will not come */
  readonly miss: (family: Events.Family) => void
  /** the rows that the login in force has brought */
  readonly snapshots: (epoch: number) => ReadonlyArray<Events.SessionEvent>
  readonly attach: (name: string, buffer: BufferPolicy) => { readonly consumer: Consumer; readonly detach: () => void }
  /** whether the filter of the login lets a family through */
  readonly lets: (name: string) => boolean
  /** whether the filter of the login lets all events of a family through */
  readonly letsAll: (name: string) => boolean
  /** whether the filter of the login lets all events of a family through that concern a symbol */
  readonly letsSymbol: (name: string, symbol: string) => boolean
  readonly census: () => Metrics.Census
}

/** the casts: a row of the table decodes the rows of its family */
const eventOf = (
  { isSnapshot, name }: Route,
  { rows, unread }: Events.Decoded<unknown>,
  { epoch, mts, payload, type }: Events.RawEvent
): Events.SessionEvent => {
  if (name === "notifications") {
    const notification = (rows[0] ?? null) as Events.Notified["notification"]
    return { _tag: "Notification", epoch, notification, answer: Events.answerOf(payload), mts }
  }
  // literals: one that is spread into another costs three times as much
  return (isSnapshot
    ? { _tag: "Snapshot", family: name, epoch, rows, unread, mts }
    : { _tag: "Update", type, family: name, epoch, rows, unread, mts }) as Events.RowsEvent
}

export const make = (options: {
  readonly filter: ReadonlyArray<string> | undefined
  /** a slow consumer has the whole socket wait */
  readonly pause: (isPaused: boolean) => void
  /** to consumers in place */
  readonly delivery: Delivery
  /** the snapshot of a family has come */
  readonly onSeen: (family: Events.Family) => void
}): Families => {
  const { delivery, filter, onSeen, pause } = options
  const families = new Map<string, Route>()
  /** by the type of an event */
  const routes = new Map<string, Route>()
  for (const channel of channels) {
    const name = channel.name as Name // the cast: the keys of that very table
    const operation = `AccountEvents.${name}`
    const feed = new RowFeed({ operation, state: channel.state, delivery, pause })
    const route = { name, channel, feed, isSnapshot: false, decode: Events.decoder(operation, channel.record) }
    families.set(name, route)
    if (channel.snapshot !== null) routes.set(channel.snapshot, { ...route, isSnapshot: true })
    for (const type of channel.updates) routes.set(type, route)
  }

  const isLet = ({ channel }: Route): boolean =>
    filter === undefined
    || channel.filter.some((word) => filter.some((each) => each === word || each.startsWith(`${word}-`)))

  /** the first word; `algo` lets the orders of algorithms through, and no others */
  const wordOf = (name: string): string => families.get(name)!.channel.filter[0]!
  const letsAll = (name: string): boolean => filter === undefined || filter.includes(wordOf(name))

  const receive: Families["receive"] = (event, publish) => {
    const route = routes.get(event.type)
    if (route === undefined) return false
    const { isSnapshot, name, feed } = route
    const decoded = route.decode(event.payload, isSnapshot)
    const rows = decoded.isList ? decoded.rows : undefined
    const errors = Events.refusals(decoded.unread)
    if (!isSnapshot) {
      publish(eventOf(route, decoded, event))
      // consumers in place come last
      feed.records(rows, errors, event.type, event.mts)
      return true
    }
    // one in mid-epoch replaces the known rows
    if (feed.live) feed.interrupt("another snapshot")
    feed.records(rows, errors, null, event.mts)
    publish(eventOf(route, decoded, event))
    if (feed.live) onSeen(name as Events.Family) // the cast: notifications have no snapshot
    return true
  }

  const all = (): ReadonlyArray<Route> => Array.from(families.values())

  return {
    begin: () => {
      for (const { feed } of families.values()) feed.begin()
    },
    interrupt: (reason) => families.forEach(({ feed }) => feed.interrupt(reason)),
    end: (failure) => {
      // the cast: streams of an account end with the errors of an account
      for (const { feed } of families.values()) feed.end(failure as StreamError | undefined)
    },
    awaited: () =>
      // the cast: notifications have no snapshot
      new Set(
        all().filter((each) => each.channel.snapshot !== null && isLet(each)).map(({ name }) => name as Events.Family)
      ),
    receive,
    miss: (family) => families.get(family)!.feed.miss(),
    snapshots: (epoch) =>
      all().flatMap((route) => {
        const held = route.channel.snapshot === null ? undefined : route.feed.current(0)
        return held?._tag !== "Snapshot" ? [] : [
          eventOf(
            { ...route, isSnapshot: true },
            { rows: held.rows, unread: [], isList: true },
            { epoch, type: "", payload: null, mts: null }
          )
        ]
      }),
    attach: (name, buffer) => {
      const { feed } = families.get(name)!
      const consumer = feed.attach(buffer)
      return { consumer, detach: () => feed.detach(consumer) }
    },
    lets: (name) => isLet(families.get(name)!),
    letsAll,
    letsSymbol: (name, symbol) => letsAll(name) || filter!.includes(`${wordOf(name)}-${symbol}`),
    census: () => {
      const wanted = all().filter(({ feed }) => feed.consumers > 0)
      return {
        wanted: wanted.length,
        live: wanted.filter(({ feed }) => feed.live).length,
        consumers: wanted.reduce((sum, { feed }) => sum + feed.consumers, 0)
      }
    }
  }
}
