/**
 * The checks of facts about funding offers. They place offers of the smallest amount in money of paper trading, at a rate
 * that is never paid, and by which they are recognised. Where paper trading has no funding, these facts are not seen.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type { Finding, OfferFact } from "./facts.ts"
import { judge, notSeen } from "./facts.ts"
import type { Frame, Link, Reply } from "./wire.ts"
import { patience } from "./wire.ts"

/** the only currency in which the probe places offers */
export const currency = "fTESTUSD"

/** the least that the venue takes, in dollars, by its manual */
export const least = 150

/** per day; the highest that is usual is a tenth of it */
export const lowestRate = 0.02

export interface Desk {
  readonly link: Link
  /** of all offers of this run, and of no other one, as text */
  readonly rate: string
  readonly rest: (
    path: string,
    fields?: { readonly [name: string]: unknown }
  ) => Effect.Effect<Reply | undefined, never, HttpClient.HttpClient>
}

type Check = (desk: Desk) => Effect.Effect<Finding, never, HttpClient.HttpClient>

const is = (type: string, id?: number) => (json: any): boolean =>
  Array.isArray(json) && json[0] === 0 && json[1] === type && (id === undefined || json[2]?.[0] === id)

const isNotice = (type: string) => (json: any): boolean => is("n")(json) && json[2]?.[1] === `${type}-req`

const silent = notSeen(`no answer within ${patience / 1000} s`)
const said = ({ json }: Frame): string => `${json[2][6]} ${json[2][7]}`
const filled = (row: ReadonlyArray<unknown>): string =>
  row.flatMap((cell, at) => cell === null || cell === undefined ? [] : [at]).join(" ")

const place = ({ link, rate }: Desk, amount = least) =>
  link.ask(
    [0, "fon", null, { type: "LIMIT", symbol: currency, amount: String(amount), rate, period: 2, flags: 0 }],
    isNotice("fon")
  )

/** the event of the offer, or a notification */
const cancel = ({ link }: Desk, id: number) =>
  link.ask([0, "foc", null, { id }], (json) => is("foc", id)(json) || isNotice("foc")(json))

/** with an offer in the book, which is cancelled afterwards; the finding is `not seen` when the venue does not take it */
const withOffer = (
  desk: Desk,
  use: (id: number, notice: Frame, event: Frame) => ReturnType<Check>
): ReturnType<Check> =>
  Effect.gen(function*() {
    const notice = yield* place(desk)
    if (notice === undefined) return silent
    const id = notice.json[2][4]?.[0]
    if (notice.json[2][6] !== "SUCCESS" || typeof id !== "number") {
      return notSeen(`the venue did not take an offer: ${said(notice)}`)
    }
    const event = yield* desk.link.find(is("fon", id))
    const finding = event === undefined ? notSeen("no fon event") : yield* use(id, notice, event)
    yield* cancel(desk, id)
    return finding
  })

/** the number of a frame among all */
const indexOf = (desk: Desk, frame: Frame): number => desk.link.frames().indexOf(frame)

export const checks: { readonly [id in OfferFact]: Check } = {
  offerNotice: (desk) =>
    withOffer(desk, (_, notice, event) => {
      const cells = filled(notice.json[2][4])
      const isFirst = indexOf(desk, notice) < indexOf(desk, event)
      const order = isFirst ? "the notification first" : "fon first"
      return Effect.succeed(judge(isFirst && cells === "0 4 14 15", `cells ${cells}; ${order}`))
    }),
  offerSign: (desk) =>
    withOffer(desk, (id) =>
      Effect.map(desk.rest(`auth/r/funding/offers/${currency}`), (reply) => {
        if (!Array.isArray(reply?.json)) return silent
        const row = reply.json.find((each: any) => each[0] === id)
        return judge(row?.[4] === least, row === undefined ? "it is not on the list" : `amount ${row[4]}`)
      })),
  offerCancelled: (desk) =>
    withOffer(desk, (id) =>
      Effect.gen(function*() {
        const from = desk.link.frames().length
        yield* cancel(desk, id)
        const event = yield* desk.link.find(is("foc", id))
        if (event === undefined) return silent
        const notice = yield* desk.link.find(isNotice("foc"), 3000, from)
        const status = String(event.json[2][10])
        return judge(
          notice === undefined && status.startsWith("CANCELED"),
          `foc ${status}; ${notice === undefined ? "no notification" : `foc-req ${said(notice)}`}`
        )
      })),
  offerCancelUnknown: (desk) =>
    Effect.map(
      cancel(desk, 1),
      (frame) =>
        frame === undefined
          ? silent
          : judge(isNotice("foc")(frame.json) && said(frame).startsWith("ERROR"), said(frame))
    ),
  offerTooSmall: (desk) =>
    Effect.map(
      place(desk, 1),
      (frame) =>
        frame === undefined
          ? silent
          : judge(frame.json[2][6] === "ERROR" && /minimum/.test(said(frame)), said(frame))
    )
}

/** whether the venue has taken an offer of this run */
export const mayBeOpen = (link: Link): boolean =>
  link.frames().some(({ json }) => is("fon")(json) || (isNotice("fon")(json) && json[2][6] === "SUCCESS"))

/** ids of the open offers of this run; undefined when they are not known */
export const open = ({ rate, rest }: Pick<Desk, "rate" | "rest">) =>
  Effect.map(
    rest(`auth/r/funding/offers/${currency}`),
    (reply): ReadonlyArray<number> | undefined =>
      Array.isArray(reply?.json) && reply.json[0] !== "error"
        ? reply.json.flatMap((row: any) => Math.abs(row[14] - Number(rate)) < 1e-12 ? [row[0]] : [])
        : undefined
  )
