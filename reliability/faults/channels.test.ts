import { suite } from "./suite.ts"

suite("channels")
