/**
 * Pulse: messages of users, and their profiles.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { PulseMessage as Message } from "../../../../protocol/records/Pulse.ts"
import { PulseDeleteResult, PulseMessage, PulseProfile } from "../../../../protocol/records/Pulse.ts"
import type { Profile } from "../profile.ts"
import { messageOf, profileOf, profiles } from "../pulse.ts"
import type { Call, OpenCall, Routes } from "../route.ts"
import { open, page, read, rows, write } from "../route.ts"
import { invalid, refuse } from "../types.ts"

const puidOf = (profile: Profile): string => `puid-${profile.userId}`

const authorOf = (profile: Profile) => ({ ...profile, puid: puidOf(profile) })

const limits = { default: 25, max: 100 }

const flag = (value: unknown): 0 | 1 => value === 1 || value === true ? 1 : 0

const texts = (value: unknown): ReadonlyArray<string> | null =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : null

const isMessage = (message: Message): boolean => message.parentId === null

const newest = (call: OpenCall, messages: ReadonlyArray<Message>) =>
  Either.map(page(call, messages, (message) => message.mts, limits), (list) => rows(PulseMessage, list))

const add = ({ input, now, profile, venue }: Call) => {
  const content = input.text("content")
  const parentId = input.text("parent") ?? null
  if (content === undefined || content === "") return invalid("content")
  const parent = venue.profiles.pulse.find((message) => message.pid === parentId)
  if (parentId !== null && parent === undefined) return invalid("parent")
  const message = messageOf(authorOf(profile), {
    pid: venue.profiles.uuid(),
    mts: now,
    parentId,
    title: input.text("title") ?? null,
    content,
    isPin: flag(input.raw("isPin")),
    isPublic: flag(input.raw("isPublic")),
    commentsDisabled: flag(input.raw("commentsDisabled")),
    tags: texts(input.raw("tags")) ?? [],
    // the request contains files; only names are stored
    attachments: texts(input.raw("attachments"))?.map((_, index) => `attachment-${index + 1}.png`) ?? []
  })
  venue.profiles.pulse.push(message)
  return Either.right(PulseMessage.encode({ ...message, userInfoOuter: null }))
}

const withComments = ({ venue }: OpenCall, message: Message): Message => ({
  ...message,
  comments: venue.profiles.pulse.filter((other) => other.parentId === message.pid).length
})

export const pulseRoutes: Routes = {
  publicPulseHistory: open("GET", "pulse/hist", (call) =>
    newest(
      call,
      call.venue.profiles.pulse.filter((message) => isMessage(message) && message.isPublic === 1).map((message) =>
        withComments(call, message)
      )
    )),
  publicPulseProfile: open("GET", "pulse/profile/{nickname}", ({ path, venue }) => {
    const nickname = path("nickname") ?? ""
    const user = venue.profiles.byNickname(nickname)
    const found = user === undefined
      ? profiles(venue.profiles.start).find((profile) => profile.nickname === nickname)
      : profileOf(authorOf(user))
    // the venue's reply for an unknown name is not known
    return found === undefined ? refuse(10001, "nickname: invalid") : Either.right(PulseProfile.encode(found))
  }),
  pulseHistory: read("r/pulse/hist", null, (call) => {
    const { input, profile, venue } = call
    const parent = input.text("parent")
    const isPublic = input.int("isPublic") === 1
    const found = venue.profiles.pulse.filter((message) =>
      parent !== undefined
        ? message.parentId === parent
        : isMessage(message) && (isPublic ? message.isPublic === 1 : message.puid === puidOf(profile))
    )
    const seen = found.map((message): Message => ({
      ...withComments(call, message),
      uidLiked: 0,
      isBookmarked: false,
      currentUserLiked: false,
      viewsTotal: 1,
      viewsUnique: 1
    }))
    return newest(call, seen)
  }),
  addPulse: write("w/pulse/add", null, add),
  deletePulse: write("w/pulse/del", null, ({ input, profile, venue }) => {
    const { pulse } = venue.profiles
    const at = pulse.findIndex((message) => message.pid === input.text("pid") && message.puid === puidOf(profile))
    if (at >= 0) pulse.splice(at, 1)
    return Either.right(PulseDeleteResult.encode({ deleted: at >= 0 ? 1 : 0 }))
  })
}
