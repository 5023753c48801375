/**
 * Positions, credits and loans that have ended, with their last state.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Changed, Closed, MissedEvent, Opened } from "../../MissedEvent.ts"
import type { Differences, Family } from "./family.ts"
import { mayPass, type Needs, type QueryError, type Step } from "./query.ts"

interface Job<A> {
  readonly before: A
  readonly since: number
  askedAt: number | undefined
}

export interface Closings<K, A> extends Step {
  readonly add: (differences: Differences<K, A>) => void
}

type Tag = "Position" | "Credit" | "Loan"

export const make = <K extends string | number, A>(
  needs: Needs,
  family: Family<K, A>,
  options: {
    readonly tag: Tag
    /** its last state; undefined if REST does not show it */
    readonly find: (before: A) => Effect.Effect<A | undefined, QueryError>
    /** whether two rows of the same key are different objects */
    readonly isOther: (before: A, after: A) => boolean
  }
): Closings<K, A> => {
  const { now, settle } = needs
  /** by the closed row: the same key may belong to another row by now */
  const jobs = new Set<Job<A>>()

  // the cast: the tags and rows of one family belong together
  const publish = (event: Opened<string, A> | Changed<string, A> | Closed<string, A>): void =>
    needs.publish(event as unknown as MissedEvent)

  const closed = (job: Job<A>, row: A | null, reason: string | null): void => {
    jobs.delete(job)
    publish({ _tag: `${options.tag}Closed`, epoch: needs.epoch(), before: job.before, row, reason })
  }

  const opened = (row: A): void => publish({ _tag: `${options.tag}Opened`, epoch: needs.epoch(), row })

  const run: Effect.Effect<void, QueryError> = Effect.gen(function*() {
    for (const job of Array.from(jobs)) {
      const found = yield* Effect.either(options.find(job.before))
      if (!jobs.has(job)) continue
      if (Either.isLeft(found)) {
        if (mayPass(found.left)) return yield* Effect.fail(found.left)
        closed(job, null, found.left.message)
        continue
      }
      const row = found.right
      const isLate = job.askedAt !== undefined && now() >= job.askedAt + 2 * settle
      job.askedAt ??= now()
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
      const lost = (before: A) => jobs.add({ before, since: now(), askedAt: undefined })
      for (const [, before] of gone) lost(before)
      for (const { after: row, before } of changed) {
        if (options.isOther(before, row)) {
          lost(before)
          opened(row)
        } else publish({ _tag: `${options.tag}Changed`, epoch: needs.epoch(), before, row })
      }
      for (const [key, row] of fresh) {
        // the row was only omitted from a snapshot
        const job = [...jobs].find(({ before }) => family.spec.key(before) === key && !options.isOther(before, row))
        if (job === undefined) opened(row)
        else {
          jobs.delete(job)
          if (family.spec.differs(job.before, row)) {
            publish({ _tag: `${options.tag}Changed`, epoch: needs.epoch(), before: job.before, row })
          }
        }
      }
    }
  }
}
