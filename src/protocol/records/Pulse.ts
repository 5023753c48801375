/**
 * Pulse, the venue's social feed. The index of the manual no longer lists its pages.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const pulseProfile = Layout.make("PulseProfile", (at) => ({
  /** id of the author */ puid: at(0, Field.str),
  /** ms of the registration */ mts: at(1, Field.mts),
  /** name in URLs */ nickname: at(3, Field.str),
  /** display name */ displayName: at(4, Field.nullable(Field.str)),
  /** file name, in which the word `size` stands for small, medium or large */
  picture: at(5, Field.nullable(Field.str)),
  /** about the author */ text: at(6, Field.nullable(Field.str)),
  /** 1 for administrators, or null */ adminStatus: at(7, Field.nullable(Field.flag)),
  /** may be null */ twitterHandle: at(9, Field.nullable(Field.str)),
  /** number of followers */ followers: at(11, Field.nullable(Field.int)),
  /** number of authors that this one follows */ following: at(12, Field.nullable(Field.int)),
  /** 1 if tips are accepted */ tippingStatus: at(16, Field.nullable(Field.flag))
}))
/**
 * One author.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-pulse-profile
 * @since 0.1.0
 * @category records
 */
export interface PulseProfile extends Layout.Type<typeof pulseProfile> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PulseProfile: Layout.Layout<PulseProfile> = pulseProfile

const pulseProfiles = Field.nullable(Field.list(Layout.field(PulseProfile)))
const flagOrBoolean = Field.nullable(Field.also("boolean", Field.flag))

const jsonsOrNull = Field.nullable(Field.list(Field.json))
const textsOrNull = Field.nullable(Field.list(Field.str))

const pulseMessage = Layout.make("PulseMessage", (at) => ({
  /** id of the message */ pid: at(0, Field.str),
  /** time of the message, ms */ mts: at(1, Field.mts),
  /** id of the message that it comments on */ parentId: at(2, Field.nullable(Field.str)),
  /** id of the author */ puid: at(3, Field.str),
  /** may be null for comments */ title: at(5, Field.nullable(Field.str)),
  /** markdown */ content: at(6, Field.str),
  /** shape unknown; undecoded */ pollData: at(7, Field.nullable(Field.json)),
  /** 1 if it is pinned */ isPin: at(9, Field.nullable(Field.flag)),
  /** 1 if it is public */ isPublic: at(10, Field.nullable(Field.flag)),
  /** 1 if comments are disabled */ commentsDisabled: at(11, Field.nullable(Field.flag)),
  /** words */ tags: at(12, textsOrNull),
  /** names of files */ attachments: at(13, textsOrNull),
  /** objects of charts, undecoded */ meta: at(14, jsonsOrNull),
  /** number of likes */ likes: at(15, Field.nullable(Field.int)),
  /** 1 if this user likes it; authenticated calls only */
  uidLiked: at(16, flagOrBoolean),
  /** a list of one profile, the author; null in the reply to a new message */
  userInfoOuter: at(18, pulseProfiles),
  /** number of comments */ comments: at(19, Field.nullable(Field.int)),
  /** authenticated history only */ isBookmarked: at(20, Field.nullable(Field.bool)),
  /** authenticated history only */ currentUserLiked: at(21, Field.nullable(Field.bool)),
  /** authenticated history only */ viewsTotal: at(22, Field.nullable(Field.int)),
  /** authenticated history only */ viewsUnique: at(23, Field.nullable(Field.int))
}), 22)
/**
 * One message, or a comment to one.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-pulse-message-history
 * @since 0.1.0
 * @category records
 */
export interface PulseMessage extends Layout.Type<typeof pulseMessage> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PulseMessage: Layout.Layout<PulseMessage> = pulseMessage

const pulseDeleteResult = Layout.make("PulseDeleteResult", (at) => ({
  /** 1 if it was deleted, 0 if there was nothing to delete */ deleted: at(0, Field.flag)
}))
/**
 * Whether a message was deleted. The layout is taken from another client.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-pulse-del
 * @since 0.1.0
 * @category records
 */
export interface PulseDeleteResult extends Layout.Type<typeof pulseDeleteResult> {}
/**
 * @since 0.1.0
 * @category records
 */
export const PulseDeleteResult: Layout.Layout<PulseDeleteResult> = pulseDeleteResult
