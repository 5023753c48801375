import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Fault from "../../src/testing/Fault.ts"
import * as CommandLine from "../../test/support/commandLine.ts"
import * as Invariants from "./invariants.ts"
import * as Matrix from "./matrix.ts"
import * as Options from "./options.ts"
import * as Report from "./report.ts"

const definition = Options.definition(Matrix.scenarios)
const parse = (...args: ReadonlyArray<string>) => CommandLine.parse(definition, ...args)

describe("faults: options", () => {
  it.effect("without arguments, each scenario with each of its workloads and twenty seeds", () =>
    Effect.gen(function*() {
      const { first, last, minutes, pairs } = yield* parse()
      assert.deepStrictEqual([first, last, minutes], [1, 20, Number.POSITIVE_INFINITY])
      assert.lengthOf(pairs, Matrix.scenarios.reduce((sum, { workloads }) => sum + workloads.length, 0))
      assert.isAtLeast(Matrix.scenarios.length, 30)
    }))

  it.effect("one run, or a range of them, from any seed", () =>
    Effect.gen(function*() {
      const one = yield* parse("--scenario", "lost", "--workload", "books", "--seed", "7")
      assert.deepStrictEqual([one.pairs.length, one.first, one.last, one.isSingle], [1, 7, 7, true])
      const many = yield* parse("--runs", "10000", "--from", "7")
      assert.deepStrictEqual([many.first, many.last, many.runs], [7, Number.POSITIVE_INFINITY, 10_000])
      const some = yield* parse("--from", "501", "--seeds", "500", "--minutes", "0.5")
      assert.deepStrictEqual([some.first, some.last, some.minutes], [501, 1000, 0.5])
      const fresh = yield* parse("--fresh", "--seeds", "2")
      assert.isAtLeast(fresh.first, 1_000_000)
      assert.strictEqual(fresh.last, fresh.first + 1)
      assert.notStrictEqual((yield* parse("--fresh")).first, fresh.first)
      const late = yield* parse("--from", "1454219940", "--seeds", "1e3")
      assert.deepStrictEqual([late.first, late.last], [1_454_219_940, 1_454_220_939])
    }))

  it.effect("invalid values are refused by name, and so are unknown scenarios and workloads", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<readonly [args: ReadonlyArray<string>, text: string]> = [
        [["--seed", "x"], "--seed x: give a whole number"],
        [["--seed", "0"], "--seed 0: give a whole number from 1"],
        [["--seeds", "1.5"], "--seeds 1.5: give a whole number"],
        [["--from", "-1"], "--from -1: give a whole number"],
        [["--from"], "--from: give a value"],
        [["--runs", "10", "--seeds", "2"], "give either --runs, or a number of seeds"],
        [["--minutes", "soon"], "--minutes soon: give a number above 0"],
        [["--scenario", "earthquake"], "--scenario earthquake: there is none of this name; there are close-1000, "],
        [
          ["--workload", "lunch"],
          "--workload lunch: there is none of this name; there are channels, books, account, exits, desks, rest"
        ],
        [["--scenario", "rest-html", "--workload", "books"], "--workload books: none of the scenarios given has it"],
        [["--seed", "1", "--seeds", "2"], "give either --seed, or --seeds and --from"],
        [["--report", "--scenario", "lost"], "--report is about all scenarios"],
        [["--report", "--seed", "7"], "--report is about all scenarios"],
        [["--fresh", "--from", "3"], "--fresh chooses the first seed"],
        [["--sed", "1"], "--sed"]
      ]
      for (const [args, text] of refused) {
        assert.include(yield* CommandLine.refusal(definition, ...args), text)
      }
    }))

  it.effect("the command that a failure prints runs the same script again", () =>
    Effect.gen(function*() {
      for (const scenario of Matrix.scenarios) {
        const plan = Matrix.planOf(scenario, scenario.workloads[0]!, 17)
        const lines = Matrix.describe({ plan, breaches: ["noWrongBook: a book that never existed"] }).split("\n")
        assert.include(lines[0], `${scenario.name}`)
        assert.include(lines[0], "seed 17")
        assert.lengthOf(lines, plan.script.length + 3)
        assert.isTrue(lines.at(-2)?.endsWith("noWrongBook: a book that never existed"))
        const [, command = ""] = lines.at(-1)!.split("npm run test:faults -- ")
        const { first, last, pairs } = yield* parse(...command.split(" "))
        assert.lengthOf(pairs, 1)
        assert.deepStrictEqual([first, last], [17, 17])
        assert.deepStrictEqual(Matrix.planOf(pairs[0]![0], pairs[0]![1], first), plan)
      }
    }))

  it("a report replaces its own part of the page, and leaves the rest unchanged", () => {
    const page = (part: string) =>
      "# By hand\n\n<!-- written by `npm run test:faults -- --report`, down to the line that ends it: do not edit -->\n\n" +
      `${part}\n\n<!-- the end of what \`npm run test:faults -- --report\` writes -->\n\n## By hand as well\n`
    assert.deepStrictEqual(Report.replace(page("old"), "new\n"), Either.right(page("new")))
    for (const text of ["# By hand\n", page("old") + page("old"), page("old").replace("the end of", "the ends of")]) {
      const refused = Report.replace(text, "new")
      assert.include(Either.isLeft(refused) ? refused.left : "", "no place")
    }
    const tallies = new Map([["lost", {
      runs: 6,
      failures: 1,
      mixed: 2,
      endings: { submissions: 8, unknown: 2, unsettled: 0 }
    }]])
    const part = Report.render({ tallies, first: 3, seeds: 3, runs: 6, failures: 1 })
    assert.match(part, /\| lost +\|.*\| 6 +\| 1 +\| 25\.0 % +\| 0\.0 % +\|.*--scenario lost --from 3 --seeds 3/)
    assert.match(part, /\| half-open +\|.*\| not played +\|/)
    for (const invariant of Object.keys(Invariants.all)) assert.include(part, `invariants.test.ts -t ${invariant}\``)
  })

  it("a seed always gives the same plan, another seed a different one, and plans are data", () => {
    const texts = new Set<string>()
    for (const scenario of Matrix.scenarios) {
      for (const workload of scenario.workloads) {
        for (const seed of [1, 2, 3]) {
          const plan = Matrix.planOf(scenario, workload, seed)
          assert.deepStrictEqual(plan, Matrix.planOf(scenario, workload, seed))
          texts.add(JSON.stringify([plan.scenario, plan.workload, plan.latency, plan.script]))
          const script = Matrix.scriptOf(plan)
          assert.deepStrictEqual(Schema.decodeUnknownSync(Fault.Script)(JSON.parse(JSON.stringify(script))), script)
        }
      }
    }
    assert.isAbove(texts.size, 2.8 * Matrix.scenarios.reduce((sum, { workloads }) => sum + workloads.length, 0))
  })
})
