/**
 * Handling of one HTTP request, with the fault that acts on it.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Surroundings } from "../venue/account.ts"
import type { HttpRequest, HttpResponse } from "../venue/http.ts"
import { json, spoiled } from "../venue/http.ts"
import type { Reply } from "../venue/rest.ts"
import type { Core } from "./core.ts"
import { placementFaultsOf } from "./faults.ts"

/** `gone` completes when the client no longer waits; undefined when the connection is cut without an answer */
export const serve = (
  core: Core,
  request: HttpRequest,
  gone: Deferred.Deferred<HttpResponse | undefined>
): Effect.Effect<HttpResponse | undefined> =>
  Effect.gen(function*() {
    const { clock, now, options, registry } = core
    yield* clock.sleep(Duration.millis(options.latency))
    const fault = registry.takeHttp(request.path, now())
    const { headers: _, ...seen } = request
    core.requests.add({ ...seen, at: now(), fault: fault?._tag })
    core.onChange()
    const surroundings: Surroundings = { later: core.later, sabotage: placementFaultsOf(registry, 0) }
    const respond = (carryOut: (at: number, surroundings: Surroundings) => Reply): HttpResponse => {
      const reply = carryOut(now(), surroundings)
      // the market does not model maintenance
      const body = core.status === 0 && request.path.endsWith("/platform/status") ? [0] : reply.body
      return { status: reply.status, headers: json, body: JSON.stringify(body) }
    }
    // HEAD is answered as GET; the doors leave out the body
    const method = request.method === "HEAD" ? "GET" : request.method
    const accept = () => options.accept({ ...request, method }, now())
    let response: HttpResponse | undefined
    if (fault === undefined) {
      response = respond(accept())
    } else if (fault._tag === "delay") {
      const carryOut = accept()
      yield* clock.sleep(Duration.millis(fault.millis))
      response = respond(carryOut)
    } else {
      response = spoiled(fault, request.path, () => respond(accept()))
      if (fault._tag === "hang") return yield* Deferred.await(gone)
    }
    const date = new Date(now() + (registry.find("WrongDate", 0)?.millis ?? 0)).toUTCString()
    yield* clock.sleep(Duration.millis(options.latency))
    return response === undefined ? undefined : { ...response, headers: { date, ...response.headers } }
  })
