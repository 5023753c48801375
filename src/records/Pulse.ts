/**
 * Pulse, the venue's social feed. Its pages have left the index of the manual.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

/**
 * One author.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-pulse-profile
 * @since 0.1.0
 * @category records
 */
export const PulseProfile = Layout.make("PulseProfile", {
  /** id of the author */ puid: [0, Field.str],
  /** ms of the registration */ mts: [1, Field.mts],
  /** name in addresses */ nickname: [3, Field.str],
  /** name that is shown */ displayName: [4, Field.nullable(Field.str)],
  /** file name, in which the word `size` stands for small, medium or large */ picture: [5, Field.nullable(Field.str)],
  /** about the author */ text: [6, Field.nullable(Field.str)],
  /** 1 for administrators, or null */ adminStatus: [7, Field.nullable(Field.flag)],
  /** may be null */ twitterHandle: [9, Field.nullable(Field.str)],
  /** how many follow */ followers: [11, Field.nullable(Field.int)],
  /** how many are followed */ following: [12, Field.nullable(Field.int)],
  /** 1 when tips are welcome */ tippingStatus: [16, Field.nullable(Field.flag)]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PulseProfile = Layout.Type<typeof PulseProfile>

/**
 * One message, or a comment to one.
 *
 * @see https://docs.bitfinex.com/reference/rest-public-pulse-message-history
 * @since 0.1.0
 * @category records
 */
export const PulseMessage = Layout.make("PulseMessage", {
  /** id of the message */ pid: [0, Field.str],
  /** ms of its writing */ mts: [1, Field.mts],
  /** message that it comments on */ parentId: [2, Field.nullable(Field.str)],
  /** id of the author */ puid: [3, Field.str],
  /** may be null for comments */ title: [5, Field.nullable(Field.str)],
  /** markdown */ content: [6, Field.str],
  /** unknown; as it came */ pollData: [7, Field.nullable(Field.json)],
  /** 1 when it is pinned */ isPin: [9, Field.nullable(Field.flag)],
  /** 1 when everybody may read it */ isPublic: [10, Field.nullable(Field.flag)],
  /** 1 when nobody may comment */ commentsDisabled: [11, Field.nullable(Field.flag)],
  /** words */ tags: [12, Field.nullable(Field.list(Field.str))],
  /** names of files */ attachments: [13, Field.nullable(Field.list(Field.str))],
  /** objects of charts, as they came */ meta: [14, Field.nullable(Field.list(Field.json))],
  /** how many like it */ likes: [15, Field.nullable(Field.int)],
  /** 1 when this user likes it; authenticated calls only */
  uidLiked: [16, Field.nullable(Field.also("boolean", Field.flag))],
  /** a list of one profile, the author; null in the reply to a new message */
  userInfoOuter: [18, Field.nullable(Field.list(Layout.field(PulseProfile)))],
  /** how many there are */ comments: [19, Field.nullable(Field.int)],
  /** authenticated history only */ isBookmarked: [20, Field.nullable(Field.bool)],
  /** authenticated history only */ currentUserLiked: [21, Field.nullable(Field.bool)],
  /** authenticated history only */ viewsTotal: [22, Field.nullable(Field.int)],
  /** authenticated history only */ viewsUnique: [23, Field.nullable(Field.int)]
}, 22)
/**
 * @since 0.1.0
 * @category records
 */
export type PulseMessage = Layout.Type<typeof PulseMessage>

/**
 * Whether a message was deleted. The layout is that of another client.
 *
 * @see https://docs.bitfinex.com/reference/rest-auth-pulse-del
 * @since 0.1.0
 * @category records
 */
export const PulseDeleteResult = Layout.make("PulseDeleteResult", {
  /** 1 when it was deleted, 0 when there was nothing to delete */ deleted: [0, Field.flag]
})
/**
 * @since 0.1.0
 * @category records
 */
export type PulseDeleteResult = Layout.Type<typeof PulseDeleteResult>
