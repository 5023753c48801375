import { suite } from "./suite.ts"

suite("account")
