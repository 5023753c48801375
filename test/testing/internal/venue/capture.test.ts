import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { connect } from "../../../support/venue.ts"

const file = new URL("../../../../../shared/fixtures/ws-session-2021-04-17.ndjson", import.meta.url)
const exists = fs.existsSync(file)

describe.skipIf(!exists)(`a recorded session${exists ? "" : " (skipped: ../shared/fixtures is not there)"}`, () => {
  it("the same requests get the same replies, except for ids", () => {
    const lines = fs.readFileSync(file, "utf8").trim().split("\n").map((line) =>
      JSON.parse(line) as { readonly dir: string; readonly raw: string }
    )
    const requests = lines.filter(({ dir }) => dir === "client").map(({ raw }) => raw)
    const answers = (texts: ReadonlyArray<string>) =>
      texts
        .filter((text) => text.startsWith("{"))
        .map((text) => text.replace(/"(serverId|chanId)":("[^"]*"|\d+)/, "\"$1\":0"))
        // the venue answered in another order than that of the requests
        .sort()
    const symbols = [...new Set(requests.flatMap((raw) => /"symbol":"([^"]+)"/.exec(raw)?.[1] ?? []))]
    const { send, texts } = connect({ symbols })
    for (const request of requests) send(request)
    const recorded = lines.filter(({ dir }) => dir === "server").map(({ raw }) => raw)
    assert.deepStrictEqual(answers(texts), answers(recorded))
    assert.isAbove(requests.length, 20)

    // each snapshot is a list of rows of the same length, or one row, with the first sequence numbers
    const shapes = (frames: ReadonlyArray<string>) => {
      const shape = (value: unknown): unknown => Array.isArray(value) ? value.slice(0, 1).map(shape) : typeof value
      const seen = frames.filter((text) => text.startsWith("[")).map((text) => JSON.parse(text) as Array<unknown>)
      const cells = (frame: Array<unknown>) =>
        Array.isArray(frame[1]) && Array.isArray(frame[1][0]) ? `rows of ${frame[1][0].length}` : undefined
      return new Set(seen.map((frame) => cells(frame) ?? JSON.stringify([frame.length, frame.map(shape)])))
    }
    const ours = shapes(texts)
    const theirs = shapes(recorded)
    for (const shape of ours) assert.isTrue(theirs.has(shape), `${shape} was never recorded`)
  })
})
