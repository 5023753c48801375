import * as FastCheck from "effect/FastCheck"
import * as Env from "./env.ts"

// Property tests play one seed, so that a commit passes or fails each time. `.ci/run` takes the seed from the commit;
// PROPERTY_SEED sets any other.
FastCheck.configureGlobal({ ...FastCheck.readConfigureGlobal(), seed: Env.whole("PROPERTY_SEED", 1) })
