/**
 * The state of a channel after updates: what a late or slow consumer is given in place of them.
 *
 * @internal
 */
import type { State } from "../../Channel.ts"

const keyed = (
  state: Extract<State, { kind: "keyed" }>,
  rows: ReadonlyArray<unknown>,
  updates: ReadonlyArray<unknown>
): ReadonlyArray<unknown> => {
  const byKey = new Map<string | number, unknown>()
  for (const row of rows) byKey.set(state.key(row), row)
  for (const row of updates) {
    if (state.removes(row)) { if (!byKey.delete(state.key(row)) && state.otherKey) byKey.delete(state.otherKey(row)) }
    else byKey.set(state.key(row), row)
  }
  return Array.from(byKey.values()).sort(state.order).slice(0, state.keep)
}

/** newest first; a row whose key is known takes the place of the known one (`tu` that of its `te`) */
const recent = (
  state: Extract<State, { kind: "recent" | "events" }>,
  rows: ReadonlyArray<unknown>,
  updates: ReadonlyArray<unknown>
): ReadonlyArray<unknown> => {
  const byKey = new Map<string | number, unknown>()
  for (let k = rows.length - 1; k >= 0; k--) byKey.set(state.key(rows[k]), rows[k])
  // a trade comes at most twice, so twice as many rows hold all that is kept
  for (const row of updates.slice(-2 * state.keep)) byKey.set(state.key(row), row)
  return Array.from(byKey.values()).slice(-state.keep).reverse()
}

export const fold = (
  state: State,
  rows: ReadonlyArray<unknown>,
  updates: ReadonlyArray<unknown>
): ReadonlyArray<unknown> => {
  switch (state.kind) {
    case "latest":
      return updates.length === 0 ? rows : updates.slice(-1)
    case "keyed":
      return keyed(state, rows, updates)
    case "recent":
    case "events":
      return recent(state, rows, updates)
  }
}
