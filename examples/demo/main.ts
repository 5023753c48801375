/**
 * `npm run demo`: draws the first screen at once, and only then loads the demo, because loading Effect takes longer than
 * a reader of an empty screen likes to wait.
 */
import * as First from "./first.ts"

First.draw()
await import("./demo.ts")
