/**
 * What pulse shows before users write: messages and profiles of simulated authors, whose names are numbers.
 *
 * @internal
 */
import type { PulseMessage, PulseProfile } from "../../../protocol/records/Pulse.ts"

interface Author {
  readonly puid: string
  readonly nickname: string
  readonly created: number
}

export const profileOf = ({ created, nickname, puid }: Author): PulseProfile => ({
  puid,
  mts: created,
  nickname,
  displayName: nickname,
  picture: null,
  text: null,
  adminStatus: null,
  twitterHandle: null,
  followers: 0,
  following: 0,
  tippingStatus: null
})

const authors = (start: number): ReadonlyArray<Author> =>
  [1001, 1002, 1003].map((number) => ({
    puid: `puid-${number}`,
    nickname: `trader-${number}`,
    created: start - 900 * 86_400_000
  }))

/** profiles of the simulated authors */
export const profiles = (start: number): ReadonlyArray<PulseProfile> => authors(start).map(profileOf)

/** a message without likes and comments */
export const messageOf = (
  author: Author,
  message: Pick<PulseMessage, "pid" | "mts" | "parentId" | "title" | "content"> & Partial<PulseMessage>
): PulseMessage => ({
  puid: author.puid,
  pollData: null,
  isPin: 0,
  isPublic: 1,
  commentsDisabled: 0,
  tags: [],
  attachments: [],
  meta: [],
  likes: 0,
  uidLiked: null,
  userInfoOuter: [profileOf(author)],
  comments: 0,
  isBookmarked: null,
  currentUserLiked: null,
  viewsTotal: null,
  viewsUnique: null,
  ...message
})

const every = 8 * 3_600_000
const count = 40

/** messages before `start`, oldest first; each fourth one is a comment on the one before it */
export const messages = (start: number): ReadonlyArray<PulseMessage> => {
  const all = authors(start)
  const pid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`
  return Array.from({ length: count }, (_, index) => {
    const isComment = index % 4 === 3
    return messageOf(all[index % all.length]!, {
      pid: pid(index),
      mts: start - (count - index) * every,
      parentId: isComment ? pid(index - 1) : null,
      title: isComment ? null : `Message ${index}`,
      content: `Text of message ${index}`,
      tags: isComment ? [] : ["example"],
      likes: index % 5
    })
  })
}
