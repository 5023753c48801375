import { suite } from "./suite.ts"

suite("exits")
