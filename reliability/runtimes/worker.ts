/** A program as a Worker. */
import { run } from "./programs.ts"

export default {
  fetch: async (request: Request): Promise<Response> => {
    const { searchParams } = new URL(request.url)
    const where = { restUrl: searchParams.get("rest") ?? "", socketUrl: searchParams.get("socket") ?? "" }
    return Response.json(await run("trade", where))
  }
}
