/**
 * Positions, credits and loans that are no more, with their last state.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Changed, Closed, MissedEvent, Opened } from "../../MissedEvent.ts"
import type { Differences, Family } from "./family.ts"
import { type Looker, type LookError, mayPass, type Step } from "./query.ts"

interface Job<A> {
  readonly before: A
  readonly since: number
  lookedAt: number | undefined
}

export interface Closings<K, A> extends Step {
  readonly add: (differences: Differences<K, A>) => void
}

type Tag = "Position" | "Credit" | "Loan"

export const make = <K extends string | number, A>(
  looker: Looker,
  family: Family<K, A>,
  options: {
    readonly tag: Tag
    /** its last state; undefined when it is not shown */
    readonly find: (before: A) => Effect.Effect<A | undefined, LookError>
    /** whether a row is another one than that of the same key before */
    readonly isOther: (before: A, after: A) => boolean
  }
): Closings<K, A> => {
  const { now, settle } = looker
  /** by what was closed: there may be another one of the same key by now */
  const jobs = new Set<Job<A>>()

  // the cast: the tags of one family and its rows go together
  const tell = (event: Opened<string, A> | Changed<string, A> | Closed<string, A>): void =>
    looker.tell(event as unknown as MissedEvent)

  const closed = (job: Job<A>, row: A | null, reason: string | null): void => {
    jobs.delete(job)
    tell({ _tag: `${options.tag}Closed`, epoch: looker.epoch(), before: job.before, row, reason })
  }

  const opened = (row: A): void => tell({ _tag: `${options.tag}Opened`, epoch: looker.epoch(), row })

  const run: Effect.Effect<void, LookError> = Effect.gen(function*() {
    for (const job of Array.from(jobs)) {
      const found = yield* Effect.either(options.find(job.before))
      if (!jobs.has(job)) continue
      if (Either.isLeft(found)) {
        if (mayPass(found.left)) return yield* Effect.fail(found.left)
        closed(job, null, found.left.message)
        continue
      }
      const row = found.right
      const isLate = job.lookedAt !== undefined && now() >= job.lookedAt + 2 * settle
      job.lookedAt ??= now()
      if (row !== undefined) closed(job, row, null)
      else if (isLate) closed(job, null, "the past ones do not have it")
    }
  })

  return {
    name: family.spec.operation,
    hasWork: () => jobs.size > 0,
    run,
    giveUp: (reason, until) => {
      for (const job of Array.from(jobs)) if (job.since <= until) closed(job, null, reason)
    },
    add: ({ changed, fresh, gone }) => {
      const lost = (before: A) => jobs.add({ before, since: now(), lookedAt: undefined })
      for (const [, before] of gone) lost(before)
      for (const { after: row, before } of changed) {
        if (options.isOther(before, row)) {
          lost(before)
          opened(row)
        } else tell({ _tag: `${options.tag}Changed`, epoch: looker.epoch(), before, row })
      }
      for (const [key, row] of fresh) {
        // it had only been left out of a snapshot
        const job = [...jobs].find(({ before }) => family.spec.key(before) === key && !options.isOther(before, row))
        if (job === undefined) opened(row)
        else {
          jobs.delete(job)
          if (family.spec.differs(job.before, row)) {
            tell({ _tag: `${options.tag}Changed`, epoch: looker.epoch(), before: job.before, row })
          }
        }
      }
    }
  }
}
