import { suite } from "./suite.ts"

suite("rest")
