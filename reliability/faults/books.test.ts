import { suite } from "./suite.ts"

suite("books")
