import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type * as Endpoint from "../src/protocol/Endpoint.ts"
import * as Endpoints from "../src/protocol/Endpoints.ts"

// In the project `long`, which runs in processes: in a thread, whose stack is larger, this takes a minute of computing time.

const depth = 50_000

const nested = (): unknown => {
  let value: unknown = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const deep = nested()

describe("a reply nested deeper than the stack", () => {
  it("is decoded or refused by every endpoint", () => {
    const threw: Array<string> = []
    for (const [name, row] of Object.entries(Endpoints.all)) {
      for (const value of [[deep], [[deep]], { a: deep }]) {
        try {
          const result = (row as Endpoint.AnyEndpoint).decode(value, {
            symbol: "tBTCUSD",
            symbols: ["tBTCUSD", "fUSD"]
          })
          if (Either.isLeft(result)) assert.isString(result.left.message)
        } catch (error) {
          threw.push(`${name}: ${error}`)
        }
      }
    }
    assert.deepStrictEqual([...new Set(threw)], [])
  })
})
