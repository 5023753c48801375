import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Fault from "../../src/testing/Fault.ts"
import * as Invariants from "./invariants.ts"
import * as Matrix from "./matrix.ts"
import * as Options from "./options.ts"
import * as Report from "./report.ts"

const parse = (...args: ReadonlyArray<string>) => Options.parse(args, Matrix.scenarios)

describe("faults: what is played", () => {
  it("without arguments, each scenario with each of its workloads and twenty seeds", () => {
    const { first, last, minutes, pairs } = Either.getOrThrow(parse())
    assert.deepStrictEqual([first, last, minutes], [1, 20, Number.POSITIVE_INFINITY])
    assert.lengthOf(pairs, Matrix.scenarios.reduce((sum, { workloads }) => sum + workloads.length, 0))
    assert.isAtLeast(Matrix.scenarios.length, 30)
  })

  it("one run, or a range of them", () => {
    const one = Either.getOrThrow(parse("--scenario", "lost", "--workload", "books", "--seed", "7"))
    assert.deepStrictEqual([one.pairs.length, one.first, one.last, one.isSingle], [1, 7, 7, true])
    const some = Either.getOrThrow(parse("--from", "501", "--seeds", "500", "--minutes", "0.5"))
    assert.deepStrictEqual([some.first, some.last, some.minutes], [501, 1000, 0.5])
  })

  it("what is no number, and what there is not, is refused by name", () => {
    const refused: ReadonlyArray<readonly [args: ReadonlyArray<string>, text: string]> = [
      [["--seed", "x"], "--seed x"],
      [["--seed", "0"], "--seed 0"],
      [["--seeds", "1e3"], "--seeds 1e3"],
      [["--from", "-1"], "--from"],
      [["--minutes", "soon"], "--minutes soon"],
      [["--scenario", "earthquake"], "no scenario earthquake"],
      [["--workload", "lunch"], "no workload lunch"],
      [["--scenario", "rest-html", "--workload", "books"], "no sense"],
      [["--seed", "1", "--seeds", "2"], "either"],
      [["--report", "--scenario", "lost"], "--report tells of all"],
      [["--report", "--seed", "7"], "--report tells of all"],
      [["--sed", "1"], "--sed"]
    ]
    for (const [args, text] of refused) {
      const parsed = parse(...args)
      assert.include(Either.isLeft(parsed) ? parsed.left : "nothing", text)
    }
  })

  it("the command that a failure prints plays its very script again", () => {
    for (const scenario of Matrix.scenarios) {
      const plan = Matrix.planOf(scenario, scenario.workloads[0]!, 17)
      const told = Matrix.describe({ plan, breaches: ["noWrongBook: a book that never was"] }).split("\n")
      assert.include(told[0], `${scenario.name}`)
      assert.include(told[0], "seed 17")
      assert.lengthOf(told, plan.script.length + 3)
      assert.isTrue(told.at(-2)?.endsWith("noWrongBook: a book that never was"))
      const [, command = ""] = told.at(-1)!.split("npm run test:faults -- ")
      const { first, last, pairs } = Either.getOrThrow(parse(...command.split(" ")))
      assert.lengthOf(pairs, 1)
      assert.deepStrictEqual([first, last], [17, 17])
      assert.deepStrictEqual(Matrix.planOf(pairs[0]![0], pairs[0]![1], first), plan)
    }
  })

  it("a report replaces its own part of the page, and leaves what others wrote", () => {
    const page = (part: string) =>
      "# By hand\n\n<!-- written by `npm run test:faults -- --report`, down to the word of its end: do not edit -->\n\n" +
      `${part}\n\n<!-- the end of what \`npm run test:faults -- --report\` writes -->\n\n## By hand as well\n`
    assert.deepStrictEqual(Report.replace(page("old"), "new\n"), Either.right(page("new")))
    for (const text of ["# By hand\n", page("old") + page("old"), page("old").replace("the end of", "the ends of")]) {
      const refused = Report.replace(text, "new")
      assert.include(Either.isLeft(refused) ? refused.left : "", "no place")
    }
    const tallies = new Map([["lost", { runs: 6, failures: 1, mixed: 2 }]])
    const part = Report.render({ tallies, first: 3, seeds: 3, runs: 6, failures: 1 })
    assert.match(part, /\| lost +\|.*\| 6 +\| 1 +\|.*--scenario lost --from 3 --seeds 3/)
    assert.match(part, /\| half-open +\|.*\| not played +\|/)
    for (const invariant of Object.keys(Invariants.all)) assert.include(part, `invariants.test.ts -t ${invariant}\``)
  })

  it("a seed gives the same plan each time, another seed another one, and all of it is data", () => {
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
