/**
 * Facts of the venue that no document settles, as this package assumes them. `npm run probe` checks them against an
 * exchange.
 */

export interface Fact {
  /** the assumption of the package, or of its fake exchange */
  readonly assumed: string
  /** why it is open */
  readonly open: string
}

/** facts that need no key */
export const publicFacts = {
  greeting: {
    assumed: "the first frame is info with version 2, serverId and platform status",
    open: "old recordings lack serverId and platform"
  },
  ackTimes: {
    assumed: "five subscriptions are acknowledged within 15 s, in any order",
    open: "a recording has acknowledgements 11 and 13 s behind their requests"
  },
  unknownStatusKey: {
    assumed: "a subscription to an unknown key of the status channel is never answered",
    open: "seen by one third party"
  },
  dup: {
    assumed: "a second equal subscription gets error 10301 with chanId",
    open: "with chanId today, without it in 2018"
  },
  textPing: {
    assumed: "the text ping, which is not JSON, is not answered, and the socket stays open",
    open: "the official Go client sends it; the answer is not documented"
  },
  eventPing: { assumed: "the event ping is answered by pong with its cid and a time", open: "control fact" },
  framePing: {
    assumed: "a ping frame of the transport is answered",
    open: "not documented"
  },
  binaryFrames: {
    assumed: "JSON in a binary frame is read",
    open: "the official Go client sends only binary frames"
  },
  pairWithoutPrefix: {
    assumed: "pair without the prefix t is accepted for a ticker",
    open: "a client uses it; the manual has symbol with t"
  },
  lenAsNumber: {
    assumed: "len as a number is accepted, and confirmed as text",
    open: "from recordings"
  },
  len250: { assumed: "a book of 250 levels is accepted", open: "pages of the manual disagree on the lengths" },
  weekFrames: {
    assumed: "candles of both 7D and 1W are accepted on the socket",
    open: "pages of the manual use different names"
  },
  rawF1: { assumed: "R0 with F1 is accepted", open: "its effect is not documented" },
  unknownEvent: { assumed: "an unknown event gets error 10000", open: "only the code's name is documented" },
  invalidJson: {
    assumed: "a text that is not JSON gets error 10000, and the socket stays open",
    open: "not documented"
  },
  unknownChannel: { assumed: "an unknown channel gets error 10302", open: "only the code's name is documented" },
  unknownSymbol: {
    assumed: "an unknown symbol gets error 10300, symbol: invalid",
    open: "the manual has 10001 as well"
  },
  unknownPrecision: { assumed: "an unknown precision gets error 10011", open: "never seen" },
  unknownLength: { assumed: "an unknown length gets error 10012", open: "never seen" },
  unknownChanId: { assumed: "unsubscribing an unknown channel gets error 10400", open: "from one report" },
  invalidFlags: { assumed: "conf with flags that are no number gets error 10050", open: "never seen" },
  inputWithoutLogin: {
    assumed: "a command before the login gets error 10100, auth: invalid",
    open: "from one report"
  },
  unauth: { assumed: "the event unauth gets error 10000", open: "it is an event of v1; v2 only names an error code" },
  failedLogin: {
    assumed: "a login with an unknown key has status FAILED and code 10100, and the socket stays open",
    open: "the manual prints FAIL"
  },
  heartbeats: {
    assumed: "every 15 s each channel gets a heartbeat, all at once and by ascending id",
    open: "the manual has heartbeats only after 15 s of silence on a channel"
  },
  lateFlags: {
    assumed: "conf acts on running channels from the next frame on",
    open: "not documented"
  },
  sequence: {
    assumed: "sequence numbers begin at 1 and grow by 1 over all channels",
    open: "from one recording"
  },
  timestampLast: { assumed: "with both flags the time is the last element", open: "a third party's document differs" },
  bulkNested: {
    assumed: "with bulk updates a round with one row is nested too",
    open: "not documented"
  },
  checksumBehindSnapshot: {
    assumed: "no checksum follows the snapshot of a book directly",
    open: "not documented"
  },
  slowBooks: { assumed: "F1 sends a round every 2 s", open: "a client's comment says twice per second" },
  channelCap: {
    assumed: "30 channels are accepted on a socket; the next one gets error 10305",
    open: "pages of the manual say 25 and 30; a third party saw more"
  },
  tradesSnapshot: {
    assumed: "the snapshot of trades has at most 30 rows, newest first",
    open: "from one recording"
  },
  candlesSnapshot: { assumed: "the snapshot of candles has at most 240 rows, newest first", open: "not documented" },
  tradeTwice: { assumed: "a trade comes as te and then as tu, with the same id", open: "control fact" },
  dateHeader: {
    assumed: "replies of REST have a Date header within 5 s of this machine's clock",
    open: "not documented; the package reads the venue's time from it"
  },
  restRefusal: {
    assumed: "an invalid symbol gets status 500 with [\"error\", 10020, text]",
    open: "from recordings"
  },
  restUnknownPath: { assumed: "an unknown path gets status 404", open: "not documented" },
  upperCaseSections: {
    assumed: "HIST and LAST are accepted in upper case",
    open: "the official Go client sends them so"
  },
  fractionalTimes: { assumed: "times of REST may have a fraction", open: "from the official Python client" },
  restWeekFrames: { assumed: "7D and 1W give the same candles", open: "clients and manual use different names" },
  inclusiveBounds: { assumed: "start and end of candles are inclusive", open: "not stated on every page" },
  emptyRange: { assumed: "start after end gives an empty list", open: "not documented" },
  restLimit: { assumed: "10,000 trades are accepted as limit, 10,001 are refused", open: "never seen" },
  unknownConfKey: { assumed: "an unknown key of conf gives null in its place", open: "from one client's test" },
  tetherMethods: {
    assumed: "pub:map:tx:method has TETHERUSE for UST",
    open: "the manual's map has currencies as keys, recordings have methods"
  },
  fiatRates: { assumed: "calc/fx has rates from EUR, GBP and JPY to USD", open: "the list is not documented" },
  headRequests: { assumed: "HEAD is answered as GET without a body", open: "not documented" },
  tickerLength: {
    assumed: "a row of a trading ticker has 10 cells on REST",
    open: "an eleventh, the time of the first trade, was seen on sockets"
  },
  liquidationsNested: {
    assumed: "each liquidation of REST is a list of one row",
    open: "clients disagree"
  },
  statusHistory: {
    assumed: "rows of the history of a derivative's status begin with the time, not with the key",
    open: "clients disagree"
  },
  leaderboardLength: {
    assumed: "a row of a leaderboard has 10 cells",
    open: "a third party saw 13"
  },
  unsignedRead: {
    assumed: "a read of an account without a key gets status 500 with code 10100",
    open: "only the code's name is documented"
  }
} as const satisfies { readonly [id: string]: Fact }

/** facts that need a key of paper trading */
export const orderFacts = {
  capabilities: {
    assumed: "the login has capabilities as an object of read and write flags",
    open: "the manual prints them as text; recordings have names that the manual lacks"
  },
  snapshots: {
    assumed: "ps, ws, os, fos, fcs and fls follow the login, each once, empty ones too",
    open: "order and presence of empty ones are not documented"
  },
  secondLogin: { assumed: "a second login on a socket gets error 10100, auth: dup", open: "from one report" },
  ownNotification: {
    assumed: "a custom notification also reaches the connection that sent it",
    open: "from the official Python client"
  },
  acknowledgedFirst: {
    assumed: "a submission is acknowledged by n on-req before its event on",
    open: "order of events is not promised"
  },
  commandSequence: {
    assumed: "with sequence numbers a command's notification has one of them, and its events have two",
    open: "clients disagree"
  },
  pingBehindCommand: {
    assumed: "the pong to a ping sent behind a command comes after the command's notification",
    open: "not documented; the package takes the pong as proof that the command was read"
  },
  postOnlyMeta: {
    assumed: "an accepted post-only order has flags 0 and $F7 in meta",
    open: "from one suite of 2020"
  },
  numbersAsNumbers: { assumed: "amount and price are accepted as JSON numbers", open: "the manual sends text" },
  visibleAtOnce: {
    assumed: "an order is among the open orders of REST as soon as it is acknowledged",
    open: "not promised"
  },
  equalCid: { assumed: "a second order with the same cid is accepted", open: "unique per day, not enforced" },
  amountOrig: {
    assumed: "after an update of the amount, AMOUNT_ORIG is the new amount",
    open: "a page of the manual says the amount before any update"
  },
  ocoPair: {
    assumed: "the two orders of an OCO name one another in PLACED_ID",
    open: "from one suite of 2020; the official Node client names a cid of its own for the second, the manual has none"
  },
  postOnlyKept: {
    assumed: "an update without flags keeps post-only",
    open: "not documented"
  },
  tifInThePast: { assumed: "a submission with tif in the past is refused", open: "not documented" },
  tooSmall: {
    assumed: "an order below the minimum size is refused with that size in the text",
    open: "from a recording"
  },
  largeCid: { assumed: "a cid of 2^45 or more is refused", open: "larger ones were taken in 2018" },
  cancelByCid: {
    assumed: "the notification of a cancellation by cid has the whole row of the order",
    open: "whole in 2020, only cid in 2018"
  },
  cancelUnknown: { assumed: "a cancellation of an unknown order has status ERROR", open: "from one client" },
  cancelSeveral: {
    assumed: "oc_multi has one notification with the list of orders, then one oc per order",
    open: "from one suite of 2020"
  },
  severalOperations: {
    assumed: "ox_multi has one notification per operation, and none for the whole",
    open: "from one suite of 2020"
  },
  tradeOrder: {
    assumed: "a fill is te, then the oc of the order that it ends, then tu",
    open: "a recording of 2018 has oc first; the package relies on neither"
  },
  sharedNonce: {
    assumed: "a request of REST with a nonce below that of the socket's login gets 10114",
    open: "not stated"
  },
  increaseInfo: {
    assumed: "the block of tradable amounts in position/increase/info has 8 elements",
    open: "from the manual's example"
  }
} as const satisfies { readonly [id: string]: Fact }

/** facts that need a key of paper trading, and funding there */
export const offerFacts = {
  offerNotice: {
    assumed: "fon-req has only id, amount, rate and period of the offer, and comes before fon",
    open: "from recordings of 2019"
  },
  offerSign: {
    assumed: "a positive amount is an offer, and is among the open ones of REST at once",
    open: "the manual speaks of buy and sell"
  },
  offerCancelled: {
    assumed: "a cancellation has the event foc with CANCELED, and no notification",
    open: "a glossary lists foc-req, and samples lack it"
  },
  offerCancelUnknown: { assumed: "a cancellation of an unknown offer has status ERROR", open: "never seen" },
  offerTooSmall: {
    assumed: "an offer below the minimum is refused with the minimum in the text",
    open: "from a report"
  }
} as const satisfies { readonly [id: string]: Fact }

export type PublicFact = keyof typeof publicFacts
export type OrderFact = keyof typeof orderFacts
export type OfferFact = keyof typeof offerFacts

export interface Finding {
  readonly verdict: "as assumed" | "differs" | "not seen"
  /** the observation, without secrets */
  readonly seen: string
}

export const judge = (isAsAssumed: boolean, seen: string): Finding => ({
  verdict: isAsAssumed ? "as assumed" : "differs",
  seen
})

export const notSeen = (seen: string): Finding => ({ verdict: "not seen", seen })
