/**
 * The state of a channel after updates, which a late or slow consumer receives in their place.
 *
 * Every update goes through `add`, so it does the least that it can, and nothing is held that the state does not need:
 * rows that are held grow old, and old rows cost more to collect than to decode.
 *
 * @internal
 */
import type { State } from "../../protocol/Channel.ts"
import { Ended } from "./ended.ts"

export interface Fold {
  /** the state is these rows */
  readonly start: (rows: ReadonlyArray<unknown>) => void
  readonly add: (row: unknown, type?: string | null) => void
  readonly rows: () => ReadonlyArray<unknown>
}

class Latest implements Fold {
  #last: unknown
  #rows: ReadonlyArray<unknown> = []

  start(rows: ReadonlyArray<unknown>): void {
    this.#rows = rows
    this.#last = undefined
  }

  add(row: unknown): void {
    this.#last = row
  }

  rows(): ReadonlyArray<unknown> {
    return this.#last === undefined ? this.#rows : [this.#last]
  }
}

const keyed = (state: Extract<State<unknown>, { kind: "keyed" }>): Fold => {
  const byKey = new Map<string | number, unknown>()
  /** since the snapshot */
  const ended = new Ended(state.lifetime, () => 0)
  /** the state in order; undefined since an update */
  let rows: ReadonlyArray<unknown> | undefined = []
  const start = (given: ReadonlyArray<unknown>): void => {
    byKey.clear()
    ended.clear()
    for (const row of given) byKey.set(state.key(row), row)
    rows = given
  }
  const ordered = (): ReadonlyArray<unknown> =>
    rows ??= Array.from(byKey.values()).sort(state.order).slice(0, state.keep)
  return {
    start,
    add: (row, type) => {
      rows = undefined
      const key = state.key(row)
      if (!state.removes(row, type)) {
        if (!ended.has(row)) byKey.set(key, row)
      } else {
        ended.add(row)
        if (ended.isOther(byKey.get(key), row)) return
        if (!byKey.delete(key) && state.otherKey !== undefined) byKey.delete(state.otherKey(row))
      }
      if (byKey.size >= 2 * state.keep) start(ordered())
    },
    rows: ordered
  }
}

/** newest first; a row whose key is known takes the place of the known one (`tu` that of its `te`) */
const recent = (state: Extract<State<unknown>, { kind: "recent" | "events" }>): Fold => {
  let rows: ReadonlyArray<unknown> = []
  let updates: Array<unknown> = []
  // a trade comes at most twice, so twice as many rows hold all that is kept
  const enough = 2 * state.keep
  // cut this often, few of them grow old
  const most = Math.ceil(1.1 * enough)
  return {
    start: (given) => {
      rows = given
      updates = []
    },
    add: (row) => {
      if (updates.push(row) >= most) updates = updates.slice(-enough)
    },
    rows: () => {
      if (updates.length === 0) return rows
      const byKey = new Map<string | number, unknown>()
      for (let k = rows.length - 1; k >= 0; k--) byKey.set(state.key(rows[k]), rows[k])
      for (const row of updates.slice(-enough)) byKey.set(state.key(row), row)
      rows = Array.from(byKey.values()).slice(-state.keep).reverse()
      updates = []
      return rows
    }
  }
}

/** past events are not kept */
const nothing: Fold = { start: () => undefined, add: () => undefined, rows: () => [] }

export const make = (declared: State<never>): Fold => {
  // the cast: a state is given the rows that it was declared for
  const state = declared as State<unknown>
  switch (state.kind) {
    case "latest":
      return new Latest()
    case "keyed":
      return keyed(state)
    case "recent":
    case "events":
      return state.keep === 0 ? nothing : recent(state)
  }
}
