import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"

/** Network input of a process, which waits in the kernel while the process sleeps. */
export interface Gate {
  readonly isShut: () => boolean
  readonly shut: () => void
  /** delivers all waiting input in order */
  readonly open: () => void
  readonly sockets: (construct: (url: string) => globalThis.WebSocket) => (url: string) => globalThis.WebSocket
  readonly http: (client: HttpClient.HttpClient) => HttpClient.HttpClient
}

/** the used members of the exchange's double: it emits all events through one method */
interface Double {
  dispatch: (happening: unknown) => void
}

export const make = (): Gate => {
  let isShut = false
  const waiting: Array<() => void> = []
  const enter = (act: () => void): void => {
    if (isShut) waiting.push(act)
    else act()
  }
  const entered = Effect.async<void>((resume) => enter(() => resume(Effect.void)))
  return {
    isShut: () => isShut,
    shut: () => {
      isShut = true
    },
    open: () => {
      isShut = false
      for (const act of waiting.splice(0)) act()
    },
    sockets: (construct) => (url) => {
      const made = construct(url)
      // the cast: the method is private in the double's class
      const double = made as unknown as Double
      const dispatch = double.dispatch.bind(made)
      double.dispatch = (happening) => enter(() => dispatch(happening))
      return made
    },
    http: HttpClient.transformResponse((response) =>
      Effect.flatMap(
        Effect.exit(response),
        (exit) => Effect.zipRight(Effect.suspend(() => isShut ? entered : Effect.void), exit)
      )
    )
  }
}
