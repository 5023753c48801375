/**
 * Pulse, the venue's social feed, as a table of rows. The index of the manual no longer lists it, and the venue's own
 * client has dropped it; whether the venue still supports it is unknown.
 *
 * @since 0.1.0
 */
import * as Endpoint from "../Endpoint.ts"
import * as Body from "../internal/body.ts"
import * as Inputs from "../internal/params.ts"
import * as Layout from "../Layout.ts"
import * as Param from "../Param.ts"
import { PulseDeleteResult, PulseMessage, PulseProfile } from "../records/Pulse.ts"

/**
 * Pulse. The two public endpoints need no key.
 *
 * @since 0.1.0
 * @category endpoints
 */
export const pulseEndpoints = Endpoint.table("pulse", {
  /**
   * Public messages, newest first. There is no lower bound: page backwards with `end`.
   *
   * @deprecated The manual no longer lists Pulse; whether the venue still supports it is unknown.
   */
  publicPulseHistory: Endpoint.open({
    path: "v2/pulse/hist",
    params: {
      /** 1 to 100 rows */
      limit: Param.limit(100),
      /** inclusive, ms */
      end: Param.optional(Param.time)
    },
    result: Endpoint.always(Layout.list(PulseMessage)),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "rest-public-pulse-message-history"
  }),

  /**
   * One author.
   *
   * @deprecated The manual no longer lists Pulse; whether the venue still supports it is unknown.
   */
  publicPulseProfile: Endpoint.open({
    path: "v2/pulse/profile/{nickname}",
    params: {
      /** name in URLs */
      nickname: Param.text
    },
    result: Endpoint.always(PulseProfile),
    limit: [90, 60],
    status: "removed-from-docs-index",
    doc: "rest-public-pulse-profile"
  }),

  /**
   * Messages of this user, or public messages with this user's likes.
   *
   * @deprecated The manual no longer lists Pulse; whether the venue still supports it is unknown.
   */
  pulseHistory: Endpoint.read({
    path: "v2/auth/r/pulse/hist",
    params: {
      /** public messages */
      isPublic: Param.optional(Param.flag),
      /** id of the message whose comments are requested */
      parent: Param.optional(Param.text),
      /** rows; the maximum is not documented */
      limit: Param.optional(Inputs.count),
      /** inclusive, ms */
      end: Param.optional(Param.time)
    },
    result: Endpoint.always(Layout.list(PulseMessage)),
    limit: null,
    status: "removed-from-docs-index",
    doc: "rest-auth-pulse-hist"
  }),

  /**
   * Writes a message or a comment. Its profile is null in the reply.
   *
   * @deprecated The manual no longer lists Pulse; whether the venue still supports it is unknown.
   */
  addPulse: Endpoint.write({
    path: "v2/auth/w/pulse/add",
    params: {
      /** 16 to 120 characters according to another client; not documented */
      title: Param.optional(Param.text),
      /** markdown */
      content: Param.text,
      /** id of the message that it comments on */
      parent: Param.optional(Param.text),
      /** whether it is public */
      isPublic: Param.optional(Param.flag),
      /** whether it is pinned */
      isPin: Param.optional(Param.flag),
      /** base64 texts */
      attachments: Param.optional(Body.list(Param.text)),
      /** whether comments are disabled; sent by another client */
      commentsDisabled: Param.optional(Param.flag),
      /** words; sent by another client */
      tags: Param.optional(Body.list(Param.text))
    },
    result: Endpoint.always(PulseMessage),
    idempotent: null,
    limit: [15, 60],
    status: "removed-from-docs-index",
    doc: "rest-auth-pulse-add"
  }),

  /**
   * Deletes a message.
   *
   * @deprecated The manual no longer lists Pulse; whether the venue still supports it is unknown.
   */
  deletePulse: Endpoint.write({
    path: "v2/auth/w/pulse/del",
    params: {
      /** id of the message */
      pid: Param.text
    },
    result: Endpoint.always(PulseDeleteResult),
    idempotent: null,
    limit: null,
    status: "removed-from-docs-index",
    doc: "rest-auth-pulse-del"
  })
})
