import type { UserConsoleLog } from "vitest"
import type { Reporter, TestModule } from "vitest/node"

/** The secrets that tests sign with, and the form of a signature: 96 hexadecimal digits. */
export const patterns: ReadonlyArray<RegExp> = [
  /demo-secret|read-secret|other-secret|wrong-secret|strict-venue-secret|a-secret-of-mine|my secret/,
  /(pub:api:)?(SECRET|TOKEN|MADE)0123456789abcdef|pub:api:(a|new)-token/,
  /\b[0-9a-f]{96}\b/i
]

/** The secret in a text; undefined if there is none. */
export const secretIn = (text: string): string | undefined => {
  for (const pattern of patterns) {
    const found = pattern.exec(text)
    if (found !== null) return found[0]
  }
  return undefined
}

/**
 * Reads all output of a run of the suite: logs of programs, names of tests, and unhandled errors. A secret in it
 * fails the run. Errors of failed tests are not read: they quote the source of the test, which contains secrets.
 */
export default class SecretsReporter implements Reporter {
  readonly leaks: Array<string> = []

  private look(where: string, text: string): void {
    const secret = secretIn(text)
    if (secret === undefined) return
    const at = text.indexOf(secret)
    // enough to find the place, without the secret
    const around = `${text.slice(Math.max(0, at - 200), at)}<secret>${text.slice(at + secret.length, at + 50)}`
    this.leaks.push(`${where}: ${around}`)
  }

  onUserConsoleLog(log: UserConsoleLog): void {
    this.look(`${log.type} of ${log.taskId ?? "no test"}`, log.content)
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>): void {
    for (const module of modules) {
      for (const test of module.children.allTests()) this.look(`a name in ${module.moduleId}`, test.fullName)
    }
    for (const error of unhandled) this.look("an unhandled error", JSON.stringify(error))
    if (this.leaks.length === 0) return
    process.exitCode = 1
    process.stderr.write(`\nSECRETS in the output of the suite:\n${this.leaks.join("\n")}\n`)
  }
}
